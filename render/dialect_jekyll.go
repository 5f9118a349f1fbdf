package render

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	emoji "github.com/yuin/goldmark-emoji"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"

	"icecap/render/jekyll"
)

// A jekyllSite is a folder of Jekyll: what its configuration says, and its
// includes.
type jekyllSite struct {
	*jekyll.Config
	fsys     fs.FS
	includes map[string]string // by name in the folder
	layouts  map[string]any    // front matter of the layouts, by name: what Liquid knows as layout
	wide     bool              // an include asks for more than the page that includes it
	plugged  bool              // plugins that are not carried may bring filters of Liquid
}

// jekyllDialect is the dialect of a folder of Jekyll, or nil if it is none.
func (f *Folder) jekyllDialect() (*dialect, error) {
	name := jekyll.Find(f.FS)
	if name == "" && !isDir(f.FS, "_posts") {
		return nil, nil
	}
	config, notes, err := jekyll.Read(f.FS, name)
	if err != nil {
		return nil, wrongFile(err)
	}
	s := &jekyllSite{Config: config, fsys: f.FS, includes: map[string]string{}}
	d := ours()
	d.root = path.Join(".", config.Source)
	d.tool, d.data, d.files = "Jekyll", config.DataDir, append(slices.Clone(jekyll.ConfigNames), "Gemfile", config.Includes, s.layoutsDir())
	for _, n := range notes {
		d.warnings = append(d.warnings, Problem{File: n.File, Line: n.Line, What: n.What})
	}
	if err := s.readIncludes(); err != nil {
		return nil, err
	}
	s.readLayouts()
	s.plugged = s.Plugged || isDir(f.FS, path.Join(s.Source, "_plugins"))
	s.summarize(d)
	d.warnings = append(d.warnings, s.uncarried()...)
	s.decide(d)
	return d, nil
}

func isDir(fsys fs.FS, name string) bool {
	info, err := fs.Stat(fsys, name)
	return err == nil && info.IsDir()
}

// wrongFile says where a file of the configuration is wrong.
func wrongFile(err error) error {
	var wrong *jekyll.Error
	if errors.As(err, &wrong) {
		return Problems{{File: wrong.File, Line: wrong.Line, What: wrong.What}}
	}
	return err
}

// decide sets what differs from a folder of ours.
func (s *jekyllSite) decide(d *dialect) {
	d.settings = Settings{
		Title: s.Title, Description: s.Description, Author: s.Author, Language: s.Language, URL: s.URL, Prefix: s.BaseURL + "/", Timezone: s.Timezone,
		PageSize: s.Paginate, RawHTML: true, Drafts: s.ShowDrafts, Future: s.Future, WarnLinks: true,
		Math: MathMarks{Dollars: s.Math, Inline: true},
	}
	d.fileDates, d.sharedURLs, d.forgiving = false, true, s.Values["strict_front_matter"] != true
	d.sort, d.place, d.whyLeft = s.sort, s.place, s.whyLeft
	d.filePath = func(_ *Blog, file string) string { return strings.TrimPrefix(s.StaticURL(file), "/") }
	d.defaults = func(_ *Blog, file string) map[string]any {
		kind := s.kindOf(file).Collection
		if kind == "" {
			kind = "pages"
		}
		return s.DefaultsOf(s.Relative(file), kind)
	}
	d.silent = func(p *post) bool {
		name := s.kindOf(p.file).Collection
		return slices.ContainsFunc(s.Collections, func(c jekyll.Collection) bool { return c.Name == name && !c.Output })
	}
	if s.LimitPosts > 0 {
		d.choose = s.newestPosts
	}
	d.correct, d.hidden, d.url, d.intro, d.notice = s.correct, s.hidden, s.url, s.isIntro, s.notice
	d.menus = s.menus
	d.prepare, d.summaryEnd, d.wide = s.prepare, s.summaryEnd, s.isWide
	d.inside = func(c *conversion, text string) []byte { return []byte(text) }
	d.contents, d.hardWrap = s.contents, s.HardWrap
	d.headingID = func(_ *ast.Heading, _ []byte, visible string) string {
		return s.HeadingID(html.UnescapeString(visible))
	}
	if s.GFM {
		d.elementID = func(visible string) string { return s.ElementID(html.UnescapeString(visible)) }
	}
	d.extensions = []goldmark.Extender{extension.Table, extension.Strikethrough, extension.TaskList, extension.Footnote, extension.DefinitionList, extension.Typographer, s.kramdown()}
	if s.Has("jemoji") {
		d.extensions = append(d.extensions, emoji.Emoji)
	}
	d.others = func(p *post, own string) []string {
		ext := cmp.Or(s.OutputExt(p.file), ".html")
		if ext != ".html" && strings.HasSuffix(own, "/") {
			return []string{own + "index" + ext}
		}
		if folder, ok := strings.CutSuffix(own, "/index.html"); ok {
			return []string{folder + "/"} // where every web server would send it
		}
		if own == "" || strings.HasSuffix(own, "/") || isPageName(own) {
			return nil
		}
		return []string{own + ext}
	}
	d.pagePath, d.alias, d.latestFirst = s.pagePath, s.alias, latestFirst
	d.lists = func(dir string) bool { return s.Paginate > 0 && "/"+dir == strings.TrimSuffix(s.PagePath(1), "/") }
	if s.Has("jekyll-feed") {
		d.feeds, d.collected = s.Feed, s.collected
	}
	if s.Has("jekyll-mentions") {
		d.finish = s.mention
	}
	d.archives = s.Archives
}

