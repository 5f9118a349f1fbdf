package freeze

import (
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"icecap/content"
)

const (
	// maxKnown bounds the memory of references that were resolved before. The
	// most are in every page of a site, so a small one serves a large site.
	maxKnown = 1 << 15
	// maxQueries is how many queries of one path are reported by name.
	maxQueries = 20
	// maxCounted bounds the memory for counting all others.
	maxCounted = 1 << 20
)

// A node is one URL that was met, in one of these states.
type node struct {
	path  content.Path // zero where the URL has no file name
	url   string       // path in its canonical spelling, with the query if there is one
	from  string       // the first, in the order of strings, of the pages that lead here
	depth int          // steps from a seed, the fewest so far
	state state
	seed  atomic.Bool // set late where /robots.txt names what a worker has already in hand

	damaged bool // the previous release's copy
	hot     bool // among the first seeds
	hint    bool // no more than hints lead here so far, so that it may be missing

	fate   fate
	needed bool    // a page needs it to be shown: a script, image or font
	change int64   // Unix seconds that a sitemap gives its last change; 0 for none
	asset  *asset  // where the URL may be one of those
	styles []*node // that it needs; the set is shared
}

type state uint8

const (
	deep      state = iota // beyond the depth limit, as far as is known
	waiting                // in the queue, being fetched, or done
	outside                // not in the scope
	refused                // left to the app without a fetch
	published              // in the previous release, and not asked for
)

// A frontier is what is left to fetch and what was seen. It hands out the nodes
// breadth first. Its memory is one node per URL: no bodies, no goroutines.
//
// With a depth limit it ends one level before it begins the next, so that the
// depth of a page does not depend on which worker was faster.
type frontier struct {
	site     *site
	maxDepth int // 0 for none
	maxPages int // 0 for none

	mu      sync.Mutex
	ready   sync.Cond
	seen    map[string]*node   // by URL
	known   map[string]*node   // by a reference as pages have it; nil for one that leads nowhere
	queries map[string]*spread // by path
	counted int                // queries remembered in all spreads
	seed    maphash.Seed
	scratch []byte
	assets  map[string]int     // queries of assets by path, and all of them under ""
	sets    map[string][]*node // of style sheets that pages need

	kept     keptPages
	previous content.Previous // where what it has is not asked for; nil for none
	bounds   *bounds
	robots   *node   // the seed /robots.txt, or nil
	queue    []*node // of the present level, or of all levels
	next     []*node // of the next level
	level    int     // of queue
	busy     int     // nodes taken and not given back
	fetched  int
	skips    []skip
	refusal  map[*node]Verdict // of refused nodes but the queries
	outside  int               // URLs not in the scope
	pages    map[int]gonePage  // that are frozen, by status
	strange  string            // an origin of the public host name with another scheme or port
	err      error             // why it was stopped
	stopped  bool
	halt     func() // called when it is stopped
}

// A skip is a verdict that waits for the end of the run, when it is known which
// page to name as the one that leads there.
type skip struct {
	node    *node
	verdict Verdict
	cookies []string
	target  *node             // of a redirect that stays on the site
	replay  *content.Redirect // where the gate is to answer itself
	gone    *gonePage         // where it may, if this is the page of its status
}

func newFrontier(s *site, maxDepth, maxPages int) *frontier {
	f := &frontier{
		site: s, maxDepth: maxDepth, maxPages: maxPages, seed: maphash.MakeSeed(),
		seen: map[string]*node{}, known: map[string]*node{}, queries: map[string]*spread{}, refusal: map[*node]Verdict{},
		assets: map[string]int{}, sets: map[string][]*node{}, bounds: newBounds(s.limits, time.Now()),
	}
	f.ready.L = &f.mu
	f.halt = func() {}
	return f
}

// take waits for the next node to fetch. It returns nil when there is none left
// or the crawl was stopped. Every node must be given back with done.
func (f *frontier) take() *node {
	f.mu.Lock()
	defer f.mu.Unlock()
	for !f.stopped {
		if len(f.queue) > 0 {
			if f.maxPages > 0 && f.fetched == f.maxPages {
				f.stopLocked(&content.IncompleteError{
					Reason: fmt.Sprintf("it was not done after %d pages, the limit", f.maxPages),
					Hint:   "raise max_pages, or leave a part of the site out with exclude",
				})
				break
			}
			n := f.queue[0]
			f.queue = f.queue[1:]
			f.fetched++
			f.busy++
			return n
		}
		if f.busy == 0 {
			if len(f.next) == 0 {
				break
			}
			f.queue, f.next = f.next, nil
			f.level++
			f.ready.Broadcast()
			continue
		}
		f.ready.Wait()
	}
	f.ready.Broadcast()
	return nil
}

// done gives a node back after all that it leads to was added.
func (f *frontier) done(n *node) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.settle(n)
	f.busy--
	f.ready.Broadcast()
}

