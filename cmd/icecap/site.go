package main

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"icecap/content/release"
	"icecap/nginx"
)

// loadGate reads the settings and turns them into the gate.
func (a *app) loadGate(cmd *cobra.Command) (*config, nginx.Server, error) {
	c, err := a.loadConfig(cmd.Flags())
	if err != nil {
		return nil, nginx.Server{}, err
	}
	server, err := c.gate()
	if err == nil && server.App.Kind == nginx.Location && len(c.Freeze.Fallback) > 0 {
		a.say("warning: copies for when the app fails are not used in a location of your own that is written by hand; icecap nginx install uses them there, where it can")
	}
	return c, server, err
}

// gate turns the settings into the gate that serves the site. Where the
// settings do not name the app, the current release remembers where its pages
// came from, so that "icecap freeze URL" needs no configuration file. An app
// that icecap started for the crawl is gone, and somebody must say where the
// one for visitors is.
func (c *config) gate() (nginx.Server, error) {
	server, err := c.front()
	if err != nil {
		return nginx.Server{}, err
	}
	server.App, err = c.passTo()
	if server.App.Kind == nginx.Location {
		server.Fallback = false // nobody knows what is in it
	}
	return server, err
}

// front is the gate without the app behind it.
func (c *config) front() (nginx.Server, error) {
	public := c.Site.URL
	if public == "" {
		public = c.appURL()
	}
	if public == "" && c.builtAlone() {
		public = defaultAddress
	}
	host, err := hostOf(public)
	if err != nil {
		return nginx.Server{}, err
	}
	cookies, err := nginx.ExpandPresets(c.Gate.Cookies)
	if err != nil {
		return nginx.Server{}, c.wrong("gate.cookies", err.Error())
	}
	return nginx.Server{
		Site: c.Site.Name, Hosts: []string{host}, Root: c.Freeze.Out, Cookies: cookies, Queries: c.queries(), Headers: c.headers(),
		Fallback: len(c.Freeze.Fallback) > 0, OpenFiles: c.Gate.OpenFiles, RetryAfter: time.Duration(c.Gate.RetryAfter), Compression: compression(),
	}, nil
}

// compression is what the NGINX of this machine can send. Where there is none, it
// is what nearly every NGINX can.
func compression() nginx.Compression {
	binary, err := nginx.Find()
	if err != nil {
		return nginx.Compression{Gzip: true}
	}
	return binary.Sends(binary.ConfFile())
}

// appURL is the address of the app, from the settings or else from the release,
// whose manifest takes a while to read.
func (c *config) appURL() string {
	if c.App.URL != "" {
		return c.App.URL
	}
	return c.originOfRelease()
}

// runningApp is appURL, or an error with this hint if icecap starts the app for
// its crawl alone.
func (c *config) runningApp(hint string) (string, error) {
	address := c.appURL()
	if c.App.URL != "" {
		return address, nil
	}
	u, err := url.Parse(address)
	if c.App.Run != "" || err == nil && u.Port() == noPort {
		return "", hintedError{err: usageError{errors.New("find the running app: the one that was frozen ran for its crawl alone")}, hint: hint}
	}
	return address, nil
}

// originOfRelease is the address from which the first page of the current
// release was crawled, or "". Its port is [noPort] where icecap started the app.
func (c *config) originOfRelease() string {
	store, err := openExisting(c.Freeze.Out)
	if err != nil {
		return ""
	}
	current, err := store.Current()
	if err != nil {
		return ""
	}
	return addressOf(current)
}

// addressOf is crawledFrom for a release.
func addressOf(r *release.Release) string {
	const some = 100 // of other sources there may be a few among them
	site, err := r.Sample(some)
	if err != nil {
		return ""
	}
	return crawledFrom(site)
}

// builtAlone reports whether the current release is a folder of Markdown without
// an app beside it, as far as settings and release say.
func (c *config) builtAlone() bool {
	if c.App.URL != "" || c.App.Run != "" {
		return false
	}
	own, err := c.published()
	return err == nil && len(own.Entries) > 0 && c.originOfRelease() == ""
}

func hostOf(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return "", hintedError{err: usageError{fmt.Errorf("find the address of the site: %q is none", address)},
			hint: "set url under [site] in icecap.toml, or give --public https://shop.example.com"}
	}
	if host := u.Hostname(); strings.Contains(host, ":") {
		return "[" + host + "]", nil // NGINX's $host keeps the brackets of an IPv6 address
	}
	return u.Hostname(), nil
}
