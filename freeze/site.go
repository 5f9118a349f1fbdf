package freeze

import (
	"bytes"
	"math"
	"net/url"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"icecap/content"
)

// A site says which URLs belong to a crawl.
type site struct {
	crawled origin // where the app is asked
	public  origin // where visitors see it; the same as crawled where nothing else is configured
	prefix  string // of decoded paths
	queries content.Queries
	include []string
	exclude []string
	declare []string // globs of what is declared public
	mask    *Mask

	redirects []ReplayRule
	gone      []ReplayRule
	fallback  []string // globs of pages that are only copies for when the app fails
	limits    []Limit
	robots    *robots // nil where they do not count
}

// ours reports whether u is a page of the site, by either of its addresses.
func (s *site) ours(u *url.URL) bool { return s.addresses().Ours(u) }

// addresses are the origins of the site.
func (s *site) addresses() Addresses { return Addresses{s.public, [...]origin{s.crawled, s.public}} }

// contains reports whether a path lies in the scope.
func (s *site) contains(decoded string) bool {
	if !strings.HasPrefix(decoded, s.prefix) {
		return false
	}
	for _, glob := range s.exclude {
		if doublestar.MatchUnvalidated(glob, decoded) {
			return false
		}
	}
	for _, glob := range s.include {
		if doublestar.MatchUnvalidated(glob, decoded) {
			return true
		}
	}
	return len(s.include) == 0
}

// declares reports whether the operator says that every stranger gets this page.
func (s *site) declares(p content.Path) bool {
	for _, glob := range s.declare {
		if doublestar.MatchUnvalidated(glob, p.Decoded()) {
			return true
		}
	}
	return false
}

// isCopy reports whether the app serves a page itself, and what is frozen is a copy.
func (s *site) isCopy(p content.Path) bool {
	for _, glob := range s.fallback {
		if doublestar.MatchUnvalidated(glob, p.Decoded()) {
			return true
		}
	}
	return false
}

// checkGlobs finds a glob that cannot match any path.
func checkGlobs(field string, globs []string) error {
	for _, glob := range globs {
		switch {
		case !doublestar.ValidatePattern(glob):
			return &ConfigError{field, glob, "is no glob", "the globs are those of doublestar: * ? ** [a-z] {a,b}"}
		case !strings.HasPrefix(glob, "/") && !strings.HasPrefix(glob, "**") && !strings.HasPrefix(glob, "{"):
			return &ConfigError{field, glob, "matches nothing, because every path begins with a slash", "write /" + strings.TrimLeft(glob, "/") + " or **/" + glob}
		}
	}
	return nil
}

// actions are the last words of URLs that do something when they are visited,
// however often they are visited. A robot that knew no better once emptied a
// content system ("The Spider of Doom").
var actions = map[string]bool{
	"logout": true, "log-out": true, "log_out": true, "logoff": true, "log-off": true, "log_off": true,
	"signout": true, "sign-out": true, "sign_out": true, "signoff": true, "sign-off": true, "sign_off": true,
	"delete": true, "destroy": true, "remove": true, "unsubscribe": true, "approve": true,
	"reject": true, "revoke": true, "deactivate": true,
}

// isID reports whether a segment is a number, a UUID or another key in hex.
func isID(segment string) bool {
	return strings.Trim(segment, "0123456789") == "" ||
		len(segment) >= 8 && strings.ContainsAny(segment, "0123456789") && strings.Trim(strings.ToLower(segment), "0123456789abcdef-") == ""
}

// judgePath decides what needs no answer of the app.
func judgePath(p content.Path) Verdict {
	segments := strings.Split(strings.Trim(p.Decoded(), "/"), "/")
	last := len(segments) - 1
	if last > 0 && isID(segments[last]) {
		last-- // /posts/delete/7
	}
	word, _, _ := strings.Cut(strings.ToLower(segments[last]), ".") // logout.php
	if actions[word] {
		return Verdict{Reason: Action, Detail: "a visit to " + segments[last] + " may do something"}
	}
	// A relative link that was meant to be absolute leads from /a/ to /a/a/ and
	// on for ever, in an app that answers all of them.
	const most = 4
	for i, segment := range segments {
		same := 1
		for _, other := range segments[i+1:] {
			if other == segment {
				same++
			}
		}
		if same > most {
			return Verdict{Reason: Trap, Detail: "the segment " + segment + " comes again and again"}
		}
	}
	return Verdict{}
}

