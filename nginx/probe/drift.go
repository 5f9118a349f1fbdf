package probe

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"icecap/content"
)

// Drift compares a manifest with what the app says now.
type Drift struct {
	Site   content.Site
	App    string // the app's own address, "http://127.0.0.1:8000"; a path in it is ignored
	Public string // the public address, which the app is asked for as when it was crawled; "": its own
	Source string // check only the entries of this source; "": of all
	Sample int    // check about this many entries, spread evenly; 0: all
}

// Run fetches the pages again, as the crawler does: without a cookie and
// uncompressed. It lists those that changed, the first thousand of them. An
// error means that the app could not be asked.
func (d Drift) Run(ctx context.Context) ([]Difference, error) {
	app, err := url.Parse(d.App)
	if err != nil {
		return nil, fmt.Errorf("read address of the app: %w", err)
	}
	target, host, err := ParseTarget(app.Scheme + "://" + app.Host) // a path only bounds a crawl
	if err != nil {
		return nil, err
	}
	lines := []string{"Host: " + host, "User-Agent: icecap", "Accept: */*", "Accept-Encoding: identity"}
	if d.Public != "" {
		public, err := url.Parse(d.Public)
		if err != nil || public.Host == "" {
			return nil, fmt.Errorf("read public address %q: want http://HOST or https://HOST", d.Public)
		}
		if public.Scheme != app.Scheme || public.Host != app.Host {
			lines[0] = "Host: " + public.Host
			lines = append(lines, "X-Forwarded-Proto: "+public.Scheme)
		}
	}
	entries := d.entries()
	report, err := sweep{
		target: target,
		n:      len(entries),
		request: func(i int) Request {
			return Request{Method: "GET", Target: entries[i].URL(), Version: "HTTP/1.1", Header: lines}
		},
		check: func(i int, f fetched) []Difference { return drifted(entries[i], f) },
	}.run(ctx)
	return report.Differences, err
}

func (d Drift) entries() []content.Entry {
	var entries []content.Entry
	for _, e := range d.Site.Entries {
		if (d.Source == "" || e.Source == d.Source) && e.Status() == http.StatusOK {
			entries = append(entries, e)
		}
	}
	return sample(entries, d.Sample)
}

// drifted names the first thing that tells the app's answer from the frozen page.
func drifted(e content.Entry, f fetched) []Difference {
	differ := func(what, want, got string) []Difference {
		return []Difference{{URL: e.URL(), What: what, Want: want, Got: got}}
	}
	if f.status != 200 {
		return differ("status of the app", "200", strconv.Itoa(f.status))
	}
	if encoding := f.header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return differ("encoding of the app", "identity", encoding)
	}
	got := f.header.Get("Content-Type")
	if m, ok := content.MediaFor(got); !ok || m.Type != e.MediaType {
		return differ("media type of the app", e.MediaType, cmp.Or(got, "none"))
	}
	if f.sha256 != e.SHA256 {
		return differ("sha256 of the app", e.SHA256, f.sha256)
	}
	return nil
}

// TooOld compares the time of a release with a limit: no difference, or one.
func TooOld(site content.Site, now time.Time, limit time.Duration) []Difference {
	age := now.Sub(site.Created)
	if age <= limit {
		return nil
	}
	return []Difference{{URL: "release " + site.ID, What: "age", Want: "at most " + limit.String(), Got: age.Round(time.Second).String()}}
}
