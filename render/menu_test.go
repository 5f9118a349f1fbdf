package render

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/fstest"
)

// rooms is a site of Hugo in two languages, with menus from everywhere.
func rooms() fstest.MapFS {
	return files("hugo.toml", `
title = "Rooms"
baseURL = "https://example.org/"
sectionPagesMenu = "main"
[languages.en]
weight = 1
[languages.de]
weight = 2
title = "Zimmer"
[[menus.main]]
identifier = "home"
name = "Home"
pageRef = "/"
weight = 1
[[menus.main]]
pageRef = "/about"
weight = 2
`,
		"i18n/de.toml", "home = \"Daheim\"\n", "content/about.md", "---\ntitle: About\n---\nWe.", "content/about.de.md", "---\ntitle: Über uns\n---\nWir.",
		"content/posts/one.md", "---\ntitle: One\ndate: 2024-05-01\ntags: [red]\n---\nFirst.", "content/posts/two.md", "---\ntitle: Two\ndate: 2024-05-02\n---\nSecond.",
		"content/posts/one.de.md", "---\ntitle: Eins\ndate: 2024-05-01\ntags: [red]\n---\nErstes.", "content/legal.md", "---\ntitle: Legal\nmenus: footer\n---\nText.")
}

// menuEdits change what a menu, a switch of languages or a word shows on every page of a
// language, by a change of one file.
var menuEdits = map[string]struct{ file, text, page, want string }{
	"the title of a page in a menu":    {"content/about.de.md", "---\ntitle: Wer wir sind\n---\nWir.", "/de/posts/one/", `<a href="/de/about/">Wer wir sind</a>`},
	"its name in lists":                {"content/about.md", "---\ntitle: About\nlinkTitle: Us\n---\nWe.", "/posts/two/", `<a href="/about/">Us</a>`},
	"its text":                         {"content/about.md", "---\ntitle: About\n---\nYou.", "/about/", "<p>You.</p>"},
	"what the front matter says":       {"content/legal.md", "---\ntitle: Legal\nmenus:\n  footer:\n    name: Imprint\n---\nText.", "/posts/one/", `<a href="/legal/">Imprint</a>`},
	"a page that comes into a menu":    {"content/posts/two.md", "---\ntitle: Two\ndate: 2024-05-02\nmenu: main\n---\nSecond.", "/about/", `<a href="/posts/two/">Two</a>`},
	"the title of a section in a menu": {"content/posts/_index.md", "---\ntitle: All of it\n---\n", "/about/", `<a href="/posts/">All of it</a>`},
	"a word of the site":               {"i18n/de.toml", "home = \"Zuhause\"\n", "/de/about/", `<a href="/de/">Zuhause</a>`},
	"a word of the theme":              {"theme/words/de.json", `{"Tags": "Themen"}`, "/de/about/", `<a href="/de/tags/">Themen</a>`},
	"a translation":                    {"content/posts/two.de.md", "---\ntitle: Zwei\ndate: 2024-05-02\n---\nZweites.", "/posts/two/", `<a href="/de/posts/two/" lang="de" hreflang="de">Deutsch</a>`},
	"a translation that goes":          {"content/posts/one.de.md", "---\ndraft: true\n---\n", "/posts/one/", `<a href="/de/" lang="de" hreflang="de">Deutsch</a>`},
}

// TestMenuEdits: after a change of one file all pages are what a build from nothing makes,
// in the next build, which keeps the pages that show nothing of it, and in a preview.
func TestMenuEdits(t *testing.T) {
	for name, edit := range menuEdits {
		t.Run(name, func(t *testing.T) {
			folder := rooms()
			f := &Folder{FS: folder, Now: noon, Cache: &Cache{}}
			before, blog, err := run(f, nil)
			if err != nil {
				t.Fatal(describe(err))
			}
			folder[edit.file] = &fstest.MapFile{Data: []byte(edit.text), ModTime: noon.Add(1)}
			want, _, err := run(&Folder{FS: folder, Now: noon}, nil)
			if err != nil {
				t.Fatal(describe(err))
			}
			if body := want.body(t, edit.page); !strings.Contains(body, edit.want) {
				t.Errorf("%s is not in %s", edit.want, body)
			}
			next, _, err := run(f, before)
			if err != nil {
				t.Fatal(describe(err))
			}
			same(t, next, want)
			changes := Changes{Names: []string{edit.file}}
			if _, ok := blog.Rewrite(context.Background(), noon, changes); !ok {
				snapshot, err := blog.snapshot.Update(context.Background(), noon, changes, f.Cache)
				if err != nil {
					t.Fatal(describe(err))
				}
				if blog, err = snapshot.Blog(context.Background(), before.site()); err != nil {
					t.Fatal(describe(err))
				}
			}
			for key, page := range want.pages {
				if got, ok, err := blog.Page(key); !ok || err != nil || !bytes.Equal(got.Body, page.Body) {
					t.Errorf("the preview has another %s: %t, %v\n%s\nwant\n%s", key.URL(), ok, err, got.Body, page.Body)
				}
			}
		})
	}
}

