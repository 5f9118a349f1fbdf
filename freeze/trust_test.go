package freeze

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestUntrue: a word that proves wrong for one page is believed of no page. The
// first page is checked by the second stranger in each crawl.
func TestUntrue(t *testing.T) {
	const pages = 60
	site := &changing{}
	build := func(version int) {
		site.routes = routes{}
		var links strings.Builder
		for i := range pages {
			url := fmt.Sprintf("/p/%d", i)
			fmt.Fprintf(&links, `<a href="%s">p</a>`, url)
			site.routes[url] = valid(fmt.Sprintf("<p>%d in layout %d", i, version), []string{"Etag", fmt.Sprintf("%q", url)}, nil)
		}
		site.routes["/"] = valid(fmt.Sprintf("<p>layout %d %s", version, links.String()), []string{"Etag", `"home"`}, nil)
	}
	build(1)
	c := &Crawler{URL: serve(t, site), Seeds: []string{"/"}}
	first := newBag()
	if err := c.Run(context.Background(), nothing{}, first); err != nil {
		t.Fatal(err)
	}
	build(2)
	again, second := &Crawler{URL: c.URL, Seeds: c.Seeds}, newBag()
	if err := again.Run(context.Background(), first.publish(t, nil), second); err != nil {
		t.Fatal(err)
	}
	if len(second.pages) != pages+1 || len(second.kept) != 0 {
		t.Errorf("%d pages were yielded and %d kept, want %d and none", len(second.pages), len(second.kept), pages+1)
	}
	if o := again.Observed(); o.Untrue == "" {
		t.Error("nothing is said of it")
	}
}

// sitemapOf dates all pages below /p.
func sitemapOf(pages int, lastmod string) http.HandlerFunc {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`)
	for i := range pages {
		fmt.Fprintf(&b, "<url><lastmod>%s</lastmod><loc>/p/%d</loc></url>", lastmod, i)
	}
	return typed("application/xml", b.String()+"</urlset>")
}

// TestLastmod: a sitemap spares requests where it says the very thing that the
// pages say of themselves, and never for all pages: if it lies, all are asked.
func TestLastmod(t *testing.T) {
	const pages = 60
	cases := []struct {
		name, lastmod, modified string
		lies                    bool
		spares                  bool
	}{
		{"the page's own time", "2006-01-02T15:04:05Z", longAgo, false, true},
		{"the same time in another zone", "2006-01-02T16:04:05.000+01:00", longAgo, false, true},
		{"another time", "2006-01-02T15:04:06Z", longAgo, false, false},
		{"a day", "2006-01-02", "Mon, 02 Jan 2006 00:00:00 GMT", false, false},
		{"a page that says nothing", "2006-01-02T15:04:05Z", "", false, false},
		{"a lie", "2006-01-02T15:04:05Z", longAgo, true, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			site := &changing{}
			build := func(version int, header ...string) {
				site.routes = routes{"/map": sitemapOf(pages, c.lastmod)}
				for i := range pages {
					site.routes[fmt.Sprintf("/p/%d", i)] = page(fmt.Sprintf("<p>%d of version %d", i, version), header...)
				}
			}
			header := []string{}
			if c.modified != "" {
				header = []string{"Last-Modified", c.modified}
			}
			build(1, header...)
			url := serve(t, site)
			crawler := func() *Crawler {
				return &Crawler{URL: url, Seeds: []string{"/map"}, Probe: ProbeNone, Workers: 1}
			}
			first := newBag()
			if err := crawler().Run(context.Background(), nothing{}, first); err != nil {
				t.Fatal(err)
			}
			site.asked = nil
			if c.lies {
				build(2, header...)
			}
			again, second := crawler(), newBag()
			if err := again.Run(context.Background(), first.publish(t, nil), second); err != nil {
				t.Fatal(err)
			}
			switch asked := len(site.asked) - 1; {
			case c.spares && (asked == 0 || asked > pages/2):
				t.Errorf("%d of %d pages were asked for, want about a fifth", asked, pages)
			case !c.spares && asked != pages:
				t.Errorf("%d of %d pages were asked for, want all", asked, pages)
			}
			if c.lies && (len(second.pages) != pages+1 || again.Observed().Untrue == "") {
				t.Errorf("%d pages are new, want all; observed %q", len(second.pages), again.Observed().Untrue)
			}
		})
	}
}
