// Package theme turns views of a site into HTML. It holds the default templates,
// embedded, and the contract between them and package render: a template gets
// one typed view with everything on it ready made, and never queries the site.
//
// # The contract, version 1
//
// A theme is a folder of [html/template] files. A site may bring any of them in
// its own folder theme: a file of the same name takes the place of the default
// one, and all others stay. [Load] parses both; a field or function that the
// contract does not have is an error with file and line before any page is made.
//
//	base.html      the frame of every page; it calls {{template "main" .}}
//	post.html      "main" of a post and of a plain page
//	list.html      "main" of the front page, a section, a tag, a category, a series
//	terms.html     "main" of the list of all tags, categories or series
//	archive.html   "main" of the list of years, of a year and of a month
//	404.html       "main" of the page for what is not there
//	head.html      "head": the metadata of a page, within <head>
//	sitehead.html  "sitehead": the part of <head> that is the same on every page; gets a [Site]
//	header.html    "header": what stands above every page; gets a [Site]
//	footer.html    "footer": what stands below every page; gets a [Site]
//	card.html      "card": one post within a list; gets a [Post]
//	shortcodes/NAME.html   a shortcode; gets a [Shortcode]
//
// Every file is one template of that name without ".html", so a theme may add
// files of its own and call them. Those without another type get a [Page].
//
// Sitehead, header, footer and card are fragments: they are rendered once, and their
// HTML is copied wherever they appear ([Site.Head], [Site.Header], [Site.Footer],
// [Post.Card]).
// So they must not depend on the page around them. That is what keeps a site of
// 100,000 posts linear in time.
//
// Within a version fields and functions are only added, so a theme written for
// it goes on to work. [Contract] is the version; a theme that needs a newer one
// says so with {{contract 2}} at the top of its base.html, which is an error here.
//
// # Functions
//
//	contract N      an error unless this icecap knows version N
//	date LAYOUT D   a date in the form of Go's reference time, "" for no date
//	iso D           a date as RFC 3339 has it, for <time datetime> and metadata
//	plural N ONE MANY
//	                "1 post", "2 posts"
//	asset HOME NAME the path of an asset of the theme; an error if there is none
//
// # What a theme cannot do
//
// Templates are data, not programs: they read no file, no environment and no
// network. [Load] reads through an [io/fs.FS] that the caller has rooted; names
// with a symbolic link in them are not followed. A template that calls itself
// without end, or writes without end, is stopped (see [MaxOutput]).
package theme
