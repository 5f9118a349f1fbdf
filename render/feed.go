package render

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"html/template"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// feedBase is the folder of a list's feed: that of the list, without ".html".
func feedBase(list string) string {
	if page, ok := strings.CutSuffix(list, ".html"); ok {
		return page + "/"
	}
	return list
}

// layFeeds adds the feeds of the site and of each tag; in some dialects each section
// and term has one, too, and the lists of terms.
func (e *edition) layFeeds() {
	e.layFeed(feed{base: e.base, title: e.site.Title, description: cmp.Or(e.site.Description, e.site.Title)}, e.feedPosts(e.fed()), e.feedForms("home", e.dir, true))
	for i, taxonomy := range e.dialect.taxonomies {
		for _, t := range e.sortedTerms(i, e.lang) {
			title := t.name + " · " + e.site.Title
			own := feed{base: feedBase(t.base), title: title, description: title}
			if forms := e.feedForms("term", t.dir, i == tagTaxonomy); len(forms) > 0 {
				e.layFeed(own, e.feedPosts(t.all()), forms)
			}
		}
		if taxonomy.always && !taxonomy.off {
			e.layTermFeed(i)
		}
	}
	e.laySectionFeeds()
	e.layJekyllFeeds()
}

// fed are the posts that feeds may have: those with a date, or all.
func (e *edition) fed() []*post {
	if e.dialect.tool == "Hugo" {
		return e.texts
	}
	return e.dated
}

// feedPosts are the posts of a feed, in its order.
func (b *Blog) feedPosts(posts []*post) []*post {
	posts = slices.DeleteFunc(slices.Clone(posts), func(p *post) bool { return p.listing == "local" })
	slices.SortStableFunc(posts, b.dialect.order)
	return posts
}

// laySectionFeeds adds the feeds of sections, each with the posts of that very one.
func (e *edition) laySectionFeeds() {
	if e.dialect.tool != "Hugo" {
		return // which alone has those of sections
	}
	own := map[string][]*post{}
	for dir := range e.bySection() {
		own[dir] = nil
	}
	for _, p := range e.texts {
		if _, ok := own[p.section]; ok {
			own[p.section] = append(own[p.section], p)
		}
	}
	for dir, posts := range own {
		name := e.dialect.listName(e.Blog, dir)
		if intro := e.intros[dir]; intro != nil {
			name = intro.title
		}
		title := name + " · " + e.site.Title
		slices.SortStableFunc(posts, e.dialect.order)
		e.layFeed(feed{base: feedBase(e.dialect.listPath(e.Blog, dir)), title: title, description: title}, posts, e.feedForms("section", dir, false))
	}
}

// layTermFeed adds the feed whose items are the terms of a taxonomy.
func (e *edition) layTermFeed(i int) {
	forms := e.feedForms("taxonomy", path.Clean(e.termDir(e.lang, i, "")), false)
	if len(forms) == 0 {
		return
	}
	title := e.voice.Word(e.dialect.taxonomies[i].title) + " · " + e.site.Title
	f := feed{base: feedBase(e.taxonomyPath(i)), title: title, description: title}
	for _, t := range e.sortedTerms(i, e.lang) {
		item := feedItem{title: t.name, url: e.absolute(t.url.String())}
		for _, p := range t.all() {
			if p.date.After(item.date) {
				item.date = p.date
			}
		}
		item.modified = item.date
		f.items = append(f.items, item)
	}
	slices.SortStableFunc(f.items, func(x, y feedItem) int { return y.date.Compare(x.date) })
	if e.settings.FeedSize >= 0 {
		f.items = f.items[:min(e.settings.FeedSize, len(f.items))]
	}
	for _, form := range forms {
		e.addAt(form.path(f.base), form.media,
			func() (string, error) {
				v := e.newVersion("feed " + f.base + f.title)
				fmt.Fprintf(v, "%v", f.items)
				return v.version(), nil
			},
			func(w *bytes.Buffer) error { return e.writeFeed(w, f, form) })
	}
}

