package render

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"time"

	"icecap/content"
	"icecap/render/theme"
)

// maxSitemap is how many URLs a sitemap may have (sitemaps.org, "Sitemap index files").
const maxSitemap = 50000

// A location is a line of a sitemap.
type location struct {
	url     string
	changed time.Time
	others  []theme.Alternate // the page in each language, itself among them, or none
}

// laySitemap adds sitemap.xml: the list of all HTML pages. In several languages, and
// beyond 50,000 pages, it is the list of such lists.
func (b *Blog) laySitemap() {
	outputs := b.outputs
	b.leadSitemap("")
	if len(b.editions) == 1 && len(outputs) <= maxSitemap { // so nobody need look yet which of them are pages
		b.main().addAt(sitemapName, sitemapType, b.siteVersion, func(w *bytes.Buffer) error {
			writeSitemap(w, b.locations(outputs, 0))
			return nil
		})
		return
	}
	var parts []location
	for _, e := range b.inOrder() {
		parts = append(parts, e.laySitemaps(outputs)...)
	}
	if len(parts) == 1 {
		return
	}
	b.main().addAt(sitemapName, sitemapType, b.siteVersion, func(w *bytes.Buffer) error {
		w.WriteString(xml.Header + `<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">` + "\n")
		for _, part := range parts {
			fmt.Fprintf(w, "<sitemap><loc>%s</loc></sitemap>\n", xmlText(part.url))
		}
		w.WriteString("</sitemapindex>\n")
		return nil
	})
}

const sitemapType = "application/xml"

// leadSitemap lets the name that the folder's tool gives a sitemap lead to ours.
func (b *Blog) leadSitemap(dir string) {
	if name := b.dialect.sitemap; name != "" && name != sitemapName {
		if from, err := content.ParsePath(b.settings.Prefix + dir + escapePath(name)); err == nil {
			b.lists = append(b.lists, content.Redirect{From: from, To: b.settings.Prefix + dir + sitemapName})
		}
	}
}

// laySitemaps adds the lists of an edition: one, or as many as it needs. Of several
// languages each has its own folder for them, as with Hugo.
func (e *edition) laySitemaps(outputs []*output) (parts []location) {
	dir := ""
	if len(e.editions) > 1 {
		dir = e.key + "/"
		e.leadSitemap(dir)
	}
	pages := e.locations(outputs, e.lang)
	name := func(n int) string {
		if len(pages) <= maxSitemap {
			return dir + sitemapName
		}
		return fmt.Sprintf("%ssitemap-%d.xml", dir, n)
	}
	if from, err := content.ParsePath(e.settings.Prefix + dir + sitemapName); err == nil && name(1) != dir+sitemapName && dir != "" {
		e.lists = append(e.lists, content.Redirect{From: from, To: e.settings.Sitemap()})
	}
	for part := range slices.Chunk(pages, maxSitemap) {
		at := name(len(parts) + 1)
		parts = append(parts, location{url: e.absolute(e.settings.Prefix + at)})
		e.addAt(at, sitemapType, e.siteVersion, func(w *bytes.Buffer) error {
			writeSitemap(w, part)
			return nil
		})
	}
	return parts
}

// locations are the pages of the sitemap of a language, the posts first, as outputs are.
func (b *Blog) locations(outputs []*output, lang int) (list []location) {
	for _, p := range b.all {
		if p.lang == lang && !p.noIndex && !p.offSitemap && p.listing != "never" && (p.media == "" || p.media == htmlType) {
			list = append(list, location{b.absolute(p.url.String()), p.changed(), b.alternates(p.translation)})
		}
	}
	search := b.editions[lang].site.SearchURL
	for _, o := range outputs[len(b.all):] {
		if o.lang == lang && o.media == htmlType && o.key.Path.String() != search && !strings.HasSuffix(o.key.Path.Decoded(), "/"+missingName) {
			list = append(list, location{url: b.absolute(o.key.Path.String()), others: b.alternates(o.translation)})
		}
	}
	return list
}

func writeSitemap(w *bytes.Buffer, pages []location) {
	w.WriteString(xml.Header + `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">` + "\n")
	for _, page := range pages {
		w.WriteString("<url><loc>")
		w.WriteString(xmlText(page.url))
		w.WriteString("</loc>")
		if !page.changed.IsZero() {
			w.WriteString("<lastmod>")
			w.WriteString(page.changed.Format(time.RFC3339))
			w.WriteString("</lastmod>")
		}
		for _, other := range page.others {
			fmt.Fprintf(w, `<xhtml:link rel="alternate" hreflang="%s" href="%s"/>`, xmlText(other.Language), xmlText(other.URL))
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
