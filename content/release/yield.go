//go:build unix

package release

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"icecap/content"
)

// Page writes a page, or links it to the previous release's file if that has
// the same bytes. A second page for one URL, or one that another source brought
// and the scope does not replace, is a *[DuplicateError]; a page outside the
// scope is an error, too; these leave the stage as it was. After a *[DiskError]
// the stage can only be discarded.
func (st *Stage) Page(p content.Page) error {
	st.life.RLock()
	defer st.life.RUnlock()
	file, err := fileOf(p.Key, p.MediaType, p.Fallback)
	if err != nil {
		return fmt.Errorf("stage page: %w", err)
	}
	media, _ := content.MediaFor(p.MediaType)
	fresh := &page{
		key: p.Key, sum: sha256.Sum256(p.Body), size: int64(len(p.Body)), modified: st.clock, fallback: p.Fallback,
		media: media.Type, source: st.scope.Source, version: p.Version, origin: p.Origin,
		cookies: strings.Join(p.Cookies, cookieSeparator), more: moreOf(p.Tags, p.Links, nil),
	}
	old, existed, err := st.previous(p.Key)
	if err != nil {
		return st.fail(err)
	}
	// Once hot, always hot: a run for this page alone knows nothing of its heat.
	fresh.hot = p.Hot || existed && old.hot
	// If an old file was damaged on disk, these bytes mend it.
	fresh.kept = existed && old.same(fresh) && old.held(st.from, file) == nil
	var beside packed
	if !st.store.Plain && (!fresh.kept || old.gzip == 0 || fresh.hot && !old.hot) { // of which an earlier icecap compressed nothing, or there is no gain
		if beside, err = pack(fresh, media, p.Body); err != nil {
			return st.fail(err)
		}
		fresh.kept = fresh.kept && beside.gzip == nil
	}
	if fresh.kept {
		fresh.modified, fresh.gzip, fresh.brotli = old.modified, old.gzip, old.brotli
	} else {
		fresh.gzip, fresh.brotli = int64(len(beside.gzip)), int64(len(beside.brotli))
	}
	if err := st.admit(fresh, old); err != nil {
		return err
	}
	if was := st.take(p.Key); was != nil {
		if err := st.drop(was); err != nil {
			return st.fail(disk(err, "replace page %s of the interrupted run", p.URL()))
		}
	}
	if fresh.kept {
		return st.note(fresh)
	}
	if err := st.into.writePage(fresh, file, p.Body, beside); err != nil {
		return st.fail(disk(err, "write page %s", p.URL()))
	}
	return st.note(fresh)
}

// admit takes a page into the list before its file is made, so that of two
// pages for one URL exactly one is written. It gets the previous page, or nil.
func (st *Stage) admit(fresh, old *page) error {
	if !st.takes(fresh.key, old) {
		return fmt.Errorf("stage page %s: it lies outside the scope of this run", fresh.key.URL())
	}
	prefix, short := strings.CutSuffix(fresh.origin, fresh.key.URL())
	st.mu.Lock()
	defer st.mu.Unlock()
	if err := st.usable(); err != nil {
		return err
	}
	if first, ok := st.staged[fresh.key]; ok {
		return &DuplicateError{fresh.key, first.from(), fresh.from()}
	}
	if old != nil && !st.replaces(old.source, old.key) {
		return &DuplicateError{fresh.key, old.from(), fresh.from()}
	}
	if len(st.redirects) > 0 && fresh.key.Variant == "" {
		if r, ok := st.redirects[fresh.key.Path]; ok {
			return &DuplicateError{fresh.key, redirectOrigin(r), fresh.from()}
		}
	}
	if short {
		fresh.origin, fresh.short = st.once(prefix), true
	}
	fresh.cookies = st.once(fresh.cookies)
	st.staged[fresh.key] = fresh
	st.outdate()
	return nil
}

// once returns the one copy of a string that many pages have in common. The
// caller holds mu.
func (st *Stage) once(s string) string {
	if _, ok := st.known[s]; !ok {
		s = strings.Clone(s) // without the longer string that it is a part of
		st.known[s] = s
	}
	return st.known[s]
}

// outdate forgets what was made of the pages staged so far. The caller holds mu.
func (st *Stage) outdate() { st.order, st.planned = nil, nil }

// usable returns why the stage takes nothing more. The caller holds mu and life.
func (st *Stage) usable() error {
	if st.closed || st.spent {
		return errors.New("stage a page: the stage was already committed or discarded")
	}
	return st.err
}

