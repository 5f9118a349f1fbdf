package freeze

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"icecap/content"
)

// A crawl is one run of a Crawler: what its workers share.
type crawl struct {
	crawler   *Crawler
	site      *site
	frontier  *frontier
	sink      content.Sink
	address   string // to which all connections go
	transport *http.Transport
	second    *http.Transport // of the second stranger, who shares no connection with the first
	header    http.Header
	rules     Rules

	previous    content.Previous
	fingerprint string    // of what pages are judged by
	start       time.Time // in whole seconds

	log *slog.Logger

	idle     context.Context // for waiting, not for requests: it ends when the frontier is stopped
	rate     pacer
	governor *governor
	patience patience
	received atomic.Int64 // bytes of bodies
	wrong    *wrong       // nil where the app answers a wrong URL as it should

	mu       sync.Mutex
	answered bool  // the app gave at least one answer
	silent   int   // requests without a useful answer since the last one with
	last     error // of a request without a useful answer
	workers  []*worker
}

func newCrawl(c *Crawler, s *site, sink content.Sink, address string) *crawl {
	r := &crawl{
		crawler: c, site: s, sink: sink, address: address,
		transport: newTransport(address, cmp.Or(c.Workers, defaultWorkers)),
		second:    newTransport(address, cmp.Or(c.Workers, defaultWorkers)),
		header:    c.requestHeader(s),
		rules:     Rules{Headers: c.Headers, Mask: s.mask, Canary: newCanary()},
		log:       c.Log,
		governor:  newGovernor(cmp.Or(c.Workers, defaultWorkers)),

		fingerprint: c.fingerprint(s),
		start:       time.Now().UTC().Truncate(time.Second),
	}
	if c.Rate > 0 {
		r.rate.interval = time.Duration(float64(time.Second) / c.Rate)
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	if s.public != s.crawled {
		r.rules.Leaks = leaks(s)
	}
	return r
}

// leaks are the spellings of the private address. Without a port it is looked
// for only where a scheme stands before it, because a bare name may be a word.
func leaks(s *site) []string {
	address := s.crawled.host
	if !strings.Contains(address, ":") {
		address = s.crawled.scheme + "://" + address
	}
	escaped := url.QueryEscape(address)
	spellings := []string{address}
	if escaped != address {
		spellings = append(spellings, escaped, strings.ToLower(escaped))
	}
	return spellings
}

// A worker fetches one page after the other. Its buffers are used again for
// each page.
type worker struct {
	*crawl
	ctx      context.Context
	asker    *asker
	stranger *asker // the second; nil where nobody doubts
	scan     scan
	census   census
	slowest  ranking
	lasted   time.Duration // the last request
}

func (r *crawl) newWorker(ctx context.Context) {
	w := &worker{
		crawl: r, ctx: ctx, stranger: r.newStranger(ctx),
		asker: newAsker(ctx, r.newWire(r.transport), r.site.crawled.String(), r.header),
	}
	r.workers = append(r.workers, w)
}

func (r *crawl) newWire(t *http.Transport) *exact {
	return &exact{
		next:    t,
		timeout: cmp.Or(r.crawler.Timeout, defaultTimeout),
		maxBody: cmp.Or(r.crawler.MaxBody, defaultMaxBody),
		gone:    len(r.crawler.Gone) > 0,
	}
}

// run works until nothing is left or the crawl is stopped.
func (w *worker) run() {
	for n := w.frontier.take(); n != nil; n = w.frontier.take() {
		w.governor.enter(w.idle)
		if err := w.visit(n); err != nil {
			w.frontier.stop(err)
		}
		w.governor.leave()
		w.frontier.done(n)
		w.crawler.progress.queued.Store(int64(w.frontier.left()))
	}
}

// visit settles one node, by a request if need be. Its error ends the crawl.
func (w *worker) visit(n *node) error {
	old := w.recall(n)
	if old != nil && w.unasked(n, old) {
		return nil
	}
	known := version{}
	if w.conditional(old) {
		known = old.version
	}
	r, err := w.fetch(n, known)
	disputed := false
	if err == nil && r.Status == http.StatusNotModified && !known.none() {
		var kept bool
		if kept, disputed, err = w.unchanged(n, old, r.Header); kept || err != nil {
			return err
		}
		r, err = w.fetch(n, version{})
	}
	if end := endOf(err); end != nil {
		return end
	}
	if err != nil {
		w.fail(n, old, skip{node: n, verdict: verdictOf(err)})
		return nil
	}
	return w.settle(n, r, old, disputed)
}

// fetch asks for a page. An [ended] error ends the crawl.
func (w *worker) fetch(n *node, known version) (*Response, error) {
	r, err := w.ask(w.asker, n.url, known)
	if endOf(err) == nil {
		w.slowest = w.slowest.add(Timed{n.url, w.lasted})
		w.governor.took(w.lasted)
	}
	return r, err
}

// settle hands an answer on. disputed says that the app called the page unchanged
// before, and the second stranger got something else.
func (w *worker) settle(n *node, r *Response, old *recalled, disputed bool) error {
	v := w.first(n, r)
	if v.Reason != Debug {
		w.follow(n, r)
	}
	w.found(n, r, old, v, disputed)
	var err error
	if w.doubts(n, r, v) {
		if v, err = w.again(n, r); err != nil {
			return err
		}
	}
	if v.Reason == "" && w.inScope(n) {
		return w.freeze(n, r)
	}
	s := skip{node: n, verdict: v, cookies: cookieNames(r.Header)}
	if v.Reason == Redirect {
		s.target = w.frontier.addRedirect(n, v.Detail)
		if w.inScope(n) {
			s.replay = w.replay(n, r)
		}
	}
	if s.gone, err = w.gone(n, r); err != nil {
		return err
	}
	w.fail(n, old, s)
	return nil
}

// fail leaves a page to the app, or, where the app failed, keeps its last good copy.
func (w *worker) fail(n *node, old *recalled, s skip) {
	if s.verdict.Failed && w.standIn(n, old, s.verdict) {
		return
	}
	w.frontier.meant(n, fateOf(s.verdict))
	w.leave(s)
}

// first looks through the answer to the first stranger, once for links and marks.
func (w *worker) first(n *node, r *Response) Verdict {
	r.path, r.variant, r.found = n.path, n.variant(), &w.scan
	r.public = w.site.declares(n.path)
	v := w.judge(n, r, nil)
	if v.Reason == "" && n.asset != nil && r.variant != "" && !r.media.IsAsset() {
		return Verdict{Reason: Query, Detail: "is no style sheet, script, image or font"}
	}
	return v
}

// follow adds what a page leads to. The second stranger's answer has no part in it.
func (w *worker) follow(n *node, r *Response) {
	if r.Status != http.StatusOK {
		return
	}
	w.frontier.date(n, &w.scan)
	w.frontier.addLinks(n, w.scan.links)
	w.frontier.addSitemaps(n, w.scan.links)
}

// judge reads and judges. Whatever a hostile body does to a lexer, it costs this
// page only.
func (w *worker) judge(n *node, r, second *Response) (v Verdict) {
	defer func() {
		if p := recover(); p != nil {
			w.log.Error("reading a page failed; please report it", "url", n.url, "panic", p)
			v = Verdict{Reason: Panic, Detail: fmt.Sprint(p), Failed: true}
		}
	}()
	if second == nil {
		w.scan.read(r)
	}
	rules := w.rules
	rules.Public = r.public
	return Judge(r, second, rules)
}

// freeze gives a page to the sink.
func (w *worker) freeze(n *node, r *Response) error {
	if w.frontier.asset(n, r.Body) {
		return nil
	}
	w.census.add(r)
	if w.wrong.equals(r, n.url) {
		w.census.addSoft(n)
	}
	err := w.sink.Page(content.Page{
		Key: n.key(), MediaType: r.Header["Content-Type"][0], Body: r.Body, Fallback: w.site.isCopy(n.path), Hot: n.hot,
		Version: versionOf(r.Header, w.fingerprint).String(), Origin: w.asker.origin + n.url, Cookies: cookieNames(r.Header),
		Tags: content.ParseTags(r.Header[content.TagHeader]), Links: w.scan.beside(),
	})
	if err != nil {
		return &sinkError{err}
	}
	w.frontier.meant(n, fateOfPage(r))
	w.crawler.progress.frozen.Add(1)
	w.crawler.progress.bytes.Add(int64(len(r.Body)))
	return nil
}

// inScope is false for a seed that was fetched for its links only.
func (w *worker) inScope(n *node) bool { return !n.seed.Load() || w.site.contains(n.path.Decoded()) }

// leave notes that a URL stays with the app. Of what lies outside the scope only
// failures are noted, because of the links that they hide.
func (w *worker) leave(s skip) {
	if !s.verdict.Failed && !w.inScope(s.node) {
		return
	}
	if s.verdict.Failed {
		w.crawler.progress.failed.Add(1)
	} else {
		w.crawler.progress.skipped.Add(1)
	}
	w.log.Debug("left to the app", "url", s.node.url, "reason", s.verdict.Reason, "detail", s.verdict.Detail)
	w.frontier.skip(s)
}

// maxSilent is how many requests in a row may stay without any answer before
// the app is taken for dead.
const maxSilent = 20

// heard counts requests without an answer in a row, and says when there were too many.
func (r *crawl) heard(err error) error {
	silent := false
	if err != nil {
		reason := verdictOf(err).Reason
		silent = reason == Timeout || reason == Connection || errors.As(err, new(*busyError))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !silent {
		r.answered, r.silent = true, 0
		return nil
	}
	r.last = err
	r.silent++
	if r.silent == maxSilent {
		return r.gone()
	}
	return nil
}

// gone is the error for an app that answers no more, or never did.
func (r *crawl) gone() error {
	if !r.answered {
		return &UnreachableError{r.site.crawled.String(), r.last, "it accepts connections and does not answer; see its log"}
	}
	reason := "the app at " + r.site.crawled.String() + " stopped answering"
	var busy *busyError
	if errors.As(r.last, &busy) {
		reason += ": " + busy.Error()
	}
	return &content.IncompleteError{Reason: reason, Hint: "see the app's log; fewer workers or a rate are gentler"}
}

// tooMuch counts the bytes of an answer, and says when they are more than the
// crawl may have. The error is an [ended].
func (r *crawl) tooMuch(response *Response) error {
	limit := r.crawler.MaxBytes
	if n := r.received.Add(int64(len(response.Body))); limit > 0 && n > limit {
		return ended{&content.IncompleteError{
			Reason: fmt.Sprintf("the app sent more than %d bytes, the limit", limit),
			Hint:   "raise max_bytes, or leave a part of the site out with exclude",
		}}
	}
	return nil
}

// finish says how the crawl ended. The workers have ended.
func (r *crawl) finish(ctx context.Context) error {
	switch {
	case ctx.Err() != nil:
		return over(ctx)
	case r.frontier.err != nil || r.last == nil:
		return r.frontier.err
	case !r.answered:
		return r.gone()
	}
	if errors.As(r.last, new(*busyError)) {
		return nil // it answered
	}
	// Some request got no answer. Was that the page or the app?
	if _, err := reach(ctx, r.site.crawled, r.address); err != nil {
		return r.gone()
	}
	return nil
}
