package freeze

import (
	"bytes"
	"html"
	"slices"
)

// A Kind says what a link leads to.
type Kind uint8

const (
	PageLink  Kind = iota // what a visitor goes to: a, iframe, feeds, sitemaps
	AssetLink             // what a page needs to be shown: scripts, images, fonts
	StyleLink             // what it needs to be shown at all as it is meant: style sheets
	HintLink              // what nobody misses who visits the page: source maps, identifiers in JSON-LD
)

// needed reports whether a page is not shown as it is meant without the target.
func (k Kind) needed() bool { return k == AssetLink || k == StyleLink }

// A Link is a reference in a body.
type Link struct {
	URL  string // as it stands there, without entities, fragment and surrounding space; perhaps relative to Base
	Base string // of the <base> element in force; empty for the address of the page
	Kind Kind
}

// Links finds the references in the headers of an answer, in HTML, CSS, SVG,
// scripts, feeds, sitemaps (also .xml.gz), web manifests and robots.txt, in
// their order. It reads no other media type. References that are no page of a web
// site (mailto:, data:, javascript:, a fragment of the same page, a template's
// {{placeholder}}) are not among them.
func Links(r Response) []Link {
	r.prepare()
	links := make([]Link, len(r.found.links))
	for i, l := range r.found.links {
		links[i] = Link{string(l.raw), string(l.base), l.kind}
	}
	return links
}

// A reference is a Link whose bytes belong to a scan.
type reference struct {
	raw, base []byte
	kind      Kind
}

// A scan is what one pass over a body finds: references, and marks for the
// judge. It can be used again; then the references of before are void.
type scan struct {
	links  []reference
	headed int // how many of them stand in headers
	marks  marks

	changes []change // that a sitemap dates

	base      []byte
	templates int         // depth of <template>, whose content is no part of the page
	foreign   int         // depth of <svg> and <math>, which have other rules
	xmlFile   bool        // an SVG file, which may have processing instructions
	attrs     []attribute // of the current tag
	copy      []byte      // of a style sheet or feed, for a lexer that writes to its input
}

// marks are what a body shows of being made for one visitor or one moment.
type marks struct {
	charset string // declared in the body
	csrf    string // where a token against forged requests stands
	token   []byte // itself
	session string // a link with a session id
	nonce   bool   // an element with a nonce
	debug   string // whose page for developers it is
}

// read forgets what was found before and reads the body of r.
func (s *scan) read(r *Response) {
	if cap(s.copy) > keepBuffer {
		s.copy = nil
	}
	*s = scan{links: s.links[:0], attrs: s.attrs[:0], copy: s.copy[:0], changes: s.changes[:0]}
	s.headers(r.Header)
	if len(s.links) == 0 && r.kept != nil {
		s.readBeside(r.kept.entry.Links)
	}
	s.headed = len(s.links)
	if len(r.unzipped) > 0 {
		s.xml(r.unzipped)
		return
	}
	if len(r.Body) == 0 {
		return
	}
	switch r.media.Ext {
	case "html":
		s.html(r.Body)
	case "svg":
		s.xmlFile = true
		s.html(r.Body)
		s.marks.charset = xmlCharset(r.Body)
	case "css":
		s.marks.charset = cssCharset(r.Body)
		s.css(s.copied(r.Body))
		s.sourceMap(r.Body)
	case "js":
		s.modules(r.Body)
		s.sourceMap(r.Body)
	case "xml", "rss", "atom":
		s.xml(r.Body)
	case "json":
		s.script(r.Body)
		if bytes.Contains(r.Body, []byte(`"start_url"`)) { // many servers know no other type for a manifest
			s.manifest(r.Body)
		}
	case "webmanifest":
		s.script(r.Body)
		s.manifest(r.Body)
	case "txt":
		if path, err := r.pathOf(); err == nil && path.Decoded() == robotsPath {
			s.robots(r.Body)
		}
	}
}

// copied is the body in a buffer that a lexer may write to, with room for the
// zero byte that it puts at the end.
func (s *scan) copied(body []byte) []byte {
	s.copy = append(append(s.copy[:0], body...), 0)
	return s.copy[:len(body)]
}

