package render

import (
	"bytes"
	"html"
	"regexp"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"

	"icecap/render/kramdown"
)

// omitHTML leaves HTML in Markdown out, but for the places that links lead to:
// of <a name="x"> and <p id="x"> an empty element with that id stays.
type omitHTML struct{}

// RegisterFuncs makes it the renderer of raw HTML.
func (omitHTML) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	omit := func(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		for _, id := range htmlIDs(htmlOf(node, source)) {
			_, _ = w.WriteString(`<span id="` + html.EscapeString(id) + `"></span>`)
		}
		return ast.WalkSkipChildren, nil
	}
	r.Register(ast.KindHTMLBlock, omit)
	r.Register(ast.KindRawHTML, omit)
	r.Register(kramdown.KindElement, func(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
		_, _ = omit(w, source, node, entering)
		return ast.WalkContinue, nil
	})
}

// htmlOf is the HTML of a node as it was written.
func htmlOf(node ast.Node, source []byte) []byte {
	switch n := node.(type) {
	case *ast.RawHTML:
		return n.Segments.Value(source)
	case *kramdown.Element:
		return n.Lines().Value(source)
	case *ast.HTMLBlock:
		text := n.Lines().Value(source)
		if n.HasClosure() {
			text = append(bytes.Clone(text), n.ClosureLine.Value(source)...)
		}
		return text
	}
	return nil
}

var idAttribute = regexp.MustCompile(`(?i)<(?:[a-z][a-z0-9]*(?:\s[^<>]*?)?\sid|a(?:\s[^<>]*?)?\sname)\s*=\s*(?:"([^"<>]+)"|'([^'<>]+)'|([^\s"'<>=]+))`)

// htmlIDs are the places in HTML that a link can lead to.
func htmlIDs(text []byte) (ids []string) {
	for _, m := range idAttribute.FindAllSubmatch(text, 1000) {
		ids = append(ids, html.UnescapeString(string(m[1])+string(m[2])+string(m[3])))
	}
	return ids
}

// noteHTML notes the ids of HTML, and that it is left out.
func (c *conversion) noteHTML(node ast.Node) {
	text := bytes.TrimSpace(htmlOf(node, c.source))
	c.facts.IDs = append(c.facts.IDs, htmlIDs(text)...)
	if !c.raw && c.facts.HTML == 0 && !bytes.HasPrefix(text, []byte("<!--")) && !bytes.HasPrefix(text, []byte("</")) {
		c.facts.HTML = c.lineOf(node)
	}
}
