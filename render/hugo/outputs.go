package hugo

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Format is a form in which pages are published (outputFormats).
type Format struct {
	Name      string // in lower case
	MediaType string
	BaseName  string // of its files, "index"
	Suffix    string // of its files, with the dot, if it has one
	Folder    string // before the path of the page, "" for none
	HTML      bool   // for readers
	Root      bool   // its files lie at the top, whatever page they are of
}

// File is the name of the format's file in the folder of a page.
func (f Format) File() string { return f.BaseName + f.Suffix }

// Path is where a page below the site has this format: in the folder of the format,
// or of the page, or in that of a list.
func (f Format) Path(page string) string {
	folder := f.Folder
	if folder != "" {
		folder += "/"
	}
	switch {
	case f.Root:
		page = ""
	case f.HTML && f.BaseName == "index":
		return folder + page
	}
	return folder + page + f.File()
}

// The media types of feeds.
const (
	RSSType      = "application/rss+xml"
	AtomType     = "application/atom+xml"
	JSONFeedType = "application/feed+json"
)

// ownFormats are those that need not be configured.
var ownFormats = map[string]Format{
	"amp":            {MediaType: "text/html", Folder: "amp", HTML: true},
	"calendar":       {MediaType: "text/calendar"},
	"css":            {MediaType: "text/css", BaseName: "styles"},
	"csv":            {MediaType: "text/csv"},
	"html":           {MediaType: "text/html", HTML: true},
	"json":           {MediaType: "application/json"},
	"markdown":       {MediaType: "text/markdown"},
	"robots":         {MediaType: "text/plain", BaseName: "robots", Root: true},
	"rss":            {MediaType: RSSType},
	"sitemap":        {MediaType: "application/xml", BaseName: "sitemap"},
	"webappmanifest": {MediaType: "application/manifest+json", BaseName: "manifest"},
}

// ownSuffixes are those of media types that need not be configured.
var ownSuffixes = map[string]string{
	"text/html": "html", "text/calendar": "ics", "text/css": "css", "text/csv": "csv", "application/json": "json", "text/markdown": "md", "text/plain": "txt",
	RSSType: "xml", "application/xml": "xml", "application/manifest+json": "webmanifest", "text/javascript": "js", "application/toml": "toml", "application/yaml": "yaml",
}

// readOutputs reads the formats, and which kinds of pages have which.
func (c *Config) readOutputs(all values) {
	c.Formats = map[string]Format{}
	for name, f := range ownFormats {
		f.Name = name
		c.Formats[name] = f
	}
	for name := range all.table("outputformats") {
		said, f := all.table("outputformats", name), c.Formats[name]
		f.Name = name
		f.MediaType = strings.ToLower(cmp.Or(said.text("mediatype"), f.MediaType, "text/html"))
		f.BaseName = cmp.Or(said.text("basename"), f.BaseName)
		f.Folder = strings.Trim(cmp.Or(said.text("path"), f.Folder), "/")
		f.HTML, f.Root = said.flag("ishtml", f.HTML), said.flag("root", f.Root)
		c.Formats[name] = f
	}
	for name, f := range c.Formats {
		f.BaseName = cmp.Or(f.BaseName, "index")
		f.Suffix = suffixOf(all.table("mediatypes", f.MediaType), f.MediaType)
		c.Formats[name] = f
	}
	c.Outputs = map[string][]string{}
	for kind := range all.table("outputs") {
		c.Outputs[kind] = lowerAll(all.table("outputs").texts(kind))
	}
}

// suffixOf is the suffix of files of a media type, with its delimiter. Hugo before
// 0.44 had one, not several.
func suffixOf(said values, mediaType string) string {
	suffix := cmp.Or(said.text("suffix"), ownSuffixes[mediaType])
	if list := said.texts("suffixes"); len(list) > 0 {
		suffix = list[0]
	}
	if delimiter, ok := said["delimiter"].(string); ok {
		return delimiter + suffix
	}
	if suffix == "" {
		return ""
	}
	return "." + suffix
}

// formatsOf are the formats of pages of a kind; what a page's own front matter says
// (outputs) goes before what the configuration does, which may be nil.
func (c *Config) formatsOf(kind string, own []string) (list []Format) {
	names, said := c.Outputs[kind]
	switch {
	case own != nil:
		names = own
	case !said && kind == KindPage:
		names = []string{"html"}
	case !said:
		names = []string{"html", "rss"}
	}
	for _, name := range names {
		f, known := c.Formats[strings.ToLower(name)]
		if !known {
			f = Format{Name: strings.ToLower(name)}
		}
		if name != "rss" || !slices.Contains(c.DisabledKinds, "rss") {
			list = append(list, f)
		}
	}
	return list
}

// Feeds are those of the formats of a list that are feeds by their media type.
func (c *Config) Feeds(kind string, own []string) (list []Format) {
	if !c.HasKind(kind) {
		return nil
	}
	for _, f := range c.formatsOf(kind, own) {
		if f.isFeed() && !f.Root {
			list = append(list, f)
		}
	}
	return list
}

func (f Format) isFeed() bool {
	return f.MediaType == RSSType || f.MediaType == AtomType || f.MediaType == JSONFeedType
}

// Unmade says of each of the kinds' formats that only a template of the site's own
// could make what it is and for which kinds, sorted.
func (c *Config) Unmade() (list []string) {
	kinds := map[string][]string{}
	for _, kind := range []string{KindHome, KindPage, KindSection, KindTaxonomy, KindTerm} {
		if !c.HasKind(kind) {
			continue
		}
		for _, f := range c.formatsOf(kind, nil) {
			if !c.makes(kind, f) {
				kinds[f.Name] = append(kinds[f.Name], kind)
			}
		}
	}
	for name, of := range kinds {
		f := c.Formats[name]
		list = append(list, fmt.Sprintf("%s (%s, of %s)", name, f.File(), strings.Join(of, ", ")))
	}
	slices.Sort(list)
	return list
}

// makes reports whether pages of a kind get the format, or lead from its path to the
// page for readers.
func (c *Config) makes(kind string, f Format) bool {
	return f.HTML || f.isFeed() && kind != KindPage && !f.Root || f.Name == "robots" || f.Name == "sitemap"
}

// UnmadeOf are the formats of one page that nobody makes, by their names.
func (c *Config) UnmadeOf(kind string, own []string) (names []string) {
	for _, f := range c.formatsOf(kind, own) {
		if !c.makes(kind, f) {
			names = append(names, f.Name)
		}
	}
	return names
}

// OtherHTML are the formats for readers besides the pages themselves, of one kind.
func (c *Config) OtherHTML(kind string, own []string) (list []Format) {
	for _, f := range c.formatsOf(kind, own) {
		if f.HTML && f.Name != "html" {
			list = append(list, f)
		}
	}
	return list
}
