package render

import (
	"cmp"
	"context"
	"strings"
	"testing"
	"testing/fstest"
)

// vault is a folder of Obsidian with notes in folders.
func vault(pairs ...string) fstest.MapFS {
	return files(append([]string{
		".obsidian/app.json", "{}",
		"Ice.md", "# Ice\n\n## Black ice\n\nThin. ^thin\n",
		"notes/Slow Water.md", "---\ntitle: How water slows\naliases: [Glacier, Gletscher]\n---\n\n- one\n- two ^second\n",
		"notes/trip/index.md", "# The trip\n",
		"deep/a/Twin.md", "# Twin A", "deep/b/Twin.md", "# Twin B", "deep/Near.md", "# Near", "Near.md", "# Near top",
		"media/map of ice.svg", `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="200"></svg>`,
		"media/talk.pdf", "%PDF", "Parted.md", "Text.\n\n## Ice\n\nMore.",
	}, pairs...)...)
}

// wikilinkCases are also the seeds of the fuzz test.
var wikilinkCases = map[string]struct{ text, want string }{
	"a name":             {"[[Ice]]", `<a href="/ice/">Ice</a>`},
	"small letters":      {"[[ice]]", `<a href="/ice/">ice</a>`},
	"with its ending":    {"[[Ice.md]]", `<a href="/ice/">Ice.md</a>`},
	"a name with spaces": {"[[Slow Water]]", `<a href="/notes/slow-water/">Slow Water</a>`},
	"from the top":       {"[[notes/Slow Water|water]]", `<a href="/notes/slow-water/">water</a>`},
	"the end of a path":  {"[[a/Twin]]", `<a href="/deep/a/twin/">a/Twin</a>`},
	"the shortest path":  {"[[Near]]", `<a href="/near/">Near</a>`},
	"a title":            {"[[How water slows]]", `<a href="/notes/slow-water/">How water slows</a>`},
	"an alias":           {"[[gletscher]]", `<a href="/notes/slow-water/">gletscher</a>`},
	"a bundle":           {"[[trip]]", `<a href="/notes/trip/">trip</a>`},
	"a heading":          {"[[Ice#Black ice]]", `<a href="/ice/#black-ice">Ice#Black ice</a>`},
	"a heading's text":   {"[[Ice#Black ice|it]]", `<a href="/ice/#black-ice">it</a>`},
	"a path of headings": {"[[Ice#Ice#Black ice|it]]", `<a href="/ice/#black-ice">it</a>`},
	"a heading here":     {"## Here I am\n\n[[#Here I am]]", `<a href="#here-i-am">Here I am</a>`},
	"a block":            {"[[Ice#^thin|thin]]", `<a href="/ice/#thin">thin</a>`},
	"an item":            {"[[Slow Water#^second|two]]", `<a href="/notes/slow-water/#second">two</a>`},
	"an empty text":      {"[[Ice|]]", `<a href="/ice/">Ice</a>`},
	"space around":       {"[[ Ice | the ice ]]", `<a href="/ice/">the ice</a>`},
	"markup in its text": {"[[Ice|<b> & *c*]]", `<a href="/ice/">&lt;b&gt; &amp; *c*</a>`},
	"in a table":         {"|a|b|\n|-|-|\n|[[Ice\\|x]]|y|\n", `<a href="/ice/">x</a>`},
	"in a heading":       {"## On [[Ice]]\n", `id="on-ice"`},
	"a picture":          {"![[map of ice.svg]]", `<img src="/media/map%20of%20ice.svg" alt="map of ice.svg" width="400" height="200"`},
	"a width":            {"![[map of ice.svg|100]]", `alt="map of ice" width="100" height="50"`},
	"a size":             {"![[map of ice.svg|100x90]]", `width="100" height="90"`},
	"a picture's text":   {"![[map of ice.svg|Where it lies]]", `alt="Where it lies"`},
	"a file":             {"[[talk.pdf]]", `<a href="/media/talk.pdf">talk.pdf</a>`},
	"in code":            {"`[[Ice]]`", `<code>[[Ice]]</code>`},
	"escaped":            {"\\[[Ice]]", `[[Ice]]`},
	"nothing":            {"[[]] [[ ]] [[#]] [[|x]]", `[[]] [[ ]] [[#]] [[|x]]`},
	"without an end":     {"[[Ice", `[[Ice`},
	"over two lines":     {"[[Ice\nx]]", "[[Ice\nx]]"},
	"brackets within":    {"[[a[b]]]", `[[a[b]]]`},
	"a plain name":       {"[x](map%20of%20ice.svg) [z](<Slow Water.md>)", `<a href="/media/map%20of%20ice.svg">x</a> <a href="/notes/slow-water/">z</a>`},
	"a plain picture":    {"![x](<map of ice.svg>)", `<img src="/media/map%20of%20ice.svg" alt="x" width="400"`},
	"a note's title":     {"[[Parted]]", `<a href="/parted/">Parted</a>`},
	"a page of mdBook":   {"[x](Ice.html#black-ice)", `<a href="/ice/#black-ice">x</a>`},
	"a plain link":       {"[x](Ice.md)", `<a href="/ice/">x</a>`},
	"a link's address":   {"[[Ice]](Ice.md)", `<a href="/ice/">Ice</a>(Ice.md)`},
	"many openings":      {strings.Repeat("[[a ", 20000), `[[a [[a`},
}

