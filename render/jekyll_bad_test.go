package render

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"

	"icecap/content"
)

// jekyllFolder is a folder of Jekyll with one post, of which this is the text.
func jekyllFolder(text string, more ...string) *Folder {
	return &Folder{FS: files(append([]string{"_config.yml", "title: A\n", "_posts/2024-01-02-a.md", "---\ntitle: A\n---\n" + text}, more...)...)}
}

// TestBadJekyll builds folders that would never end, fill the memory, or print what
// is meant for Jekyll. Each ends with one clear mistake and its line.
func TestBadJekyll(t *testing.T) {
	post, plugin := "_posts/2024-01-02-a.md", []string{"_plugins/z.rb", "# it may bring filters"}
	for name, c := range map[string]struct {
		text string
		more []string
		want string
	}{
		"an unknown tag":          {text: "a\n\n{% figure x %}\n", want: post + `:6: there is no Liquid tag "figure"`},
		"an unknown filter":       {text: "{{ page.title | shout }}", more: plugin, want: post + `:4: there is no Liquid filter "shout"`},
		"a tag that does not end": {text: "a\n{% if true %}\nb", want: post + `:5: the Liquid tag "if" has no {% endif %}`},
		"an endless loop":         {text: "{% for i in (1..9999999999) %}x{% endfor %}", want: post + ":4: the Liquid here does not end"},
		"loops in loops":          {text: "{% for i in site.posts %}{% for j in (1..9999999) %}{% endfor %}{% endfor %}", want: "does not end"},
		"a text that doubles":     {text: "{% assign a = 'x' %}{% for i in (1..99) %}{% assign a = a | append: a %}{% endfor %}", want: "longer than 8 MiB"},
		"deep blocks":             {text: strings.Repeat("{% if true %}", 5000), want: "more than 100 deep"},
		"includes in a circle":    {text: "{% include a.html %}", more: []string{"_includes/a.html", "{% include b.html %}", "_includes/b.html", "x\n{% include a.html %}"}, want: "_includes/b.html:2: includes lie in one another more than 50 deep"},
		"a mistake in an include": {text: "{% include a.html %}", more: []string{"_includes/a.html", "x\n{{ y | z }}", plugin[0], plugin[1]}, want: `_includes/a.html:2: there is no Liquid filter "z"`},
		"an include elsewhere":    {text: "{% include_relative ../../etc/passwd %}", want: "include_relative takes only files beside or below"},
		"no such include":         {text: "{% include a.html %}", want: post + ":4: there is no _includes/a.html"},
		"no such post":            {text: "{% post_url 2024-09-09-x %}", want: post + ":4: post_url leads to 2024-09-09-x, and there is no such post"},
		"no such file":            {text: "{% link about.md %}", want: post + ":4: link leads to about.md, and there is no such file"},
		"a hidden post":           {text: "{% post_url 2024-01-03-b %}", more: []string{"_posts/2024-01-03-b.md", "---\npublished: false\n---\n"}, want: "which is not published: it says published: false"},
		"no day":                  {text: "x", more: []string{"_posts/2024-02-32-b.md", "x"}, want: "_posts/2024-02-32-b.md: the file's name begins with 2024-02-32, which is no day"},
		"an unknown placeholder":  {text: "x", more: []string{"_posts/2024-01-03-b.md", "---\npermalink: /:nothing/\n---\n"}, want: ":nothing that Jekyll does not know"},
		"elements without an end": {text: strings.Repeat("<div>\n\n", 20000), want: "elements of HTML lie in one another more than 500 deep: close them"},
		"Markdown within itself":  {text: strings.Repeat("<div markdown=\"1\">\n", 500) + strings.Repeat("</div>\n", 500), want: "blocks lie in one another more than 100 deep"},
		"an extension":            {text: "a\n\n{::nothing}\nx\n{:/}\n", want: post + `:6: kramdown has no extension "nothing"`},
	} {
		_, _, err := run(jekyllFolder(c.text, c.more...), nil)
		var found Problems
		if !errors.As(err, &found) || !strings.Contains(describe(err), ": "+strings.TrimPrefix(c.want, ": ")) && !strings.Contains(found[0].Error(), c.want) {
			t.Errorf("%s: the error is %.300v, want %q", name, err, c.want)
		}
	}
}

