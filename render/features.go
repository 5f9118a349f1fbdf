package render

import (
	"bytes"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"

	"icecap/render/theme"
)

// features are what browsers do not show by themselves: a page that has any of them
// loads a script, and a site without them publishes none.
type features int

const (
	usesMath features = 1 << iota
	usesDiagrams
)

// scripted are the theme's names for them.
var scripted = map[features]theme.Feature{usesMath: theme.Math, usesDiagrams: theme.Diagrams}

// used is what any text needs that was read.
func (b *Blog) used() (all features) {
	for _, p := range b.byFile {
		if facts := p.facts.Load(); facts != nil {
			all |= facts.Uses
		}
	}
	return all
}

// shownIn is what a part of a text's HTML still needs of it.
func (f features) shownIn(html template.HTML) features {
	if f&usesMath != 0 && !strings.Contains(string(html), `class="math `) {
		f &^= usesMath
	}
	if f&usesDiagrams != 0 && !strings.Contains(string(html), `class="mermaid"`) {
		f &^= usesDiagrams
	}
	return f
}

// needs tells a page what it shows.
func needs(page *theme.Page, f features) {
	page.HasMath, page.HasDiagrams = f&usesMath != 0, f&usesDiagrams != 0
}

// fenceUses is what a block of code is for a script, by its language: ```math is a
// formula, as on GitHub, and ```mermaid a diagram.
func fenceUses(n *ast.FencedCodeBlock, source []byte) features {
	switch language, _ := fenceLanguage(n, source); language {
	case "math":
		return usesMath
	case "mermaid":
		return usesDiagrams
	}
	return 0
}

// writeDiagram writes the source of a diagram, which is what readers without a
// script see.
func writeDiagram(w io.Writer, source []byte) {
	var b bytes.Buffer
	b.WriteString(`<pre class="mermaid" tabindex="0">`)
	b.Write(util.EscapeHTML(source))
	b.WriteString("</pre>\n")
	_, _ = w.Write(b.Bytes())
}

// foreignBlocks are languages of blocks from which another tool makes something, with
// what to do about it.
var foreignBlocks = map[string]string{
	"goat":       "a block of the language mermaid is drawn",
	"dataview":   "write the list, or leave the block out with %%",
	"dataviewjs": "write the list, or leave the block out with %%",
	"query":      "write the list, or leave the block out with %%",
	"base":       "write the table, or leave the block out with %%",
	"tasks":      "write the list, or leave the block out with %%",
	"excalidraw": "put a picture in its place",
}

// fence notes what a block of code is for a script, and one that has none.
func (c *conversion) fence(n *ast.FencedCodeBlock) {
	uses := fenceUses(n, c.source)
	c.facts.Uses |= uses
	switch uses {
	case usesMath:
		c.doubtMath(n, n.Lines().Value(c.source))
	case usesDiagrams:
		c.doubtDiagram(n)
	}
	language, options := fenceLanguage(n, c.source)
	if m := codeTitle.FindStringSubmatch(options); m != nil && c.blog.dialect.tool == "" {
		n.Parent().InsertBefore(n.Parent(), n, strongLine(m[1]))
	}
	if language == "" && strings.HasPrefix(options, "=") && c.blog.dialect.tool == "" {
		c.warn(c.problemIn(c.lineOf(n), "a block of "+options[1:]+" that Pandoc would pass through is shown as its source", ""))
	}
	if _, foreign := foreignBlocks[language]; foreign && !slices.ContainsFunc(c.facts.Foreign, func(l link) bool { return l.Dest == language }) {
		c.facts.Foreign = append(c.facts.Foreign, link{language, c.lineOf(n)})
	}
}
