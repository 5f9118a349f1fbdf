package render

import (
	"fmt"
	"strings"
	"testing"
)

// TestOwnIcon takes the place of the default one.
func TestOwnIcon(t *testing.T) {
	for _, name := range []string{"static/favicon.svg", "favicon.png", "static/favicon.ico"} {
		site := build(t, files("a.md", "# A", name, "icon"))
		want := `<link rel="icon" href="/` + strings.TrimPrefix(name, "static/") + `">`
		if !strings.Contains(site.body(t, "/a/"), want) {
			t.Errorf("with %s there is no %s", name, want)
		}
	}
	if site := build(t, files("a.md", "# A")); !strings.Contains(site.body(t, "/a/"), `<link rel="icon" href="/assets/icon.h`) {
		t.Error("there is no default icon")
	}
}

// TestMenu holds the plain pages of the top, by weight; of very many only those
// that were given one.
func TestMenu(t *testing.T) {
	menu := func(n int) string {
		folder := files("2024-01-01-post.md", "# Post", "last.md", "# Last", "first.md", "---\nweight: 1\n---\n# First")
		for i := range n {
			folder[fmt.Sprintf("p%d.md", i)] = folder["last.md"]
		}
		_, after, _ := strings.Cut(build(t, folder).body(t, "/post/"), `<nav aria-label="Site">`)
		nav, _, _ := strings.Cut(after, "</nav>")
		return nav
	}
	if got, want := menu(0), `<a href="/first/">First</a> <a href="/last/">Last</a> <a href="/archive/">Archive</a> <a href="/search/">Search</a>`; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if got, want := menu(maxMenu), `<a href="/first/">First</a> <a href="/archive/">Archive</a> <a href="/search/">Search</a>`; got != want {
		t.Errorf("of many pages: got %s\nwant %s", got, want)
	}
}

// TestAssetsBelowPrefix: everything that a page of a blog beside an app loads lies below
// its prefix.
func TestAssetsBelowPrefix(t *testing.T) {
	site := build(t, files("a.md", "# A\n\n```go\nfunc main() {}\n```\n"), func(s *Settings) { s.Prefix = "/blog/" })
	body := site.body(t, "/blog/a/")
	for _, want := range []string{`href="/blog/assets/style.h`, `src="/blog/assets/copy.h`, `href="/blog/assets/icon.h`, `class="brand" href="/blog/"`} {
		if !strings.Contains(body, want) {
			t.Errorf("there is no %s in\n%s", want, body)
		}
	}
}
