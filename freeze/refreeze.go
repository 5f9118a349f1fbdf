package freeze

import (
	"crypto/sha256"
	"encoding/hex"
	"hash/fnv"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"icecap/content"
)

// A recalled is what the previous release knows of a page.
type recalled struct {
	entry   content.Entry
	version version
	body    []byte // nil until it is read
}

// recall looks a node up in the previous release. It returns nil where a page of
// then says nothing about the page of now: it came from another source or another
// machine, was judged by other rules, or was a copy and is none any more.
func (w *worker) recall(n *node) *recalled {
	if n.path.IsZero() || n.damaged || !w.inScope(n) {
		return nil
	}
	entry, ok := w.previous.Entry(n.key())
	if !ok || entry.Source != w.crawler.Source || entry.Fallback != w.site.isCopy(n.path) {
		return nil
	}
	old := &recalled{entry: entry, version: parseVersion(entry.Version)}
	if old.version.rules != w.fingerprint || entry.Size > w.asker.wire.maxBody || !w.cameFromHere(entry.Origin) {
		return nil
	}
	return old
}

// cameFromHere compares hosts and not ports: an app that is started anew for each
// crawl listens somewhere else each time.
func (r *crawl) cameFromHere(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Scheme == r.site.crawled.scheme && u.Hostname() == hostname(r.site.crawled)
}

// response is the old page as an answer of now: the kept bytes under the headers
// of a 304, if there is one. A 304 has no body, so what it says of one does not count.
// It is nil if the bytes are not what they were.
func (w *worker) response(n *node, old *recalled, h http.Header) *Response {
	if old.body == nil {
		body, err := w.previous.Open(n.key())
		if err != nil {
			w.log.Warn("the kept page cannot be read", "url", n.url, "error", err)
			return nil
		}
		defer body.Close()
		old.body = make([]byte, old.entry.Size)
		if _, err = io.ReadFull(body, old.body); err != nil {
			return nil
		}
	}
	u, err := url.Parse(w.asker.origin + n.url)
	if err != nil {
		return nil
	}
	r := &Response{URL: u, Status: http.StatusOK, Header: http.Header{}, Body: old.body, kept: old}
	for name, values := range h {
		if !strings.HasPrefix(name, "Content-") || strings.HasPrefix(name, "Content-Security-") {
			r.Header[name] = values
		}
	}
	r.Header["Content-Type"] = []string{old.entry.MediaType}
	r.media, r.known = content.MediaFor(old.entry.MediaType)
	if strings.HasSuffix(u.Path, ".xml.gz") {
		r.unzipped = r.Body
	}
	return r
}

// unasked settles a node without a request, if that can be justified: the
// interrupted run had the page, or the sitemap vouches for it.
func (w *worker) unasked(n *node, old *recalled) bool {
	if w.previous.Done(n.key()) {
		r := w.response(n, old, nil)
		if r == nil {
			return false
		}
		w.first(n, r) // for its links: it was judged when it came
		return w.keep(n, r, forGood)
	}
	if !w.vouched(n, old) || n.seed.Load() || w.drawn(n) {
		return false
	}
	r := w.response(n, old, nil)
	if r == nil {
		return false
	}
	v := w.first(n, r)
	return v.Reason == "" && !w.doubts(n, r, v) && w.keep(n, r, bySitemap)
}

// vouched reports whether the sitemap says, to the second, what the page itself
// said of its last change. Only then does it speak of the page, and not of the
// record that the page is made from.
func (w *worker) vouched(n *node, old *recalled) bool {
	at := w.frontier.lastmod(n)
	return at != 0 && at == old.version.modified.Unix() && w.conditional(old) && w.frontier.trusts(bySitemap)
}

// drawn is true for one URL in five, others in each run: those are asked although
// the sitemap vouches for them, so that a sitemap that lies is found out.
func (w *worker) drawn(n *node) bool {
	h := fnv.New32a()
	io.WriteString(h, w.rules.Canary+n.url)
	return h.Sum32()%5 == 0
}

// conditional reports whether the app may answer that a page is unchanged.
func (w *worker) conditional(old *recalled) bool {
	return old != nil && !w.crawler.Full && !old.version.none() && w.frontier.trusts(byAnswer)
}

