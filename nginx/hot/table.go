package hot

import (
	"math/bits"

	"icecap/content"
)

// MaxPaths is how many paths a counter holds before it drops the cheaper half.
const MaxPaths = 1 << 18

// A tally is what is known of one folded path. Times are microseconds.
type tally struct {
	key      string
	path     content.Path // of a page that could be frozen; zero else
	variant  string
	requests int64 // by people
	reached  int64 // of these, answered by the app
	taken    int64 // of these, what freezing would take off the app
	bytes    int64
	time     int64 // in the app
	saved    int64 // of this, in requests that freezing would take off
	slowest  int64 // in the app
	failed   int64 // status 500 and above
}

// A table holds the tallies of a bounded number of paths.
type table struct {
	max    int
	byKey  map[string]*tally
	byURI  map[string]*tally // raw URIs that were folded before; forgotten when there are many
	rest   Sum               // of what was dropped
	missed int64             // see Summary.Missed
	drops  int
}

// maxURIs bounds the memory of foldings.
const maxURIs = 1 << 16

func newTable(max int) table {
	return table{max: max, byKey: map[string]*tally{}, byURI: map[string]*tally{}}
}

// get returns the tally of a key, a new one if there is none.
func (t *table) get(key string) *tally {
	if found := t.byKey[key]; found != nil {
		return found
	}
	if len(t.byKey) >= t.max {
		t.prune()
	}
	one := &tally{key: key}
	t.byKey[key] = one
	return one
}

// remember lets the next line with this URI find its tally at once.
func (t *table) remember(uri []byte, one *tally) {
	if len(t.byURI) >= maxURIs {
		clear(t.byURI)
	}
	t.byURI[string(uri)] = one
}

// prune keeps the paths that are among the first by requests, by time or by
// bytes, at most half of what the table may hold. What is dropped may come back,
// and then starts at nothing: a path that is shown can have missed, in each round,
// as many requests as the greatest that was dropped.
func (t *table) prune() {
	limits := [3]int{}
	for i, value := range measures {
		limits[i] = t.limit(value, t.max/6)
	}
	greatest := int64(0)
	for key, one := range t.byKey {
		keep := false
		for i, value := range measures {
			keep = keep || bits.Len64(uint64(value(one))) > limits[i]
		}
		if keep {
			continue
		}
		delete(t.byKey, key)
		greatest = max(greatest, one.requests)
		t.rest.add(one.sum())
	}
	clear(t.byURI) // it may lead to what is gone
	t.missed += greatest
	t.drops++
}

// measures are what makes a path worth keeping.
var measures = [3]func(*tally) int64{
	func(t *tally) int64 { return t.requests },
	func(t *tally) int64 { return t.time },
	func(t *tally) int64 { return t.bytes },
}

// limit is a power of two, as its exponent, above which there are at most n
// values: the order is not needed, and sorting would take longer than reading.
func (t *table) limit(value func(*tally) int64, n int) int {
	var counts [65]int
	for _, one := range t.byKey {
		counts[bits.Len64(uint64(value(one)))]++
	}
	above := 0
	for exponent := 64; exponent > 0; exponent-- {
		if above += counts[exponent]; above > n {
			return exponent
		}
	}
	return 0
}

// merge adds the tallies of another table.
func (t *table) merge(other *table) {
	for key, from := range other.byKey {
		to := t.get(key)
		to.path, to.variant = from.path, from.variant
		to.requests += from.requests
		to.reached += from.reached
		to.taken += from.taken
		to.bytes += from.bytes
		to.time += from.time
		to.saved += from.saved
		to.slowest = max(to.slowest, from.slowest)
		to.failed += from.failed
	}
	t.rest.add(other.rest)
	t.missed += other.missed
	t.drops += other.drops
}

func (t *tally) sum() Sum {
	return Sum{Requests: t.requests, Reached: t.reached, Bytes: t.bytes, AppMicros: t.time, Failed: t.failed}
}
