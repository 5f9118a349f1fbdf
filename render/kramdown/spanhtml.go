package kramdown

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// spanHTML reads tags within lines. What kramdown shows as it stands is text: tags of
// blocks, end tags of nothing, and values without quotes that are no words. The contents
// of elements such as <code> are no Markdown.
type spanHTML struct{}

// openTags are the elements that are open in a block.
type openTags struct {
	block     ast.Node
	names     []string
	noComment bool // behind here is no end of a comment
}

var openTagsKey = parser.NewContextKey()

// openTagsOf are those of a block.
func openTagsOf(pc parser.Context, block ast.Node) *openTags {
	open, ok := pc.Get(openTagsKey).(*openTags)
	if !ok || open.block != block {
		open = &openTags{block: block}
		pc.Set(openTagsKey, open)
	}
	return open
}

// closes reports whether a tag ends the element that was opened last.
func (o *openTags) closes(t tag) bool {
	n := len(o.names)
	return t.closing && n > 0 && strings.EqualFold(o.names[n-1], t.name)
}

// commentEnds reports whether a comment begins, and ends in the block.
func (o *openTags) commentEnds(block text.Reader, line []byte) bool {
	if o.noComment || !bytes.HasPrefix(line, []byte("<!--")) {
		return false
	}
	number, position := block.Position()
	defer func() { block.SetPosition(number, position) }()
	for ; line != nil; line, _ = block.PeekLine() {
		if bytes.Contains(line, []byte("-->")) {
			return true
		}
		block.AdvanceLine()
	}
	o.noComment = true
	return false
}

// Trigger and Parse are what goldmark asks of a parser of parts of lines.
func (spanHTML) Trigger() []byte { return []byte{'<'} }

// maxAddress bounds an address between angle brackets, in bytes.
const maxAddress = 2000

// isAutoLink finds an address between angle brackets.
func isAutoLink(line []byte) bool {
	end := bytes.IndexByte(line[:min(len(line), maxAddress)], '>')
	return end > 0 && autoLink.Match(line[:end+1])
}

var autoLink = regexp.MustCompile(`^<(?:(?:mailto|https?|ftps?):[^\n]+?|[\pL\pN_.-]+@[\pL\pN_.-]+)>`)

func (spanHTML) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, segment := block.PeekLine()
	open := openTagsOf(pc, parent)
	switch {
	case isAutoLink(line):
		return addressLink(block, line, segment)
	case open.commentEnds(block, line):
		return nil // goldmark knows it
	case len(line) < 2 || line[1] != '/' && line[1] != '!' && line[1] != '?' && !isNameStart(line[1]):
		return nil // it may be a quote
	}
	t, ok := readTag(line, 0)
	if !ok && t.unfinished {
		t, ok = readTag(tagLines(block), 0)
	}
	switch {
	case !ok, blockElements[t.name], t.closing && !open.closes(t):
		n := 1
		if ok && t.end <= len(line) {
			n = t.end
		}
		block.Advance(n)
		return ast.NewTextSegment(segment.WithStop(segment.Start + n))
	case t.closing:
		open.names = open.names[:len(open.names)-1]
	case t.closed || emptyElements[t.name]:
	case (contentOf(t.name) == "0" || t.mode == "0") && t.mode != "span":
		return rawSpan(parent, block, t)
	default:
		open.names = append(open.names, t.name)
	}
	return tagNode(block, t)
}

// CloseBlock closes what is open at the end of a block.
func (spanHTML) CloseBlock(parent ast.Node, _ text.Reader, pc parser.Context) {
	open, ok := pc.Get(openTagsKey).(*openTags)
	if !ok || open.block != parent {
		return
	}
	for i := len(open.names) - 1; i >= 0; i-- {
		parent.AppendChild(parent, endTagNode(open.names[i]))
	}
	pc.Set(openTagsKey, nil)
}

// endTagNode is an end tag that the text does not have.
func endTagNode(name string) ast.Node {
	node := ast.NewString([]byte("</" + name + ">"))
	node.SetCode(true)
	return node
}

// maxTagLines bounds the lines that a tag goes over.
const maxTagLines = 20

// tagLines are the lines that a tag may go over: up to one with ">".
func tagLines(block text.Reader) (lines []byte) {
	number, position := block.Position()
	for range maxTagLines {
		line, _ := block.PeekLine()
		lines = append(lines, line...)
		if len(line) == 0 || bytes.IndexByte(line, '>') >= 0 {
			if _, ok := readTag(lines, 0); ok || len(line) == 0 {
				break
			}
		}
		block.AdvanceLine()
	}
	block.SetPosition(number, position)
	return lines
}

