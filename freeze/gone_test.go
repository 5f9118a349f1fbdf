package freeze

import (
	"net/http"
	"slices"
	"testing"

	"icecap/content"
)

// htmlWith answers with a status and a page for it.
func htmlWith(code int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		w.Write([]byte(body))
	}
}

// TestGone: of what is missing the gate answers only what a rule names, and only
// where the page says the same of every URL and to every stranger.
func TestGone(t *testing.T) {
	site := routes{
		"/": page(`<a href="/old/a">a</a><a href="/old/b">b</a><a href="/old/c">c</a><a href="/old/d">d</a><a href="/old/e">e</a><a href="/old/f">f</a>` +
			`<a href="/old/g">g</a><a href="/old/h">h</a><a href="/old/i?x=1">i</a><a href="/old/keep/x">x</a><a href="/other">o</a>`),
		"/old/a":      htmlWith(410, "<h1>gone</h1>"),
		"/old/b":      htmlWith(410, "<h1>gone</h1>"),
		"/old/c":      htmlWith(410, "<h1>/old/c is gone</h1>"),
		"/old/d":      htmlWith(410, "<h1>gone</h1>", "Set-Cookie", "a=b"),
		"/old/e":      htmlWith(404, "<h1>no such page</h1>"),
		"/old/f":      htmlWith(410, "<h1>gone</h1>", "Cache-Control", "no-store"),
		"/old/g":      func(w http.ResponseWriter, r *http.Request) { htmlWith(410, "for "+r.Header.Get("User-Agent"))(w, r) },
		"/old/h":      htmlWith(410, `<h1>gone</h1>`, "Content-Type", "text/plain"),
		"/old/keep/x": htmlWith(410, "<h1>gone</h1>"),
		"/other":      htmlWith(410, "<h1>gone</h1>"),
	}
	b := crawlSite(t, site, &Crawler{Gone: []ReplayRule{{"/old/keep/**", false}, {"/old/**", true}}})
	if want := []string{"/old/a 410 ", "/old/b 410 ", "/old/e 404 "}; !slices.Equal(b.redirects, want) {
		t.Errorf("listed %q, want %q", b.redirects, want)
	}
	for _, url := range []string{"/old/c", "/old/d", "/old/f", "/old/g", "/old/h", "/old/keep/x", "/other"} {
		if s, ok := b.skips[url]; !ok || s.Reason != Status {
			t.Errorf("%s is not left to the app for its status: %+v", url, s)
		}
	}
	for code, body := range map[int]string{404: "<h1>no such page</h1>", 410: "<h1>gone</h1>"} {
		p := b.pages[content.StatusKey(code).URL()]
		if string(p.Body) != body || !p.Fallback {
			t.Errorf("the page of %d is %q", code, p.Body)
		}
	}
	if b := crawlSite(t, site, &Crawler{}); len(b.redirects) > 0 || !slices.Equal(b.frozen(), []string{"/"}) {
		t.Errorf("without a rule: listed %q, frozen %q", b.redirects, b.frozen())
	}
	if err := (&Crawler{URL: "http://127.0.0.1:1", Gone: []ReplayRule{{"old", true}}}).Check(); err == nil {
		t.Error("a pattern without a slash is taken")
	}
}

// TestFallback: copies are pages like all others, with a mark.
func TestFallback(t *testing.T) {
	site := routes{
		"/":           page(`<a href="/news/a">a</a><a href="/news/b">b</a><a href="/about">c</a>`),
		"/news/a":     page("a"),
		"/news/b":     htmlWith(200, "b", "Cache-Control", "no-store"),
		"/about":      page("about"),
		"/robots.txt": status(404),
	}
	b := crawlSite(t, site, &Crawler{Fallback: []string{"/news/**"}})
	if got := b.frozen(); !slices.Equal(got, []string{"/", "/about", "/news/a"}) {
		t.Errorf("frozen %q", got)
	}
	for url, p := range b.pages {
		if p.Fallback != (url == "/news/a") {
			t.Errorf("%s: copy %v", url, p.Fallback)
		}
	}
	if err := (&Crawler{URL: "http://127.0.0.1:1", Fallback: []string{"news"}}).Check(); err == nil {
		t.Error("a pattern without a slash is taken")
	}
}
