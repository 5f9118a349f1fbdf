package render

import (
	"context"
	"reflect"
	"sync"
	"time"
)

// Rewrite is the short way for the commonest change: texts whose front matter
// and title stay as they are. No list, no neighbour and no link changes with them,
// so the blog stays and only those texts are read again. Where more has changed,
// or a text has a mistake, ok is false and the blog is as it was: then
// [Snapshot.Update] is the way. The snapshot that comes back is the folder as it
// is now.
//
// Nothing else may use the blog meanwhile.
func (b *Blog) Rewrite(ctx context.Context, now time.Time, changes Changes) (next *Snapshot, ok bool) {
	if changes.All || len(changes.Names) == 0 || !b.next.At.IsZero() && !now.Before(b.next.At) {
		return nil, false
	}
	texts := make(map[string]source, len(changes.Names))
	for _, name := range changes.Names {
		p := b.byFile[name]
		if p == nil || ctx.Err() != nil || !b.snapshot.holds(map[string]source{name: p.source}, []string{name}) {
			return nil, false
		}
		src := source{file: name}
		if problem, err := b.snapshot.readSource(&src); problem != nil || err != nil || src.front == nil {
			return nil, false
		}
		front := b.snapshot.readFront(src)
		if front.broken || p.front == nil || len(front.problems) > 0 || !reflect.DeepEqual(front.meta, p.front.meta) {
			return nil, false
		}
		texts[name] = src
	}
	before := map[string]source{}
	for name, src := range texts {
		p := b.byFile[name]
		before[name] = p.source
		p.rewrite(src)
		if _, err := b.factsOf(p); err != nil {
			for name, src := range before {
				b.byFile[name].rewrite(src)
			}
			return nil, false
		}
	}
	b.mu.Lock() // for a form of a picture that is being made
	b.problems, b.warnings = nil, nil
	b.mu.Unlock()
	b.rewrites++
	b.backlinks.to = nil
	b.snapshot = b.snapshot.with(texts)
	return b.snapshot, true
}

// rewrite gives a post another text, and forgets what was made of the one before.
func (p *post) rewrite(src source) {
	p.source, p.fm, p.bodyLine = src, src.front.fm, src.front.bodyLine
	p.factsOnce, p.listedOnce, p.linksOnce = sync.Once{}, sync.Once{}, sync.Once{}
	p.factsErr, p.listed, p.listedErr, p.links = nil, nil, nil, nil
	p.facts.Store(nil)
	p.kept.Store(nil)
}

// with is the snapshot with some texts in place of others.
func (s *Snapshot) with(texts map[string]source) *Snapshot {
	next := &Snapshot{folder: s.folder, dialect: s.dialect, settings: s.settings, theme: s.theme, scan: s.scan, stamps: s.stamps, zone: s.zone, wikilinks: s.wikilinks, base: s.base,
		sources: make([]source, len(s.sources))}
	next.held.Store(s.held.Load())
	for i, src := range s.sources {
		if text, ok := texts[src.file]; ok {
			src = text
		}
		next.sources[i] = src
	}
	next.sum()
	return next
}
