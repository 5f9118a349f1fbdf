//go:build unix

package release

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Prune deletes old releases, and copies that were never ended. It keeps the newest
// keep releases, at least one, and always the published one and the one before it.
// A *[LockedError] means that somebody stages: a stage links to the releases on disk.
func (s *Store) Prune(ctx context.Context, keep int) (removed []string, err error) {
	lock, err := s.lockWriter()
	if err != nil {
		return nil, err
	}
	defer unlockWriter(lock)
	removed, err = s.discardOld(ctx, max(keep, 1))
	if err != nil {
		// A name that is not safely on disk must not be emptied: after a power
		// loss the half-deleted folder could have the release's name again.
		return removed, err
	}
	copies, err := s.listed(copyPrefix)
	if err != nil {
		return removed, err
	}
	for _, name := range copies {
		if err := s.removeCopy(s.path(releasesName, name)); err != nil {
			return removed, err
		}
	}
	return removed, s.sweep(false)
}

// discardOld renames old releases to trash, so that none can be rolled back to
// half deleted. The newest always stays: its number and clock bound the next.
func (s *Store) discardOld(ctx context.Context, keep int) (removed []string, err error) {
	lock, err := s.lockCommit(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock(lock)
	current, err := s.currentID()
	if err != nil {
		return nil, err
	}
	list, err := s.Releases()
	if err != nil || len(list) <= keep {
		return nil, err
	}
	safe := map[string]bool{current: true}
	if r, ok := before(list, current); ok {
		safe[r.ID] = true
	}
	for _, r := range list[:len(list)-keep] {
		if safe[r.ID] {
			continue
		}
		if err := os.Rename(r.Dir, s.path(releasesName, trashPrefix+r.ID)); err != nil {
			return removed, disk(err, "remove release %s", r.ID)
		}
		removed = append(removed, r.ID)
	}
	if removed == nil {
		return nil, nil
	}
	return removed, disk(syncPath(s.path(releasesName)), "sync folder %s", s.path(releasesName))
}

// recover deletes what dead writers left. It never waits and never fails: who
// may only read the folder can still read it, and the next writer tries again.
func (s *Store) recover() {
	if dead, _ := s.leftovers(false); len(dead) == 0 {
		return
	}
	lock, err := s.lockWriter()
	if err != nil {
		return // a live writer has recovered already
	}
	defer unlockWriter(lock)
	_ = s.sweep(false)
}

// leftovers lists stages and trash. They are dead for whoever holds the writer's
// lock, but for a stage with a journal, which is listed only if asked for.
func (s *Store) leftovers(recorded bool) ([]string, error) {
	names, err := s.listed(stagePrefix, trashPrefix)
	return slices.DeleteFunc(names, func(name string) bool { return !recorded && s.recorded(name) }), err
}

// listed lists the entries of the folder of releases that begin with one of the prefixes.
func (s *Store) listed(prefixes ...string) ([]string, error) {
	entries, err := os.ReadDir(s.path(releasesName))
	if err != nil {
		return nil, disk(err, "list releases")
	}
	var names []string
	for _, e := range entries {
		if slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(e.Name(), prefix) }) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// sweep deletes the leftovers, and what only they had of the trees. The caller
// holds the writer's lock. A kill in between leaves enough for the next sweep to
// go on from: trees are emptied first. A stage with a journal goes only if asked for.
func (s *Store) sweep(recorded bool) error {
	names, err := s.leftovers(recorded)
	if err != nil || len(names) == 0 {
		return err
	}
	if err := s.sweepTrees(names); err != nil {
		return err
	}
	for _, name := range names {
		if err := os.RemoveAll(s.path(releasesName, name)); err != nil {
			return disk(err, "remove %s of an earlier run", name)
		}
	}
	return nil
}

// sweepTrees deletes the trees of dead stages. Where releases are deleted, it
// also deletes all folders of trees that no other release leads to.
func (s *Store) sweepTrees(leftovers []string) error {
	list, err := s.Releases()
	if err != nil {
		return err
	}
	owners, err := s.listed(copyPrefix)
	if err != nil {
		return err
	}
	for _, r := range list {
		owners = append(owners, r.ID)
	}
	if kept, err := s.interrupted(); err == nil && kept != "" && !slices.Contains(leftovers, filepath.Base(kept)) {
		owners = append(owners, filepath.Base(kept))
	}
	owned := map[string]bool{}
	for _, name := range owners {
		if tree, ok := treeOf(s.path(releasesName, name)); ok {
			owned[tree] = true
		}
	}
	trash := false
	for _, name := range leftovers {
		if strings.HasPrefix(name, trashPrefix) {
			trash = true
			continue
		}
		tree, ok := treeOf(s.path(releasesName, name))
		if !ok || owned[tree] {
			continue
		}
		if err := os.RemoveAll(s.path(treesName, tree)); err != nil {
			return disk(err, "remove tree %s of an earlier run", tree)
		}
	}
	if !trash {
		return nil
	}
	return s.pruneTrees(slices.Collect(maps.Keys(owned)))
}
