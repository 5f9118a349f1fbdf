package render

import (
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"

	"icecap/render/jekyll"
	"icecap/render/kramdown"
	"icecap/render/liquid"
)

// A line is one of a text, with the line of the file that it comes from.
type line struct {
	text string
	at   int
}

// numbered cuts a text into lines.
func numbered(text string, first int) []line {
	parts := strings.Split(text, "\n")
	lines := make([]line, len(parts))
	for i, part := range parts {
		lines[i] = line{part, first + i}
	}
	return lines
}

// written cuts what Liquid wrote into lines.
func written(out string, places []liquid.Place, first int) []line {
	lines := numbered(out, first)
	offset, n := 0, 0
	for i := range lines {
		for n < len(places) && places[n].At <= offset {
			n++
		}
		if n > 0 {
			p := places[n-1]
			lines[i].at = p.Line + strings.Count(out[p.At:offset], "\n")
		}
		offset += len(lines[i].text) + 1
	}
	return lines
}

func joined(lines []line) string {
	var b strings.Builder
	for i, l := range lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(l.text)
	}
	return b.String()
}

// placed joins lines, and notes where lines of the file are missing.
func (c *conversion) placed(lines []line) []byte {
	at, missing := 0, 0
	for i, l := range lines {
		if lost := l.at - c.lines.first - i - missing; lost != 0 {
			c.lines.lose(at, lost)
			missing += lost
		}
		at += len(l.text) + 1
	}
	return []byte(joined(lines))
}

// markedLine finds a line with nothing but marks, such as that of a block of code that
// Liquid has made.
var markedLine = regexp.MustCompile(`^\s*(?:` + shortMark + `\d+` + shortMark + `\s*)+$`)

// kramdown is the dialect of the texts of a folder.
func (s *jekyllSite) kramdown() kramdown.Dialect {
	return kramdown.Dialect{
		GFM:    s.GFM,
		Opaque: func(line []byte) bool { return len(line) > 2 && markedLine.Match(line) },
		Formula: func(pc parser.Context) ast.Node {
			if !marksOf(pc).Dollars {
				return nil
			}
			return &displayed{mark: mathMark{"$$", "$$", true}, closed: true}
		},
	}
}

// note says what kramdown does not read as it is meant.
func (c *conversion) note(remarks []kramdown.Remark) {
	for _, r := range remarks {
		problem := c.problemIn(c.lines.line(c.source, r.At), r.What, "")
		switch {
		case r.Kind == kramdown.NoEffect:
			c.warn(problem)
		case r.Kind == kramdown.UnknownExtension && c.blog.settings.Lenient:
			problem.What = "left out: " + problem.What
			c.warn(problem)
		case r.Kind == kramdown.UnknownExtension:
			problem.Hint = "take it out, or build with --lenient, which leaves it out and keeps the text within"
			c.errs = append(c.errs, problem)
		default:
			c.errs = append(c.errs, problem)
		}
	}
}

// inElement reports whether a node is in an element of HTML.
func inElement(node ast.Node) bool {
	for n := node.Parent(); n != nil; n = n.Parent() {
		if n.Kind() == kramdown.KindElement {
			return true
		}
	}
	return false
}

// contents is the list of the headings that kramdown puts in the place of {:toc}.
func (s *jekyllSite) contents(flat []flatHeading, place *kramdown.Contents) string {
	tag, levels := "ul", s.TOCLevels
	if place.Ordered {
		tag = "ol"
	}
	if place.Levels != "" {
		levels = jekyll.Levels(place.Levels)
	}
	shown := slices.DeleteFunc(slices.Clone(flat), func(h flatHeading) bool { return !slices.Contains(levels, h.Level) })
	return listHeadings(shown, tag, "markdown-toc")
}
