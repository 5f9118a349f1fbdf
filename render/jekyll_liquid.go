package render

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"icecap/render/code"
	"icecap/render/jekyll"
	"icecap/render/liquid"
)

var (
	// clockPattern finds a time of day in a line of front matter.
	clockPattern = regexp.MustCompile(`\d[T ]+\d{1,2}:\d`)
	// widePattern finds Liquid that asks for other texts.
	widePattern = regexp.MustCompile(`site\s*[.\[]\s*["']?(?:posts|pages|documents|collections|tags|categories|data|static_files|html_pages|html_files|related_posts|time)\b|post_url|\{%-?\s*link\b|page\.(?:next|previous)`)
)

// isWide reports whether a text is made of more than itself, its links and what
// all pages are made of.
func (s *jekyllSite) isWide(_ *post, text []byte) bool {
	if !liquid.HasTags(string(text)) {
		return false
	}
	asks := false // before the costly look
	for _, word := range []string{"site", "post_url", "link", "page."} {
		asks = asks || bytes.Contains(text, []byte(word))
	}
	if asks && widePattern.Match(text) || s.wide && strings.Contains(string(text), "include") {
		return true
	}
	for _, c := range s.Collections {
		if strings.Contains(string(text), "site."+c.Name) {
			return true
		}
	}
	return strings.Contains(string(text), "include_relative")
}

// ownLists finds the Liquid of a page that lists the posts.
var ownLists = regexp.MustCompile(`paginator\b|in\s+site\.posts\b`)

// prepare runs the Liquid of a text, and reads what only kramdown knows.
func (s *jekyllSite) prepare(c *conversion, text []byte) []byte {
	body := strings.ReplaceAll(string(text), "\r\n", "\n")
	body = strings.ReplaceAll(body, shortMark, "\uFFFD")
	if c.post.intro && ownLists.MatchString(body) {
		c.warn(c.problemIn(c.lines.first, "the text of the page is left out: it lists the posts with Liquid, and icecap's own list takes its place", ""))
		return nil
	}
	lines := numbered(body, c.lines.first)
	if c.post.params["render_with_liquid"] != false && liquid.HasTags(body) {
		c.facts.Shared = true
		var ok bool
		if lines, ok = s.runLiquid(c, body); !ok {
			return nil
		}
	}
	if !s.IsMarkdown(c.post.file) {
		return []byte(c.literal(joined(lines)))
	}
	c.reads = true
	return c.placed(lines)
}

// literal is the mark of a text that no Markdown is.
func (c *conversion) literal(html string) string {
	c.facts.IDs = append(c.facts.IDs, htmlIDs([]byte(html))...)
	return c.mark(html)
}

// mark puts a piece of HTML aside.
func (c *conversion) mark(html string) string {
	c.shorts = append(c.shorts, shortOutput{html: []byte(strings.TrimSpace(html))})
	return shortMark + strconv.Itoa(len(c.shorts)-1) + shortMark
}

// runLiquid runs the Liquid; ok is false if it is wrong.
func (s *jekyllSite) runLiquid(c *conversion, body string) (lines []line, ok bool) {
	t, err := liquid.Parse(c.post.file, body, c.lines.first, s.manners(c))
	if err == nil {
		var out string
		var places []liquid.Place
		if out, places, err = t.Render(s.host(c), s.variables(c)); err == nil {
			return written(out, places, c.lines.first), true
		}
	}
	var wrong *liquid.Error
	if !errors.As(err, &wrong) {
		wrong = &liquid.Error{File: c.post.file, Line: c.lines.first, What: err.Error()}
	}
	c.errs = append(c.errs, s.problem(c, wrong))
	return nil, false
}

// problem is a mistake in the Liquid of a text, or of a file that it includes.
func (s *jekyllSite) problem(c *conversion, wrong *liquid.Error) Problem {
	problem := Problem{File: wrong.File, Line: wrong.Line, What: wrong.What}
	if wrong.File == c.post.file {
		problem.Excerpt = excerpt(c.text, wrong.Line)
	} else {
		problem.Excerpt = excerpt([]byte(s.includes[wrong.File]), wrong.Line)
	}
	if wrong.Tag != "" {
		problem.Hint = "take it out, or build with --lenient, which leaves it out and keeps the text within"
		problem.group = "Liquid " + wrong.Tag
	}
	return problem
}

// manners are what is let pass.
func (s *jekyllSite) manners(c *conversion) liquid.Manners {
	return liquid.Manners{Lenient: c.blog.settings.Lenient, AnyFilter: !s.plugged, Tags: s.pluginTags(c), Filters: s.pluginFilters(c)}
}

// left says what a lenient build leaves out, and over what Jekyll passes itself.
func (s *jekyllSite) left(c *conversion, wrong *liquid.Error) {
	problem := s.problem(c, wrong)
	problem.Hint = ""
	if !wrong.Passed {
		problem.What = "left out: " + wrong.What
	}
	c.warn(problem)
}

