//go:build unix

package release

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"icecap/content"
)

// exportMarker is the file that marks a folder as an export, and lists what
// the export may delete next time.
const exportMarker = ".icecap-export"

// exportHead is the first line of the marker.
const exportHead = "icecap export 1: the files below are replaced by the next export\n"

// Exported says what an export wrote.
type Exported struct {
	Files     int // pages
	Redirects int // pages that only lead on
	Bytes     int64
	Findings  []Finding // sorted by URL
}

// A Finding is something that a usual file name cannot keep as the URL had it.
type Finding struct {
	URL     string
	File    string // relative to the export
	Reason  string
	Written bool // the file stands there all the same
}

// Export writes the release into a folder under the usual names, for a static
// host or a bucket:
//
//	/about       about.html           /feed/  (XML)     feed/index.xml
//	/about/      about/index.html     /x      (JSON)    x
//	/style.css   style.css            a redirect        a page with a refresh
//	what is gone 404.html
//
// Copies that stand in for the app are written like pages: there is no app there.
//
// Usual names cannot tell all URLs apart. Nothing is ever overwritten: of two
// pages for one file, the one whose URL is the file's name is written, else the
// first; a file that is in the way of a folder is not written; a page with a
// query is not written. Names that Windows cannot hold, and names that differ
// in letter case only, are written. All of these are findings.
//
// The folder is made if it is missing. It must be empty or an earlier export,
// whose files are deleted first; other files stay. Otherwise the error is a
// *[ForeignError]. Bodies are copied, with their times, so that an edit of the
// export does not reach the release.
func (r *Release) Export(ctx context.Context, dir string) (Exported, error) {
	m, err := r.manifest()
	if err != nil {
		return Exported{}, err
	}
	root, earlier, err := r.openExport(dir)
	if err != nil {
		return Exported{}, err
	}
	defer root.Close()
	if err := removeExport(root, earlier); err != nil {
		return Exported{}, err
	}
	plan := planExport(m)
	plan.leaveOut(func(file string) string {
		if _, err := root.Lstat(filepath.FromSlash(file)); err == nil || errors.Is(err, syscall.ENOTDIR) {
			return "a file that is not the export's stands in its way"
		}
		return ""
	})
	if err := markExport(root, plan.files); err != nil {
		return Exported{}, err
	}
	var done Exported
	for _, file := range slices.Sorted(maps.Keys(plan.files)) {
		if err := ctx.Err(); err != nil {
			return done, fmt.Errorf("export release %s: %w", r.ID, err)
		}
		what := plan.files[file][0]
		err := r.exportOne(root, file, what, &done)
		if errors.Is(err, fs.ErrExist) {
			// The disk ignores letter case, and the twin came first.
			plan.find(what.url, file, "a file whose name differs in letter case only stands in its way", false)
		} else if err != nil {
			return done, err
		}
	}
	done.Findings = plan.sorted()
	return done, nil
}

// openExport opens the folder and returns the files of an earlier export in it.
func (r *Release) openExport(dir string) (_ *os.Root, earlier []string, err error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, nil, disk(err, "open export folder %s", dir)
	}
	if info, err := os.Stat(abs); err == nil && !info.IsDir() {
		return nil, nil, &ForeignError{abs, "is not a folder"}
	}
	if err := makeFolder(abs); err != nil {
		return nil, nil, disk(err, "make export folder %s", abs)
	}
	if abs, err = filepath.EvalSymlinks(abs); err != nil {
		return nil, nil, disk(err, "open export folder %s", dir)
	}
	out := filepath.Dir(filepath.Dir(r.Dir))
	if abs == out || strings.HasPrefix(abs, out+"/") {
		return nil, nil, &ForeignError{abs, "is the output folder, or lies in it"}
	}
	root, err := os.OpenRoot(abs)
	if err != nil {
		return nil, nil, disk(err, "open export folder %s", abs)
	}
	earlier, err = readMarker(root)
	if err != nil {
		root.Close()
		return nil, nil, err
	}
	return root, earlier, nil
}

