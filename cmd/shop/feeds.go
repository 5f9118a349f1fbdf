package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	"time"
)

// rss is the part of RSS 2.0 that the feed uses.
type rss struct {
	XMLName xml.Name  `xml:"rss"`
	Version string    `xml:"version,attr"`
	Title   string    `xml:"channel>title"`
	Link    string    `xml:"channel>link"`
	About   string    `xml:"channel>description"`
	Items   []rssItem `xml:"channel>item"`
}

type rssItem struct {
	Title     string `xml:"title"`
	Link      string `xml:"link"`
	GUID      string `xml:"guid"`
	About     string `xml:"description"`
	Published string `xml:"pubDate"`
}

func (s *shop) feed(w http.ResponseWriter, r *http.Request) error {
	newest, err := s.catalog.newest(r.Context(), 30)
	if err != nil {
		return err
	}
	updated, err := s.catalog.updated(r.Context())
	if err != nil {
		return err
	}
	base := baseURL(r)
	doc := rss{Version: "2.0", Title: "Larder & Loom: new in the shop", Link: base + "/", About: "The newest thirty products."}
	for _, c := range newest {
		doc.Items = append(doc.Items, rssItem{c.Name, base + c.URL(), base + c.URL(), c.Summary, time.Unix(c.Created, 0).UTC().Format(time.RFC1123Z)})
	}
	return replyXML(w, r, "application/rss+xml; charset=utf-8", doc, updated)
}

// urlset is a sitemap of sitemaps.org's protocol 0.9.
type urlset struct {
	XMLName xml.Name     `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	URLs    []sitemapURL `xml:"url"`
}

type sitemapURL struct {
	Location string `xml:"loc"`
	Modified string `xml:"lastmod,omitempty"`
}

func (s *shop) sitemap(w http.ResponseWriter, r *http.Request) error {
	categories, err := s.catalog.categories(r.Context())
	if err != nil {
		return err
	}
	guides, err := s.catalog.guides(r.Context())
	if err != nil {
		return err
	}
	products, err := s.catalog.all(r.Context())
	if err != nil {
		return err
	}
	var doc urlset
	var newest int64
	base := baseURL(r)
	add := func(path string, updated int64) {
		u := sitemapURL{Location: base + path}
		if updated > 0 {
			u.Modified = time.Unix(updated, 0).UTC().Format(time.DateOnly)
		}
		doc.URLs = append(doc.URLs, u)
		newest = max(newest, updated)
	}
	for _, path := range []string{"/", "/about", "/search", "/guides/"} {
		add(path, 0)
	}
	for _, g := range guides {
		add("/guides/"+g.Slug, g.Updated)
	}
	for _, c := range categories {
		add(c.URL(), c.Updated)
	}
	for _, p := range products {
		add(p.URL(), p.Updated)
	}
	return replyXML(w, r, "application/xml; charset=utf-8", doc, time.Unix(newest, 0))
}

func (s *shop) robots(w http.ResponseWriter, r *http.Request) error {
	body := fmt.Sprintf("User-agent: *\nDisallow: /random\nDisallow: /search?\n\nSitemap: %s/sitemap.xml\n", baseURL(r))
	return reply(w, r, "text/plain; charset=utf-8", []byte(body), fresh{etag: true})
}

func replyXML(w http.ResponseWriter, r *http.Request, mediaType string, doc any, modified time.Time) error {
	var body bytes.Buffer
	body.WriteString(xml.Header)
	if err := xml.NewEncoder(&body).Encode(doc); err != nil {
		return fmt.Errorf("encode %s: %w", r.URL.Path, err)
	}
	body.WriteByte('\n')
	return reply(w, r, mediaType, body.Bytes(), fresh{modified: modified})
}
