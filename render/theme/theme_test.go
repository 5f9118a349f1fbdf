package theme

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"html/template"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

var update = flag.Bool("update", false, "add to testdata/contract-1.txt what the contract has grown by")

// own is a theme of a site: files by name.
func own(files ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		fsys[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return fsys
}

func sampleSite() *Site {
	return &Site{Title: "Notes", Language: "en", URL: "https://example.org", Home: "/", ArchiveURL: "/archive/",
		Menu: []Link{{URL: "/about/", Title: "About"}}, Feeds: []Feed{{URL: "/atom.xml", Type: "application/atom+xml", Name: "Atom", Title: "Notes (Atom)"}}}
}

func samplePost() *Post {
	link := Link{URL: "/a/", Title: "A & B", Date: time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)}
	other := Link{URL: "/b/", Title: "B"}
	return &Post{URL: link.URL, Title: link.Title, Date: link.Date, Dated: true, Summary: "<p>Short.</p>", Excerpt: "Short.", Canonical: "https://example.org/a/",
		Body: "<p>Long.</p><pre>x</pre>", TOC: []Heading{{ID: "one", Title: "One", Level: 2, Sub: []Heading{{ID: "two", Title: "Two", Level: 3}}}},
		ShowTOC: true, HasCode: true, Words: 300, Minutes: 2, Authors: []string{"M"}, Tags: []Link{{URL: "/tags/t/", Title: "T"}}, Older: &other, Newer: &other}
}

func samplePage(site *Site) *Page {
	post := samplePost()
	return &Page{Site: site, Kind: KindPost, Title: post.Title, Description: "Short.", URL: "/a/", Canonical: post.Canonical, Language: "en", Post: post}
}

