// Package code writes source code as HTML, with chroma's short names for what each token
// is as classes, which the theme colours. There is no style in it and no script.
//
// The languages that most posts are about are scanned by grammars of a few lines, all
// others by chroma's expressions. Colours change no byte of the code. The names of the
// language and the code are escaped; nothing that a writer gives becomes markup.
package code

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"
)

// maxHighlighted bounds what is coloured: the lexers of some languages take time
// that grows faster than the text.
const maxHighlighted = 64 << 10

// Write writes a block of code. Of a language that is not known it has no colours. The
// options are those of Hugo's fences: hl_lines=[1,"3-5"], linenos=true, linenostart=10;
// others mean nothing.
func Write(w io.Writer, language, options, code string) {
	option := parseCodeOptions(options)
	class := ""
	if language != "" {
		name := html.EscapeString(language)
		class = fmt.Sprintf(` class="language-%s" data-lang="%s"`, name, name)
	}
	var b bytes.Buffer
	b.Grow(len(code) * 3)
	tokens := tokenise(language, code)
	if tokens == nil && !option.marked() {
		fmt.Fprintf(&b, "<pre tabindex=\"0\"><code%s>", class)
		escape(&b, code)
	} else {
		fmt.Fprintf(&b, "<pre class=\"chroma\" tabindex=\"0\"><code%s>", class)
		if tokens == nil {
			tokens = []token{{"", code}}
		}
		option.write(&b, tokens)
	}
	b.WriteString("</code></pre>\n")
	w.Write(b.Bytes())
}

// lexerCache keeps found lexers, because chroma looks at every file pattern of
// every language for a name that it does not know.
var lexerCache sync.Map

func findLexer(language string) chroma.Lexer {
	if language == "" {
		return nil
	}
	if found, ok := lexerCache.Load(language); ok {
		lexer, _ := found.(chroma.Lexer)
		return lexer
	}
	var found chroma.Lexer
	if len(language) < 40 {
		for _, name := range []string{language, strings.ToLower(language)} {
			if lexer := lexers.Get(name); lexer != nil {
				found = chroma.Coalesce(lexer)
				break
			}
		}
		lexerCache.Store(language, found)
	}
	return found
}

// tokenise cuts code into tokens; nil where nothing is known of the language.
func tokenise(language, code string) []token {
	if g := grammars[strings.ToLower(language)]; g != nil {
		return g.scan(code)
	}
	lexer := findLexer(language)
	if lexer == nil || len(code) > maxHighlighted {
		return nil
	}
	iterator, err := lexer.Tokenise(nil, code)
	if err != nil {
		return nil
	}
	var tokens []token
	for t := iterator(); t != chroma.EOF; t = iterator() {
		tokens = append(tokens, token{tokenClass(t.Type), t.Value})
	}
	return tokens
}

// codeOptions are those of Hugo's code fences that change the HTML.
type codeOptions struct {
	highlight [][2]int // first and last lines that are marked
	numbers   bool
	start     int
}

func (o codeOptions) marked() bool { return len(o.highlight) > 0 || o.numbers }

var codeOption = regexp.MustCompile(`(?i)([a-z_]+)\s*=\s*("[^"]*"|\[[^\]]*\]|[^\s,}]+)`)

// parseCodeOptions reads hl_lines=[1,"3-5"], linenos=true and linenostart=10.
func parseCodeOptions(text string) codeOptions {
	option := codeOptions{start: 1}
	for _, m := range codeOption.FindAllStringSubmatch(text, 20) {
		value := strings.Trim(m[2], `"[]`)
		switch strings.ToLower(m[1]) {
		case "hl_lines":
			option.highlight = parseRanges(value)
		case "linenos":
			option.numbers = value != "false"
		case "linenostart":
			option.start, _ = strconv.Atoi(value)
		}
	}
	return option
}

func parseRanges(text string) (ranges [][2]int) {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '"' }) {
		from, to, isRange := strings.Cut(word, "-")
		first, err := strconv.Atoi(from)
		last := first
		if isRange && err == nil {
			last, err = strconv.Atoi(to)
		}
		if err == nil {
			ranges = append(ranges, [2]int{first, last})
		}
	}
	return ranges
}

func (o codeOptions) isHighlighted(line int) bool {
	for _, r := range o.highlight {
		if r[0] <= line && line <= r[1] {
			return true
		}
	}
	return false
}

// write writes the tokens, line by line where lines are marked or numbered.
func (o codeOptions) write(b *bytes.Buffer, tokens []token) {
	if !o.marked() {
		for _, t := range tokens {
			writeToken(b, t)
		}
		return
	}
	for i, line := range splitLines(tokens) {
		class := "line"
		if o.isHighlighted(i + 1) {
			class = "line hl"
		}
		fmt.Fprintf(b, `<span class="%s">`, class)
		if o.numbers {
			fmt.Fprintf(b, `<span class="ln">%d</span>`, o.start+i)
		}
		for _, t := range line {
			writeToken(b, t)
		}
		b.WriteString("</span>")
	}
}

// splitLines cuts tokens at the ends of lines, which stay with their line.
func splitLines(tokens []token) (lines [][]token) {
	var line []token
	for _, t := range tokens {
		for part := range strings.SplitAfterSeq(t.text, "\n") {
			if part == "" {
				continue
			}
			line = append(line, token{t.class, part})
			if part[len(part)-1] == '\n' {
				lines, line = append(lines, line), nil
			}
		}
	}
	if len(line) > 0 {
		lines = append(lines, line)
	}
	return lines
}

func writeToken(b *bytes.Buffer, t token) {
	if t.class == "" {
		escape(b, t.text)
		return
	}
	b.WriteString(`<span class="`)
	b.WriteString(t.class)
	b.WriteString(`">`)
	escape(b, t.text)
	b.WriteString("</span>")
}

// tokenClass is chroma's name for a type, or for the type it belongs to. Plain
// text, space and what a lexer does not understand have none.
func tokenClass(t chroma.TokenType) string {
	switch t {
	case chroma.Text, chroma.TextWhitespace, chroma.Error, chroma.Other, chroma.None, chroma.Punctuation, chroma.Name, chroma.NameOther:
		return ""
	}
	for _, candidate := range []chroma.TokenType{t, t.SubCategory(), t.Category()} {
		if class, ok := chroma.StandardTypes[candidate]; ok {
			return class
		}
	}
	return ""
}

// escape writes text as HTML.
func escape(b *bytes.Buffer, text string) {
	start := 0
	for i := 0; i < len(text); i++ {
		var entity string
		switch text[i] {
		case '<':
			entity = "&lt;"
		case '>':
			entity = "&gt;"
		case '&':
			entity = "&amp;"
		case '"':
			entity = "&quot;"
		default:
			continue
		}
		b.WriteString(text[start:i])
		b.WriteString(entity)
		start = i + 1
	}
	b.WriteString(text[start:])
}
