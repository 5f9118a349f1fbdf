package search

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// termsOf are the terms of a text, with their levels, in the order of bytes.
func termsOf(t Text) map[string]int {
	found := map[string]int{}
	terms := t.Terms()
	for section := range sections {
		for term, level := range terms.section(section).each {
			found[term] = level
		}
	}
	return found
}

func names(terms map[string]int) string {
	var list []string
	for term := range terms {
		list = append(list, term)
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// texts are HTML and the terms that are in it. Its plain ones are those of
// TestScript, too.
var texts = []struct{ html, want string }{
	{"<p>Ice, ice &amp; <em>Ice</em>berg.</p>", "ice iceberg"},
	{"Übersicht STRASSE Straße Ærø Łódź ΣΑΣ Ёлка", "aero lodz strass ubersicht σασ елка"},
	{"Go's don’t it&rsquo;s 's", "don go it t"},
	{"C++ c# C+D c+ a#b F#", "a# b c c# c++ d f#"},
	{"go1.22 2024-05-01 0x1F", "01 05 0x1f 2024 22 go1"},
	{"sync.Mutex http_status", "http mutex status sync"},
	{"slices slicing sliced classes bus glass ties", "bus class glass slic ty"},
	{"running embed embedding seed string using calling add", "add call embed run seed string using"},
	{"日本語の入門", "の入 入門 日本 本語 語の 門"},
	{"猫", "猫"},
	{"ภาษาไทย", "ทย ภา ย ษา าษ าไ ไท"},
	{"한국어 검색", "검색 한국어"},
	{"½ ﬁne", "1 2 fin"},
	{"naïve café cafe\u0301", "caf naiv"},
	{"voilà a\u0300b a\u036fc a\u02ffd", "a ab ac d voila"},
}

func TestTerms(t *testing.T) {
	for _, c := range texts {
		if got := names(termsOf(Text{Body: []byte(c.html)})); got != c.want {
			t.Errorf("%s: got %s, want %s", c.html, got, c.want)
		}
	}
	for html, want := range map[string]string{
		"WithTimeout HTTPServer iPhone":                              "http httpserver iphon phon server timeout with withtimeout",
		"<h2>One<a>#</a></h2>two<script>three</script><!-- four -->": "one two",
		`<span class="ln">12</span>func<sup>3</sup>`:                 "3 func",
		"<style>a</style":            "",
		"<script>a":                  "",
		"a<b":                        "a",
		"< x &nosuchentity y &#x41;": "nosuchentity x y",
		strings.Repeat("x", MaxTerm+1) + " " + strings.Repeat("y", MaxTerm): strings.Repeat("y", MaxTerm),
	} {
		if got := names(termsOf(Text{Body: []byte(html)})); got != want {
			t.Errorf("%s: got %s, want %s", html, got, want)
		}
	}
}

// A word in the title says more than one in a heading, and that more than one in the
// text; a short text is more about its words than a long one.
func TestLevels(t *testing.T) {
	long := strings.Repeat("snow ", 3000)
	levels := termsOf(Text{Title: "Title", Labels: []string{"Label"}, Description: "Description", Body: []byte("<h2>Heading</h2> body twice twice" + strings.Repeat(" snow", 400))})
	order := []string{"titl", "label", "description", "twic", "body"}
	for i, term := range order {
		if levels[term] == 0 || i > 0 && levels[term] >= levels[order[i-1]] {
			t.Errorf("%v are not in the order %v", levels, order)
		}
	}
	if levels["head"] != levels["description"] {
		t.Errorf("a heading is %d", levels["head"])
	}
	if short, l := termsOf(Text{Body: []byte("ice")}), termsOf(Text{Body: []byte("ice " + long)}); short["ice"] <= l["ice"] {
		t.Errorf("in a short text %d, in a long one %d", short["ice"], l["ice"])
	}
	for weight := range 300 {
		if l := level(float64(weight+1), lengthNorm(weight*50)); l < 1 || l > 15 {
			t.Errorf("level %d", l)
		}
	}
}

// postings reads what writePostings wrote, as the script does.
func postings(text string) (list map[uint32]int, all int) {
	list = map[uint32]int{}
	level, n, digit, last := 0, 0, 1, 0
	for _, c := range text {
		switch sign := strings.IndexRune(signs, c); {
		case c == '~':
			level = -1
		case sign >= 0:
			if level < 0 {
				all = last
			}
			level, last = sign+1, 0
		default:
			d := strings.IndexRune(digits, c)
			n += d % 32 * digit
			digit *= 32
			if d >= 32 {
				continue
			}
			last += n
			n, digit = 0, 1
			if level > 0 {
				list[uint32(last)] = level
			}
		}
	}
	return list, all
}

// corpus are made-up texts.
func corpus(n int) []Text {
	random := rand.New(rand.NewPCG(1, 2))
	list := make([]Text, n)
	for i := range list {
		var b strings.Builder
		for range 30 {
			fmt.Fprintf(&b, "word%d ", int(random.ExpFloat64()*40))
		}
		list[i] = Text{Title: fmt.Sprintf("Text %d everywhere", i), Body: []byte(b.String())}
	}
	return list
}

func indexOf(list []Text) *Index {
	paths := make([]string, len(list))
	for i := range list {
		paths[i] = "/" + list[i].Title + "/"
	}
	x := &Index{Shape: ShapeOf(len(list))}
	for i, n := range x.Shape.Numbers(paths) {
		x.Texts = append(x.Texts, Numbered{n, list[i].Terms()})
	}
	slices.SortFunc(x.Texts, func(x, y Numbered) int { return int(x.Number) - int(y.Number) })
	return x
}

// TestFiles: what the files of an index say together is what the texts say, whatever
// its size.
func TestFiles(t *testing.T) {
	for _, n := range []int{1, 40, 300, 3000} {
		x := indexOf(corpus(n))
		want := map[string]map[uint32]int{}
		for _, text := range x.Texts {
			for section := range sections {
				for term, level := range text.Terms.section(section).each {
					if want[term] == nil {
						want[term] = map[uint32]int{}
					}
					want[term][text.Number] = level
				}
			}
		}
		for file := range x.Shape.Terms {
			var terms map[string]string
			if err := json.Unmarshal(x.TermsFile(file), &terms); err != nil {
				t.Fatal(err)
			}
			for term, text := range terms {
				list, all := postings(text)
				if x.Shape.termsFile(Hash(beginning(term))) != file {
					t.Errorf("%s is in file %d", term, file)
				}
				if len(want[term]) > MaxPostings && (all != len(want[term]) || len(list) != MaxPostings) {
					t.Errorf("of %d texts with %s %d of %d are listed", len(want[term]), term, len(list), all)
				}
				for number, level := range list {
					if want[term][number] != level {
						t.Errorf("%s has level %d in %d, want %d", term, level, number, want[term][number])
					}
				}
				if all == 0 && len(list) != len(want[term]) {
					t.Errorf("%s is in %d texts, want %d", term, len(list), len(want[term]))
				}
				delete(want, term)
			}
		}
		if len(want) > 0 {
			t.Errorf("%d terms of %d texts are in no file", len(want), n)
		}
	}
}

// TestOneEdited: where one text of many changes, the versions of those files change
// that do, and these are few.
func TestOneEdited(t *testing.T) {
	list := corpus(2000)
	before := indexOf(list)
	list[77].Body = append(list[77].Body, " a glacier and a lantern"...)
	after := indexOf(list)
	changed := 0
	for file := range before.Shape.Terms {
		same := string(before.TermsFile(file)) == string(after.TermsFile(file))
		if same != (before.Versions()[file] == after.Versions()[file]) {
			t.Errorf("file %d changed: %v, its version: %v", file, !same, same)
		}
		if !same {
			changed++
		}
	}
	if changed == 0 || changed > 6 {
		t.Errorf("%d of %d files changed", changed, before.Shape.Terms)
	}
	// A text that is gone takes its number along and leaves the others theirs.
	gone := indexOf(slices.Delete(list, 77, 78))
	moved := 0
	for _, text := range gone.Texts {
		if !slices.ContainsFunc(after.Texts, func(n Numbered) bool { return n == text }) {
			moved++
		}
	}
	if moved > 2 {
		t.Errorf("%d others have another number", moved)
	}
}

func TestNumbers(t *testing.T) {
	var paths []string
	for i := range 5000 {
		paths = append(paths, fmt.Sprintf("/posts/%d/", i))
	}
	shape := ShapeOf(len(paths))
	numbers := shape.Numbers(paths)
	seen := map[uint32]bool{}
	files := make([]int, shape.Pages)
	for _, n := range numbers {
		if seen[n] || n >= 1<<shape.Bits+16 {
			t.Fatalf("number %d", n)
		}
		seen[n] = true
		files[shape.PagesFile(n)]++
	}
	if most := slices.Max(files); most > 5*perFile {
		t.Errorf("%d pages in one file", most)
	}
}

func TestPagesJSON(t *testing.T) {
	var pages map[string][4]string
	data := PagesJSON([]Page{{1, "A \"quote\" \\ \t", "/a/", "2024-05-01", "x < y & z"}, {2, "é\u2028", "/b/", "", ""}})
	if err := json.Unmarshal(data, &pages); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(pages); got != "map[1:[A \"quote\" \\ \t /a/ 2024-05-01 x < y & z] 2:[é\u2028 /b/  ]]" {
		t.Error(got)
	}
}

// FuzzTerms reads anything: what comes out can be read back, within the limits, and is
// the same the next time, whatever was read before.
// TestEarlier: an index that goes on from an earlier one is what it would be from
// nothing, whichever of its files are asked for.
func TestEarlier(t *testing.T) {
	for _, n := range []int{1, 40, 300, 3000} {
		texts := corpus(n + 2)
		before := indexOf(texts[:n])
		changed := slices.Clone(texts[:n])
		changed[0].Body = append(slices.Clone(changed[0].Body), " glacier"...)
		for name, list := range map[string][]Text{
			"nothing changed": texts[:n], "one changed": changed, "some new": texts, "one gone": texts[1 : n+1],
		} {
			whole, next := indexOf(list), indexOf(list)
			next.Earlier = &Earlier{Texts: before.Texts, Versions: before.Versions()}
			if !slices.Equal(next.Versions(), whole.Versions()) {
				t.Errorf("%d texts, %s: the versions are others", n, name)
			}
			for file := range whole.Shape.Terms {
				if got, want := string(next.TermsFile(file)), string(whole.TermsFile(file)); got != want {
					t.Errorf("%d texts, %s: file %d is %.200s, want %.200s", n, name, file, got, want)
				}
			}
		}
	}
}

func FuzzTerms(f *testing.F) {
	for _, c := range texts {
		f.Add(c.html, "Title")
	}
	f.Add("<a<b&\x00\xff<!--<script>", "\u0301")
	f.Fuzz(func(t *testing.T, html, title string) {
		text := Text{Title: title, Body: []byte(html)}
		first := text.Terms()
		Text{Title: "WithTimeout between"}.Terms()
		if second := text.Terms(); first != second {
			t.Fatalf("%q, and then %q", first, second)
		}
		size := 0
		for section := range sections {
			for term, level := range first.section(section).each {
				if term == "" || len(term) > MaxTerm || level < 1 || level > 15 || Hash(beginning(term))>>28 != uint32(section) {
					t.Errorf("term %q of level %d in section %d", term, level, section)
				}
				size += len(term)
			}
		}
		if utf8.ValidString(html) && size > 8*(len(html)+len(title))+16 {
			t.Errorf("%d bytes of terms of %d of text", size, len(html))
		}
		x := &Index{Shape: ShapeOf(1), Texts: []Numbered{{7, first}}}
		if !json.Valid(x.TermsFile(0)) {
			t.Errorf("no JSON: %s", x.TermsFile(0))
		}
	})
}
