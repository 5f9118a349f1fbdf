package freeze

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"icecap/content"
)

// A Crawler is a [content.Source]: it visits a running app and yields its
// pages. It is for one Run; its fields are not changed after the first call of a
// method.
type Crawler struct {
	URL              string           // where the app answers: "http://127.0.0.1:8000". A path, unless it is "/", is the prefix of the scope
	Public           string           // the site's public address: "https://shop.example.com"; empty where URL is public
	Source           string           // name of the source in the scope; not interpreted
	Only             []string         // ask for these pages alone, paths or URLs of the site, and for what they newly link to: links to pages of the previous release are not followed; nil for a whole crawl
	Seeds            []string         // where to begin, paths or URLs of the site, the hottest first: the first thousand are [content.Page.Hot]; nil for URL's path and, if they exist, /sitemap.xml and the sitemaps that /robots.txt names
	Include, Exclude []string         // doublestar globs on the decoded path: '/blog/**'. Exclude wins; no Include means all
	Declared         []string         // doublestar globs of paths whose pages are the same for every stranger, whatever the app's headers say; see the package comment
	Probe            Probe            // for which pages a second stranger is sent; empty means ProbeSample
	Masks            []string         // regular expressions for noise in which two fetches of a page may differ; see [ParseMask]
	Workers          int              // pages fetched at the same time; 0 means 8
	Rate             float64          // requests per second at the most; 0 means no limit
	Timeout          time.Duration    // for one page, from the request to the last byte; 0 means 30 s
	MaxPages         int              // requests after which the crawl gives up as incomplete; 0 means no limit
	MaxDepth         int              // steps from a seed that are followed; what a page needs to be shown is no step; 0 means no limit
	MaxBody          int64            // bytes; larger pages are left to the app; 0 means 10 MiB
	MaxBytes         int64            // bytes of all answers to both strangers, after which the crawl gives up as incomplete; 0 means no limit
	MaxTime          time.Duration    // after which the crawl gives up as incomplete; 0 means no limit
	Limits           []Limit          // how many URLs parts of the site may have
	AllowSame        bool             // publish although many pages are what the app answers to a URL that cannot exist
	Robots           RobotsPolicy     // whether /robots.txt counts; empty means RobotsAuto
	Queries          content.Queries  // URLs with a query that are pages, and parameters that change nothing
	Redirects        []ReplayRule     // which redirects the gate answers itself; none means that the app does
	Gone             []ReplayRule     // for which missing pages (404, 410) the gate answers itself; none means that the app does
	Fallback         []string         // doublestar globs of pages that the app serves while it lives; what is frozen is a copy for when it fails
	Headers          []content.Header // that the gate adds: a page that sends another value is left to the app
	UserAgent        string           // empty means "icecap"
	Full             bool             // ask for every page in full, as the first time
	MaxStale         time.Duration    // for which the last good copy of a page that fails stays; 0 means not at all
	Log              *slog.Logger     // nil means no log

	progress progress
	observed Observed
	slowest  []Timed
}

const (
	defaultWorkers = 8
	defaultTimeout = 30 * time.Second
	defaultMaxBody = 10 << 20
	// hotSeeds is how many of the first seeds are hot pages. A list of what to freeze has
	// the costliest first, but may also name all pages of a large site.
	hotSeeds = 1000
	// dialTimeout is for the first connection, which only says whether the app is there.
	dialTimeout = 10 * time.Second
)

type progress struct{ frozen, kept, skipped, failed, queued, bytes, probes atomic.Int64 }

// Progress is how far a crawl has come.
type Progress struct {
	Frozen  int64 // pages given to the sink
	Kept    int64 // of those, the ones that the app did not send again
	Skipped int64 // URLs left to the app
	Failed  int64 // URLs where the app failed
	Queued  int64 // URLs known and not yet asked for
	Bytes   int64 // of the frozen pages
	Probes  int64 // requests of the second stranger
}

// Progress may be called at any time.
func (c *Crawler) Progress() Progress {
	p := &c.progress
	return Progress{p.frozen.Load(), p.kept.Load(), p.skipped.Load(), p.failed.Load(), p.queued.Load(), p.bytes.Load(), p.probes.Load()}
}

// Observed says what the last Run saw beside pages. It is empty before Run returns.
func (c *Crawler) Observed() Observed { return c.observed }

// Scope is what a run of this crawler speaks for.
func (c *Crawler) Scope() (content.Scope, error) {
	s, err := c.site()
	if err != nil {
		return content.Scope{}, err
	}
	scope := content.Scope{Source: c.Source, Prefix: s.prefix}
	if c.Only != nil {
		f, err := c.only(s)
		if err != nil {
			return content.Scope{}, err
		}
		scope.Keys = f.keys()
	}
	return scope, nil
}

