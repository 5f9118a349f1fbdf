package render

import (
	"bytes"
	"cmp"
	"fmt"
	"html"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	emojiast "github.com/yuin/goldmark-emoji/ast"
	"github.com/yuin/goldmark/ast"

	"icecap/content"
	"icecap/render/hugo"
)

// A hugoSurvey is what must be known of all texts before one of them has its place.
// Folders are those of the site, with the language's before them.
type hugoSurvey struct {
	leaves   map[string]bool           // folders of the file system that are bundles
	sections map[string]*front         // folders with an _index.md, and those at the top, with nil
	pages    map[string][]*post        // see [hugoFolder.pagesAt]
	cascades map[string][]hugo.Cascade // what the _index.md of a folder gives to all below it
}

// survey looks at the names of all texts, and at the front matter of lists.
func (h *hugoFolder) survey(b *Blog) {
	b.hugo = hugoSurvey{leaves: map[string]bool{}, sections: map[string]*front{}, cascades: map[string][]hugo.Cascade{}}
	s := &b.hugo
	for _, src := range b.snapshot.sources {
		if src.front == nil {
			continue
		}
		p := h.place(src.file)
		if p.index && !p.branch {
			s.leaves[path.Dir(src.file)] = true
		}
		if !p.branch {
			continue
		}
		front := b.snapshot.readFront(src)
		s.sections[p.dir] = front
		list, err := hugo.ReadCascades(front.meta.params["cascade"])
		if err != nil {
			b.problems = append(b.problems, Problem{File: src.file, Line: front.fm.lineOf("cascade"), What: err.Error()})
		}
		s.cascades[p.dir] = list
	}
	for _, src := range b.snapshot.sources {
		p := h.place(src.file)
		below := strings.TrimPrefix(strings.TrimPrefix(p.dir, h.languageDir(p.lang)), "/")
		if p.index && !p.branch {
			below = strings.TrimPrefix(path.Dir("/"+below), "/")
		}
		if top, _, _ := strings.Cut(below, "/"); top != "" {
			if dir := path.Join(h.languageDir(p.lang), top); s.sections[dir] == nil && h.bundleOf(b, src.file) == "" {
				s.sections[dir] = nil
			}
		}
	}
}

// bundleOf is the folder of the bundle that a file is a resource of, or "".
func (h *hugoFolder) bundleOf(b *Blog, file string) string {
	dir := path.Dir(file)
	if p := h.place(file); p.index && !p.branch && b.hugo.leaves[dir] && isText(file) {
		dir = path.Dir(dir)
	}
	for ; dir != "." && dir != "/"; dir = path.Dir(dir) {
		if b.hugo.leaves[dir] {
			return dir
		}
	}
	return ""
}

func isText(file string) bool {
	return isMarkdown(file) || isOrg(file) || strings.HasPrefix(path.Ext(file), ".htm")
}

// defaults are the values that cascades give a text, the nearest first.
func (h *hugoFolder) defaults(b *Blog, file string) map[string]any {
	p := h.place(file)
	kind := hugo.KindPage
	if p.branch {
		kind = hugo.KindSection
	}
	if p.dir == h.languageDir(p.lang) && p.index {
		kind = hugo.KindHome
	}
	name := "/" + h.Path.FileName(strings.TrimSuffix(strings.TrimSuffix(p.key, "/index"), "_index"))
	name = path.Clean(name)
	var values map[string]any
	add := func(list []hugo.Cascade) {
		for _, c := range list {
			if !c.Target.Matches(kind, name, h.Languages[p.lang].Key) {
				continue
			}
			for key, value := range c.Values {
				if _, known := values[key]; !known {
					if values == nil {
						values = map[string]any{}
					}
					values[key] = value
				}
			}
		}
	}
	for dir := p.dir; ; dir = path.Dir(dir) {
		if dir == "." {
			dir = ""
		}
		add(b.hugo.cascades[dir])
		if dir == "" || dir == h.languageDir(p.lang) {
			break
		}
	}
	add(h.Cascades)
	return values
}

