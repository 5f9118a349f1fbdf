package render

import (
	"bytes"
	"html"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// spanAttributes reads kramdown's {: .class} behind a part of a line, such as a link.
type spanAttributes struct{}

// Extend adds it to a Markdown.
func (spanAttributes) Extend(m goldmark.Markdown) {
	m.Parser().AddOptions(
		parser.WithInlineParsers(util.Prioritized(spanAttributeParser{}, 150), util.Prioritized(singleTilde{}, 150), util.Prioritized(smartQuotes{}, 150),
			util.Prioritized(kramdownCode{}, 90), util.Prioritized(kramdownEmphasis{}, 490)),
		parser.WithASTTransformers(util.Prioritized(spanAttributeTransformer{}, 80)),
	)
}

// A spanAttributeList is one that was found; the transformer gives it to the part
// before it.
type spanAttributeList struct {
	ast.BaseInline
	list []kramdownAttribute
}

var kindSpanAttributes = ast.NewNodeKind("SpanAttributes")

// Kind and Dump make it a node.
func (*spanAttributeList) Kind() ast.NodeKind { return kindSpanAttributes }
func (n *spanAttributeList) Dump(source []byte, level int) {
	ast.DumpHelper(n, source, level, nil, nil)
}

type spanAttributeParser struct{}

var spanListPattern = regexp.MustCompile(`^\{:(?:\s*([^{}:\n][^{}\n]*))?\}`)

// Trigger and Parse are what goldmark asks of a parser of parts of lines.
func (spanAttributeParser) Trigger() []byte { return []byte{'{'} }

func (spanAttributeParser) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, _ := block.PeekLine()
	m := spanListPattern.FindSubmatch(line)
	if m == nil || parent.LastChild() == nil && parent.Parent() != nil && parent.Parent().Kind() != ast.KindListItem {
		return nil
	}
	names, _ := pc.Get(kramdownNamesKey).(map[string]string)
	block.Advance(len(m[0]))
	return &spanAttributeList{list: parseKramdownAttributes(string(m[1]), names)}
}

// singleTilde keeps a tilde alone from striking text through: kramdown wants two.
type singleTilde struct{}

// Trigger and Parse are what goldmark asks of a parser of parts of lines.
func (singleTilde) Trigger() []byte { return []byte{'~'} }

func (singleTilde) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, segment := block.PeekLine()
	if len(line) > 1 && line[1] == '~' {
		return nil
	}
	block.Advance(1)
	return ast.NewTextSegment(segment.WithStop(segment.Start + 1))
}

// kramdownNamesKey is where a parser finds the names of lists of attributes.
var kramdownNamesKey = parser.NewContextKey()

type spanAttributeTransformer struct{}

// Transform gives each list to what stands before it.
func (spanAttributeTransformer) Transform(document *ast.Document, reader text.Reader, _ parser.Context) {
	for _, n := range nodesOf[*spanAttributeList](document, ast.TypeInline) {
		parent, target := n.Parent(), n.PreviousSibling()
		if target == nil && parent.Parent() != nil && parent.Parent().Kind() == ast.KindListItem {
			target = parent.Parent()
		}
		parent.RemoveChild(parent, n)
		if target == nil || target.Kind() == ast.KindText || target.Kind() == ast.KindString {
			continue // kramdown leaves it out, too
		}
		setAttributes(target, n.list)
	}
}

// setAttributes gives attributes to a node; classes are added to those it has.
func setAttributes(node ast.Node, list []kramdownAttribute) {
	for _, a := range list {
		if a.value == "" || strings.HasPrefix(strings.ToLower(a.name), "on") {
			continue
		}
		value := a.value
		if before, ok := node.AttributeString(a.name); ok && a.name == "class" {
			if b, ok := before.([]byte); ok {
				value = string(b) + " " + value
			}
		}
		node.SetAttributeString(a.name, []byte(value))
	}
}

// abbreviate marks the abbreviations of a text with what they stand for.
func (c *conversion) abbreviate(document ast.Node) {
	if c.attrs == nil || len(c.attrs.abbreviations) == 0 {
		return
	}
	words := make([]string, 0, len(c.attrs.abbreviations))
	for word := range c.attrs.abbreviations {
		words = append(words, regexp.QuoteMeta(word))
	}
	sort.Slice(words, func(i, j int) bool {
		return len(words[i]) > len(words[j]) || len(words[i]) == len(words[j]) && words[i] < words[j]
	})
	pattern, err := regexp.Compile(strings.Join(words, "|"))
	if err != nil {
		return
	}
	var texts []*ast.Text
	_ = ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if slices.Contains([]ast.NodeKind{ast.KindCodeSpan, ast.KindAutoLink, ast.KindImage}, node.Kind()) {
			return ast.WalkSkipChildren, nil
		}
		if n, ok := node.(*ast.Text); ok && entering {
			texts = append(texts, n)
		}
		return ast.WalkContinue, nil
	})
	for _, n := range texts {
		c.abbreviateText(n, pattern)
	}
}

func (c *conversion) abbreviateText(n *ast.Text, pattern *regexp.Regexp) {
	value := n.Segment.Value(c.source)
	at, parent := 0, n.Parent()
	for _, m := range pattern.FindAllIndex(value, -1) {
		if m[0] > 0 && isWord(value[m[0]-1]) || m[1] < len(value) && isWord(value[m[1]]) {
			continue
		}
		if m[0] > at {
			parent.InsertBefore(parent, n, ast.NewTextSegment(text.NewSegment(n.Segment.Start+at, n.Segment.Start+m[0])))
		}
		word := string(value[m[0]:m[1]])
		var b bytes.Buffer
		b.WriteString("<abbr")
		if long := c.attrs.abbreviations[word]; long != "" {
			b.WriteString(` title="` + html.EscapeString(long) + `"`)
		}
		b.WriteString(">")
		for i, piece := range []string{b.String(), word, "</abbr>"} {
			s := ast.NewString([]byte(piece))
			s.SetCode(i != 1)
			parent.InsertBefore(parent, n, s)
		}
		at = m[1]
	}
	n.Segment = n.Segment.WithStart(n.Segment.Start + at)
}

func isWord(b byte) bool { return isNameByte(b) }

// blockBehind is the first block that begins behind a line of the file, or nil.
func (c *conversion) blockBehind(document ast.Node, line int) ast.Node {
	for block := document.FirstChild(); block != nil; block = block.NextSibling() {
		if at, ok := c.firstLine(block); ok && at > line {
			return block
		}
	}
	return nil
}

// firstLine is the line of the file on which a block begins.
func (c *conversion) firstLine(node ast.Node) (at int, ok bool) {
	if node.Type() == ast.TypeInline {
		return 0, false
	}
	if node.Lines() != nil && node.Lines().Len() > 0 {
		return c.lines.line(c.source, node.Lines().At(0).Start), true
	}
	for child := node.FirstChild(); child != nil; child = child.NextSibling() {
		if at, ok := c.firstLine(child); ok {
			return at, true
		}
	}
	return 0, false
}
