package liquid

import (
	"strconv"
	"strings"
)

// An expression is a value that is written in a template.
type expression interface{ eval(*run) any }

type literal struct{ value any }

func (l literal) eval(*run) any { return l.value }

// A rangeOf is (first..last).
type rangeOf struct{ first, last expression }

// A span is the numbers of a range. It is not made a list, which may be too long.
type span struct{ first, last int64 }

func (e rangeOf) eval(r *run) any { return span{toInt(e.first.eval(r)), toInt(e.last.eval(r))} }

// A path is a variable with its fields: page.tags[0].name
type path struct {
	name  string
	steps []expression
}

func (e path) eval(r *run) any {
	value, ok := r.scope[e.name]
	if !ok {
		if n, counted := r.counters[e.name]; counted {
			value = int64(n)
		}
	}
	for _, s := range e.steps {
		value = field(value, s.eval(r))
	}
	return value
}

// A words reads an expression word by word.
type words struct {
	text  string
	at    int
	depth int
}

func (w *words) space() {
	for w.at < len(w.text) && strings.IndexByte(" \t\r\n", w.text[w.at]) >= 0 {
		w.at++
	}
}

func (w *words) done() bool {
	w.space()
	return w.at >= len(w.text)
}

// eat takes a sign or a word, if it is next.
func (w *words) eat(word string) bool {
	w.space()
	rest := w.text[w.at:]
	if !strings.HasPrefix(rest, word) || isName(word[0]) && len(rest) > len(word) && isName(rest[len(word)]) {
		return false
	}
	w.at += len(word)
	return true
}

// name takes a name.
func (w *words) name() string {
	w.space()
	start := w.at
	for w.at < len(w.text) && isName(w.text[w.at]) {
		w.at++
	}
	return w.text[start:w.at]
}

// expression reads one; ok is false if there is none.
func (w *words) expression() (e expression, ok bool) {
	w.space()
	if w.at >= len(w.text) || w.depth > MaxDepth {
		return nil, false
	}
	w.depth++
	defer func() { w.depth-- }()
	switch c := w.text[w.at]; {
	case c == '"' || c == '\'':
		end := strings.IndexByte(w.text[w.at+1:], c)
		if end < 0 {
			return nil, false
		}
		value := w.text[w.at+1 : w.at+1+end]
		w.at += end + 2
		return literal{value}, true
	case c == '(':
		return w.rangeOf()
	case c == '-' || '0' <= c && c <= '9':
		if n, ok := w.number(); ok {
			return n, true
		}
	}
	return w.path()
}

func (w *words) rangeOf() (expression, bool) {
	w.at++
	first, ok := w.expression()
	if !ok || !w.eat("..") {
		return nil, false
	}
	last, ok := w.expression()
	if !ok || !w.eat(")") {
		return nil, false
	}
	return rangeOf{first, last}, true
}

func (w *words) number() (expression, bool) {
	end, dot := w.at, false
	if w.text[end] == '-' {
		end++
	}
	for end < len(w.text) && ('0' <= w.text[end] && w.text[end] <= '9' || w.text[end] == '.' && !dot && end+1 < len(w.text) && '0' <= w.text[end+1] && w.text[end+1] <= '9') {
		dot = dot || w.text[end] == '.'
		end++
	}
	if end < len(w.text) && isName(w.text[end]) {
		return nil, false
	}
	text := w.text[w.at:end]
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		w.at = end
		return literal{n}, true
	}
	f, err := strconv.ParseFloat(text, 64)
	if err == nil {
		w.at = end
	}
	return literal{f}, err == nil
}

func (w *words) path() (expression, bool) {
	var p path
	if w.text[w.at] != '[' {
		if p.name = w.name(); p.name == "" {
			return nil, false
		}
	}
	for w.at < len(w.text) {
		switch w.text[w.at] {
		case '.':
			if strings.HasPrefix(w.text[w.at:], "..") {
				return p.simple(), true
			}
			w.at++
			name := w.name()
			if name == "" {
				return nil, false
			}
			p.steps = append(p.steps, literal{strings.TrimSuffix(name, "?")})
			if w.at < len(w.text) && w.text[w.at] == '?' {
				w.at++
			}
		case '[':
			w.at++
			index, ok := w.expression()
			if !ok || !w.eat("]") {
				return nil, false
			}
			p.steps = append(p.steps, index)
		default:
			return p.simple(), true
		}
	}
	return p.simple(), true
}

