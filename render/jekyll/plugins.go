package jekyll

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"icecap/render/liquid"
)

// knownPlugins are those whose work is done, or that have none on a page's text.
var knownPlugins = []string{
	"jekyll-feed", "jekyll-sitemap", "jekyll-redirect-from", "jekyll-seo-tag", "jekyll-paginate", "jekyll-gist", "jekyll-include-cache",
	"jekyll-optional-front-matter", "jekyll-readme-index", "jekyll-titles-from-headings", "jekyll-relative-links", "jekyll-default-layout",
	"jekyll-archives", "jekyll-paginate-v2", "jekyll-github-metadata", "jemoji", "github-pages", "jekyll-toc", "jekyll-mentions", "jekyll-last-modified-at",
	"jekyll-watch", "jekyll-sass-converter", "jekyll-compose", "jekyll-admin", "jekyll-livereload", "jekyll-minifier", // nothing of theirs is in a page's text
}

// pagesPlugins are those that GitHub Pages runs without being asked.
var pagesPlugins = []string{"jekyll-gist", "jekyll-optional-front-matter", "jekyll-paginate", "jekyll-readme-index", "jekyll-titles-from-headings", "jekyll-relative-links", "jekyll-github-metadata"}

func (r *reader) plugins(c *Config) {
	for _, name := range c.Plugins {
		if !slices.Contains(knownPlugins, name) {
			c.Plugged = true
			r.note(name, fmt.Sprintf("the plugin %q is not carried: what it adds to the site is not there", name))
		}
	}
	if c.Has("github-pages") {
		c.Plugins = append(c.Plugins, pagesPlugins...)
	}
	c.Feed = r.feed()
	if r.values["paginate"] != nil && !c.Has("jekyll-paginate") && !c.Has("jekyll-paginate-v2") {
		c.Paginate = 0 // Jekyll paginates only with the plugin
		r.note("paginate", "paginate has no effect without the plugin jekyll-paginate")
	}
	if c.Has("jekyll-github-metadata") && Text(r.values["repository"]) == "" {
		r.note("jekyll-github-metadata", "site.github is empty: the configuration names no repository: OWNER/NAME")
	}
	r.archives(c)
}

// feed reads what jekyll-feed is told.
func (r *reader) feed() Feed {
	own := table(r.values["feed"])
	collections := table(own["collections"])
	if collections == nil {
		collections = map[string]any{}
		for _, name := range texts(own["collections"]) {
			collections[name] = nil
		}
	}
	posts := table(collections["posts"])
	categories := texts(posts["categories"])
	if categories == nil {
		categories = texts(own["categories"])
	}
	at := or(Text(posts["path"]), or(Text(own["path"]), "feed.xml"))
	f := Feed{Path: "/" + strings.TrimPrefix(at, "/"), Limit: 10, ExcerptOnly: own["excerpt_only"] == true, Categories: categories}
	if n := number(own["posts_limit"]); n > 0 {
		f.Limit = n
	}
	if tags := own["tags"]; tags != nil && tags != false {
		f.Tags, f.TagsPath = true, or(Text(table(tags)["path"]), "/feed/by_tag/")
	}
	for _, name := range slices.Sorted(maps.Keys(collections)) {
		if name != "posts" {
			told := table(collections[name])
			at := strings.TrimPrefix(or(Text(told["path"]), "feed/"+name+".xml"), "/")
			f.Collections = append(f.Collections, CollectionFeed{name, "/" + at, texts(told["categories"])})
		}
	}
	return f
}

// An Archives is where a plugin has lists of posts that icecap has elsewhere: paths with
// the placeholders :name, :year, :month and :day, "" for none.
type Archives struct {
	Tag, Category, Year, Month, Day string
	Posts                           string // of all posts
	SlugMode                        string // of names
	Paged                           string // path of further pages of a list, with :num
	PageSize                        int    // posts on each, 0 for all
}

