package render

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// A shortTag is one tag of a shortcode as it stands in a text: {{< name args >}},
// {{% name %}}, {{< /name >}}, {{< name />}}, or an escaped {{</* name */>}}.
type shortTag struct {
	start, end int // in the text
	name       string
	args       []string
	named      map[string]string
	list       []any          // args and named, as what they are without quotes: a number,
	typed      map[string]any // true or false
	markdown   bool           // {{% %}}: what stands for it is Markdown
	closing    bool
	closed     bool   // ends in "/", so that no closing tag follows
	literal    string // of an escaped tag: what it stands for
	pair       int    // index of the closing tag, or -1
}

// A shortError is a tag that cannot be read.
type shortError struct {
	at   int
	what string
}

// maxShortcodes bounds the tags of one text.
const maxShortcodes = 10000

var shortOpen = regexp.MustCompile(`\{\{[<%](?:/\*|\s*/?\s*[A-Za-z0-9_])`)

// parseShortcodes finds the tags of a text and joins pairs. Text that only looks
// a little like one, such as {{image "x.png"}} of another tool, is text.
func parseShortcodes(text string) ([]shortTag, *shortError) {
	var tags []shortTag
	for at := 0; ; {
		if !strings.Contains(text[at:], "{{<") && !strings.Contains(text[at:], "{{%") {
			break
		}
		match := shortOpen.FindStringIndex(text[at:])
		if match == nil {
			break
		}
		if len(tags) == maxShortcodes {
			return nil, &shortError{at, fmt.Sprintf("there are more than %d shortcodes", maxShortcodes)}
		}
		tag, problem := parseTag(text, at+match[0])
		if problem != nil {
			return nil, problem
		}
		tags = append(tags, tag)
		at = tag.end
	}
	return tags, pairTags(tags)
}

// parseTag reads the tag that begins at start.
func parseTag(text string, start int) (shortTag, *shortError) {
	tag := shortTag{start: start, named: map[string]string{}, typed: map[string]any{}, pair: -1}
	end := ">}}"
	if tag.markdown = text[start+2] == '%'; tag.markdown {
		end = "%}}"
	}
	rest := text[start+3:]
	if inner, escaped := strings.CutPrefix(rest, "/*"); escaped {
		inner, _, ended := strings.Cut(inner, "*/"+end)
		if !ended {
			return tag, &shortError{start, "an escaped shortcode does not end in */" + end}
		}
		tag.end = start + 3 + len("/*") + len(inner) + len("*/") + len(end)
		tag.literal = text[start:start+3] + inner + end
		return tag, nil
	}
	p := argParser{text: text, at: start + 3, end: end}
	p.space()
	if p.eat("/") {
		tag.closing = true
		p.space()
	}
	tag.name = p.word()
	for {
		p.space()
		switch {
		case p.eat(end):
			tag.end = p.at
			return tag, nil
		case p.eat("/" + end):
			tag.closed, tag.end = true, p.at
			return tag, nil
		case p.at >= len(text):
			return tag, &shortError{start, fmt.Sprintf("the shortcode %q does not end in %s", tag.name, end)}
		}
		value, isName := p.value()
		if isName {
			p.space() // src = "x" is an argument with a name, too
		}
		switch {
		case value == "" && !p.quoted:
			return tag, &shortError{start, fmt.Sprintf("the shortcode %q has an argument that cannot be read", tag.name)}
		case isName && p.eat("="):
			p.space()
			argument := p.argument()
			if argument == "" && !p.quoted {
				return tag, &shortError{start, fmt.Sprintf("the shortcode %q has no value for %q", tag.name, value)}
			}
			tag.named[value], tag.typed[value] = argument, p.typed(argument)
		default:
			tag.args, tag.list = append(tag.args, value), append(tag.list, p.typed(value))
		}
	}
}

// An argParser reads the words of a tag.
type argParser struct {
	text   string
	at     int
	end    string
	quoted bool // the last value was
}

func (p *argParser) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

func (p *argParser) eat(word string) bool {
	if !strings.HasPrefix(p.text[p.at:], word) {
		return false
	}
	p.at += len(word)
	return true
}

func (p *argParser) word() string {
	start := p.at
	for p.at < len(p.text) && (isWordByte(p.text[p.at]) || p.text[p.at] == '/' && p.at > start && !strings.HasPrefix(p.text[p.at:], "/"+p.end)) {
		p.at++
	}
	return p.text[start:p.at]
}

func isWordByte(c byte) bool {
	return c == '_' || c == '-' || c == '.' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
}

// value reads one argument; isName says that it may be the name of one.
func (p *argParser) value() (value string, isName bool) {
	p.quoted = false
	if p.at >= len(p.text) {
		return "", false
	}
	switch quote := p.text[p.at]; quote {
	case '"', '`':
		return p.quotedValue(quote), false
	}
	start := p.at
	isName = true
	for p.at < len(p.text) && !strings.HasPrefix(p.text[p.at:], p.end) && !strings.HasPrefix(p.text[p.at:], "/"+p.end) {
		c := p.text[p.at]
		if strings.IndexByte(" \t\r\n=\"`", c) >= 0 && !(c == '=' && !isName) {
			break
		}
		isName = isName && isWordByte(c)
		p.at++
	}
	return p.text[start:p.at], isName
}

// argument reads what stands behind a name and "=": what is not quoted goes up to the
// next space, whatever it holds.
func (p *argParser) argument() string {
	p.quoted = false
	if p.at < len(p.text) && (p.text[p.at] == '"' || p.text[p.at] == '`') {
		return p.quotedValue(p.text[p.at])
	}
	start := p.at
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) < 0 && !strings.HasPrefix(p.text[p.at:], p.end) && !strings.HasPrefix(p.text[p.at:], "/"+p.end) {
		p.at++
	}
	return p.text[start:p.at]
}

// typed is the last value as what it is: without quotes, a number or true or false.
func (p *argParser) typed(value string) any {
	if p.quoted {
		return value
	}
	switch value {
	case "true", "false":
		return value == "true"
	}
	if n, err := strconv.Atoi(value); err == nil {
		return n
	}
	if f, err := strconv.ParseFloat(value, 64); err == nil && strings.Trim(value, "+-.0123456789") == "" {
		return f
	}
	return value
}

// quotedValue reads a text in quotes. Where a quote stands behind a backslash, all
// backslashes go, as in Hugo; elsewhere they are what they seem.
func (p *argParser) quotedValue(quote byte) string {
	start, escaped := p.at+1, false
	for i := start; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == quote:
			p.at, p.quoted = i+1, true
			if escaped {
				return strings.ReplaceAll(p.text[start:i], `\`, "")
			}
			return p.text[start:i]
		case c == '\\' && quote == '"' && strings.HasPrefix(p.text[i+1:], `"`):
			i++
			escaped = true
		}
	}
	p.at = len(p.text)
	return ""
}

// pairTags joins each closing tag with the nearest open one of its name. What
// stays open has no inner text.
func pairTags(tags []shortTag) *shortError {
	var open []int
	for i := range tags {
		switch t := &tags[i]; {
		case t.literal != "" || t.closed:
		case !t.closing:
			open = append(open, i)
		default:
			n := len(open) - 1
			for n >= 0 && tags[open[n]].name != t.name {
				n--
			}
			if n < 0 {
				return &shortError{t.start, fmt.Sprintf("the shortcode %q is closed but was not opened", t.name)}
			}
			tags[open[n]].pair = i
			open = open[:n]
		}
	}
	return nil
}
