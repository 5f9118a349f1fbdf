package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"go.yaml.in/yaml/v3"
)

// A maker is a tool for whose texts a folder was written, told by what lies in it. Its
// site is not rebuilt, as one of Hugo or Jekyll is: the folder is one of ours, in which
// the notations of its maker mean what they mean there, see [notations].
type maker struct {
	name    string
	signs   []string // files or folders, any of which tells it; * is any ending
	root    string   // folder of the texts, if there is one of that name
	wiki    bool     // [[Page]] is a link
	readme  bool     // README.md is the index of its folder
	ordered string   // what in the folder orders the pages, which nobody follows here
}

var makers = []maker{
	{name: "mdBook", signs: []string{"book.toml", "SUMMARY.md"}, root: "src", readme: true, ordered: "SUMMARY.md"},
	{name: "MkDocs", signs: []string{"mkdocs.yml", "mkdocs.yaml"}, root: "docs", readme: true},
	{name: "Docusaurus", signs: []string{"docusaurus.config.*"}, readme: true, ordered: "sidebars.*"},
	{name: "VitePress", signs: []string{".vitepress", "docs/.vitepress"}},
	{name: "VuePress", signs: []string{".vuepress", "docs/.vuepress"}, readme: true},
	{name: "GitBook", signs: []string{".gitbook.yaml", "book.json"}, readme: true, ordered: "SUMMARY.md"},
	{name: "Astro", signs: []string{"astro.config.*"}},
	{name: "Gatsby", signs: []string{"gatsby-config.*"}},
	{name: "Eleventy", signs: []string{".eleventy.js", "eleventy.config.*"}},
	{name: "Obsidian", signs: []string{vaultDir, "content/" + vaultDir}, wiki: true},
	{name: "Foam", signs: []string{".foam"}, wiki: true},
	{name: "Dendron", signs: []string{"dendron.yml"}, wiki: true},
	{name: "Logseq", signs: []string{"logseq"}, wiki: true},
}

// besideDirs are folders beside the texts that no text has anything from.
var besideDirs = []string{"node_modules", "target", "site", "book", "dist", "build", "venv", "vendor"}

// findMakers completes the dialect of a folder of ours by what its makers tell of it.
func (f *Folder) findMakers(d *dialect) error {
	top, err := fs.ReadDir(f.FS, ".")
	if err != nil {
		return fmt.Errorf("read the folder: %w", err)
	}
	there := func(sign string) string {
		if dir := path.Dir(sign); dir != "." {
			if _, err := fs.Stat(f.FS, sign); err == nil {
				return sign
			}
			return ""
		}
		for _, entry := range top {
			if ok, _ := path.Match(sign, entry.Name()); ok {
				return entry.Name()
			}
		}
		return ""
	}
	for _, m := range makers {
		for _, sign := range m.signs {
			file := there(sign)
			if file == "" {
				continue
			}
			d.makers = append(d.makers, m.name)
			d.wiki, d.readme = d.wiki || m.wiki, d.readme || m.readme
			if m.name == "Obsidian" {
				d.settings.Math = MathMarks{Dollar: true, Dollars: true}
			}
			if err := f.readMaker(d, m, file); err != nil {
				return err
			}
			for _, ordered := range []string{there(m.ordered), there(path.Join(d.root, m.ordered))} {
				if m.ordered != "" && ordered != "" {
					d.warnings = append(d.warnings, Problem{File: ordered, What: "the order of pages that it gives is not followed"})
					break
				}
			}
			break
		}
	}
	return nil
}

// madeBy reports whether one of these tools made the folder.
func (d *dialect) madeBy(names ...string) bool {
	return slices.ContainsFunc(d.makers, func(name string) bool { return slices.Contains(names, name) })
}

// maxMakerFile bounds a file of settings.
const maxMakerFile = 1 << 20

// readMaker takes over what a maker's file of settings says of the site, and names the
// rest of it.
func (f *Folder) readMaker(d *dialect, m maker, file string) error {
	switch {
	case path.Ext(file) == ".js", path.Ext(file) == ".ts", path.Ext(file) == ".mjs", path.Ext(file) == ".cjs":
		d.left = append(d.left, file)
		d.warnings = append(d.warnings, Problem{File: file, What: "it is a program, and what it says of the site is not followed", Hint: "title and url are settings of icecap.toml"})
		return nil
	case m.name != "mdBook" && m.name != "MkDocs" || file == "SUMMARY.md":
		return nil
	}
	d.files, d.left = append(d.files, file), append(d.left, file)
	data, err := readLimited(f.FS, file, maxMakerFile)
	if errors.Is(err, errTooLong) {
		return Problems{{File: file, What: "the file has more than 1 MiB"}}
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	values := map[string]any{}
	if path.Ext(file) == ".toml" {
		err = toml.Unmarshal(data, &values)
	} else {
		err = decodeTagged(data, &values)
	}
	if err != nil {
		return Problems{{File: file, What: fmt.Sprintf("it cannot be read: %v", err)}}
	}
	root := d.takeSettings(values)
	for _, dir := range []string{root, m.root} {
		if info, err := fs.Stat(f.FS, cleanDir(dir)); dir != "" && err == nil && info.IsDir() {
			d.root = cleanDir(dir)
			break
		}
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		line := 1 + bytes.Count(data[:max(0, keyAt(data, key))], []byte("\n"))
		d.warnings = append(d.warnings, Problem{File: file, Line: line, Excerpt: excerpt(data, line), What: key + " is not followed"})
	}
	d.config, err = json.Marshal([]any{d.root, d.settings})
	if err != nil {
		return fmt.Errorf("note the configuration: %w", err)
	}
	return nil
}

// decodeTagged reads YAML in which tags such as "!ENV" and "!!python/name:" say what
// only the tool can make; such a value counts as its text.
func decodeTagged(data []byte, values *map[string]any) error {
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return err
	}
	var plain func(n *yaml.Node)
	plain = func(n *yaml.Node) {
		if n.Kind == yaml.ScalarNode && n.Style&yaml.TaggedStyle != 0 {
			n.Tag, n.Style = "!!str", 0
		} else if n.Style&yaml.TaggedStyle != 0 {
			n.Tag, n.Style = "", 0
		}
		for _, child := range n.Content {
			plain(child)
		}
	}
	plain(&root)
	return root.Decode(values)
}

