package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"icecap/nginx/bench"
)

// sayBench prints the report in the form that was asked for.
func (a *app) sayBench(r *benchReport, own benchFlags) error {
	switch {
	case own.json:
		return a.replyJSON(r)
	case own.format == "ab":
		for _, s := range r.Sides {
			a.reply("%s", abSummary(r, s))
		}
		return nil
	case own.format == "hey":
		for _, s := range r.Sides {
			a.reply("%s", heySummary(s))
		}
		return nil
	}
	a.reply("%s", r.conditions())
	a.reply("")
	a.reply("%-10s %12s %9s %9s %9s %9s %8s  %s", "", "requests/s", "p50", "p90", "p99", "p99.9", "errors", "processors used")
	for _, s := range r.Sides {
		a.sayRow(&s)
	}
	a.reply("")
	for _, v := range r.Visitors {
		if v.Log.Count > 0 {
			a.reply("visitors waited for %s: p50 %.0f ms, p90 %.0f ms, p99 %.0f ms", v.Name, v.Log.P50Ms, v.Log.P90Ms, v.Log.P99Ms)
		}
	}
	for _, g := range r.Against {
		a.reply("%s: %s of the rate before (p = %.3f: %s)", g.Name, percentOf(g.Ratio), g.P, chance(g.P))
	}
	for _, s := range r.Sides {
		if s.Client {
			a.say("warning: %s is near what the client itself can do here (%s requests/s): the server may be faster", s.Name, shortNumber(r.Ceiling))
		}
		if s.Unanswered > 0 {
			a.say("warning: %s did not keep up: %d requests that were due had no answer at the end", s.Name, s.Unanswered)
		}
		if s.Error != "" {
			a.say("warning: %s had errors, such as: %s", s.Name, s.Error)
		}
	}
	if text := r.ratioWords(); text != "" {
		a.reply("%s", text)
	} else {
		a.reply("%s answers %s requests/s", r.Sides[0].Name, shortNumber(r.Sides[0].Median.Rate))
	}
	return nil
}

func chance(p float64) string {
	if p < 0.05 {
		return "a difference"
	}
	return "may be chance"
}

// sayRow prints the median of a side, and the errors of all its rounds.
func (a *app) sayRow(s *benchSide) {
	m := s.Median
	a.reply("%-10s %12s %9s %9s %9s %9s %8d  %s", s.Name, humanize.CommafWithDigits(m.Rate, 0), millis(m.P50), millis(m.P90),
		millis(m.P99), millis(m.P999), s.Errors, cpuWords(m, s.Processes))
}

// cpuWords are how many processors each process kept busy: "nginx 0.84, client 1.02".
func cpuWords(round bench.Round, processes []string) string {
	var parts []string
	busy := func(name string, used time.Duration) {
		if used > 0 && round.Elapsed > 0 {
			parts = append(parts, fmt.Sprintf("%s %.2f", name, used.Seconds()/round.Elapsed.Seconds()))
		}
	}
	for i, name := range processes {
		if i < len(round.CPU) {
			busy(name, round.CPU[i])
		}
	}
	busy("client", round.Client)
	return strings.Join(parts, ", ")
}

// abSummary has the lines of ApacheBench that scripts look for.
func abSummary(r *benchReport, s benchSide) string {
	m := s.Median
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-24s%s\n", name+":", fmt.Sprintf(format, args...))
	}
	line("Document Path", "%s", s.URL)
	line("Document Length", "%d bytes", r.Payload)
	line("Concurrency Level", "%d", r.Connections)
	line("Time taken for tests", "%.3f seconds", m.Elapsed.Seconds())
	line("Complete requests", "%d", m.Requests)
	line("Failed requests", "%d", m.Errors)
	line("HTML transferred", "%d bytes", m.Bytes)
	line("Requests per second", "%.2f [#/sec] (mean)", m.Rate)
	line("Time per request", "%.3f [ms] (mean)", m.Mean.Seconds()*1000)
	line("Transfer rate", "%.2f [Kbytes/sec] received", float64(m.Bytes)/1024/max(m.Elapsed.Seconds(), 1e-9))
	b.WriteString("\nPercentage of the requests served within a certain time (ms)\n")
	for _, p := range quantiles(m, 50, 66, 75, 80, 90, 95, 98, 99) {
		fmt.Fprintf(&b, "  %3d%%  %5.0f\n", p.percent, p.took.Seconds()*1000)
	}
	fmt.Fprintf(&b, "  100%%  %5.0f (longest request)\n", m.Max.Seconds()*1000)
	return b.String()
}

// heySummary has the lines of hey.
func heySummary(s benchSide) string {
	m := s.Median
	var b strings.Builder
	b.WriteString("\nSummary:\n")
	for _, l := range []struct {
		name  string
		value time.Duration
	}{{"Total", m.Elapsed}, {"Slowest", m.Max}, {"Fastest", m.Min}, {"Average", m.Mean}} {
		fmt.Fprintf(&b, "  %s:\t%.4f secs\n", l.name, l.value.Seconds())
	}
	fmt.Fprintf(&b, "  Requests/sec:\t%.4f\n\n  Total data:\t%d bytes\n\nLatency distribution:\n", m.Rate, m.Bytes)
	for _, p := range quantiles(m, 10, 25, 50, 75, 90, 95, 99) {
		fmt.Fprintf(&b, "  %d%% in %.4f secs\n", p.percent, p.took.Seconds())
	}
	fmt.Fprintf(&b, "\nStatus code distribution:\n  [200]\t%d responses\n", m.Requests-m.Errors)
	if m.Errors > 0 {
		fmt.Fprintf(&b, "\nError distribution:\n  [%d]\t%s\n", m.Errors, inLine(s.Error))
	}
	return b.String()
}

// A quantile is the time that so many of a hundred requests did not exceed.
type quantile struct {
	percent int
	took    time.Duration
}

// quantiles are those that are known: of what wrk measured there are three.
func quantiles(m bench.Round, percents ...int) (list []quantile) {
	known := map[int]time.Duration{50: m.P50, 90: m.P90, 99: m.P99}
	for _, p := range percents {
		if took := cmp.Or(m.Quantile(float64(p)/100), known[p]); took > 0 {
			list = append(list, quantile{p, took})
		}
	}
	return list
}
