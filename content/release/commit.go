//go:build unix

package release

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Commit publishes the stage; see the package comment for the steps. With an
// error the old release is still published, and the stage can only be
// discarded. A *[MovedError] means that another release was published meanwhile.
//
// Commit does not check: call Check before.
func (st *Stage) Commit(ctx context.Context) (*Release, error) {
	st.life.Lock()
	defer st.life.Unlock()
	if err := st.usable(); err != nil {
		return nil, err
	}
	st.spent = true
	pl := st.plan()
	if err := st.linkOver(ctx, pl.over); err != nil {
		return nil, err
	}
	if err := st.audit(len(pl.pages)); err != nil {
		return nil, err
	}
	if err := st.writeGateMap(pl); err != nil {
		return nil, err
	}
	sum, err := st.writeManifest(pl)
	if err != nil {
		return nil, err
	}
	if err := st.sync(); err != nil {
		return nil, err
	}
	r, err := st.publish(ctx, sum)
	if err != nil {
		return nil, err
	}
	st.close()
	return r, nil
}

// linkOver links the pages that are taken over from the previous release.
func (st *Stage) linkOver(ctx context.Context, over []*page) error {
	for i, p := range over {
		if i%1024 == 0 && ctx.Err() != nil {
			return fmt.Errorf("publish the stage: %w", ctx.Err())
		}
		err := st.into.link(st.from, p.file(), p.size, p.modified)
		if err == errAltered {
			return st.altered(p)
		}
		if err != nil {
			return disk(err, "link page %s", p.key.URL())
		}
	}
	return nil
}

// audit compares the stage's folder with the number of pages that were written:
// NGINX would serve whatever else stands there, and follow its symbolic links.
func (st *Stage) audit(want int) error {
	found, dir := 0, filepath.Join(st.dir.Name(), pagesName)
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return disk(err, "look through the stage")
		case d.Type().IsRegular():
			found++
		case !d.IsDir():
			return fmt.Errorf("look through the stage: %s is a %s that icecap did not make", name, kind(d.Type()))
		}
		return nil
	})
	if err == nil && found != want {
		err = fmt.Errorf("look through the stage: %s holds %d files, but %d pages were written", dir, found, want)
	}
	return err
}

func kind(mode fs.FileMode) string {
	if mode&fs.ModeSymlink != 0 {
		return "symbolic link"
	}
	return "special file"
}

// writeManifest returns the hash of the manifest.
func (st *Stage) writeManifest(pl *plan) (sum []byte, err error) {
	name := filepath.Join(st.dir.Name(), manifestName)
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return nil, disk(err, "make the manifest")
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = disk(closed, "close the manifest")
		}
	}()
	h := header{Clock: st.clock, Created: st.store.now().UTC().Truncate(time.Second)}
	sum, err = writeManifest(f, h, pl.pages, pl.redirects, pl.skips)
	if err != nil {
		return nil, disk(err, "write the manifest")
	}
	if err := f.Chmod(fileMode); err != nil {
		return nil, disk(err, "make the manifest readable")
	}
	return sum, nil
}

// sync makes the stage durable.
func (st *Stage) sync() error {
	if err := st.dir.Chmod(dirMode); err != nil {
		return disk(err, "make the stage readable")
	}
	if err := syncTree(st.dir); err != nil {
		return disk(err, "sync the pages")
	}
	if err := syncPath(filepath.Join(st.dir.Name(), manifestName)); err != nil {
		return disk(err, "sync the manifest")
	}
	return disk(st.dir.Sync(), "sync the stage")
}

// publish renames the stage and points current at it.
func (st *Stage) publish(ctx context.Context, sum []byte) (*Release, error) {
	lock, err := st.store.lockCommit(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock(lock)
	was := ""
	if st.base != nil {
		was = st.base.ID
	}
	is, err := st.store.currentID()
	if err != nil {
		return nil, err
	}
	if is != was {
		return nil, &MovedError{Was: was, Is: is}
	}
	r, err := st.nextRelease(sum)
	if err != nil {
		return nil, err
	}
	if err := os.Rename(st.dir.Name(), r.Dir); err != nil {
		return nil, disk(err, "rename the stage to release %s", r.ID)
	}
	err = disk(syncPath(st.store.path(releasesName)), "sync folder %s", st.store.path(releasesName))
	if err == nil {
		err = st.store.point(r.ID)
	}
	if err != nil {
		return nil, st.withdraw(r, was, err)
	}
	return r, nil
}

// nextRelease names the release: its number follows the highest on disk,
// published or not, and never the time.
func (st *Stage) nextRelease(sum []byte) (*Release, error) {
	list, err := st.store.Releases()
	if err != nil {
		return nil, err
	}
	number := int64(1)
	if len(list) > 0 {
		last, _ := parseID(list[len(list)-1].ID)
		number = last + 1
	}
	return st.store.release(newID(number, sum)), nil
}

// withdraw publishes the old release again after a failure behind the rename,
// and makes the release a stage again, which Discard deletes.
func (st *Stage) withdraw(r *Release, was string, cause error) error {
	cause = st.store.turnBack(was, cause)
	if is, err := st.store.currentID(); err != nil || is != was {
		// Visitors may be reading it. It must stay.
		st.close()
		return errors.Join(cause, fmt.Errorf("the new release %s answers, but a power loss may undo it", r.ID))
	}
	if err := os.Rename(r.Dir, st.dir.Name()); err != nil {
		st.close()
		return errors.Join(cause, disk(err, "rename release %s back", r.ID))
	}
	return cause
}
