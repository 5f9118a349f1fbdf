package render

import (
	"context"
	"slices"
	"strings"
	"time"

	"icecap/render/theme"
)

// Retheme is the short way for what changes in the theme and not in what texts are made
// of: templates of pages, and contents of assets. The blog stays, with another theme
// in it, and what is known of texts, but for those that have something of the theme.
// Where more has changed, or the theme has a mistake, ok is false and the blog is as
// it was: then [Snapshot.Update] is the way.
//
// Nothing else may use the blog meanwhile.
func (b *Blog) Retheme(ctx context.Context, now time.Time, changes Changes) (next *Snapshot, ok bool) {
	foreign := func(name string) bool { return !strings.HasPrefix(name, themeDir+"/") || b.dialect.reads(name) }
	if changes.All || len(changes.Names) == 0 || slices.ContainsFunc(changes.Names, foreign) || b.isDue(now) || ctx.Err() != nil {
		return nil, false
	}
	next = b.snapshot.with(nil)
	if next.loadTheme() != nil || !next.theme.ReadsAs(b.theme) || next.theme.UsesData() != b.theme.UsesData() {
		return nil, false
	}
	sites := make([]theme.Site, len(b.editions))
	for i, e := range b.editions {
		sites[i] = *e.site
		if next.voices[i].Fragments(&sites[i]) != nil {
			return nil, false
		}
	}
	b.theme, b.snapshot = next.theme, next
	for i, e := range b.editions {
		*e.site, e.voice = sites[i], next.voices[i]
		e.common = e.sumCommon()
	}
	b.layAssetsAgain()
	for _, p := range b.byFile {
		p.forgetFragments()
		if facts := p.facts.Load(); facts == nil || facts.Shared {
			p.rewrite(p)
		}
	}
	b.rewrites++
	return next, true
}

// isDue reports whether a post appears or expires by itself until now.
func (b *Blog) isDue(now time.Time) bool { return !b.next.At.IsZero() && !now.Before(b.next.At) }

// layAssetsAgain puts the files of a new theme in the place of those of the old one.
// Their names are the same but for the fingerprints.
func (b *Blog) layAssetsAgain() {
	behind := slices.Clone(b.outputs[b.assets.end:])
	for _, o := range b.outputs[b.assets.start:b.assets.end] {
		decoded := o.key.Path.Decoded()
		delete(b.byKey, decoded)
		delete(b.known, decoded)
	}
	b.outputs = b.outputs[:b.assets.start]
	b.layAssets()
	for _, o := range b.outputs[b.assets.start:] {
		b.known[o.key.Path.Decoded()] = true
	}
	b.outputs = append(b.outputs, behind...)
}