// isPageName reports whether a path ends as a page does: another dot in a name, as that of
// "1.0", begins no ending.
func isPageName(path string) bool {
	return strings.HasSuffix(path, ".html") || strings.HasSuffix(path, ".htm") || strings.HasSuffix(path, ".xhtml")
}

// maxIncludes bounds the includes of a folder, in bytes.
const maxIncludes = 16 << 20

// readIncludes reads the texts of _includes.
func (s *jekyllSite) readIncludes() error {
	left := int64(maxIncludes)
	err := fs.WalkDir(s.fsys, s.Includes, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		data, err := readLimited(s.fsys, name, left)
		if errors.Is(err, errTooLong) {
			return Problems{{File: name, What: fmt.Sprintf("the includes have more than %d MiB", maxIncludes>>20)}}
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		left -= int64(len(data))
		s.includes[name] = string(data)
		s.wide = s.wide || widePattern.Match(data)
		return nil
	})
	return err
}

// summarize notes all that pages are made of besides their texts.
func (s *jekyllSite) summarize(d *dialect) {
	sum := sha256.New()
	order, _ := json.Marshal(s.Ordered)
	fmt.Fprintf(sum, "%q %q %s\n", s.Values, s.Plugins, order)
	for _, name := range slices.Sorted(keysOf(s.includes)) {
		fmt.Fprintf(sum, "%q %q\n", name, s.includes[name])
	}
	fmt.Fprintf(sum, "%q\n", s.layouts)
	d.config = sum.Sum(nil)
}

// uncarried names the parts of the folder that are not carried, each once.
func (s *jekyllSite) uncarried() (notes Problems) {
	for _, part := range []struct{ name, why string }{
		{"_layouts", "layouts are not carried: pages are made with icecap's theme, or with one in the folder theme"},
		{"_sass", "style sheets in Sass are not carried"},
		{"_plugins", "plugins are not run"},
	} {
		if name := path.Join(s.Source, part.name); isDir(s.fsys, name) {
			notes = append(notes, Problem{File: name, What: part.why})
		}
	}
	return notes
}

func (s *jekyllSite) hidden(_ *Blog, p *post) string {
	if p.params["published"] == false && !s.Unpublished {
		return "it says published: false"
	}
	return ""
}