func readMarker(root *os.Root) (files []string, err error) {
	text, err := root.ReadFile(exportMarker)
	if errors.Is(err, fs.ErrNotExist) {
		entries, err := fs.ReadDir(root.FS(), ".")
		if err != nil {
			return nil, disk(err, "list export folder %s", root.Name())
		}
		if len(entries) > 0 && entries[0].Name() != exportMarker+".next" {
			return nil, &ForeignError{root.Name(), fmt.Sprintf("is not empty (it holds %q) and is no earlier export", entries[0].Name())}
		}
		return nil, nil
	}
	if err != nil {
		return nil, disk(err, "read %s", exportMarker)
	}
	list, ours := strings.CutPrefix(string(text), exportHead)
	if !ours {
		return nil, &ForeignError{root.Name(), "holds a file " + exportMarker + " that is not icecap's"}
	}
	return strings.FieldsFunc(list, func(r rune) bool { return r == '\n' }), nil
}

// removeExport deletes the files of an earlier export, and the folders that
// this leaves empty. The marker stays: a killed export goes on next time.
func removeExport(root *os.Root, earlier []string) error {
	folders := map[string]bool{}
	for _, file := range earlier {
		err := root.Remove(filepath.FromSlash(file))
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
			return disk(err, "remove %s of the earlier export", file)
		}
		for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
			folders[dir] = true
		}
	}
	// Children sort behind their parents. Folders with other files stay.
	for _, dir := range slices.Backward(slices.Sorted(maps.Keys(folders))) {
		if info, err := root.Lstat(filepath.FromSlash(dir)); err == nil && info.IsDir() {
			_ = root.Remove(filepath.FromSlash(dir))
		}
	}
	return nil
}

// markExport writes the marker before any file, so that whatever is there
// belongs to an export.
func markExport(root *os.Root, files map[string][]exported) error {
	var text strings.Builder
	text.WriteString(exportHead)
	for _, file := range slices.Sorted(maps.Keys(files)) {
		text.WriteString(file + "\n")
	}
	next := exportMarker + ".next"
	if err := root.WriteFile(next, []byte(text.String()), fileMode); err != nil {
		return disk(err, "write %s", exportMarker)
	}
	return disk(root.Rename(next, exportMarker), "write %s", exportMarker)
}

// exportOne writes one file.
func (r *Release) exportOne(root *os.Root, file string, what exported, done *Exported) (err error) {
	name := filepath.FromSlash(file)
	if err := root.MkdirAll(filepath.Dir(name), dirMode); err != nil {
		return disk(err, "make the folder of %s", file)
	}
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return disk(err, "make %s", file)
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = disk(closed, "close %s", file)
		}
	}()
	if what.page == nil {
		n, err := io.WriteString(f, RefreshPage(what.to))
		done.Redirects++
		done.Bytes += int64(n)
		return disk(err, "write %s", file)
	}
	e := what.page.entry()
	from, err := r.Open(e)
	if err != nil {
		return err
	}
	defer from.Close()
	n, err := io.Copy(f, from)
	if err != nil {
		return disk(err, "write %s", file)
	}
	if n != e.Size {
		return &CorruptError{r.ID, fmt.Sprintf("the file of page %s %v", e.URL(), errAltered)}
	}
	done.Files++
	done.Bytes += n
	return disk(root.Chtimes(name, e.Modified, e.Modified), "set the time of %s", file)
}

// RefreshPage is a page that leads on. HTML knows no other redirect.
func RefreshPage(to string) string {
	// An apostrophe could end the URL within the attribute.
	to = html.EscapeString(strings.ReplaceAll(to, "'", "%27"))
	return `<!DOCTYPE html>
<meta charset="utf-8">
<title>Redirect</title>
<link rel="canonical" href="` + to + `">
<meta http-equiv="refresh" content="0; url='` + to + `'">
<p>This page is now at <a href="` + to + `">` + to + `</a>.</p>
`
}

// An exported is a page or a redirect with its URL.
type exported struct {
	url  string
	path content.Path
	page *page  // nil for a redirect
	to   string // of a redirect
}

// exportName is the usual file name of a page.
func exportName(p content.Path, m content.Media) string {
	name := p.Decoded()[1:]
	switch {
	case name == "" || strings.HasSuffix(name, "/"):
		return name + "index." + m.Ext
	case m.Ext == "html" && !slices.Contains(m.Suffixes, path.Ext(name)):
		return name + ".html"
	}
	return name
}
