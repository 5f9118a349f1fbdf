//go:build unix

package release

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"icecap/content"
)

// A Stage is a release that is being built. It is a [content.Sink]; its methods
// are safe for concurrent use. The old site is untouched until Commit returns
// without an error. Always `defer stage.Discard()`.
//
// Per page that it is given it keeps about 230 bytes and the strings of its
// entry, never a body; of the other pages of the previous release nothing.
type Stage struct {
	store *Store
	scope content.Scope        // without its keys
	keys  map[content.Key]bool // the scope's keys, nil for all
	base  *Release             // the published release at the beginning, nil before the first
	old   *ledger              // of base, nil before the first
	from  *tree                // pages of base, nil before the first
	lock  *os.File             // the writer's
	dir   *os.File             // the stage's folder, open since it is empty
	pages string               // path of the stage's tree, "" until it may exist
	into  *tree                // pages of the stage
	clock int64                // time of new and changed pages

	life   sync.RWMutex // the sink's methods share it; Site, Check, Commit and Discard have it alone
	closed bool
	spent  bool // a Commit was tried

	mu        sync.Mutex // guards what follows
	staged    map[content.Key]*page
	taken     []*page                           // written, and then taken back
	order     []*page                           // staged, sorted; nil once something was staged since
	planned   *plan                             // nil once something was staged since
	known     map[string]string                 // strings that many pages have in common, each once
	redirects map[content.Path]content.Redirect // with those taken over
	skips     []content.Skip
	err       error // the first failed write; it fails the stage
}

// Stage begins a release that replaces the scope and takes over the rest. It
// takes the writer's lock, a *[LockedError] if somebody else has it, and reads
// the published manifest, a *[CorruptError] or *[BrokenError] if it cannot be
// trusted.
func (s *Store) Stage(ctx context.Context, scope content.Scope) (_ *Stage, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	lock, err := s.lockWriter()
	if err != nil {
		return nil, err
	}
	st := &Stage{store: s, scope: scope, lock: lock, staged: map[content.Key]*page{}, known: map[string]string{}}
	defer func() {
		if err != nil {
			st.Discard()
		}
	}()
	if scope.Keys != nil {
		st.scope.Keys = nil
		st.keys = make(map[content.Key]bool, len(scope.Keys))
		for _, key := range scope.Keys {
			st.keys[key] = true
		}
	}
	if err := s.sweep(); err != nil {
		return nil, err
	}
	if err := st.openBase(); err != nil {
		return nil, err
	}
	if err := st.makeFolders(); err != nil {
		return nil, err
	}
	return st, nil
}

// openBase reads the published release, if there is one, and sets the clock.
func (st *Stage) openBase() error {
	base, err := st.store.Current()
	switch {
	case errors.Is(err, ErrNoRelease):
	case err != nil:
		return err
	default:
		st.base = base
		if st.old, err = base.openLedger(); err != nil {
			return err
		}
		if st.from, err = base.openPages(); err != nil {
			return &CorruptError{base.ID, "it has no folder of pages"}
		}
	}
	st.redirects = map[content.Path]content.Redirect{}
	if st.old != nil {
		for _, r := range st.old.redirects {
			if !st.replaces(r.Source, content.Key{Path: r.From}) {
				st.redirects[r.From] = r
			}
		}
	}
	list, err := st.store.Releases()
	if err != nil {
		return err
	}
	st.clock = st.store.now().Unix()
	for _, r := range list {
		// A release whose header cannot be read cannot be published again, so
		// its times cannot meet ours.
		if h, err := r.header(); err == nil {
			st.clock = max(st.clock, h.Clock+1)
		}
	}
	return nil
}

// makeFolders makes the stage's folders. Until Commit only its owner can look in.
func (st *Stage) makeFolders() error {
	name, err := os.MkdirTemp(st.store.path(releasesName), stagePrefix+"*")
	if err != nil {
		return disk(err, "make a stage in %s", st.store.path(releasesName))
	}
	if st.dir, err = os.Open(name); err != nil {
		os.Remove(name)
		return disk(err, "open the stage %s", name)
	}
	// Better now than after an hour of crawling.
	probe := filepath.Join(name, "link")
	if err = os.Symlink("target", probe); err == nil {
		err = os.Remove(probe)
	}
	if err != nil {
		return disk(err, "make a symbolic link, to see whether the output folder's file system has them")
	}
	return st.makeTree()
}

// makeTree makes the stage's tree. The link to it comes first: who finds a dead
// stage then finds its tree, too.
func (st *Stage) makeTree() error {
	tree, err := st.store.nextTree()
	if err != nil {
		return err
	}
	if err := os.Symlink(pagesLink(tree), filepath.Join(st.dir.Name(), pagesName)); err != nil {
		return disk(err, "link the stage to its tree")
	}
	pages := st.store.path(treesName, tree)
	if err := os.Mkdir(pages, dirMode); err != nil {
		return disk(err, "make folder %s", pages)
	}
	st.pages = pages
	info, err := os.Lstat(pages)
	if err != nil {
		return disk(err, "make folder %s", pages)
	}
	if err := os.Chmod(pages, 0o700); err != nil {
		return disk(err, "hide folder %s", pages)
	}
	if st.into, err = openTree(pages); err != nil {
		return disk(err, "open folder %s", pages)
	}
	st.into.create = true
	// What the umask, or a default access list, took from this folder it will
	// take from the files, too. Elsewhere that saves a call per page.
	st.into.chmod = info.Mode().Perm() != dirMode
	return nil
}

