package main

import (
	"fmt"
	"math"
	"strings"
)

// A plot is a drawing of the template "plot": plain shapes, every number ready.
// Classes are those of the style sheet: frozen, left, broken.
type plot struct {
	Title         string
	Width, Height int
	Lines         []plotLine
	Paths         []plotPath
	Rects         []plotRect
	Dots          []plotDot
	Labels        []plotLabel
	Legend        []plotName
}

type plotLine struct{ X1, Y1, X2, Y2 string }
type plotPath struct{ Class, D string }
type plotRect struct{ Class, X, Y, Width, Height, Opacity, Title string }
type plotDot struct{ Class, X, Y, Title string }
type plotLabel struct{ X, Y, Anchor, Text string }
type plotName struct{ Class, Name string }

// The room of a plot, and the margins for the labels in it.
const (
	plotWidth, plotHeight              = 440, 250
	plotLeft, plotTop                  = 56, 10
	plotRight, plotBottom              = 12, 24
	plotInnerWidth                     = float64(plotWidth - plotLeft - plotRight)
	plotInnerHeight                    = float64(plotHeight - plotTop - plotBottom)
	plotLabelBelow, plotLabelDown, gap = 16, 4, 6
)

func newPlot(title string) *plot { return &plot{Title: title, Width: plotWidth, Height: plotHeight} }

// An axis maps values to places, in equal steps or, if log, in equal factors.
type axis struct {
	min, max float64
	log      bool
	format   func(float64) string
}

// share is the place of a value between the ends of the axis, 0 to 1.
func (a axis) share(v float64) float64 {
	low, high := a.min, a.max
	if a.log {
		v, low, high = math.Log(math.Max(v, a.min)), math.Log(a.min), math.Log(a.max)
	}
	if high <= low {
		return 0
	}
	return math.Min(math.Max((v-low)/(high-low), 0), 1)
}

// ticks are about five round values.
func (a axis) ticks() []float64 {
	var ticks []float64
	if a.log {
		for v := math.Pow(10, math.Ceil(math.Log10(a.min)-1e-9)); v <= a.max*1.001; v *= 10 {
			ticks = append(ticks, v)
		}
		return ticks
	}
	step := niceStep((a.max - a.min) / 5)
	for i := math.Ceil(a.min / step); i*step <= a.max*1.0001; i++ {
		ticks = append(ticks, i*step+0) // +0: no "-0"
	}
	return ticks
}

// niceStep is the next 1, 2 or 5 times a power of ten.
func niceStep(v float64) float64 {
	if v <= 0 {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, factor := range []float64{1, 2, 5} {
		if v <= factor*unit {
			return factor * unit
		}
	}
	return 10 * unit
}

func (p *plot) x(a axis, v float64) string { return coordinate(plotLeft + a.share(v)*plotInnerWidth) }

func (p *plot) y(a axis, v float64) string {
	return coordinate(plotTop + (1-a.share(v))*plotInnerHeight)
}

// coordinate is a place with one digit after the point: enough, and short.
func coordinate(v float64) string { return fmt.Sprintf("%.1f", v) }

// axes draws the grid and the labels of both axes.
func (p *plot) axes(x, y axis) {
	for _, v := range y.ticks() {
		at := p.y(y, v)
		p.Lines = append(p.Lines, plotLine{coordinate(plotLeft), at, coordinate(plotWidth - plotRight), at})
		p.Labels = append(p.Labels, plotLabel{coordinate(plotLeft - gap), shift(at, plotLabelDown), "end", y.format(v)})
	}
	for _, v := range x.ticks() {
		p.label(p.x(x, v), x.format(v))
	}
}

// label writes below the plot.
func (p *plot) label(x, text string) {
	p.Labels = append(p.Labels, plotLabel{x, coordinate(float64(p.Height - plotBottom + plotLabelBelow)), "middle", text})
}

func shift(at string, by float64) string {
	var v float64
	fmt.Sscan(at, &v) // of our own making
	return coordinate(v + by)
}

// A point is one measurement of a line.
type point struct{ x, y float64 }

// line draws a curve with its name in the legend.
func (p *plot) line(class, name string, x, y axis, points []point) {
	var d strings.Builder
	for i, point := range points {
		d.WriteString([]string{"L", "M"}[btoi(i == 0)] + p.x(x, point.x) + " " + p.y(y, point.y))
	}
	p.Paths = append(p.Paths, plotPath{class, d.String()})
	if strings.HasSuffix(class, " dash") {
		name += " (dashed)"
	}
	p.Legend = append(p.Legend, plotName{strings.Fields(class)[0], name})
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// A barGroup is what stands above one label: a value for each series.
type barGroup struct {
	label  string
	values []float64
}

// A series is one kind of bars.
type series struct{ class, name string }

// bars draws groups of bars beside each other.
func (p *plot) bars(y axis, kinds []series, groups []barGroup) {
	for _, v := range y.ticks() {
		at := p.y(y, v)
		p.Lines = append(p.Lines, plotLine{coordinate(plotLeft), at, coordinate(plotWidth - plotRight), at})
		p.Labels = append(p.Labels, plotLabel{coordinate(plotLeft - gap), shift(at, plotLabelDown), "end", y.format(v)})
	}
	room := plotInnerWidth / float64(len(groups))
	width := room * 0.8 / float64(len(kinds))
	for i, g := range groups {
		left := plotLeft + (float64(i)+0.1)*room
		p.label(coordinate(plotLeft+(float64(i)+0.5)*room), g.label)
		for k, v := range g.values {
			height := y.share(v) * plotInnerHeight
			if v > 0 {
				height = math.Max(height, 1) // what is there can be seen
			}
			p.Rects = append(p.Rects, plotRect{kinds[k].class, coordinate(left + float64(k)*width), coordinate(plotTop + plotInnerHeight - height),
				coordinate(math.Max(width-1, 1)), coordinate(height), "1", kinds[k].name + ": " + y.format(v)})
		}
	}
	for _, kind := range kinds {
		p.Legend = append(p.Legend, plotName{kind.class, kind.name})
	}
}

// wholePercent and percentOf label shares of 0 to 1.
func wholePercent(v float64) string { return fmt.Sprintf("%.0f %%", v*100) }

func percentOf(v float64) string {
	if v > 0 && v < 0.1 {
		return fmt.Sprintf("%.1f %%", v*100)
	}
	return wholePercent(v)
}

// shortNumber is a count in few letters: "12k".
func shortNumber(v float64) string {
	switch {
	case v >= 1e6:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", v/1e6), ".0") + "M"
	case v >= 1e3:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", v/1e3), ".0") + "k"
	}
	return fmt.Sprintf("%.4g", v)
}
