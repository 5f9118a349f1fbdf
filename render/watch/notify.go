package watch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
)

// A LimitError says that the system allows no more watches, so that folders are
// looked at instead.
type LimitError struct {
	Folders int // that were to be watched
	Err     error
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("watch %d folders: the system allows no more watches: %v", e.Folders, e.Err)
}

func (e *LimitError) Unwrap() error { return e.Err }

// missingCheck is how often is looked whether the folder is still the one that is
// watched. Its parent may be gone as well, so that no event would tell of a new
// one; and of a folder that somebody holds open the system tells that it was
// deleted only when they close it.
const missingCheck = 200 * time.Millisecond

// A notifier turns the system's events into ours.
type notifier struct {
	*Watcher
	system  *fsnotify.Watcher
	folders map[string]bool            // that are watched, or looked at
	looked  map[string]map[string]look // those that the system does not watch, and what was in them
	root    os.FileInfo                // the folder itself
}

// notify passes on the system's events. Where it gives none at all, everything is
// looked at.
func (w *Watcher) notify(ctx context.Context, events chan<- event, ready chan<- struct{}) error {
	system, err := fsnotify.NewWatcher()
	if isLimit(err) {
		folders, walkErr := w.folders(w.Dir)
		if walkErr != nil {
			return fmt.Errorf("watch %s: %w", w.Dir, walkErr)
		}
		w.limited(len(folders), err)
		own := *w
		own.Poll = lookAgain
		return own.poll(ctx, events, ready)
	}
	if err != nil {
		return fmt.Errorf("watch %s: %w", w.Dir, err)
	}
	defer system.Close()
	return w.follow(ctx, system, events, ready)
}

// follow passes on the events of one of the system's watchers.
func (w *Watcher) follow(ctx context.Context, system *fsnotify.Watcher, events chan<- event, ready chan<- struct{}) (err error) {
	n := notifier{Watcher: w, system: system, folders: map[string]bool{}, looked: map[string]map[string]look{}}
	if err := n.begin(); err != nil {
		return err
	}
	close(ready)
	check := time.NewTicker(missingCheck)
	defer check.Stop()
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	for {
		var happened []event
		select {
		case <-ctx.Done():
			return nil
		case err = <-system.Errors:
			// Names are missing from here on.
			if happened = []event{{lost: true}}; errors.Is(err, fsnotify.ErrEventOverflow) {
				err = n.add(w.Dir) // folders may be new
			} else {
				err = fmt.Errorf("watch %s: %w", w.Dir, err)
			}
		case <-check.C:
			happened, err = n.comeBack()
		case <-again.C:
			happened, err = n.look()
		case raw := <-system.Events:
			happened, err = n.take(raw)
		}
		if err != nil {
			return err
		}
		for _, e := range happened {
			select {
			case events <- e:
			case <-ctx.Done():
				return nil
			}
		}
	}
}

// take turns the system's event into ours. Changes of mode alone are none: backup
// and indexing programs cause storms of them.
func (n *notifier) take(raw fsnotify.Event) ([]event, error) {
	if raw.Op == fsnotify.Chmod {
		return nil, nil
	}
	if raw.Has(fsnotify.Remove) || raw.Has(fsnotify.Rename) {
		n.forget(raw.Name)
		if raw.Name == n.Dir {
			return []event{{lost: true}}, nil
		}
	}
	rel, ok := n.relative(raw.Name)
	if !ok {
		return nil, nil
	}
	if raw.Has(fsnotify.Create) {
		if info, err := os.Lstat(raw.Name); err == nil && info.IsDir() {
			return []event{{name: rel}}, n.add(raw.Name)
		}
	}
	return []event{{name: rel}}, nil
}

// begin watches the folder with all below it.
func (n *notifier) begin() (err error) {
	if n.root, err = os.Stat(n.Dir); err != nil {
		return fmt.Errorf("watch %s: %w", n.Dir, err)
	}
	return n.add(n.Dir)
}

// comeBack looks whether the folder was deleted, or made anew.
func (n *notifier) comeBack() ([]event, error) {
	info, err := os.Stat(n.Dir)
	switch watched := n.folders[n.Dir]; {
	case err != nil || !info.IsDir():
		n.forget(n.Dir)
		if watched {
			return []event{{lost: true}}, nil
		}
		return nil, nil
	case watched && os.SameFile(info, n.root):
		return nil, nil
	}
	n.forget(n.Dir)
	return []event{{lost: true}}, n.begin()
}

// forget ends the watches of a folder that is gone and of those below it. One
// that was moved would go on to tell of files by the names they had.
func (n *notifier) forget(dir string) {
	if !n.folders[dir] {
		return
	}
	for folder := range n.folders {
		if folder == dir || strings.HasPrefix(folder, dir+string(os.PathSeparator)) {
			_ = n.system.Remove(folder) // it may have ended by itself
			delete(n.folders, folder)
			delete(n.looked, folder)
		}
	}
}

// add watches a folder and all below it, as far as the system does.
func (n *notifier) add(dir string) error {
	list, err := n.Watcher.folders(dir)
	if err != nil {
		return fmt.Errorf("watch %s: %w", dir, err)
	}
	for _, folder := range list {
		switch err := n.system.Add(folder); {
		case errors.Is(err, os.ErrNotExist): // gone again; its own parent tells
		case isLimit(err):
			if len(n.looked) == 0 {
				n.limited(len(n.folders)+len(list), err)
			}
			n.folders[folder] = true
			if n.looked[folder], err = n.lookInto(folder); err != nil {
				return err
			}
		case err != nil:
			return fmt.Errorf("watch %s: %w", folder, err)
		default:
			n.folders[folder] = true
			delete(n.looked, folder)
		}
	}
	return nil
}

// isLimit recognises that there can be no more watches: inotify says that there is
// no space on the device, or that there are too many open files.
func isLimit(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EMFILE) }

// limited tells about it.
func (w *Watcher) limited(folders int, err error) {
	if w.Limited != nil {
		w.Limited(&LimitError{folders, err})
	}
}