// TestEditions: each language has its lists, archives, feeds, search and page for what
// is not there, and what is not followed is named.
func TestEditions(t *testing.T) {
	folder := rooms()
	folder["hugo.toml"].Data = append(folder["hugo.toml"].Data, "[[menus.main]]\nname = \"Nowhere\"\npageRef = \"/nowhere\"\n[languages.cy]\nweight = 3\nuglyURLs = true\n"...)
	folder["content/about.cy.md"] = &fstest.MapFile{Data: []byte("---\ntitle: Amdanom\n---\nNi."), ModTime: noon}
	site, blog, err := run(&Folder{FS: folder, Settings: Settings{URL: "https://example.org"}}, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	for page, wants := range map[string][]string{
		"/de/":                  {`<html lang="de">`, "<h1>Zimmer</h1>", "1. Mai 2024", "<b aria-current=\"true\" lang=\"de\">Deutsch</b>", `hreflang="en" href="https://example.org/"`},
		"/de/archive/":          {"<h1>Archiv</h1>", "1 Beitrag<", `href="/de/2024/05/">Mai`},
		"/de/2024/05/":          {"<h1>Mai 2024</h1>", "Eins"},
		"/2024/05/":             {"<h1>May 2024</h1>", "One", "Two"},
		"/de/tags/red/":         {"Schlagwort", `href="/de/tags/red/atom.xml"`},
		"/de/search/":           {"<h1>Suche</h1>", `data-index="/de/search/"`, `hreflang="en" href="https://example.org/search/"`},
		"/de/atom.xml":          {"<title>Zimmer</title>", `xml:lang="de"`, "<title>Eins</title>"},
		"/de/404.html":          {"Diese Seite gibt es nicht", `href="/de/"`},
		"/404.html":             {"There is no such page"},
		"/sitemap.xml":          {"<loc>https://example.org/en/sitemap.xml</loc>", "<loc>https://example.org/de/sitemap.xml</loc>"},
		"/de/sitemap.xml":       {"<loc>https://example.org/de/archive/</loc>", `hreflang="en" href="https://example.org/posts/one/"`},
		"/cy/about/":            {`<html lang="cy">`, ">Search</a>", `lang="cy">cy</b>`},
		"/de/search/index.json": {},
	} {
		for _, want := range wants {
			if body := site.body(t, page); !strings.Contains(body, want) {
				t.Errorf("%s has no %s:\n%s", page, want, body)
			}
		}
	}
	for page, never := range map[string]string{"/atom.xml": "Eins", "/archive/": "/de/2024", "/de/": "One", "/search/index.json": "de"} {
		if strings.Contains(site.body(t, page), never) {
			t.Errorf("%s has %s", page, never)
		}
	}
	said := describe(blog.Warnings())
	for _, want := range []string{`the entry "Nowhere" of the menu main leads to no page: there is no /nowhere in de`, "there are no words of the theme in cy", "not followed: languages.cy.uglyurls"} {
		if !strings.Contains(said, want) {
			t.Errorf("%s is not in\n%s", want, said)
		}
	}
}

// TestJekyllMenus: the pages of header_pages in their order, else the data file
// navigation.
func TestJekyllMenus(t *testing.T) {
	pages := []string{"about.md", "---\ntitle: About\n---\nA", "docs/use.html", "---\ntitle: Use\n---\nU", "plain.md", "---\n---\nP", "_posts/2024-05-01-one.md", "---\ntitle: One\n---\nOne"}
	navigation := []string{"_data/navigation.yml", "main:\n  - title: Docs\n    children:\n      - {name: Use it, link: /docs/use.html}\n      - {title: No place}\n  - {title: Elsewhere, url: 'https://example.com/'}\n"}
	for name, c := range map[string]struct {
		files []string
		want  string
	}{
		"header_pages":      {append([]string{"_config.yml", "baseurl: /x\nheader_pages: [docs/use.html, plain.md, gone.md, about.md]\n"}, navigation...), `<nav aria-label="Site"><a href="/x/docs/use.html">Use</a> <a href="/x/about.html">About</a> `},
		"those of minima 3": {[]string{"_config.yml", "minima:\n  nav_pages: [docs/use.html]\n"}, `<nav aria-label="Site"><a href="/docs/use.html">Use</a> <a href="/archive/">`},
		"navigation":        {append([]string{"_config.yml", "baseurl: /x\n"}, navigation...), `<summary>Docs</summary><div><ul><li><a href="/x/docs/use.html">Use it</a></li></ul></div></details> <a href="https://example.com/">Elsewhere</a>`},
		"neither":           {[]string{"_config.yml", ""}, `<nav aria-label="Site"><a href="/about.html">About</a> `},
	} {
		if body := build(t, files(append(c.files, pages...)...)).body(t, map[bool]string{true: "/x", false: ""}[strings.Contains(c.files[1], "/x")]+"/about.html"); !strings.Contains(body, c.want) {
			t.Errorf("%s: there is no %s in\n%s", name, c.want, body)
		}
	}
}
