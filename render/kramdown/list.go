package kramdown

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// A marker is what an item of a list begins with.
type marker struct {
	kind byte // "*" for all lists without numbers, "." for those with, ":" for definitions
	end  int  // in the line
}

// markerOf finds the marker of an item behind as many spaces as are allowed, or nil.
func markerOf(line []byte, most int) *marker {
	n := spaces(line)
	if n > most || n == len(line) {
		return nil
	}
	m := marker{'*', n + 1}
	switch c := line[n]; {
	case c == '*' || c == '+' || c == '-':
	case c == ':':
		m.kind = ':'
	case '0' <= c && c <= '9':
		for m.end < len(line) && '0' <= line[m.end] && line[m.end] <= '9' {
			m.end++
		}
		if m.end == len(line) || line[m.end] != '.' {
			return nil
		}
		m.kind, m.end = '.', m.end+1
	default:
		return nil
	}
	if !itemTail(line[m.end:]) {
		return nil
	}
	return &m
}

// itemTail reports whether what stands behind a marker makes it one.
func itemTail(rest []byte) bool {
	return len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t' || rest[0] == '|')
}

// beginsItem reports whether a line begins an item of a list, not of definitions.
func beginsItem(line []byte) bool {
	m := markerOf(line, 3)
	return m != nil && m.kind != ':'
}

// An item is one of a list while its lines are collected.
type item struct {
	parts  [][]text.Segment // a list within it begins a new one
	own    []string         // its list of attributes
	indent int              // where its content begins
	nested bool             // it may have a list within
	spaced bool             // of a definition: an empty line stands above it
}

func (it *item) append(line text.Segment) {
	it.parts[len(it.parts)-1] = append(it.parts[len(it.parts)-1], line)
}

// first reads the line with the marker: where the text behind it begins is how far the
// other lines of the item are indented.
func (b *blocks) first(line []byte, m *marker) *item {
	s := b.source
	it := &item{indent: m.end, parts: make([][]text.Segment, 1)}
	at, end := s.pos+m.end, s.pos+len(line)
	if listAlone(s.buf[at:end]) {
		it.indent = 4
	} else {
		column := m.end
		for ; at < end && (s.buf[at] == ' ' || s.buf[at] == '\t'); at++ {
			if s.buf[at] == '\t' {
				column += 3 - column%4
			}
			column++
		}
		it.indent = column
	}
	for at < end && isSpace(s.buf[at]) {
		at++
	}
	if bytes.HasPrefix(s.buf[at:end], []byte("{:")) {
		if n := spanListEnd(s.buf[at:end]); n > 0 {
			it.own = append(it.own, string(s.buf[at+2:at+n-1]))
			for at += n; at < end && isSpace(s.buf[at]); at++ {
			}
		}
	}
	it.nested = beginsItem(s.buf[at:end])
	if at < end {
		it.append(s.indented(at, 0))
	}
	s.pos = end
	return it
}

// listAlone reports whether nothing stands behind a marker but a list of attributes.
func listAlone(rest []byte) bool {
	rest = bytes.TrimLeft(rest, " \t\n")
	if n := spanListEnd(rest); n > 0 {
		rest = rest[n:]
	}
	return isBlank(rest)
}

// spanListEnd is where a list of attributes such as {: .note} ends, or 0.
func spanListEnd(rest []byte) int {
	if !bytes.HasPrefix(rest, []byte("{:")) || len(rest) < 4 || rest[2] == ':' || rest[2] == '/' {
		return 0
	}
	if end := closingBrace(rest, 2); end > 2 && !definesName(rest) {
		return end + 1
	}
	return 0
}

// indentsItem reports whether a line is indented as far as an item's content, where a
// tab counts as four spaces.
func indentsItem(line []byte, indent int) bool {
	at, tabs := 0, 0
	for ; tabs < indent/4; tabs++ {
		n := unindent(line[at:])
		if n == 0 {
			return false
		}
		at += n
	}
	return unindent(line[at:]) > 0 || spaces(line[at:]) >= indent%4
}

// goesOnLazily reports whether a line that is not indented belongs to an item.
func (b *blocks) goesOnLazily(line []byte, indent int) bool {
	n := spaces(line)
	if n > min(indent, 3) {
		return true
	}
	inner := line[n:]
	return !(inner[0] == '{' && listEnd(b.source.rest()) > 0 || inner[0] == '<' && beginsHTML(inner) || b.isOpaque(line))
}

