// Package feed writes the latest texts of a list in the forms that feed readers know:
// RSS 2.0 with whole texts, Atom (RFC 4287) and JSON Feed 1.1. It knows no site: all
// addresses that it gets are absolute, and the texts are HTML that is ready.
//
// There is no clock in it, so the same feed has the same bytes: a feed changed when its
// newest item did, and Atom, which must have dates, has one of the year 2000 for what
// has none.
package feed

import (
	"encoding/xml"
	"strings"
	"time"
)

// Media types of the forms, as links to them name them. JSON is published as
// application/json.
const (
	RSSType  = "application/rss+xml"
	AtomType = "application/atom+xml"
	JSONType = "application/feed+json"
)

// A Feed is a list of texts, the first ones first.
type Feed struct {
	Title       string
	Description string
	Language    string // of BCP 47
	Author      string // of the site; "" for none
	Site        string // its name, which stands for an author in Atom, where one has to be
	Home        string // address of the list
	Self        string // address of the feed
	Items       []Item
}

// An Item is a text of a feed.
type Item struct {
	Title     string
	URL       string
	ID        string // in Atom; "" for the URL
	HTML      string // the whole text; "" where only the summary is told
	Summary   string
	Authors   []string
	Tags      []string
	Published time.Time // zero for none
	Modified  time.Time
}

// modified is when the feed changed; zero without items.
func (f *Feed) modified() (t time.Time) {
	for _, item := range f.Items {
		if item.Modified.After(t) {
			t = item.Modified
		}
	}
	return t
}

// text escapes a text, and replaces what XML 1.0 cannot hold.
func text(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}
