package render

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"mime"
	"path"
	"slices"
	"strings"
	"time"

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
	wide     bool              // an include asks for more than the page that includes it
}

// jekyllDialect is the dialect of a folder of Jekyll, or nil if it is none.
func (f *Folder) jekyllDialect() (*dialect, error) {
	name := jekyll.Find(f.FS)
	if info, err := fs.Stat(f.FS, "_posts"); name == "" && (err != nil || !info.IsDir()) {
		return nil, nil
	}
	config, notes, err := jekyll.Read(f.FS, name)
	if err != nil {
		return nil, wrongFile(err)
	}
	s := &jekyllSite{Config: config, fsys: f.FS, includes: map[string]string{}}
	d := ours()
	d.tool, d.data, d.files = "Jekyll", config.DataDir, append(slices.Clone(jekyll.ConfigNames), "Gemfile", config.Includes)
	for _, n := range notes {
		d.warnings = append(d.warnings, Problem{File: n.File, Line: n.Line, What: n.What})
	}
	if err := s.readIncludes(); err != nil {
		return nil, err
	}
	s.summarize(d)
	d.warnings = append(d.warnings, s.uncarried()...)
	s.decide(d)
	return d, nil
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
	d.fileDates = false
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
	d.correct, d.hidden, d.url, d.intro = s.correct, s.hidden, s.url, s.isIntro
	d.prepare, d.summaryEnd, d.wide = s.prepare, s.summaryEnd, s.isWide
	d.inside = func(c *conversion, text string) []byte { return c.kramdown(numbered(text, c.lines.first), s) }
	d.contents, d.hardWrap = s.contents, s.HardWrap
	d.headingID = func(_ *ast.Heading, _ []byte, visible string) string {
		return s.HeadingID(html.UnescapeString(visible))
	}
	d.extensions = []goldmark.Extender{extension.Table, extension.Strikethrough, extension.TaskList, extension.Footnote, extension.DefinitionList, extension.Typographer, spanAttributes{}}
	if s.Has("jemoji") {
		d.extensions = append(d.extensions, emoji.Emoji)
	}
	d.pagePath, d.alias, d.latestFirst = s.pagePath, s.alias, latestFirst
	d.lists = func(dir string) bool { return s.Paginate > 0 && "/"+dir == strings.TrimSuffix(s.PagePath(1), "/") }
	if s.Has("jekyll-feed") {
		d.feeds = s.Feed
	}
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
	fmt.Fprintf(sum, "%q %q\n", s.Values, s.Plugins)
	for _, name := range slices.Sorted(keysOf(s.includes)) {
		fmt.Fprintf(sum, "%q %q\n", name, s.includes[name])
	}
	d.config = sum.Sum(nil)
}

// uncarried names the parts of the folder that are not carried, each once.
func (s *jekyllSite) uncarried() (notes Problems) {
	for _, part := range []struct{ name, why string }{
		{"_layouts", "layouts are not carried: pages are made with icecap's theme, or with one in the folder theme"},
		{"_sass", "style sheets in Sass are not carried"},
		{"_plugins", "plugins are not run"},
	} {
		if info, err := fs.Stat(s.fsys, part.name); err == nil && info.IsDir() {
			notes = append(notes, Problem{File: part.name, What: part.why})
		}
	}
	return notes
}

// sort says what a name is.
func (s *jekyllSite) sort(name string, dir bool) nameSort {
	if top, _, _ := strings.Cut(name, "/"); name == themeDir && dir || top == s.Includes || top == s.DataDir || slices.Contains(ownNames, name) {
		return sortLeft
	}
	f := s.Sort(name, dir, func() bool { return s.hasFront(name) })
	switch f.Kind {
	case jekyll.Left:
		return sortLeft
	case jekyll.Misnamed:
		return sortReported
	case jekyll.Static:
		switch {
		case s.IsMarkdown(name) && f.Collection == "" && s.Has("jekyll-optional-front-matter") && !slices.Contains(configNames, name):
			return sortText
		case s.IsMarkdown(name) && s.isReadmeIndex(name):
			return sortText
		case s.IsMarkdown(name):
			return sortReported
		}
		return sortFile
	case jekyll.Folder:
		return sortFile
	}
	if ext := path.Ext(name); ext == ".scss" || ext == ".sass" || ext == ".coffee" {
		return sortReported
	}
	return sortText
}

