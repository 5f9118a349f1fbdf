package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"icecap/content"
	"icecap/freeze"
)

// A runSource is an app that lives only for its crawl: started on a port of its
// own, waited for, crawled and ended. It is a [content.Source].
type runSource struct {
	crawler *freeze.Crawler // its URL says where the app will listen
	command string          // for sh, with the port in $PORT
	dir     string          // working folder of the command
	log     string          // file of its output
	ready   string          // path that answers 2xx or 3xx once the app is ready; "": the first page answers, below 500
	within  time.Duration   // in which it must be ready
	say     func(format string, args ...any)
}

// noPort in an origin says that the app had its port only for the crawl. Port
// 0 is nobody's (RFC 6335, section 6), and every crawl writes the same bytes.
const noPort = "0"

// addRunFlags declares the flags of the app as a child; loadConfig reads them.
func addRunFlags(flags *pflag.FlagSet) {
	flags.String("run", "", "start this command for the crawl, with a free port in $PORT, and end it afterwards")
	addReadyFlags(flags)
}

// addReadyFlags declares the flags that say when a command is ready.
func addReadyFlags(flags *pflag.FlagSet) {
	d := defaults().App
	flags.String("ready", "", "crawl once this path answers 2xx or 3xx (default: once / answers below 500)")
	flags.Var(&d.ReadyTimeout, "ready-timeout", "time for the command to get ready")
}

// childSource makes the app of the settings a source.
func (a *app) childSource(c *config, crawler *freeze.Crawler) *runSource {
	s := &runSource{
		crawler: crawler, command: c.App.Run, dir: c.runDir, log: c.appLog(),
		ready: c.App.Ready, within: time.Duration(c.App.ReadyTimeout), say: a.say,
	}
	a.say("starting the app on %s, its log is %s", crawler.URL, s.log)
	return s
}

// placeChild chooses the address of an app that will be started: a free port,
// unless the settings name one. It is the public address too where there is
// none, but without the port, which is another one each time and must not get
// into the pages.
func (a *app) placeChild(c *config) error {
	if c.App.URL != "" {
		return nil
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("find a free port for the app: %w", err)
	}
	defer listener.Close()
	c.App.URL = "http://" + listener.Addr().String()
	if c.Site.URL == "" {
		c.Site.URL = "http://127.0.0.1"
		a.say("warning: no public address is set, so the app is asked as %s; give --public https://shop.example.com", c.Site.URL)
	}
	return nil
}

// appLog is the file with the output of an app that icecap started. It is in
// the output folder, which has one writer at a time, and out of the gate's reach.
func (c *config) appLog() string { return filepath.Join(c.Freeze.Out, "app.log") }

// Run starts the app, crawls it and ends it, whatever happens. Where the app is
// to blame for an error, the end of its log comes with it.
func (s *runSource) Run(ctx context.Context, prev content.Previous, sink content.Sink) error {
	address, err := url.Parse(s.crawler.URL)
	if err != nil {
		return fmt.Errorf("start the app: %w", err)
	}
	port := cmp.Or(address.Port(), map[string]string{"http": "80", "https": "443"}[address.Scheme])
	if err := unoccupied(ctx, net.JoinHostPort(address.Hostname(), port)); err != nil {
		return err
	}
	app, err := startChild(s.command, s.dir, s.log, "PORT="+port)
	if err != nil {
		return err
	}
	defer app.stop() // in a panic too

	living, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-app.done:
			cancel() // a crawl of a dead app ends at once
		case <-living.Done():
		}
	}()
	doing := "start the app"
	if err = s.awaitReady(living, address); err == nil {
		doing = "crawl the app"
		origin := address.Scheme + "://" + net.JoinHostPort(address.Hostname(), noPort)
		err = s.crawler.Run(living, prev, portlessSink{sink, origin})
	}
	ended := app.ended() || err != nil && ctx.Err() == nil && endsWithin(app, time.Second)
	if app.stop() {
		s.say("warning: the app did not end within %s of SIGTERM, and was killed", stopGrace)
	}
	return s.explain(ctx, app, err, doing, ended)
}

// endsWithin reports whether the command has ended after a moment: its
// connections break before its end is known.
func endsWithin(app *child, moment time.Duration) bool {
	select {
	case <-app.done:
		return true
	case <-time.After(moment):
		return false
	}
}

// unoccupied makes sure that nobody else is crawled in the app's name.
func unoccupied(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil // as it should be; whether the app can listen there, it will tell
	}
	conn.Close()
	return hintedError{err: fmt.Errorf("start the app: something else already answers at %s", address),
		hint: "stop it; or leave the URL (url under [app]) out, so that the command gets a free port in $PORT"}
}

