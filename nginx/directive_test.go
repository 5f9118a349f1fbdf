package nginx

import (
	"strings"
	"testing"
)

// words that were once trouble for somebody; they seed the fuzz test too.
var trickyWords = []string{
	"", "plain", "/p", "$uri", "${uri}", "a b", "a;b", "a{b", "}", "{", "a}b", "#", "a#b", `"`, `'`, `a"b`, `\`, `\\`, `a\`, `\"`, `\'`,
	`\t`, "\t", `\n`, "\n", "\r\n", `\s`, `\.`, `~(?:^|;\s*)(?:connect\.sid)=`, `$`, `a$`, `${`, `$\`, "\x00", "\xff", "é", `\\"`, `\\\`, `a\tb\"c`,
}

// What is printed reads back as it was meant, whatever the words hold.
func TestPrintReadsBack(t *testing.T) {
	for _, word := range trickyWords {
		checkReadsBack(t, Block{{Name: word, Args: []string{word, "x", word}, Comment: word, Block: Block{{Name: "a", Args: []string{word}}, {Name: word, Block: Block{}}}}})
	}
}

func checkReadsBack(t *testing.T, b Block) {
	t.Helper()
	read, err := Parse(b.String())
	if err != nil {
		t.Fatalf("%v in\n%s", err, b)
	}
	if !read.Equal(b) {
		t.Fatalf("printed\n%s\nis read as\n%s", b, read)
	}
}

func FuzzPrintReadsBack(f *testing.F) {
	for _, word := range trickyWords {
		f.Add(word, "x", word)
	}
	f.Fuzz(func(t *testing.T, name, arg, comment string) {
		checkReadsBack(t, Block{
			{Name: name, Args: []string{arg, name}, Comment: comment},
			{Name: "map", Args: []string{arg}, Block: Block{{Name: name, Args: []string{arg}, Comment: comment}}},
		})
	})
}

// Parse never panics, and what it has read it prints and reads again as the same.
func FuzzParse(f *testing.F) {
	for _, text := range parseable {
		f.Add(text.text)
	}
	for _, text := range unparseable {
		f.Add(text.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if b, err := Parse(text); err == nil {
			checkReadsBack(t, b)
		}
	})
}

// Each reading is NGINX's own, see TestParseAgreesWithNGINX.
var parseable = []struct {
	text string
	want Block
}{
	{"", Block{}},
	{"a;", Block{{Name: "a"}}},
	{"a b c;", Block{{Name: "a", Args: []string{"b", "c"}}}},
	{"a\n  b\t\"c d\";", Block{{Name: "a", Args: []string{"b", "c d"}}}},
	{"# x; {\na; # }\nb;", Block{{Name: "a"}, {Name: "b"}}},
	{"a b#c;", Block{{Name: "a", Args: []string{"b#c"}}}},
	{`a 'b"c' "d'e";`, Block{{Name: "a", Args: []string{`b"c`, `d'e`}}}},
	{`a "b\"c\\" \s "\s";`, Block{{Name: "a", Args: []string{`b"c\`, `\s`, `\s`}}}},
	{`a b\;c;`, Block{{Name: "a", Args: []string{`b\;c`}}}},
	{"a {b;}", Block{{Name: "a", Block: Block{{Name: "b"}}}}},
	{"a{}", Block{{Name: "a", Block: Block{}}}},
	{"a ${b};", Block{{Name: "a", Args: []string{"${b}"}}}},
	{"a b};", Block{{Name: "a", Args: []string{"b}"}}}},
	{"a b${c}d{e;}", Block{{Name: "a", Args: []string{"b${c}d"}, Block: Block{{Name: "e"}}}}},
	{`a b"c";`, Block{{Name: "a", Args: []string{`b"c"`}}}},
	{`a "b")c;`, Block{{Name: "a", Args: []string{"b", ")c"}}}},
}

func TestParse(t *testing.T) {
	for _, test := range parseable {
		got, err := Parse(test.text)
		if err != nil || !got.Equal(test.want) {
			t.Errorf("%s is read as\n%s%v\nwant\n%s", test.text, got, err, test.want)
		}
	}
}

var unparseable = []struct {
	text string
	line int
	want string
}{
	{"a", 1, "does not end"},
	{"a b\n", 2, "does not end"},
	{"a;\n\nb {\nc;\n", 5, "not closed"},
	{"a }", 1, "unexpected"},
	{"}", 1, "unexpected"},
	{";", 1, "unexpected"},
	{"{ a; }", 1, "unexpected"},
	{"a \"b;\nc;", 1, "not closed"},
	{`a "b"c;`, 1, "after a quoted word"},
	{`a "b\";`, 1, "not closed"},
	{strings.Repeat("a {", 100), 1, "deep"},
}

func TestParseErrors(t *testing.T) {
	for _, test := range unparseable {
		_, err := Parse(test.text)
		syntax, ok := err.(*SyntaxError)
		if !ok || syntax.Line != test.line || !strings.Contains(syntax.Reason, test.want) {
			t.Errorf("%q: %v, want line %d: %s", test.text, err, test.line, test.want)
		}
	}
}

// The words that our reader finds are those that NGINX finds: NGINX is given
// each as the value of a header and must send it back.
func TestParseAgreesWithNGINX(t *testing.T) {
	var lines Block
	var want []string
	for _, word := range trickyWords {
		// A header cannot hold a line break, and "$" is not for header values.
		if word != "" && !strings.ContainsAny(word, "$\r\n\x00") {
			want = append(want, word)
			lines = append(lines, Directive{Name: "add_header", Args: []string{"X-Word", word}})
		}
	}
	p := start(t, Instance{Config: Config{Server: Block{{Name: "location", Args: []string{"/"}, Block: append(lines, line("return", "204"))}}}})
	// NGINX's answer is read raw, for net/http would trim blanks.
	head := raw(t, p, "GET / HTTP/1.0\r\n\r\n")
	for _, word := range want {
		if !strings.Contains(head, "\r\nX-Word: "+word+"\r\n") {
			t.Errorf("NGINX does not read %q as %q:\n%q", quote(word), word, head)
		}
	}
}
