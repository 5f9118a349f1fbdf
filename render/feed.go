package render

import (
	"bytes"
	"cmp"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html/template"
	"sync"
	"time"

	"icecap/render/theme"
)

// Names of feeds below the path of their list. Hugo's is the first.
const (
	rssName  = "index.xml"
	atomName = "atom.xml"
	jsonName = "feed.json"
)

const (
	rssType  = "application/rss+xml"
	atomType = "application/atom+xml"
	jsonType = "application/feed+json"
)

// feeds are the links to the feeds of a list.
func (b *Blog) feeds(base, title string) []theme.Feed {
	at := b.settings.Prefix + base
	return []theme.Feed{
		{URL: at + atomName, Type: atomType, Name: "Atom", Title: title + " (Atom)"},
		{URL: at + rssName, Type: rssType, Name: "RSS", Title: title + " (RSS)"},
		{URL: at + jsonName, Type: jsonType, Name: "JSON", Title: title + " (JSON)"},
	}
}

// layFeeds adds the feeds of the site and of each tag.
func (b *Blog) layFeeds() {
	b.layFeed(feed{title: b.site.Title, description: cmp.Or(b.site.Description, b.site.Title)}, b.posts)
	for _, t := range b.sortedTerms(tagTaxonomy) {
		title := t.name + " · " + b.site.Title
		b.layFeed(feed{base: b.dialect.taxonomies[tagTaxonomy].plural + "/" + t.slug + "/", title: title, description: title}, t.posts)
	}
}

// A feed is one list of the latest posts, in any of the three forms.
type feed struct {
	base, title, description string
	items                    []feedItem
}

type feedItem struct {
	post     *post
	url      string
	html     string
	summary  string
	authors  []string
	tags     []string
	modified time.Time
}

func (b *Blog) layFeed(f feed, posts []*post) {
	posts = posts[:min(b.settings.FeedSize, len(posts))]
	for _, p := range posts {
		p.fed = true
	}
	var items feedItems
	version := func() (string, error) {
		v := b.newVersion("feed " + f.base + f.title)
		for _, p := range posts {
			if err := b.hashPost(v, p); err != nil {
				return "", err
			}
		}
		return v.version(), nil
	}
	for name, form := range map[string]struct {
		media string
		write func(*Blog, *bytes.Buffer, feed) error
	}{
		rssName: {rssType, (*Blog).writeRSS}, atomName: {atomType, (*Blog).writeAtom}, jsonName: {"application/json", (*Blog).writeJSONFeed},
	} {
		b.addAt(f.base+name, form.media, version, func(w *bytes.Buffer) error {
			full := f
			var err error
			if full.items, err = items.of(b, posts); err != nil {
				return err
			}
			return form.write(b, w, full)
		})
	}
}

// feedItems are those of a feed, made once for its forms, and anew once texts were
// rewritten.
type feedItems struct {
	mu      sync.Mutex
	made    bool
	rewrite int // see [Blog.rewrites]
	items   []feedItem
	err     error
}

func (f *feedItems) of(b *Blog, posts []*post) ([]feedItem, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.made || f.rewrite != b.rewrites {
		f.items, f.err = b.feedItems(posts)
		f.made, f.rewrite = true, b.rewrites
	}
	return f.items, f.err
}

func (b *Blog) feedItems(posts []*post) ([]feedItem, error) {
	items := make([]feedItem, 0, len(posts))
	for _, p := range posts {
		body, err := b.feedBody(p)
		if err != nil {
			return nil, err
		}
		facts, err := b.factsOf(p)
		if err != nil {
			return nil, err
		}
		items = append(items, feedItem{
			post: p, url: b.absolute(p.url.String()), html: string(body), summary: cmp.Or(p.description, facts.Excerpt),
			authors: p.authors, tags: p.tags, modified: p.changed(),
		})
	}
	return items, nil
}

// writeRSS writes RSS 2.0 with the whole text (content:encoded), as feed readers want it.
func (b *Blog) writeRSS(w *bytes.Buffer, f feed) error {
	w.WriteString(xml.Header)
	w.WriteString(`<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>` + "\n")
	fmt.Fprintf(w, "<title>%s</title>\n<link>%s</link>\n<description>%s</description>\n<language>%s</language>\n",
		xmlText(f.title), xmlText(b.absolute(b.settings.Prefix+f.base)), xmlText(f.description), xmlText(b.settings.Language))
	fmt.Fprintf(w, `<atom:link href="%s" rel="self" type="application/rss+xml"/>`+"\n", xmlText(b.absolute(b.settings.Prefix+f.base+rssName)))
	if t := newest(f.items); !t.IsZero() {
		fmt.Fprintf(w, "<lastBuildDate>%s</lastBuildDate>\n", t.Format(time.RFC1123Z))
	}
	for _, item := range f.items {
		fmt.Fprintf(w, "<item><title>%s</title><link>%s</link><guid isPermaLink=\"true\">%s</guid><pubDate>%s</pubDate>",
			xmlText(item.post.title), xmlText(item.url), xmlText(item.url), item.post.date.Format(time.RFC1123Z))
		for _, author := range item.authors {
			fmt.Fprintf(w, "<dc:creator>%s</dc:creator>", xmlText(author))
		}
		for _, tag := range item.tags {
			fmt.Fprintf(w, "<category>%s</category>", xmlText(tag))
		}
		fmt.Fprintf(w, "<description>%s</description><content:encoded>%s</content:encoded></item>\n", xmlText(item.summary), xmlText(item.html))
	}
	w.WriteString("</channel></rss>\n")
	return nil
}

