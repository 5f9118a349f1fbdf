package probe

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/molecule-man/go-brrr"
)

// A Report is what a comparison found.
type Report struct {
	Checked     int          `json:"checked"` // requests whose answers were compared
	Differences []Difference `json:"differences"`
	Dropped     int          `json:"dropped,omitempty"` // differences beyond the first thousand, counted but not kept
}

// A Difference is one thing that is not as it should be.
type Difference struct {
	URL  string `json:"url"` // as asked, with the method where it is not GET
	What string `json:"what"`
	Want string `json:"want"`
	Got  string `json:"got"`
}

func (d Difference) String() string {
	return fmt.Sprintf("%s: %s is %s, want %s", d.URL, d.What, d.Got, d.Want)
}

const (
	// connections at once; the freezer's own number of workers.
	connections = 8
	// maxDifferences bounds a report: a gate that is wrong throughout says nothing new after a thousand lines.
	maxDifferences = 1000
	// maxFailures is how many requests may stay without any answer before the run ends.
	maxFailures = 20
)

// add keeps a difference, or counts it.
func (r *Report) add(d Difference) {
	if len(r.Differences) >= maxDifferences {
		r.Dropped++
		return
	}
	r.Differences = append(r.Differences, d)
}

// join adds what another comparison found.
func (r *Report) join(other Report) {
	r.Checked, r.Dropped = r.Checked+other.Checked, r.Dropped+other.Dropped
	for _, d := range other.Differences {
		r.add(d)
	}
}

// A fetched is an answer whose body was read and hashed, but not kept.
type fetched struct {
	status int
	header http.Header
	size   int64  // of what came over the wire
	sha256 string // in hex, of the body without its content coding
}

// A sweep asks for n things on several connections at once. The results are
// reported in the order of their numbers.
type sweep struct {
	target  Target
	n       int
	request func(i int) Request
	check   func(i int, f fetched) []Difference
}

func (s sweep) run(ctx context.Context) (Report, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// Before anything else, so that a wrong address is one error and no list.
	first, err := s.target.dial(ctx)
	if err != nil {
		return Report{}, err
	}
	first.close()
	var (
		next, failed atomic.Int64
		mu           sync.Mutex
		found        []numbered
		report       Report
		workers      sync.WaitGroup
	)
	for range min(connections, s.n) {
		workers.Go(func() {
			visitor := client{target: s.target}
			defer visitor.close()
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= s.n {
					return
				}
				request := s.request(i)
				var differences []Difference
				answer, err := visitor.fetch(ctx, request)
				if err == nil {
					differences = s.check(i, answer)
				} else {
					differences = []Difference{{URL: request.Target, What: "answer", Want: "one", Got: err.Error()}}
					if failed.Add(1) == maxFailures {
						cancel(fmt.Errorf("ask %s: no answer to %d requests, the last: %w", s.target.Address, maxFailures, err))
					}
				}
				mu.Lock()
				report.Checked++
				found = keep(found, i, differences, &report.Dropped)
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	slices.SortStableFunc(found, func(a, b numbered) int { return cmp.Compare(a.i, b.i) })
	for _, f := range found {
		report.Differences = append(report.Differences, f.Difference)
	}
	if ctx.Err() != nil {
		return report, fmt.Errorf("compare: %w", context.Cause(ctx))
	}
	return report, nil
}

// A numbered difference remembers its place in the report.
type numbered struct {
	i int
	Difference
}

func keep(found []numbered, i int, differences []Difference, dropped *int) []numbered {
	for _, d := range differences {
		if len(found) >= maxDifferences {
			*dropped++
			continue
		}
		found = append(found, numbered{i, d})
	}
	return found
}

// A client keeps one connection open from request to request.
type client struct {
	target Target
	wire   *wire
	buffer []byte
}

func (c *client) close() {
	if c.wire != nil {
		c.wire.close()
		c.wire = nil
	}
}

// fetch reads a whole answer. A server may close an idle or well-used
// connection at any time, so a request that failed on an old one is sent again
// on a new one; only GET is sent here.
func (c *client) fetch(ctx context.Context, r Request) (fetched, error) {
	if c.wire != nil {
		if f, err := c.try(r); err == nil {
			return f, nil
		}
		c.close()
	}
	var err error
	if c.wire, err = c.target.dial(ctx); err != nil {
		c.wire = nil
		return fetched{}, err
	}
	f, err := c.try(r)
	if err != nil {
		c.close()
	}
	return f, err
}

func (c *client) try(r Request) (fetched, error) {
	response, err := c.wire.exchange(c.target.timeout(), r)
	if err != nil {
		return fetched{}, err
	}
	if c.buffer == nil {
		c.buffer = make([]byte, 32<<10)
	}
	hash, size := sha256.New(), counter{response.Body, 0}
	var body io.Reader = &size
	if coding := response.Header.Get("Content-Encoding"); slices.Contains(r.Header, "Accept-Encoding: "+coding) {
		body, err = decoded(coding, &size)
	}
	if err == nil {
		_, err = io.CopyBuffer(hash, body, c.buffer)
	}
	if err != nil {
		return fetched{}, fmt.Errorf("read body of %s: %w", quote(r.Target), err)
	}
	if response.Close {
		c.close()
	}
	return fetched{response.StatusCode, response.Header, size.n, hex.EncodeToString(hash.Sum(nil))}, nil
}

// A counter counts what is read of a body.
type counter struct {
	io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

// decoded takes a content coding away that this package asked for.
func decoded(coding string, body io.Reader) (io.Reader, error) {
	switch coding {
	case "gzip":
		return gzip.NewReader(body)
	case "br":
		return brrr.NewReader(body), nil
	}
	return body, nil
}
