package probe

import (
	"cmp"
	"context"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"icecap/content"
	"icecap/nginx"
)

// Verify holds a gate to a manifest.
type Verify struct {
	Site      content.Site
	Host      string        // the Host that is asked for; "" means that of the address
	Gate      *nginx.Server // what it was configured with: headers, compression, and for the negative set cookies; nil: these are not compared
	Sample    int           // check about this many entries, spread evenly; 0: all
	App       *App          // the counting app behind the gate; nil: the marker alone tells the source, and there is no negative set
	PagesOnly bool          // leave out the negative set
}

// Live verifies a running server, such as "https://shop.example.com". An error
// means that it could not be asked; what it answers wrongly is in the report.
func (v Verify) Live(ctx context.Context, address string) (Report, error) {
	target, host, err := ParseTarget(address)
	if err != nil {
		return Report{}, err
	}
	v.Host = cmp.Or(v.Host, host)
	if target.TLS != nil {
		target.TLS.ServerName = withoutPort(v.Host)
	}
	return v.Run(ctx, target)
}

// Handler verifies a handler, over a port of its own.
func (v Verify) Handler(ctx context.Context, h http.Handler) (Report, error) {
	server, err := Serve(h)
	if err != nil {
		return Report{}, err
	}
	defer server.Close()
	return v.Run(ctx, Target{Address: server.Address})
}

// Run verifies a target. Of copies that stand in for the app only a counting app
// tells, which is then asked to fail. Memory does not grow with the size of the
// pages, and with that of the site by a few bytes a page.
func (v Verify) Run(ctx context.Context, target Target) (Report, error) {
	target.App = v.App
	v.Host = cmp.Or(v.Host, target.Address)
	if v.App != nil {
		v.App.Take()
	}
	pages, copies := v.kinds()
	report, err := v.sweep(ctx, target, v.checks(pages))
	if err != nil {
		return report, err
	}
	if v.App == nil {
		return report, nil
	}
	v.reportTouches(&report)
	stale, err := v.sweep(ctx, target, copyChecks(copies))
	report.join(stale)
	v.App.Take()
	if err != nil || v.PagesOnly {
		return report, err
	}
	return report, v.negative(ctx, target, pages, &report)
}

// kinds are the entries to be checked: pages from disk, and copies that are
// answered only where the app fails.
func (v Verify) kinds() (pages, copies []content.Entry) {
	if !slices.ContainsFunc(v.Site.Entries, func(e content.Entry) bool { return e.Fallback }) {
		return sample(v.Site.Entries, v.Sample), nil // of a million pages no second list
	}
	for _, e := range v.Site.Entries {
		switch {
		case !e.Fallback:
			pages = append(pages, e)
		case e.Status() == http.StatusOK && (v.Gate == nil || v.Gate.Fallback):
			copies = append(copies, e)
		}
	}
	return sample(pages, v.Sample), sample(copies, v.Sample)
}

// A check is one request of a verification.
type check struct {
	entry  *content.Entry
	source Source            // who must answer; a stale copy only if the app fails
	coding string            // that is asked for, "" for none
	replay *content.Redirect // instead of a page
}

func (v Verify) request(c check) Request {
	if c.replay != nil {
		return v.get(c.replay.From.String())
	}
	r := v.get(c.entry.URL())
	if c.coding != "" {
		r.Header = append(r.Header, "Accept-Encoding: "+c.coding)
	}
	if c.source == FromStale {
		r.Header = append(r.Header, "X-Probe-Status: 503")
	}
	return r
}

func (v Verify) sweep(ctx context.Context, target Target, checks []check) (Report, error) {
	return sweep{
		target:  target,
		n:       len(checks),
		request: func(i int) Request { return v.request(checks[i]) },
		check: func(i int, f fetched) []Difference {
			if c := checks[i]; c.replay != nil {
				return v.compareReplay(*c.replay, f)
			}
			return v.compare(checks[i], f)
		},
	}.run(ctx)
}

// checks are those of pages from disk: each plain and in each coding that the
// gate sends of it, and of what the gate replays.
func (v Verify) checks(pages []content.Entry) (list []check) {
	for i := range pages {
		list = append(list, check{entry: &pages[i], source: FromDisk})
		for _, coding := range v.codings(pages[i]) {
			list = append(list, check{entry: &pages[i], source: FromDisk, coding: coding})
		}
	}
	if v.Gate != nil && v.Gate.App.Kind == nginx.NoApp {
		return list // nothing is replayed
	}
	m, _ := content.NewGateMap(v.Site.Entries, v.Site.Redirects)
	replays := sample(m.Redirects, v.Sample)
	for i := range replays {
		list = append(list, check{replay: &replays[i]})
	}
	return list
}

// copyChecks make the app fail, and expect the copy.
func copyChecks(copies []content.Entry) (list []check) {
	for i := range copies {
		list = append(list, check{entry: &copies[i], source: FromStale})
	}
	return list
}

