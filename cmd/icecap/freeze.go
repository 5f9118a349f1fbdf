package main

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"icecap/content"
	"icecap/content/release"
	"icecap/freeze"
)

// freezeFlags are the flags of freeze that are no settings.
type freezeFlags struct {
	dryRun, allowShrink, allowSame, json bool

	report string // file of the HTML report, "" for none
	from   string // file of the list of URLs, "-" for standard input, "" for none
	choice choice
}

func (a *app) freezeCommand() *cobra.Command {
	var own freezeFlags
	cmd := &cobra.Command{
		Use:   "freeze [URL] [PATH...]",
		Short: "Crawl a running app and publish its pages as one release",
		Long: `Crawls from /, /sitemap.xml and the sitemaps that /robots.txt names, on the same
scheme, host and port only, keeps the exact bytes, and publishes them all at
once. Pages that are not safe to freeze are left to the app, each with its
reason. To a part of them a second stranger is sent, who must get the same
bytes: --probe all sends it to each. Nothing is published from a crawl that did
not finish, and the old site stays until the new one is whole. Anywhere but on a
loopback address the crawl obeys /robots.txt (--robots).

A page is asked for only if it has changed since the last release, by its ETag
or Last-Modified; --full asks for all in full. One that fails keeps its last good
copy for a while (--max-stale). With paths, or with --tag, only those pages are
frozen again, and what they newly link to; the rest of the release stays as it
is. A run that was interrupted goes on with --resume.

With --run the app need not be running: icecap starts it on a free port, or that
of the URL, waits until it answers, crawls it and ends it, with all that it
started. What it prints is in app.log in the output folder.`,
		Example: `  icecap freeze http://localhost:8000
  icecap freeze http://localhost:8000 --public https://shop.example.com --out /srv/shop
  icecap freeze --exclude '/admin/**' --max-depth 5
  icecap freeze --declare-public '/catalog/**'
  icecap freeze --dry-run --json
  icecap freeze http://localhost:8000 --from urls.txt
  icecap freeze /product/7 '/category/**'
  icecap freeze --tag product-7
  icecap freeze --resume
  icecap freeze --run 'gunicorn -b 127.0.0.1:$PORT shop:app' --ready /healthz --public https://shop.example.com`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.loadConfig(cmd.Flags())
			if err != nil {
				return err
			}
			if err := a.aim(c, args, &own); err != nil {
				return err
			}
			return a.freeze(cmd.Context(), c, own)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&own.dryRun, "dry-run", false, "crawl and report, publish nothing")
	flags.StringVar(&own.from, "from", "", "start at the paths or URLs in this file, one a line (- for standard input)")
	flags.BoolVar(&own.allowShrink, "allow-shrink", false, "publish even if many pages are gone")
	flags.BoolVar(&own.allowSame, "allow-same", false, "publish even if many pages are one and the same")
	flags.StringVar(&own.report, "report", "", "write an HTML page about the crawl to this file")
	addChoiceFlags(flags, &own.choice)
	addJSON(cmd, &own.json)
	addRunFlags(flags)
	addCrawlFlags(flags)
	addSiteFlags(flags)
	addCompress(flags)
	return cmd
}

// addCrawlFlags declares the flags that loadConfig reads by name.
func addCrawlFlags(flags *pflag.FlagSet) {
	d := defaults().Freeze
	addMannerFlags(flags)
	flags.StringSlice("declare-public", nil, "freeze these paths in spite of private, no-cache, cookies and tokens, if two strangers get the same bytes")
	flags.String("probe", d.Probe, "send a second stranger to: all, sample or none of the pages")
	flags.String("after-publish", "", "command that gets the difference from the release before, as JSON, once the new one is published")
	flags.StringSlice("seed", nil, "start here (default: /, /sitemap.xml and the sitemaps of /robots.txt)")
}

// addMannerFlags declares those of them that say how a site is asked, and how much of it.
func addMannerFlags(flags *pflag.FlagSet) {
	d := defaults().Freeze
	flags.Int("workers", d.Workers, "pages fetched at the same time")
	flags.Float64("rate", d.Rate, "requests a second at the most, 0 for no limit")
	flags.Var(&d.Timeout, "timeout", "time for one page")
	flags.Int("max-pages", d.MaxPages, "give up after this many requests, 0 for no limit")
	flags.Int("max-depth", d.MaxDepth, "follow links this many steps from a seed, 0 for no limit")
	flags.Var(&d.MaxBody, "max-body", "leave larger pages to the app")
	flags.Var(&d.MaxBytes, "max-bytes", "give up after this many bytes of answers, 0 for no limit")
	flags.Var(&d.MaxTime, "max-time", "give up after this time, 0 for no limit")
	flags.String("robots", d.Robots, "whether /robots.txt counts: obey, ignore, or auto for all but loopback addresses")
	flags.StringSlice("include", nil, "only paths that match, such as '/blog/**'")
	flags.StringSlice("exclude", nil, "leave paths out that match")
}

