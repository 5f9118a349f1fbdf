package kramdown

import (
	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// strike reads text that is struck through, which only GFM has: "~~", no space and no
// "~", and up to the first "~~" behind neither. Of three tildes two strike and one is shown.
type strike struct{ gfm bool }

// A strikeMark is a "~~".
type strikeMark struct {
	ast.BaseInline
	place text.Segment
	end   bool
}

var kindStrike = ast.NewNodeKind("KramdownStrike")

// Kind and Dump make it a node.
func (*strikeMark) Kind() ast.NodeKind              { return kindStrike }
func (n *strikeMark) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// strikes are those of a block.
type strikes struct {
	open *strikeMark
	end  int  // where the one that is open ends, in the file
	none bool // nothing behind here ends one
	all  []*strikeMark
}

var strikesKey = parser.NewContextKey()

// Trigger and Parse are what goldmark asks of a parser of parts of lines.
func (strike) Trigger() []byte { return []byte{'~'} }

func (k strike) Parse(_ ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, segment := block.PeekLine()
	if !k.gfm || len(line) < 2 || line[1] != '~' {
		block.Advance(1)
		return ast.NewTextSegment(segment.WithStop(segment.Start + 1))
	}
	s, ok := pc.Get(strikesKey).(*strikes)
	if !ok {
		s = &strikes{}
		pc.Set(strikesKey, s)
	}
	mark := &strikeMark{place: segment.WithStop(segment.Start + 2)}
	switch {
	case s.open != nil && segment.Start == s.end:
		s.open, mark.end = nil, true
	case s.open != nil && segment.Start < s.end, s.none, len(line) < 3 || line[2] == '~' || isSpace(line[2]):
		block.Advance(1)
		return ast.NewTextSegment(segment.WithStop(segment.Start + 1))
	default:
		if s.end = strikeEnd(block); s.end < 0 {
			s.none = true
			block.Advance(1)
			return ast.NewTextSegment(segment.WithStop(segment.Start + 1))
		}
		s.open = mark
	}
	s.all = append(s.all, mark)
	block.Advance(2)
	return mark
}

// strikeEnd finds the "~~" that ends the one that is read, or -1.
func strikeEnd(block text.Reader) int {
	number, position := block.Position()
	defer func() { block.SetPosition(number, position) }()
	block.Advance(2)
	for line, segment := block.PeekLine(); line != nil; line, segment = block.PeekLine() {
		for i := 0; i+2 < len(line); i++ {
			if line[i+1] == '~' && line[i+2] == '~' && line[i] != '~' && !isSpace(line[i]) {
				return segment.Start + i + 1
			}
		}
		block.AdvanceLine()
	}
	return -1
}

// CloseBlock strikes through what stands between two marks. Those that do not stand in
// the same link, or whose end is in code, are text.
func (strike) CloseBlock(_ ast.Node, _ text.Reader, pc parser.Context) {
	s, ok := pc.Get(strikesKey).(*strikes)
	if !ok {
		return
	}
	pc.Set(strikesKey, nil)
	for i, mark := range s.all {
		parent := mark.Parent()
		if mark.end || parent == nil {
			continue
		}
		if i+1 == len(s.all) || !s.all[i+1].end || s.all[i+1].Parent() != parent {
			continue
		}
		node := extast.NewStrikethrough()
		parent.ReplaceChild(parent, mark, node)
		for next := node.NextSibling(); next != s.all[i+1]; next = node.NextSibling() {
			parent.RemoveChild(parent, next)
			node.AppendChild(node, next)
		}
		parent.RemoveChild(parent, s.all[i+1])
	}
	for _, mark := range s.all {
		if parent := mark.Parent(); parent != nil {
			parent.ReplaceChild(parent, mark, ast.NewTextSegment(mark.place))
		}
	}
}
