package freeze

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestSitemap(t *testing.T) {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	fmt.Fprint(w, `<urlset><url><loc>https://old.example/zipped</loc></url></urlset>`)
	w.Close()
	files := map[string]string{
		"/plain.xml":     `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc> https://old.example/a?b=1&amp;c=2 </loc><lastmod>2024-01-01</lastmod></url><url><loc><![CDATA[https://old.example/b]]></loc></url></urlset>`,
		"/index.xml":     `<sitemapindex><sitemap><loc>https://old.example/plain.xml</loc></sitemap><sitemap><loc>/zipped.xml.gz</loc></sitemap><sitemap><loc>https://old.example/index.xml</loc></sitemap></sitemapindex>`,
		"/zipped.xml.gz": zipped.String(),
		"/feed.xml":      `<rss><channel><link>https://old.example/</link></channel></rss>`,
		"/torn.xml":      `<sitemapindex><sitemap><loc>/none.xml</loc></sitemap></sitemapindex>`,
	}
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := files[r.URL.Path]
		switch {
		case strings.HasPrefix(r.URL.Path, "/endless/"):
			body = fmt.Sprintf(`<sitemapindex><sitemap><loc>/endless/x%s</loc></sitemap></sitemapindex>`, strings.TrimPrefix(r.URL.Path, "/endless/"))
		case !ok:
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/xml")
		if strings.HasSuffix(r.URL.Path, ".gz") {
			w.Header().Set("Content-Type", "application/gzip")
		}
		fmt.Fprint(w, body)
	}))
	defer app.Close()
	for path, want := range map[string]string{
		"/plain.xml":     "https://old.example/a?b=1&c=2 https://old.example/b",
		"/index.xml":     "https://old.example/a?b=1&c=2 https://old.example/b https://old.example/zipped",
		"/zipped.xml.gz": "https://old.example/zipped",
		"/feed.xml":      "it is no sitemap",
		"/torn.xml":      "/none.xml: it answers 404 Not Found",
		"/endless/":      "it leads to more than 1000 sitemaps",
	} {
		listed, err := (&Crawler{URL: app.URL}).Sitemap(context.Background(), app.URL+path)
		got := strings.Join(listed, " ")
		if err != nil {
			got = err.Error()
		}
		if got != want && (err == nil || !strings.Contains(got, want)) {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if _, err := (&Crawler{URL: app.URL}).Sitemap(context.Background(), "https://elsewhere.example/sitemap.xml"); err == nil {
		t.Error("a sitemap of another origin was read")
	}
}
