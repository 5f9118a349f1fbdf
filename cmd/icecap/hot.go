package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"icecap/content"
	"icecap/nginx"
	"icecap/nginx/hot"
)

// hotFlags are the flags of hot.
type hotFlags struct {
	format, by, against, write, report string
	cover                              fraction
	top                                int
	follow, json                       bool
}

// A fraction is a part of a whole, written "90%" or "0.9".
type fraction float64

// Set reads a share above 0, up to 1.
func (s *fraction) Set(text string) error {
	number, isPercent := strings.CutSuffix(text, "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if isPercent {
		v /= 100
	}
	if err != nil || !(v > 0 && v <= 1) {
		return fmt.Errorf("%q is no share such as 90%%", text)
	}
	*s = fraction(v)
	return nil
}

func (s fraction) String() string {
	if s == 0 {
		return ""
	}
	return percentOf(float64(s))
}

// Type makes a fraction a flag.
func (s *fraction) Type() string { return "share" }

func (a *app) hotCommand() *cobra.Command {
	var own hotFlags
	cmd := &cobra.Command{
		Use:   "hot [LOG...]",
		Short: "Find the paths that cost the app most in access logs",
		Long: `Reads logs, also compressed by gzip, or standard input, as one. Paths are folded
as the gate folds them, and programs are counted apart from people. The format is
found by a look at the first lines, else in the output of nginx -T.

Only what a log tells can be ranked: for the time in the app its format needs
$upstream_response_time. icecap's own format has that, and the gate's reason for
each request. Damaged lines are counted and passed over.`,
		Example: `  icecap hot /var/log/nginx/access.log
  icecap hot access.log.*.gz --cover 90% --write hot.txt
  icecap freeze --from hot.txt
  icecap hot access.log --against access.log.1 --report hot.html
  icecap hot access.log --format '$remote_addr "$request" $status $request_time'
  icecap hot -f /var/log/nginx/access.log`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.loadConfig(cmd.Flags())
			if err != nil {
				return err
			}
			if len(args) == 0 {
				args = []string{"-"}
			}
			if err := own.check(args); err != nil {
				return err
			}
			return a.hot(cmd.Context(), c.queries(), own, args)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&own.format, "format", "", "combined, icecap, json, the name of a log_format in nginx -T, or the format itself")
	flags.StringVar(&own.by, "by", "", "rank by requests, time or bytes (default: time if the log tells it, else requests)")
	flags.Var(&own.cover, "cover", "say which pages, frozen, take this share of the requests off the app, such as 90%")
	flags.IntVar(&own.top, "top", 20, "show so many paths")
	flags.StringVar(&own.write, "write", "", "write the pages that pay to this file, for icecap freeze --from")
	flags.StringVar(&own.against, "against", "", "show what changed since this log")
	flags.StringVar(&own.report, "report", "", "write an HTML page with plots to this file")
	flags.BoolVarP(&own.follow, "follow", "f", false, "go on reading while the log grows, until Ctrl-C")
	addJSON(cmd, &own.json)
	return cmd
}

func (own *hotFlags) check(args []string) error {
	switch {
	case own.by != "" && own.by != string(hot.ByRequests) && own.by != string(hot.ByTime) && own.by != string(hot.ByBytes):
		return usageError{fmt.Errorf("rank paths: --by is %q, not requests, time or bytes", own.by)}
	case own.top < 1:
		return usageError{errors.New("rank paths: --top must be at least 1")}
	case own.follow && (len(args) != 1 || args[0] == "-"):
		return usageError{errors.New("follow the log: -f takes one file")}
	}
	return nil
}

// hot reads, sums up and tells.
func (a *app) hot(ctx context.Context, queries content.Queries, own hotFlags, args []string) (err error) {
	page, err := openReport(own.report)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, page.close()) }()
	counter, err := a.countLogs(ctx, queries, own, args)
	if err != nil {
		return err
	}
	by := own.order(counter)
	r := hotReport{Log: strings.Join(args, " "), By: by, Summary: counter.Summary(by)}
	if r.People.Requests+r.Programs.Requests == 0 {
		return hintedError{err: fmt.Errorf("read the log: none of its %d lines is a request in the format %s", r.Lines, r.Format),
			hint: "give --format, as log_format in NGINX's configuration says it"}
	}
	if own.against != "" {
		old, err := a.countLogs(ctx, queries, hotFlags{format: own.format}, []string{own.against})
		if err != nil {
			return err
		}
		before := old.Summary(hot.ByRequests)
		r.Trends = hot.Trends(&before, &r.Summary, own.top)
	}
	if own.cover > 0 {
		cover := r.Summary.Cover(float64(own.cover))
		r.Cover = &cover
	}
	if own.write != "" {
		if err := a.writeHot(own, &r); err != nil {
			return err
		}
	}
	r.freezable = len(r.ToFreeze())
	r.Paths = r.Paths[:min(own.top, len(r.Paths))]
	if page != nil {
		if err := page.fill(hotHTML, viewHot(&r)); err != nil {
			return err
		}
	}
	if own.json {
		return a.replyJSON(r)
	}
	a.sayHot(&r)
	return nil
}

