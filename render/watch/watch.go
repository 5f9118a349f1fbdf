package watch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A Watcher watches one folder with all below it. Its fields are set before Run.
type Watcher struct {
	Dir string
	// Ignore reports whether a name below Dir, with slashes, is left alone, with
	// all below it; nil ignores nothing but what [Temporary] does.
	Ignore func(name string) bool
	Settle time.Duration // quiet time that ends a batch; default 8 ms
	Poll   time.Duration // look at the files at this interval; 0 for the system's events
	// Limited is told when the system allows no more watches; nil tells nobody.
	Limited func(*LimitError)
}

// A Batch is what has changed since the batch before.
type Batch struct {
	// Names are files and folders, relative to the watched one, with slashes,
	// sorted; of a folder, all below it may have changed.
	Names []string
	All   bool      // events were lost: anything may have changed
	First time.Time // when the first of the changes was seen
}

const (
	defaultSettle = 8 * time.Millisecond
	// maxSettle bounds the wait for quiet, so that a file that is written without
	// end does not hide all others.
	maxSettle = 250 * time.Millisecond
)

// An event is one change, or with lost set, an unknown number.
type event struct {
	name string
	lost bool
}

// Run sends batches until the context ends, which is no error. The first one says
// All, and comes once the folder is watched: a receiver that reads the folder then
// misses nothing. Out must be unbuffered: a batch takes up all that happens until
// it is received.
func (w *Watcher) Run(ctx context.Context, out chan<- Batch) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	dir, err := filepath.Abs(w.Dir)
	if err != nil {
		return fmt.Errorf("watch %s: %w", w.Dir, err)
	}
	own := *w
	own.Dir = dir
	if own.Settle == 0 {
		own.Settle = defaultSettle
	}
	events := make(chan event)
	failed := make(chan error, 1)
	source := own.notify
	if own.Poll > 0 {
		source = own.poll
	}
	ready := make(chan struct{})
	go func() { failed <- source(ctx, events, ready) }()
	select {
	case <-ready:
	case err := <-failed:
		return err
	}
	collected := make(chan struct{})
	go func() {
		defer close(collected)
		own.collect(ctx, events, out)
	}()
	err = <-failed
	cancel()
	<-collected
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// collect makes batches of events.
func (w *Watcher) collect(ctx context.Context, events <-chan event, out chan<- Batch) {
	pending := map[string]bool{}
	batch := Batch{All: true, First: time.Now()}
	ready := out // nil until the batch has settled
	settled := time.NewTimer(w.Settle)
	settled.Stop()
	defer settled.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-events:
			now := time.Now()
			if batch.First.IsZero() {
				batch.First = now
			}
			if e.lost {
				batch.All = true
			} else {
				pending[e.name] = true
			}
			ready = nil
			settled.Reset(max(0, min(w.Settle, batch.First.Add(maxSettle).Sub(now))))
		case <-settled.C:
			batch.Names = slices.Sorted(maps.Keys(pending))
			ready = out
		case ready <- batch:
			pending, batch, ready = map[string]bool{}, Batch{}, nil
		}
	}
}

// relative is a path as a batch names it; false if it is left alone.
func (w *Watcher) relative(name string) (string, bool) {
	rel, err := filepath.Rel(w.Dir, name)
	if err != nil || !filepath.IsLocal(rel) {
		return "", false
	}
	rel = filepath.ToSlash(rel)
	return rel, !w.leaves(rel)
}

// leaves reports whether a name is left alone, itself or with a folder above it.
func (w *Watcher) leaves(rel string) bool {
	for name := rel; name != "."; name = path.Dir(name) {
		if Temporary(path.Base(name)) || w.Ignore != nil && w.Ignore(name) {
			return true
		}
	}
	return false
}

// temporaryEnds end the names of files that editors write beside the one that is
// edited: emacs and others, vim, IntelliJ, Kate, generic ones.
var temporaryEnds = []string{"~", ".swp", ".swo", ".swx", "___jb_tmp___", "___jb_old___", ".kate-swp", ".tmp", ".crdownload", ".part"}

// temporaryStarts begin such names: emacs' locks and automatic copies, GIO,
// macOS, NFS.
var temporaryStarts = []string{".#", "#", ".goutputstream", ".DS_Store", ".nfs", "~$", ".syncthing."}

// Temporary reports whether a file of this name is an editor's own: it comes and
// goes with each save, and is never what was saved.
func Temporary(base string) bool {
	// vim tries with a file 4913 whether it may write to a folder.
	if base == "4913" {
		return true
	}
	has := func(parts []string, fits func(string, string) bool) bool {
		return slices.ContainsFunc(parts, func(part string) bool { return fits(base, part) })
	}
	return has(temporaryEnds, strings.HasSuffix) || has(temporaryStarts, strings.HasPrefix)
}

// folders lists dir and all folders below it that are not left alone. One that
// goes away meanwhile is no error.
func (w *Watcher) folders(dir string) (list []string, err error) {
	err = filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
				return nil
			}
			return err
		}
		if !entry.IsDir() {
			return nil
		}
		if _, ok := w.relative(name); !ok {
			return fs.SkipDir
		}
		list = append(list, name)
		return nil
	})
	return list, err
}