// A feed is one list of the latest posts, in any of the three forms.
type feed struct {
	base, title, description string
	self                     string // its own path below the prefix
	items                    []feedItem
}

type feedItem struct {
	title    string
	date     time.Time // zero for none
	url      string
	id       string // in Atom; the URL, if it is none
	html     string
	summary  string
	authors  []string
	tags     []string
	modified time.Time
}

// layFeed adds a feed in some forms. Where it has no limit, RSS has the older posts,
// too, with their summaries: Hugo's feeds have no more of any.
func (e *edition) layFeed(f feed, posts []*post, forms []feedForm) {
	size, older := e.settings.FeedSize, []*post(nil)
	if size < 0 {
		size = wholeTexts
		older = posts[min(size, len(posts)):]
	}
	posts = posts[:min(size, len(posts))]
	for _, p := range posts {
		p.fed = true
	}
	var items feedItems
	for _, form := range forms {
		var more []*post
		if form.media == rssType {
			more = older
		}
		version := func() (string, error) {
			v := e.newVersion("feed " + f.base + f.title)
			for _, p := range slices.Concat(posts, more) {
				if err := e.hashPost(v, p); err != nil {
					return "", err
				}
			}
			return v.version(), nil
		}
		e.addAt(form.path(f.base), form.media, version, func(w *bytes.Buffer) error {
			full := f
			var err error
			if full.items, err = items.of(e.Blog, posts); err != nil {
				return err
			}
			full.items = slices.Clip(full.items)
			for _, p := range more {
				item, err := e.feedItem(p)
				if err != nil {
					return err
				}
				full.items = append(full.items, item)
			}
			return e.writeFeed(w, full, form)
		})
	}
}

// wholeTexts is how many posts a feed without a limit has with their whole text.
const wholeTexts = 20

// feedItems are those of a feed, made once for its forms, and anew once texts were
// rewritten.
type feedItems struct {
	mu      sync.Mutex
	made    bool
	rewrite int // see [Blog.rewrites]
	items   []feedItem
	err     error
}

func (f *feedItems) of(b *Blog, posts []*post) ([]feedItem, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.made || f.rewrite != b.rewrites {
		f.items, f.err = b.feedItems(posts)
		f.made, f.rewrite = true, b.rewrites
	}
	return f.items, f.err
}

func (b *Blog) feedItems(posts []*post) ([]feedItem, error) {
	items := make([]feedItem, 0, len(posts))
	for _, p := range posts {
		body, err := b.feedBody(p)
		if err != nil {
			return nil, err
		}
		item, err := b.feedItem(p)
		if err != nil {
			return nil, err
		}
		item.html = string(body)
		items = append(items, item)
	}
	return items, nil
}

// feedItem is a post in a feed, without its text.
func (b *Blog) feedItem(p *post) (feedItem, error) {
	facts, err := b.factsOf(p)
	if err != nil {
		return feedItem{}, err
	}
	return feedItem{
		title: p.title, date: p.date, url: b.absolute(p.url.String()), summary: cmp.Or(p.description, facts.Excerpt),
		authors: p.authors, tags: p.tags, modified: p.changed(),
	}, nil
}

// writeRSS writes RSS 2.0 with the whole text (content:encoded), as feed readers want it.
func (e *edition) writeRSS(w *bytes.Buffer, f feed) error {
	w.WriteString(xml.Header)
	w.WriteString(`<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>` + "\n")
	fmt.Fprintf(w, "<title>%s</title>\n<link>%s</link>\n<description>%s</description>\n<language>%s</language>\n",
		xmlText(f.title), xmlText(e.absolute(e.settings.Prefix+f.base)), xmlText(f.description), xmlText(e.site.Language))
	fmt.Fprintf(w, `<atom:link href="%s" rel="self" type="application/rss+xml"/>`+"\n", xmlText(e.absolute(e.settings.Prefix+f.self)))
	if t := newest(f.items); !t.IsZero() {
		fmt.Fprintf(w, "<lastBuildDate>%s</lastBuildDate>\n", t.Format(time.RFC1123Z))
	}
	for _, item := range f.items {
		fmt.Fprintf(w, "<item><title>%s</title><link>%s</link><guid isPermaLink=\"true\">%s</guid>", xmlText(item.title), xmlText(item.url), xmlText(item.url))
		if !item.date.IsZero() {
			fmt.Fprintf(w, "<pubDate>%s</pubDate>", item.date.Format(time.RFC1123Z))
		}
		for _, author := range item.authors {
			fmt.Fprintf(w, "<dc:creator>%s</dc:creator>", xmlText(author))
		}
		for _, tag := range item.tags {
			fmt.Fprintf(w, "<category>%s</category>", xmlText(tag))
		}
		fmt.Fprintf(w, "<description>%s</description>", xmlText(item.summary))
		if item.html != "" {
			fmt.Fprintf(w, "<content:encoded>%s</content:encoded>", xmlText(item.html))
		}
		w.WriteString("</item>\n")
	}
	w.WriteString("</channel></rss>\n")
	return nil
}

