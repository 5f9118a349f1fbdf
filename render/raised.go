package render

import (
	"regexp"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// raisedParser finds x^2^ and H~2~O: behind a letter or a digit, and without a space, as
// with Pandoc. A tilde elsewhere strikes through, as on GitHub.
type raisedParser struct{}

var raisedText = regexp.MustCompile(`^(?:\^([^\s^\[\]]{1,40})\^|~([0-9A-Za-z+−-]{1,10})~)`)

// Trigger and Parse are what goldmark asks of a parser of inline text.
func (raisedParser) Trigger() []byte { return []byte{'^', '~'} }

// Parse reads one.
func (raisedParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	if util.IsSpaceRune(before) || util.IsPunctRune(before) && before != ')' || before == '\n' {
		return nil
	}
	line, segment := block.PeekLine()
	m := raisedText.FindSubmatch(line)
	if m == nil {
		return nil
	}
	block.Advance(len(m[0]))
	n := &pairedNode{element: superscriptMark.element}
	if m[1] == nil {
		n.element = subscriptMark.element
	}
	n.AppendChild(n, ast.NewTextSegment(text.NewSegment(segment.Start+1, segment.Start+len(m[0])-1)))
	return n
}
