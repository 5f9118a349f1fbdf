package hugo

import (
	"cmp"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"
)

// A Config is what the configuration of a site says of its pages. Where it says
// nothing, the fields hold Hugo's defaults.
type Config struct {
	Files []string // that it was read from

	// URL and Prefix are the two parts of baseURL: the address without a path, and
	// the path with a slash at both ends. Both are "" without a baseURL.
	URL, Prefix string
	TimeZone    string

	ContentDir string
	DataDir    string
	// Content and Static say where texts and static files are; of static files with one
	// path that of the first mount goes before the others.
	Content, Static []Mount
	// Layouts are the folders of templates: the site's own first, then its themes'.
	Layouts []string
	// IgnoreFiles are regular expressions of files that are left alone.
	IgnoreFiles []string

	Languages       []Language // the default one first; one without a configuration
	LanguageInSub   bool       // the default language has a folder of its own, too
	SectionMenu     string     // the menu that has an entry for each section (sectionPagesMenu), or ""
	Taxonomies      []Taxonomy
	Permalinks      []Permalink // the first that matches decides
	Path            Path
	UglyURLs        bool            // page.html in place of page/
	UglySections    map[string]bool // the same for sections by name
	DisabledKinds   []string        // page, section, home, taxonomy, term, rss, sitemap, robotstxt, 404
	Outputs         map[string][]string
	Formats         map[string]Format // by name, in lower case
	PagerPath       string            // "page"
	PagerSize       int
	NoAliases       bool
	FeedLimit       int // -1 for none
	Drafts          bool
	Future, Expired bool
	Dates           Dates
	Cascades        []Cascade
	SummaryLength   int
	CJK             bool // words of Chinese, Japanese and Korean are counted by letters
	Markup          Markup
	RobotsTXT       bool
	Sitemap         string  // name of its file
	NoRef           *string // what stands for a ref that leads nowhere (refLinksNotFoundURL) if that is only a warning
	// TitleLists says that titles of sections, taxonomies and terms that have no
	// text begin with capitals, and PluralLists that those of sections are plural.
	TitleLists, PluralLists bool
	TitleStyle              string // of these capitals: ap, chicago, go, firstupper, none

	// Ignored are the keys that say something which is not followed, as they would
	// be written in the file, sorted.
	Ignored []string
}

// A Taxonomy is a way of sorting pages. Plural is the key of the front matter and
// the path.
type Taxonomy struct {
	Singular, Plural string
}

// A Markup says how Markdown is read (markup.goldmark).
type Markup struct {
	Unsafe                                                             bool // raw HTML is let through
	HardWraps, AutoHeadingID                                           bool
	AnchorType                                                         string
	TermIDs                                                            bool // terms of definition lists have ids
	Typographer, Footnote, DefinitionList                              bool
	Table, Strikethrough, Linkify, TaskList, CJK, EscapedSpace         bool
	TitleAttributes, BlockAttributes, Emoji, WrapImages, HighlightCode bool
	Delete, Insert, Mark, Subscript, Superscript                       bool
	Passthrough                                                        []string          // marks that begin TeX, such as "$$"
	Backlink                                                           string            // HTML of the way back from a footnote, "" for the usual one
	Punctuation                                                        map[string]string // what stands for quotes, dashes and dots, by the names of the configuration
}

