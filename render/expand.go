package render

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"icecap/render/theme"
)

// shortMark surrounds the number of a shortcode's output in a text that goes
// through Markdown. It is Unicode's last code point for private use; a text that
// has it loses it.
const shortMark = "\U0010FFFD"

var shortMarks = regexp.MustCompile(shortMark + `(\d+)` + shortMark)

// A shortOutput is what stands for a mark in the end.
type shortOutput struct {
	html []byte
}

// replaceShortcodes puts marks where shortcodes are, and their output aside.
func (c *conversion) replaceShortcodes(text []byte) []byte {
	if c.blog.dialect.tool == "Jekyll" { // which has Liquid instead, and has run
		return text
	}
	if bytes.Contains(text, []byte(shortMark)) {
		text = bytes.ReplaceAll(text, []byte(shortMark), []byte("\uFFFD"))
	}
	if !bytes.Contains(text, []byte("{{<")) && !bytes.Contains(text, []byte("{{%")) {
		return text
	}
	tags, problem := parseShortcodes(string(text))
	if problem != nil {
		c.shortProblem(text, problem.at, problem.what, "write {{</* … */>}} for a shortcode that is only shown")
		return text
	}
	c.facts.Shared = c.facts.Shared || len(tags) > 0
	c.photographFigures(tags)
	out := make([]byte, 0, len(text))
	at := 0
	for i := 0; i < len(tags); i++ {
		tag := tags[i]
		out = append(out, text[at:tag.start]...)
		at = tag.end
		switch {
		case tag.literal != "":
			out = append(out, tag.literal...)
			continue
		case c.leaves(tag.name): // what it has around is a text like any other
			if !tag.closing {
				c.facts.Shorts = append(c.facts.Shorts, link{tag.name, c.lineAt(text, tag.start)})
			}
			if tag.pair < 0 && !tag.closing { // a line of HTML around it must not become an empty one
				out = append(out, c.mark("")...)
			}
			c.lines.lose(len(out), bytes.Count(text[tag.start:at], []byte("\n")))
			continue
		case tag.pair >= 0:
			at = tags[tag.pair].end
			i = tag.pair
		}
		before := len(out)
		out = append(out, c.shortcode(text, tags, tag)...)
		lost := bytes.Count(text[tag.start:at], []byte("\n")) - bytes.Count(out[before:], []byte("\n"))
		c.lines.lose(len(out), lost)
	}
	return append(out, text[at:]...)
}

// shortcode is what replaces one: text, or the mark of its output.
func (c *conversion) shortcode(text []byte, tags []shortTag, tag shortTag) []byte {
	inner := ""
	if tag.pair >= 0 {
		inner = string(text[tag.end:tags[tag.pair].start])
	}
	fail := func(what, hint string) []byte {
		c.shortProblem(text, tag.start, what, hint)
		return nil
	}
	if one := c.blog.layoutShort(tag.name); one != nil && !c.prefersOurs(text, tag, one) {
		return c.layoutShortcode(text, tag, inner, one)
	}
	if make, ok := textShortcodes[tag.name]; ok {
		value, err := make(c, tag)
		var nowhere *noRefError
		var unset *noParamError
		switch otherwise := c.blog.dialect.noRef; {
		case otherwise != nil && errors.As(err, &nowhere):
			c.warn(c.problemIn(c.lineAt(text, tag.start), err.Error(), ""))
			return []byte(*otherwise)
		case c.blog.settings.Lenient && errors.As(err, &unset): // the configuration of a theme may have it
			c.warn(c.problemIn(c.lineAt(text, tag.start), "left out: "+err.Error(), ""))
			return nil
		case err != nil:
			return fail(err.Error(), "")
		}
		if tag.name == "param" && c.depth == 0 && text[tag.start+2] == '<' && strings.ContainsAny(value, "*_`[]<>&~^\\") && !inAddress(text[:tag.start]) {
			value = c.mark(template.HTMLEscapeString(value)) // it is no Markdown
		}
		return []byte(value)
	}
	tag = c.renamed(tag)
	var html template.HTML
	var err error
	switch {
	case tag.name == "highlight":
		html, err = highlightShortcode(tag, inner)
	case tag.name == "qr":
		html, err = qrShortcode(tag, inner)
	case tag.name == "comment": // what its writer alone reads
	case c.blog.theme.HasShortcode(tag.name):
		html, err = c.templateShortcode(text, tag, inner)
	default:
		c.errs = append(c.errs, c.unknownShortcode(tag.name, c.lineAt(text, tag.start)))
		return nil
	}
	if err != nil {
		return fail(err.Error(), "")
	}
	return []byte(c.mark(strings.TrimSpace(string(html))))
}