// maxReference is longer than any URL that could be frozen, and than any query
// that is worth a line in a report.
const maxReference = 4096

// What a reference holds that needs a closer look.
const (
	hasHash = 1 << iota
	hasEquals
	hasBrace
	hasBreak
)

var closer = [256]byte{'#': hasHash, '=': hasEquals, '{': hasBrace, '\t': hasBreak, '\r': hasBreak, '\n': hasBreak}

// add takes a reference as it stands in the body, entities already decoded.
func (s *scan) add(raw []byte, kind Kind) {
	raw = trimSpace(raw)
	var has byte
	for _, c := range raw {
		has |= closer[c]
	}
	if has&hasHash != 0 {
		raw = raw[:bytes.IndexByte(raw, '#')]
	}
	if has&hasEquals != 0 {
		s.parameters(raw)
	}
	if s.templates > 0 || len(raw) == 0 || len(raw) > maxReference || !isWeb(raw) ||
		has&hasBrace != 0 && bytes.Contains(raw, []byte("{{")) {
		return
	}
	if has&hasBreak != 0 { // browsers drop them (WHATWG URL, 4.4)
		raw = slices.DeleteFunc(slices.Clone(raw), func(c byte) bool { return closer[c] == hasBreak })
	}
	s.links = append(s.links, reference{raw, s.base, kind})
}

// isWeb reports whether a reference is relative or has the scheme http or https.
func isWeb(raw []byte) bool {
	for i, c := range raw {
		switch {
		case c == ':':
			return hasScheme(raw)
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
		case i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		default:
			return true
		}
	}
	return true
}

// hasScheme reports whether a reference begins with http: or https:.
func hasScheme(raw []byte) bool {
	return len(raw) > 4 && raw[4] == ':' && bytes.EqualFold(raw[:4], []byte("http")) ||
		len(raw) > 5 && raw[5] == ':' && bytes.EqualFold(raw[:5], []byte("https"))
}

// trimSpace cuts off what browsers cut off: spaces and control bytes.
func trimSpace(b []byte) []byte {
	for len(b) > 0 && b[0] <= ' ' {
		b = b[1:]
	}
	for len(b) > 0 && b[len(b)-1] <= ' ' {
		b = b[:len(b)-1]
	}
	return b
}

// unescape decodes the entities of an attribute. Only those that end in a
// semicolon count: in "?a=1&copy=2" browsers see a parameter, not a sign.
func unescape(b []byte) []byte {
	amp := bytes.IndexByte(b, '&')
	if amp < 0 {
		return b
	}
	out := append(make([]byte, 0, len(b)), b[:amp]...)
	for i := amp; i < len(b); {
		if n := entity(b[i:]); n > 0 {
			out = append(out, html.UnescapeString(string(b[i:i+n]))...)
			i += n
			continue
		}
		out = append(out, b[i])
		i++
	}
	return out
}

// entity is the length of the entity at the beginning of b, with its
// semicolon, or 0.
func entity(b []byte) int {
	const longest = 34 // &CounterClockwiseContourIntegral; and a bit
	if b[0] != '&' {
		return 0
	}
	for i := 1; i < len(b) && i < longest; i++ {
		c := b[i]
		if c == ';' {
			return i + 1
		}
		if !isAlnum(c) && c != '#' {
			return 0
		}
	}
	return 0
}

func isAlnum(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// srcset reads the candidates of a srcset (HTML 4.8.4.3.10): URLs may hold
// commas, as data: URLs do, but neither begin nor end with one.
func (s *scan) srcset(b []byte) {
	for len(b) > 0 {
		for len(b) > 0 && (b[0] <= ' ' || b[0] == ',') {
			b = b[1:]
		}
		end := 0
		for end < len(b) && b[end] > ' ' {
			end++
		}
		url := b[:end]
		b = b[end:]
		if n := len(url); n > 0 && url[n-1] == ',' {
			s.add(bytes.TrimRight(url, ","), AssetLink)
			continue
		}
		s.add(url, AssetLink)
		for depth := 0; len(b) > 0; b = b[1:] {
			if b[0] == ',' && depth == 0 {
				break
			}
			switch b[0] {
			case '(':
				depth++
			case ')':
				depth = max(0, depth-1)
			}
		}
	}
}
