package kramdown

import (
	"regexp"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// A spanAttributeList is one that was found; the transformer gives it to the part
// before it.
type spanAttributeList struct {
	ast.BaseInline
	list  []attribute
	place text.Segment
}

var kindSpanAttributes = ast.NewNodeKind("SpanAttributes")

// Kind and Dump make it a node.
func (*spanAttributeList) Kind() ast.NodeKind { return kindSpanAttributes }
func (n *spanAttributeList) Dump(source []byte, level int) {
	ast.DumpHelper(n, source, level, nil, nil)
}

type spanAttributeParser struct{}

var spanListPattern = regexp.MustCompile(`^\{:(?:\s*([^{}:][^{}]*))?\}`)

// Trigger and Parse are what goldmark asks of a parser of parts of lines.
func (spanAttributeParser) Trigger() []byte { return []byte{'{'} }

func (spanAttributeParser) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	last := parent.LastChild()
	if last == nil || isText(last) || last.Kind() == kindBracket {
		return nil // it stays what it is
	}
	_, segment := block.PeekLine()
	rest, first := twoLines(block)
	m := spanListPattern.FindSubmatch(rest)
	if m == nil {
		return nil
	}
	skip(block, len(m[0]), first)
	return &spanAttributeList{list: parseAttributes(string(m[1]), namesOf(pc).attributes), place: segment.WithStop(segment.Start + min(len(m[0]), first))}
}

func isText(node ast.Node) bool { return node.Kind() == ast.KindText || node.Kind() == ast.KindString }

// spanAttributeTransformer gives lists to what they belong to.
type spanAttributeTransformer struct{}

// Transform gives each list to what stands before it.
func (spanAttributeTransformer) Transform(document *ast.Document, reader text.Reader, _ parser.Context) {
	var lists []*spanAttributeList
	_ = ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if n, ok := node.(*spanAttributeList); ok && entering {
			lists = append(lists, n)
		}
		return ast.WalkContinue, nil
	})
	for _, n := range lists {
		target := n.PreviousSibling()
		if target == nil || isText(target) {
			n.Parent().ReplaceChild(n.Parent(), n, ast.NewTextSegment(n.place))
			continue
		}
		n.Parent().RemoveChild(n.Parent(), n)
		if raw, ok := target.(*ast.RawHTML); ok {
			attributeSpan(raw, reader.Source(), n.list)
			continue
		}
		setAttributes(target, n.list)
	}
}
