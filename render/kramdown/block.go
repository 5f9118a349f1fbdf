package kramdown

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// A blocks finds the blocks of one text. Its fields are of the block whose contents
// are read now.
type blocks struct {
	Dialect
	*names
	pc   parser.Context
	file []byte

	source  *source
	parent  ast.Node
	element string   // the name, if the parent is an element of HTML
	pending []string // lists of attributes above the block that comes
	depth   int

	options options
	copied  int // bytes of sources
	unknown int // extensions that nobody knows, whose ends are still to come
}

// options are what the text sets itself.
type options struct{ blockHTML bool }

// maxDepth bounds how deep blocks lie in one another, and maxCopies how often, on
// average, a byte is within another block: a long text is in few.
const maxDepth, maxCopies = 100, 16

// read reads blocks from a source into a parent. It reports whether the end tag of the
// element was found, where the source is that of an element.
func (b *blocks) read(parent ast.Node, from *source, element string) (found bool) {
	b.copied += len(from.buf)
	if b.depth++; b.depth > maxDepth || b.copied > maxCopies*len(b.file)+1<<20 {
		b.remark(from, from.pos, "blocks lie in one another more than 100 deep", TooDeep)
		b.depth--
		from.pos = len(from.buf)
		return false
	}
	outer := *b
	b.parent, b.source, b.element, b.pending = parent, from, element, nil
	for !from.ended() && !found {
		found = b.block()
	}
	b.parent, b.source, b.element, b.pending = outer.parent, outer.source, outer.element, outer.pending
	b.depth--
	return found
}

// block reads one block; ended reports whether it was the end tag of the element.
func (b *blocks) block() (ended bool) {
	line := b.source.line(b.source.pos)
	switch {
	case isBlank(line):
		b.blank()
	case isIndented(line):
		b.code()
	case b.fence(line), b.quotation(line), b.atxHeading(line), b.rule(line), b.list(line), b.definitions(line):
	case b.endTag(line):
		return true
	case b.html(line), b.setextHeading(line), b.formula(line), b.table(line), b.footnote(line), b.linkDefinition(line),
		b.abbreviation(line), b.extension(line), b.boundary(line):
	default:
		b.paragraph()
	}
	return false
}

// add puts a block behind the others, and gives it the attributes that stand above it.
func (b *blocks) add(node ast.Node) {
	b.parent.AppendChild(b.parent, node)
	if len(b.pending) > 0 {
		b.own[node] = append(b.own[node], b.pending...)
		b.pending = nil
	}
}

// A gap stands between blocks while they are read: what is beside it decides what a
// line can begin.
type gap struct {
	ast.BaseBlock
	kind   gapKind
	single bool // one empty line without spaces
}

type gapKind int

const (
	blankGap    gapKind = iota // empty lines
	boundaryGap                // "^"
	definedGap                 // what a label means
	listedGap                  // a list of attributes
	silentGap                  // a comment
)

var kindGap = ast.NewNodeKind("KramdownGap")

// Kind and Dump make it a node.
func (*gap) Kind() ast.NodeKind              { return kindGap }
func (g *gap) Dump(source []byte, level int) { ast.DumpHelper(g, source, level, nil, nil) }

// isGap reports whether a node is a gap of one of these kinds.
func isGap(node ast.Node, kinds ...gapKind) bool {
	g, ok := node.(*gap)
	if !ok {
		return false
	}
	for _, kind := range kinds {
		if g.kind == kind {
			return true
		}
	}
	return false
}

// afterBoundary reports whether a block that needs space above it can begin.
func (b *blocks) afterBoundary() bool {
	last := b.parent.LastChild()
	return last == nil || isGap(last, blankGap, boundaryGap) || len(b.pending) > 0
}

// beforeBoundary reports whether a block that needs space below it can end.
func (b *blocks) beforeBoundary() bool {
	if b.source.ended() {
		return true
	}
	line := b.source.line(b.source.pos)
	return isBlank(line) || isBoundary(line) || listEnd(b.source.rest()) > 0
}

// isBoundary finds a line with nothing but "^".
func isBoundary(line []byte) bool { return line[0] == '^' && isBlank(line[1:]) }

// blank reads empty lines.
func (b *blocks) blank() {
	from := b.source.pos
	b.source.pos = blankEnd(b.source.buf, from)
	single := string(b.source.buf[from:b.source.pos]) == "\n"
	if last, ok := b.parent.LastChild().(*gap); ok && last.kind == blankGap {
		last.single = false
		return
	}
	b.add(&gap{kind: blankGap, single: single})
}

// blankEnd is behind the empty lines at a position.
func blankEnd(buf []byte, at int) int {
	for at < len(buf) {
		end := lineEnd(buf, at)
		if !isBlank(buf[at:end]) {
			break
		}
		at = end
	}
	return at
}