func mustLoad(t testing.TB, files ...string) *Theme {
	t.Helper()
	loaded, err := Load(own(files...), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

func page(t testing.TB, loaded *Theme) string {
	t.Helper()
	site := sampleSite()
	if err := loaded.Fragments(site); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := loaded.Page(&b, samplePage(site)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestOverride replaces one file at a time: it takes the place of the default
// one, and all others stay.
func TestOverride(t *testing.T) {
	for _, c := range []struct{ name, file, text, want string }{
		{"a part", "footer.html", `<footer>{{.Title}}, by hand</footer>`, "<footer>Notes, by hand</footer>"},
		{"a kind of page", "post.html", `<h1>{{.Post.Title}}</h1>{{.Post.Body}}`, "<h1>A &amp; B</h1><p>Long."},
		{"the frame", "base.html", `<title>{{.HeadTitle}}</title>{{template "main" .}}`, "<title>A &amp; B · Notes</title><article"},
		{"what all heads share", "sitehead.html", `<meta name="x" content="{{.Title}}">`, `<meta name="x" content="Notes">`},
		{"a file of its own", "badges.html", `<b>{{template "new" .}}</b>`, "<b>new A &amp; B</b>"},
		{"a page that is none", "custom.html", `{{.Anything}}`, "<h1>A &amp; B</h1>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := page(t, mustLoad(t, c.file, c.text, "new.html", "new {{.Title}}")); !strings.Contains(got, c.want) {
				t.Errorf("there is no %s in\n%s", c.want, got)
			}
		})
	}
}

// TestCustomStyle adds a style sheet without copying the default one.
func TestCustomStyle(t *testing.T) {
	loaded := mustLoad(t, "assets/custom.css", ":root { --accent: #c0ffee }")
	got := page(t, loaded)
	if strings.Count(got, `rel="stylesheet"`) != 2 || !strings.Contains(got, "/assets/custom.h") {
		t.Errorf("custom.css is not loaded:\n%s", got)
	}
	if body := string(loaded.Assets()["custom.css"].Body); body != ":root{--accent:#c0ffee}" {
		t.Errorf("it is not minified: %s", body)
	}
}

// TestMistakes says where a theme is wrong before any page is made, also in
// branches that no page of this site takes.
func TestMistakes(t *testing.T) {
	for _, c := range []struct {
		name, file, text string
		line             int
		want             string
	}{
		{"unknown field", "post.html", "<h1>x</h1>\n{{if .Post.Draft}}{{.Post.Titel}}{{end}}", 2, "there is no Titel in a Post: it has Authors, "},
		{"unknown field of a page", "base.html", "{{.Sitemap}}", 1, "there is no Sitemap in a Page: it has "},
		{"unknown field behind a variable", "card.html", "{{range $i, $t := .Tags}}\n{{$t.Count}}{{end}}", 2, "there is no Count in a Link"},
		{"unknown field in a part", "pager.html", "{{range .Pages}}{{with .URL}}{{.Number}}{{end}}{{end}}", 1, "there is no Number in a string"},
		{"unknown field of a fragment", "header.html", "{{.Post.Title}}", 1, "there is no Post in a Site"},
		{"unknown field in a shortcode", "shortcodes/box.html", "\n\n{{.Innner}}", 3, "there is no Innner in a Shortcode"},
		{"unknown field of a result", "post.html", `{{(index .Post.Tags 0).Name}}`, 1, "there is no Name in a Link"},
		{"unknown function", "footer.html", "\n{{where .Menu}}", 2, `function "where" not defined`},
		{"unknown template", "list.html", `{{template "sidebar" .}}`, 1, `there is no template "sidebar"`},
		{"open action", "404.html", "{{if .Title}}", 1, "unexpected EOF"},
		{"newer contract", "base.html", "\n{{contract 2}}", 2, "the theme wants version 2 of the contract; this icecap knows 1 to 1"},
		{"counting", "footer.html", "{{range 9223372036854775807}}{{end}}", 1, "range goes over lists and tables, not over a int"},
		{"unknown word", "words.json", "{\n\"Olderr\": \"Älter\"}", 2, `the theme does not say "Olderr"; it says %d results · 1 result · 2 Jan · 2 January 2006 · All posts · Apr · `},
		{"no table of words", "words.json", "{\n\"Older\" \"Älter\"}", 2, "it is no table of words: invalid character"},
		{"bad script", "assets/x.js", "let a;\nlet = = 3;", 2, "(a file named x.min.js is left as it is)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(own(c.file, c.text), Options{})
			var wrong *Error
			if !errors.As(err, &wrong) {
				t.Fatalf("no mistake was found: %v", err)
			}
			if wrong.File != c.file || wrong.Line != c.line || !strings.Contains(wrong.Err.Error(), c.want) {
				t.Errorf("got %s:%d: %v\nwant %s:%d: … %s", wrong.File, wrong.Line, wrong.Err, c.file, c.line, c.want)
			}
			if lines := strings.Split(c.text, "\n"); wrong.Excerpt != lines[c.line-1] {
				t.Errorf("the excerpt is %q", wrong.Excerpt)
			}
		})
	}
}

// TestFaultsWhileRendering are those that no look at the types can find.
func TestFaultsWhileRendering(t *testing.T) {
	for _, c := range []struct {
		name, file, text string
		line             int
		want             string
	}{
		{"no such asset", "post.html", "\n{{asset .Home \"logo.png\"}}", 2, `the theme has no asset "logo.png"`},
		{"index out of range", "postend.html", "{{index .Categories 3}}", 1, "index out of range"},
		{"endless recursion", "badges.html", "\n{{template \"badges\" .}}", 2, "exceeded maximum template depth"},
		{"endless output", "badges.html", strings.Repeat("{{template \"more\" .}}", 65), 1, errEndless.Error()},
	} {
		t.Run(c.name, func(t *testing.T) {
			loaded := mustLoad(t, c.file, c.text, "more.html", "<!-- {{.Title}} -->"+strings.Repeat("0123456789abcdef", 1<<16-4))
			site := sampleSite()
			if err := loaded.Fragments(site); err != nil {
				t.Fatal(err)
			}
			err := loaded.Page(io.Discard, samplePage(site))
			var wrong *Error
			if !errors.As(err, &wrong) {
				t.Fatalf("it was rendered: %v", err)
			}
			if c.want == errEndless.Error() {
				c.file, c.line = wrong.File, wrong.Line // whichever write was the last
			}
			if wrong.File != c.file || wrong.Line != c.line || !strings.Contains(wrong.Err.Error(), c.want) {
				t.Errorf("got %s:%d: %v", wrong.File, wrong.Line, wrong.Err)
			}
		})
	}
}

// TestHostileTheme cannot read what lies outside its folder: templates have no
// function that reads, and a link out of the folder is refused, not followed.
func TestHostileTheme(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret.css")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"post.html", "assets/secret.css", "assets"} {
		dir := t.TempDir()
		link := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
			t.Fatal(err)
		}
		target := secret
		if name == "assets" {
			target = filepath.Dir(secret)
		}
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(os.DirFS(dir), Options{}); err == nil || !strings.Contains(err.Error(), "symbolic link") {
			t.Errorf("a link in place of %s: %v", name, err)
		}
	}
	for _, text := range []string{`{{readFile "/etc/passwd"}}`, `{{template "../../etc/passwd"}}`, `{{define "x"}}{{end}}{{template "/etc/passwd"}}`, `{{env "HOME"}}`, `{{include "x"}}`} {
		if _, err := Load(own("footer.html", text), Options{}); err == nil {
			t.Errorf("%s was accepted", text)
		}
	}
	if _, err := Load(own("post.html", strings.Repeat("x", maxTemplate+1)), Options{}); err == nil {
		t.Error("a template without end was accepted")
	}
}