// ownNames are files at the top that are icecap's.
var ownNames = []string{"icecap.toml", "icecap.yaml", "icecap.yml", "icecap.json"}

// isReadmeIndex reports whether a file is the README of a folder without an index,
// which jekyll-readme-index makes its index.
func (s *jekyllSite) isReadmeIndex(name string) bool {
	if !s.Has("jekyll-readme-index") || !strings.EqualFold(strings.TrimSuffix(path.Base(name), path.Ext(name)), "readme") {
		return false
	}
	for _, index := range []string{"index.html", "index.md", "index.markdown"} {
		if _, err := fs.Stat(s.fsys, path.Join(path.Dir(name), index)); err == nil {
			return false
		}
	}
	return true
}

// whyLeft is why a name is reported and left out.
func (s *jekyllSite) whyLeft(name string) string {
	switch ext := path.Ext(name); {
	case ext == ".scss" || ext == ".sass":
		return "left out: style sheets in Sass are not carried"
	case ext == ".coffee":
		return "left out: CoffeeScript is not carried"
	case s.IsMarkdown(name) && s.kindOf(name).Kind != jekyll.Misnamed:
		return "left out: it has no front matter, so Jekyll copies it as it is, and Markdown cannot be published so"
	}
	return "left out, as Jekyll leaves it out: the name of a post begins with its date, as in 2024-05-01-name.md"
}

// hasFront reports whether a file begins with front matter.
func (s *jekyllSite) hasFront(name string) bool {
	file, err := s.fsys.Open(name)
	if err != nil {
		return false
	}
	defer file.Close()
	var head [200]byte
	n, _ := file.Read(head[:])
	return jekyll.HasFront(bytes.TrimPrefix(head[:n], []byte("\ufeff")))
}

// kindOf is what a text is, by its name.
func (s *jekyllSite) kindOf(file string) jekyll.File {
	return s.Sort(file, false, func() bool { return true })
}

// place is where a text belongs: the documents of a collection in the list of that
// name, all others at the top.
func (s *jekyllSite) place(file string) place {
	f := s.kindOf(file)
	p := place{name: f.Slug}
	if f.Kind == jekyll.Document {
		p.dir = f.Collection
	}
	return p
}

// correct reads the front matter by Jekyll's rules.
func (s *jekyllSite) correct(r *metaReader, m *meta, p *post) {
	if r.values == nil {
		return // it cannot be read at all
	}
	f := s.kindOf(p.file)
	r.errs = nil // Jekyll has no use for most keys, so whatever may stand there
	m.tags = r.list("tags")
	m.url, m.expires, m.publish = r.text("permalink"), time.Time{}, time.Time{}
	m.date = s.date(r)
	m.draft = f.Kind == jekyll.Draft
	m.categories = s.categories(r, f)
	if tags := one(r, "tag"); len(tags) > 0 {
		m.tags = tags
	}
	if f.Kind == jekyll.Post {
		day, ok := f.NameDate(r.zone)
		if !ok {
			r.errs = append(r.errs, lineError{0, fmt.Errorf("the file's name begins with %s-%s-%s, which is no day", f.Year, f.Month, f.Day)})
		}
		if m.date.IsZero() {
			m.date = day
		}
	}
	if f.Kind == jekyll.Draft && m.date.IsZero() {
		if info, err := fs.Stat(s.fsys, p.file); err == nil {
			m.date = info.ModTime().In(r.zone).Truncate(time.Second)
		}
	}
	if f.Collection != "posts" { // others do not wait for their date
		m.kind, m.publish = "page", time.Unix(1, 0)
	} else {
		m.kind = ""
	}
	if m.title == "" && f.Collection != "" {
		m.title = jekyll.Titleize(f.Slug)
	}
	m.redirect = s.redirect(r)
	m.noIndex = m.noIndex || r.values["sitemap"] == false
	m.media = s.media(r, p)
}

