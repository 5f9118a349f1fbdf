package bench

import (
	"context"
	"fmt"
	"net/http"
	"time"

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

	requests, errors, bytes int64
	firstErr                error
	times                   histogram
}

// run asks until the window closes, and counts what ends after begin.
func (w *worker) run(window context.Context, begin time.Time) {
	request, response := &fasthttp.Request{}, &fasthttp.Response{}
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
	for window.Err() == nil {
		request.SetRequestURI(w.target.uris[w.next])
		w.next = (w.next + 1) % len(w.target.uris)
		sent := time.Now()
		err := w.client.DoDeadline(request, response, sent.Add(w.load.Timeout))
		done := time.Now()
		if window.Err() != nil {
			return // cut by us, or too late to count
		}
		if done.After(begin) {
			w.count(response, err, done.Sub(sent))
		}
		if err != nil && done.Sub(sent) < dialPause {
			select {
			case <-window.Done():
			case <-time.After(dialPause):
			}
		}
	}
}

// count adds one answer, or the error in its place.
func (w *worker) count(response *fasthttp.Response, err error, took time.Duration) {
	w.requests++
	w.times.add(took)
	if err == nil {
		w.bytes += int64(len(response.Body()))
		if w.load.allowed(response.StatusCode()) {
			return
		}
		err = fmt.Errorf("answered %d %s", response.StatusCode(), http.StatusText(response.StatusCode()))
	}
	w.errors++
	if w.firstErr == nil {
		last := (w.next + len(w.target.uris) - 1) % len(w.target.uris)
		w.firstErr = fmt.Errorf("get %s: %w", w.target.uris[last], err)
	}
}

// sum joins what the workers counted.
func sum(workers []worker, elapsed time.Duration) Result {
	r := Result{Elapsed: max(elapsed, 0)}
	var times histogram
	for i := range workers {
		w := &workers[i]
		r.Requests += w.requests
		r.Errors += w.errors
		r.Bytes += w.bytes
		if r.FirstErr == nil {
			r.FirstErr = w.firstErr
		}
		times.merge(&w.times)
	}
	if r.Elapsed > 0 {
		r.Rate = float64(r.Requests) / r.Elapsed.Seconds()
	}
	r.Min, r.Mean, r.Max = times.min, times.mean(), times.max
	r.P50, r.P90 = times.quantile(0.50), times.quantile(0.90)
	r.P99, r.P999 = times.quantile(0.99), times.quantile(0.999)
	return r
}
