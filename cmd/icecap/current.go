package main

import (
	"net/url"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"icecap/content"
	"icecap/content/release"
)

// A published is the current release, as the commands see it that explain it.
type published struct {
	config  *config
	store   *release.Store
	release *release.Release
	site    content.Site
}

// openCurrent opens and verifies the current release.
func (a *app) openCurrent(cmd *cobra.Command) (*published, error) {
	c, err := a.loadConfig(cmd.Flags())
	if err != nil {
		return nil, err
	}
	return c.openCurrent()
}

// openCurrent opens and verifies the current release of the settings' output folder.
func (c *config) openCurrent() (*published, error) {
	store, err := openExisting(c.Freeze.Out)
	if err != nil {
		return nil, err
	}
	current, err := store.Current()
	if err != nil {
		return nil, err
	}
	site, err := current.Site()
	if err != nil {
		return nil, err
	}
	return &published{c, store, current, site}, nil
}

// resolver reads links as the crawl of this release did.
func (p *published) resolver() *resolver {
	return newResolver(&p.site, p.config.Site.URL, crawledFrom(p.site), p.config.App.URL)
}

// crawledFrom is the address of the app that the pages came from, or "".
func crawledFrom(site content.Site) string {
	for i := range site.Entries {
		if u, err := url.Parse(site.Entries[i].Origin); err == nil && u.Host != "" {
			return u.Scheme + "://" + u.Host
		}
	}
	return ""
}

// file is the name of a page's file, relative to the output folder.
func (p *published) file(e content.Entry) string {
	name, err := e.Key.File(e.MediaType)
	if e.Fallback {
		name, err = e.FallbackFile(e.MediaType)
	}
	if err != nil {
		return "" // the manifest holds no such page
	}
	return filepath.Join("releases", p.release.ID, "p", filepath.FromSlash(name))
}

// inLine keeps a crawled text from breaking out of its line.
func inLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}
