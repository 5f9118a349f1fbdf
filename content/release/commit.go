//go:build unix

package release

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"icecap/content"
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
	pl, err := st.plan()
	if err != nil {
		return nil, err
	}
	if err := st.dropLeft(); err != nil {
		return nil, err
	}
	sum, err := st.build(ctx, pl)
	if err != nil {
		return nil, err
	}
	if err := st.endJournal(); err != nil {
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

// build completes the stage: it takes the unchanged pages over and writes the
// manifest, in one go through the pages, and the gate map. It returns the manifest's hash.
func (st *Stage) build(ctx context.Context, pl *plan) (sum []byte, err error) {
	f, err := st.openManifest()
	if err != nil {
		return nil, err
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = disk(closed, "close the manifest")
		}
	}()
	out, err := newWriter(f, header{
		Clock: st.clock, Created: st.store.now().UTC().Truncate(time.Second),
		Pages: pl.pages, Redirects: len(pl.redirects), Skips: len(pl.skips),
	})
	if err != nil {
		return nil, disk(err, "write the manifest")
	}
	files := newPlacer(st, pl)
	defer files.checker.end()
	pages, assets := 0, []content.Entry(nil)
	err = st.merge(merger{
		take: func(it *item) error {
			if pages++; pages%1024 == 0 && ctx.Err() != nil {
				return fmt.Errorf("publish the stage: %w", ctx.Err())
			}
			if err := files.place(it); err != nil {
				return err
			}
			if isAsset(it.page) {
				assets = append(assets, it.page.entry())
			}
			if it.text != nil {
				return disk(out.raw(it.text), "write the manifest")
			}
			return disk(out.page(it.page), "write the manifest")
		},
		replaced: func(*page, bool) {},
	})
	if err != nil {
		return nil, err
	}
	if err := files.finish(); err != nil {
		return nil, err
	}
	if err := files.audit(); err != nil {
		return nil, err
	}
	if err := st.writeGateMap(assets, pl.redirects); err != nil {
		return nil, err
	}
	sum, err = out.end(pl.redirects, pl.skips)
	return sum, disk(err, "write the manifest")
}

func (st *Stage) openManifest() (*os.File, error) {
	name := filepath.Join(st.dir.Name(), manifestName)
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return nil, disk(err, "make the manifest")
	}
	if err := f.Chmod(fileMode); err != nil {
		f.Close()
		return nil, disk(err, "make the manifest readable")
	}
	return f, nil
}

// sync makes the stage durable.
func (st *Stage) sync() error {
	if err := st.dir.Chmod(dirMode); err != nil {
		return disk(err, "make the stage readable")
	}
	if err := st.into.show(); err != nil {
		return disk(err, "make the pages readable")
	}
	if err := syncTrees(st.dir, st.pages); err != nil {
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
