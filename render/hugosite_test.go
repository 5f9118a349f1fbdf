package render

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"html"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"icecap/content"
)

// hugoLayouts make Hugo say what it knows of each page, and nothing else.
const hugoLayouts = `
-- layouts/all.html --
<!doctype html><title>{{ .Title }}</title><main>{{ .Content }}</main>
-- config/production/outputs.json --
{"home": ["html", "rss", "json"]}
-- layouts/404.html --
<!doctype html><title>{{ .Title }}</title>
-- layouts/_partials/entries.html --
{{ $out := slice }}{{ range . }}{{ $out = $out | append (dict "name" .Name "url" .URL "identifier" .Identifier "pre" (string .Pre) "post" (string .Post) "sub" (partial "entries" .Children)) }}{{ end }}{{ return $out }}
-- layouts/home.json --
{{ $menus := dict }}{{ range $name, $menu := .Site.Menus }}{{ $menus = merge $menus (dict $name (partial "entries" $menu)) }}{{ end -}}
{"title": {{ .Site.Title | jsonify }}, "lang": {{ .Site.Language.Lang | jsonify }}, "locale": {{ .Site.Language.Locale | jsonify }}, "direction": {{ .Site.Language.Direction | jsonify }}, "label": {{ .Site.Language.Label | jsonify }}, "menus": {{ $menus | jsonify }}, "pages": [{{ range $i, $p := .Site.Pages }}{{ if $i }},{{ end }}
{{ $others := slice }}{{ range .AllTranslations }}{{ $others = $others | append .Permalink }}{{ end }}{{ $file := "" }}{{ with .File }}{{ $file = path.Join "content" .Path }}{{ end }}{{ dict "url" .RelPermalink "title" .Title "kind" .Kind "file" $file "date" (.Date.Format "2006-01-02T15:04:05Z07:00") "lastmod" (.Lastmod.Format "2006-01-02T15:04:05Z07:00") "lang" .Language.Lang "translations" $others "content" (string .Content) "summary" (string .Summary) | jsonify }}{{ end }}]}
`

// A hugoPage is what Hugo says of one.
type hugoPage struct {
	URL, Title, Kind, File, Date, Lastmod, Lang, Content, Summary string
	Translations                                                  []string // with itself
}

// A hugoSite is what Hugo says of the site in one language.
type hugoSite struct {
	Title, Lang, Locale, Direction, Label string
	Menus                                 map[string][]hugoEntry
	Pages                                 []hugoPage
}

// A hugoEntry is one of a menu.
type hugoEntry struct {
	Name, URL, Identifier, Pre, Post string
	Sub                              []hugoEntry
}

// runHugo builds a folder with the real program: what it says of the site in each
// language, and the folder of what it made.
func runHugo(t *testing.T, dir string) (editions []hugoSite, public string) {
	t.Helper()
	program, err := exec.LookPath("hugo")
	if err != nil {
		t.Skip("hugo is not installed (make bin/hugo installs it)")
	}
	writeArchive(t, dir, txtar.Parse([]byte(hugoLayouts)))
	public = t.TempDir()
	cmd := exec.Command(program, "--source", dir, "--destination", public, "--noBuildLock", "--ignoreCache")
	cmd.Env = append(os.Environ(), "HUGO_SECURITY_ALLOWCONTENT=.*")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("hugo: %v\n%s", err, out)
	}
	err = filepath.WalkDir(public, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Name() != "index.json" {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		var edition hugoSite
		if err := json.Unmarshal(data, &edition); err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		editions = append(editions, edition)
		return os.Remove(name)
	})
	if err != nil {
		t.Fatal(err)
	}
	return editions, public
}

func writeArchive(t *testing.T, dir string, archive *txtar.Archive) {
	t.Helper()
	for _, f := range archive.Files {
		name := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestHugoSite: the pages of a Hugo site have the URLs, titles, dates, heading ids
// and words that Hugo gives them, and every path of Hugo's site leads somewhere.
func TestHugoSite(t *testing.T) {
	sites, err := filepath.Glob("testdata/hugo/*.txtar")
	if err != nil || len(sites) == 0 {
		t.Fatal("no sites", err)
	}
	for _, file := range sites {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			writeArchive(t, dir, archive)
			compareWithHugo(t, dir, Settings{Timezone: ""})
		})
	}
}

