package theme

import (
	"bytes"
	"html/template"
	"strings"
	"text/template/parse"
)

// blocks are the elements beside which a browser ignores space.
var blocks = map[string]bool{}

func init() {
	for _, name := range strings.Fields(`!doctype html head body meta link title script style base header footer main nav section article
		aside div p h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table thead tbody tfoot tr th td figure figcaption blockquote pre hr details summary form fieldset`) {
		blocks[name] = true
	}
}

// squeezeAll takes the space out of templates that browsers ignore: what makes a
// template readable need not be sent with every page. It is done once, not for
// each page, because a page is text of templates and text of the writer, and the
// latter comes out of Markdown without such space.
func squeezeAll(set *template.Template, word func(string) string) {
	for _, tree := range treesOf(set) {
		s := squeezer{word: word}
		s.node(tree.Root)
	}
}

// A squeezer is at a place of a document.
type squeezer struct {
	word  func(string) string
	inTag bool
	quote byte   // of the attribute's value it is in, or 0
	raw   string // the element it is in whose space counts, or ""
}

func (s *squeezer) node(node parse.Node) {
	switch n := node.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for i, child := range n.Nodes {
			if text, ok := s.constant(child); ok {
				n.Nodes[i] = text
				continue
			}
			s.node(child)
		}
	case *parse.TextNode:
		n.Text = s.text(n.Text)
	case *parse.IfNode:
		s.branch(&n.BranchNode)
	case *parse.WithNode:
		s.branch(&n.BranchNode)
	case *parse.RangeNode:
		s.branch(&n.BranchNode)
	}
}

// constant is the text in place of {{word "Older"}}, which need not be looked up
// again for every page.
func (s *squeezer) constant(node parse.Node) (*parse.TextNode, bool) {
	action, ok := node.(*parse.ActionNode)
	if !ok || s.raw != "" || len(action.Pipe.Cmds) != 1 || len(action.Pipe.Decl) > 0 || len(action.Pipe.Cmds[0].Args) != 2 {
		return nil, false
	}
	args := action.Pipe.Cmds[0].Args
	function, isFunction := args[0].(*parse.IdentifierNode)
	english, isText := args[1].(*parse.StringNode)
	if !isFunction || !isText || function.Ident != "word" || s.inTag && s.quote == 0 {
		return nil, false
	}
	return &parse.TextNode{NodeType: parse.NodeText, Pos: action.Pos, Text: []byte(template.HTMLEscapeString(s.word(english.Text)))}, true
}

func (s *squeezer) branch(n *parse.BranchNode) {
	before := *s
	s.node(n.List)
	if n.ElseList != nil {
		*s = before
		s.node(n.ElseList)
	}
}

// text takes space out of one piece of text. Beside a block it goes as a whole,
// elsewhere one space or the end of the line stays.
func (s *squeezer) text(in []byte) []byte {
	out := make([]byte, 0, len(in))
	afterBlock := false
	for i := 0; i < len(in); {
		switch {
		case s.inTag:
			end := s.tagPart(in, i)
			out = append(out, in[i:end]...)
			i = end
		case s.raw != "":
			end := bytes.Index(in[i:], []byte("</"+s.raw))
			if end < 0 {
				return append(out, in[i:]...)
			}
			out = append(out, in[i:i+end]...)
			i, s.raw, afterBlock = i+end, "", false
		case in[i] == '<':
			name, closing := tagName(in[i+1:])
			s.inTag = name != ""
			if afterBlock = blocks[name]; !closing && (name == "pre" || name == "script" || name == "style" || name == "textarea") {
				s.raw = name
			}
			out = append(out, '<')
			i++
		case isSpace(in[i]):
			end := i
			for end < len(in) && isSpace(in[end]) {
				end++
			}
			beforeBlock := false
			if end < len(in) && in[end] == '<' {
				name, _ := tagName(in[end+1:])
				beforeBlock = blocks[name]
			}
			switch {
			case afterBlock || beforeBlock:
			case bytes.IndexByte(in[i:end], '\n') >= 0:
				out = append(out, '\n')
			default:
				out = append(out, ' ')
			}
			i = end
		default:
			out = append(out, in[i])
			afterBlock = false
			i++
		}
	}
	return out
}

// tagPart is the end of the tag that in[i] lies in, or of the text.
func (s *squeezer) tagPart(in []byte, i int) int {
	for ; i < len(in); i++ {
		switch c := in[i]; {
		case s.quote != 0:
			if c == s.quote {
				s.quote = 0
			}
		case c == '"' || c == '\'':
			s.quote = c
		case c == '>':
			s.inTag = false
			return i + 1
		}
	}
	return i
}

// tagName is the name of the tag whose "<" came before, or "".
func tagName(text []byte) (name string, closing bool) {
	text, closing = bytes.CutPrefix(text, []byte("/"))
	end := 0
	for end < len(text) && (text[end] == '!' || text[end] >= '0' && text[end] <= '9' || text[end]|0x20 >= 'a' && text[end]|0x20 <= 'z') {
		end++
	}
	return strings.ToLower(string(text[:end])), closing
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }
