package kramdown

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// An Element is one of HTML in which there is Markdown, or that lies around such one.
// Its children are blocks, and [ast.HTMLBlock] for what is HTML between them;
// its lines are the start tag, if that does not stand among the children.
type Element struct {
	ast.BaseBlock
	Tag   string // the start tag, where a list of attributes has changed it
	Close string // the end tag
}

// KindElement is that of [Element].
var KindElement = ast.NewNodeKind("KramdownElement")

// Kind and Dump make it a node.
func (*Element) Kind() ast.NodeKind              { return KindElement }
func (*Element) IsRaw() bool                     { return true }
func (n *Element) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// html reads a comment or an element that begins a line, up to its end, whatever lines
// between are empty.
func (b *blocks) html(line []byte) bool {
	inner, ok := content(line)
	if !ok || inner[0] != '<' {
		return false
	}
	s := b.source
	if end := s.commentEnd(s.pos); end > 0 {
		node := ast.NewHTMLBlock(ast.HTMLBlockType2)
		s.appendTo(node.Lines(), s.pos, end)
		b.parent.AppendChild(b.parent, node)
		s.pos = end
		b.skipLineEnd()
		return true
	}
	at := s.pos + len(line) - len(inner)
	t, ok := readTag(s.buf, at)
	if !ok || t.closing || spanElements[t.name] {
		return false
	}
	b.startTag(at, t)
	return true
}

// commentEnd is where a comment ends that begins at a position, or 0.
func (s *source) commentEnd(at int) int {
	if s.noComment || !bytes.HasPrefix(s.buf[at:], []byte("<!--")) {
		return 0
	}
	n := bytes.Index(s.buf[at+4:], []byte("-->"))
	if s.noComment = n < 0; n < 0 {
		return 0
	}
	return at + 4 + n + 3
}

// skipLineEnd skips the end of a line.
func (b *blocks) skipLineEnd() {
	if s := b.source; !s.ended() {
		if line := s.line(s.pos); isBlank(line) {
			s.pos += len(line)
		}
	}
}

// endTag reads the end tag of the element whose contents are read.
func (b *blocks) endTag(line []byte) bool {
	inner, ok := content(line)
	if !ok || inner[0] != '<' || b.element == "" {
		return false
	}
	at := b.source.pos + len(line) - len(inner)
	t, ok := readTag(b.source.buf, at)
	if !ok || !t.closing || t.name != b.element {
		return false
	}
	b.source.pos = t.end
	return true
}

// startTag reads an element that is no part of another's raw contents.
func (b *blocks) startTag(at int, t tag) {
	mode := t.mode
	switch {
	case mode == "1" || t.markdown[1] == 0 && b.options.blockHTML:
		mode = contentOf(t.name)
	case mode != "block" && mode != "span":
		mode = "0"
	}
	if mode != "0" && t.name != "script" && t.name != "style" {
		b.readElement(at, t, mode)
		return
	}
	b.raw(at)
	b.skipLineEnd()
}

// readElement reads one whose contents are Markdown.
func (b *blocks) readElement(at int, t tag, mode string) {
	s := b.source
	node := &Element{}
	if t.markdown[1] > 0 {
		s.appendTo(node.Lines(), at, t.markdown[0])
		at = t.markdown[1]
	}
	s.appendTo(node.Lines(), at, t.end)
	b.add(node)
	s.pos = t.end
	if t.closed || emptyElements[t.name] {
		b.skipLineEnd()
		return
	}
	node.Close = "</" + t.name + ">"
	if mode == "span" {
		end, after := b.elementEnd(t.name)
		inner := ast.NewTextBlock()
		appendText(inner.Lines(), s, s.pos, end)
		node.AppendChild(node, inner)
		s.pos = after
	} else {
		b.skipLineEnd()
		b.read(node, s, t.name)
	}
	b.skipLineEnd()
}

// elementEnd is where the contents of an element end, and the element.
func (b *blocks) elementEnd(name string) (end, after int) {
	s := b.source
	for at := s.pos; at < len(s.buf); at++ {
		n := bytes.Index(s.buf[at:], []byte("</"))
		if n < 0 {
			break
		}
		at += n
		if t, ok := readTag(s.buf, at); ok && bytes.EqualFold([]byte(t.name), []byte(name)) {
			return at, t.end
		}
	}
	return len(s.buf), len(s.buf)
}

