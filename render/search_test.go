package render

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// indexFiles are the files of a site's search index, by path.
func indexFiles(site *built) map[string]string {
	found := map[string]string{}
	for key, page := range site.pages {
		if strings.HasPrefix(key.URL(), "/search/") && strings.HasSuffix(key.URL(), ".json") {
			found[key.URL()] = string(page.Body)
		}
	}
	return found
}

// foundIn are the paths that the index of a small site knows.
func foundIn(t *testing.T, site *built) []string {
	t.Helper()
	var pages map[string][4]string
	if err := json.Unmarshal([]byte(indexFiles(site)["/search/pages-1/0.json"]), &pages); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, page := range pages {
		paths = append(paths, page[1])
	}
	slices.Sort(paths)
	return paths
}

// TestWhatIsFound: what is published can be found, but for what says otherwise.
func TestWhatIsFound(t *testing.T) {
	folder := files("a.md", "# Lantern", "2024-05-01-b.md", "# Harbour", "draft.md", "---\ndraft: true\n---\n# Draft", "2034-05-01-later.md", "# Later",
		"quiet.md", "---\nsearch: false\n---\n# Quiet", "secret.md", "---\nnoindex: true\n---\n# Secret", "posts/_index.md", "# Posts", "posts/c.md", "# Glacier")
	site := build(t, folder)
	if got := fmt.Sprint(foundIn(t, site)); got != "[/a/ /b/ /posts/c/]" {
		t.Errorf("the index has %s", got)
	}
	if terms := indexFiles(site)["/search/terms-1/0.json"]; strings.Contains(terms, "quiet") || !strings.Contains(terms, "lantern") {
		t.Errorf("the terms are %s", terms)
	}
	page := site.body(t, "/search/")
	for _, want := range []string{`name="robots" content="noindex"`, `data-index="/search/"`, "<noscript>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the search page lacks %s: %s", want, page)
		}
	}
	if strings.Contains(site.body(t, "/sitemap.xml"), "/search/") || !strings.Contains(site.body(t, "/a/"), `<a href="/search/">`) {
		t.Error("the search page is in the sitemap, or not in the menu")
	}
	folder["search.md"] = files("search.md", "# Find\n\nWhat to look for.")["search.md"]
	own := build(t, folder).body(t, "/search/")
	if !strings.Contains(own, "<h1>Find</h1>") || !strings.Contains(own, "What to look for.") || !strings.Contains(own, "data-index") {
		t.Errorf("the folder's own search page: %s", own)
	}
	for name, off := range map[string]*built{
		"a setting": build(t, folder, func(s *Settings) { s.NoSearch = true }),
		"a post":    build(t, files("2024-05-01-search.md", "# Search")),
		"nothing":   build(t, files("a.md", "---\nsearch: false\n---\n# A")),
	} {
		if len(indexFiles(off)) > 0 || strings.Contains(off.body(t, "/"), ` <a href="/search/">`) {
			t.Errorf("there is a search in spite of %s", name)
		}
	}
}

// TestSearchOnlyWhatChanged: without a change nothing of the index is written, after an
// edit a few of its files; and then it is that of a build from nothing, with the
// cache and without it.
func TestSearchOnlyWhatChanged(t *testing.T) {
	folder := fstest.MapFS{}
	text := func(i int, more string) *fstest.MapFile {
		return files("x", fmt.Sprintf("---\ntitle: Post %d\ndate: 2024-01-%02d\n---\nThe number%d of the day is number%d.%s\n", i, i%28+1, i, i*i%97, more))["x"]
	}
	for i := range 300 {
		folder[fmt.Sprintf("p%03d.md", i)] = text(i, "")
	}
	first, blog, err := run(&Folder{FS: folder}, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	step := func(name string, most int, cache *Cache, before *built) *built {
		t.Helper()
		after, _, err := run(&Folder{FS: folder, Cache: cache}, before)
		if err != nil {
			t.Fatal(describe(err))
		}
		same(t, after, build(t, folder))
		changed := 0
		for key, page := range after.pages {
			if strings.HasSuffix(key.URL(), ".json") && strings.HasPrefix(key.URL(), "/search/") && before.pages[key].Version != page.Version {
				changed++
			}
		}
		if changed > most || most > 0 && changed == 0 {
			t.Errorf("%s: %d of %d files of the index were made anew", name, changed, len(indexFiles(after)))
		}
		return after
	}
	second := step("nothing changed", 0, blog.Cache(), first)
	folder["p077.md"] = text(77, " A glacier.")
	third := step("one edited", 3, blog.Cache(), second)
	step("one edited, with the cache of a file", 3, reread(t, blog.Cache()), second)
	step("one edited, without the cache", 3, nil, second)
	delete(folder, "p099.md")
	step("one gone", 12, blog.Cache(), third)
	step("one gone, with the cache of a file", 12, reread(t, blog.Cache()), third)
}

// reread is a cache as the next run reads it.
func reread(t *testing.T, cache *Cache) *Cache {
	t.Helper()
	var file strings.Builder
	if _, err := cache.WriteTo(&file); err != nil {
		t.Fatal(err)
	}
	read := ReadCache(file.String())
	if read == nil || len(read.versions) == 0 {
		t.Fatal("the cache cannot be read, or knows no index")
	}
	return read
}
