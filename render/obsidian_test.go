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
	"a callout":              {"> [!info] Of *ice*\n> Thin.", `<p class="alert-title">Of *ice*</p>`, "[!"},
	"a folded callout":       {"> [!bug]-\n> Thin.", `class="alert alert-caution"><p class="alert-title">Bug</p>`, "[!"},
	"a callout of GitHub":    {"> [!NOTE]\n> Thin.", `<p class="alert-title">Note</p>`, "[!"},
	"an unknown callout":     {"> [!penguin] <b>\n> Thin.", `class="alert alert-note"><p class="alert-title">&lt;b&gt;</p>`, "[!"},
	"a quotation":            {"> [a] thin.", "<p>[a] thin.</p>", "alert"},
	"a callout of a line":    {"> [!\n> ] thin.", "<p>[!\n] thin.</p>", "alert"},
	"a callout of nothing":   {"> [!] thin.", "[!] thin.", "alert"},
}

func TestObsidian(t *testing.T) {
	for name, test := range obsidianCases {
		t.Run(name, func(t *testing.T) {
			_, main, _ := strings.Cut(build(t, vault("x.md", "# X\n\n"+test.text)).body(t, "/x/"), `<div class="text">`)
			if !strings.Contains(main, test.want) || test.none != "" && strings.Contains(main, test.none) {
				t.Errorf("want %q and not %q in %.1500s", test.want, test.none, main)
			}
		})
	}
	plain := build(t, files("x.md", "# X\n\na %%b%% ==c==\n\n> [!info] d\n\n> [!info]\n> e\n")).body(t, "/x/")
	for _, want := range []string{"%%b%%", "==c==", "[!info] d", "[!info]\n"} {
		if !strings.Contains(plain, want) {
			t.Errorf("in a plain folder %s is no text: %s", want, plain)
		}
	}
	// What is hidden is hidden everywhere.
	for url, page := range build(t, vault("2024-01-01-x.md", "# X\n\n%%secret%% Open. %%secret\n\n%%\nsecret\n%%\n")).pages {
		if strings.Contains(string(page.Body), "secret") {
			t.Errorf("%s has a comment in it", url.URL())
		}
	}
}

// FuzzCallout: a title has no mark in it, and the alert is one of GitHub's.
func FuzzCallout(f *testing.F) {
	for _, c := range obsidianCases {
		f.Add(strings.TrimPrefix(c.text, "> "))
	}
	f.Fuzz(func(t *testing.T, line string) {
		word, title, ok := callout(line)
		if _, known := alerts[word]; ok && (!known || strings.TrimSpace(title) != title) {
			t.Errorf("%q is %q, %q", line, word, title)
		}
	})
}
