package render

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"icecap/render/jekyll"
	"icecap/render/liquid"
)

// keysOf is maps.Keys, for what ranges over it.
func keysOf[V any](m map[string]V) func(func(string) bool) { return maps.Keys(m) }

// variables are those that Liquid has in a text.
func (s *jekyllSite) variables(c *conversion) map[string]any {
	site := &siteValues{site: s, c: c, posts: map[*post]*postValues{}}
	return map[string]any{"site": site, "page": site.of(c.post), "jekyll": map[string]any{"environment": "production", "version": "4.3"}, "layout": map[string]any{}}
}

// address is the public address, if one is known.
func (s *jekyllSite) address(b *Blog) string {
	if s.URL == "" && b.settings.URL == (Settings{}).withDefaults().URL {
		return ""
	}
	return b.settings.URL
}

// liquidValue is a value of front matter or configuration as Liquid has it.
func liquidValue(value any, zone *time.Location) any {
	switch v := value.(type) {
	case int:
		return int64(v)
	case toml.LocalDate:
		return v.AsTime(zone)
	case toml.LocalDateTime:
		return v.AsTime(zone)
	case time.Time:
		return v.In(zone)
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = liquidValue(item, zone)
		}
		return list
	case map[string]any:
		table := make(map[string]any, len(v))
		for key, item := range v {
			table[key] = liquidValue(item, zone)
		}
		return table
	case *liquid.Table:
		table, _ := liquidValue(v.Values, zone).(map[string]any)
		return &liquid.Table{Keys: v.Keys, Values: table}
	}
	return value
}

// siteValues are the fields of "site".
type siteValues struct {
	site  *jekyllSite
	c     *conversion
	posts map[*post]*postValues
	lists map[string]any
}

// Get is a field.
func (v *siteValues) Get(key string) any {
	if list, ok := v.lists[key]; ok {
		return list
	}
	value := v.work(key)
	if v.lists == nil {
		v.lists = map[string]any{}
	}
	v.lists[key] = value
	return value
}

func (v *siteValues) work(key string) any {
	b := v.c.blog
	for _, collection := range v.site.Collections {
		if collection.Name == key {
			return v.all(v.documents(collection))
		}
	}
	switch key {
	case "posts":
		return v.all(b.withMoved())
	case "pages", "html_pages":
		return v.all(v.where(func(p *post) bool { return v.site.kindOf(p.file).Kind == jekyll.Page }))
	case "documents":
		return v.all(v.where(func(p *post) bool { return v.site.kindOf(p.file).Collection != "" }))
	case "tags":
		return v.terms(func(p *post) []string { return p.tags })
	case "categories":
		return v.terms(func(p *post) []string { return p.categories })
	case "collections":
		return v.collections()
	case "time":
		return v.site.now(b)
	case "url":
		return v.site.address(b)
	case "baseurl":
		return strings.TrimSuffix(b.settings.Prefix, "/")
	case "static_files":
		return v.files()
	case "related_posts":
		return v.all(v.related())
	case "data":
		return b.snapshot.data.liquid()
	}
	return liquidValue(v.site.Ordered[key], b.zone)
}

// withMoved are the posts, the newest first, with those that only lead elsewhere: for
// Jekyll they are posts all the same.
func (b *Blog) withMoved() []*post {
	var moved []*post
	for _, p := range b.moved {
		if p.dated {
			moved = append(moved, p)
		}
	}
	if len(moved) == 0 {
		return b.posts
	}
	list := slices.Concat(b.posts, moved)
	slices.SortStableFunc(list, b.dialect.latestFirst)
	return list
}

// where is the texts that pass, by file.
func (v *siteValues) where(passes func(*post) bool) (list []*post) {
	for _, p := range slices.Concat(v.c.blog.all, v.c.blog.silent, v.c.blog.moved) {
		if passes(p) {
			list = append(list, p)
		}
	}
	return list
}

func (v *siteValues) all(posts []*post) []any {
	list := make([]any, len(posts))
	for i, p := range posts {
		list[i] = v.of(p)
	}
	return list
}

// of is a text, always the same value.
func (v *siteValues) of(p *post) *postValues {
	if v.posts[p] == nil {
		v.posts[p] = &postValues{v, p}
	}
	return v.posts[p]
}

// terms are the posts of each tag or category, the newest first. The first term is
// that of the oldest post.
func (v *siteValues) terms(of func(*post) []string) *liquid.Table {
	table := &liquid.Table{Values: map[string]any{}}
	posts := v.c.blog.withMoved()
	for i := len(posts) - 1; i >= 0; i-- {
		for _, name := range of(posts[i]) {
			if _, there := table.Values[name]; !there {
				table.Keys = append(table.Keys, name)
				table.Values[name] = []any(nil)
			}
		}
	}
	for _, p := range posts {
		for _, name := range of(p) {
			list, _ := table.Values[name].([]any)
			table.Values[name] = append(list, v.of(p))
		}
	}
	return table
}

