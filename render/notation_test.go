package render

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// What writers of other tools write, by the file that says which tool it is: what is in
// the page, what is not, and what the build says. They are also seeds of the fuzz test.
var notationCases = map[string]struct{ sign, text, want, none, warning string }{
	"an admonition":                {"", "!!! note \"Of *ice*\"\n    Thin.\n\n    - a\n\nb", "<blockquote class=\"alert alert-note\"><p class=\"alert-title\">Of <em>ice</em></p>\n<p>Thin.</p>\n<ul>\n<li>a</li>\n</ul>\n</blockquote>\n<p>b</p>", "!!!", ""},
	"one without a title":          {"", "!!! danger\n    Thin.\n", `alert-caution"><p class="alert-title">Danger</p>`, "!!!", ""},
	"a closed one":                 {"", "??? tip\n    Thin.\n", `alert-tip"><details><summary class="alert-title">Tip</summary>`, "???", ""},
	"an open one":                  {"", "???+ tip\n    Thin.\n", `<details open><summary`, "???", ""},
	"one with code":                {"", "!!! note\n    ```\n    !!! x\n    ```\n", "<code>!!! x\n</code>", "", ""},
	"one in another":               {"", "!!! note\n    !!! tip\n        Thin.\n", `alert-tip`, "!!!", ""},
	"one in a list":                {"", "- a\n\n    !!! tip\n        Thin.\n", `alert-tip`, "!!!", ""},
	"one without a body":           {"", "Term\n:   !!! note\n\nb", `<p class="alert-title">Note</p>`, "!!!", ""},
	"tabs in a list":               {"mkdocs.yml", "1.  a\n\n    === \":material-apple: Mac\"\n\n        Press ++ctrl+c++.\n", "<p><strong>Mac</strong></p>\n<p>Press <code>ctrl+c</code>.</p>", "material", "the icon material-apple is left out"},
	"marked text of MkDocs":        {"mkdocs.yml", "==a== and ^^b^^", "<mark>a</mark> and <ins>b</ins>", "==", ""},
	"marked text elsewhere":        {"", "==a==", "==a==", "<mark>", ""},
	"a button by reference":        {"", "[Go][x]{ .md-button }\n\n## x\n\n[x]: #x", `<a href="#x">Go</a>`, "{", "the attributes {.md-button} are left out"},
	"code in a list":               {"", "- a\n\n      {% x %}\n", "{% x %}", "", ""},
	"no admonition":                {"", "!!! wow\nthat is thin", "!!! wow", "alert", ""},
	"an admonition in code":        {"", "```\n!!! note\n    x\n```", "!!! note", "alert", ""},
	"tabs":                         {"", "=== \"Go\"\n\n    ```go\n    x := 1\n    ```\n\n=== \"C\"\n\n    Thin.\n", "<div class=\"tab\">\n<p><strong>C</strong></p>\n<p>Thin.</p>\n</div>", "===", ""},
	"a heading with signs":         {"", "Title\n=====\n\na", "<p>a</p>", "====", ""},
	"a container":                  {"", ":::tip\nThin.\n:::\n\nb", "<blockquote class=\"alert alert-tip\"><p class=\"alert-title\">Tip</p>\n<p>Thin.</p>\n</blockquote>\n<p>b</p>", ":::", ""},
	"with a title in brackets":     {"", ":::warning[Of *ice*]\nThin.\n:::\n", `<p class="alert-title">Of <em>ice</em></p>`, ":::", ""},
	"with a title":                 {"", "::: danger Of ice\nThin.\n:::\n", `alert-caution"><p class="alert-title">Of ice</p>`, ":::", ""},
	"details":                      {"", "::: details Click\nThin.\n:::\n", `<details><summary class="alert-title">Click</summary>`, ":::", ""},
	"containers in one another":    {"", ":::: note\n::: tip\na\n:::\nb\n::::\nc", "<p>a</p>\n</blockquote>\n<p>b</p>\n</blockquote>\n<p>c</p>", ":::", ""},
	"the end in code":              {"", "::: tip\n```\n:::\n```\nb\n:::\nc", "<p>b</p>\n</blockquote>\n<p>c</p>", "", ""},
	"without an end":               {"", "::: tip\na", "<p>a</p>\n</blockquote>", ":::", ""},
	"a division":                   {"", "::: {.wide #top}\na\n:::\n\n[b](#top)", "<div class=\"wide\" id=\"top\">\n<p>a</p>\n</div>", ":::", ""},
	"a division with a script":     {"", "::: {.wide onclick=\"x()\"}\na\n:::", `<div class="wide">`, "onclick", ""},
	"a callout of Quarto":          {"", "::: {.callout-tip title=\"Ice\"}\na\n:::", `alert-tip"><p class="alert-title">Ice</p>`, ":::", ""},
	"a group of code":              {"", "::: code-group\n```sh [npm]\na\n```\n:::", "<p><strong>npm</strong></p>", ":::", ""},
	"a block of code with a title": {"", "```js title=\"a.js\"\nx\n```", "<p><strong>a.js</strong></p>", "title=", ""},
	"a tag without an end":         {"", "a {% x\n\nb", "<p>b</p>", "", ""},
	"a table of contents":          {"", "[TOC]\n\n## Ice\n\n### Thin\n\n## Snow", "<ul>\n<li><a href=\"#ice\">Ice</a>\n<ul>\n<li><a href=\"#thin\">Thin</a></li></ul></li>\n<li><a href=\"#snow\">Snow</a></li></ul>", "[TOC]", ""},
	"that of VitePress":            {"", "[[toc]]\n\n## Ice", `<li><a href="#ice">Ice</a>`, "[[toc]]", ""},
	"that of GitLab":               {"", "[[_TOC_]]\n\n## Ice", `<li><a href="#ice">Ice</a>`, "TOC", ""},
	"an inline footnote":           {"", "Ice^[It is *thin*,\nI hear.] melts.", "<p>It is <em>thin</em>, I hear.&#160;", "^[", ""},
	"a footnote with brackets":     {"", "Ice^[See [b](#x) [c].] melts.\n\n## x", `See <a href="#x">b</a> [c].`, "^[", ""},
	"a regular expression":         {"", "It is ^[a-z]+$ here, `x^[a b]`.", "It is ^[a-z]+$ here, <code>x^[a b]</code>.", "footnote", ""},
	"raised and lowered":           {"", "2^10^, H~2~O, ~~gone~~ and ~so~", "2<sup>10</sup>, H<sub>2</sub>O, <del>gone</del> and <del>so</del>", "", ""},
	"a poem":                       {"", "| The ice\n|   is thin\n\nb", "<p>The ice<br>\n\u00a0\u00a0is thin</p>", "|", ""},
	"a table":                      {"", "| a\n|--\n| b\n", "<table>", "", ""},
	"a citation":                   {"", "So it is [@ice99, p. 3].", "So it is (ice99, p. 3).", "@", "of the citation ice99, p. 3 no list is made"},
	"no citation":                  {"", "[@ann](#x), [@bo] me@x.org\n\n## x\n\n[@bo]: #x", `<a href="#x">@bo</a>`, "(", ""},
	"a span":                       {"", "It is [thin]{.smallcaps}.", "It is thin.", "{", "x.md:3: the attributes {.smallcaps} are left out"},
	"a picture with a width":       {"", "![Ice](ice.png){width=50%}", `alt="Ice"`, "{", "the attributes {width=50%} are left out"},
	"a button":                     {"", "[Go](#x){ .md-button .md-button--primary }\n\n## x", `<a href="#x">Go</a>`, "{", "x.md:3: the attributes {.md-button .md-button--primary} are left out"},
	"a raw block":                  {"", "```{=latex}\n\\vfill\n```", "vfill", "", "a block of latex that Pandoc would pass through"},
	"a grid table":                 {"", "+---+---+\n| a | b |\n+---+---+", "+---+", "", "a grid table is shown as it is written"},
	"an abbreviation":              {"", "HTML\n\n*[HTML]: Hypertext", "<p>HTML</p>", "Hypertext", "the abbreviation HTML is not explained"},
	"dollars":                      {"", "$$\nx\n$$", "$$", "", "math = true makes a formula"},
	"a formula of GitHub":          {"", "So $`a^2`$ is.", `<span class="math inline" role="math">\(a^2\)</span>`, "$", ""},
	"a formula of Obsidian":        {".obsidian/app.json", "So $a^2$ is.", `\(a^2\)`, "$", ""},
	"a hint of GitBook":            {"", "{% hint style=\"info\" %}\nThin.\n{% endhint %}", "alert-note", "{%", ""},
	"tabs of GitBook":              {"", "{% tabs %}\n{% tab title=\"Go\" %}\nThin.\n{% endtab %}\n{% endtabs %}", "<p><strong>Go</strong></p>\n<p>Thin.</p>", "{%", ""},
	"a tag":                        {"", "a {% include \"x.njk\" %} b {{ page.url }}", "<p>a  b", "{", "x.md:3: the tag {% include %} is left out"},
	"a tag over lines":             {"", "a {% set x = [\n  1,\n] %} b", "a", "1,", "the tag {% set %} is left out"},
	"a tag in code":                {"", "`{% x %}`\n\n```\n{% y %}\n```", "<code>{% x %}</code>", "", ""},
	"an expression":                {".eleventy.js", "a {{ title | upper }} b", "a  b", "{{", "the expression {{ title | upper }} is left out"},
	"an expression elsewhere":      {"", "a {{ title }} b", "{{ title }}", "", ""},
	"a title of mdBook":            {"book.toml", "{{#title Ice}} a", "<p>a</p>", "{{", "{{#title}} is left out"},
	"an import":                    {"docusaurus.config.js", "import Tabs from '@theme/Tabs';\nimport {\n  A,\n} from './a';\n\nexport const B = () => 1;\n\na", "<p>a</p>", "import", "a line of JavaScript is left out (3 uses"},
	"an import elsewhere":          {"", "import law from 'x'", "import law", "", ""},
	"components":                   {"docusaurus.config.js", "<Tabs>\n<TabItem value=\"go\" label=\"Go\">\n\nThin.\n\n</TabItem>\n</Tabs>\n\na <Badge text=\"x\" /> b", "<p><strong>Go</strong></p>\n<p>Thin.</p>", "Badge", "the component Badge is left out, but not the text in it"},
	"a comment of MDX":             {"docusaurus.config.js", "a {/* secret */} b\n\n{/*\nsecret\n*/}\n\nc", "<p>c</p>", "secret", ""},
	"properties of Logseq":         {"logseq/config.edn", "- a\n  id:: 1-2\n  kind:: ice\n- TODO b\n- DONE c\n- d ((12345678-1234-1234-1234-123456789012))\n  :LOGBOOK:\n  CLOCK: x\n  :END:", "<li>a</li>", "::", "the property kind is left out"},
	"a task of Logseq":             {"logseq/config.edn", "- TODO b\n- DONE c", `<input type="checkbox" disabled checked`, "TODO", ""},
	"a task elsewhere":             {"", "- TODO b", "TODO b", "checkbox", ""},
	"keys and icons of MkDocs":     {"mkdocs.yml", "++ctrl+c++ :material-check: :smile:", "<code>ctrl+c</code>  &#x1f604;", "material", "the icon material-check is left out"},
	"a label first":                {"dendron.yml", "See [[The ice|proj.ice]].", `<a href="/proj.ice/">The ice</a>`, "[[", ""},
	"a label first in a vault":     {".obsidian/app.json", "See [[The ice|proj.ice]] and [[proj.ice|it]].", `<a href="/proj.ice/">The ice</a> and <a href="/proj.ice/">it</a>`, "[[", ""},
	"lines of a file":              {"book.toml", "{{#include listing.rs:1:2}}", "<p>one\ntwo</p>", "{{", ""},
	"a part of a file":             {"book.toml", "```rust\n{{#include listing.rs:part}}\n```", "three\n</code>", "ANCHOR", ""},
	"an escaped include":           {"book.toml", "\\{{#include listing.rs}}", "{{#include listing.rs}}", "two", ""},
	"an include in a line":         {"book.toml", "a {{#include one.txt}} b", "<p>a one b</p>", "{{", ""},
	"a playground":                 {"book.toml", "{{#playground listing.rs}}", `class="language-rust"`, "{{", ""},
	"an include in code":           {"", "```\n{{#include listing.rs}}\n```\n\n`{{#include x}}`", "{{#include listing.rs}}", "two", ""},
	"a snippet":                    {"", "--8<-- \"one.txt\"", "<p>one</p>", "8<", ""},
	"a snippet that is set in":     {"", "!!! note\n    --8<-- \"one.txt\"", "<p>one</p>\n</blockquote>", "8<", ""},
	"a snippet of a part":          {"mkdocs.yml", "```\n--8<-- \"listing.rs:2:2\"\n```", "<code>two\n</code>", "8<", ""},
	"a block of snippets":          {"", "--8<--\none.txt\n; no.txt\none.txt\n--8<--", "<p>one\none</p>", "8<", ""},
	"a snippet that is shown":      {"", ";--8<-- \"one.txt\"", "8&lt;", "one</p>", ""},
	"a text of VitePress":          {"", "<!--@include: ./part.md-->", "<p>Part, <em>with</em> one.</p>", "title", ""},
	"code of VitePress":            {"", "<<< @/listing.rs", `class="language-rs"`, "&lt;&lt;&lt;", ""},
	"a part of VitePress":          {"", "<<< @/listing.rs#part", "three\n", "two", ""},
	"a text of GitLab":             {"", "::include{file=one.txt}", "<p>one</p>", "::", ""},
}

