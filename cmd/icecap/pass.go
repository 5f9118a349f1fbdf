package main

import (
	"fmt"
	"net"
	"strings"
	"time"

	"icecap/nginx"
)

// passForms is how an address of the app may be spelled.
const passForms = "http, https, uwsgi, scgi or fastcgi://host:port, the same with :///socket (http+unix:///socket), location, or none"

// A backend is one of several copies of the app that NGINX passes to.
type backend struct {
	Address     string   `mapstructure:"address" toml:"address" yaml:"address" json:"address"`
	Weight      int      `mapstructure:"weight" toml:"weight" yaml:"weight" json:"weight"`
	Backup      bool     `mapstructure:"backup" toml:"backup" yaml:"backup" json:"backup"`
	MaxFails    *int     `mapstructure:"max_fails" toml:"max_fails" yaml:"max_fails" json:"max_fails"`
	FailTimeout duration `mapstructure:"fail_timeout" toml:"fail_timeout" yaml:"fail_timeout" json:"fail_timeout"`
}

// passTo is where NGINX passes what is not frozen.
func (c *config) passTo() (nginx.App, error) {
	if len(c.Backend) > 0 {
		return c.passToBackends()
	}
	pass := c.App.Pass
	if pass == "" && c.builtAlone() {
		pass = "none"
	}
	if pass == "" {
		var err error
		if pass, err = c.runningApp("give --pass http://host:port, uwsgi://host:port, uwsgi:///socket or none, or set pass under [app] in icecap.toml"); err != nil {
			return nginx.App{}, err
		}
	}
	kind, address, err := parsePass(pass)
	if err != nil {
		return nginx.App{}, c.wrong("app.pass", err.Error())
	}
	return c.appOf(nginx.App{Kind: kind, Address: address}), nil
}

// passToBackends reads [[backend]], whose addresses must be of one kind.
func (c *config) passToBackends() (nginx.App, error) {
	if c.App.Pass != "" {
		return nginx.App{}, c.wrong("app.pass", "stands beside [[backend]]; only one of them can say where requests go")
	}
	app := nginx.App{}
	for i, b := range c.Backend {
		kind, address, err := parsePass(b.Address)
		switch {
		case err != nil:
			return nginx.App{}, c.wrong("backend.address", err.Error())
		case address == "":
			return nginx.App{}, c.wrong("backend.address", fmt.Sprintf("%q is no address", b.Address))
		case i > 0 && kind != app.Kind:
			return nginx.App{}, c.wrong("backend.address", fmt.Sprintf("%q is %s and %q is %s: all must speak the same", c.Backend[0].Address, app.Kind.Protocol(), b.Address, kind.Protocol()))
		}
		app.Kind = kind
		app.Backends = append(app.Backends, nginx.Backend{Address: address, Weight: b.Weight, Backup: b.Backup, MaxFails: b.MaxFails, FailTimeout: time.Duration(b.FailTimeout)})
	}
	return c.appOf(app), nil
}

// appOf adds what the settings say of the app beside its addresses.
func (c *config) appOf(app nginx.App) nginx.App {
	switch app.Kind {
	case nginx.HTTPS:
		app.TLS = nginx.TLS{Name: c.App.TLSName, CA: c.App.TLSCA, Insecure: c.App.TLSInsecure}
	case nginx.FastCGI:
		app.DocumentRoot, app.Script = c.App.Root, c.App.Script
	}
	if app.Kind != nginx.NoApp && app.Kind != nginx.Location {
		app.Balance = nginx.Balance(c.App.Balance)
	}
	return app
}

// parsePass reads where a miss goes; see passForms.
func parsePass(pass string) (kind nginx.Kind, address string, err error) {
	switch pass {
	case "none", "":
		return nginx.NoApp, "", nil
	case "location":
		return nginx.Location, "", nil
	}
	scheme, rest, _ := strings.Cut(pass, "://")
	scheme, isSocket := strings.CutSuffix(scheme, "+unix")
	kind, ok := nginx.KindOf(scheme)
	if !ok || isSocket && !strings.HasPrefix(rest, "/") {
		return nginx.NoApp, "", fmt.Errorf("NGINX cannot pass to %q; give %s", pass, passForms)
	}
	if strings.HasPrefix(rest, "/") {
		return kind, "unix:" + rest, nil
	}
	address = strings.TrimSuffix(rest, "/")
	if _, _, err := net.SplitHostPort(address); err != nil {
		switch kind {
		case nginx.Proxy:
			address += ":80"
		case nginx.HTTPS:
			address += ":443"
		}
	}
	return kind, address, nil
}
