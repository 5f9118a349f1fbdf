package freeze

import (
	"context"
	"net/http"

	"github.com/gocolly/colly/v2"
)

// An asker has colly make one request at a time for one worker. This is all
// that colly does here, and no type of it leaves this file. Its answers are read
// below it, in [exact], because colly changes bodies.
type asker struct {
	collector *colly.Collector
	wire      *exact
	origin    string
	header    http.Header
}

func newAsker(ctx context.Context, wire *exact, origin string, header http.Header) *asker {
	// Not NewCollector: there, COLLY_* environment variables have the last word.
	c := new(colly.Collector)
	c.Init()
	c.Context = ctx
	c.AllowURLRevisit = true // the frontier knows what was seen, and colly forgets nothing
	c.MaxBodySize = 0        // it cuts without an error
	c.IgnoreRobotsTxt = true
	c.ParseHTTPErrorResponse = true
	// A client of ours has no cookie jar, and no redirect handler that marks
	// targets as visited.
	c.SetClient(&http.Client{Transport: wire, CheckRedirect: keepRedirect})
	return &asker{c, wire, origin, header}
}

func keepRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// ask fetches one path in its canonical spelling, unless it is still known under
// the version, which may be zero. The response is valid until the next call.
func (a *asker) ask(path string, known version) (*Response, error) {
	header := a.header
	if !known.none() {
		header = header.Clone()
		known.ask(header)
	}
	a.wire.asked = false
	err := a.collector.Request(http.MethodGet, a.origin+path, nil, nil, header)
	if !a.wire.asked {
		return nil, err
	}
	return &a.wire.response, a.wire.err
}
