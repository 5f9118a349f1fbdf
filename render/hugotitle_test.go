package render

import (
	"strings"
	"testing"
)

// TestHugoTermsOfLists: a list is among what has its terms, but not in its own list.
func TestHugoTermsOfLists(t *testing.T) {
	site, _, err := run(hugoFiles("title = 'A'\n", "content/notes/_index.md", "---\ntitle: Notes\ntags: [x]\n---\nAbout them.\n",
		"content/tags/y/_index.md", "---\ntitle: Why\ntags: [y]\n---\nAbout it.\n"), nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	if page := site.body(t, "/tags/x/"); !strings.Contains(page, `<a href="/notes/">Notes</a>`) || !strings.Contains(page, "1 post") || !strings.Contains(page, "About them.") {
		t.Errorf("the list is not among what has its tag:\n%s", page)
	}
	if page := site.body(t, "/tags/y/"); !strings.Contains(page, "About it.") || strings.Contains(page, `class="card"`) {
		t.Errorf("the tag is in its own list:\n%s", page)
	}
}

// TestHugoTitles: a heading that repeats the title is left out of a text only where the
// page shows that title, and no page is named by a dot.
func TestHugoTitles(t *testing.T) {
	home := "---\nicon: x\n---\n# Welcome\n\nHello.\n"
	for _, c := range []struct {
		name, config string
		files        []string
		want         map[string][]string // what stands in a page, in this order, by its path
	}{
		{"the site has a title", "title = 'Site'", []string{"content/_index.md", home}, map[string][]string{"/": {"<title>Site<", "<h1>Site</h1>", ">Welcome", "Hello."}}},
		{"the site has none", "", []string{"content/_index.md", home}, map[string][]string{"/": {"<title>Welcome<", "<h1>Welcome</h1>", "Hello."}}},
		{"a section", "title = 'Site'", []string{"content/notes/_index.md", "---\ntitle: Notes\n---\n# Notes\n"}, map[string][]string{"/notes/": {"<h1>Notes</h1>"}}},
		{"languages", "title = 'Site'\ndefaultContentLanguageInSubdir = true\n[languages.en]\nweight = 1\n[languages.de]\nweight = 2\ntitle = 'Seite'\n",
			[]string{"content/_index.md", "Hello.", "content/_index.de.md", "Hallo.", "content/a.md", "A", "content/a.de.md", "---\ntags: [x]\n---\nA"},
			map[string][]string{"/en/": {"<title>Site<", "<h1>Site</h1>", "Hello."}, "/de/": {"<h1>Seite</h1>", "Hallo."}, "/de/tags/": {`<html lang="de"`}, "/en/tags/": {`<html lang="en"`}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			site, _, err := run(hugoFiles(c.config, c.files...), nil)
			if err != nil {
				t.Fatal(describe(err))
			}
			for url, parts := range c.want {
				page := site.body(t, url)
				rest := page
				for _, part := range parts {
					_, after, ok := strings.Cut(rest, part)
					if !ok {
						t.Errorf("%s: %q is not there, or not in this place:\n%s", url, part, page)
					}
					rest = after
				}
			}
		})
	}
}
