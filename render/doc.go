// Package render is a source: it turns a folder of Markdown into the pages of a
// site. It reads nothing but an [io/fs.FS], so it cannot leave the folder, and it
// knows no releases and no NGINX: its pages go to a [content.Sink] like those of
// a crawl.
//
// # From a folder to a site
//
// No configuration is needed. Every .md or .markdown file is a page:
//
//	about.md                    /about/
//	posts/2024-05-01-hello.md   /posts/hello/     a post of 1 May 2024
//	posts/trip/index.md         /posts/trip/      a bundle: the files beside it are
//	posts/trip/map.png          /posts/trip/map.png   published below its URL
//	posts/_index.md             /posts/           title and text of the section's list
//	index.md or _index.md       /                 title and text of the front page
//	static/robots.txt           /robots.txt       copied as it is
//	theme/                      the site's own templates, see package theme
//	_data/talks.yaml            data for them; below data, if the texts are in content
//
// A folder with a configuration of Hugo or Jekyll keeps the rules of its tool, for
// where things lie, what is published and under which URL: packages
// [icecap/render/hugo] and [icecap/render/jekyll] know them, and what follows counts
// as far as they say nothing else. Of any other folder that holds a folder "content", content, static and
// theme are looked for in it, and layouts, themes, archetypes and the like are
// left alone. Names that begin with a dot or an underscore are left alone, but for
// _index.md; so are README.md at the top and what is in [Folder.Ignore]. Symbolic
// links are never followed: each is a warning.
//
// The front matter (YAML between ---, TOML between +++, or a JSON object) may say
// more; where it is silent, the title is the first heading as a reader sees it, else the file's name,
// and the date is at the beginning of the file's name. A page with a date is a
// post, unless its type is "page". Posts are listed, the newest first, on the
// front page, in their section, and under their tags, categories and series:
//
//	/  /page/2/              the posts, [Settings.PageSize] at a time
//	/posts/                  those of a top folder
//	/tags/  /tags/go/        likewise /categories/ and /series/
//	/archive/  /2024/  /2024/05/
//	/index.xml /atom.xml /feed.json     RSS, Atom, JSON Feed; also of each tag
//	/search/                 a page that searches, with the index that package search describes
//	/sitemap.xml  /robots.txt  /404.html
//
// Below a post stand at most five posts that share tags with it: the weight of a
// tag is its inverse document frequency, of equal posts the nearest in time comes
// first, and of each tag no more than 16 posts on either side are looked at.
//
// The search page finds every published page but those that say "search: false" or
// "noindex: true". A plain page of the folder with the path /search/ becomes the search
// page; any other post or file with that path means that there is none.
//
// A site of Hugo in several languages has all of this for each, with the language's words,
// menus and title: the default one at the top, the others below /de/ and so on; /sitemap.xml
// then lists the sitemaps of each.
//
// With a prefix such as /blog/ all of this lies below it, without robots.txt and
// 404.html, which are the app's then.
//
// Markdown is CommonMark with GitHub's tables, tasks, strikethrough, bare links and
// alerts, footnotes, definition lists, typographic quotes, emoji, and attributes
// ({.class #id}) of headings and blocks. Links name files or paths, and always come
// out as paths; page.html is the text page.md beside it. A block of the language math is a formula in TeX, one of the language
// mermaid a diagram; see [MathMarks] for formulas in a line. In a vault of Obsidian (see [Settings.Wikilinks]) [[Page]] is a link, too:
// to the text or file of that name, path, title or alias, and ![[Page]] is that text, or a
// part of it, in the page; #tag is a tag of the text; comments (%%…%%) are left out there. The title is a heading
// of the first level there, else the file's name. What other tools write, such as "!!! note"
// and {{#include file}}, is built, or left out with a warning: see the README's table. HTML is left out, but for the ids that links lead to, unless
// [Settings.RawHTML] or "html: true" lets it through. Shortcodes have Hugo's syntax:
// highlight, ref, relref and param are in this package, all others are templates of
// the theme, or of the layouts of a Hugo site, which package [icecap/render/gotmpl] runs.
// Texts of Org (.org) in such a site become the same nodes as Markdown, and content
// adapters (_content.gotmpl) add texts to those of the folder.
//
// # Pictures
//
// An image file is published under its own name (that ends in lower case, for DSC1.JPG
// is nothing that the gate knows; a redirect leads from there), without what it says of where and
// when it was taken ([Settings.Originals] leaves it in). Of JPEG, PNG and WebP files
// that texts show with ![]() or the shortcode figure, smaller forms are published, too,
// as WebP: dune-800w.h0123456789a.webp beside dune.jpg, the fingerprint being that of
// the picture. A page names them in srcset, its feeds do not. Which forms there are is
// decided by the file's head alone ([picture.Widths]), before any is made, so that a
// preview can show the page at once and make a form when a browser asks for it; that a
// form has fewer bytes than the file and than a wider form is seen to when it is made. A
// build makes them when it meets the picture. What was made is in
// the [FormStore] by what it was made of. A file that cannot be decoded is a warning at
// the text's line, and published alone.
//
// # What is published when
//
// Drafts, posts with a future date and expired ones are left out, unless asked
// for. [Blog.Next] is the next moment at which the site changes by itself. What
// is no longer in the folder is no longer in the site. A page whose URL changed
// leaves a redirect: the release remembers the file that a page came from, so the
// same file under another URL is the same page, moved.
//
// # Right by construction
//
// These end a build, each as a [Problem] with file, line and the line's text, all
// of them at once: two files with one URL; a link to a file, page or heading of
// this site that is not there; an unknown shortcode; a date, a number or a list
// that is none; an error in a template. See [Problem] for what is only a warning.
// The same files give the same bytes: there is no clock, no order of a map and no
// name of a machine in them.
//
// # Only what changed
//
// The version of a page is a digest of all that went into it: its file, its
// neighbours' titles, the theme, the settings, icecap itself. A page whose version
// is that of the previous release is kept, not rendered. What lists must know of a
// post (title, summary, links, headings) is in the [Cache], by the digest of its
// file and of where its links lead, so that an unchanged file is read and hashed but
// not parsed. Of the search index it has the versions, to which only texts that changed are
// added. The digest of everything is the version of the sitemap: if that is unchanged, nothing is done.
package render
