package render

import (
	"bytes"
	"regexp"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// An attributeLine is a line such as {.wide #prices} below a block, or kramdown's
// {: .wide}. It belongs to the block, if nothing stands between them; else it is
// text, and kramdown's is left out, as any is in a folder of Hugo.
type attributeLine struct {
	ast.BaseBlock
	attributes parser.Attributes
}

var kindAttributeLine = ast.NewNodeKind("AttributeLine")

// Kind and Dump make it a node.
func (*attributeLine) Kind() ast.NodeKind              { return kindAttributeLine }
func (n *attributeLine) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// attributeParser finds the lines.
type attributeParser struct{ strict bool }

var attributeStart = regexp.MustCompile(`\A\{:?\s*(?:[.#][A-Za-z_-]|[A-Za-z][A-Za-z0-9-]*=)[^{}]*\}\s*\z`)

// Trigger and the others are what goldmark asks of a parser of blocks.
func (attributeParser) Trigger() []byte { return []byte{'{'} }

// Open reads the line.
func (a attributeParser) Open(parent ast.Node, reader text.Reader, _ parser.Context) (ast.Node, parser.State) {
	line, segment := reader.PeekLine()
	trimmed := bytes.TrimLeft(line, " ")
	if parent.LastChild() == nil && !a.strict && !bytes.HasPrefix(trimmed, []byte("{:")) || !attributeStart.Match(trimmed) {
		return nil, parser.NoChildren
	}
	plain := bytes.Replace(bytes.TrimSpace(line), []byte("{:"), []byte("{"), 1)
	attributes, ok := parser.ParseAttributes(text.NewReader(plain))
	if !ok {
		return nil, parser.NoChildren
	}
	n := &attributeLine{attributes: attributes}
	n.Lines().Append(segment.TrimRightSpace(reader.Source()))
	reader.Advance(segment.Len() - 1)
	return n, parser.NoChildren
}

func (attributeParser) Continue(ast.Node, text.Reader, parser.Context) parser.State {
	return parser.Close
}
func (attributeParser) Close(ast.Node, text.Reader, parser.Context) {}
func (attributeParser) CanInterruptParagraph() bool                 { return true }
func (attributeParser) CanAcceptIndentedLine() bool                 { return false }

// attributeTransformer gives the attributes to the blocks above them.
type attributeTransformer struct{ strict bool }

// Transform looks at every line that was found.
func (a attributeTransformer) Transform(document *ast.Document, reader text.Reader, _ parser.Context) {
	for _, n := range nodesOf[*attributeLine](document, ast.TypeBlock) {
		parent, above := n.Parent(), n.PreviousSibling()
		if above == nil || n.HasBlankPreviousLines() && blankBefore(reader.Source()[:n.Lines().At(0).Start]) {
			if line := n.Lines().At(0); a.strict || bytes.HasPrefix(line.Value(reader.Source()), []byte("{:")) {
				parent.RemoveChild(parent, n) // as the tool shows it nowhere
				continue
			}
			p := ast.NewParagraph()
			p.SetLines(n.Lines())
			p.AppendChild(p, ast.NewTextSegment(n.Lines().At(0)))
			parent.ReplaceChild(parent, n, p)
			continue
		}
		for _, given := range n.attributes {
			if value, ok := given.Value.([]byte); ok {
				above.SetAttribute(given.Name, value)
			}
		}
		parent.RemoveChild(parent, n)
	}
}

// blankBefore reports whether the line before the last, which has only begun, is empty:
// an empty line within a block of code counts for goldmark as one behind it.
func blankBefore(text []byte) bool {
	last := bytes.LastIndexByte(text, '\n')
	if last < 0 {
		return true
	}
	line := text[:last]
	return len(bytes.Trim(line[bytes.LastIndexByte(line, '\n')+1:], " \t>")) == 0
}

// The attributes of headings, and those of other blocks, as extensions.
type (
	headingAttributes struct{}
	blockAttributes   struct{ strict bool } // strict: a line that belongs to no block is shown nowhere
)

// Extend adds them to goldmark.
func (headingAttributes) Extend(md goldmark.Markdown) {
	md.Parser().AddOptions(parser.WithAttribute())
}

// Extend adds them to goldmark.
func (a blockAttributes) Extend(md goldmark.Markdown) {
	md.Parser().AddOptions(
		parser.WithBlockParsers(util.Prioritized(attributeParser(a), 90)),
		parser.WithASTTransformers(util.Prioritized(attributeTransformer(a), 90)))
}

// nodesOf are the nodes of one kind in their order, found before anything is moved: a
// walk does not survive that. For blocks the texts within them are not looked at.
func nodesOf[T ast.Node](document ast.Node, level ast.NodeType) (found []T) {
	_ = ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if n, ok := node.(T); ok && entering {
			found = append(found, n)
		}
		if level == ast.TypeBlock && node.Type() == ast.TypeInline {
			return ast.WalkSkipChildren, nil
		}
		return ast.WalkContinue, nil
	})
	return found
}
