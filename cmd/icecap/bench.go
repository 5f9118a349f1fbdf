package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"icecap/nginx"
	"icecap/nginx/bench"
)

// benchFlags are the flags of bench.
type benchFlags struct {
	connections, rounds           int
	duration                      duration
	rate                          float64
	noKeepAlive, compressed, json bool
	mix, driver, save, against    string
	format, report                string
	failIf                        []string
	story                         bool
	tune                          tuneFlags // what --story tunes
}

func (a *app) benchCommand() *cobra.Command {
	own := benchFlags{tune: tuneDefaults(), connections: 16, rounds: 6, duration: duration(2 * time.Second), driver: "icecap", format: "table"}
	cmd := &cobra.Command{
		Use:   "bench [URL [URL]]",
		Short: "Measure the app beside its frozen pages, or any two URLs, in turns",
		Long: `Without a URL the running app is measured beside the current release behind a
private NGINX, on pages from all over the site, or on those of --mix as often as
visitors ask for them. With one or two URLs, those are measured.

The sides take turns, so that whatever else the machine does falls on both; what
counts is the median of the rounds' ratios, with an interval once there are six.
The load comes from this machine: first the client measures itself, and says so
where a result is more about the client than about the server. With --rate requests
are due on a schedule, and their time counts from then.

--fail-if takes SIDE.WHAT, < or >, and a value: WHAT is rate, errors, p50, p90,
p99, p999, mean, max, or against (the rate, as a share of that in the file of
--against); and "ratio", how many times as fast the second side is. Sides are app
and frozen, or a and b.

--story tells of the whole stack: the app as --command starts it, the same with the
best values of each --knob, its frozen pages behind an NGINX with default settings,
and behind a tuned one. It tunes both first, for --budget at the most each, and keeps
the experiments in tune-app.json and tune-nginx.json for the next time.`,
		Example: `  icecap bench
  icecap bench --mix hot.json --rate 500 --report bench.html
  icecap bench http://127.0.0.1:8000/ http://127.0.0.1:8080/
  icecap bench --fail-if 'frozen.p99>5ms' --fail-if 'ratio<10'
  icecap bench --save base.json
  icecap bench --against base.json --fail-if 'frozen.against<90%'
  icecap bench --story --command 'exec shop --addr 127.0.0.1:{port}' --knob ...`,
		Args: cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.loadConfig(cmd.Flags())
			if err != nil {
				return err
			}
			if err := own.check(); err != nil {
				return err
			}
			if own.story {
				return a.story(cmd.Context(), c, own, args)
			}
			return a.bench(cmd.Context(), c, own, args)
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&own.connections, "connections", own.connections, "requests under way at any moment")
	flags.Var(&own.duration, "duration", "time of one measurement")
	flags.IntVar(&own.rounds, "rounds", own.rounds, "measurements of each side")
	flags.Float64Var(&own.rate, "rate", 0, "requests a second that are due (0: as many as are answered)")
	flags.BoolVar(&own.noKeepAlive, "no-keepalive", false, "a new connection for each request")
	flags.BoolVar(&own.compressed, "compressed", false, "ask for answers compressed by gzip")
	flags.StringVar(&own.mix, "mix", "", "ask for the pages in this file of icecap hot --json, as often as it says")
	flags.StringVar(&own.driver, "driver", own.driver, "icecap, or wrk as a check by other hands")
	flags.StringVar(&own.save, "save", "", "write the report, as JSON, to this file")
	flags.StringVar(&own.against, "against", "", "compare with a report of --save, or with what visitors got: a file of icecap hot --json")
	flags.StringArrayVar(&own.failIf, "fail-if", nil, "exit with 3 if this holds, such as 'frozen.p99>5ms'; may be repeated")
	flags.StringVar(&own.format, "format", own.format, "table, or a summary in the form of ab or hey")
	flags.StringVar(&own.report, "report", "", "write an HTML page with plots to this file")
	flags.BoolVar(&own.story, "story", false, "tune app server and NGINX, and measure all steps from the app alone to frozen pages behind a tuned NGINX")
	addServerFlags(flags, &own.tune)
	addJSON(cmd, &own.json)
	addGateFlags(cmd)
	return cmd
}

