package hot

import (
	"cmp"
	"math"
	"slices"
)

// A Trend is a path whose share of all requests changed between two logs.
type Trend struct {
	URL    string  `json:"url"`
	Before float64 `json:"before"` // share of the requests of people, 0 to 1
	After  float64 `json:"after"`
}

// Trends compares two logs and returns the n paths whose share of the requests
// changed most, the greatest rise first, the greatest fall last. Shares, and not
// numbers, because the logs may cover different times.
func Trends(before, after *Summary, n int) []Trend {
	byURL := map[string]*Trend{}
	get := func(url string) *Trend {
		if byURL[url] == nil {
			byURL[url] = &Trend{URL: url}
		}
		return byURL[url]
	}
	for _, p := range before.Paths {
		get(p.URL).Before = ratio(p.Requests, before.People.Requests)
	}
	for _, p := range after.Paths {
		get(p.URL).After = ratio(p.Requests, after.People.Requests)
	}
	var all []Trend
	for _, t := range byURL {
		if t.Before != t.After {
			all = append(all, *t)
		}
	}
	change := func(t Trend) float64 { return t.After - t.Before }
	slices.SortFunc(all, func(a, b Trend) int {
		return cmp.Or(cmp.Compare(math.Abs(change(b)), math.Abs(change(a))), cmp.Compare(a.URL, b.URL))
	})
	all = all[:min(n, len(all))]
	slices.SortStableFunc(all, func(a, b Trend) int { return cmp.Compare(change(b), change(a)) })
	return all
}
