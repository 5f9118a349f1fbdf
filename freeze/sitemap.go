package freeze

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

const (
	// maxSitemaps is how many sitemaps an index may lead to, and maxListed how many
	// URLs they may name together; the protocol allows 50,000 in each.
	maxSitemaps, maxListed = 1000, 1_000_000
	// maxSitemap is the size that the protocol allows one, uncompressed.
	maxSitemap = 50 << 20
)

// Sitemap lists the URLs that a sitemap names, and where it is an index those of all
// its sitemaps, also .xml.gz, in their order and as they stand there. The address is
// one of [Crawler.URL]'s origin; sitemaps of other origins are not read. Of the
// fields, those that say how the app is asked count.
func (c *Crawler) Sitemap(ctx context.Context, address string) ([]string, error) {
	own := *c.plain()
	own.MaxBody = maxSitemap
	s, err := own.site()
	if err != nil {
		return nil, err
	}
	at, err := url.Parse(address)
	if err != nil || originOf(at) != s.crawled {
		return nil, &ConfigError{"Sitemap", redact(address), "is no address of " + s.crawled.String(), ""}
	}
	host, err := reach(ctx, s.crawled, s.crawled.address())
	if err != nil {
		return nil, err
	}
	run := newCrawl(&own, s, nil, host)
	defer run.transport.CloseIdleConnections()
	run.newWorker(ctx)
	run.idle = ctx
	w := run.workers[0]
	queue, seen := []string{at.RequestURI()}, map[string]bool{at.RequestURI(): true}
	var listed []string
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		links, isIndex, err := w.sitemap(next)
		if err != nil {
			return nil, fmt.Errorf("read the sitemap %s%s: %w", s.crawled, next, err)
		}
		for _, l := range links {
			to, err := url.Parse(l)
			if !isIndex {
				listed = append(listed, l)
			} else if err == nil && !seen[to.RequestURI()] {
				seen[to.RequestURI()] = true
				queue = append(queue, to.RequestURI()) // asked here, whatever host it names
			}
		}
		if len(seen) > maxSitemaps || len(listed) > maxListed {
			return nil, fmt.Errorf("read the sitemap %s: it leads to more than %d sitemaps or %d URLs", address, maxSitemaps, maxListed)
		}
	}
	return listed, nil
}

// plain is a crawler that asks in the same way.
func (c *Crawler) plain() *Crawler {
	return &Crawler{URL: c.URL, Public: c.Public, Rate: c.Rate, Timeout: c.Timeout, UserAgent: c.UserAgent, Log: c.Log, Probe: ProbeNone, Workers: 1}
}

// sitemap asks for one sitemap and reads its links.
func (w *worker) sitemap(path string) (links []string, isIndex bool, err error) {
	r, err := w.ask(w.asker, path, version{})
	if end := endOf(err); end != nil {
		return nil, false, end
	}
	if err != nil {
		return nil, false, err
	}
	if r.Status != http.StatusOK {
		return nil, false, fmt.Errorf("it answers %d %s", r.Status, http.StatusText(r.Status))
	}
	w.scan.read(r)
	text := r.Body
	if len(r.unzipped) > 0 {
		text = r.unzipped
	}
	return w.scan.sitemap(text)
}

// sitemap is what the text that was read lists as a sitemap.
func (s *scan) sitemap(text []byte) (links []string, isIndex bool, err error) {
	isIndex = bytes.Contains(text, []byte("<sitemapindex"))
	if !isIndex && !bytes.Contains(text, []byte("<urlset")) {
		return nil, false, errors.New("it is no sitemap")
	}
	for _, l := range s.links[s.headed:] {
		if l.kind == PageLink {
			links = append(links, string(l.raw))
		}
	}
	return links, isIndex, nil
}

// ReadSitemap lists what a sitemap names that somebody has as a file, also as .xml.gz: the
// URLs of pages, or where it is an index those of other sitemaps. It may have 50 MiB.
func ReadSitemap(data []byte) (urls []string, isIndex bool, err error) {
	if bytes.HasPrefix(data, []byte("\x1f\x8b")) {
		unzip, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, false, fmt.Errorf("unzip it: %w", err)
		}
		if data, err = io.ReadAll(io.LimitReader(unzip, maxSitemap+1)); err != nil {
			return nil, false, fmt.Errorf("unzip it: %w", err)
		}
	}
	if len(data) > maxSitemap {
		return nil, false, fmt.Errorf("it has more than %d MiB", maxSitemap>>20)
	}
	s := new(scan)
	s.xml(data)
	return s.sitemap(data)
}
