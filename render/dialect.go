package render

import (
	"cmp"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"

	"icecap/render/jekyll"
	"icecap/render/kramdown"
	"icecap/render/theme"
)

// A dialect is what decides in a folder: ours, or another tool's, whose site keeps
// the URLs, titles, dates, heading ids and feeds that the tool gave it. Packages
// [icecap/render/hugo] and [icecap/render/jekyll] read the tool's configuration and
// know its rules as plain values and functions; the files dialect_hugo.go and
// dialect_jekyll.go make a dialect of them. It is made once for a snapshot, and
// does not change. [ours] sets every field but the configuration's; another
// dialect begins with it and replaces what differs.
type dialect struct {
	tool string // "Hugo" or "Jekyll"; "" for a folder of ours

	// What the tool's configuration says.

	files    []string // files and folders that it was read from: a change of one changes all
	config   []byte   // all of it that counts, in one form: part of every page's version
	settings Settings // a field that [Folder.Settings] leaves at zero is taken from here
	warnings Problems // what in it is met and not carried, each by its name
	vault    bool     // it is one of Obsidian as well
	data     string   // folder of data files
	makers   []string // tools for which the texts of a folder of ours were written, see [maker]
	left     []string // their settings, which are no files of the site
	wiki     bool     // [[Page]] is a link to them
	readme   bool     // README.md is the index of its folder

	// What lies where.

	root    string   // folder of the content, "." for the top
	statics []string // folders whose files are copied to the top of the site as they are
	// static is the path of such a file, "" for other files. Nil goes by statics alone.
	static func(name string) string
	// sort says what a name in the folder is. It is asked for folders, too.
	sort func(name string, dir bool) nameSort
	// whyLeft says why a name of sortReported is left out.
	whyLeft func(name string) string
	// place is where a text belongs, by its name alone.
	place func(file string) place
	// survey looks at all texts before one of them gets its page. It may be nil.
	survey func(b *Blog)
	// languages are those of the site, the default one first. Lists, terms and feeds
	// are those of one language, in its folder.
	languages []language
	// menus are those of an edition by name, with an entry for the theme to show in each. It
	// may be nil.
	menus func(e *edition) (map[string][]theme.MenuEntry, Problems)

	// What the front matter means.

	// defaults are values of front matter that the configuration, or a file above,
	// gives a text; keys in lower case. The text's own go before. It may be nil.
	defaults func(b *Blog, file string) map[string]any
	// correct completes what was read from front matter and name by the rules that
	// only this tool has: other keys, other fallbacks of dates. Of the post only file,
	// place and text are known. It may be nil.
	correct func(r *metaReader, m *meta, p *post)
	// fileDates says that a date at the beginning of a file's name is the date of
	// the text, and no part of its URL.
	fileDates bool
	// forgiving says that front matter that cannot be read counts as empty.
	forgiving bool
	// strange are keys that mean nothing to the tool, though they do in folders of ours.
	strange []string
	// hidden says why a text is not published besides being a draft, of the future
	// or expired, or "". It may be nil.
	hidden func(b *Blog, p *post) string
	// silent reports whether a text has no page and is only there for others. It may
	// be nil.
	silent func(p *post) bool
	// choose takes away the texts that are one too many, and notes them in hidden. It may
	// be nil.
	choose func(b *Blog, texts []*post) []*post
	// notice warns of what the front matter of a text says and nobody follows. It may be nil.
	notice func(b *Blog, p *post)

	// Which URL it gets.

	// segment makes one segment of a URL from the name of a folder, a file or a term.
	segment func(name string) string
	// mend makes a path that can be published of the tool's own path of a term that
	// cannot. Nil says that all can.
	mend func(path string) string
	// url is the path of a text's page below the prefix, from its front matter, or
	// from its place. Whatever is given there is already looked at.
	url func(b *Blog, p *post) (string, error)
	// intro reports whether a text speaks for the list of its folder.
	intro func(b *Blog, p *post) bool
	// section is the folder of the list that a text is in, "" for the front page's.
	section func(b *Blog, p *post) string
	// listPath is the path of the list of a folder below the prefix, as it stands in
	// a URL; listName is its title if no text gives one.
	listPath func(b *Blog, dir string) string
	listName func(b *Blog, dir string) string
	// listAliases are other paths of a list, which lead to it.
	listAliases func(base string) []string
	// termName is the title of a term's list.
	termName func(name string) string
	// filePath is the path of a file that is no text below the prefix, "" if it is
	// not published.
	filePath func(b *Blog, file string) string
	// alias lists the paths below the prefix, or of the site, from which an alias of
	// the front matter leads to the page.
	alias func(b *Blog, p *post, alias string) []string
	// lists reports whether the list of a folder with an intro is that of all dated
	// texts. It may be nil.
	lists func(dir string) bool
	// pagePath is the path below the prefix of the nth page of a list, or "" for the
	// usual one. It may be nil.
	pagePath func(base string, n int) string
	feeds    jekyll.Feed // of jekyll-feed; without a path there are none
	// collected are the documents of a collection, the newest first, for its feed, and
	// the date of those without one. It may be nil where no feed is.
	collected func(b *Blog, collection string) (documents []*post, undated time.Time)
	// finish changes the HTML of a whole text. It may be nil.
	finish   func(p *post, body []byte) []byte
	archives jekyll.Archives
	// sharedURLs says that two texts with one URL, or two aliases, are no mistake: the
	// later one stays, and there is a warning.
	sharedURLs bool
	// others are the paths below the prefix at which the tool's site has a page a second
	// time, or has it in another form for readers. It may be nil.
	others func(p *post, own string) []string
	// taxonomies are the ways in which texts are sorted.
	taxonomies []taxonomy
	// latestFirst is the order of all lists by date.
	latestFirst func(x, y *post) int
	// order is that of feeds, and order of terms' lists.
	order func(x, y *post) int
	// words is the order of words in a language, by its index.
	words func(lang int, x, y string) int
	// feedForms are the forms of the feed of a list by its kind (home, section, taxonomy,
	// term), with the text of the list or nil. Main are the front page and the tags of
	// the first language.
	feedForms func(kind string, intro *post, main bool) []feedForm
	sitemap   string // name that the tool gave it, "" for ours
	pagerPath string // name before the number in the path of a list's later pages

	// What becomes of the text.

	// prepare replaces what the tool would replace before Markdown is read, such as
	// Liquid; it may note mistakes and lost lines in the conversion. It may be nil.
	prepare func(c *conversion, text []byte) []byte
	// wide reports whether a text is made of more than itself and the files that it
	// links to, so that it is made anew whenever anything changes. It may be nil.
	wide func(p *post, text []byte) bool
	// summaryEnd is the line of the file that ends the summary. It may be nil.
	summaryEnd func(p *post, text []byte) (line int, ok bool)
	extensions []goldmark.Extender // of Markdown
	// headingID is the id of a heading that gives none, "" for no id, from what is seen of it.
	headingID func(n *ast.Heading, source []byte, visible string) string
	// elementID is that of a heading in an element of HTML, of which only the others there
	// may have the same. It may be nil.
	elementID func(visible string) string
	// contents is the table of contents in the place of the mark that prepare put
	// there. It may be nil.
	contents func(flat []flatHeading, place *kramdown.Contents) string
	// inside prepares a text within another, as prepare does but for what has been
	// done. It may be nil.
	inside func(c *conversion, text string) []byte
	// noRef is what stands for a ref that leads nowhere; without it that is a mistake.
	noRef        *string
	layouts      *layouts // the tool's templates of shortcodes; nil for none
	termIDs      bool     // terms of definition lists have ids, too, by the same rule as headings
	hardWrap     bool     // each end of a line breaks it
	summaryCuts  []string // comments that end the summary, without "<!--" and "-->"
	summaryWords int      // paragraphs are taken until there are so many words
	wholeSummary bool     // and everything between them
	countLetters bool     // of Chinese, Japanese and Korean each counts as a word there
}