func TestWikilinks(t *testing.T) {
	for name, test := range wikilinkCases {
		t.Run(name, func(t *testing.T) {
			body := build(t, vault("x.md", "# X\n\n"+test.text)).body(t, "/x/")
			if _, main, _ := strings.Cut(body, `<div class="text">`); !strings.Contains(main, test.want) {
				t.Errorf("there is no %q in %.2000s", test.want, main)
			}
		})
	}
}

// Links that lead nowhere, or to more than one file, are errors as all others are.
func TestBrokenWikilinks(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"no file":             {"[[Nothing here]]", "x.md:3: the link [[Nothing here]] leads to no file and no title [[[Nothing here]]]"},
		"a spelling":          {"[[slow-water]]", "there is notes/Slow Water.md"},
		"two files":           {"[[Twin]]", "x.md:3: the link [[Twin]] can mean deep/a/Twin.md and deep/b/Twin.md; name one with its folder"},
		"no heading":          {"a\n[[Ice#White ice]]", `x.md:4: the link "[[Ice#White ice]]" leads to no heading of Ice.md`},
		"no heading here":     {"[[#Nope]]", `x.md:3: the link "[[#Nope]]" leads to no heading of x.md`},
		"no block":            {"[[Ice#^thick]]", `leads to no heading of Ice.md`},
		"a draft":             {"[[Later]]", "the link [[Later]] leads to a page that is not published (it is a draft)"},
		"a picture":           {"![[gone.png]]", "x.md:3: the link ![[gone.png]] leads to no file and no title"},
		"out of the folder":   {"[[../../etc/passwd]]", "leads to no file and no title"},
		"a link in a link":    {"[a [[Ice]] b](Ice.md)", "stands within another one"},
		"the name of a state": {"[[https://example.com]]", "leads to no file and no title"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := run(&Folder{FS: vault("x.md", "# X\n\n"+test.text, "Later.md", "---\ndraft: true\n---\n")}, nil)
			if err == nil || !strings.Contains(describe(err), test.want) {
				t.Errorf("the error is %v\nwant %s", err, test.want)
			}
		})
	}
	site, blog, err := run(&Folder{FS: vault("x.md", "# X\n\n[[Nothing]] *![[Ice]]*"), Settings: Settings{WarnLinks: true}}, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	if w := blog.Warnings(); len(w) != 2 || !strings.Contains(w[0].What+w[1].What, "[[Nothing]] leads to no file") || !strings.Contains(w[0].What+w[1].What, "![[Ice]] is a link here") {
		t.Errorf("the warnings are %v", w)
	}
	if body := site.body(t, "/x/"); !strings.Contains(body, "<p>Nothing <em><a") {
		t.Errorf("a broken link is not its text: %s", body)
	}
}