// writeAtom writes Atom (RFC 4287).
func (e *edition) writeAtom(w *bytes.Buffer, f feed) error {
	self := e.absolute(e.settings.Prefix + f.self)
	w.WriteString(xml.Header)
	fmt.Fprintf(w, `<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="%s">`+"\n", xmlText(e.site.Language))
	fmt.Fprintf(w, "<title>%s</title>\n<id>%s</id>\n<link rel=\"self\" type=\"application/atom+xml\" href=\"%s\"/>\n<link rel=\"alternate\" type=\"text/html\" href=\"%s\"/>\n",
		xmlText(f.title), xmlText(self), xmlText(self), xmlText(e.absolute(e.settings.Prefix+f.base)))
	fmt.Fprintf(w, "<updated>%s</updated>\n", orSomeTime(newest(f.items)).Format(time.RFC3339))
	fmt.Fprintf(w, "<author><name>%s</name></author>\n", xmlText(cmp.Or(e.site.Author, e.site.Title)))
	for _, item := range f.items {
		fmt.Fprintf(w, "<entry><title>%s</title><id>%s</id><link rel=\"alternate\" type=\"text/html\" href=\"%s\"/>", xmlText(item.title), xmlText(cmp.Or(item.id, item.url)), xmlText(item.url))
		if !item.date.IsZero() {
			fmt.Fprintf(w, "<published>%s</published>", item.date.Format(time.RFC3339))
		}
		fmt.Fprintf(w, "<updated>%s</updated>", orSomeTime(item.modified).Format(time.RFC3339))
		for _, author := range item.authors {
			fmt.Fprintf(w, "<author><name>%s</name></author>", xmlText(author))
		}
		for _, tag := range item.tags {
			fmt.Fprintf(w, "<category term=\"%s\"/>", xmlText(tag))
		}
		fmt.Fprintf(w, "<summary>%s</summary><content type=\"html\">%s</content></entry>\n", xmlText(item.summary), xmlText(item.html))
	}
	w.WriteString("</feed>\n")
	return nil
}

// orSomeTime is a time, or one that stands for none: Atom must have dates, and there
// is no clock.
func orSomeTime(t time.Time) time.Time {
	if t.IsZero() {
		return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return t
}

func newest(items []feedItem) (t time.Time) {
	for _, item := range items {
		if item.modified.After(t) {
			t = item.modified
		}
	}
	return t
}

// feedBody is the text of a post with absolute addresses, without the links of
// headings to themselves and without smaller forms of pictures.
func (b *Blog) feedBody(p *post) (template.HTML, error) {
	var body []byte
	if kept := p.kept.Load(); kept != nil {
		body = *kept
	} else {
		var err error
		if body, err = b.body(p); err != nil {
			return "", err
		}
	}
	body = formAttributes.ReplaceAll(anchorPattern.ReplaceAll(body, nil), nil)
	address := []byte(b.settings.URL)
	return template.HTML(rootedPattern.ReplaceAllFunc(body, func(match []byte) []byte {
		cut := bytes.IndexByte(match, '"') + 1
		return append(append(append([]byte{}, match[:cut]...), address...), match[cut:]...)
	})), nil
}
