package freeze

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"icecap/content"
)

const (
	// maxHeader bounds status line and headers of an answer. NGINX itself stops
	// at 8 KiB unless told otherwise (proxy_buffer_size).
	maxHeader = 64 << 10
	// maxDrain is how much of a body that nobody wants is read, so that the
	// connection can be used again.
	maxDrain = 64 << 10
	// keepBuffer is the largest buffer that a worker keeps for the next page.
	keepBuffer = 1 << 20
)

// newTransport is the bottom of the chain: connections to one address, which
// was resolved once. A name that changes its address in mid-crawl (DNS
// rebinding) changes nothing. No proxy, no compression, no HTTP/2.
func newTransport(address string, workers int) *http.Transport {
	var dialer net.Dialer
	return &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, address)
		},
		DisableCompression:     true,
		MaxIdleConns:           workers,
		MaxIdleConnsPerHost:    workers,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxResponseHeaderBytes: maxHeader,
		// Most pages and their headers then come with one system call.
		ReadBufferSize: 16 << 10,
	}
}

// A limitError is an answer that breaks a limit of ours; the app did not fail.
type limitError struct{ reason, detail string }

func (e *limitError) Error() string { return e.detail }

// A cutError is a body that ended before its end.
type cutError struct{ err error }

func (e *cutError) Error() string { return "the body was cut short: " + e.err.Error() }
func (e *cutError) Unwrap() error { return e.err }

// An exact keeps the bytes of an answer exactly as they were sent and enforces
// every limit on them. To the client above it, it hands an empty body: colly
// would cut, decompress and convert it, and tells nobody.
//
// It belongs to one worker and holds one answer at a time; its buffer is used
// again for the next.
type exact struct {
	next    http.RoundTripper
	timeout time.Duration
	maxBody int64
	gone    bool // bodies of 404 and 410 are kept, too

	asked    bool
	response Response
	err      error
	body     []byte
}

// RoundTrip implements http.RoundTripper.
func (e *exact) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(req.Context(), e.timeout)
	defer cancel()
	e.asked = true
	e.err = e.fetch(req.WithContext(ctx))
	if e.err != nil {
		return nil, e.err
	}
	return &http.Response{
		StatusCode: e.response.Status, Header: http.Header{}, Body: http.NoBody, Request: req,
		Uncompressed: true, // else colly would unzip the empty body of a .xml.gz
	}, nil
}

func (e *exact) fetch(req *http.Request) error {
	res, err := e.next.RoundTrip(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	e.response = Response{URL: req.URL, Status: res.StatusCode, Header: res.Header}
	r := &e.response
	r.media, r.known = content.MediaFor(first(res.Header["Content-Type"]))
	if e.gone && r.known && isGone(r.Status) {
		e.keepGone(res)
		return nil
	}
	zipped := r.Status == http.StatusOK && strings.HasSuffix(req.URL.Path, ".xml.gz")
	if r.Status != http.StatusOK || !r.known && !zipped {
		io.CopyN(io.Discard, res.Body, maxDrain) // a body that breaks changes nothing: it is not kept
		return nil
	}
	if res.ContentLength > e.maxBody {
		return e.tooLarge()
	}
	if err := e.readBody(res); err != nil {
		return err
	}
	r.Body = e.body
	if err := e.decode(); err != nil || !zipped {
		return err
	}
	return e.unzip()
}

// keepGone reads the body of a page that says that another is missing. Where
// that fails, there is none: whatever becomes of it, the answer is its status.
func (e *exact) keepGone(res *http.Response) {
	if e.readBody(res) != nil {
		return
	}
	e.response.Body = e.body
	if e.decode() != nil {
		e.response.Body = nil
	}
}

// unzip undoes the compression of a sitemap that is named .xml.gz, for its
// links. What has no media type that can be frozen keeps no body.
func (e *exact) unzip() error {
	r := &e.response
	r.unzipped = r.Body
	if !r.known {
		r.Body = nil
	}
	if !bytes.HasPrefix(r.unzipped, []byte("\x1f\x8b")) { // a Content-Encoding was it
		return nil
	}
	var err error
	r.unzipped, err = e.gunzip("the .xml.gz", r.unzipped)
	return err
}

// readBody fills e.body, growing with what arrives rather than with what was
// promised.
func (e *exact) readBody(res *http.Response) error {
	if cap(e.body) > keepBuffer {
		e.body = nil
	}
	buf := e.body[:0]
	if need := res.ContentLength + 1; need > int64(cap(buf)) && need <= keepBuffer {
		buf = make([]byte, 0, need+need/4)
	}
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := res.Body.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		e.body = buf
		switch {
		case int64(len(buf)) > e.maxBody:
			return e.tooLarge()
		case err == io.EOF:
			return nil
		case err != nil:
			return &cutError{err}
		}
	}
}

func (e *exact) tooLarge() error {
	return &limitError{TooLarge, fmt.Sprintf("the body is larger than %d bytes", e.maxBody)}
}

// decode undoes a content coding that came although none was asked for. What is
// frozen must be plain: the gate compresses by itself.
func (e *exact) decode() error {
	coding := strings.ToLower(strings.TrimSpace(strings.Join(e.response.Header["Content-Encoding"], ",")))
	switch coding {
	case "", "identity":
		return nil
	case "gzip", "x-gzip":
	default:
		return &limitError{Encoding, "Content-Encoding: " + coding + ", although none was asked for"}
	}
	plain, err := e.gunzip("Content-Encoding: "+coding, e.body)
	if err != nil {
		return err
	}
	e.body = plain
	e.response.Body = e.body
	return nil
}

// gunzip is the plain text of a body, held to the same limit.
func (e *exact) gunzip(what string, body []byte) ([]byte, error) {
	unzip, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, &encodingError{what, err}
	}
	var plain bytes.Buffer
	n, err := io.Copy(&plain, io.LimitReader(unzip, e.maxBody+1))
	switch {
	case err != nil:
		return nil, &encodingError{what, err}
	case n > e.maxBody:
		return nil, e.tooLarge()
	}
	return plain.Bytes(), nil
}

// An encodingError is a body that is not the gzip that its Content-Encoding or
// its URL promises.
type encodingError struct {
	what string
	err  error
}

func (e *encodingError) Error() string { return e.what + ": " + e.err.Error() }

// verdictOf turns a failed fetch into a verdict.
func verdictOf(err error) Verdict {
	var limit *limitError
	var cut *cutError
	var coding *encodingError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &limit):
		return Verdict{Reason: limit.reason, Detail: limit.detail}
	case errors.As(err, &coding):
		return Verdict{Reason: Encoding, Detail: coding.Error(), Failed: true}
	case errors.As(err, &timeout) && timeout.Timeout():
		return Verdict{Reason: Timeout, Detail: "no complete answer in time", Failed: true}
	case errors.As(err, &cut):
		return Verdict{Reason: Cut, Detail: cut.err.Error(), Failed: true}
	}
	return Verdict{Reason: Connection, Detail: plainError(err), Failed: true}
}

// plainError leaves out addresses and ports, which differ from run to run: the
// same failure gives the same report.
func plainError(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Op + ": " + op.Err.Error()
	}
	return err.Error()
}