// correct reads what only Hugo has in front matter.
func (h *hugoFolder) correct(r *metaReader, m *meta, p *post) {
	if params, ok := r.values["params"].(map[string]any); ok {
		for key, value := range params {
			r.values[strings.ToLower(key)] = value
		}
	}
	given := m.slug
	known := map[string]time.Time{} // what later dates can fall back on
	m.date, m.slug = h.date(r, p, h.Dates.Date, known), strings.Trim(cmp.Or(given, h.fileSlug(r, p)), "-")
	known["date"] = m.date
	m.updated = h.date(r, p, h.Dates.Lastmod, known)
	known["lastmod"] = m.updated
	m.publish = cmp.Or(h.date(r, p, h.Dates.Publish, known), m.date)
	known["publishdate"] = m.publish
	m.expires = h.date(r, p, h.Dates.Expiry, known)
	m.linkTitle = cmp.Or(r.text("linktitle"), m.title)
	m.tags, m.categories = hugoTerms(r.values["tags"]), hugoTerms(r.values["categories"])
	m.series = ""
	if series := hugoTerms(r.values["series"]); len(series) > 0 {
		m.series = series[0]
	}
	if len(h.Languages) > 1 {
		m.translation = cmp.Or(m.translation, "/"+p.key)
	}
	build, ok := r.values["build"].(map[string]any)
	if !ok {
		build, _ = r.values["_build"].(map[string]any)
	}
	m.listing, m.rendering = buildOption(build["list"]), buildOption(build["render"])
	if r.flag("headless", false) {
		m.listing, m.rendering = "never", "never"
	}
	if sitemap, ok := r.values["sitemap"].(map[string]any); ok {
		m.offSitemap, _ = sitemap["disable"].(bool)
	}
	if m.summary != "" {
		m.excerpt = true
	}
}

// buildOption is always, never, local or link; in older sites true or false.
func buildOption(value any) string {
	switch v := value.(type) {
	case bool:
		if !v {
			return "never"
		}
	case string:
		return strings.ToLower(v)
	}
	return "always"
}

