package freeze

import (
	"context"
	"slices"
	"sync"
	"time"
)

// A governor says how many workers may ask the app at the same time. It begins
// with all of them and knows two signs that this is too many:
//
//   - The app says so, with 429 or 503: half as many go on.
//   - Answers get slower: the median of a window of answers is over four times
//     that of the quietest window, and over 200 ms. Then half as many are tried.
//     If that makes answers no quicker, by a quarter, it was the pages that are
//     slow, not the crowd: all come back, and this is the new quiet.
//
// After each other window one more may ask, up to all. That is additive increase
// and multiplicative decrease, as TCP does it. An app whose answers just queue
// loses nothing by it: half the workers wait half as long.
type governor struct {
	mu      sync.Mutex
	room    sync.Cond
	most    int
	allowed int
	busy    int
	window  []time.Duration
	quiet   time.Duration // the lowest median of a window; 0 before the first
	before  time.Duration // the median before the last halving, while that is on trial; else 0
	halved  int           // how many were allowed before it
	since   int           // answers since the last halving
}

const (
	// slower is how much slower answers must get, and least how slow, before
	// anybody thinks of the number of workers.
	slower = 4
	least  = 200 * time.Millisecond
)

func newGovernor(workers int) *governor {
	g := &governor{most: workers, allowed: workers, window: make([]time.Duration, 0, max(16, 2*workers))}
	g.room.L = &g.mu
	return g
}

// enter waits until one more may ask. It returns at once when the context ends.
func (g *governor) enter(ctx context.Context) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.busy >= g.allowed && ctx.Err() == nil {
		g.room.Wait()
	}
	g.busy++
}

// leave ends what enter began.
func (g *governor) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.busy--
	g.room.Broadcast()
}

// wake lets those go who wait for room when the context has ended.
func (g *governor) wake() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.room.Broadcast()
}

// took notes how long one answer took.
func (g *governor) took(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.since++
	if g.window = append(g.window, d); len(g.window) < cap(g.window) {
		return
	}
	slices.Sort(g.window)
	median := g.window[len(g.window)/2]
	g.window = g.window[:0]
	g.judge(median)
	g.room.Broadcast()
}

// judge decides by the median of a window. The caller holds mu.
func (g *governor) judge(median time.Duration) {
	if g.before > 0 {
		helped := median <= g.before*3/4
		g.before = 0
		if !helped {
			g.allowed, g.quiet = g.halved, median
			return
		}
	}
	if g.quiet == 0 || median < g.quiet {
		g.quiet = median
	}
	if median > max(slower*g.quiet, least) && g.allowed > 1 {
		g.before = median
		g.halve()
		return
	}
	g.allowed = min(g.allowed+1, g.most)
}

// tooMany notes that the app turned a request away because it has too many. What
// was asked before a halving says nothing about it: one crowd is halved once.
func (g *governor) tooMany() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.since++; g.halved > 0 && g.since < g.halved {
		return
	}
	g.before, g.window = 0, g.window[:0] // what was measured was measured of another crowd
	g.halve()
}

func (g *governor) halve() {
	g.halved, g.since = g.allowed, 0
	g.allowed = max(1, g.allowed/2)
}