// A hotReport is the answer of hot --json.
type hotReport struct {
	Log string `json:"log"`
	hot.Summary
	Cover  *hot.Cover  `json:"cover,omitempty"`
	Trends []hot.Trend `json:"trends,omitempty"`
	By     hot.Order   `json:"by"`

	freezable int // pages
}

// order is what ranks: what was asked for, else the best that the log tells.
func (own *hotFlags) order(c *hot.Counter) hot.Order {
	if own.by != "" {
		return hot.Order(own.by)
	}
	if c.TellsTime() {
		return hot.ByTime
	}
	return hot.ByRequests
}

// countLogs reads all logs into one counter, in the format of the first.
func (a *app) countLogs(ctx context.Context, queries content.Queries, own hotFlags, args []string) (*hot.Counter, error) {
	counter := &hot.Counter{Queries: queries}
	for i, name := range args {
		file := io.ReadCloser(os.Stdin)
		if name != "-" {
			var err error
			if file, err = os.Open(name); err != nil {
				return nil, usageError{fmt.Errorf("read the log: %w", err)}
			}
		}
		log, err := hot.OpenLog(file)
		if err == nil && i == 0 {
			counter.Format, err = a.logFormat(ctx, own.format, name, log.Head())
		}
		if err == nil && !own.follow {
			err = counter.Read(ctx, log)
		}
		file.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if own.follow {
		return counter, a.followLog(ctx, counter, own, args[0])
	}
	return counter, nil
}

// logFormat is the format that was asked for, or else found.
func (a *app) logFormat(ctx context.Context, format, name string, head []byte) (hot.Format, error) {
	if strings.Contains(format, "$") {
		f, err := hot.CompileFormat("given", format)
		if err != nil {
			return f, usageError{err}
		}
		return f, nil
	}
	if f, ok := hot.KnownFormat(format); ok {
		return f, nil
	}
	if format == "" {
		if f, ok := hot.Detect(head); ok {
			return f, nil
		}
	}
	const hint = "give --format with the words of log_format in NGINX's configuration, or combined or json"
	binary, err := nginx.Find()
	if err != nil {
		return hot.Format{}, hintedError{err: usageError{errors.New("find the format of the log: it is none that is known, and there is no NGINX here to ask")}, hint: hint}
	}
	config, err := binary.Dump(ctx)
	if err != nil {
		return hot.Format{}, hintedError{err: fmt.Errorf("find the format of the log: %w", err), hint: hint}
	}
	f, err := hot.FromConfig(config, name, format)
	if err != nil {
		return f, hintedError{err: usageError{fmt.Errorf("find the format of the log: %w", err)}, hint: hint}
	}
	return f, nil
}

// followPause is from one look at the ranking to the next, on a terminal.
const followPause = 2 * time.Second

// followLog counts until ctx ends, which is how it is meant to end.
func (a *app) followLog(ctx context.Context, counter *hot.Counter, own hotFlags, name string) error {
	tail, err := hot.OpenTail(name)
	if err != nil {
		return err
	}
	defer tail.Close()
	live := isTerminal(a.stdout)
	pause := 10 * time.Second
	if live {
		pause = followPause
	}
	for shown := time.Now(); ; {
		text, err := tail.Next(ctx)
		counter.Add(text)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		case time.Since(shown) < pause:
			continue
		}
		shown = time.Now()
		r := hotReport{Log: name, Summary: counter.Summary(own.order(counter))}
		r.freezable = len(r.ToFreeze())
		if live {
			fmt.Fprint(a.stdout, "\x1b[H\x1b[2J")
			r.Paths = r.Paths[:min(own.top, len(r.Paths))]
			a.sayHot(&r)
		} else if len(r.Paths) > 0 {
			a.say("%d lines, hottest %s", r.Lines, r.Paths[0].URL)
		}
	}
}

// writeHot writes the pages to freeze, one a line.
func (a *app) writeHot(own hotFlags, r *hotReport) error {
	pages := r.ToFreeze()
	if r.Cover != nil {
		pages = r.Cover.Pages
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# %d pages that the app is asked for, the hottest first; from %s\n", len(pages), inLine(r.Log))
	for _, p := range pages {
		b.WriteString(p.URL + "\n")
	}
	if err := os.WriteFile(own.write, []byte(b.String()), 0o644); err != nil {
		return fmt.Errorf("write the pages: %w", err)
	}
	a.say("wrote %s to %s; next: icecap freeze --from %s", plural(len(pages), "page"), own.write, own.write)
	return nil
}

// coverWords say what freezing some pages does.
func coverWords(c *hot.Cover, timeFrom string) string {
	text := fmt.Sprintf("freezing %s takes %s of the requests", cmp.Or(thesePages(len(c.Pages)), "nothing"), percentOf(c.Requests))
	if timeFrom != "" {
		text += fmt.Sprintf(" and %s of the app's time", percentOf(c.Time))
	}
	text += " off the app"
	if !c.Reached {
		text += "; more is not to be had, the rest cannot be frozen"
	}
	return text
}

func thesePages(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "this 1 page"
	}
	return fmt.Sprintf("these %d pages", n)
}
