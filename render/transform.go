package render

import (
	"bytes"
	"fmt"
	"html"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"

	"icecap/render/hugo"
	"icecap/render/kramdown"
	"icecap/render/theme"
)

// transform walks the tree once: it gives headings their ids, resolves links and
// images, makes alerts and figures, and notes all that lists and checks need.
func (c *conversion) transform(document ast.Node) {
	var flat []flatHeading
	depth, excerptDone := 0, false
	c.dropTitle(document)
	if c.blog.snapshot.wikilinks {
		c.wikilinks(document)
	}
	if c.blog.dialect.tool == "" {
		c.containers(document)
		c.contentsMarks(document)
	}
	c.photograph(document)
	_ = ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			depth--
			return ast.WalkContinue, nil
		}
		if depth++; depth > maxNesting {
			c.problem(node, tooDeep, "")
			return ast.WalkStop, nil
		}
		switch n := node.(type) {
		case *ast.Text:
			c.words(n)
		case *ast.Heading:
			if h := c.heading(n); h.ID != "" {
				flat = append(flat, h)
			}
		case *extast.DefinitionTerm:
			c.definitionTerm(n)
		case *ast.Link:
			n.Destination = []byte(c.resolve(string(n.Destination), c.lineOf(node)))
		case *ast.AutoLink:
			c.met = append(c.met, link{string(n.URL(c.source)), c.lineOf(node)})
		case *ast.Image:
			c.image(n)
		case *ast.Blockquote:
			c.alert(n)
		case *formula:
			c.facts.Uses |= usesMath
			c.doubtMath(n, n.tex)
		case *displayed:
			c.facts.Uses |= usesMath
			c.doubtMath(n, n.tex(c.source))
		case *ast.FencedCodeBlock:
			c.fence(n)
		case *ast.TextBlock:
			if c.blog.snapshot.wikilinks {
				c.markBlock(n)
			}
		case *ast.Paragraph:
			if c.blog.snapshot.wikilinks {
				c.markBlock(n)
			}
			if !excerptDone && n.Parent() == document {
				c.facts.Excerpt = shorten(c.strip(plainText(n, c.source)), 200)
				excerptDone = c.facts.Excerpt != ""
			}
		case *ast.HTMLBlock:
			c.htmlBlock(n)
			c.noteHTML(n)
		case *ast.RawHTML, *kramdown.Element:
			c.noteHTML(n)
		case *kramdown.Contents:
			c.places = append(c.places, n)
		}
		return ast.WalkContinue, nil
	})
	c.finish(flat)
}

// finish is what can only be done once the whole tree was seen.
func (c *conversion) finish(flat []flatHeading) {
	c.resize()
	for _, n := range c.figures {
		c.figure(n)
	}
	c.contents(flat)
}

// words counts those of a piece of text, and breaks its line if each line counts.
func (c *conversion) words(n *ast.Text) {
	c.facts.Words += countWords(string(n.Segment.Value(c.source)))
	if c.blog.dialect.hardWrap && n.SoftLineBreak() {
		n.SetHardLineBreak(true)
	}
}

// contents makes the tables of contents: that of the theme, and one in the text.
func (c *conversion) contents(flat []flatHeading) {
	c.facts.TOC = nest(flat, 2)
	for _, mark := range c.contentsAt {
		mark.html = listHeadings(flat, "ul", "")
	}
	for _, place := range c.places {
		place.HTML = c.blog.dialect.contents(c.marked(flat), place)
	}
}

// definitionTerm gives a term its id, where terms have one.
func (c *conversion) definitionTerm(n *extast.DefinitionTerm) {
	if !c.blog.dialect.termIDs {
		return
	}
	id := unique(c.ids, hugo.Anchor(c.strip(plainText(n, c.source)), hugo.AnchorGitHub))
	n.SetAttributeString("id", []byte(id))
	c.facts.IDs = append(c.facts.IDs, id)
}

// dropTitle takes away a first heading that became, or repeats, the page's title.
func (c *conversion) dropTitle(document ast.Node) {
	first, ok := document.FirstChild().(*ast.Heading)
	if ok && first.Level == 1 && sameTitle(c.strip(shownText(first, c.source)), c.post.title) && !c.untitled() {
		if c.blog.dialect.tool == "" {
			document.RemoveChild(document, first)
			return
		}
		// A link from elsewhere may lead to the heading of another tool's page.
		id := html.EscapeString(c.heading(first).ID)
		place := ast.NewString([]byte(`<span id="` + id + `"></span>` + "\n"))
		place.SetCode(true)
		document.ReplaceChild(document, first, place)
	}
}

// untitled reports whether the page shows another title than the text's: the front page
// shows that of the site.
func (c *conversion) untitled() bool {
	e := c.blog.of(c.post)
	return c.post.intro && c.post.dir == e.dir && e.site.Title != c.post.title
}

