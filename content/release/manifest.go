//go:build unix

package release

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"icecap/content"
)

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

// A writer writes a manifest a line at a time, and hashes it.
type writer struct {
	sum  hash.Hash
	out  *bufio.Writer
	line []byte
}

// newWriter begins a manifest with its header.
func newWriter(w io.Writer, h header) (*writer, error) {
	sum := sha256.New()
	m := &writer{sum: sum, out: bufio.NewWriterSize(io.MultiWriter(w, sum), 1<<18)}
	h.Format = 1
	return m, m.json(h)
}

func (w *writer) json(v any) error {
	enc := json.NewEncoder(w.out)
	enc.SetEscapeHTML(false) // people read it
	return enc.Encode(v)
}

// page writes the line of a page.
func (w *writer) page(p *page) error {
	w.line = appendPage(w.line[:0], p)
	return w.raw(w.line)
}

// raw writes a line as it stands in another manifest.
func (w *writer) raw(text []byte) error {
	_, err := w.out.Write(text)
	return err
}

// end writes what follows the pages, and returns the hash of the manifest.
func (w *writer) end(redirects []content.Redirect, skips []content.Skip) ([]byte, error) {
	for i := range redirects {
		if err := w.json(line{Redirect: &redirects[i]}); err != nil {
			return nil, err
		}
	}
	for i := range skips {
		if err := w.json(line{Skip: &skips[i]}); err != nil {
			return nil, err
		}
	}
	err := w.out.Flush()
	return w.sum.Sum(nil), err
}

// readManifest reads what a writer wrote and refuses everything else.
func readManifest(r io.Reader) (*manifest, []byte, error) {
	m := &manifest{}
	sum, err := scanManifest(r, &m.header, func(l *lineRead) error {
		switch {
		case l.redirect != nil:
			m.redirects = append(m.redirects, *l.redirect)
		case l.skip != nil:
			m.skips = append(m.skips, *l.skip)
		default:
			if m.pages == nil {
				m.pages = make([]page, 0, min(max(m.Pages, 0), 1<<20))
			}
			m.pages = append(m.pages, l.page)
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return m, sum, nil
}

// A lineRead is a line behind the header: a redirect, a skip or a page. It is
// valid until the next one is read.
type lineRead struct {
	page     page
	file     string // of the page
	redirect *content.Redirect
	skip     *content.Skip
	text     []byte // with its end
	at       int64  // where the line begins, in bytes
}

var errCut = errors.New("the manifest is cut short")

// scanManifest reads a manifest a line at a time, holds each to all that a writer
// promises, and returns the manifest's hash. An error of take ends it.
func scanManifest(r io.Reader, h *header, take func(*lineRead) error) ([]byte, error) {
	sum := sha256.New()
	lines := newLines(io.TeeReader(r, sum))
	s := scanner{names: newNames()}
	var l lineRead
	for n := 1; ; n++ {
		text, err := lines.next()
		if err == io.EOF {
			break
		}
		if err == nil && n == 1 {
			*h, err = parseHeader(text)
		} else if err == nil {
			err = s.read(text, &l)
			l.at = lines.at - int64(len(text))
		}
		if err != nil {
			return nil, fmt.Errorf("line %d of the manifest: %w", n, err)
		}
		if n == 1 {
			continue
		}
		if err := take(&l); err != nil {
			return nil, err
		}
	}
	if h.Format == 0 || h.Pages != s.pages || h.Redirects != s.redirects || h.Skips != s.skips {
		return nil, errCut
	}
	return sum.Sum(nil), nil
}

// A lines reads lines of any length.
type lines struct {
	buffered *bufio.Reader
	long     []byte // for lines that the buffer does not hold
	at       int64  // bytes read
}

func newLines(r io.Reader) *lines { return &lines{buffered: bufio.NewReaderSize(r, 1<<18)} }

// next returns a line with its end, which is valid until the next call.
func (l *lines) next() ([]byte, error) {
	text, err := l.buffered.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		l.long = append(l.long[:0], text...)
		for err == bufio.ErrBufferFull {
			text, err = l.buffered.ReadSlice('\n')
			l.long = append(l.long, text...)
		}
		text = l.long
	}
	l.at += int64(len(text))
	if err == io.EOF && len(text) > 0 {
		err = errors.New("has no end of line")
	}
	return text, err
}

// A scanner reads the lines behind a header.
type scanner struct {
	names                   *names
	pages, redirects, skips int
	last                    content.Key
}

// read reads one line.
func (s *scanner) read(text []byte, l *lineRead) (err error) {
	l.text, l.redirect, l.skip = text, nil, nil
	var fast bool
	if l.page, l.file, fast = parsePage(text, s.names); !fast {
		if err := s.readJSON(text, l); err != nil || l.redirect != nil || l.skip != nil {
			return err
		}
		l.file = l.page.file()
	}
	if s.pages > 0 && s.last.Compare(l.page.key) >= 0 {
		return fmt.Errorf("page %s is not in its place", l.page.key.URL())
	}
	s.last = l.page.key
	s.pages++
	return nil
}

// readJSON is read for all but plain lines of pages.
func (s *scanner) readJSON(text []byte, l *lineRead) error {
	var in line
	if err := decode(text, &in); err != nil {
		return err
	}
	switch {
	case in.Page != nil && in.Redirect == nil && in.Skip == nil:
		p, err := pageOf(in.Page)
		if err != nil {
			return err
		}
		p.media, p.source = s.names.intern([]byte(p.media)), s.names.intern([]byte(p.source))
		l.page = p
	case in.Redirect != nil && in.Page == nil && in.Skip == nil:
		if err := checkRedirect(*in.Redirect); err != nil {
			return err
		}
		l.redirect = in.Redirect
		s.redirects++
	case in.Skip != nil && in.Page == nil && in.Redirect == nil:
		l.skip = in.Skip
		s.skips++
	default:
		return errors.New("is neither a page nor a redirect nor a skip")
	}
	return nil
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

// IsID reports whether a text has the form of a release's ID.
func IsID(text string) bool {
	_, ok := parseID(text)
	return ok
}

// compareIDs orders releases by age.
func compareIDs(a, b string) int {
	first, _ := parseID(a)
	second, _ := parseID(b)
	return cmp.Or(cmp.Compare(first, second), strings.Compare(a, b))
}
