package render

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"icecap/content"
)

// Site is the site without the bodies of its pages: their keys, types and files
// ([content.Entry.Origin], for a list the one that introduces it), and the redirects.
// It is complete once [Blog.Check] has returned. [Blog.Page] makes a body.
func (b *Blog) Site() content.Site {
	intros := map[content.Path]string{}
	for _, p := range b.intros {
		intros[p.url] = p.file
	}
	outputs := b.wanted(b.outputs)
	site := content.Site{Complete: true, Entries: make([]content.Entry, len(outputs)), Redirects: slices.Clone(b.redirects)}
	for i, o := range outputs {
		site.Entries[i] = content.Entry{Key: o.key, MediaType: o.media, Origin: o.origin}
		if intro := intros[o.key.Path]; o.origin == "" && intro != "" {
			site.Entries[i].Origin = intro
		}
	}
	for _, f := range slices.Concat(b.shownForms()...) {
		if b.byKey[f.key.Path.Decoded()] == nil {
			site.Entries = append(site.Entries, content.Entry{Key: f.key, MediaType: webpType, Origin: f.file})
		}
	}
	slices.SortFunc(site.Entries, func(x, y content.Entry) int { return x.Compare(y.Key) })
	return site
}

// Missing says what is wrong with a link in one of the pages, in the words of a
// build. What is empty where the link leads to something, or may lead to what is
// not of this folder.
func (b *Blog) Missing(page content.Path, dest string) (what, hint string) {
	from := b.byURL[page.Decoded()]
	if from == nil {
		from = &post{source: source{file: b.root}, url: page} // a list
	}
	t := b.target(from, dest)
	return t.problem, t.hint
}

// References are the links and pictures of one text.
type References struct {
	file string
	text []byte
	met  []link // as they come out in the page
}

// A Place is a line of a text.
type Place struct {
	File    string `json:"file"`           // of the folder
	Line    int    `json:"line,omitempty"` // from 1; 0 where it is not known
	Excerpt string `json:"excerpt,omitempty"`
}

// At is the place in one word, "posts/a.md:3".
func (p Place) At() string { return Problem{File: p.File, Line: p.Line}.At() }

// References reads the links of a text of the folder. The error is [Problems] where
// it cannot be converted.
func (b *Blog) References(file string) (*References, error) {
	p := b.byFile[file]
	if p == nil {
		return nil, fmt.Errorf("read the links of %s: it is not published", file)
	}
	c, err := b.newConversion(p)
	if err != nil {
		return nil, err
	}
	if _, err := c.convert(b.of(p).markdown); err != nil {
		return nil, err
	}
	return &References{file, c.text, c.met}, nil
}

// Find lists the lines that hold a link which leads there, as a function says of
// links as they come out in the page. Where no Markdown does, it looks at all words
// of the text that may be addresses: HTML, shortcodes, front matter.
func (r *References) Find(leads func(dest string) bool) []Place {
	var lines []int
	for _, l := range r.met {
		if leads(l.Dest) {
			lines = append(lines, l.Line)
		}
	}
	if lines == nil {
		number := 0
		for line := range bytes.Lines(r.text) {
			number++
			if slices.ContainsFunc(strings.FieldsFunc(string(line), endsAddress), leads) {
				lines = append(lines, number)
			}
		}
	}
	slices.Sort(lines)
	var places []Place
	for _, line := range slices.Compact(lines) {
		places = append(places, Place{r.file, line, excerpt(r.text, line)})
	}
	return places
}

// endsAddress reports whether an address in HTML, front matter or a shortcode ends
// before a character.
func endsAddress(r rune) bool { return r <= ' ' || strings.ContainsRune("\"'`<>()[]{}|,", r) }

// AliasLine is the line of front matter by which a text answers old URLs as well, in
// the form and with the key that its file has, and with those that it answers already.
func (b *Blog) AliasLine(file string, old []string) string {
	p := b.byFile[file]
	if p == nil {
		return ""
	}
	key := "aliases"
	if b.dialect.tool == "Jekyll" {
		key = "redirect_from"
	}
	var list []string
	for _, alias := range slices.Concat(p.aliases, old) {
		if strings.ContainsAny(alias, ",[]{}:#\"' ") || p.fm.format == 't' || p.fm.format == 'j' {
			alias = strconv.Quote(alias)
		}
		list = append(list, alias)
	}
	switch values := "[" + strings.Join(list, ", ") + "]"; p.fm.format {
	case 't':
		return key + " = " + values
	case 'j':
		return strconv.Quote(key) + ": " + values
	default:
		return key + ": " + values
	}
}
