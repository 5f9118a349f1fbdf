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
	root     string   // "." or "content"
	markdown []string // names in the folder
	files    []string // others, which are published below root
	static   []string // likewise, below static
	sizes    map[string]int64
	warnings Problems
}

const (
	staticDir = "static"
	themeDir  = "theme"
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

func (f *Folder) scan(ctx context.Context) (*scan, error) {
	s := &scan{root: ".", sizes: map[string]int64{}}
	if info, err := fs.Stat(f.FS, "content"); err == nil && info.IsDir() {
		s.root = "content"
	}
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
		return f.meet(s, name, entry)
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// meet sorts one name into the scan.
func (f *Folder) meet(s *scan, name string, entry fs.DirEntry) error {
	if name == "." {
		return nil
	}
	if f.leaves(s, name, entry.IsDir()) {
		if entry.IsDir() {
			return fs.SkipDir
		}
		return nil
	}
	switch {
	case entry.IsDir():
		return nil
	case entry.Type()&fs.ModeSymlink != 0:
		s.warnings = append(s.warnings, Problem{File: name, What: "left out: it is a symbolic link, which could lead out of the folder", Hint: "put a copy of the file there"})
		return nil
	case !entry.Type().IsRegular():
		return nil
	case strings.HasPrefix(name, staticDir+"/"):
		s.static = append(s.static, name)
	case isMarkdown(name):
		s.markdown = append(s.markdown, name)
	default:
		s.files = append(s.files, name)
	}
	return nil
}

// leaves reports whether a name is left alone, with all below it.
func (f *Folder) leaves(s *scan, name string, dir bool) bool {
	base, top := path.Base(name), !strings.Contains(name, "/")
	if slices.Contains(f.Ignore, name) {
		return true
	}
	if strings.HasPrefix(name, staticDir+"/") {
		return base[0] == '.' && name != staticDir+"/.well-known"
	}
	switch {
	case base[0] == '.', base[0] == '_' && !isIndex(base), strings.HasSuffix(base, "~"), base[0] == '#':
		return true
	case top && dir && name == themeDir:
		return true
	case top && dir && slices.Contains(foreignDirs, name):
		return s.root != "." || name == "node_modules" || name == "layouts" || name == "themes" || name == "archetypes"
	case top && slices.Contains(configNames, name), base == "README.md" && path.Dir(name) == s.root:
		return true
	}
	return s.root != "." && name != s.root && !strings.HasPrefix(name, s.root+"/") && name != staticDir
}

func isMarkdown(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return ext == ".md" || ext == ".markdown"
}

// isIndex reports whether a file speaks for its folder.
func isIndex(base string) bool {
	stem := strings.TrimSuffix(base, path.Ext(base))
	return isMarkdown(base) && (stem == "_index" || stem == "index")
}
