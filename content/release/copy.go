//go:build unix

package release

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"icecap/content"
)

const (
	// copyPrefix begins the folder of a copy, which ends with the release's ID. It
	// outlives its process: what was fetched is not fetched again.
	copyPrefix = ".copy-"
	// resumeName marks a copy whose pages are still being collected.
	resumeName = "resume"
)

// A Copy is a release of another host that is being built here, under the same ID:
// its manifest is the same, so its times and entity tags are, too. Of its pages
// only those are asked for that the newest release on this disk does not have.
// Call Missing once, Write for each page that it names, then Commit; and always
// end with Suspend or Discard, which do nothing after Commit.
type Copy struct {
	stage   *Stage // its tree, and the release here that unchanged pages are taken from
	id      string
	its     *ledger
	earlier *tree // the files of an attempt that was suspended or killed; nil if there was none
	plan    *plan
	own     map[content.Key]bool // pages that the other release has too, but that are not taken from it
	missing int64
	written atomic.Int64
}

// Copy begins a copy, or goes on with one that was suspended or killed. It takes
// the writer's lock, a *[LockedError] if somebody else has it. The manifest is
// asked for if it is not here yet; one that is not of this release is a
// *[CorruptError].
func (s *Store) Copy(ctx context.Context, id string, manifest func(io.Writer) error) (_ *Copy, err error) {
	if _, ok := parseID(id); !ok {
		return nil, fmt.Errorf("copy release %q: it is no release's ID", id)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	lock, err := s.lockWriter()
	if err != nil {
		return nil, err
	}
	c := &Copy{stage: &Stage{store: s, lock: lock}, id: id, own: map[content.Key]bool{}}
	defer func() {
		if err != nil {
			c.Suspend()
		}
	}()
	if err := s.sweep(false); err != nil {
		return nil, err
	}
	if err := c.openBase(); err != nil {
		return nil, err
	}
	if err := c.stage.checkRoom(); err != nil {
		return nil, err
	}
	if err := c.openFolder(); err != nil {
		return nil, err
	}
	return c, c.openManifest(manifest)
}

// openBase opens the newest release that can be read.
func (c *Copy) openBase() error {
	list, err := c.stage.store.Releases()
	if err != nil {
		return err
	}
	for _, r := range slices.Backward(list) {
		if r.ID == c.id {
			return fmt.Errorf("copy release %s: it is here already", c.id)
		}
		if c.stage.base == nil {
			err := c.stage.use(r)
			var corrupt *CorruptError
			if err != nil && !errors.As(err, &corrupt) {
				return err
			}
		}
	}
	return nil
}

// openFolder goes on in the folder of an earlier attempt, or makes a new one.
func (c *Copy) openFolder() (err error) {
	st, dir := c.stage, c.stage.store.path(releasesName, copyPrefix+c.id)
	if tree, ok := treeOf(dir); ok && isFile(filepath.Join(dir, resumeName)) {
		if c.earlier, err = openTree(st.store.path(treesName, tree)); err == nil {
			if st.dir, err = os.Open(dir); err != nil {
				return disk(err, "open the stage %s", dir)
			}
			return st.openTree(st.store.path(treesName, tree))
		}
	}
	if err := st.store.removeCopy(dir); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return disk(err, "make the stage %s", dir)
	}
	if st.dir, err = os.Open(dir); err != nil {
		return disk(err, "open the stage %s", dir)
	}
	if err := st.makeTree(); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(dir, resumeName), os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return disk(err, "make the stage %s", dir)
	}
	return disk(f.Close(), "make the stage %s", dir)
}

// removeCopy deletes a copy, its tree first: without the copy nobody would know
// that the tree is dead.
func (s *Store) removeCopy(dir string) error {
	if tree, ok := treeOf(dir); ok {
		if err := os.RemoveAll(s.path(treesName, tree)); err != nil {
			return disk(err, "remove tree %s of an earlier run", tree)
		}
	}
	return disk(os.RemoveAll(dir), "remove %s of an earlier run", dir)
}

func isFile(name string) bool {
	info, err := os.Lstat(name)
	return err == nil && info.Mode().IsRegular()
}

// openManifest opens the manifest, and fetches it unless an earlier attempt has
// it whole.
func (c *Copy) openManifest(fetch func(io.Writer) error) (err error) {
	r := &Release{ID: c.id, Dir: c.stage.dir.Name()}
	if c.its, err = r.openLedger(); err == nil {
		return nil
	}
	name := filepath.Join(r.Dir, manifestName)
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return disk(err, "remove the manifest of an earlier run")
	}
	f, err := c.stage.openManifest()
	if err != nil {
		return err
	}
	err = fetch(f)
	if closed := f.Close(); err == nil {
		err = disk(closed, "close the manifest")
	}
	if err != nil {
		return err
	}
	c.its, err = r.openLedger()
	return err
}

// Pages is how many pages the release has.
func (c *Copy) Pages() int { return c.its.Pages }

// Missing names the pages that must be written, in their order. An error of take
// ends it.
func (c *Copy) Missing(ctx context.Context, take func(content.Entry) error) error {
	c.plan = &plan{changed: map[string]struct{}{}}
	return c.each(func(l *lineRead, same bool) error {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("copy release %s: %w", c.id, err)
		}
		here, err := c.has(l)
		if err != nil {
			return err
		}
		if same && !here && l.page.held(c.stage.from, l.file) == nil {
			return nil
		}
		if same {
			c.own[l.page.key] = true
		}
		c.plan.change(&l.page)
		if here {
			return nil
		}
		c.missing++
		return take(l.page.entry())
	})
}

