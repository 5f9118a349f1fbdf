package probe

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	// marker is the header by which the gate says where an answer came from.
	marker     = "X-Icecap"
	markerDisk = "disk"

	defaultTimeout = 10 * time.Second
	// maxAnswer bounds the body that a script's answer keeps.
	maxAnswer = 16 << 20
)

// A Target is the server that is asked.
type Target struct {
	Address string        // "127.0.0.1:8080", or "unix:/run/gate.sock"
	TLS     *tls.Config   // nil: plain HTTP
	App     *App          // the counting app behind the gate; nil: unknown, only the marker tells the source
	Timeout time.Duration // of one exchange; zero means 10 s
}

// ParseTarget makes a target of the address of a live server, such as
// "https://shop.example.com" or "http://127.0.0.1:8080", and returns the Host
// that belongs to it. A path in the address is an error: a manifest and a
// script name whole paths.
func ParseTarget(address string) (t Target, host string, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return Target{}, "", fmt.Errorf("read address: %w", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return Target{}, "", fmt.Errorf("read address %q: want http://HOST or https://HOST, with a port where it is not the usual one", address)
	}
	if u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.User != nil {
		return Target{}, "", fmt.Errorf("read address %q: want no more than scheme, host and port", address)
	}
	if u.Scheme == "http" {
		return Target{Address: net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "80"))}, u.Host, nil
	}
	return Target{
		Address: net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "443")),
		TLS:     &tls.Config{ServerName: u.Hostname()},
	}, u.Host, nil
}

// An Answer is what one request got.
type Answer struct {
	Status  int
	Source  Source // without a counting app "app" for everything that is not from disk
	Header  http.Header
	Body    []byte
	Touches []Touch // what the app saw of it; always nil without a counting app
}

// Do sends one request on a connection of its own and reads the answer, at most
// 16 MiB of it. An error means that there was no answer that can be read.
func (t Target) Do(ctx context.Context, r Request) (Answer, error) {
	if t.App != nil {
		t.App.Take()
	}
	c, err := t.dial(ctx)
	if err != nil {
		return Answer{}, err
	}
	defer c.close()
	lines := r.Header
	if !hasHeader(lines, "Connection") {
		lines = append(lines[:len(lines):len(lines)], "Connection: close")
	}
	r.Header = lines
	response, err := c.exchange(t.timeout(), r)
	if err != nil {
		return Answer{}, err
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return Answer{}, fmt.Errorf("read body of %s %s: %w", r.Method, quote(r.Target), err)
	}
	answer := Answer{Status: response.StatusCode, Header: response.Header, Body: body}
	if t.App != nil {
		answer.Touches, _ = t.App.Take()
	}
	answer.Source = t.source(response.Header, len(answer.Touches))
	return answer, nil
}

func (t Target) source(header http.Header, touches int) Source {
	switch mark := Source(header.Get(marker)); {
	case mark == FromDisk || mark == FromStale || mark == FromMaintenance:
		return mark
	case t.App != nil && touches == 0:
		return FromNone
	}
	return FromApp
}

func (t Target) timeout() time.Duration { return cmp.Or(t.Timeout, defaultTimeout) }

// A wire is one connection to the target.
type wire struct {
	conn net.Conn
	in   *bufio.Reader
	stop func() bool // ends the watch over the dial's context
}

func (t Target) dial(ctx context.Context) (*wire, error) {
	network, address := "tcp", t.Address
	if path, ok := strings.CutPrefix(t.Address, "unix:"); ok {
		network, address = "unix", path
	}
	limited, cancel := context.WithTimeout(ctx, t.timeout())
	defer cancel()
	conn, err := new(net.Dialer).DialContext(limited, network, address)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", t.Address, err)
	}
	if t.TLS != nil {
		secured := tls.Client(conn, t.TLS)
		if err := secured.HandshakeContext(limited); err != nil {
			conn.Close()
			return nil, fmt.Errorf("connect to %s: %w", t.Address, err)
		}
		conn = secured
	}
	// No read outlives ctx.
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	return &wire{conn: conn, in: bufio.NewReader(conn), stop: stop}, nil
}

func (c *wire) close() {
	c.stop()
	c.conn.Close()
}

// exchange writes a request and reads the head of the answer. The body must be
// read to its end before the next exchange.
func (c *wire) exchange(timeout time.Duration, r Request) (*http.Response, error) {
	if err := c.conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		return nil, fmt.Errorf("set time limit: %w", err)
	}
	// A server may answer and close before it has read a request that is too
	// long: the answer is what counts.
	_, writeErr := c.conn.Write(r.bytes())
	for {
		response, err := http.ReadResponse(c.in, &http.Request{Method: r.Method})
		if err != nil {
			return nil, fmt.Errorf("read answer of %s %s: %w", r.Method, quote(r.Target), errors.Join(writeErr, err))
		}
		if response.StatusCode != http.StatusContinue {
			return response, nil
		}
	}
}

// bytes is the request as it goes over the wire.
func (r Request) bytes() []byte {
	var b bytes.Buffer
	b.WriteString(r.Method + " " + r.Target + " " + r.Version + "\r\n")
	for _, line := range r.Header {
		b.WriteString(line + "\r\n")
	}
	if r.Body != "" {
		b.WriteString("Content-Length: " + strconv.Itoa(len(r.Body)) + "\r\n")
	}
	b.WriteString("\r\n" + r.Body)
	return b.Bytes()
}
