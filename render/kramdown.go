package render

import (
	"fmt"
	"regexp"
	"strings"

	"icecap/render/liquid"
)

// What kramdown reads and goldmark does not is replaced before goldmark reads the
// text, line by line: blocks of HTML become marks, and so do tables of contents;
// lists of attributes get goldmark's form; abbreviations, comments and names of
// attributes are taken out and remembered.

// A line is one of a text, with the line of the file that it comes from.
type line struct {
	text string
	at   int
}

// numbered cuts a text into lines.
func numbered(text string, first int) []line {
	parts := strings.Split(text, "\n")
	lines := make([]line, len(parts))
	for i, part := range parts {
		lines[i] = line{part, first + i}
	}
	return lines
}

// written cuts what Liquid wrote into lines.
func written(out string, places []liquid.Place, first int) []line {
	lines := numbered(out, first)
	offset, n := 0, 0
	for i := range lines {
		for n < len(places) && places[n].At <= offset {
			n++
		}
		if n > 0 {
			p := places[n-1]
			lines[i].at = p.Line + strings.Count(out[p.At:offset], "\n")
		}
		offset += len(lines[i].text) + 1
	}
	return lines
}

func joined(lines []line) string {
	var b strings.Builder
	for i, l := range lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(l.text)
	}
	return b.String()
}

// kramdownNames are what a text gives a name: abbreviations, and lists of attributes.
type kramdownNames struct {
	attributes     map[string]string
	abbreviations  map[string]string
	references     map[string]string // lines that say where a link with a label leads
	elementIDs     map[string]int    // of headings in elements of HTML
	markdownInside bool              // "parse_block_html"
	work           int               // bytes that were looked through for the ends of elements
}

// A kramdownPass goes through the lines of a text.
type kramdownPass struct {
	c      *conversion
	site   *jekyllSite
	lines  []line
	text   string // all lines
	starts []int  // of the lines in it
	next   int
	out    []line
	fence  string
}

var (
	fencePattern     = regexp.MustCompile("^[ \t>]*(?:(?:[*+-]|\\d+\\.)[ \t]+)*(`{3,}|~{3,})([^`]*)$")
	namePattern      = regexp.MustCompile(`^ {0,3}\{:(\w[\w-]*):\s*(.*?)\}\s*$`)
	listPattern      = regexp.MustCompile(`^([ \t>]*)\{:([^{}]*)\}\s*$`)
	referencePattern = regexp.MustCompile(`^ {0,3}\[([^\]\[]+)\]:\s*\S`)
	labelPattern     = regexp.MustCompile(`\[([^\]\[]+)\]`)
	abbrPattern      = regexp.MustCompile(`^ {0,3}\*\[([^\]]+)\]:\s*(.*)$`)
	optionPattern    = regexp.MustCompile(`^ {0,3}\{::(\w+)([^{}]*?)(/?)\}\s*(.*)$`)
	tocItem          = regexp.MustCompile(`^ {0,3}(?:[*+-]|\d+\.)\s+\S.*$`)
	rulePattern      = regexp.MustCompile(`^ {0,3}\|?[ :|+=-]*-[ :|+=-]*$`)
	markedLine       = regexp.MustCompile(`^(\s*)((?:` + shortMark + `\d+` + shortMark + `\s*)+)$`)
	lineBreak        = regexp.MustCompile(`\\\\[ \t]*$`)
)

// kramdown makes the text that goldmark reads.
func (c *conversion) kramdown(lines []line, site *jekyllSite) []byte {
	if c.attrs == nil {
		c.attrs = &kramdownNames{attributes: map[string]string{}, abbreviations: map[string]string{}, references: map[string]string{}, elementIDs: map[string]int{}}
		collectNames(lines, c.attrs)
	}
	p := kramdownPass{c: c, site: site, lines: lines, text: joined(lines), starts: make([]int, len(lines))}
	for i := 1; i < len(lines); i++ {
		p.starts[i] = p.starts[i-1] + len(lines[i-1].text) + 1
	}
	for p.next < len(p.lines) {
		l := p.lines[p.next]
		p.next++
		if !p.inFence(l) {
			p.block(l)
		}
	}
	return p.finish()
}

// collectNames finds names that stand behind their use.
func collectNames(lines []line, names *kramdownNames) {
	fence := ""
	for _, l := range lines {
		if m := fencePattern.FindStringSubmatch(l.text); m != nil || fence != "" {
			fence = fenceAfter(fence, m)
			continue
		}
		if m := namePattern.FindStringSubmatch(l.text); m != nil {
			names.attributes[m[1]] = strings.TrimSpace(names.attributes[m[1]] + " " + m[2])
		}
		if m := referencePattern.FindStringSubmatch(l.text); m != nil && m[1][0] != '^' {
			names.references[strings.ToLower(m[1])] = l.text
		}
		if m := abbrPattern.FindStringSubmatch(l.text); m != nil {
			names.abbreviations[m[1]] = strings.TrimSpace(m[2])
		}
	}
}

