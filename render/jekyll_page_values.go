package render

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// maxShown bounds the texts that are kept because others show them, in bytes.
const maxShown = 64 << 20

// shownTexts are bodies of texts that other texts ask for, often each of them for all.
type shownTexts struct {
	texts sync.Map // string by *post
	size  atomic.Int64
}

func (s *shownTexts) of(b *Blog, p *post) string {
	if text, ok := s.texts.Load(p); ok {
		return text.(string)
	}
	body, err := b.body(p)
	if err != nil {
		return "" // it is a mistake of that text, and is said there
	}
	if s.size.Add(int64(len(body))) <= maxShown {
		s.texts.Store(p, string(body))
	}
	return string(body)
}

// postValues are the fields of "page" and of other texts.
type postValues struct {
	site *siteValues
	post *post
}

// Keys are the names of the fields.
func (v *postValues) Keys() []string {
	keys := []string{"content", "dir", "excerpt", "name", "path", "url"}
	if v.collection() != "" {
		keys = []string{
			"name", "id", "relative_path", "excerpt", "title", "categories", "collection", "next", "tags", "previous", "content", "output", "path", "url",
			"date", "draft", "slug", "ext",
		}
	}
	for _, key := range slices.Sorted(keysOf(v.post.params)) {
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

func (v *postValues) collection() string { return v.site.site.kindOf(v.post.file).Collection }

// Get is a field: what Jekyll works out, else what the front matter says.
func (v *postValues) Get(key string) any {
	p, b := v.post, v.site.c.blog
	switch key {
	case "url":
		return "/" + strings.TrimPrefix(p.url.String(), b.settings.Prefix)
	case "path":
		return v.site.site.Within(p.file)
	case "content":
		return v.text(func(*facts) string { return b.shown.of(b, p) })
	}
	if p.redirect != "" { // as jekyll-redirect-from has it
		switch key {
		case "layout":
			return "redirect"
		case "redirect":
			return map[string]any{"to": p.redirect}
		}
	}
	collection := v.collection()
	if value, ok := v.ofPage(key); ok && collection == "" {
		return value
	}
	if value, ok := v.ofDocument(key, collection); ok && collection != "" {
		return value
	}
	if value, ok := p.params[key]; ok {
		return liquidValue(value, b.zone)
	}
	if key == "last_modified_at" && v.site.site.Has("jekyll-last-modified-at") && p == v.site.c.post {
		v.site.site.lacksChange(v.site.c, 0)
	}
	return liquidValue(p.params[strings.ToLower(key)], b.zone) // front matter is read so
}

// ofPage is a field that only pages have.
func (v *postValues) ofPage(key string) (value any, ok bool) {
	switch key {
	case "name":
		return path.Base(v.post.file), true
	case "dir":
		url := "/" + strings.TrimPrefix(v.post.url.String(), v.site.c.blog.settings.Prefix)
		if strings.HasSuffix(url, "/") {
			return url, true
		}
		return strings.TrimSuffix(path.Dir(url), "/") + "/", true
	case "title":
		if v.site.site.Has("jekyll-titles-from-headings") {
			return v.post.title, true
		}
	}
	return nil, false
}

// ofDocument is a field that only posts and other documents of collections have.
func (v *postValues) ofDocument(key, collection string) (value any, ok bool) {
	p, b := v.post, v.site.c.blog
	switch key {
	case "title":
		return p.title, true
	case "id":
		return path.Join("/", strings.TrimPrefix(b.jekyllID(p), strings.TrimSuffix(b.settings.Prefix, "/"))), true
	case "date":
		if p.date.IsZero() {
			return v.site.site.now(b), true
		}
		return p.date, true
	case "relative_path":
		return v.site.site.Within(p.file), true
	case "name":
		if own := p.params["name"]; own != nil {
			return liquidValue(own, b.zone), true
		}
		return path.Base(p.file), true
	case "slug":
		return b.jekyllSlug(p), true
	case "ext":
		return path.Ext(p.file), true
	case "draft":
		return p.draft, true
	case "collection":
		return collection, true
	case "tags":
		return listOf(p.tags), true
	case "categories":
		return listOf(p.categories), true
	case "next":
		return v.neighbour(collection, -1), true
	case "previous":
		return v.neighbour(collection, 1), true
	case "output":
		return v.Get("content"), true
	case "excerpt":
		if own, given := p.params["excerpt"]; given && own != nil {
			return liquidValue(own, b.zone), true
		}
		return v.text(func(f *facts) string { return ended(f.Summary) }), true
	}
	return nil, false
}

// ended is a text of HTML with the end of its last line, as kramdown writes it.
func ended(html string) string {
	if html == "" || strings.HasSuffix(html, "\n") {
		return html
	}
	return html + "\n"
}

// neighbour is the document so many steps away in its collection, of which the posts are
// the newest first; nil for none.
func (v *postValues) neighbour(collection string, steps int) any {
	if collection != "posts" {
		steps = -steps
	}
	list, _ := v.site.Get(collection).([]any)
	at := v.site.placeIn(collection, list, v)
	if to := at + steps; at >= 0 && 0 <= to && to < len(list) {
		return list[to]
	}
	return nil
}

// text is something of a document's text, for a page, or of a page's for what is no
// HTML: texts that asked for each other would wait for each other.
func (v *postValues) text(of func(*facts) string) any {
	asker := v.site.c.post
	data := asker.media != "" && v.post.media == "" // search.json may hold all pages
	if !data && (v.collection() == "" || v.site.site.kindOf(asker.file).Collection != "") {
		return ""
	}
	f, err := v.site.c.blog.factsOf(v.post)
	if err != nil {
		return ""
	}
	text := entities.Replace(anchorPattern.ReplaceAllString(of(f), ""))
	text = codeParts.ReplaceAllStringFunc(text, codeQuotes.Replace)
	return blockEnds.ReplaceAllString(text, "$1\n$2")
}

// Quotes in code are not escaped.
var (
	codeParts  = regexp.MustCompile(`(?s)<code.*?</code>`)
	codeQuotes = strings.NewReplacer("&quot;", `"`, "&#34;", `"`, "&#39;", "'")
)

// blockEnds are where kramdown leaves a line empty, which counts where a text is cut.
var blockEnds = regexp.MustCompile(`(</(?:p|h[1-6]|ul|ol|dl|blockquote|pre|table|div|figure)>\n)(<[a-z])`)

func listOf(texts []string) []any {
	list := make([]any, len(texts))
	for i, text := range texts {
		list[i] = text
	}
	return list
}
