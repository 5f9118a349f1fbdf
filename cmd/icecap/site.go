package main

import (
	"fmt"
	"net/url"
	"strings"

	"icecap/content/release"
	"icecap/nginx"
)

// gate turns the settings into the gate that serves the site. Where the
// settings do not name the app, the current release remembers where its pages
// came from, so that "icecap freeze URL" needs no configuration file.
func (c *config) gate() (nginx.Server, error) {
	appURL := c.App.URL
	if appURL == "" {
		appURL = c.originOfRelease()
	}
	public := c.Site.URL
	if public == "" {
		public = appURL
	}
	host, err := hostOf(public)
	if err != nil {
		return nginx.Server{}, err
	}
	pass := c.App.Pass
	if pass == "" {
		pass = appURL
	}
	app, err := parsePass(pass)
	if err != nil {
		return nginx.Server{}, c.wrong("app.pass", err.Error())
	}
	cookies, err := nginx.ExpandPresets(c.Gate.Cookies)
	if err != nil {
		return nginx.Server{}, c.wrong("gate.cookies", err.Error())
	}
	return nginx.Server{
		Site: c.Site.Name, Hosts: []string{host}, Root: c.Freeze.Out,
		App: app, Cookies: cookies, Headers: c.headers(),
	}, nil
}

// originOfRelease is the address from which the first page of the current
// release was crawled, or "".
func (c *config) originOfRelease() string {
	store, err := release.OpenExisting(c.Freeze.Out)
	if err != nil {
		return ""
	}
	current, err := store.Current()
	if err != nil {
		return ""
	}
	site, err := current.Site()
	if err != nil {
		return ""
	}
	for _, e := range site.Entries {
		if u, err := url.Parse(e.Origin); err == nil && u.Host != "" {
			return u.Scheme + "://" + u.Host
		}
	}
	return ""
}

func hostOf(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return "", hintedError{err: usageError{fmt.Errorf("find the address of the site: %q is none", address)},
			hint: "set url under [site] in icecap.toml, or give --public https://shop.example.com"}
	}
	return u.Hostname(), nil
}

// parsePass reads where a miss goes: http://host:port, http+unix:///socket,
// uwsgi://host:port, uwsgi:///socket, or none.
func parsePass(pass string) (nginx.App, error) {
	if pass == "none" || pass == "" {
		return nginx.App{Kind: nginx.NoApp}, nil
	}
	scheme, rest, _ := strings.Cut(pass, "://")
	address := strings.TrimSuffix(rest, "/")
	if strings.HasPrefix(rest, "/") {
		address = "unix:" + rest
	}
	switch scheme {
	case "http":
		if !strings.Contains(address, ":") {
			address += ":80"
		}
		return nginx.App{Kind: nginx.Proxy, Address: address}, nil
	case "http+unix":
		return nginx.App{Kind: nginx.Proxy, Address: address}, nil
	case "uwsgi":
		return nginx.App{Kind: nginx.UWSGI, Address: address}, nil
	}
	return nginx.App{}, fmt.Errorf("%q is not http://host:port, uwsgi://host:port, uwsgi:///socket or none", pass)
}
