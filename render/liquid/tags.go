package liquid

import (
	"regexp"
	"strings"
)

type assignNode struct {
	at
	name  string
	value pipe
}

func parseAssign(p *parser, t token) (node, error) {
	w := &words{text: t.args}
	name := w.name()
	if name == "" || !w.eat("=") {
		return nil, p.fail(t.line, "%q cannot be read: write assign NAME = VALUE", firstWords(t.raw))
	}
	value, err := p.pipe(t, w.text[w.at:])
	return assignNode{at(t.line), name, value}, err
}

func (n assignNode) run(r *run) error {
	value, err := n.value.eval(r, n.line())
	r.scope[n.name] = value
	return err
}

type captureNode struct {
	at
	name  string
	nodes []node
}

func parseCapture(p *parser, t token) (node, error) {
	name := strings.Trim(t.args, `"'`)
	if name == "" {
		return nil, p.fail(t.line, "capture has no name")
	}
	nodes, err := p.body(t)
	return captureNode{at(t.line), name, nodes}, err
}

func (n captureNode) run(r *run) error {
	text, err := r.capture(n.nodes)
	r.scope[n.name] = text
	return err
}

type countNode struct {
	at
	name string
	step int
}

func parseCount(p *parser, t token) (node, error) {
	name := (&words{text: t.args}).name()
	if name == "" {
		return nil, p.fail(t.line, "%s has no name", t.name)
	}
	if t.name == "increment" {
		return countNode{at(t.line), name, 1}, nil
	}
	return countNode{at(t.line), name, -1}, nil
}

func (n countNode) run(r *run) error {
	value := r.counters[n.name]
	if n.step < 0 {
		value--
		r.counters[n.name] = value
	} else {
		r.counters[n.name]++
	}
	return r.write(n.line(), Text(value))
}

// A changedNode is written only if it is another text than the last such one.
type changedNode struct {
	at
	nodes []node
}

func parseChanged(p *parser, t token) (node, error) {
	nodes, err := p.body(t)
	return changedNode{at(t.line), nodes}, err
}

func (n changedNode) run(r *run) error {
	text, err := r.capture(n.nodes)
	if err != nil || text == r.changed {
		return err
	}
	r.changed = text
	r.place(n.line())
	return r.write(n.line(), text)
}

// An includeNode runs another file of the site in its place.
type includeNode struct {
	at
	name     string // with {{ }} in it where it has any
	relative bool
	params   []param
}

type param struct {
	name  string
	value expression
}

var (
	includeParam = regexp.MustCompile(`\A\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([\w.\-\[\]"']+))`)
	includeName  = regexp.MustCompile(`\A(?:\{\{.*?\}\}|[^\s{}]|\{[^{])+`)
)

func parseInclude(p *parser, t token) (node, error) {
	n := includeNode{at: at(t.line), relative: t.name == "include_relative"}
	n.name = includeName.FindString(t.args)
	rest := t.args[len(n.name):]
	n.name = strings.Trim(n.name, `"'`)
	if n.name == "" {
		return nil, p.fail(t.line, "%s names no file", t.name)
	}
	for strings.TrimSpace(rest) != "" {
		m := includeParam.FindStringSubmatch(rest)
		if m == nil {
			return nil, p.fail(t.line, "a parameter of %q cannot be read: write name=\"value\"", firstWords(t.raw))
		}
		rest = rest[len(m[0]):]
		var value expression = literal{strings.ReplaceAll(m[2], `\"`, `"`) + strings.ReplaceAll(m[3], `\'`, `'`)}
		if m[4] != "" {
			var ok bool
			if value, ok = (&words{text: m[4]}).expression(); !ok {
				return nil, p.fail(t.line, "the parameter %q cannot be read", m[1])
			}
		}
		n.params = append(n.params, param{m[1], value})
	}
	return n, nil
}

