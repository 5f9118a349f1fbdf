package kramdown

import (
	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// definitions reads ": text" below the terms that it defines: the paragraph above.
func (b *blocks) definitions(line []byte) bool {
	m := markerOf(line, 3)
	if m == nil || m.kind != ':' {
		return false
	}
	terms, spaced := b.terms()
	if terms == nil {
		return false
	}
	if spaced {
		b.parent.RemoveChild(b.parent, b.parent.LastChild())
	}
	b.parent.RemoveChild(b.parent, terms)
	list := extast.NewDefinitionList(0, nil)
	b.own[list] = append(b.own[list], b.pending...)
	b.own[list] = append(b.own[list], b.own[terms]...)
	b.pending = nil
	lines := terms.Lines()
	for i := range lines.Len() {
		term := extast.NewDefinitionTerm()
		line := lines.At(i)
		line = line.TrimRightSpace(b.file)
		if own := line.Value(b.file); spanListEnd(own) > 0 {
			n := spanListEnd(own)
			b.own[term] = []string{string(own[2 : n-1])}
			line = line.WithStart(line.Start + n)
			line = line.TrimLeftSpace(b.file)
		}
		term.Lines().Append(line)
		list.AppendChild(list, term)
	}
	last := b.finishDefinitions(list, b.definitionItems(spaced))
	b.joinDefinitions(list)
	if last != nil {
		b.parent.AppendChild(b.parent, last)
	}
	return true
}

// terms is the paragraph above, or nil; spaced reports whether an empty line is between.
func (b *blocks) terms() (p *ast.Paragraph, spaced bool) {
	last := b.parent.LastChild()
	if g, ok := last.(*gap); ok && g.kind == blankGap && g.single {
		last, spaced = g.PreviousSibling(), true
	}
	p, _ = last.(*ast.Paragraph)
	return p, spaced
}

// definitionItems collects the lines of the definitions.
func (b *blocks) definitionItems(spaced bool) (items []*item) {
	s := b.source
	most, afterBlank := 3, false
	for !s.ended() {
		line := s.line(s.pos)
		m := markerOf(line, most)
		switch {
		case isBlank(line):
			b.takeBlank(items[len(items)-1])
			spaced, afterBlank = true, true
		case m != nil && m.kind == ':':
			it := b.first(line, m)
			it.nested, it.spaced = true, spaced
			items, most = append(items, it), min(3, it.indent-1)
			spaced, afterBlank = false, false
		case isBoundary(line):
			return items
		case indentsItem(line, items[len(items)-1].indent) || !afterBlank && b.goesOnLazily(line, items[len(items)-1].indent):
			it := items[len(items)-1]
			it.nested = true // there are no parts
			b.furtherDefinition(it, line)
			spaced, afterBlank = false, false
		default:
			return items
		}
	}
	return items
}

// furtherDefinition adds a line to a definition, without its indentation.
func (b *blocks) furtherDefinition(it *item, line []byte) {
	tabs := 0
	for tabs < len(line) && line[tabs] == '\t' {
		tabs++
	}
	skip := tabs + spaces(line[tabs:])
	depth := 4*tabs + skip - tabs
	if depth >= it.indent {
		depth -= it.indent
	}
	it.append(b.source.indented(b.source.pos+skip, depth))
	b.source.pos += len(line)
}

// finishDefinitions reads what stands in the definitions. Last are the empty lines
// behind the last of them.
func (b *blocks) finishDefinitions(list *extast.DefinitionList, items []*item) (last ast.Node) {
	for _, it := range items {
		node := extast.NewDefinitionDescription()
		list.AppendChild(list, node)
		if len(it.own) > 0 {
			b.own[node] = it.own
		}
		b.read(node, newSource(b.file, it.parts[0]), "")
		last = nil
		if end := node.LastChild(); isGap(end, blankGap) {
			node.RemoveChild(node, end)
			last = end
		}
		if p, ok := node.FirstChild().(*ast.Paragraph); ok && !it.spaced {
			b.unwrap(p)
			node.IsTight = true
		}
	}
	return last
}

// joinDefinitions puts a list behind the others, or into the one right above.
func (b *blocks) joinDefinitions(list *extast.DefinitionList) {
	above := b.parent.LastChild()
	gap := above
	if isGap(above, blankGap) {
		above = above.PreviousSibling()
	}
	before, ok := above.(*extast.DefinitionList)
	if !ok {
		b.parent.AppendChild(b.parent, list)
		return
	}
	if gap != above {
		b.parent.RemoveChild(b.parent, gap)
	}
	for child := list.FirstChild(); child != nil; child = list.FirstChild() {
		before.AppendChild(before, child)
	}
}
