// Package gotmpl runs the simple ones of the templates that a Hugo site has of its own:
// those of its shortcodes, with the partials they include, and content adapters. It
// knows no files, no network, no clock and no pages: what a template may ask for is
// given to it as an [Env].
//
// The language is that of Go (text/template), with the functions of Hugo 0.164 that
// depend on nothing but their arguments, by both of their names (strings.TrimPrefix,
// markdownify), and with the methods of [Page], [Site], [Short], [Resource] and
// [Store]. Values of the front matter and of the configuration are found whatever
// the case of their keys is. HTML is escaped by its context, as Hugo escapes it.
//
// A template that names something else is an [Unsupported] with its file, line and
// the name: a function when the template is read, a method when it is met. So nothing
// that a template says is left out silently.
//
// # Limits
//
// Whatever a template does, it ends: each call, each turn of a loop and each byte that
// is worked on costs something, and [MaxCost] is all there is for one run, a [Budget] all
// there is for those of a whole site. A text has at
// most [MaxText] bytes, a list at most [MaxList] items, the output [MaxOutput] bytes.
package gotmpl
