package code

import (
	"strings"
	"testing"

	"github.com/alecthomas/chroma/v2"
)

// samples are code of each language that is scanned, with what is easy to get wrong.
var samples = map[string]string{
	"go": `package main

import "fmt"

// A Point has "two" parts.
type Point struct{ X, Y int }

/* block
comment */
func (p *Point) Add(q Point) (*Point, error) {
	if q.X > 0x1F || q.Y == 1.5e3 {
		return nil, fmt.Errorf("bad %q: %c", q, 'x')
	}
	raw := ` + "`a \"quoted\" \\n text`" + `
	for i := range 10 {
		fmt.Println(i, raw, len(raw), true, nil)
	}
	return &Point{p.X + q.X, p.Y + q.Y}, nil
}
`,
	"python": `import os
from sys import argv

# a comment
class A(Base):
    """A doc string
    over lines."""
    @property
    def name(self, x=1.5, *args):
        if x is not None and len(args) > 3:
            return f"{x}" + r'\d' + 'it\'s'
        for i in range(0x10):
            print(i, True)
        raise ValueError("no")
`,
	"js": "// a comment\nimport { a } from \"./b.js\";\nconst re = /[/\"]+/g;\nexport async function f(x, y = 1.5) {\n  /* more */\n  const t = `a ${x + `b`} c`;\n  if (x === null || !y) { return new Map(); }\n  return await x.then((r) => r / 2 / y);\n}\n",
	"ts": "interface A { readonly name: string; n?: number }\ntype B = 'x' | 'y';\nfunction f(a: A): boolean { return a.name !== 'x'; }\n",
	"sh": "#!/bin/sh\nset -eu\nfor f in *.md; do\n  if [ -s \"$f\" ]; then # a comment\n    echo 'x y' \"${f%.md}\" | sort >> out.txt\n  fi\ndone\nname=$1\n",
	"c":  "#include <stdio.h>\n#define N 10\n\n/* main */\nint main(void) {\n\tchar c = 'x';\n\tfor (int i = 0; i < N; i++)\n\t\tprintf(\"%d\\n\", i); // each\n\treturn 0;\n}\n",
	"json": `{"name": "ice", "n": 1.5, "list": [true, null, -2], "nested": {"a": "b"}}
`,
	"rust": "// a comment\nfn main() {\n    let x: &'static str = \"a\";\n    let c = 'b';\n    match x { \"a\" => println!(\"{}\", c), _ => return }\n}\n",
	"java": "import java.util.List;\n\npublic class A {\n  // a comment\n  private static final int N = 10;\n  public String f(List<String> l) { return l.isEmpty() ? null : \"x\"; }\n}\n",
	"sql":  "-- all\nSELECT name, count(*) FROM posts WHERE title = 'it''s' AND n > 10 ORDER BY name;\n",
	"cpp":  "template <typename T>\nclass A : public B {\npublic:\n  explicit A(int n) : n_(n) {}\n  virtual ~A() = default; // gone\nprivate:\n  const char* s = \"x\";\n};\n",
}

// kind is what a reader sees of a class: a comment, a text, a number, a word of
// the language.
func kind(class string) string {
	switch {
	case class == "":
		return ""
	case class[0] == 'c':
		return "comment"
	case class[0] == 's' || class == "nt":
		return "text"
	case class[0] == 'm':
		return "number"
	case class[0] == 'k' || class == "ow" || class == "kn":
		return "word"
	}
	return ""
}

// kinds has one word for each byte of the code.
func kinds(tokens []token) (list []string) {
	for _, t := range tokens {
		for range len(t.text) {
			list = append(list, kind(t.class))
		}
	}
	return list
}

// TestScanLikeChroma: what chroma takes for a comment, a text, a number or a word
// of the language, the scan does, too, but for a few bytes where the two differ on
// what a word is.
func TestScanLikeChroma(t *testing.T) {
	for language, code := range samples {
		iterator, err := findLexer(language).Tokenise(nil, code)
		if err != nil {
			t.Fatal(language, err)
		}
		var theirs []token
		for one := iterator(); one != chroma.EOF; one = iterator() {
			theirs = append(theirs, token{tokenClass(one.Type), one.Value})
		}
		got, want := kinds(grammars[language].scan(code)), kinds(theirs)
		if len(got) != len(code) || len(want) < len(code) {
			t.Fatalf("%s: %d and %d of %d bytes", language, len(got), len(want), len(code))
		}
		different := 0
		var where []string
		for i := range code {
			if got[i] != want[i] && !strings.ContainsRune(" \t\n\"'`", rune(code[i])) {
				different++
				if i == 0 || len(where) == 0 || got[i-1] == want[i-1] {
					end := min(len(code), i+12)
					where = append(where, strings.ReplaceAll(code[i:end], "\n", " ")+": "+got[i]+", not "+want[i])
				}
			}
		}
		if limit := len(code) / 12; different > limit {
			t.Errorf("%s: %d of %d bytes differ: %s", language, different, len(code), strings.Join(where, "; "))
		}
	}
}

// FuzzScan: colours change no byte of the code.
func FuzzScan(f *testing.F) {
	for name := range grammars {
		f.Add(name, "func f(x int) string { return \"a\" + `b` // c\n}")
		f.Add(name, "def f(x): '''y'''\n# z\n$x ${y} /re[/]/g 0x1F 1.5e-3 'a \"unended")
	}
	f.Fuzz(func(t *testing.T, name, code string) {
		g := grammars[name]
		if g == nil {
			return
		}
		var all strings.Builder
		for _, token := range g.scan(code) {
			if token.text == "" {
				t.Fatal("an empty token")
			}
			all.WriteString(token.text)
		}
		if all.String() != code {
			t.Fatalf("%q becomes %q", code, all.String())
		}
	})
}
