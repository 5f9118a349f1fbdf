package render

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// section is what a page shows below a heading, by titles.
func section(page, heading string) (titles []string) {
	_, rest, _ := strings.Cut(page, "<h2>"+heading)
	rest, _, _ = strings.Cut(rest, "</section>")
	for _, m := range regexp.MustCompile(`<li[^>]*>(?:<a[^>]*>|<b[^>]*>)?([^<]*)`).FindAllStringSubmatch(rest, -1) {
		titles = append(titles, m[1])
	}
	return titles
}

func taggedPost(title, date, more string) string {
	return fmt.Sprintf("---\ntitle: %s\ndate: %s\n%s\n---\nText.\n", title, date, more)
}

// TestRelated: rare tags weigh more than common ones, then the nearest in time
// comes first; parts of the same series and other languages have lists of their own.
func TestRelated(t *testing.T) {
	folder := files(
		"a.md", taggedPost("A", "2024-01-10", "tags: [go, locks, gc]\nseries: S"),
		"b.md", taggedPost("B", "2020-01-01", "tags: [go, locks]"),
		"c.md", taggedPost("C", "2024-01-09", "tags: [go]"),
		"d.md", taggedPost("D", "2024-01-01", "tags: [go]"),
		"e.md", taggedPost("E", "2024-01-12", "tags: [go]"),
		"f.md", taggedPost("F", "2024-01-11", "tags: [locks, gc, go]\nseries: S"),
		"g.md", taggedPost("G", "2024-01-10", "tags: [locks, gc, go]\nlang: de"),
		"h.md", taggedPost("H", "2019-01-01", "tags: [GC]"),
		"i.md", taggedPost("I", "2024-01-10", "tags: [ice]"),
		"j.md", taggedPost("J", "2024-01-10", ""),
	)
	site := build(t, folder)
	for url, want := range map[string]string{"/a/": "[B H E C D]", "/i/": "[]", "/j/": "[]", "/h/": "[A F]"} {
		if got := fmt.Sprint(section(site.body(t, url), "Related")); got != want {
			t.Errorf("%s is related to %s, want %s", url, got, want)
		}
	}
}

// TestRelatedFollows: a page is made anew when a post that it names has another
// title or tag, and no other page is.
func TestRelatedFollows(t *testing.T) {
	folder := fstest.MapFS{}
	for i := range 40 {
		name := fmt.Sprintf("p%02d.md", i)
		folder[name] = files(name, taggedPost(fmt.Sprintf("Post %02d", i), fmt.Sprintf("2024-01-%02d", i%28+1), fmt.Sprintf("tags: [t%d]", i%10)))[name]
	}
	first, _, err := run(&Folder{FS: folder}, nil)
	if err != nil {
		t.Fatal(err)
	}
	folder["p03.md"] = files("x", taggedPost("Post three", "2024-01-04", "tags: [t3]"))["x"]
	second, _, err := run(&Folder{FS: folder}, first)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(section(second.body(t, "/p13/"), "Related")); got != "[Post 23 Post 33 Post three]" {
		t.Errorf("the related posts are %s", got)
	}
	same(t, second, build(t, folder))
	if second.kept < 30 {
		t.Errorf("only %d pages were kept", second.kept)
	}
}

// TestRelatedRewritten: in a preview, too, a page that names a post has another version
// when that has another title: the one of a build from nothing.
func TestRelatedRewritten(t *testing.T) {
	folder := files("a.md", taggedPost("A", "2024-01-10", "tags: [go]"), "b.md", taggedPost("B", "2024-01-09", "tags: [go]"))
	blog := open(t, folder)
	folder["b.md"] = files("b.md", taggedPost("B again", "2024-01-09", "tags: [go]"))["b.md"]
	if _, ok := blog.Rewrite(context.Background(), noon, Changes{Names: []string{"b.md"}}); !ok {
		t.Fatal("it was not the short way")
	}
	site := build(t, folder)
	for _, key := range blog.Keys() {
		page, _, err := blog.Page(key)
		if err != nil {
			t.Fatal(describe(err))
		}
		if want := site.pages[key]; key.URL() == "/a/" && (page.Version != want.Version || string(page.Body) != string(want.Body)) {
			t.Errorf("the preview has version %s, a build %s", page.Version, want.Version)
		}
	}
}

// TestSeries: a series is told from its oldest part on, with all parts of a short
// one and those around it in a long one.
func TestSeries(t *testing.T) {
	folder := fstest.MapFS{}
	for i := range 60 {
		name := fmt.Sprintf("p%02d.md", i)
		folder[name] = files(name, taggedPost(fmt.Sprintf("P%d", i+1), fmt.Sprintf("%d-01-01", 1960+i), "series: Long"))[name]
	}
	for i := range 3 {
		name := fmt.Sprintf("s%02d.md", i)
		folder[name] = files(name, taggedPost(fmt.Sprintf("S%d", i+1), fmt.Sprintf("%d-01-01", 1960+i), "series: Short"))[name]
	}
	site := build(t, folder)
	for url, want := range map[string]string{
		"/s01/": "[S1 S2 S3]",
		"/p00/": "[P1 P2 P3 P4 P5 P6 P7 P8 P9 P10 P11 … P60]",
		"/p29/": "[P1 … P20 P21 P22 P23 P24 P25 P26 P27 P28 P29 P30 P31 P32 P33 P34 P35 P36 P37 P38 P39 P40 … P60]",
	} {
		if got := fmt.Sprint(section(site.body(t, url), "Series")); got != want {
			t.Errorf("%s lists %s, want %s", url, got, want)
		}
	}
	if page := site.body(t, "/p29/"); !strings.Contains(page, `<b aria-current="page">P30</b>`) || !strings.Contains(page, "Part 30 of 60 in") {
		t.Error("a part does not know its place")
	}
}
