package hot

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// A Sum adds up requests.
type Sum struct {
	Requests  int64 `json:"requests"`
	Reached   int64 `json:"reached"` // of these, the app was asked
	Bytes     int64 `json:"bytes"`   // sent to visitors
	AppMicros int64 `json:"app_micros"`
	Failed    int64 `json:"failed"` // status 500 and above
}

func (s *Sum) add(o Sum) {
	s.Requests += o.Requests
	s.Reached += o.Reached
	s.Bytes += o.Bytes
	s.AppMicros += o.AppMicros
	s.Failed += o.Failed
}

// AppTime is the time in the app.
func (s Sum) AppTime() time.Duration { return time.Duration(s.AppMicros) * time.Microsecond }

// A Named is a sum of some requests.
type Named struct {
	Name string `json:"name"`
	Sum
}

// A Path is what a log says of one folded path.
type Path struct {
	URL string `json:"url"` // path, maybe with the query that names a page; "/path?*" for queries that are the app's
	Sum
	Taken       int64 `json:"taken"`        // requests that freezing would take off the app
	SavedMicros int64 `json:"saved_micros"` // their time in the app
	SlowestMs   int64 `json:"slowest_ms"`   // in the app
}

// CanFreeze reports whether the log shows a page there that is still the app's.
func (p Path) CanFreeze() bool { return p.Taken > 0 }

// An Hour is what happened in one hour (UTC).
type Hour struct {
	Start time.Time `json:"start"`
	Sum
}

// A Latency is how long visitors waited.
type Latency struct {
	Count  int64   `json:"count"`
	P50Ms  float64 `json:"p50_ms"`
	P90Ms  float64 `json:"p90_ms"`
	P99Ms  float64 `json:"p99_ms"`
	P999Ms float64 `json:"p999_ms"`
	MaxMs  float64 `json:"max_ms"`
	Bars   []Bar   `json:"bars"`
}

// A Bar counts the answers that took less than a time, and not less than the bar before.
type Bar struct {
	BelowMs float64 `json:"below_ms"` // the last has none: 0
	Count   int64   `json:"count"`
}

// A Point says how much of the load of the app the first pages take.
type Point struct {
	Pages    int     `json:"pages"`
	Requests float64 `json:"requests"` // share of the requests that reach the app, 0 to 1
	Time     float64 `json:"time"`     // share of the time in the app, 0 to 1
}

// A Summary is what a counter knows. Shares and ranks are of people alone, but
// for Programs, Sources and Hours.
type Summary struct {
	Format   string `json:"format"`
	Lines    int64  `json:"lines"`
	Damaged  int64  `json:"damaged"` // lines that do not fit the format
	Empty    int64  `json:"empty"`   // lines without a request
	TimeFrom string `json:"time_from"`

	People     Sum     `json:"people"`
	Programs   Sum     `json:"programs"`
	ByProgram  []Named `json:"by_program"`
	Sources    []Named `json:"sources"`
	Reasons    []Named `json:"reasons"` // why the gate did not look for a page; one request may have several
	ReasonFrom string  `json:"reason_from"`
	Hours      []Hour  `json:"hours"`

	Frozen Latency `json:"frozen"` // of what the app was not asked for
	App    Latency `json:"app"`

	Distinct int    `json:"distinct"` // paths that are counted by name
	Dropped  Sum    `json:"dropped"`  // of paths that were dropped, to bound the memory
	Missed   int64  `json:"missed"`   // a path may have up to so many requests more than shown
	Paths    []Path `json:"paths"`    // ranked

	Curve []Point `json:"curve"` // pages in the order in which freezing them pays
}

// An Order says what ranks a path.
type Order string

// The orders.
const (
	ByRequests Order = "requests"
	ByTime     Order = "time" // in the app
	ByBytes    Order = "bytes"
)

// Summary sums up, with all paths that are known.
func (c *Counter) Summary(by Order) Summary {
	c.init()
	s := Summary{
		Format: c.Format.Name(), Lines: c.lines, Damaged: c.damaged, Empty: c.empty, TimeFrom: c.timeFrom(),
		People: c.people, Programs: c.programs, Distinct: len(c.paths.byKey), Dropped: c.paths.rest, Missed: c.paths.missed,
		Frozen: latency(c.frozen), App: latency(c.app), ReasonFrom: "request",
	}
	if c.Format.has[why] {
		s.ReasonFrom = "gate"
	}
	for name, sum := range c.byProgram {
		s.ByProgram = append(s.ByProgram, Named{name, *sum})
	}
	byRequests := func(a, b Named) int { return cmp.Or(cmp.Compare(b.Requests, a.Requests), cmp.Compare(a.Name, b.Name)) }
	slices.SortFunc(s.ByProgram, byRequests)
	for i, sum := range c.bySource {
		if sum.Requests > 0 {
			s.Sources = append(s.Sources, Named{sources[i], sum})
		}
	}
	for i, sum := range c.byReason {
		if sum.Requests > 0 {
			s.Reasons = append(s.Reasons, Named{reasonNames[i], sum})
		}
	}
	slices.SortFunc(s.Reasons, byRequests)
	for _, hour := range slices.Sorted(maps.Keys(c.hours)) {
		s.Hours = append(s.Hours, Hour{time.Unix(hour*3600, 0).UTC(), *c.hours[hour]})
	}
	for _, one := range c.paths.byKey {
		s.Paths = append(s.Paths, Path{one.key, one.sum(), one.taken, one.saved, one.slowest / 1000})
	}
	s.Curve = curve(s.Paths, s.People)
	s.rank(by)
	return s
}

