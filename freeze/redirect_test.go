package freeze

import (
	"slices"
	"testing"
)

// TestReplay: redirects stay with the app unless a rule says otherwise, and even
// then if they are for one visitor, or cannot be written down.
func TestReplay(t *testing.T) {
	site := routes{
		"/":               page(`<a href="/old/a">a</a><a href="/old/b">b</a><a href="/old/c">c</a><a href="/old/d">d</a><a href="/old/e">e</a><a href="/old/f">f</a><a href="/old/g">g</a><a href="/old/h">h</a><a href="/old/i">i</a><a href="/old/j">j</a><a href="/old/keep/x">x</a><a href="/other">o</a>`),
		"/old/a":          status(301, "Location", "/new?x=1#top"),
		"/old/b":          status(302, "Location", "b2"),
		"/old/c":          status(307, "Location", "https://elsewhere.example/x"),
		"/old/d":          status(308, "Location", "/new", "Set-Cookie", "a=b"),
		"/old/e":          status(301, "Location", "/new", "Cache-Control", "no-store"),
		"/old/f":          status(303, "Location", "/new"),
		"/old/g":          status(301, "Location", "/a$uri"),
		"/old/h":          status(301, "Location", "/old/h"),
		"/old/i":          status(301, "Location", "javascript:alert(1)"),
		"/old/j":          status(301, "Location", "/new", "Vary", "Cookie"),
		"/old/keep/x":     status(301, "Location", "/new"),
		"/other":          status(301, "Location", "/new"),
		"/new":            page("new"),
		"/old/b2":         page("b2"),
		"/new?x=1":        page("x"),
		"/favicon.ico":    status(404),
		"/a$uri":          page("a"),
		"/sitemap.xml":    status(404),
		"/old/unfollowed": page("never"),
	}
	b := crawlSite(t, site, &Crawler{Redirects: []ReplayRule{{"/old/keep/**", false}, {"/old/**", true}}})
	want := []string{"/old/a 301 /new?x=1#top", "/old/b 302 /old/b2", "/old/c 307 https://elsewhere.example/x"}
	if !slices.Equal(b.redirects, want) {
		t.Errorf("replayed %q, want %q", b.redirects, want)
	}
	for _, url := range []string{"/old/d", "/old/e", "/old/f", "/old/g", "/old/h", "/old/i", "/old/j", "/old/keep/x", "/other"} {
		if _, ok := b.skips[url]; !ok {
			t.Errorf("%s is not left to the app", url)
		}
	}
	if got := b.frozen(); !slices.Equal(got, []string{"/", "/a$uri", "/new", "/old/b2"}) {
		t.Errorf("frozen %q", got)
	}
	if err := (&Crawler{URL: "http://127.0.0.1:1", Redirects: []ReplayRule{{"old", true}}}).Check(); err == nil {
		t.Error("a pattern without a slash is taken")
	}
}
