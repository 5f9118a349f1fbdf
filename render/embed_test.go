package render

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// embedCases are texts that stand in others.
var embedCases = map[string]struct{ text, want, none string }{
	"a text":            {"![[Ice]]", "<div class=\"embed\">\n<p class=\"embed-from\"><a href=\"/ice/\">Ice</a></p>\n<h2>Black ice <a class=\"anchor\" href=\"/ice/#black-ice\"", "# Ice"},
	"under a name":      {"![[Ice|Frozen]]", `<p class="embed-from"><a href="/ice/">Frozen</a></p>`, "![["},
	"a section":         {"![[Long#Two]]", "<p>Of two.</p>\n<h3>Deeper", "Of three"},
	"a last section":    {"![[Long#Three]]", "<p>Of three.</p>", "Of two"},
	"a block":           {"![[Ice#^thin]]", "<a href=\"/ice/#thin\">Ice</a></p>\n<p>Thin.</p>\n</div>", "Black"},
	"an item":           {"![[Slow Water#^second]]", "<ul>\n<li>two</li>\n</ul>\n</div>", "one"},
	"a table":           {"![[Long#^table]]", "<table>", "Of two"},
	"after a line":      {"Before:\n![[Ice#^thin]]\nBehind.", "<p>Before:</p>\n<div class=\"embed\">", "![["},
	"before a line":     {"Before:\n![[Ice#^thin]]\nBehind.", "</div>\n<p>Behind.</p>", "![["},
	"two in a row":      {"![[Ice#^thin]]\n![[Near]]", "</div>\n<div class=\"embed\">\n<p class=\"embed-from\"><a href=\"/near/\">", "<p></p>"},
	"in a list":         {"- ![[Ice#^thin]]\n- b", "<li>\n<div class=\"embed\">", "![["},
	"in a quotation":    {"> ![[Ice#^thin]]", "<blockquote>\n<div class=\"embed\">", "![["},
	"in a callout":      {"> [!note] N\n> ![[Ice#^thin]]", "<p class=\"alert-title\">N</p>\n<div class=\"embed\">", "![["},
	"within another":    {"![[Outer]]", "<a href=\"/outer/\">Outer</a></p>\n<p>Outer says:</p>\n<div class=\"embed\">", "![["},
	"in itself":         {"Self ![[x]]", `Self <a href="/x/">x</a>`, "embed"},
	"a part of itself":  {"![[#One]]\n\n![[x#Two]]\n\n## One\n\nOf one.\n\n## Two\n\nOf two.", "<p>Of two.</p>\n</div>", "![["},
	"in a circle":       {"![[Ring]]", `Back to <a href="/x/">x</a>`, "![["},
	"links within":      {"![[folder/Linker]]", `<a href="/folder/beside/">beside</a>`, "beside.md"},
	"a note within":     {"![[Noted]]\n\nMine[^1].\n\n[^1]: Here.", `href="/noted/#fn:1"`, ""},
	"no such part":      {"![[Ice#^thin]] in *![[Near]]*", `<em><a href="/near/">Near</a></em>`, "![["},
	"a formula within":  {"![[Formula]]", `katex.min`, ""},
	"a shortcode there": {"![[Coded]]", `<code class="language-go"`, "{{<"},
}

func TestEmbeddings(t *testing.T) {
	for name, test := range embedCases {
		t.Run(name, func(t *testing.T) {
			site := build(t, vault("x.md", "# X\n\n"+test.text,
				"Long.md", "# Long\n\n## One\n\nOf one.\n\n## Two\n\nOf two.\n\n### Deeper\n\n|a|\n|-|\n|b|\n\n^table\n\n## Three\n\nOf three.\n",
				"Outer.md", "# Outer\n\nOuter says:\n![[Ice#^thin]]\n", "Ring.md", "# Ring\n\nBack to ![[x]]",
				"folder/Linker.md", "# Linker\n\n[beside](beside.md) ![map](<../media/map of ice.svg>)", "folder/beside.md", "# Beside",
				"Noted.md", "# Noted\n\nA[^1].\n\n[^1]: There.", "Formula.md", "# Formula\n\n```math\nx^2\n```\n", "Coded.md", "# Coded\n\n{{< highlight go >}}func{{< /highlight >}}\n"))
			body := site.body(t, "/x/")
			if _, main, _ := strings.Cut(body, `<div class="text">`); !strings.Contains(body, test.want) || test.none != "" && strings.Contains(main, test.none) {
				t.Errorf("want %q and not %q in %.2500s", test.want, test.none, main)
			}
			for _, id := range []string{`id="black-ice"`, `id="thin"`, `id="second"`} {
				if strings.Contains(body, id) {
					t.Errorf("an id of another page, %s, is in this one", id)
				}
			}
			if strings.Count(body, `id="fn:1"`) > 1 {
				t.Error("two notes have one id")
			}
		})
	}
}

