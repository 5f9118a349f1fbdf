package kramdown

import (
	"bytes"
	"regexp"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// links reads links and pictures. An address may have spaces and brackets within, and a
// label may stand on the next line.
type links struct{}

// A bracket is one that may begin a link.
type bracket struct {
	ast.BaseInline
	place  text.Segment
	image  bool
	bottom ast.Node // the delimiters before it
	made   int      // links before it
}

// brackets are those of a block that are open.
type brackets struct {
	open []*bracket
	made int // links
}

// bracketsOf are those of the block that is read.
func bracketsOf(pc parser.Context) *brackets {
	b, ok := pc.Get(bracketsKey).(*brackets)
	if !ok {
		b = &brackets{}
		pc.Set(bracketsKey, b)
	}
	return b
}

var kindBracket = ast.NewNodeKind("KramdownBracket")

// Kind and Dump make it a node.
func (*bracket) Kind() ast.NodeKind              { return kindBracket }
func (n *bracket) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

var bracketsKey = parser.NewContextKey()

// maxLabel bounds a label, in bytes.
const maxLabel = 1000

// Trigger and Parse are what goldmark asks of a parser of parts of lines.
func (links) Trigger() []byte { return []byte{'!', '[', ']'} }

func (l links) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, segment := block.PeekLine()
	all := bracketsOf(pc)
	if line[0] == ']' {
		if len(all.open) == 0 {
			return nil
		}
		return l.close(parent, block, pc, all)
	}
	n := 1
	if line[0] == '!' {
		n = 2
	}
	if n > len(line) || line[n-1] != '[' || n < len(line) && line[n] == '^' {
		return nil
	}
	b := &bracket{place: segment.WithStop(segment.Start + n), image: n == 2, made: all.made}
	if last := pc.LastDelimiter(); last != nil {
		b.bottom = last
	}
	all.open = append(all.open, b)
	block.Advance(n)
	return b
}

// noTask keeps a link whose text is an x, at the beginning of an item, from being a task.
type noTask struct{}

var taskSign = regexp.MustCompile(`^\[[ xX]\]\S`)

// Trigger and Parse are what goldmark asks of a parser of parts of lines.
func (noTask) Trigger() []byte { return []byte{'['} }

func (noTask) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	if line, _ := block.PeekLine(); parent.HasChildren() || !taskSign.Match(line) {
		return nil
	}
	return links{}.Parse(parent, block, pc)
}

// close reads what stands behind the text of a link. Without a place where it leads
// there is none, and the brackets are text.
func (l links) close(parent ast.Node, block text.Reader, pc parser.Context, all *brackets) ast.Node {
	b := all.open[len(all.open)-1]
	all.open = all.open[:len(all.open)-1]
	_, segment := block.PeekLine()
	block.Advance(1)
	rest, first := twoLines(block)
	label := func() string {
		if segment.Start-b.place.Stop > maxLabel {
			return ""
		}
		if label := block.Source()[b.place.Stop:segment.Start]; bytes.IndexByte(label, '\n') < 0 {
			return string(label)
		}
		return string(block.Value(text.NewSegment(b.place.Stop, segment.Start)))
	}
	address, title, own, n := target(rest, label, pc)
	if n < 0 || !b.image && all.made > b.made { // no link has one within
		b.text()
		return ast.NewTextSegment(segment.WithStop(segment.Start + 1))
	}
	skip(block, n, first)
	link := ast.NewLink()
	link.Destination = address
	if title != "" {
		link.Title = []byte(title)
	}
	parser.ProcessDelimiters(b.bottom, pc)
	for child := b.NextSibling(); child != nil; child = b.NextSibling() {
		parent.RemoveChild(parent, child)
		link.AppendChild(link, child)
	}
	parent.RemoveChild(parent, b)
	var node ast.Node = link
	if all.made++; b.image {
		all.made--
		node = imageOf(link, b.place.Stop, segment.Start, block.Source())
	}
	setAttributes(node, own)
	return node
}