// fail keeps the first failed write: a stage with a hole must not be published.
func (st *Stage) fail(err error) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.err == nil {
		st.err = err
	}
	return err
}

// Keep takes a page over from the previous release, with its time and version,
// and marks it as stale or not. A page that an interrupted run left is taken as
// it was yielded then.
// It is an error if the previous release does not have the page in this scope,
// or the page was already staged. A *[CorruptError] means that the old file was
// damaged; the page can then be yielded with Page.
func (st *Stage) Keep(key content.Key, stale *content.Stale) error {
	st.life.RLock()
	defer st.life.RUnlock()
	old, ok, err := st.previous(key)
	if err != nil {
		return st.fail(err)
	}
	if p := st.take(key); p != nil {
		return st.admit(p, old)
	}
	if !ok || !st.replaces(old.source, key) {
		return fmt.Errorf("keep page %s: the previous release does not have it in this scope", key.URL())
	}
	if old.held(st.from, old.file()) != nil {
		return st.altered(key)
	}
	kept := *old
	kept.keptLine = old.carried == 0 && stale == nil && (old.more == nil || old.more.stale == nil)
	kept.carried, kept.kept, kept.more = 0, true, old.more.aged(stale)
	return st.admit(&kept, old)
}

func (st *Stage) altered(key content.Key) error {
	return &CorruptError{st.base.ID, fmt.Sprintf("the file of page %s %v", key.URL(), errAltered)}
}

// Redirect records a redirect. A path that has a page or a redirect already is
// a *[DuplicateError]; so is a target that is not a percent-encoded path or
// http address an error. Where the scope is a list, a redirect of the previous
// release outside of it stays as it is.
func (st *Stage) Redirect(r content.Redirect) error {
	st.life.RLock()
	defer st.life.RUnlock()
	if err := checkRedirect(r); err != nil {
		return err
	}
	r.Source = st.scope.Source
	key := content.Key{Path: r.From}
	old, _, err := st.previous(key)
	if err != nil {
		return st.fail(err)
	}
	if !st.takes(key, old) {
		return fmt.Errorf("record redirect from %s: it lies outside the scope of this run", r.From)
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if err := st.usable(); err != nil {
		return err
	}
	if _, ok := st.redirects[r.From]; ok && st.keys != nil && !st.keys[key] {
		return nil // what lies outside a list stays as it is
	}
	if first, ok := st.staged[key]; ok {
		return &DuplicateError{key, first.from(), redirectOrigin(r)}
	}
	if first, ok := st.redirects[r.From]; ok {
		return &DuplicateError{key, redirectOrigin(first), redirectOrigin(r)}
	}
	if old != nil && !st.replaces(old.source, key) {
		return &DuplicateError{key, old.from(), redirectOrigin(r)}
	}
	st.redirects[r.From] = r
	st.outdate()
	return nil
}

func redirectOrigin(r content.Redirect) string {
	return fmt.Sprintf("a redirect to %s (%s)", r.To, r.Source)
}

// Skip records a URL that stays with the app, once. A page that was staged under
// this URL is taken back. Where the scope is a list, what the previous release
// says of a URL outside of it stays.
func (st *Stage) Skip(skip content.Skip) error {
	st.life.RLock()
	defer st.life.RUnlock()
	skip.Source = st.scope.Source
	// JSON would change other bytes, and with them the order of the manifest.
	for _, s := range []*string{&skip.URL, &skip.Reason, &skip.Detail, &skip.From} {
		*s = strings.ToValidUTF8(*s, "\uFFFD")
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if err := st.usable(); err != nil {
		return err
	}
	st.skips = append(st.skips, skip)
	st.outdate()
	return st.takeBack(skip.URL)
}

// takeBack removes a page that this run has staged. The caller holds mu.
func (st *Stage) takeBack(url string) error {
	raw, variant, _ := strings.Cut(url, "?")
	path, err := content.ParsePath(raw)
	if err != nil {
		return nil // no page has this URL
	}
	p, ok := st.staged[content.Key{Path: path, Variant: variant}]
	if !ok {
		return nil
	}
	delete(st.staged, p.key)
	if !p.kept {
		st.taken = append(st.taken, p)
	}
	if err := st.drop(p); err != nil {
		st.err = disk(err, "take back page %s", url)
		return st.err
	}
	return nil
}