// Read reads the configuration. The error is an *[Error] where a file is at fault.
func Read(fsys fs.FS, files []string) (*Config, error) {
	all, err := readAll(fsys, files)
	if err != nil {
		return nil, err
	}
	c := &Config{
		Files: files, TimeZone: all.text("timezone"), SectionMenu: all.text("sectionpagesmenu"),
		ContentDir: path.Clean(cmp.Or(all.text("contentdir"), "content")), DataDir: path.Clean(cmp.Or(all.text("datadir"), "data")), IgnoreFiles: all.texts("ignorefiles"),
		Path:          Path{KeepCase: all.flag("disablepathtolower", false), RemoveAccents: all.flag("removepathaccents", false)},
		DisabledKinds: lowerAll(all.texts("disablekinds")), NoAliases: all.flag("disablealiases", false),
		Drafts: all.flag("builddrafts", false), Future: all.flag("buildfuture", false), Expired: all.flag("buildexpired", false),
		SummaryLength: all.number("summarylength", 70), CJK: all.flag("hascjklanguage", false), RobotsTXT: all.flag("enablerobotstxt", false), Sitemap: cmp.Or(all.table("sitemap").text("filename"), "sitemap.xml"),
		TitleLists: all.flag("capitalizelisttitles", true), PluralLists: all.flag("pluralizelisttitles", true), TitleStyle: all.text("titlecasestyle"),
		Dates: readDates(all.table("frontmatter")), Markup: readMarkup(all), LanguageInSub: all.flag("defaultcontentlanguageinsubdir", false),
	}
	c.readLayouts(all)
	// Hugo before 0.128 had the size of a pager at the top.
	c.PagerSize = all.table("pagination").number("pagersize", all.number("paginate", 10))
	c.PagerPath = strings.Trim(cmp.Or(all.table("pagination").text("path"), all.text("paginatepath"), "page"), "/")
	if c.FeedLimit = all.table("services", "rss").number("limit", all.number("rsslimit", -1)); c.FeedLimit < 1 {
		c.FeedLimit = -1
	}
	if strings.EqualFold(all.text("reflinkserrorlevel"), "warning") {
		url := all.text("reflinksnotfoundurl")
		c.NoRef = &url
	}
	c.readTaxonomies(all)
	c.readUgly(all)
	c.readOutputs(all)
	steps := []func(values) error{c.readBaseURL, c.readLanguages, c.readPermalinks, c.readCascades, c.readMounts}
	for _, step := range steps {
		if err := step(all); err != nil {
			return nil, &Error{File: files[0], Err: err}
		}
	}
	for i := range c.Languages {
		c.Languages[i].Words = readWords(fsys, c.Languages[i].Key)
	}
	c.Ignored = append(c.Ignored, ignored(all)...)
	return c, nil
}

// plain makes maps of tables, for templates and for the digest of a page.
func plain(table values) map[string]any {
	out := make(map[string]any, len(table))
	for key, value := range table {
		out[key] = plainValue(value)
	}
	return out
}

func plainValue(value any) any {
	switch v := value.(type) {
	case values:
		return plain(v)
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = plainValue(v[i])
		}
		return list
	}
	return value
}

func lowerAll(list []string) []string {
	for i := range list {
		list[i] = strings.ToLower(list[i])
	}
	return list
}

func (c *Config) readBaseURL(all values) error {
	base := all.text("baseurl")
	if base == "" || base == "/" {
		return nil
	}
	u, err := url.Parse(base)
	if err != nil {
		return fmt.Errorf("baseURL: %w", err)
	}
	if u.Scheme != "" && u.Host != "" {
		c.URL = u.Scheme + "://" + u.Host
	}
	if c.Prefix = "/" + strings.Trim(u.Path, "/") + "/"; c.Prefix == "//" {
		c.Prefix = "/"
	}
	return nil
}

func (c *Config) readTaxonomies(all values) {
	table, ok := all["taxonomies"].(values)
	if !ok {
		table, ok = all["indexes"].(values) // the name before Hugo 0.11, which it still knows
	}
	if !ok {
		table = values{"tag": "tags", "category": "categories"}
	}
	for singular := range table {
		if plural := strings.ToLower(table.text(singular)); plural != "" {
			c.Taxonomies = append(c.Taxonomies, Taxonomy{singular, plural})
		}
	}
	slices.SortFunc(c.Taxonomies, func(x, y Taxonomy) int { return strings.Compare(x.Plural, y.Plural) })
}

