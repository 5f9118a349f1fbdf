package kramdown

import (
	"bytes"
	"html"
	"regexp"
	"sort"
	"strings"

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
	words := make([]string, 0, len(meanings))
	for word := range meanings {
		words = append(words, regexp.QuoteMeta(word))
	}
	sort.Slice(words, func(i, j int) bool {
		return len(words[i]) > len(words[j]) || len(words[i]) == len(words[j]) && words[i] < words[j]
	})
	pattern, err := regexp.Compile(strings.Join(words, "|"))
	if err != nil {
		return
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
		abbreviateText(n, reader.Source(), pattern, meanings)
	}
}

func abbreviateText(n *ast.Text, source []byte, pattern *regexp.Regexp, meanings map[string]string) {
	value := n.Segment.Value(source)
	at, parent := 0, n.Parent()
	for _, m := range pattern.FindAllIndex(value, -1) {
		if m[0] > 0 && isWordByte(value[m[0]-1]) || m[1] < len(value) && isWordByte(value[m[1]]) {
			continue
		}
		if m[0] > at {
			parent.InsertBefore(parent, n, ast.NewTextSegment(text.NewSegment(n.Segment.Start+at, n.Segment.Start+m[0])))
		}
		word := string(value[m[0]:m[1]])
		var b bytes.Buffer
		b.WriteString("<abbr")
		if long := meanings[word]; long != "" {
			b.WriteString(` title="` + html.EscapeString(long) + `"`)
		}
		b.WriteString(">")
		for i, piece := range []string{b.String(), word, "</abbr>"} {
			s := ast.NewString([]byte(piece))
			s.SetCode(i != 1)
			parent.InsertBefore(parent, n, s)
		}
		at = m[1]
	}
	n.Segment = n.Segment.WithStart(n.Segment.Start + at)
}
