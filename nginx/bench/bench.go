// Package bench measures how many requests a second a web server answers, and
// how long they take.
//
// The two fundamental types are [Load], what is asked, and [Result], what came
// back. [Run] puts a load on one server once; [Interleave] does it with several,
// in turns, so that whatever else the machine does falls on all; [Ratio] says how
// much one is faster than the other, and how sure that is.
//
// # Two ways to ask
//
// In a closed loop (Rate 0) each of N connections sends a request, reads the
// whole answer, and only then sends the next, so exactly N requests are under
// way at any moment and the server sets the pace. The rate is what the server can
// do at that concurrency. The latencies are those of a saturated server, not what
// a visitor meets at a lower rate.
//
// At a fixed rate requests are due on a schedule, whether or not the server keeps
// up, as visitors come. A time counts from the moment at which the request was
// due, so a server that stands still for a second makes all who came in that
// second wait (no coordinated omission). What was due within the window and has no
// answer when it closes is in Result.Unanswered, and its time so far counts.
//
// # What is counted
//
// Every connection asks all URLs in turn, by their weights, each beginning at
// another one, over kept connections unless NoKeepAlive is set. A warm-up comes first and
// is not counted. Then the measured window opens, for as long as asked; an answer
// counts if its last byte arrived within the window. When the window closes, or
// the context ends, the connections are cut, and in a closed loop what was under
// way counts as nothing.
//
// An answer is an error if its status is neither 200 nor allowed, or if it is cut
// short, malformed or late. Errors count as requests, and their time counts: a
// server that fails fast must not look like a fast server, so look at
// Result.Errors first. A connection that cannot be opened is an error too, and a
// short pause follows it.
//
// A closed loop over plain HTTP runs on Linux without a goroutine or an HTTP library
// for each connection, so that the client costs no more than that of wrk; all other
// loads, and other systems, use fasthttp. What is counted is the same.
//
// Nothing is asked for in compressed form unless a header says so, and an answer
// is only counted, not decoded. Redirects are not followed. Cookies are not kept.
//
// # Bounds
//
// The client shares the machine with the server it measures: on loopback it takes
// its part of the processors, so the rates of two servers compare only where
// both were measured the same way, best in turns. [Ceiling] says what the client
// itself can do; a result near it is about the client. Percentiles are exact to
// one in a hundred; minimum and maximum are exact.
package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/valyala/fasthttp"
)

// A Load says what to ask, how hard and for how long.
type Load struct {
	URLs        []string      // asked in turn; all with the same scheme, host and port; at least one
	Weights     []int         // how often each of URLs is asked, up to 1000; nil is equally often
	Rate        float64       // requests a second that are due; 0 is a closed loop
	NoKeepAlive bool          // a new connection for each request
	Connections int           // how many requests are under way at any moment; 0 means 8
	Duration    time.Duration // of the measured window; 0 means 1s
	WarmUp      time.Duration // before it; 0 means a tenth of Duration, negative means none
	Timeout     time.Duration // for one answer, its body included; 0 means 30s
	Header      http.Header   // sent with every request; a Host here replaces that of the URLs
	Allow       []int         // statuses besides 200 that are no errors, such as 304
}

// A Result is what a [Load] found.
type Result struct {
	Requests   int64         `json:"requests"`   // answers in the measured window, errors included
	Errors     int64         `json:"errors"`     // of these, those that failed
	Unanswered int64         `json:"unanswered"` // at a fixed rate: due in the window, and without an answer when it closed
	FirstErr   error         `json:"-"`          // an example, nil if none failed
	Bytes      int64         `json:"bytes"`      // of the bodies
	Elapsed    time.Duration `json:"elapsed_ns"` // length of the measured window; shorter than asked where the context ended it
	Rate       float64       `json:"rate"`       // requests a second

	// Times from the first byte of a request sent, or at a fixed rate from when it
	// was due, to the last byte of its answer read.
	Min  time.Duration `json:"min_ns"`
	Mean time.Duration `json:"mean_ns"`
	P50  time.Duration `json:"p50_ns"`
	P90  time.Duration `json:"p90_ns"`
	P99  time.Duration `json:"p99_ns"`
	P999 time.Duration `json:"p999_ns"`
	Max  time.Duration `json:"max_ns"`

	times *times // nil for what another program measured
}

// Quantile is the time that a share of the requests, 0 to 1, did not exceed; 0
// if another program measured.
func (r Result) Quantile(q float64) time.Duration {
	if r.times == nil {
		return 0
	}
	return min(time.Duration(r.times.histogram.ValueAtQuantile(q*100)), r.Max)
}