// unchanged settles a node that was answered with 304, if nothing speaks against
// it. A 304 can keep a page and never refuse it: whoever objects, to the old bytes
// or to the new headers, a full answer decides. disputed says that it was the
// second stranger, who got a full answer. The error ends the crawl.
func (w *worker) unchanged(n *node, old *recalled, h http.Header) (kept, disputed bool, err error) {
	tags := h[content.TagHeader]
	if !old.version.names(h) || len(tags) > 0 && !slices.Equal(content.ParseTags(tags), old.entry.Tags) {
		return false, false, nil
	}
	r := w.response(n, old, h)
	if r == nil {
		return false, false, nil
	}
	v := w.first(n, r)
	if w.doubts(n, r, v) {
		if v, err = w.again(n, r); err != nil {
			return false, false, err
		}
		disputed = v.Reason != ""
	}
	return v.Reason == "" && w.keep(n, r, byAnswer), disputed, nil
}

// keep notes that a page stays as it is, and follows its links.
func (w *worker) keep(n *node, r *Response, why reason) bool {
	covered := w.frontier.asset(n, r.Body)
	if !covered && !w.frontier.keep(n, why, fateOfPage(r)) {
		return false
	}
	w.follow(n, r)
	if w.wrong.equals(r, n.url) {
		w.census.addSoft(n)
	}
	if !covered {
		w.crawler.progress.kept.Add(1)
		w.crawler.progress.frozen.Add(1)
		w.crawler.progress.bytes.Add(int64(len(r.Body)))
	}
	return true
}

// found compares a full answer with what was said of it before. v is what the
// rules say of the answer alone.
func (w *worker) found(n *node, r *Response, old *recalled, v Verdict, disputed bool) {
	if old == nil || r.Status != http.StatusOK {
		return
	}
	sum := sha256.Sum256(r.Body)
	changed := hex.EncodeToString(sum[:]) != old.entry.SHA256
	switch {
	case disputed && (v.Reason != "" || changed && versionOf(r.Header, w.fingerprint).same(old.version)):
		w.distrust(n, byAnswer)
	case changed && w.vouched(n, old):
		w.distrust(n, bySitemap)
	}
}

// distrust has all pages asked again that were kept for a reason that proved wrong.
func (w *worker) distrust(n *node, why reason) {
	w.log.Warn("a page had changed, although it was said not to have", "url", n.url)
	pages := w.frontier.distrust(n, why)
	w.crawler.progress.kept.Add(-int64(pages))
	w.crawler.progress.frozen.Add(-int64(pages))
}

// standIn lets the last good copy of a page that fails now stay for a while. Its
// links are followed in any case: what lies behind it did not fail.
func (w *worker) standIn(n *node, old *recalled, v Verdict) bool {
	if old == nil {
		return false
	}
	r := w.response(n, old, nil)
	if r == nil {
		return false
	}
	stale := &content.Stale{Since: w.start, Reason: v.Reason, Detail: v.Detail}
	if before := old.entry.Stale; before != nil {
		stale.Since = before.Since
	}
	w.first(n, r)
	w.follow(n, r)
	if w.start.Sub(stale.Since) >= w.crawler.MaxStale {
		return false
	}
	w.frontier.asset(n, r.Body)
	w.frontier.keepStale(n, stale, fateOfPage(r))
	w.crawler.progress.failed.Add(1)
	w.log.Debug("failed, its last good copy stays", "url", n.url, "reason", v.Reason, "since", stale.Since)
	return true
}

// beside are the links in the headers of an answer, for the next crawl: a 304
// need not repeat them.
func (s *scan) beside() []string {
	if s.headed == 0 {
		return nil
	}
	links := make([]string, s.headed)
	for i, l := range s.links[:s.headed] {
		links[i] = strings.TrimSpace(linkWords[l.kind] + " " + string(l.raw))
	}
	return links
}

// readBeside is the opposite.
func (s *scan) readBeside(links []string) {
	for _, link := range links {
		kind, url := PageLink, link
		for k, word := range linkWords {
			if rest, ok := strings.CutPrefix(link, word+" "); ok && word != "" {
				kind, url = Kind(k), rest
			}
		}
		s.add([]byte(url), kind)
	}
}

// linkWords stand before a link that is not the usual one.
var linkWords = [...]string{PageLink: "", AssetLink: "asset", StyleLink: "style", HintLink: "hint"}