// notationFolder is the folder of a case.
func notationFolder(sign, text string) []string {
	return []string{"x.md", "# X\n\n" + text + "\n", "proj.ice.md", "# Ice\n", "ice.png", "png", "listing.rs", "one\ntwo\n// ANCHOR: part\nthree\n// ANCHOR_END: part\nfour\n",
		"one.txt", "one\n", "part.md", "---\ntitle: Part\n---\nPart, *with* {{#include one.txt}}.\n", "src-is-not-here/x", "", sign, ""}
}

func TestNotations(t *testing.T) {
	for name, test := range notationCases {
		t.Run(name, func(t *testing.T) {
			if test.sign == "" {
				test.sign = "none.txt"
			}
			folder := files(notationFolder(test.sign, test.text)...)
			if test.sign == "dendron.yml" {
				folder[test.sign].Data = []byte("version: 5\n")
			}
			site, blog, err := run(&Folder{FS: folder}, nil)
			if err != nil {
				t.Fatal(describe(err))
			}
			_, text, _ := strings.Cut(site.body(t, "/x/"), `<div class="text">`)
			text, _, _ = strings.Cut(text, `<footer`)
			if !strings.Contains(text, test.want) || test.none != "" && strings.Contains(text, test.none) {
				t.Errorf("want %q and not %q in %.1500s", test.want, test.none, text)
			}
			said := ""
			for _, w := range blog.Warnings() {
				if w.File == "x.md" {
					said += w.At() + ": " + w.What + "\n"
				}
			}
			if (test.warning == "") != (said == "") || !strings.Contains(said, test.warning) {
				t.Errorf("want the warning %q and no other of it: %s", test.warning, said)
			}
		})
	}
}