// takeSettings takes the keys that are followed out of values, and returns the folder
// of the texts that they name.
func (d *dialect) takeSettings(values map[string]any) (root string) {
	take := func(table map[string]any, key string) string {
		text, ok := table[key].(string)
		if ok {
			delete(table, key)
		}
		return text
	}
	s := &d.settings
	if book, ok := values["book"].(map[string]any); ok {
		s.Title, s.Description, s.Language, root = take(book, "title"), take(book, "description"), take(book, "language"), take(book, "src")
		if authors, ok := book["authors"].([]any); ok && len(authors) > 0 {
			s.Author = fmt.Sprint(authors[0])
			delete(book, "authors")
		}
		delete(values, "book")
		for key, value := range book {
			values["book."+key] = value
		}
		return root
	}
	s.Title, s.Description, s.Author, s.URL = take(values, "site_name"), take(values, "site_description"), take(values, "site_author"), take(values, "site_url")
	if s.URL != "" {
		s.URL = strings.TrimSuffix(s.URL, "/")
	}
	return take(values, "docs_dir")
}

// keyAt is where a key begins in a file of settings, or -1.
func keyAt(data []byte, key string) int {
	for _, form := range []string{"\n" + key + ":", "\n[" + key + "]", "\n[" + key + ".", "\n" + strings.TrimPrefix(key, "book.") + " =", "\n" + strings.TrimPrefix(key, "book.") + "="} {
		if at := bytes.Index(append([]byte("\n"), data...), []byte(form)); at >= 0 {
			return at
		}
	}
	return -1
}

// cleanDir is a folder's path within the folder, or one that is not there.
func cleanDir(dir string) string {
	clean := path.Clean(strings.TrimPrefix(dir, "./"))
	if !fs.ValidPath(clean) {
		return "\x00"
	}
	return clean
}

// makerSort is the rule of a folder of ours that another tool made, for what differs:
// its settings are no files of the site, and what lies beside the texts, or begins with
// an underscore, is there to be included.
func (d *dialect) makerSort(name string, dir bool) nameSort {
	base := path.Base(name)
	own := d.ownSort(name, dir)
	switch {
	case slices.Contains(d.left, name):
		return sortLeft
	case base == "README.md" && d.readme && path.Dir(name) == d.root:
		return sortText
	case own != sortLeft, base[0] == '.', base == themeDir && dir, slices.Contains(besideDirs, base) && dir, strings.HasSuffix(base, "~"):
		return own
	}
	return sortBeside
}

// makerPlace makes a README the index of its folder, where its maker does.
func (d *dialect) makerPlace(fsys fs.FS) func(string) place {
	return func(file string) place {
		p := d.ownPlace(file)
		if !strings.EqualFold(path.Base(file), "README.md") || !d.readme {
			return p
		}
		if _, err := fs.Stat(fsys, path.Join(path.Dir(file), "index.md")); err != nil {
			p.index, p.name = true, path.Base(path.Dir(file))
		}
		return p
	}
}

// makerKeys are keys of front matter that only their maker makes something of.
var makerKeys = map[string]string{
	"cssclass": "Obsidian", "cssclasses": "Obsidian", "sidebar_position": "Docusaurus", "sidebar_label": "Docusaurus", "pagination_next": "Docusaurus",
	"pagination_prev": "Docusaurus", "hero": "VitePress VuePress", "features": "VitePress VuePress", "actions": "VuePress", "eleventynavigation": "Eleventy", "pagination": "Eleventy",
	"layout": "Eleventy Astro Gatsby VitePress VuePress",
}

// noticeMaker warns of such keys.
func (d *dialect) noticeMaker(b *Blog, p *post) {
	for _, key := range slices.Sorted(maps.Keys(p.params)) {
		if tools := makerKeys[strings.ToLower(key)]; tools != "" && d.madeBy(strings.Fields(tools)...) {
			w := p.problem(p.fm.lineOf(key), "the key "+key+" is not followed, but by a template of yours", "")
			w.group = "key " + key
			b.warn(w)
		}
	}
}
