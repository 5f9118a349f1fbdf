//go:build unix

package release

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"icecap/content"
)

// A page is a content.Entry in a third of the space, because a stage holds one
// for every page of the old site and of the new.
type page struct {
	key      content.Key
	sum      [sha256.Size]byte
	size     int64
	modified int64 // Unix seconds
	media    string
	source   string
	version  string
	origin   string
	cookies  string // names, joined by a sign that none can hold
	carried  int
}

// cookieSeparator ends a pair in Set-Cookie (RFC 6265), so no name holds it.
const cookieSeparator = ";"

func (p *page) entry() content.Entry {
	var cookies []string
	if p.cookies != "" {
		cookies = strings.Split(p.cookies, cookieSeparator)
	}
	return content.Entry{
		Cookies: cookies,
		Key:     p.key, MediaType: p.media, Size: p.size, SHA256: hex.EncodeToString(p.sum[:]),
		Modified: time.Unix(p.modified, 0).UTC(), Source: p.source, Version: p.version,
		Origin: p.origin, Carried: p.carried,
	}
}

// file is the page's name below the folder of pages. It was checked when the
// page was made.
func (p *page) file() string {
	name, err := p.key.File(p.media)
	if err != nil {
		panic(err)
	}
	return name
}

// pageOf is the opposite of entry.
func pageOf(e *content.Entry) (page, error) {
	p := page{
		key: e.Key, size: e.Size, modified: e.Modified.Unix(), media: e.MediaType, source: e.Source,
		version: e.Version, origin: e.Origin, carried: e.Carried, cookies: strings.Join(e.Cookies, cookieSeparator),
	}
	if _, err := e.Key.File(e.MediaType); err != nil {
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
	if e.Size < 0 || e.Carried < 0 || !validTime(p.modified) || !e.Modified.Equal(time.Unix(p.modified, 0)) {
		return p, fmt.Errorf("page %s has a number out of range", e.Key.URL())
	}
	return p, nil
}

// validTime bounds times to years of four digits, which RFC 3339 can write.
func validTime(unix int64) bool { return 0 <= unix && unix < 1<<37 }

// A manifest is what manifest.jsonl holds.
type manifest struct {
	header
	pages     []page // strictly ascending by key
	redirects []content.Redirect
	skips     []content.Skip
}

// A header is the first line of a manifest. The counts show a cut file to
// people; the release's name shows it to us.
type header struct {
	Format    int       `json:"icecap"` // version of the format: 1
	Clock     int64     `json:"clock"`  // Unix seconds; see the package comment
	Created   time.Time `json:"created"`
	Pages     int       `json:"pages"`
	Redirects int       `json:"redirects"`
	Skips     int       `json:"skips"`
}

// A line is any other line; exactly one of the three is set.
type line struct {
	Page     *content.Entry    `json:"page,omitempty"`
	Redirect *content.Redirect `json:"redirect,omitempty"`
	Skip     *content.Skip     `json:"skip,omitempty"`
}

// site is the manifest as a tree.
func (m *manifest) site(id string) content.Site {
	site := content.Site{
		ID: id, Created: m.Created, Complete: true,
		Entries: make([]content.Entry, len(m.pages)), Redirects: m.redirects, Skips: m.skips,
	}
	for i := range m.pages {
		site.Entries[i] = m.pages[i].entry()
	}
	return site
}

// sortRest gives redirects and skips their order in a manifest.
func sortRest(redirects []content.Redirect, skips []content.Skip) {
	slices.SortFunc(redirects, func(a, b content.Redirect) int {
		return strings.Compare(a.From.Decoded(), b.From.Decoded())
	})
	slices.SortFunc(skips, compareSkips)
}

func compareSkips(a, b content.Skip) int {
	return cmp.Or(strings.Compare(a.URL, b.URL), strings.Compare(a.Source, b.Source),
		strings.Compare(a.Reason, b.Reason), strings.Compare(a.Detail, b.Detail), strings.Compare(a.From, b.From))
}

// writeManifest writes sorted content, and returns the hash of what it wrote.
func writeManifest(w io.Writer, h header, pages []*page, redirects []content.Redirect, skips []content.Skip) ([]byte, error) {
	h.Format, h.Pages, h.Redirects, h.Skips = 1, len(pages), len(redirects), len(skips)
	sum := sha256.New()
	buffered := bufio.NewWriterSize(io.MultiWriter(w, sum), 1<<16)
	enc := json.NewEncoder(buffered)
	enc.SetEscapeHTML(false) // people read it
	err := enc.Encode(h)
	for _, p := range pages {
		if err != nil {
			return nil, err
		}
		entry := p.entry()
		err = enc.Encode(line{Page: &entry})
	}
	for i := range redirects {
		if err != nil {
			return nil, err
		}
		err = enc.Encode(line{Redirect: &redirects[i]})
	}
	for i := range skips {
		if err != nil {
			return nil, err
		}
		err = enc.Encode(line{Skip: &skips[i]})
	}
	if err == nil {
		err = buffered.Flush()
	}
	return sum.Sum(nil), err
}

// readManifest reads what writeManifest wrote and refuses everything else.
func readManifest(r io.Reader) (*manifest, []byte, error) {
	sum := sha256.New()
	lines := bufio.NewReaderSize(io.TeeReader(r, sum), 1<<16)
	m := &manifest{}
	known := map[string]string{} // the few media types and sources, each kept once
	for n := 1; ; n++ {
		text, err := lines.ReadBytes('\n')
		if err == io.EOF && len(text) == 0 {
			break
		}
		if err == io.EOF {
			err = errors.New("has no end of line")
		}
		if err == nil && n == 1 {
			m.header, err = parseHeader(text)
			m.pages = make([]page, 0, min(max(m.Pages, 0), 1<<20))
		} else if err == nil {
			err = m.add(text, known)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("line %d of the manifest: %w", n, err)
		}
	}
	if m.Format == 0 || m.Pages != len(m.pages) || m.Redirects != len(m.redirects) || m.Skips != len(m.skips) {
		return nil, nil, errors.New("the manifest is cut short")
	}
	return m, sum.Sum(nil), nil
}

func parseHeader(text []byte) (header, error) {
	var h header
	if err := decode(text, &h); err != nil {
		return header{}, err
	}
	if h.Format != 1 {
		return header{}, fmt.Errorf("has format %d; this icecap reads format 1", h.Format)
	}
	if !validTime(h.Clock) {
		return header{}, fmt.Errorf("has the clock %d, which is out of range", h.Clock)
	}
	return h, nil
}

// add takes one line in.
func (m *manifest) add(text []byte, known map[string]string) error {
	var l line
	if err := decode(text, &l); err != nil {
		return err
	}
	switch {
	case l.Page != nil && l.Redirect == nil && l.Skip == nil:
		p, err := pageOf(l.Page)
		if err != nil {
			return err
		}
		if last := len(m.pages) - 1; last >= 0 && m.pages[last].key.Compare(p.key) >= 0 {
			return fmt.Errorf("page %s is not in its place", p.key.URL())
		}
		p.media, p.source = intern(known, p.media), intern(known, p.source)
		m.pages = append(m.pages, p)
	case l.Redirect != nil && l.Page == nil && l.Skip == nil:
		if err := checkRedirect(*l.Redirect); err != nil {
			return err
		}
		m.redirects = append(m.redirects, *l.Redirect)
	case l.Skip != nil && l.Page == nil && l.Redirect == nil:
		m.skips = append(m.skips, *l.Skip)
	default:
		return errors.New("is neither a page nor a redirect nor a skip")
	}
	return nil
}

func decode(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if rest := bytes.TrimSpace(text[d.InputOffset():]); len(rest) > 0 {
		return fmt.Errorf("has %q after its end", rest[:min(len(rest), 20)])
	}
	return nil
}

func intern(known map[string]string, s string) string {
	if kept, ok := known[s]; ok {
		return kept
	}
	known[s] = s
	return s
}

var idPattern = regexp.MustCompile(`^([0-9]{6,12})-[0-9a-f]{8}$`)

// newID names a release by its number and its manifest's hash.
func newID(number int64, sum []byte) string { return fmt.Sprintf("%06d-%x", number, sum[:4]) }

// parseID returns the number of a release.
func parseID(id string) (number int64, ok bool) {
	m := idPattern.FindStringSubmatch(id)
	if m == nil {
		return 0, false
	}
	number, err := strconv.ParseInt(m[1], 10, 64)
	return number, err == nil
}

// compareIDs orders releases by age.
func compareIDs(a, b string) int {
	first, _ := parseID(a)
	second, _ := parseID(b)
	return cmp.Or(cmp.Compare(first, second), strings.Compare(a, b))
}
