package freeze

import (
	"bytes"
	"time"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/xml"
)

// xml reads sitemaps and their indexes (loc), RSS (link, guid, enclosure, image),
// Atom (link, icon, logo) and XSL (import, include), as one stream: no tree is
// built and no entity is expanded, so that neither depth nor a bomb matters.
func (s *scan) xml(body []byte) {
	s.marks.charset = xmlCharset(body)
	lexer := xml.NewLexer(parse.NewInputBytes(s.copied(body)))
	var tag, text []byte
	permalink := true
	dated := undated
	for {
		kind, data := lexer.Next()
		switch kind {
		case xml.ErrorToken:
			return
		case xml.StartTagToken, xml.StartTagPIToken:
			tag, text, permalink = localName(lexer.Text()), nil, true
			if string(tag) == "url" {
				dated = change{link: -1}
			}
		case xml.AttributeToken:
			s.xmlAttribute(tag, lexer.Text(), unescape(unquote(lexer.AttrVal())), &permalink)
		case xml.TextToken:
			if text == nil {
				text = unescape(data)
			}
		case xml.CDATAToken:
			if text == nil || len(trimSpace(text)) == 0 {
				text = bytes.TrimSuffix(lexer.Text(), []byte("]]>"))
			}
		case xml.EndTagToken:
			before := len(s.links)
			s.xmlText(tag, text, permalink)
			s.dates(&dated, tag, text, before)
			tag, text = nil, nil
		}
	}
}

// A change is what a sitemap says of the last change of a page.
type change struct {
	link int   // index in links; -1 until the <loc> is read, -2 outside of a <url>
	at   int64 // Unix seconds; 0 until the <lastmod> is read
}

var undated = change{link: -2}

// dates joins <loc> and <lastmod> of one <url>, in either order. A day without a
// time of day tells nothing about today. The dates in an index are of sitemaps.
func (s *scan) dates(c *change, tag, text []byte, before int) {
	switch {
	case c.link == -2:
		return
	case string(tag) == "loc" && c.link == -1 && len(s.links) > before:
		c.link = before
	case string(tag) == "lastmod":
		if at, err := time.Parse(time.RFC3339, string(trimSpace(text))); err == nil {
			c.at = at.Unix()
		}
	}
	if c.link >= 0 && c.at != 0 {
		s.changes = append(s.changes, *c)
		*c = undated
	}
}

// xmlAttribute reads the references that feeds have in attributes.
func (s *scan) xmlAttribute(tag, name, value []byte, permalink *bool) {
	if bytes.IndexByte(value, '{') >= 0 {
		return // {$url}, to be filled in by XSL
	}
	switch string(tag) {
	case "link": // Atom
		if string(name) == "href" {
			s.add(value, PageLink)
		}
	case "image": // RSS, itunes:
		if string(name) == "href" {
			s.add(value, AssetLink)
		}
	case "import", "include": // xsl:
		if string(name) == "href" {
			s.add(value, AssetLink)
		}
	case "enclosure", "content", "thumbnail": // RSS, media:
		if string(name) == "url" {
			s.add(value, AssetLink)
		}
	case "xml-stylesheet":
		if string(name) == "href" {
			s.add(value, AssetLink)
		}
	case "guid":
		if string(name) == "isPermaLink" && string(value) == "false" {
			*permalink = false
		}
	}
}

// xmlText reads the references that stand as text. A guid is one unless it says
// otherwise, but only if it looks like a URL.
func (s *scan) xmlText(tag, text []byte, permalink bool) {
	text = trimSpace(text)
	switch string(tag) {
	case "link", "loc", "comments":
		s.add(text, PageLink)
	case "icon", "logo", "content_loc", "thumbnail_loc": // Atom, video:
		s.add(text, AssetLink)
	case "url": // of an image in RSS
		if bytes.Contains(text, []byte("://")) {
			s.add(text, AssetLink)
		}
	case "guid":
		if permalink && bytes.Contains(text, []byte("://")) {
			s.add(text, PageLink)
		}
	}
}

// localName is the name without its prefix: image:loc is a loc. But WordPress
// writes slash:comments, a number, beside RSS's comments, a link.
func localName(name []byte) []byte {
	if colon := bytes.IndexByte(name, ':'); colon >= 0 && string(name) != "slash:comments" {
		return name[colon+1:]
	}
	return name
}

// xmlCharset is the encoding of an XML declaration, which must be the first bytes.
func xmlCharset(body []byte) string {
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	if !bytes.HasPrefix(body, []byte("<?xml")) {
		return ""
	}
	declaration, _, _ := bytes.Cut(body[:min(len(body), 256)], []byte("?>"))
	_, value, ok := bytes.Cut(declaration, []byte("encoding"))
	if !ok {
		return ""
	}
	value = bytes.TrimLeft(value, "= \t\r\n")
	if len(value) == 0 {
		return ""
	}
	name, _, _ := bytes.Cut(value[1:], value[:1])
	return string(name)
}

// instruction reads a processing instruction of an SVG file:
// <?xml-stylesheet href="x.css"?>.
func (s *scan) instruction(b []byte) {
	if !bytes.HasPrefix(b, []byte("?xml-stylesheet")) {
		return
	}
	s.tag(b, 1)
	s.add(s.attr("href"), AssetLink)
}