type flatHeading struct {
	theme.Heading
	node   *ast.Heading
	hidden bool // from a table of contents in the text, by kramdown's class no_toc
}

// heading gives a heading its id and a link to itself.
func (c *conversion) heading(n *ast.Heading) flatHeading {
	title := c.strip(plainText(n, c.source))
	id := ""
	if value, ok := n.AttributeString("id"); ok {
		if b, ok := value.([]byte); ok {
			id = string(b)
		}
	}
	ids, visible := c.ids, title
	if c.blog.dialect.tool == "Jekyll" {
		visible = c.strip(wordsOf(n, c.source))
	}
	if id == "" && c.blog.dialect.elementID != nil && inElement(n) {
		ids, id = c.elementIDs, c.blog.dialect.elementID(visible)
	} else if id == "" {
		id = c.blog.dialect.headingID(n, c.source, visible)
	}
	heading := flatHeading{node: n, Heading: theme.Heading{Title: template.HTML(template.HTMLEscapeString(c.strip(shownText(n, c.source)))), Level: n.Level}}
	if class, ok := n.AttributeString("class"); ok {
		heading.hidden = strings.Contains(fmt.Sprintf("%s", class), "no_toc")
	}
	if id == "" {
		heading.Level = 7 // in no table of contents
		return heading
	}
	id = unique(ids, id)
	heading.ID = id
	n.SetAttributeString("id", []byte(id))
	c.facts.IDs = append(c.facts.IDs, id)
	anchor := ast.NewString([]byte(` <a class="anchor" href="#` + template.HTMLEscapeString(id) + `" aria-hidden="true" tabindex="-1">#</a>`))
	anchor.SetCode(true)
	n.AppendChild(n, anchor)
	return heading
}

// headingID is GitHub's rule: lower case, letters, digits, "-" and "_", hyphens
// for spaces, everything else left out.
func headingID(title string) string {
	var b strings.Builder
	for _, r := range strings.TrimSpace(title) {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r), r == '_', r == '-':
			b.WriteRune(unicode.ToLower(r))
		case r == ' ':
			b.WriteByte('-')
		}
	}
	if b.Len() == 0 {
		return "heading"
	}
	return b.String()
}

// unique adds "-1", "-2" to an id that is there already.
func unique(ids map[string]int, id string) string {
	for {
		n, taken := ids[id]
		if !taken {
			ids[id] = 0
			return id
		}
		ids[id] = n + 1
		next := id + "-" + strconv.Itoa(n+1)
		if _, taken := ids[next]; !taken {
			ids[next] = 0
			return next
		}
	}
}

// nest makes a tree of the headings from level on.
func nest(flat []flatHeading, level int) []theme.Heading {
	var tree []theme.Heading
	for i := 0; i < len(flat); {
		h := flat[i].Heading
		i++
		if h.Level < level || h.Level > 4 {
			continue
		}
		end := i
		for end < len(flat) && flat[end].Level > h.Level {
			end++
		}
		h.Sub = nest(flat[i:end], h.Level+1)
		i = end
		tree = append(tree, h)
	}
	return tree
}

// htmlBlock looks for the end of the summary.
func (c *conversion) htmlBlock(n *ast.HTMLBlock) {
	text := string(bytes.TrimSpace(n.Lines().Value(c.source)))
	inner, ok := strings.CutPrefix(text, "<!--")
	if ok && slices.Contains(c.blog.dialect.summaryCuts, strings.TrimSpace(strings.TrimSuffix(inner, "-->"))) && !c.hasCut && n.Parent().Kind() == ast.KindDocument {
		c.hasCut, c.more = true, n.NextSibling()
	}
}

// strip takes the marks of shortcodes out of a text.
func (c *conversion) strip(text string) string {
	if !strings.Contains(text, shortMark) {
		return text
	}
	return shortMarks.ReplaceAllString(text, "")
}

// lineOf is the line of a node in its file.
func (c *conversion) lineOf(node ast.Node) int {
	if at := node.Pos(); node.Type() == ast.TypeInline && at > 0 {
		return c.lines.line(c.source, at)
	}
	for n := node; n != nil; n = n.Parent() {
		if n.Type() == ast.TypeBlock && n.Lines() != nil && n.Lines().Len() > 0 {
			return c.lines.line(c.source, n.Lines().At(0).Start)
		}
	}
	return c.post.bodyLine
}

func (c *conversion) problem(node ast.Node, what, hint string) {
	c.errs = append(c.errs, c.problemIn(c.lineOf(node), what, hint))
}

// warn notes what was left out or changed. It is kept with the facts of the text, so
// that each build says it, whether the text is converted or not.
func (c *conversion) warn(p Problem) { c.facts.Remarks = append(c.facts.Remarks, p) }

// problemIn is a mistake in a line of the file.
func (c *conversion) problemIn(line int, what, hint string) Problem {
	return Problem{File: c.post.file, Line: line, What: what, Hint: hint, Excerpt: excerpt(c.text, line)}
}
