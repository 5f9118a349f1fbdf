package render

import (
	"bytes"
	"fmt"
	"path"
	"strings"
)

// layJekyllFeeds adds the feeds that jekyll-feed makes, each at its path. The ids of
// their entries are those that feed readers know from there.
func (b *Blog) layJekyllFeeds() {
	rule := b.dialect.feeds
	if rule.Path == "" {
		return
	}
	b.layJekyllFeed(rule.Path, b.site.Title, b.posts)
	for _, category := range rule.Categories {
		var posts []*post
		for _, p := range b.posts {
			for _, name := range p.categories {
				if name == category {
					posts = append(posts, p)
				}
			}
		}
		b.layJekyllFeed("/feed/"+category+".xml", b.site.Title+" | "+titleFromName(category), posts)
	}
	if !rule.Tags {
		return
	}
	for _, t := range b.sortedTerms(tagTaxonomy, 0) {
		if strings.Trim(t.name, feedTagLetters) == "" {
			b.layJekyllFeed(rule.TagsPath+t.name+".xml", b.site.Title, t.posts)
		}
	}
}

// feedTagLetters are those of tags that have a feed.
const feedTagLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

func (b *Blog) layJekyllFeed(at, title string, posts []*post) {
	posts = posts[:min(b.dialect.feeds.Limit, len(posts))]
	f := feed{title: title, self: strings.TrimPrefix(at, "/")}
	version := func() (string, error) {
		v := b.newVersion("feed " + at + title)
		for _, p := range posts {
			if err := b.hashPost(v, p); err != nil {
				return "", err
			}
		}
		return v.version(), nil
	}
	b.addAt(f.self, "application/xml", version, func(w *bytes.Buffer) error {
		items, err := b.feedItems(posts)
		if err != nil {
			return fmt.Errorf("write feed %s: %w", at, err)
		}
		for i := range items {
			p := posts[i]
			items[i].id = b.absolute(b.jekyllID(p))
			if b.dialect.feeds.ExcerptOnly {
				items[i].html = ""
			}
		}
		f := f
		f.items = items
		return b.writeAtom(w, f)
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