// simple is the value of a word that is no variable.
func (p path) simple() expression {
	if len(p.steps) > 0 {
		return p
	}
	switch p.name {
	case "nil", "null":
		return literal{nil}
	case "true":
		return literal{true}
	case "false":
		return literal{false}
	case "empty":
		return literal{emptyValue{}}
	case "blank":
		return literal{blankValue{}}
	}
	return p
}

// A pipe is an expression with filters.
type pipe struct {
	value   expression
	filters []filterCall
}

type filterCall struct {
	name  string
	args  []expression
	named map[string]expression
}

// pipe reads "value | filter: a, b | filter".
func (p *parser) pipe(t token, text string) (result pipe, err error) {
	result.value = literal{nil}
	w := &words{text: text}
	if w.done() {
		return result, nil
	}
	if !w.eat("|") {
		value, ok := w.expression()
		if !ok {
			if value, ok = w.looseValue(); !ok {
				return result, p.fail(t.line, "the Liquid %q cannot be read", firstWords(t.raw))
			}
			if value == nil {
				value = literal{nil}
				p.note(t, "the Liquid %q cannot be read: nothing stands in its place, as in Jekyll; {%% raw %%} around it would show it", firstWords(t.raw))
			} else {
				p.note(t, "the Liquid %q is none: what can be read of it counts, as in Jekyll", firstWords(t.raw))
			}
		}
		result.value = value
		if !p.bar(t, w) {
			return result, nil
		}
	}
	for !w.done() {
		call, err := p.filter(t, w)
		if err != nil {
			return result, err
		}
		if call.name != "" {
			result.filters = append(result.filters, call)
		}
		p.bar(t, w)
	}
	return result, nil
}

// bar goes behind the next "|"; more reports whether there is one.
func (p *parser) bar(t token, w *words) (more bool) {
	if w.eat("|") || w.done() {
		return !w.done()
	}
	p.noteRest(t, w)
	n := strings.IndexByte(w.text[w.at:], '|') // whatever stands around it
	if n < 0 {
		n = len(w.text) - w.at
	}
	w.at += n
	return w.eat("|")
}

func (p *parser) filter(t token, w *words) (call filterCall, err error) {
	call.name = w.name()
	if _, known := filters[call.name]; !known && p.Filters[call.name] == nil && call.name != "" {
		wrong := &Error{File: p.file, Line: t.line, What: "there is no Liquid filter " + strconv.Quote(call.name), Tag: call.name}
		switch {
		case p.AnyFilter:
			p.note(t, "%s: the value stays as it is, as in Jekyll", wrong.What)
		case p.Lenient:
			p.left = append(p.left, wrong)
		default:
			return call, wrong
		}
		defer func() { call.name = "" }()
	}
	if !w.eat(":") {
		return call, nil
	}
	for {
		start := w.at
		if name := w.name(); name != "" && w.eat(":") {
			value, ok := w.expression()
			if !ok {
				return call, nil // the rest is noted, and left out
			}
			if call.named == nil {
				call.named = map[string]expression{}
			}
			call.named[name] = value
		} else {
			w.at = start
			value, ok := w.expression()
			if !ok {
				return call, nil
			}
			call.args = append(call.args, value)
		}
		if !w.eat(",") {
			return call, nil
		}
	}
}

func (e pipe) eval(r *run, line int) (any, error) {
	value := e.value.eval(r)
	for _, call := range e.filters {
		args := make([]any, len(call.args))
		for i, a := range call.args {
			args[i] = a.eval(r)
		}
		if len(call.named) > 0 { // they come last, as one table
			named := make(map[string]any, len(call.named))
			for name, a := range call.named {
				named[name] = a.eval(r)
			}
			args = append(args, named)
		}
		if err := r.step(line, 1+size(value)); err != nil {
			return nil, err
		}
		var err error
		if own := r.host.Filters[call.name]; own != nil {
			value = own(textOf(value))
		} else if value, err = filters[call.name](r, value, args); err != nil {
			return nil, r.fail(line, "the Liquid filter %q: %v", call.name, err)
		}
		if text, ok := value.(string); ok {
			if len(text) > MaxOutput {
				return nil, r.fail(line, "the Liquid filter %q: the text becomes longer than %d MiB", call.name, MaxOutput>>20)
			}
			if err := r.step(line, size(text)); err != nil { // a short text may have become a long one
				return nil, err
			}
		}
	}
	return value, nil
}
