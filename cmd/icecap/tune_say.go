package main

import (
	"cmp"
	_ "embed"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"icecap/nginx/bench"
	"icecap/nginx/tune"
)

//go:embed tune.html
var tuneHTML string

// valueWords shows an empty value.
func valueWords(value string) string { return cmp.Or(value, "(none)") }

// experimentLine is one experiment in one line.
func experimentLine(e *tune.Experiment) string {
	what := e.Knob + " " + valueWords(e.To)
	switch {
	case e.Skipped:
		return fmt.Sprintf("%-32s  skipped: %s", e.Knob, inLine(e.Verdict.Why))
	case e.Kind == tune.Together:
		what = "all together"
	case e.Kind == tune.LeftOut:
		what = "with " + e.Knob + " " + valueWords(e.To)
	}
	return fmt.Sprintf("%-32s  %s  %s", what, gainWords(e), inLine(outcomeWords(e)))
}

func gainWords(e *tune.Experiment) string {
	if len(e.Value) == 0 {
		return strings.Repeat(" ", 28)
	}
	v := e.Verdict
	return fmt.Sprintf("%+7.1f %%  (%+.1f to %+.1f %%)", v.Gain*100, v.Low*100, v.High*100)
}

// outcomeWords say what became of a value, and what it costs.
func outcomeWords(e *tune.Experiment) string {
	text := verdictWords(e)
	if cost := e.Verdict.CPU.String(); cost != "" {
		text += "; " + cost
	}
	return text
}

func verdictWords(e *tune.Experiment) string {
	switch {
	case e.Kind == tune.LeftOut && e.Verdict.Accepted:
		return "is needed"
	case e.Kind == tune.LeftOut:
		return "makes no difference any more: " + e.Verdict.Why
	case e.Verdict.Accepted && e.Advice != "":
		return "your choice: " + e.Advice
	case e.Verdict.Accepted:
		return "accepted, " + e.Verdict.Why
	}
	return "rejected: " + e.Verdict.Why
}

// sayTune prints the record and the setting that was found.
func (a *app) sayTune(r *tuneReport, own tuneFlags) {
	a.reply("%s", r.About)
	a.reply("%s", r.Load)
	a.reply("")
	for i := range r.Experiments {
		a.reply("%s", experimentLine(&r.Experiments[i]))
	}
	a.reply("")
	a.reply("%s", bestWords(r))
	if noise := medianBand(r.Experiments); noise > 0.2 {
		a.say("warning: the rounds of one experiment differ by %s: this machine is too busy to see small gains", wholePercent(noise))
	}
	if !r.Complete {
		a.say("the time was up before all was tried: give --budget more, and --resume")
	}
	switch {
	case own.write != "":
		a.say("the lines are in %s, with their evidence; nothing was installed", own.write)
	case r.Subject == "nginx":
		a.say("next: icecap tune --resume --write tuned.conf")
	}
}

// medianBand is how far the rounds of an experiment typically lie apart.
func medianBand(experiments []tune.Experiment) float64 {
	var bands []float64
	for _, e := range experiments {
		if len(e.Value) > 0 {
			bands = append(bands, e.Verdict.High-e.Verdict.Low)
		}
	}
	return bench.Estimate(bands).Median
}

// bestWords is the last line: what was found, and what it is worth.
func bestWords(r *tuneReport) string {
	accepted := r.Accepted()
	if len(accepted) == 0 {
		return "no value is surely better than the setting at the start"
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(r.Best)) {
		if r.Best[name] != r.Start[name] {
			parts = append(parts, name+" "+valueWords(r.Best[name]))
		}
	}
	text := "best: " + strings.Join(parts, ", ")
	for _, e := range r.Experiments {
		if e.Kind == tune.Together {
			text += fmt.Sprintf(": %+.1f %% (%+.1f to %+.1f %%)", e.Verdict.Gain*100, e.Verdict.Low*100, e.Verdict.High*100)
			if !e.Verdict.Accepted {
				text += "; as a whole it is not proved to be better: " + e.Verdict.Why
			}
		}
	}
	return text
}

// A tuneView is what the template shows; every number is ready.
type tuneView struct {
	Title, Version, About, Load, Best string
	Rows                              []tuneRow // of what was measured
	Skipped                           []tuneRow
	Plots                             []*plot
}

type tuneRow struct {
	Number                        int
	What, Gain, Band, CPU, Became string
	Class                         string
}

func viewTune(r *tuneReport) tuneView {
	v := tuneView{Title: r.Subject, Version: version(), About: r.About, Load: r.Load, Best: bestWords(r)}
	var measured []tune.Experiment
	for i := range r.Experiments {
		e := &r.Experiments[i]
		if e.Skipped {
			v.Skipped = append(v.Skipped, tuneRow{What: e.Knob, Became: e.Verdict.Why})
			continue
		}
		measured = append(measured, *e)
		v.Rows = append(v.Rows, viewExperiment(e, len(measured)))
	}
	v.Plots = []*plot{gainPlot(v.Rows, measured)}
	return v
}

func viewExperiment(e *tune.Experiment, number int) tuneRow {
	row := tuneRow{Number: number, What: strings.TrimSpace(e.Knob + " " + valueWords(e.To)), Became: verdictWords(e), Class: "left"}
	switch e.Kind {
	case tune.Together:
		row.What = "all together"
	case tune.LeftOut:
		row.What = "with " + row.What
	}
	if len(e.Value) > 0 {
		row.Gain = fmt.Sprintf("%+.1f %%", e.Verdict.Gain*100)
		row.Band = fmt.Sprintf("%+.1f to %+.1f %%", e.Verdict.Low*100, e.Verdict.High*100)
	}
	if cost := e.Verdict.CPU; cost != nil {
		row.CPU = fmt.Sprintf("%+.1f %%", cost.More*100)
		if !cost.Sure {
			row.CPU += " (noise)"
		}
	}
	if e.Verdict.Accepted {
		row.Class = "frozen"
	}
	return row
}

// gainPlot shows each gain as a dot within its noise band.
func gainPlot(rows []tuneRow, experiments []tune.Experiment) *plot {
	p := newPlot("Gain of each experiment, and the range of its rounds")
	low, high, most := -0.02, 0.02, 0.1
	for _, e := range experiments {
		low, high, most = min(low, e.Verdict.Low), max(high, e.Verdict.High), max(most, math.Abs(e.Verdict.Gain))
	}
	low, high = max(low, -2*most), min(high, 2*most) // one wild round must not hide the rest
	x := axis{min: 0.5, max: float64(len(rows)) + 0.5, format: func(float64) string { return "" }}
	y := axis{min: low, max: high, format: func(v float64) string { return fmt.Sprintf("%+.0f %%", v*100) }}
	p.axes(x, y)
	for i, e := range experiments {
		if len(e.Value) == 0 {
			continue
		}
		at := p.x(x, float64(i+1))
		p.Paths = append(p.Paths, plotPath{rows[i].Class, "M" + at + " " + p.y(y, e.Verdict.Low) + "L" + at + " " + p.y(y, e.Verdict.High)})
		p.Dots = append(p.Dots, plotDot{rows[i].Class, at, p.y(y, e.Verdict.Gain), rows[i].What + ": " + rows[i].Gain})
		p.label(at, fmt.Sprint(i+1))
	}
	p.Legend = []plotName{{"frozen", "accepted"}, {"left", "not"}}
	return p
}
