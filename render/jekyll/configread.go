package jekyll

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// A reader turns the values of a configuration into a Config.
type reader struct {
	file   string
	data   string
	values map[string]any
	notes  []Note
}

// source is the folder of the content, "" for the top.
func (r *reader) source(fsys fs.FS) (string, error) {
	name := path.Clean(or(Text(r.values["source"]), "."))
	if name == "." {
		return "", nil
	}
	if !fs.ValidPath(name) {
		return "", &Error{r.file, r.line("source"), fmt.Sprintf("the source %q lies outside of the folder: move %s there and build that folder", name, r.file)}
	}
	if info, err := fs.Stat(fsys, name); err != nil || !info.IsDir() {
		return "", &Error{r.file, r.line("source"), fmt.Sprintf("the source %q is no folder", name)}
	}
	return name, nil
}

func (r *reader) config(source string) *Config {
	kramdown := table(r.values["kramdown"])
	c := &Config{
		File: r.file, Source: source, Values: r.values,
		Title: Text(r.values["title"]), Description: Text(r.values["description"]), Author: author(r.values["author"]),
		Language: Text(r.values["lang"]),
		URL:      strings.TrimSuffix(Text(r.values["url"]), "/"), BaseURL: base(Text(r.values["baseurl"])),
		Permalink: or(Text(r.values["permalink"]), "date"), Timezone: Text(r.values["timezone"]),
		Future: r.values["future"] == true, Unpublished: r.values["unpublished"] == true, ShowDrafts: r.values["show_drafts"] == true,
		LimitPosts: number(r.values["limit_posts"]), Paginate: number(r.values["paginate"]), PaginatePath: or(Text(r.values["paginate_path"]), "/page:num"),
		ExcerptSeparator: "\n\n", Exclude: texts(r.values["exclude"]), Include: append(texts(r.values["include"]), ".htaccess", ".well-known"),
		CollectionsDir: r.dir("collections_dir", ""), Includes: path.Join(source, r.dir("includes_dir", "_includes")), DataDir: path.Join(source, r.dir("data_dir", "_data")),
		GFM: !strings.EqualFold(Text(kramdown["input"]), "kramdown"), AutoIDs: kramdown["auto_ids"] != false, IDPrefix: Text(kramdown["auto_id_prefix"]),
		HardWrap: kramdown["hard_wrap"] == true, Math: hasMath(kramdown), TOCLevels: Levels(kramdown["toc_levels"]),
		Plugins: slices.Concat(texts(r.values["plugins"]), texts(r.values["gems"])),
	}
	c.Title = or(c.Title, Text(r.values["name"]))
	if separator, ok := r.values["excerpt_separator"]; ok {
		c.ExcerptSeparator, _ = separator.(string) // empty lines are none without their ends
	}
	c.Exclude = append(c.Exclude, defaultExcludes...)
	for ext := range strings.SplitSeq(or(Text(r.values["markdown_ext"]), "markdown,mkdown,mkdn,mkd,md"), ",") {
		c.MarkdownExt = append(c.MarkdownExt, "."+strings.TrimSpace(ext))
	}
	if r.values["paginate"] == nil || c.Paginate < 0 {
		c.Paginate = 0
	}
	if c.HeaderPages = texts(r.values["header_pages"]); len(c.HeaderPages) == 0 {
		c.HeaderPages = texts(table(r.values["minima"])["nav_pages"]) // of minima 3
	}
	r.collections(c)
	r.defaults(c)
	return c
}

// dir is a folder of the source by its key, "" for that itself.
func (r *reader) dir(key, otherwise string) string {
	name := strings.Trim(path.Clean("/"+Text(r.values[key])), "/")
	return or(name, otherwise)
}

// hasMath reports whether kramdown reads formulas: it does unless its engine is null.
func hasMath(kramdown map[string]any) bool {
	engine, set := kramdown["math_engine"]
	return !set || engine != nil
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// base is a path with a slash before it and none behind.
func base(text string) string {
	text = strings.Trim(text, "/")
	if text == "" {
		return ""
	}
	return path.Clean("/" + text)
}

// Text is a value as text: "" for what is none.
func Text(value any) string {
	switch v := value.(type) {
	case string:
		return strings.TrimSpace(v)
	case int, int64, uint64, float64, bool:
		return fmt.Sprint(v)
	}
	return ""
}

func table(value any) map[string]any {
	t, _ := value.(map[string]any)
	return t
}

// author is a name, or the name in a table.
func author(value any) string {
	if name := Text(value); name != "" {
		return name
	}
	return Text(table(value)["name"])
}

func number(value any) int {
	switch v := value.(type) {
	case int:
		return v
	case int64:
		return int(v)
	case string:
		n, _ := strconv.Atoi(v)
		return n
	}
	return 0
}

func texts(value any) (list []string) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			if text := Text(item); text != "" {
				list = append(list, text)
			}
		}
	case string:
		if v != "" {
			list = append(list, v)
		}
	}
	return list
}

