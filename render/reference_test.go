package render

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"icecap/content"
)

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
	blog := open(t, folder)
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
	blog := open(t, files("a.md", "---\naliases: [/old/]\n---\n# A\n", "b.md", "# B\n[old](/old/) [gone](gone)\n"))
	if err := blog.Check(context.Background(), nil); err == nil || strings.Contains(err.Error(), "/old/") {
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

// TestSiteOf: what a blog says that its site has is what a build makes of it.
func TestSiteOf(t *testing.T) {
	folder := smallBlog()
	folder["math.md"] = &fstest.MapFile{Data: []byte("---\nmath: true\n---\n# Math\n\n$a^2$ ![wide](wide.jpg)\n"), ModTime: noon}
	folder["wide.jpg"] = &fstest.MapFile{Data: []byte(photoFile(t, 800, 400, 1)), ModTime: noon}
	made := build(t, folder)
	blog := open(t, folder)
	if err := blog.Check(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	var urls []string
	for _, e := range blog.Site().Entries {
		urls = append(urls, e.URL())
		if made.pages[e.Key].MediaType != e.MediaType {
			t.Errorf("%s is %s, not %s", e.URL(), made.pages[e.Key].MediaType, e.MediaType)
		}
	}
	slices.Sort(urls)
	if got, want := strings.Join(urls, "\n"), strings.Join(made.urls(), "\n"); got != want {
		t.Errorf("the site has\n%s\nand a build makes\n%s", got, want)
	}
	if !strings.Contains(strings.Join(urls, "\n"), "/wide-480w.") {
		t.Errorf("there are no smaller forms among\n%s", strings.Join(urls, "\n"))
	}
}

// TestAliasLine: in the form of the file's front matter, with the key of its tool, and
// with what stands there already.
func TestAliasLine(t *testing.T) {
	blog := open(t, files("yaml.md", "---\naliases: [/a/]\n---\n", "toml.md", "+++\ntitle = \"T\"\n+++\n", "json.md", "{\"title\": \"J\"}\n", "none.md", "# None\n"))
	for file, want := range map[string]string{
		"yaml.md":    "aliases: [/a/, /old/, \"/o,ld\"]",
		"toml.md":    `aliases = ["/old/", "/o,ld"]`,
		"json.md":    `"aliases": ["/old/", "/o,ld"]`,
		"none.md":    "aliases: [/old/, \"/o,ld\"]",
		"nothing.md": "",
	} {
		if got := blog.AliasLine(file, []string{"/old/", "/o,ld"}); got != want {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
	}
	blog = open(t, files("_config.yml", "title: J\n", "_posts/2024-01-02-hello.md", "---\ntitle: Hello\n---\nText.\n"))
	if got, want := blog.AliasLine("_posts/2024-01-02-hello.md", []string{"/old/"}), "redirect_from: [/old/]"; got != want {
		t.Errorf("in a folder of Jekyll: %s, want %s", got, want)
	}
}

// A path that the shortcode ref wrote into a text, and not into a link, follows its page.
func TestRefFollows(t *testing.T) {
	text := func(slug string) string { return "---\ndate: 2024-01-02\n" + slug + "---\nB." }
	folder := files("a.md", "---\ndate: 2024-01-01\n---\nIt is `{{< ref \"b.md\" >}}`.", "b.md", text(""))
	f := &Folder{FS: folder}
	first, blog, err := run(f, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	folder["b.md"] = files("b.md", text("slug: moved\n"))["b.md"]
	f.Cache = blog.Cache()
	second, _, err := run(f, first)
	if err != nil {
		t.Fatal(describe(err))
	}
	for key, page := range second.pages {
		if key.URL() == "/a/" && !strings.Contains(string(page.Body), "/moved/") {
			t.Errorf("the text has the path of before: %s", page.Body)
		}
	}
}
