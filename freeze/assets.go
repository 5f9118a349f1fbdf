package freeze

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"icecap/content"
)

const (
	// maxAssets is how many queries of assets are fetched; a page that asks for
	// more of them has a counter or a token in there.
	maxAssets = 2000
	// maxAssetsOfPath is how many of them one path may have.
	maxAssetsOfPath = 100
)

// A fate is what became of a node that was fetched.
type fate uint8

const (
	left       fate = iota // to the app, or not fetched
	gone                   // the app says that there is no such thing
	frozen                 // as it is, or as the same without its query
	frozenPage             // HTML
)

// An asset is what is known of the URL of a style sheet, script, image or font,
// with a query or without.
//
// The gate answers style.css?ver=6.1 with style.css, whatever the value, so the
// two are compared: the one without a query is fetched first, and taken back if
// another has other bytes.
type asset struct {
	bare    *node   // of a cache-buster: the URL without it
	after   []*node // that wait for this one
	settled bool    // it was fetched, and what waited for it is in the queue
	sum     [sha256.Size]byte
	differs *node // the first, in the order of URLs, with a cache-buster and other bytes
}

// assetQuery returns the node of an asset with a query, or nil if that query is
// one like any other: it cannot be stored, or there are too many.
func (f *frontier) assetQuery(path content.Path, query string) *node {
	if !content.ValidAssetVariant(query) {
		return nil
	}
	url := path.String() + "?" + query
	if n, ok := f.seen[url]; ok {
		return n
	}
	if f.assets[""] == maxAssets || f.assets[path.Decoded()] == maxAssetsOfPath {
		return nil
	}
	f.assets[""]++
	f.assets[path.Decoded()]++
	n := f.newNode(path, url)
	n.asset = &asset{}
	if m, ok := path.Promises(); ok && m.IsAsset() && content.CacheBuster(query) {
		n.asset.bare = f.nodeOf(path)
	}
	return n
}

// waits puts a node with a cache-buster behind the one without it, if that was
// not fetched yet.
func (n *node) waits() bool {
	if n.asset == nil || n.asset.bare == nil {
		return false
	}
	bare := n.asset.bare
	if bare.asset == nil || bare.asset.settled || bare.state != waiting {
		return false
	}
	bare.asset.after = append(bare.asset.after, n)
	return true
}

// settle queues what waited for a node.
func (f *frontier) settle(n *node) {
	if n.asset == nil {
		return
	}
	n.asset.settled = true
	f.queue = append(f.queue, n.asset.after...)
	n.asset.after = nil
}

// asset notes the bytes of an asset, and reports whether there is nothing to
// freeze, because the URL without the cache-buster has them.
func (f *frontier) asset(n *node, body []byte) (covered bool) {
	if n.asset == nil {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	n.asset.sum = sha256.Sum256(body)
	bare := n.asset.bare
	if bare == nil || bare.fate != frozen {
		return false
	}
	if bare.asset.sum == n.asset.sum {
		n.fate = frozen
		return true
	}
	if bare.asset.differs == nil || n.url < bare.asset.differs.url {
		bare.asset.differs = n
	}
	return false
}

// meant says what became of a node.
func (f *frontier) meant(n *node, fate fate) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n.fate = fate
}

// fateOf is the fate of a URL that is left to the app.
func fateOf(v Verdict) fate {
	if v.Reason == Status && (strings.HasPrefix(v.Detail, "404") || strings.HasPrefix(v.Detail, fmt.Sprint(http.StatusGone))) {
		return gone
	}
	return left
}

// fateOfPage is the fate of a page that was frozen.
func fateOfPage(r *Response) fate { return fateOfMedia(r.media) }

func fateOfMedia(m content.Media) fate {
	if m.Ext == "html" {
		return frozenPage
	}
	return frozen
}

// styles keeps the style sheets that a page, or a style sheet, needs. Most pages
// need the same, so each set is kept once.
func (f *frontier) styles(n *node, needed []*node) {
	if len(needed) == 0 {
		return
	}
	slices.SortFunc(needed, func(a, b *node) int { return strings.Compare(a.url, b.url) })
	needed = slices.Compact(needed)
	key := f.scratch[:0]
	for _, s := range needed {
		key = append(append(key, s.url...), ' ')
	}
	f.scratch = key
	set, ok := f.sets[string(key)]
	if !ok {
		set = slices.Clone(needed)
		f.sets[string(key)] = set
	}
	n.styles = set
}

// takenBack are the pages that were frozen before it was known what they need:
// assets that are not what they seemed, and then the pages that would be shown
// without their style sheets once the app is down. The workers have ended.
func (f *frontier) takenBack() (back []content.Skip) {
	for _, n := range f.seen {
		if n.asset != nil && n.asset.differs != nil && n.state != published {
			n.fate = left
			back = append(back, n.skip(Verdict{Reason: Query, Detail: "has other bytes with a query: " + n.asset.differs.url}, nil))
		}
	}
	known := map[**node]*node{} // by set
	for _, n := range f.seen {
		if n.fate != frozenPage || len(n.styles) == 0 || n.state == published {
			continue
		}
		set := &n.styles[0]
		if _, ok := known[set]; !ok {
			known[set] = unstyled(n, map[*node]bool{})
		}
		if missing := known[set]; missing != nil {
			back = append(back, n.skip(Verdict{Reason: Unstyled, Detail: missing.url}, nil))
		}
	}
	return back
}

// unstyled finds a style sheet that n needs, by itself or through another, and
// that only the app has. One that is missing in the app too, or that the
// operator left out of the scope, takes nothing away.
func unstyled(n *node, seen map[*node]bool) *node {
	if seen[n] {
		return nil // style sheets may import each other
	}
	seen[n] = true
	for _, s := range n.styles {
		missing := s
		switch {
		case s.fate == gone, s.state == outside:
			continue
		case s.fate == frozen:
			missing = unstyled(s, seen)
		}
		if missing != nil {
			return missing
		}
	}
	return nil
}

// A Missing is an asset that pages need and that only the app has.
type Missing struct {
	URL    string
	Reason string // one of the constants of this package
	From   string // a page that needs it
}

// missing lists what pages need beside style sheets. The workers have ended.
func (f *frontier) missing() (list []Missing) {
	for _, s := range f.skips {
		if s.node.needed && s.node.fate == left {
			list = append(list, Missing{s.node.url, s.verdict.Reason, s.node.from})
		}
	}
	for n, v := range f.refusal {
		if n.needed {
			list = append(list, Missing{n.url, v.Reason, n.from})
		}
	}
	for _, spread := range f.queries {
		for _, n := range spread.named {
			if n.needed {
				list = append(list, Missing{n.url, Query, n.from})
			}
		}
	}
	slices.SortFunc(list, func(a, b Missing) int { return cmp.Compare(a.URL, b.URL) })
	return list
}

// variant is the part of a node's URL that tells it from the page without a
// query.
func (n *node) variant() string {
	_, variant, _ := strings.Cut(n.url, "?")
	return variant
}

func hasQuery(raw []byte) bool { return bytes.IndexByte(raw, '?') >= 0 }
