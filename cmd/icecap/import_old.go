package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"icecap/content"
	"icecap/freeze"
)

// An importLeft counts what is no page of the old site.
type importLeft struct {
	Redirects int      `json:"redirects"` // it leads on
	Gone      int      `json:"gone"`      // it answers 4xx
	Assets    int      `json:"assets"`    // style sheets, scripts and fonts, which a new theme brings
	Queries   int      `json:"queries"`   // URLs with a query, which a crawl does not ask for
	Elsewhere int      `json:"elsewhere"` // listed URLs of other hosts
	Unclear   []string `json:"unclear"`   // met, but not asked for, or it failed; listed ones count as pages
}

// An oldSite collects the URLs of a site that shall be replaced. It is a
// [content.Sink] that keeps nothing else.
type oldSite struct {
	mu     sync.Mutex
	urls   []string // paths with queries, as manifests spell them
	left   importLeft
	listed map[string]bool // URLs that a sitemap names, and no others count; nil for a crawl
	at     freeze.Addresses
}

// Page notes a page.
func (o *oldSite) Page(p content.Page) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.counts(p.URL()) {
		m, _ := content.MediaFor(p.MediaType)
		o.note(p.URL(), m)
	}
	return nil
}

func (o *oldSite) note(url string, m content.Media) {
	if m.IsAsset() && !strings.HasPrefix(m.Type, "image/") || strings.HasSuffix(url, ".map") {
		o.left.Assets++
		return
	}
	o.urls = append(o.urls, url)
}

// counts reports whether a URL is one of those that are looked for.
func (o *oldSite) counts(url string) bool { return o.listed == nil || o.listed[url] }

// Keep and Redirect are never called: nothing is kept, and no redirect is replayed.
func (o *oldSite) Keep(content.Key, *content.Stale) error { return errors.New("nothing was kept") }
func (o *oldSite) Redirect(content.Redirect) error        { return errors.New("no redirect is replayed") }

// Skip notes a page that could not be frozen, or what is none.
func (o *oldSite) Skip(s content.Skip) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case !o.counts(s.URL):
	case s.Reason == freeze.Redirect, s.Reason == freeze.RedirectLoop:
		o.left.Redirects++
		if to, _ := o.at.Resolve(s.URL, "", s.Detail); o.listed != nil && to != nil && o.at.Ours(to) {
			o.urls = append(o.urls, targetOf(to.EscapedPath(), to.RawQuery).url) // a crawl would go there
		}
	case s.Reason == freeze.Query:
		o.left.Queries++
	case s.Reason == freeze.Status && !s.Failed:
		o.left.Gone++
	case s.Failed, slices.Contains([]string{freeze.Path, freeze.Action, freeze.Trap, freeze.RobotsTXT}, s.Reason):
		o.unclear(s.URL)
	default: // there is something, be it for one visitor only
		path, err := content.ParsePath(pathOfURL(s.URL))
		var m content.Media
		if err == nil {
			m, _ = path.Promises()
		}
		o.note(s.URL, m)
	}
	return nil
}

func (o *oldSite) unclear(url string) {
	o.left.Unclear = append(o.left.Unclear, url)
	if o.listed != nil {
		o.urls = append(o.urls, url)
	}
}

// Entry says that everything is there already, so that no link is followed: only what
// a sitemap lists is asked for.
func (o *oldSite) Entry(key content.Key) (content.Entry, bool) {
	return content.Entry{Key: key, Source: "everything"}, o.listed != nil
}

// Open and Done are of no use here.
func (o *oldSite) Open(content.Key) (io.ReadCloser, error) {
	return nil, errors.New("nothing was kept")
}
func (o *oldSite) Done(content.Key) bool { return false }

// readOldSite finds the URLs of the old site: in a file, in a sitemap, or by a crawl.
func (a *app) readOldSite(ctx context.Context, c *config, old string) (*oldSite, error) {
	u, err := url.Parse(old)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return readURLFile(old)
	}
	found := &oldSite{left: importLeft{Unclear: []string{}}}
	crawler := a.oldCrawler(c)
	crawler.URL = old
	if lower := strings.ToLower(u.Path); strings.HasSuffix(lower, ".xml") || strings.HasSuffix(lower, ".xml.gz") {
		crawler.URL = u.Scheme + "://" + u.Host
		if err := found.list(ctx, crawler, old); err != nil || len(crawler.Only) == 0 {
			return found, err
		}
	}
	stop := a.showProgress(crawlLine(crawler.Progress))
	err = crawler.Run(ctx, found, found)
	stop()
	slices.Sort(found.urls)
	found.urls = slices.Compact(found.urls)
	slices.Sort(found.left.Unclear)
	return found, err
}

