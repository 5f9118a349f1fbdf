package main

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"icecap/content"
)

// references are links as pages have them, in every odd form, with the URL that
// a report names for them: "" where it is no page of the site.
var references = []struct{ base, raw, want string }{
	{"", "/about", "/about"},
	{"", "about", "/dir/about"},
	{"", "./about", "/dir/about"},
	{"", "../about", "/about"},
	{"", "../../../about", "/about"},
	{"", "", "/dir/page"},
	{"", "?a=1", "/dir/page?a=1"},
	{"", "/x?", "/x"},
	{"", "/x?a=b c", "/x?a=b%20c"},
	{"", "/caf%c3%a9", "/caf%C3%A9"},
	{"", "/café", "/caf%C3%A9"},
	{"", "/%7euser", "/~user"},
	{"", "/a b", "/a%20b"},
	{"", "//shop.example.com/x", "/x"},
	{"", "https://shop.example.com/x", "/x"},
	{"", "https://shop.example.com:443/x", "/x"},
	{"", "https://SHOP.example.com", "/"},
	{"", "HTTPS://shop.example.com/x", "/x"},
	{"", "http://127.0.0.1:8000/x", "/x"},
	{"", "http://shop.example.com/x", ""},
	{"", "https://user@shop.example.com/x", ""},
	{"", "https://elsewhere.example/x", ""},
	{"", "mailto:a@example.com", ""},
	{"", "/a%2Fb", "/a%2Fb"},
	{"", "/a//b?x", "/a//b"},
	{"", "/a%zz?x", "/a%zz"},
	{"", "/.env", "/.env"},
	{"/base/", "x", "/base/x"},
	{"deep/", "x", "/dir/deep/x"},
	{"/base/", "", "/base/"},
	{"https://elsewhere.example/", "x", ""},
	{"https://elsewhere.example/", "/x", ""},
	{"", "/" + strings.Repeat("x", 1300), "/" + strings.Repeat("x", 1199) + "..."},
}

func TestResolve(t *testing.T) {
	at := newResolver(&content.Site{}, "https://shop.example.com", "http://127.0.0.1:8000")
	for range 2 { // the second time from memory
		for _, test := range references {
			if got := urlOf(at.resolve("/dir/page", test.base, test.raw)); got != test.want {
				t.Errorf("%q on /dir/page, base %q: %q, want %q", test.raw, test.base, got, test.want)
			}
		}
	}
	if got := urlOf(at.resolve("/other/page", "", "about")); got != "/other/about" {
		t.Errorf("the same reference on another page: %q", got)
	}
}

func urlOf(s *spot) string {
	if s == nil {
		return ""
	}
	return s.url
}

// TestResolveAgreesWithCrawler crawls a page with all these links. What the
// crawler made of each must be found again under the URL that resolve gives.
func TestResolveAgreesWithCrawler(t *testing.T) {
	var body strings.Builder
	for _, test := range references {
		if test.base == "" && test.raw != "" && !strings.Contains(test.raw, "8000") {
			fmt.Fprintf(&body, "<a href=\"%s\">x</a>\n", html.EscapeString(test.raw))
		}
	}
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		switch r.URL.Path {
		case "/":
			fmt.Fprint(w, `<a href="/dir/page">page</a>`)
		case "/dir/page":
			fmt.Fprint(w, body.String())
		default:
			fmt.Fprint(w, "<p>a page without links")
		}
	}))
	defer app.Close()
	out := filepath.Join(t.TempDir(), "frozen")
	if _, stderr, code := icecap(t, "freeze", app.URL, "--public", "https://shop.example.com", "--out", out, "--allow-same"); code != 0 {
		t.Fatalf("freeze: exit code %d\n%s", code, stderr)
	}
	site := currentSite(t, out)
	at := newResolver(&site, "https://shop.example.com", app.URL)
	met := map[string]bool{}
	for _, test := range references {
		if test.base != "" || test.raw == "" || strings.Contains(test.raw, "8000") {
			continue
		}
		to := at.resolve("/dir/page", "", test.raw)
		if urlOf(to) == "" {
			continue
		}
		met[to.url] = true
		if to.place == (place{}) {
			t.Errorf("%q resolves to %q, which the crawl did not meet", test.raw, to.url)
		}
	}
	for _, url := range urlsOf(site) {
		if !met[url] && url != "/dir/page" && url != "/sitemap.xml" && url != "/robots.txt" { // the seeds
			t.Errorf("the crawl met %q, to which no reference resolves", url)
		}
	}
}

func urlsOf(site content.Site) []string {
	var urls []string
	for _, e := range site.Entries {
		urls = append(urls, e.URL())
	}
	for _, s := range site.Skips {
		urls = append(urls, s.URL)
	}
	return urls
}

// FuzzResolve holds every answer to the form that the lists of a manifest have.
func FuzzResolve(f *testing.F) {
	for _, test := range references {
		f.Add(test.base, test.raw)
	}
	f.Fuzz(func(t *testing.T, base, raw string) {
		at := newResolver(&content.Site{}, "https://shop.example.com")
		got := at.resolve("/dir/page", base, raw)
		if got == nil {
			return
		}
		for i := range len(got.url) {
			if c := got.url[i]; c <= ' ' || c >= 0x7f {
				t.Fatalf("%q, base %q: %q is not escaped", raw, base, got.url)
			}
		}
		if again := at.resolve("/dir/page", base, raw); again != got {
			t.Fatalf("%q: first %v, then %v", raw, got, again)
		}
		if _, err := url.Parse(got.url); err == nil && !got.key.Path.IsZero() && got.key.Variant == "" && targetOfURL(got.url) != got.target {
			t.Fatalf("%q: %q does not read back", raw, got.url)
		}
	})
}
