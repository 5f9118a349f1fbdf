package probe

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"icecap/content"
)

// A Script is a parsed text of cases; the package comment is its grammar.
type Script struct {
	Name  string // of its file, for messages
	Cases []Case
}

// A Case is one paragraph: a request and what may follow on it.
type Case struct {
	Name      string // the request line as written
	Line      int
	Hint      string
	Exchanges []Exchange // the request, then one for each "again"
}

// An Exchange is one request and what is expected of its answer.
type Exchange struct {
	Line    int
	Request Request
	Want    Want
}

// A Request is what is written to the connection. Header values may hold the
// placeholders {etag} and {last-modified}.
type Request struct {
	Method, Target, Version string
	Header                  []string // lines "Name: value"; they hold the Host line, if there is one
	Body                    string   // sent with its Content-Length, where not empty
}

// A Want states what an answer must be. Nil fields are not compared.
type Want struct {
	Status    int
	Source    Source
	MediaType *string          // "" means no Content-Type
	Header    []content.Header // canonical names
	NoHeader  []string
	Body      []BodyCheck
	Touched   int
	Saw       string // "METHOD TARGET", compared with the last touch where Touched > 0
}

// A BodyCheck is one statement on the body: Op is "is", "contains", "sha256" or "bytes".
type BodyCheck struct{ Op, Text string }

// A SyntaxError names the line of a script that cannot be read.
type SyntaxError struct {
	File   string
	Line   int
	Reason string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("read script %s:%d: %s", e.File, e.Line, e.Reason)
}

// maxText bounds a target, value or body after its {x*N} are written out.
const maxText = 1 << 17

// Parse reads a script. The error is always a *[SyntaxError].
func Parse(name, text string) (Script, error) {
	p := parser{script: Script{Name: name}}
	for i, line := range strings.Split(text, "\n") {
		p.line = i + 1
		if err := p.read(strings.TrimSuffix(line, "\r")); err != nil {
			return Script{}, &SyntaxError{name, p.line, err.Error()}
		}
	}
	if err := p.endCase(); err != nil {
		return Script{}, &SyntaxError{name, p.line, err.Error()}
	}
	return p.script, nil
}

type parser struct {
	script Script
	line   int
	host   string
	state  *Case // the case that is being read; nil between paragraphs
	alone  bool  // a "host" paragraph, which takes no further line
	noHost bool
	seen   map[string]bool // the expectations that the current exchange has stated
}

// read takes one line.
func (p *parser) read(line string) error {
	if strings.HasPrefix(line, "#") {
		return nil
	}
	if strings.TrimSpace(line) == "" {
		return p.endCase()
	}
	verb, rest := cutField(line)
	switch {
	case verb == "":
		return fmt.Errorf("a line starts with a space")
	case p.alone:
		return fmt.Errorf("a host line stands alone, with a blank line after it")
	case p.state == nil && verb == "host":
		p.host, p.alone = rest, true
		if rest == "" {
			return fmt.Errorf("host needs a name")
		}
		return nil
	case p.state == nil:
		return p.startCase(line)
	case verb == "again":
		return p.again(rest)
	}
	return p.add(verb, rest)
}

// startCase reads a request line.
func (p *parser) startCase(line string) error {
	method, rest := cutField(line)
	request := Request{Method: method, Version: "HTTP/1.1"}
	if at := strings.LastIndexByte(rest, ' '); at >= 0 && strings.HasPrefix(rest[at+1:], "HTTP/") {
		rest, request.Version = rest[:at], rest[at+1:]
	}
	target, err := textOf(rest)
	if err != nil {
		return err
	}
	if target == "" {
		return fmt.Errorf("the request line %q has no target", line)
	}
	request.Target = target
	p.state = &Case{Name: line, Line: p.line, Exchanges: []Exchange{{Line: p.line, Request: request}}}
	p.noHost, p.seen = false, map[string]bool{}
	return nil
}

