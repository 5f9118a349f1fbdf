package freeze

import "bytes"

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
	for i := range s.attrs {
		s.attribute(tag, &s.attrs[i])
	}
}

// attribute reads what an attribute means on most elements.
func (s *scan) attribute(tag []byte, a *attribute) {
	switch string(a.name) {
	case "href", "xlink:href":
		switch {
		case string(tag) == "link":
		case s.foreign > 0 && string(tag) != "a": // use, image, script, feImage, ...
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
	case "data-original", "data-lazy", "data-bg", "data-background", "data-background-image", "data-poster":
		s.lazy(unescape(a.value))
	case "srcset", "data-srcset", "data-lazy-srcset", "imagesrcset":
		s.srcset(unescape(a.value))
	case "style":
		s.maybeCSS(unescape(a.value))
	case "id", "class":
		s.debugAttribute(a.value)
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

// lazy reads an attribute from which a script may load a picture later, as a URL
// or as url(). Others keep words there, so what is missing is no finding.
func (s *scan) lazy(value []byte) {
	if bytes.HasPrefix(value, []byte("url(")) {
		s.maybeCSS(value)
	} else if bytes.IndexByte(value, '/') >= 0 && !bytes.ContainsAny(value, " ,{") {
		s.add(value, HintLink)
	}
}

// linkElement reads <link>. Hints about connections are no pages, and neither
// is what only programs talk to.
func (s *scan) linkElement() {
	s.nonce()
	kind, ok := kindOf(s.attr("rel"))
	if !ok {
		return
	}
	href := s.attr("href")
	if bytes.Contains(href, []byte("/_debugbar/")) {
		s.debug("Laravel's debug bar")
	}
	s.add(href, kind)
}

// kindOf is what the relations of a link lead to, the same in an element and in
// a header; not ok if to no page.
func kindOf(rels []byte) (kind Kind, ok bool) {
	alternate := false
	for rel := range bytes.FieldsSeq(rels) {
		switch string(bytes.ToLower(rel)) {
		case "preconnect", "dns-prefetch", "pingback", "webmention", "edituri", "profile", "hub":
			return kind, false
		case "alternate":
			alternate = true
		case "stylesheet":
			kind = StyleLink
		case "icon", "apple-touch-icon", "apple-touch-icon-precomposed", "mask-icon", "preload", "modulepreload", "prefetch", "manifest":
			kind = max(kind, AssetLink)
		}
	}
	if alternate && kind == StyleLink {
		kind = AssetLink // a style that the visitor may choose
	}
	return kind, true
}

// previewImage reports whether a <meta> of this name holds what others show of
// the page: Open Graph, Twitter cards, Windows tiles. Its og:url is the page.
func previewImage(name []byte) bool {
	switch string(name) {
	case "og:image", "og:image:url", "og:image:secure_url", "og:audio", "og:audio:url", "og:audio:secure_url",
		"og:video", "og:video:url", "og:video:secure_url", "twitter:image", "twitter:image:src", "msapplication-TileImage":
		return true
	}
	return false
}

// metaElement reads <meta>: a refresh, the charset, a picture, a token.
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
	name := s.attr("name")
	if previewImage(name) || previewImage(s.attr("property")) {
		s.add(value, AssetLink)
	}
	s.tokenField(name, value, "meta")
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
