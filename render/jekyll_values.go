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
	site := &siteValues{site: s, c: c, posts: map[*post]*postValues{}, lists: map[string]any{}, places: map[string]map[any]int{}}
	return map[string]any{"site": site, "page": site.of(c.post), "jekyll": map[string]any{"environment": "production", "version": "4.3.1"}, "layout": &layoutValues{c, s}}
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
		return liquid.Moment(v, zone)
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
	site   *jekyllSite
	c      *conversion
	posts  map[*post]*postValues
	lists  map[string]any
	places map[string]map[any]int // of the documents in their collections
}

// placeIn is the place of a document in the list of its collection, or -1.
func (v *siteValues) placeIn(collection string, list []any, document any) int {
	places := v.places[collection]
	if places == nil {
		places = make(map[any]int, len(list))
		for i, d := range list {
			places[d] = i
		}
		v.places[collection] = places
	}
	if at, ok := places[document]; ok {
		return at
	}
	return -1
}

// Keys are none: the site is not written as a whole.
func (v *siteValues) Keys() []string { return nil }

// Get is a field.
func (v *siteValues) Get(key string) any {
	if list, ok := v.lists[key]; ok {
		return list
	}
	value := v.work(key)
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
	case "pages":
		return v.all(v.pages(func(*post) bool { return true }))
	case "html_pages":
		return v.all(v.pages(func(p *post) bool { return p.media == "" || p.media == htmlType }))
	case "documents":
		return v.everyDocument()
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
	case "github":
		if v.site.Ordered[key] == nil {
			return v.site.repository()
		}
	}
	return liquidValue(v.site.Ordered[key], b.zone)
}

// repository is what jekyll-github-metadata tells of a repository that the configuration
// names; what only GitHub knows of it is not there.
func (s *jekyllSite) repository() any {
	owner, name, ok := strings.Cut(jekyll.Text(s.Values["repository"]), "/")
	if !ok || !s.Has("jekyll-github-metadata") {
		return nil
	}
	address := "https://github.com/" + owner + "/" + name
	return map[string]any{
		"repository_nwo": owner + "/" + name, "owner_name": owner, "repository_name": name, "project_title": name, "title": name,
		"owner_url": "https://github.com/" + owner, "repository_url": address, "clone_url": address + ".git", "issues_url": address + "/issues",
		"releases_url": address + "/releases", "zip_url": address + "/zipball/gh-pages", "tar_url": address + "/tarball/gh-pages", "wiki_url": address + "/wiki",
		"url": s.URL + s.BaseURL, "baseurl": s.BaseURL, "environment": "production", "hostname": "github.com",
	}
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

// pages are those that pass, by their names.
func (v *siteValues) pages(passes func(*post) bool) []*post {
	list := v.where(func(p *post) bool { return v.site.kindOf(p.file).Kind == jekyll.Page && passes(p) })
	for _, p := range v.c.blog.intros {
		if passes(p) {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(x, y *post) int {
		return cmp.Or(strings.Compare(path.Base(x.file), path.Base(y.file)), strings.Compare(x.file, y.file))
	})
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
// their front matter, or the one that the configuration lists. Between two dates the
// earlier goes before.
func (v *siteValues) documents(c jekyll.Collection) []*post {
	list := v.where(func(p *post) bool { return v.site.kindOf(p.file).Collection == c.Name })
	slices.SortStableFunc(list, func(x, y *post) int {
		if x.date.IsZero() || y.date.IsZero() {
			return strings.Compare(x.file, y.file)
		}
		return cmp.Or(x.date.Compare(y.date), strings.Compare(x.file, y.file))
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

// everyDocument is that of each collection, and its files, in the order of the
// configuration: the posts come first, the oldest before.
func (v *siteValues) everyDocument() (list []any) {
	posts, _ := v.Get("posts").([]any)
	list = slices.Clone(posts)
	slices.Reverse(list)
	for _, name := range v.site.CollectionOrder {
		documents, _ := v.Get(name).([]any)
		list = append(append(list, documents...), v.filesOf(name)...)
	}
	return list
}

// filesOf are the files of a collection that are copied.
func (v *siteValues) filesOf(collection string) (list []any) {
	for _, file := range v.files() {
		if f, _ := file.(map[string]any); f["collection"] == collection {
			list = append(list, file)
		}
	}
	return list
}

// collections are all of them, with the posts, by their names.
func (v *siteValues) collections() (list []any) {
	all := append(slices.Clone(v.site.Collections), jekyll.Collection{Name: "posts", Output: true, Permalink: cmp.Or(v.site.PostsPermalink, v.site.Permalink)})
	slices.SortFunc(all, func(x, y jekyll.Collection) int { return strings.Compare(x.Name, y.Name) })
	for _, c := range all {
		values := map[string]any{"label": c.Name, "docs": v.Get(c.Name), "files": v.filesOf(c.Name), "output": c.Output, "relative_directory": "_" + c.Name, "permalink": c.Permalink}
		for key, value := range c.Values {
			if _, there := values[key]; !there {
				values[key] = liquidValue(value, v.c.blog.zone)
			}
		}
		list = append(list, values)
	}
	return list
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

// files are those that are copied, with the defaults of the configuration.
func (v *siteValues) files() (list []any) {
	s := v.site
	for _, file := range slices.SortedFunc(keysOf(v.c.blog.fileURLs), func(x, y string) int { return strings.Compare(s.filePath(x), s.filePath(y)) }) {
		base, collection := path.Base(file), s.kindOf(file).Collection
		values := map[string]any{}
		for key, value := range s.DefaultsOf(strings.TrimPrefix(s.filePath(file), "/"), collection) {
			values[key] = liquidValue(value, v.c.blog.zone)
		}
		values["path"], values["name"], values["extname"] = s.filePath(file), base, path.Ext(file)
		values["basename"] = strings.TrimSuffix(base, path.Ext(base))
		if values["collection"] = nil; collection != "" {
			values["collection"] = collection
		}
		list = append(list, values)
	}
	return list
}

// filePath is the path of a file that is copied: one of a collection lacks the slash.
func (s *jekyllSite) filePath(file string) string {
	if s.kindOf(file).Collection != "" {
		return s.Within(file)
	}
	return "/" + s.Within(file)
}
