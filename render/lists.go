package render

import (
	"bytes"
	"cmp"
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
	label string
	name  string // title; "" for the front page
	lang  int
	intro *post
	posts []*post
	feeds []theme.Feed
}

// layLists adds the front page and the list of each section, in every language.
func (b *Blog) layLists() {
	for lang, language := range b.dialect.languages {
		home := list{posts: b.inLanguage(b.posts, lang), intro: b.intros[language.dir], lang: lang, base: b.dialect.listPath(b, language.dir)}
		if len(home.posts) == 0 {
			home.posts = b.inLanguage(b.newest, lang)
		}
		if title := cmp.Or(language.title, b.site.Title); home.base != "" {
			home.name = title
			if lang > 0 {
				home.feeds = b.feeds(home.base, title, b.feedForms("home", language.dir, false))
			}
			if home.intro != nil {
				home.name = cmp.Or(home.intro.title, title)
			}
		}
		b.layList(home)
	}
	sections := b.bySection()
	for _, dir := range slices.Sorted(maps.Keys(sections)) {
		l := list{base: b.dialect.listPath(b, dir), intro: b.intros[dir], posts: sections[dir]}
		if l.intro != nil {
			l.name, l.lang = l.intro.title, l.intro.lang
		} else {
			l.name, l.lang = b.dialect.listName(b, dir), l.posts[0].lang
		}
		if b.dialect.lists != nil && b.dialect.lists(dir) {
			l.posts = b.posts
		}
		l.feeds = b.feeds(l.base, l.name+" · "+b.site.Title, b.feedForms("section", dir, false))
		b.layList(l)
	}
}

// locale is that of a language.
func (b *Blog) locale(lang int) string {
	return cmp.Or(b.dialect.languages[lang].locale, b.settings.Language)
}

// inLanguage are the posts of one language.
func (b *Blog) inLanguage(posts []*post, lang int) []*post {
	if len(b.dialect.languages) == 1 {
		return posts
	}
	return slices.DeleteFunc(slices.Clone(posts), func(p *post) bool { return p.lang != lang })
}

