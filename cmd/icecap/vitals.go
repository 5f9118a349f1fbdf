package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// vitals tell how a watch that is running does.
type vitals struct {
	mu    sync.Mutex
	begun time.Time // the run at work
	now   status
}

// A status is the answer of /-/status.
type status struct {
	Builds     int        `json:"builds"`   // updates of the preview, or runs to a release
	Failures   int        `json:"failures"` // of them
	Error      string     `json:"error"`    // of the last one, "" if it was well
	Pages      int        `json:"pages"`
	Seconds    float64    `json:"seconds"` // that the last one took
	Last       *time.Time `json:"last"`    // when it ended
	Release    string     `json:"release"` // that is current
	ReleasedAt *time.Time `json:"released_at"`
	// Oldest is since when a page has not been looked at: all are at least as new.
	Oldest *time.Time `json:"oldest"`
}

// begin notes the begin of a run.
func (v *vitals) begin() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.begun = time.Now()
}

// end notes how a run ended, and the release that is current now.
func (v *vitals) end(err error, current sight) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.count(err, time.Since(v.begun))
	v.now.Pages = current.pages
	v.released(current)
}

// updated notes an update of the preview.
func (v *vitals) updated(err error, pages int, took time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.count(err, took)
	v.now.Pages = pages
}

// built notes a run to a release beside the preview.
func (v *vitals) built(err error, took time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.count(err, took)
}

// published notes the release that is current now.
func (v *vitals) published(current sight) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.released(current)
}

// released notes the current release. The lock is held.
func (v *vitals) released(current sight) {
	if current.id != "" && current.id != v.now.Release {
		now := time.Now()
		v.now.Release, v.now.ReleasedAt = current.id, &now
	}
	v.now.Oldest = nil
	if !current.oldest.IsZero() {
		v.now.Oldest = &current.oldest
	}
}

// count notes an update. The lock is held.
func (v *vitals) count(err error, took time.Duration) {
	now := time.Now()
	v.now.Builds++
	v.now.Last, v.now.Seconds, v.now.Error = &now, took.Seconds(), ""
	if err != nil {
		v.now.Failures++
		v.now.Error = err.Error()
	}
}

// handle answers /-/status with JSON, and /-/metrics as Prometheus reads it.
func (v *vitals) handle(mux *http.ServeMux) {
	mux.HandleFunc("GET /-/status", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_ = json.NewEncoder(w).Encode(v.status())
	})
	mux.HandleFunc("GET /-/metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		s := v.status()
		metric := func(name, kind, help string, value float64) {
			fmt.Fprintf(w, "# HELP icecap_%s %s\n# TYPE icecap_%s %s\nicecap_%s %v\n", name, help, name, kind, name, value)
		}
		metric("builds_total", "counter", "Updates of the preview, or runs to a release.", float64(s.Builds))
		metric("failures_total", "counter", "Those that failed.", float64(s.Failures))
		metric("pages", "gauge", "Pages of the site.", float64(s.Pages))
		metric("build_seconds", "gauge", "Time that the last one took.", s.Seconds)
		for _, moment := range []struct {
			name, help string
			at         *time.Time
		}{
			{"last_build_timestamp_seconds", "When the last one ended.", s.Last},
			{"last_release_timestamp_seconds", "When the current release was seen first.", s.ReleasedAt},
			{"oldest_page_timestamp_seconds", "Since when a page has not been looked at.", s.Oldest},
		} {
			if moment.at != nil {
				metric(moment.name, "gauge", moment.help, float64(moment.at.UnixMilli())/1000)
			}
		}
	})
}

func (v *vitals) status() status {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.now
}