func (own *benchFlags) check() error {
	wrong := func(format string, args ...any) error { return usageError{fmt.Errorf("measure: "+format, args...)} }
	switch {
	case own.connections < 1 || own.rounds < 1 || own.duration <= 0:
		return wrong("--connections, --rounds and --duration must be above 0")
	case own.rate < 0:
		return wrong("--rate must not be below 0")
	case own.story && (own.against != "" || own.format != "table"):
		return wrong("--story has neither --against nor --format")
	case own.driver != "icecap" && own.driver != "wrk":
		return wrong("--driver is %q, not icecap or wrk", own.driver)
	case own.driver == "wrk" && (own.rate > 0 || own.noKeepAlive || time.Duration(own.duration) < time.Second):
		return wrong("wrk has no --rate and no --no-keepalive, and counts whole seconds")
	case own.format != "table" && own.format != "ab" && own.format != "hey":
		return wrong("--format is %q, not table, ab or hey", own.format)
	}
	if own.driver == "wrk" {
		if _, err := exec.LookPath("wrk"); err != nil {
			return wrong("wrk is not installed")
		}
	}
	_, err := parseConditions(own.failIf)
	return err
}

// bench measures, tells, and judges.
func (a *app) bench(ctx context.Context, c *config, own benchFlags, args []string) (err error) {
	conditions, err := parseConditions(own.failIf)
	if err != nil {
		return err
	}
	page, err := openReport(own.report)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, page.close()) }()
	before, err := readAgainst(own.against)
	if err != nil {
		return err
	}
	r := &benchReport{Connections: own.connections, Due: own.rate, Duration: time.Duration(own.duration), Rounds: own.rounds,
		KeepAlive: !own.noKeepAlive, Compressed: own.compressed, Driver: own.driver, Machine: machine()}
	sides, stop, err := a.benchSides(ctx, c, own, args, r)
	if err != nil {
		return err
	}
	defer stop()
	if err := a.measureSides(ctx, r, sides, own.driver); err != nil {
		return err
	}
	if before != nil {
		r.compare(before)
	}
	if page != nil {
		if err := page.fill(benchHTML, viewBench(r)); err != nil {
			return err
		}
	}
	if err := a.sayBench(r, own); err != nil {
		return err
	}
	if own.save != "" {
		if err := saveJSON(own.save, r); err != nil {
			return err
		}
	}
	return a.judge(r, conditions, own.format == "table" && !own.json)
}

// load is what the flags say, without URLs.
func (own *benchFlags) load() bench.Load {
	l := bench.Load{Connections: own.connections, Duration: time.Duration(own.duration), Rate: own.rate, NoKeepAlive: own.noKeepAlive, Header: http.Header{}}
	if own.compressed {
		l.Header.Set("Accept-Encoding", "gzip")
	}
	return l
}

// benchSides are what is measured: the URLs that were given, or the app and its
// frozen pages.
func (a *app) benchSides(ctx context.Context, c *config, own benchFlags, args []string, r *benchReport) ([]bench.Side, func(), error) {
	if len(args) == 0 {
		return a.frozenSides(ctx, c, own, r)
	}
	var sides []bench.Side
	for i, raw := range args {
		load := own.load()
		load.URLs = []string{raw}
		if own.mix != "" {
			paths, weights, err := readMix(own.mix)
			if err != nil {
				return nil, nil, err
			}
			load.URLs, load.Weights = under(strings.TrimSuffix(raw, "/"), paths), weights
		}
		sides = append(sides, bench.Side{Name: string(rune('a' + i)), Load: load, Processes: listener(raw)})
	}
	return sides, func() {}, nil
}

// frozenSides puts a private NGINX with the current release beside the app.
func (a *app) frozenSides(ctx context.Context, c *config, own benchFlags, r *benchReport) ([]bench.Side, func(), error) {
	address, err := c.runningApp("start the app and give --app http://host:port; or measure two URLs")
	if err != nil {
		return nil, nil, err
	}
	paths, weights, err := a.benchPaths(c, own)
	if err != nil {
		return nil, nil, err
	}
	server, err := c.gate()
	if err != nil {
		return nil, nil, err
	}
	gate, err := benchGate(ctx, server, nginx.Instance{})
	if err != nil {
		return nil, nil, err
	}
	r.NGINX = gate.version
	load := own.load()
	load.Header.Set("Host", server.Hosts[0])
	load.Weights = weights
	app, frozen := load, load
	app.URLs, frozen.URLs = under(strings.TrimSuffix(address, "/"), paths), under(gate.URL(), paths)
	return []bench.Side{
		{Name: "app", Load: app, Processes: listener(address)},
		{Name: "frozen", Load: frozen, Processes: []bench.Process{{Name: "nginx", PID: gate.PID()}}},
	}, func() { gate.Stop() }, nil
}

