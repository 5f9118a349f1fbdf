package liquid

import (
	"fmt"
	"slices"
	"strings"
)

// A node is a part of a template.
type node interface {
	line() int
	run(*run) error
}

// at is the line of a node.
type at int

func (a at) line() int { return int(a) }

type parser struct {
	Manners
	file   string
	tokens []token
	next   int
	depth  int
	left   []*Error
}

func (p *parser) fail(line int, format string, args ...any) error {
	return &Error{File: p.file, Line: line, What: fmt.Sprintf(format, args...)}
}

// block reads nodes up to one of the tags, which is the next token then. Without
// tags it reads to the end.
func (p *parser) block(ends []string) (nodes []node, err error) {
	if p.depth++; p.depth > MaxDepth {
		return nil, p.fail(p.tokens[p.next-1].line, "blocks of Liquid lie in one another more than %d deep", MaxDepth)
	}
	defer func() { p.depth-- }()
	for p.next < len(p.tokens) {
		t := p.tokens[p.next]
		if t.kind == '%' && slices.Contains(ends, t.name) {
			return nodes, nil
		}
		p.next++
		n, err := p.node(t)
		if err != nil {
			return nil, err
		}
		if n != nil {
			nodes = append(nodes, n)
		}
	}
	if len(ends) > 0 && !p.Lenient {
		return nil, p.fail(p.lastLine(), "there is no {%% %s %%}", ends[len(ends)-1])
	}
	return nodes, nil
}

func (p *parser) lastLine() int {
	if len(p.tokens) == 0 {
		return 1
	}
	return p.tokens[len(p.tokens)-1].line
}

func (p *parser) node(t token) (node, error) {
	switch t.kind {
	case 't':
		return textNode{at(t.line), t.text}, nil
	case '{':
		value, err := p.pipe(t, t.text)
		return outputNode{at(t.line), value}, err
	case '!':
		if p.Lenient {
			return textNode{at(t.line), ""}, nil
		}
		return nil, p.fail(t.line, "the Liquid that begins here with %q does not end", firstWords(t.raw))
	}
	return p.tag(t)
}

// firstWords are enough of a text to know it by.
func firstWords(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	if runes := []rune(text); len(runes) > 30 {
		return string(runes[:30]) + "…"
	}
	return text
}

// tag reads a tag, with all that is in it.
func (p *parser) tag(t token) (node, error) {
	if make, ok := tags[t.name]; ok {
		return make(p, t)
	}
	if write, ok := p.Tags[t.name]; ok {
		return pluginNode{at(t.line), write, t.args}, nil
	}
	what := fmt.Sprintf("there is no Liquid tag %q", t.name)
	if t.name == "" {
		what = fmt.Sprintf("the Liquid tag %q has no name", firstWords(t.raw))
	} else if strings.HasPrefix(t.name, "end") || t.name == "else" || t.name == "elsif" || t.name == "when" {
		what = fmt.Sprintf("the Liquid tag %q ends what was not begun", t.name)
	}
	wrong := &Error{File: p.file, Line: t.line, What: what, Tag: t.name}
	if p.Lenient {
		if !strings.HasPrefix(t.name, "end") {
			p.left = append(p.left, wrong)
		}
		return nil, nil
	}
	return nil, wrong
}

// end reads the tag that ends a block.
func (p *parser) end(t token) error {
	if p.next >= len(p.tokens) || p.tokens[p.next].name != "end"+t.name || p.tokens[p.next].kind != '%' {
		if p.Lenient {
			p.next = min(p.next+1, len(p.tokens))
			return nil
		}
		return p.fail(t.line, "the Liquid tag %q has no {%% end%s %%}", t.name, t.name)
	}
	p.next++
	return nil
}

// body reads a block and its end.
func (p *parser) body(t token) ([]node, error) {
	nodes, err := p.block([]string{"end" + t.name})
	if err != nil {
		return nil, p.opened(err, t)
	}
	return nodes, p.end(t)
}

var tags map[string]func(*parser, token) (node, error)

func init() { // because the tags refer to the parser, which refers to them
	tags = map[string]func(*parser, token) (node, error){
		"assign": parseAssign, "capture": parseCapture, "if": parseIf, "unless": parseIf, "case": parseCase,
		"for": parseFor, "tablerow": parseTable, "break": parseJump, "continue": parseJump, "cycle": parseCycle,
		"increment": parseCount, "decrement": parseCount, "comment": parseComment, "raw": parseRaw,
		"include": parseInclude, "include_relative": parseInclude, "include_cached": parseInclude,
		"highlight": parseHighlight, "link": parseLink, "post_url": parseLink, "gist": parseGist,
		"echo": parseEcho, "ifchanged": parseChanged, "#": parseNothing, "seo": parseNothing, "feed_meta": parseNothing,
	}
}

// A pluginNode is a tag of a plugin.
type pluginNode struct {
	at
	write func(line int, args string) string
	args  string
}

func (n pluginNode) run(r *run) error {
	r.place(n.line())
	return r.write(n.line(), n.write(n.line(), n.args))
}

func parseNothing(*parser, token) (node, error) { return nil, nil }

func parseEcho(p *parser, t token) (node, error) {
	value, err := p.pipe(t, t.args)
	return outputNode{at(t.line), value}, err
}

// parseComment skips what lex has left of a comment.
func parseComment(p *parser, t token) (node, error) { return nil, p.end(t) }

func parseRaw(p *parser, t token) (node, error) {
	nodes, err := p.body(t)
	return groupNode{at(t.line), nodes}, err
}

// A groupNode is some nodes.
type groupNode struct {
	at
	nodes []node
}

func (n groupNode) run(r *run) error { return r.nodes(n.nodes) }

type textNode struct {
	at
	text string
}

func (n textNode) run(r *run) error {
	r.place(n.line())
	return r.write(n.line(), n.text)
}

// place notes that what follows in the output is from a line of the template.
func (r *run) place(line int) {
	if r.inner == 0 {
		r.places = append(r.places, Place{len(r.out), line})
	}
}

type outputNode struct {
	at
	value pipe
}

func (n outputNode) run(r *run) error {
	value, err := n.value.eval(r, n.line())
	if err != nil {
		return err
	}
	r.place(n.line())
	return r.write(n.line(), Text(value))
}
