package render

import (
	"bytes"
	"html/template"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// A wikilink is [[Page]], [[Page#Heading|text]] or ![[picture.png|300]], as
// Obsidian writes links. The transformation makes a link or a picture of it.
type wikilink struct {
	ast.BaseInline
	target string       // with "#Heading", without the text
	label  text.Segment // what is shown of it
	before text.Segment // what stands before the bar, if there is one
	option string       // behind the last "|", "" if there is none
	embed  bool
}

var kindWikilink = ast.NewNodeKind("Wikilink")

// Kind and Dump make it a node.
func (*wikilink) Kind() ast.NodeKind              { return kindWikilink }
func (n *wikilink) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// wikilinkParser finds them. It comes before the parser of links.
type wikilinkParser struct{}

// wikilinks adds the parser to Markdown.
type wikilinks struct{}

// Extend makes it an extension.
func (wikilinks) Extend(m goldmark.Markdown) {
	m.Parser().AddOptions(parser.WithInlineParsers(util.Prioritized(wikilinkParser{}, 150), util.Prioritized(hashtagParser{}, 150)))
	m.Renderer().AddOptions(renderer.WithNodeRenderers(util.Prioritized(embeddingRenderer{}, 100)))
}

// Trigger and Parse are what goldmark asks of a parser of inline text.
func (wikilinkParser) Trigger() []byte { return []byte{'[', '!'} }

// Parse reads one, or leaves the text to others.
func (wikilinkParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, segment := block.PeekLine()
	target, label, end := cutWikilink(line)
	if end == 0 {
		return nil
	}
	n := &wikilink{target: target, embed: line[0] == '!', label: text.NewSegment(segment.Start+label[0], segment.Start+label[1])}
	if _, option, ok := bytes.Cut(line[:end-2], []byte("|")); ok {
		n.option = string(bytes.TrimSpace(option))
		bar := bytes.IndexByte(line, '|')
		n.before = text.NewSegment(segment.Start+bytes.IndexByte(line, '[')+2, segment.Start+bar)
	}
	block.Advance(end)
	return n
}

// cutWikilink reads the link that a line begins with: where it leads, from where to
// where the line has the text that is shown, and where it ends; 0 if there is none.
// In a table the bar before the text is written "\|".
func cutWikilink(line []byte) (target string, label [2]int, end int) {
	start := 2
	if bytes.HasPrefix(line, []byte("![[")) {
		start = 3
	} else if !bytes.HasPrefix(line, []byte("[[")) {
		return "", label, 0
	}
	length := bytes.IndexAny(line[start:], "[]\n")
	if length < 0 || !bytes.HasPrefix(line[start+length:], []byte("]]")) {
		return "", label, 0
	}
	stop := start + length
	bar := bytes.IndexByte(line[start:stop], '|')
	first, last := start, stop
	if bar < 0 {
		target = string(line[start:stop])
		if target != "" && target[0] == '#' {
			first++ // [[#Heading]] shows the heading
		}
	} else {
		target = strings.TrimSuffix(string(line[start:start+bar]), `\`)
		if first = start + bar + 1; len(bytes.TrimSpace(line[first:stop])) == 0 {
			first, last = start, start+len(target)
		}
	}
	for first < last && isBlank(line[first]) {
		first++
	}
	for last > first && isBlank(line[last-1]) {
		last--
	}
	if target = strings.TrimSpace(target); target == "" || target == "#" || first == last {
		return "", label, 0
	}
	return target, [2]int{first, last}, stop + 2
}

// wikilinks makes links and pictures of all wikilinks, before anything else is
// looked at. What leads nowhere is only its text.
func (c *conversion) wikilinks(document ast.Node) {
	for _, n := range nodesOf[*wikilink](document, ast.TypeInline) {
		if node := c.wikilink(n); node != nil {
			n.Parent().ReplaceChild(n.Parent(), n, node)
		}
	}
	c.hashtags(document)
	c.markedBlocks(document)
}

// wikilink is what takes the place of one; nil where it has been taken.
func (c *conversion) wikilink(n *wikilink) ast.Node {
	c.turn(n)
	dest := "[[" + n.target + "]]"
	if n.embed {
		dest = "!" + dest
	}
	shown := ast.NewTextSegment(n.label)
	if insideLink(n) {
		c.problem(n, "the link "+dest+" stands within another one", "")
		return shown
	}
	to := c.blog.target(c.post, dest)
	if to.problem != "" {
		c.facts.Links = append(c.facts.Links, link{dest, c.lineOf(n)})
		return shown
	}
	if n.embed && to.post != nil && c.embed(n, to) {
		return nil
	}
	if element := player(to.file); n.embed && element != "" {
		address := template.HTMLEscapeString(c.resolve(dest, c.lineOf(n)))
		play := ast.NewString([]byte("<" + element + ` controls preload="metadata" src="` + address + `"></` + element + ">"))
		play.SetCode(true)
		return play
	}
	a := ast.NewLink()
	a.Destination = []byte(dest)
	a.AppendChild(a, shown)
	a.SetPos(n.Pos())
	if !n.embed || !isPicture(to.file) {
		return a
	}
	picture := ast.NewImage(a)
	picture.SetPos(n.Pos())
	if width, height, ok := pictureSize(n.option); ok {
		c.sized = append(c.sized, sizedPicture{picture, width, height})
		picture.RemoveChildren(picture)
		picture.AppendChild(picture, ast.NewString([]byte(strings.TrimSuffix(path.Base(to.file), path.Ext(to.file)))))
	}
	return picture
}

// turn reads [[Label|note]], as Dendron writes it, in its folders, and elsewhere where
// only what stands behind the bar names a text.
func (c *conversion) turn(n *wikilink) {
	if n.option == "" || n.embed || n.before.IsEmpty() {
		return
	}
	usual := c.blog.target(c.post, "[["+n.target+"]]").problem == ""
	turned := c.blog.target(c.post, "[["+n.option+"]]").problem == ""
	if turned && !usual || c.blog.dialect.madeBy("Dendron") && (turned || !usual) {
		n.target, n.label = n.option, n.before
	}
}

var blockID = regexp.MustCompile(`(?:\A|\s)\^([A-Za-z0-9-]+)\s*\z`)

// markBlock makes the mark ^note at the end of a paragraph or an item of a list its
// id, which [[Page#^note]] leads to.
func (c *conversion) markBlock(n ast.Node) {
	end, ok := n.LastChild().(*ast.Text)
	if !ok {
		return
	}
	first := end // of the texts that follow each other without a gap, for a hyphen parts them
	for {
		before, ok := first.PreviousSibling().(*ast.Text)
		if !ok || before.Segment.Stop != first.Segment.Start || before.SoftLineBreak() || before.HardLineBreak() {
			break
		}
		first = before
	}
	from := first.Segment.Start
	m := blockID.FindSubmatchIndex(c.source[from:end.Segment.Stop])
	if m == nil || m[0] == 0 && n.FirstChild() == ast.Node(first) {
		return
	}
	id := unique(c.ids, string(c.source[from+m[2]:from+m[3]]))
	for end.Segment.Start > from+m[0] {
		before := end.PreviousSibling().(*ast.Text)
		n.RemoveChild(n, end)
		end = before
	}
	end.Segment = end.Segment.WithStop(from + m[0])
	c.facts.IDs = append(c.facts.IDs, id)
	if n.Kind() == ast.KindTextBlock {
		n = n.Parent()
	}
	n.SetAttributeString("id", []byte(id))
}

// markedBlocks finds the lines that are nothing but such a mark: they name the block
// before them.
func (c *conversion) markedBlocks(document ast.Node) {
	for _, p := range nodesOf[*ast.Paragraph](document, ast.TypeBlock) {
		if p.PreviousSibling() == nil || p.Lines().Len() != 1 {
			continue
		}
		line := bytes.TrimSpace(p.Lines().Value(c.source))
		if m := blockID.FindSubmatch(line); m != nil && len(m[0]) == len(line) {
			mark := &blockName{id: unique(c.ids, string(m[1]))}
			c.facts.IDs = append(c.facts.IDs, mark.id)
			p.Parent().ReplaceChild(p.Parent(), p, mark)
		}
	}
}

func insideLink(n ast.Node) bool {
	for n = n.Parent(); n != nil && n.Type() == ast.TypeInline; n = n.Parent() {
		if n.Kind() == ast.KindLink || n.Kind() == ast.KindImage {
			return true
		}
	}
	return false
}

func isPicture(file string) bool {
	switch strings.ToLower(path.Ext(file)) {
	case ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg", ".bmp":
		return true
	}
	return false
}

// A sizedPicture is one whose size its writer gave; a height of 0 follows from the
// width.
type sizedPicture struct {
	node          *ast.Image
	width, height int
}

// pictureSize reads "300" or "300x200".
func pictureSize(option string) (width, height int, ok bool) {
	before, after, both := strings.Cut(option, "x")
	width, err := strconv.Atoi(before)
	if both && err == nil {
		height, err = strconv.Atoi(after)
	}
	return width, height, err == nil && width > 0 && width < 10000 && height >= 0 && height < 10000
}

// resize gives pictures the size that was asked for, once their own is known.
func (c *conversion) resize() {
	for _, s := range c.sized {
		if s.height == 0 {
			s.height = s.width * attributeNumber(s.node, "height") / max(1, attributeNumber(s.node, "width"))
		}
		s.node.SetAttributeString("width", []byte(strconv.Itoa(s.width)))
		if _, ok := s.node.AttributeString("srcset"); ok {
			s.node.SetAttributeString("sizes", []byte(strconv.Itoa(s.width)+"px"))
		}
		if s.height > 0 {
			s.node.SetAttributeString("height", []byte(strconv.Itoa(s.height)))
		}
	}
}

func attributeNumber(n ast.Node, name string) int {
	value, _ := n.AttributeString(name)
	text, _ := value.([]byte)
	number, _ := strconv.Atoi(string(text))
	return number
}