// addCompress declares the flag of commands that write pages.
func addCompress(flags *pflag.FlagSet) {
	flags.Bool("compress", defaults().Freeze.Compress, "write .gz and .br files beside the pages")
}

// addSiteFlags declares the flags that say which site a command speaks of.
func addSiteFlags(flags *pflag.FlagSet) {
	d := defaults()
	flags.String("out", d.Freeze.Out, "output folder")
	flags.String("name", d.Site.Name, "name of the site, prefix of its NGINX variables")
	flags.String("public", d.Site.URL, "public address of the site (default: the app's own)")
}

// crawler is the crawl that the settings describe.
func (a *app) crawler(c *config) *freeze.Crawler {
	return &freeze.Crawler{
		URL: c.App.URL, Public: c.Site.URL, Source: c.Site.Name, Seeds: c.Freeze.Seeds,
		Include: c.Freeze.Include, Exclude: append(slices.Clone(c.Freeze.Exclude), c.builtPaths()...),
		Declared: c.Freeze.Public, Probe: freeze.Probe(c.Freeze.Probe), Masks: c.masks(),
		Workers: c.Freeze.Workers, Rate: c.Freeze.Rate, Timeout: time.Duration(c.Freeze.Timeout),
		MaxPages: c.Freeze.MaxPages, MaxDepth: c.Freeze.MaxDepth, MaxBody: int64(c.Freeze.MaxBody),
		MaxBytes: int64(c.Freeze.MaxBytes), MaxTime: time.Duration(c.Freeze.MaxTime), Limits: c.limits(),
		Robots:   freeze.RobotsPolicy(c.Freeze.Robots),
		MaxStale: time.Duration(c.Freeze.MaxStale),
		Queries:  c.queries(), Redirects: replayRules(c.Redirect), Gone: replayRules(c.Status), Fallback: c.Freeze.Fallback,
		Headers: c.headers(), UserAgent: "icecap/" + version(), Log: a.logger(),
	}
}

// freeze runs one crawl to a release and reports it.
func (a *app) freeze(ctx context.Context, c *config, own freezeFlags) (err error) {
	crawler, p, err := a.planFreeze(c, own)
	if err != nil {
		return err
	}
	var source content.Source = crawler
	if c.App.Run != "" {
		source = a.childSource(c, crawler)
	}
	page, err := openReport(own.report)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, page.close()) }()
	start := time.Now()
	stop := a.showProgress(crawlLine(crawler.Progress))
	p.List = page != nil
	done, err := a.publish(ctx, p, source)
	stop()
	if page != nil {
		view := viewReport(reportInput{
			site: cmp.Or(c.Site.URL, c.App.URL), done: done, err: err, start: start, took: time.Since(start),
			observed: crawler.Observed(), slowest: crawler.Slowest(),
		})
		if pageErr := page.fill(reportHTML, view); pageErr != nil {
			a.say("warning: %v", pageErr)
		}
	}
	if done == nil {
		return err
	}
	report := newFreezeReport(done, time.Since(start))
	report.Kept = crawler.Progress().Kept
	report.Probes, report.Layouts = crawler.Progress().Probes, crawler.Observed().Layouts
	if own.json {
		if jsonErr := a.replyJSON(report); jsonErr != nil {
			return jsonErr
		}
	} else {
		a.sayFreeze(report, crawler.Observed(), c)
	}
	if c.App.Run != "" && report.Failed > 0 {
		a.say("the app's log: %s", c.appLog())
	}
	if err == nil && crawler.Progress().Failed > 0 {
		return exitError{4, errSaid}
	}
	return err
}

// planFreeze is the crawl and what is to be made of it.
func (a *app) planFreeze(c *config, own freezeFlags) (crawler *freeze.Crawler, p publication, err error) {
	if c.App.Run != "" {
		if err := a.placeChild(c); err != nil {
			return nil, p, err
		}
	}
	crawler = a.crawler(c)
	crawler.AllowSame, crawler.Full = own.allowSame, own.choice.full
	if !own.choice.all() {
		if crawler.Only, err = own.choice.urls(c); err != nil {
			return nil, p, err
		}
	}
	p = publication{Out: c.Freeze.Out, Plain: !c.Freeze.Compress, DryRun: own.dryRun, Follow: c.followUp(), Resume: own.choice.resume,
		Limits: release.Limits{AllowShrink: own.allowShrink, AllowSame: own.allowSame}}
	if p.Scope, err = crawler.Scope(); err != nil {
		return nil, p, err
	}
	if p.Gate, err = c.front(); err != nil {
		return nil, p, err
	}
	if p.Limits.Required, err = c.required(); err != nil {
		return nil, p, err
	}
	if !own.dryRun {
		p.Run, err = c.words(crawler)
	}
	return crawler, p, err
}

