package render

import (
	"bytes"
	"fmt"
	"html/template"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"icecap/content"
	"icecap/render/theme"
)

// A list is what all pages of a list of posts have in common.
type list struct {
	base  string // path below the prefix, "" or "tags/go/"
	key   string // what it is called in any language
	label string
	name  string // title; "" for the front page
	intro *post
	posts []*post
	feeds []theme.Feed
}

// layLists adds the front page and the list of each section.
func (e *edition) layLists() {
	home := list{posts: e.dated, intro: e.intros[e.dir], base: e.dialect.listPath(e.Blog, e.dir), key: e.listKey(e.dir)}
	if len(home.posts) == 0 {
		home.posts = e.texts
	}
	e.layList(home)
	sections := e.bySection()
	for _, dir := range slices.Sorted(maps.Keys(sections)) {
		l := list{base: e.dialect.listPath(e.Blog, dir), key: e.listKey(dir), intro: e.intros[dir], posts: sections[dir]}
		if l.intro != nil {
			l.name = l.intro.title
		} else {
			l.name = e.dialect.listName(e.Blog, dir)
		}
		if e.dialect.lists != nil && e.dialect.lists(dir) {
			l.posts = e.dated
		}
		l.feeds = e.feeds(l.base, l.name+" · "+e.site.Title, e.feedForms("section", dir, false))
		e.layList(l)
	}
}

// listKey is what the list of a folder is called in any language: by its text, if that
// says so, else by its folder.
func (e *edition) listKey(dir string) string {
	if intro := e.intros[dir]; intro != nil && intro.translation != "" {
		return intro.translation
	}
	return path.Join("/", strings.TrimPrefix(dir+"/", e.base), "_index")
}

// bySection sorts the posts into the lists of their section and of those above it.
// A list with a text of its own is there without any.
func (e *edition) bySection() map[string][]*post {
	sections := map[string][]*post{}
	for dir, intro := range e.intros {
		if intro.lang == e.lang && dir != e.dir && !e.isTermDir(dir, intro.lang) {
			sections[dir] = []*post{}
		}
	}
	for _, p := range e.texts {
		for dir := p.section; dir != e.dir && dir != "."; dir = path.Dir(dir) {
			_, known := sections[dir]
			if known || dir == p.section || path.Dir(dir) == "." || path.Dir(dir) == e.dir {
				sections[dir] = append(sections[dir], p)
			}
		}
	}
	return sections
}

// isTermDir reports whether a folder is that of a taxonomy or a term.
func (b *Blog) isTermDir(dir string, lang int) bool {
	for i, taxonomy := range b.dialect.taxonomies {
		if taxonomy.always && !taxonomy.off && strings.HasPrefix(dir+"/", b.termDir(lang, i, "")) {
			return true
		}
	}
	return false
}

// layList adds the pages of a list.
func (e *edition) layList(l list) {
	pages := max(1, (len(l.posts)+e.settings.PageSize-1)/e.settings.PageSize)
	for n := 1; n <= pages; n++ {
		posts := l.posts[(n-1)*e.settings.PageSize : min(n*e.settings.PageSize, len(l.posts))]
		if n == 1 {
			e.layListAliases(l.base)
		}
		key := ""
		if n == 1 {
			key = l.key
		}
		e.addPage(key, e.pagePath(l.base, n),
			func() (string, error) { return e.listVersion(l, posts, n, pages) },
			func(w *bytes.Buffer) error { return e.writeList(w, l, posts, e.pager(l.base, n, pages)) })
	}
}

// layListAliases adds redirects from other paths at which another tool has a list.
func (b *Blog) layListAliases(base string) {
	for _, alias := range b.dialect.listAliases(base) {
		if from, err := content.ParsePath(b.settings.Prefix + alias); err == nil {
			b.lists = append(b.lists, content.Redirect{From: from, To: b.settings.Prefix + base})
		}
	}
}

// pagePath is the path of a list's page below the prefix.
func (b *Blog) pagePath(base string, n int) string {
	if b.dialect.pagePath != nil {
		if own := b.dialect.pagePath(base, n); own != "" {
			return own
		}
	}
	if n == 1 {
		return base
	}
	later := strings.TrimSuffix(strings.TrimSuffix(base, ".html"), "/") + "/" + b.dialect.pagerPath + "/" + strconv.Itoa(n)
	if strings.HasSuffix(base, ".html") {
		return strings.TrimPrefix(later, "/") + ".html"
	}
	return strings.TrimPrefix(later, "/") + "/"
}

// pagerReach is how many numbers a pager shows on either side of its page.
const pagerReach = 2

func (b *Blog) pager(base string, number, of int) theme.Pager {
	at := func(n int) string { return b.settings.Prefix + b.pagePath(base, n) }
	p := theme.Pager{Number: number, Of: of}
	if number > 1 {
		p.First, p.Previous = at(1), at(number-1)
	}
	if number < of {
		p.Last, p.Next = at(of), at(number+1)
	}
	last := 0
	for n := 1; n <= of; n++ {
		if n == 1 || n == of || number-pagerReach <= n && n <= number+pagerReach {
			p.Pages = append(p.Pages, theme.PagerLink{Number: n, URL: at(n), Current: n == number, Gap: n > last+1})
			last = n
		} else if n > number {
			n = of - 1 // the loop goes on at the last one
		}
	}
	return p
}