// Check finds what is wrong with the fields, without any connection. The error
// is a *[ConfigError]. Run begins with the same.
func (c *Crawler) Check() error {
	s, err := c.site()
	if err != nil {
		return err
	}
	_, err = c.frontier(s)
	return err
}

// site reads the addresses and globs.
func (c *Crawler) site() (*site, error) {
	crawled, path, err := parseOrigin("URL", c.URL)
	if err != nil {
		return nil, err
	}
	s := &site{
		crawled: crawled, public: crawled, include: c.Include, exclude: c.Exclude, declare: c.Declared,
		queries: c.Queries, redirects: c.Redirects, gone: c.Gone, fallback: c.Fallback, limits: c.Limits,
	}
	if path != "" {
		prefix, err := content.ParsePath(path)
		if err != nil {
			return nil, &ConfigError{"URL", c.URL, "has a path that " + err.(*content.PathError).Reason, ""}
		}
		s.prefix = prefix.Decoded()
	}
	if c.Public != "" {
		public, path, err := parseOrigin("Public", c.Public)
		if err != nil {
			return nil, err
		}
		if path != "" {
			return nil, &ConfigError{"Public", c.Public, "has a path", "the gate answers for a whole host: leave the path out"}
		}
		s.public = public
	}
	if err := c.Queries.Check(); err != nil {
		refused := err.(*content.QueryError)
		return nil, &ConfigError{"Queries", refused.Value, refused.Reason, ""}
	}
	for field, rules := range map[string][]ReplayRule{"Redirects": c.Redirects, "Gone": c.Gone} {
		for _, rule := range rules {
			if err := checkGlobs(field, []string{rule.Path}); err != nil {
				return nil, err
			}
		}
	}
	for _, limit := range c.Limits {
		if err := checkGlobs("Limits", []string{limit.Path}); err != nil {
			return nil, err
		}
		if limit.Pages < 1 {
			return nil, &ConfigError{"Limits", limit.Path, "allows no page", "leave it out with exclude instead"}
		}
	}
	s.mask, err = ParseMask(c.Masks)
	return s, cmp.Or(checkGlobs("Include", c.Include), checkGlobs("Exclude", c.Exclude), checkGlobs("Declared", c.Declared), checkGlobs("Fallback", c.Fallback), err, c.checkWords(), c.checkNumbers())
}

func (c *Crawler) checkWords() error {
	switch c.Probe {
	case "", ProbeSample, ProbeAll:
	case ProbeNone:
		if len(c.Declared) > 0 {
			return &ConfigError{"Probe", string(c.Probe), "leaves unproved what is declared public", "a declared page is frozen if two strangers get the same bytes: use sample or all"}
		}
	default:
		return &ConfigError{"Probe", string(c.Probe), "is not all, sample or none", ""}
	}
	switch c.Robots {
	case "", RobotsAuto, RobotsObey, RobotsIgnore:
		return nil
	}
	return &ConfigError{"Robots", string(c.Robots), "is not auto, obey or ignore", ""}
}

func (c *Crawler) checkNumbers() error {
	for _, number := range []struct {
		field string
		value float64
	}{
		{"Workers", float64(c.Workers)}, {"Rate", c.Rate}, {"Timeout", c.Timeout.Seconds()},
		{"MaxPages", float64(c.MaxPages)}, {"MaxDepth", float64(c.MaxDepth)}, {"MaxBody", float64(c.MaxBody)},
		{"MaxBytes", float64(c.MaxBytes)}, {"MaxTime", c.MaxTime.Seconds()},
		{"MaxStale", c.MaxStale.Seconds()},
	} {
		if number.value < 0 || number.value != number.value {
			return &ConfigError{number.field, fmt.Sprint(number.value), "is negative", "0 stands for the default"}
		}
	}
	return nil
}

// frontier makes a frontier that holds the seeds.
func (c *Crawler) frontier(s *site) (*frontier, error) {
	if c.Only != nil {
		return c.only(s)
	}
	f := newFrontier(s, c.MaxDepth, c.MaxPages)
	if c.Seeds == nil {
		start := "/"
		if s.prefix != "" {
			start = (&url.URL{Path: s.prefix}).EscapedPath()
		}
		if n := f.addSeed(start); n != nil {
			n.hot = true
		}
		f.robots = f.addOptional(robotsPath)
		f.addOptional("/sitemap.xml")
		return f, nil
	}
	for i, seed := range c.Seeds {
		var n *node
		if seed = strings.TrimSpace(seed); seed != "" {
			n = f.addSeed(seed)
		}
		if n == nil {
			return nil, &ConfigError{"Seed", seed, "is no page of " + s.public.String(), "give a path such as /shop/"}
		}
		n.hot = i < hotSeeds
	}
	return f, nil
}

