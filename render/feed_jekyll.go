package render

import (
	"bytes"
	"fmt"
	"path"
	"strings"

	"icecap/render/feed"
)

// layJekyllFeeds adds the feeds that jekyll-feed makes, each at its path. The ids of
// their entries are those that feed readers know from there.
func (e *edition) layJekyllFeeds() {
	rule := e.dialect.feeds
	if rule.Path == "" {
		return
	}
	e.layJekyllFeed(rule.Path, e.site.Title, e.dated)
	for _, category := range rule.Categories {
		var posts []*post
		for _, p := range e.dated {
			for _, name := range p.categories {
				if name == category {
					posts = append(posts, p)
				}
			}
		}
		e.layJekyllFeed("/feed/"+category+".xml", e.site.Title+" | "+titleFromName(category), posts)
	}
	if !rule.Tags {
		return
	}
	for _, t := range e.sortedTerms(tagTaxonomy, e.lang) {
		if strings.Trim(t.name, feedTagLetters) == "" {
			e.layJekyllFeed(rule.TagsPath+t.name+".xml", e.site.Title, t.posts)
		}
	}
}

// feedTagLetters are those of tags that have a feed.
const feedTagLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

func (e *edition) layJekyllFeed(at, title string, posts []*post) {
	posts = posts[:min(e.dialect.feeds.Limit, len(posts))]
	f := channel{title: title, self: strings.TrimPrefix(at, "/")}
	version := func() (string, error) {
		v := e.newVersion("feed " + at + title)
		for _, p := range posts {
			if err := e.hashPost(v, p); err != nil {
				return "", err
			}
		}
		return v.version(), nil
	}
	e.addAt(f.self, "application/xml", version, func(w *bytes.Buffer) error {
		items, err := e.feedItems(posts)
		if err != nil {
			return fmt.Errorf("write feed %s: %w", at, err)
		}
		for i := range items {
			p := posts[i]
			items[i].ID = e.absolute(e.jekyllID(p))
			if e.dialect.feeds.ExcerptOnly {
				items[i].HTML = ""
			}
		}
		f := f
		f.items = items
		return feed.Atom(w, e.feedOf(f))
	})
}

// jekyllID is the path of the folder of a post's page, with the slug; a slash at the end
// of the page's path makes no folder of it.
func (b *Blog) jekyllID(p *post) string {
	return path.Join(path.Dir(strings.TrimSuffix(p.url.String(), "/")), b.jekyllSlug(p))
}

// jekyllSlug is what Jekyll calls a post: the slug it gives, or its name without
// the date.
func (b *Blog) jekyllSlug(p *post) string {
	if p.slug != "" {
		return p.slug
	}
	return p.name
}