// A rawReader reads an element that is passed on as it is, but for elements within it
// that ask for Markdown.
type rawReader struct {
	b     *blocks
	node  *Element
	from  int      // what is not passed on yet
	names []string // of the elements that are open
}

// maxOpen bounds the elements that lie in one another.
const maxOpen = 500

// raw reads an element and passes it on.
func (b *blocks) raw(at int) {
	r := rawReader{b: b, node: &Element{}, from: at}
	s := b.source
	for s.pos = at; ; {
		n := bytes.IndexByte(s.rest(), '<')
		if n < 0 {
			s.pos = len(s.buf)
			break
		}
		s.pos += n
		if end := s.commentEnd(s.pos); end > 0 {
			s.pos = end
		} else if t, ok := readTag(s.buf, s.pos); ok {
			r.tag(t)
		} else {
			r.sign()
		}
		if len(r.names) == 0 {
			break
		}
		if len(r.names) > maxOpen {
			b.remark(s, s.pos, "elements of HTML lie in one another more than 500 deep: close them", TooDeep)
			s.pos = len(s.buf)
			break
		}
	}
	r.pass(s.pos)
	for i := len(r.names) - 1; i >= 0; i-- {
		r.literal("</" + r.names[i] + ">")
	}
	var node ast.Node = r.node
	if only := node.FirstChild(); node.ChildCount() == 1 {
		node.RemoveChild(node, only)
		node = only
	}
	b.add(node)
}

// tag reads a tag within the element, or its own.
func (r *rawReader) tag(t tag) {
	s := r.b.source
	switch {
	case t.closing:
		if n := len(r.names); n > 0 && r.names[n-1] == t.name {
			r.names = r.names[:n-1]
			s.pos = t.end
			return
		}
		r.pass(s.pos) // it closes nothing, and is text
		r.literal("&lt;")
		r.from, s.pos = s.pos+1, t.end
	case t.name == "script" || t.name == "style":
		s.pos = t.end
		_, s.pos = r.b.elementEnd(t.name)
		if len(r.names) == 0 {
			r.names = nil
		}
	case len(r.names) > 0 && (t.mode == "1" || t.mode == "block" || t.mode == "span") && (t.mode != "1" || contentOf(t.name) != "0"):
		r.pass(s.pos)
		mode := t.mode
		if mode == "1" {
			mode = contentOf(t.name)
		}
		outer := r.b.parent
		pending := r.b.pending
		r.b.parent, r.b.pending = r.node, nil
		r.b.readElement(s.pos, t, mode)
		r.b.parent, r.b.pending = outer, pending
		r.from = s.pos
	default:
		if t.markdown[1] > 0 {
			r.pass(t.markdown[0])
			r.from = t.markdown[1]
		}
		if s.pos = t.end; !t.closed && !emptyElements[t.name] {
			r.names = append(r.names, t.name)
		}
	}
}

// sign reads a "<" that begins no tag. Where one would look like one it is text.
func (r *rawReader) sign() {
	s := r.b.source
	if next := s.rest()[1:]; len(next) > 0 && (isNameStart(next[0]) || next[0] == '/') {
		r.pass(s.pos)
		r.literal("&lt;")
		r.from++
	}
	s.pos++
}

// pass passes on what was read up to a position.
func (r *rawReader) pass(to int) {
	if r.from >= to {
		return
	}
	node := ast.NewHTMLBlock(ast.HTMLBlockType6)
	r.b.source.appendTo(node.Lines(), r.from, to)
	r.node.AppendChild(r.node, node)
	r.from = to
}

// literal adds a piece of HTML that the text does not have.
func (r *rawReader) literal(html string) { r.node.AppendChild(r.node, &Element{Close: html}) }

// elementRenderer writes elements, and the table of contents.
type elementRenderer struct{}

// RegisterFuncs makes it the renderer.
func (elementRenderer) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(KindElement, func(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
		n := node.(*Element)
		if !entering {
			_, err := w.WriteString(n.Close)
			return ast.WalkContinue, err
		}
		tag := []byte(n.Tag)
		if n.Tag == "" {
			tag = n.Lines().Value(source)
		}
		_, err := w.Write(tag)
		return ast.WalkContinue, err
	})
	r.Register(KindContents, func(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			_, _ = w.WriteString(node.(*Contents).HTML)
		}
		return ast.WalkContinue, nil
	})
}
