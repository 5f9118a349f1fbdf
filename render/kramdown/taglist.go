package kramdown

import (
	"html"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// withAttributes is a start tag with those of a list: classes are added to those it has,
// others take the place of its own. Scripts in them are left out.
func withAttributes(tag string, list []attribute) string {
	for _, a := range list {
		if a.value == "" || strings.HasPrefix(strings.ToLower(a.name), "on") {
			continue
		}
		value := html.EscapeString(a.value)
		if from, to, own := ownAttribute(tag, a.name); to > 0 {
			if a.name == "class" && own != "" {
				value = own + " " + value
			}
			tag = tag[:from] + " " + a.name + `="` + value + `"` + tag[to:]
			continue
		}
		end := strings.TrimSuffix(strings.TrimSuffix(tag, ">"), "/")
		tag = strings.TrimRight(end, " ") + " " + a.name + `="` + value + `"` + tag[len(end):]
	}
	return tag
}

// ownAttribute is where a start tag has an attribute, with the space before it; to is 0
// if it has none.
func ownAttribute(tag, name string) (from, to int, value string) {
	text := []byte(tag)
	for at := nameEnd(text, 1); ; {
		begin := skipSpace(text, at)
		end := nameEnd(text, begin)
		if begin == at || end == begin {
			return 0, 0, ""
		}
		after, value := readValue(text, end)
		if strings.EqualFold(tag[begin:end], name) {
			return at, after, value
		}
		at = after
	}
}

// attributeTag gives an element of HTML a list. It reports whether the node is one.
func (b *blocks) attributeTag(node ast.Node, list []attribute) bool {
	switch n := node.(type) {
	case *Element:
		if n.Tag == "" && n.Lines().Len() == 0 {
			return n.FirstChild() != nil && b.attributeTag(n.FirstChild(), list)
		}
		if n.Tag == "" {
			n.Tag = string(n.Lines().Value(b.file))
		}
		n.Tag = withAttributes(n.Tag, list)
		return true
	case *ast.HTMLBlock:
		value := n.Lines().Value(b.file)
		begin := spaces(value)
		t, ok := readTag(value, begin)
		if !ok {
			return true
		}
		element := &Element{Tag: withAttributes(string(value[begin:t.end]), list)}
		n.Parent().ReplaceChild(n.Parent(), n, element)
		n.SetLines(withoutBytes(n.Lines(), t.end))
		element.AppendChild(element, n)
		return true
	}
	return false
}

// withoutBytes are lines without as many bytes at their beginning.
func withoutBytes(lines *text.Segments, n int) *text.Segments {
	rest := text.NewSegments()
	for i := range lines.Len() {
		line := lines.At(i)
		padding := min(line.Padding, n)
		skip := min(n-padding, line.Len()-line.Padding)
		line.Padding -= padding
		line.Start += skip
		n -= padding + skip
		if line.Start < line.Stop || line.Padding > 0 {
			rest.Append(line)
		}
	}
	return rest
}

// maxSteps bounds the way back to a start tag.
const maxSteps = 1000

// attributeSpan gives the tag that a part of a line ends with, or is, a list.
func attributeSpan(target *ast.RawHTML, source []byte, list []attribute) {
	open := ast.Node(target)
	end, _ := readTag(target.Segments.Value(source), 0)
	if end.closing {
		depth, steps := 0, 0
		for open = target; open != nil && steps < maxSteps; open = open.PreviousSibling() {
			steps++
			raw, ok := open.(*ast.RawHTML)
			if !ok {
				continue
			}
			t, _ := readTag(raw.Segments.Value(source), 0)
			if t.name == end.name && t.closing {
				depth++
			} else if t.name == end.name && !t.closed {
				depth--
			}
			if depth == 0 {
				break
			}
		}
	}
	raw, ok := open.(*ast.RawHTML)
	if !ok {
		return
	}
	tag := ast.NewString([]byte(withAttributes(string(raw.Segments.Value(source)), list)))
	tag.SetCode(true)
	raw.Parent().ReplaceChild(raw.Parent(), raw, tag)
}
