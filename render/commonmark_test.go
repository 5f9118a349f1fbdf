package render

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark/text"
)

// specExamples reads the examples of the CommonMark specification, which come
// with goldmark.
func specExamples(t *testing.T) []specExample {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/yuin/goldmark").Output()
	if err != nil {
		t.Fatalf("find goldmark: %v", err)
	}
	data, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "_test", "spec.json"))
	if err != nil {
		t.Fatal(err)
	}
	var examples []specExample
	if err := json.Unmarshal(data, &examples); err != nil {
		t.Fatal(err)
	}
	if len(examples) != 652 {
		t.Fatalf("the specification has %d examples, not 652", len(examples))
	}
	return examples
}

type specExample struct {
	Markdown, HTML, Section string
	Example                 int
}

func english(word string) string { return word }

// TestCommonMark: every example of the specification passes through our parser and
// renderers. The extensions, which give other meanings to some of the texts, are
// off here, and raw HTML is on.
func TestCommonMark(t *testing.T) {
	md := newMarkdown(english)
	for _, example := range specExamples(t) {
		var out strings.Builder
		source := []byte(example.Markdown)
		if err := md.raw.Render(&out, source, md.parser.Parse(text.NewReader(source))); err != nil {
			t.Fatal(err)
		}
		if got, want := plainCode(out.String()), emptyElement.ReplaceAllString(example.HTML, "<$1>"); got != want {
			t.Errorf("example %d (%s)\n%q\ngives %q\nwant  %q", example.Example, example.Section, example.Markdown, got, want)
		}
	}
}

// emptyElement is written as XHTML does by the specification, as HTML does by us.
var emptyElement = regexp.MustCompile(`<((?:br|hr|img)(?: [^>]*?)?) />`)

// TestExtensionsKeepCommonMark: with the extensions on, the sections of the
// specification that they do not touch stay as they are.
func TestExtensionsKeepCommonMark(t *testing.T) {
	touched := map[string]string{
		"Entity and numeric character references": "quotes", "Backslash escapes": "quotes", "Code spans": "bare links", "Autolinks": "bare links",
		"Emphasis and strong emphasis": "quotes and bare links", "Links": "quotes, footnotes and bare links", "Images": "quotes",
		"Raw HTML": "quotes and filtered tags", "Setext headings": "dashes", "Thematic breaks": "dashes and attributes", "Textual content": "quotes",
		"Tabs": "", "Lists": "", "HTML blocks": "filtered tags", "Link reference definitions": "quotes, footnotes", "Fenced code blocks": "strikethrough", "Paragraphs": "blanks before a break",
		"ATX headings": "", "Block quotes": "", "List items": "tasks, quotes", "Hard line breaks": "blanks before a break", "Soft line breaks": "", "Inlines": "", "Precedence": "", "Indented code blocks": "", "Blank lines": "",
	}
	md := newMarkdown(english, extensions()...)
	for _, example := range specExamples(t) {
		var out strings.Builder
		source := []byte(example.Markdown)
		if err := md.raw.Render(&out, source, md.parser.Parse(text.NewReader(source))); err != nil {
			t.Fatal(err)
		}
		if got, want := plainCode(out.String()), emptyElement.ReplaceAllString(example.HTML, "<$1>"); got != want && touched[example.Section] == "" {
			t.Errorf("example %d (%s)\n%q\ngives %q\nwant  %q", example.Example, example.Section, example.Markdown, got, want)
		}
	}
}

// plainCode takes off what the specification leaves to the renderer: colours, and
// attributes of code blocks.
func plainCode(html string) string {
	html = strings.ReplaceAll(strings.ReplaceAll(html, `<pre class="chroma" tabindex="0">`, "<pre>"), `<pre tabindex="0">`, "<pre>")
	html = regexp.MustCompile(` data-lang="[^"]*"`).ReplaceAllString(html, "")
	return regexp.MustCompile(`(?s)<pre><code.*?</code></pre>`).ReplaceAllStringFunc(html, func(code string) string {
		return regexp.MustCompile(`</?span[^>]*>`).ReplaceAllString(code, "")
	})
}