// A nameSort is what a name in the folder is.
type nameSort int

// The sorts of names.
const (
	sortLeft     nameSort = iota // left alone, with all below it
	sortText                     // becomes a page
	sortFile                     // published below the URL of its folder or bundle
	sortStatic                   // published at its path below the static folder
	sortAdapter                  // a template that adds texts
	sortForeign                  // a text in a form that nothing here reads
	sortReported                 // left out, with a warning that says why
	sortBeside                   // not published, but a text may include it
)

// A place is where a text belongs in the site, by the name of its file.
type place struct {
	dir    string // folder of the site, with slashes, "" for the top
	name   string // of the file without its ending, or of the folder of an index
	index  bool   // the file is the index of dir
	branch bool   // that of a list
	lang   int    // index of the dialect's languages
	key    string // file without root, language and ending: the same for all translations
}

// A language is one that a part of the site is in.
type language struct {
	key, dir                   string // dir is the folder of the site that is all in it, "" for the top
	locale                     string // BCP 47
	label                      string // what its speakers call it, "" for what the theme says
	direction                  string // "rtl" or "ltr", "" for what the language has
	weight                     int    // its place among all for readers, 0 for the end
	title, description, author string // of the site in it; "" for the same as in all
	params                     map[string]any
}

// dialect finds out whose folder it is.
func (f *Folder) dialect() (*dialect, error) {
	d, err := f.toolOf()
	if err != nil {
		return nil, err
	}
	for _, dir := range []string{vaultDir, path.Join(d.root, vaultDir)} {
		if info, err := fs.Stat(f.FS, dir); err == nil && info.IsDir() {
			d.vault = true
		}
	}
	d.files = append(d.files, d.data)
	return d, nil
}

