//go:build unix

package release

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"icecap/content"
)

// A page is a content.Entry in a third of the space, because a stage holds one
// for every page that it was given.
type page struct {
	key      content.Key
	sum      [sha256.Size]byte
	size     int64
	gzip     int64 // bytes of the file beside it, 0 if there is none
	brotli   int64
	modified int64 // Unix seconds
	media    string
	source   string
	version  string
	origin   string // without the page's own URL at its end, where short is set
	cookies  string // names, joined by a sign that none can hold
	carried  int
	short    bool
	fallback bool // a copy for when the app fails
	hot      bool // compressed as well as can be
	kept     bool // of a stage: the file is that of the previous release
	keptLine bool // and so is its line in the manifest
	more     *more
}

// A more is what few pages have.
type more struct {
	tags  string // joined, like cookies
	links string // joined by a sign that none can hold
	stale *content.Stale
}

// linkSeparator is in no link: a control byte is no part of a URL.
const linkSeparator = "\n"

// moreOf is nil where there is nothing.
func moreOf(tags, links []string, stale *content.Stale) *more {
	if len(tags) == 0 && len(links) == 0 && stale == nil {
		return nil
	}
	return &more{strings.Join(tags, cookieSeparator), strings.Join(links, linkSeparator), stale}
}

// aged is the same with another word on its age.
func (m *more) aged(stale *content.Stale) *more {
	if m == nil && stale == nil {
		return nil
	}
	if m == nil {
		return &more{stale: stale}
	}
	return &more{m.tags, m.links, stale}
}

// unjoin is the opposite of a join, but that nothing is nil.
func unjoin(s, separator string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, separator)
}

// from is the origin.
func (p *page) from() string {
	if p.short {
		return p.origin + p.key.URL()
	}
	return p.origin
}

// same reports whether two pages have the same bytes, answered in the same way.
func (p *page) same(other *page) bool {
	return p.media == other.media && p.sum == other.sum && p.size == other.size && p.fallback == other.fallback
}

// cookieSeparator ends a pair in Set-Cookie (RFC 6265), so no name holds it.
const cookieSeparator = ";"

func (p *page) entry() content.Entry {
	e := content.Entry{
		Cookies: unjoin(p.cookies, cookieSeparator),
		Key:     p.key, MediaType: p.media, Fallback: p.fallback, Hot: p.hot, Size: p.size, Gzip: p.gzip, Brotli: p.brotli, SHA256: hex.EncodeToString(p.sum[:]),
		Modified: time.Unix(p.modified, 0).UTC(), Source: p.source, Version: p.version,
		Origin: p.from(), Carried: p.carried,
	}
	if p.more != nil {
		e.Tags, e.Links, e.Stale = unjoin(p.more.tags, cookieSeparator), unjoin(p.more.links, linkSeparator), p.more.stale
	}
	return e
}

// file is the page's name below the folder of pages. It was checked when the
// page was made.
func (p *page) file() string {
	name, err := fileOf(p.key, p.media, p.fallback)
	if err != nil {
		panic(err)
	}
	return name
}

// fileOf is the one place that tells the file of a copy from that of a page.
func fileOf(key content.Key, media string, fallback bool) (string, error) {
	if fallback {
		return key.FallbackFile(media)
	}
	return key.File(media)
}

// pageOf is the opposite of entry.
func pageOf(e *content.Entry) (page, error) {
	p := page{
		key: e.Key, size: e.Size, modified: e.Modified.Unix(), media: e.MediaType, source: e.Source,
		fallback: e.Fallback, hot: e.Hot, gzip: e.Gzip, brotli: e.Brotli,
		version: e.Version, origin: e.Origin, carried: e.Carried, cookies: strings.Join(e.Cookies, cookieSeparator),
		more: moreOf(e.Tags, e.Links, e.Stale),
	}
	if _, err := fileOf(e.Key, e.MediaType, e.Fallback); err != nil {
		return p, err
	}
	if m, _ := content.MediaFor(e.MediaType); m.Type != e.MediaType {
		return p, fmt.Errorf("page %s has the media type %q, which is no canonical name", e.Key.URL(), e.MediaType)
	}
	if len(e.SHA256) != 2*len(p.sum) {
		return p, fmt.Errorf("page %s has no SHA-256", e.Key.URL())
	}
	if _, err := hex.Decode(p.sum[:], []byte(e.SHA256)); err != nil {
		return p, fmt.Errorf("page %s has no SHA-256: %w", e.Key.URL(), err)
	}
	if e.Size < 0 || e.Gzip < 0 || e.Brotli < 0 || e.Carried < 0 || !validTime(p.modified) || !e.Modified.Equal(time.Unix(p.modified, 0)) {
		return p, fmt.Errorf("page %s has a number out of range", e.Key.URL())
	}
	return p, nil
}