// explain says what went wrong, and shows the end of the log where the app is
// to blame. ended says that the command ended by itself.
func (s *runSource) explain(ctx context.Context, app *child, err error, doing string, ended bool) error {
	var incomplete *content.IncompleteError
	var unreachable *freeze.UnreachableError
	var late *notReadyError
	blame := errors.As(err, &incomplete) || errors.As(err, &unreachable) || errors.As(err, &late)
	hint := ""
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case ended && (err == nil || blame || errors.Is(err, context.Canceled)):
		err = fmt.Errorf("%s: it ended by itself: %s", doing, app.status())
		if app.cmd.ProcessState.Success() {
			hint = "the command must stay in the foreground: no daemon, no final &"
		}
	case err == nil:
		return nil
	case blame:
		hint = describe(err).hint
	default:
		return err // the disk's or the settings' fault
	}
	return hintedError{err: err, at: s.log + "\n" + logTail(s.log), hint: hint}
}

// A notReadyError is an app that lives, but does not get ready.
type notReadyError struct {
	url    string
	within time.Duration
	last   error // the last answer, or why there was none
}

var errNoAnswer = errors.New("no answer")

func (e *notReadyError) Error() string {
	return fmt.Sprintf("start the app: it was not ready within %s: GET %s: %v", e.within, e.url, e.last)
}

// Hint says how to mend it.
func (e *notReadyError) Hint() string {
	if errors.Is(e.last, syscall.ECONNREFUSED) {
		return "the command must listen on the port that it finds in $PORT"
	}
	return "--ready takes a path that answers 2xx or 3xx; --ready-timeout gives the app more time"
}

// readyAttempt bounds one question: an answer that is lost while the app starts
// must not take all the time.
const readyAttempt = 10 * time.Second

// awaitReady asks until the app is ready. It returns the context's error, or a
// *notReadyError.
func (s *runSource) awaitReady(ctx context.Context, address *url.URL) error {
	target := *address
	target.Path, target.RawPath, target.RawQuery = cmp.Or(address.Path, "/"), address.RawPath, ""
	if s.ready != "" {
		ready, err := url.Parse(s.ready)
		if err != nil {
			return fmt.Errorf("start the app: %w", err)
		}
		target = *address.ResolveReference(ready)
	}
	limited, cancel := context.WithTimeout(ctx, s.within)
	defer cancel()
	late := &notReadyError{target.String(), s.within, errNoAnswer}
	for start := time.Now(); ; {
		err := s.askReady(limited, target.String())
		if err == nil {
			return nil
		}
		if limited.Err() == nil { // else it is our own end of the request
			late.last = err
		}
		select {
		case <-limited.Done():
			return cmp.Or(ctx.Err(), error(late))
		// A tenth of the time may be lost; more questions would fill the app's log.
		case <-time.After(min(max(time.Since(start)/10, 20*time.Millisecond), time.Second)):
		}
	}
}

// askReady asks once, as the crawler does.
func (s *runSource) askReady(ctx context.Context, target string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return err
	}
	request.Header.Set("User-Agent", s.crawler.UserAgent)
	if public, err := url.Parse(s.crawler.Public); err == nil && public.Host != "" {
		request.Host = public.Host
		request.Header.Set("X-Forwarded-Proto", public.Scheme)
	}
	client := &http.Client{
		Timeout:       readyAttempt,
		Transport:     &http.Transport{DisableKeepAlives: true}, // no proxy either
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	var failure *url.Error
	switch {
	case errors.As(err, &failure) && failure.Timeout():
		return errNoAnswer
	case errors.As(err, &failure):
		return failure.Err // the caller names the URL
	case err != nil:
		return err
	}
	response.Body.Close()
	ready := response.StatusCode < 500
	if s.ready != "" {
		ready = 200 <= response.StatusCode && response.StatusCode < 400
	}
	if !ready {
		return errors.New(response.Status)
	}
	return nil
}

// A portlessSink takes the port out of each page's origin: nobody will find the
// app there again.
type portlessSink struct {
	content.Sink
	origin string // "http://127.0.0.1:0"
}

func (s portlessSink) Page(p content.Page) error {
	_, rest, _ := strings.Cut(p.Origin, "://")
	_, path, _ := strings.Cut(rest, "/")
	p.Origin = s.origin + "/" + path
	return s.Sink.Page(p)
}
