package render

import (
	"regexp"
	"slices"
	"strings"
)

// spanElements are those that begin no block.
var spanElements = strings.Fields(`a abbr acronym b big bdo br button cite code del dfn em i img input ins kbd label mark option q rb rbc rp rt rtc
	ruby samp select small span strong sub sup tt u var`)

// emptyElements have no end.
var emptyElements = strings.Fields("area base br col command embed hr img input keygen link meta param source track wbr")

// rawElements hold no elements.
var rawElements = []string{"script", "style", "textarea", "math"}

var (
	blockStart   = regexp.MustCompile(`^ {0,3}<([a-zA-Z][\w:-]*)((?:\s[^<>]*)?)(/?)>`)
	openStart    = regexp.MustCompile(`^ {0,3}<([a-zA-Z][\w:-]*)(?:\s|$)`)
	commentStart = regexp.MustCompile(`^ {0,3}<!--`)
	elementTag   = regexp.MustCompile(`(?s)<!--.*?-->|<(/?)([a-zA-Z][\w:-]*)((?:\s+[^\s"'<>/=]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>]+))?)*)\s*(/?)>`)
	markdownWord = regexp.MustCompile(`\s+markdown\s*=\s*["']?([\w]+)["']?`)
)

// html takes a block of HTML out: kramdown passes all of it on, up to the end of its
// element, whatever lines are empty. What has markdown="1" is read as Markdown.
func (p *kramdownPass) html(l line) bool {
	if commentStart.MatchString(l.text) {
		return p.comment(l)
	}
	if m := openStart.FindStringSubmatch(l.text); !blockStart.MatchString(l.text) && (m == nil || slices.Contains(spanElements, strings.ToLower(m[1]))) {
		return false
	}
	rest := p.text[p.starts[p.next-1]:]
	loc := elementTag.FindStringSubmatchIndex(rest)
	if loc == nil || strings.TrimSpace(rest[:loc[0]]) != "" || loc[4] < 0 {
		return false
	}
	name := strings.ToLower(rest[loc[4]:loc[5]])
	if slices.Contains(spanElements, name) || loc[2] != loc[3] {
		return false
	}
	end, ok := p.elementEnd(rest, loc, name, l.at)
	if !ok {
		return false
	}
	p.c.inside = nil
	mark := p.c.literal(p.markup(rest[loc[0]:end], l.at))
	p.c.shorts[len(p.c.shorts)-1].headings = p.c.inside
	p.take(l, rest, end, mark)
	return true
}

// comment takes a comment out, however many lines it has.
func (p *kramdownPass) comment(l line) bool {
	rest := p.text[p.starts[p.next-1]:]
	end := strings.Index(rest, "-->")
	if end < 0 || !strings.Contains(rest[:end], "\n\n") {
		return false // goldmark knows it
	}
	p.take(l, rest, end+3, p.c.literal(rest[:end+3]))
	return true
}

// take replaces the text up to end by a mark on a line of its own.
func (p *kramdownPass) take(l line, rest string, end int, mark string) {
	p.emit(l, "")
	p.emit(l, mark)
	p.emit(l, "")
	p.next += strings.Count(rest[:end], "\n")
	tail, _, _ := strings.Cut(rest[end:], "\n")
	if strings.TrimSpace(tail) != "" {
		// What stands behind the end goes on as a line of its own.
		p.next--
		at := p.starts[p.next] + len(p.lines[p.next].text) - len(tail)
		if p.lines[p.next].text = strings.TrimLeft(tail, " \t"); tail != "" {
			p.starts[p.next] = at + len(tail) - len(p.lines[p.next].text)
		}
	}
}

// maxLooking bounds how many bytes are looked through for the ends of elements, beside
// twice the text: one of a million elements that do not end would never be done.
const maxLooking = 4 << 20

// elementEnd is where an element ends; ok is false if it does not.
func (p *kramdownPass) elementEnd(text string, open []int, name string, line int) (end int, ok bool) {
	limit := maxLooking + 2*len(p.text)
	if p.c.attrs.work > limit {
		return 0, false
	}
	end, ok = elementEnd(text, open, name)
	if !ok {
		end = len(text)
	}
	if p.c.attrs.work += end; p.c.attrs.work > limit {
		p.c.errs = append(p.c.errs, p.c.problemIn(line, "too many elements of HTML in the text have no end", "close them"))
	}
	return end, ok
}

// elementEnd does it, whatever it costs.
func elementEnd(text string, open []int, name string) (end int, ok bool) {
	if open[8] != open[9] || slices.Contains(emptyElements, name) {
		return open[1], true
	}
	if slices.Contains(rawElements, name) {
		n := strings.Index(strings.ToLower(text[open[1]:]), "</"+name)
		if n < 0 {
			return 0, false
		}
		close := strings.IndexByte(text[open[1]+n:], '>')
		return open[1] + n + close + 1, close >= 0
	}
	for depth, at := 1, open[1]; ; {
		n := strings.IndexByte(text[at:], '<')
		if n < 0 {
			return 0, false
		}
		at += n
		if strings.HasPrefix(text[at:], "<!--") {
			if n = strings.Index(text[at:], "-->"); n < 0 {
				return 0, false
			}
			at += n
			continue
		}
		closing, isEnd := 0, strings.HasPrefix(text[at:], "</")
		if isEnd {
			closing = 1
		}
		after := at + 1 + closing + len(name)
		if after >= len(text) || !strings.EqualFold(text[at+1+closing:after], name) || isElementName(text[after]) {
			at++
			continue
		}
		if at = tagEnd(text, after); at < 0 {
			return 0, false
		}
		if isEnd {
			depth--
		} else if text[at-2] != '/' {
			depth++
		}
		if depth == 0 {
			return at, true
		}
	}
}

