package theme

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// What a file of a theme may have, in bytes.
const (
	maxTemplate = 1 << 20
	maxAsset    = 16 << 20
)

// readFiles reads the default files and those of own over them, by name, and says
// which are of own.
func readFiles(own fs.FS) (files map[string][]byte, fromOwn map[string]bool, err error) {
	files, fromOwn = map[string][]byte{}, map[string]bool{}
	defaults, err := fs.Sub(embedded, "default")
	if err != nil {
		return nil, nil, fmt.Errorf("read the default theme: %w", err)
	}
	for i, source := range []fs.FS{defaults, own} {
		if source == nil {
			continue
		}
		err := fs.WalkDir(source, ".", func(name string, entry fs.DirEntry, err error) error {
			if name == "." && errors.Is(err, fs.ErrNotExist) {
				return fs.SkipAll
			}
			if err != nil {
				return fmt.Errorf("read theme: %w", err)
			}
			if name != "." && path.Base(name)[0] == '.' {
				if entry.IsDir() {
					return fs.SkipDir
				}
				return nil
			}
			if entry.IsDir() {
				return nil
			}
			if !entry.Type().IsRegular() {
				return &Error{File: name, Err: errors.New("it is a symbolic link or no file, and a theme holds nothing but files")}
			}
			files[name], err = readFile(source, name, entry)
			fromOwn[name] = i > 0
			return err
		})
		if err != nil {
			return nil, nil, err
		}
	}
	return files, fromOwn, nil
}

// Default is a file of the default theme, to begin one's own with.
func Default(name string) ([]byte, error) {
	files, _, err := readFiles(nil)
	if err != nil {
		return nil, err
	}
	text, ok := files[name]
	if !ok {
		return nil, fmt.Errorf("the default theme has no file %q; it has %s", name, strings.Join(slices.Sorted(maps.Keys(files)), ", "))
	}
	return text, nil
}

func readFile(source fs.FS, name string, entry fs.DirEntry) ([]byte, error) {
	info, err := entry.Info()
	if err != nil {
		return nil, fmt.Errorf("read theme: %w", err)
	}
	limit := int64(maxAsset)
	if path.Ext(name) == templateSuffix {
		limit = maxTemplate
	}
	if info.Size() > limit {
		return nil, &Error{File: name, Err: fmt.Errorf("it has %d bytes, more than %d", info.Size(), limit)}
	}
	data, err := fs.ReadFile(source, name)
	if err != nil {
		return nil, fmt.Errorf("read theme: %w", err)
	}
	return data, nil
}

func digestFiles(files map[string][]byte) []byte {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		sum := sha256.Sum256(files[name])
		fmt.Fprintf(h, "%q %x\n", name, sum)
	}
	return h.Sum(nil)
}