// host is what Liquid asks of the site.
func (s *jekyllSite) host(c *conversion) *liquid.Host {
	return &liquid.Host{
		Include: s.include, URL: s.address(c.blog), BaseURL: strings.TrimSuffix(c.blog.settings.Prefix, "/"), Zone: c.blog.zone,
		Now: s.now(c.blog), Manners: s.manners(c), Room: 2 * int(c.blog.snapshot.held.Load()),
		Left:    func(e *liquid.Error) { s.left(c, e) },
		Link:    func(name string) (string, error) { return c.blog.jekyllLink(s, name) },
		PostURL: func(name string) (string, error) { return c.blog.jekyllPost(s, name) },
		Highlight: func(language, options, text string) string {
			return c.mark(highlighted(language, options, text))
		},
		Gist: func(id, file string) string { return c.gist(id, file) },
		Convert: func(text string) (string, error) {
			html, err := c.inner(text, c.lines.first)
			return ended(strings.TrimSpace(string(html))), err
		},
	}
}

func highlighted(language, options, text string) string {
	var b strings.Builder
	if strings.Contains(options, "linenos") {
		options = "linenos=true"
	}
	code.Write(&b, strings.ToLower(language), options, text)
	return b.String()
}

// gist shows a gist as the theme does, or as a link.
func (c *conversion) gist(id, file string) string {
	user, name, ok := strings.Cut(id, "/")
	tag := shortTag{name: "gist", args: []string{user, name}}
	if file != "" {
		tag.args = append(tag.args, file)
	}
	if ok && c.blog.theme.HasShortcode("gist") {
		if html, err := c.templateShortcode(nil, tag, ""); err == nil {
			return c.mark(string(html))
		}
	}
	address := template.HTMLEscapeString("https://gist.github.com/" + id)
	return c.mark(`<a href="` + address + `">` + address + `</a>`)
}

// now is the moment that stands for "now", as a build has no clock: "time" in the
// configuration, else that of the newest post.
func (s *jekyllSite) now(b *Blog) time.Time {
	if text := jekyll.Text(s.Values["time"]); text != "" {
		if at, ok := jekyll.ParseDate(text, b.zone); ok {
			return at
		}
	}
	if at, ok := s.Values["time"].(time.Time); ok {
		return at.In(b.zone)
	}
	if len(b.posts) == 0 {
		return time.Unix(0, 0).In(b.zone)
	}
	return b.posts[0].date
}

// include finds a file of the includes, or one beside a text.
func (s *jekyllSite) include(from, name string, relative bool) (string, string, error) {
	if !relative {
		file := path.Join(s.Includes, name)
		text, ok := s.includes[file]
		if !ok {
			return "", "", fmt.Errorf("there is no %s", file)
		}
		return file, strings.ReplaceAll(text, "\r\n", "\n"), nil
	}
	file := path.Join(path.Dir(from), name)
	if strings.Contains(name, "..") || path.IsAbs(name) {
		return "", "", fmt.Errorf("include_relative takes only files beside or below the page, not %q", name)
	}
	data, err := readLimited(s.fsys, file, maxMarkdown)
	if err != nil {
		return "", "", fmt.Errorf("there is no %s", file)
	}
	return file, strings.ReplaceAll(string(data), "\r\n", "\n"), nil
}

// jekyllLink is the path of what a file becomes.
func (b *Blog) jekyllLink(s *jekyllSite, name string) (string, error) {
	name = strings.TrimPrefix(path.Clean(name), "/")
	for _, file := range []string{path.Join(s.Source, name), path.Join(s.Source, s.CollectionsDir, name)} {
		if p := b.byFile[file]; p != nil {
			return p.url.String(), nil
		}
		if u, ok := b.fileURLs[file]; ok {
			return u.String(), nil
		}
		if i := slices.IndexFunc(b.moved, func(p *post) bool { return p.file == file }); i >= 0 {
			return b.moved[i].url.String(), nil
		}
		if why, ok := b.hidden[file]; ok {
			return "", fmt.Errorf("link leads to %s, which is not published: %s", file, why)
		}
	}
	return "", fmt.Errorf("link leads to %s, and there is no such file", name)
}

// jekyllPost is the path of a post by its name, with the folders above it.
func (b *Blog) jekyllPost(s *jekyllSite, name string) (string, error) {
	name = strings.TrimPrefix(strings.TrimSpace(name), "/")
	var sameSlug *post
	for _, p := range slices.Concat(b.posts, b.moved) {
		file := strings.TrimSuffix(s.Within(p.file), path.Ext(p.file))
		before, after, ok := strings.Cut(file, "_posts/")
		if !ok {
			continue
		}
		if name == before+after || name == after && before == "" || name == before+path.Base(after) {
			return p.url.String(), nil
		}
		if path.Base(after) == path.Base(name) || path.Base(name) == p.date.Format(time.DateOnly)+"-"+b.jekyllSlug(p) {
			sameSlug = p
		}
	}
	if sameSlug != nil {
		return sameSlug.url.String(), nil
	}
	for file, why := range b.hidden {
		if strings.TrimSuffix(path.Base(file), path.Ext(file)) == path.Base(name) {
			return "", fmt.Errorf("post_url leads to %s, which is not published: %s", file, why)
		}
	}
	return "", fmt.Errorf("post_url leads to %s, and there is no such post", name)
}