// inAddress reports whether a text ends within the address of a link or a picture.
func inAddress(text []byte) bool {
	line := text[bytes.LastIndexByte(text, '\n')+1:]
	return bytes.LastIndex(line, []byte("](")) > bytes.LastIndexByte(line, ')')
}

// leaves reports whether a shortcode that nobody knows is left out.
func (c *conversion) leaves(name string) bool {
	return c.blog.settings.Lenient && !c.blog.knows(name) && c.blog.layoutShort(name) == nil
}

// knows reports whether a shortcode is one of ours or of the site's theme for icecap.
func (b *Blog) knows(name string) bool {
	_, text := textShortcodes[name]
	_, old := oldShortcodes[name]
	return old || text || slices.Contains(goShortcodes, name) || b.theme.HasShortcode(name)
}

// unknownShortcode is the mistake of a shortcode that there is not. All uses of a
// name are one mistake in the end.
func (c *conversion) unknownShortcode(name string, line int) Problem {
	p := c.problemIn(line, fmt.Sprintf("there is no shortcode %q", name), c.blog.guessShortcode(name)+"a file theme/shortcodes/"+name+".html would make it one")
	p.group = "shortcode " + name
	return p
}

func (c *conversion) templateShortcode(text []byte, tag shortTag, inner string) (template.HTML, error) {
	view := theme.Shortcode{
		Site: c.blog.of(c.post).site, Name: tag.name, Args: tag.args, Named: tag.named, Text: inner, Count: len(c.shorts),
		Post: theme.ShortcodePost{Title: c.post.title, URL: c.post.url.String(), Permalink: c.blog.absolute(c.post.url.String()), Date: c.post.date, Params: c.post.params},
	}
	line := c.lineAt(text, tag.start)
	if src := figureSource(view); src != "" {
		view.Image = c.findImage(src, line)
	}
	for _, key := range []string{"caption", "attr", "summary"} {
		if text := tag.named[key]; text != "" {
			html, err := c.inline(text, line)
			if err != nil {
				return "", err
			}
			if view.Inline == nil {
				view.Inline = map[string]template.HTML{}
			}
			view.Inline[key] = html
		}
	}
	if strings.TrimSpace(inner) != "" {
		html, err := c.inner(inner, line)
		if err != nil {
			return "", err
		}
		view.Inner = html
	}
	return c.blog.of(c.post).voice.Shortcode(view)
}

// inline converts a text of one paragraph, without the paragraph's own tags.
func (c *conversion) inline(text string, line int) (template.HTML, error) {
	html, err := c.inner(text, line)
	return unwrapped(html), err
}

// unwrapped is the HTML of one paragraph without its tags.
func unwrapped(html template.HTML) template.HTML {
	body := strings.TrimSpace(string(html))
	if inside, ok := strings.CutPrefix(body, "<p>"); ok && strings.Count(body, "<p>") == 1 {
		body = strings.TrimSuffix(inside, "</p>")
	}
	return template.HTML(body)
}

// maxShortNesting bounds shortcodes within shortcodes.
const maxShortNesting = 20

// inner converts the text between two tags, as a part of the same page.
func (c *conversion) inner(text string, line int) (template.HTML, error) {
	return c.partOf(text, line, false)
}

