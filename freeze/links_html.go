package freeze

import (
	"bytes"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/html"
)

type attribute struct{ name, value []byte } // the value unquoted, with its entities

// html reads HTML or SVG.
//
// Three habits of the lexer are met here. It writes names in lower case into
// its input, so it gets a copy: what is frozen are the app's bytes. It takes
// <svg>, <math> and <xml> for one token each, whose end it can miss after a
// single quotation mark in a text, and with it the rest of the page; so the copy
// has other names for them. And it reads no further than a NUL in them.
func (s *scan) html(body []byte) {
	text := s.copied(body)
	hideForeign(text)
	lexer := html.NewLexer(parse.NewInputBytes(text))
	var tag []byte
	for {
		kind, _ := lexer.Next()
		switch kind {
		case html.ErrorToken:
			return
		case html.StartTagToken:
			tag = lexer.Text()
			s.attrs = s.attrs[:0]
		case html.AttributeToken:
			s.attrs = append(s.attrs, attribute{lexer.AttrKey(), unquote(lexer.AttrVal())})
		case html.StartTagCloseToken, html.StartTagVoidToken:
			s.element(tag)
		case html.EndTagToken:
			tag = nil
			if s.templates > 0 && string(lexer.Text()) == "template" {
				s.templates--
			}
		case html.TextToken:
			switch string(tag) {
			case "style":
				s.maybeCSS(lexer.Text())
			case "script":
				s.script(lexer.Text())
			}
		}
	}
}

// hideForeign gives the three elements that the lexer swallows a name that it
// does not know, of the same length.
func hideForeign(text []byte) {
	for rest := text; ; {
		i := bytes.IndexByte(rest, '<')
		if i < 0 || i+4 > len(rest) {
			return
		}
		name := rest[i+1:]
		switch name[0] | 0x20 {
		case 's', 'm', 'x':
			for _, foreign := range [...]string{"svg", "math", "xml"} {
				if n := len(foreign); len(name) > n && bytes.EqualFold(name[:n], []byte(foreign)) && !isAlnum(name[n]) {
					name[0] = 'z'
				}
			}
		}
		rest = name
	}
}

// unquote takes the quotes off an attribute's value.
func unquote(v []byte) []byte {
	if len(v) == 0 || v[0] != '"' && v[0] != '\'' {
		return v
	}
	if n := len(v); n > 1 && v[n-1] == v[0] {
		return v[1 : n-1]
	}
	return v[1:]
}

// attr is the value of an attribute of the current tag, entities decoded and
// trimmed; of two with one name the first counts.
func (s *scan) attr(name string) []byte {
	for _, a := range s.attrs {
		if string(a.name) == name {
			return trimSpace(unescape(a.value))
		}
	}
	return nil
}

func (s *scan) has(name string) bool {
	for _, a := range s.attrs {
		if string(a.name) == name {
			return true
		}
	}
	return false
}

// element reads a start tag with its attributes.
func (s *scan) element(tag []byte) {
	if string(tag) == "template" && !s.has("shadowrootmode") {
		s.templates++
	}
	if len(s.attrs) == 0 {
		return
	}
	switch string(tag) {
	case "base":
		if href := s.attr("href"); s.base == nil && len(href) > 0 {
			s.base = href
		}
		return
	case "link":
		s.linkElement()
	case "meta":
		s.metaElement()
	case "input":
		s.tokenField(s.attr("name"), s.attr("value"), "input")
	case "object":
		s.add(s.attr("data"), AssetLink)
	case "script", "style":
		s.nonce()
	}
	for _, a := range s.attrs {
		s.attribute(tag, a)
	}
}

// attribute reads what an attribute means on most elements.
func (s *scan) attribute(tag []byte, a attribute) {
	switch string(a.name) {
	case "href", "xlink:href":
		switch string(tag) {
		case "link":
		case "use", "image", "feimage":
			s.add(unescape(a.value), AssetLink)
		default:
			s.add(unescape(a.value), PageLink)
		}
	case "src", "data-src", "data-lazy-src":
		switch string(tag) {
		case "iframe", "frame":
			s.add(unescape(a.value), PageLink)
		default:
			s.add(unescape(a.value), AssetLink)
		}
	case "poster", "background":
		s.add(unescape(a.value), AssetLink)
	case "srcset", "data-srcset", "imagesrcset":
		s.srcset(unescape(a.value))
	case "style":
		s.maybeCSS(unescape(a.value))
	case "action", "formaction": // not followed, but it may carry a session
		if value := unescape(a.value); bytes.IndexByte(value, '=') >= 0 {
			s.parameters(value)
		}
	case "hx-headers", "hx-vals":
		s.script(unescape(a.value))
	default:
		if len(a.name) > 5 && string(a.name[:5]) == "data-" {
			s.tokenField(a.name[5:], a.value, "attribute")
		}
	}
}

// linkElement reads <link>. Hints about connections are no pages, and neither
// is what only programs talk to.
func (s *scan) linkElement() {
	s.nonce()
	kind := PageLink
	for _, rel := range bytes.Fields(bytes.ToLower(s.attr("rel"))) {
		switch string(rel) {
		case "preconnect", "dns-prefetch", "pingback", "webmention", "edituri", "profile":
			return
		case "stylesheet", "icon", "apple-touch-icon", "apple-touch-icon-precomposed", "mask-icon", "preload", "modulepreload", "prefetch", "manifest":
			kind = AssetLink
		}
	}
	s.add(s.attr("href"), kind)
}

// metaElement reads <meta>: a refresh, the charset, a token.
func (s *scan) metaElement() {
	if charset := s.attr("charset"); len(charset) > 0 && s.marks.charset == "" {
		s.marks.charset = string(charset)
	}
	value := s.attr("content")
	switch string(bytes.ToLower(s.attr("http-equiv"))) {
	case "refresh":
		s.refresh(value)
	case "content-type":
		if _, charset, ok := bytes.Cut(bytes.ToLower(value), []byte("charset=")); ok && s.marks.charset == "" {
			s.marks.charset = string(bytes.Trim(charset, " \"';"))
		}
	}
	s.tokenField(s.attr("name"), value, "meta")
}

// refresh reads "5; url='/next'" (HTML 4.2.5.3).
func (s *scan) refresh(value []byte) {
	i := bytes.IndexAny(value, ";, \t\n")
	if i < 0 {
		return
	}
	target := bytes.TrimLeft(value[i:], ";, \t\n")
	if len(target) > 3 && bytes.EqualFold(target[:3], []byte("url")) {
		if t := bytes.TrimLeft(target[3:], " \t\n"); len(t) > 0 && t[0] == '=' {
			target = bytes.TrimLeft(t[1:], " \t\n")
		}
	}
	if len(target) > 0 && (target[0] == '"' || target[0] == '\'') {
		target, _, _ = bytes.Cut(target[1:], target[:1])
	}
	s.add(target, PageLink)
}

func (s *scan) nonce() {
	if len(s.attr("nonce")) > 0 {
		s.marks.nonce = true
	}
}
