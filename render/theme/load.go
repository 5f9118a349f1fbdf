package theme

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"
	"text/template/parse"
)

//go:embed default
var embedded embed.FS

const (
	templateSuffix  = ".html"
	shortcodeFolder = "shortcodes/"
)

// entries are the views that render gives to templates by itself.
var entries = []struct {
	template string
	view     reflect.Type
}{
	{"base", reflect.TypeFor[*Page]()},
	{"sitehead", reflect.TypeFor[*Site]()},
	{"header", reflect.TypeFor[*Site]()},
	{"footer", reflect.TypeFor[*Site]()},
	{"card", reflect.TypeFor[*Post]()},
}

// Options say what Load does beyond reading. The zero value is what sites want.
type Options struct {
	Unminified bool // leave style sheets, scripts, drawings and the space in templates as they are
}

// Load parses the default templates and, in their place, the files of the same
// name in own, which may be nil. It checks every template against the contract.
// An [Error] names the file as it lies in own.
func Load(own fs.FS, o Options) (*Theme, error) {
	files, err := readFiles(own)
	if err != nil {
		return nil, err
	}
	t := &Theme{pages: map[Kind]*template.Template{}, shortcodes: map[string]*template.Template{}, files: files}
	if err := t.readWords(); err != nil {
		return nil, err
	}
	if err := t.readAssets(o); err != nil {
		return nil, err
	}
	set := template.New("").Funcs(t.functions()).Funcs(template.FuncMap{itemsName: items})
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if path.Ext(name) != templateSuffix || strings.HasPrefix(name, AssetsFolder) {
			continue
		}
		short := strings.TrimSuffix(name, templateSuffix)
		target := set
		if strings.HasPrefix(name, shortcodeFolder) {
			target = template.New("").Funcs(t.functions()).Funcs(template.FuncMap{itemsName: items})
		}
		parsed, err := target.New(short).Parse(string(files[name]))
		if err != nil {
			return nil, t.located(name, err)
		}
		if target != set {
			t.shortcodes[strings.TrimPrefix(short, shortcodeFolder)] = parsed
		}
	}
	if err := t.check(set); err != nil {
		return nil, err
	}
	if !o.Unminified {
		squeezeAll(set, t.Word)
	}
	for _, kind := range kinds() {
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
		return nil, &Error{File: string(kind) + templateSuffix, Err: err}
	}
	return clone.Lookup("base"), nil
}

// check holds all templates to the contract.
func (t *Theme) check(set *template.Template) error {
	c := checker{theme: t, trees: treesOf(set), seen: map[visit]bool{}}
	for _, kind := range kinds() {
		c.trees["main"] = c.trees[string(kind)]
		c.seen = map[visit]bool{}
		for _, entry := range entries {
			if err := c.template(entry.template, entry.view); err != nil {
				return err
			}
		}
	}
	for _, name := range t.Shortcodes() {
		c := checker{theme: t, trees: treesOf(t.shortcodes[name]), seen: map[visit]bool{}}
		if err := c.template(shortcodeFolder+name, reflect.TypeFor[Shortcode]()); err != nil {
			return err
		}
	}
	return nil
}

func treesOf(set *template.Template) map[string]*parse.Tree {
	trees := map[string]*parse.Tree{}
	for _, each := range set.Templates() {
		if each.Tree != nil {
			trees[each.Name()] = each.Tree
		}
	}
	return trees
}
