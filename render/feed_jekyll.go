package render

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"icecap/render/feed"
)

// layJekyllFeeds adds the feeds that jekyll-feed makes, each at its path. The ids of
// their entries are those that feed readers know from there.
func (e *edition) layJekyllFeeds() {
	rule := e.dialect.feeds
	if rule.Path == "" {
		return
	}
	e.layJekyllFeed(jekyllFeed{at: rule.Path, title: e.site.Title, texts: e.dated})
	e.layCategoryFeeds(jekyllFeed{at: "/feed/", title: e.site.Title, texts: e.dated}, rule.Categories)
	for _, c := range rule.Collections {
		f := jekyllFeed{at: c.Path, title: e.site.Title + " | " + capitalized(c.Name)}
		f.texts, f.undated = e.dialect.collected(e.Blog, c.Name)
		e.layJekyllFeed(f)
		f.at = "/feed/" + c.Name + "/"
		e.layCategoryFeeds(f, c.Categories)
	}
	if !rule.Tags {
		return
	}
	for _, t := range e.sortedTerms(tagTaxonomy, e.lang) {
		if strings.Trim(t.name, feedTagLetters) == "" {
			e.layJekyllFeed(jekyllFeed{at: rule.TagsPath + t.name + ".xml", title: e.site.Title, texts: t.posts})
		}
	}
}

// feedTagLetters are those of tags that have a feed.
const feedTagLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

// A jekyllFeed is one of them.
type jekyllFeed struct {
	at, title string
	texts     []*post
	undated   time.Time // the date of those without one
}

// layCategoryFeeds adds the feeds of categories of texts, in the folder of a feed.
func (e *edition) layCategoryFeeds(all jekyllFeed, categories []string) {
	for _, category := range categories {
		f := jekyllFeed{at: all.at + category + ".xml", title: all.title + " | " + capitalized(category), undated: all.undated}
		for _, p := range all.texts {
			if slices.Contains(p.categories, category) {
				f.texts = append(f.texts, p)
			}
		}
		e.layJekyllFeed(f)
	}
}

// capitalized is a word as Liquid's filter capitalize writes it.
func capitalized(word string) string {
	first, n := utf8.DecodeRuneInString(word)
	return string(unicode.ToUpper(first)) + strings.ToLower(word[n:])
}

func (e *edition) layJekyllFeed(own jekyllFeed) {
	posts := own.texts[:min(e.dialect.feeds.Limit, len(own.texts))]
	f := channel{title: own.title, self: strings.TrimPrefix(own.at, "/")}
	version := func() (string, error) {
		v := e.newVersion(fmt.Sprintf("feed %s%s%s", own.at, own.title, own.undated))
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
			return fmt.Errorf("write feed %s: %w", own.at, err)
		}
		for i := range items {
			p := posts[i]
			items[i].ID = e.absolute(e.jekyllID(p))
			if p.date.IsZero() {
				items[i].Published, items[i].Modified = own.undated, own.undated
			}
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
