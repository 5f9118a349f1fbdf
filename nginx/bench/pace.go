package bench

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// A pace hands out the moments at which requests are due. The nil pace is a
// closed loop: a request is due when the one before it is answered.
type pace struct {
	start time.Time
	every time.Duration
	taken atomic.Int64
}

func newPace(l Load, start time.Time) *pace {
	if l.Rate <= 0 {
		return nil
	}
	return &pace{start: start, every: time.Duration(float64(time.Second) / l.Rate)}
}

func (p *pace) due(n int64) time.Time { return p.start.Add(time.Duration(n) * p.every) }

// wait takes the next moment and waits for it. It is not ok if the window closes
// first.
func (p *pace) wait(window context.Context) (due time.Time, ok bool) {
	if p == nil {
		return time.Time{}, true
	}
	due = p.due(p.taken.Add(1) - 1)
	end, _ := window.Deadline()
	if !due.Before(end) {
		return due, false
	}
	if pause := time.Until(due); pause > 0 {
		timer := time.NewTimer(pause)
		defer timer.Stop()
		select {
		case <-window.Done():
			return due, false
		case <-timer.C:
		}
	}
	return due, true
}

// unanswered counts the requests that were due in the window and had no answer
// when it closed, and adds how long they have waited: those under way, and those
// that no connection was free for.
func (p *pace) unanswered(workers []worker, all *times, begin, closed time.Time) (n int64) {
	if p == nil {
		return 0
	}
	add := func(due time.Time) {
		if !due.Before(begin) && due.Before(closed) {
			all.add(closed.Sub(due))
			n++
		}
	}
	for i := range workers {
		if !workers[i].due.IsZero() {
			add(workers[i].due)
		}
	}
	for k := p.taken.Load(); p.due(k).Before(closed); k++ {
		add(p.due(k))
	}
	return n
}

// maxWeight bounds the list that [mixed] makes.
const maxWeight = 1000

// mixed repeats URIs by their weights, spread as evenly as they go (smooth
// weighted round robin, as NGINX spreads requests over servers).
func mixed(uris []string, weights []int) ([]string, error) {
	if weights == nil {
		return uris, nil
	}
	if len(weights) != len(uris) {
		return nil, errors.New("start load: as many weights as URLs are needed")
	}
	total := 0
	for i, w := range weights {
		if w < 1 || w > maxWeight {
			return nil, fmt.Errorf("start load: the weight of %s is %d, not 1 to %d", uris[i], w, maxWeight)
		}
		total += w
	}
	current := make([]int, len(uris))
	list := make([]string, 0, total)
	for range total {
		best := 0
		for i := range current {
			current[i] += weights[i]
			if current[i] > current[best] {
				best = i
			}
		}
		current[best] -= total
		list = append(list, uris[best])
	}
	return list, nil
}
