package theme

import (
	"bytes"
	"errors"
	"html/template"
	"io"
	"maps"
	"slices"
	"strings"
)

// A Theme is a set of parsed templates. It is safe for concurrent use.
type Theme struct {
	pages      map[Kind]*template.Template // base with the kind's file as "main"
	fragments  *template.Template
	shortcodes map[string]*template.Template
	files      map[string][]byte
	own        map[string]bool // files of the site, in place of the default ones or beside them
	language   string          // in which it speaks
	folder     string          // of the pages in it, see [Theme.In]
	voice      *voice
	parsed     parsed
	unminified bool
	measure    string // see [Theme.Measure]
	digest     []byte
	features   map[Feature][]Asset
	assets     map[string]Asset // by name, each once by its own and once by its fingerprinted name
	published  map[string]published
}

// MaxOutput bounds what one execution of a template may write, in bytes.
const MaxOutput = 64 << 20

// kinds lists the kinds of pages.
func kinds() []Kind {
	return []Kind{KindPost, KindList, KindTerms, KindArchive, KindSearch, KindMissing}
}

// UsesData reports whether a file of the site's own theme names the data files.
func (t *Theme) UsesData() bool {
	for name, text := range t.files {
		if strings.HasSuffix(name, templateSuffix) && bytes.Contains(text, []byte(".Data")) {
			return true
		}
	}
	return false
}

// Digest changes when any template or asset does.
func (t *Theme) Digest() []byte { return t.digest }

// ReadsAs reports whether texts become the same with another theme, as far as they may
// be wrong: it has the same shortcodes, words, measure, and names of assets.
func (t *Theme) ReadsAs(other *Theme) bool {
	covers := func(one, two *Theme) bool {
		for name, text := range one.files {
			its, has := two.files[name]
			if name == wordsFile || strings.HasPrefix(name, wordsFolder) || strings.HasPrefix(name, shortcodeFolder) {
				has = has && bytes.Equal(text, its)
			} else if !strings.HasPrefix(name, AssetsFolder) {
				has = true
			}
			if !has {
				return false
			}
		}
		return true
	}
	return t.Measure() == other.Measure() && covers(t, other) && covers(other, t)
}

// Page writes a whole page.
func (t *Theme) Page(w io.Writer, page *Page) error {
	return t.execute(t.pages[page.Kind], w, page)
}

// Fragments renders what all pages of a site share, and puts it into the site.
func (t *Theme) Fragments(site *Site) error {
	bare := *site
	bare.Head, bare.Header, bare.Footer = "", "", "" // of another theme
	var err error
	if site.Head, err = t.fragment("sitehead", &bare); err != nil {
		return err
	}
	if site.Header, err = t.fragment("header", &bare); err != nil {
		return err
	}
	site.Footer, err = t.fragment("footer", &bare)
	return err
}

// Card renders a post as lists show it.
func (t *Theme) Card(post *Post) (template.HTML, error) { return t.fragment("card", post) }

// Item renders a link as the related posts of another have it.
func (t *Theme) Item(link Link) (template.HTML, error) { return t.fragment("item", link) }

func (t *Theme) fragment(name string, view any) (template.HTML, error) {
	var b bytes.Buffer
	err := t.execute(t.fragments.Lookup(name), &b, view)
	return template.HTML(bytes.TrimSpace(b.Bytes())), err
}

// HasShortcode reports whether there is a template for a shortcode.
func (t *Theme) HasShortcode(name string) bool { return t.shortcodes[name] != nil }

// Shortcodes lists the names of all shortcodes that are templates.
func (t *Theme) Shortcodes() []string { return slices.Sorted(maps.Keys(t.shortcodes)) }

// Shortcode renders a shortcode.
func (t *Theme) Shortcode(view Shortcode) (template.HTML, error) {
	var b bytes.Buffer
	err := t.execute(t.shortcodes[view.Name], &b, view)
	return template.HTML(b.String()), err
}

func (t *Theme) execute(tmpl *template.Template, w io.Writer, view any) error {
	if err := tmpl.Execute(&limited{w, MaxOutput}, view); err != nil {
		return t.located(tmpl.Name()+templateSuffix, err)
	}
	return nil
}

var errEndless = errors.New("it writes more than 64 MiB")

// limited stops a template that writes without end.
type limited struct {
	w    io.Writer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, errEndless
	}
	return l.w.Write(p)
}