// What an include leads to lies in the folder, is text, and has an end.
func TestIncludesAreBounded(t *testing.T) {
	folder := t.TempDir()
	outside := filepath.Join(t.TempDir(), "secret.txt")
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(outside, []byte("secret"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(folder, "link.txt")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(folder, "dir"), 0o755); err != nil {
		t.Fatal(err)
	}
	write("big.txt", "")
	if err := os.Truncate(filepath.Join(folder, "big.txt"), 50<<20); err != nil {
		t.Fatal(err)
	}
	write("zero.txt", "a\x00b")
	write("one.txt", "one\n")
	write("self.txt", "--8<-- \"self.txt\"\n")
	write("ping.txt", "--8<-- \"pong.txt\"\n")
	write("pong.txt", "--8<-- \"ping.txt\"\n")
	write(".env", "secret")
	for i := range 20 {
		write(fmt.Sprintf("deep%d.txt", i), fmt.Sprintf("--8<-- \"deep%d.txt\"\n", i+1))
		write(fmt.Sprintf("twice%d.txt", i), strings.Repeat(fmt.Sprintf("--8<-- \"twice%d.txt\"\n", i+1), 50))
	}
	write("deep20.txt", "end")
	write("twice9.txt", strings.Repeat("x", 1<<10))
	for include, want := range map[string]string{
		"../../../../../../etc/passwd": "there is no such file", outside: "there is no such file", "link.txt": "there is no such file", "dir": "there is no such file", ".env": "there is no such file",
		"no.txt": "there is no such file", "big.txt": "more than 4 MiB", "zero.txt": "zero byte", "self.txt": "it includes itself", "ping.txt": "it includes itself", "x.md": "it includes itself",
		"deep0.txt": "more than 10 deep", "twice0.txt": "more than 4 MiB", "one.txt:9": "the file has no line 9", "one.txt:part": "no part",
	} {
		t.Run(include, func(t *testing.T) {
			write("x.md", "# X\n\n--8<-- \""+include+"\"\n")
			_, _, err := run(&Folder{FS: os.DirFS(folder)}, nil)
			if err == nil || !strings.Contains(describe(err), want) || !strings.Contains(describe(err), "x.md:3: the include of") {
				t.Errorf("want x.md:3: … %s, got %v", want, err)
			}
		})
	}
}

// A page is made anew when what it includes changes, also what lies beside the texts,
// and lines keep their numbers below an include.
func TestIncludesChange(t *testing.T) {
	folder := files("book.toml", "[book]\ntitle = \"The ice\"\n", "src/a.md", "# A\n\n{{#include ../listings/a.txt}}\n\n[b]{.c}\n", "src/b.md", "# B\n", "listings/a.txt", "one\ntwo\nthree\n")
	f := &Folder{FS: folder}
	first, blog, err := run(f, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	if want := "src/a.md:5: the attributes {.c} are left out [[b]{.c}]"; !strings.Contains(describe(blog.Warnings()), want) {
		t.Errorf("there is no warning %q in\n%s", want, describe(blog.Warnings()))
	}
	saysAgain(t, f, "src/a.md:5: the attributes {.c} are left out")
	folder["listings/a.txt"] = files("a", "four\n")["a"]
	folder["listings/a.txt"].ModTime = noon.Add(time.Second)
	f.Cache = blog.Cache()
	second, _, err := run(f, first)
	if err != nil {
		t.Fatal(describe(err))
	}
	if !strings.Contains(second.body(t, "/a/"), "<p>four</p>") {
		t.Error("the page is that of before")
	}
	same(t, second, build(t, folder))
}

// What the settings of another tool say is followed or named, and what lies where the
// tool looks for texts is the site.
func TestMakers(t *testing.T) {
	for name, test := range map[string]struct {
		folder   []string
		url      string
		want     string
		warnings []string
	}{
		"MkDocs": {[]string{"mkdocs.yml", "site_name: The ice\nsite_url: https://ice.example/docs/\ntheme:\n  name: material\nnav:\n  - Home: index.md\nmarkdown_extensions:\n  - pymdownx.emoji:\n      emoji_index: !!python/name:material.extensions.emoji.twemoji\nextra: !ENV [A, b]\n",
			"docs/index.md", "# Ice\n", "docs/thin/README.md", "# Thin\n", "requirements.txt", "x", "overrides/main.html", "{% x %}"},
			"/thin/", "The ice", []string{"mkdocs.yml:5: nav is not followed", "mkdocs.yml:3: theme is not followed", "mkdocs.yml:10: extra is not followed"}},
		"mdBook": {[]string{"book.toml", "[book]\ntitle = \"The ice\"\nauthors = [\"Ada\"]\nmultilingual = false\n[output.html]\nmathjax-support = true\n",
			"src/SUMMARY.md", "# Summary\n\n- [Ice](README.md)\n- [Thin](thin.md)\n- [Deep](deep/index.html)\n", "src/deep/README.md", "# Deep\n", "src/README.md", "# Ice\n", "src/thin.md", "# Thin\n", "theme/x.css", ""},
			"/thin/", "The ice", []string{"book.toml:4: book.multilingual is not followed", "book.toml:5: output is not followed", "src/SUMMARY.md: the order of pages that it gives is not followed"}},
		"Docusaurus": {[]string{"docusaurus.config.ts", "export default {}", "sidebars.js", "x", "docs/thin.mdx", "# T", "docs/ice.md", "---\nsidebar_position: 2\n---\n# Ice\n", "static/a.txt", "a", "package.json", "{}"},
			"/docs/ice/", "Ice", []string{"docusaurus.config.ts: it is a program", "sidebars.js: the order of pages", "docs/thin.mdx: left out: texts of this form are not read", "docs/ice.md:2: the key sidebar_position is not followed"}},
		"the blog of Material for MkDocs": {[]string{"mkdocs.yml", "site_name: x\n", "docs/blog/a.md", "---\ndate:\n  created: 2024-02-03\n  updated: 2024-03-04\n---\n# A\n"}, "/blog/a/", "2024-02-03", nil},
		"Obsidian":                        {[]string{".obsidian/app.json", "{}", "ice.md", "---\ncssclasses: [wide]\n---\n# Ice\n"}, "/ice/", "Ice", []string{"ice.md:2: the key cssclasses is not followed"}},
	} {
		t.Run(name, func(t *testing.T) {
			site, blog, err := run(&Folder{FS: files(test.folder...)}, nil)
			if err != nil {
				t.Fatal(describe(err))
			}
			if !strings.Contains(site.body(t, test.url), test.want) {
				t.Errorf("%s has no %q", test.url, test.want)
			}
			for _, want := range test.warnings {
				if !strings.Contains(describe(blog.Warnings()), want) {
					t.Errorf("there is no warning %q in\n%s", want, describe(blog.Warnings()))
				}
			}
			if said := describe(blog.Warnings()); strings.Contains(said, "leads to") {
				t.Errorf("a link is broken: %s", said)
			}
			for _, url := range site.urls() {
				if strings.Contains(url, "mkdocs") || strings.Contains(url, "book.toml") || strings.Contains(url, "config") || strings.Contains(url, "requirements") {
					t.Errorf("%s is published", url)
				}
			}
		})
	}
	for file, text := range map[string]string{"mkdocs.yml": "a: [", "book.toml": "a = [", "mkdocs.yaml": strings.Repeat("a", 2<<20)} {
		if _, _, err := run(&Folder{FS: files(file, text, "docs/a.md", "# A\n")}, nil); err == nil || !strings.Contains(describe(err), file+": ") {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// FuzzNotations: whatever a text is, it becomes a page or a mistake, in any folder.
func FuzzNotations(f *testing.F) {
	for _, c := range notationCases {
		f.Add(c.sign, c.text)
	}
	f.Fuzz(func(t *testing.T, sign, text string) {
		var problems Problems
		known := slices.ContainsFunc(makers, func(m maker) bool { return m.signs[0] == sign })
		if !known || sign == "dendron.yml" {
			sign = "none.txt"
		}
		if _, _, err := run(&Folder{FS: files(notationFolder(sign, text)...)}, nil); err != nil && !errors.As(err, &problems) {
			t.Fatal(err)
		}
	})
}

// A text of nothing but beginnings becomes a page in no more time than another of its size.
func TestNotationsWithoutEnd(t *testing.T) {
	for _, begin := range []string{"^[", "^[\n", "{% x\n", "{{#include", "!!! note\n", "::: a\n", "| a\n", "a^", "[a]{.b", "((", "{/*\n", "+--+\n", "--8<--\n"} {
		text := "# X\n\n" + strings.Repeat(begin, (32<<10)/len(begin))
		var problems Problems
		if _, _, err := run(&Folder{FS: files("docusaurus.config.js", "", "mkdocs.yml", "", "docs/x.md", text)}, nil); err != nil && !errors.As(err, &problems) {
			t.Errorf("%q: %v", begin, err)
		}
	}
}

// Each row of the table in the README is in the list, and the other way round.
func TestNotationsInReadme(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range notations {
		if row := "| " + n.tools + " | " + n.shape + " | " + n.taken + " |"; n.shape != "" && !strings.Contains(string(readme), row) {
			t.Errorf("the README has no row\n%s", row)
		}
	}
}
