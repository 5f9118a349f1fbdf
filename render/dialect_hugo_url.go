package render

import (
	"cmp"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/collate"
	textlanguage "golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"icecap/content"
	"icecap/render/hugo"
)

// segment makes a segment of a URL from the name of a folder or a term.
func (h *hugoFolder) segment(name string) string { return h.Path.Sanitize(h.Path.FileName(name)) }

// hugoMend makes a path that can be published of one of Hugo's that cannot: /.net/ is
// /dot-net/ (though /tags/.net/ is what it is), and a percent sign that is one is a word.
func hugoMend(escaped string) string {
	decoded, err := url.PathUnescape(escaped)
	if err != nil {
		return escaped
	}
	return escapePath(leadingDots.ReplaceAllString(strings.ReplaceAll(norm.NFC.String(decoded), "%", "percent-"), "${1}dot-${2}"))
}

var leadingDots = regexp.MustCompile(`(\A|/)\.+([^./])`)

// escapePath is a path as it stands in a URL.
func escapePath(decoded string) string { return (&url.URL{Path: decoded}).EscapedPath() }

// url is the path of a page: what the front matter gives, the pattern of its
// section, or its folder with slug or name.
func (h *hugoFolder) url(b *Blog, p *post) (string, error) {
	if p.meta.url != "" {
		return h.givenURL(b, p)
	}
	container := p.dir
	if p.index {
		container = path.Dir(p.dir)
	}
	language := h.languageDir(p.lang)
	below := strings.Trim(strings.TrimPrefix(strings.TrimPrefix(container, "."), language), "/")
	var parts string
	if pattern := h.pattern(hugo.KindPage, p); pattern != "" {
		expanded, err := hugo.Expand(pattern, h.permalinkPlace(b, p), h.Path)
		if err != nil {
			return "", err
		}
		parts = path.Clean("/" + plusless(expanded))
	} else {
		name := h.Path.FileName(p.name)
		if p.slug != "" {
			name = p.slug
		}
		parts = path.Join(h.Path.FileName(below), name)
	}
	parts = strings.Trim(h.Path.Sanitize(parts), "/")
	if parts == "" {
		return "", fmt.Errorf("nothing is left of the file's name for its URL; give it a slug")
	}
	end := "/"
	if first, _, _ := strings.Cut(below, "/"); h.Ugly(first) {
		end = ".html"
	}
	at := escapePath(path.Join(language, parts) + end)
	if !h.publishes(b, at) {
		mended := hugoMend(at)
		b.warnings = append(b.warnings, p.problem(p.urlLine(), fmt.Sprintf("its page is at /%s: /%s, as Hugo has it, cannot be published", mended, at), ""))
		at = mended
	}
	return at, nil
}

// publishes reports whether a release can hold a path below the prefix.
func (h *hugoFolder) publishes(b *Blog, below string) bool {
	_, err := content.ParsePath(b.settings.Prefix + below)
	return err == nil
}

// plusless is an expanded pattern as Hugo takes it, for which a plus sign, as in a
// query, is a space.
func plusless(expanded string) string { return strings.ReplaceAll(expanded, "+", " ") }

// givenURL is the url of the front matter. It may hold tokens; without a slash at
// the start it lies below the language; without a dot, or with a slash at the end,
// it is a folder.
func (h *hugoFolder) givenURL(b *Blog, p *post) (string, error) {
	given := p.meta.url
	if strings.HasPrefix(given, "http://") || strings.HasPrefix(given, "https://") {
		return "", fmt.Errorf("the URL %q is no path of this site", given)
	}
	if strings.Contains(given, ":") {
		expanded, err := hugo.Expand(given, h.permalinkPlace(b, p), h.Path)
		if err != nil {
			return "", err
		}
		given = expanded
	}
	if !strings.HasPrefix(given, "/") {
		given = path.Join("/", h.languageDir(p.lang)) + "/" + given
	}
	if strings.Contains(given, "..") {
		given = path.Join("/", given)
	}
	folder := strings.HasSuffix(given, "/") || !strings.Contains(given, ".") || misnamed(given)
	parts := strings.Join(slices.DeleteFunc(strings.Split(given, "/"), func(s string) bool { return s == "" }), "/")
	if folder {
		if parts += "/"; parts == "/" {
			parts = ""
		}
	}
	if decoded, err := url.PathUnescape(parts); err == nil {
		parts = decoded
	}
	return escapePath(parts), nil
}

