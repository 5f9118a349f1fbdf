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

// smartQuotes makes quotes typographic by kramdown's rules, which are SmartyPants'.
type smartQuotes struct{}

// Trigger and Parse are what goldmark asks of a parser of parts of lines.
func (smartQuotes) Trigger() []byte { return []byte{'"', '\''} }

func (smartQuotes) Parse(parent ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, segment := block.PeekLine()
	before, inText := rune(0), false
	if last, ok := parent.LastChild().(*ast.Text); ok && (last.Segment.Stop == segment.Start || last.SoftLineBreak()) {
		before, inText = block.PrecendingCharacter(), true
	}
	entity, n := quoteEntity(line, before, inText)
	block.Advance(n)
	quote := ast.NewString([]byte(entity))
	quote.SetCode(true)
	return quote
}

// quoteEntity is what the quote, or the two, at the beginning of a line become.
// Before is the character before it, if that belongs to the same piece of text.
func quoteEntity(line []byte, before rune, inText bool) (entity string, n int) {
	quote, rest := line[0], line[1:]
	open, close := "&lsquo;", "&rsquo;"
	if quote == '"' {
		open, close = "&ldquo;", "&rdquo;"
	}
	next, size := utf8.DecodeRune(rest)
	behind, _ := utf8.DecodeRune(rest[size:])
	spaced := !inText || isSpaceRune(before)
	switch {
	case !inText && (next == '_' || next == '*') && !startsSpaced(bytes.TrimLeft(rest, "_*")):
		return open, 1
	case !inText && isPunctuation(next) && !bytes.HasPrefix(rest, []byte("...")) && isWordRune(next) == isWordRune(behind):
		return close, 1
	case spaced && (next == '"' || next == '\'') && next != rune(quote) && isWordRune(behind):
		if quote == '"' {
			return "&ldquo;&lsquo;", 2
		}
		return "&lsquo;&ldquo;", 2
	case spaced && quote == '\'' && len(rest) > 2 && isDigit(rest[0]) && isDigit(rest[1]) && rest[2] == 's':
		return close, 1
	case inText && spaced && isWordRune(next):
		return open, 1
	case inText && !spaced && !strings.ContainsRune(`\[{(-`, before):
		return close, 1
	case !inText && (len(rest) == 0 || isSpaceRune(next) || next == 's' && !isWordRune(behind)):
		return close, 1
	}
	return open, 1
}

func startsSpaced(text []byte) bool { return len(text) == 0 || isSpace(text[0]) }

func isPunctuation(r rune) bool {
	return r < 0x80 && strings.ContainsRune("!\"#$%'()*+,-./:;<=>?@[\\]^_`{|}~", r)
}

func isWordRune(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
