package outside

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"

	"icecap/freeze"
)

const (
	maxRedirects = 10
	maxBody      = 16 << 10 // that is read of a page nobody looks into
	maxPage      = 1 << 20  // that is looked through for fragments
)

// A chase is one link on its way through redirects.
type chase struct {
	*run
	client    http.Client
	fragments []string
	answer    Answer
}

// answer asks for one link.
func (r *run) answer(ctx context.Context, l Link) Answer {
	jar, _ := cookiejar.New(nil) // it has no error without options
	c := &chase{run: r, fragments: l.Fragments, answer: Answer{URL: l.URL, State: Unknown}}
	c.client = http.Client{Transport: r.transport, Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	at, err := url.Parse(l.URL)
	switch {
	case err != nil || Normal(at) == "":
		c.say(Broken, "is no address")
	case at.User != nil:
		c.say(Unknown, "holds a user name, so it is not asked")
	default:
		c.follow(ctx, at)
	}
	return c.answer
}

func (c *chase) say(state State, format string, args ...any) {
	c.answer.State, c.answer.Detail = state, oneLine(fmt.Sprintf(format, args...))
}

// follow asks until something is no redirect.
func (c *chase) follow(ctx context.Context, at *url.URL) {
	met := map[string]bool{}
	permanent := true
	for range maxRedirects + 1 {
		met[at.String()] = true
		res, err := c.ask(ctx, at)
		if err != nil {
			c.fail(ctx, err)
			return
		}
		c.answer.Status = res.status
		if !isRedirect(res.status) {
			c.judge(res)
			return
		}
		to, err := at.Parse(res.location)
		switch {
		case err != nil || res.location == "":
			c.say(Broken, "%s without a target", words(res.status))
			return
		case Normal(to) == "" || to.User != nil:
			c.say(Unknown, "%s to what is no web address: %s", words(res.status), to.Redacted())
			return
		}
		permanent = permanent && (res.status == http.StatusMovedPermanently || res.status == http.StatusPermanentRedirect)
		if permanent {
			c.answer.Moved = to.String()
		}
		to.Fragment, to.RawFragment = "", ""
		c.answer.Final = to.String()
		if met[to.String()] {
			c.say(Broken, "redirects in a circle, at %s", to)
			return
		}
		at = to
	}
	c.say(Broken, "redirects more than %d times", maxRedirects)
}

// fail notes a request that had no answer.
func (c *chase) fail(ctx context.Context, err error) {
	var over *overError
	switch {
	case errors.As(err, &over):
		c.answer.Until = over.until
		if over.until.IsZero() {
			c.answer.Asked = now() // another link was, and this one would meet the same
		}
		c.say(over.state, "%s", over.detail)
	case ctx.Err() != nil:
		c.answer = Answer{URL: c.answer.URL}
		c.say(Unknown, "not asked: the time for all links was over")
	default:
		state, detail, _ := judgeError(err)
		c.say(state, "%s", detail)
	}
	if c.answer.Final != "" { // the link is fine, and where it leads is not
		c.say(c.answer.State, "%s, at %s", c.answer.Detail, c.answer.Final)
	}
	if errors.As(err, new(*privateError)) {
		c.answer.Asked = time.Time{}
	}
}

// now is the time of an answer.
func now() time.Time { return time.Now().UTC().Truncate(time.Second) }

// judge notes the last answer.
func (c *chase) judge(res *response) {
	switch status := res.status; {
	case status/100 == 2:
		c.answer.State, c.answer.Fragments = OK, res.fragments
	case status == 401, status == 402, status == 403, status == 405, status == 406, status == 407, status == 451, status == 999:
		c.say(Unknown, "%s; it may turn away robots alone", words(status))
	case status == 408, status == 425, isBusy(status), status < 400:
		c.say(Unknown, "%s", words(status))
	default:
		c.say(Broken, "%s", words(status))
	}
}

// A response is what counts of one.
type response struct {
	status    int
	location  string
	fragments map[string]bool
}

// ask asks for one URL: HEAD, and GET where that has no good answer.
func (c *chase) ask(ctx context.Context, at *url.URL) (*response, error) {
	if len(c.fragments) == 0 {
		res, err := c.request(ctx, http.MethodHead, at)
		if err == nil && (res.status/100 == 2 || isRedirect(res.status)) || err != nil && !worthAgain(err) {
			return res, err
		}
	}
	return c.request(ctx, http.MethodGet, at)
}

// worthAgain reports whether a GET may succeed where HEAD had no answer. Some
// servers never answer HEAD, or end the connection.
func worthAgain(err error) bool {
	if errors.As(err, new(*overError)) {
		return false
	}
	_, _, all := judgeError(err)
	return !all
}

// request makes one request, and a second one where the host was busy for a moment.
func (c *chase) request(ctx context.Context, method string, at *url.URL) (*response, error) {
	h := c.host(at.Hostname())
	port := at.Scheme + ":" + at.Port()
	for again := false; ; again = true {
		if err := h.enter(ctx, port); err != nil {
			return nil, err
		}
		res, wait, err := c.once(ctx, method, at)
		if ctx.Err() == nil {
			h.heard(port, err)
		}
		if wait == 0 || err != nil {
			h.leave()
			return res, err
		}
		if again || wait > shortWait {
			err = h.close(time.Now().Add(wait), words(res.status))
		} else {
			err = sleep(ctx, wait)
		}
		h.leave()
		if err != nil {
			return nil, err
		}
	}
}

// once makes one request. A wait says that the host is busy, and for how long.
func (c *chase) once(ctx context.Context, method string, at *url.URL) (r *response, wait time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(c.Timeout, defaultTimeout))
	defer cancel()
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: c.host(at.Hostname()).met})
	req, err := http.NewRequestWithContext(ctx, method, at.String(), nil)
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("User-Agent", cmp.Or(c.UserAgent, "icecap"))
	req.Header.Set("Accept", "text/html,*/*;q=0.8")
	c.answer.Asked = now()
	res, err := c.client.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer res.Body.Close()
	r = &response{status: res.StatusCode, location: res.Header.Get("Location")}
	if isBusy(r.status) {
		named, ok := freeze.RetryAfter(res.Header, time.Now())
		if !ok && r.status == http.StatusTooManyRequests {
			named, ok = longWait, true
		}
		if ok {
			return r, max(time.Second, min(named, maxWait)), nil
		}
	}
	if method == http.MethodGet {
		r.fragments = c.look(res)
	}
	return r, 0, nil
}

