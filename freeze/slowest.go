package freeze

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// A Timed says how long the app took for one URL, from the request to the last
// byte, with the network between.
type Timed struct {
	URL      string
	Duration time.Duration
}

// maxSlowest is how many are remembered.
const maxSlowest = 20

// Slowest are the 20 slowest answers of the last Run, the slowest first, also
// those that were not frozen. It is empty before Run returns. Unlike all else
// that a crawl says, it is not the same each time.
func (c *Crawler) Slowest() []Timed { return c.slowest }

// A ranking holds the slowest answers, the slowest first.
type ranking []Timed

// add is the ranking with one more answer.
func (r ranking) add(t Timed) ranking {
	if len(r) == maxSlowest && t.Duration < r[maxSlowest-1].Duration {
		return r
	}
	i, _ := slices.BinarySearchFunc(r, t, func(a, b Timed) int {
		return cmp.Or(cmp.Compare(b.Duration, a.Duration), strings.Compare(a.URL, b.URL))
	})
	r = slices.Insert(r, i, t)
	return r[:min(len(r), maxSlowest)]
}

// ranking joins what the workers saw. They have ended.
func (r *crawl) ranking() []Timed {
	var all ranking
	for _, w := range r.workers {
		for _, t := range w.slowest {
			all = all.add(t)
		}
	}
	return all
}