// In CommonMark two brackets are text. A folder of Obsidian, or the setting, says
// otherwise; names among the aliases are no old paths then.
func TestWikilinksWhere(t *testing.T) {
	plain := files("a.md", "[[c]] and [[b]] and [[d]]", "b.md", "---\naliases: [other]\n---\nB")
	if body := build(t, plain).body(t, "/a/"); !strings.Contains(body, "[[b]]") {
		t.Errorf("they are links in a plain folder: %s", body)
	}
	if site := build(t, plain); len(site.redirects) != 1 {
		t.Errorf("the redirects of a plain folder are %v", site.redirects)
	}
	plain["a.md"] = files("a.md", "[[b]]")["a.md"]
	site := build(t, plain, func(s *Settings) { s.Wikilinks = "on" })
	if body := site.body(t, "/a/"); !strings.Contains(body, `<a href="/b/">b</a>`) || len(site.redirects) != 0 {
		t.Errorf("the setting does nothing: %s %v", body, site.redirects)
	}
	if body := build(t, vault("x.md", "[[Ice]]"), func(s *Settings) { s.Wikilinks = "off" }).body(t, "/x/"); !strings.Contains(body, "[[Ice]]") {
		t.Errorf("they cannot be turned off: %s", body)
	}
	inContent := files("content/.obsidian/app.json", "{}", "content/a.md", "[[b]]", "content/b.md", "B")
	if body := build(t, inContent).body(t, "/a/"); !strings.Contains(body, `<a href="/b/">b</a>`) {
		t.Errorf("a vault within a folder of Hugo is none: %s", body)
	}
}

// A folder is a vault if half of the names in its double brackets are those of files. Else
// one is named, and what is no name is not looked at.
func TestGuessVault(t *testing.T) {
	const warned = `a.md: [[b]] is printed as it is, and so are others that name a text`
	for name, test := range map[string]struct {
		text    string
		vault   bool
		warning string
	}{
		"a note":              {"See [[b]].", true, ""},
		"in a property":       {"---\nup: \"[[b]]\"\n---\nText", true, ""},
		"with a heading":      {"[[B#Part|it]]", true, ""},
		"half of them":        {"[[b]] [[gone]]", true, ""},
		"fewer":               {"[[b]] [[one]] [[two]]", false, warned},
		"none":                {"[[one]] [[two]]", false, ""},
		"a test of a shell":   {"if [[ -f b ]] then [[ b == x ]]", false, ""},
		"a number":            {"See [[1]](https://example.org/), [[b]](x).", false, ""},
		"in code":             {"`[[b]]`, ``[[b]] ` ``\n\n```\n[[b]]\n```\n\n    [[b]]\n", false, ""},
		"escaped":             {`\[[b]]`, false, ""},
		"in a list within":    {"- a\n    - [[b]]", true, ""},
		"code without an end": {"`a [[b]]", true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := &Folder{FS: files("a.md", test.text, "b.md", "# B\n\n## Part")}
			f.Settings.WarnLinks = true
			s, err := f.Read(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if s.wikilinks != test.vault || describe(s.guess.warning) != test.warning && !strings.Contains(describe(s.guess.warning), cmp.Or(test.warning, "-")) {
				t.Errorf("a vault: %v, %s", s.wikilinks, describe(s.guess.warning))
			}
		})
	}
	_, hugo, err := run(&Folder{FS: files("hugo.toml", "", "content/a.md", "[[b]]", "content/b.md", "B")}, nil)
	if err != nil || !strings.Contains(describe(hugo.Warnings()), "content/a.md: [[b]] is printed as it is") {
		t.Errorf("a folder of Hugo: %v, %v", err, hugo.Warnings())
	}
	// A note that is not written yet does not stop a folder that may be no vault.
	site, blog, err := run(&Folder{FS: files("a.md", "---\naliases: [old/x]\n---\n[[b]] [[gone]]", "b.md", "---\naliases: [old/x]\n---\nB")}, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	if w := describe(blog.Warnings()); !strings.Contains(w, "the alias /old/x already leads to /a/") || !strings.Contains(w, "a.md:4: the link [[gone]] leads to no file and no title") {
		t.Errorf("the warnings are %s", w)
	}
	if body := site.body(t, "/a/"); !strings.Contains(body, `<a href="/b/">b</a> gone`) {
		t.Errorf("the page is %s", body)
	}
}

// FuzzWikilink: what is read is a part of the line, and ends in it.
func FuzzWikilink(f *testing.F) {
	for _, c := range wikilinkCases {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, line string) {
		target, label, end := cutWikilink([]byte(line))
		if end == 0 {
			return
		}
		if end > len(line) || line[end-2:end] != "]]" || strings.ContainsAny(target, "[]\n") {
			t.Fatalf("%q: target %q, end %d", line, target, end)
		}
		if label[0] >= label[1] || label[1] > end-2 || strings.TrimSpace(line[label[0]:label[1]]) == "" {
			t.Fatalf("%q: label %v", line, label)
		}
	})
}