// A freezeReport is the answer of freeze --json.
type freezeReport struct {
	Release string          `json:"release,omitempty"` // empty where nothing was published
	Pages   int             `json:"pages"`
	Bytes   int64           `json:"bytes"`
	Left    int             `json:"left"`            // URLs that a rule leaves to the app
	Failed  int             `json:"failed"`          // URLs where the app failed
	Written int             `json:"written"`         // pages that are new or have other bytes
	Kept    int64           `json:"kept"`            // pages that the app did not send again
	Stale   []stalePage     `json:"stale,omitempty"` // pages that failed and keep their last good copy
	Seconds float64         `json:"seconds"`
	Probes  int64           `json:"probes"` // requests of the second stranger
	Skips   []content.Skip  `json:"skips"`
	Layouts []freeze.Layout `json:"layouts,omitempty"`
}

func newFreezeReport(done *outcome, took time.Duration) freezeReport {
	r := freezeReport{Pages: done.Summary.Pages, Bytes: done.Summary.Bytes, Seconds: took.Seconds(), Skips: done.Summary.Skips,
		Written: done.Summary.Written, Stale: stalePages(done.Summary.Stale), Failed: len(done.Summary.Stale)}
	if done.Release != nil {
		r.Release = done.Release.ID
	}
	for _, skip := range r.Skips {
		if skip.Failed {
			r.Failed++
		} else {
			r.Left++
		}
	}
	return r
}

// sayFreeze tells what was left out and why, what the operator should know,
// and last the summary line.
func (a *app) sayFreeze(r freezeReport, seen freeze.Observed, c *config) {
	a.saySkips("left to the app", r, false)
	a.saySkips("failed", r, true)
	a.sayStale(r.Stale, time.Now())
	a.sayObserved(seen)
	a.sayDoubts(r, c)
	if r.Release == "" { // a dry run, or a check said no
		a.reply("crawled %s, %s; %d left to the app, %d failed, in %s; nothing published",
			plural(r.Pages, "page"), humanize.IBytes(uint64(r.Bytes)), r.Left, r.Failed, seconds(r.Seconds))
		return
	}
	a.reply("froze %s, %s, %d new or changed, as release %s in %s -> %s", plural(r.Pages, "page"),
		humanize.IBytes(uint64(r.Bytes)), r.Written, r.Release, seconds(r.Seconds), c.Freeze.Out)
	if c.App.Run != "" && c.App.Pass == "" {
		a.say("next: icecap serve --pass none, icecap nginx print --pass http://host:port, icecap verify")
		return
	}
	a.say("next: icecap serve, icecap nginx print, icecap verify")
}

// examplesShown is how many URLs stand for a reason; the manifest has them all.
const examplesShown = 3

// saySkips groups URLs by reason, the commonest first.
func (a *app) saySkips(title string, r freezeReport, failed bool) {
	groups := map[string][]content.Skip{}
	for _, skip := range r.Skips {
		if skip.Failed == failed {
			groups[skip.Reason] = append(groups[skip.Reason], skip)
		}
	}
	reasons := slices.SortedFunc(maps.Keys(groups), func(x, y string) int {
		return cmp.Or(len(groups[y])-len(groups[x]), cmp.Compare(x, y))
	})
	for _, reason := range reasons {
		group := groups[reason]
		a.say("%s  %5d  %s", title, len(group), reason)
		group = a.sayLayouts(reason, group, r.Layouts)
		for _, skip := range group[:min(examplesShown, len(group))] {
			line := "                " + skip.URL
			if skip.Detail != "" {
				line += "  (" + skip.Detail + ")"
			}
			if skip.From != "" {
				line += "  from " + skip.From
			}
			a.say("%s", line)
		}
	}
}

func seconds(s float64) string {
	return time.Duration(s * float64(time.Second)).Round(10 * time.Millisecond).String()
}

// sayObserved tells what the gate would lose, as lines to be pasted into the
// configuration.
func (a *app) sayObserved(seen freeze.Observed) {
	if len(seen.Headers) > 0 {
		a.say("warning: the app sends security headers that the gate does not; to keep them, add to icecap.toml:")
		for _, h := range seen.Headers {
			a.say("  [[header]]\n  name = %q\n  value = %q", h.Name, h.Value)
		}
	}
	if seen.Untrue != "" {
		a.say("warning: %s had changed, although its ETag, Last-Modified or lastmod in the sitemap had not, so all pages were asked for again", seen.Untrue)
	}
	for _, name := range seen.Mixed {
		a.say("warning: %s differs between pages, and frozen pages go out without it", name)
	}
	if seen.Strange != "" {
		a.say("warning: pages link to %s, which is not the public address; does the app trust X-Forwarded-Proto?", seen.Strange)
	}
	a.sayMissing(seen.Missing)
	a.saySoft404(seen.Soft404)
	if seen.OutOfScope > 0 {
		a.say("%s outside --include, --exclude, --max-depth or the path of the URL", plural(seen.OutOfScope, "URL"))
	}
}
