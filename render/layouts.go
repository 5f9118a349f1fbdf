package render

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"path"
	"slices"
	"strings"

	"icecap/render/gotmpl"
)

// layouts are the templates of a Hugo site that are run here: those of its shortcodes,
// and the partials that these include. The site's own go before its themes'.
type layouts struct {
	fs       fs.FS
	dirs     []string // "layouts", "themes/x/layouts"
	shorts   map[string]*layoutShort
	title    func(string) string // in the style of the site's titles
	words    []map[string]string // of each language
	usesData bool

	robots      *gotmpl.Template // of robots.txt; nil for none
	robotsUnfit error
	sum         hash.Hash // of all that was read
	read        int       // bytes of it
}

// A layoutShort is the template of a shortcode. Unfit says why it cannot be run.
type layoutShort struct {
	file     string
	template *gotmpl.Template
	unfit    error
}

// Limits of the templates of a site.
const (
	maxLayouts     = 2000
	maxLayoutBytes = 16 << 20
)

// Folders of shortcodes and of partials in a folder of layouts: today's name, and that
// of Hugo before 0.146.
var (
	shortDirs   = []string{"_shortcodes", "shortcodes"}
	partialDirs = []string{"_partials", "partials"}
)

// readLayouts reads the templates of all shortcodes. What is wrong with one is told
// where it is used.
func readLayouts(fsys fs.FS, dirs []string) (*layouts, error) {
	l := &layouts{fs: fsys, dirs: dirs, shorts: map[string]*layoutShort{}, sum: sha256.New()}
	for _, dir := range dirs {
		for _, sub := range shortDirs {
			if err := l.readShorts(path.Join(dir, sub)); err != nil {
				return nil, err
			}
		}
	}
	return l, nil
}

// readShorts reads those of a folder.
func (l *layouts) readShorts(dir string) error {
	err := fs.WalkDir(l.fs, dir, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return fmt.Errorf("read the layouts: %w", err)
		case !entry.Type().IsRegular() || path.Ext(name) != ".html":
			return nil // symbolic links, too
		}
		short := strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(name, dir+"/"), ".html"), ".html")
		if l.shorts[short] != nil {
			return nil
		}
		if len(l.shorts) == maxLayouts {
			return Problems{{File: dir, What: fmt.Sprintf("there are more than %d templates of shortcodes", maxLayouts)}}
		}
		text, err := l.file(name)
		if err != nil {
			return err
		}
		one := &layoutShort{file: name}
		one.template, one.unfit = gotmpl.Parse(name, text, l.partial)
		l.shorts[short] = one
		return nil
	})
	return err
}

// file reads one, which counts for the digest of all.
func (l *layouts) file(name string) ([]byte, error) {
	text, err := readLimited(l.fs, name, gotmpl.MaxFile)
	if errors.Is(err, errTooLong) {
		text, err = bytes.Repeat([]byte{' '}, gotmpl.MaxFile+1), nil // which is said where it is used
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if l.read += len(text); l.read > maxLayoutBytes {
		return nil, Problems{{File: name, What: fmt.Sprintf("the templates of shortcodes have more than %d MiB", maxLayoutBytes>>20)}}
	}
	l.usesData = l.usesData || bytes.Contains(text, []byte("Data"))
	fmt.Fprintf(l.sum, "%q %d\n", name, len(text))
	l.sum.Write(text)
	return text, nil
}

// partial finds a partial for [gotmpl.Parse].
func (l *layouts) partial(name string) (file string, text []byte, ok bool) {
	for _, dir := range l.dirs {
		for _, sub := range partialDirs {
			file = path.Join(dir, sub, name)
			if info, err := fs.Lstat(l.fs, file); err != nil || !info.Mode().IsRegular() {
				continue
			}
			text, err := l.file(file)
			return file, text, err == nil
		}
	}
	return "", nil, false
}

// short is the template of a shortcode, or nil.
func (l *layouts) short(name string) *layoutShort {
	if l == nil {
		return nil
	}
	return l.shorts[name]
}

// wide reports whether a text uses a shortcode whose template asks for more than its page.
func (l *layouts) wide(text []byte) bool {
	if !bytes.Contains(text, []byte("{{<")) && !bytes.Contains(text, []byte("{{%")) {
		return false
	}
	for name, one := range l.shorts {
		if one.template != nil && one.template.Wide && bytes.Contains(text, []byte(name)) {
			return true
		}
	}
	return false
}

// hookDirs are the folders of render hooks.
var hookDirs = []string{"_markup", "_default/_markup"}

// hooks are the files of the site's own that would write links, headings and the like,
// which are not used, sorted.
func (l *layouts) hooks() (files []string) {
	for _, dir := range hookDirs {
		entries, err := fs.ReadDir(l.fs, path.Join(l.dirs[0], dir))
		if err != nil {
			continue // it need not be there
		}
		for _, entry := range entries {
			if strings.HasPrefix(entry.Name(), "render-") && !entry.IsDir() {
				files = append(files, path.Join(l.dirs[0], dir, entry.Name()))
			}
		}
	}
	slices.Sort(files)
	return files
}

// readRobots reads the site's own template of robots.txt. It need not be there.
func (l *layouts) readRobots() error {
	file := path.Join(l.dirs[0], "robots.txt")
	if info, err := fs.Lstat(l.fs, file); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	text, err := l.file(file)
	if err != nil {
		return err
	}
	l.robots, l.robotsUnfit = gotmpl.ParsePlain(file, text)
	return nil
}

// watched are the folders whose change may change a template.
func (l *layouts) watched() (dirs []string) {
	for _, dir := range l.dirs {
		for _, sub := range slices.Concat(shortDirs, partialDirs, hookDirs, []string{"robots.txt"}) {
			dirs = append(dirs, path.Join(dir, sub))
		}
	}
	return dirs
}