// fenceAfter is the fence that is open behind a line that may be one.
func fenceAfter(open string, m []string) string {
	switch {
	case m == nil:
		return open
	case open == "":
		return m[1]
	case strings.HasPrefix(m[1], open) && strings.TrimSpace(m[2]) == "":
		return ""
	}
	return open
}

// inFence passes on a line of a code block.
func (p *kramdownPass) inFence(l line) bool {
	m := fencePattern.FindStringSubmatch(l.text)
	if m == nil && p.fence == "" {
		return false
	}
	p.fence = fenceAfter(p.fence, m)
	p.out = append(p.out, l)
	return true
}

func (p *kramdownPass) emit(l line, text string) { p.out = append(p.out, line{text, l.at}) }

// afterBlank reports whether the last line was empty, or there was none.
func (p *kramdownPass) afterBlank() bool {
	return len(p.out) == 0 || strings.TrimSpace(p.out[len(p.out)-1].text) == ""
}

// block reads a line, and those that belong to it.
func (p *kramdownPass) block(l line) {
	switch {
	case p.afterBlank() && isIndented(l.text) && strings.TrimSpace(l.text) != "" && !p.inList():
		p.code(l)
	case namePattern.MatchString(l.text) || abbrPattern.MatchString(l.text):
		p.emit(l, "")
	case strings.TrimSpace(l.text) == "^":
		p.emit(l, "")
	case p.option(l), p.attributeList(l), p.html(l), p.table(l):
	case markedLine.MatchString(l.text):
		if !p.afterBlank() {
			p.emit(l, "")
		}
		p.emit(l, l.text)
		if p.next < len(p.lines) && strings.TrimSpace(p.lines[p.next].text) != "" {
			p.emit(l, "")
		}
	default:
		p.plain(l)
	}
}

func isIndented(text string) bool {
	return strings.HasPrefix(text, "    ") || strings.HasPrefix(text, "\t")
}

// code passes on the lines of an indented block of code. Lines behind it that are not
// indented belong to its last one.
func (p *kramdownPass) code(l line) {
	p.emit(l, l.text)
	for p.next < len(p.lines) {
		next := p.lines[p.next]
		if strings.TrimSpace(next.text) == "" || listPattern.MatchString(next.text) || optionPattern.MatchString(next.text) || endsCode.MatchString(next.text) {
			return
		}
		p.next++
		if isIndented(next.text) {
			p.emit(next, next.text)
			continue
		}
		last := &p.out[len(p.out)-1]
		last.text += " " + strings.TrimLeft(next.text, " ")
	}
}

// endsCode finds a line that begins, or ends, an element of HTML.
var endsCode = regexp.MustCompile(`^ {0,3}</?[a-zA-Z]|^\^\s*$`)

// plain passes on a line of text. The contents of elements such as <code> are no
// Markdown; and an element alone on its line, such as <em>, begins no block of HTML.
func (p *kramdownPass) plain(l line) {
	text := lineBreak.ReplaceAllString(l.text, `\`)
	text = bracketItem.ReplaceAllString(text, `$1\)`)
	if definitionLine.MatchString(text) && !p.afterBlank() && !definitionLine.MatchString(p.out[len(p.out)-1].text) ||
		len(p.out) > 0 && strings.HasPrefix(strings.TrimLeft(p.out[len(p.out)-1].text, " "), "[^") && definitionLine.MatchString(text) {
		p.emit(l, "") // a definition goes on in no line of another
	}
	if strings.Contains(text, "</") {
		text = rawSpan.ReplaceAllStringFunc(text, func(span string) string {
			if strings.Count(text[:strings.Index(text, span)], "`")%2 == 1 {
				return span
			}
			return p.c.literal(span)
		})
	}
	if strings.Contains(text, "](") {
		text = spacedLinks(text)
	}
	if strings.Contains(text, "<") && aloneTag.MatchString(text) {
		text = p.c.mark("") + text
	}
	p.emit(l, text)
}

// spacedLinks puts brackets around addresses with spaces, which kramdown takes without.
func spacedLinks(text string) string {
	var b strings.Builder
	at := 0
	for _, m := range spacedLink.FindAllStringSubmatchIndex(text, -1) {
		if strings.Count(text[:m[0]], "`")%2 == 1 {
			continue // in code
		}
		b.WriteString(text[at:m[2]] + "<" + text[m[2]:m[3]] + ">")
		at = m[3]
	}
	return b.String() + text[at:]
}