func (e *edition) listVersion(l list, posts []*post, number, of int) (string, error) {
	v := e.newVersion("list " + l.base + " " + l.name)
	fmt.Fprintf(v, "%d %d %d %v\n", number, of, len(l.posts), l.feeds)
	if l.intro != nil {
		if err := e.hashPost(v, l.intro); err != nil {
			return "", err
		}
	}
	if number == 1 {
		fmt.Fprintf(v, "%q\n", e.alternates(l.key))
	}
	if l.name == "" && number == 1 {
		fmt.Fprintf(v, "%v\n", e.topTags(maxTopTags))
	}
	for _, p := range posts {
		if err := e.hashPost(v, p); err != nil {
			return "", err
		}
	}
	return v.version(), nil
}

// maxTopTags is how many tags the front page shows.
const maxTopTags = 30

func (e *edition) writeList(w *bytes.Buffer, l list, posts []*post, pager theme.Pager) error {
	page := e.page(theme.KindList, l.name, e.settings.Prefix+e.pagePath(l.base, pager.Number))
	page.Feeds = l.feeds
	if pager.Number == 1 {
		page.Alternates = e.alternates(l.key)
	}
	var uses features
	view := &theme.List{Label: l.label, Name: l.name, Total: len(l.posts), Pager: pager}
	if l.intro != nil {
		page.Description = l.intro.description
		if pager.Number == 1 {
			body, err := e.body(l.intro)
			if err != nil {
				return err
			}
			view.Intro = template.HTML(body)
			uses = l.intro.facts.Load().Uses
		}
	}
	if l.name == "" {
		page.Description = e.site.Description
		if pager.Number == 1 {
			view.Tags = e.topTags(maxTopTags)
		}
	}
	for _, p := range posts {
		listed, err := e.listed(p)
		if err != nil {
			return err
		}
		view.Posts = append(view.Posts, listed)
		uses |= p.facts.Load().Uses.shownIn(listed.Summary)
	}
	page.List = view
	needs(page, uses)
	return e.execute(w, page)
}

// layTerms adds the lists of all tags, categories and series, and of each.
func (e *edition) layTerms() {
	for i, taxonomy := range e.dialect.taxonomies {
		terms := e.sortedTerms(i, e.lang)
		if taxonomy.off || len(terms) == 0 && !taxonomy.always {
			continue
		}
		e.layTaxonomy(i, terms)
		for _, t := range terms {
			l := list{base: t.base, key: e.listKey(t.dir), label: taxonomy.singular, name: t.name, posts: t.all(), intro: e.introAt[t.url.Decoded()]}
			l.feeds = e.feeds(l.base, l.name+" · "+e.site.Title, e.feedForms("term", t.dir, i == tagTaxonomy))
			e.layList(l)
		}
	}
}

// layTaxonomy adds the list of all terms.
func (e *edition) layTaxonomy(i int, terms []*term) {
	taxonomy := e.dialect.taxonomies[i]
	dir := path.Clean(e.termDir(e.lang, i, ""))
	base, key := e.taxonomyPath(i), e.listKey(dir)
	title := e.voice.Word(taxonomy.title)
	if intro := e.introAt[e.decoded(base)]; intro != nil {
		title = intro.title
	}
	e.addPage(key, base,
		func() (string, error) {
			v := e.newVersion(base)
			fmt.Fprintf(v, "%s %v %q\n", title, termViews(terms), e.alternates(key))
			return v.version(), nil
		},
		func(w *bytes.Buffer) error {
			page := e.page(theme.KindTerms, title, e.settings.Prefix+base)
			page.Alternates = e.alternates(key)
			page.Terms = &theme.Terms{Label: taxonomy.plural, Terms: termViews(terms)}
			page.Feeds = e.feeds(base, title+" · "+e.site.Title, e.feedForms("taxonomy", dir, false))
			return e.execute(w, page)
		})
}

// decoded is the decoded path of one below the prefix.
func (b *Blog) decoded(base string) string {
	p, err := content.ParsePath(b.settings.Prefix + base)
	if err != nil {
		return ""
	}
	return p.Decoded()
}

// missingName is the page for what is not there.
const missingName = "404.html"

// layMissing adds the page for what is not there. Below a prefix that is the app's. That
// at the top, which is sent wherever there is nothing, is in the default language.
func (e *edition) layMissing() {
	if e.settings.Prefix != "/" {
		return
	}
	write := func(w *bytes.Buffer) error {
		page := e.page(theme.KindMissing, e.voice.Word("Not found"), "/"+e.base+missingName)
		page.Robots = "noindex"
		return e.execute(w, page)
	}
	e.addAt(e.base+missingName, htmlType, e.fixed("404"), write)
	if e.lang == 0 && e.base != "" {
		e.addAt(missingName, htmlType, e.fixed("404"), write)
	}
}

// layRobots adds robots.txt, but below a prefix.
func (b *Blog) layRobots() {
	if b.settings.Prefix != "/" {
		return
	}
	own := b.ownRobots()
	b.main().addAt("robots.txt", "text/plain", b.main().fixed("robots"+own), func(w *bytes.Buffer) error {
		if own != "" {
			w.WriteString(own)
			return nil
		}
		fmt.Fprintf(w, "User-agent: *\nAllow: /\n\nSitemap: %s\n", b.absolute(b.settings.Sitemap()))
		return nil
	})
}

var _ content.Source = (*Blog)(nil)
