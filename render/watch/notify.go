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

// A LimitError says that the system allows no more watches.
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
	folders map[string]bool // that are watched
	root    os.FileInfo     // the folder itself
}

// notify passes on the system's events.
func (w *Watcher) notify(ctx context.Context, events chan<- event, ready chan<- struct{}) error {
	system, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch %s: %w", w.Dir, limit(err, 1))
	}
	defer system.Close()
	return w.follow(ctx, system, events, ready)
}

// follow passes on the events of one of the system's watchers.
func (w *Watcher) follow(ctx context.Context, system *fsnotify.Watcher, events chan<- event, ready chan<- struct{}) (err error) {
	n := notifier{Watcher: w, system: system, folders: map[string]bool{}}
	if err := n.begin(); err != nil {
		return err
	}
	close(ready)
	check := time.NewTicker(missingCheck)
	defer check.Stop()
	for {
		var e event
		var happened bool
		select {
		case <-ctx.Done():
			return nil
		case err = <-system.Errors:
			// Names are missing from here on.
			if e, happened = (event{lost: true}), true; errors.Is(err, fsnotify.ErrEventOverflow) {
				err = n.add(w.Dir) // folders may be new
			} else {
				err = fmt.Errorf("watch %s: %w", w.Dir, err)
			}
		case <-check.C:
			e, happened, err = n.comeBack()
		case raw := <-system.Events:
			e, happened, err = n.take(raw)
		}
		if err != nil {
			return err
		}
		if !happened {
			continue
		}
		select {
		case events <- e:
		case <-ctx.Done():
			return nil
		}
	}
}

// take turns the system's event into ours. Changes of mode alone are none: backup
// and indexing programs cause storms of them.
func (n *notifier) take(raw fsnotify.Event) (event, bool, error) {
	if raw.Op == fsnotify.Chmod {
		return event{}, false, nil
	}
	if raw.Has(fsnotify.Remove) || raw.Has(fsnotify.Rename) {
		n.forget(raw.Name)
		if raw.Name == n.Dir {
			return event{lost: true}, true, nil
		}
	}
	rel, ok := n.relative(raw.Name)
	if !ok {
		return event{}, false, nil
	}
	if raw.Has(fsnotify.Create) {
		if info, err := os.Lstat(raw.Name); err == nil && info.IsDir() {
			return event{name: rel}, true, n.add(raw.Name)
		}
	}
	return event{name: rel}, true, nil
}

// begin watches the folder with all below it.
func (n *notifier) begin() (err error) {
	if n.root, err = os.Stat(n.Dir); err != nil {
		return fmt.Errorf("watch %s: %w", n.Dir, err)
	}
	return n.add(n.Dir)
}

// comeBack looks whether the folder was deleted, or made anew.
func (n *notifier) comeBack() (event, bool, error) {
	info, err := os.Stat(n.Dir)
	switch watched := n.folders[n.Dir]; {
	case err != nil || !info.IsDir():
		n.forget(n.Dir)
		return event{lost: true}, watched, nil
	case watched && os.SameFile(info, n.root):
		return event{}, false, nil
	}
	n.forget(n.Dir)
	return event{lost: true}, true, n.begin()
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
		}
	}
}

// add watches a folder and all below it.
func (n *notifier) add(dir string) error {
	list, err := n.Watcher.folders(dir)
	if err != nil {
		return fmt.Errorf("watch %s: %w", dir, err)
	}
	for _, folder := range list {
		switch err := n.system.Add(folder); {
		case errors.Is(err, os.ErrNotExist): // gone again; its own parent tells
		case err != nil:
			return fmt.Errorf("watch %s: %w", folder, limit(err, len(list)))
		default:
			n.folders[folder] = true
		}
	}
	return nil
}

// limit recognises that there can be no more watches: inotify says that there is
// no space on the device, or that there are too many open files.
func limit(err error, folders int) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EMFILE) {
		return &LimitError{folders, err}
	}
	return err
}
