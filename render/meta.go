package render

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A meta is what the front matter and the name of a file say.
type meta struct {
	title, description, summary, slug, url, kind, language, series, translation string

	date, updated, publish, expires time.Time

	linkTitle          string // by which lists of Hugo are sorted; no other text has it
	listing, rendering string // always or "", never, local, link
	offSitemap         bool
	excerpt            bool // the summary is Markdown

	draft, noIndex  bool
	toc, html, math *bool
	search          *bool // false: it is not in the search index
	weight          int

	redirect string // where the page only leads to
	media    string // of a page that has no theme around it, as a style sheet

	aliases, tags, categories, authors, images []string

	params map[string]any // all keys, also those above
	unread *lineError     // why the front matter counts as empty, though it is there
	odd    []lineError    // values that count as none, of a folder of Hugo
}

// A metaReader turns values into fields and notes what is none.
type metaReader struct {
	values map[string]any
	zone   *time.Location
	fm     frontMatter
	errs   []lineError
	odd    []lineError // mistakes that Hugo lets pass
}

// readMeta reads the known keys, by the names that Hugo and Jekyll give them.
// Defaults are for those that are not there; strange ones are only parameters.
func readMeta(fm frontMatter, zone *time.Location, defaults map[string]any, strange ...string) (meta, *metaReader) {
	values, problem := fm.decode()
	if problem != nil {
		return meta{}, &metaReader{zone: zone, fm: fm, errs: []lineError{*problem}}
	}
	for key, value := range defaults {
		if own, there := values[key]; !there || own == nil && fm.loose {
			values[key] = value
		}
	}
	splitDates(values)
	params := values
	if slices.ContainsFunc(strange, func(key string) bool { _, ok := values[key]; return ok }) {
		values = maps.Clone(values)
		for _, key := range strange {
			delete(values, key)
		}
	}
	r := metaReader{values: values, zone: zone, fm: fm}
	m := meta{
		title: r.text("title"), description: r.text("description"), summary: r.text("summary", "excerpt"),
		slug: r.text("slug"), url: r.text("url", "permalink"), kind: r.text("type"), language: r.text("lang", "language"),
		translation: r.text("translationkey"),
		date:        r.date("date"), updated: r.date("lastmod", "modified", "last_modified_at", "updated"),
		publish: r.date("publishdate", "pubdate"), expires: r.date("expirydate", "unpublishdate"),
		draft: r.flag("draft", false), weight: r.number("weight"), noIndex: r.flag("noindex", false),
		toc: r.optional("toc"), html: r.optional("html"), math: r.optional("math", "katex", "mathjax", "use_math", "usemathjax"), search: r.optional("search"),
		aliases: r.list("aliases", "alias", "redirect_from"), tags: r.list("tags", "tag"),
		categories: r.list("categories", "category"), authors: r.list("authors", "author", "by"),
		images: r.list("images", "image", "cover"), params: params,
	}
	if series := r.list("series"); len(series) > 0 {
		m.series = series[0]
	}
	// Jekyll's "published" is a boolean, Hugo's a date.
	switch values["published"].(type) {
	case bool:
		m.draft = m.draft || !r.flag("published", true)
	case nil:
	default:
		m.publish = r.date("published")
	}
	m.odd = r.odd
	return m, &r
}

// splitDates reads "date: {created: …, updated: …}", as the blogs of Material for MkDocs
// have it.
func splitDates(values map[string]any) {
	dates, ok := values["date"].(map[string]any)
	if !ok || dates["created"] == nil {
		return
	}
	values["date"] = dates["created"]
	if _, there := values["updated"]; !there && dates["updated"] != nil {
		values["updated"] = dates["updated"]
	}
}

func (r *metaReader) find(keys []string) (string, any) {
	for _, key := range keys {
		if value, ok := r.values[key]; ok && value != nil {
			return key, value
		}
	}
	return "", nil
}

func (r *metaReader) wrong(key, want string, value any) {
	mistake := lineError{r.fm.lineOf(key), fmt.Errorf("%s is no %s: %v", key, want, value)}
	if r.fm.hugo {
		r.odd = append(r.odd, mistake)
		return
	}
	r.errs = append(r.errs, mistake)
}

func (r *metaReader) text(keys ...string) string {
	key, value := r.find(keys)
	switch v := value.(type) {
	case nil:
	case string:
		return strings.TrimSpace(v)
	case int, int64, uint64, float64, bool:
		return fmt.Sprint(v)
	case time.Time:
		return v.Format(time.DateOnly)
	default:
		r.wrong(key, "text", value)
	}
	return ""
}

func (r *metaReader) optional(keys ...string) *bool {
	_, value := r.find(keys)
	switch v := value.(type) {
	case bool:
		return &v
	case nil:
	default:
		// Themes of other tools keep tables here.
	}
	return nil
}

func (r *metaReader) flag(key string, absent bool) bool {
	_, value := r.find([]string{key})
	switch v := value.(type) {
	case nil:
	case bool:
		return v
	case string:
		b, err := strconv.ParseBool(strings.ToLower(v))
		if err == nil || r.fm.hugo {
			return b
		}
		r.wrong(key, "true or false", value)
	default:
		if r.fm.hugo {
			return fmt.Sprint(v) != "0"
		}
		r.wrong(key, "true or false", value)
	}
	return absent
}

func (r *metaReader) number(key string) int {
	_, value := r.find([]string{key})
	switch v := value.(type) {
	case nil:
	case int:
		return v
	case int64:
		return int(v)
	case float64:
		return int(v)
	case string:
		n, err := strconv.Atoi(strings.TrimSpace(v))
		if err == nil {
			return n
		}
		r.wrong(key, "number", value)
	default:
		r.wrong(key, "number", value)
	}
	return 0
}

// loose are lists in which themes of other tools have tables.
var loose = []string{"image", "images", "cover", "author", "authors", "by"}

// list reads a list, or one item. Jekyll's lists may be one text with spaces:
// that holds for its own keys alone, and a text with a comma is split there.
func (r *metaReader) list(keys ...string) []string {
	key, value := r.find(keys)
	var items []string
	switch v := value.(type) {
	case nil:
	case string:
		switch {
		case strings.Contains(v, ","):
			items = strings.Split(v, ",")
		case key == "tags" || key == "categories":
			items = strings.Fields(v)
		default:
			items = []string{v}
		}
	case []any:
		for _, item := range v {
			switch item := item.(type) {
			case string, int, int64, uint64, float64, bool:
				items = append(items, fmt.Sprint(item))
			case time.Time:
				items = append(items, item.Format(time.DateOnly))
			case nil:
			default:
				if !slices.Contains(loose, key) {
					r.wrong(key, "list of texts", value)
					return nil
				}
			}
		}
	case int, int64, uint64, float64:
		items = []string{fmt.Sprint(v)}
	default:
		if !slices.Contains(loose, key) {
			r.wrong(key, "list of texts", value)
		}
	}
	for i := range items {
		items[i] = strings.TrimSpace(items[i])
	}
	return slices.DeleteFunc(items, func(s string) bool { return s == "" })
}