// Levels reads "1..6", "2,3" or a list.
func Levels(value any) (list []int) {
	if value == nil {
		return []int{1, 2, 3, 4, 5, 6}
	}
	if from, to, ok := strings.Cut(strings.ReplaceAll(Text(value), " ", ""), ".."); ok {
		for n := number(from); n <= min(number(to), 6); n++ {
			list = append(list, n)
		}
		return list
	}
	parts := texts(value)
	if text := Text(value); text != "" {
		parts = strings.Split(text, ",")
	}
	for _, part := range parts {
		list = append(list, number(strings.TrimSpace(part)))
	}
	return list
}

func (r *reader) collections(c *Config) {
	known := map[string]Collection{}
	switch v := r.values["collections"].(type) {
	case []any:
		for _, name := range texts(v) {
			known[name] = Collection{Name: name}
		}
	case map[string]any:
		for name, value := range v {
			t := table(value)
			known[name] = Collection{Name: name, Output: t["output"] == true, Permalink: Text(t["permalink"]), SortBy: Text(t["sort_by"]), Order: texts(t["order"]), Values: t}
		}
	}
	c.PostsPermalink = known["posts"].Permalink
	delete(known, "posts")
	for _, name := range slices.Sorted(maps.Keys(known)) {
		c.Collections = append(c.Collections, known[name])
		if !known[name].Output {
			r.note(name, fmt.Sprintf("the collection %q has no pages of its own (it lacks output: true), so its documents are only data for Liquid", name))
		}
	}
}

func (r *reader) note(key, what string) {
	r.notes = append(r.notes, Note{r.file, r.line(key), what})
}

// line is where a key stands first.
func (r *reader) line(key string) int {
	n := 0
	for line := range strings.Lines(r.data) {
		n++
		line = strings.TrimLeft(line, " \t-[\"'")
		if rest, ok := strings.CutPrefix(line, key); ok {
			if rest = strings.TrimLeft(rest, " \t\"'"); rest == "" || strings.ContainsRune(":=]\r\n#,", rune(rest[0])) {
				return n
			}
		}
	}
	before, _, found := strings.Cut(r.data, key) // within a list on one line
	if !found {
		return 0
	}
	return 1 + strings.Count(before, "\n")
}

// ignoredKeys are Jekyll's own keys that have no effect here, and why.
var ignoredKeys = map[string]string{
	"theme": "themes are not carried", "remote_theme": "themes are not carried", "sass": "Sass is not carried", "layouts_dir": "layouts are not carried",
	"keep_files": "a release holds only what was built", "lsi": "related posts are found by their tags", "plugins_dir": "plugins of the folder are not run",
	"highlighter": "code is coloured by icecap", "coffeescript": "CoffeeScript is not carried", "redcarpet": "Markdown is kramdown's", "rdiscount": "Markdown is kramdown's",
	"commonmark": "Markdown is kramdown's",
	"webrick":    "icecap has its own server", "destination": "icecap has its own releases",
	"page_excerpts": "only posts have excerpts", "compress_html": "icecap makes its pages small itself",
}

// ignored notes each key that has no effect, by its name.
func (r *reader) ignored() {
	for _, key := range slices.Sorted(maps.Keys(r.values)) {
		if why, ok := ignoredKeys[key]; ok && r.values[key] != false && r.values[key] != nil {
			r.note(key, fmt.Sprintf("%s has no effect: %s", key, why))
		}
	}
	if engine := Text(r.values["markdown"]); engine != "" && !strings.EqualFold(engine, "kramdown") {
		r.note("markdown", fmt.Sprintf("markdown: %s has no effect: Markdown is read as kramdown would", engine))
	}
	for _, key := range slices.Sorted(maps.Keys(table(r.values["kramdown"]))) {
		switch key {
		case "input", "auto_ids", "auto_id_prefix", "hard_wrap", "toc_levels", "smart_quotes", "syntax_highlighter", "syntax_highlighter_opts", "entity_output", "guess_lang", "show_warnings", "parse_block_html", "math_engine":
		default:
			r.note(key, fmt.Sprintf("kramdown's %s has no effect", key))
		}
	}
}
