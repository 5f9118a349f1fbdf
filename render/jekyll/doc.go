// Package jekyll knows the folder of a Jekyll site: it reads _config.yml, and has
// Jekyll's rules for which file is what, for front matter defaults, titles, URLs,
// excerpts and heading ids as functions of plain values. It knows nothing of
// pages. The rules are those of Jekyll 4.3 with kramdown 2.4, as their
// documentation (jekyllrb.com, kramdown.gettalong.org) and their behaviour have
// them; package icecap/render/liquid runs the templates.
//
// # What is what
//
//	_config.yml or _config.toml         the configuration, see [Config]
//	_posts/2024-05-01-name.md           a post; also in blog/_posts, of category "blog"
//	_drafts/name.md                     a draft, dated by the file's time
//	about.md, blog/index.html           a page, if it has front matter; else copied
//	_recipes/soup.md                    a document of the collection "recipes"
//	_includes/note.html                 for the Liquid tag include
//	_data, _layouts, _sass, _plugins    no content
//
// Names that begin with ".", "_", "#" or "~" or end in "~" are left alone unless
// "include" lists them, and so is what "exclude" lists. If the configuration names a
// "source", all but the configuration and the Gemfile lies in that folder.
package jekyll
