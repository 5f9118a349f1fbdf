package render

import (
	"maps"
	"slices"
	"sync"

	"icecap/render/theme"
)

// backlinks says which texts link to each post. It is made from the links of all
// texts, so that a page that shows it can only be made when all texts are read.
type backlinks struct {
	mu sync.Mutex
	to map[*post][]*post // nil until it is asked for, the newest first
}

// linkedFrom lists the texts that link to a post, if pages show them.
func (b *Blog) linkedFrom(p *post) []*post {
	if !b.settings.Backlinks {
		return nil
	}
	b.backlinks.mu.Lock()
	defer b.backlinks.mu.Unlock()
	if b.backlinks.to == nil {
		b.backlinks.to = map[*post][]*post{}
		intros := slices.SortedFunc(maps.Values(b.intros), byFile)
		for _, from := range slices.Concat(b.newest, intros) {
			for _, to := range b.linksOf(from) {
				b.backlinks.to[to] = append(b.backlinks.to[to], from)
			}
		}
	}
	return b.backlinks.to[p]
}

// linksOf lists the posts that a text links to, each once. A text with a mistake
// links to nothing: it is no page.
func (b *Blog) linksOf(from *post) []*post {
	from.linksOnce.Do(func() {
		facts, err := b.factsOf(from)
		if err != nil {
			return
		}
		for _, l := range facts.Links {
			to := b.target(from, l.Dest).post
			if to != nil && to != from && !to.intro && !slices.Contains(from.links, to) {
				from.links = append(from.links, to)
			}
		}
	})
	return from.links
}

// backlinksOf is what a page shows of it.
func (b *Blog) backlinksOf(p *post) (links []theme.Link) {
	for _, from := range b.linkedFrom(p) {
		links = append(links, from.link())
	}
	return links
}
