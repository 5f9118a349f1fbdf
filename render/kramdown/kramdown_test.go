package kramdown

import (
	"bytes"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
)

// reading is goldmark with kramdown, as the dialect of a site makes it.
func reading(d Dialect) goldmark.Markdown {
	return goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.TaskList, extension.Footnote, extension.DefinitionList, extension.Typographer, d),
		goldmark.WithRendererOptions(html.WithUnsafe()))
}

// convert makes HTML of a text, without the ends of its lines.
func convert(t testing.TB, m goldmark.Markdown, source string) (string, []Remark) {
	t.Helper()
	pc := parser.NewContext()
	document := m.Parser().Parse(text.NewReader([]byte(source)), parser.WithContext(pc))
	var out bytes.Buffer
	if err := m.Renderer().Render(&out, []byte(source), document); err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(out.String(), "\n", ""), Remarks(pc)
}

// rules are what kramdown does where CommonMark does something else. What it makes of a
// page full of them is compared with kramdown itself where folders of Jekyll are.
var rules = []struct{ name, text, gfm, own string }{
	{"a list interrupts a paragraph of GFM", "a\n* b", "<p>a</p><ul><li>b</li></ul>", "<p>a* b</p>"},
	{"a heading wants space above it", "a\n# b", "<p>a</p><h1>b</h1>", "<p>a# b</p>"},
	{"a fence", "```\na\n```", "<pre><code>a</code></pre>", "<p><code> a </code></p>"},
	{"a fence without an end", "~~~\na", "<p>~~~a</p>", "<p>~~~a</p>"},
	{"a list goes on by the column of its text", "- a\n  - b\n- c", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", ""},
	{"an end of a block", "* a\n^\n* b", "<ul><li>a</li></ul><ul><li>b</li></ul>", ""},
	{"a table in an item", "- |a|\n  |-|\n  |b|", "<ul><li><table><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table></li></ul>", ""},
	{"a table with a foot", "|a|\n|=|\n|b|", "<table><tbody><tr><td>a</td></tr></tbody><tfoot><tr><td>b</td></tr></tfoot></table>", ""},
	{"no table within text", "a\nb | c", "<p>ab | c</p>", ""},
	{"Markdown in an element in an item", "- <div markdown=\"1\">\n  *a*\n  </div>", "<ul><li><div><p><em>a</em></p></div></li></ul>", ""},
	{"Markdown in an element that is passed on", "<ul><li markdown=\"span\">*a*</li></ul> b", "<ul><li><em>a</em></li></ul><p>b</p>", ""},
	{"an element without an end", "<div>*a*\n\nb", "<div>*a*b</div>", ""},
	{"an end tag of nothing", "<div>a</p></div>", "<div>a&lt;/p></div>", ""},
	{"attributes of an element", "<p class=\"a\">b</p>\n{: .c #d}", `<p class="a c" id="d">b</p>`, ""},
	{"attributes by a name that comes later", "a\n{:b}\n\n{:b: .c}", `<p class="c">a</p>`, ""},
	{"attributes above", "{: .a}\n# b", `<h1 class="a">b</h1>`, ""},
	{"no scripts in attributes", "a\n{: onclick=\"b\"}", "<p>a</p>", ""},
	{"definitions", "a\n\n: b\n: c", "<dl><dt>a</dt><dd><p>b</p></dd><dd>c</dd></dl>", ""},
	{"emphasis from the inside", "*a **b* c**", "<p>*a <strong>b* c</strong></p>", ""},
	{"emphasis without punctuation", "**日本。**本", "<p><strong>日本。</strong>本</p>", ""},
	{"an address with spaces", "[a](b c)", `<p><a href="b%20c">a</a></p>`, ""},
	{"a reference on the next line", "[a\nb]\n[c]\n\n[c]: d 'e'", `<p><a href="d" title="e">ab</a></p>`, ""},
	{"tags of blocks in a line", "a <div> b", "<p>a &lt;div&gt; b</p>", ""},
	{"elements that have no Markdown", "<mark>*a*</mark>", "<p><mark>*a*</mark></p>", ""},
	{"an extension in a line", "a {::nomarkdown}*b*{:/}", "<p>a *b*</p>", ""},
	{"an abbreviation", "HTML5 HTML\n\n*[HTML]: H", `<p>HTML5 <abbr title="H">HTML</abbr></p>`, ""},
	{"text struck through", "~~a *b*~~ ~~~c~~~ ~~ d ~~ ~e~", "<p><del>a <em>b</em></del> ~<del>c</del>~ ~~ d ~~ ~e~</p>", "<p>~~a <em>b</em>~~ ~~~c~~~ ~~ d ~~ ~e~</p>"},
	{"three tildes around spaces", "~~~ a ~~~ b", "<p>~~~ a ~~~ b</p>", "<p>~~~ a ~~~ b</p>"},
	{"tildes across a link, and in code", "~~a [b~~ c](d) ~~e `f~~`", `<p>~~a <a href="d">b~~ c</a> ~~e <code>f~~</code></p>`, ""},
	{"what looks like a tag", "#<hash:0x1f> <A::B>\n\n<a:b>c</a:b>", "<p>#&lt;hash:0x1f&gt; &lt;A::B&gt;</p><a:b>c</a:b>", ""},
	{"a row that begins with code", "a | b\n`|`\nc | d", "<table><tbody><tr><td>a</td><td>b</td></tr><tr><td><code>|</code></td><td></td></tr><tr><td>c</td><td>d</td></tr></tbody></table>", ""},
	{"no table where only code has the pipe", "`|`\na | b\n\na | b\nc `|`\nd | e", "<p><code>|</code>a | b</p><p>a | bc <code>|</code>d | e</p>", ""},
	{"a second rule in a table", "a | b\n--- | ---\nc | d\n:--- | :---\ne | f", "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>c</td><td>d</td></tr></tbody><tbody><tr><td>e</td><td>f</td></tr></tbody></table>", ""},
	{"backslashes", "a\\&b\\\\\nc", "<p>a\\&amp;b<br>c</p>", ""},
}

func TestRules(t *testing.T) {
	gfm, own := reading(Dialect{GFM: true}), reading(Dialect{})
	for _, r := range rules {
		if got, _ := convert(t, gfm, r.text); got != r.gfm {
			t.Errorf("%s: GFM makes %s, want %s", r.name, got, r.gfm)
		}
		if got, _ := convert(t, own, r.text); r.own != "" && got != r.own {
			t.Errorf("%s: kramdown's own input makes %s, want %s", r.name, got, r.own)
		}
	}
}

// TestBadTexts reads texts that would take hours if anything in them were looked for
// once for each of their lines, or signs.
func TestBadTexts(t *testing.T) {
	const n = 5000
	m := reading(Dialect{GFM: true, Formula: func(parser.Context) ast.Node { return ast.NewCodeBlock() }})
	for _, piece := range []string{
		"> ", "- ", "1. ", ": ", "<div>\n", "<div markdown=\"1\">\n", "<p markdown=\"span\">", "</div>\n", "<b>", "</b>", "<b>a</b>{: .c}", "<kbd>", "<a b='", "<a b=\"c ", "<a ", "<http:", "<!--\n", "<!-- ", "<?", "<script>\n",
		"*[", "*[a]: b\n", "[", "![", "[a]", "[a](", "[a\n]", "[a]: b\n", "[^a]: b\n\n", "[^a]", "](b)", "`", "` ``", "a`b\n", "$$", "$$\n\n", "~~~\n", "```a\n", "|", "a|b\n", "|a\n|-\n", "*", "**a ", "_a *b ", "***a", "~~a", "~~a ~~ ", "~~~a~~~",
		"{:", "{: .a}\n", "{:a: .b}\n", "{:a\n", "{::comment}\n", "{::comment}", "{::nomarkdown} a\n", "{::box}\n", "{:/}\n", "a\n: b\n", "* a\n\n", "    a\n\n", "^\n", "\\", "&", "\"", "'_", "a\n---\n", "-|-\n", "<<", "<mailto:a",
	} {
		convert(t, m, strings.Repeat(piece, n))
		convert(t, m, strings.Repeat(piece, 300)+strings.Repeat("a\n", n))
	}
	for _, deep := range []string{strings.Repeat("> ", 2000) + "a", strings.Repeat("<div markdown=\"1\">\n", 2000), strings.Repeat("<div>", 2000), strings.Repeat(">", 90) + strings.Repeat("a\n", 1<<16)} {
		if _, remarks := convert(t, m, deep); len(remarks) == 0 || remarks[0].Kind != TooDeep {
			t.Errorf("%.30q is not too deep: %v", deep, remarks)
		}
	}
	var names strings.Builder
	for i := range n {
		names.WriteString("*[" + strings.Repeat("a", i%300) + "b]: c\n")
	}
	convert(t, m, names.String()+"\n"+strings.Repeat(strings.Repeat("a", 300)+" ", 300))
}

// FuzzBlocks looks for a text that takes the parser down, or of which a node lies outside
// of the text.
func FuzzBlocks(f *testing.F) {
	for _, r := range rules {
		f.Add(r.text, true)
	}
	gfm, own := reading(Dialect{GFM: true}), reading(Dialect{})
	f.Fuzz(func(t *testing.T, source string, isGFM bool) {
		m := own
		if isGFM {
			m = gfm
		}
		document := m.Parser().Parse(text.NewReader([]byte(source)))
		_ = ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
			if node.Kind() == kindGap || node.Kind() == kindSign || node.Kind() == kindStrike || node.Kind() == kindBracket {
				t.Errorf("a %s is left", node.Kind())
			}
			if node.Type() != ast.TypeInline {
				for i := range node.Lines().Len() {
					if line := node.Lines().At(i); line.Start < 0 || line.Start > line.Stop || line.Stop > len(source) {
						t.Fatalf("a line of a %s is %v of %d", node.Kind(), line, len(source))
					}
				}
			}
			return ast.WalkContinue, nil
		})
		convert(t, m, source)
	})
}
