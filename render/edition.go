package render

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"math"
	"path"
	"reflect"
	"slices"
	"strings"

	"icecap/render/theme"
)

// An edition is the site in one of its languages: what all pages of it share, and
// which texts are in it. Most sites have one.
type edition struct {
	*Blog
	language
	lang     int          // its place among the dialect's languages
	base     string       // path below the prefix under which all of it lies, "" or "de/"
	voice    *theme.Theme // which speaks the language
	markdown *markdown

	site   *theme.Site
	common []byte  // digest of what goes into every page
	dated  []*post // its posts, the newest first
	texts  []*post // all of its texts as lists have them
	search *searcher
}

// openEditions makes those of all languages, without any text yet.
func (b *Blog) openEditions() {
	for i, l := range b.dialect.languages {
		e := &edition{Blog: b, language: l, lang: i, voice: b.snapshot.voices[i]}
		e.markdown = newMarkdown(e.voice.Word, b.snapshot.extensions()...)
		if l.dir != "" {
			e.base = l.dir + "/"
		}
		b.editions = append(b.editions, e)
	}
}

// of is the edition that a text is in.
func (b *Blog) of(p *post) *edition { return b.editions[p.lang] }

// main is the edition in the default language.
func (b *Blog) main() *edition { return b.editions[0] }

// inOrder are the editions as readers see them listed.
func (b *Blog) inOrder() []*edition {
	heavy := func(e *edition) int {
		if e.weight == 0 {
			return math.MaxInt
		}
		return e.weight
	}
	return slices.SortedStableFunc(slices.Values(b.editions), func(x, y *edition) int {
		return cmp.Or(cmp.Compare(heavy(x), heavy(y)), strings.Compare(x.key, y.key))
	})
}

// sortEditions gives each edition its texts.
func (b *Blog) sortEditions() {
	for _, e := range b.editions {
		e.dated, e.texts = b.posts, b.newest
		if len(b.editions) > 1 {
			foreign := func(p *post) bool { return p.lang != e.lang }
			e.dated, e.texts = slices.DeleteFunc(slices.Clone(b.posts), foreign), slices.DeleteFunc(slices.Clone(b.newest), foreign)
		}
	}
}

// dateLists notes of each list when the newest text in it is from.
func (b *Blog) dateLists() {
	if b.dialect.tool != "Hugo" {
		return // nobody else asks
	}
	for _, p := range b.all {
		for dir := p.dir; ; dir = path.Dir(dir) {
			if dir == "." {
				dir = ""
			}
			if intro := b.intros[dir]; intro != nil && intro.lang == p.lang && p.date.After(intro.newest) {
				intro.newest = p.date
			}
			if dir == "" {
				break
			}
		}
	}
}

// describeSite makes the view of each edition, and its fragments.
func (b *Blog) describeSite() error {
	for _, e := range b.editions {
		e.describe()
	}
	data := b.snapshot.data.plain()
	for _, e := range b.editions {
		e.site.Data = data
		for _, other := range b.inOrder() {
			if len(b.editions) > 1 {
				e.site.Languages = append(e.site.Languages, theme.Language{Code: other.site.Language, Name: other.ownName(), URL: other.site.Home, Current: other == e})
			}
		}
		if err := e.voice.Fragments(e.site); err != nil {
			return themeProblem(err)
		}
		e.common = e.sumCommon()
	}
	return nil
}

// ownName is what speakers of the language call it.
func (e *edition) ownName() string {
	if name := e.voice.Word("English"); e.label == "" && e.voice.Speaks() {
		return name
	}
	return cmp.Or(e.label, e.site.Language)
}

// describe makes the view that all pages of the edition share.
func (e *edition) describe() {
	s := e.settings
	e.site = &theme.Site{
		Title: cmp.Or(e.title, s.Title), Description: cmp.Or(e.description, s.Description), Author: cmp.Or(e.author, s.Author),
		Language: e.locale, Direction: e.direction, URL: s.URL, Home: s.Prefix + e.base, Icon: e.icon(), Params: e.params,
	}
	if home := e.intros[e.dir]; home != nil {
		if len(home.params) > 0 {
			e.site.Params = maps.Clone(e.params)
			if e.params == nil {
				e.site.Params = map[string]any{}
			}
			maps.Copy(e.site.Params, home.params)
		}
		e.site.Title = cmp.Or(e.site.Title, home.title)
		e.site.Description = cmp.Or(e.site.Description, home.description)
	}
	e.site.Title = cmp.Or(e.site.Title, "Blog")
	e.site.Feeds = e.feeds(e.base, e.site.Title, e.feedForms("home", e.dir, true))
	for i, url := range []*string{&e.site.TagsURL, &e.site.CategoriesURL, &e.site.SeriesURL} {
		if len(e.sortedTerms(i, e.lang)) > 0 {
			*url = s.Prefix + e.taxonomyPath(i)
		}
	}
	if len(e.dated) > 0 {
		e.site.ArchiveURL = s.Prefix + e.base + archiveName
	}
	var problems Problems
	e.site.Menus, problems = e.menus()
	e.warnings = append(e.warnings, problems...)
	e.site.Menu = theme.Flat(e.site.Menus[mainMenu])
	e.openSearch()
	if !e.voice.Speaks() {
		file := "theme/words/" + e.locale + ".json"
		e.warnings = append(e.warnings, Problem{File: file, What: "there are no words of the theme in " + e.locale + ": it speaks English there", Hint: "icecap new theme words.json shows the words, this file may have them"})
	}
}

