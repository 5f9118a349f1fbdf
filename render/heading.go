package render

import (
	"bytes"
	"html"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	emoji "github.com/yuin/goldmark-emoji/ast"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// titles find the title of a text that does not give it in its front matter.
type titles struct {
	plain parser.Parser
	vault parser.Parser // if it is a text of Obsidian
}

func newTitles(d *dialect) titles {
	read := func(more ...goldmark.Extender) parser.Parser {
		extensions := slices.Concat(d.extensions, []goldmark.Extender{mathParser{}}, more)
		return goldmark.New(goldmark.WithExtensions(extensions...)).Parser()
	}
	return titles{read(), read(obsidianSyntax{}, wikilinks{})}
}

// firstHeading finds the first heading of a text, and parses nothing else of it. One
// below a level does not count; "" if there is none, or one that a template fills in.
func firstHeading(source []byte, level int, p parser.Parser) string {
	var code fence
	paragraph := -1 // where the one begins that is not yet ended
	for at := 0; at < len(source); {
		line, rest := cutLine(source[at:])
		start, end := at, len(source)-len(rest)
		at = end
		trimmed := bytes.TrimLeft(line, " ")
		switch indented := len(line)-len(trimmed) > 3; {
		case code.meet(trimmed), len(trimmed) == 0:
			paragraph = -1
			continue
		case indented:
			continue
		case isATX(trimmed, level):
		case isSetext(trimmed) && paragraph >= 0:
			start = paragraph
		default:
			if paragraph < 0 {
				paragraph = start
			}
			continue
		}
		if title, ok := headingOf(source[start:end], level, p); ok {
			return title
		}
	}
	return ""
}

// isATX reports whether a line may be a heading of a level or above it.
func isATX(line []byte, level int) bool {
	hashes := len(line) - len(bytes.TrimLeft(line, "#"))
	return hashes > 0 && hashes <= level && len(line) > hashes && (line[hashes] == ' ' || line[hashes] == '\t')
}

// isSetext reports whether a line may make a heading of the paragraph above it.
func isSetext(line []byte) bool {
	return len(line) > 0 && (len(bytes.Trim(line, "=")) == 0 || len(line) > 1 && len(bytes.Trim(line, "-")) == 0)
}

// filledIn is what Liquid or a shortcode replaces.
var filledIn = regexp.MustCompile(`\{\{|\{%`)

// kramdownAttributes end a heading.
var kramdownAttributes = regexp.MustCompile(`\s\{[^{}]*\}\s*$`)

// headingOf is the text of a heading, if some lines are one.
func headingOf(lines []byte, level int, p parser.Parser) (title string, ok bool) {
	n, ok := p.Parse(text.NewReader(lines)).FirstChild().(*ast.Heading)
	if !ok || n.Level > level {
		return "", false
	}
	if filledIn.Match(lines) {
		return "", true
	}
	return kramdownAttributes.ReplaceAllString(shownText(n, lines), ""), true
}

// shownText is a line as a reader sees it, without markup.
func shownText(node ast.Node, source []byte) string {
	var b strings.Builder
	writeText(&b, node, source, func(n ast.Node) bool {
		if face, ok := n.(*emoji.Emoji); ok {
			b.WriteString(string(face.Value.Unicode))
		}
		return isImageNode(n)
	})
	text := html.UnescapeString(string(util.UnescapePunctuations([]byte(b.String()))))
	return strings.Join(strings.Fields(text), " ")
}

// straight are the quotes and dashes that the typographer makes.
var straight = strings.NewReplacer("“", `"`, "”", `"`, "‘", "'", "’", "'", "–", "--", "—", "---", "…", "...")

// sameTitle reports whether two titles differ in no more than typography.
func sameTitle(a, b string) bool {
	return a == b || straight.Replace(a) == straight.Replace(b)
}
