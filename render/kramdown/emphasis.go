package kramdown

import (
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// emphasis reads * and _ by kramdown's rules: what counts is the space beside them, no
// punctuation, so that also Chinese and Japanese need none around them. A sign that
// begins emphasis looks for its end before those around it do; within emphasis there is
// only the other kind.
type emphasis struct{}

// A sign is one "*" or "_".
type sign struct {
	ast.BaseInline
	char          byte
	before, after rune
	inWord        bool // a word goes on behind it
	place         text.Segment
}

var kindSign = ast.NewNodeKind("KramdownSign")

// Kind and Dump make it a node.
func (*sign) Kind() ast.NodeKind              { return kindSign }
func (n *sign) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

var signsKey = parser.NewContextKey()

// Trigger and Parse are what goldmark asks of a parser of parts of lines.
func (emphasis) Trigger() []byte { return []byte{'*', '_'} }

func (emphasis) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	line, segment := block.PeekLine()
	n := 1
	for n < len(line) && line[n] == line[0] {
		n++
	}
	inWord := endsInWord(block.Source()[:segment.Start])
	var last *sign
	for i := range n {
		after, _ := utf8.DecodeRune(line[i+1:])
		if i+1 == len(line) {
			after = 0
		}
		if last != nil {
			parent.AppendChild(parent, last)
		}
		last = &sign{char: line[0], before: before, after: after, inWord: i == 0 && inWord, place: text.NewSegment(segment.Start+i, segment.Start+i+1)}
		before = rune(line[0])
	}
	block.Advance(n)
	pc.Set(signsKey, true)
	return last
}

// endsInWord reports whether a text ends in a letter, or in one and a hyphen.
func endsInWord(text []byte) bool {
	last, n := utf8.DecodeLastRune(text)
	if last == '-' {
		last, _ = utf8.DecodeLastRune(text[:len(text)-n])
	}
	return unicode.IsLetter(last)
}

// CloseBlock finds out which signs belong together.
func (emphasis) CloseBlock(parent ast.Node, _ text.Reader, pc parser.Context) {
	if pc.Get(signsKey) != true {
		return
	}
	pc.Set(signsKey, nil)
	emphasise(parent)
}

// emphasise does so for what is in a node, and in those within.
func emphasise(parent ast.Node) {
	m := matcher{ends: map[[3]int]int{}}
	for child := parent.FirstChild(); child != nil; child = child.NextSibling() {
		m.nodes = append(m.nodes, child)
		if child.HasChildren() {
			emphasise(child)
		}
	}
	m.build(parent, 0, len(m.nodes), 0)
}

// A matcher finds the ends of emphasis among the parts of a text.
type matcher struct {
	nodes []ast.Node
	ends  map[[3]int]int // by place, length and the kinds around it
	work  int
}

// maxMatching bounds the steps that a block takes: thousands of signs without an end
// would each look at all behind them.
const maxMatching = 1 << 22

// sign is the sign at a place, or nil.
func (m *matcher) sign(i int) *sign {
	if i >= len(m.nodes) {
		return nil
	}
	s, _ := m.nodes[i].(*sign)
	return s
}

// run is how many of the same sign stand at a place, up to three.
func (m *matcher) run(i int) int {
	s, n := m.sign(i), 1
	for next := m.sign(i + 1); n < 3 && next != nil && next.char == s.char && next.place.Start == s.place.Start+n; next = m.sign(i + n) {
		n++
	}
	return n
}

// begins finds the emphasis that begins with a sign, if any does: how long its mark is,
// and where its end is; around are the kinds that it is in.
func (m *matcher) begins(i, around int) (length, end int) {
	length = min(m.run(i), 2)
	s, last := m.sign(i), m.sign(i+length-1)
	if s.char == '_' && s.inWord || isSpaceRune(last.after) || around&length != 0 {
		return length, -1
	}
	end = m.end(i, length, around)
	if end < 0 && length == 2 && around&1 == 0 {
		if end = m.end(i, 1, around); end >= 0 {
			return 1, end
		}
	}
	return length, end
}

// end is where emphasis ends that begins at a place, or -1.
func (m *matcher) end(i, length, around int) int {
	key := [3]int{i, length, around}
	if end, ok := m.ends[key]; ok {
		return end
	}
	end := -1
	for j := i + length; j < len(m.nodes) && m.work < maxMatching; {
		m.work++
		s := m.sign(j)
		if s == nil {
			j++
			continue
		}
		if s.char == m.sign(i).char && m.closes(j, length) && j > i+length {
			end = j
			break
		}
		n, inner := m.begins(j, around|length)
		if j += n; inner >= 0 {
			j = inner + n
		}
	}
	m.ends[key] = end
	return end
}

// closes reports whether a sign can end emphasis with a mark of a length.
func (m *matcher) closes(j, length int) bool {
	s, run := m.sign(j), m.run(j)
	if run < length || isSpaceRune(s.before) || length == 1 && run == 2 {
		return false
	}
	after := m.sign(j + length - 1).after
	return s.char != '_' || !unicode.IsLetter(after) && !unicode.IsDigit(after)
}

// build makes the emphasis of a part; what is left is text.
func (m *matcher) build(parent ast.Node, from, to, around int) {
	for i := from; i < to; {
		s := m.sign(i)
		if s == nil {
			i++
			continue
		}
		n, end := m.begins(i, around)
		if end < 0 {
			for range n {
				old := m.nodes[i]
				old.Parent().ReplaceChild(old.Parent(), old, ast.NewTextSegment(m.sign(i).place))
				i++
			}
			continue
		}
		node := ast.NewEmphasis(n)
		parent.ReplaceChild(parent, s, node)
		for k := i + 1; k < end+n; k++ {
			if parent.RemoveChild(parent, m.nodes[k]); k >= i+n && k < end {
				node.AppendChild(node, m.nodes[k])
			}
		}
		m.build(node, i+n, end, around|n)
		i = end + n
	}
}

// isSpaceRune reports whether a character is space that counts: a space that does not
// break, as in French, is none.
func isSpaceRune(r rune) bool { return r < 0x80 && isSpace(byte(r)) }