// TestAssets: what is minified, what is left alone, and under which names it lies.
func TestAssets(t *testing.T) {
	script := "// a comment\nlet answer = 42;\n"
	mapped := script + "//# sourceMappingURL=app.js.map\n"
	loaded := mustLoad(t, "assets/a.js", script, "assets/b.min.js", script, "assets/app.js", mapped, "assets/app.js.map", `{"version": 3}`,
		"assets/fonts/x.woff2", "font", "assets/i.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\">\n  <!-- no -->\n  <g></g>\n</svg>", "assets/LICENSE", "free")
	for name, want := range map[string]string{
		"a.js": "let answer=42", "b.min.js": script, "app.js": mapped, "app.js.map": `{"version": 3}`, "fonts/x.woff2": "font", "i.svg": `<svg xmlns="http://www.w3.org/2000/svg"><g/></svg>`,
	} {
		asset := loaded.Assets()[name]
		if string(asset.Body) != want {
			t.Errorf("%s is %q", name, asset.Body)
		}
		path, err := loaded.asset("/blog/", name)
		if strings.HasSuffix(name, ".map") {
			if err == nil {
				t.Errorf("a source map has a fingerprint: %s", path)
			}
			continue
		}
		marked, ok := loaded.Assets()[strings.TrimPrefix(path, "/blog/assets/")]
		if !ok || !bytes.Equal(marked.Body, asset.Body) || marked.Type != asset.Type || path == "/blog/assets/"+name {
			t.Errorf("%s is not published as %s", name, path)
		}
	}
	if _, ok := loaded.Assets()["LICENSE"]; ok {
		t.Error("a file that the gate has no type for is published")
	}
}

// TestStyleIsSmall holds the promise of the default theme.
func TestStyleIsSmall(t *testing.T) {
	if n := len(mustLoad(t).Assets()["style.css"].Body); n > 15<<10 {
		t.Errorf("the style sheet has %d bytes", n)
	}
}

