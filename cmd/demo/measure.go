package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/dustin/go-humanize"

	"icecap/nginx/bench"
)

const (
	rounds      = 3
	connections = 16
	roundTime   = 800 * time.Millisecond
	sampleSize  = 200 // pages asked in turn
)

// A comparison holds, of each side, the round with the median rate.
type comparison struct {
	app, frozen bench.Result
	ratio       float64 // median of the ratios of the rounds
}

// measure puts the same load on the shop and on the gate in turns, so that
// whatever else the machine does falls on both.
func (d *demo) measure(ctx context.Context) (comparison, error) {
	d.title("Measure: %d connections, the same pages, %d rounds in turns", connections, rounds)
	var apps, frozen []bench.Result
	var ratios []float64
	for round := 1; round <= rounds; round++ {
		app, err := d.load(ctx, d.shopURL)
		if err != nil {
			return comparison{}, err
		}
		ice, err := d.load(ctx, d.gate.url)
		if err != nil {
			return comparison{}, err
		}
		apps, frozen = append(apps, app), append(frozen, ice)
		ratios = append(ratios, ice.Rate/app.Rate)
		d.say("round %d: the shop %s requests/s, frozen %s requests/s", round, rate(app), rate(ice))
	}
	return comparison{median(apps), median(frozen), medianOf(ratios, cmp.Compare)}, nil
}

// load measures one side once. A measurement with errors is none.
func (d *demo) load(ctx context.Context, base string) (bench.Result, error) {
	result, err := bench.Run(ctx, bench.Load{URLs: d.sample(base), Connections: connections, Duration: roundTime, WarmUp: roundTime / 4})
	switch {
	case err != nil:
		return result, err
	case result.Errors > 0:
		return result, fmt.Errorf("measure %s: %d of %d requests failed: %w", base, result.Errors, result.Requests, result.FirstErr)
	case result.Requests == 0:
		return result, fmt.Errorf("measure %s: no answer in %v", base, roundTime)
	}
	return result, nil
}

// sample takes frozen HTML pages from all over the site.
func (d *demo) sample(base string) []string {
	var pages []string
	for _, p := range d.pages {
		if p.shop {
			pages = append(pages, base+p.url)
		}
	}
	var urls []string
	for i := range min(sampleSize, len(pages)) {
		urls = append(urls, pages[i*len(pages)/min(sampleSize, len(pages))])
	}
	return urls
}

func median(results []bench.Result) bench.Result {
	return medianOf(results, func(a, b bench.Result) int { return cmp.Compare(a.Rate, b.Rate) })
}

// medianOf is the middle one of an odd number of values.
func medianOf[T any](values []T, compare func(a, b T) int) T {
	return slices.SortedFunc(slices.Values(values), compare)[len(values)/2]
}

// table prints the comparison.
func (d *demo) table(c comparison) {
	const row = "%-24s %12s %13s %17s %8s"
	d.say(row, "", "requests/s", "median time", "99th percentile", "errors")
	for _, line := range []struct {
		name string
		r    bench.Result
	}{{"the shop itself", c.app}, {"frozen, " + d.gate.name, c.frozen}} {
		d.say(row, line.name, rate(line.r), millis(line.r.P50), millis(line.r.P99), humanize.Comma(line.r.Errors))
	}
	d.say("%-24s %12.1f", "times as many", c.ratio)
	d.say("")
}

func rate(r bench.Result) string { return humanize.Comma(int64(r.Rate)) }

func millis(t time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(t)/float64(time.Millisecond))
}
