package render

import (
	"bytes"
	"cmp"
	"html"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"

	"icecap/render/code"
)

// codeRenderer writes code blocks with chroma's classes.
type codeRenderer struct{}

// RegisterFuncs makes it the renderer of code blocks.
func (codeRenderer) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindFencedCodeBlock, renderFence)
	r.Register(ast.KindCodeBlock, renderIndented)
}

func renderFence(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	n := node.(*ast.FencedCodeBlock)
	language, options := fenceLanguage(n, source)
	language = cmp.Or(language, classLanguage(n))
	text := n.Lines().Value(source)
	switch fenceUses(n, source) {
	case usesMath:
		writeMath(w, bytes.TrimSpace(text), "div", true)
	case usesDiagrams:
		writeDiagram(w, text)
	default:
		code.Write(w, language, options, string(text))
	}
	return ast.WalkSkipChildren, nil
}

// fenceLanguage is the language of a block of code, and what stands behind it.
func fenceLanguage(n *ast.FencedCodeBlock, source []byte) (language, options string) {
	if n.Info == nil {
		return "", ""
	}
	info := string(n.Info.Segment.Value(source))
	end := strings.IndexAny(info, " {,")
	if end < 0 {
		end = len(info)
	}
	return string(util.UnescapePunctuations([]byte(html.UnescapeString(info[:end])))), strings.Trim(info[end:], " {},")
}

func renderIndented(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		code.Write(w, classLanguage(node), "", string(node.Lines().Value(source)))
	}
	return ast.WalkSkipChildren, nil
}

// classLanguage is the language that attributes give a block of code, as in kramdown's
// {: .language-ruby}, or "".
func classLanguage(node ast.Node) string {
	class, _ := node.AttributeString("class")
	list, _ := class.([]byte)
	for _, word := range bytes.Fields(list) {
		if language, ok := bytes.CutPrefix(word, []byte("language-")); ok {
			return string(language)
		}
	}
	return ""
}