// further adds a line to an item, without its indentation.
func (b *blocks) further(it *item, line []byte) {
	tabs := len(line) - len(bytes.TrimLeft(line, "\t"))
	skip := tabs + spaces(line[tabs:])
	depth := 4*tabs + skip - tabs
	inner := line[skip:]
	within := depth >= it.indent
	if within {
		depth -= it.indent
	}
	switch begins := depth < 4 && beginsItem(inner); {
	case begins && within && !it.nested:
		it.parts = append(it.parts, nil)
		it.nested = true
	case begins && !within && it.nested:
		depth += it.indent + 4
	}
	it.append(b.source.indented(b.source.pos+skip, depth))
	b.source.pos += len(line)
}

// list reads a list with or without numbers.
func (b *blocks) list(line []byte) bool {
	m := markerOf(line, 3)
	if m == nil || m.kind == ':' {
		return false
	}
	s, kind := b.source, m.kind
	sign := kind
	if kind == '*' {
		sign = line[m.end-1]
	}
	list := ast.NewList(sign)
	if kind == '.' {
		list.Start = 1
	}
	outer := b.parent
	b.add(list)
	var items []*item
	most, afterBlank, stopped := 3, false, false
	for !s.ended() && !stopped {
		line = s.line(s.pos)
		m := markerOf(line, most)
		switch {
		case isBlank(line):
			it := items[len(items)-1]
			b.takeBlank(it)
			it.nested, afterBlank = true, true
		case afterBlank && isRule(line):
			stopped = true
		case isBoundary(line):
			s.pos += len(line)
			b.finishList(list, items, true)
			return true
		case m != nil && m.kind == kind:
			it := b.first(line, m)
			items, most, afterBlank = append(items, it), min(3, it.indent-1), false
		case indentsItem(line, items[len(items)-1].indent) || !afterBlank && b.goesOnLazily(line, items[len(items)-1].indent):
			b.further(items[len(items)-1], line)
			afterBlank = false
		default:
			stopped = true
		}
	}
	b.parent = outer
	b.finishList(list, items, false)
	return true
}

// takeBlank adds empty lines to an item.
func (b *blocks) takeBlank(it *item) {
	for s, end := b.source, blankEnd(b.source.buf, b.source.pos); s.pos < end; {
		it.append(s.indented(s.pos, 0))
		s.pos += len(s.line(s.pos))
	}
}

// finishList reads the contents of the items. Where no empty line stands behind the
// first paragraph of an item, it is no paragraph of its own; the last item is then as
// those before.
func (b *blocks) finishList(list *ast.List, items []*item, ended bool) {
	parents := make([]ast.Node, len(items))
	for i, it := range items {
		node := ast.NewListItem(it.indent)
		list.AppendChild(list, node)
		parents[i] = node
		if len(it.own) > 0 {
			b.own[node] = it.own
		}
		for _, part := range it.parts {
			b.read(node, newSource(b.file, part), "")
		}
	}
	var last ast.Node
	allSpaced := true // the items so far
	for i, node := range parents {
		first := node.FirstChild()
		if first == nil {
			allSpaced, last = false, nil
			continue
		}
		second := first.NextSibling()
		p, isText := first.(*ast.Paragraph)
		if isText && isGap(second, boundaryGap, listedGap, definedGap) && len(b.own[first]) > 0 {
			node.RemoveChild(node, second)
			second = first.NextSibling()
		}
		final := i == len(parents)-1
		loose := second != nil && isGap(second, blankGap) && !(final && second.NextSibling() == nil && !ended)
		if isText && !loose && (!final || i == 0 || !allSpaced) {
			b.unwrap(p)
			allSpaced = false
		} else if !isText {
			allSpaced = false
		}
		last = nil
		if end := node.LastChild(); isGap(end, blankGap) {
			node.RemoveChild(node, end)
			last = end
		}
	}
	if last != nil && !ended {
		b.parent.AppendChild(b.parent, last)
	}
}

// unwrap makes mere text of a paragraph.
func (b *blocks) unwrap(p *ast.Paragraph) {
	node := ast.NewTextBlock()
	node.SetLines(p.Lines())
	p.Parent().ReplaceChild(p.Parent(), p, node)
}