func (b *blocks) boundary(line []byte) bool {
	if !isBoundary(line) {
		return false
	}
	b.source.pos += len(line)
	b.add(&gap{kind: boundaryGap})
	return true
}

// endsLazily reports whether a line ends a paragraph, and what goes on as lazily.
func endsLazily(rest []byte, d Dialect) bool {
	if len(rest) == 0 {
		return true
	}
	line := rest[:lineEnd(rest, 0)]
	inner, ok := content(line)
	switch {
	case isBlank(line), isBoundary(line):
		return true
	case !ok:
		return false
	}
	return inner[0] == '{' && listEnd(rest) > 0 || inner[0] == '<' && beginsHTML(inner) || d.isOpaque(line)
}

// isOpaque reports whether a line stands for HTML that is made already.
func (d Dialect) isOpaque(line []byte) bool { return d.Opaque != nil && d.Opaque(line) }

// endsParagraph reports whether a line ends a paragraph.
func (b *blocks) endsParagraph(rest []byte) bool {
	if endsLazily(rest, b.Dialect) {
		return true
	}
	line := rest[:lineEnd(rest, 0)]
	inner, ok := content(line)
	if !ok {
		return false
	}
	if inner[0] == ':' && itemTail(inner[1:]) || b.unknown > 0 && strangeEnd.Match(inner) {
		return true
	}
	return b.GFM && (inner[0] == '>' || line[0] == '#' && atxLevel(line) > 0 || markerOf(line, 3) != nil || fenceRun(inner) > 0)
}

// paragraph reads text. Behind another paragraph it goes on with that.
func (b *blocks) paragraph() {
	s := b.source
	from := s.pos
	opaque := b.isOpaque(s.line(from))
	s.pos = lineEnd(s.buf, s.pos)
	for !opaque && !b.endsParagraph(s.rest()) {
		s.pos = lineEnd(s.buf, s.pos)
	}
	p, ok := b.parent.LastChild().(*ast.Paragraph)
	if !ok || opaque {
		p = ast.NewParagraph()
		b.add(p)
	} else if n := p.Lines().Len(); n > 0 && from >= 2 {
		// The line before has lost its end.
		last := p.Lines().At(n - 1)
		p.Lines().Set(n-1, b.withEnd(last))
	}
	appendText(p.Lines(), s, from, s.pos)
	if opaque {
		b.add(&gap{kind: listedGap})
	}
}

// withEnd is a line of the file with all that stands behind it.
func (b *blocks) withEnd(line text.Segment) text.Segment {
	return line.WithStop(lineEnd(b.file, line.Stop))
}

// appendText adds lines of text without the space before them, and behind the last.
func appendText(lines *text.Segments, s *source, from, to int) {
	for to > from && isSpace(s.buf[to-1]) {
		to--
	}
	for at := from; at < to; {
		end := min(lineEnd(s.buf, at), to)
		for at < end && (s.buf[at] == ' ' || s.buf[at] == '\t') {
			at++
		}
		s.appendTo(lines, at, end)
		at = end
	}
}

// quotation reads what stands behind ">".
func (b *blocks) quotation(line []byte) bool {
	if inner, ok := content(line); !ok || inner[0] != '>' {
		return false
	}
	s := b.source
	var lines []text.Segment
	for first := true; first || !endsLazily(s.rest(), b.Dialect); first = false {
		line := s.line(s.pos)
		at := s.pos
		if inner, ok := content(line); ok && inner[0] == '>' {
			at += len(line) - len(inner) + 1
			if s.buf[at] == ' ' {
				at++
			}
		}
		lines = append(lines, s.indented(at, 0))
		s.pos += len(line)
	}
	quotation := ast.NewBlockquote()
	b.add(quotation)
	b.read(quotation, newSource(b.file, lines), "")
	return true
}

// listEnd is where a list of attributes ends that has its line to itself, such as
// {: .note}, or 0: behind its line.
func listEnd(rest []byte) int {
	n := spaces(rest)
	if n > 3 || !bytes.HasPrefix(rest[n:], []byte("{:")) || len(rest) < n+3 || rest[n+2] == ':' || rest[n+2] == '/' {
		return 0
	}
	end := closingBrace(rest, n+2)
	if end <= n+2 {
		return 0
	}
	if after := lineEnd(rest, end); isBlank(rest[end+1 : after]) {
		return after
	}
	return 0
}

// maxList bounds a list of attributes, in bytes.
const maxList = 4000

// closingBrace is where the brace is that ends a list of attributes, or -1.
func closingBrace(text []byte, from int) int {
	for i := from; i < len(text) && i < from+maxList; i++ {
		switch text[i] {
		case '\\':
			if i+1 < len(text) && text[i+1] == '}' {
				i++
			}
		case '}':
			return i
		}
	}
	return -1
}