// imageOf is a picture, which has the text of a link as it is written, if that has one
// line.
func imageOf(link *ast.Link, from, to int, source []byte) ast.Node {
	if from < to && bytes.IndexByte(source[from:to], '\n') < 0 {
		link.RemoveChildren(link)
		link.AppendChild(link, ast.NewTextSegment(text.NewSegment(from, to)))
	}
	return ast.NewImage(link)
}

// text makes text of a bracket.
func (b *bracket) text() {
	b.Parent().ReplaceChild(b.Parent(), b, ast.NewTextSegment(b.place))
}

// CloseBlock makes text of the brackets that are left.
func (links) CloseBlock(_ ast.Node, _ text.Reader, pc parser.Context) {
	all := bracketsOf(pc)
	for _, b := range all.open {
		if b.Parent() != nil {
			b.text()
		}
	}
	*all = brackets{}
}

// maxTarget bounds what says where a link leads, in bytes.
const maxTarget = 4000

// twoLines are the rest of this line and the next, as far as they may be part of a link;
// first is how long the rest is.
func twoLines(block text.Reader) (rest []byte, first int) {
	line, _ := block.PeekLine()
	if len(line) > maxTarget || len(line) > 0 && line[0] != '(' && line[0] != '[' && line[0] != '{' && !isSpace(line[0]) {
		return line[:min(len(line), maxTarget)], len(line)
	}
	number, position := block.Position()
	block.AdvanceLine()
	next, _ := block.PeekLine()
	block.SetPosition(number, position)
	return append(line[:len(line):len(line)], next[:min(len(next), maxTarget)]...), len(line)
}

// skip goes on by as many bytes, of which so many are in this line.
func skip(block text.Reader, n, first int) {
	if n <= first {
		block.Advance(n)
		return
	}
	block.AdvanceLine()
	block.Advance(n - first)
}

var labelAfter = regexp.MustCompile(`^\s*\[([^\]]*)\]`)

// target is where a link leads that has this text, and how long what says so is; -1 if
// it leads nowhere.
func target(rest []byte, content func() string, pc parser.Context) (address []byte, title string, own []attribute, n int) {
	if len(rest) > 0 && rest[0] == '(' {
		address, title, n = inlineTarget(rest)
		return address, title, nil, n
	}
	label := ""
	if m := labelAfter.FindSubmatch(rest); m != nil {
		if n = len(m[0]); len(m[1]) > 0 {
			label = string(m[1])
		}
	}
	if label == "" {
		label = content()
	}
	names := namesOf(pc)
	ref, ok := names.links[normalLabel(label)]
	if !ok || label == "" {
		return nil, "", nil, -1
	}
	for _, list := range names.own[ref.own] {
		own = append(own, parseAttributes(list, names.attributes)...)
	}
	return []byte(ref.address), ref.title, own, n
}

var titleAfter = regexp.MustCompile(`^\s*(?:"([^\n]+?)"|'([^\n]+?)')\s*\)`)

// inlineTarget reads (address "title").
func inlineTarget(rest []byte) (address []byte, title string, n int) {
	end := -1 // of the address
	if bytes.HasPrefix(rest, []byte("(<")) {
		n := bytes.IndexByte(rest, '>')
		if n < 0 {
			return nil, "", -1
		}
		address, end = rest[2:n], n+1
		if end < len(rest) && rest[end] == ')' {
			return address, "", end + 1
		}
	} else {
		depth := 0
	scan:
		for at := 0; at < len(rest); at++ {
			switch c := rest[at]; {
			case c == '(':
				depth++
			case c == ')':
				if depth--; depth == 0 {
					return bytes.TrimSpace(rest[1:at]), "", at + 1
				}
			case isSpace(c) && at+1 < len(rest) && (rest[at+1] == '"' || rest[at+1] == '\''):
				address, end = bytes.TrimSpace(rest[1:at]), at
				break scan
			}
		}
	}
	if end < 0 {
		return nil, "", -1
	}
	m := titleAfter.FindSubmatch(rest[end:])
	if m == nil {
		return nil, "", -1
	}
	return address, string(m[1]) + string(m[2]), end + len(m[0])
}
