package render

import (
	"bytes"
	"html/template"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// An embedding is another text that stands in a page, or a part of it: ![[Page]],
// ![[Page#Heading]] or ![[Page#^block]]. It is converted as what it is, a text of its
// own file, and has no ids: these are its own page's, where its links to them lead.
type embedding struct {
	ast.BaseBlock
	html []byte
}

// A blockName is the line "^note" below a block, which names it.
type blockName struct {
	ast.BaseBlock
	id string
}

var kindEmbedding, kindBlockName = ast.NewNodeKind("Embedding"), ast.NewNodeKind("BlockName")

// Kind and Dump make them nodes.
func (*embedding) Kind() ast.NodeKind              { return kindEmbedding }
func (n *embedding) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }
func (*blockName) Kind() ast.NodeKind              { return kindBlockName }
func (n *blockName) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// embeddingRenderer writes them.
type embeddingRenderer struct{}

// RegisterFuncs makes it the renderer of these nodes.
func (embeddingRenderer) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(kindEmbedding, func(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			_, _ = w.Write(node.(*embedding).html)
		}
		return ast.WalkSkipChildren, nil
	})
	r.Register(kindBlockName, func(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			_, _ = w.WriteString(`<span id="` + template.HTMLEscapeString(node.(*blockName).id) + "\"></span>\n")
		}
		return ast.WalkSkipChildren, nil
	})
}

// An embedded is a text that stands in a page, with what its part in it leads to.
type embedded struct {
	File          string
	Links, Images []link
}

const (
	// maxEmbedDepth bounds texts within texts.
	maxEmbedDepth = 10
	// maxEmbeds and maxEmbedBytes bound what stands in one page, over all depths: ten
	// texts that hold each the next one twice would be a thousand.
	maxEmbeds     = 1000
	maxEmbedBytes = 16 << 20
)

// An embedBudget is what a page still may have in it.
type embedBudget struct{ texts, bytes int }

// embed puts a text in the place of a wikilink. Where that cannot be, it is a link: in
// the middle of other markup, and in a text that is itself in there.
func (c *conversion) embed(n *wikilink, to target) bool {
	block := n.Parent()
	if !ast.IsParagraph(block) && block.Kind() != ast.KindTextBlock || block.Parent() == nil {
		return false
	}
	if to.post == c.post && to.fragment == "" || slices.Contains(c.around, to.post) || len(c.around) == maxEmbedDepth || to.post.media != "" {
		return false
	}
	part, err := c.blog.newConversion(to.post)
	if err != nil {
		c.errs = append(c.errs, asProblems(c, n, err)...)
		return false
	}
	if c.budget == nil {
		c.budget = &embedBudget{texts: maxEmbeds, bytes: maxEmbedBytes}
	}
	c.budget.texts, c.budget.bytes = c.budget.texts-1, c.budget.bytes-len(part.text)
	if c.budget.texts < 0 || c.budget.bytes < 0 {
		if len(c.errs) == 0 {
			c.problem(n, "the page holds more than 1000 other texts, or 16 MiB of them", "make links of some: [[Page]] without the exclamation mark")
		}
		return false
	}
	part.around, part.budget = append(slices.Clip(c.around), c.post), c.budget
	body, ok := part.part(c.blog.of(c.post).markdown, to.fragment)
	c.errs = append(c.errs, part.errs...)
	if !ok {
		return false
	}
	c.takeOver(part)
	name := to.post.title
	if n.option != "" {
		name = n.option
	}
	dest := c.resolve("[["+n.target+"]]", c.lineOf(n))
	html := []byte(`<div class="embed">` + "\n" + `<p class="embed-from"><a href="` + template.HTMLEscapeString(dest) + `">` + template.HTMLEscapeString(name) + "</a></p>\n")
	c.splitAround(n, &embedding{html: append(append(html, body...), "</div>\n"...)})
	return true
}

// asProblems are the mistakes of a text that cannot be embedded.
func asProblems(c *conversion, n ast.Node, err error) Problems {
	if problems, ok := err.(Problems); ok {
		return problems
	}
	return Problems{c.problemIn(c.lineOf(n), err.Error(), "")}
}

// takeOver notes what the page has by a text that stands in it.
func (c *conversion) takeOver(part *conversion) {
	c.facts.Embeds = append(c.facts.Embeds, embedded{part.post.file, part.facts.Links, part.facts.Images})
	c.facts.Embeds = append(c.facts.Embeds, part.facts.Embeds...)
	c.facts.Words += part.facts.Words
	c.facts.Uses |= part.facts.Uses
	c.facts.Shared = c.facts.Shared || part.facts.Shared
	c.facts.Refs = append(c.facts.Refs, part.facts.Refs...)
	c.facts.Wide = c.facts.Wide || c.blog.dialect.wide != nil && c.blog.dialect.wide(part.post, part.text[part.post.fm.body:])
}

