package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"
)

// Proxy passes requests on to an app that speaks HTTP at "host:port" or
// "unix:/path", as the emitted proxy_pass does: the request target byte for
// byte (where it starts with "//", bytes that no URL may hold are
// percent-encoded), the visitor's Host, X-Real-IP, X-Forwarded-For,
// -Host and -Proto, web sockets but no other upgrade. An app that cannot be
// reached is answered for with 502.
func Proxy(address string) (http.Handler, error) {
	network, dialled := "tcp", address
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		network, dialled = "unix", path
		if path == "" {
			return nil, fmt.Errorf("proxy to %q: the path of the socket is missing", address)
		}
	} else if host, port, err := net.SplitHostPort(address); err != nil || host == "" || port == "" {
		return nil, fmt.Errorf("proxy to %q: want host:port or unix:/path", address)
	}
	dialer := &net.Dialer{Timeout: time.Minute} // proxy_connect_timeout
	return &httputil.ReverseProxy{
		Rewrite: rewrite,
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return dialer.DialContext(ctx, network, dialled)
			},
			// The app's own encoding, byte for byte.
			DisableCompression:    true,
			MaxIdleConnsPerHost:   32,
			IdleConnTimeout:       time.Second, // sooner than apps close them
			ResponseHeaderTimeout: time.Minute, // proxy_read_timeout
		},
		ErrorLog:     log.New(io.Discard, "", 0),
		ErrorHandler: badGateway,
	}, nil
}

func badGateway(w http.ResponseWriter, r *http.Request, err error) {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		fail(w, r, http.StatusGatewayTimeout)
		return
	}
	fail(w, r, http.StatusBadGateway)
}

// rewrite makes the request that the app gets.
func rewrite(p *httputil.ProxyRequest) {
	out := p.Out
	out.URL = target(p.In.RequestURI)
	out.Host = p.In.Host
	// With these, ReverseProxy has taken the visitor's own away.
	peer, _, err := net.SplitHostPort(p.In.RemoteAddr)
	if err != nil {
		peer = p.In.RemoteAddr
	}
	scheme := "http"
	if p.In.TLS != nil {
		scheme = "https"
	}
	out.Header.Set("X-Real-IP", peer)
	out.Header.Set("X-Forwarded-For", strings.Join(append(p.In.Header.Values("X-Forwarded-For"), peer), ", "))
	out.Header.Set("X-Forwarded-Host", p.In.Host)
	out.Header.Set("X-Forwarded-Proto", scheme)
	// h2c would open a tunnel around the gate.
	if !strings.EqualFold(out.Header.Get("Upgrade"), "websocket") {
		out.Header.Del("Upgrade")
		out.Header.Del("Connection")
	}
	// NGINX drops names with an underscore: an app behind CGI or WSGI would take
	// X_Forwarded_For for X-Forwarded-For (underscores_in_headers).
	for name := range out.Header {
		if strings.Contains(name, "_") {
			delete(out.Header, name)
		}
	}
}

// target is a URL that is written to the app's connection exactly as raw.
func target(raw string) *url.URL {
	u := &url.URL{Scheme: "http", Host: "app"} // the host is not dialled
	if !strings.HasPrefix(raw, "//") {
		u.Opaque = raw
		return u
	}
	// An opaque URL that starts so would be taken for one with a host.
	path, query, found := strings.Cut(raw, "?")
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		if strings.IndexByte(urlBytes, path[i]) >= 0 {
			b.WriteByte(path[i])
		} else {
			fmt.Fprintf(&b, "%%%02X", path[i])
		}
	}
	u.RawPath, u.RawQuery, u.ForceQuery = b.String(), query, found
	if decoded, err := url.PathUnescape(u.RawPath); err == nil {
		u.Path = decoded
	}
	return u
}

// urlBytes may stand in a path as they are, "%" as the start of an encoded byte
// (RFC 3986 section 3.3; net/url takes the brackets too).
const urlBytes = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/%[]"
