package freeze

import (
	"maps"
	"slices"
	"strings"

	"icecap/content"
)

// Observed is what a crawl saw beside pages and is worth a word to the operator.
type Observed struct {
	// Headers are security headers that every frozen HTML page sends with one
	// value, and no other frozen page with another, but that are not declared:
	// the gate would lose them. Sorted by name.
	Headers []content.Header
	// Mixed are names of undeclared security headers that some frozen pages send
	// and others do not, or with different values. Sorted.
	Mixed []string
	// OutOfScope is the number of URLs that were met and lie outside the scope.
	OutOfScope int
	// Strange is an origin of the public host name with another scheme or port
	// that pages link to; empty where there is none. Such links are not followed.
	// An app that does not trust X-Forwarded-Proto writes http:// where visitors
	// have https://.
	Strange string
	// Layouts are the lines of the app's templates that keep pages from being
	// frozen; the line that speaks of the most pages comes first.
	Layouts []Layout
	// Missing are scripts, images and fonts of this site that pages need and that
	// are not frozen. Sorted by URL.
	Missing []Missing
	// Untrue is a page that had changed although the app answered 304, or the
	// sitemap said that it had not; empty where there is none. From then on the
	// crawl asked for every page in full, or for every page.
	Untrue string
	// Queries is the number of URLs with a query that were met.
	Queries int
	// Soft404 is nil where the app answers a URL that cannot exist as it should.
	Soft404 *Soft404
}

// securityHeaders are headers by which an app protects its visitors, in the
// spelling that everybody uses.
var securityHeaders = []string{
	"Content-Security-Policy", "Cross-Origin-Embedder-Policy", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy",
	"Permissions-Policy", "Referrer-Policy", "Strict-Transport-Security", "X-Content-Type-Options", "X-Frame-Options",
}

// A census counts the values of the security headers.
type census struct {
	html    int // HTML pages
	headers map[string]*tally

	soft      int    // of the HTML pages, those that are the answer to a wrong URL
	softFirst string // of them
}

// addSoft counts a page that is the answer to a wrong URL.
func (c *census) addSoft(n *node) {
	c.soft++
	if c.softFirst == "" || n.url < c.softFirst {
		c.softFirst = n.url
	}
}

type tally struct {
	html  int // HTML pages that send it
	value string
	mixed bool
}

func (t *tally) add(value string) {
	if t.value != "" && t.value != value {
		t.mixed = true
	}
	t.value = value
}

// add counts a frozen page.
func (c *census) add(r *Response) {
	html := r.media.Ext == "html"
	if html {
		c.html++
	}
	for _, name := range securityHeaders {
		values := r.Header[name]
		if len(values) == 0 {
			continue
		}
		if c.headers == nil {
			c.headers = map[string]*tally{}
		}
		t := c.headers[name]
		if t == nil {
			t = &tally{}
			c.headers[name] = t
		}
		if html {
			t.html++
		}
		if len(values) == 1 {
			t.add(values[0])
		} else {
			t.add(strings.Join(values, ", "))
		}
	}
}

// observed joins what the workers saw. They have ended.
func (r *crawl) observed() Observed {
	all := census{headers: map[string]*tally{}}
	for _, w := range r.workers {
		all.html += w.census.html
		for name, t := range w.census.headers {
			sum := all.headers[name]
			if sum == nil {
				sum = &tally{}
				all.headers[name] = sum
			}
			sum.html += t.html
			sum.mixed = sum.mixed || t.mixed
			sum.add(t.value)
		}
	}
	o := Observed{Layouts: r.frontier.layouts(), OutOfScope: r.frontier.outside, Strange: r.frontier.strange, Missing: r.frontier.missing(), Soft404: r.soft404(), Untrue: r.frontier.kept.untrue}
	for _, n := range r.frontier.seen {
		if n.state == deep {
			o.OutOfScope++
		}
	}
	for _, s := range r.frontier.queries {
		o.Queries += s.count
	}
	for _, name := range slices.Sorted(maps.Keys(all.headers)) {
		t := all.headers[name]
		declared := slices.ContainsFunc(r.rules.Headers, func(h content.Header) bool { return strings.EqualFold(h.Name, name) })
		switch {
		case declared:
		case t.mixed || t.html != all.html:
			o.Mixed = append(o.Mixed, name)
		case t.html > 0:
			o.Headers = append(o.Headers, content.Header{Name: name, Value: t.value})
		}
	}
	return o
}
