package main

import (
	_ "embed"
	"fmt"
	"time"

	"icecap/nginx/hot"
)

//go:embed hot.html
var hotHTML string

// A hotView is what the template shows; every number is ready.
type hotView struct {
	*hotReport
	Title, Version          string
	Span, AppTime, TimeNote string
	Share, Cover            string
	Freezable               int
	Plots                   []*plot
	Paths                   []hotRow
	Reasons, ByProgram      []shareRow
	Trends                  []trendRow
}

type hotRow struct {
	hot.Path
	InApp, Mean, Can string
	Width            float64
}

type shareRow struct {
	hot.Named
	Share string
	Width float64
}

type trendRow struct{ URL, Before, After, Change string }

func viewHot(r *hotReport) hotView {
	v := hotView{hotReport: r, Title: r.Log, Version: version(), AppTime: spell(r.People.AppTime()), Freezable: r.freezable}
	if r.Log == "-" {
		v.Title = "standard input"
	}
	switch r.TimeFrom {
	case "upstream":
		v.TimeNote = "as the gate waited for it"
	case "request":
		v.TimeNote = "with the time of slow visitors"
	default:
		v.AppTime, v.TimeNote = "unknown", "the format tells no times"
	}
	if n := len(r.Hours); n > 0 {
		v.Span = r.Hours[0].Start.Format("2006-01-02 15:00") + " to " + r.Hours[n-1].Start.Add(time.Hour).Format("2006-01-02 15:00 MST")
	}
	if n := len(r.Curve); n > 0 {
		v.Share = wholePercent(r.Curve[n-1].Requests)
	} else {
		v.Share = wholePercent(0)
	}
	if r.Cover != nil {
		v.Cover = coverWords(r.Cover, r.TimeFrom)
	}
	for _, p := range r.Paths {
		row := hotRow{Path: p, InApp: "-", Mean: "-", Can: takenWords(p), Width: percent(rankValue(p, r.By), rankValue(r.Paths[0], r.By))}
		if r.TimeFrom != "" && p.Reached > 0 {
			row.InApp, row.Mean = spell(p.AppTime()), millis(p.AppTime()/time.Duration(p.Reached))
		}
		v.Paths = append(v.Paths, row)
	}
	v.Reasons = shareRows(r.Reasons, r.People.Requests)
	v.ByProgram = shareRows(r.ByProgram[:min(len(r.ByProgram), reportLargest)], r.People.Requests+r.Programs.Requests)
	for _, t := range r.Trends {
		v.Trends = append(v.Trends, trendRow{t.URL, percentOf(t.Before), percentOf(t.After), fmt.Sprintf("%+.1f %%", (t.After-t.Before)*100)})
	}
	v.addPlots()
	return v
}

func rankValue(p hot.Path, by hot.Order) int64 {
	switch by {
	case hot.ByTime:
		return p.AppMicros
	case hot.ByBytes:
		return p.Bytes
	}
	return p.Requests
}

func shareRows(list []hot.Named, whole int64) (rows []shareRow) {
	for _, n := range list {
		rows = append(rows, shareRow{n, percentOf(portion(n.Requests, whole)), percent(n.Requests, whole)})
	}
	return rows
}

func (v *hotView) addPlots() {
	if len(v.Curve) > 1 {
		v.Plots = append(v.Plots, paretoPlot(v.Curve, v.TimeFrom != ""))
	}
	if len(v.Hours) > 1 {
		v.Plots = append(v.Plots, heatPlot(v.Hours))
	}
	if v.App.Count+v.Frozen.Count > 0 {
		v.Plots = append(v.Plots, latencyPlot(v.hotReport.Frozen, v.hotReport.App))
	}
}

// paretoPlot shows how few pages take most off the app.
func paretoPlot(curve []hot.Point, timed bool) *plot {
	p := newPlot("What freezing the first pages takes off the app")
	x := axis{min: 1, max: float64(curve[len(curve)-1].Pages), log: true, format: shortNumber}
	y := axis{min: 0, max: 1, format: wholePercent}
	p.axes(x, y)
	var requests, times []point
	for _, c := range curve {
		requests = append(requests, point{float64(c.Pages), c.Requests})
		times = append(times, point{float64(c.Pages), c.Time})
	}
	p.line("frozen", "of its requests", x, y, requests)
	if timed {
		p.line("broken dash", "of its time", x, y, times)
	}
	return p
}

// heatDays is how many days fit below each other.
const heatDays = 14

// heatPlot shows the last two weeks, a row a day and a column an hour.
func heatPlot(hours []hot.Hour) *plot {
	p := newPlot("Requests by hour (UTC)")
	last := hours[len(hours)-1].Start.Truncate(24 * time.Hour)
	days := min(heatDays, int(last.Sub(hours[0].Start.Truncate(24*time.Hour)).Hours()/24)+1)
	first := last.AddDate(0, 0, 1-days)
	most := int64(1)
	for _, h := range hours {
		if !h.Start.Before(first) {
			most = max(most, h.Requests)
		}
	}
	width, height := plotInnerWidth/24, min(plotInnerHeight/float64(days), 28)
	for d := range days {
		y := plotTop + (float64(d)+0.5)*height + plotLabelDown
		p.Labels = append(p.Labels, plotLabel{coordinate(plotLeft - gap), coordinate(y), "end", first.AddDate(0, 0, d).Format("Jan 2")})
	}
	p.Height = plotTop + int(height*float64(days)) + plotBottom
	for hour := 0; hour <= 24; hour += 6 {
		p.label(coordinate(plotLeft+float64(hour)*width), fmt.Sprintf("%d h", hour))
	}
	for _, h := range hours {
		if h.Start.Before(first) {
			continue
		}
		day := int(h.Start.Sub(first).Hours() / 24)
		p.Rects = append(p.Rects, plotRect{"frozen", coordinate(plotLeft + float64(h.Start.Hour())*width), coordinate(plotTop + float64(day)*height),
			coordinate(width - 1), coordinate(height - 1), fmt.Sprintf("%.2f", 0.08+0.92*portion(h.Requests, most)),
			h.Start.Format("Jan 2 15:00") + ": " + shortNumber(float64(h.Requests))})
	}
	return p
}

// latencyPlot shows which share of the answers took how long.
func latencyPlot(frozen, app hot.Latency) *plot {
	p := newPlot("How long visitors waited: less than ... ms")
	var kinds []series
	var all []hot.Latency
	for _, s := range []struct {
		series
		hot.Latency
	}{{series{"frozen", "from disk"}, frozen}, {series{"left", "from the app"}, app}} {
		if s.Count > 0 {
			kinds, all = append(kinds, s.series), append(all, s.Latency)
		}
	}
	var groups []barGroup
	most := 0.0
	for i := range all[0].Bars {
		g := barGroup{label: barLabel(all[0].Bars[i].BelowMs)}
		for _, l := range all {
			value := portion(l.Bars[i].Count, l.Count)
			most = max(most, value)
			g.values = append(g.values, value)
		}
		groups = append(groups, g)
	}
	p.bars(axis{max: max(most, 0.01), format: wholePercent}, kinds, groups)
	return p
}

func barLabel(ms float64) string {
	switch {
	case ms == 0:
		return "more"
	case ms < 1000:
		return fmt.Sprintf("%.0f", ms)
	}
	return fmt.Sprintf("%.0fs", ms/1000)
}
