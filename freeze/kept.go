package freeze

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"icecap/content"
)

// A reason is why a page of the previous release stays as it is.
type reason uint8

const (
	byAnswer  reason = iota // the app answered 304
	bySitemap               // the sitemap vouches for it
	forGood                 // nobody's word: it failed, or came in the interrupted run
	reasons
)

// keptPages are the nodes that stay as they are. The sink hears of them at the
// end, because until then the word that they rest on may prove wrong.
type keptPages struct {
	nodes  [reasons][]*node
	stale  map[*node]*content.Stale // of those that failed
	broken [reasons]bool            // words that proved wrong
	untrue string                   // the first URL, in the order of strings, where one did
}

// trusts reports whether a reason still holds.
func (f *frontier) trusts(why reason) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.kept.broken[why]
}

// keep notes a node for the end, unless its reason proved wrong meanwhile.
func (f *frontier) keep(n *node, why reason, fate fate) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.kept.broken[why] {
		return false
	}
	n.fate = fate
	f.kept.nodes[why] = append(f.kept.nodes[why], n)
	return true
}

// keepStale notes a node that failed.
func (f *frontier) keepStale(n *node, stale *content.Stale, fate fate) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.kept.stale == nil {
		f.kept.stale = map[*node]*content.Stale{}
	}
	f.kept.stale[n] = stale
	n.fate = fate
	f.kept.nodes[forGood] = append(f.kept.nodes[forGood], n)
}

// distrust takes a reason for wrong and queues, and counts, what was kept for it.
// A sitemap's word is worth no more than the app's.
func (f *frontier) distrust(n *node, why reason) (pages int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	k := &f.kept
	if k.untrue == "" || n.url < k.untrue {
		k.untrue = n.url
	}
	for _, r := range []reason{byAnswer, bySitemap} {
		if r < why {
			continue
		}
		k.broken[r] = true
		pages += len(k.nodes[r])
		f.queue = append(f.queue, k.nodes[r]...)
		k.nodes[r] = nil
	}
	f.ready.Broadcast()
	return pages
}

// work visits all pages, and then tells the sink which stay.
func (r *crawl) work(ctx context.Context) error {
	for {
		var workers sync.WaitGroup
		for _, w := range r.workers {
			workers.Go(w.run)
		}
		workers.Wait()
		if err := r.finish(ctx); err != nil {
			return err
		}
		damaged := r.keepAll(ctx)
		if ctx.Err() != nil {
			return over(ctx)
		}
		if damaged == 0 {
			return nil
		}
	}
}

// keepAll tells the sink what stays. The workers have ended. What the sink cannot
// keep, because its copy is damaged, is queued and counted: it is asked for as if
// it had never been there, and if it is the disk that fails, then yielding it will.
func (r *crawl) keepAll(ctx context.Context) (damaged int64) {
	f := r.frontier
	all := slices.Concat(f.kept.nodes[:]...)
	clear(f.kept.nodes[:])
	var next, failed atomic.Int64
	var wait sync.WaitGroup
	for range r.workers {
		wait.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(all) {
					return
				}
				n := all[i]
				if err := r.sink.Keep(n.key(), f.stale(n)); err != nil {
					r.log.Warn("the kept page is damaged", "url", n.url, "error", err)
					failed.Add(1)
					f.again(n)
				}
			}
		})
	}
	wait.Wait()
	r.crawler.progress.frozen.Add(-failed.Load())
	r.crawler.progress.kept.Add(-failed.Load())
	return failed.Load()
}

// stale is why a node that stays failed; nil for one that did not.
func (f *frontier) stale(n *node) *content.Stale {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.kept.stale[n]
}

// again queues a node whose copy is of no use.
func (f *frontier) again(n *node) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.kept.stale, n)
	n.damaged = true
	f.queue = append(f.queue, n)
}

// date notes what a sitemap says of the last change of pages. Of two sitemaps the
// later word counts.
func (f *frontier) date(page *node, s *scan) {
	if len(s.changes) == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range s.changes {
		if n := f.resolve(page, &s.links[c.link]); n != nil {
			n.change = max(n.change, c.at)
		}
	}
}

// lastmod is the time of a page's last change by the sitemaps, 0 for none.
func (f *frontier) lastmod(n *node) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return n.change
}

// key names the page of a node.
func (n *node) key() content.Key { return content.Key{Path: n.path, Variant: n.variant()} }
