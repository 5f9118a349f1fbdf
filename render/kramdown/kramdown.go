package kramdown

import (
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// A Dialect is kramdown with what a site sets. It is an extension of goldmark, and safe
// for concurrent use. The zero value is kramdown's own input without formulas.
type Dialect struct {
	GFM     bool                             // the input is GFM: "```", and blocks that end a paragraph
	Opaque  func(line []byte) bool           // reports whether a line stands for HTML that is made already; nil: none does
	Formula func(pc parser.Context) ast.Node // makes a formula set apart, of which the lines are added with their "$$"; nil, or a nil node: it is text
}

// Extend makes goldmark read kramdown.
func (d Dialect) Extend(m goldmark.Markdown) {
	m.Parser().AddOptions(
		parser.WithBlockParsers(util.Prioritized(whole{d}, 1)),
		parser.WithInlineParsers(util.Prioritized(spanAttributeParser{}, 150), util.Prioritized(strike{d.GFM}, 200), util.Prioritized(smartQuotes{}, 150),
			util.Prioritized(codeSpan{}, 90), util.Prioritized(emphasis{}, 490), util.Prioritized(spanHTML{}, 90), util.Prioritized(spanExtension{}, 140), util.Prioritized(lineBreak{}, 90), util.Prioritized(links{}, 199), util.Prioritized(noTask{}, -1)),
		parser.WithASTTransformers(util.Prioritized(spanAttributeTransformer{}, 80), util.Prioritized(abbreviate{}, 1000)),
	)
	m.Renderer().AddOptions(renderer.WithNodeRenderers(util.Prioritized(tableRenderer{}, 100), util.Prioritized(elementRenderer{}, 300)))
}

// names are what a text gives names.
type names struct {
	attributes    map[string]string // of lists of attributes
	links         map[string]reference
	notes         map[string]*extast.Footnote
	abbreviations map[string]string
	contents      ast.Node              // the list in whose place is the table of contents
	own           map[ast.Node][]string // lists of attributes of blocks, as they are written
	tocLevels     string
	remarks       []Remark
}

var namesKey = parser.NewContextKey()

func namesOf(pc parser.Context) *names {
	n, ok := pc.Get(namesKey).(*names)
	if !ok {
		return &names{}
	}
	return n
}

// A Remark is what the author of a text should know.
type Remark struct {
	At   int // in the text
	What string
	Kind RemarkKind
}

// A RemarkKind says what a [Remark] means for the text.
type RemarkKind int

const (
	NoEffect         RemarkKind = iota // the text is shown, without what was asked for
	UnknownExtension                   // what stands in an extension is shown, without what that would make of it
	TooDeep                            // the text is not shown
)

// Remarks are those on the text that was read with a context.
func Remarks(pc parser.Context) []Remark { return namesOf(pc).remarks }

// remark notes one at a place in a source.
func (b *blocks) remark(s *source, at int, what string, kind RemarkKind) {
	place := 0
	if parts := s.cut(at, len(s.buf)); len(parts) > 0 {
		place = parts[0].Start
	}
	b.remarks = append(b.remarks, Remark{place, what, kind})
}

// Contents is the place for the table of contents. HTML is written in its place.
type Contents struct {
	ast.BaseBlock
	Ordered bool   // the list in its place has numbers
	Levels  string // of the headings in it, as the text sets them in {::options toc_levels="2..4"}; "" if it does not
	HTML    string
}

// KindContents is that of [Contents].
var KindContents = ast.NewNodeKind("KramdownContents")

// Kind and Dump make it a node.
func (*Contents) Kind() ast.NodeKind              { return KindContents }
func (n *Contents) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// A whole is the parser of a whole text: for goldmark it is a block up to the end, whose
// children take its place when it is closed.
type whole struct{ Dialect }

// Trigger and the others are what goldmark asks of a parser of blocks. All lines are
// kramdown's.
func (whole) Trigger() []byte {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	return all
}

// Open reads the whole text.
func (w whole) Open(document ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	if document.Kind() != ast.KindDocument {
		return nil, parser.NoChildren
	}
	n := &names{attributes: map[string]string{}, links: map[string]reference{}, notes: map[string]*extast.Footnote{}, abbreviations: map[string]string{}, own: map[ast.Node][]string{}}
	pc.Set(namesKey, n)
	b := &blocks{Dialect: w.Dialect, names: n, pc: pc, file: reader.Source()}
	node := &wholeText{}
	b.read(node, wholeSource(b.file), "")
	b.attribute(node)
	withoutGaps(node)
	for line, _ := reader.PeekLine(); line != nil; line, _ = reader.PeekLine() {
		reader.AdvanceLine()
	}
	return node, parser.NoChildren
}

func (whole) Continue(ast.Node, text.Reader, parser.Context) parser.State { return parser.Close }

// Close puts the blocks in the place of the one that they came in.
func (whole) Close(node ast.Node, _ text.Reader, _ parser.Context) {
	parent := node.Parent()
	for child := node.FirstChild(); child != nil; child = node.FirstChild() {
		parent.InsertBefore(parent, node, child)
	}
	parent.RemoveChild(parent, node)
}

func (whole) CanInterruptParagraph() bool { return true }
func (whole) CanAcceptIndentedLine() bool { return true }

// A wholeText is a text while its blocks are read.
type wholeText struct{ ast.BaseBlock }

var kindWhole = ast.NewNodeKind("KramdownText")

// Kind and Dump make it a node.
func (*wholeText) Kind() ast.NodeKind              { return kindWhole }
func (n *wholeText) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }
