package render

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// mathBlocks finds formulas that have their lines to themselves. Within a paragraph
// a line of TeX such as "- x" or "= y" would begin a list or make a heading.
type mathBlocks struct{}

// blockMark is the mark that a line begins with, if it is one of those that set a
// formula apart.
func blockMark(line []byte, marks MathMarks) (mathMark, bool) {
	mark, ok := mathStart(line, 0, marks)
	return mark, ok && (mark.display || mark.open == "$$")
}

// closes reports whether a line has the end of a formula, from a place on, and
// nothing behind it; another one, behind which there is more, is no block's.
func closes(line []byte, from int, mark mathMark) (ends, other bool) {
	end := mathEnd(line, from, mark)
	if end < 0 {
		return false, false
	}
	rest := len(bytes.TrimSpace(line[end+len(mark.end):]))
	return rest == 0, rest > 0
}

// Trigger and the others are what goldmark asks of a parser of blocks.
func (mathBlocks) Trigger() []byte { return []byte{'$', '\\'} }

// Open reads the first line. It looks ahead for the end, which must come before a
// blank line: TeX allows none in a formula, and a mark alone is text.
func (mathBlocks) Open(_ ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	marks := marksOf(pc)
	if !marks.any() || pc.BlockOffset() < 0 {
		return nil, parser.NoChildren
	}
	line, segment := reader.PeekLine()
	line = line[pc.BlockOffset():]
	mark, ok := blockMark(line, marks)
	if open := pc.LastOpenedBlock().Node; !ok || marks.Inline && mark.open == "$$" && open != nil && ast.IsParagraph(open) {
		return nil, parser.NoChildren
	}
	n := &displayed{mark: mark, escaped: marks.escaped}
	n.Lines().Append(segment)
	ends, other := closes(line, len(mark.open), mark)
	switch {
	case other:
		return nil, parser.NoChildren
	case ends && len(n.tex(reader.Source())) == 0:
		return nil, parser.NoChildren
	case !ends && !endsLater(reader.Source()[segment.Stop:], mark):
		return nil, parser.NoChildren
	}
	reader.Advance(segment.Len() - 1)
	n.closed = ends
	return n, parser.NoChildren
}

// endsLater looks for a line that ends the formula, before a blank one and before
// another one begins.
func endsLater(text []byte, mark mathMark) bool {
	for len(text) > 0 {
		line, rest, _ := bytes.Cut(text, []byte("\n"))
		ends, other := closes(line, 0, mark)
		bare := bytes.Trim(line, " \t\r>")
		if ends || other || len(bare) == 0 || mark.open != mark.end && bytes.HasPrefix(bare, []byte(mark.open)) {
			return ends
		}
		text = rest
	}
	return false
}

// Continue takes the lines up to the end.
func (mathBlocks) Continue(node ast.Node, reader text.Reader, _ parser.Context) parser.State {
	n := node.(*displayed)
	line, segment := reader.PeekLine()
	if n.closed || len(bytes.TrimSpace(line)) == 0 {
		return parser.Close
	}
	n.Lines().Append(segment)
	n.closed, _ = closes(line, 0, n.mark)
	reader.Advance(segment.Len() - 1)
	return parser.Continue | parser.NoChildren
}

// Close makes a paragraph of lines whose end did not come, because a quotation or a
// list ended before.
func (mathBlocks) Close(node ast.Node, _ text.Reader, _ parser.Context) {
	if n := node.(*displayed); !n.closed {
		p := ast.NewParagraph()
		p.SetLines(n.Lines())
		n.Parent().ReplaceChild(n.Parent(), n, p)
	}
}

func (mathBlocks) CanInterruptParagraph() bool { return true }
func (mathBlocks) CanAcceptIndentedLine() bool { return false }

// tex is what stands between the marks.
func (n *displayed) tex(source []byte) []byte {
	whole := bytes.TrimSpace(n.Lines().Value(source))
	whole = bytes.TrimPrefix(whole, []byte(n.mark.open))
	whole = bytes.TrimSpace(bytes.TrimSuffix(whole, []byte(n.mark.end)))
	if n.escaped {
		return util.UnescapePunctuations(whole)
	}
	return whole
}