// documents are those of a collection, in its order: that of its files, of a key of
// their front matter, or the one that the configuration lists. A date goes before.
func (v *siteValues) documents(c jekyll.Collection) []*post {
	list := v.where(func(p *post) bool { return v.site.kindOf(p.file).Collection == c.Name })
	now := v.site.now(v.c.blog)
	date := func(p *post) time.Time {
		if p.date.IsZero() {
			return now
		}
		return p.date
	}
	slices.SortStableFunc(list, func(x, y *post) int {
		return cmp.Or(date(x).Compare(date(y)), strings.Compare(x.file, y.file))
	})
	if len(c.Order) > 0 {
		place := func(p *post) int {
			if i := slices.Index(c.Order, v.site.Below(p.file)); i >= 0 {
				return i
			}
			return len(c.Order)
		}
		slices.SortStableFunc(list, func(x, y *post) int { return place(x) - place(y) })
	} else if c.SortBy != "" {
		slices.SortStableFunc(list, func(x, y *post) int {
			return liquid.Compare(v.of(x).Get(c.SortBy), v.of(y).Get(c.SortBy))
		})
	}
	return list
}

// collections are all of them, with the posts.
func (v *siteValues) collections() (list []any) {
	for _, c := range v.site.Collections {
		list = append(list, map[string]any{"label": c.Name, "docs": v.Get(c.Name), "output": c.Output, "relative_directory": "_" + c.Name, "permalink": c.Permalink})
	}
	return append(list, map[string]any{"label": "posts", "docs": v.Get("posts"), "output": true, "relative_directory": "_posts", "permalink": v.site.PostsPermalink})
}

// related are the ten newest other posts, for a post.
func (v *siteValues) related() (list []*post) {
	if !v.c.post.dated {
		return nil
	}
	for _, p := range v.c.blog.withMoved() {
		if p != v.c.post && len(list) < 10 {
			list = append(list, p)
		}
	}
	return list
}

func (v *siteValues) files() (list []any) {
	for _, file := range slices.Sorted(keysOf(v.c.blog.fileURLs)) {
		base := path.Base(file)
		list = append(list, map[string]any{"path": "/" + v.site.Within(file), "name": base, "basename": strings.TrimSuffix(base, path.Ext(base)), "extname": path.Ext(file)})
	}
	return list
}

// postValues are the fields of "page" and of other texts.
type postValues struct {
	site *siteValues
	post *post
}

// Get is a field: what Jekyll works out, else what the front matter says.
func (v *postValues) Get(key string) any {
	p, b := v.post, v.site.c.blog
	switch key {
	case "title":
		return p.title
	case "url":
		return "/" + strings.TrimPrefix(p.url.String(), b.settings.Prefix)
	case "id":
		return path.Join("/", strings.TrimPrefix(b.jekyllID(p), strings.TrimSuffix(b.settings.Prefix, "/")))
	case "date":
		if p.date.IsZero() {
			return nil
		}
		return p.date
	case "path", "relative_path":
		return v.site.site.Within(p.file)
	case "name":
		if own := p.params["name"]; own != nil {
			return liquidValue(own, b.zone)
		}
		return path.Base(p.file)
	case "slug":
		return b.jekyllSlug(p)
	case "dir":
		return path.Dir("/"+strings.TrimPrefix(p.url.String(), b.settings.Prefix)) + "/"
	case "collection":
		return v.site.site.kindOf(p.file).Collection
	case "tags":
		return listOf(p.tags)
	case "categories":
		return listOf(p.categories)
	case "next":
		return v.neighbour(p.newer, 1)
	case "previous":
		return v.neighbour(p.older, -1)
	case "content", "output":
		return v.text(func(f *facts) string { body, _ := b.body(p); return string(body) })
	case "excerpt":
		if own, given := p.params["excerpt"]; given && own != nil {
			return liquidValue(own, b.zone)
		}
		return v.text(func(f *facts) string { return f.Summary })
	}
	if value, ok := p.params[key]; ok {
		return liquidValue(value, b.zone)
	}
	return liquidValue(p.params[strings.ToLower(key)], b.zone) // front matter is read so
}

// neighbour is a post beside this one, or the document so many steps away in its
// collection; nil for none.
func (v *postValues) neighbour(p *post, steps int) any {
	if p != nil {
		return v.site.of(p)
	}
	collection := v.site.site.kindOf(v.post.file).Collection
	if collection == "" || collection == "posts" {
		return nil
	}
	list, _ := v.site.Get(collection).([]any)
	at := slices.IndexFunc(list, func(d any) bool { return d == any(v) })
	if at += steps; at < 0 || at >= len(list) || at == steps-1 {
		return nil
	}
	return list[at]
}

// text is something of a document's text, for a page, or of a page's for what is no
// HTML: texts that asked for each other would wait for each other.
func (v *postValues) text(of func(*facts) string) any {
	asker := v.site.c.post
	data := asker.media != "" && v.post.media == "" // search.json may hold all pages
	if !data && (v.site.site.kindOf(v.post.file).Collection == "" || v.site.site.kindOf(asker.file).Collection != "") {
		return ""
	}
	f, err := v.site.c.blog.factsOf(v.post)
	if err != nil {
		return ""
	}
	return of(f)
}

func listOf(texts []string) []any {
	list := make([]any, len(texts))
	for i, text := range texts {
		list[i] = text
	}
	return list
}
