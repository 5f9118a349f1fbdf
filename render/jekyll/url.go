package jekyll

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"icecap/render/liquid"
)

// A Doc is what the URL of a text is made of.
type Doc struct {
	File       string // in the folder
	Collection string // "posts", another one's name, or "" for a page
	Name       string // of the file, without the date of a post and the ending
	Slug       string // of the front matter, or ""
	Permalink  string // of the front matter, or ""
	Categories []string
	Date       time.Time // in the site's zone
	// Values are those of the front matter. A placeholder that Jekyll does not know is
	// one of a plugin's, and takes the value of that name.
	Values map[string]any
}

// styles are the permalinks that have a name.
var styles = map[string]string{
	"none": "/:categories/:title:output_ext", "date": "/:categories/:year/:month/:day/:title:output_ext",
	"ordinal": "/:categories/:year/:y_day/:title:output_ext", "pretty": "/:categories/:year/:month/:day/:title/",
	"weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
}

// PathOf is the path of a text below the base of the site, escaped as in an address.
func (c *Config) PathOf(d Doc) (string, error) {
	template := d.Permalink
	switch {
	case template != "":
	case d.Collection == "":
		template = c.pageTemplate(d)
	case d.Collection == "posts":
		template = or(c.PostsPermalink, or(styles[c.Permalink], c.Permalink))
	default:
		if i := slices.IndexFunc(c.Collections, func(k Collection) bool { return k.Name == d.Collection }); i >= 0 {
			template = c.Collections[i].Permalink
		}
		if style, ok := styles[template]; ok {
			template = style
		}
		if template == "" {
			template = c.suffixed("/:collection/:path")
		}
	}
	var wrong string
	ext := c.OutputExt(d.File)
	filled := placeholder.ReplaceAllStringFunc(template, func(match string) string {
		for _, name := range []string{match[1:], strings.TrimRight(match[1:], "_")} {
			if value, ok := c.placeholder(d, name, ext); ok {
				return escapePath(value) + strings.Repeat("_", len(match)-1-len(name))
			}
		}
		if value := Text(d.Values[match[1:]]); value != "" {
			return escapePath(value)
		}
		if d.Collection == "" { // pages know few placeholders, and leave the others
			return match
		}
		wrong = match
		return ""
	})
	if wrong != "" {
		return "", fmt.Errorf("the permalink %q has a placeholder %s that Jekyll does not know", template, wrong)
	}
	return clean(filled), nil
}

var placeholder = regexp.MustCompile(`:[a-z_]+`)

// pageTemplate is the permalink of a page that gives none.
func (c *Config) pageTemplate(d Doc) string {
	ext := c.OutputExt(d.File)
	switch {
	case ext != ".html" && ext != ".xhtml" && ext != ".htm":
		return "/:path/:basename:output_ext"
	case d.Name == "index":
		return "/:path/"
	}
	return c.suffixed("/:path/:basename")
}

// suffixed ends a template as the site's permalink does.
func (c *Config) suffixed(template string) string {
	switch style := c.Permalink; {
	case style == "pretty":
		return template + "/"
	case style == "date" || style == "ordinal" || style == "none" || strings.HasSuffix(style, ":output_ext"):
		return template + ":output_ext"
	case strings.HasSuffix(style, "/"):
		return template + "/"
	}
	return template
}

// placeholder is the value of one.
func (c *Config) placeholder(d Doc, name, ext string) (string, bool) {
	if name == "output_ext" {
		return ext, true
	}
	if d.Collection == "" {
		switch name {
		case "path":
			return strings.TrimPrefix(path.Dir("/"+c.Within(d.File)), "/"), true
		case "basename":
			return d.Name, true
		}
		return "", false
	}
	switch name {
	case "collection":
		return d.Collection, true
	case "path":
		below := strings.TrimSuffix(c.Relative(d.File), path.Ext(d.File))
		return strings.TrimRight(strings.Replace(below, "_"+d.Collection, "", 1), "."), true
	case "name":
		base := path.Base(d.File)
		return liquid.Slugify(strings.TrimSuffix(base, path.Ext(base)), "", false), true
	case "title":
		return liquid.Slugify(or(d.Slug, d.Name), "pretty", true), true
	case "slug":
		return liquid.Slugify(or(d.Slug, d.Name), "", false), true
	case "categories", "slugified_categories":
		var parts []string
		for _, category := range d.Categories {
			part := strings.ToLower(category)
			if name == "slugified_categories" {
				part = liquid.Slugify(category, "", false)
			}
			if !slices.Contains(parts, part) {
				parts = append(parts, part)
			}
		}
		return strings.Join(parts, "/"), true
	}
	directive, ok := dateParts[name]
	return liquid.Strftime(d.Date, directive), ok
}

// dateParts are the placeholders that are parts of the date.
var dateParts = map[string]string{
	"year": "%Y", "month": "%m", "day": "%d", "hour": "%H", "minute": "%M", "second": "%S", "i_day": "%-d", "i_month": "%-m",
	"short_month": "%b", "long_month": "%B", "short_year": "%y", "w_year": "%G", "week": "%V", "w_day": "%u", "short_day": "%a", "long_day": "%A", "y_day": "%j",
}

// escapePath escapes what cannot stand in a path; a percent sign stays.
func escapePath(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"<>\^{|}?#`+"`", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

var slashes = regexp.MustCompile(`/+`)

// clean is Jekyll's way with "..", "./" and "//".
func clean(url string) string {
	url = strings.ReplaceAll("/"+url, "..", "/")
	url = strings.ReplaceAll(url, "./", "")
	return slashes.ReplaceAllString(escapePath(url), "/")
}

// PagePath is the path of the Nth page of the posts below the base; of the first it
// is the folder of the page that lists them.
func (c *Config) PagePath(n int) string {
	if n == 1 {
		return c.paginated
	}
	return strings.Replace(strings.TrimSuffix(clean(c.PaginatePath), "/"), ":num", fmt.Sprint(n), 1) + "/"
}

// listPage finds the folder of the page that jekyll-paginate repeats: the index.html with
// front matter that is the nearest above the pages; ok is false if there is none.
func (c *Config) listPage(fsys fs.FS) (dir string, ok bool) {
	for dir = path.Dir(strings.TrimSuffix(clean(c.PaginatePath), "/")); ; dir = path.Dir(dir) {
		if file, err := fsys.Open(path.Join(".", c.Source, dir, "index.html")); err == nil {
			var head [200]byte
			n, _ := file.Read(head[:])
			file.Close()
			if HasFront(head[:n]) {
				return strings.TrimSuffix(dir, "/") + "/", true
			}
		}
		if dir == "/" {
			return "/", false
		}
	}
}

// StaticURL is the path of a file that is copied.
func (c *Config) StaticURL(file string) string {
	relative := c.Relative(file)
	folder, _, _ := strings.Cut(relative, "/")
	if i := slices.IndexFunc(c.Collections, func(k Collection) bool { return folder == "_"+k.Name }); i >= 0 {
		ext := path.Ext(file)
		name := strings.TrimSuffix(path.Base(file), ext)
		u, err := c.PathOf(Doc{File: file, Collection: c.Collections[i].Name, Name: name})
		if err == nil {
			return strings.TrimSuffix(strings.TrimSuffix(u, "/"), ext) + ext
		}
		relative = relative[1:]
	}
	return "/" + escapePath(relative)
}