// again starts a follow-up of the case's first request.
func (p *parser) again(rest string) error {
	if rest != "" {
		return fmt.Errorf("again stands alone; its header lines follow it")
	}
	if err := p.endExchange(); err != nil {
		return err
	}
	first := p.state.Exchanges[0].Request
	first.Header = append([]string(nil), first.Header...)
	p.state.Exchanges = append(p.state.Exchanges, Exchange{Line: p.line, Request: first})
	p.seen = map[string]bool{}
	return nil
}

// add reads one line that adds to the request or states an expectation.
func (p *parser) add(verb, rest string) error {
	exchange := &p.state.Exchanges[len(p.state.Exchanges)-1]
	switch verb {
	case ">":
		return p.addHeader(&exchange.Request, rest)
	case "hint":
		p.state.Hint = rest
		return nil
	case "send":
		body, err := textOf(rest)
		exchange.Request.Body = body
		return err
	}
	key := verb
	switch verb {
	case "header", "no", "body": // may be stated more than once
		key = verb + " " + rest
	}
	if p.seen[key] {
		return fmt.Errorf("%s is stated twice", key)
	}
	p.seen[key] = true
	return exchange.Want.add(verb, rest)
}

func (p *parser) addHeader(request *Request, rest string) error {
	if rest == "!Host" {
		if len(p.state.Exchanges) > 1 {
			return fmt.Errorf("!Host stands before the first again")
		}
		p.noHost = true
		return nil
	}
	name, value, found := strings.Cut(rest, ":")
	if !found || name == "" {
		return fmt.Errorf("the header line %q is not NAME: VALUE", rest)
	}
	value, err := textOf(strings.TrimPrefix(value, " "))
	request.Header = append(request.Header, name+": "+value)
	return err
}

// endExchange fills in what an exchange did not state, once its last line is read.
func (p *parser) endExchange() error {
	exchange := &p.state.Exchanges[len(p.state.Exchanges)-1]
	if !p.seen["status"] || !p.seen["source"] {
		return fmt.Errorf("the request of line %d needs a status and a source", exchange.Line)
	}
	if len(p.state.Exchanges) == 1 && !p.noHost && !hasHeader(exchange.Request.Header, "Host") {
		exchange.Request.Header = append([]string{"Host: " + p.host}, exchange.Request.Header...)
	}
	if exchange.Want.Source == FromApp && !p.seen["touched"] {
		exchange.Want.Touched = 1
	}
	if exchange.Want.Touched > 0 && !p.seen["saw"] {
		exchange.Want.Saw = exchange.Request.Method + " " + exchange.Request.Target
	}
	return nil
}

// endCase is called at each blank line and at the end.
func (p *parser) endCase() error {
	p.alone = false
	if p.state == nil {
		return nil
	}
	if err := p.endExchange(); err != nil {
		return err
	}
	p.script.Cases = append(p.script.Cases, *p.state)
	p.state = nil
	return nil
}

func hasHeader(lines []string, name string) bool {
	for _, line := range lines {
		if got, _, _ := strings.Cut(line, ":"); strings.EqualFold(got, name) {
			return true
		}
	}
	return false
}

// cutField splits at the first space.
func cutField(line string) (field, rest string) {
	field, rest, _ = strings.Cut(line, " ")
	return field, strings.TrimLeft(rest, " ")
}

var repeat = regexp.MustCompile(`\{([^{}*]+)\*([0-9]{1,5})\}`)

// textOf unquotes a quoted text and writes its {x*N} out.
func textOf(text string) (string, error) {
	if quoted, ok := strings.CutPrefix(text, "$"); ok && strings.HasPrefix(quoted, `"`) {
		unquoted, err := strconv.Unquote(quoted)
		if err != nil {
			return "", fmt.Errorf("%s is no quoted string of Go", text)
		}
		text = unquoted
	}
	size := 0
	for _, m := range repeat.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(m[2])
		size += n * len(m[1])
	}
	if size+len(text) > maxText {
		return "", fmt.Errorf("a text is longer than %d bytes", maxText)
	}
	return repeat.ReplaceAllStringFunc(text, func(found string) string {
		m := repeat.FindStringSubmatch(found)
		n, _ := strconv.Atoi(m[2])
		return strings.Repeat(m[1], n)
	}), nil
}
