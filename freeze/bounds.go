package freeze

import (
	"fmt"
	"hash/maphash"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"icecap/content"
)

// A Limit is how many URLs a part of the site may have. One more makes the crawl
// incomplete. Under its path nothing is suspected to be a trap.
type Limit struct {
	Path  string // doublestar glob on the decoded path: "/calendar/**"
	Pages int    // at least 1
}

// Bounds of an honest site, far from what any is known to have.
const (
	maxSegments    = 24  // of a path
	manyDeep       = 100 // URLs with more segments
	manyRepeated   = 500 // URLs in which two words come twice
	manyReordered  = 200 // URLs with the words of two others in a third order
	maxReordered   = 1 << 20
	reorderedWords = 4
)

// bounds count the URLs that are queued. A breach is an *[content.IncompleteError].
type bounds struct {
	limits  []Limit
	counts  []int                // of each limit
	dates   map[string]*calendar // by the pattern of their URLs
	year    int                  // the present one
	suspect map[string]*suspicion
	seed    maphash.Seed
	orders  map[uint64]uint8 // in how many orders the words of a path were met

	segments []string // of one path, used again for the next
}

// A suspicion are the URLs of one kind that speak for a trap.
type suspicion struct {
	count int
	like  string // the pattern of all of them
}

func newBounds(limits []Limit, now time.Time) *bounds {
	return &bounds{
		limits: limits, counts: make([]int, len(limits)), year: now.Year(), dates: map[string]*calendar{},
		suspect: map[string]*suspicion{}, seed: maphash.MakeSeed(), orders: map[uint64]uint8{},
	}
}

// count adds a URL that is about to be queued.
func (b *bounds) count(path content.Path) error {
	decoded := path.Decoded()
	limited := false
	for i, limit := range b.limits {
		if !doublestar.MatchUnvalidated(limit.Path, decoded) {
			continue
		}
		limited = true
		if b.counts[i]++; b.counts[i] > limit.Pages {
			return &content.IncompleteError{
				Reason: fmt.Sprintf("there are more than %d URLs like %s, the limit", limit.Pages, limit.Path),
				Hint:   fmt.Sprintf("leave them out with --exclude '%s', or raise pages of that [[limit]]", limit.Path),
			}
		}
	}
	if limited {
		return nil
	}
	b.segments = b.segments[:0]
	for segment := range strings.SplitSeq(strings.Trim(decoded, "/"), "/") {
		b.segments = append(b.segments, segment)
	}
	return b.suspectTrap(b.segments)
}

// suspectTrap looks for the marks of a site without an end: a calendar that goes
// on for ever, relative links that lengthen the path again and again, and
// filters that can be combined in any order. Many pages are no mark, nor are
// many numbers: a catalogue may have a million.
func (b *bounds) suspectTrap(segments []string) error {
	switch {
	case b.endless(segments):
		return trap(shapeOf(segments), fmt.Sprintf("for every month of the next %d years", yearsAhead))
	case len(segments) > maxSegments:
		return b.note("deep", under(segments), manyDeep, fmt.Sprintf("have more than %d segments", maxSegments))
	case wordsTwice(segments):
		return b.note("repeated", under(segments), manyRepeated, "repeat their segments")
	case b.reordered(segments):
		return b.note("reordered", under(segments), manyReordered, "have the same segments, each time in another order")
	}
	return nil
}

// under is the pattern of all that lies where a path lies.
func under(segments []string) string {
	return "/" + strings.Join(segments[:len(segments)-1], "/") + "/**"
}

// note counts a URL that speaks for a trap. Those that begin alike are one.
func (b *bounds) note(kind, like string, many int, what string) error {
	begin, _, _ := strings.Cut(strings.TrimPrefix(like, "/"), "/")
	s := b.suspect[kind+begin]
	if s == nil {
		s = &suspicion{like: like}
		b.suspect[kind+begin] = s
	}
	s.like = commonPattern(s.like, like)
	if s.count++; s.count < many {
		return nil
	}
	return trap(s.like, fmt.Sprintf("that %s: %d so far", what, many))
}

// trap is the error that names the pattern of one.
func trap(like, what string) error {
	exclude := like
	if before, _, found := strings.Cut(like, "/*"); found && before != "" {
		exclude = before + "/**"
	}
	return &content.IncompleteError{
		Reason: fmt.Sprintf("trap suspected: URLs like %s %s", like, what),
		Hint:   fmt.Sprintf("leave them out with --exclude '%s', or say how many there may be: [[limit]] path = %q", exclude, exclude),
	}
}

// commonPattern is the pattern of what fits either.
func commonPattern(a, b string) string {
	if a == b {
		return a
	}
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	n := 0
	for n < min(len(x), len(y)) && x[n] == y[n] && x[n] != "**" {
		n++
	}
	return strings.Join(x[:n], "/") + "/**"
}

// number is the value of up to nine digits, or -1.
func number(s string) int {
	if s == "" || len(s) > 9 {
		return -1
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// wordsTwice reports whether two different segments that are no numbers come
// more than once, as they do behind relative links that were meant to be absolute.
func wordsTwice(segments []string) bool {
	if len(segments) < reorderedWords {
		return false
	}
	twice := ""
	for i, s := range segments {
		for _, other := range segments[:i] {
			if s != other || s == twice || number(s) >= 0 {
				continue
			}
			if twice != "" {
				return true
			}
			twice = s
			break
		}
	}
	return false
}

// reordered reports whether two other URLs have the same segments in other
// orders: so do filters that are chosen one after the other. Two orders are
// common, from-to and to-from. Numbers may be coordinates.
func (b *bounds) reordered(segments []string) bool {
	if len(segments) < reorderedWords || len(b.orders) >= maxReordered {
		return false
	}
	sum := uint64(0) // the same in any order
	for _, s := range segments {
		if number(s) >= 0 {
			return false
		}
		sum += maphash.String(b.seed, s)
	}
	n := b.orders[sum]
	b.orders[sum] = min(n+1, 3)
	return n >= 2
}