// toolOf is the dialect of the tool that a folder was made for.
func (f *Folder) toolOf() (*dialect, error) {
	if d, err := f.hugoDialect(); d != nil || err != nil {
		return d, err
	}
	if d, err := f.jekyllDialect(); d != nil || err != nil {
		return d, err
	}
	d := ours()
	if info, err := fs.Stat(f.FS, "content"); err == nil && info.IsDir() {
		d.root, d.data = "content", "data"
	}
	if err := f.findMakers(d); err != nil {
		return nil, err
	}
	if d.makers != nil {
		d.sort, d.place, d.notice = d.makerSort, d.makerPlace(f.FS), d.noticeMaker
	}
	d.extensions = append(d.extensions, otherNotations{})
	if d.madeBy("MkDocs", "Logseq") {
		d.extensions = append(d.extensions, highlightMark, caretMark)
	}
	d.prepare, d.wide = (*conversion).notations, includes
	return d, nil
}

// ours is the dialect of a folder that no other tool made.
func ours() *dialect {
	d := &dialect{
		root: ".", data: "_data", statics: []string{staticDir}, fileDates: true,
		segment: slugify, url: (*Blog).ownURL, intro: (*Blog).isIntro, section: (*Blog).ownSection, listPath: (*Blog).sectionPath,
		listName: func(_ *Blog, dir string) string { return titleFromName(dir) }, termName: func(name string) string { return name },
		listAliases: func(string) []string { return nil },
		filePath:    (*Blog).ownFilePath, alias: func(_ *Blog, _ *post, alias string) []string { return []string{alias} },
		languages: make([]language, 1), taxonomies: taxonomies, order: newestFirst, latestFirst: newestFirst,
		words:     func(_ int, x, y string) int { return strings.Compare(strings.ToLower(x), strings.ToLower(y)) },
		feedForms: ownFeedForms, pagerPath: "page",
		extensions: extensions(), headingID: func(_ *ast.Heading, _ []byte, visible string) string { return headingID(visible) },
		summaryCuts: []string{"more"}, summaryWords: 60,
	}
	d.sort, d.place = d.ownSort, d.ownPlace
	return d
}

