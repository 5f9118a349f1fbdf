package theme

import (
	"cmp"
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
	{"item", reflect.TypeFor[Link]()},
}

// Options say what Load does beyond reading. The zero value is what sites want.
type Options struct {
	Unminified bool   // leave style sheets, scripts, drawings and the space in templates as they are
	Language   string // in which the theme speaks, and its words.json is: BCP 47, "" for English
}

// Load parses the default templates and, in their place, the files of the same
// name in own, which may be nil. It checks every template against the contract.
// An [Error] names the file as it lies in own.
func Load(own fs.FS, o Options) (*Theme, error) {
	t := &Theme{language: cmp.Or(o.Language, "en"), unminified: o.Unminified}
	var err error
	if t.files, t.own, err = readFiles(own); err != nil {
		return nil, err
	}
	t.measure = t.findMeasure()
	if err := t.readAssets(o); err != nil {
		return nil, err
	}
	if err := t.parse(); err != nil {
		return nil, err
	}
	t.digest = digestFiles(t.files)
	return t.speak(true)
}

// parsed are templates that nobody has executed, so that others can be made of them.
type parsed struct {
	set        *template.Template
	shortcodes map[string]*template.Template
}

// parse reads the templates, and holds them to the contract.
func (t *Theme) parse() error {
	set := template.New("").Funcs(t.functions()).Funcs(template.FuncMap{itemsName: items})
	t.parsed = parsed{set, map[string]*template.Template{}}
	for _, name := range slices.Sorted(maps.Keys(t.files)) {
		if path.Ext(name) != templateSuffix || strings.HasPrefix(name, AssetsFolder) {
			continue
		}
		short := strings.TrimSuffix(name, templateSuffix)
		target := set
		if strings.HasPrefix(name, shortcodeFolder) {
			target = template.New("").Funcs(t.functions()).Funcs(template.FuncMap{itemsName: items})
		}
		parsed, err := target.New(short).Parse(string(t.files[name]))
		if err != nil {
			return t.located(name, err)
		}
		if target != set {
			t.parsed.shortcodes[strings.TrimPrefix(short, shortcodeFolder)] = parsed
		}
	}
	return t.check(set)
}

// In is the theme as it speaks another language, in which there are pages below a
// folder of the site: [Site.Home] ends in it, and assets do not lie below it. It
// is "" or ends in a slash.
func (t *Theme) In(language, folder string) (*Theme, error) {
	if language == t.language && folder == t.folder {
		return t, nil
	}
	other := *t
	other.language, other.folder = language, folder
	return other.speak(language == t.language)
}

// speak binds the templates to the words of the theme's language, which may be that
// of words.json.
func (t *Theme) speak(own bool) (*Theme, error) {
	var err error
	if t.voice, err = t.readVoice(t.language, own); err != nil {
		return nil, err
	}
	if t.fragments, err = t.bind(t.parsed.set); err != nil {
		return nil, err
	}
	if !t.unminified {
		squeezeAll(t.fragments, t.Word)
	}
	t.pages, t.shortcodes = map[Kind]*template.Template{}, map[string]*template.Template{}
	for _, kind := range kinds() {
		if t.pages[kind], err = frame(t.fragments, kind); err != nil {
			return nil, err
		}
	}
	for name, shortcode := range t.parsed.shortcodes {
		if t.shortcodes[name], err = t.bind(shortcode); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// bind makes templates that call the theme's functions.
func (t *Theme) bind(templates *template.Template) (*template.Template, error) {
	bound, err := templates.Clone()
	if err != nil {
		return nil, fmt.Errorf("read theme: %w", err)
	}
	return bound.Funcs(t.functions()), nil
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
	for _, name := range slices.Sorted(maps.Keys(t.parsed.shortcodes)) {
		c := checker{theme: t, trees: treesOf(t.parsed.shortcodes[name]), seen: map[visit]bool{}}
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
