package jekyll

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// A Kind is what a file of the folder is.
type Kind int

// The kinds of files.
const (
	Left     Kind = iota // no part of the site, with all below it
	Folder               // a folder that is looked into
	Post                 // in _posts
	Draft                // in _drafts
	Page                 // has front matter
	Document             // of a collection, with front matter
	Static               // copied as it is
	Misnamed             // in _posts, but without a date in its name: Jekyll leaves it out
)

// A File is what is known of a file by its name.
type File struct {
	Kind             Kind
	Collection       string   // "posts", "" for pages, or the name of the collection
	Dirs             []string // of a post: folders above _posts, which become categories
	Slug             string   // name without date and ending
	Ext              string   // with the dot
	Year, Month, Day string   // of the date in the name of a post, as written
}

var postName = regexp.MustCompile(`\A(\d{2,4})-(\d{1,2})-(\d{1,2})-(.*)(\.[^.]+)\z`)

// Sort finds out what a name in the folder is. It is asked for the folders on the
// way first. HasFront reports whether the file begins with front matter; it is only
// asked where that matters.
func (c *Config) Sort(name string, dir bool, hasFront func() bool) File {
	f := File{Ext: path.Ext(name)}
	f.Slug = strings.TrimRight(strings.TrimSuffix(path.Base(name), f.Ext), ".")
	within, ok := c.within(name)
	if !ok {
		if dir && strings.HasPrefix(c.Source+"/", name+"/") {
			f.Kind = Folder // on the way to the source
		}
		return f
	}
	name = within
	special, above, below := c.special(name)
	switch {
	case c.leaves(name, special, below):
		return f
	case special == "":
		switch {
		case dir:
			f.Kind = Folder
		case hasFront():
			f.Kind = Page
		default:
			f.Kind = Static
		}
		return f
	case dir:
		f.Kind = Folder
		return f
	case special == "_posts":
		return c.post(f, path.Base(name), above)
	case special == "_drafts":
		f.Kind, f.Collection, f.Dirs = Draft, "posts", above
		return f
	}
	f.Collection = special[1:]
	output := slices.ContainsFunc(c.Collections, func(c Collection) bool { return c.Name == f.Collection && c.Output })
	switch {
	case hasFront():
		f.Kind = Document
	case output:
		f.Kind = Static
	}
	return f
}

func (c *Config) post(f File, base string, above []string) File {
	f.Collection, f.Dirs = "posts", above
	m := postName.FindStringSubmatch(base)
	if m == nil {
		f.Kind = Misnamed
		return f
	}
	f.Kind, f.Year, f.Month, f.Day, f.Slug = Post, m[1], m[2], m[3], strings.TrimRight(m[4], ".")
	return f
}

// special is the folder with a meaning that a name lies in, "_posts", "_drafts" or
// that of a collection, with the folders above and the path below it; "" for none.
// The name is one as seen from the source.
func (c *Config) special(name string) (folder string, above []string, below string) {
	name = c.inCollections(name)
	segments := strings.Split(name, "/")
	for i, s := range segments {
		switch {
		case s == "_posts" || s == "_drafts":
		case i == 0 && len(s) > 1 && s[0] == '_' && slices.ContainsFunc(c.Collections, func(c Collection) bool { return c.Name == s[1:] }):
		default:
			continue
		}
		return s, segments[:i], strings.Join(segments[i+1:], "/")
	}
	return "", nil, name
}

// within is a name as seen from the source; ok is false if it does not lie there.
func (c *Config) within(name string) (below string, ok bool) {
	if c.Source == "" {
		return name, true
	}
	return strings.CutPrefix(name, c.Source+"/")
}

// Within is the name of a file of the source as seen from there.
func (c *Config) Within(name string) string {
	below, _ := c.within(name)
	return below
}

// Relative is a name as seen from the source, or from the folder of the collections, if
// it lies there.
func (c *Config) Relative(name string) string { return c.inCollections(c.Within(name)) }

func (c *Config) inCollections(name string) string {
	if c.CollectionsDir == "" {
		return name
	}
	if rest, ok := strings.CutPrefix(name, c.CollectionsDir+"/"); ok && strings.HasPrefix(rest, "_") {
		return rest
	}
	return name
}

// Below is the path of a document below the folder of its collection.
func (c *Config) Below(name string) string {
	_, _, below := c.special(c.Within(name))
	return below
}

// leaves reports whether a name is no part of the site.
func (c *Config) leaves(name, special, below string) bool {
	if below == "" { // the special folder itself
		return slices.ContainsFunc(c.Exclude, func(p string) bool { return matches(p, name) })
	}
	base := path.Base(name)
	included := slices.ContainsFunc(c.Include, func(p string) bool { return matches(p, name) || matches(p, base) })
	if included {
		return false
	}
	if slices.ContainsFunc(c.Exclude, func(p string) bool { return !slices.Contains(c.Include, p) && matches(p, name) }) {
		return true
	}
	return strings.IndexByte("._#~", base[0]) >= 0 || strings.HasSuffix(base, "~") || strings.HasSuffix(base, ".")
}

// matches reports whether a pattern of include or exclude means a name: it is a
// beginning of it, or a pattern of the shell whose "*" goes over slashes.
func matches(pattern, name string) bool {
	pattern = strings.TrimPrefix(pattern, "/")
	if pattern == "" {
		return false
	}
	if strings.HasPrefix(name, pattern) || pattern == name+"/" {
		return true
	}
	if !strings.ContainsAny(pattern, "*?[") {
		return false
	}
	// path.Match keeps "*" within a segment: take the slashes away from both.
	flat := strings.NewReplacer("/", "\x01")
	ok, err := path.Match(flat.Replace(strings.ReplaceAll(pattern, "**", "*")), flat.Replace(name))
	return ok && err == nil
}

// oddInData are signs that names of data lack.
var oddInData = regexp.MustCompile(`[^A-Za-z0-9_\s-]+`)

// DataName is the name of the data of a file or a folder.
func DataName(name string) string {
	return strings.Join(strings.Fields(oddInData.ReplaceAllString(name, "")), "_")
}

// IsMarkdown reports whether a file's text is Markdown.
func (c *Config) IsMarkdown(file string) bool {
	return slices.ContainsFunc(c.MarkdownExt, func(ext string) bool { return strings.EqualFold(ext, path.Ext(file)) })
}

// OutputExt is the ending of what a file becomes.
func (c *Config) OutputExt(file string) string {
	switch ext := path.Ext(file); {
	case c.IsMarkdown(file):
		return ".html"
	case ext == ".scss" || ext == ".sass":
		return ".css"
	case ext == ".coffee":
		return ".js"
	default:
		return ext
	}
}
