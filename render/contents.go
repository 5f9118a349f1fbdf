package render

import (
	"bytes"
	"html/template"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// A contentsMark is the place of a table of contents.
type contentsMark struct {
	ast.BaseBlock
	html string
}

var kindContentsMark = ast.NewNodeKind("ContentsMark")

// Kind and Dump make it a node.
func (*contentsMark) Kind() ast.NodeKind              { return kindContentsMark }
func (n *contentsMark) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

var contentsNames = []string{"[toc]", "[[toc]]", "[[_toc_]]", "[_toc_]"}

// contentsMarks finds the paragraphs that are nothing but such a mark, unless it is a
// link to a text of that name.
func (c *conversion) contentsMarks(document ast.Node) {
	for _, p := range nodesOf[*ast.Paragraph](document, ast.TypeBlock) {
		if p.Lines().Len() != 1 || nodesOf[*ast.Link](p, ast.TypeInline) != nil {
			continue
		}
		line := p.Lines().At(0)
		if !slices.Contains(contentsNames, strings.ToLower(string(bytes.TrimSpace(line.Value(c.source))))) {
			continue
		}
		mark := &contentsMark{}
		c.contentsAt = append(c.contentsAt, mark)
		p.Parent().ReplaceChild(p.Parent(), p, mark)
	}
}

// listHeadings is a table of contents as a list in lists, which has an id and gives one
// to each link, where one is wanted.
func listHeadings(flat []flatHeading, tag, id string) string {
	var b strings.Builder
	var open []int
	named := func(suffix string) string {
		if id == "" {
			return ""
		}
		return ` id="` + id + suffix + `"`
	}
	for _, h := range flat {
		if h.hidden {
			continue
		}
		for len(open) > 1 && open[len(open)-2] >= h.Level {
			b.WriteString("</li></" + tag + ">")
			open = open[:len(open)-1]
		}
		if n := len(open); n > 0 && open[n-1] > h.Level {
			open[n-1] = h.Level // a list has no place for those above its first
		}
		switch {
		case len(open) > 0 && open[len(open)-1] == h.Level:
			b.WriteString("</li>\n")
		case len(open) == 0:
			b.WriteString("<" + tag + named("") + ">\n")
			open = append(open, h.Level)
		default:
			b.WriteString("\n<" + tag + ">\n")
			open = append(open, h.Level)
		}
		to := template.HTMLEscapeString(h.ID)
		b.WriteString(`<li><a href="#` + to + `"` + named("-"+to) + ">" + string(h.Title) + "</a>")
	}
	for range open {
		b.WriteString("</li></" + tag + ">\n")
	}
	return b.String()
}

// linkParts are the tags of links, and notes, which the entries of a table of contents have
// not: they are links themselves.
var linkParts = regexp.MustCompile(`(?s)<sup id="fnref.*?</sup>|</?a(?:\s[^>]*)?>`)

// marked are headings with the markup of their texts.
func (c *conversion) marked(flat []flatHeading) []flatHeading {
	list, renderer := slices.Clone(flat), c.blog.of(c.post).markdown.renderer
	if c.raw {
		renderer = c.blog.of(c.post).markdown.raw
	}
	for i, h := range list {
		var b strings.Builder
		for child := h.node.FirstChild(); child != nil && child != h.node.LastChild(); child = child.NextSibling() { // the last is the link to itself
			if err := renderer.Render(&b, c.source, child); err != nil {
				return flat
			}
		}
		list[i].Title = template.HTML(linkParts.ReplaceAllString(c.strip(b.String()), ""))
	}
	return list
}

// renderContents writes one.
func renderContents(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	_, err := w.WriteString(node.(*contentsMark).html)
	return ast.WalkContinue, err
}
