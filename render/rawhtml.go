package render

import (
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// omitHTML leaves HTML in Markdown out. Its text stays, for only tags and
// comments are HTML to Markdown.
type omitHTML struct{}

// RegisterFuncs makes it the renderer of raw HTML.
func (omitHTML) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	omit := func(util.BufWriter, []byte, ast.Node, bool) (ast.WalkStatus, error) {
		return ast.WalkSkipChildren, nil
	}
	r.Register(ast.KindHTMLBlock, omit)
	r.Register(ast.KindRawHTML, omit)
}