// TestLenientJekyll builds what only others could: the rest is published, and what
// is left out is said.
func TestLenientJekyll(t *testing.T) {
	f := jekyllFolder("a {% figure x %}inner{% endfigure %} b {{ 'c' | shout }}\n\n{% include theme.html %}\n\n{::box name=\"x\"}\n*kept*\n{:/box}\n", "_plugins/z.rb", "#")
	f.Settings.Lenient = true
	site, blog, err := run(f, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	if body := site.body(t, "/2024/01/02/a.html"); !strings.Contains(body, "<p>a inner b c</p>") || strings.Contains(body, "{%") || !strings.Contains(body, "<p><em>kept</em></p>") || strings.Contains(body, "box") {
		t.Errorf("the page is %s", body)
	}
	warnings := describe(blog.Warnings())
	for _, want := range []string{`there is no Liquid tag "figure"`, `there is no Liquid filter "shout"`, "there is no _includes/theme.html", `left out: kramdown has no extension "box"`} {
		if !strings.Contains(warnings, want) {
			t.Errorf("no warning says %q:\n%s", want, warnings)
		}
	}
}

// TestPassedLiquid builds what is no Liquid, or asks for a filter that nobody brings,
// as Jekyll does, and says so.
func TestPassedLiquid(t *testing.T) {
	site, blog, err := run(jekyllFolder("a {{ page.title | shout }} {{ 1 + 1 }}\n"), nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	if body := site.body(t, "/2024/01/02/a.html"); !strings.Contains(body, "<p>a A 1</p>") {
		t.Errorf("the page is %s", body)
	}
	warnings := describe(blog.Warnings())
	for _, want := range []string{`_posts/2024-01-02-a.md:4: there is no Liquid filter "shout": the value stays as it is, as in Jekyll`, `the Liquid "{{ 1 + 1 }}" cannot be read beyond "1"`} {
		if !strings.Contains(warnings, want) {
			t.Errorf("no warning says %q:\n%s", want, warnings)
		}
	}
}

// TestJekyllDefaultsOfMuch: a folder of more text than is held has the titles and whole
// documents of a small one, also where defaults make front matter be read again.
func TestJekyllDefaultsOfMuch(t *testing.T) {
	f := jekyllFolder("x", "_config.yml", "defaults: [{scope: {path: \"\"}, values: {author: A}}]\n", "headed.md", "---\nkey: v\n---\n# The heading\n", "bare.md", "---\nkey: v\n---\nx",
		"whole.html", "---\nkey: v\n---\n<!doctype html><title>Whole</title>", "part.html", "---\nkey: v\n---\n<p>Part")
	want, _, err := run(f, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	f.hold = 1
	got, _, err := run(f, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	same(t, got, want)
	if body := got.body(t, "/headed.html"); !strings.Contains(body, "<title>The heading") {
		t.Errorf("the page is %s", body)
	}
	if body := got.body(t, "/whole.html"); !strings.HasPrefix(body, "<!doctype html><title>Whole") {
		t.Errorf("the document is %s", body)
	}
}

// TestJekyllOddEnding: a page whose ending only the machine's own table of types knows is a
// page as any other.
func TestJekyllOddEnding(t *testing.T) {
	site, _, err := run(jekyllFolder("x", "_config.yml", "title: S\n", "a/page.old", "---\ntitle: T\n---\nThe text.", "b.rss", "---\n---\n<rss/>"), nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	if body := site.body(t, "/a/page.old"); !strings.Contains(body, "The text.") {
		t.Errorf("the page is %s", body)
	}
	if body := site.body(t, "/b.rss"); body != "<rss/>" {
		t.Errorf("the feed is %s", body)
	}
}

// TestJekyllAllTexts: a page may show all texts of a site, however many there are, but
// not many times.
func TestJekyllAllTexts(t *testing.T) {
	long := "---\ntitle: T\nsearch: false\n---\n<div>" + strings.Repeat(strings.Repeat("x", 10_000)+"\n", 300) + "</div>\n"
	build := func(feed string) (*built, error) {
		site, _, err := run(jekyllFolder("x", "_config.yml", "title: S\n", "_posts/2024-01-01-a.md", long, "_posts/2024-01-02-b.md", long,
			"_posts/2024-01-03-c.md", long, "all.xml", "---\n---\n<all>"+feed+"</all>"), nil)
		return site, err
	}
	show := "{% for post in site.posts %}{{ post.content | xml_escape }}{% endfor %}"
	site, err := build(show)
	if err != nil {
		t.Fatal(describe(err))
	}
	if n := len(site.body(t, "/all.xml")); n < 9_000_000 {
		t.Errorf("the page has %d bytes", n)
	}
	if _, err := build("{% for i in (1..9) %}" + show + "{% endfor %}"); err == nil || !strings.Contains(describe(err), "give its loop a limit") {
		t.Errorf("what shows them nine times is %v", err)
	}
}

// TestJekyllSharedAlias names an alias of many texts once.
func TestJekyllSharedAlias(t *testing.T) {
	text := "---\nredirect_from: /old/\n---\nx"
	_, blog, err := run(jekyllFolder("x", "_config.yml", "plugins: [jekyll-redirect-from]\n", "a.md", text, "b.md", text, "c.md", text, "d.md", text), nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	if said := describe(blog.Warnings()); strings.Count(said, "already leads to") != 1 || !strings.Contains(said, "b.md:2: left out: the alias /old/ already leads to /a.html (3 uses in 3 files; this is the first)") {
		t.Errorf("the warnings are %s", said)
	}
}

// TestJekyllTargets: pages lead to parts of others and to odd addresses; what is none is
// left out, and said.
func TestJekyllTargets(t *testing.T) {
	folder := []string{"_config.yml", "plugins: [jekyll-redirect-from]\nbaseurl: /b\n", "target.md", "---\n---\n# There\n"}
	for name, to := range map[string]string{"part": "/target.html#there", "query": "/target?a=b c#d", "odd": "https://example.org/a b/ü\\", "mail": "mailto:a@b.c", "file": "ftp://example.org/"} {
		folder = append(folder, name+".md", "---\nredirect_to: "+strconv.Quote(to)+"\n---\n")
	}
	_, blog, err := run(jekyllFolder("x", folder...), nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	for from, to := range map[string]string{"/b/part.html": "/b/target.html#there", "/b/query.html": "/b/target?a=b%20c#d", "/b/odd.html": "https://example.org/a%20b/%C3%BC%5C", "/b/file.html": ""} {
		if got := blog.Redirect(from); got != to {
			t.Errorf("%s leads to %q, want %q", from, got, to)
		}
	}
	if said := describe(blog.Warnings()); !strings.Contains(said, `file.md:2: left out: "ftp://example.org/" is no address to lead to: it is no address of the web`) {
		t.Errorf("the warnings are %s", said)
	}
}

// TestJekyllRepository: site.github is what the configuration tells.
func TestJekyllRepository(t *testing.T) {
	site, _, err := run(jekyllFolder("[{{ site.github.repository_url }} {{ site.github.owner_name }} {{ site.github.public_repositories }}]", "_config.yml", "repository: ice/cap\nplugins: [jekyll-github-metadata]\n"), nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	if body := site.body(t, "/2024/01/02/a.html"); !strings.Contains(body, "[https://github.com/ice/cap ice ]") {
		t.Errorf("the page is %s", body)
	}
}

// TestJekyllRemarks: what is let pass is said by each build: the second one, which takes
// the texts from the cache, says the same.
func TestJekyllRemarks(t *testing.T) {
	f := jekyllFolder("a {% figure x %}inner{% endfigure %} {{ 'c' | shout }}\n\n{% include theme.html %}{% include own.html %}\n\n[x](/nowhere/)\n{: .a\n",
		"_includes/own.html", "x\n{% assign a = 1 }} %}", "_plugins/z.rb", "#", "unread.md", "---\ntitle: [\n---\ntext\n", "dated.md", "---\ndate: 2020-13-41 10:00\n---\nx",
		"index.md", "---\ntitle: Front\n---\n{% for p in site.posts %}{{ p.title }}{% endfor %}", "_posts/nothing.md", "x",
		"all.md", "---\ntitle: All\n---\n{% for p in site.posts %}{{ p.excerpt }}{% endfor %} {{ 1 + 1 }}", "_sass/a.scss", "a{}")
	f.Settings.Lenient = true
	saysAgain(t, f,
		`2024-01-02-a.md:4: left out: there is no Liquid tag "figure"`, `left out: there is no Liquid filter "shout"`, "there is no _includes/theme.html",
		"_includes/own.html:2", "unread.md", `dated.md:2: the date "2020-13-41 10:00" is none`, "index.md:4: the text of the page is left out", "all.md:4", "_posts/nothing.md: left out", "/nowhere/",
	)
}

// TestJekyllSamePage holds pages that ask for others to those of a whole new build,
// after a change of one of the others.
func TestJekyllSamePage(t *testing.T) {
	folder := files("_config.yml", "title: A\nplugins: [jekyll-feed]\n", "_includes/x.html", "included",
		"_posts/2024-01-02-a.md", "---\ntitle: A\n---\n{% include x.html %} then {{ page.next.title }}", "_posts/2024-01-03-b.md", "---\ntitle: B\n---\nb",
		"all.html", "---\n---\n{% for p in site.posts %}{{ p.title }} {% endfor %}", "plain.md", "---\ntitle: P\n---\n{{ page.title }}")
	first, _, err := run(&Folder{FS: folder}, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	for name, text := range map[string]string{
		"_posts/2024-01-03-b.md": "---\ntitle: Bee\n---\nb", "_includes/x.html": "changed", "_config.yml": "title: A\nplugins: [jekyll-feed]\npermalink: pretty\n",
	} {
		folder[name].Data = []byte(text)
		after, _, err := run(&Folder{FS: folder}, first)
		if err != nil {
			t.Fatal(describe(err))
		}
		clean, _, err := run(&Folder{FS: folder}, nil)
		if err != nil {
			t.Fatal(describe(err))
		}
		clean.redirects = after.redirects // a page that moved leaves one, and only then
		same(t, after, clean)
		first = after
	}
}

// FuzzKramdown looks for a text of which the pass for kramdown makes another length
// of work than it should, or takes the build down.
func FuzzKramdown(f *testing.F) {
	for _, text := range []string{
		"{: .a}\nx\n{: #b}\n", "* TOC\n{:toc}\n\n# A\n", "<div markdown=\"1\">\n*x* <p>y</p>\n</div> tail", "| a | b |\n| c | d |\n", "|---|\n| a |\n", "*[A]: B\n\nA <code>`</code>",
		"{::comment}\nx", "{::options parse_block_html=\"true\"/}\n<div>\n\n<div>x</div>\n</div>", "[a][b]{: .c}\n\n[b]: /x\n{:c: .d}", "\"'a' 'b\" '80s", "~~~\n{: .x}\n~~~\n", "1) a\\\\\nb",
		"- a\n\n  | b |\n  |---|\n  {: .c}\n- {:.d} <p markdown=\"1\">\n", "a\n\n: b\n\n\tc\n^\n    d\ne", "|a|\n|=\n|`|`|\n", "> {: .a}\n> <div>\n> b</p>\n</div>c", "***a* b** _c*", "[a [b](c d \"e\")][f]\n\n[f]: <g h> 'i'\n{: .j}",
		"<b>a <kbd>*</b> <a\nb=\"c\">{: .d}", "$$\na\n$$\n\\$$b$$", "{::nomarkdown}\n<i>\n{:/}{::comment}a{:/comment}", "~~~ a?b\n```\n~~~\n```c\n", "[^a]: b\n\n    c\nd[^a]", "<details markdown=\"1\"><summary>a</summary>\n{: .b}\n</details>",
		"<table><tr><td markdown=\"span\">[a]</td></tr></table>\n[a]: /b", "{% highlight c %}\nx\n{% endhighlight %}", "<!--\n\n-->\n<br>\n<script>\n\n</script>",
	} {
		f.Add(text)
	}
	folder := jekyllFolder("x")
	folder.Now = noon
	snapshot, err := folder.Read(context.Background())
	if err != nil {
		f.Fatal(err)
	}
	blog, err := snapshot.Blog(context.Background(), content.Site{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := &conversion{blog: blog, post: blog.all[0], raw: true, facts: &facts{}, text: []byte(text), ids: map[string]int{}, elementIDs: map[string]int{}, lines: lineMap{first: 1}}
		c.source = blog.dialect.prepare(c, []byte(text))
		body, err := c.convert(blog.main().markdown)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(body), shortMark) {
			t.Errorf("the page shows a mark: %q", body)
		}
	})
}
