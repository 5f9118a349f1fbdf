package freeze

import (
	"encoding/hex"
	"strings"

	"icecap/content"
)

// only makes a frontier of [Crawler.Only].
func (c *Crawler) only(s *site) (*frontier, error) {
	f := newFrontier(s, c.MaxDepth, c.MaxPages)
	for _, raw := range c.Only {
		n := f.addSeed(strings.TrimSpace(raw))
		switch {
		case strings.TrimSpace(raw) == "" || n == nil:
			return nil, &ConfigError{"Only", raw, "is no page of " + s.public.String(), "give a path such as /product/7"}
		case n.state == refused:
			v := f.refusal[n]
			if v.Reason == "" {
				v = Verdict{Reason: Query, Detail: "has a query that no [[query]] declares"}
			}
			return nil, &ConfigError{"Only", raw, "cannot be frozen: " + strings.TrimSpace(v.Reason+" "+v.Detail), ""}
		case !s.contains(n.path.Decoded()):
			return nil, &ConfigError{"Only", raw, "lies outside of the scope", "see include and exclude"}
		}
	}
	return f, nil
}

// keys are the pages that a run speaks for which was given a list.
func (f *frontier) keys() []content.Key {
	keys := make([]content.Key, len(f.queue))
	for i, n := range f.queue {
		keys[i] = n.key()
	}
	return keys
}

// settled makes a node of a page that stays as it is because the run was not
// asked for it: it is neither fetched nor reported.
func (f *frontier) settled(n *node) bool {
	if f.previous == nil {
		return false
	}
	entry, ok := f.previous.Entry(n.key())
	if !ok {
		return false
	}
	media, _ := content.MediaFor(entry.MediaType)
	n.state, n.fate = published, fateOfMedia(media)
	n.asset = &asset{settled: true}
	hex.Decode(n.asset.sum[:], []byte(entry.SHA256))
	return true
}