// date is the first of some sources that has one.
func (h *hugoFolder) date(r *metaReader, p *post, sources []string, known map[string]time.Time) time.Time {
	for _, source := range sources {
		var t time.Time
		switch source {
		case hugo.FromFileName:
			t, _, _ = hugo.FileDate(p.name, r.zone)
		case hugo.FromModTime:
			if info, err := fs.Stat(h.fs, p.file); err == nil {
				t = info.ModTime()
			}
		case hugo.FromGit: // see the configuration's ignored keys
		default:
			if _, flag := r.values[source].(bool); !flag {
				t = r.date(source)
			}
			if r.values[source] == nil {
				t = known[source]
			}
		}
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

// fileSlug is what stands behind the date in a file's name, where dates are taken
// from there.
func (h *hugoFolder) fileSlug(r *metaReader, p *post) string {
	for _, source := range h.Dates.Date {
		if source == hugo.FromFileName {
			if _, rest, ok := hugo.FileDate(p.name, r.zone); ok {
				return rest
			}
		} else if r.values[source] != nil {
			return ""
		}
	}
	return ""
}

// hugoTerms is a list of terms; one text is one term, whatever it holds.
func hugoTerms(value any) (list []string) {
	switch v := value.(type) {
	case string:
		list = []string{v}
	case []any:
		for _, item := range v {
			if item != nil {
				list = append(list, fmt.Sprint(item))
			}
		}
	}
	return slices.DeleteFunc(list, func(s string) bool { return strings.TrimSpace(s) == "" })
}

// hidden says why a text that is no draft has no page.
func (h *hugoFolder) hidden(b *Blog, p *post) string {
	if bundle := h.bundleOf(b, p.file); bundle != "" {
		b.warnings = append(b.warnings, Problem{File: p.file, What: "left out: it is a resource of a bundle, which only a layout can show", group: "resource"})
		b.unseen = append(b.unseen, p)
		return "it is a resource of the bundle " + bundle
	}
	switch {
	case p.rendering == "never", p.rendering == "link":
		b.warnings = append(b.warnings, Problem{File: p.file, What: "left out: its build options give it no page, so that only a layout can show it", group: "build"})
		if p.listing != "never" {
			b.unseen = append(b.unseen, p)
		}
		if p.index && !p.branch { // its files are published all the same
			if u, err := b.urlOf(p); err == nil {
				p.url = u
				b.bundles[path.Dir(p.file)] = append(b.bundles[path.Dir(p.file)], p)
			}
		}
		return "its build options say so"
	case p.branch && p.dir == h.languageDir(p.lang) && !h.HasKind(hugo.KindHome),
		!p.branch && !h.HasKind(hugo.KindPage),
		p.branch && p.dir != h.languageDir(p.lang) && !h.HasKind(hugo.KindSection):
		return "the configuration disables its kind"
	}
	return ""
}

// unfollowed are keys of Hugo's front matter that only its layouts, or its other
// forms of output, do something with.
var unfollowed = []string{"layout", "resources"}

// notice names them, and texts in another markup.
func (h *hugoFolder) notice(b *Blog, p *post) {
	note := func(key, what string) {
		w := p.problem(p.fm.lineOf(key), what, "the README says what of a Hugo site is carried")
		w.group = "key " + key
		b.warnings = append(b.warnings, w)
	}
	for _, key := range unfollowed {
		if _, ok := p.params[key]; ok {
			note(key, fmt.Sprintf("%q in front matter is not followed", key))
		}
	}
	for _, odd := range p.odd {
		w := p.problem(odd.line, fmt.Sprintf("counts as none, as for Hugo: %v", odd.err), "")
		w.group = odd.err.Error()
		b.warnings = append(b.warnings, w)
	}
	if given := p.meta.url; misnamed(given) && !p.branch {
		b.warnings = append(b.warnings, p.problem(p.fm.lineOf("url"), fmt.Sprintf("its page is at %s/: a page cannot be published where the URL ends like another type of file", strings.Trim(given, "/")), ""))
		if from, err := content.ParsePath(b.settings.Prefix + strings.TrimPrefix(given, "/")); err == nil {
			b.lists = append(b.lists, content.Redirect{From: from, To: from.String() + "/"})
		}
	}
	kind := hugo.KindPage
	if p.branch {
		kind = hugo.KindSection
	}
	if own := outputsOf(p); own != nil {
		for _, format := range h.UnmadeOf(kind, own) {
			note("outputs", fmt.Sprintf("the output format %q is not made: only a template of the site's own says what is in it", format))
		}
	}
	if word, ok := p.params["draft"].(string); ok {
		if _, err := strconv.ParseBool(strings.ToLower(word)); err != nil {
			note("draft", fmt.Sprintf("draft is no true or false: %q counts as false for Hugo, so the text is published", word))
		}
	}
	markup, _ := p.params["markup"].(string)
	if markup != "" && !slices.Contains([]string{"md", "markdown", "goldmark", "html"}, strings.ToLower(markup)) {
		note("markup", fmt.Sprintf("the markup %q is not known: the text is read as Markdown", markup))
	}
}

// headingID is Hugo's: what it goes by is nearly what is seen of the heading, of
// several lines the last.
func (h *hugoFolder) headingID(n *ast.Heading, source []byte, _ string) string {
	var b strings.Builder
	writeHeadingText(&b, n, source)
	if !h.Markup.AutoHeadingID || b.Len() == 0 {
		return ""
	}
	lines := strings.Split(html.UnescapeString(b.String()), "\n")
	return hugo.Anchor(shortMarks.ReplaceAllString(lines[len(lines)-1], ""), h.Markup.AnchorType)
}

// writeHeadingText writes what Hugo goes by: of a link, or of what is emphasized, the
// first piece alone.
func writeHeadingText(b *strings.Builder, heading ast.Node, source []byte) {
	for child := heading.FirstChild(); child != nil; child = child.NextSibling() {
		for node := child; node != nil; node = node.FirstChild() {
			switch n := node.(type) {
			case *ast.Text:
				b.Write(n.Segment.Value(source))
				if n.SoftLineBreak() || n.HardLineBreak() {
					b.WriteByte('\n')
				}
			case *ast.String:
				b.Write(n.Value)
			case *emojiast.Emoji:
				b.Write(n.ShortName)
			}
		}
	}
}

var moreInLine = regexp.MustCompile(`(?m)^([^\n]*?)<!--[ \t]*more[ \t]*-->([^\n]*)$`)

// hugoMore gives the end of the summary a line of its own, for Hugo takes it out
// before it reads Markdown, so that what stands behind it in the line is text.
func hugoMore(c *conversion, text []byte) []byte {
	if !bytes.Contains(text, []byte("<!--")) { // as in most, and the pattern looks at each line
		return text
	}
	m := moreInLine.FindSubmatchIndex(text)
	if m == nil || strings.TrimSpace(string(text[m[2]:m[3]])+string(text[m[4]:m[5]])) == "" {
		return text
	}
	out := slices.Concat(text[:m[3]], []byte("\n\n<!--more-->\n\n"), text[m[4]:])
	c.lines.lose(m[3], -4)
	return out
}
