package freeze

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

const feed = `<?xml version="1.0"?><rss><channel><item><link>/from-feed</link></item></channel></rss>`

// crawlCases are whole sites: what is frozen and what is left, with its reason.
var crawlCases = []struct {
	name    string
	crawler *Crawler // nil for the zero Crawler
	site    routes
	frozen  []string
	left    []string // "URL reason"
}{
	{
		name: "links of every kind",
		site: routes{
			"/":            page(`<link rel=stylesheet href="/a.css"><a href="/b">b</a><a href="sub/">s</a><img src="/i.png"><a href="https://other.example/">o</a>`),
			"/a.css":       typed("text/css", `@import "more.css"; a { background: url(pic.png) }`),
			"/more.css":    typed("text/css", `a{}`),
			"/pic.png":     typed("image/png", "\x89PNG\r\n\x1a\n\xff\x00"),
			"/i.png":       typed("image/png", "\x89PNG"),
			"/b":           page(`<link rel=alternate href="/feed"><a href="/">home</a>`),
			"/feed":        typed("application/rss+xml; charset=utf-8", feed),
			"/from-feed":   page("<p>f"),
			"/sub/":        page(`<a href="x">x</a><a href="../b#frag">b</a><a href="?">self</a>`),
			"/sub/x":       page(`<a href="./y/../z">z</a>`),
			"/sub/z":       typed("application/json", `{"next": "/no"}`),
			"/sitemap.xml": typed("application/xml", `<urlset><url><loc>/only-here</loc></url></urlset>`),
			"/only-here":   page("<p>o"),
		},
		frozen: []string{"/", "/a.css", "/b", "/feed", "/from-feed", "/i.png", "/more.css", "/only-here", "/pic.png", "/sitemap.xml", "/sub/", "/sub/x", "/sub/z"},
	},
	{
		name:   "a missing sitemap is no word worth",
		site:   routes{"/": page("<p>x")},
		frozen: []string{"/"},
	},
	{
		name:   "unless somebody links to it",
		site:   routes{"/": page(`<a href="/sitemap.xml">map</a><a href="/gone">g</a>`), "/gone": status(410)},
		frozen: []string{"/"}, left: []string{"/gone status", "/sitemap.xml status"},
	},
	{
		name: "what is not frozen still leads on",
		site: routes{
			"/":       page(`<a href="/a">a</a>`, "Set-Cookie", "s=1"),
			"/a":      page(`<a href="/b">b</a>`, "Cache-Control", "no-store"),
			"/b":      page(`<input name=csrf_token value=x><a href="/c">c</a>`),
			"/c":      page("<p>c"),
			"/broken": page("<p>never linked"),
		},
		frozen: []string{"/c"}, left: []string{"/ cookie", "/a no-store", "/b csrf"},
	},
	{
		name: "an error page leads nowhere",
		site: routes{"/": page(`<a href="/e">e</a>`), "/e": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(500)
			fmt.Fprint(w, `<a href="/no">no</a>`)
		}, "/no": page("<p>no")},
		frozen: []string{"/"}, left: []string{"/e status"},
	},
	{
		name: "one page, many spellings",
		site: routes{
			"/":          page(`<a href="/a">1</a><a href="/a#x">2</a><a href="/a?">3</a><a href="a">4</a><a href="./a">5</a><a href="/b/../a">6</a><a href="%61">7</a><a href="/caf%c3%a9">8</a><a href="/café">9</a><a href="//HOST/a">10</a>`),
			"/a":         once(page("<p>a")),
			"/caf%C3%A9": once(page("<p>c")),
		},
		frozen: []string{"/", "/a", "/caf%C3%A9"},
	},
	{
		name: "many pages, similar spellings",
		site: routes{
			"/":  page(`<a href="/x">1</a><a href="/x/">2</a><a href="/A">3</a><a href="/a">4</a><a href="/x/y">5</a><a href="/x.html">6</a>`),
			"/x": page("1"), "/x/": page("2"), "/A": page("3"), "/a": page("4"), "/x/y": page("5"), "/x.html": page("6"),
		},
		frozen: []string{"/", "/A", "/a", "/x", "/x.html", "/x/", "/x/y"},
	},
	{
		name: "paths without a file name are not even asked for",
		site: routes{
			"/":   page(`<a href="/a%2Fb">1</a><a href="/a%00b">2</a><a href="/%2e%2e/x">3</a><a href="/a//b">4</a><a href="/.env">5</a><a href="/100%">6</a><a href="/a\b">7</a><a href="/` + strings.Repeat("x", 300) + `">8</a><a href="/../up">9</a><a href="/caf%E9">10</a>`),
			"/up": page("<p>up"),
		},
		frozen: []string{"/", "/up"},
		left: []string{"/%2e%2e/x path", "/.env path", "/100% path", "/a%00b path", "/a%2Fb path", "/a%5Cb path", "/a//b path", "/caf%E9 path",
			"/" + strings.Repeat("x", 300) + " path"},
	},
	{
		name:   "queries are named, and asked for only where a page needs them",
		site:   routes{"/": page(`<a href="/list?page=2">2</a><a href="/list?page=2#x">2</a><a href="?q=1">q</a><a href="/a?x=1&amp;y= 2">a</a><link rel=stylesheet href="/s.css?v=6.1">`)},
		frozen: []string{"/"},
		left:   []string{"/?q=1 query", "/a?x=1&y=%202 query", "/list?page=2 query", "/s.css?v=6.1 status"},
	},
	{
		name: "redirects",
		site: routes{
			"/":      page(`<a href="/old">o</a><a href="/away">a</a><a href="/slash">s</a><a href="/port">p</a>`),
			"/old":   status(301, "Location", "/new#frag"),
			"/new":   page("<p>new"),
			"/away":  status(302, "Location", "https://other.example/x"),
			"/slash": status(308, "Location", "/slash/"), "/slash/": page("<p>s"),
			"/port": status(302, "Location", "http://127.0.0.1:1/x"),
		},
		frozen: []string{"/", "/new", "/slash/"},
		left:   []string{"/away redirect", "/old redirect", "/port redirect", "/slash redirect"},
	},
	{
		name: "include and exclude", crawler: &Crawler{Include: []string{"/", "/blog/**"}, Exclude: []string{"/blog/private/**", "**/*.tmp"}},
		site: routes{
			"/":       page(`<a href="/blog/">b</a><a href="/shop">s</a><a href="/shop?x=1">s</a><a href="/a%2Fb">x</a>`),
			"/blog/":  page(`<a href="1">1</a><a href="private/x">p</a><a href="x.tmp">t</a><a href="1?x=1">q</a>`),
			"/blog/1": page("<p>1"), "/blog/private/x": fatal, "/shop": fatal, "/blog/x.tmp": fatal,
		},
		frozen: []string{"/", "/blog/", "/blog/1"}, left: []string{"/blog/1?x=1 query"},
	},
	{
		name: "a seed outside the scope is read for its links", crawler: &Crawler{Include: []string{"/b"}, Seeds: []string{"/", "/list.xml"}},
		site:   routes{"/": page(`<a href="/b">b</a>`, "Cache-Control", "no-store"), "/b": page("<p>b"), "/list.xml": typed("text/xml", "<urlset><loc>/b</loc></urlset>")},
		frozen: []string{"/b"},
	},
	{
		name: "a prefix", crawler: &Crawler{URL: "/blog/"},
		site:   routes{"/blog/": page(`<a href="/">h</a><a href="x">x</a>`), "/blog/x": page("<p>x"), "/": fatal},
		frozen: []string{"/blog/", "/blog/x"},
	},
	{
		name: "depth", crawler: &Crawler{MaxDepth: 1},
		site: routes{
			"/":  page(`<a href="/1">1</a>`),
			"/1": page(`<a href="/2">2</a><link rel=stylesheet href="/1.css">`), "/2": fatal,
			"/1.css": typed("text/css", "@import '/2.css'"), "/2.css": typed("text/css", "a{}"),
		},
		frozen: []string{"/", "/1", "/1.css", "/2.css"},
	},
	{
		name: "what is a step away on one way is near on another", crawler: &Crawler{MaxDepth: 2, Seeds: []string{"/a"}},
		site: routes{
			"/a": page(`<a href="/b">b</a><a href="/far">f</a>`), "/b": page(`<a href="/c.svg">c</a>`), "/far": page(`<img src="/c.svg">`),
			"/c.svg": typed("image/svg+xml", `<svg><a href="/d">d</a></svg>`), "/d": page("<p>d"),
		},
		frozen: []string{"/a", "/b", "/c.svg", "/d", "/far"},
	},
	{
		name: "seeds", crawler: &Crawler{Seeds: []string{"/b", "a?x=1", " /b ", "/a%2Fb", "/delete"}},
		site:   routes{"/b": page("<p>b")},
		frozen: []string{"/b"}, left: []string{"/a%2Fb path", "/a?x=1 query", "/delete action"},
	},
	{ // A colon in the fifth place once made a relative link absolute.
		name:   "relative links of the same spelling",
		site:   routes{"/": page(`<a href="x/1">1</a><a href="y/1">2</a>`), "/x/1": page(`<a href="abc/:d">3</a>`), "/y/1": page(`<a href="abc/:d">4</a>`), "/x/abc/:d": page("5"), "/y/abc/:d": page("6")},
		frozen: []string{"/", "/x/1", "/x/abc/:d", "/y/1", "/y/abc/:d"},
	},
	{
		name: "bases",
		site: routes{
			"/":     page(`<base href="/d/"><a href="x">1</a><a href="/y">2</a>`),
			"/d/x":  page(`<base href="https://cdn.example/"><a href="/no">1</a><a href="no">2</a>`),
			"/y":    page(`<base href="e/"><a href="z">1</a>`),
			"/e/z":  page(`<a href="/back">b</a>`),
			"/back": status(302, "Location", "  "), "/no": fatal,
		},
		frozen: []string{"/", "/d/x", "/e/z", "/y"}, left: []string{"/back status"},
	},
	{
		name: "media types",
		site: routes{
			"/":     page(`<a href="/a.gz">1</a><a href="/none">2</a><a href="/a.pdf">3</a><a href="/x.css">4</a><a href="/huge.zip">5</a><a href="/latin">6</a>`),
			"/a.gz": typed("application/gzip", "\x1f\x8b\x08"), "/none": typed("", "x"), "/a.pdf": typed("application/pdf", "%PDF\xff\r\n"),
			"/x.css": page("<p>login"), "/huge.zip": typed("application/zip", strings.Repeat("x", 1<<20)), "/latin": typed("text/html; charset=iso-8859-1", "caf\xe9"),
		},
		frozen: []string{"/", "/a.pdf"},
		left:   []string{"/a.gz media", "/huge.zip media", "/latin charset", "/none media", "/x.css media"},
	},
}

