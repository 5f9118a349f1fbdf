package render

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// A hashtag is #winter or #winter/ice in a text, which Obsidian takes for a tag of the
// text. It is a link to the tag's page.
type hashtag struct {
	ast.BaseInline
	segment text.Segment
}

var kindHashtag = ast.NewNodeKind("Hashtag")

// Kind and Dump make it a node.
func (*hashtag) Kind() ast.NodeKind              { return kindHashtag }
func (n *hashtag) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// cutHashtag is the length of the tag that a text begins with, with its sign; 0 for
// none. It has letters, digits, "_", "-" and "/", and is no number.
func cutHashtag(text []byte) int {
	if len(text) < 2 || text[0] != '#' {
		return 0
	}
	end, letters := 1, false
	for end < len(text) {
		r, size := utf8.DecodeRune(text[end:])
		switch {
		case unicode.IsDigit(r):
		case unicode.IsLetter(r), unicode.IsMark(r), r == '_', r == '-', r == '/':
			letters = letters || unicode.IsLetter(r)
		default:
			size = 0
		}
		if size == 0 {
			break
		}
		end += size
	}
	end = len(bytes.TrimRight(text[:end], "/-"))
	if !letters {
		return 0
	}
	return end
}

// hashtagParser finds them.
type hashtagParser struct{}

// Trigger and Parse are what goldmark asks of a parser of inline text.
func (hashtagParser) Trigger() []byte { return []byte{'#'} }

// Parse reads one that stands behind a space or begins a line.
func (hashtagParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	if !unicode.IsSpace(block.PrecendingCharacter()) {
		return nil
	}
	line, segment := block.PeekLine()
	length := cutHashtag(line)
	if length == 0 {
		return nil
	}
	block.Advance(length)
	return &hashtag{segment: segment.WithStop(segment.Start + length)}
}

// hashtags makes links of those that are tags of the text, and text of all others.
func (c *conversion) hashtags(document ast.Node) {
	for _, n := range nodesOf[*hashtag](document, ast.TypeInline) {
		shown := ast.NewTextSegment(n.segment)
		var node ast.Node = shown
		name := slugify(string(n.segment.Value(c.source)[1:]))
		for _, t := range c.post.terms[tagTaxonomy] {
			if t.slug == name && !insideLink(n) {
				a := ast.NewLink()
				a.Destination = []byte(t.url.String())
				a.AppendChild(a, shown)
				a.SetPos(n.Pos())
				node = a
			}
		}
		n.Parent().ReplaceChild(n.Parent(), n, node)
	}
}

// findHashtags lists those of a text without parsing it. What stands in code and in
// comments is none.
func findHashtags(text []byte) (tags []string) {
	if !mayHaveHashtag(text) {
		return nil
	}
	hidden := ""
	eachProse(text, func(line []byte) {
		for i := 0; i < len(line); i++ {
			switch rest := line[i:]; {
			case hidden != "":
				if bytes.HasPrefix(rest, []byte(hidden)) {
					i += len(hidden) - 1
					hidden = ""
				}
			case bytes.HasPrefix(rest, commentMark):
				hidden = "%%"
				i++
			case bytes.HasPrefix(rest, []byte("<!--")):
				hidden = "-->"
			case rest[0] == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t'):
				if length := cutHashtag(rest); length > 0 {
					tags = append(tags, string(rest[1:length]))
					i += length - 1
				}
			}
		}
	})
	return tags
}

// mayHaveHashtag reports whether one stands anywhere in a text, be it in code: nearly all
// texts have none, and only the others are worth a closer look.
func mayHaveHashtag(text []byte) bool {
	for at := 0; ; at++ {
		next := bytes.IndexByte(text[at:], '#')
		if next < 0 {
			return false
		}
		at += next
		if (at == 0 || bytes.IndexByte([]byte(" \t\r\n`"), text[at-1]) >= 0) && cutHashtag(text[at:]) > 0 {
			return true
		}
	}
}

// withHashtags are the tags of a text: those of its front matter, where Obsidian lets
// them have their sign, and those that stand in it.
func withHashtags(tags, found []string) []string {
	merged := make([]string, 0, len(tags)+len(found))
	known := map[string]bool{}
	for _, tag := range slices.Concat(tags, found) {
		tag = strings.TrimPrefix(tag, "#")
		if slug := slugify(tag); !known[slug] {
			known[slug] = true
			merged = append(merged, tag)
		}
	}
	return merged
}
