package theme

import (
	"html/template"
	"time"
)

// Contract is the version of the template contract that this package keeps.
const Contract = 1

// A Kind says which template makes the main part of a page.
type Kind string

// The kinds of pages. Each is the name of a template.
const (
	KindPost    Kind = "post"
	KindList    Kind = "list"
	KindTerms   Kind = "terms"
	KindArchive Kind = "archive"
	KindSearch  Kind = "search"
	KindMissing Kind = "404"
)

// A Site is what all pages share.
type Site struct {
	Title       string
	Description string
	Author      string
	Language    string // BCP 47, such as "en" or "pt-BR"
	Direction   string // in which it is written, "rtl" or "ltr"; "" where the language itself says so
	URL         string // public address without a slash at its end, "https://example.org"
	Home        string // path of the front page, "/" or "/blog/", in another language "/de/"
	Icon        string // path of the site's own favicon.svg, .png or .ico, "" if it has none
	Menu        []Link // the entries of the menu "main" that lead somewhere, with those below them
	// Menus are those of the site by name. That called main is there in every site with
	// pages for it: where nothing says otherwise these are the plain pages of the top folder,
	// by weight and title.
	Menus map[string][]MenuEntry
	// Languages are those of the site, in the order it gives them; none if there is only one.
	// There is a Site for each.
	Languages []Language
	// Paths of the lists of all tags, categories, series and years; "" if there are none.
	TagsURL, CategoriesURL, SeriesURL, ArchiveURL string
	SearchURL                                     string // of the search page, "" if there is none

	Feeds  []Feed         // of the whole site
	Params map[string]any // the front matter of the front page's file
	Data   map[string]any // of the data files, by the names of folders and files without their endings
	Head   template.HTML  // sitehead.html, rendered once; empty within it
	Header template.HTML  // header.html, likewise
	Footer template.HTML  // footer.html, likewise
}

// A MenuEntry is a line of a menu.
type MenuEntry struct {
	Link       // the URL may be of another site, or "" for an entry that only holds others
	Identifier string
	Pre, Post  template.HTML  // what the site's configuration puts before and behind the title
	Params     map[string]any // for templates
	Sub        []MenuEntry
}

// A Language is one that the site is in.
type Language struct {
	Code    string // BCP 47
	Name    string // as its own speakers call it
	URL     string // path of its front page, or of this page in it; see [Page.Switch]
	Current bool   // it is that of the page or the site
}

// A Page is what a template gets: what belongs into <head>, and one of Post,
// List, Terms, Archive and Search, by Kind.
type Page struct {
	*Site
	Kind        Kind
	Title       string // of the page, "" on the front page
	Description string // plain text, for metadata; may be empty
	URL         string // path
	Canonical   string // absolute
	Language    string // BCP 47, of this page
	Image       *Image // for previews by other sites, or nil
	Feeds       []Feed // the page's own, beside the site's
	Alternates  []Alternate
	Robots      string // "noindex" or ""
	HasMath     bool   // it shows a formula, so it loads math.js
	HasDiagrams bool   // it shows a diagram, so it loads diagrams.js

	Post    *Post
	List    *List
	Terms   *Terms
	Archive *Archive
	Search  *Search
}

// A Post is one Markdown file: a dated post or a plain page.
type Post struct {
	URL         string // path
	Title       string
	Date        time.Time // zero for an undated page
	Dated       bool      // a post of the blog; false for a plain page
	Description string    // of the front matter, or ""
	Summary     template.HTML
	Excerpt     string // the summary as plain text
	Updated     time.Time
	Expires     time.Time
	Draft       bool // shown only because drafts were asked for
	Future      bool // shown only because future posts were asked for
	Canonical   string
	Body        template.HTML // only while the post's own page is made
	TOC         []Heading     // its headings of the levels 2 to 4, as a tree
	ShowTOC     bool          // front matter's toc, by default: three headings or more
	HasCode     bool          // its body holds a block of code
	Words       int
	Minutes     int // reading time at 220 words a minute, at least 1
	Authors     []string
	Tags        []Link
	Categories  []Link
	Series      *Series
	Related     []Link // at most five other posts that share tags with it, the closest first; only on the post's own page
	Older       *Link  // the neighbours in time, or nil
	Newer       *Link
	Backlinks   []Link // the pages that link to it, the newest first, if the site has them shown
	Image       *Image
	Source      string // file, relative to the content folder
	Params      map[string]any
	Card        template.HTML // card.html, rendered once; empty within it
}

