package render

import (
	"cmp"
	"io/fs"
	"time"
)

// Settings describe the site. All of them go into the digest of every page.
type Settings struct {
	Title       string // default: the title of the front page's file, else "Blog"
	Description string
	Author      string
	Language    string // BCP 47; default "en"
	URL         string // public address, "https://example.org"; default "http://localhost"
	Prefix      string // path below which the site lies, with slashes at both ends; default "/"
	PageSize    int    // posts on one page of a list; default 20
	FeedSize    int    // posts in a feed; default 20; below 0 all of them, of which the older ones have no text and are in RSS alone
	Timezone    string // of dates without one, as in the IANA list; default UTC
	RawHTML     bool   // let HTML in Markdown through; a page may say so itself with "html: true"
	Drafts      bool   // also publish drafts,
	Future      bool   // posts of the future,
	Expired     bool   // and expired ones
	// Alone says that nothing but this site answers under its address, so that
	// a link to a path that it does not have leads nowhere.
	Alone       bool
	NoSearch    bool      // no search page, and no index
	WarnLinks   bool      // a broken link is a warning, not an error,
	StrictLinks bool      // or it is an error even in a folder of another tool, which let it pass
	Lenient     bool      // an unknown shortcode, or tag of Liquid, is left out, and the text within stays
	Math        MathMarks // what marks formulas in a text that does not say "math: true" or "math: false"
	// Wikilinks says whether [[Page]] is a link, "on" or "off". With "auto", the
	// default, it is in a vault of Obsidian, which is a folder with a folder
	// .obsidian, or one of no other tool in which half or more of the names in
	// double brackets are those of files: in CommonMark they are text.
	Wikilinks string
	Backlinks bool // pages list the pages that link to them
	// Originals publishes image files byte for byte as they are, with all that is in
	// them, and makes no smaller forms.
	Originals  bool
	Unminified bool // leave style sheets, scripts, drawings and templates of the theme as they are
	// Revision tells builds of icecap apart: another one renders everything anew.
	Revision string
}

func (s Settings) withDefaults() Settings {
	s.Language = cmp.Or(s.Language, "en")
	s.URL = cmp.Or(s.URL, "http://localhost")
	s.Prefix = cmp.Or(s.Prefix, "/")
	s.PageSize = cmp.Or(s.PageSize, 20)
	s.FeedSize = cmp.Or(s.FeedSize, 20)
	return s
}

// A Folder is a folder of Markdown. Its fields are set before the first call and
// not changed afterwards.
type Folder struct {
	FS       fs.FS
	Settings Settings
	Ignore   []string  // names in FS that are left alone, with all below them
	Now      time.Time // decides what is future or expired
	Workers  int       // default: one per processor
	Cache    *Cache    // of an earlier load; nil for none. Read and Blog do not need it yet
	Forms    FormStore // of smaller forms of pictures; nil for none

	room *room // for pictures that are decoded

	hold int64 // how many bytes of texts stay in memory; default maxHeld
}
