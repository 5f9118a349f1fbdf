package kramdown

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// codeSpan reads code in a line: up to the next as many backticks, wherever they
// stand. One alone between spaces is none.
type codeSpan struct{}

// Trigger and Parse are what goldmark asks of a parser of parts of lines.
func (codeSpan) Trigger() []byte { return []byte{'`'} }

func (codeSpan) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	line, segment := block.PeekLine()
	n := len(line) - len(bytes.TrimLeft(line, "`"))
	number, position := block.Position()
	block.Advance(n)
	after, _ := utf8.DecodeRune(line[n:])
	if n == 1 && unicode.IsSpace(before) && (unicode.IsSpace(after) || len(line) == 1) {
		return ast.NewTextSegment(segment.WithStop(segment.Start + n))
	}
	code := ast.NewCodeSpan()
	delimiter := []byte(strings.Repeat("`", n))
	for {
		line, segment := block.PeekLine()
		if line == nil {
			break
		}
		if i := bytes.Index(line, delimiter); i >= 0 {
			code.AppendChild(code, ast.NewRawTextSegment(segment.WithStop(segment.Start+i)))
			block.Advance(i + n)
			trimCode(code, block.Source(), n)
			return code
		}
		code.AppendChild(code, ast.NewRawTextSegment(segment))
		block.AdvanceLine()
	}
	block.SetPosition(number, position)
	block.Advance(n)
	return ast.NewTextSegment(segment.WithStop(segment.Start + n))
}

// trimCode takes a space from both ends of code between more than one backtick.
func trimCode(code *ast.CodeSpan, source []byte, backticks int) {
	first, _ := code.FirstChild().(*ast.Text)
	last, _ := code.LastChild().(*ast.Text)
	if backticks == 1 || first == nil || last == nil {
		return
	}
	if value := first.Segment.Value(source); len(value) > 0 && value[0] == ' ' {
		first.Segment = first.Segment.WithStart(first.Segment.Start + 1)
	}
	if value := last.Segment.Value(source); len(value) > 0 && value[len(value)-1] == ' ' {
		last.Segment = last.Segment.WithStop(last.Segment.Stop - 1)
	}
}