// date is that of the front matter, in the site's zone. What YAML knows as a moment
// without a zone is one of UTC for Jekyll; a day, and a text, are of the site's zone.
func (s *jekyllSite) date(r *metaReader) time.Time {
	value, ok := r.values["date"].(time.Time)
	if text, isText := r.values["date"].(string); isText {
		if t, ok := jekyll.ParseDate(text, r.zone); ok {
			return t
		}
	}
	if !ok {
		return r.date("date").In(r.zone)
	}
	if !clockPattern.MatchString(excerpt(r.fm.raw, r.fm.lineOf("date")-r.fm.line+1)) {
		return time.Date(value.Year(), value.Month(), value.Day(), 0, 0, 0, 0, r.zone)
	}
	return value.In(r.zone)
}

// categories are the folders above a post, then those of the front matter.
func (s *jekyllSite) categories(r *metaReader, f jekyll.File) []string {
	list := slices.Clone(f.Dirs)
	switch v := r.values["categories"].(type) {
	case string:
		list = append(list, strings.Fields(v)...)
	case []any:
		list = append(list, r.list("categories")...)
	}
	list = append(list, one(r, "category")...)
	var once []string
	for _, name := range list {
		if !slices.Contains(once, name) {
			once = append(once, name)
		}
	}
	return once
}

// one is the value of a key that holds one item, or a list after all.
func one(r *metaReader, key string) []string {
	switch r.values[key].(type) {
	case []any:
		return r.list(key)
	case nil, map[string]any:
		return nil
	}
	return []string{r.text(key)}
}

// redirect is where a page of jekyll-redirect-from leads, or "".
func (s *jekyllSite) redirect(r *metaReader) string {
	switch v := r.values["redirect_to"].(type) {
	case string:
		return v
	case []any:
		if list := r.list("redirect_to"); len(list) > 0 {
			return list[0]
		}
	}
	return ""
}

// media is the type of a page that is published without the theme around it: it is
// no HTML, or a whole document. It is "" for all others.
func (s *jekyllSite) media(r *metaReader, p *post) string {
	ext := s.OutputExt(p.file)
	if ext != ".html" && ext != ".htm" && ext != ".xhtml" {
		switch ext {
		case ".xml":
			return "application/xml"
		case ".json":
			return "application/json"
		}
		kind, _, _ := strings.Cut(mime.TypeByExtension(ext), ";")
		return kind
	}
	if s.IsMarkdown(p.file) || p.data == nil {
		return ""
	}
	layout, given := r.values["layout"]
	head := bytes.ToLower(bytes.TrimSpace(p.data[r.fm.body:]))
	if given && (layout == nil || layout == "none" || layout == "null") || bytes.HasPrefix(head, []byte("<!doctype")) || bytes.HasPrefix(head, []byte("<html")) {
		return htmlType
	}
	return ""
}

func (s *jekyllSite) hidden(_ *Blog, p *post) string {
	if p.params["published"] == false && !s.Unpublished {
		return "it says published: false"
	}
	return ""
}

// url is the path of a text below the base.
func (s *jekyllSite) url(_ *Blog, p *post) (string, error) {
	if readme := path.Base(p.file); p.meta.url == "" && strings.EqualFold(strings.TrimSuffix(readme, path.Ext(readme)), "readme") && s.isReadmeIndex(p.file) {
		return strings.TrimPrefix(strings.TrimSuffix(path.Dir("/"+p.file), "/")+"/", "/"), nil
	}
	f := s.kindOf(p.file)
	u, err := s.PathOf(jekyll.Doc{
		File: p.file, Collection: f.Collection, Name: f.Slug, Slug: p.slug, Permalink: p.meta.url, Categories: p.categories, Date: p.date,
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
	if alias != "" && !strings.HasSuffix(alias, "/") && path.Ext(alias) == "" {
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
		separator = jekyll.Text(own)
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
