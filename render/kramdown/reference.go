package kramdown

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

var (
	footnotePattern = regexp.MustCompile(`\A {0,3}\[\^(\w[\w-]*)\]:`)
	linkPattern     = regexp.MustCompile(`\A {0,3}\[([^\n\]]+)\]:[ \t]*(?:<(.*?)>|([^\n]*?\S[^\n]*?))(?:(?:[ \t]*?\n|[ \t]+?)[ \t]*?(?:"(.+?)"|'(.+?)'))?[ \t]*?\n`)
	titleSign       = regexp.MustCompile(`[ \t]["']`)
	abbrPattern     = regexp.MustCompile(`\A {0,3}\*\[(.+?)\]:(.*?)\n`)
)

// A reference is where a link with a label leads.
type reference struct {
	address, title string
	own            *gap // which has its attributes
}

// normalLabel is a label as it is compared.
func normalLabel(label string) string {
	return strings.ToLower(strings.Join(strings.Fields(label), " "))
}

// footnote reads "[^label]: text", with lines that are indented behind it.
func (b *blocks) footnote(line []byte) bool {
	inner, ok := content(line)
	if !ok || inner[0] != '[' {
		return false
	}
	m := footnotePattern.FindSubmatch(line)
	if m == nil {
		return false
	}
	s := b.source
	at := s.pos + len(m[0])
	lines := text.NewSegments()
	lines.Append(s.indented(at+unindent(s.buf[at:s.pos+len(line)]), 0))
	s.pos += len(line)
	for codeFollows(s) {
		for empty := blankEnd(s.buf, s.pos); s.pos < empty; s.pos = lineEnd(s.buf, s.pos) {
			lines.Append(s.indented(s.pos, 0))
		}
		for !s.ended() && !isBlank(s.line(s.pos)) && (isIndented(s.line(s.pos)) || !endsLazily(s.rest(), b.Dialect)) {
			line := s.line(s.pos)
			lines.Append(s.indented(s.pos+unindent(line), 0))
			s.pos += len(line)
		}
	}
	label := string(m[1])
	note := extast.NewFootnote([]byte(label))
	b.parent.AppendChild(b.parent, note)
	parts := make([]text.Segment, lines.Len())
	for i := range parts {
		parts[i] = lines.At(i)
	}
	b.read(note, newSource(b.file, parts), "")
	if before := b.notes[label]; before != nil { // the last one counts
		before.Parent().RemoveChild(before.Parent(), before)
	}
	b.notes[label] = note
	// goldmark's own parser keeps the list of all notes.
	extension.NewFootnoteBlockParser().Close(note, nil, b.pc)
	b.add(&gap{kind: definedGap})
	return true
}

// linkDefinition reads "[label]: address "title"".
func (b *blocks) linkDefinition(line []byte) bool {
	inner, ok := content(line)
	if !ok || inner[0] != '[' || !bytes.Contains(inner, []byte("]:")) {
		return false
	}
	s := b.source
	two := s.buf[s.pos:lineEnd(s.buf, min(s.pos+len(line), len(s.buf)))]
	m := linkPattern.FindSubmatch(two)
	if m == nil || titleSign.Match(m[3]) {
		return false
	}
	s.pos += len(m[0])
	g := &gap{kind: definedGap}
	b.add(g)
	b.links[normalLabel(string(m[1]))] = reference{string(m[2]) + string(m[3]), string(m[4]) + string(m[5]), g}
	return true
}

// abbreviation reads "*[HTML]: what it stands for".
func (b *blocks) abbreviation(line []byte) bool {
	inner, ok := content(line)
	if !ok || !bytes.HasPrefix(inner, []byte("*[")) {
		return false
	}
	m := abbrPattern.FindSubmatch(line)
	if m == nil {
		return false
	}
	b.abbreviations[string(m[1])] = strings.TrimSpace(string(m[2]))
	b.source.pos += len(line)
	b.add(&gap{kind: definedGap})
	return true
}

// withoutGaps takes the gaps out of a tree.
func withoutGaps(document ast.Node) {
	var gaps []ast.Node
	_ = ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering && node.Kind() == kindGap {
			gaps = append(gaps, node)
		}
		return ast.WalkContinue, nil
	})
	for _, g := range gaps {
		g.Parent().RemoveChild(g.Parent(), g)
	}
}
