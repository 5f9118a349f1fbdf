package jekyll

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// config reads a configuration.
func config(t *testing.T, text string) (*Config, []Note) {
	t.Helper()
	c, notes, err := Read(fstest.MapFS{"_config.yml": {Data: []byte(text)}, "Gemfile": {Data: []byte("gem \"jekyll-feed\", \"~> 0.17\"\ngem 'jekyll-theme-minimal'\n")}}, "_config.yml")
	if err != nil {
		t.Fatal(err)
	}
	return c, notes
}

// TestIgnored looks for a note on each key that has no effect, with its line.
func TestIgnored(t *testing.T) {
	_, notes := config(t, `title: A
theme: minima
plugins: [jekyll-seo-tag, jekyll-scholar]
sass:
  style: compressed
paginate: 5
collections:
  people:
kramdown:
  hard_wrap: true
  footnote_backlink: x
markdown: CommonMark
limit_posts: 3
mine: {own: 1}
defaults: [{scope: {path: ""}}]
`)
	var got []string
	for _, n := range notes {
		got = append(got, fmt.Sprintf("%d %s", n.Line, n.What))
	}
	want := []string{
		`7 the collection "people" has no pages`, "15 an entry of defaults has no values", `3 the plugin "jekyll-scholar" is not carried`,
		"6 paginate has no effect without", "4 sass has no effect", "2 theme has no effect", "12 markdown: CommonMark has no effect", "11 kramdown's footnote_backlink has no effect",
	}
	for _, w := range want {
		if w[:2] == "7 " {
			w = "8" + w[1:]
		}
		if !slices.ContainsFunc(got, func(g string) bool { return strings.HasPrefix(g, w) }) {
			t.Errorf("there is no note %q in\n%s", w, strings.Join(got, "\n"))
		}
	}
	if len(got) != len(want) {
		t.Errorf("there are %d notes, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
}

func TestBadConfig(t *testing.T) {
	for text, want := range map[string]string{
		"title: [": "_config.yml:1", "a: 1\n b: 2": "_config.yml:2", "source: src\n": `_config.yml:1: the source "src" is no folder`, "a: 1\nsource: ../src\n": `_config.yml:2: the source "../src" lies outside`, "- a\n": "_config.yml:1",
		strings.Repeat("#", maxConfig+1): "more than 1024 KiB",
	} {
		_, _, err := Read(fstest.MapFS{"_config.yml": {Data: []byte(text)}}, "_config.yml")
		var wrong *Error
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: the error is %v, want %s", text, err, want)
		}
	}
}

// TestSort holds the kinds of files to Jekyll's.
func TestSort(t *testing.T) {
	c, _ := config(t, "collections: {recipes: {output: true}}\nexclude: [docs/private, '*.bak', vendor]\ninclude: [_kept]\n")
	for name, want := range map[string]Kind{
		"about.md": Page, "about.txt": Page, "_posts": Folder, "_posts/2024-01-02-a.md": Post, "blog/_posts/24-1-2-a.markdown": Post, "_posts/x/2024-01-02-a.html": Post,
		"_posts/a.md": Misnamed, "_drafts/a.md": Draft, "_recipes": Folder, "_recipes/a/b.md": Document, "_other": Left, "_layouts": Left, ".git": Left, "a~": Left,
		"#a": Left, "docs/private": Left, "docs/private.md": Left, "deep/x.bak": Left, "_kept": Page, ".htaccess": Page, "vendor/x": Left, "docs": Folder,
		"Gemfile": Left, "Gemfile.lock": Left, "node_modules": Left, "_posts/_x": Left, "a.": Left,
	} {
		dir := want == Folder || strings.HasPrefix(name, "_") && want == Left
		if got := c.Sort(name, dir, func() bool { return true }).Kind; got != want {
			t.Errorf("%s is of kind %d, want %d", name, got, want)
		}
	}
	if c.Sort("a.css", false, func() bool { return false }).Kind != Static {
		t.Error("a file without front matter is not copied")
	}
	if dirs := c.Sort("a/b/_posts/2024-01-02-x.md", false, nil).Dirs; !slices.Equal(dirs, []string{"a", "b"}) {
		t.Errorf("the folders above are %q", dirs)
	}
}

// TestPaths tries every placeholder and style.
func TestPaths(t *testing.T) {
	at := time.Date(2024, 3, 5, 7, 8, 9, 0, time.UTC)
	post := Doc{File: "_posts/2024-03-05-Hello_World & more.md", Collection: "posts", Name: "Hello_World & more", Categories: []string{"Ice Cream", "Go", "go"}, Date: at}
	for permalink, want := range map[string]string{
		"date": "/ice%20cream/go/2024/03/05/Hello_World-&-more.html", "pretty": "/ice%20cream/go/2024/03/05/Hello_World-&-more/",
		"ordinal": "/ice%20cream/go/2024/065/Hello_World-&-more.html", "weekdate": "/ice%20cream/go/2024/W10/Tue/Hello_World-&-more.html",
		"none": "/ice%20cream/go/Hello_World-&-more.html", "/:slugified_categories/:slug/": "/ice-cream/go/hello-world-more/",
		"/:year:month:day-:hour:minute:second": "/20240305-070809", "/:i_month/:i_day/:short_month/:long_month/:short_year/:y_day": "/3/5/Mar/March/24/065",
		"/:w_year/:week/:w_day/:short_day/:long_day": "/2024/10/2/Tue/Tuesday", "/:title:output_ext": "/Hello_World-&-more.html",
		"/:collection/:name": "/posts/2024-03-05-hello-world-more", "/a//b/../:title_x": "!", "/x/:year_/": "/x/2024_/", "/:nothing/": "!",
	} {
		c, _ := config(t, fmt.Sprintf("permalink: %q\n", permalink))
		got, err := c.PathOf(post)
		if err != nil {
			got = "!"
		}
		if got != want {
			t.Errorf("%s is %s, want %s", permalink, got, want)
		}
	}
	c, _ := config(t, "permalink: pretty\ncollections: {r: {output: true}, q: {output: true, permalink: '/:collection/:path/x:output_ext'}}\n")
	for _, d := range []struct {
		doc  Doc
		want string
	}{
		{Doc{File: "about.md", Name: "about"}, "/about/"}, {Doc{File: "a/index.html", Name: "index"}, "/a/"}, {Doc{File: "feed.xml", Name: "feed"}, "/feed.xml"},
		{Doc{File: "a b/ü.md", Name: "ü"}, "/a%20b/%C3%BC/"}, {Doc{File: "x.md", Name: "x", Permalink: "/y/:basename.html"}, "/y/x.html"},
		{Doc{File: "_r/a/b.md", Collection: "r", Name: "b"}, "/r/a/b/"}, {Doc{File: "_q/b.md", Collection: "q", Name: "b"}, "/q/b/x.html"},
		{Doc{File: "_posts/2024-03-05-x.md", Collection: "posts", Name: "x", Permalink: "fixed"}, "/fixed"},
		{Doc{File: "_q/b.md", Collection: "q", Name: "b", Permalink: "/n/:number.html", Values: map[string]any{"number": 7}}, "/n/7.html"},
	} {
		if got, err := c.PathOf(d.doc); got != d.want || err != nil {
			t.Errorf("%s is %s, %v, want %s", d.doc.File, got, err, d.want)
		}
	}
	paged := "plugins: [jekyll-paginate]\npaginate: 2\npaginate_path: /blog/page/:num/\n"
	for page, want := range map[string]string{"blog/index.html": "/blog/ /blog/page/2/ 2", "index.html": "/ /blog/page/2/ 2", "other/index.html": "/ /blog/page/2/ 0"} {
		c, _, err := Read(fstest.MapFS{"_config.yml": {Data: []byte(paged)}, page: {Data: []byte("---\n---\n")}}, "_config.yml")
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(c.PagePath(1), " ", c.PagePath(2), " ", c.Paginate); got != want {
			t.Errorf("with %s the pages are %s, want %s", page, got, want)
		}
	}
}

// TestDefaults tries scopes, and which goes before which.
func TestDefaults(t *testing.T) {
	c, _ := config(t, `defaults:
  - scope: {path: "", type: post}
    values: {a: typed, b: typed, Big: 1}
  - scope: {path: ""}
    values: {a: all, c: all}
  - scope: {path: "docs"}
    values: {c: docs}
  - scope: {path: "docs/*/deep"}
    values: {d: glob}
`)
	for _, d := range []struct{ file, kind, want string }{
		{"_posts/x.md", "posts", "map[a:typed b:typed big:1 c:all]"}, {"x.md", "pages", "map[a:all c:all]"},
		{"docs/x.md", "pages", "map[a:all c:docs]"}, {"docs/y/deep/x.md", "pages", "map[a:all c:docs d:glob]"},
	} {
		if got := fmt.Sprint(c.DefaultsOf(d.file, d.kind)); got != d.want {
			t.Errorf("%s has %s, want %s", d.file, got, d.want)
		}
	}
}

func TestTexts(t *testing.T) {
	for slug, want := range map[string]string{"hello-world": "Hello World", "a--b": "A B", "ÜBER-x_Y": "Über X_y", "": ""} {
		if got := Titleize(slug); got != want {
			t.Errorf("%q becomes %q, want %q", slug, got, want)
		}
	}
	gfm, _ := config(t, "")
	own, _ := config(t, "kramdown: {input: kramdown, auto_id_prefix: h-}")
	none, _ := config(t, "kramdown: {auto_ids: false}")
	for text, want := range map[string][2]string{
		"Hello, World!": {"hello-world", "h-hello-world"}, "1. First – 2": {"1-first--2", "h-first--2"}, "Ünï_c": {"ünï_c", "h-nc"}, "日本": {"日本", "h-section"}, "a  b": {"a--b", "h-a--b"},
	} {
		if got := [2]string{gfm.HeadingID(text), own.HeadingID(text)}; got != want || none.HeadingID(text) != "" {
			t.Errorf("the ids of %q are %q, want %q", text, got, want)
		}
	}
	berlin, _ := time.LoadLocation("Europe/Berlin")
	for text, want := range map[string]string{
		"2024-05-01": "2024-05-01T00:00:00+02:00", "2024-05-01 10:20": "2024-05-01T10:20:00+02:00", "2024-5-1 10:20:30 -0500": "2024-05-01T17:20:30+02:00",
		"2024-05-01T10:20:30Z": "2024-05-01T12:20:30+02:00", "2024/05/01 1:02 pm": "2024-05-01T13:02:00+02:00", "2023-01-29 18:30:22 2023 -0800": "2023-01-30T03:30:22+01:00",
		"2024-02-31": "2024-03-02T00:00:00+01:00", "2024-02-32": "", "soon": "", "20/07/2018": "2018-07-20T00:00:00+02:00", "07/20/2018": "", "1.2.2018 10:20": "2018-02-01T10:20:00+01:00", "July 20th, 2018": "2018-07-20T00:00:00+02:00",
		"Sat, 20 Jul 2018 10:00:00 +0200": "2018-07-20T10:00:00+02:00", "Jul 20 2018 5:06": "2018-07-20T05:06:00+02:00", "1 May 2 2018": "", "May 2018": "2018-05-01T00:00:00+02:00",
		"2020-3-19 29:39:08 +0800": "2020-03-19T22:39:08+01:00", "2020-3-19 29:39:08": "", "2020-03-19 29:39:08 +0000": "", "2020-03-19 12:61:00 +0800": "", "2020-03-19 12:00:61 +0800": "", "2020-13-41 10:00:00 +0800": "",
	} {
		got := ""
		if date, ok := ParseDate(text, berlin); ok {
			got = date.Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

// FuzzConfig looks for a configuration that takes the build down.
func FuzzConfig(f *testing.F) {
	for _, text := range []string{"title: A", "defaults: [{scope: {path: 'a*'}, values: {x: 1}}]", "collections: [a, b]\npermalink: /:a:title", "kramdown: {toc_levels: '1..9'}", "paginate_path: ':num'"} {
		f.Add(text, "_posts/2024-01-02-a.md")
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		c, _, err := Read(fstest.MapFS{"_config.yml": {Data: []byte(text)}}, "_config.yml")
		if err != nil || name == "" {
			return
		}
		file := c.Sort(name, false, func() bool { return true })
		_, _ = c.PathOf(Doc{File: name, Collection: file.Collection, Name: file.Slug, Date: time.Unix(0, 0)})
		c.DefaultsOf(name, "posts")
		c.PagePath(2)
		c.StaticURL(name)
	})
}

func TestYAMLAsRuby(t *testing.T) {
	for text, want := range map[string]string{
		"a: 1\nb: {c: 1, c: 2}\na: 3": "map[a:3 b:map[c:2]]", "a: no\nb: 'no'\nc: On\nyes: y": "map[a:false b:no c:true yes:y]", "": "<nil>", "2019: x\n~: y": "map[2019:x ~:y]",
		"x: &x {a: 1, a: 2}\ny:\n  <<: *x\n  b: off": "map[x:map[a:2] y:map[a:2 b:false]]", "- a\n- {b: 1, b: [no]}": "[a map[b:[false]]]", "a: [1\n b": "error",
	} {
		value, err := DecodeYAML([]byte(text))
		got := fmt.Sprint(value)
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}
