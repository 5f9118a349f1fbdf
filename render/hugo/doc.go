// Package hugo knows the folder of a Hugo site: it reads the configuration, and has
// Hugo's rules for URLs, heading ids, dates and cascades as functions of plain
// values. It knows nothing of pages. The rules are those of Hugo 0.164, from its
// documentation (gohugo.io) and from what the program does.
//
// What the configuration says is in [Config]; what it says and icecap does not
// follow is in [Config.Ignored], by name, so that nothing is left out silently.
// Configuration of themes and modules is not read, for of their layouts only the
// templates of shortcodes are used.
package hugo
