package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"icecap/content"
	"icecap/freeze"
)

// hostile are names that an app, or who links to it, might choose.
var hostile = []string{
	`/"><script>alert(1)</script>`,
	`/'><img src=x onerror=alert(1)>`,
	`/</code></td></table></details><iframe src=//elsewhere.example>`,
	`/</style><svg onload=alert(1)>`,
	`/{{.Site}}<!--`,
	"/javascript:alert(1)\x00\x1b[2J\u202e",
	`/]]>&lt;script&gt;&#60;script&#62;`,
}

// hostileReport has a hostile name in every field that a crawl can reach.
func hostileReport(t *testing.T, name string) reportInput {
	path, err := content.ParsePath("/page")
	if err != nil {
		t.Fatal(err)
	}
	return reportInput{
		site: "https://shop.example.com" + name, start: time.Unix(1e9, 0), took: time.Second, err: errors.New(name),
		done: &outcome{Site: content.Site{
			Entries: []content.Entry{{Key: content.Key{Path: path, Variant: name}, MediaType: "text/html" + name, Size: 5}},
			Skips: []content.Skip{
				{URL: name, Reason: name, Detail: name, From: name, Cookies: []string{name}},
				{URL: name, Reason: "status", Detail: name, From: name, Failed: true},
			},
		}},
		observed: freeze.Observed{Headers: []content.Header{{Name: name, Value: name}}, Mixed: []string{name}, OutOfScope: 3,
			Strange: name, Soft404: &freeze.Soft404{Pages: 1, Of: 2, First: name}, Missing: []freeze.Missing{{URL: name, Reason: name, From: name}},
			Layouts: []freeze.Layout{{URL: name, Reason: name, Line: 1, Text: name, Pages: 2}}},
		slowest: []freeze.Timed{{URL: name, Duration: time.Second}},
	}
}

// TestReportIsInert reads the page as a browser does. No name may become an
// element or an attribute, and nothing may lead out of the page.
func TestReportIsInert(t *testing.T) {
	for _, name := range hostile {
		page, err := renderPage(reportHTML, viewReport(hostileReport(t, name)))
		if err != nil {
			t.Fatal(err)
		}
		inert(t, page, name, 19)
	}
}

// inert reads a report as a browser does. It must say a hostile name, in so many
// places at least, and have no element or attribute that it could have made.
func inert(t *testing.T, page []byte, name string, places int) {
	t.Helper()
	elements := strings.Fields("html head meta title style body main header h1 h2 h3 p code section strong div b i span svg rect details summary table thead tbody tr th td pre footer figure figcaption line path circle text ul li")
	attributes := strings.Fields("lang charset http-equiv content name class open data-name role aria-label aria-hidden viewBox preserveAspectRatio x width height y x1 y1 x2 y2 d cx cy r text-anchor fill-opacity tabindex")
	tree, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	said := 0
	for n := range tree.Descendants() {
		switch n.Type {
		case html.CommentNode:
			t.Errorf("%q: the page has a comment %q", name, n.Data)
		case html.TextNode:
			if strings.Contains(n.Data, strings.ReplaceAll(name, "\x00", "\uFFFD")) {
				said++
			}
		case html.ElementNode:
			if !slices.Contains(elements, n.Data) {
				t.Errorf("%q: the page has an element <%s>", name, n.Data)
			}
			for _, a := range n.Attr {
				if !slices.Contains(attributes, a.Key) {
					t.Errorf("%q: <%s> has the attribute %s=%q", name, n.Data, a.Key, a.Val)
				}
			}
		}
	}
	if said < places {
		t.Errorf("%q: the page says the name in %d places, want at least %d", name, said, places)
	}
}

// TestReportOfFailedRun has no site to tell of.
func TestReportOfFailedRun(t *testing.T) {
	cause := &content.IncompleteError{Reason: "stopped at 10 pages", Hint: "raise max_pages"}
	page, err := renderPage(reportHTML, viewReport(reportInput{site: "http://127.0.0.1:8000", err: cause}))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Nothing published", "finish the crawl: stopped at 10 pages", "raise max_pages"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if page, err = renderPage(reportHTML, viewReport(reportInput{err: fmt.Errorf("crawl: %w", context.Canceled)})); err != nil || !strings.Contains(string(page), "interrupted") {
		t.Errorf("the page of an interrupted crawl does not say so (%v)", err)
	}
}

// TestReportBounds: a large site gives a small page that counts what it does not name.
func TestReportBounds(t *testing.T) {
	site := content.Site{}
	for i := range 20_000 {
		path, err := content.ParsePath(fmt.Sprintf("/%05d", i))
		if err != nil {
			t.Fatal(err)
		}
		site.Entries = append(site.Entries, content.Entry{Key: content.Key{Path: path}, MediaType: "text/html", Size: int64(i)})
		site.Skips = append(site.Skips, content.Skip{URL: fmt.Sprintf("/left/%05d", i), Reason: "no-store"})
	}
	page, err := renderPage(reportHTML, viewReport(reportInput{done: &outcome{Site: site}}))
	if err != nil {
		t.Fatal(err)
	}
	if len(page) > 64<<10 {
		t.Errorf("the page has %d bytes", len(page))
	}
	for _, want := range []string{"20,000", "and 19,900 more: <code>icecap ls --reason no-store</code>", "/19999</code>"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestShares(t *testing.T) {
	for _, test := range []struct{ pages, left, broken int }{{1, 0, 0}, {0, 0, 1}, {1_000_000, 1, 1}, {3, 3, 3}, {0, 1, 100_000}} {
		v := reportView{Pages: test.pages, Left: test.left, Broken: test.broken}
		v.addShares()
		x := 0.0
		for _, s := range v.Shares {
			if math.Abs(s.X-x) > 0.001 || (s.Count > 0) != (s.Width > 1) {
				t.Errorf("%+v: %+v", test, v.Shares)
			}
			x += s.Width
		}
		if math.Abs(x-100) > 0.001 {
			t.Errorf("%+v: the parts fill %v percent", test, x)
		}
	}
	var empty reportView
	if empty.addShares(); empty.Shares != nil {
		t.Errorf("nothing has the shares %v", empty.Shares)
	}
}
