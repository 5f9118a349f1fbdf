package freeze

import (
	"bytes"
	"net/http"
	"strings"

	"icecap/content"
)

// headers reads the references that come with an answer rather than in it:
// Link (RFC 8288) and Icecap-Links.
func (s *scan) headers(h http.Header) {
	for _, value := range h["Link"] {
		s.linkHeader([]byte(value))
	}
	for _, value := range h[content.LinksHeader] {
		for url := range strings.SplitSeq(value, ",") {
			s.add([]byte(url), PageLink)
		}
	}
}

// linkHeader reads <url>; rel="a b"; other=x, <url>; ... (RFC 8288, 3 and B.2).
func (s *scan) linkHeader(b []byte) {
	for {
		open := bytes.IndexByte(b, '<')
		if open < 0 {
			return
		}
		b = b[open+1:]
		end := bytes.IndexByte(b, '>')
		if end < 0 {
			return
		}
		url := b[:end]
		b = b[end+1:]
		var rel, images []byte
		var elsewhere bool
		for len(b) > 0 && b[0] != ',' {
			var name, value []byte
			name, value, b = parameter(b)
			switch {
			case bytes.EqualFold(name, []byte("rel")) && rel == nil: // of two, the first counts
				rel = value
			case bytes.EqualFold(name, []byte("anchor")):
				elsewhere = true // it speaks of another page
			case bytes.EqualFold(name, []byte("imagesrcset")):
				images = value
			}
		}
		if kind, ok := kindOf(rel); ok && len(rel) > 0 && !elsewhere {
			s.add(url, kind)
			s.srcset(images)
		}
	}
}

// parameter reads one "; name=value" or "; name="value"", up to the next
// semicolon or comma.
func parameter(b []byte) (name, value, rest []byte) {
	b = bytes.TrimLeft(b, "; \t")
	end := bytes.IndexAny(b, "=;,")
	if end < 0 {
		return trimSpace(b), nil, nil
	}
	name, b = trimSpace(b[:end]), b[end:]
	if b[0] != '=' {
		return name, nil, b
	}
	b = bytes.TrimLeft(b[1:], " \t")
	if len(b) == 0 || b[0] != '"' {
		if end = bytes.IndexAny(b, ";,"); end < 0 {
			return name, trimSpace(b), nil
		}
		return name, trimSpace(b[:end]), b[end:]
	}
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			value, b = b[1:i], b[i+1:]
			if end = bytes.IndexAny(b, ";,"); end < 0 {
				return name, value, nil
			}
			return name, value, b[end:]
		}
	}
	return name, nil, nil // the quote never ends
}

// robotsPath is where a site may name its sitemaps.
const robotsPath = "/robots.txt"

// robots reads the Sitemap lines of a robots.txt, which stand outside of its
// groups (RFC 9309, 2.2.4). Its rules are not read here.
func (s *scan) robots(b []byte) {
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	for line := range bytes.FieldsFuncSeq(b, func(c rune) bool { return c == '\n' || c == '\r' }) {
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || !bytes.EqualFold(trimSpace(name), []byte("sitemap")) {
			continue
		}
		if hash := bytes.Index(value, []byte(" #")); hash >= 0 {
			value = value[:hash]
		}
		s.add(value, AssetLink)
	}
}

// judgeApp lets the app itself have a say. A value that is not understood is
// taken for a no.
func judgeApp(r *Response, _ *Rules) Verdict {
	for _, value := range r.Header[content.FreezeHeader] {
		if !strings.EqualFold(strings.TrimSpace(value), "yes") {
			return Verdict{Reason: App, Detail: content.FreezeHeader + ": " + value}
		}
	}
	return Verdict{}
}
