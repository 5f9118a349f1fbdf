package render

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// A scan is what lies in the folder, by kind, each sorted by name.
type scan struct {
	markdown []string // names in the folder
	files    []string // others, which are published below root
	static   []string // likewise, below the static folders
	beside   []string // others, which texts may include
	adapters []string // templates that add texts
	warnings Problems

	made map[string][]byte // texts that these added, by their names among the others
}

const (
	staticDir = "static"
	themeDir  = "theme"
	vaultDir  = ".obsidian" // in it Obsidian keeps its settings
	// maxMarkdown bounds a Markdown file: no text that a person wrote is longer.
	maxMarkdown = 8 << 20
)

// foreignDirs are folders of a site of Hugo or Jekyll that are no content.
var foreignDirs = []string{"layouts", "themes", "archetypes", "assets", "data", "i18n", "public", "resources", "node_modules", "vendor"}

// configNames at the top are settings, not content.
var configNames = []string{
	"icecap.toml", "icecap.yaml", "icecap.yml", "icecap.json", "package.json", "package-lock.json", "README.md", "LICENSE.md", "CHANGELOG.md",
	"CONTRIBUTING.md", "hugo.toml", "hugo.yaml", "hugo.json", "config.toml", "config.yaml", "config.json",
}

func (f *Folder) scan(ctx context.Context, d *dialect) (*scan, error) {
	s := &scan{}
	err := fs.WalkDir(f.FS, ".", func(name string, entry fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) && name != "." {
				return nil // deleted since its folder was read
			}
			return fmt.Errorf("read the folder: %w", err)
		}
		return f.meet(s, d, name, entry)
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// meet sorts one name into the scan.
func (f *Folder) meet(s *scan, d *dialect, name string, entry fs.DirEntry) error {
	if name == "." {
		return nil
	}
	sort := sortLeft
	if !slices.Contains(f.Ignore, name) {
		sort = d.sort(name, entry.IsDir())
	}
	switch {
	case entry.IsDir() && sort == sortLeft:
		return fs.SkipDir
	case entry.IsDir(), sort == sortLeft:
		return nil
	case entry.Type()&fs.ModeSymlink != 0:
		s.warnings = append(s.warnings, Problem{File: name, What: "left out: it is a symbolic link, which could lead out of the folder", Hint: "put a copy of the file there"})
		return nil
	case !entry.Type().IsRegular():
		return nil
	}
	switch sort {
	case sortForeign:
		w := Problem{File: name, What: "left out: texts of this form are not read", Hint: "write it in Markdown"}
		if path.Base(name)[0] == '.' {
			w.What, w.Hint = "left out: no part of a path may begin with a dot", ""
		}
		s.warnings = append(s.warnings, w)
	case sortReported:
		why := d.whyLeft(name)
		s.warnings = append(s.warnings, Problem{File: name, What: why, group: why})
	case sortBeside:
		s.beside = append(s.beside, name)
	case sortStatic:
		s.static = append(s.static, name)
	case sortAdapter:
		s.adapters = append(s.adapters, name)
	case sortText:
		s.markdown = append(s.markdown, name)
	default:
		s.files = append(s.files, name)
	}
	return nil
}

func isMarkdown(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return ext == ".md" || ext == ".markdown" || ext == ".mdown"
}

// isIndex reports whether a file speaks for its folder.
func isIndex(base string) bool {
	stem := strings.TrimSuffix(base, path.Ext(base))
	return isMarkdown(base) && (stem == "_index" || stem == "index")
}