// ownSort is the rule of a folder of ours: see the package comment.
func (d *dialect) ownSort(name string, dir bool) nameSort {
	base, top := path.Base(name), !strings.Contains(name, "/")
	if d.isStatic(name) {
		if base[0] == '.' && path.Dir(name)+"/"+base != path.Join(path.Dir(name), ".well-known") {
			return sortLeft
		}
		return sortStatic
	}
	switch {
	case base[0] == '.', base[0] == '_' && !isIndex(base), strings.HasSuffix(base, "~"), base[0] == '#':
		return sortLeft
	case top && dir && name == themeDir:
		return sortLeft
	case top && dir && slices.Contains(foreignDirs, name):
		if d.root != "." || slices.Contains(foreignDirs[:4], name) {
			return sortLeft
		}
	case top && slices.Contains(configNames, name), base == "README.md" && path.Dir(name) == d.root:
		return sortLeft
	}
	if d.root != "." && name != d.root && !strings.HasPrefix(name, d.root+"/") && !slices.Contains(d.statics, name) {
		return sortLeft
	}
	if isMarkdown(name) {
		return sortText
	}
	if slices.Contains(scriptedTexts, strings.ToLower(path.Ext(name))) {
		return sortForeign
	}
	return sortFile
}

// scriptedTexts are endings of texts of other tools, which nobody can show as they are.
var scriptedTexts = []string{".mdx", ".qmd", ".rmd", ".njk", ".mdoc"}

// isStatic reports whether a name lies below a static folder.
func (d *dialect) isStatic(name string) bool { return d.staticPath(name) != "" }

// staticPath is the path of a static file below the top of the site, or "".
func (d *dialect) staticPath(name string) string {
	if d.static != nil {
		return d.static(name)
	}
	for _, dir := range d.statics {
		if rest, ok := strings.CutPrefix(name, dir+"/"); ok {
			return rest
		}
	}
	return ""
}

// staticRank is the place of a static file's folder among them: the first has the word.
func (d *dialect) staticRank(name string) int {
	return slices.IndexFunc(d.statics, func(dir string) bool { return name == dir || strings.HasPrefix(name, dir+"/") })
}

// ownPlace is the place by the folder alone.
func (d *dialect) ownPlace(file string) place {
	p := place{dir: d.below(path.Dir(file)), index: isIndex(path.Base(file))}
	if p.index {
		p.name = path.Base(path.Dir(file))
	} else {
		p.name = strings.TrimSuffix(path.Base(file), path.Ext(file))
	}
	return p
}

// below is a folder's path below the root of the content, "" for that itself.
func (d *dialect) below(dir string) string {
	if dir == d.root {
		return ""
	}
	return strings.TrimPrefix(dir, d.root+"/")
}

// complete fills in what the site's own settings leave open, and the language where
// they say it.
func (d *dialect) complete(s Settings) Settings {
	from := d.settings
	s.Title, s.Description, s.Author = cmp.Or(s.Title, from.Title), cmp.Or(s.Description, from.Description), cmp.Or(s.Author, from.Author)
	s.Language, s.Timezone = cmp.Or(s.Language, from.Language), cmp.Or(s.Timezone, from.Timezone)
	s.URL, s.Prefix = cmp.Or(s.URL, from.URL), cmp.Or(s.Prefix, from.Prefix)
	s.PageSize, s.FeedSize = cmp.Or(s.PageSize, from.PageSize), cmp.Or(s.FeedSize, from.FeedSize)
	s.WarnLinks = s.WarnLinks || from.WarnLinks && !s.StrictLinks
	s.RawHTML, s.Drafts = s.RawHTML || from.RawHTML, s.Drafts || from.Drafts
	s.Future, s.Expired = s.Future || from.Future, s.Expired || from.Expired
	if !s.Math.any() {
		s.Math = from.Math
	}
	s = s.withDefaults()
	d.languages[0].locale = s.Language
	return s
}

// reads reports whether a file belongs to the configuration.
func (d *dialect) reads(name string) bool {
	if d.tool == "Hugo" && path.Base(name) == adapterName {
		return true
	}
	return slices.ContainsFunc(d.files, func(file string) bool { return name == file || strings.HasPrefix(name, file+"/") })
}
