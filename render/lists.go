package render

import (
	"bytes"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strconv"
	"time"

	"icecap/content"
	"icecap/render/theme"
)

// A list is what all pages of a list of posts have in common.
type list struct {
	base  string // path below the prefix, "" or "tags/go/"
	label string
	name  string // title; "" for the front page
	intro *post
	posts []*post
	feeds []theme.Feed
}

// layLists adds the front page and the list of each top folder.
func (b *Blog) layLists() {
	home := list{posts: b.posts, intro: b.intros[""]}
	if len(home.posts) == 0 {
		home.posts = b.newest
	}
	b.layList(home)
	sections := map[string][]*post{}
	for _, p := range b.newest {
		if p.section != "" {
			sections[p.section] = append(sections[p.section], p)
		}
	}
	for dir := range b.intros {
		if dir != "" && sections[dir] == nil {
			sections[dir] = []*post{}
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(sections)) {
		posts := sections[dir]
		name := titleFromName(dir)
		if intro := b.intros[dir]; intro != nil {
			name = intro.title
		}
		b.layList(list{base: b.sectionPath(dir), name: name, intro: b.intros[dir], posts: posts})
	}
}

// layList adds the pages of a list.
func (b *Blog) layList(l list) {
	pages := max(1, (len(l.posts)+b.settings.PageSize-1)/b.settings.PageSize)
	for n := 1; n <= pages; n++ {
		posts := l.posts[(n-1)*b.settings.PageSize : min(n*b.settings.PageSize, len(l.posts))]
		pager := b.pager(l.base, n, pages)
		b.addAt(pagePath(l.base, n), htmlType,
			func() (string, error) { return b.listVersion(l, posts, pager) },
			func(w *bytes.Buffer) error { return b.writeList(w, l, posts, pager) })
	}
}

// pagePath is the path of a list's page below the prefix.
func pagePath(base string, n int) string {
	if n == 1 {
		return base
	}
	return base + "page/" + strconv.Itoa(n) + "/"
}

// pagerReach is how many numbers a pager shows on either side of its page.
const pagerReach = 2

func (b *Blog) pager(base string, number, of int) theme.Pager {
	at := func(n int) string { return b.settings.Prefix + pagePath(base, n) }
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

func (b *Blog) listVersion(l list, posts []*post, pager theme.Pager) (string, error) {
	v := b.newVersion("list " + l.base + " " + l.name)
	fmt.Fprintf(v, "%d %d %d %v\n", pager.Number, pager.Of, len(l.posts), l.feeds)
	if l.intro != nil {
		if err := b.hashPost(v, l.intro); err != nil {
			return "", err
		}
	}
	if l.base == "" && pager.Number == 1 {
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
	page := b.page(theme.KindList, l.name, b.settings.Prefix+pagePath(l.base, pager.Number))
	page.Feeds = l.feeds
	view := &theme.List{Label: l.label, Name: l.name, Total: len(l.posts), Pager: pager}
	if l.intro != nil {
		page.Description = l.intro.description
		if pager.Number == 1 {
			body, err := b.body(l.intro)
			if err != nil {
				return err
			}
			view.Intro = template.HTML(body)
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
	}
	page.List = view
	return b.execute(w, page)
}

// layTerms adds the lists of all tags, categories and series, and of each.
func (b *Blog) layTerms() {
	for i, taxonomy := range b.dialect.taxonomies {
		terms := b.sortedTerms(i)
		if len(terms) == 0 {
			continue
		}
		base := taxonomy.plural + "/"
		b.addAt(base, htmlType,
			func() (string, error) {
				v := b.newVersion(base)
				fmt.Fprintf(v, "%v\n", termViews(terms))
				return v.version(), nil
			},
			func(w *bytes.Buffer) error {
				page := b.page(theme.KindTerms, b.theme.Word(taxonomy.title), b.settings.Prefix+base)
				page.Terms = &theme.Terms{Label: taxonomy.plural, Terms: termViews(terms)}
				return b.execute(w, page)
			})
		for _, t := range terms {
			l := list{base: base + t.slug + "/", label: taxonomy.singular, name: t.name, posts: t.posts}
			if i == tagTaxonomy {
				l.feeds = b.feeds(l.base, t.name+" · "+b.site.Title)
			}
			b.layList(l)
		}
	}
}

const (
	archiveName = "archive/"
	// archivePage is how many lines an archive's page has.
	archivePage = 100
)

// layArchives adds the list of years, and the posts of each year and month.
func (b *Blog) layArchives() {
	if len(b.posts) == 0 {
		return
	}
	years := b.periods()
	b.addAt(archiveName, htmlType,
		func() (string, error) {
			v := b.newVersion(archiveName)
			fmt.Fprintf(v, "%v\n", years)
			return v.version(), nil
		},
		func(w *bytes.Buffer) error {
			return b.writeArchive(w, b.theme.Word("Archive"), archiveName, theme.Archive{Years: years, Total: len(b.posts)})
		})
	for start := 0; start < len(b.posts); {
		year, end := b.posts[start].date.Year(), start
		for end < len(b.posts) && b.posts[end].date.Year() == year {
			end++
		}
		b.layPeriod(theme.Archive{Year: year, Months: months(years, year)}, b.posts[start:end])
		for first := start; first < end; {
			month, last := b.posts[first].date.Month(), first
			for last < end && b.posts[last].date.Month() == month {
				last++
			}
			b.layPeriod(theme.Archive{Year: year, Month: month}, b.posts[first:last])
			first = last
		}
		start = end
	}
}

func months(years []theme.Period, year int) []theme.Period {
	for _, y := range years {
		if y.Year == year {
			return y.Months
		}
	}
	return nil
}

// periods counts the posts of years and months, the latest first.
func (b *Blog) periods() (years []theme.Period) {
	for _, p := range b.posts {
		year, month := p.date.Year(), p.date.Month()
		if n := len(years); n == 0 || years[n-1].Year != year {
			years = append(years, theme.Period{URL: b.settings.Prefix + periodPath(year, 0), Year: year})
		}
		y := &years[len(years)-1]
		y.Count++
		if n := len(y.Months); n == 0 || y.Months[n-1].Month != month {
			y.Months = append(y.Months, theme.Period{URL: b.settings.Prefix + periodPath(year, month), Year: year, Month: month})
		}
		y.Months[len(y.Months)-1].Count++
	}
	return years
}

func periodPath(year int, month time.Month) string {
	if month == 0 {
		return fmt.Sprintf("%04d/", year)
	}
	return fmt.Sprintf("%04d/%02d/", year, month)
}

// layPeriod adds the pages of a year or a month.
func (b *Blog) layPeriod(archive theme.Archive, posts []*post) {
	base := periodPath(archive.Year, archive.Month)
	title := strconv.Itoa(archive.Year)
	if archive.Month != 0 {
		title = b.theme.Word(archive.Month.String()) + " " + title
	}
	archive.Total = len(posts)
	pages := (len(posts) + archivePage - 1) / archivePage
	for n := 1; n <= pages; n++ {
		part := posts[(n-1)*archivePage : min(n*archivePage, len(posts))]
		view := archive
		view.Pager = b.pager(base, n, pages)
		b.addAt(pagePath(base, n), htmlType,
			func() (string, error) {
				v := b.newVersion(base)
				fmt.Fprintf(v, "%d %d %d %v\n", n, pages, len(posts), archive.Months)
				for _, p := range part {
					v.link(p)
				}
				return v.version(), nil
			},
			func(w *bytes.Buffer) error {
				view := view
				for _, p := range part {
					view.Posts = append(view.Posts, p.link())
				}
				return b.writeArchive(w, title, pagePath(base, n), view)
			})
	}
}

func (b *Blog) writeArchive(w *bytes.Buffer, title, path string, view theme.Archive) error {
	page := b.page(theme.KindArchive, title, b.settings.Prefix+path)
	page.Archive = &view
	return b.execute(w, page)
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