// once answers the first request and fails after that.
func once(h http.HandlerFunc) http.HandlerFunc {
	var asked atomic.Bool
	return func(w http.ResponseWriter, r *http.Request) {
		if asked.Swap(true) {
			w.WriteHeader(500)
			return
		}
		h(w, r)
	}
}

// fatal answers what must not be asked for.
func fatal(http.ResponseWriter, *http.Request) { panic("this page must not be asked for") }

func TestCrawl(t *testing.T) {
	for _, test := range crawlCases {
		t.Run(test.name, func(t *testing.T) {
			c := cmp.Or(test.crawler, &Crawler{})
			b := crawlSite(t, test.site, c)
			if !slices.Equal(b.frozen(), test.frozen) {
				t.Errorf("frozen %q\nwant   %q", b.frozen(), test.frozen)
			}
			slices.Sort(test.left)
			if !slices.Equal(b.reasons(), test.left) {
				t.Errorf("left %q\nwant %q\n%+v", b.reasons(), test.left, b.skips)
			}
			if !slices.IsSorted(b.order) {
				t.Errorf("skips came as %q, not sorted", b.order)
			}
			p := c.Progress()
			if p.Frozen != int64(len(b.pages)) || p.Queued != 0 {
				t.Errorf("progress %+v after %d pages", p, len(b.pages))
			}
		})
	}
}
