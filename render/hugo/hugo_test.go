package hugo

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf8"
)

// TestExpand: the tokens of permalinks as Hugo's documentation lists them.
func TestExpand(t *testing.T) {
	p := Place{
		Date: time.Date(2024, 5, 6, 17, 8, 9, 0, time.UTC), Title: "The Big Überblick: part 1", Slug: "", Name: "My File",
		Sections: []string{"a", "b", "c"}, SectionSlugs: []string{"x", "y", "z"},
	}
	slugged := p
	slugged.Slug = "a slug"
	for _, c := range []struct {
		pattern string
		place   Place
		want    string
	}{
		{"/:year/:month/:monthname/:day/", p, "/2024/05/May/06/"},
		{"/:weekday/:weekdayname/:yearday/", p, "/1/Monday/127/"},
		{"/:section/:sections/:title/", p, "/a/a/b/c/the-big-überblick-part-1/"},
		{"/:slug/:slugorcontentbasename/:slugorfilename/", p, "/the-big-überblick-part-1/my-file/my-file/"},
		{"/:slug/:slugorcontentbasename/:contentbasename/:filename/", slugged, "/a-slug/a-slug/my-file/my-file/"},
		{"/:sections[0]/:sections[1:]/:sections[:1]/:sections[last]/:sections[1:2]/:sections[9]/", p, "/a/b/c/a/c/b//"},
		{"/:sectionslug/:sectionslugs/:sectionslugs[1:]/", p, "/x/x/y/z/y/z/"},
		{"/:2006-:01-:02/:06/:Jan/", p, "/2024-05-06/24/May/"},
		{`/a\:b/:year`, p, "/a:b/2024"},
		{"/fixed/", p, "/fixed/"},
	} {
		got, err := Expand(c.pattern, c.place, Path{})
		if err != nil || got != c.want {
			t.Errorf("%s is %q, %v; want %q", c.pattern, got, err, c.want)
		}
	}
	if err := checkPattern("/:nonsense/"); err == nil || !strings.Contains(err.Error(), ":nonsense") {
		t.Errorf("an unknown token gives %v", err)
	}
}

// TestNames: what becomes of names in paths and of headings in ids.
func TestNames(t *testing.T) {
	for name, want := range map[string]string{
		"Hello World": "hello-world", "Hello  World": "hello--world", "C++": "c++", "a.b.c": "a.b.c", "What's up? (now)": "whats-up-now",
		"Grüße": "grüße", "100%": "100", "a%20b": "a%20b", "x & y": "x--y", "日本 語": "日本-語", "_x~y@z": "_x~y@z",
	} {
		if got := (Path{}).Sanitize((Path{}).FileName(name)); got != want {
			t.Errorf("%q is %q in a path, want %q", name, got, want)
		}
	}
	if got := (Path{KeepCase: true, RemoveAccents: true}).Sanitize("Grüße Ångström"); got != "Gruße-Angstrom" {
		t.Errorf("without accents it is %q", got)
	}
	for text, want := range map[string][3]string{
		"Hello, World!":   {"hello-world", "hello-world", "hello-world"},
		"A - B":           {"a---b", "a---b", "a-b"},
		"Ünï_çødé 日本":     {"ünï_çødé-日本", "uni_cde-", "ünï-çødé-日本"},
		"!!!":             {"heading", "heading", "heading"},
		"  1. First  x  ": {"1-first--x", "1-first--x", "1-first-x"},
	} {
		for i, kind := range []string{AnchorGitHub, AnchorGitHubASCII, AnchorBlackfriday} {
			if got := Anchor(text, kind); got != want[i] {
				t.Errorf("the id of %q is %q by %s, want %q", text, got, kind, want[i])
			}
		}
	}
	for name, want := range map[string]string{"post": "posts", "category": "categories", "posts": "posts", "box": "boxes", "日本": "日本s", "news": "news", "Child": "Children", "about-us": "about-uses", "y": "ys", "": ""} {
		if got := Plural(name); got != want {
			t.Errorf("the plural of %s is %s, want %s", name, got, want)
		}
	}
	// What Hugo says of each.
	for name, want := range map[string]string{"the lord of the rings-and-more": "The Lord of the Rings-and-More", "up-to-date": "Up-to-Date", "foo: the bar": "Foo: The Bar",
		"c++/and/x": "C++/and/X", "{curly} (brackets)": "{Curly} (Brackets)", "it is on": "It Is On", "vs the state via x": "Vs the State via X", "x - and y": "X - And Y", "": "", "日本": "日本", "élan": "Élan"} {
		if got := Title(name, "ap"); got != want {
			t.Errorf("the title of %q is %q, want %q", name, got, want)
		}
	}
	for style, want := range map[string]string{
		"": "The Lord of the Rings-and-More: The End", "chicago": "The Lord of the Rings-and-More: The End", "go": "The Lord Of The Rings-And-More: The End",
		"FirstUpper": "The lord of the rings-and-more: the end", "none": "the lord of the rings-and-more: the end",
	} {
		if got := Title("the lord of the rings-and-more: the end", style); got != want {
			t.Errorf("the title is %q by %q, want %q", got, style, want)
		}
	}
}