// isElementName reports whether a byte can be within the name of an element.
func isElementName(c byte) bool { return c == '-' || c == ':' || isNameByte(c) }

// tagEnd is where a tag ends, of which a part is read, or -1.
func tagEnd(text string, at int) int {
	quote := byte(0)
	for ; at < len(text); at++ {
		switch c := text[at]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return at + 1
		case c == '<':
			return at // it does not end: the next one begins
		}
	}
	return -1
}

// markup is a block of HTML in which what has markdown="1" is Markdown.
func (p *kramdownPass) markup(text string, at int) string {
	if !strings.Contains(text, "markdown") && !p.c.attrs.markdownInside {
		return text
	}
	var b strings.Builder
	for {
		loc := elementTag.FindStringSubmatchIndex(text)
		if loc == nil {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:loc[0]])
		at += strings.Count(text[:loc[0]], "\n")
		tag := text[loc[0]:loc[1]]
		if loc[4] < 0 || loc[2] != loc[3] {
			b.WriteString(tag)
			text, at = text[loc[1]:], at+strings.Count(tag, "\n")
			continue
		}
		name, mode := strings.ToLower(text[loc[4]:loc[5]]), ""
		if m := markdownWord.FindStringSubmatch(tag); m != nil {
			mode = m[1]
			tag = markdownWord.ReplaceAllString(tag, "")
		} else if p.c.attrs.markdownInside && !slices.Contains(spanElements, name) {
			mode = "1"
		}
		b.WriteString(tag)
		end, ok := 0, false
		if mode != "" && mode != "0" {
			end, ok = p.elementEnd(text, loc, name, at)
		}
		if !ok || end == loc[1] {
			at += strings.Count(text[loc[0]:loc[1]], "\n")
			text = text[loc[1]:]
			continue
		}
		close := strings.LastIndexByte(text[:end], '<')
		b.WriteString(p.inside(text[loc[1]:close], name, mode, at+strings.Count(text[loc[0]:loc[1]], "\n")))
		b.WriteString(text[close:end])
		at += strings.Count(text[loc[0]:end], "\n")
		text = text[end:]
	}
}

// spanContent are the elements whose Markdown is that of a line.
var spanContent = strings.Fields("p h1 h2 h3 h4 h5 h6 dt legend th span a strong em")

// inside converts the Markdown within an element.
func (p *kramdownPass) inside(text, name, mode string, at int) string {
	spans := mode == "span" || mode != "block" && slices.Contains(spanContent, name)
	source := unindent(text)
	if spans {
		source = p.unblocked(source)
	}
	outer := p.c.element
	p.c.element = true
	html, err := p.c.inner(source+p.references(text), at)
	p.c.element = outer
	if err != nil {
		p.c.errs = append(p.c.errs, p.c.problemIn(at, err.Error(), ""))
		return ""
	}
	result := strings.TrimSpace(string(html))
	if spans {
		if inner, ok := strings.CutPrefix(result, "<p>"); ok && strings.Count(result, "<p>") == 1 {
			return strings.TrimSuffix(inner, "</p>")
		}
	}
	return "\n" + result + "\n"
}

// unblocked is a text whose lines begin no block, as no list with "-".
func (p *kramdownPass) unblocked(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		if trimmed := strings.TrimLeft(l, " \t"); blockSign.MatchString(trimmed) {
			lines[i] = p.c.mark("") + trimmed
		}
	}
	return strings.Join(lines, "\n")
}

var blockSign = regexp.MustCompile("^(?:[-+*>#|=~:]|\\d+[.)]|```|__|<)")

// references are the lines of the whole text that say where the links of a part lead.
func (p *kramdownPass) references(text string) string {
	var b strings.Builder
	seen := map[string]bool{}
	for _, m := range labelPattern.FindAllStringSubmatch(text, -1) {
		label := strings.ToLower(m[1])
		if reference, ok := p.c.attrs.references[label]; ok && !seen[label] {
			seen[label] = true
			b.WriteString("\n\n" + reference)
		}
	}
	return b.String()
}

// unindent takes away the space that all lines begin with.
func unindent(text string) string {
	lines := strings.Split(text, "\n")
	least := -1
	for _, l := range lines[min(1, len(lines)-1):] {
		if trimmed := strings.TrimLeft(l, " \t"); trimmed != "" && (least < 0 || len(l)-len(trimmed) < least) {
			least = len(l) - len(trimmed)
		}
	}
	for i, l := range lines {
		if least > 0 && len(l) >= least && strings.TrimLeft(l[:least], " \t") == "" {
			lines[i] = l[least:]
		}
	}
	return strings.Join(lines, "\n")
}

// contents is the list of the headings that kramdown puts in the place of {:toc}.
func (s *jekyllSite) contents(flat []flatHeading) string {
	return listHeadings(slices.DeleteFunc(slices.Clone(flat), func(h flatHeading) bool { return !slices.Contains(s.TOCLevels, h.Level) }), "markdown-toc")
}
