package freeze

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"icecap/content"
)

// byQuery answers with a body that depends on the raw query.
func byQuery(mediaType string, body func(query string) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", mediaType)
		fmt.Fprint(w, body(r.URL.RawQuery))
	}
}

func same(string) string { return "same" }

func own(query string) string { return "of " + query }

// queryRoutes asks the handlers of a path whatever the query.
type queryRoutes map[string]http.HandlerFunc

func (q queryRoutes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	routes(map[string]http.HandlerFunc{r.RequestURI: q[path]}).serve(w, r, q[path] != nil)
}

func (r routes) serve(w http.ResponseWriter, req *http.Request, known bool) {
	if !known {
		routes{}.ServeHTTP(w, req)
		return
	}
	r.ServeHTTP(w, req)
}

// queryCases say what becomes of URLs with a query.
var queryCases = []struct {
	name    string
	site    queryRoutes
	queries content.Queries
	frozen  []string
	left    []string // URL, reason
	missing []string
}{
	{
		name: "declared pages are pages",
		site: queryRoutes{
			"/":       page(`<a href="/list">l</a><a href="/list?page=2">2</a><a href="/list?page=2#x">2</a><a href="/list?page=4">4</a><a href="/other?page=2">o</a><a href="/list?page=02">02</a><a href="/list?page=2&amp;x=1">x</a>`),
			"/list":   byQuery("text/html", func(q string) string { return `<a href="?page=3">next</a>` + q }),
			"/other":  page("o"),
			"/beyond": page("b"),
		},
		queries: content.Queries{Rules: []content.QueryRule{{Path: "/list", Param: "page", Max: 3}}},
		frozen:  []string{"/", "/list", "/list?page=2", "/list?page=3"},
		left:    []string{"/list?page=02 query", "/list?page=2&x=1 query", "/list?page=4 query", "/other?page=2 query"},
	},
	{
		name: "a page with a query is judged like any other",
		site: queryRoutes{
			"/":     page(`<a href="/list?page=2">2</a><a href="/list?page=3">3</a><a href="/list?page=4">4</a>`),
			"/list": status(404),
		},
		queries: content.Queries{Rules: []content.QueryRule{{Path: "/list", Param: "page", Max: 3}}},
		frozen:  []string{"/"},
		left:    []string{"/list?page=2 status", "/list?page=3 status", "/list?page=4 query"},
	},
	{
		name: "ignored parameters mean the page itself",
		site: queryRoutes{
			"/":      page(`<a href="/about?utm_source=x&amp;gclid=1">a</a><a href="/about?utm_source=x&amp;y=1">a</a>`),
			"/about": byQuery("text/html", func(q string) string { return "about" + q }),
		},
		queries: content.Queries{Ignore: content.DefaultIgnore()},
		frozen:  []string{"/", "/about"},
		left:    []string{"/about?utm_source=x&y=1 query"},
	},
	{
		name: "a cache-buster that changes nothing",
		site: queryRoutes{
			"/":      page(`<link rel=stylesheet href="/s.css?ver=1"><link rel=stylesheet href="/s.css?ver=2"><script src="/j.js?v=ab"></script>`),
			"/s.css": byQuery("text/css", same),
			"/j.js":  byQuery("text/javascript", same),
		},
		frozen: []string{"/", "/j.js", "/s.css"},
	},
	{
		name: "a cache-buster that changes the bytes: each for itself, and never the one for all",
		site: queryRoutes{
			"/":      page(`<link rel=stylesheet href="/s.css?ver=1"><link rel=stylesheet href="/s.css?ver=2"><img src="/i.png?1">`),
			"/s.css": byQuery("text/css", own),
			"/i.png": byQuery("image/png", own),
		},
		frozen: []string{"/", "/i.png?1", "/s.css?ver=1", "/s.css?ver=2"},
		left:   []string{"/i.png query", "/s.css query"},
	},
	{
		name: "an asset that is met with a query only after it was frozen without",
		site: queryRoutes{
			"/":      page(`<link rel=stylesheet href="/s.css"><a href="/a">a</a>`),
			"/a":     page(`<a href="/b">b</a>`),
			"/b":     page(`<img src="/i.png"><link rel=stylesheet href="/t.css"><a href="/c">c</a>`),
			"/c":     page(`<link rel=stylesheet href="/s.css?ver=1"><img src="/i.png?v=1">`),
			"/s.css": byQuery("text/css", own), "/t.css": byQuery("text/css", same),
			"/i.png": byQuery("image/png", own),
		},
		frozen: []string{"/a", "/b", "/c", "/i.png?v=1", "/s.css?ver=1", "/t.css"},
		left:   []string{"/ unstyled", "/i.png query", "/s.css query"},
	},
	{
		name: "assets that are told apart by a query",
		site: queryRoutes{
			"/":         page(`<link rel=stylesheet href="/load.php?modules=a&amp;only=styles"><script src="/load.php?modules=a%7Cb&amp;only=scripts"></script><img src="/photo.jpg?w=300"><img src="/photo.jpg?w=600">`),
			"/load.php": byQuery("text/css", own), "/photo.jpg": byQuery("image/jpeg", own),
		},
		frozen: []string{"/", "/load.php?modules=a%7Cb&only=scripts", "/load.php?modules=a&only=styles", "/photo.jpg?w=300", "/photo.jpg?w=600"},
	},
	{
		name: "what a page needs with a query, and is no asset, is a query like any other",
		site: queryRoutes{
			"/":      page(`<script src="/api?callback=x"></script><img src="/count?id=1"><img src="/page?a=../x"><a href="/count?id=1">as a page</a>`),
			"/api":   byQuery("application/json", same),
			"/count": byQuery("text/html", same),
		},
		frozen:  []string{"/"},
		left:    []string{"/api?callback=x query", "/count?id=1 query", "/page?a=../x query"},
		missing: []string{"/api?callback=x query", "/count?id=1 query", "/page?a=../x query"},
	},
	{
		name: "a page without its style sheet stays with the app",
		site: queryRoutes{
			"/":         page(`<link rel=stylesheet href="/s.css"><a href="/plain">p</a><a href="/deep">d</a><a href="/gone">g</a><a href="/moved">m</a><a href="/choice">c</a><a href="/inline">i</a>`),
			"/plain":    page("<p>p"),
			"/deep":     page(`<link rel=stylesheet href="/ok.css">`),
			"/gone":     page(`<link rel=stylesheet href="/none.css">`),
			"/moved":    page(`<link rel=stylesheet href="/old.css">`),
			"/choice":   page(`<link rel="alternate stylesheet" href="/s.css"><link rel=stylesheet href="https://cdn.example/x.css">`),
			"/inline":   page(`<style>@import url(/s.css);</style>`),
			"/s.css":    typed("text/css", "s", "Cache-Control", "no-store"),
			"/ok.css":   typed("text/css", `@import "/loop.css"; @import "/s.css";`),
			"/loop.css": typed("text/css", `@import "/ok.css";`),
			"/fine.css": typed("text/css", "fine"),
			"/old.css":  status(301, "Location", "/fine.css"),
		},
		frozen:  []string{"/choice", "/fine.css", "/gone", "/loop.css", "/ok.css", "/plain"},
		left:    []string{"/ unstyled", "/deep unstyled", "/inline unstyled", "/moved unstyled", "/none.css status", "/old.css redirect", "/s.css no-store"},
		missing: []string{"/s.css no-store"},
	},
	{
		name: "scripts, images and fonts are only missed",
		site: queryRoutes{
			"/":      page(`<script src="/j.js"></script><img src="/i.png"><img src="/none.png">`),
			"/j.js":  typed("text/javascript", "x", "Set-Cookie", "a=b"),
			"/i.png": status(503, "Retry-After", "0"),
		},
		frozen:  []string{"/"},
		left:    []string{"/i.png status", "/j.js cookie", "/none.png status"},
		missing: []string{"/i.png status", "/j.js cookie"},
	},
}

