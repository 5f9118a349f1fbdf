package freeze

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"net/http"
	"slices"
	"strings"

	"icecap/content"
)

// A gonePage is an answer that a page is missing, which may be frozen once for
// all URLs that get the very same.
type gonePage struct {
	code   int // 404 or 410
	sha256 [sha256.Size]byte
}

func isGone(status int) bool { return slices.Contains(content.StatusCodes(), status) }

// gone judges an answer that a page is missing, if a rule says that the gate may
// give it itself: as if it were a page, and always by two strangers. It is nil
// where the app is to answer. Its error ends the crawl.
func (w *worker) gone(n *node, r *Response) (*gonePage, error) {
	if n.variant() != "" || n.path.IsZero() || !isGone(r.Status) || !w.inScope(n) || !replays(w.site.gone, n.path.Decoded()) {
		return nil, nil
	}
	status := r.Status
	if !w.mayFreezeGone(r, nil) {
		return nil, nil
	}
	if w.stranger != nil {
		second, err := w.askStranger(n)
		var end ended
		if errors.As(err, &end) {
			return nil, end.error
		}
		if err != nil || second.Status != status || !w.mayFreezeGone(r, second) {
			return nil, nil
		}
	}
	return &gonePage{status, sha256.Sum256(r.Body)}, nil
}

// mayFreezeGone judges an answer as if its status were 200.
func (w *worker) mayFreezeGone(r, second *Response) bool {
	page := *r
	page.Status, page.public, page.found = http.StatusOK, false, nil
	if second != nil {
		other := *second
		other.Status = http.StatusOK
		second = &other
	}
	rules := w.rules
	rules.Public = false
	return Judge(&page, second, rules).Reason == "" && page.media.Ext == "html"
}

// freezeStatusPages gives the sink one page for each status: the one that most
// URLs get, fetched once more, for its bytes were not kept. What gets another
// stays with the app. It is called when the workers have ended.
func (w *worker) freezeStatusPages() error {
	w.frontier.pages = map[int]gonePage{}
	if w.site.prefix != "" || w.crawler.Only != nil {
		return nil // the pages of statuses are the whole site's
	}
	for _, code := range content.StatusCodes() {
		page, url := w.frontier.commonest(code)
		if url == "" {
			continue
		}
		answer, err := w.asker.ask(url, version{})
		if w.ctx.Err() != nil {
			return w.ctx.Err()
		}
		if err != nil || answer.Status != code || sha256.Sum256(answer.Body) != page.sha256 {
			continue // the app says something else by now
		}
		err = w.sink.Page(content.Page{
			Key: content.StatusKey(code), MediaType: first(answer.Header["Content-Type"]), Body: answer.Body, Fallback: true, Origin: w.asker.origin + url,
		})
		if err != nil {
			return &sinkError{err}
		}
		w.frontier.pages[code] = page
	}
	return nil
}

// commonest is the page of a status that most URLs get, and the first URL that
// gets it; "" if none does.
func (f *frontier) commonest(code int) (gonePage, string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	type group struct {
		page  gonePage
		url   string
		count int
	}
	groups := map[gonePage]*group{}
	for _, s := range f.skips {
		if s.gone == nil || s.gone.code != code {
			continue
		}
		g := groups[*s.gone]
		if g == nil {
			g = &group{page: *s.gone, url: s.node.url}
			groups[*s.gone] = g
		}
		g.url = min(g.url, s.node.url)
		g.count++
	}
	var best group
	for _, g := range groups {
		if cmp.Or(cmp.Compare(g.count, best.count), strings.Compare(best.url, g.url)) > 0 {
			best = *g
		}
	}
	return best.page, best.url
}
