package theme

import (
	"html/template"
	"time"
)

// A Shortcode is what the template of a shortcode gets.
type Shortcode struct {
	Site  *Site
	Name  string
	Args  []string          // by position
	Named map[string]string // by name
	Inner template.HTML     // between the opening and the closing tag, as HTML
	Text  string            // the same as it was written
	Count int               // how many shortcodes came before it on this page
	Image *Image            // of figure: its argument src, or nil
	Post  ShortcodePost
	// Inline are the arguments caption, attr and summary as HTML, for their writers
	// use Markdown in them.
	Inline map[string]template.HTML
}

// A ShortcodePost is what is known of a post before its body is made.
type ShortcodePost struct {
	Title     string
	URL       string // path
	Permalink string // absolute
	Date      time.Time
	Params    map[string]any
}

// Data is that of the site.
func (s Shortcode) Data() map[string]any { return s.Site.Data }

// Get is an argument, "" if there is none: {{.Get "src"}} by name, {{.Get 0}} by
// position, {{.Get "src" 0}} by name, else by position.
func (s Shortcode) Get(key any, position ...int) string {
	at := -1
	switch key := key.(type) {
	case string:
		if value, ok := s.Named[key]; ok {
			return value
		}
	case int:
		at = key
	}
	if len(position) > 0 {
		at = position[0]
	}
	if at >= 0 && at < len(s.Args) {
		return s.Args[at]
	}
	return ""
}

// What follows are Hugo's names of the same, so that the simpler ones of its shortcodes
// need no change.

// Ordinal is Count.
func (s Shortcode) Ordinal() int { return s.Count }

// IsNamedParams tells arguments by name from those by position.
func (s Shortcode) IsNamedParams() bool { return len(s.Named) > 0 }

// Params are the arguments: a table if they have names, else a list.
func (s Shortcode) Params() any {
	if s.IsNamedParams() {
		return s.Named
	}
	return s.Args
}

// Page is Post.
func (s Shortcode) Page() ShortcodePost { return s.Post }

// RelPermalink is URL.
func (p ShortcodePost) RelPermalink() string { return p.URL }
