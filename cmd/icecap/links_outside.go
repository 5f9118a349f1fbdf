package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"icecap/content/release"
	"icecap/freeze/outside"
)

// An outsideReport says how other sites were asked.
type outsideReport struct {
	URLs     int `json:"urls"`     // different ones
	Asked    int `json:"asked"`    // of those; what is left was known from an earlier check
	Excluded int `json:"excluded"` // left out as --exclude says
}

// An outsideLink is one URL of another site.
type outsideLink struct {
	linkFinding
	fragments map[string]*linkFinding
}

// lookOutside notes a link to another site.
func (c *linkCheck) lookOutside(url string, page linker) {
	if c.outside == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.outsideLink(url).add(page)
}

// wantOutside notes a link to a place in a page of another site.
func (c *linkCheck) wantOutside(url, fragment string, page linker) {
	if c.outside == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.outsideLink(url)
	if l.fragments == nil {
		l.fragments = map[string]*linkFinding{}
	}
	note(l.fragments, fragment, missingFragment+"; a script may make it", page)
}

func (c *linkCheck) outsideLink(url string) *outsideLink {
	l := c.outside[url]
	if l == nil {
		l = &outsideLink{linkFinding: linkFinding{URL: url}}
		c.outside[url] = l
	}
	return l
}

// askOutside asks other sites and adds what they say to the findings.
func (c *linkCheck) askOutside(ctx context.Context, checker *outside.Checker, exclude []string) error {
	report := &outsideReport{}
	c.report.Outside = report
	var links []outside.Link
	for url, l := range c.outside {
		if isExcluded(exclude, url) {
			report.Excluded++
			continue
		}
		link := outside.Link{URL: url}
		for fragment := range l.fragments {
			link.Fragments = append(link.Fragments, fragment)
		}
		links = append(links, link)
	}
	answers, err := checker.Run(ctx, links)
	if err != nil {
		return err
	}
	doubtful := map[string]*linkFinding{}
	for _, a := range answers {
		report.URLs++
		if !a.Cached && !a.Asked.IsZero() {
			report.Asked++
		}
		l := c.outside[a.URL]
		l.Detail = a.Detail
		switch {
		case a.State == outside.Broken:
			if a.Final != "" && a.Status >= 400 {
				l.Detail += ", at " + a.Final
			}
			c.broken[a.URL] = &l.linkFinding
		case a.State == outside.Unknown:
			doubtful[a.URL] = &l.linkFinding
		case a.Moved != "":
			l.Detail = a.Moved
			c.redirects[a.URL] = &l.linkFinding
		}
		for fragment, f := range l.fragments {
			if found, looked := a.Fragments[fragment]; looked && !found {
				f.URL = a.URL + "#" + fragment
				doubtful[f.URL] = f
			}
		}
	}
	c.sort()
	c.report.Doubtful = sortedFindings(doubtful)
	return nil
}

func isExcluded(globs []string, url string) bool {
	for _, glob := range globs {
		if doublestar.MatchUnvalidated(glob, url) {
			return true
		}
	}
	return false
}

// linkCacheFile is beside the releases. It can be deleted at any time.
func (c *config) linkCacheFile() string { return filepath.Join(c.Freeze.Out, "links.cache") }

// readLinkCache reads what earlier checks were told.
func (c *config) readLinkCache() (*outside.Cache, error) {
	data, err := os.ReadFile(c.linkCacheFile())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read what is known of links: %w", err)
	}
	return outside.ReadCache(data), nil
}

// keepLinkCache writes it again, also after a check that was interrupted.
func (c *config) keepLinkCache(cache *outside.Cache) error {
	if _, err := release.Open(c.Freeze.Out); err != nil { // which makes the folder
		return err
	}
	return keepFile(c.linkCacheFile(), cache)
}

// outsideLine says how far a check of other sites has come.
func outsideLine(checker *outside.Checker) func(time.Duration) string {
	return func(time.Duration) string {
		answered, all := checker.Progress()
		return fmt.Sprintf("asking other sites: %d of %s", answered, plural(int(all), "link"))
	}
}
