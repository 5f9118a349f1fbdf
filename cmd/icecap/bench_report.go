package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"icecap/nginx/bench"
	"icecap/nginx/hot"
)

//go:embed bench.html
var benchHTML string

// A benchReport is the answer of bench --json, and the file of --save.
type benchReport struct {
	Machine     string        `json:"machine"`
	NGINX       string        `json:"nginx,omitempty"`
	Driver      string        `json:"driver"`
	Connections int           `json:"connections"`
	Due         float64       `json:"due"` // requests a second on the schedule, 0 for a closed loop
	Duration    time.Duration `json:"duration_ns"`
	Rounds      int           `json:"rounds"`
	KeepAlive   bool          `json:"keep_alive"`
	Compressed  bool          `json:"compressed"`
	URLs        int           `json:"urls"`
	Payload     int64         `json:"payload"` // bytes of a mean answer
	Ceiling     float64       `json:"ceiling"` // requests a second that the client can do

	Sides    []benchSide     `json:"sides"`
	Ratio    *bench.Interval `json:"ratio,omitempty"`    // the second side's rate to the first's
	Against  []benchAgainst  `json:"against,omitempty"`  // of each side that the file of --against has
	Visitors []benchVisitors `json:"visitors,omitempty"` // what a log says beside it
}

// A benchSide is what was measured on one side.
type benchSide struct {
	Name      string        `json:"name"`
	URL       string        `json:"url"` // the first
	Median    bench.Round   `json:"median"`
	Rounds    []bench.Round `json:"rounds"`
	Processes []string      `json:"processes"`

	// Of all rounds.
	Errors     int64 `json:"errors"`
	Unanswered int64 `json:"unanswered"`

	Client bool   `json:"client_bound"` // the result is near the ceiling of the client
	Error  string `json:"error,omitempty"`
}

// A benchAgainst compares a side with what it was.
type benchAgainst struct {
	Name  string  `json:"name"`
	Ratio float64 `json:"ratio"` // of the median rates, now to then
	P     float64 `json:"p"`     // see bench.Differ
}

// A benchVisitors is what visitors waited, beside the measurement.
type benchVisitors struct {
	Name string      `json:"name"`
	Log  hot.Latency `json:"log"`
}

func (r *benchReport) add(side bench.Side, rounds []bench.Round) {
	s := benchSide{Name: side.Name, URL: side.Load.URLs[0], Median: bench.Median(rounds), Rounds: rounds}
	for _, p := range side.Processes {
		s.Processes = append(s.Processes, p.Name)
	}
	var bytes, answers int64
	for _, round := range rounds {
		bytes += round.Bytes
		answers += round.Requests
		s.Errors += round.Errors
		s.Unanswered += round.Unanswered
		if round.FirstErr != nil && s.Error == "" {
			s.Error = round.FirstErr.Error()
		}
	}
	s.Client = r.Due == 0 && r.Driver == "icecap" && s.Median.Rate > bench.NearCeiling*r.Ceiling
	r.URLs = len(side.Load.URLs)
	if answers > 0 {
		r.Payload = bytes / answers
	}
	r.Sides = append(r.Sides, s)
	if n := len(r.Sides); n == 2 {
		ratio := bench.Ratio(bench.Rates(r.Sides[0].Rounds), bench.Rates(rounds))
		r.Ratio = &ratio
	}
}

// measureCeiling finds out what the client itself can do, with answers of so many bytes.
func (r *benchReport) measureCeiling(ctx context.Context, load bench.Load, body int64) error {
	top, err := bench.Ceiling(ctx, load, int(min(body, 1<<24)))
	r.Ceiling = top.Rate
	return err
}

// machine says where a figure is from, and how busy it was.
func machine() string {
	text := fmt.Sprintf("%d cores", runtime.NumCPU())
	if cpus, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(cpus)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				text += " (" + strings.TrimSpace(value) + ")"
				break
			}
		}
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		text += ", load " + strings.Fields(string(load))[0]
	}
	return text
}

