package freeze

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"icecap/content"
)

const (
	// maxTries is how often a page is asked for that answers 429 or 503.
	maxTries = 3
	// backOff is the first wait where the app names none; the next is twice that.
	backOff = time.Second
	// maxRetryAfter is the longest wait that the app may ask for. A page that
	// would take longer fails at once.
	maxRetryAfter = time.Minute
	// maxWaiting bounds all waits of a crawl together: a site with thousands of
	// pages that always say 503 is done some day.
	maxWaiting = 10 * time.Minute
)

// tooBusy reports whether a status asks to come back later (RFC 6585 section 4,
// RFC 9110 section 15.6.4).
func tooBusy(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
}

// A busyError is an app that was too busy each time it was asked.
type busyError struct{ status int }

func (e *busyError) Error() string {
	return fmt.Sprintf("it answers %d %s", e.status, http.StatusText(e.status))
}

// A patience is what a crawl may still wait for a busy app.
type patience struct {
	mu    sync.Mutex
	spent time.Duration
}

// grant says how long to wait before a page is asked for again, and whether the
// app named that time: then it speaks to all workers. No is no more waiting.
func (p *patience) grant(h http.Header, tries int, now time.Time) (wait time.Duration, named, yes bool) {
	if tries >= maxTries {
		return 0, false, false
	}
	wait, named = RetryAfter(h, now)
	if !named {
		wait = backOff << (tries - 1)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if wait > maxRetryAfter || p.spent+wait > maxWaiting {
		return 0, false, false
	}
	p.spent += wait
	return wait, named, true
}

// RetryAfter reads the header of that name: seconds, or a date, which is
// compared with the app's own clock where it tells that (RFC 9110 section 10.2.3).
func RetryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	value := strings.TrimSpace(first(h["Retry-After"]))
	if seconds, err := strconv.ParseUint(value, 10, 32); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	if date, err := http.ParseTime(first(h["Date"])); err == nil {
		now = date
	}
	return max(0, at.Sub(now)), true
}

// An ended error is one that ends the crawl.
type ended struct{ error }

// endOf is the error of the crawl in that of a request, or nil.
func endOf(err error) error {
	if err == nil {
		return nil
	}
	var end ended
	if errors.As(err, &end) {
		return end.error
	}
	return nil
}

// ask has one of the two strangers ask for a page, unless it is the known version,
// at the crawl's pace, and again where the app is too busy. An [ended] error ends
// the crawl.
func (w *worker) ask(a *asker, url string, known version) (*Response, error) {
	for tries := 1; ; tries++ {
		if err := w.rate.wait(w.idle); err != nil {
			return nil, ended{err}
		}
		start := time.Now()
		r, err := a.ask(url, known)
		w.lasted = time.Since(start)
		if w.ctx.Err() != nil {
			return nil, ended{over(w.ctx)}
		}
		if err == nil && tooBusy(r.Status) {
			w.governor.tooMany()
			if wait, named, yes := w.patience.grant(r.Header, tries, time.Now()); yes {
				w.log.Info("the app is busy", "url", url, "status", r.Status, "wait", wait)
				w.pause(wait, named)
				continue
			}
			err = &busyError{r.Status}
		}
		if gone := w.heard(err); gone != nil {
			return nil, ended{gone}
		}
		if err != nil && !errors.As(err, new(*busyError)) {
			return nil, err
		}
		return r, w.tooMuch(r)
	}
}

// pause waits, alone or with all workers.
func (w *worker) pause(wait time.Duration, all bool) {
	if all {
		w.rate.hold(time.Now().Add(wait))
		return
	}
	sleep(w.idle, wait)
}

// sleep waits, but not longer than the context.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// A pacer spreads requests evenly, and holds all of them back for a while where
// the app wants that. The zero pacer lets all through.
type pacer struct {
	mu       sync.Mutex
	interval time.Duration
	next     time.Time
}

// hold lets no request begin before a time.
func (p *pacer) hold(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until.After(p.next) {
		p.next = until
	}
}

// atLeast spreads requests further, if need be.
func (p *pacer) atLeast(interval time.Duration) { p.interval = max(p.interval, interval) }

