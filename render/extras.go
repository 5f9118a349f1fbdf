package render

import (
	"slices"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// A pairedMark puts what stands between two equal marks into an element: ==this== is
// marked. They are the extras that Hugo's configuration switches on.
type pairedMark struct {
	char    byte
	number  int // of chars in the mark
	element string
}

var (
	deleteMark      = pairedMark{'~', 2, "del"}
	insertMark      = pairedMark{'+', 2, "ins"}
	highlightMark   = pairedMark{'=', 2, "mark"}
	caretMark       = pairedMark{'^', 2, "ins"}
	subscriptMark   = pairedMark{'~', 1, "sub"}
	superscriptMark = pairedMark{'^', 1, "sup"}
)

// A pairedNode is what stands between them.
type pairedNode struct {
	ast.BaseInline
	element string
}

var kindPaired = ast.NewNodeKind("Paired")

// Kind and Dump make it a node.
func (*pairedNode) Kind() ast.NodeKind              { return kindPaired }
func (n *pairedNode) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// Extend adds the mark to goldmark, before what else begins with its character.
func (m pairedMark) Extend(md goldmark.Markdown) {
	md.Parser().AddOptions(parser.WithInlineParsers(util.Prioritized(m, 450+m.number)))
	md.Renderer().AddOptions(renderer.WithNodeRenderers(util.Prioritized(pairedRenderer{}, 500)))
}

// Trigger and Parse are what goldmark asks of a parser of parts of lines.
func (m pairedMark) Trigger() []byte { return []byte{m.char} }

func (m pairedMark) Parse(_ ast.Node, block text.Reader, pc parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	line, segment := block.PeekLine()
	if before == rune(m.char) {
		return nil
	}
	// A sign or a quote behind a mark belongs to what is raised, as in 10^-3^.
	if m == superscriptMark && len(line) > 1 && slices.Contains([]byte(`+-'"`), line[1]) {
		line = slices.Clone(line)
		line[1] = 'x'
	}
	d := parser.ScanDelimiter(line, before, m.number, m)
	if d == nil || d.OriginalLength != m.number {
		return nil
	}
	d.Segment = segment.WithStop(segment.Start + d.OriginalLength)
	block.Advance(d.OriginalLength)
	pc.PushDelimiter(d)
	return d
}

// IsDelimiter and the others tell goldmark which marks belong together.
func (m pairedMark) IsDelimiter(b byte) bool { return b == m.char }
func (m pairedMark) CanOpenCloser(opener, closer *parser.Delimiter) bool {
	return opener.Char == closer.Char && opener.OriginalLength == closer.OriginalLength
}
func (m pairedMark) OnMatch(int) ast.Node { return &pairedNode{element: m.element} }

// A pairedRenderer writes the elements.
type pairedRenderer struct{}

// RegisterFuncs is what goldmark asks of a renderer.
func (pairedRenderer) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(kindPaired, func(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
		start := "<"
		if !entering {
			start = "</"
		}
		_, err := w.WriteString(start + node.(*pairedNode).element + ">")
		return ast.WalkContinue, err
	})
}