// taxonomyPath is the path of the list of all terms, below the prefix.
func (e *edition) taxonomyPath(i int) string {
	return e.dialect.listPath(e.Blog, path.Clean(e.termDir(e.lang, i, "")))
}

// sumCommon is the digest of what goes into every page.
func (e *edition) sumCommon() []byte {
	all := sha256.New()
	all.Write(e.snapshot.base)
	all.Write(e.theme.Digest())
	all.Write(e.snapshot.data.sum[:])
	described := *e.site
	described.Data = nil // their digest is there
	fmt.Fprintf(all, "%#v", described)
	return all.Sum(nil)
}

// mainMenu is the name of the menu that is in the header.
const mainMenu = "main"

// maxMenu is how many plain pages the menu takes where nobody has said what is in it.
const maxMenu = 8

// menus are those that the folder's tool has, with one that is called main.
func (e *edition) menus() (menus map[string][]theme.MenuEntry, problems Problems) {
	if e.dialect.menus != nil {
		menus, problems = e.dialect.menus(e)
	}
	if menus == nil {
		menus = map[string][]theme.MenuEntry{}
	}
	if menus[mainMenu] == nil && len(e.dated) > 0 {
		menus[mainMenu] = e.plainMenu()
	}
	return menus, problems
}

// plainMenu is the plain pages of the top folder. Where there are more than a menu
// takes nobody has chosen them, so only those with a weight are in it.
func (e *edition) plainMenu() (menu []theme.MenuEntry) {
	var pages []*post
	for _, p := range e.all {
		if p.section == e.dir && p.lang == e.lang && !p.dated && p.media == "" {
			pages = append(pages, p)
		}
	}
	if len(pages) > maxMenu {
		pages = slices.DeleteFunc(pages, func(p *post) bool { return p.weight == 0 })
	}
	slices.SortStableFunc(pages, byWeight)
	for _, p := range pages[:min(maxMenu, len(pages))] {
		menu = append(menu, theme.MenuEntry{Link: p.link()})
	}
	return menu
}

// menusStay reports whether all menus are those that the pages show.
func (b *Blog) menusStay() bool {
	return !slices.ContainsFunc(b.editions, func(e *edition) bool {
		menus, _ := e.menus()
		return !reflect.DeepEqual(menus, e.site.Menus)
	})
}

// page is the frame of a page's view.
func (e *edition) page(kind theme.Kind, title, url string) *theme.Page {
	return &theme.Page{Site: e.site, Kind: kind, Title: title, URL: url, Canonical: e.absolute(url), Language: e.site.Language}
}

// execute writes a page, and turns errors of a template into problems with its file.
func (e *edition) execute(w *bytes.Buffer, page *theme.Page) error {
	if err := e.voice.Page(w, page); err != nil {
		return themeProblem(err)
	}
	return nil
}

// newVersion begins with what goes into every page: settings, theme, icecap and
// the fragments that all pages share.
func (e *edition) newVersion(kind string) versioner {
	v := emptyVersion()
	v.Write(e.common)
	v.WriteString(kind)
	v.WriteByte('\n')
	return v
}

// fixed is the version of a page that depends on nothing else.
func (e *edition) fixed(kind string) func() (string, error) {
	return func() (string, error) { return e.newVersion(kind).version(), nil }
}

// addAt adds an output of ours, at a path below the prefix.
func (e *edition) addAt(relative, media string, version func() (string, error), write func(*bytes.Buffer) error) {
	e.addOurs(&output{media: media, version: version, write: write, lang: e.lang}, relative)
}

// addPage adds a page that there may be in other languages, too, under one key.
func (e *edition) addPage(key, relative string, version func() (string, error), write func(*bytes.Buffer) error) {
	if e.addOurs(&output{media: htmlType, version: version, write: write, lang: e.lang, translation: key}, relative) && len(e.editions) > 1 {
		e.translate(key, e.site.Language, e.settings.Prefix+relative)
	}
}
