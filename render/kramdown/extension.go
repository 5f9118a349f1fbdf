package kramdown

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
)

var (
	nameDefinition = regexp.MustCompile(`\A {0,3}\{:(\w[\w-]*):`)
	strangeEnd     = regexp.MustCompile(`\A\{:/\w*\}\s*\z`)
	extensionStart = regexp.MustCompile(`\A {0,3}\{::(\w+)(?:\s((?:\\\}|[^}])*?))?(/)?\}[ \t]*\n`)
)

// definesName reports whether {:name: ...} gives a list of attributes a name.
func definesName(rest []byte) bool { return nameDefinition.Match(rest) }

// extension reads what begins with "{:": a name for a list of attributes, such a list,
// or an extension.
func (b *blocks) extension(line []byte) bool {
	inner, ok := content(line)
	if !ok || !bytes.HasPrefix(inner, []byte("{:")) {
		return false
	}
	s := b.source
	if end := listEnd(s.rest()); end > 0 {
		open := len(line) - len(inner) + 2
		text := string(s.rest()[open:closingBrace(s.rest(), open)])
		if m := nameDefinition.FindSubmatch(s.rest()); m != nil {
			name := string(m[1])
			if before := b.attributes[name]; len(before) < maxList {
				b.attributes[name] = strings.TrimSpace(before + " " + text[len(name)+1:])
			}
			s.pos += end
			b.add(&gap{kind: listedGap})
			return true
		}
		s.pos += end
		b.attributeList(text)
		return true
	}
	if b.unknown > 0 && strangeEnd.Match(inner) {
		b.unknown--
		s.pos += len(line)
		b.add(&gap{kind: listedGap})
		return true
	}
	m := extensionStart.FindSubmatch(s.rest())
	return m != nil && b.extensionBlock(m)
}

// attributeList gives a list to the block above it, or else to the one below.
func (b *blocks) attributeList(text string) {
	last := b.parent.LastChild()
	if last == nil || isGap(last, blankGap, boundaryGap, listedGap) {
		b.pending = append(b.pending[:min(len(b.pending), maxLists)], text)
		return
	}
	b.own[last] = append(b.own[last][:min(len(b.own[last]), maxLists)], text)
	if b.source.ended() || listEnd(b.source.rest()) == 0 {
		b.add(&gap{kind: listedGap})
	}
}

// maxLists bounds the lists of one block.
const maxLists = 50

// extensionBlock reads {::comment}, {::nomarkdown} and {::options}.
func (b *blocks) extensionBlock(m [][]byte) bool {
	s := b.source
	name, begin := string(m[1]), s.pos
	from := s.pos + len(m[0])
	end, after := from, from
	if len(m[3]) == 0 {
		if end, after = s.extensionEnd(from, name); end < 0 {
			return false
		}
	}
	switch s.pos = after; name {
	case "comment":
		b.parent.AppendChild(b.parent, &gap{kind: silentGap})
	case "nomarkdown":
		node := ast.NewHTMLBlock(ast.HTMLBlockType6)
		if !bytes.Contains(m[2], []byte("latex")) {
			s.appendTo(node.Lines(), from, end)
		}
		b.parent.AppendChild(b.parent, node)
	case "options":
		b.readOptions(begin, string(m[2]))
		b.add(&gap{kind: listedGap})
	default:
		b.remark(s, begin, fmt.Sprintf("kramdown has no extension %q", name), UnknownExtension)
		if s.pos = from; len(m[3]) == 0 {
			b.unknown++
		}
		b.add(&gap{kind: listedGap})
	}
	return true
}

// extensionEnd is where the contents of an extension end, and the line that ends it; -1
// if it has none.
func (s *source) extensionEnd(from int, name string) (end, after int) {
	if s.noEnd[name] {
		return -1, 0
	}
	for at := from; at < len(s.buf); at = after {
		after = lineEnd(s.buf, at)
		inner, ok := content(s.buf[at:after])
		if word := string(bytes.TrimSpace(inner)); ok && (word == "{:/"+name+"}" || word == "{:/}") {
			return at, after
		}
	}
	if s.noEnd == nil {
		s.noEnd = map[string]bool{}
	}
	if len(s.noEnd) < maxLists {
		s.noEnd[name] = true
	}
	return -1, 0
}

// readOptions reads what the text sets itself.
func (b *blocks) readOptions(at int, text string) {
	for _, a := range parseAttributes(text, nil) {
		switch a.name {
		case "parse_block_html":
			b.options.blockHTML = a.value == "true"
		case "toc_levels":
			b.tocLevels = a.value
		default:
			b.remark(b.source, at, fmt.Sprintf("kramdown's option %s has no effect", a.name), NoEffect)
		}
	}
}