func compareWithHugo(t *testing.T, dir string, settings Settings) {
	t.Helper()
	site, blog, err := run(&Folder{FS: os.DirFS(dir), Settings: settings, Now: time.Now()}, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	editions, public := runHugo(t, dir)
	for _, edition := range editions {
		compareEdition(t, blog, edition)
		for _, p := range edition.Pages {
			if p.URL == "" {
				continue // it is in lists, but has no page
			}
			comparePage(t, blog, p)
			if p.Kind == "section" || p.Kind == "term" {
				compareListTitle(t, site, p)
			}
		}
	}
	comparePaths(t, site, blog, public)
	for key, page := range site.pages {
		if page.MediaType == htmlType && strings.Contains(string(page.Body), "HAHAHUGO") || strings.Contains(string(page.Body), shortMark) {
			t.Errorf("%s holds a mark", key.URL())
		}
	}
}

func comparePage(t *testing.T, blog *Blog, want hugoPage) {
	t.Helper()
	at, err := content.ParsePath(want.URL)
	if err != nil {
		t.Errorf("%s: %v", want.URL, err)
		return
	}
	if want.Kind != "page" {
		o := blog.byKey[at.Decoded()]
		if o == nil && blog.Redirect(at.Decoded()) == "" {
			t.Errorf("there is no list %s, the %s %q of Hugo's", want.URL, want.Kind, want.Title)
		}
		if intro := blog.introAt[at.Decoded()]; intro != nil {
			compareText(t, blog, intro, want)
		}
		return
	}
	p := blog.byURL[at.Decoded()]
	if p == nil && blog.Redirect(at.Decoded()) == at.String()+"/" {
		p = blog.byURL[at.Decoded()+"/"] // its URL ends like another type of file
	}
	if p == nil && strings.HasSuffix(blog.Redirect(at.Decoded()), ".html") {
		return // HTML without front matter is a document of its own
	}
	if p == nil {
		for _, other := range blog.byFile {
			if other.file == want.File {
				t.Errorf("%s is %s, Hugo's is %s", want.File, other.url, want.URL)
				return
			}
		}
		t.Errorf("%s: there is no page %s (%s)", want.File, want.URL, blog.hidden[want.File])
		return
	}
	if want.Title != "" && p.title != strings.TrimSpace(want.Title) {
		t.Errorf("%s: the title is %q, Hugo's is %q", p.file, p.title, want.Title)
	}
	zero := "0001-01-01T00:00:00Z"
	if got := p.date.Format(time.RFC3339); got != want.Date {
		t.Errorf("%s: the date is %s, Hugo's is %s", p.file, got, want.Date)
	}
	if got := p.updated.Format(time.RFC3339); got != want.Lastmod && want.Lastmod != zero {
		t.Errorf("%s: last changed %s, for Hugo %s", p.file, got, want.Lastmod)
	}
	compareText(t, blog, p, want)
	var others []string
	for _, a := range blog.alternates(p.translation) {
		others = append(others, a.URL)
	}
	slices.Sort(others)
	slices.Sort(want.Translations)
	if len(want.Translations) > 1 && !slices.Equal(others, want.Translations) {
		t.Errorf("%s: it is also at %q, Hugo's at %q", p.file, others, want.Translations)
	}
}

var listTitle = regexp.MustCompile(`(?s)<h1[^>]*>(.*?)</h1>`)

// compareListTitle looks at what the page of a list has at its top.
func compareListTitle(t *testing.T, site *built, want hugoPage) {
	t.Helper()
	at, err := content.ParsePath(strings.ReplaceAll(want.URL, "%23", "-sharp"))
	page, ok := site.pages[content.Key{Path: at}]
	if err != nil || !ok {
		return // that it is not there is said elsewhere
	}
	m := listTitle.FindSubmatch(page.Body)
	if want.Title == "" {
		return // Hugo leaves it empty, we take the name
	}
	if m == nil || words(string(m[1])) != strings.Join(strings.Fields(want.Title), " ") {
		t.Errorf("%s: the title of the list is %q, Hugo's is %q", at, m, want.Title)
	}
}

func compareText(t *testing.T, blog *Blog, p *post, want hugoPage) {
	t.Helper()
	body, err := blog.body(p)
	if err != nil {
		t.Errorf("%s: %v", p.file, err)
		return
	}
	if g, w := headingIDs(string(body), want.Content), headingIDs(want.Content, ""); !slices.Equal(g, w) {
		t.Errorf("%s: heading ids are\n%q, Hugo's are\n%q", p.file, g, w)
	}
	// Without a hook for them in its layouts, Hugo leaves the marks of alerts.
	got := alertTitle.ReplaceAllString(anchorPattern.ReplaceAllString(string(body), ""), "")
	untitled := func(theirs string) string { return theirs }
	if strings.HasPrefix(got, `<span id="`) { // of a heading that the theme shows above the text
		untitled = func(theirs string) string { return strings.TrimSpace(strings.TrimPrefix(theirs, p.title)) }
	}
	if g, w := words(got), untitled(words(alertMark.ReplaceAllString(want.Content, ""))); g != w {
		t.Errorf("%s: the text %s", p.file, difference(g, w))
	}
	facts, err := blog.factsOf(p)
	if err != nil {
		t.Error(err)
		return
	}
	g, w := words(alertTitle.ReplaceAllString(anchorPattern.ReplaceAllString(noteMark.ReplaceAllString(facts.Summary, ""), ""), "")), untitled(words(alertMark.ReplaceAllString(noteMark.ReplaceAllString(want.Summary, ""), "")))
	if *hugoFolderFlag != "" && (strings.HasPrefix(g, w) || strings.HasPrefix(w, g)) {
		return // it is cut elsewhere
	}
	if g != w {
		t.Errorf("%s: the summary %s", p.file, difference(g, w))
	}
}

var (
	idPattern  = regexp.MustCompile(`<(h[1-6]|span)[^>]* id="([^"]*)"`)
	inlineTag  = regexp.MustCompile(`</?(?:span|code|a|em|strong|b|i|sup|sub|del|mark)(?: [^>]*)?>`)
	alertTitle = regexp.MustCompile(`<(?:p|summary) class="alert-title">.*?</(?:p|summary)>`)
	alertMark  = regexp.MustCompile(`<p>\[![A-Za-z]+\].*`)
	noteMark   = regexp.MustCompile(`<sup id="fnref.*?</sup>`) // whose note is not in the summary
	tagPattern = regexp.MustCompile(`(?s)<!--.*?-->|<[^>]*>`)
)

// headingIDs are those of headings. One that was the title has an empty element with
// its id, and so has a place in HTML that is left out, which is none of them.
func headingIDs(body, theirs string) (ids []string) {
	for _, m := range idPattern.FindAllStringSubmatch(body, -1) {
		if m[1] != "span" || strings.Contains(theirs, ` id="`+m[2]+`">`) {
			ids = append(ids, html.UnescapeString(m[2]))
		}
	}
	return ids
}

// words are what a reader sees, with one space between them.
func words(body string) string {
	text := html.UnescapeString(tagPattern.ReplaceAllString(inlineTag.ReplaceAllString(strings.ReplaceAll(body, "<!-- raw HTML omitted -->", ""), ""), " "))
	return strings.Join(strings.Fields(text), " ")
}

// difference shows where two texts part.
func difference(got, want string) string {
	g, w := []rune(got), []rune(want)
	at := 0
	for at < min(len(g), len(w)) && g[at] == w[at] {
		at++
	}
	around := func(text []rune) string {
		return string(text[max(0, min(at-60, len(text))):min(len(text), at+60)])
	}
	return fmt.Sprintf("is\n\t…%s…\nwhere Hugo has\n\t…%s…", around(g), around(w))
}

// unpublishable are the paths of the sites that are compared which no release holds, of a
// hidden file and of names with a percent sign. Each has a warning.
var unpublishable = []string{"/.hidden", "/what%253F/"}

var refresh = regexp.MustCompile(`http-equiv="?refresh"? content="0; url=([^"]*)"`)

// comparePaths holds every file that Hugo made against the site.
func comparePaths(t *testing.T, site *built, blog *Blog, public string) {
	t.Helper()
	err := filepath.WalkDir(public, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(public, name)
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		prefix := strings.TrimSuffix(blog.settings.Prefix, "/")
		address := prefix + "/" + escapePath(filepath.ToSlash(rel))
		if page, ok := strings.CutSuffix(address, "/index.html"); ok {
			address = page + "/"
		}
		at, err := content.ParsePath(address)
		if err != nil {
			if !slices.Contains(unpublishable, address) {
				t.Errorf("%s cannot be a path here: %v", address, err)
			}
			return nil
		}
		if m := refresh.FindSubmatch(data); m != nil {
			if to := strings.TrimPrefix(string(m[1]), blog.settings.URL); blog.Redirect(at.Decoded()) != to {
				t.Errorf("the alias %s leads to %q, Hugo's to %s", at, blog.Redirect(at.Decoded()), to)
			}
			return nil
		}
		page, ok := site.pages[content.Key{Path: at}]
		if to := blog.Redirect(at.Decoded()); strings.HasSuffix(to, ".html") || strings.HasPrefix(to, at.String()) {
			return nil // to HTML without front matter, or to a path that ends like what it is
		}
		if !ok && blog.Redirect(at.Decoded()) == blog.settings.Sitemap() {
			return nil // it has another name there
		}
		if !ok && filepath.Base(rel) == missingName && prefix != "" {
			return nil // it is the app's
		}
		if to, err := content.ParsePath(blog.Redirect(at.Decoded())); err == nil && strings.HasPrefix(string(data), "another form") {
			_, ok = site.pages[content.Key{Path: to}]
		}
		if to, err := content.ParsePath(blog.Redirect(at.Decoded())); !ok && err == nil {
			other, there := site.pages[content.Key{Path: to}]
			ok = there && bytes.Equal(other.Body, data) // the same file, which lies at several places
		}
		if !ok {
			t.Errorf("Hugo has %s", at)
			return nil
		}
		if strings.HasSuffix(rel, ".xml") && strings.Contains(string(data), "<rss") {
			compareFeeds(t, at.String(), page.Body, data)
		} else if strings.HasSuffix(rel, sitemapName) {
			compareSitemaps(t, blog, at.String(), page.Body, data)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

var hugoFolderFlag = flag.String("hugo", "", "the folder of a Hugo site without a theme, for TestHugoFolder to compare")

// TestHugoFolder compares a folder that need not be among ours.
func TestHugoFolder(t *testing.T) {
	if *hugoFolderFlag == "" {
		t.Skip("no folder is given with -hugo")
	}
	compareWithHugo(t, *hugoFolderFlag, Settings{Lenient: true, WarnLinks: true})
}
