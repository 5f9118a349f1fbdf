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
)

// Verify holds a gate to a manifest.
type Verify struct {
	Site      content.Site
	Host      string           // the Host that is asked for; "" means that of the address
	Headers   []content.Header // the operator's, which every page must carry
	Cookies   []string         // the operator's cookie patterns, for the negative set
	Sample    int              // check about this many entries, spread evenly; 0: all
	App       *App             // the counting app behind the gate; nil: the marker alone tells the source, and there is no negative set
	PagesOnly bool             // leave out the negative set
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

// Run verifies a target. Memory does not grow with the size of the site or its pages.
func (v Verify) Run(ctx context.Context, target Target) (Report, error) {
	target.App = v.App
	v.Host = cmp.Or(v.Host, target.Address)
	if v.App != nil {
		v.App.Take()
	}
	entries := sample(v.Site.Entries, v.Sample)
	report, err := sweep{
		target:  target,
		n:       len(entries),
		request: func(i int) Request { return v.get(entries[i].URL()) },
		check:   func(i int, f fetched) []Difference { return v.compare(entries[i], f) },
	}.run(ctx)
	if err != nil || v.App == nil {
		return report, err
	}
	v.reportTouches(&report)
	if v.PagesOnly {
		return report, nil
	}
	return report, v.negative(ctx, target, entries, &report)
}

func (v Verify) get(url string) Request {
	return Request{Method: "GET", Target: url, Version: "HTTP/1.1", Header: []string{"Host: " + v.Host}}
}

// sample takes n of the entries at even distances, always the same.
func sample(entries []content.Entry, n int) []content.Entry {
	if n <= 0 || n >= len(entries) {
		return entries
	}
	taken := make([]content.Entry, n)
	for i := range taken {
		taken[i] = entries[i*len(entries)/n]
	}
	return taken
}

// compare holds one answer to its line of the manifest.
func (v Verify) compare(e content.Entry, f fetched) (found []Difference) {
	differ := func(what, want, got string) {
		if want != got {
			found = append(found, Difference{URL: e.URL(), What: what, Want: want, Got: got})
		}
	}
	differ("status", "200", strconv.Itoa(f.status))
	source := FromApp
	if f.header.Get(marker) == markerDisk {
		source = FromDisk
	}
	differ("source", string(FromDisk), string(source))
	differ("media type", contentType(e.MediaType), f.header.Get("Content-Type"))
	differ("length", strconv.FormatInt(e.Size, 10), strconv.FormatInt(f.size, 10))
	differ("sha256", e.SHA256, f.sha256)
	if !e.Modified.IsZero() {
		// NGINX makes its ETag of the file's time: a wrong one is a wrong 304.
		differ("Last-Modified", e.Modified.UTC().Format(http.TimeFormat), f.header.Get("Last-Modified"))
	}
	for _, h := range v.Headers {
		differ(h.Name, h.Value, strings.Join(f.header.Values(h.Name), ", "))
	}
	return found
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