// conditions says how it was measured, in one line.
func (r *benchReport) conditions() string {
	var parts []string
	parts = append(parts, r.Machine)
	if r.NGINX != "" {
		parts = append(parts, "nginx "+r.NGINX)
	}
	pace := "closed loop"
	if r.Due > 0 {
		pace = shortNumber(r.Due) + " requests/s due"
	}
	keep := "kept"
	if !r.KeepAlive {
		keep = "new for each request"
	}
	parts = append(parts, pace, fmt.Sprintf("%d connections, %s", r.Connections, keep), fmt.Sprintf("%s of %s", plural(r.Rounds, "round"), r.Duration),
		payloadWords(r.URLs, r.Payload))
	if r.Compressed {
		parts = append(parts, "gzip")
	}
	if r.Driver != "icecap" {
		parts = append(parts, r.Driver)
	}
	return strings.Join(parts, ", ")
}

// payloadWords are what is asked: "50 URLs of 6.3 KiB".
func payloadWords(urls int, mean int64) string {
	return fmt.Sprintf("%s of %s", plural(urls, "URL"), humanize.IBytes(uint64(mean)))
}

// ratioWords are the sentence about the two sides.
func (r *benchReport) ratioWords() string {
	if r.Ratio == nil || len(r.Sides) != 2 {
		return ""
	}
	text := fmt.Sprintf("%s is %s times as fast as %s", r.Sides[1].Name, times(r.Ratio.Median), r.Sides[0].Name)
	if r.Ratio.High > 0 {
		return text + fmt.Sprintf(" (%s to %s, %.0f %% confidence)", times(r.Ratio.Low), times(r.Ratio.High), r.Ratio.Confidence*100)
	}
	return text + " (six rounds or more would tell how sure that is)"
}

func times(v float64) string {
	if v >= 10 {
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// compare sets the report beside an earlier one, or a log.
func (r *benchReport) compare(before *againstFile) {
	if before.log != nil {
		for _, s := range r.Sides {
			switch s.Name {
			case "app":
				r.Visitors = append(r.Visitors, benchVisitors{"app", before.log.App})
			case "frozen":
				r.Visitors = append(r.Visitors, benchVisitors{"frozen", before.log.Frozen})
			}
		}
		return
	}
	for _, s := range r.Sides {
		for _, old := range before.bench.Sides {
			if old.Name == s.Name && old.Median.Rate > 0 {
				then, now := bench.Rates(old.Rounds), bench.Rates(s.Rounds)
				r.Against = append(r.Against, benchAgainst{s.Name, bench.Estimate(now).Median / bench.Estimate(then).Median, bench.Differ(then, now)})
			}
		}
	}
}

// An againstFile is a report of bench, or of hot.
type againstFile struct {
	bench *benchReport
	log   *hot.Summary
}

func readAgainst(name string) (*againstFile, error) {
	if name == "" {
		return nil, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, usageError{fmt.Errorf("read what to compare with: %w", err)}
	}
	var kind struct {
		Sides  []json.RawMessage `json:"sides"`
		People *json.RawMessage  `json:"people"`
	}
	if err := json.Unmarshal(text, &kind); err != nil {
		return nil, usageError{fmt.Errorf("read what to compare with: %s: %w", name, err)}
	}
	file := &againstFile{}
	switch {
	case kind.Sides != nil:
		err = json.Unmarshal(text, &file.bench)
	case kind.People != nil:
		err = json.Unmarshal(text, &file.log)
	default:
		return nil, usageError{fmt.Errorf("read what to compare with: %s is no report of icecap bench or icecap hot", name)}
	}
	if err != nil {
		return nil, usageError{fmt.Errorf("read what to compare with: %s: %w", name, err)}
	}
	return file, nil
}

// readMix reads the pages of a report of hot, and how often each is asked for.
func readMix(name string) (paths []string, weights []int, err error) {
	file, err := readAgainst(name)
	if err != nil {
		return nil, nil, err
	}
	if file.log == nil {
		return nil, nil, usageError{fmt.Errorf("read the mix: %s is no report of icecap hot", name)}
	}
	most := int64(1)
	for _, p := range file.log.Paths {
		most = max(most, p.Requests)
	}
	for _, p := range file.log.Paths {
		if p.CanFreeze() || p.Reached == 0 {
			paths = append(paths, p.URL)
			weights = append(weights, max(int(math.Round(float64(p.Requests)/float64(most)*100)), 1))
		}
	}
	if len(paths) == 0 {
		return nil, nil, usageError{fmt.Errorf("read the mix: %s has no page that could be frozen", name)}
	}
	return paths, weights, nil
}

func saveJSON(name string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err == nil {
		err = os.WriteFile(name, append(text, '\n'), 0o644)
	}
	if err != nil {
		return fmt.Errorf("save the report: %w", err)
	}
	return nil
}
