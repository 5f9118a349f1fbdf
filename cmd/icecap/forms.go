package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"icecap/content/release"
)

// A formFolder keeps the smaller forms of pictures as files beside the releases, so
// that each is made once, whether a preview or a build wants it first. It can be
// deleted at any time.
type formFolder struct{ out, dir string }

func (c *config) forms() formFolder {
	return formFolder{c.Freeze.Out, filepath.Join(c.Freeze.Out, "blog.images")}
}

// Has reports whether there is a form.
func (f formFolder) Has(name string) bool {
	_, err := os.Stat(filepath.Join(f.dir, name))
	return err == nil
}

// Load reads a form.
func (f formFolder) Load(name string) ([]byte, bool) {
	data, err := os.ReadFile(filepath.Join(f.dir, name))
	return data, err == nil
}

// Save writes a form, so that nobody reads half of it.
func (f formFolder) Save(name string, data []byte) error {
	if _, err := os.Stat(f.dir); err != nil {
		// A preview may be the first to write here; what is not icecap's stays as it is.
		if _, err := release.Open(f.out); err != nil {
			return fmt.Errorf("keep a picture: %w", err)
		}
		if err := os.MkdirAll(f.dir, 0o755); err != nil {
			return fmt.Errorf("keep a picture: %w", err)
		}
	}
	file, err := os.CreateTemp(f.dir, ".new-*")
	if err != nil {
		return fmt.Errorf("keep a picture: %w", err)
	}
	defer os.Remove(file.Name())
	_, err = file.Write(data)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("keep a picture: %w", err)
	}
	if err := os.Rename(file.Name(), filepath.Join(f.dir, name)); err != nil {
		return fmt.Errorf("keep a picture: %w", err)
	}
	return nil
}

// sweep deletes all forms but those that a site has, and what an interrupted run left.
func (f formFolder) sweep(names []string) error {
	used := make(map[string]bool, len(names))
	for _, name := range names {
		used[name] = true
	}
	entries, err := os.ReadDir(f.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look for pictures of old: %w", err)
	}
	for _, e := range entries {
		if used[e.Name()] {
			continue
		}
		if err := os.Remove(filepath.Join(f.dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("delete a picture of old: %w", err)
		}
	}
	return nil
}