// codings are the content codings in which the gate sends a page.
func (v Verify) codings(e content.Entry) (list []string) {
	if v.Gate != nil && v.Gate.Compression.Gzip && e.Gzip > 0 {
		list = append(list, "gzip")
	}
	if v.Gate != nil && v.Gate.Compression.Brotli && e.Brotli > 0 {
		list = append(list, "br")
	}
	return list
}

func (v Verify) get(url string) Request {
	return Request{Method: "GET", Target: url, Version: "HTTP/1.1", Header: []string{"Host: " + v.Host}}
}

// sample takes n of all at even distances, always the same.
func sample[T any](all []T, n int) []T {
	if n <= 0 || n >= len(all) {
		return all
	}
	taken := make([]T, n)
	for i := range taken {
		taken[i] = all[i*len(all)/n]
	}
	return taken
}

// differences collects what is not equal.
type differences struct {
	url, note string // note follows what is not equal
	found     []Difference
}

func (d *differences) differ(what, want, got string) {
	if want != got {
		d.found = append(d.found, Difference{URL: d.url, What: what + d.note, Want: want, Got: got})
	}
}

// compare holds one answer to its line of the manifest.
func (v Verify) compare(c check, f fetched) []Difference {
	e, size := *c.entry, c.entry.Size
	d := differences{url: e.URL()}
	switch c.coding {
	case "gzip":
		size = e.Gzip
	case "br":
		size = e.Brotli
	}
	if c.coding != "" {
		d.note = " (" + c.coding + ")"
	}
	d.differ("status", "200", strconv.Itoa(f.status))
	d.differ("source", string(c.source), string(sourceOf(f)))
	d.differ("media type", contentType(e.MediaType), f.header.Get("Content-Type"))
	d.differ("encoding", c.coding, f.header.Get("Content-Encoding"))
	d.differ("length", strconv.FormatInt(size, 10), strconv.FormatInt(f.size, 10))
	d.differ("sha256", e.SHA256, f.sha256)
	if !e.Modified.IsZero() {
		// NGINX makes its ETag of the file's time: a wrong one is a wrong 304.
		d.differ("Last-Modified", e.Modified.UTC().Format(http.TimeFormat), f.header.Get("Last-Modified"))
	}
	if v.Gate == nil {
		return d.found
	}
	promised, _ := e.Path.Promises()
	headers := v.Gate.HeadersFor(e.Path.Decoded(), promised)
	if c.source != FromDisk {
		headers = v.Gate.ErrorHeadersFor(e.Path.Decoded(), string(c.source))
	}
	d.headers(headers, f)
	return d.found
}

func (d *differences) headers(headers []content.Header, f fetched) {
	for _, h := range headers {
		d.differ(h.Name, h.Value, strings.Join(f.header.Values(h.Name), ", "))
	}
}

// compareReplay holds one answer to a redirect, or to what is gone.
func (v Verify) compareReplay(r content.Redirect, f fetched) []Difference {
	d := differences{url: r.From.String()}
	d.differ("status", strconv.Itoa(r.Code), strconv.Itoa(f.status))
	d.differ("source", string(FromDisk), string(sourceOf(f)))
	d.differ("Location", r.To, f.header.Get("Location"))
	if r.Gone() {
		page, ok := v.entry(content.StatusKey(r.Code))
		d.differ("page of the status", "one", map[bool]string{true: "one", false: "none"}[ok])
		d.differ("sha256", page.SHA256, f.sha256)
	}
	if v.Gate != nil {
		d.headers(v.Gate.ErrorHeadersFor(r.From.Decoded(), nginx.MarkDisk), f)
	}
	return d.found
}

// entry finds a page. The entries are sorted.
func (v Verify) entry(key content.Key) (content.Entry, bool) {
	i, found := slices.BinarySearchFunc(v.Site.Entries, key, func(e content.Entry, key content.Key) int {
		return e.Key.Compare(key)
	})
	if !found {
		return content.Entry{}, false
	}
	return v.Site.Entries[i], true
}

// sourceOf is who made an answer, by its marker alone.
func sourceOf(f fetched) Source {
	if mark := Source(f.header.Get(marker)); mark == FromDisk || mark == FromStale || mark == FromMaintenance {
		return mark
	}
	return FromApp
}

// contentType is what the gate answers for a media type of the manifest.
func contentType(mediaType string) string {
	if m, ok := content.MediaFor(mediaType); ok && m.Text {
		return m.Type + "; charset=utf-8"
	}
	return mediaType
}

// reportTouches names the requests for frozen pages that the app saw.
func (v Verify) reportTouches(report *Report) {
	touches, total := v.App.Take()
	seen := map[string]int{}
	for _, touch := range touches {
		seen[touch.Target]++
	}
	for _, url := range slices.Sorted(maps.Keys(seen)) {
		report.add(Difference{URL: url, What: "touches of the app", Want: "0", Got: strconv.Itoa(seen[url])})
	}
	if total > len(touches) {
		report.add(Difference{URL: "all pages", What: "touches of the app", Want: "0", Got: strconv.Itoa(total)})
	}
}

func withoutPort(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}
