package render

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	emoji "github.com/yuin/goldmark-emoji"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"

	"icecap/render/gotmpl"
	"icecap/render/kramdown"
	"icecap/render/search"
	"icecap/render/theme"
)

// A markdown converts texts. It is safe for concurrent use.
type markdown struct {
	parser   parser.Parser
	renderer renderer.Renderer
	raw      renderer.Renderer // lets raw HTML through
}

// extensions are what goes beyond CommonMark: GFM (tables, task lists,
// strikethrough, bare links), footnotes, definition lists, typographic quotes and
// dashes, emoji, attributes of headings and blocks. GitHub's alerts come with the
// transformation.
func extensions() []goldmark.Extender {
	return []goldmark.Extender{extension.GFM, extension.Footnote, extension.DefinitionList, extension.Typographer, emoji.Emoji, headingAttributes{}, blockAttributes{}}
}

// extensions are those of a folder.
func (s *Snapshot) extensions() []goldmark.Extender {
	list := append(slices.Clone(s.dialect.extensions), mathParser{})
	if s.obsidian() {
		list = append(list, obsidianSyntax{})
	}
	if s.wikilinks {
		list = append(list, wikilinks{})
	}
	return list
}

// newMarkdown is CommonMark with extensions. Word says words of the page in its
// language.
func newMarkdown(word func(string) string, extensions ...goldmark.Extender) *markdown {
	nodes := []util.PrioritizedValue{util.Prioritized(codeRenderer{}, 100), util.Prioritized(accessible{word}, 100)}
	raw := goldmark.New(goldmark.WithExtensions(extensions...),
		goldmark.WithRendererOptions(html.WithUnsafe(), renderer.WithNodeRenderers(nodes...)))
	plain := goldmark.New(goldmark.WithExtensions(extensions...),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(append(nodes, util.Prioritized(omitHTML{}, 200))...)))
	return &markdown{raw.Parser(), plain.Renderer(), raw.Renderer()}
}

// facts are what is known of a post's text besides its HTML. They are what the
// cache keeps.
type facts struct {
	Summary string // HTML
	Excerpt string
	Words   int
	TOC     []theme.Heading
	Shorts  []link   // shortcodes that nobody knows and that were left out
	Refs    []link   // what the shortcodes ref and relref name, whose paths may stand anywhere; the number is that of a language
	IDs     []string // what a link can lead to within the page
	Links   []link
	Images  []link   // files in the folder
	HTML    int      // line of the first HTML that is left out, 0 for none
	Wide    bool     // anything in the folder may change the text
	Shared  bool     // what all pages share may be in the text, as templates of the theme
	Uses    features // what the page needs a script for
	Foreign []link   // languages of blocks that another tool makes something of, and here are shown as they are
	Embeds  []embedded
	Terms   search.Terms
	Remarks Problems // what was left out or changed in the text, each with its place

	digest [sha256.Size]byte // of what they were made of, see [Blog.digest]
}

// A link is one that leads into this site, as it was written.
type link struct {
	Dest string
	Line int
}

// A conversion is the work on one text.
type conversion struct {
	blog    *Blog
	post    *post
	text    []byte // the whole file
	source  []byte // with shortcodes replaced
	lines   lineMap
	raw     bool
	facts   *facts
	ids     map[string]int
	shorts  []shortOutput
	depth   int           // shortcodes around it
	parent  *gotmpl.Short // the one around it, if the layouts have its template
	ordinal int           // of the next one with such a template
	view    *gotmpl.Page  // of the page for these
	around  []*post       // the texts in whose page it stands, the page's own first
	budget  *embedBudget
	errs    Problems
	met     []link // all links and pictures, also out of the site, as they come out
	figures []*ast.Image
	sized   []sizedPicture
	more    ast.Node // the block behind "<!--more-->"
	hasCut  bool
	cutLine int  // of the file, behind which the summary has ended; 0 where a comment does it
	reads   bool // the text is Markdown, whatever the name of its file says

	elementIDs map[string]int       // of headings in elements of HTML, where those count by themselves
	places     []*kramdown.Contents // for tables of contents, in a folder of Jekyll
	contentsAt []*contentsMark      // the same in a folder of ours
}

// convert makes the HTML of a post's text.
func (c *conversion) convert(md *markdown) ([]byte, error) {
	document := c.parse(md)
	c.transform(document)
	if c.cutLine > 0 {
		c.more = c.blockBehind(document, c.cutLine)
	}
	renderer := md.renderer
	if c.raw {
		renderer = md.raw
	}
	var out htmlBuffer
	out.Grow(len(c.source) * 2)
	cut := -1
	for block := document.FirstChild(); block != nil; block = block.NextSibling() {
		if block == c.more {
			cut = out.Len()
		}
		if err := renderer.Render(&out, c.source, block); err != nil {
			return nil, fmt.Errorf("write %s as HTML: %w", c.post.file, err)
		}
	}
	if c.hasCut && cut < 0 {
		cut = out.Len()
	}
	body := out.Bytes()
	if c.hasCut {
		c.facts.Summary = string(c.expand(bytes.TrimSpace(body[:cut])))
	} else if err := c.summarize(document, renderer); err != nil {
		return nil, err
	}
	// A link to a heading leads to the post, wherever its summary stands.
	c.facts.Summary = strings.ReplaceAll(c.facts.Summary, `href="#`, `href="`+template.HTMLEscapeString(c.post.url.String())+`#`)
	return c.expand(body), nil
}

// An htmlBuffer is one that goldmark writes into as it is. Around any other writer
// it makes a buffer of 4 KB, for each block of a text.
type htmlBuffer struct{ bytes.Buffer }

// Buffered is 0: nothing has to be written on.
func (*htmlBuffer) Buffered() int { return 0 }

// Flush does nothing.
func (*htmlBuffer) Flush() error { return nil }

var _ util.BufWriter = (*htmlBuffer)(nil)

// summarize takes the first paragraphs, whole blocks only.
func (c *conversion) summarize(document ast.Node, renderer renderer.Renderer) error {
	if c.blog.dialect.wholeSummary {
		return c.wholeBlocks(document, renderer)
	}
	var out htmlBuffer
	words := 0
	for block := document.FirstChild(); block != nil && words < c.blog.dialect.summaryWords; block = block.NextSibling() {
		switch block.Kind() {
		case ast.KindParagraph, ast.KindList, ast.KindBlockquote:
		case ast.KindHeading, ast.KindHTMLBlock, ast.KindThematicBreak, ast.KindFencedCodeBlock, ast.KindCodeBlock, ast.KindTextBlock, kindEmbedding:
			if words == 0 {
				continue
			}
		}
		if block.Kind() != ast.KindParagraph {
			break
		}
		if err := renderer.Render(&out, c.source, block); err != nil {
			return fmt.Errorf("write the summary of %s: %w", c.post.file, err)
		}
		words += countWords(plainText(block, c.source))
	}
	c.facts.Summary = string(c.expand(bytes.TrimSpace(withoutNotes(out.Bytes()))))
	return nil
}

// withoutNotes takes references to footnotes out: the notes are not in a summary.
func withoutNotes(summary []byte) []byte {
	for {
		start := bytes.Index(summary, []byte(`<sup id="fnref`))
		if start < 0 {
			return summary
		}
		end := bytes.Index(summary[start:], []byte("</sup>"))
		if end < 0 {
			return summary
		}
		summary = append(summary[:start:start], summary[start+end+len("</sup>"):]...)
	}
}
