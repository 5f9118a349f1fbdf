package freeze

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// A Soft404 says that the app answers 200 OK to a URL that cannot exist.
type Soft404 struct {
	Pages int    // frozen HTML pages that are the same as that answer
	Of    int    // frozen HTML pages
	First string // of those pages in the order of strings; empty for none
}

// A SoftError is a crawl of an app that answers many URLs with what it answers to
// one that cannot exist: it may be in maintenance. The crawl is complete, and
// nothing should be published from it.
type SoftError struct{ Soft404 }

func (e *SoftError) Error() string {
	return fmt.Sprintf("check the crawl: %d of %d HTML pages are what the app answers to a URL that cannot exist, such as %s", e.Pages, e.Of, e.First)
}

// Hint says how to mend it.
func (e *SoftError) Hint() string {
	return "is the app in maintenance? if its pages are one and the same until a script runs: --allow-same"
}

// Where so many pages are the answer to a wrong URL, they are no pages. A home
// page alone may be: a site of one page is often shown at every URL.
const (
	softPages   = 5
	softPercent = 10
)

// many reports whether they are too many to be broken links.
func (s *Soft404) many() bool {
	return s.Pages >= softPages && s.Pages*100 >= s.Of*softPercent
}

// A wrong is the answer to a URL that cannot exist, where it is 200 OK.
type wrong struct{ sum [sha256.Size]byte }

// askWrong asks for a URL that cannot exist, before the first page. Its error
// ends the crawl.
func (w *worker) askWrong() error {
	above := w.site.prefix[:strings.LastIndexByte(w.site.prefix, '/')+1]
	if above == "" {
		above = "/"
	}
	path := (&url.URL{Path: above + newCanary()}).EscapedPath()
	if w.site.robots.forbids(path) != "" {
		return nil
	}
	r, err := w.ask(w.asker, path, version{})
	end := endOf(err)
	switch {
	case end != nil:
		return end
	case err != nil || r.Status != http.StatusOK:
		return nil
	}
	if r.readMedia(); r.media.Ext == "html" {
		w.wrong = &wrong{sumWithout(r.Body, path)}
	}
	return nil
}

// equals reports whether a page is the same answer, but for its own path.
func (x *wrong) equals(r *Response, path string) bool {
	return x != nil && r.media.Ext == "html" && sumWithout(r.Body, path) == x.sum
}

// sumWithout is the hash of a body in which no path stands.
func sumWithout(body []byte, path string) [sha256.Size]byte {
	if path != "/" {
		body = bytes.ReplaceAll(body, []byte(path), nil)
	}
	return sha256.Sum256(body)
}

// soft404 joins what the workers saw; nil where the app knows what it has not.
func (r *crawl) soft404() *Soft404 {
	if r.wrong == nil {
		return nil
	}
	s := &Soft404{}
	for _, w := range r.workers {
		s.Of += w.census.html
		s.Pages += w.census.soft
		if first := w.census.softFirst; first != "" && (s.First == "" || first < s.First) {
			s.First = first
		}
	}
	return s
}