// oldCrawler asks an old site as freeze would, with one stranger.
func (a *app) oldCrawler(c *config) *freeze.Crawler {
	return &freeze.Crawler{
		Queries: c.queries(), Include: c.Freeze.Include, Exclude: c.Freeze.Exclude, Probe: freeze.ProbeNone, AllowSame: true,
		Workers: c.Freeze.Workers, Rate: c.Freeze.Rate, Timeout: time.Duration(c.Freeze.Timeout), MaxPages: c.Freeze.MaxPages, MaxDepth: c.Freeze.MaxDepth,
		MaxBody: int64(c.Freeze.MaxBody), MaxBytes: int64(c.Freeze.MaxBytes), MaxTime: time.Duration(c.Freeze.MaxTime),
		Robots: freeze.RobotsPolicy(c.Freeze.Robots), UserAgent: "icecap/" + version(), Log: a.logger(),
	}
}

// list reads a sitemap and has the crawler ask for what it lists, and nothing else.
// Where it lists another host, as the copy of a site on another address does, that is
// the site's public one. What cannot be asked for is believed.
func (o *oldSite) list(ctx context.Context, crawler *freeze.Crawler, sitemap string) error {
	listed, err := crawler.Sitemap(ctx, sitemap)
	if err != nil {
		return err
	}
	o.listed = map[string]bool{}
	if crawler.Robots == freeze.RobotsAuto {
		crawler.Robots = freeze.RobotsIgnore // the sitemap invites
	}
	if first, err := url.Parse(append(listed, crawler.URL)[0]); err == nil && first.Host != "" {
		crawler.Public = first.Scheme + "://" + first.Host
	}
	o.at = freeze.NewAddresses(crawler.Public, crawler.URL)
	for _, raw := range listed {
		to, odd := o.at.Resolve("/", "", raw)
		switch {
		case odd != "":
			o.unclear(content.SkipURL(odd))
		case to == nil || !o.at.Ours(to):
			o.left.Elsewhere++
		default:
			one := freeze.Crawler{URL: crawler.URL, Public: crawler.Public, Only: []string{to.String()}}
			if err := one.Check(); err != nil {
				o.unclear(targetOf(to.EscapedPath(), to.RawQuery).url)
			} else {
				crawler.Only = append(crawler.Only, to.String())
				o.listed[targetOf(to.EscapedPath(), to.RawQuery).url] = true
			}
		}
	}
	return nil
}

// readURLFile reads URLs or paths, one a line, of whatever host, or a sitemap that was
// saved. None is asked for.
func readURLFile(name string) (*oldSite, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, hintedError{err: usageError{fmt.Errorf("read the old URLs: %w", err)}, hint: "--check takes a URL that begins with http:// or https://, or a file"}
	}
	found := &oldSite{left: importLeft{Unclear: []string{}}}
	at := func(int) string { return name }
	lines := strings.Split(string(text), "\n")
	if trimmed := strings.TrimLeft(string(text), "\ufeff \t\r\n"); strings.HasPrefix(trimmed, "<") || strings.HasPrefix(trimmed, "\x1f\x8b") {
		var isIndex bool
		if lines, isIndex, err = freeze.ReadSitemap(text); err != nil || isIndex {
			err = cmp.Or(err, errors.New("it is an index of sitemaps"))
			return nil, hintedError{err: usageError{fmt.Errorf("read the old URLs: %w", err)}, at: name, hint: "of an index give the URL, or each of its sitemaps as a file"}
		}
	} else {
		at = func(i int) string { return fmt.Sprintf("%s:%d", name, i+1) }
		for i, line := range lines {
			lines[i], _, _ = strings.Cut(strings.TrimSpace(line), "#")
		}
	}
	for i, line := range lines {
		if line == "" {
			continue
		}
		to, odd := freeze.NewAddresses().Resolve("/", "", line)
		switch {
		case odd != "":
			found.urls = append(found.urls, content.SkipURL(odd))
		case to == nil || to.Scheme != "http" && to.Scheme != "https":
			return nil, hintedError{err: usageError{fmt.Errorf("read the old URLs: %q is none", line)}, at: at(i)}
		default:
			found.urls = append(found.urls, targetOf(to.EscapedPath(), to.RawQuery).url)
		}
	}
	slices.Sort(found.urls)
	found.urls = slices.Compact(found.urls)
	return found, nil
}

// sayLeft tells what was not counted.
func (a *app) sayLeft(l importLeft) {
	for _, group := range []struct {
		count int
		what  string
	}{
		{l.Redirects, "redirects of the old site"}, {l.Gone, "missing in the old site, too"}, {l.Assets, "style sheets, scripts and fonts"},
		{l.Queries, "with a query"}, {l.Elsewhere, "of other hosts"}, {len(l.Unclear), "met but not asked for, or failed"},
	} {
		if group.count > 0 {
			a.say("not counted, %s: %d", group.what, group.count)
		}
	}
}