// splitAround puts a block in the place of a node within a paragraph, and what stands
// behind it into a paragraph of its own.
func (c *conversion) splitAround(n, block ast.Node) {
	before := n.Parent()
	var behind ast.Node = ast.NewParagraph()
	if before.Kind() == ast.KindTextBlock {
		behind = ast.NewTextBlock()
	}
	behind.SetLines(before.Lines())
	for next := n.NextSibling(); next != nil; {
		following := next.NextSibling()
		behind.AppendChild(behind, next)
		next = following
	}
	before.RemoveChild(before, n)
	trimBlank(before, c.source)
	trimBlank(behind, c.source)
	container := before.Parent()
	container.InsertAfter(container, before, block)
	if behind.HasChildren() {
		container.InsertAfter(container, block, behind)
	}
	if !before.HasChildren() {
		container.RemoveChild(container, before)
	}
}

// trimBlank takes the blank texts at both ends of a paragraph out of it.
func trimBlank(p ast.Node, source []byte) {
	blank := func(n ast.Node) bool {
		t, ok := n.(*ast.Text)
		return ok && len(bytes.TrimSpace(t.Value(source))) == 0
	}
	for n := p.FirstChild(); n != nil && blank(n); n = p.FirstChild() {
		p.RemoveChild(p, n)
	}
	for n := p.LastChild(); n != nil && blank(n); n = p.LastChild() {
		p.RemoveChild(p, n)
	}
	if last, ok := p.LastChild().(*ast.Text); ok {
		last.SetSoftLineBreak(false)
		last.SetHardLineBreak(false)
	}
}

var writtenID = regexp.MustCompile(` id="[^"]*"`)

// part is the HTML of a text for another page: all of it, what belongs to a heading, or
// a block. It is not there where the text has no such part.
func (c *conversion) part(md *markdown, fragment string) (body []byte, ok bool) {
	document := c.parse(md)
	c.transform(document)
	blocks := blocksOf(document, fragment)
	if len(blocks) == 0 && fragment != "" {
		return nil, false
	}
	renderer := md.renderer
	if c.raw {
		renderer = md.raw
	}
	var out htmlBuffer
	for _, block := range blocks {
		item := block.Kind() == ast.KindListItem
		if item {
			out.WriteString("<ul>\n")
		}
		if err := renderer.Render(&out, c.source, block); err != nil {
			return nil, false // a buffer takes what it gets
		}
		if item {
			out.WriteString("</ul>\n")
		}
	}
	// Each id stands once in a page, and links within the text lead to its own one.
	body = writtenID.ReplaceAll(out.Bytes(), nil)
	body = bytes.ReplaceAll(body, []byte(`href="#`), []byte(`href="`+template.HTMLEscapeString(c.post.url.String())+`#`))
	return c.expand(body), true
}

// blocksOf are the blocks that a fragment means: those from a heading on to the next
// one of its level, or one with an id of its own.
func blocksOf(document ast.Node, fragment string) (blocks []ast.Node) {
	if fragment == "" {
		for block := document.FirstChild(); block != nil; block = block.NextSibling() {
			blocks = append(blocks, block)
		}
		return blocks
	}
	for _, h := range nodesOf[*ast.Heading](document, ast.TypeBlock) {
		if idOf(h) == fragment {
			blocks = append(blocks, h)
			for block := h.NextSibling(); block != nil; block = block.NextSibling() {
				if next, ok := block.(*ast.Heading); ok && next.Level <= h.Level {
					break
				}
				blocks = append(blocks, block)
			}
			return blocks
		}
	}
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch mark, marked := n.(*blockName); {
		case n.Type() == ast.TypeInline:
			return ast.WalkSkipChildren, nil
		case !entering:
		case marked && mark.id == fragment && n.PreviousSibling() != nil:
			blocks = []ast.Node{n.PreviousSibling()}
			return ast.WalkStop, nil
		case !marked && idOf(n) == fragment:
			blocks = []ast.Node{n}
			return ast.WalkStop, nil
		}
		return ast.WalkContinue, nil
	})
	return blocks
}

// idOf is the id of a block, "" for none.
func idOf(n ast.Node) string {
	value, _ := n.AttributeString("id")
	id, _ := value.([]byte)
	return string(id)
}

// hashEmbeds adds the texts that stand in a page.
func (b *Blog) hashEmbeds(v versioner, facts *facts) {
	for _, e := range facts.Embeds {
		from := b.byFile[e.File]
		v.text(e.File)
		v.flag(from != nil)
		if from != nil {
			v.Write(from.sum[:])
			v.text(from.title)
			b.hashText(v, from, e.Links, e.Images)
		}
	}
}

// embeddedIn reports whether one of these texts stands, or may stand, in the page of
// another, as far as pages were made.
func (b *Blog) embeddedIn(names []string) bool {
	for _, p := range b.byFile {
		facts := p.facts.Load()
		if facts != nil && (facts.Wide || slices.ContainsFunc(facts.Embeds, func(e embedded) bool { return slices.Contains(names, e.File) })) {
			return true
		}
	}
	return false
}

// player is the element that plays a file, or "".
func player(file string) string {
	switch strings.ToLower(file[strings.LastIndexByte(file, '.')+1:]) {
	case "mp3", "m4a", "ogg", "oga", "opus", "wav", "flac":
		return "audio"
	case "mp4", "webm", "ogv", "mov":
		return "video"
	}
	return ""
}