// replaces reports whether what came from source under key lies in the scope.
func (st *Stage) replaces(source string, key content.Key) bool {
	return st.scope.Contains(source, key) && (st.keys == nil || st.keys[key])
}

// Page writes a page, or links it to the previous release's file if that has
// the same bytes. A second page for one URL, or one that another source brought
// and the scope does not replace, is a *[DuplicateError]; a page outside the
// scope is an error, too; these leave the stage as it was. After a *[DiskError]
// the stage can only be discarded.
func (st *Stage) Page(p content.Page) error {
	st.life.RLock()
	defer st.life.RUnlock()
	file, err := p.Key.File(p.MediaType)
	if err != nil {
		return fmt.Errorf("stage page: %w", err)
	}
	media, _ := content.MediaFor(p.MediaType)
	fresh := &page{
		key: p.Key, sum: sha256.Sum256(p.Body), size: int64(len(p.Body)), modified: st.clock,
		media: media.Type, source: st.scope.Source, version: p.Version, origin: p.Origin,
		cookies: strings.Join(p.Cookies, cookieSeparator),
	}
	old, existed, err := st.previous(p.Key)
	if err != nil {
		return st.fail(err)
	}
	// If the old file was damaged on disk, these bytes mend it.
	if existed && old.media == fresh.media && old.sum == fresh.sum && old.size == fresh.size &&
		st.from.holds(file, old.size, old.modified) == nil {
		fresh.kept, fresh.modified = true, old.modified
	}
	if err := st.admit(fresh, old); err != nil || fresh.kept {
		return err
	}
	if err := st.into.write(file, p.Body, st.clock); err != nil {
		return st.fail(disk(err, "write page %s", p.URL()))
	}
	return nil
}

// admit takes a page into the list before its file is made, so that of two
// pages for one URL exactly one is written. It gets the previous page, or nil.
func (st *Stage) admit(fresh, old *page) error {
	if !st.replaces(st.scope.Source, fresh.key) {
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

// Keep takes a page over from the previous release, with its time and version.
// It is an error if the previous release does not have the page in this scope,
// or the page was already staged. A *[CorruptError] means that the old file was
// damaged; the page can then be yielded with Page.
func (st *Stage) Keep(key content.Key) error {
	st.life.RLock()
	defer st.life.RUnlock()
	old, ok, err := st.previous(key)
	if err != nil {
		return st.fail(err)
	}
	if !ok || !st.replaces(old.source, key) {
		return fmt.Errorf("keep page %s: the previous release does not have it in this scope", key.URL())
	}
	if st.from.holds(old.file(), old.size, old.modified) != nil {
		return st.altered(key)
	}
	kept := *old
	kept.carried, kept.kept = 0, true
	return st.admit(&kept, old)
}

func (st *Stage) altered(key content.Key) error {
	return &CorruptError{st.base.ID, fmt.Sprintf("the file of page %s %v", key.URL(), errAltered)}
}

// Redirect records a redirect. A path that has a page or a redirect already is
// a *[DuplicateError]; so is a target that is not a percent-encoded path or
// http address an error.
func (st *Stage) Redirect(r content.Redirect) error {
	st.life.RLock()
	defer st.life.RUnlock()
	if err := checkRedirect(r); err != nil {
		return err
	}
	r.Source = st.scope.Source
	key := content.Key{Path: r.From}
	if !st.replaces(r.Source, key) {
		return fmt.Errorf("record redirect from %s: it lies outside the scope of this run", r.From)
	}
	old, _, err := st.previous(key)
	if err != nil {
		return st.fail(err)
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if err := st.usable(); err != nil {
		return err
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
// this URL is taken back.
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

// Discard deletes the stage and frees the writer's lock. After Commit it does
// nothing, so it can always be deferred.
func (st *Stage) Discard() error {
	st.life.Lock()
	defer st.life.Unlock()
	if st.closed {
		return nil
	}
	defer st.close()
	if st.dir == nil {
		return nil
	}
	// Its tree first: without its stage nobody would know that it is dead.
	if st.pages != "" {
		if err := os.RemoveAll(st.pages); err != nil {
			return disk(err, "remove the stage's tree %s", st.pages)
		}
	}
	return disk(os.RemoveAll(st.dir.Name()), "remove the stage %s", st.dir.Name())
}

// close frees the handles and the lock. The caller holds life alone.
func (st *Stage) close() {
	st.closed = true
	st.old.close()
	st.from.close()
	st.into.close()
	if st.dir != nil {
		st.dir.Close()
	}
	unlockWriter(st.lock)
}

var _ content.Sink = (*Stage)(nil)
