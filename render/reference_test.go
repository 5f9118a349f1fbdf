package render

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"icecap/content"
)

func blogOf(t *testing.T, folder fstest.MapFS) *Blog {
	t.Helper()
	snapshot, err := (&Folder{FS: folder, Now: noon}).Read(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	blog, err := snapshot.Blog(context.Background(), content.Site{})
	if err != nil {
		t.Fatal(err)
	}
	return blog
}

// TestReferences: each link of a text has its line, as it comes out in the page.
func TestReferences(t *testing.T) {
	folder := files("a.md", `---
title: A
image: https://pictures.example/x.png
---
Code first: `+"`https://one.example/`"+`

Then a [link](https://one.example/), a [page](b.md#x),
and https://bare.example/path, <https://auto.example/>,
![picture](https://pictures.example/y.png), [by name][n]

<a href="https://raw.example/?a=1">raw</a>

[n]: https://named.example/

[again](https://one.example/) with [Ünï cödé](/b/?q=ä)
`, "b.md", "# B\n## X\n")
	blog := blogOf(t, folder)
	refs, err := blog.References("a.md")
	if err != nil {
		t.Fatal(err)
	}
	for dest, want := range map[string]string{
		"https://one.example/":           "7 15",
		"/b/#x":                          "7",
		"https://bare.example/path":      "8",
		"https://auto.example/":          "8",
		"https://pictures.example/y.png": "9",
		"https://named.example/":         "9",
		"https://raw.example/?a=1":       "11",
		"https://pictures.example/x.png": "3",
		"/b/?q=ä":                        "15",
		"https://nowhere.example/":       "",
	} {
		var lines []string
		for _, place := range refs.Find(func(d string) bool { return d == dest }) {
			lines = append(lines, fmt.Sprint(place.Line))
			if place.File != "a.md" || place.Excerpt == "" {
				t.Errorf("%s: %+v", dest, place)
			}
		}
		if got := strings.Join(lines, " "); got != want {
			t.Errorf("%s stands in lines %q, want %q", dest, got, want)
		}
	}
	if _, err := blog.References("none.md"); err == nil {
		t.Error("a text that is not there has references")
	}
}

// TestLinkToAlias: a link to a URL that leads on is a detour, and no mistake.
func TestLinkToAlias(t *testing.T) {
	blog := blogOf(t, files("a.md", "---\naliases: [/old/]\n---\n# A\n", "b.md", "# B\n[old](/old/) [gone](gone)\n"))
	if err := blog.Check(context.Background()); err == nil || strings.Contains(err.Error(), "/old/") {
		t.Errorf("the mistakes are %v, want one that is not about the alias", err)
	}
	page, _ := content.ParsePath("/b/")
	if what, _ := blog.Missing(page, "/old/"); what != "" {
		t.Errorf("the alias is missing: %s", what)
	}
	if what, _ := blog.Missing(page, "gone"); what == "" {
		t.Error("what is not there is not missing")
	}
}