// archives reads what jekyll-archives and the autopages of jekyll-paginate-v2 are told.
func (r *reader) archives(c *Config) {
	if own := table(r.values["jekyll-archives"]); own != nil && c.Has("jekyll-archives") {
		enabled, permalinks := texts(own["enabled"]), table(own["permalinks"])
		all := own["enabled"] == true || slices.Contains(enabled, "all")
		at := func(name, plural, usual string) string {
			if !all && !slices.Contains(enabled, plural) {
				return ""
			}
			return or(Text(permalinks[name]), usual)
		}
		c.Archives = Archives{
			Tag: at("tag", "tags", "/tag/:name/"), Category: at("category", "categories", "/category/:name/"),
			Year: at("year", "year", "/:year/"), Month: at("month", "month", "/:year/:month/"), Day: at("day", "day", "/:year/:month/:day/"),
			SlugMode: Text(own["slug_mode"]),
		}
		return
	}
	own := table(r.values["autopages"])
	if own["enabled"] != true || !c.Has("jekyll-paginate-v2") {
		return
	}
	at := func(key, placeholder, usual string) string {
		list := table(own[key])
		if list["enabled"] == false {
			return ""
		}
		return strings.TrimSuffix(strings.Replace(or(Text(list["permalink"]), usual), placeholder, ":name", 1), "/") + "/"
	}
	c.Archives = Archives{Tag: at("tags", ":tag", "/tag/:tag"), Category: at("categories", ":cat", "/category/:cat"), SlugMode: "none"}
	if mode := Text(table(table(own["tags"])["slugify"])["mode"]); mode != "" {
		c.Archives.SlugMode = mode
	}
	if list := at("collections", ":coll", "/collection/:coll"); list != "" {
		c.Archives.Posts = strings.Replace(list, ":name", "posts", 1)
		if len(c.Collections) > 0 {
			r.note("autopages", "pages that list a collection are not carried")
		}
	}
	pages := table(r.values["pagination"])
	c.Archives.Paged, c.Archives.PageSize = or(Text(pages["permalink"]), "/page:num/"), cmp.Or(number(pages["per_page"]), 10)
}

// TermPath is the path below the base at which a plugin lists the posts of a tag or a
// category.
func (a Archives) TermPath(template, name string) string {
	return clean(strings.ReplaceAll(template, ":name", liquid.Slugify(name, a.SlugMode, false)))
}

// NextPath is that of the Nth page of a list.
func (a Archives) NextPath(list string, n int) string {
	return clean(list + strings.ReplaceAll(a.Paged, ":num", fmt.Sprint(n)))
}

// DatePath is that of the posts of a year, a month or a day.
func (a Archives) DatePath(template string, date time.Time) string {
	return clean(strings.NewReplacer(":year", date.Format("2006"), ":month", date.Format("01"), ":day", date.Format("02")).Replace(template))
}

// repeated is how jekyll-paginate-v2 repeats the page whose front matter says
// pagination: {enabled: true}. It is an index of a folder near the top.
func (r *reader) repeated(fsys fs.FS, c *Config) {
	own := table(r.values["pagination"])
	if own["enabled"] != true || !c.Has("jekyll-paginate-v2") {
		return
	}
	for _, pattern := range []string{"index.*", "*/index.*", "*/*/index.*"} {
		names, _ := fs.Glob(fsys, path.Join(c.Source, pattern))
		for _, name := range names {
			data, err := readSmall(fsys, name)
			if err != nil || !HasFront(data) {
				continue
			}
			values, err := Front(name, data)
			page := table(values["pagination"])
			if err != nil || page["enabled"] != true {
				continue
			}
			if page["category"] != nil || page["tag"] != nil || page["collection"] != nil {
				r.notes = append(r.notes, Note{name, 0, "the pages of a part of the posts are not carried: icecap's own lists take their place"})
				continue
			}
			c.paginated = or(strings.TrimSuffix(path.Dir("/"+c.Relative(name)), "/"), "") + "/"
			c.Paginate = 10
			for _, n := range []any{own["per_page"], page["per_page"]} {
				c.Paginate = cmp.Or(number(n), c.Paginate)
			}
			c.PaginatePath = path.Join(c.paginated, or(Text(page["permalink"]), or(Text(own["permalink"]), "/page:num/")))
			return
		}
	}
	r.note("pagination", "pagination has no effect: no index has pagination: {enabled: true} for all posts in its front matter")
}