// TestContractOnlyGrows compares the views with what version 1 promised. What is
// new is added with -update; nothing ever goes.
func TestContractOnlyGrows(t *testing.T) {
	file := filepath.Join("testdata", fmt.Sprintf("contract-%d.txt", Contract))
	data, err := os.ReadFile(file)
	if err != nil && !*update {
		t.Fatal(err)
	}
	promised, now := strings.FieldsFunc(string(data), func(r rune) bool { return r == '\n' }), contractLines()
	for _, line := range promised {
		if !slices.Contains(now, line) {
			t.Errorf("version %d promised %s: themes need it", Contract, line)
		}
	}
	for _, line := range now {
		if !slices.Contains(promised, line) && !*update {
			t.Errorf("%s is new: write it down with go test ./render/theme -update", line)
		}
	}
	if *update && !t.Failed() {
		if err := os.WriteFile(file, []byte(strings.Join(now, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// contractLines lists all that a template can name, with its type.
func contractLines() (lines []string) {
	for _, t := range []reflect.Type{
		reflect.TypeFor[Site](), reflect.TypeFor[Page](), reflect.TypeFor[Post](), reflect.TypeFor[Link](), reflect.TypeFor[Term](), reflect.TypeFor[Series](), reflect.TypeFor[SeriesPart](), reflect.TypeFor[Search](),
		reflect.TypeFor[Heading](), reflect.TypeFor[Image](), reflect.TypeFor[Feed](), reflect.TypeFor[Alternate](), reflect.TypeFor[List](), reflect.TypeFor[Pager](),
		reflect.TypeFor[PagerLink](), reflect.TypeFor[Terms](), reflect.TypeFor[Archive](), reflect.TypeFor[Period](), reflect.TypeFor[Shortcode](), reflect.TypeFor[ShortcodePost](),
	} {
		for f := range t.Fields() {
			lines = append(lines, fmt.Sprintf("%s.%s %s", t.Name(), f.Name, f.Type))
		}
		for i := range reflect.PointerTo(t).NumMethod() {
			m := reflect.PointerTo(t).Method(i)
			lines = append(lines, fmt.Sprintf("%s.%s() %s", t.Name(), m.Name, m.Type.Out(0)))
		}
	}
	for name, f := range (&Theme{}).functions() {
		lines = append(lines, fmt.Sprintf("%s %s", name, reflect.TypeOf(f)))
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

func TestHeadTitle(t *testing.T) {
	site := &Site{Title: "Notes", Home: "/"}
	for want, p := range map[string]*Page{
		"Notes":            {Site: site, Kind: KindList, URL: "/", List: &List{Pager: Pager{Number: 1}}},
		"Notes (2)":        {Site: site, Kind: KindList, URL: "/page/2/", List: &List{Pager: Pager{Number: 2}}},
		"Ice (3) · Notes":  {Site: site, Title: "Ice", List: &List{Pager: Pager{Number: 3}}},
		"2024 (2) · Notes": {Site: site, Title: "2024", Archive: &Archive{Pager: Pager{Number: 2}}},
		"About · Notes":    {Site: site, Title: "About"},
	} {
		if got := p.HeadTitle(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestLinkedDataCannotEndItsScript holds a title that tries to.
func TestLinkedDataCannotEndItsScript(t *testing.T) {
	site := sampleSite()
	p := samplePage(site)
	p.Title = `</script><script>alert(1)//`
	p.Post.Title = p.Title
	loaded := mustLoad(t)
	var b bytes.Buffer
	if err := loaded.Page(&b, p); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "<script>alert") {
		t.Error(b.String())
	}
}

func BenchmarkPostPage(b *testing.B) {
	loaded := mustLoad(b)
	site := sampleSite()
	if err := loaded.Fragments(site); err != nil {
		b.Fatal(err)
	}
	p := samplePage(site)
	p.Post.Body = template.HTML(strings.Repeat("<p>Some words in a row.</p>\n", 200))
	var out bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		if err := loaded.Page(&out, p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkListPage(b *testing.B) {
	loaded := mustLoad(b)
	site := sampleSite()
	if err := loaded.Fragments(site); err != nil {
		b.Fatal(err)
	}
	list := &List{Total: 500, Pager: Pager{Number: 3, Of: 25, Previous: "/page/2/", Next: "/page/4/"}}
	for i := range 7 {
		list.Pager.Pages = append(list.Pager.Pages, PagerLink{Number: i + 1, URL: "/page/x/", Current: i == 2})
	}
	for range 20 {
		post := samplePost()
		var err error
		if post.Card, err = loaded.Card(post); err != nil {
			b.Fatal(err)
		}
		list.Posts = append(list.Posts, post)
	}
	p := &Page{Site: site, Kind: KindList, Title: "T", URL: "/tags/t/page/3/", Canonical: "https://example.org/tags/t/page/3/", Language: "en", List: list}
	var out bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		if err := loaded.Page(&out, p); err != nil {
			b.Fatal(err)
		}
	}
}

// TestWords puts a site's own words in place of the English ones, also into dates.
func TestWords(t *testing.T) {
	words := `{"minute to read": "Minute", "minutes to read": "Minuten", "Older": "Älter & mehr", "May": "Mai", "2 January 2006": "2. January 2006", "Contents": "Inhalt"}`
	for _, unminified := range []bool{false, true} {
		loaded, err := Load(own("words.json", words), Options{Unminified: unminified})
		if err != nil {
			t.Fatal(err)
		}
		got := page(t, loaded)
		for _, want := range []string{">1. Mai 2024</time>", "2 Minuten<", "<span>Älter &amp; mehr</span>", "<summary>Inhalt</summary>", `<nav aria-label="Inhalt">`, "<span>Newer</span>"} {
			if !strings.Contains(got, want) {
				t.Errorf("there is no %s in\n%s", want, got)
			}
		}
	}
}