// misnamed reports whether a URL ends like that of another type than a page, which
// readers and the gate would believe.
func misnamed(url string) bool {
	u, err := content.ParsePath("/" + strings.TrimPrefix(url, "/"))
	media, known := u.Promises()
	return err == nil && known && media.Type != htmlType
}

// pattern is the permalink pattern for a page or a list, or "".
func (h *hugoFolder) pattern(kind string, p *post) string {
	name := path.Clean("/" + h.Path.FileName(strings.TrimSuffix(strings.TrimSuffix(p.key, "/index"), "/_index")))
	for _, rule := range h.Permalinks {
		if rule.Target.Matches(kind, name, "") {
			return rule.Pattern
		}
	}
	return ""
}

// permalinkPlace is what the permalink of a text can be made of.
func (h *hugoFolder) permalinkPlace(b *Blog, p *post) hugo.Place {
	place := hugo.Place{Date: p.date, Title: p.title, Slug: p.slug, Name: p.name, IsSectionItself: p.branch}
	language := h.languageDir(p.lang)
	section := p.section
	if p.branch {
		section = p.dir
	}
	below := strings.Trim(strings.TrimPrefix(section, language), "/")
	if below == "" {
		return place
	}
	at := language
	for name := range strings.SplitSeq(below, "/") {
		at = path.Join(at, name)
		place.Sections = append(place.Sections, h.Path.FileName(name))
		if front, ok := b.hugo.sections[at]; ok {
			text := h.listName(b, at)
			if front != nil {
				text = cmp.Or(front.meta.slug, front.meta.title, text)
			}
			place.SectionSlugs = append(place.SectionSlugs, h.Path.Sanitize(text))
		}
	}
	return place
}

// intro reports whether a text is that of a list.
func (h *hugoFolder) intro(_ *Blog, p *post) bool {
	return p.branch || p.index && p.dir == h.languageDir(p.lang)
}

// section is the folder of the list that a text is in: the nearest one above it
// with an _index.md, or the one at the top.
func (h *hugoFolder) section(b *Blog, p *post) string {
	dir := p.dir
	if p.index {
		dir = path.Dir(dir)
	}
	for ; dir != "." && dir != "" && dir != h.languageDir(p.lang); dir = path.Dir(dir) {
		if _, ok := b.hugo.sections[dir]; ok {
			return dir
		}
	}
	return h.languageDir(p.lang)
}

// listPath is the path of the list of a folder.
func (h *hugoFolder) listPath(b *Blog, dir string) string {
	language := 0
	for i := range h.Languages {
		if l := h.languageDir(i); l != "" && (dir == l || strings.HasPrefix(dir, l+"/")) {
			language = i
		}
	}
	root := h.languageDir(language)
	below := strings.Trim(strings.TrimPrefix(dir, root), "/")
	if below == "" {
		return endSlash(root)
	}
	p := &post{place: place{dir: dir, key: below, lang: language, branch: true, index: true, name: path.Base(dir)}}
	kind := hugo.KindSection
	for _, t := range h.Taxonomies {
		if below == t.Plural {
			kind = hugo.KindTaxonomy
		} else if strings.HasPrefix(below, t.Plural+"/") {
			kind = hugo.KindTerm
		}
	}
	if front := b.hugo.sections[dir]; front != nil {
		p.meta = front.meta
		if p.meta.url != "" {
			if given, err := h.givenURL(b, p); err == nil {
				return endSlash(given)
			}
		}
	}
	if kind == hugo.KindTerm {
		_, term, _ := strings.Cut(below, "/")
		p.title = cmp.Or(p.title, h.termName(term))
	}
	p.title = cmp.Or(p.title, h.listName(b, dir))
	if pattern := h.pattern(kind, p); pattern != "" {
		if expanded, err := hugo.Expand(pattern, h.permalinkPlace(b, p), h.Path); err == nil {
			return endSlash(escapePath(strings.TrimPrefix(path.Join(root, h.Path.Sanitize(path.Clean("/"+plusless(expanded)))), "/")))
		}
	}
	return endSlash(escapePath(path.Join(root, h.Path.Sanitize(h.Path.FileName(below)))))
}

func endSlash(dir string) string {
	if dir == "" || strings.HasSuffix(dir, "/") || strings.Contains(path.Base(dir), ".html") {
		return dir
	}
	return dir + "/"
}

