package bench

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"net"
	"slices"
	"time"

	"github.com/valyala/fasthttp"
	"golang.org/x/perf/benchmath"
)

// A Side is one of several loads that are compared.
type Side struct {
	Name      string
	Load      Load
	Processes []Process // whose processor time is counted
	// Driver puts the load on the server: nil is [Run], another may be [Wrk].
	Driver func(context.Context, Load) (Result, error)
}

// A Process is a server, with all processes that it started.
type Process struct {
	Name string
	PID  int
}

// A Round is one measurement of one side.
type Round struct {
	Result
	CPU    []time.Duration `json:"cpu_ns"`        // of each of the side's processes; 0 where the system does not tell
	Client time.Duration   `json:"client_cpu_ns"` // of this program
}

// Interleave measures all sides in turns, A B A B, as many rounds as asked. told
// hears of each measurement; it may be nil. The rounds of side i are result[i]; if
// ctx ends, they are those that were finished.
func Interleave(ctx context.Context, sides []Side, rounds int, told func(Side, Round)) ([][]Round, error) {
	all := make([][]Round, len(sides))
	for range rounds {
		for i, side := range sides {
			round, err := Measure(ctx, side)
			if err != nil {
				return all, fmt.Errorf("measure %s: %w", side.Name, err)
			}
			all[i] = append(all[i], round)
			if told != nil {
				told(side, round)
			}
		}
	}
	return all, nil
}

// Measure puts a side's load on its server once. Processor time is that of the
// measured window alone: the warm-up is a load of its own before it.
func Measure(ctx context.Context, side Side) (Round, error) {
	if load := side.Load.withDefaults(); side.Driver == nil && load.WarmUp > 0 {
		side.Load.WarmUp, load.Duration, load.WarmUp = -1, load.WarmUp, -1
		if result, err := Run(ctx, load); err != nil {
			return Round{Result: result}, err
		}
	}
	before := make([]time.Duration, len(side.Processes))
	for i, p := range side.Processes {
		before[i] = cpuOf(p.PID)
	}
	own := cpuOfSelf()
	drive := side.Driver
	if drive == nil {
		drive = Run
	}
	result, err := drive(ctx, side.Load)
	round := Round{Result: result, Client: cpuOfSelf() - own}
	for i, p := range side.Processes {
		round.CPU = append(round.CPU, max(cpuOf(p.PID)-before[i], 0))
	}
	return round, err
}

// Rates are the rates of rounds.
func Rates(rounds []Round) []float64 {
	rates := make([]float64, len(rounds))
	for i, r := range rounds {
		rates[i] = r.Rate
	}
	return rates
}

// Median is the round with the median rate; of an even number, the lower one of
// the two in the middle. There must be one.
func Median(rounds []Round) Round {
	sorted := slices.SortedStableFunc(slices.Values(rounds), func(a, b Round) int {
		switch {
		case a.Rate < b.Rate:
			return -1
		case a.Rate > b.Rate:
			return 1
		}
		return 0
	})
	return sorted[(len(sorted)-1)/2]
}

// An Interval is a median, and between which values it lies with which confidence.
type Interval struct {
	Median     float64 `json:"median"`
	Low        float64 `json:"low"`        // 0 if there are too few measurements to say
	High       float64 `json:"high"`       // likewise
	Confidence float64 `json:"confidence"` // of Low to High, 0 to 1
}

// confidence that is wanted. Six measurements are needed for it.
const confidence = 0.95

// Ratio says how many times as much b is as a: the median of the ratios of the
// rounds, for both had the same troubles in a round. The interval is by order
// statistics, which assume nothing of the distribution; it needs six rounds.
func Ratio(a, b []float64) Interval {
	var ratios []float64
	for i := range min(len(a), len(b)) {
		if a[i] > 0 {
			ratios = append(ratios, b[i]/a[i])
		}
	}
	return Estimate(ratios)
}

// Estimate is the median of some values, with its interval.
func Estimate(values []float64) Interval {
	if len(values) == 0 {
		return Interval{}
	}
	s := benchmath.AssumeNothing.Summary(benchmath.NewSample(slices.Clone(values), &benchmath.DefaultThresholds), confidence)
	if math.IsInf(s.Lo, 0) || math.IsInf(s.Hi, 0) {
		return Interval{Median: s.Center}
	}
	return Interval{s.Center, s.Lo, s.Hi, s.Confidence}
}

// Differ is the probability that two samples that are as far apart as these come
// from the same distribution (Mann-Whitney U test, two-sided). Few samples have no
// small one: four of each cannot be below 0.028.
func Differ(a, b []float64) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 1
	}
	sample := func(v []float64) *benchmath.Sample {
		return benchmath.NewSample(slices.Clone(v), &benchmath.DefaultThresholds)
	}
	return benchmath.AssumeNothing.Compare(sample(a), sample(b)).P
}

// Check asks for each URL of a load once, and returns the bytes of a mean answer,
// or the first error: a measurement of errors is none.
func Check(ctx context.Context, load Load) (body int64, err error) {
	load = load.withDefaults()
	target, err := load.target()
	if err != nil {
		return 0, err
	}
	seen := map[string]bool{}
	var uris []string
	for _, uri := range target.uris {
		if !seen[uri] {
			seen[uri] = true
			uris = append(uris, uri)
		}
	}
	w := &worker{load: load, target: target, count: newCount(&load)}
	w.target.uris = uris
	w.client = load.client(target, func(addr string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", addr)
	})
	defer w.client.CloseIdleConnections()
	request, response := &fasthttp.Request{}, &fasthttp.Response{}
	w.setHeader(request)
	for range uris {
		request.SetRequestURI(w.target.uris[w.next])
		w.next = (w.next + 1) % len(uris)
		err := w.client.DoDeadline(request, response, time.Now().Add(load.Timeout))
		if w.add(response, err, 0); w.count.firstErr != nil || ctx.Err() != nil {
			return 0, cmp.Or(ctx.Err(), w.count.firstErr)
		}
	}
	return w.count.bytes / int64(len(uris)), nil
}
