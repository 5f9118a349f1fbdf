package watch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// A look is what a file looked like.
type look struct {
	size     int64
	modified time.Time
	mode     fs.FileMode
}

// poll compares looks at the folder.
func (w *Watcher) poll(ctx context.Context, events chan<- event, ready chan<- struct{}) error {
	before, err := w.look()
	if err != nil {
		return err
	}
	close(ready)
	tick := time.NewTicker(w.Poll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		after, err := w.look()
		if err != nil {
			return err
		}
		for _, name := range differences(before, after) {
			select {
			case events <- event{name: name}:
			case <-ctx.Done():
				return nil
			}
		}
		before = after
	}
}

func differences(before, after map[string]look) (names []string) {
	for name, now := range after {
		if was, ok := before[name]; !ok || was != now {
			names = append(names, name)
		}
	}
	for name := range before {
		if _, ok := after[name]; !ok {
			names = append(names, name)
		}
	}
	return names
}

// look looks at all files. A missing folder is an empty one: it may come back.
func (w *Watcher) look() (map[string]look, error) {
	seen := map[string]look{}
	err := filepath.WalkDir(w.Dir, func(name string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("look through the folder: %w", err)
		}
		rel, ok := w.relative(name)
		switch {
		case !ok && entry.IsDir():
			return fs.SkipDir
		case !ok || entry.IsDir():
			return nil
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("look at %s: %w", name, err)
		}
		seen[rel] = look{info.Size(), info.ModTime(), info.Mode()}
		return nil
	})
	return seen, err
}

// lookAgain is how often folders are looked at that the system does not watch.
const lookAgain = time.Second

// look looks at the folders that the system does not watch.
func (n *notifier) look() (happened []event, err error) {
	for folder, before := range n.looked {
		after, err := n.lookInto(folder)
		if err != nil {
			return nil, err
		}
		n.looked[folder] = after
		for _, name := range differences(before, after) {
			happened = append(happened, event{name: name})
			full := filepath.Join(n.Dir, filepath.FromSlash(name))
			if now, there := after[name]; !there || !now.mode.IsDir() {
				n.forget(full)
			} else if err := n.add(full); err != nil {
				return nil, err
			}
		}
	}
	return happened, nil
}

// lookInto looks at what one folder holds, not below it. A missing one holds nothing.
func (w *Watcher) lookInto(folder string) (map[string]look, error) {
	seen := map[string]look{}
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("look into the folder: %w", err)
	}
	for _, entry := range entries {
		rel, ok := w.relative(filepath.Join(folder, entry.Name()))
		if !ok {
			continue
		}
		if entry.IsDir() {
			seen[rel] = look{mode: fs.ModeDir} // what is in it has looks of its own
			continue
		}
		info, err := entry.Info()
		if err == nil {
			seen[rel] = look{info.Size(), info.ModTime(), info.Mode()}
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("look at %s: %w", rel, err)
		}
	}
	return seen, nil
}