func (n includeNode) run(r *run) error {
	name, err := r.expand(n.line(), n.name)
	if err != nil {
		return err
	}
	if r.host.Include == nil {
		return r.fail(n.line(), "there are no includes")
	}
	if r.includes++; r.includes > MaxIncludes {
		return r.fail(n.line(), "includes lie in one another more than %d deep; does %q include itself?", MaxIncludes, name)
	}
	defer func() { r.includes-- }()
	file, text, err := r.host.Include(r.file, name, n.relative)
	if err != nil {
		return r.missing(&Error{File: r.file, Line: n.line(), What: err.Error(), Tag: "include " + name})
	}
	if err := r.step(n.line(), len(text)/16); err != nil {
		return err
	}
	template, err := Parse(file, text, 1, r.host.Manners)
	if err != nil {
		return err
	}
	r.tell(template)
	params := map[string]any{}
	for _, p := range n.params {
		params[p.name] = p.value.eval(r)
	}
	defer restore(r.scope, "include")()
	r.scope["include"] = params
	r.place(n.line())
	outer := r.file
	r.file = file
	r.inner++
	err = r.nodes(template.nodes)
	r.inner--
	r.file = outer
	return err
}

// missing is an include that is not there, as one of a theme that is not carried.
func (r *run) missing(e *Error) error {
	if !r.host.Lenient {
		return e
	}
	if r.host.Left != nil {
		r.host.Left(e)
	}
	return nil
}

// expand runs the outputs in a name such as {{ page.lang }}/intro.html.
func (r *run) expand(line int, text string) (string, error) {
	if !HasTags(text) {
		return strings.TrimSpace(text), nil
	}
	template, err := Parse(r.file, text, line, r.host.Manners)
	if err != nil {
		return "", err
	}
	value, err := r.capture(template.nodes)
	return strings.TrimSpace(value), err
}

// A highlightNode is code.
type highlightNode struct {
	at
	language, options string
	nodes             []node
}

func parseHighlight(p *parser, t token) (node, error) {
	n := highlightNode{at: at(t.line)}
	n.language, n.options, _ = strings.Cut(t.args, " ")
	if n.language == "" {
		return nil, p.fail(t.line, "highlight names no language")
	}
	var err error
	n.nodes, err = p.body(t)
	return n, err
}

var edgeLines = regexp.MustCompile(`\A(?:[ \t]*\r?\n)+|\s+\z`)

func (n highlightNode) run(r *run) error {
	code, err := r.capture(n.nodes)
	if err != nil {
		return err
	}
	code = edgeLines.ReplaceAllString(code, "") + "\n"
	r.place(n.line())
	return r.write(n.line(), r.host.Highlight(n.language, n.options, code))
}

// A linkNode is the path of a page or a post.
type linkNode struct {
	at
	name string
	post bool
}

func parseLink(p *parser, t token) (node, error) {
	if t.args == "" {
		return nil, p.fail(t.line, "%s names no file", t.name)
	}
	return linkNode{at(t.line), t.args, t.name == "post_url"}, nil
}

func (n linkNode) run(r *run) error {
	name, err := r.expand(n.line(), n.name)
	if err != nil {
		return err
	}
	find := r.host.Link
	if n.post {
		find = r.host.PostURL
	}
	url, err := find(strings.Trim(name, `"'`))
	if err != nil {
		return r.fail(n.line(), "%v", err)
	}
	r.place(n.line())
	return r.write(n.line(), url)
}

type gistNode struct {
	at
	id, file string
}

func parseGist(p *parser, t token) (node, error) {
	words := strings.Fields(t.args)
	if len(words) == 0 {
		return nil, p.fail(t.line, "gist names no gist")
	}
	n := gistNode{at: at(t.line), id: strings.Trim(words[0], `"'`)}
	if len(words) > 1 {
		n.file = strings.Trim(words[1], `"'`)
	}
	return n, nil
}

func (n gistNode) run(r *run) error {
	return r.write(n.line(), r.host.Gist(n.id, n.file))
}