var (
	spacedLink     = regexp.MustCompile(`\]\(([^\s()<>"'` + "`" + `][^()<>"'` + "`" + `\n]* [^()<>"'` + "`" + `\n]*[^\s()<>"'` + "`" + `])\s*(?:"[^"\n]*"|'[^'\n]*')?\)`)
	rawSpan        = regexp.MustCompile(`(?i)<code(?:\s[^<>]*)?>.*?</code>|<kbd(?:\s[^<>]*)?>.*?</kbd>|<samp(?:\s[^<>]*)?>.*?</samp>|<var(?:\s[^<>]*)?>.*?</var>`)
	bracketItem    = regexp.MustCompile(`^((?:[ \t>]|[*+-][ \t]|\d+\.[ \t])*\d+)\)`) // no list for kramdown
	definitionLine = regexp.MustCompile(`^ {0,3}\[[^\]]+\]:\s`)
	aloneTag       = regexp.MustCompile(`^ {0,3}</?[a-zA-Z][\w-]*(?:\s[^<>]*)?/?>[ \t]*$`)
)

// inList reports whether an indented line may belong to a list above.
func (p *kramdownPass) inList() bool {
	for i := len(p.out) - 1; i >= 0; i-- {
		text := p.out[i].text
		if strings.TrimSpace(text) == "" || text[0] == ' ' || text[0] == '\t' {
			continue
		}
		return itemStart.MatchString(text)
	}
	return false
}

var itemStart = regexp.MustCompile(`^(?:[*+-]|\d+\.|:|\[\^[^\]]+\]:)\s`)

// option reads {::comment}, {::nomarkdown} and {::options}.
func (p *kramdownPass) option(l line) bool {
	m := optionPattern.FindStringSubmatch(l.text)
	if m == nil {
		return false
	}
	inner := ""
	if m[3] == "" {
		inner = p.until(m[1], m[4])
	}
	switch m[1] {
	case "comment":
		p.emit(l, "")
	case "nomarkdown":
		if strings.Contains(m[2], `type="latex"`) {
			p.emit(l, "")
			break
		}
		p.emit(l, "")
		p.emit(l, p.c.literal(inner))
		p.emit(l, "")
	case "options":
		p.emit(l, "")
		p.options(l, m[2])
	default:
		p.c.errs = append(p.c.errs, p.c.problemIn(l.at, fmt.Sprintf("kramdown has no extension %q", m[1]), ""))
	}
	return true
}

// until reads up to the end of an extension, {:/name} or {:/}.
func (p *kramdownPass) until(name, first string) string {
	var inner []string
	text := first
	for {
		for _, end := range []string{"{:/" + name + "}", "{:/}"} {
			if before, _, ok := strings.Cut(text, end); ok {
				return strings.Join(append(inner, before), "\n")
			}
		}
		inner = append(inner, text)
		if p.next == len(p.lines) {
			return strings.Join(inner, "\n")
		}
		text = p.lines[p.next].text
		p.next++
	}
}

// options reads what the text sets itself.
func (p *kramdownPass) options(l line, text string) {
	for _, a := range parseKramdownAttributes(text, nil) {
		switch a.name {
		case "parse_block_html":
			p.c.attrs.markdownInside = a.value == "true"
		case "toc_levels", "auto_ids", "parse_span_html":
		default:
			p.c.warn(p.c.problemIn(l.at, fmt.Sprintf("kramdown's option %s has no effect", a.name), ""))
		}
	}
}

// tableOfContents replaces the list above, or below, by the headings of the text.
func (p *kramdownPass) tableOfContents(l line) bool {
	for len(p.out) > 0 && tocItem.MatchString(p.out[len(p.out)-1].text) {
		p.out = p.out[:len(p.out)-1]
	}
	for p.next < len(p.lines) && tocItem.MatchString(p.lines[p.next].text) {
		p.next++
	}
	p.emit(l, "")
	p.emit(l, p.c.mark(""))
	p.emit(l, "")
	p.c.toc = len(p.c.shorts)
	return true
}

// finish joins the lines, and notes where lines of the file are missing.
func (p *kramdownPass) finish() []byte {
	text := joined(p.out)
	at, missing := 0, 0
	for i, l := range p.out {
		if lost := l.at - p.c.lines.first - i - missing; lost != 0 {
			p.c.lines.lose(at, lost)
			missing += lost
		}
		at += len(l.text) + 1
	}
	return []byte(text)
}