// wait returns when a request may begin, or the error of the context.
func (p *pacer) wait(ctx context.Context) error {
	p.mu.Lock()
	at := p.next
	if p.interval > 0 {
		now := time.Now()
		if at.Before(now) {
			at = now
		}
		p.next = at.Add(p.interval)
	}
	p.mu.Unlock()
	if !at.IsZero() {
		sleep(ctx, time.Until(at))
	}
	if ctx.Err() != nil {
		return over(ctx)
	}
	return nil
}

// over is why a context of a crawl has ended: a limit, or an interrupt.
func over(ctx context.Context) error {
	var limit *content.IncompleteError
	if errors.As(context.Cause(ctx), &limit) {
		return limit
	}
	return ctx.Err()
}

const (
	// maxRobots is how much of a robots.txt is read; RFC 9309 wants at least 500 KiB.
	maxRobots = 500 << 10
	// maxRobotsHops is how many redirects lead to it (RFC 9309 section 2.3.1.2).
	maxRobotsHops = 5
)

// A RobotsError is a /robots.txt that cannot be read, which forbids everything
// (RFC 9309 section 2.3.1.4).
type RobotsError struct {
	URL string
	Err error
}

func (e *RobotsError) Error() string { return fmt.Sprintf("read %s: %v", e.URL, e.Err) }
func (e *RobotsError) Unwrap() error { return e.Err }

// Hint says how to mend it.
func (e *RobotsError) Hint() string {
	return "a site whose robots.txt fails wants no robot now; if it is your own: --robots ignore"
}

// askRobots asks for the rules that bind the crawl. Any 4xx means that there are
// none; no answer and any 5xx end the crawl.
func (r *crawl) askRobots(ctx context.Context) (*robots, error) {
	at := &url.URL{Scheme: r.site.crawled.scheme, Host: r.site.crawled.host, Path: robotsPath}
	fail := func(err error) (*robots, error) {
		return nil, &RobotsError{r.site.crawled.String() + robotsPath, err}
	}
	for range maxRobotsHops + 1 {
		res, body, err := r.fetchRobots(ctx, at)
		switch {
		case err != nil:
			return fail(err)
		case isRedirect(res.StatusCode):
			to, err := at.Parse(res.Header.Get("Location"))
			if err != nil || !r.site.ours(to) {
				return fail(fmt.Errorf("it redirects to another site: %s", content.SkipURL(res.Header.Get("Location"))))
			}
			at = &url.URL{Scheme: at.Scheme, Host: at.Host, Path: to.Path, RawPath: to.RawPath, RawQuery: to.RawQuery}
		case res.StatusCode/100 == 2:
			return parseRobots(body), nil
		case res.StatusCode/100 == 4 && res.StatusCode != http.StatusTooManyRequests:
			return nil, nil
		default:
			return fail(fmt.Errorf("it answers %s", res.Status))
		}
	}
	return fail(errors.New("it redirects again and again"))
}

// fetchRobots asks once, and again while the app is too busy.
func (r *crawl) fetchRobots(ctx context.Context, at *url.URL) (*http.Response, string, error) {
	for tries := 1; ; tries++ {
		res, text, err := r.fetchText(ctx, at)
		if err != nil || !tooBusy(res.StatusCode) {
			return res, text, err
		}
		wait, _, yes := r.patience.grant(res.Header, tries, time.Now())
		if !yes {
			return res, "", nil
		}
		sleep(ctx, wait)
	}
}

// fetchText makes one request. Of a long body the whole lines of its beginning
// are kept.
func (r *crawl) fetchText(ctx context.Context, at *url.URL) (*http.Response, string, error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(r.crawler.Timeout, defaultTimeout))
	defer cancel()
	req := (&http.Request{Method: http.MethodGet, URL: at, Host: r.header.Get("Host"), Header: r.header.Clone()}).WithContext(ctx)
	req.Header.Del("Host")
	res, err := r.transport.RoundTrip(req)
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxRobots))
	if err != nil && res.StatusCode/100 == 2 {
		return nil, "", &cutError{err}
	}
	text := string(body)
	if len(body) == maxRobots {
		text = text[:strings.LastIndexByte(text, '\n')+1]
	}
	return res, text, nil
}
