package freeze

import (
	"bytes"
	htmltext "html"
	"net/url"
	"strings"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/html"
)

// Anchors are what a page says about places within pages: those that it has, and
// those that it links to. They can be used again for the next page.
type Anchors struct {
	Refs []AnchorRef // links with a fragment

	ids [][]byte // of elements, and names of <a>; they belong to the body

	base  string
	index map[string]bool // of ids, made for the first question
}

// An AnchorRef is a link with a fragment.
type AnchorRef struct {
	URL      string // before the fragment; "" for the page itself
	Base     string // of the <base> element in force
	Fragment string // without a text directive; never empty
}

// Read looks through an HTML page or an SVG image, a second time after the
// crawler, which has no use for fragments. What stands in a <template> is no
// part of the page. The body is changed, and must stay as long as the ids.
func (a *Anchors) Read(body []byte) {
	*a = Anchors{ids: a.ids[:0], Refs: a.Refs[:0]}
	hideForeign(body)
	var tag tag
	templates := 0
	for lexer := html.NewLexer(parse.NewInputBytes(body)); ; {
		switch kind, _ := lexer.Next(); kind {
		case html.ErrorToken:
			return
		case html.StartTagToken:
			tag = tagOf(lexer.Text())
			if tag == templateTag {
				templates++
			}
		case html.EndTagToken:
			if templates > 0 && tagOf(lexer.Text()) == templateTag {
				templates--
			}
		case html.AttributeToken:
			if templates == 0 {
				a.attribute(tag, lexer.AttrKey(), lexer.AttrVal())
			}
		}
	}
}

// hideForeign renames <svg>, <math> and <xml> to unknown elements of the same
// length: the lexer would take each for one token with all that is in it.
func hideForeign(body []byte) {
	for rest := body; ; {
		i := bytes.IndexByte(rest, '<')
		if i < 0 || i+4 > len(rest) {
			return
		}
		rest = rest[i+1:]
		for _, name := range [...]string{"svg", "math", "xml"} {
			if n := len(name); len(rest) > n && bytes.EqualFold(rest[:n], []byte(name)) && bytes.IndexByte([]byte(" \t\r\n\f/>"), rest[n]) >= 0 {
				rest[0] = 'z'
			}
		}
	}
}

// A tag is an element that means something here.
type tag byte

const (
	otherTag    tag = iota
	linkTag         // <a>, <area>
	useTag          // SVG's <use>
	baseTag         // <base>
	templateTag     // <template>
)

func tagOf(name []byte) tag {
	switch string(name) {
	case "a", "area":
		return linkTag
	case "use":
		return useTag
	case "base":
		return baseTag
	case "template":
		return templateTag
	}
	return otherTag
}

func (a *Anchors) attribute(tag tag, key, value []byte) {
	switch string(key) {
	case "id":
		a.ids = append(a.ids, plainValue(value))
	case "name":
		if tag == linkTag {
			a.ids = append(a.ids, plainValue(value))
		}
	case "href", "xlink:href":
		switch tag {
		case baseTag:
			if a.base == "" {
				a.base = strings.TrimSpace(string(plainValue(value)))
			}
		case linkTag, useTag:
			if bytes.IndexByte(value, '#') >= 0 {
				a.link(tag, plainValue(value))
			}
		}
	}
}

// plainValue takes the quotes off an attribute's value and decodes its entities.
func plainValue(v []byte) []byte {
	if n := len(v); n > 0 && (v[0] == '"' || v[0] == '\'') {
		if n > 1 && v[n-1] == v[0] {
			v = v[:n-1]
		}
		v = v[1:]
	}
	if bytes.IndexByte(v, '&') < 0 {
		return v
	}
	return []byte(htmltext.UnescapeString(string(v)))
}

func (a *Anchors) link(tag tag, value []byte) {
	before, after, ok := bytes.Cut(value, []byte("#"))
	if !ok || bytes.Contains(value, []byte("{{")) { // the # was a part of an entity; or a script fills it in
		return
	}
	after, _, _ = bytes.Cut(after, []byte(":~:")) // a text directive is for the browser
	ref := AnchorRef{string(bytes.TrimSpace(before)), a.base, string(bytes.TrimSpace(after))}
	switch {
	case ref.Fragment == "" || strings.EqualFold(ref.Fragment, "top"): // the top of any page
	case strings.HasPrefix(ref.Fragment, "!") || strings.HasPrefix(ref.Fragment, "/"): // a script's route
	case strings.HasPrefix(ref.Fragment, "svgView("):
	case tag == useTag && ref.URL == "": // a sprite that a script may put into the page
	default:
		a.Refs = append(a.Refs, ref)
	}
}

// Has reports whether a browser finds the fragment in the page (HTML 7.4.6.4):
// as it stands, or percent-decoded.
func (a *Anchors) Has(fragment string) bool {
	if a.index == nil {
		a.index = make(map[string]bool, len(a.ids))
		for _, id := range a.ids {
			a.index[string(id)] = true
		}
	}
	if a.index[fragment] {
		return true
	}
	decoded, err := url.PathUnescape(fragment)
	return err == nil && a.index[decoded]
}
