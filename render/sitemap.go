package render

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"time"

	"icecap/content"
)

// maxSitemap is how many URLs a sitemap may have (sitemaps.org, "Sitemap index files").
const maxSitemap = 50000

// A location is a line of a sitemap.
type location struct {
	url     string
	changed time.Time
}

// laySitemap adds sitemap.xml: the list of all HTML pages, or beyond 50,000 of
// them the list of lists.
func (b *Blog) laySitemap() {
	if len(b.dialect.languages) > 1 {
		for _, language := range b.dialect.languages { // each had one of its own
			if from, err := content.ParsePath(b.settings.Prefix + language.key + "/" + sitemapName); err == nil {
				b.lists = append(b.lists, content.Redirect{From: from, To: b.settings.Sitemap()})
			}
		}
	}
	if name := b.dialect.sitemap; name != "" && name != sitemapName {
		if from, err := content.ParsePath(b.settings.Prefix + escapePath(name)); err == nil {
			b.lists = append(b.lists, content.Redirect{From: from, To: b.settings.Sitemap()})
		}
	}
	outputs := b.outputs
	if len(outputs) > maxSitemap { // else nobody need look yet which of them are pages
		if pages := b.locations(outputs); len(pages) > maxSitemap {
			b.laySitemaps(pages)
			return
		}
	}
	b.addAt(sitemapName, "application/xml", b.siteVersion, func(w *bytes.Buffer) error {
		writeSitemap(w, b.locations(outputs))
		return nil
	})
}

// laySitemaps adds several, and the list of them.
func (b *Blog) laySitemaps(pages []location) {
	var parts []location
	for part := range slices.Chunk(pages, maxSitemap) {
		name := fmt.Sprintf("sitemap-%d.xml", len(parts)+1)
		parts = append(parts, location{url: b.absolute(b.settings.Prefix + name)})
		b.addAt(name, "application/xml", b.siteVersion, func(w *bytes.Buffer) error {
			writeSitemap(w, part)
			return nil
		})
	}
	b.addAt(sitemapName, "application/xml", b.siteVersion, func(w *bytes.Buffer) error {
		w.WriteString(xml.Header + `<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">` + "\n")
		for _, part := range parts {
			fmt.Fprintf(w, "<sitemap><loc>%s</loc></sitemap>\n", xmlText(part.url))
		}
		w.WriteString("</sitemapindex>\n")
		return nil
	})
}

// locations are the pages of the sitemap, the posts first, as outputs are.
func (b *Blog) locations(outputs []*output) (list []location) {
	for _, p := range b.all {
		if !p.noIndex && !p.offSitemap && p.listing != "never" && (p.media == "" || p.media == htmlType) {
			list = append(list, location{b.absolute(p.url.String()), p.changed()})
		}
	}
	for _, o := range outputs[len(b.all):] {
		if o.media == htmlType && o.key.Path.String() != b.site.SearchURL && !strings.HasSuffix(o.key.Path.Decoded(), "/404.html") {
			list = append(list, location{url: b.absolute(o.key.Path.String())})
		}
	}
	return list
}

func writeSitemap(w *bytes.Buffer, pages []location) {
	w.WriteString(xml.Header + `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">` + "\n")
	for _, page := range pages {
		w.WriteString("<url><loc>")
		w.WriteString(xmlText(page.url))
		w.WriteString("</loc>")
		if !page.changed.IsZero() {
			w.WriteString("<lastmod>")
			w.WriteString(page.changed.Format(time.RFC3339))
			w.WriteString("</lastmod>")
		}
		w.WriteString("</url>\n")
	}
	w.WriteString("</urlset>\n")
}

// xmlText escapes a text, and replaces what XML 1.0 cannot hold.
func xmlText(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text))
	return b.String()
}
