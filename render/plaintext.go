package render

import (
	"bytes"
	"strings"
	"unicode"

	emoji "github.com/yuin/goldmark-emoji/ast"
	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// plainText is what a reader reads of a node, without markup and emoji.
func plainText(node ast.Node, source []byte) string {
	var b strings.Builder
	writeText(&b, node, source, isImageNode)
	return b.String()
}

// wordsOf is that without what stands for pictures.
func wordsOf(node ast.Node, source []byte) string {
	var b strings.Builder
	writeText(&b, node, source, func(ast.Node) bool { return false })
	return b.String()
}

func isImageNode(node ast.Node) bool { return node.Kind() == ast.KindImage }

// writeText writes the text of a node. Seen is asked at each emoji and picture whether
// what stands within is written.
func writeText(b *strings.Builder, node ast.Node, source []byte, seen func(ast.Node) bool) {
	for child := node.FirstChild(); child != nil; child = child.NextSibling() {
		switch n := child.(type) {
		case *ast.Text:
			b.Write(n.Segment.Value(source))
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			switch {
			case !n.IsCode():
				b.Write(n.Value)
			case bytes.HasPrefix(n.Value, []byte("<")), bytes.HasPrefix(n.Value, []byte(" <")): // a tag of ours
			default:
				b.WriteString(entities.Replace(string(n.Value)))
			}
		case *formula:
			b.Write(n.tex)
		case *wikilink:
			b.Write(n.label.Value(source))
		case *hashtag:
			b.Write(n.segment.Value(source))
		case *emoji.Emoji, *ast.Image:
			if seen(n) {
				writeText(b, n, source, seen)
			}
		case *ast.AutoLink:
			b.Write(n.Label(source))
		case *extast.FootnoteLink:
		default:
			writeText(b, child, source, seen)
			if child.Type() == ast.TypeBlock {
				b.WriteByte(' ')
			}
		}
	}
}

// entities are those that the typographer writes.
var entities = strings.NewReplacer("&ldquo;", "“", "&rdquo;", "”", "&lsquo;", "‘", "&rsquo;", "’",
	"&ndash;", "–", "&mdash;", "—", "&hellip;", "…", "&laquo;", "«", "&raquo;", "»")

// countWords counts words, and each character of a script without spaces as one.
func countWords(text string) int {
	words, inside := 0, false
	for _, r := range text {
		switch {
		case r < 0x80 && r > ' ' || r >= 0x80 && r < 0x2E80 && !unicode.IsSpace(r):
			if !inside {
				words++
			}
			inside = true
		case r >= 0x2E80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul):
			words++
			inside = false
		case unicode.IsSpace(r):
			inside = false
		}
	}
	return words
}

// shorten cuts a text after whole words.
func shorten(text string, limit int) string {
	text = strings.Join(strings.Fields(text), " ")
	runes := 0
	last := 0
	for i, r := range text {
		if r == ' ' {
			last = i
		}
		if runes++; runes > limit {
			if last == 0 {
				last = i
			}
			return text[:last] + "…"
		}
	}
	return text
}
