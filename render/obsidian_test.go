package render

import (
	"strings"
	"testing"
)

// What Obsidian reads beside links, in one of its folders; all of it is text elsewhere.
var obsidianCases = map[string]struct{ text, want, none string }{
	"a comment":              {"a %%not for you%% b", "a  b", "not for you"},
	"over two lines":         {"a %%not\nfor you%% b", " b", "for you"},
	"a comment as a block":   {"a\n\n%%\nnot\n\nfor you\n\n- a list\n%%\n\nb", "<p>b</p>", "for you"},
	"a block in one line":    {"%%not for you%%\n\nb", "<p>b</p>", "not for you"},
	"without an end":         {"a %%not for you\n\nb", "<p>b</p>", "not for you"},
	"a block without an end": {"a\n\n%%\nnot for you\n\nnor this", "<p>a</p>", "nor this"},
	"in a list":              {"- a\n\n  %%\n  not for you\n  %%\n- b", "<p>b</p>", "not for you"},
	"in code":                {"`%%x%%`", "<code>%%x%%</code>", ""},
	"in a block of code":     {"```\n%%x%%\n```", "%%x%%", ""},
	"one sign":               {"5% and 6%", "5% and 6%", ""},
	"marked":                 {"a ==b *c*== d", "a <mark>b <em>c</em></mark> d", "=="},
	"no mark":                {"a == b and c === d", "a == b and c === d", "<mark>"},
	"a callout":              {"> [!info] Of *ice*\n> Thin.", `<p class="alert-title">Of <em>ice</em></p>`, "[!"},
	"a link in its title":    {"> [!info] Of [[Ice]]\n> Thin.", `<p class="alert-title">Of <a href="/ice/">Ice</a></p>`, "[!"},
	"a folded callout":       {"> [!bug]-\n> Thin.", "class=\"alert alert-caution\"><details><summary class=\"alert-title\">Bug</summary>\n<p>Thin.</p>\n</details>\n</blockquote>", "[!"},
	"an open one":            {"> [!bug]+ Mites\n> Thin.", `<details open><summary class="alert-title">Mites</summary>`, "[!"},
	"a callout with a style": {"> [!bug|right] Mites\n> Thin.", `<p class="alert-title">Mites</p>`, "[!"},
	"a tag":                  {"On #Winter/ice.", `On <a href="/tags/winter-ice/">#Winter/ice</a>.`, ""},
	"a tag twice":            {"#ice and #Ice", `<a href="/tags/ice/">#ice</a> and <a href="/tags/ice/">#Ice</a>`, ""},
	"a number":               {"issue #12, C# and a#b, [x](#x)\n\n## x", "issue #12, C# and a#b", "/tags/"},
	"a tag in code":          {"`#ice`\n\n```\n#snow\n```\n", "<code>#ice</code>", "/tags/"},
	"a tag in a comment":     {"a %%#secret%% b <!-- #hidden -->", "a  b", "/tags/"},
	"a block's name":         {"Thin ice. ^thin-ice\n", `<p id="thin-ice">Thin ice.</p>`, "^"},
	"the name of a table":    {"|a|\n|-|\n|b|\n\n^my-table\n", `<span id="my-table"></span>`, "^"},
	"a sound":                {"![[talk.mp3]]", `<audio controls preload="metadata" src="/media/talk.mp3"></audio>`, "!["},
	"a film":                 {"![[talk.mp4]]", `<video controls preload="metadata" src="/media/talk.mp4"></video>`, "!["},
	"a file":                 {"![[talk.pdf]]", `<a href="/media/talk.pdf">talk.pdf</a>`, "!["},
	"a canvas":               {"See ![[board.canvas]].", "See board.canvas.", "!["},
	"a callout of GitHub":    {"> [!NOTE]\n> Thin.", `<p class="alert-title">Note</p>`, "[!"},
	"an unknown callout":     {"> [!penguin] <b>\n> Thin.", `class="alert alert-note"><p class="alert-title">&lt;b&gt;</p>`, "[!"},
	"a quotation":            {"> [a] thin.", "<p>[a] thin.</p>", "alert"},
	"a callout of a line":    {"> [!\n> ] thin.", "<p>[!\n] thin.</p>", "alert"},
	"a callout of nothing":   {"> [!] thin.", "[!] thin.", "alert"},
}

func TestObsidian(t *testing.T) {
	for name, test := range obsidianCases {
		t.Run(name, func(t *testing.T) {
			_, main, _ := strings.Cut(build(t, vault("x.md", "# X\n\n"+test.text, "media/talk.mp3", "ID3", "media/talk.mp4", "ftyp", "board.canvas", "{}")).body(t, "/x/"), `<div class="text">`)
			if !strings.Contains(main, test.want) || test.none != "" && strings.Contains(main, test.none) {
				t.Errorf("want %q and not %q in %.1500s", test.want, test.none, main)
			}
		})
	}
	plain := build(t, files("x.md", "# X\n\na %%b%% ==c== #d ^e\n\n> [!info] d\n\n> [!info]\n> e\n")).body(t, "/x/")
	for _, want := range []string{"%%b%%", "#d ^e", "==c==", "[!info] d", "[!info]\n"} {
		if !strings.Contains(plain, want) {
			t.Errorf("in a plain folder %s is no text: %s", want, plain)
		}
	}
	// What is hidden is hidden everywhere.
	for url, page := range build(t, vault("2024-01-01-x.md", "# X\n\n%%secret%% Open. %%secret #secret\n\n%%\nsecret\n%%\n")).pages {
		if strings.Contains(string(page.Body), "secret") {
			t.Errorf("%s has a comment in it", url.URL())
		}
	}
}

// What another tool makes of a text is named, and a text that is not for readers is not
// published.
func TestObsidianReports(t *testing.T) {
	site, blog, err := run(&Folder{FS: vault("x.md", "# X\n\n![[board.canvas]]\n\n```dataview\nLIST\n```\n", "board.canvas", "{}", "y.md", "---\npublish: false\n---\n"), Settings: Settings{}}, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	for _, want := range []string{"the link ![[board.canvas]] leads to a file that is left out", "a block of dataview is shown as its source"} {
		if !strings.Contains(describe(blog.Warnings()), want) {
			t.Errorf("there is no warning %q in %s", want, describe(blog.Warnings()))
		}
	}
	for key := range site.pages {
		if key.URL() == "/y/" {
			t.Error("publish: false is published")
		}
	}
}

// FuzzCallout: a title has no mark in it, and the alert is one of GitHub's.
func FuzzCallout(f *testing.F) {
	for _, c := range obsidianCases {
		f.Add(strings.TrimPrefix(c.text, "> "))
	}
	f.Add("[!  ]")
	f.Add("[! - ]")
	f.Fuzz(func(t *testing.T, line string) {
		word, title, _, ok := callout(line)
		if _, known := alerts[word]; ok && (!known || strings.TrimSpace(title) != title) {
			t.Errorf("%q is %q, %q", line, word, title)
		}
	})
}
