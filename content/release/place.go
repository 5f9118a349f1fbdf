//go:build unix

package release

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A placer puts the files of unchanged pages into the stage's tree: as shared
// folders where nothing below a folder changed, else as hard links. It gets all
// pages in their order, so that those below one folder follow one another.
type placer struct {
	stage   *Stage
	plan    *plan
	checker *checker

	folder  *sharedFolder // of the last page; nil for none
	folders []*sharedFolder
	files   int             // in the stage's own tree
	shared  map[string]bool // paths of the folders that were shared
}

func newPlacer(st *Stage, plan *plan) *placer {
	return &placer{stage: st, plan: plan, checker: newChecker(st.from, st.old.completed()), shared: map[string]bool{}}
}

// place takes one page.
func (pl *placer) place(it *item) error {
	if pl.folder != nil {
		if rest, ok := strings.CutPrefix(it.file, pl.folder.path); !ok || rest[0] != '/' {
			pl.folder = nil
		}
	}
	if pl.folder == nil {
		if path := pl.plan.unchanged(it.file); path != "" {
			pl.folder = &sharedFolder{path: strings.Clone(path)}
			pl.folders = append(pl.folders, pl.folder)
		}
	}
	switch {
	case pl.folder != nil:
		pl.folder.files += 1 + it.page.extra()
		pl.checker.file(it.page, it.file, pl.folder)
		return nil
	case it.old:
		return pl.link(it.page, it.file)
	}
	pl.files += 1 + it.page.extra() // they were written when the page was staged
	return nil
}

// link links one page to its old file, and what lies compressed beside it.
func (pl *placer) link(p *page, file string) error {
	err := p.each(file, func(name string, size int64) error {
		pl.files++
		return pl.stage.into.link(pl.stage.from, name, size, p.modified)
	})
	if err == errAltered {
		return pl.stage.altered(p.key)
	}
	return disk(err, "link page %s", p.key.URL())
}

// finish shares the folders, once all pages in them were found unaltered. What
// else a folder holds would live on in all releases to come: the pages of such a
// folder are linked one by one instead.
func (pl *placer) finish() error {
	st := pl.stage
	if altered := pl.checker.end(); altered != nil {
		return st.altered(altered.key)
	}
	err := pl.checker.lookThrough(pl.folders)
	if err != nil {
		return err
	}
	for _, f := range pl.folders {
		if !f.sound {
			err = st.old.below(f.path, func(l *lineRead) error { return pl.link(&l.page, l.file) })
		} else {
			pl.shared[f.path] = true
			err = disk(st.into.share(st.from, f.path), "share folder %s", f.path)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// audit compares the stage's tree with what was put there: NGINX would serve
// whatever else stands there, and follow its symbolic links.
func (pl *placer) audit() error {
	found, dir := 0, pl.stage.pages
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return disk(err, "look through the stage")
		case d.Type().IsRegular():
			found++
		case d.Type() == fs.ModeSymlink && pl.isShared(dir, name):
		case !d.IsDir():
			return fmt.Errorf("look through the stage: %s is a %s that icecap did not make", name, kind(d.Type()))
		}
		return nil
	})
	if err == nil && found != pl.files {
		err = fmt.Errorf("look through the stage: %s holds %d files, but %d were written", dir, found, pl.files)
	}
	return err
}

// isShared reports whether a link is one that finish made.
func (pl *placer) isShared(dir, name string) bool {
	path := strings.TrimPrefix(name, dir+"/")
	if !pl.shared[path] {
		return false
	}
	target, err := os.Readlink(name)
	_, ours := linkedTree(target, path)
	return err == nil && ours
}

func kind(mode fs.FileMode) string {
	if mode&fs.ModeSymlink != 0 {
		return "symbolic link"
	}
	return "special file"
}