// A privateGate is a private NGINX with the version that it has.
type privateGate struct {
	*nginx.Process
	version string
}

// benchGate starts a private NGINX with the gate of a site, as the instance says
// beside that; it has a worker for each processor unless told otherwise.
func benchGate(ctx context.Context, server nginx.Server, in nginx.Instance) (*privateGate, error) {
	binary, err := nginx.Find()
	if err != nil {
		return nil, hintedError{err: fmt.Errorf("measure: %w", err), hint: "install the package nginx, or measure two URLs"}
	}
	conf, err := server.Config()
	if err != nil {
		return nil, err
	}
	in.Binary, in.Config = binary, conf
	if in.Workers == 0 {
		in.Workers = runtime.NumCPU()
	}
	process, err := nginx.Start(ctx, in)
	if err != nil {
		return nil, err
	}
	return &privateGate{process, binary.Version}, nil
}

// samplePages is how many pages stand for a site.
const samplePages = 50

// benchPaths are the pages to ask for: those of --mix, or HTML pages from all
// over the current release.
func (a *app) benchPaths(c *config, own benchFlags) ([]string, []int, error) {
	if own.mix != "" {
		return readMix(own.mix)
	}
	store, err := openExisting(c.Freeze.Out)
	if err != nil {
		return nil, nil, err
	}
	current, err := store.Current()
	if err != nil {
		return nil, nil, err
	}
	site, err := current.Site()
	if err != nil {
		return nil, nil, err
	}
	var pages, sample []string
	for i := range site.Entries {
		if strings.HasPrefix(site.Entries[i].MediaType, "text/html") {
			pages = append(pages, site.Entries[i].URL())
		}
	}
	n := min(samplePages, len(pages))
	for i := range n {
		sample = append(sample, pages[i*len(pages)/n])
	}
	if len(sample) == 0 {
		return nil, nil, usageError{errors.New("measure: the current release has no HTML page")}
	}
	return sample, nil, nil
}

func under(base string, paths []string) []string {
	urls := make([]string, len(paths))
	for i, path := range paths {
		urls[i] = base + path
	}
	return urls
}

// listener is the process behind a URL on this machine, if it can be seen.
func listener(raw string) []bench.Process {
	u, err := url.Parse(raw)
	if err != nil {
		return nil
	}
	if host := u.Hostname(); host != "localhost" && !strings.HasPrefix(host, "127.") && host != "::1" {
		return nil
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		return nil
	}
	pid := bench.ListenerOf(port)
	if pid == 0 || pid == os.Getpid() {
		return nil
	}
	return []bench.Process{{Name: "server", PID: pid}}
}

// measureSides measures the client, then the sides in turns.
func (a *app) measureSides(ctx context.Context, r *benchReport, sides []bench.Side, driver string) error {
	var largest int64
	for i := range sides {
		if driver == "wrk" {
			sides[i].Driver = bench.Wrk
		}
		body, err := bench.Check(ctx, sides[i].Load)
		largest = max(largest, body)
		if err != nil {
			return hintedError{err: fmt.Errorf("measure %s: %w", sides[i].Name, err), hint: "is it running, and does it answer these pages with 200?"}
		}
	}
	if err := r.measureCeiling(ctx, sides[0].Load, largest); err != nil {
		return err
	}
	rounds, err := bench.Interleave(ctx, sides, r.Rounds, func(s bench.Side, round bench.Round) {
		a.say("%-8s %10s requests/s   p99 %s", s.Name, shortNumber(round.Rate), millis(round.P99))
	})
	if err != nil {
		return err
	}
	for i, side := range sides {
		r.add(side, rounds[i])
	}
	return nil
}
