package theme

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

//go:embed default
var embedded embed.FS

// A Theme is a set of parsed templates. It is safe for concurrent use.
type Theme struct {
	pages      map[Kind]*template.Template // base with the kind's file as "main"
	fragments  *template.Template
	shortcodes map[string]*template.Template
	digest     []byte
	assets     map[string]Asset
}

const (
	// MaxOutput bounds what one execution of a template may write, in bytes.
	MaxOutput = 64 << 20
	// maxTemplate bounds a template file.
	maxTemplate = 1 << 20
)

// Kinds lists the kinds of pages.
func Kinds() []Kind { return []Kind{KindPost, KindList, KindTerms, KindArchive, KindMissing} }

// Load parses the default templates and, in their place, the files of the same
// name in own, which may be nil. Errors name the file as it lies in own.
func Load(own fs.FS) (*Theme, error) {
	files, err := readFiles(own)
	if err != nil {
		return nil, err
	}
	t := &Theme{pages: map[Kind]*template.Template{}, shortcodes: map[string]*template.Template{}, assets: readAssets(files)}
	set := template.New("").Funcs(t.functions())
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if path.Ext(name) != ".html" {
			continue
		}
		if short, ok := strings.CutPrefix(name, "shortcodes/"); ok {
			parsed, err := template.New(strings.TrimSuffix(short, ".html")).Funcs(t.functions()).Parse(string(files[name]))
			if err != nil {
				return nil, &Error{File: name, Err: err}
			}
			t.shortcodes[parsed.Name()] = parsed
			continue
		}
		if _, err := set.New(strings.TrimSuffix(name, ".html")).Parse(string(files[name])); err != nil {
			return nil, &Error{File: name, Err: err}
		}
	}
	for _, kind := range Kinds() {
		if t.pages[kind], err = frame(set, kind); err != nil {
			return nil, err
		}
	}
	t.fragments = set
	t.digest = digestFiles(files)
	return t, nil
}

// frame is the base with the template of a kind as its main part.
func frame(set *template.Template, kind Kind) (*template.Template, error) {
	clone, err := set.Clone()
	if err != nil {
		return nil, fmt.Errorf("read theme: %w", err)
	}
	main := clone.Lookup(string(kind))
	if _, err := clone.AddParseTree("main", main.Tree); err != nil {
		return nil, &Error{File: string(kind) + ".html", Err: err}
	}
	return clone.Lookup("base"), nil
}

// Digest changes when any template or asset does.
func (t *Theme) Digest() []byte { return t.digest }

// Page writes a whole page.
func (t *Theme) Page(w io.Writer, page *Page) error {
	return execute(t.pages[page.Kind], w, page)
}

// Head renders the part of <head> that all pages share.
func (t *Theme) Head(site *Site) (template.HTML, error) { return t.fragment("sitehead", site) }

// Header renders what stands above every page.
func (t *Theme) Header(site *Site) (template.HTML, error) { return t.fragment("header", site) }

// Footer renders what stands below every page.
func (t *Theme) Footer(site *Site) (template.HTML, error) { return t.fragment("footer", site) }

// Card renders a post as lists show it.
func (t *Theme) Card(post *Post) (template.HTML, error) { return t.fragment("card", post) }

func (t *Theme) fragment(name string, view any) (template.HTML, error) {
	var b bytes.Buffer
	err := execute(t.fragments.Lookup(name), &b, view)
	return template.HTML(b.String()), err
}

// HasShortcode reports whether there is a template for a shortcode.
func (t *Theme) HasShortcode(name string) bool { return t.shortcodes[name] != nil }

// Shortcodes lists the names of all shortcodes that are templates.
func (t *Theme) Shortcodes() []string { return slices.Sorted(maps.Keys(t.shortcodes)) }

// Shortcode renders a shortcode.
func (t *Theme) Shortcode(view Shortcode) (template.HTML, error) {
	var b bytes.Buffer
	err := execute(t.shortcodes[view.Name], &b, view)
	return template.HTML(b.String()), err
}

func execute(t *template.Template, w io.Writer, view any) error {
	err := t.Execute(&limited{w, MaxOutput}, view)
	if err == nil {
		return nil
	}
	return &Error{File: t.Name() + ".html", Err: err}
}

// An Error is a template that cannot be used. Err says where, as html/template does.
type Error struct {
	File string // relative to the theme's folder
	Err  error
}

func (e *Error) Error() string { return fmt.Sprintf("use template %s: %v", e.File, e.Err) }
func (e *Error) Unwrap() error { return e.Err }

var errEndless = errors.New("it writes more than 64 MiB")

// limited stops a template that writes without end.
type limited struct {
	w    io.Writer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, errEndless
	}
	return l.w.Write(p)
}