// TellsTime reports whether the log tells how long the app took, if only roughly.
func (c *Counter) TellsTime() bool { return c.timeFrom() != "" }

// timeFrom is where the time in the app is from: "upstream", "request", or ""
// if the log tells no times.
func (c *Counter) timeFrom() string {
	switch {
	case c.Format.has[upstreamTime] || c.toldUpstream:
		return "upstream"
	case c.Format.has[requestTime] || c.people.AppMicros+c.programs.AppMicros > 0:
		return "request"
	}
	return ""
}

// rank orders the paths.
func (s *Summary) rank(by Order) {
	slices.SortFunc(s.Paths, func(a, b Path) int {
		first := 0
		switch by {
		case ByTime:
			first = cmp.Compare(b.AppMicros, a.AppMicros)
		case ByBytes:
			first = cmp.Compare(b.Bytes, a.Bytes)
		}
		return cmp.Or(first, cmp.Compare(b.Requests, a.Requests), cmp.Compare(a.URL, b.URL))
	})
}

// pays is the order in which pages are frozen: by the requests that it takes off the app.
func pays(a, b Path) int {
	return cmp.Or(cmp.Compare(b.Taken, a.Taken), cmp.Compare(b.SavedMicros, a.SavedMicros), cmp.Compare(a.URL, b.URL))
}

// ToFreeze lists the pages that pay, the best first.
func (s *Summary) ToFreeze() []Path { return toFreeze(s.Paths) }

func toFreeze(paths []Path) []Path {
	var pages []Path
	for _, p := range paths {
		if p.CanFreeze() {
			pages = append(pages, p)
		}
	}
	slices.SortFunc(pages, pays)
	return pages
}

// A Cover is the smallest list of pages that takes a share of the requests off
// the app.
type Cover struct {
	Pages    []Path  `json:"pages"`
	Requests float64 `json:"requests"` // share that they take, 0 to 1
	Time     float64 `json:"time"`     // share of the app's time that they take, 0 to 1
	Reached  bool    `json:"reached"`  // whether the share asked for is reached; else Pages are all there are
}

// Cover finds the pages to freeze for a share of the requests, 0 to 1.
func (s *Summary) Cover(share float64) Cover {
	c := Cover{}
	var taken, saved int64
	for _, p := range s.ToFreeze() {
		if ratio(taken, s.People.Reached) >= share {
			break
		}
		taken += p.Taken
		saved += p.SavedMicros
		c.Pages = append(c.Pages, p)
	}
	c.Requests, c.Time = ratio(taken, s.People.Reached), ratio(saved, s.People.AppMicros)
	c.Reached = c.Requests >= share
	return c
}

// curvePoints is how many points a curve has at the most.
const curvePoints = 60

// curve goes up in steps that widen, because the first pages count most.
func curve(paths []Path, people Sum) []Point {
	pages := toFreeze(paths)
	var points []Point
	var taken, saved int64
	next := 1
	for i, p := range pages {
		taken += p.Taken
		saved += p.SavedMicros
		if i+1 < next && i+1 < len(pages) {
			continue
		}
		points = append(points, Point{i + 1, ratio(taken, people.Reached), ratio(saved, people.AppMicros)})
		next = max(i+2, int(float64(i+1)*growth(len(pages))))
	}
	return points
}

// growth spreads the points of a curve over all pages.
func growth(pages int) float64 {
	g := 1.05
	for {
		points, n := 0, 1.0
		for n < float64(pages) {
			n = max(n+1, n*g)
			points++
		}
		if points <= curvePoints {
			return g
		}
		g *= 1.1
	}
}

func ratio(part, whole int64) float64 {
	if whole <= 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// barEnds are in milliseconds, about three to a power of ten.
var barEnds = []float64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000}

func latency(h *hdrhistogram.Histogram) Latency {
	if h.TotalCount() == 0 {
		return Latency{}
	}
	at := func(q float64) float64 { return float64(h.ValueAtQuantile(q)) / 1000 }
	l := Latency{Count: h.TotalCount(), P50Ms: at(50), P90Ms: at(90), P99Ms: at(99), P999Ms: at(99.9), MaxMs: float64(h.Max()) / 1000}
	bars := make([]Bar, len(barEnds)+1)
	for i, end := range barEnds {
		bars[i].BelowMs = end
	}
	for _, b := range h.Distribution() {
		i, _ := slices.BinarySearchFunc(barEnds, float64(b.From)/1000, func(end, value float64) int {
			if value < end {
				return 1
			}
			return -1
		})
		bars[i].Count += b.Count
	}
	l.Bars = bars
	return l
}
