package render

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"
)

// backlinksOn lets pages show what links to them.
func backlinksOn(s *Settings) { s.Backlinks = true }

// shownBacklinks are the addresses below "Linked from" of a page.
func shownBacklinks(t *testing.T, site *built, url string) (list []string) {
	t.Helper()
	_, after, _ := strings.Cut(site.body(t, url), "Linked from")
	after, _, _ = strings.Cut(after, "</section>")
	for part := range strings.SplitSeq(after, `<a href="`) {
		if address, _, ok := strings.Cut(part, `"`); ok && strings.HasPrefix(address, "/") {
			list = append(list, address)
		}
	}
	return list
}

func TestBacklinks(t *testing.T) {
	folder := vault(
		"x.md", "# X\n\n[[Ice]] and again [[Ice#Black ice]], [me](x.md), [twin](deep/a/Twin.md).",
		"posts/2024-02-01-new.md", "# New\n\n[Ice](../Ice.md)", "posts/2024-01-01-old.md", "# Old\n\n[Ice](/ice/)",
		"posts/_index.md", "# Posts\n\nOf [[Ice]].",
		"draft.md", "---\ndraft: true\n---\n[[Ice]]",
	)
	site := build(t, folder, backlinksOn)
	if got, want := shownBacklinks(t, site, "/ice/"), []string{"/posts/new/", "/posts/old/", "/x/", "/posts/"}; !slices.Equal(got, want) {
		t.Errorf("ice is linked from %v, want %v", got, want)
	}
	if got := shownBacklinks(t, site, "/x/"); got != nil {
		t.Errorf("x is linked from %v", got)
	}
	if body := build(t, folder).body(t, "/ice/"); strings.Contains(body, "Linked from") {
		t.Error("they are shown unasked")
	}
}

// A link that comes or goes makes the page anew that it leads to, and no other one.
func TestBacklinksOnlyWhatChanged(t *testing.T) {
	folder := files("a.md", "# A\n\n[b](b.md)", "b.md", "# B", "c.md", "# C", "d.md", "# D")
	f := &Folder{FS: folder, Settings: Settings{Backlinks: true}}
	first, blog, err := run(f, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	folder["a.md"] = files("a.md", "# A\n\n[c](c.md)")["a.md"]
	f.Cache = blog.Cache()
	second, _, err := run(f, first)
	if err != nil {
		t.Fatal(describe(err))
	}
	same(t, second, build(t, folder, backlinksOn))
	for key, page := range second.pages {
		changed := page.Version != first.pages[key].Version
		if want := slices.Contains([]string{"/", "/a/", "/b/", "/c/", "/sitemap.xml", "/search/terms-1/0.json", "/search/pages-1/0.json"}, key.URL()); changed != want {
			t.Errorf("%s was made anew: %v, want %v", key.URL(), changed, want)
		}
	}
	// The short way of a preview sees it, too.
	snapshot, err := f.Read(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if blog, err = snapshot.Blog(context.Background(), second.site()); err != nil {
		t.Fatal(describe(err))
	}
	folder["a.md"] = files("a.md", "# A\n\n[d](d.md)")["a.md"]
	folder["a.md"].ModTime = noon.Add(time.Second)
	pageOf := func(url string) string {
		for _, key := range blog.Keys() {
			if key.URL() == url {
				page, _, err := blog.Page(key)
				if err != nil {
					t.Fatal(describe(err))
				}
				return string(page.Body)
			}
		}
		return ""
	}
	if !strings.Contains(pageOf("/c/"), "Linked from") {
		t.Fatal("c is not linked from a")
	}
	if _, ok := blog.Rewrite(context.Background(), noon, Changes{Names: []string{"a.md"}}); !ok {
		t.Fatal("it was not the short way")
	}
	if strings.Contains(pageOf("/c/"), "Linked from") || !strings.Contains(pageOf("/d/"), "Linked from") {
		t.Error("the preview shows the links of before")
	}
}