// look reads as much of a page as is worth it, for its fragments.
func (c *chase) look(res *http.Response) map[string]bool {
	if len(c.fragments) == 0 || res.StatusCode/100 != 2 {
		_, _ = io.CopyN(io.Discard, res.Body, maxBody)
		return nil
	}
	found := map[string]bool{}
	media, _, _ := strings.Cut(strings.ToLower(res.Header.Get("Content-Type")), ";")
	media = strings.TrimSpace(media)
	sure := media == "text/html" || media == "application/xhtml+xml" || media == "image/svg+xml"
	var places freeze.Anchors
	if sure {
		page, err := io.ReadAll(io.LimitReader(res.Body, maxPage))
		sure = err == nil && len(page) < maxPage
		places.Read(page)
	}
	for _, fragment := range c.fragments {
		// GitHub gives ids of other people's text this beginning, and a script drops it.
		found[fragment] = !sure || places.Has(fragment) || places.Has("user-content-"+fragment)
	}
	return found
}

func isRedirect(status int) bool {
	switch status {
	case 301, 302, 303, 307, 308:
		return true
	}
	return false
}

func isBusy(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
}

// words are a status with its name: "404 Not Found".
func words(status int) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status)))
}

// oneLine keeps what a stranger wrote within its line.
func oneLine(s string) string {
	const longest = 300
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > longest {
		s = strings.ToValidUTF8(s[:longest], "") + "..."
	}
	return s
}
