//go:build unix

package release

import (
	"context"
	"errors"
	"os"
	"path/filepath"
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
	room  room                 // of the disk, at the beginning

	newest  int64    // the least that clock may be
	journal *journal // nil for none
	made    []string // folders that the interrupted run made in the stage's tree

	life   sync.RWMutex // the sink's methods share it; Site, Check, Commit and Discard have it alone
	closed bool
	spent  bool // a Commit was tried

	mu        sync.Mutex            // guards what follows
	left      map[content.Key]*page // of the interrupted run, and not yielded again so far
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
// trusted. What an interrupted run left is deleted; see [Store.Resume].
func (s *Store) Stage(ctx context.Context, scope content.Scope) (_ *Stage, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	st, err := s.newStage(scope)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			st.Discard()
		}
	}()
	if err := s.sweep(true); err != nil {
		return nil, err
	}
	if err := st.openBase(); err != nil {
		return nil, err
	}
	if err := st.checkRoom(); err != nil {
		return nil, err
	}
	if err := st.makeFolders(); err != nil {
		return nil, err
	}
	return st, nil
}

// newStage takes the writer's lock.
func (s *Store) newStage(scope content.Scope) (*Stage, error) {
	lock, err := s.lockWriter()
	if err != nil {
		return nil, err
	}
	st := &Stage{store: s, scope: scope, lock: lock, staged: map[content.Key]*page{}, known: map[string]string{}}
	if scope.Keys != nil {
		st.scope.Keys = nil
		st.keys = make(map[content.Key]bool, len(scope.Keys))
		for _, key := range scope.Keys {
			st.keys[key] = true
		}
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
		if err := st.use(base); err != nil {
			return err
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
	for _, r := range list {
		// A release whose header cannot be read cannot be published again, so
		// its times cannot meet ours.
		if h, err := r.header(); err == nil {
			st.newest = max(st.newest, h.Clock+1)
		}
	}
	st.clock = max(st.store.now().Unix(), st.newest)
	return nil
}

// use makes a release the one that unchanged pages are taken from.
func (st *Stage) use(base *Release) error {
	open := st.store.hold
	if st.keys != nil {
		open = (*Release).openLedger
	}
	old, err := open(base)
	if err != nil {
		return err
	}
	from, err := base.openPages()
	if err != nil {
		old.close()
		return &CorruptError{base.ID, "it has no folder of pages"}
	}
	st.base, st.old, st.from = base, old, from
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
	if err := st.openTree(pages); err != nil {
		return err
	}
	// What the umask, or a default access list, took from this folder it will
	// take from the files, too. Elsewhere that saves a call per page.
	st.into.chmod = info.Mode().Perm() != dirMode
	return nil
}

// openTree opens the stage's tree for writing.
func (st *Stage) openTree(pages string) (err error) {
	st.pages = pages
	if st.into, err = openTree(pages); err != nil {
		return disk(err, "open folder %s", pages)
	}
	st.into.create, st.into.chmod = true, true
	return nil
}

// takes reports whether the run may yield a page. A list has room for what is new
// in the release, too: pages that it newly links to.
func (st *Stage) takes(key content.Key, old *page) bool {
	return st.scope.Contains(st.scope.Source, key) && (st.keys == nil || st.keys[key] || old == nil)
}

// replaces reports whether what came from source under key lies in the scope.
func (st *Stage) replaces(source string, key content.Key) bool {
	return st.scope.Contains(source, key) && (st.keys == nil || st.keys[key])
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
	if st.journal != nil {
		st.journal.file.Close()
	}
	unlockWriter(st.lock)
}

var _ content.Sink = (*Stage)(nil)