// each goes through the pages of the release, and says of which the release here
// has the same.
func (c *Copy) each(take func(l *lineRead, same bool) error) error {
	next, stop := iter.Pull2(c.stage.old.pages())
	defer stop()
	old, err, more := next()
	failed := c.its.eachPage(func(l *lineRead) error {
		for more && err == nil && old.page.key.Compare(l.page.key) < 0 {
			c.plan.change(&old.page)
			old, err, more = next()
		}
		if err != nil {
			return err
		}
		if !more || old.page.key != l.page.key {
			return take(l, false)
		}
		a, b := &old.page, &l.page
		same := a.same(b) && a.modified == b.modified && a.gzip == b.gzip && a.brotli == b.brotli
		old, err, more = next()
		return errors.Join(take(l, same), err)
	})
	for more && err == nil && failed == nil {
		c.plan.change(&old.page)
		old, err, more = next()
	}
	return errors.Join(failed, err)
}

// has reports whether an earlier attempt wrote a page, and removes what is not
// whole. Nothing was synced, so only the bytes can tell.
func (c *Copy) has(l *lineRead) (bool, error) {
	if c.earlier == nil {
		return false, nil
	}
	dir, name := split(l.file)
	folder, err := c.earlier.acquire(dir)
	if err == unix.ENOENT {
		return false, nil
	}
	if err != nil {
		return false, disk(err, "look for page %s", l.page.key.URL())
	}
	defer c.earlier.release(folder)
	fd, err := openat(folder.fd, name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err == unix.ENOENT {
		return false, nil
	}
	if err == nil {
		f, sum := os.NewFile(uintptr(fd), name), sha256.New()
		_, err = io.Copy(sum, f)
		f.Close()
		if err == nil && [sha256.Size]byte(sum.Sum(nil)) == l.page.sum && l.page.held(c.earlier, l.file) == nil {
			return true, nil
		}
	}
	c.plan.change(&l.page) // its folder stands in the tree
	return false, disk(c.earlier.unlinkPage(&l.page, l.file), "remove page %s of an earlier run", l.page.key.URL())
}

// Write writes a page that is missing. A body that is not the page's is a
// *[CorruptError]. It is safe for concurrent use, also while Missing runs.
func (c *Copy) Write(e content.Entry, body []byte) error {
	p, err := pageOf(&e)
	if err != nil {
		return fmt.Errorf("copy page: %w", err)
	}
	if int64(len(body)) != p.size || sha256.Sum256(body) != p.sum {
		return &CorruptError{c.id, fmt.Sprintf("the body of page %s does not hash to what the manifest says", e.URL())}
	}
	media, _ := content.MediaFor(p.media)
	beside := packed{}
	if p.extra() > 0 {
		if beside, err = pack(&p, media, body); err != nil {
			return err
		}
	}
	if int64(len(beside.gzip)) != p.gzip || int64(len(beside.brotli)) != p.brotli {
		return fmt.Errorf("copy page %s: it is not compressed as on the other host; run the same version of icecap on both", e.URL())
	}
	if err := c.stage.into.writePage(&p, p.file(), body, beside); err != nil {
		return disk(err, "write page %s", e.URL())
	}
	c.written.Add(1)
	return nil
}

// Commit adds the release to those on disk. It does not publish it: see
// [Store.Rollback].
func (c *Copy) Commit(ctx context.Context) (*Release, error) {
	if c.plan == nil || c.written.Load() != c.missing {
		return nil, fmt.Errorf("copy release %s: %d of %d missing pages were written", c.id, c.written.Load(), c.missing)
	}
	st := c.stage
	// From here on its tree is not one of written pages only.
	if err := os.Remove(filepath.Join(st.dir.Name(), resumeName)); err != nil {
		return nil, disk(err, "end the stage")
	}
	if err := c.build(ctx); err != nil {
		return nil, err
	}
	if err := st.sync(); err != nil {
		return nil, err
	}
	r := st.store.release(c.id)
	if err := os.Rename(st.dir.Name(), r.Dir); err != nil {
		return nil, disk(err, "rename the stage to release %s", r.ID)
	}
	c.close()
	return r, disk(syncPath(st.store.path(releasesName)), "sync folder %s", st.store.path(releasesName))
}

// build takes over the pages that the release here has, and writes the gate map.
func (c *Copy) build(ctx context.Context) error {
	files := newPlacer(c.stage, c.plan)
	defer files.checker.end()
	var assets []content.Entry
	err := c.each(func(l *lineRead, same bool) error {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("copy release %s: %w", c.id, err)
		}
		if isAsset(&l.page) {
			assets = append(assets, l.page.entry())
		}
		return files.place(&item{page: &l.page, file: l.file, old: same && !c.own[l.page.key]})
	})
	if err != nil {
		return err
	}
	if err := files.finish(); err != nil {
		return err
	}
	if err := files.audit(); err != nil {
		return err
	}
	return c.stage.writeGateMap(assets, c.its.redirects)
}

// Suspend gives the writer's lock back, and leaves what was written for the next
// Copy of this release, or for [Store.Prune].
func (c *Copy) Suspend() {
	if !c.stage.closed {
		c.close()
	}
}

// Discard deletes the copy.
func (c *Copy) Discard() error {
	if c.stage.closed {
		return nil
	}
	defer c.close()
	return c.stage.store.removeCopy(c.stage.dir.Name())
}

func (c *Copy) close() {
	c.its.close()
	c.earlier.close()
	c.stage.close()
}
