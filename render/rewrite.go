package render

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"
)

// Rewrite is the short way for the commonest changes: texts of which nothing
// changes but what is written, the title, the description and the summary. Each
// page that shows them reads them when it is made, and no page comes, goes or
// moves, so the blog stays and only those texts are read again. Where more has
// changed, or a text has a mistake, ok is false and the blog is as it was: then
// [Snapshot.Update] is the way. The snapshot that comes back is the folder as it
// is now.
//
// Nothing else may use the blog meanwhile.
func (b *Blog) Rewrite(ctx context.Context, now time.Time, changes Changes) (next *Snapshot, ok bool) {
	if changes.All || len(changes.Names) == 0 || b.isDue(now) || b.dialect.tool == "Jekyll" { // Liquid may show any text in any other
		return nil, false
	}
	texts := make(map[string]source, len(changes.Names))
	after := make(map[*post]*post, len(changes.Names))
	for _, name := range changes.Names {
		p := b.byFile[name]
		if p == nil || ctx.Err() != nil || !b.snapshot.holds(map[string]source{name: p.source}, []string{name}) {
			return nil, false
		}
		src := source{file: name}
		if problem, err := b.snapshot.readSource(&src); problem != nil || err != nil || src.front == nil {
			return nil, false
		}
		read, problems := b.parsePost(src)
		if read == nil || p.front == nil || len(problems) > 0 || !b.sameButWords(p, read) {
			return nil, false
		}
		texts[name], after[p] = src, read
	}
	snapshot := b.snapshot.with(texts)
	if b.embeddedIn(changes.Names) || !reflect.DeepEqual(snapshot.guessVault(), b.snapshot.guess) {
		return nil, false
	}
	before := make(map[*post]*post, len(after))
	for p, read := range after {
		before[p] = &post{source: p.source, meta: p.meta, fm: p.fm, bodyLine: p.bodyLine}
		p.rewrite(read)
	}
	if !b.stays(after) {
		for p, old := range before {
			p.rewrite(old)
		}
		return nil, false
	}
	b.mu.Lock() // for a form of a picture that is being made
	b.problems, b.textWarnings = nil, nil
	b.mu.Unlock()
	for p := range after {
		if p.order < len(b.newest) && b.newest[p.order] == p {
			b.linkSums[p.order] = hashLink(p)
		}
	}
	b.rewrites++
	b.backlinks.to = nil
	b.snapshot = snapshot
	return b.snapshot, true
}

// wordKeys are the keys of front matter that are read only when pages are made.
var wordKeys = []string{"title", "description", "summary", "excerpt"}

// sameButWords reports whether a text that was read again is the same but for its
// words. A title decides on more where a text speaks for a list, and where
// wikilinks look for it.
func (b *Blog) sameButWords(p, read *post) bool {
	if reflect.DeepEqual(p.meta, read.meta) {
		return true
	}
	if p.intro || b.snapshot.wikilinks {
		return false
	}
	was, is := p.meta, read.meta
	is.title, is.description, is.summary = was.title, was.description, was.summary
	was.params, is.params = maps.Clone(was.params), maps.Clone(is.params)
	for _, key := range wordKeys {
		delete(was.params, key)
		delete(is.params, key)
	}
	if !reflect.DeepEqual(was, is) {
		return false
	}
	url, err := b.rememberedURL(read) // which another tool may make of the title
	return err == nil && url == p.url
}

// stays reports whether posts that were rewritten can be made, and are where they
// were in the order of all and in the menu.
func (b *Blog) stays(rewritten map[*post]*post) bool {
	for p := range rewritten {
		if _, err := b.factsOf(p); err != nil {
			return false
		}
		around := b.newest[max(0, p.order-1):min(len(b.newest), p.order+2)]
		if !p.intro && !slices.IsSortedFunc(around, newestFirst) {
			return false
		}
	}
	return b.menusStay()
}

// rewrite gives a post what was read again, and forgets what was made of the text
// before.
func (p *post) rewrite(read *post) {
	p.source, p.meta, p.fm, p.bodyLine = read.source, read.meta, read.fm, read.bodyLine
	p.factsOnce, p.linksOnce = sync.Once{}, sync.Once{}
	p.factsErr, p.links = nil, nil
	p.forgetFragments()
	p.facts.Store(nil)
	p.kept.Store(nil)
}

// forgetFragments forgets what the theme made of a post for other pages.
func (p *post) forgetFragments() {
	p.listedOnce, p.listed, p.listedErr = sync.Once{}, nil, nil
	p.itemOnce, p.itemErr = sync.Once{}, nil
}

// with is the snapshot with some texts in place of others.
func (s *Snapshot) with(texts map[string]source) *Snapshot {
	next := &Snapshot{folder: s.folder, dialect: s.dialect, titles: s.titles, settings: s.settings, theme: s.theme, voices: s.voices, scan: s.scan, stamps: s.stamps, zone: s.zone, wikilinks: s.wikilinks, guess: s.guess, data: s.data, base: s.base,
		sources: make([]source, len(s.sources))}
	next.held.Store(s.held.Load())
	for i, src := range s.sources {
		if text, ok := texts[src.file]; ok {
			src = text
		}
		next.sources[i] = src
	}
	return next
}
