// Package theme turns views of a site into HTML. It holds the default templates,
// embedded, and the contract between them and package render: a template gets
// one typed view with everything on it ready made, and never queries the site.
//
// # The contract, version 1
//
// A theme is a folder of [html/template] files. A site may bring any of them in
// its own folder theme: a file of the same name takes the place of the default
// one, and all others stay.
//
//	base.html      the frame of every page; it calls {{template "main" .}}
//	post.html      "main" of a post and of a plain page
//	list.html      "main" of the front page, a section, a tag, a category, a series
//	terms.html     "main" of the list of all tags, categories or series
//	archive.html   "main" of the list of years, of a year and of a month
//	search.html    "main" of the search page
//	404.html       "main" of the page for what is not there
//	head.html      what stands in <head>
//	sitehead.html  the part of <head> that is the same on every page; gets a [Site]
//	header.html    what stands above every page; gets a [Site]
//	footer.html    what stands below every page; gets a [Site]
//	card.html      one post within a list; gets a [Post]
//	item.html      one of the related posts of another; gets a [Link]
//	meta.html      the line below a post's title; gets a [Post]
//	badges.html    "Draft" and "Not published yet"; gets a [Post]
//	postend.html   tags and neighbours below a post; gets a [Post]
//	pager.html     the numbers below a list; gets a [Pager]
//	shortcodes/NAME.html   a shortcode; gets a [Shortcode], also by the names that Hugo has for its parts
//	menu.html      entries of a menu, in one another; gets a list of [MenuEntry]
//	entry.html     what is seen of one, and entrylink.html the link; they get a [MenuEntry]
//	languages.html the switch between the site's languages
//	words.json     the site's own words in place of the default theme's
//	words/de.json  those in a language that is not the site's first
//	assets/        style sheets, scripts, pictures, fonts
//
// Every file is one template of that name without ".html", so a theme may add
// files of its own and call them. Those without another type get a [Page].
//
// Sitehead, header, footer, card and item are fragments: they are rendered once for each
// language of the site, and
// their HTML is copied wherever they appear ([Site.Head], [Site.Header],
// [Site.Footer], [Post.Card], [Link.Item]). So they must not depend on the page around them.
// That is what keeps a site of 100,000 posts linear in time.
//
// [Load] follows the types of the contract through every template: a field, a
// function or a template that is not there is an error with file and line before
// any page is made, also in a branch that no page takes. What is in the front
// matter (Params) and in data files (Data) has no type, and is empty where it is
// missing.
//
// Within a version fields and functions are only added, so a theme written for it
// goes on to work; testdata/contract-1.txt lists what version 1 promises.
// [Contract] is the version; a theme that needs a newer one says so with
// {{contract 2}} at the top of its base.html, which is an error here.
//
// # Functions
//
//	contract N           an error unless this icecap knows version N
//	date LAYOUT D        a date in the form of Go's reference time, "" for no date
//	time LAYOUT D        the same in an element <time>
//	iso D                a date as RFC 3339 has it
//	plural N ONE MANY    "1 post", "2 posts"
//	word TEXT            the site's own word for one of the theme's, see words.json
//	stylesheet HOME NAME the element that loads a style sheet of the theme
//	script HOME NAME     likewise of a script; it runs when the page is there
//	integrity NAME       the hash of an asset, for a script that loads it
//	asset HOME NAME      the path of any other asset; an error if there is none
//	hasAsset NAME        whether there is one
//
// Layouts of dates, names of months and the words of plural are the language's as
// well: "2 January 2006": "January 2, 2006" gives American dates.
//
// # Words
//
// The default theme says its words in the languages that the folder words has a file for.
// A site's words.json is in its first language; in every other the files of the folder
// words count, "words/pt-BR.json", of the site before those of the default theme. What a
// file leaves out is that of the language which stands for it, as Unicode's CLDR has
// it: of pt-PT that of pt, but of zh-TW not that of zh, whose signs are others. Where there
// is no file at all the words are English ([Theme.Speaks]). Many of a thing have the plural
// forms of the language: "few posts" beside "posts", likewise zero and two. A month
// beside a day may be another word than by itself: "of January". A word that the theme does
// not say is an error.
//
// # Assets
//
// Style sheets, scripts and drawings are minified, but for files named x.min.css
// or x.min.js and those with a source map, which are left as they are. Each is
// published twice: by its own name, so that files can refer to one another, and
// by a name with a part of its hash in it, which is the one that pages use, so
// that browsers and caches may keep it. Pages load them with their hash
// (Subresource Integrity), so nothing else can take their place. Nothing is
// bundled or compiled: a site that wants that runs its own tool and puts the
// result here. A file assets/custom.css is loaded after the default style.css,
// so colours and fonts change without a copy of it.
//
// The property --measure of custom.css or style.css is the width of texts. Pages say it
// of their pictures (sizes), for a browser to choose a form: see [Theme.Measure].
//
// Two features have assets that only the pages which need them load, and only a site
// with such pages publishes: math.js with KaTeX ([Page.HasMath]), and diagrams.js with
// Mermaid ([Page.HasDiagrams]). Files of the theme by the same names take their place.
// Both read the text of elements that are there without them, .math and pre.mermaid, and
// again at the event icecap:change, by which a preview tells that the page is another.
//
// The HTML of templates loses the space that browsers ignore, once, when they
// are read. What Markdown becomes has next to none: to minify each page as a whole
// would save less than 1 % of a real blog, and cost a quarter of the build.
//
// # What a theme cannot do
//
// Templates are data, not programs: they read no file, no environment and no
// network. [Load] reads through an [io/fs.FS] that the caller has rooted, and
// refuses symbolic links. A template that calls itself or writes without end is
// stopped (see [MaxOutput]), and range counts no numbers.
package theme