// partOf does so; ready says that the shortcodes in it have run.
func (c *conversion) partOf(text string, line int, ready bool) (template.HTML, error) {
	if c.depth == maxShortNesting {
		return "", fmt.Errorf("shortcodes lie in one another more than %d deep", maxShortNesting)
	}
	part := &conversion{blog: c.blog, post: c.post, raw: c.raw, ids: c.ids, facts: &facts{}, text: c.text, depth: c.depth + 1, lines: lineMap{first: line}, elementIDs: c.elementIDs}
	shared := ready || c.blog.dialect.inside != nil
	if shared {
		part.shorts = c.shorts // marks of the text around may be in the part
	}
	switch {
	case ready:
		part.source = []byte(text)
	case shared:
		part.source = c.blog.dialect.inside(part, text)
	default:
		part.source = part.replaceShortcodes([]byte(text))
	}
	body, err := part.convert(c.blog.of(c.post).markdown)
	if shared {
		c.shorts = part.shorts
	}
	c.errs = append(c.errs, part.errs...)
	c.facts.IDs = append(c.facts.IDs, part.facts.IDs...)
	c.facts.Links = append(c.facts.Links, part.facts.Links...)
	c.facts.Images = append(c.facts.Images, part.facts.Images...)
	c.facts.Shorts = append(c.facts.Shorts, part.facts.Shorts...)
	c.facts.Refs = append(c.facts.Refs, part.facts.Refs...)
	c.facts.Shared = c.facts.Shared || part.facts.Shared
	c.facts.Remarks = append(c.facts.Remarks, part.facts.Remarks...)
	c.facts.Words += part.facts.Words
	c.facts.Uses |= part.facts.Uses
	return template.HTML(body), err
}

// expand puts the output of shortcodes in the place of their marks. A mark that
// has a paragraph to itself takes the place of the paragraph.
func (c *conversion) expand(html []byte) []byte {
	if len(c.shorts) == 0 || !bytes.Contains(html, []byte(shortMark)) {
		return html
	}
	html = alonePattern.ReplaceAll(html, []byte("$1"))
	// What stands for a mark may hold marks of its own, as code within HTML.
	for range maxShortNesting {
		html = shortMarks.ReplaceAllFunc(html, func(mark []byte) []byte {
			n, err := strconv.Atoi(string(bytes.Trim(mark, shortMark)))
			if err != nil || n >= len(c.shorts) {
				return nil
			}
			return c.shorts[n].html
		})
		if !bytes.Contains(html, []byte(shortMark)) {
			break
		}
	}
	return html
}

var alonePattern = regexp.MustCompile(`<p>((?:\s*` + shortMark + `\d+` + shortMark + `\s*)+)</p>`)

func (c *conversion) lineAt(text []byte, at int) int {
	return c.lines.file(c.lines.first + bytes.Count(text[:at], []byte("\n")))
}

func (c *conversion) shortProblem(text []byte, at int, what, hint string) {
	c.errs = append(c.errs, c.problemIn(c.lineAt(text, at), what, hint))
}

// guessShortcode is a hint at a shortcode of nearly that name.
func (b *Blog) guessShortcode(name string) string {
	for _, known := range slices.Concat(b.theme.Shortcodes(), goShortcodes) {
		if strings.EqualFold(known, name) || strings.HasPrefix(known, name) || strings.HasPrefix(name, known) {
			return fmt.Sprintf("did you mean %q? ", known)
		}
	}
	return ""
}

// A lineMap finds the line in a file for a place in a text that shortcodes were
// taken out of.
type lineMap struct {
	first  int   // line of the text's first line
	origin []int // line of each line, where others were put in or taken out; nil: they follow each other
	losses []loss
}

// A loss is a place behind which lines are missing.
type loss struct{ at, lines int }

func (m *lineMap) lose(at, lines int) {
	if lines != 0 {
		m.losses = append(m.losses, loss{at, lines})
	}
}

func (m *lineMap) line(text []byte, at int) int {
	line := m.first + bytes.Count(text[:at], []byte("\n"))
	for _, loss := range m.losses {
		if loss.at <= at {
			line += loss.lines
		}
	}
	return m.file(line)
}

// file is the line of the file for one that is counted in the text.
func (m *lineMap) file(line int) int {
	if at := line - m.first; at >= 0 && at < len(m.origin) {
		return m.origin[at]
	}
	return line
}