// listName is the title of the list of a folder without a text of its own.
func (h *hugoFolder) listName(_ *Blog, dir string) string {
	name := path.Base(dir)
	if h.PluralLists {
		name = hugo.Plural(name)
	}
	if h.TitleLists {
		name = hugo.Title(name, h.TitleStyle)
	}
	return name
}

// listAliases are the first page of a list by its number, and by its file's name in
// a site of ugly URLs.
func (h *hugoFolder) listAliases(base string) (aliases []string) {
	if page, ok := strings.CutSuffix(base, ".html"); ok {
		return []string{page + "/" + h.PagerPath + "/1.html"}
	}
	if h.LanguageInSub && base == h.Languages[0].Key+"/" {
		aliases = append(aliases, "") // the front page of the default language
	}
	if base == "" && len(h.Languages) > 1 {
		aliases = append(aliases, h.Languages[0].Key+"/")
	}
	aliases = append(append(aliases, base+h.PagerPath+"/1/"), h.otherLists(base)...)
	if section, _, _ := strings.Cut(base, "/"); h.Ugly(section) {
		aliases = append(aliases, base+"index.html", base+h.PagerPath+"/1.html")
	}
	return aliases
}

// termName is the title of a term's list.
func (h *hugoFolder) termName(name string) string {
	if h.TitleLists {
		return hugo.Title(name, h.TitleStyle)
	}
	return name
}

// alias lists the paths that an alias stands for: it is seen from the folder of the
// page, or from the top of the language, and Hugo wrote it as a folder.
func (h *hugoFolder) alias(b *Blog, p *post, alias string) []string {
	if strings.Contains(alias, "://") || strings.HasPrefix(alias, "//") {
		return []string{alias} // no path of this site, which is a mistake
	}
	full := path.Join("/", h.languageDir(p.lang), alias)
	if !strings.HasPrefix(alias, "/") {
		full = path.Join(path.Dir(strings.TrimSuffix(bundlePath("/"+strings.TrimPrefix(p.url.Decoded(), b.settings.Prefix)), "/")), alias)
	}
	full = strings.TrimPrefix(escapePath(full), "/")
	if strings.HasSuffix(full, ".html") || strings.HasSuffix(full, ".htm") {
		return []string{full}
	}
	return []string{full + "/", full}
}

// taxonomies are those of the configuration, behind the three that themes know.
func (h *hugoFolder) taxonomies() []taxonomy {
	list := slices.Clone(taxonomies)
	for i := range list {
		list[i].off, list[i].always = true, true
	}
	for _, t := range h.Taxonomies {
		own := taxonomy{plural: t.Plural, singular: t.Singular, title: strings.ReplaceAll(hugo.Title(t.Plural, h.TitleStyle), "-", " "), always: true,
			of: func(p *post) []string { return hugoTerms(p.params[t.Plural]) }}
		own.off = !h.HasKind(hugo.KindTaxonomy) && !h.HasKind(hugo.KindTerm)
		if i := slices.IndexFunc(list, func(known taxonomy) bool { return known.plural == t.Plural }); i >= 0 {
			own.title, list[i] = list[i].title, own
			continue
		}
		list = append(list, own)
	}
	return list
}

// words compares words as each of the languages sorts them.
func (h *hugoFolder) words() func(lang int, x, y string) int {
	collators := make([]*collate.Collator, len(h.Languages))
	for i, l := range h.Languages {
		tag, err := textlanguage.Parse(l.Key)
		if err != nil {
			tag = textlanguage.English
		}
		collators[i] = collate.New(tag)
	}
	var mu sync.Mutex // a collator is for one goroutine
	return func(lang int, x, y string) int {
		mu.Lock()
		defer mu.Unlock()
		return collators[lang].CompareString(x, y)
	}
}

// hugoOrder is the order of Hugo's lists: by weight, the newest first, by title.
func hugoOrder(words func(lang int, x, y string) int) func(x, y *post) int {
	return func(x, y *post) int {
		switch {
		case x.weight != y.weight:
			return cmp.Compare(weightOf(x), weightOf(y))
		case x.when().Unix() != y.when().Unix():
			return cmp.Compare(y.when().Unix(), x.when().Unix())
		}
		return cmp.Or(words(x.lang, x.linkTitle, y.linkTitle), strings.Compare(x.key, y.key))
	}
}
