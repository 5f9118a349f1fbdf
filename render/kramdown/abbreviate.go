package kramdown

import (
	"html"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// abbreviate marks the abbreviations of a text with what they stand for.
type abbreviate struct{}

// Transform looks at all texts.
func (abbreviate) Transform(document *ast.Document, reader text.Reader, pc parser.Context) {
	meanings := namesOf(pc).abbreviations
	if len(meanings) == 0 {
		return
	}
	words := &wordTree{}
	for word, meaning := range meanings {
		words.add(word, meaning)
	}
	var texts []*ast.Text
	_ = ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		switch node.Kind() {
		case ast.KindCodeSpan, ast.KindAutoLink, ast.KindImage:
			return ast.WalkSkipChildren, nil
		}
		if n, ok := node.(*ast.Text); ok && entering {
			texts = append(texts, n)
		}
		return ast.WalkContinue, nil
	})
	for _, n := range texts {
		abbreviateText(n, reader.Source(), words)
	}
}

// A wordTree finds words in a text.
type wordTree struct {
	next    map[byte]*wordTree
	ends    bool
	meaning string
}

// maxAbbreviation bounds an abbreviation, in bytes.
const maxAbbreviation = 200

func (t *wordTree) add(word, meaning string) {
	if len(word) > maxAbbreviation {
		return
	}
	for _, c := range []byte(word) {
		if t.next == nil {
			t.next = map[byte]*wordTree{}
		}
		if t.next[c] == nil {
			t.next[c] = &wordTree{}
		}
		t = t.next[c]
	}
	t.ends, t.meaning = true, meaning
}

// find is the longest word that a text begins with, with none behind it, or 0.
func (t *wordTree) find(text []byte) (length int, meaning string) {
	for i := 0; t != nil; i++ {
		if t.ends && (i == len(text) || !isWordByte(text[i])) {
			length, meaning = i, t.meaning
		}
		if i == len(text) {
			break
		}
		t = t.next[text[i]]
	}
	return length, meaning
}

func abbreviateText(n *ast.Text, source []byte, words *wordTree) {
	value := n.Segment.Value(source)
	from, parent := 0, n.Parent()
	for at := 0; at < len(value); at++ {
		if at > 0 && isWordByte(value[at-1]) {
			continue
		}
		length, meaning := words.find(value[at:])
		if length == 0 {
			continue
		}
		if at > from {
			parent.InsertBefore(parent, n, ast.NewTextSegment(text.NewSegment(n.Segment.Start+from, n.Segment.Start+at)))
		}
		open := "<abbr>"
		if meaning != "" {
			open = `<abbr title="` + html.EscapeString(meaning) + `">`
		}
		for i, piece := range []string{open, string(value[at : at+length]), "</abbr>"} {
			s := ast.NewString([]byte(piece))
			s.SetCode(i != 1)
			parent.InsertBefore(parent, n, s)
		}
		from = at + length
		at = from - 1
	}
	n.Segment = n.Segment.WithStart(n.Segment.Start + from)
}
