package render

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// texCases are formulas, and what is wrong with them. They are also the seeds of the
// fuzz test.
var texCases = map[string]string{
	`x^2`:                            "",
	`\frac{a}{b} \{ \} \\ \% }`:      "a formula has } without its beginning",
	`\frac{a}{b`:                     "a formula ends without }",
	`\begin{pmatrix}1\end{pmatrix}`:  "",
	`\begin{pmatrix}1\end{matrix}`:   `a formula has \end{matrix} without its beginning`,
	`\begin{cases} 1`:                `a formula ends without \end{cases}`,
	`\begin cases`:                   `a formula has \begin without a name`,
	`\left( x \right)`:               "",
	`\left( x )`:                     `a formula ends without \right`,
	`\leftarrow \rightarrow`:         "",
	"a % {\nb":                       "",
	`\`:                              "",
	`%`:                              "",
	`\{`:                             "",
	`\begin {align*} a \end{align*}`: "",
}

func TestTexDoubt(t *testing.T) {
	for tex, want := range texCases {
		if got := texDoubt(tex); got != want {
			t.Errorf("%s: %q, want %q", tex, got, want)
		}
	}
}

// FuzzTexDoubt: whatever it is, it ends.
func FuzzTexDoubt(f *testing.F) {
	for tex := range texCases {
		f.Add(tex)
	}
	f.Fuzz(func(t *testing.T, tex string) {
		if strings.ContainsAny(texDoubt(tex), "\n") && !strings.Contains(tex, "\n") {
			t.Error("there is a line that the formula has not")
		}
	})
}

// What is wrong with a formula or a diagram is a warning with its line, and what is right
// is none.
func TestDoubts(t *testing.T) {
	text := "---\nmath: true\n---\n\n$x^{2$ and $y$\n\n$$\n\\begin{a}\n$$\n\n```math\n}\n```\n\n" +
		"```mermaid\n%%{init: {}}%%\n---\ntitle: x\n---\ngraph TD;\n```\n\n```mermaid\nstateDiagram-v2\n```\n\n```mermaid\ngrpah TD\n```\n\n```mermaid\n```\n"
	_, blog, err := run(&Folder{FS: files("a.md", text)}, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	got := describe(blog.Warnings())
	for _, want := range []string{"a.md:5: a formula ends without }", `a.md:7: a formula ends without \end{a}`, "a.md:12: a formula has } without its beginning", `a diagram begins with "grpah"`, "a diagram is empty"} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %q in\n%s", want, got)
		}
	}
	if len(blog.Warnings()) != 5 {
		t.Errorf("the warnings are\n%s", got)
	}
}

// The words are those of the Mermaid that is shipped.
func TestDiagramsAreMermaids(t *testing.T) {
	file, err := os.Open("theme/library/mermaid/mermaid.min.js.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	script, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range diagrams {
		if !bytes.Contains(script, []byte(`^\s*`+word)) && !bytes.Contains(script, []byte("|"+word)) {
			t.Errorf("Mermaid knows no %s", word)
		}
	}
	for _, m := range regexp.MustCompile(`return/\^\\s\*([a-zA-Z0-9]+)`).FindAllSubmatch(script, -1) {
		if !slices.ContainsFunc(diagrams, func(known string) bool { return strings.HasPrefix(string(m[1]), known) }) {
			t.Errorf("%s is not in the list", m[1])
		}
	}
}
