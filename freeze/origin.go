package freeze

import (
	"net"
	"net/url"
	"strings"
)

// An origin is scheme, host and port: what a browser calls the same site
// (RFC 6454). The host is lower case, a default port is left out.
type origin struct{ scheme, host string }

func (o origin) String() string { return o.scheme + "://" + o.host }

// address is host and port to dial.
func (o origin) address() string {
	if _, _, err := net.SplitHostPort(o.host); err == nil {
		return o.host
	}
	return net.JoinHostPort(strings.Trim(o.host, "[]"), defaultPort(o.scheme))
}

func hostname(o origin) string { return (&url.URL{Host: o.host}).Hostname() }

func defaultPort(scheme string) string {
	if scheme == "https" {
		return "443"
	}
	return "80"
}

func originOf(u *url.URL) origin {
	host := strings.ToLower(u.Host)
	return origin{u.Scheme, strings.TrimSuffix(strings.TrimSuffix(host, ":"+defaultPort(u.Scheme)), ":")}
}

// parseOrigin reads an http(s) address of the configuration and its path, "" for "/".
func parseOrigin(field, raw string) (origin, string, error) {
	refuse := func(reason, hint string) (origin, string, error) {
		return origin{}, "", &ConfigError{field, redact(raw), reason, hint}
	}
	const example = "write it like http://localhost:8000"
	u, err := url.Parse(raw)
	if err != nil {
		return refuse("is no URL", example)
	}
	switch {
	case u.User != nil:
		return refuse("holds a user name", "icecap freezes what every stranger may see, so it never logs in")
	case u.Scheme != "http" && u.Scheme != "https", u.Opaque != "":
		return refuse("does not start with http:// or https://", example)
	case u.Hostname() == "":
		return refuse("names no host", example)
	case u.RawQuery != "" || u.Fragment != "":
		return refuse("has a query or a fragment", example)
	case u.Path == "/":
		return originOf(u), "", nil
	}
	return originOf(u), u.EscapedPath(), nil
}

// redact takes a password out of an address that may not even be a URL.
func redact(raw string) string {
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok {
		return raw
	}
	authority, path, _ := strings.Cut(rest, "/")
	at := strings.LastIndexByte(authority, '@')
	if at < 0 {
		return raw
	}
	user, _, _ := strings.Cut(authority[:at], ":")
	return scheme + "://" + user + "@" + authority[at+1:] + "/" + path
}