// resolve finds the node that a reference of a page leads to, or nil if that is
// no page of the site. The caller holds mu.
func (f *frontier) resolve(page *node, l *reference) *node {
	key := appendKey(f.scratch[:0], page.url, l)
	f.scratch = key
	if n, ok := f.known[string(key)]; ok {
		return n
	}
	n := f.parse(page, l)
	if len(f.known) >= maxKnown {
		clear(f.known)
	}
	f.known[string(key)] = n
	return n
}

// appendKey is what the meaning of a reference depends on: itself, and as much
// of its base as matters.
func appendKey(key []byte, page string, l *reference) []byte {
	absolute := func(b []byte) bool { return b[0] == '/' || hasScheme(b) }
	relative := !absolute(l.raw)
	if len(l.base) > 0 {
		key = append(append(key, l.base...), 0)
		relative = !absolute(l.base)
	}
	if relative {
		end := strings.LastIndexByte(page, '/') + 1
		if l.raw[0] == '?' {
			end = len(page)
		}
		key = append(append(key, page[:end]...), 0)
	}
	key = append(key, l.raw...)
	if hasQuery(l.raw) && l.kind.needed() {
		key = append(key, 0) // queries of assets are fetched, others are not
	}
	return key
}

// parse resolves a reference that was not met before.
func (f *frontier) parse(page *node, l *reference) *node {
	if n := f.plain(l); n != nil {
		return n
	}
	s := f.site
	u, odd := s.addresses().Resolve(page.url, string(l.base), string(l.raw))
	switch {
	case odd != "":
		return f.refuse(odd, Verdict{Reason: Path, Detail: "is no URL"})
	case u == nil:
		return nil
	case !s.ours(u):
		o := originOf(u)
		if s.public != s.crawled && o != s.public && hostname(o) == hostname(s.public) && (f.strange == "" || o.String() < f.strange) {
			f.strange = o.String()
		}
		return nil
	}
	return f.node(u.EscapedPath(), u.RawQuery, l.kind)
}

// plain resolves the common reference, an absolute path of the site with nothing
// to resolve in it, without taking it to pieces; nil for any other.
func (f *frontier) plain(l *reference) *node {
	if len(l.base) > 0 || bytes.IndexByte(l.raw, '?') >= 0 {
		return nil
	}
	raw := strings.TrimPrefix(string(l.raw), f.site.public.String())
	path, err := content.ParsePath(raw)
	if err != nil { // also "//host/x", and "../x", which the slow way resolves
		return nil
	}
	return f.nodeOf(path)
}

// node finds or makes the node of an escaped path and a query.
func (f *frontier) node(escaped, query string, kind Kind) *node {
	if escaped == "" {
		escaped = "/"
	}
	path, err := content.ParsePath(escaped)
	if err != nil {
		return f.refuse(escaped, refusedPath(err))
	}
	if query == "" {
		return f.nodeOf(path)
	}
	if !f.site.contains(path.Decoded()) {
		return nil
	}
	if variant, ok := f.site.queries.Variant(path, query); ok && variant == "" {
		return f.nodeOf(path)
	} else if ok {
		return f.newNode(path, path.String()+"?"+variant)
	}
	if kind.needed() {
		if n := f.assetQuery(path, query); n != nil {
			return n
		}
	}
	return f.addQuery(path, content.QueryURL(path, query))
}

// nodeOf finds or makes the node of a path.
func (f *frontier) nodeOf(path content.Path) *node {
	n := f.newNode(path, path.String())
	if n.asset == nil {
		if m, ok := path.Promises(); ok && m.IsAsset() {
			n.asset = &asset{}
		}
	}
	return n
}

// newNode finds or makes the node of a URL with this path.
func (f *frontier) newNode(path content.Path, url string) *node {
	if n, ok := f.seen[url]; ok {
		return n
	}
	n := &node{path: path, url: url, depth: math.MaxInt, hint: true}
	f.seen[url] = n
	if !f.site.contains(path.Decoded()) {
		n.state = outside
		f.outside++
	} else if f.settled(n) {
		return n
	} else if v := judgePath(path); v.Reason != "" {
		n.state = refused
		f.refusal[n] = v
	} else if line := f.site.robots.forbids(url); line != "" {
		n.state = refused
		f.refusal[n] = Verdict{Reason: RobotsTXT, Detail: line}
	}
	return n
}

// refuse makes the node of a path that cannot be stored.
func (f *frontier) refuse(escaped string, v Verdict) *node {
	if !f.site.contains(escaped) {
		return nil
	}
	name := content.SkipURL(escaped)
	if n, ok := f.seen[name]; ok {
		return n
	}
	n := &node{url: name, state: refused}
	f.seen[name] = n
	f.refusal[n] = v
	return n
}