// newestPosts takes away all posts but those that limit_posts allows.
func (s *jekyllSite) newestPosts(b *Blog, texts []*post) []*post {
	isPost := func(p *post) bool { return s.kindOf(p.file).Collection == "posts" }
	posts := slices.DeleteFunc(slices.Clone(texts), func(p *post) bool { return !isPost(p) })
	slices.SortFunc(posts, latestFirst)
	for _, p := range posts[min(s.LimitPosts, len(posts)):] {
		b.hidden[p.file] = fmt.Sprintf("limit_posts publishes only the newest %d posts", s.LimitPosts)
	}
	return slices.DeleteFunc(texts, func(p *post) bool { return b.hidden[p.file] != "" })
}

// url is the path of a text below the base.
func (s *jekyllSite) url(b *Blog, p *post) (string, error) {
	if readme := path.Base(p.file); p.meta.url == "" && strings.EqualFold(strings.TrimSuffix(readme, path.Ext(readme)), "readme") && s.isReadmeIndex(p.file) {
		return strings.TrimPrefix(strings.TrimSuffix(path.Dir("/"+s.Within(p.file)), "/")+"/", "/"), nil
	}
	f, date := s.kindOf(p.file), p.date
	if date.IsZero() {
		date = b.folder.Now.In(b.zone) // which its path may have, and so changes with the year
	}
	u, err := s.PathOf(jekyll.Doc{
		File: p.file, Collection: f.Collection, Name: f.Slug, Slug: p.slug, Permalink: p.meta.url, Categories: p.categories, Date: date, Values: p.params,
	})
	return strings.TrimPrefix(u, "/"), err
}

// isIntro reports whether a text speaks for a list of ours: it is the front page, or
// the page that jekyll-paginate would cut.
func (s *jekyllSite) isIntro(b *Blog, p *post) bool {
	if p.media != "" || p.redirect != "" || s.kindOf(p.file).Kind != jekyll.Page {
		return false
	}
	u, err := s.url(b, p)
	if err != nil {
		return false
	}
	dir := strings.Trim(u, "/")
	if dir != "" && (!strings.HasSuffix(u, "/") || s.Paginate == 0 || "/"+u != s.PagePath(1)) {
		return false
	}
	p.dir = dir
	return true
}

// latestFirst is the order of Jekyll's posts: by date, then by file, the last first.
func latestFirst(x, y *post) int {
	if !x.dated || !y.dated || !x.date.Equal(y.date) {
		return newestFirst(x, y)
	}
	return strings.Compare(y.file, x.file)
}

// alias is where jekyll-redirect-from puts a page that leads on: a folder's index
// answers at the folder, too, and a page at its name with an ending.
func (s *jekyllSite) alias(_ *Blog, _ *post, alias string) []string {
	if folder, ok := strings.CutSuffix(alias, "/index.html"); ok {
		return []string{alias, folder + "/"}
	}
	if alias != "" && !strings.HasSuffix(alias, "/") && !isPageName(alias) {
		return []string{alias, alias + ".html"}
	}
	return []string{alias}
}

// pagePath is that of a page of the posts, where jekyll-paginate makes them.
func (s *jekyllSite) pagePath(base string, n int) string {
	if s.Paginate == 0 || n == 1 || "/"+base != s.PagePath(1) {
		return ""
	}
	return strings.TrimPrefix(s.PagePath(n), "/")
}

// summaryEnd is the line that ends the excerpt of a text; ok is false if it has none.
func (s *jekyllSite) summaryEnd(p *post, text []byte) (line int, ok bool) {
	if s.kindOf(p.file).Collection == "" {
		return 0, false
	}
	separator := s.ExcerptSeparator
	if own, there := p.params["excerpt_separator"]; there {
		separator, _ = own.(string)
	}
	if separator == "" {
		return 0, false
	}
	normal := strings.ReplaceAll(string(text), "\r\n", "\n")
	end, ok := jekyll.ExcerptEnd(normal, separator)
	if !ok {
		end = len(normal)
	}
	return p.bodyLine + strings.Count(normal[:end], "\n"), true
}