func (c *Config) readUgly(all values) {
	c.UglyURLs = all.flag("uglyurls", false)
	c.UglySections = map[string]bool{}
	for section, value := range all.table("uglyurls") {
		c.UglySections[section] = value == true || value == "true"
	}
}

// readLayouts lists the folders of templates; that of a theme may be named by the path of
// a module.
func (c *Config) readLayouts(all values) {
	c.Layouts = []string{path.Clean(cmp.Or(all.text("layoutdir"), "layouts"))}
	for _, theme := range all.texts("theme") {
		c.Layouts = append(c.Layouts, path.Join(cmp.Or(all.text("themesdir"), "themes"), theme, "layouts"))
	}
	c.Layouts = slices.DeleteFunc(c.Layouts, func(dir string) bool { return !fs.ValidPath(dir) })
}

// HasKind reports whether pages of a kind are made.
func (c *Config) HasKind(kind string) bool { return !slices.Contains(c.DisabledKinds, kind) }

// Ugly reports whether pages of a section end in ".html".
func (c *Config) Ugly(section string) bool {
	if said, ok := c.UglySections[section]; ok {
		return said
	}
	return c.UglyURLs
}

func readMarkup(all values) Markup {
	g := all.table("markup", "goldmark")
	parser, e := g.table("parser"), g.table("extensions")
	extra := func(name string) bool { return e.table("extras", name).flag("enable", false) }
	on := func(name string, absent bool) bool { // true, or a table with enable or disable
		if t := e.table(name); t != nil {
			return t.flag("enable", absent) && !t.flag("disable", false)
		}
		return e.flag(name, absent)
	}
	attributes := parser.table("attribute")
	return Markup{
		Unsafe: g.table("renderer").flag("unsafe", false), HardWraps: g.table("renderer").flag("hardwraps", false),
		AutoHeadingID: parser.flag("autoheadingid", true), AnchorType: strings.ToLower(cmp.Or(parser.text("autoidtype", "autoheadingidtype"), AnchorGitHub)),
		TermIDs:     parser.flag("autodefinitiontermid", false),
		Typographer: on("typographer", true), Footnote: on("footnote", true), DefinitionList: on("definitionlist", true),
		Table: on("table", true), Strikethrough: on("strikethrough", true), Linkify: on("linkify", true), TaskList: on("tasklist", true),
		CJK: e.table("cjk").flag("enable", false) && e.table("cjk").flag("eastasianlinebreaks", false), EscapedSpace: e.table("cjk").flag("enable", false) && e.table("cjk").flag("escapedspace", false),
		TitleAttributes: attributes.flag("title", true), BlockAttributes: attributes.flag("block", false),
		Emoji: all.flag("enableemoji", false), WrapImages: parser.flag("wrapstandaloneimagewithinparagraph", true), HighlightCode: all.table("markup", "highlight").flag("codefences", true),
		Delete: extra("delete"), Insert: extra("insert"), Mark: extra("mark"), Subscript: extra("subscript"), Superscript: extra("superscript"),
		Passthrough: passthrough(e.table("passthrough")), Backlink: e.table("footnote").text("backlinkhtml"),
		Punctuation: punctuation(e.table("typographer")),
	}
}

// punctuation is what the configuration puts in the place of signs.
func punctuation(typographer values) map[string]string {
	signs := map[string]string{}
	for name := range typographer {
		if text, ok := typographer[name].(string); ok && name != "disable" {
			signs[name] = text
		}
	}
	return signs
}

// passthrough are the opening marks of pairs that leave what is between them to a
// script, in lines and as blocks.
func passthrough(extension values) (marks []string) {
	if !extension.flag("enable", false) {
		return nil
	}
	for _, kind := range []string{"inline", "block"} {
		pairs, _ := extension.table("delimiters")[kind].([]any)
		for _, pair := range pairs {
			if marksOf, ok := pair.([]any); ok && len(marksOf) == 2 {
				marks = append(marks, fmt.Sprint(marksOf[0]))
			}
		}
	}
	return marks
}
