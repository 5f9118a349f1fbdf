//go:build unix

package release

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// pruneTrees deletes every folder of the trees that the releases with the given
// trees do not lead to. Nothing else can lead there: a stage links only to what
// its previous release leads to, and has the writer's lock, as the caller does.
func (s *Store) pruneTrees(roots []string) error {
	m := &reach{store: s, live: map[string]map[string]bool{}, above: map[string]map[string]bool{}}
	for _, tree := range roots { // all of a tree before parts of it
		m.add(tree, "")
	}
	for _, tree := range roots {
		if err := m.follow(tree, ""); err != nil {
			return err
		}
	}
	names, err := s.listTrees()
	if err != nil {
		return err
	}
	for _, tree := range names {
		if err := m.prune(tree, ""); err != nil {
			return err
		}
	}
	return nil
}

// A reach is what releases lead to.
type reach struct {
	store *Store
	live  map[string]map[string]bool // paths by tree: these folders, and all below
	above map[string]map[string]bool // the folders on the way to them
}

// add marks a folder, and reports whether it was not marked before.
func (m *reach) add(tree, path string) bool {
	if m.live[tree] == nil {
		m.live[tree], m.above[tree] = map[string]bool{}, map[string]bool{}
	}
	if m.live[tree][""] || m.live[tree][path] {
		return false
	}
	m.live[tree][path] = true
	for path != "" {
		path, _ = split(path)
		m.above[tree][path] = true
	}
	return true
}

// follow marks what the shared folders below a folder lead to. A link that is
// not ours, or leads nowhere, leads to no tree that must stay.
func (m *reach) follow(tree, path string) error {
	dir := m.store.path(treesName, tree)
	return filepath.WalkDir(filepath.Join(dir, path), func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return disk(err, "look through the trees")
		}
		if d.Type() != fs.ModeSymlink {
			return nil
		}
		target, err := os.Readlink(name)
		if err != nil {
			return disk(err, "look through the trees")
		}
		below := strings.TrimPrefix(name, dir+"/")
		if other, ok := linkedTree(target, below); ok && m.add(other, below) {
			return m.follow(other, below)
		}
		return nil
	})
}

// prune deletes what is not marked below a folder of a tree.
func (m *reach) prune(tree, path string) error {
	if m.live[tree][path] {
		return nil
	}
	name := m.store.path(treesName, tree, path)
	if !m.above[tree][path] {
		return disk(os.RemoveAll(name), "remove %s", name)
	}
	entries, err := os.ReadDir(name)
	if err != nil {
		return disk(err, "look through the trees")
	}
	for _, e := range entries {
		if err := m.prune(tree, strings.TrimPrefix(path+"/"+e.Name(), "/")); err != nil {
			return err
		}
	}
	return nil
}
