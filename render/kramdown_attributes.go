package render

import (
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strings"
)

// attributeList reads {: .class #id key="value"} on a line of its own. It belongs to
// the block above it, or after an empty line to the one below.
func (p *kramdownPass) attributeList(l line) bool {
	m := listPattern.FindStringSubmatch(l.text)
	if m == nil {
		return false
	}
	list := parseKramdownAttributes(m[2], p.c.attrs.attributes)
	if slices.ContainsFunc(list, func(a kramdownAttribute) bool { return a.name == "toc" && a.value == "" }) {
		return p.tableOfContents(l)
	}
	text := goldmarkAttributes(list)
	switch {
	case text == "":
		p.emit(l, "")
	case !p.afterBlank():
		p.emit(l, m[1]+text)
	default:
		p.pushDown(l, m[1], text)
	}
	return true
}

// pushDown puts attributes below the block that they stand above.
func (p *kramdownPass) pushDown(l line, indent, text string) {
	start := len(p.out)
	for p.next < len(p.lines) && strings.TrimSpace(p.lines[p.next].text) != "" {
		next := p.lines[p.next]
		p.next++
		if trimmed := strings.TrimLeft(next.text, " "); strings.Contains(indent, ">") && !strings.HasPrefix(trimmed, ">") {
			next.text = indent + trimmed // the list of attributes was the quotation's first line
		}
		if p.inFence(next) {
			for p.fence != "" && p.next < len(p.lines) {
				p.inFence(p.lines[p.next])
				p.next++
			}
			continue
		}
		p.block(next)
	}
	if len(p.out) > start && !p.afterBlank() {
		p.emit(l, indent+text)
	}
}

// A kramdownAttribute is one of a list; a reference, and "toc", has no value.
type kramdownAttribute struct{ name, value string }

var attributePattern = regexp.MustCompile(`\s*(?:([.#])([^\s.#{}"'=]+)|([\w:-]+)=(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s"'{}]+))|:?([\w-]+)|\S)`)

// parseKramdownAttributes reads a list. Names stand for the attributes that the text
// gives them elsewhere.
func parseKramdownAttributes(text string, names map[string]string) (list []kramdownAttribute) {
	for _, m := range attributePattern.FindAllStringSubmatch(text, 100) {
		switch {
		case m[1] == ".":
			list = append(list, kramdownAttribute{"class", m[2]})
		case m[1] == "#":
			list = append(list, kramdownAttribute{"id", m[2]})
		case m[3] != "":
			value := strings.ReplaceAll(m[4], `\"`, `"`) + strings.ReplaceAll(m[5], `\'`, `'`) + m[6]
			list = append(list, kramdownAttribute{m[3], value})
		case m[7] != "":
			if named, ok := names[m[7]]; ok {
				list = append(list, parseKramdownAttributes(named, nil)...)
			} else {
				list = append(list, kramdownAttribute{m[7], ""})
			}
		}
	}
	return list
}

// goldmarkAttributes are a list in goldmark's form, "" for an empty one.
func goldmarkAttributes(list []kramdownAttribute) string {
	var classes, rest []string
	id := ""
	for _, a := range list {
		switch {
		case a.name == "class":
			classes = append(classes, strings.Fields(a.value)...)
		case a.name == "id":
			id = a.value
		case a.value != "" && !strings.HasPrefix(strings.ToLower(a.name), "on"):
			rest = append(rest, fmt.Sprintf(`%s="%s"`, a.name, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(a.value)))
		}
	}
	var parts []string
	if id != "" {
		parts = append(parts, fmt.Sprintf(`id="%s"`, template.HTMLEscapeString(id)))
	}
	if len(classes) > 0 {
		parts = append(parts, fmt.Sprintf(`class="%s"`, template.HTMLEscapeString(strings.Join(classes, " "))))
	}
	if parts = append(parts, rest...); len(parts) == 0 {
		return ""
	}
	return "{:" + strings.Join(parts, " ") + "}"
}