// bySection sorts the posts into the lists of their section and of those above it.
// A list with a text of its own is there without any.
func (b *Blog) bySection() map[string][]*post {
	sections := map[string][]*post{}
	for dir, intro := range b.intros {
		if dir != b.dialect.languages[intro.lang].dir && !b.isTermDir(dir, intro.lang) {
			sections[dir] = []*post{}
		}
	}
	for _, p := range b.newest {
		top := b.dialect.languages[p.lang].dir
		for dir := p.section; dir != top && dir != "."; dir = path.Dir(dir) {
			_, known := sections[dir]
			if known || dir == p.section || path.Dir(dir) == "." || path.Dir(dir) == top {
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
func (b *Blog) layList(l list) {
	pages := max(1, (len(l.posts)+b.settings.PageSize-1)/b.settings.PageSize)
	for n := 1; n <= pages; n++ {
		posts := l.posts[(n-1)*b.settings.PageSize : min(n*b.settings.PageSize, len(l.posts))]
		if n == 1 {
			b.layListAliases(l.base)
		}
		b.addAt(b.pagePath(l.base, n), htmlType,
			func() (string, error) { return b.listVersion(l, posts, n, pages) },
			func(w *bytes.Buffer) error { return b.writeList(w, l, posts, b.pager(l.base, n, pages)) })
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

func (b *Blog) listVersion(l list, posts []*post, number, of int) (string, error) {
	v := b.newVersion("list " + l.base + " " + l.name)
	fmt.Fprintf(v, "%d %d %d %v\n", number, of, len(l.posts), l.feeds)
	if l.intro != nil {
		if err := b.hashPost(v, l.intro); err != nil {
			return "", err
		}
		fmt.Fprintf(v, "%q\n", b.alternates(l.intro))
	}
	if l.base == "" && number == 1 {
		fmt.Fprintf(v, "%v\n", b.topTags(maxTopTags))
	}
	for _, p := range posts {
		if err := b.hashPost(v, p); err != nil {
			return "", err
		}
	}
	return v.version(), nil
}

// maxTopTags is how many tags the front page shows.
const maxTopTags = 30

func (b *Blog) writeList(w *bytes.Buffer, l list, posts []*post, pager theme.Pager) error {
	page := b.page(theme.KindList, l.name, b.settings.Prefix+b.pagePath(l.base, pager.Number))
	page.Feeds = l.feeds
	page.Language = b.locale(l.lang)
	var uses features
	view := &theme.List{Label: l.label, Name: l.name, Total: len(l.posts), Pager: pager}
	if l.intro != nil {
		page.Description = l.intro.description
		page.Alternates = b.alternates(l.intro)
		if pager.Number == 1 {
			body, err := b.body(l.intro)
			if err != nil {
				return err
			}
			view.Intro = template.HTML(body)
			uses = l.intro.facts.Load().Uses
		}
	}
	if l.base == "" {
		page.Description = b.site.Description
		if pager.Number == 1 {
			view.Tags = b.topTags(maxTopTags)
		}
	}
	for _, p := range posts {
		listed, err := b.listed(p)
		if err != nil {
			return err
		}
		view.Posts = append(view.Posts, listed)
		uses |= p.facts.Load().Uses.shownIn(listed.Summary)
	}
	page.List = view
	needs(page, uses)
	return b.execute(w, page)
}

// layTerms adds the lists of all tags, categories and series, and of each.
func (b *Blog) layTerms() {
	for i, taxonomy := range b.dialect.taxonomies {
		for lang := range b.dialect.languages {
			terms := b.sortedTerms(i, lang)
			if taxonomy.off || len(terms) == 0 && !taxonomy.always {
				continue
			}
			b.layTaxonomy(i, lang, terms)
			for _, t := range terms {
				l := list{base: t.base, label: taxonomy.singular, name: t.name, posts: t.all(), lang: lang, intro: b.introAt[t.url.Decoded()]}
				l.feeds = b.feeds(l.base, l.name+" · "+b.site.Title, b.feedForms("term", t.dir, i == tagTaxonomy && lang == 0))
				b.layList(l)
			}
		}
	}
}

// layTaxonomy adds the list of all terms.
func (b *Blog) layTaxonomy(i, lang int, terms []*term) {
	taxonomy := b.dialect.taxonomies[i]
	dir := strings.TrimSuffix(b.termDir(lang, i, ""), "/")
	base := b.dialect.listPath(b, dir)
	title := b.theme.Word(taxonomy.title)
	if intro := b.introAt[b.decoded(base)]; intro != nil {
		title = intro.title
	}
	b.addAt(base, htmlType,
		func() (string, error) {
			v := b.newVersion(base)
			fmt.Fprintf(v, "%s %v\n", title, termViews(terms))
			return v.version(), nil
		},
		func(w *bytes.Buffer) error {
			page := b.page(theme.KindTerms, title, b.settings.Prefix+base)
			page.Language = b.locale(lang)
			page.Terms = &theme.Terms{Label: taxonomy.plural, Terms: termViews(terms)}
			page.Feeds = b.feeds(base, title+" · "+b.site.Title, b.feedForms("taxonomy", dir, false))
			return b.execute(w, page)
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

// layRest adds the page for what is not there, robots.txt and the sitemap. Below
// a prefix the first two are the app's.
func (b *Blog) layRest() {
	if b.settings.Prefix == "/" {
		b.addAt("404.html", htmlType, b.fixed("404"), func(w *bytes.Buffer) error {
			page := b.page(theme.KindMissing, b.theme.Word("Not found"), "/404.html")
			page.Robots = "noindex"
			return b.execute(w, page)
		})
		b.addAt("robots.txt", "text/plain", b.fixed("robots"), func(w *bytes.Buffer) error {
			fmt.Fprintf(w, "User-agent: *\nAllow: /\n\nSitemap: %s\n", b.absolute(b.settings.Sitemap()))
			return nil
		})
	}
	b.laySitemap()
}

var _ content.Source = (*Blog)(nil)