// Run crawls the app into the sink. It returns nil when every URL of the scope
// was visited or refused, an *[UnreachableError] if the app gave no answer at
// all, a *[content.IncompleteError] if a limit or a dying app ended the crawl, a
// *[ConfigError], a *[RobotsError], a *[SoftError], the context's error, or the
// sink's.
//
// Pages come to the sink while the crawl goes on, in no order; skips come at its
// end, sorted by URL, also where Run returns an error.
func (c *Crawler) Run(ctx context.Context, previous content.Previous, sink content.Sink) error {
	s, err := c.site()
	if err != nil {
		return err
	}
	if _, err := c.frontier(s); err != nil {
		return err
	}
	address, err := reach(ctx, s.crawled, s.crawled.address())
	if err != nil {
		return err
	}
	if c.MaxTime > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, c.MaxTime, &content.IncompleteError{
			Reason: fmt.Sprintf("it was not done after %v, the limit", c.MaxTime),
			Hint:   "raise max_time, or leave a part of the site out with exclude",
		})
		defer cancel()
	}
	run := newCrawl(c, s, sink, address)
	run.previous = previous
	defer run.transport.CloseIdleConnections()
	defer run.second.CloseIdleConnections()
	f, err := run.begin(ctx, address)
	if err != nil {
		return err
	}
	unhook := context.AfterFunc(ctx, func() { f.stop(over(ctx)) })
	defer unhook()

	for range cmp.Or(c.Workers, defaultWorkers) {
		run.newWorker(ctx)
	}
	if err := run.workers[0].askWrong(); err != nil {
		f.stop(err)
	}
	err = run.work(ctx)
	f.halt()
	c.observed = run.observed()
	c.slowest = run.ranking()
	if soft := c.observed.Soft404; err == nil && soft != nil && soft.many() && !c.AllowSame {
		err = &SoftError{*soft}
	}
	if err == nil {
		err = run.workers[0].freezeStatusPages()
	}
	return errors.Join(err, f.report(sink))
}

// begin reads robots.txt, where it counts, and makes the frontier, which ends all
// waiting when it is stopped.
func (r *crawl) begin(ctx context.Context, address string) (f *frontier, err error) {
	c := r.crawler
	if c.obeysRobots(address) {
		if r.site.robots, err = r.askRobots(ctx); err != nil {
			return nil, err
		}
		r.rate.atLeast(r.site.robots.pause())
	}
	if r.frontier, err = c.frontier(r.site); err != nil {
		return nil, err
	}
	if c.Only != nil {
		r.frontier.previous = r.previous
	}
	idle, end := context.WithCancel(ctx)
	r.idle = idle
	r.frontier.halt = func() {
		end()
		r.governor.wake()
	}
	return r.frontier, nil
}

// reach opens one connection to an address, so that a wrong one is a clear error
// before anything else. It returns the address that answered, as numbers.
func reach(ctx context.Context, o origin, address string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	unreachable := func(err error, hint string) (string, error) {
		if parent := context.Cause(ctx); errors.Is(parent, context.Canceled) {
			return "", parent
		}
		return "", &UnreachableError{o.String(), err, hint}
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return unreachable(err, "")
	}
	defer conn.Close()
	if o.scheme != "https" {
		return conn.RemoteAddr().String(), nil
	}
	name, _, _ := net.SplitHostPort(o.address())
	if err := tls.Client(conn, &tls.Config{ServerName: name}).HandshakeContext(ctx); err != nil {
		var plain tls.RecordHeaderError
		if errors.As(err, &plain) {
			return unreachable(errors.New("it does not speak TLS"), "write http:// instead of https://")
		}
		return unreachable(err, "the certificate must be valid for "+name)
	}
	return conn.RemoteAddr().String(), nil
}

// requestHeader is what every request carries.
func (c *Crawler) requestHeader(s *site) http.Header {
	h := http.Header{
		"User-Agent":      {cmp.Or(c.UserAgent, "icecap")},
		"Accept":          {"*/*"},
		"Accept-Encoding": {"identity"},
	}
	if s.public != s.crawled {
		h.Set("Host", s.public.host)
		h.Set("X-Forwarded-Proto", s.public.scheme)
	}
	return h
}
