package render

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"path"
	"slices"
	"strings"
	"sync"

	"icecap/render/feed"
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
	e.layFeed(channel{base: e.base, title: e.site.Title, description: cmp.Or(e.site.Description, e.site.Title)}, e.feedPosts(e.fed()), e.feedForms("home", e.dir, true))
	for i, taxonomy := range e.dialect.taxonomies {
		for _, t := range e.sortedTerms(i, e.lang) {
			title := t.name + " · " + e.site.Title
			own := channel{base: feedBase(t.base), title: title, description: title}
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
	e.layOldArchives()
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
		e.layFeed(channel{base: feedBase(e.dialect.listPath(e.Blog, dir)), title: title, description: title}, posts, e.feedForms("section", dir, false))
	}
}

// layTermFeed adds the feed whose items are the terms of a taxonomy.
func (e *edition) layTermFeed(i int) {
	forms := e.feedForms("taxonomy", path.Clean(e.termDir(e.lang, i, "")), false)
	if len(forms) == 0 {
		return
	}
	title := e.voice.Word(e.dialect.taxonomies[i].title) + " · " + e.site.Title
	f := channel{base: feedBase(e.taxonomyPath(i)), title: title, description: title}
	for _, t := range e.sortedTerms(i, e.lang) {
		item := feed.Item{Title: t.name, URL: e.absolute(t.url.String())}
		for _, p := range t.all() {
			if p.when().After(item.Published) {
				item.Published = p.when()
			}
		}
		item.Modified = item.Published
		f.items = append(f.items, item)
	}
	slices.SortStableFunc(f.items, func(x, y feed.Item) int { return y.Published.Compare(x.Published) })
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

// A channel is a list of the latest posts, in any of the three forms.
type channel struct {
	base, title, description string
	self                     string // its own path below the prefix
	items                    []feed.Item
}

// layFeed adds a feed in some forms. Where it has no limit, RSS has the older posts,
// too, with their summaries: Hugo's feeds have no more of any.
func (e *edition) layFeed(f channel, posts []*post, forms []feedForm) {
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
		if form.media == feed.RSSType {
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
	items   []feed.Item
	err     error
}

func (f *feedItems) of(b *Blog, posts []*post) ([]feed.Item, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.made || f.rewrite != b.rewrites {
		f.items, f.err = b.feedItems(posts)
		f.made, f.rewrite = true, b.rewrites
	}
	return f.items, f.err
}

func (b *Blog) feedItems(posts []*post) ([]feed.Item, error) {
	items := make([]feed.Item, 0, len(posts))
	for _, p := range posts {
		body, err := b.feedBody(p)
		if err != nil {
			return nil, err
		}
		item, err := b.feedItem(p)
		if err != nil {
			return nil, err
		}
		item.HTML = string(body)
		items = append(items, item)
	}
	return items, nil
}

// feedItem is a post in a feed, without its text.
func (b *Blog) feedItem(p *post) (feed.Item, error) {
	facts, err := b.factsOf(p)
	if err != nil {
		return feed.Item{}, err
	}
	return feed.Item{
		Title: p.title, Published: p.date, URL: b.absolute(p.url.String()), Summary: cmp.Or(p.description, facts.Excerpt),
		Authors: p.authors, Tags: p.tags, Modified: p.changed(),
	}, nil
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
