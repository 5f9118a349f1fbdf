package bench

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/valyala/fasthttp"
)

// dialPause follows a connection that failed at once: a server that is down
// must not turn the load into a busy loop.
const dialPause = 10 * time.Millisecond

// A worker is one connection of a load, and what it counted.
type worker struct {
	load   Load
	target target
	client *fasthttp.HostClient
	next   int // index of the next URI

	pace  *pace     // nil in a closed loop
	due   time.Time // of the request that was cut off, zero if none was
	count *count
}

// A count is what came of some of the requests of a load.
type count struct {
	load                    *Load
	requests, errors, bytes int64
	firstErr                error
	times                   *times
}

func newCount(load *Load) *count { return &count{load: load, times: newTimes()} }

// times are how long requests took: percentiles to one in a hundred, the ends exact.
type times struct {
	histogram *hdrhistogram.Histogram // nanoseconds
	min, max  time.Duration
}

func newTimes() *times { return &times{histogram: hdrhistogram.New(1, int64(time.Hour), 2)} }

// add counts a time, an hour at the most.
func (t *times) add(took time.Duration) {
	took = min(max(took, 0), time.Hour)
	if t.histogram.TotalCount() == 0 {
		t.min = took
	}
	t.min, t.max = min(t.min, took), max(t.max, took)
	t.histogram.RecordValue(int64(took)) // never out of range
}

func (t *times) merge(other *times) {
	if other.histogram.TotalCount() == 0 {
		return
	}
	if t.histogram.TotalCount() == 0 {
		t.min = other.min
	}
	t.min, t.max = min(t.min, other.min), max(t.max, other.max)
	t.histogram.Merge(other.histogram)
}

// run asks until the window closes, and counts what ends after begin; at a fixed
// rate, what was due after begin.
func (w *worker) run(window context.Context, begin time.Time) {
	request, response := &fasthttp.Request{}, &fasthttp.Response{}
	w.setHeader(request)
	end, _ := window.Deadline()
	for window.Err() == nil {
		request.SetRequestURI(w.target.uris[w.next])
		w.next = (w.next + 1) % len(w.target.uris)
		due, ok := w.pace.wait(window)
		if !ok {
			return
		}
		sent := time.Now()
		err := w.client.DoDeadline(request, response, sent.Add(w.load.Timeout))
		done := time.Now()
		if window.Err() != nil || !done.Before(end) { // cut by us, or too late to count
			w.due = due
			return
		}
		switch {
		case w.pace == nil && done.After(begin):
			w.add(response, err, done.Sub(sent))
		case w.pace != nil && !due.Before(begin):
			w.add(response, err, done.Sub(due))
		}
		if err != nil && done.Sub(sent) < dialPause {
			select {
			case <-window.Done():
			case <-time.After(dialPause):
			}
		}
	}
}

func (w *worker) setHeader(request *fasthttp.Request) {
	if w.load.NoKeepAlive {
		request.SetConnectionClose()
	}
	for name, values := range w.load.Header {
		for _, value := range values {
			if http.CanonicalHeaderKey(name) == "Host" {
				request.UseHostHeader = true
				request.Header.SetHost(value)
				continue
			}
			request.Header.Add(name, value)
		}
	}
}

// add counts what came of the request for the URI before next.
func (w *worker) add(response *fasthttp.Response, err error, took time.Duration) {
	last := w.target.uris[(w.next+len(w.target.uris)-1)%len(w.target.uris)]
	if err != nil {
		w.count.failed(last, err, took)
		return
	}
	w.count.answered(last, response.StatusCode(), int64(len(response.Body())), took)
}

// answered counts one whole answer.
func (c *count) answered(uri string, status int, body int64, took time.Duration) {
	c.bytes += body
	if !c.load.allowed(status) {
		c.failed(uri, fmt.Errorf("answered %d %s", status, http.StatusText(status)), took)
		return
	}
	c.requests++
	c.times.add(took)
}

// failed counts the error in place of an answer.
func (c *count) failed(uri string, err error, took time.Duration) {
	c.requests++
	c.times.add(took)
	c.errors++
	if c.firstErr == nil {
		c.firstErr = fmt.Errorf("get %s: %w", uri, err)
	}
}

// sum joins the counts with the times of what was not answered.
func sum(counts []*count, all *times, elapsed time.Duration) Result {
	r := Result{Elapsed: max(elapsed, 0), times: all}
	for _, c := range counts {
		r.Requests += c.requests
		r.Errors += c.errors
		r.Bytes += c.bytes
		if r.FirstErr == nil {
			r.FirstErr = c.firstErr
		}
		all.merge(c.times)
	}
	if r.Elapsed > 0 {
		r.Rate = float64(r.Requests) / r.Elapsed.Seconds()
	}
	if all.histogram.TotalCount() == 0 {
		return r
	}
	r.Min, r.Mean, r.Max = all.min, time.Duration(all.histogram.Mean()), all.max
	r.P50, r.P90, r.P99, r.P999 = r.Quantile(0.50), r.Quantile(0.90), r.Quantile(0.99), r.Quantile(0.999)
	return r
}
