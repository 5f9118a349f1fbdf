package liquid

import (
	"fmt"
	"regexp"
	"strings"
)

// Jekyll reads what does not follow Liquid's grammar loosely: it takes the first
// value and the filters that it finds, and leaves the rest out. So does this, and
// says so.

// maxLoose bounds what is read loosely, in bytes.
const maxLoose = 1000

var (
	fragmentPattern = regexp.MustCompile(`"[^"]*"|'[^']*'|(?:[^\s,|'"]|"[^"]*"|'[^']*')+`)
	piecePattern    = regexp.MustCompile(`\[[^\]]+\]|[\w-]+`)
	joinPattern     = regexp.MustCompile(`"[^"]*"|'[^']*'|\b(?:and|or)\b`)
	partPattern     = regexp.MustCompile(`(` + fragmentPattern.String() + `)\s*([=!<>a-z_]+)?\s*(` + fragmentPattern.String() + `)?`)
)

// note says what is wrong and passed all the same.
func (p *parser) note(t token, format string, args ...any) {
	p.left = append(p.left, &Error{File: p.file, Line: t.line, What: fmt.Sprintf(format, args...), Passed: true})
}

// noteRest says that the rest of a tag has no meaning.
func (p *parser) noteRest(t token, w *words) {
	p.note(t, "the Liquid %q cannot be read beyond %q: the rest is left out, as in Jekyll", firstWords(t.raw), firstWords(strings.TrimSpace(w.text[:w.at])))
}

// looseValue is the value that comes next, whatever stands in it; it is nil if no name
// does.
func (w *words) looseValue() (expression, bool) {
	if len(w.text) > maxLoose {
		return nil, false
	}
	m := fragmentPattern.FindStringIndex(w.text[w.at:])
	if m == nil {
		return nil, true
	}
	fragment := w.text[w.at+m[0] : w.at+m[1]]
	w.at += m[1]
	if !piecePattern.MatchString(fragment) {
		return nil, true
	}
	return looseFragment(fragment)
}

// looseFragment is a value as written, or the variable of which the names stand in it.
func looseFragment(text string) (expression, bool) {
	inner := &words{text: text}
	if value, ok := inner.expression(); ok && inner.done() {
		return value, true
	}
	names := piecePattern.FindAllString(text, -1)
	if len(names) == 0 || names[0][0] == '[' {
		return nil, false
	}
	variable := path{name: names[0]}
	for _, name := range names[1:] {
		if name[0] != '[' {
			variable.steps = append(variable.steps, literal{name})
		} else if index, ok := (&words{text: name[1 : len(name)-1]}).expression(); ok {
			variable.steps = append(variable.steps, index)
		}
	}
	return variable, true
}

// looseCondition reads each part between "and" and "or" as far as it goes; nil if a
// part has no value at all.
func looseCondition(text string) *condition {
	if len(text) > maxLoose {
		return nil
	}
	var first, last *condition
	join, start := "", 0
	add := func(part string) bool {
		c := loosePart(part)
		switch {
		case c == nil:
			return false
		case first == nil:
			first = c
		default:
			last.join, last.rest = join, c
		}
		last = c
		return true
	}
	for _, m := range joinPattern.FindAllStringIndex(text, -1) {
		if word := text[m[0]:m[1]]; word == "and" || word == "or" {
			if !add(text[start:m[0]]) {
				return nil
			}
			join, start = word, m[1]
		}
	}
	if !add(text[start:]) {
		return nil
	}
	return first
}

// loosePart is a value, or a comparison of two.
func loosePart(text string) *condition {
	m := partPattern.FindStringSubmatch(text)
	if m == nil {
		return nil
	}
	left, ok := looseFragment(m[1])
	if !ok {
		return nil
	}
	c := &condition{left: left}
	if m[2] == "" {
		return c
	}
	for _, operator := range operators {
		if m[2] == operator {
			c.operator = operator
		}
	}
	if c.right, ok = looseFragment(m[3]); c.operator == "" || !ok && m[3] != "" {
		return nil
	}
	if c.right == nil {
		c.right = literal{nil}
	}
	return c
}
