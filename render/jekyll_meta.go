package render

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"icecap/content"
	"icecap/render/jekyll"
)

// correct reads the front matter by Jekyll's rules.
func (s *jekyllSite) correct(r *metaReader, m *meta, p *post) {
	if r.values == nil {
		return // it cannot be read at all
	}
	f := s.kindOf(p.file)
	r.errs = nil // Jekyll has no use for most keys, so whatever may stand there
	m.tags, m.summary = r.list("tags"), r.text("excerpt")
	m.url, m.expires, m.publish = r.text("permalink"), time.Time{}, time.Time{}
	m.date = s.date(r, f)
	m.draft = f.Kind == jekyll.Draft
	m.categories = s.categories(r, f)
	if tags := one(r, "tag"); len(tags) > 0 {
		m.tags = tags
	}
	if f.Kind == jekyll.Post {
		day, ok := f.NameDate(r.zone)
		if !ok && m.date.IsZero() {
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
// Of a page Jekyll does not look at it, so what is no date there is none.
func (s *jekyllSite) date(r *metaReader, f jekyll.File) time.Time {
	value, ok := r.values["date"].(time.Time)
	if text, isText := r.values["date"].(string); isText {
		if t, ok := jekyll.ParseDate(text, r.zone); ok {
			return t
		}
	}
	if !ok {
		if f.Collection == "" {
			return time.Time{}
		}
		return r.date("date").In(r.zone)
	}
	if !clockPattern.MatchString(excerpt(r.fm.raw, r.fm.lineOf("date")-r.fm.line+1)) {
		return time.Date(value.Year(), value.Month(), value.Day(), 0, 0, 0, 0, r.zone)
	}
	return value.In(r.zone)
}

// notice names front matter that cannot be read, and a date of a page that is none.
func (s *jekyllSite) notice(b *Blog, p *post) {
	if p.unread != nil {
		what := fmt.Sprintf("the text is published without its front matter, as by Jekyll: %v", p.unread.err)
		b.warnings = append(b.warnings, p.problem(p.unread.line, what, ""))
	}
	if _, isText := p.params["date"].(string); isText && p.date.IsZero() {
		b.warnings = append(b.warnings, p.problem(p.fm.lineOf("date"), fmt.Sprintf("the date %q is none, and left out", p.params["date"]), ""))
	}
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
	if given := path.Ext(r.text("permalink")); slices.Contains(madeEndings, given) {
		ext = given
	}
	if !isPageName(ext) {
		return typeOf(ext)
	}
	if s.IsMarkdown(p.file) {
		return ""
	}
	if p.data == nil && p.front.meta.media != "" {
		return htmlType // as was seen when the text was at hand
	}
	layout, given := r.values["layout"]
	if given && (layout == nil || layout == "none" || layout == "null") {
		return htmlType
	}
	if p.data == nil {
		return ""
	}
	head := bytes.ToLower(bytes.TrimSpace(p.data[r.fm.body:]))
	if bytes.HasPrefix(head, []byte("<!doctype")) || bytes.HasPrefix(head, []byte("<html")) {
		return htmlType
	}
	return ""
}

// madeEndings are those of a permalink that tell the type of a page: another dot in it, as
// in "v1.0", begins no ending.
var madeEndings = []string{".js", ".mjs", ".css", ".json", ".xml", ".rss", ".atom", ".txt", ".csv", ".svg", ".ics", ".webmanifest", ".html", ".htm"}

// typeOf is the type of files with an ending, or "": that of the gate, which goes by them.
// What else the machine calls types, such as .old, no release holds.
func typeOf(ext string) string {
	if u, err := content.ParsePath("/page" + ext); err == nil {
		if media, known := u.Promises(); known {
			return media.Type
		}
	}
	return ""
}