// stop lets every take return nil. The first error is kept.
func (f *frontier) stop(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stopLocked(err)
}

func (f *frontier) stopLocked(err error) {
	if !f.stopped {
		f.stopped, f.err = true, err
		f.halt()
	}
	f.ready.Broadcast()
}

// left is the number of URLs that wait.
func (f *frontier) left() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.queue) + len(f.next)
}

// skip keeps a verdict for the end of the run.
func (f *frontier) skip(s skip) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.skips = append(f.skips, s)
}

// addLinks adds what a page refers to. One lock serves the whole page: nearly
// all references of a page were resolved before.
func (f *frontier) addLinks(page *node, links []reference) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var styles []*node
	defer func() { f.styles(page, styles) }()
	for i := range links {
		l := &links[i]
		n := f.resolve(page, l)
		if n == nil {
			continue
		}
		depth := page.depth + 1
		if l.kind.needed() {
			depth = page.depth // what a page needs is as near as the page
		}
		if l.kind != HintLink {
			n.hint = false
		}
		switch l.kind {
		case AssetLink:
			n.needed = true
		case StyleLink:
			styles = append(styles, n)
		}
		f.meet(n, page.url, depth)
	}
}

// addRedirect adds the target of a redirect, and returns it if it is on the site.
func (f *frontier) addRedirect(page *node, location string) *node {
	f.mu.Lock()
	defer f.mu.Unlock()
	raw := trimSpace([]byte(location))
	if len(raw) == 0 {
		return nil
	}
	n := f.resolve(page, &reference{raw: raw})
	if n != nil {
		n.hint = false
		f.meet(n, page.url, page.depth)
	}
	return n
}

// addSeed adds a URL that the crawl begins with; nil if it is not on the site.
// It is fetched even outside the scope, for its links.
func (f *frontier) addSeed(raw string) *node {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.resolve(&node{url: "/"}, &reference{raw: []byte(raw)})
	if n == nil || n.seed.Load() {
		return n
	}
	n.seed.Store(true)
	n.hint = false
	if n.state == refused {
		return n
	}
	queued := n.state == waiting
	n.depth, n.state = 0, waiting
	if !queued && f.admit(n) {
		f.queue = append(f.queue, n)
		f.ready.Signal()
	}
	return n
}

// addSitemaps makes seeds of the sitemaps that robots.txt names: like
// /sitemap.xml, they are read even outside the scope.
func (f *frontier) addSitemaps(page *node, links []reference) {
	if page != f.robots {
		return
	}
	for _, l := range links {
		f.addSeed(string(l.raw))
	}
}

// addOptional adds a seed that need not exist: it is a hint until somebody
// leads there.
func (f *frontier) addOptional(raw string) *node {
	n := f.addSeed(raw)
	if n != nil {
		n.hint = true
	}
	return n
}

// meet notes that a page leads to n, and queues n once it is near enough.
func (f *frontier) meet(n *node, from string, depth int) {
	if n.asset != nil && n.asset.bare != nil {
		f.meet(n.asset.bare, from, depth)
	}
	if n.from == "" || from < n.from {
		n.from = from
	}
	if depth >= n.depth || n.state > waiting {
		return
	}
	n.depth = depth
	if n.state == deep && (f.maxDepth == 0 || depth <= f.maxDepth) {
		n.state = waiting
		if !f.admit(n) || n.waits() {
			return
		}
		if f.maxDepth > 0 && depth > f.level {
			f.next = append(f.next, n)
			return
		}
		f.queue = append(f.queue, n)
		f.ready.Signal()
	}
}

// admit counts a node that is about to be queued. A limit that it breaks ends the
// crawl.
func (f *frontier) admit(n *node) bool {
	err := f.bounds.count(n.path)
	if err != nil {
		f.stopLocked(err)
	}
	return err == nil
}

// A spread counts the queries of one path and names a few.
type spread struct {
	named []*node // the first in the order of their URLs
	count int
	seen  map[uint64]struct{}
}

// addQuery returns the node of a query that is reported by name, or nil.
func (f *frontier) addQuery(path content.Path, url string) *node {
	s := f.queries[path.Decoded()]
	if s == nil {
		s = &spread{seen: map[uint64]struct{}{}}
		f.queries[path.Decoded()] = s
	}
	i, ok := slices.BinarySearchFunc(s.named, url, func(n *node, url string) int { return strings.Compare(n.url, url) })
	if ok {
		return s.named[i]
	}
	sum := maphash.String(f.seed, url)
	if _, ok := s.seen[sum]; !ok {
		s.count++
		if f.counted < maxCounted {
			s.seen[sum] = struct{}{}
			f.counted++
		}
	}
	n := &node{path: path, url: url, state: refused}
	s.named = slices.Insert(s.named, i, n)
	if len(s.named) > maxQueries {
		s.named = s.named[:maxQueries]
	}
	return n
}
