package render

import (
	"html/template"
	"regexp"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// A script is raised or lowered text.
type script struct {
	ast.BaseInline
	tag  string
	text []byte
}

var kindScript = ast.NewNodeKind("Script")

// Kind and Dump make it a node.
func (*script) Kind() ast.NodeKind              { return kindScript }
func (n *script) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// scriptParser finds x^2^ and H~2~O: behind a letter or a digit, and without a space, as
// with Pandoc. A tilde elsewhere strikes through, as on GitHub.
type scriptParser struct{}

var scriptMark = regexp.MustCompile(`^(?:\^([^\s^\[\]]{1,40})\^|~([0-9A-Za-z+−-]{1,10})~)`)

// Trigger and Parse are what goldmark asks of a parser of inline text.
func (scriptParser) Trigger() []byte { return []byte{'^', '~'} }

// Parse reads one.
func (scriptParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	if util.IsSpaceRune(before) || util.IsPunctRune(before) && before != ')' || before == '\n' {
		return nil
	}
	line, _ := block.PeekLine()
	m := scriptMark.FindSubmatch(line)
	if m == nil {
		return nil
	}
	block.Advance(len(m[0]))
	n := &script{tag: "sup", text: m[1]}
	if m[1] == nil {
		n.tag, n.text = "sub", m[2]
	}
	return n
}

// renderScript writes one.
func renderScript(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n := node.(*script)
	if !entering {
		return ast.WalkContinue, nil
	}
	_, err := w.WriteString("<" + n.tag + ">" + template.HTMLEscapeString(string(n.text)) + "</" + n.tag + ">")
	return ast.WalkContinue, err
}