// writeAtom writes Atom (RFC 4287).
func (b *Blog) writeAtom(w *bytes.Buffer, f feed) error {
	self := b.absolute(b.settings.Prefix + f.base + atomName)
	w.WriteString(xml.Header)
	fmt.Fprintf(w, `<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="%s">`+"\n", xmlText(b.settings.Language))
	fmt.Fprintf(w, "<title>%s</title>\n<id>%s</id>\n<link rel=\"self\" type=\"application/atom+xml\" href=\"%s\"/>\n<link rel=\"alternate\" type=\"text/html\" href=\"%s\"/>\n",
		xmlText(f.title), xmlText(self), xmlText(self), xmlText(b.absolute(b.settings.Prefix+f.base)))
	updated := newest(f.items)
	if updated.IsZero() {
		updated = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // an empty feed needs a date, and there is no clock
	}
	fmt.Fprintf(w, "<updated>%s</updated>\n", updated.Format(time.RFC3339))
	fmt.Fprintf(w, "<author><name>%s</name></author>\n", xmlText(cmp.Or(b.settings.Author, b.site.Title)))
	for _, item := range f.items {
		fmt.Fprintf(w, "<entry><title>%s</title><id>%s</id><link rel=\"alternate\" type=\"text/html\" href=\"%s\"/><published>%s</published><updated>%s</updated>",
			xmlText(item.post.title), xmlText(item.url), xmlText(item.url), item.post.date.Format(time.RFC3339), item.modified.Format(time.RFC3339))
		for _, author := range item.authors {
			fmt.Fprintf(w, "<author><name>%s</name></author>", xmlText(author))
		}
		for _, tag := range item.tags {
			fmt.Fprintf(w, "<category term=\"%s\"/>", xmlText(tag))
		}
		fmt.Fprintf(w, "<summary>%s</summary><content type=\"html\">%s</content></entry>\n", xmlText(item.summary), xmlText(item.html))
	}
	w.WriteString("</feed>\n")
	return nil
}

// A jsonFeed is JSON Feed 1.1 (jsonfeed.org).
type jsonFeed struct {
	Version     string       `json:"version"`
	Title       string       `json:"title"`
	Home        string       `json:"home_page_url"`
	URL         string       `json:"feed_url"`
	Description string       `json:"description,omitempty"`
	Language    string       `json:"language,omitempty"`
	Authors     []jsonAuthor `json:"authors,omitempty"`
	Items       []jsonItem   `json:"items"`
}

type jsonAuthor struct {
	Name string `json:"name"`
}

type jsonItem struct {
	ID        string       `json:"id"`
	URL       string       `json:"url"`
	Title     string       `json:"title"`
	HTML      string       `json:"content_html"`
	Summary   string       `json:"summary,omitempty"`
	Published string       `json:"date_published"`
	Modified  string       `json:"date_modified,omitempty"`
	Authors   []jsonAuthor `json:"authors,omitempty"`
	Tags      []string     `json:"tags,omitempty"`
}

func (b *Blog) writeJSONFeed(w *bytes.Buffer, f feed) error {
	out := jsonFeed{
		Version: "https://jsonfeed.org/version/1.1", Title: f.title, Home: b.absolute(b.settings.Prefix + f.base),
		URL: b.absolute(b.settings.Prefix + f.base + jsonName), Description: f.description, Language: b.settings.Language, Items: []jsonItem{},
	}
	if b.settings.Author != "" {
		out.Authors = []jsonAuthor{{b.settings.Author}}
	}
	for _, item := range f.items {
		entry := jsonItem{ID: item.url, URL: item.url, Title: item.post.title, HTML: item.html, Summary: item.summary, Published: item.post.date.Format(time.RFC3339), Tags: item.tags}
		if item.modified.After(item.post.date) {
			entry.Modified = item.modified.Format(time.RFC3339)
		}
		for _, author := range item.authors {
			entry.Authors = append(entry.Authors, jsonAuthor{author})
		}
		out.Items = append(out.Items, entry)
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(out); err != nil {
		return fmt.Errorf("write feed %s: %w", f.base+jsonName, err)
	}
	return nil
}

func newest(items []feedItem) (t time.Time) {
	for _, item := range items {
		if item.modified.After(t) {
			t = item.modified
		}
	}
	return t
}

// feedBody is the text of a post with absolute addresses, without the links of
// headings to themselves and without smaller forms of pictures.
func (b *Blog) feedBody(p *post) (template.HTML, error) {
	var body []byte
	if kept := p.kept.Load(); kept != nil {
		body = *kept
	} else {
		var err error
		if body, err = b.body(p); err != nil {
			return "", err
		}
	}
	body = formAttributes.ReplaceAll(anchorPattern.ReplaceAll(body, nil), nil)
	address := []byte(b.settings.URL)
	return template.HTML(rootedPattern.ReplaceAllFunc(body, func(match []byte) []byte {
		cut := bytes.IndexByte(match, '"') + 1
		return append(append(append([]byte{}, match[:cut]...), address...), match[cut:]...)
	})), nil
}
