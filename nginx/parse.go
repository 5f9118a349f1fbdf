package nginx

import "fmt"

// A SyntaxError says where a text stops being NGINX configuration.
type SyntaxError struct {
	Line   int // from 1
	Reason string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

// maxDepth is far beyond any configuration; it keeps hostile text from exhausting the stack.
const maxDepth = 64

// Parse reads NGINX configuration into a tree, as NGINX's own reader
// (ngx_conf_read_token) splits it: quotes, backslashes, ${name}, comments.
// Comments are dropped, includes are not followed, and what directives mean is
// not asked. The error is always a *[SyntaxError].
func Parse(text string) (Block, error) {
	p := &parser{text: text, line: 1}
	block, err := p.block(0)
	if err != nil {
		return nil, err
	}
	return block, nil
}

type parser struct {
	text string
	pos  int
	line int
}

func (p *parser) fail(format string, args ...any) error {
	return &SyntaxError{p.line, fmt.Sprintf(format, args...)}
}

// next takes one byte; ok is false at the end of the text.
func (p *parser) next() (c byte, ok bool) {
	if p.pos >= len(p.text) {
		return 0, false
	}
	c = p.text[p.pos]
	p.pos++
	if c == '\n' {
		p.line++
	}
	return c, true
}

// A token is a word, or one of ; { } (kind is that byte), or the end (kind 0).
type token struct {
	kind byte
	text string
	at   int // of its first byte
	line int
}

const word = 'w'

// block reads directives up to the closing brace, or at depth 0 to the end.
func (p *parser) block(depth int) (Block, error) {
	if depth > maxDepth {
		return nil, p.fail("blocks are nested more than %d deep", maxDepth)
	}
	block := Block{}
	for {
		t, err := p.token()
		switch {
		case err != nil:
			return nil, err
		case t.kind == 0 && depth == 0, t.kind == '}' && depth > 0:
			return block, nil
		case t.kind == 0:
			return nil, p.fail("a block is not closed")
		case t.kind != word:
			return nil, p.fail("unexpected %q", t.kind)
		}
		d, err := p.directive(t, depth)
		if err != nil {
			return nil, err
		}
		block = append(block, d)
	}
}

// directive reads what follows a directive's name.
func (p *parser) directive(name token, depth int) (d Directive, err error) {
	d = Directive{Name: name.text, At: Span{Line: name.line, Start: name.at}}
	defer func() { d.At.End = p.pos }()
	for {
		t, err := p.token()
		if err != nil {
			return d, err
		}
		d.At.Head = t.at
		switch t.kind {
		case word:
			d.Args = append(d.Args, t.text)
		case ';':
			return d, nil
		case '{':
			d.Block, err = p.block(depth + 1)
			return d, err
		case '}':
			return d, p.fail("unexpected \"}\" in directive %q", d.Name)
		default:
			return d, p.fail("directive %q does not end", d.Name)
		}
	}
}

// token skips blanks and comments and reads one token.
func (p *parser) token() (token, error) {
	for {
		at, line := p.pos, p.line
		c, ok := p.next()
		switch {
		case !ok:
			return token{}, nil
		case isBlank(c):
		case c == '#':
			for ok && c != '\n' {
				c, ok = p.next()
			}
		case c == ';' || c == '{' || c == '}':
			return token{kind: c, at: at, line: line}, nil
		case c == '"' || c == '\'':
			text, err := p.quoted(c)
			return token{word, text, at, line}, err
		default:
			p.pos--
			return token{word, p.plain(), at, line}, nil
		}
	}
}

// quoted reads up to the closing quote, which a blank, ";", "{" or the end must
// follow; NGINX also lets ")" follow, for its if.
func (p *parser) quoted(end byte) (string, error) {
	start, line := p.pos, p.line
	for {
		c, ok := p.next()
		switch {
		case !ok:
			return "", &SyntaxError{line, "a quoted word is not closed"}
		case c == '\\':
			p.next()
		case c == end:
			text := unquote(p.text[start : p.pos-1])
			if p.pos < len(p.text) {
				if after := p.text[p.pos]; !isBlank(after) && after != ';' && after != '{' && after != ')' {
					return "", p.fail("unexpected %q after a quoted word", after)
				}
			}
			return text, nil
		}
	}
}

// plain reads a word without quotes. Only blanks, ";" and "{" end it: "}", "#"
// and quotes in its midst belong to the word, and so does the brace of ${name}.
func (p *parser) plain() string {
	start, variable := p.pos, false
	for p.pos < len(p.text) {
		c := p.text[p.pos]
		if isBlank(c) || c == ';' || c == '{' && !variable {
			break
		}
		variable = c == '$'
		p.next()
		if c == '\\' {
			p.next()
		}
	}
	return unquote(p.text[start:p.pos])
}

// unquote undoes the backslashes that mean something to NGINX.
func unquote(s string) string {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			switch s[i+1] {
			case '"', '\'', '\\':
				i++
			case 't', 'r', 'n':
				i++
				out = append(out, map[byte]byte{'t': '\t', 'r': '\r', 'n': '\n'}[s[i]])
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