// TestConfigMistakes: what cannot be read, or says nothing that can be meant, has its place.
func TestConfigMistakes(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"hugo.toml", "a = 1\nb = [\n", "hugo.toml: read it as TOML"},
		{"hugo.yaml", "a: 1\n  b: {{\n", "hugo.yaml: read it as YAML"},
		{"hugo.json", "{\"a\": }", "hugo.json: read it as JSON"},
		{"hugo.yaml", "a: &a [*a]\n", ""}, // a list within itself is no table of ours
		{"hugo.toml", "permalinks = {posts = '/:nope/'}", ":nope"},
		{"hugo.toml", "permalinks = [{target = {path = '{'}, pattern = '/x/'}]", "cannot be read"},
		{"hugo.toml", "cascade = [{target = {path = '[z-a]'}, x = 1}]", "cannot be read"},
		{"hugo.toml", "[languages]\nde = 'x'", "languages.de is no table"},
		{"hugo.toml", "baseURL = 'http://[::1'", "baseURL"},
		{"hugo.toml", "x = '" + strings.Repeat("x", maxConfig) + "'", "more than"},
		{"hugo.toml", "taxonomies = 3\noutputs = 'x'\nparams = []\nuglyURLs = 'yes'\nlanguages = 7\npermalinks = 'x'", ""},
	} {
		fsys := fstest.MapFS{c.name: {Data: []byte(c.text)}}
		_, err := Read(fsys, Files(fsys))
		var wrong *Error
		switch {
		case c.want == "" && err == nil:
		case c.want != "" && errors.As(err, &wrong) && strings.Contains(err.Error(), c.want):
		case c.want == "" && errors.As(err, &wrong):
		default:
			t.Errorf("%.40q gives %v, want %q", c.text, err, c.want)
		}
	}
}

// TestConfigParts: files at the top and in the folder of the configuration are one,
// and what is not followed is named.
func TestConfigParts(t *testing.T) {
	fsys := fstest.MapFS{
		"content/a.md":                      {},
		"config.toml":                       {Data: []byte("baseURL = 'https://example.org/x'\n[markup.goldmark.extensions.footnote]\nenableAutoIDPrefix = true\n[markup.highlight]\nlineNos = true\nstyle = 'monokai'\n[sitemap]\npriority = 0.5\n")},
		"config/_default/params.toml":       {Data: []byte("mood = 'calm'\n")},
		"config/_default/languages.de.toml": {Data: []byte("title = 'Deutsch'\nweight = 2\n")},
		"config/_default/menus.de.toml":     {Data: []byte("main = []\n")},
		"config/production/params.yaml":     {Data: []byte("mood: busy\n")},
		"config/staging/params.yaml":        {Data: []byte("mood: odd\n")},
	}
	c, err := Read(fsys, Files(fsys))
	if err != nil {
		t.Fatal(err)
	}
	if c.URL != "https://example.org" || c.Prefix != "/x/" || c.Languages[0].Params["mood"] != "busy" {
		t.Errorf("the URL is %s%s, the mood %v", c.URL, c.Prefix, c.Languages[0].Params["mood"])
	}
	if len(c.Languages) != 2 || c.Languages[1].Title != "Deutsch" || c.Languages[0].Key != "en" {
		t.Errorf("the languages are %v", c.Languages)
	}
	if got := strings.Join(c.Ignored, " "); got != "markup.goldmark.extensions.footnote.enableautoidprefix markup.highlight.linenos" {
		t.Errorf("ignored are %q", got)
	}
	if files := Files(fstest.MapFS{"config.toml": {}}); files != nil {
		t.Errorf("a folder without content is taken for one of Hugo's by %v", files)
	}
}

// FuzzNames: whatever a name, a pattern or a glob holds, reading it ends, and what
// comes out is text that can stand in a path.
func FuzzNames(f *testing.F) {
	for _, seed := range []string{"a b", "../..", "%zz", "{a,b", "[", "**/x?", ":year/:sections[1:", "\\:", "ü\xff", ":sections[99999999999999999999:]", "{{{{", "a,}b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		clean := (Path{}).Sanitize(text)
		if strings.ContainsAny(clean, " ?&\"<>") {
			t.Errorf("%q is %q", text, clean)
		}
		if again := (Path{}).Sanitize(clean); utf8.ValidString(text) && again != clean {
			t.Errorf("%q is %q, and that %q", text, clean, again)
		}
		if Anchor(text, AnchorGitHub) == "" || strings.ContainsAny(Anchor(text, AnchorGitHubASCII), " \"") {
			t.Errorf("the id of %q is %q", text, Anchor(text, AnchorGitHub))
		}
		_, _ = Expand(text, Place{Sections: []string{"a", "b"}}, Path{})
		if target, err := newTarget("", text, ""); err == nil {
			target.Matches("page", text, "en")
		}
		FileDate(text, time.UTC)
		Plural(text)
		Title(text, "")
	})
}
