package render

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// kramdownEmphasis reads * and _ by kramdown's rules: what counts is the space beside
// them, no punctuation, so that also Chinese and Japanese need none around them.
type kramdownEmphasis struct{}

// Trigger and Parse are what goldmark asks of a parser of parts of lines.
func (kramdownEmphasis) Trigger() []byte { return []byte{'*', '_'} }

func (kramdownEmphasis) Parse(_ ast.Node, block text.Reader, pc parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	line, segment := block.PeekLine()
	d := parser.ScanDelimiter(line, before, 1, emphasisDelimiter{})
	if d == nil {
		return nil
	}
	after, _ := utf8.DecodeRune(line[d.OriginalLength:])
	d.CanOpen, d.CanClose = !unicode.IsSpace(after) && d.OriginalLength < len(line), !unicode.IsSpace(before)
	if line[0] == '_' {
		d.CanOpen = d.CanOpen && !endsInWord(block.Source()[:segment.Start])
		d.CanClose = d.CanClose && !unicode.IsLetter(after) && !unicode.IsDigit(after)
	}
	d.Segment = segment.WithStop(segment.Start + d.OriginalLength)
	block.Advance(d.OriginalLength)
	pc.PushDelimiter(d)
	return d
}

// endsInWord reports whether a text ends in a letter, or in one and a hyphen.
func endsInWord(text []byte) bool {
	last, n := utf8.DecodeLastRune(text)
	if last == '-' {
		last, _ = utf8.DecodeLastRune(text[:len(text)-n])
	}
	return unicode.IsLetter(last)
}

// An emphasisDelimiter tells goldmark which of them belong together.
type emphasisDelimiter struct{}

func (emphasisDelimiter) IsDelimiter(b byte) bool { return b == '*' || b == '_' }
func (emphasisDelimiter) CanOpenCloser(opener, closer *parser.Delimiter) bool {
	return opener.Char == closer.Char
}
func (emphasisDelimiter) OnMatch(consumes int) ast.Node { return ast.NewEmphasis(consumes) }

// kramdownCode reads code in a line: up to the next as many backticks, wherever they
// stand. One alone between spaces is none.
type kramdownCode struct{}

// Trigger and Parse are what goldmark asks of a parser of parts of lines.
func (kramdownCode) Trigger() []byte { return []byte{'`'} }

func (kramdownCode) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
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