// Run puts the load on the server and returns once the window has closed. If
// ctx ends first, the result covers the part of the window that has passed and
// the error is that of ctx. An error of any other kind means that the load is
// malformed. Requests that fail are no error of Run: they are in the result.
func Run(ctx context.Context, load Load) (Result, error) {
	load = load.withDefaults()
	target, err := load.target()
	if err != nil {
		return Result{}, err
	}
	start := time.Now()
	begin := start.Add(max(load.WarmUp, 0))
	end := begin.Add(load.Duration)
	window, cancel := context.WithDeadline(ctx, end)
	defer cancel()

	all := newTimes()
	if loops := newLoops(window, &load, target, begin); loops != nil {
		counts := runLoops(loops)
		return sum(counts, all, earlier(time.Now(), end).Sub(begin)), ended(ctx, end)
	}
	wire := &wire{ctx: window, open: map[net.Conn]bool{}}
	client := load.client(target, wire.dial)
	workers := make([]worker, load.Connections)
	counts := make([]*count, load.Connections)
	pace := newPace(load, start)
	var group sync.WaitGroup
	for i := range workers {
		w := &workers[i]
		counts[i] = newCount(&load)
		*w = worker{load: load, target: target, client: client, pace: pace, next: first(i, load, target), count: counts[i]}
		group.Go(func() { w.run(window, begin) })
	}
	<-window.Done()
	closed := earlier(time.Now(), end) // what ended later was not counted
	wire.cut()
	group.Wait()
	unanswered := pace.unanswered(workers, all, begin, closed)
	result := sum(counts, all, closed.Sub(begin))
	result.Unanswered = unanswered
	return result, ctx.Err()
}

// ended is the error of a context that ends before the window. The loops look at the
// clock, and may be done a moment before the context says that its time is up.
func ended(ctx context.Context, end time.Time) error {
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(end) {
		<-ctx.Done()
	}
	return ctx.Err()
}

// first is the URI with which a connection begins, each with another one.
func first(connection int, l Load, t target) int {
	return connection * len(t.uris) / l.Connections % len(t.uris)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func (l Load) client(t target, dial fasthttp.DialFunc) *fasthttp.HostClient {
	return &fasthttp.HostClient{
		Addr:                      t.addr,
		IsTLS:                     t.scheme == "https",
		Dial:                      dial,
		MaxConns:                  l.Connections,
		MaxConnWaitTimeout:        l.Timeout,
		ReadBufferSize:            64 << 10, // most answers in one read
		MaxIdemponentCallAttempts: 1,        // a retry would hide an error
		DisablePathNormalizing:    true,
		NoDefaultUserAgentHeader:  true,
	}
}

func (l Load) withDefaults() Load {
	if l.Connections <= 0 {
		l.Connections = 8
	}
	if l.Duration <= 0 {
		l.Duration = time.Second
	}
	if l.WarmUp == 0 {
		l.WarmUp = l.Duration / 10
	}
	if l.Timeout <= 0 {
		l.Timeout = 30 * time.Second
	}
	return l
}

// A target is the one server of a load, and the request URIs on it.
type target struct {
	scheme, host, addr string
	uris               []string
}

func (l Load) target() (target, error) {
	if len(l.URLs) == 0 {
		return target{}, errors.New("start load: no URL given")
	}
	var t target
	var err error
	for i, raw := range l.URLs {
		u, err := url.Parse(raw)
		if err != nil {
			return target{}, fmt.Errorf("start load: %w", err)
		}
		if (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" {
			return target{}, fmt.Errorf("start load: %q is no http or https URL", raw)
		}
		if i == 0 {
			t.scheme, t.host, t.addr = u.Scheme, u.Host, addr(u)
		}
		if u.Scheme != t.scheme || u.Host != t.host {
			return target{}, fmt.Errorf("start load: %q is on another server than %q", raw, l.URLs[0])
		}
		u.Fragment, u.RawFragment = "", ""
		t.uris = append(t.uris, u.String())
	}
	if t.uris, err = mixed(t.uris, l.Weights); err != nil {
		return target{}, err
	}
	return t, nil
}

// addr is host and port to dial.
func addr(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// allowed reports whether status is no error.
func (l Load) allowed(status int) bool {
	return status == http.StatusOK || slices.Contains(l.Allow, status)
}

// A wire opens connections and cuts them all at the end, so that nobody waits
// for the answer of a slow server after the window has closed.
type wire struct {
	ctx  context.Context
	mu   sync.Mutex
	open map[net.Conn]bool
}

func (w *wire) dial(addr string) (net.Conn, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(w.ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ctx.Err() != nil {
		conn.Close()
		return nil, w.ctx.Err()
	}
	w.open[conn] = true
	return &wired{conn, w}, nil
}

func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for conn := range w.open {
		conn.Close()
	}
}

// A wired connection leaves the list when it is closed: a server without
// keep-alive costs one connection a request.
type wired struct {
	net.Conn
	wire *wire
}

func (c *wired) Close() error {
	c.wire.mu.Lock()
	delete(c.wire.open, c.Conn)
	c.wire.mu.Unlock()
	return c.Conn.Close()
}
