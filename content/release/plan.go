//go:build unix

package release

import (
	"maps"
	"slices"
	"strings"

	"icecap/content"
)

// carryFor is for how many releases of its scope a fingerprinted asset stays
// after the last run that yielded it.
const carryFor = 3

// A plan is what Commit would publish, but for the pages, which may be too many
// to list: merge goes through them.
type plan struct {
	pages     int
	bytes     int64
	redirects []content.Redirect
	skips     []content.Skip
	written   int             // pages that are not the previous release's, byte for byte
	stale     []content.Entry // pages of the scope that failed
	had       int             // pages of the scope in the previous release
	gone      int             // how many of them disappear
	examples  []content.Key   // a few of those
	// Folders, as "blog/2024", in which not every file is the previous release's,
	// with all folders above them. Those deeper than maxShared are left out.
	changed map[string]struct{}
}

// plan joins what was staged with what is taken over. The caller holds life alone.
func (st *Stage) plan() (*plan, error) {
	if st.planned != nil {
		return st.planned, nil
	}
	pl := &plan{redirects: slices.Collect(maps.Values(st.redirects)), changed: map[string]struct{}{}}
	skips := map[skipID]content.Skip{}
	for _, skip := range st.skips {
		addSkip(skips, skip)
	}
	for _, p := range st.taken {
		pl.change(p) // its folder stands in the stage's tree
	}
	for _, path := range st.made {
		pl.changed[path] = struct{}{}
	}
	if err := st.count(pl); err != nil {
		return nil, err
	}
	if st.old != nil {
		err := st.old.eachSkip(func(skip content.Skip) {
			id := skipID{skip.Source, skip.URL}
			if _, ok := skips[id]; (!ok || st.keys != nil) && !st.replacesSkip(skip) {
				skips[id] = skip
			}
		})
		if err != nil {
			return nil, err
		}
	}
	pl.skips = slices.Collect(maps.Values(skips))
	sortRest(pl.redirects, pl.skips)
	st.planned = pl
	return pl, nil
}

// count goes through the pages of the new release, or only through those of the
// scope where it is a list.
func (st *Stage) count(pl *plan) error {
	m := merger{
		take: func(it *item) error {
			pl.pages++
			pl.bytes += it.page.size
			if !it.old {
				pl.written++
				pl.change(it.page)
			}
			if m := it.page.more; m != nil && m.stale != nil && it.text == nil {
				pl.stale = append(pl.stale, it.page.entry())
			}
			return nil
		},
		replaced: func(old *page, gone bool) {
			if old.carried == 0 {
				pl.had++
			}
			if !gone {
				return
			}
			pl.change(old)
			if old.carried > 0 {
				return
			}
			if pl.gone++; len(pl.examples) < examplesOfGone {
				pl.examples = append(pl.examples, old.key)
			}
		},
	}
	if st.old == nil || st.keys == nil {
		return st.merge(m)
	}
	refused := st.refused()
	pl.pages, pl.bytes = st.old.Pages, st.old.bytes
	for _, key := range slices.SortedFunc(maps.Keys(st.keys), content.Key.Compare) {
		old, found, err := st.previous(key)
		if err != nil {
			return err
		}
		if found {
			pl.pages--
			pl.bytes -= old.size
			if err := st.takeOver(m, &lineRead{page: *old}, st.staged[key] != nil, refused); err != nil {
				return err
			}
		}
	}
	for _, p := range st.sorted() {
		if err := m.take(&item{page: p, old: p.kept}); err != nil {
			return err
		}
	}
	return nil
}

// change notes that a page's folder is not as in the previous release.
func (pl *plan) change(p *page) {
	path := p.key.Path.Decoded()[1:]
	for i, depth := 0, 0; depth < maxShared; depth++ {
		slash := strings.IndexByte(path[i:], '/')
		if slash < 0 {
			return
		}
		i += slash
		pl.changed[path[:i]] = struct{}{}
		i++
	}
}

// unchanged returns the topmost folder on the way to a file that is as it was in
// the previous release, or "".
func (pl *plan) unchanged(file string) string {
	for i, depth := 0, 0; depth < maxShared; depth++ {
		slash := strings.IndexByte(file[i:], '/')
		if slash < 0 {
			return ""
		}
		i += slash
		if _, ok := pl.changed[file[:i]]; !ok {
			return file[:i]
		}
		i++
	}
	return ""
}

// An item is a page of the new release. It is valid during the call only.
type item struct {
	page *page
	file string
	text []byte // its line as the previous manifest has it; nil if it is another
	old  bool   // its file is the previous release's
}

// A merger takes what merge finds.
type merger struct {
	take     func(*item) error
	replaced func(old *page, gone bool) // a page of the scope in the previous release
}

