package render

import (
	"regexp"
	"slices"
	"strings"

	"github.com/niklasfasching/go-org/org"
	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

var tagInText = regexp.MustCompile(`<[^>]*>`)

func (w *orgWriter) inlines(parent ast.Node, nodes []org.Node) {
	for _, node := range nodes {
		w.inline(parent, node)
	}
}

// inline adds a part of a line.
func (w *orgWriter) inline(parent ast.Node, node org.Node) {
	switch n := node.(type) {
	case org.Text:
		s := n.Content
		if !n.IsRaw && strings.ContainsAny(s, `\-.'`) {
			s = w.value(n)
		}
		w.text(parent, s)
	case org.LineBreak, org.ExplicitLineBreak:
		end := ast.NewTextSegment(text.NewSegment(w.at, w.at)) // a raw text has no end of a line
		_, hard := node.(org.ExplicitLineBreak)
		end.SetSoftLineBreak(!hard)
		end.SetHardLineBreak(hard)
		parent.AppendChild(parent, end)
	case org.Emphasis:
		w.emphasis(parent, n)
	case org.RegularLink:
		w.link(parent, n)
	case org.FootnoteLink:
		w.reference(parent, n)
	case org.InlineBlock:
		w.inlineBlock(parent, n)
	case org.LatexFragment:
		w.latex(parent, n)
	case org.StatisticToken:
		w.verbatim(parent, "["+n.Content+"]")
	default: // a time, a macro
		w.text(parent, strings.TrimSpace(w.value(node)))
	}
}

func (w *orgWriter) emphasis(parent ast.Node, e org.Emphasis) {
	var child ast.Node
	switch e.Kind {
	case "*":
		child = ast.NewEmphasis(2)
	case "/":
		child = ast.NewEmphasis(1)
	case "+":
		child = extast.NewStrikethrough()
	case "~", "=":
		w.verbatim(parent, org.String(e.Content...))
		return
	case "_{}":
		child = &pairedNode{element: subscriptMark.element}
	case "^{}":
		child = &pairedNode{element: superscriptMark.element}
	default:
		child = &pairedNode{element: "u"}
	}
	w.inlines(child, e.Content)
	parent.AppendChild(parent, child)
}

// verbatim adds code within a line.
func (w *orgWriter) verbatim(parent ast.Node, s string) {
	code := ast.NewCodeSpan()
	t := ast.NewTextSegment(w.segment(s))
	t.SetRaw(true)
	code.AppendChild(code, t)
	parent.AppendChild(parent, code)
}

// link adds a link or a picture. A link to a file of Org leads to its page.
func (w *orgWriter) link(parent ast.Node, l org.RegularLink) {
	url := strings.TrimPrefix(l.URL, "file:")
	if prefix := w.document.Links[l.Protocol]; prefix != "" {
		url = prefixed(prefix, strings.TrimPrefix(l.URL, l.Protocol+":"))
	} else if prefix := w.document.Links[l.URL]; prefix != "" {
		url = prefixed(prefix, "")
	}
	description := org.String(l.Description...)
	if l.Kind() == "image" {
		image := ast.NewImage(ast.NewLink())
		image.Destination = []byte(url)
		if l.Description == nil {
			parent.AppendChild(parent, image)
			return
		}
		image.Destination = []byte(strings.TrimPrefix(description, "file:"))
		around := ast.NewLink()
		around.Destination = []byte(url)
		around.AppendChild(around, image)
		parent.AppendChild(parent, around)
		return
	}
	link := ast.NewLink()
	link.Destination = []byte(url)
	if l.Description == nil {
		w.text(link, url)
	}
	w.inlines(link, l.Description)
	parent.AppendChild(parent, link)
}

// prefixed is the address that a short one stands for (#+LINK).
func prefixed(prefix, rest string) string {
	if strings.Contains(prefix, "%s") || strings.Contains(prefix, "%h") {
		return strings.NewReplacer("%s", rest, "%h", rest).Replace(prefix)
	}
	return prefix + rest
}

// reference adds the number of a footnote.
func (w *orgWriter) reference(parent ast.Node, l org.FootnoteLink) {
	at := slices.IndexFunc(w.notes, func(n orgNote) bool { return n.name == l.Name && l.Name != "" })
	if at < 0 {
		at = len(w.notes)
		w.notes = append(w.notes, orgNote{l.Name, l.Definition})
	} else if l.Definition != nil {
		w.notes[at].definition = l.Definition
	}
	parent.AppendChild(parent, extast.NewFootnoteLink(at+1))
}

func (w *orgWriter) inlineBlock(parent ast.Node, b org.InlineBlock) {
	content := strings.TrimRight(w.content(b.Children), "\n")
	switch {
	case b.Name == "src":
		w.verbatim(parent, content)
	case len(b.Parameters) > 0 && strings.EqualFold(b.Parameters[0], "html"):
		raw := ast.NewRawHTML()
		raw.Segments.Append(w.segment(content))
		parent.AppendChild(parent, raw)
	}
}

// latex adds a formula, where the site or the text has some, or what was written.
func (w *orgWriter) latex(parent ast.Node, l org.LatexFragment) {
	tex := org.String(l.Content...)
	marks := w.blog.mathOf(w.post)
	if !map[string]bool{"$": marks.Dollar, "$$": marks.Dollars, `\(`: marks.Round, `\[`: marks.Square}[l.OpeningPair] {
		w.text(parent, l.OpeningPair+tex+l.ClosingPair)
		return
	}
	parent.AppendChild(parent, &formula{tex: []byte(tex), display: l.OpeningPair == "$$" || l.OpeningPair == `\[`})
}
