package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"icecap/nginx/bench"
	"icecap/nginx/hot"
	"icecap/nginx/tune"
	"icecap/render/browsertest"
)

// TestReportsInChromium opens the reports as people do: axe-core finds nothing, nothing
// is wider than the screen, and nothing is asked for.
func TestReportsInChromium(t *testing.T) {
	dir := t.TempDir()
	long := "/a/" + strings.Repeat("long", 40)
	counter := &hot.Counter{}
	counter.Add(hostileLog(t, long))
	measured := &benchReport{Machine: "2 cores", NGINX: "1.22.1", Connections: 16, Duration: time.Second, KeepAlive: true, URLs: 50, Payload: 6400}
	for i, name := range []string{"app", "frozen"} {
		var rounds []bench.Round
		for round := range 6 {
			rounds = append(rounds, bench.Round{Result: bench.Result{Rate: float64(1000 + 20000*i + round), P50: time.Millisecond, P99: 20 * time.Millisecond, Max: time.Second}, CPU: []time.Duration{time.Second}})
		}
		measured.add(bench.Side{Name: name, Load: bench.Load{URLs: []string{"http://127.0.0.1:8000/"}}, Processes: []bench.Process{{Name: "server"}}}, rounds)
	}
	tuned := &tuneReport{About: "2 cores, nginx 1.22.1, 50 URLs of 6.3 KiB", Load: "closed loop, 16 connections, kept, 12 rounds of 1s", Subject: "nginx"}
	tuned.Experiments = []tune.Experiment{
		{Kind: tune.Trial, Knob: "worker_rlimit_nofile", Skipped: true, Verdict: tune.Verdict{Why: "20000 open files are allowed, and at most 80 are needed"}},
		{Kind: tune.Trial, Knob: "access_log", To: "buffered", Value: []float64{1}, Verdict: tune.Verdict{Accepted: true, Gain: 0.1, Low: 0.05, High: 0.2, Why: "p = 0.0010", CPU: &tune.Cost{More: -0.1, Sure: true}}},
		{Kind: tune.Trial, Knob: "keepalive_requests", To: "100000", Value: []float64{1}, Verdict: tune.Verdict{Gain: -0.01, Low: -0.1, High: 2, Why: "within the noise (p = 0.600, the limit is 0.050)", CPU: &tune.Cost{More: 0.01}}},
	}
	frozen := hostileReport(t, long)
	for i := range frozen.done.Site.Skips {
		frozen.done.Site.Skips[i].Reason, frozen.done.Site.Skips[i].Detail = "status", "404" // words of ours
	}
	reports := map[string]func() ([]byte, error){
		"hot.html": func() ([]byte, error) {
			return renderPage(hotHTML, viewHot(&hotReport{Log: "access.log", By: hot.ByTime, Summary: counter.Summary(hot.ByTime)}))
		},
		"bench.html":  func() ([]byte, error) { return renderPage(benchHTML, viewBench(measured)) },
		"freeze.html": func() ([]byte, error) { return renderPage(reportHTML, viewReport(frozen)) },
		"tune.html":   func() ([]byte, error) { return renderPage(tuneHTML, viewTune(tuned)) },
	}
	var files []string
	for name, render := range reports {
		page, err := render()
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, filepath.Join(dir, name))
		if err := os.WriteFile(filepath.Join(dir, name), page, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	browsertest.Find(t).Check(t, "reports.mjs", files...)
}
