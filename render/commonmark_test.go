package render

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
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

// TestCommonMark holds the parser, and the renderer of code that replaces
// goldmark's own, to the specification. What goes beyond it is off here, and raw
// HTML is on.
func TestCommonMark(t *testing.T) {
	md := goldmark.New(goldmark.WithRendererOptions(html.WithUnsafe(), html.WithXHTML(),
		renderer.WithNodeRenderers(util.Prioritized(codeRenderer{}, 100))))
	for _, example := range specExamples(t) {
		var out strings.Builder
		if err := md.Convert([]byte(example.Markdown), &out); err != nil {
			t.Fatal(err)
		}
		if got := plainCode(out.String()); got != example.HTML {
			t.Errorf("example %d (%s)\n%q\ngives %q\nwant  %q", example.Example, example.Section, example.Markdown, got, example.HTML)
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