// A Link leads to a page and says what lists say about it.
type Link struct {
	URL   string // path
	Title string
	Date  time.Time     // zero for an undated page
	Item  template.HTML // item.html, rendered once; of related posts alone
}

// A Term is a tag, a category or a series, with its number of posts.
type Term struct {
	URL   string
	Name  string
	Count int
}

// A Series is the series that a post is part of.
type Series struct {
	Link
	Part     int          // of this post, from 1
	Of       int          // posts in the series
	Previous *Link        // or nil
	Next     *Link        // or nil
	Parts    []SeriesPart // in order; of a long series the first, the last and those around this post
}

// A SeriesPart is a post in the list of a series. A gap before it means that parts are left out.
type SeriesPart struct {
	Link
	Part    int
	Current bool
	Gap     bool
}

// A Heading is a line of a table of contents.
type Heading struct {
	ID    string
	Title template.HTML
	Level int
	Sub   []Heading
}

// An Image has its size where it could be found out, and smaller forms where a
// shortcode shows it.
type Image struct {
	URL           string // absolute
	Alt           string
	Width, Height int             // in pixels, 0 if unknown
	Srcset        template.Srcset // smaller forms, for the attributes srcset and sizes; "" if there are none
	Sizes         string
}

// A Feed is an alternate form of a list.
type Feed struct {
	URL   string // path
	Type  string // media type
	Name  string // "Atom", "RSS" or "JSON"
	Title string // with the name, for readers that offer several
}

// An Alternate is the same page in another language.
type Alternate struct {
	Language string
	URL      string // absolute
	Path     string
}

// A List is one page of a list of posts, the newest first.
type List struct {
	Label string        // "tag", "category", "series", or "" for the front page and sections
	Name  string        // of the tag and so on
	Intro template.HTML // body of the section's or the front page's own file
	Posts []*Post
	Tags  []Term // the commonest tags, at most 30, by name; only on the first page of the front page
	Total int    // posts on all its pages
	Pager Pager
}

// A Pager leads through the pages of a list.
type Pager struct {
	Number, Of int    // "page 2 of 9", from 1
	First      string // paths; "" where they would lead to this page or nowhere
	Previous   string
	Next       string
	Last       string
	Pages      []PagerLink // this page, some around it, the first and the last
}

// A PagerLink is one number of a pager. A gap before it means that numbers are left out.
type PagerLink struct {
	Number  int
	URL     string
	Current bool
	Gap     bool
}

// Terms lists all tags, all categories or all series.
type Terms struct {
	Label string // "tags", "categories" or "series"
	Terms []Term // by name
}

// An Archive lists years, or the posts of a year or a month.
type Archive struct {
	Year   int        // 0 for the list of years
	Month  time.Month // 0 for a year or the list of years
	Years  []Period   // only in the list of years, the latest first
	Months []Period   // of the year
	Posts  []Link     // of the year or month, the newest first
	Total  int
	Pager  Pager
}

// A Period is a year or a month with its number of posts.
type Period struct {
	URL    string
	Year   int
	Month  time.Month // 0 for a year
	Count  int
	Months []Period // of a year in the list of years
}

// A Search is the search page. If the folder has a text with its path, that is the
// page's Post.
type Search struct {
	Index string // path of the folder of the index; package render/search describes it
}