// A text that holds others twice, which hold others twice, ends soon.
func TestEmbeddedBomb(t *testing.T) {
	pairs := []string{".obsidian/app.json", "{}"}
	for i := range 12 {
		pairs = append(pairs, fmt.Sprintf("n%d.md", i), fmt.Sprintf("# N%d\n\n![[n%d]]\n\n![[n%d]]\n\n![[n%d]]\n", i, i+1, i+1, i+1))
	}
	_, _, err := run(&Folder{FS: files(append(pairs, "n12.md", "# N12")...)}, nil)
	if err == nil || !strings.Contains(describe(err), "holds more than 1000 other texts") {
		t.Errorf("the error is %v", err)
	}
	deep := []string{".obsidian/app.json", "{}"}
	for i := range 30 {
		deep = append(deep, fmt.Sprintf("n%d.md", i), fmt.Sprintf("# N%d\n\n![[n%d]]\n", i, i+1))
	}
	site := build(t, files(append(deep, "n30.md", "# N30")...))
	if body := site.body(t, "/n0/"); strings.Count(body, `class="embed"`) != maxEmbedDepth {
		t.Errorf("there are %d texts within each other", strings.Count(body, `class="embed"`))
	}
}

// A page is made anew when a text in it changes, or what that leads to, and no other
// page is; also in a preview.
func TestEmbeddedChanges(t *testing.T) {
	folder := vault("x.md", "# X\n\n![[Outer]]", "Outer.md", "# Outer\n\n![[Inner]]", "Inner.md", "# Inner\n\n[[Twin A]] ![[a photo.svg]]",
		"a photo.svg", `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="200"></svg>`)
	f := &Folder{FS: folder}
	first, blog, err := run(f, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	for name, change := range map[string]struct{ file, text string }{
		"its text":         {"Inner.md", "# Inner\n\nOther."},
		"its title":        {"Inner.md", "# Within\n\n[[Twin A]] ![[a photo.svg]]"},
		"a picture in it":  {"a photo.svg", `<svg xmlns="http://www.w3.org/2000/svg" width="100" height="200"></svg>`},
		"where it leads":   {"deep/a/Twin.md", "---\nslug: zwilling\n---\n# Twin A"},
		"that it is there": {"Outer.md", "# Outer\n\nAlone."},
	} {
		t.Run(name, func(t *testing.T) {
			before := folder[change.file]
			defer func() { folder[change.file] = before }()
			folder[change.file] = files(change.file, change.text)[change.file]
			folder[change.file].ModTime = noon.Add(time.Second)
			f.Cache = blog.Cache()
			second, _, err := run(f, first)
			if err != nil {
				t.Fatal(describe(err))
			}
			for key, page := range build(t, folder).pages {
				if string(second.pages[key].Body) != string(page.Body) {
					t.Errorf("%s is not what a clean build makes", key.URL())
				}
			}
			for key, page := range second.pages {
				if changed := page.Version != first.pages[key].Version; changed && key.URL() == "/deep/b/twin/" || !changed && key.URL() == "/x/" {
					t.Errorf("%s was made anew: %v", key.URL(), changed)
				}
			}
		})
	}
	// The short way of a preview is none where the text stands in a page.
	snapshot, err := f.Read(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if blog, err = snapshot.Blog(context.Background(), first.site()); err != nil {
		t.Fatal(describe(err))
	}
	if err := blog.Check(context.Background(), nil); err != nil {
		t.Fatal(describe(err))
	}
	folder["Inner.md"] = files("Inner.md", "# Inner\n\nOther.")["Inner.md"]
	if _, ok := blog.Rewrite(context.Background(), noon, Changes{Names: []string{"Inner.md"}}); ok {
		t.Error("a page keeps the text of before")
	}
}
