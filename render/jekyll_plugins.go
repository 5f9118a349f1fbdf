package render

import (
	"bytes"
	"html/template"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"

	"icecap/render/jekyll"
	"icecap/render/liquid"
)

// collected are the documents of a collection that have pages, for its feed, the newest
// first; one without a date has that of the site.
func (s *jekyllSite) collected(b *Blog, collection string) (documents []*post, undated time.Time) {
	undated = s.now(b)
	for _, p := range b.all {
		if s.kindOf(p.file).Collection == collection && !p.draft {
			documents = append(documents, p)
		}
	}
	date := func(p *post) time.Time {
		if p.date.IsZero() {
			return undated
		}
		return p.date
	}
	slices.SortFunc(documents, func(x, y *post) int {
		if c := date(y).Compare(date(x)); c != 0 {
			return c
		}
		return strings.Compare(y.file, x.file)
	})
	return documents, undated
}

// pluginTags are the tags of Liquid that plugins of the site bring.
func (s *jekyllSite) pluginTags(c *conversion) map[string]func(int, string) string {
	tags := map[string]func(int, string) string{}
	if s.Has("jekyll-toc") {
		tags["toc"] = func(int, string) string {
			if asked := c.post.params["toc"]; asked == nil || asked == false {
				return ""
			}
			list, _ := jekyll.Contents(string(c.text[c.post.fm.body:]), s.Values["toc"])
			return list
		}
	}
	if s.Has("jekyll-last-modified-at") {
		tags["last_modified_at"] = func(line int, format string) string {
			at, ok := s.lastModified(c, line)
			if !ok {
				return ""
			}
			if format = strings.TrimSpace(format); format == "" {
				own, _ := s.Values["last-modified-at"].(map[string]any)
				format = jekyll.Text(own["date-format"])
			}
			if format == "" {
				format = "%d-%b-%y"
			}
			return liquid.Strftime(at, format)
		}
	}
	return tags
}

// lastModified is when a page says that it was changed last. The plugin asks Git, or the
// file, of which neither is part of the content: without a date of its own the page has none.
func (s *jekyllSite) lastModified(c *conversion, line int) (time.Time, bool) {
	value := c.post.params["last_modified_at"]
	switch v := liquidValue(value, c.blog.zone).(type) {
	case time.Time:
		return v, true
	case string:
		if at, ok := jekyll.ParseDate(v, c.blog.zone); ok {
			return at, true
		}
	}
	s.lacksChange(c, line)
	return time.Time{}, false
}

func (s *jekyllSite) lacksChange(c *conversion, line int) {
	c.warn(c.problemIn(line, "left out: the date of the last change, which jekyll-last-modified-at takes from Git: the front matter has no last_modified_at", ""))
}

// pluginFilters are the filters of Liquid that plugins of the site bring.
func (s *jekyllSite) pluginFilters(c *conversion) map[string]func(string) string {
	if !s.Has("jekyll-toc") {
		return nil
	}
	filter := func(show func(list, text string) string, otherwise func(string) string) func(string) string {
		return func(text string) string {
			if c.post.params["toc"] != true {
				return otherwise(text)
			}
			return show(jekyll.Contents(text, s.Values["toc"]))
		}
	}
	same := func(text string) string { return text }
	return map[string]func(string) string{
		"toc":            filter(func(list, text string) string { return list + text }, same),
		"inject_anchors": filter(func(_, text string) string { return text }, same),
		"toc_only":       filter(func(list, _ string) string { return list }, func(string) string { return "" }),
	}
}

// mention makes links of the @names in the HTML of a text, as jekyll-mentions does: not
// in code, links, styles and scripts.
func (s *jekyllSite) mention(p *post, body []byte) []byte {
	own, given := p.params["jekyll-mentions"]
	if own == false || p.media != "" || bytes.IndexByte(body, '@') < 0 {
		return body
	}
	if !given {
		own = s.Values["jekyll-mentions"]
	}
	base := "https://github.com"
	switch own := own.(type) {
	case string:
		base = own
	case map[string]any:
		if told := jekyll.Text(own["base_url"]); told != "" {
			base = told
		}
	}
	if !strings.HasSuffix(base, "/") && !strings.HasSuffix(base, "~") {
		base += "/"
	}
	return mentioned(body, template.HTMLEscapeString(base))
}

// silentElements have no mentions in them. In a textarea a link would show its tags.
var silentElements = []string{"pre", "code", "a", "style", "script", "textarea"}

// mentioned is HTML with links for the names in it.
func mentioned(body []byte, base string) []byte {
	var out bytes.Buffer
	within := 0
	tokens := html.NewTokenizer(bytes.NewReader(body))
	for {
		kind := tokens.Next()
		raw := tokens.Raw()
		switch kind {
		case html.ErrorToken:
			out.Write(raw)
			return out.Bytes()
		case html.StartTagToken, html.EndTagToken:
			raw = bytes.Clone(raw)
			if name, _ := tokens.TagName(); slices.Contains(silentElements, string(name)) {
				if kind == html.StartTagToken {
					within++
				} else if within > 0 {
					within--
				}
			}
		case html.TextToken:
			if within == 0 {
				raw = linkNames(raw, base)
			}
		}
		out.Write(raw)
	}
}

var (
	namePattern  = regexp.MustCompile(`@(\w[\w-]*)`)
	mentionNames = []string{"mention", "mentions", "mentioned", "mentioning"} // which are no one's
)

// linkNames makes the links in a piece of text. A name begins behind no letter, and ends
// before neither a slash nor a dot within a word.
func linkNames(text []byte, base string) []byte {
	var out bytes.Buffer
	from := 0
	for _, m := range namePattern.FindAllSubmatchIndex(text, -1) {
		name, rest := string(text[m[2]:m[3]]), text[m[1]:]
		dots := len(rest) - len(bytes.TrimLeft(rest, "."))
		switch {
		case m[0] > 0 && isWord(text[m[0]-1]), slices.Contains(mentionNames, strings.ToLower(name)),
			len(rest) > 0 && rest[0] == '/', dots == 1 && len(rest) > 1 && isWord(rest[1]):
			continue
		}
		out.Write(text[from:m[0]])
		out.WriteString(`<a href="` + base + name + `" class="user-mention">@` + name + `</a>`)
		from = m[1]
	}
	out.Write(text[from:])
	return out.Bytes()
}

func isWord(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