// merge goes through the pages of the new release in their order: those that
// were staged, and those of the previous release that stay. The caller holds
// life alone.
func (st *Stage) merge(m merger) error {
	fresh := st.sorted()
	staged := func(p *page) error { return m.take(&item{page: p, file: p.file(), old: p.kept}) }
	if st.old != nil {
		refused := st.refused()
		err := st.old.eachPage(func(l *lineRead) error {
			for len(fresh) > 0 && fresh[0].key.Compare(l.page.key) < 0 {
				if err := staged(fresh[0]); err != nil {
					return err
				}
				fresh = fresh[1:]
			}
			again := len(fresh) > 0 && fresh[0].key == l.page.key
			if err := st.takeOver(m, l, again, refused); err != nil || !again || !fresh[0].keptLine {
				return err
			}
			it := item{page: fresh[0], file: l.file, text: l.text, old: true}
			fresh = fresh[1:]
			return m.take(&it)
		})
		if err != nil {
			return err
		}
	}
	for _, p := range fresh {
		if err := staged(p); err != nil {
			return err
		}
	}
	return nil
}

// sorted returns the staged pages in their order.
func (st *Stage) sorted() []*page {
	if st.order == nil {
		st.order = slices.SortedFunc(maps.Values(st.staged), func(a, b *page) int { return a.key.Compare(b.key) })
	}
	return st.order
}

// takeOver decides what becomes of a page of the previous release, which was
// staged again or not.
func (st *Stage) takeOver(m merger, l *lineRead, again bool, refused map[string]bool) error {
	old := &l.page
	if !st.replaces(old.source, old.key) {
		return m.take(&item{page: old, file: l.file, text: l.text, old: true})
	}
	carry := !again && st.carries(old, refused)
	m.replaced(old, !again && !carry)
	if !carry {
		return nil
	}
	old.carried++
	return m.take(&item{page: old, file: l.file, old: true})
}

// carries reports whether a page that was not staged again stays for a while.
func (st *Stage) carries(old *page, refused map[string]bool) bool {
	_, redirected := st.redirects[old.key.Path]
	return fingerprinted(old) && old.carried < carryFor && !redirected && !refused[old.key.URL()]
}

// refused are the URLs that a rule left to the app.
func (st *Stage) refused() map[string]bool {
	urls := map[string]bool{}
	for _, skip := range st.skips {
		if !skip.Failed {
			urls[skip.URL] = true
		}
	}
	return urls
}

type skipID struct{ source, url string }

// addSkip keeps one skip for each URL and source. Workers run in any order; of
// two records the choice must not depend on it.
func addSkip(all map[skipID]content.Skip, skip content.Skip) {
	id := skipID{skip.Source, skip.URL}
	if have, ok := all[id]; !ok || compareSkips(skip, have) < 0 {
		all[id] = skip
	}
}

// replacesSkip is replaces for a URL, many of which are skipped because they
// have no key.
func (st *Stage) replacesSkip(skip content.Skip) bool {
	raw, query, _ := strings.Cut(skip.URL, "?")
	path, err := content.ParsePath(raw)
	if err == nil {
		key := content.Key{Path: path, Variant: query}
		return st.replaces(skip.Source, key) || skip.Source == st.scope.Source && st.staged[key] != nil
	}
	return st.keys == nil && skip.Source == st.scope.Source && strings.HasPrefix(raw, st.scope.Prefix)
}

// fingerprinted reports whether a page is an asset whose name changes with its
// bytes, as build tools name them: a style sheet, script, image or font with a
// hash in its name. It never changes, so keeping it can do no harm; but the
// pages that name it live on in browsers and caches.
func fingerprinted(p *page) bool {
	if m, _ := content.MediaFor(p.media); m.Anywhere || p.key.Variant != "" {
		return false
	}
	return content.Fingerprinted(p.key.Path.Decoded())
}

// Site is what Commit would publish, as far as it is staged by now, without an
// ID. It waits for pages that are being written. It lists all pages; for a large
// site see [Stage.Summary]. If the previous manifest cannot be read any more the
// stage has failed, and Check and Commit say so.
func (st *Stage) Site() content.Site {
	st.life.Lock()
	defer st.life.Unlock()
	pl, err := st.plan()
	if err != nil {
		st.fail(err)
		return content.Site{}
	}
	site := content.Site{Entries: make([]content.Entry, 0, pl.pages), Redirects: pl.redirects, Skips: pl.skips}
	err = st.merge(merger{
		take:     func(it *item) error { site.Entries = append(site.Entries, it.page.entry()); return nil },
		replaced: func(*page, bool) {},
	})
	if err != nil {
		st.fail(err)
	}
	return site
}

// A Summary says how large a site is.
type Summary struct {
	Pages     int
	Bytes     int64           // of the pages
	Written   int             // pages that are new or have other bytes than in the previous release
	Stale     []content.Entry // pages that this run kept because they failed
	Redirects []content.Redirect
	Skips     []content.Skip
}

// Summary is Site without its list of pages, which may be too long for memory.
func (st *Stage) Summary() Summary {
	st.life.Lock()
	defer st.life.Unlock()
	pl, err := st.plan()
	if err != nil {
		st.fail(err)
		return Summary{}
	}
	return Summary{pl.pages, pl.bytes, pl.written, pl.stale, pl.redirects, pl.skips}
}
