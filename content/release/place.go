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
	stage *Stage
	plan  *plan

	folder string          // unchanged, of the last page; "" for none
	found  int             // pages of it so far
	files  int             // in the stage's own tree
	shared map[string]bool // the folders that were shared
}

// place takes one page.
func (pl *placer) place(it *item) error {
	if rest, ok := strings.CutPrefix(it.file, pl.folder); !ok || rest[0] != '/' {
		if err := pl.finish(); err != nil {
			return err
		}
	}
	if pl.folder == "" {
		pl.folder = pl.plan.unchanged(it.file)
	}
	st, p := pl.stage, it.page
	switch {
	case pl.folder != "":
		pl.found++
		if st.from.holds(it.file, p.size, p.modified) != nil {
			return st.altered(p)
		}
		return nil
	case it.old:
		return pl.link(p, it.file)
	}
	pl.files++ // it was written when it was staged
	return nil
}

// link links one page to its old file.
func (pl *placer) link(p *page, file string) error {
	pl.files++
	err := pl.stage.into.link(pl.stage.from, file, p.size, p.modified)
	if err == errAltered {
		return pl.stage.altered(p)
	}
	return disk(err, "link page %s", p.key.URL())
}

// finish shares the folder whose pages were all seen. All of them are there, and
// if it holds anything else, that would live on in all releases to come: then
// its pages are linked one by one instead.
func (pl *placer) finish() error {
	folder, st := pl.folder, pl.stage
	if folder == "" {
		return nil
	}
	files, sound, err := st.from.count(folder)
	if err != nil {
		return disk(err, "look through folder %s of release %s", folder, st.base.ID)
	}
	want := pl.found
	pl.folder, pl.found = "", 0
	if !sound || files != want {
		return st.old.below(folder, func(l *lineRead) error { return pl.link(&l.page, l.file) })
	}
	pl.shared[folder] = true
	return disk(st.into.share(st.from, folder), "share folder %s", folder)
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
		err = fmt.Errorf("look through the stage: %s holds %d files, but %d pages were written", dir, found, pl.files)
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