// addressLink is a link to an address between angle brackets. That of mail is shown
// without "mailto:".
func addressLink(block text.Reader, line []byte, segment text.Segment) ast.Node {
	n, shown := bytes.IndexByte(line, '>'), 1
	address := line[1:n]
	switch mail := bytes.HasPrefix(address, []byte("mailto:")); {
	case mail:
		shown += len("mailto:")
	case !bytes.Contains(address, []byte(":")):
		address = append([]byte("mailto:"), address...)
	}
	block.Advance(n + 1)
	link := ast.NewLink()
	link.Destination = address
	link.AppendChild(link, ast.NewTextSegment(text.NewSegment(segment.Start+shown, segment.Start+n)))
	return link
}

// tagNode reads a tag, which is passed on but for what it says of Markdown.
func tagNode(block text.Reader, t tag) ast.Node {
	node := ast.NewRawHTML()
	take := func(n int, keep bool) {
		for n > 0 {
			line, segment := block.PeekLine()
			part := min(n, len(line))
			if keep {
				node.Segments.Append(segment.WithStop(segment.Start + part))
			}
			if n -= part; part == len(line) {
				block.AdvanceLine()
			} else {
				block.Advance(part)
			}
		}
	}
	take(t.markdown[0], true)
	take(t.markdown[1]-t.markdown[0], false)
	take(t.end-t.markdown[1], true)
	return node
}

// rawSpan reads an element up to its end tag, or the end of the block.
func rawSpan(parent ast.Node, block text.Reader, t tag) ast.Node {
	parent.AppendChild(parent, tagNode(block, t))
	var inner bytes.Buffer
	closing := endTagNode(t.name)
	for line, _ := block.PeekLine(); line != nil; line, _ = block.PeekLine() {
		at := endTagIn(line, t.name)
		if at < 0 {
			inner.WriteString(escapedHTML(line))
			block.AdvanceLine()
			continue
		}
		inner.WriteString(escapedHTML(line[:at]))
		end, _ := readTag(line, at)
		block.Advance(at)
		closing = tagNode(block, tag{end: end.end - at})
		break
	}
	if inner.Len() > 0 {
		within := ast.NewString(inner.Bytes())
		within.SetCode(true)
		parent.AppendChild(parent, within)
	}
	return closing
}

// endTagIn is where an end tag is in a line, or -1.
func endTagIn(line []byte, name string) int {
	for at := 0; ; at++ {
		n := bytes.Index(line[at:], []byte("</"))
		if n < 0 {
			return -1
		}
		at += n
		if t, ok := readTag(line, at); ok && strings.EqualFold(t.name, name) {
			return at
		}
	}
}

var entityPattern = regexp.MustCompile(`^&(?:[A-Za-z]\w*|#\d+|#x[0-9A-Fa-f]+);`)

// escapedHTML is HTML whose signs that are part of no tag and no entity are escaped.
func escapedHTML(html []byte) string {
	var b strings.Builder
	from := 0
	for at, c := range html {
		sign := ""
		switch c {
		case '<':
			if _, ok := readTag(html, at); !ok && !bytes.HasPrefix(html[at:], []byte("<!--")) {
				sign = "&lt;"
			}
		case '&':
			if !entityPattern.Match(html[at:]) {
				sign = "&amp;"
			}
		}
		if sign != "" {
			b.Write(html[from:at])
			b.WriteString(sign)
			from = at + 1
		}
	}
	b.Write(html[from:])
	return b.String()
}

// lineBreak reads what a backslash does: two of them end a line, and those before signs
// that mean nothing stay.
type lineBreak struct{}

// Trigger and Parse are what goldmark asks of a parser of parts of lines.
func (lineBreak) Trigger() []byte { return []byte{'\\'} }

// escapable are the signs that a backslash takes the meaning from.
const escapable = "\\.*_+`<>()[]{}#!:|\"'$=-~"

func (lineBreak) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, segment := block.PeekLine()
	if len(line) > 2 && line[1] == '\\' && isBlank(line[2:]) {
		node := ast.NewTextSegment(segment.WithStop(segment.Start))
		node.SetHardLineBreak(true)
		block.AdvanceLine()
		return node
	}
	if len(line) > 1 && !isSpace(line[1]) && !strings.ContainsRune(escapable, rune(line[1])) {
		block.Advance(1)
		sign := ast.NewString([]byte{'\\'})
		sign.SetRaw(true)
		return sign
	}
	return nil
}