func TestQueries(t *testing.T) {
	for _, test := range queryCases {
		t.Run(test.name, func(t *testing.T) {
			for _, workers := range []int{1, 4} {
				c := &Crawler{Workers: workers, Queries: test.queries, Probe: ProbeAll}
				b := crawlSite(t, test.site, c)
				if got := b.frozen(); !slices.Equal(got, test.frozen) {
					t.Errorf("frozen %q, want %q", got, test.frozen)
				}
				var left, missing []string
				for _, url := range b.order {
					left = append(left, url+" "+b.skips[url].Reason)
				}
				left = slices.DeleteFunc(left, func(s string) bool { return s == "/sitemap.xml status" })
				if !slices.Equal(left, test.left) {
					t.Errorf("left %q, want %q", left, test.left)
				}
				for _, m := range c.Observed().Missing {
					missing = append(missing, m.URL+" "+m.Reason)
				}
				if !slices.Equal(missing, test.missing) {
					t.Errorf("missing %q, want %q", missing, test.missing)
				}
			}
		})
	}
}

func TestAssetsAreBounded(t *testing.T) {
	var images strings.Builder
	for i := range maxAssetsOfPath + 50 {
		fmt.Fprintf(&images, `<img src="/i.png?w=%d">`, i)
	}
	b := crawlSite(t, queryRoutes{"/": page(images.String()), "/i.png": byQuery("image/png", own)}, &Crawler{})
	if len(b.pages) != 1+maxAssetsOfPath {
		t.Errorf("%d pages frozen, want one page and %d images", len(b.pages), maxAssetsOfPath)
	}
	if len(b.skips) != maxQueries {
		t.Errorf("%d URLs left, want %d that are named", len(b.skips), maxQueries)
	}
}
