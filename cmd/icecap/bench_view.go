package main

import (
	"fmt"
	"math"
	"time"

	"github.com/dustin/go-humanize"

	"icecap/nginx/bench"
)

// A benchView is what the template shows; every number is ready.
type benchView struct {
	Title, Version, Conditions, Ratio string
	Rows                              []benchRow
	Plots                             []*plot
	Facts, Notes                      []string // what was found, and what to beware of
}

type benchRow struct{ Name, URL, Rate, P50, P90, P99, P999, Errors, CPU string }

func viewBench(r *benchReport) benchView {
	v := benchView{Title: "Measurement", Version: version(), Conditions: r.conditions(), Ratio: r.ratioWords()}
	for _, s := range r.Sides {
		v.Rows = append(v.Rows, rowOf(&s))
		if s.Client {
			v.Notes = append(v.Notes, fmt.Sprintf("%s is near what the client itself can do (%s requests/s): the server may be faster.", s.Name, shortNumber(r.Ceiling)))
		}
		if s.Error != "" {
			v.Notes = append(v.Notes, s.Name+" had errors, such as: "+s.Error)
		}
	}
	for _, g := range r.Against {
		v.Facts = append(v.Facts, fmt.Sprintf("%s: %s of the rate before (p = %.3f, %s).", g.Name, percentOf(g.Ratio), g.P, chance(g.P)))
	}
	for _, g := range r.Visitors {
		if g.Log.Count > 0 {
			v.Facts = append(v.Facts, fmt.Sprintf("Visitors waited for %s: p50 %.0f ms, p90 %.0f ms, p99 %.0f ms.", g.Name, g.Log.P50Ms, g.Log.P90Ms, g.Log.P99Ms))
		}
	}
	v.Plots = []*plot{roundsPlot(r.Sides), percentilePlot(r.Sides)}
	return v
}

func rowOf(s *benchSide) benchRow {
	m := s.Median
	return benchRow{s.Name, s.URL, humanize.CommafWithDigits(m.Rate, 0), millis(m.P50), millis(m.P90), millis(m.P99), millis(m.P999), fmt.Sprint(s.Errors), cpuWords(m, s.Processes)}
}

// sideClass tells sides apart. Of four, each second one is the tuned one of a pair.
func sideClass(i, sides int) string {
	if sides == 4 {
		return []string{"left", "left dash", "frozen", "frozen dash"}[i]
	}
	return []string{"left", "frozen"}[i%2]
}

// roundsPlot shows the rate of each round, so that noise can be seen.
func roundsPlot(sides []benchSide) *plot {
	p := newPlot("Requests a second, round by round")
	most, rounds := 1.0, 1
	for _, s := range sides {
		rounds = max(rounds, len(s.Rounds))
		for _, round := range s.Rounds {
			most = math.Max(most, round.Rate)
		}
	}
	x := axis{min: 1, max: float64(max(rounds, 2)), format: shortNumber}
	y := axis{min: 0, max: most, format: shortNumber}
	p.axes(x, y)
	for i, s := range sides {
		class := sideClass(i, len(sides))
		var points []point
		for n, round := range s.Rounds {
			points = append(points, point{float64(n + 1), round.Rate})
			p.Dots = append(p.Dots, plotDot{class, p.x(x, float64(n+1)), p.y(y, round.Rate), s.Name + ": " + shortNumber(round.Rate)})
		}
		p.line(class, s.Name, x, y, points)
	}
	return p
}

// percentilePlot shows how long the slowest wait, in steps of nines.
func percentilePlot(sides []benchSide) *plot {
	p := newPlot("Time that so many requests did not exceed")
	least, most := math.Inf(1), 0.0
	shares := []struct {
		label string
		of    func(bench.Round) time.Duration
	}{
		{"50 %", func(r bench.Round) time.Duration { return r.P50 }}, {"90 %", func(r bench.Round) time.Duration { return r.P90 }},
		{"99 %", func(r bench.Round) time.Duration { return r.P99 }}, {"99.9 %", func(r bench.Round) time.Duration { return r.P999 }},
		{"all", func(r bench.Round) time.Duration { return r.Max }},
	}
	for _, s := range sides {
		for _, share := range shares {
			if took := share.of(s.Median).Seconds(); took > 0 {
				least, most = math.Min(least, took), math.Max(most, took)
			}
		}
	}
	if most == 0 {
		return p
	}
	y := axis{min: math.Pow(10, math.Floor(math.Log10(least))), max: math.Pow(10, math.Ceil(math.Log10(most))), log: true, format: func(s float64) string {
		return millis(time.Duration(s * float64(time.Second)))
	}}
	x := axis{min: 0, max: float64(len(shares) - 1), format: func(float64) string { return "" }}
	p.axes(x, y)
	for i, share := range shares {
		p.label(p.x(x, float64(i)), share.label)
	}
	for i, s := range sides {
		var points []point
		for n, share := range shares {
			if took := share.of(s.Median).Seconds(); took > 0 {
				points = append(points, point{float64(n), took})
			}
		}
		p.line(sideClass(i, len(sides)), s.Name, x, y, points)
	}
	return p
}
