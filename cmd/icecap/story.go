package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"icecap/nginx"
	"icecap/nginx/bench"
	"icecap/nginx/tune"
)

// A storyStage is a running step of the story.
type storyStage interface {
	Side(name string) bench.Side
	Stop() error
}

// story measures the whole stack, step by step: app, tuned app, frozen pages
// behind NGINX, and behind a tuned NGINX.
func (a *app) story(ctx context.Context, c *config, own benchFlags, args []string) (err error) {
	target := strings.Join(args, " ")
	if own.tune.command == "" && own.tune.recipe == "" {
		return hintedError{err: usageError{errors.New("tell the story: nothing says how the app is started")}, hint: "give --command with {port} and a --knob, or --recipe"}
	}
	if err := own.tune.check(target); err != nil {
		return err
	}
	conditions, err := parseConditions(own.failIf)
	if err != nil {
		return err
	}
	page, err := openReport(own.report)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, page.close()) }()
	server, err := c.front()
	if err != nil {
		return err
	}
	paths, weights, err := a.benchPaths(c, own)
	if err != nil {
		return err
	}
	load := own.load()
	load.URLs, load.Weights = paths, weights
	load.Header.Set("Host", server.Hosts[0])
	own.tune.connections, own.tune.duration, own.tune.noKeepAlive = own.connections, own.duration, own.noKeepAlive

	s := &story{app: a, own: own, load: load}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.tuneApp(ctx, c, target); err != nil {
		return err
	}
	if err := s.tuneGate(ctx, server); err != nil {
		return err
	}
	r := &benchReport{Connections: own.connections, Due: own.rate, Duration: time.Duration(own.duration), Rounds: own.rounds,
		KeepAlive: !own.noKeepAlive, Compressed: own.compressed, Driver: own.driver, Machine: machine(), NGINX: s.version}
	if err := a.measureSides(ctx, r, s.sides, own.driver); err != nil {
		return err
	}
	if page != nil {
		if err := page.fill(benchHTML, s.view(r)); err != nil {
			return err
		}
	}
	if own.save != "" {
		if err := saveJSON(own.save, r); err != nil {
			return err
		}
	}
	if own.json {
		if err := a.replyJSON(r); err != nil {
			return err
		}
	} else {
		a.sayStory(r)
	}
	return a.judge(r, conditions, !own.json)
}

// A story is its steps while they run.
type story struct {
	app     *app
	own     benchFlags
	load    bench.Load // its URLs are paths
	version string     // of NGINX
	sides   []bench.Side
	stages  []storyStage
	closers []func() error
	address string // of the tuned app
	payload int64  // bytes of its mean answer
}

func (s *story) close() error {
	var errs error
	for _, stage := range s.stages {
		errs = errors.Join(errs, stage.Stop())
	}
	for _, end := range s.closers {
		errs = errors.Join(errs, end())
	}
	return errs
}

// tuneApp finds the best setting of the app server, and starts it as it was and as
// it is best.
func (s *story) tuneApp(ctx context.Context, c *config, target string) error {
	own := s.own.tune
	own.log = "tune-app.json"
	t, err := s.app.tuneServer(c, own, target)
	if err != nil {
		return err
	}
	s.closers = append(s.closers, t.close)
	driver := t.driver.(*serverDriver)
	driver.load = s.load
	r, err := s.tuned(ctx, t, own, own.subject(target))
	if err != nil {
		return err
	}
	best, err := s.start(ctx, t.driver, r, "app", "app, tuned")
	if err != nil {
		return err
	}
	s.payload = driver.payload
	s.address = strings.TrimPrefix(best.(*tunedServer).base(), "http://")
	return nil
}

// tuneGate does the same with NGINX, whose pages are frozen.
func (s *story) tuneGate(ctx context.Context, server nginx.Server) error {
	binary, err := nginx.Find()
	if err != nil {
		return hintedError{err: fmt.Errorf("tell the story: %w", err), hint: "install the package nginx"}
	}
	s.version = binary.Version
	server.App = nginx.App{Kind: nginx.Proxy, Address: s.address}
	own := s.own.tune
	own.log = "tune-nginx.json"
	t := gateTuning(binary, server, s.load, s.payload, false)
	s.closers = append(s.closers, t.close)
	r, err := s.tuned(ctx, t, own, "nginx")
	if err != nil {
		return err
	}
	_, err = s.start(ctx, t.driver, r, "frozen", "frozen, tuned")
	return err
}

// tuned runs a tuner, on what an earlier story found.
func (s *story) tuned(ctx context.Context, t *tuning, own tuneFlags, subject string) (*tuneReport, error) {
	r := &tuneReport{About: t.about(), Subject: subject, Load: own.loadWords()}
	own.resume = true
	before, err := own.readLog(r)
	if err != nil {
		before = nil // of another story, which is over
	}
	s.app.say("tuning %s", subject)
	if err := s.app.runTuner(ctx, t, own, r, before); err != nil {
		return r, err
	}
	s.app.say("%s", bestWords(r))
	return r, nil
}

// start runs the setting at the start and the best one, and makes each a step.
func (s *story) start(ctx context.Context, d tune.Driver, r *tuneReport, plain, tuned string) (last storyStage, err error) {
	for _, step := range []struct {
		name    string
		setting tune.Setting
	}{{plain, r.Start}, {tuned, r.Best}} {
		subject, err := d.Start(ctx, step.setting)
		if err != nil {
			return nil, fmt.Errorf("start %s: %w", step.name, err)
		}
		last = subject.(storyStage)
		s.stages = append(s.stages, last)
		s.sides = append(s.sides, last.Side(step.name))
	}
	return last, nil
}

// factorWords say what a step brought: the ratio of each round to the step before.
func factorWords(r *benchReport, i int) string {
	if i == 0 {
		return ""
	}
	f := bench.Ratio(bench.Rates(r.Sides[i-1].Rounds), bench.Rates(r.Sides[i].Rounds))
	text := times(f.Median)
	if f.High > 0 {
		text += fmt.Sprintf(" (%s to %s)", times(f.Low), times(f.High))
	}
	return text
}

// sayStory prints one line a step, with the factor over the step before.
func (a *app) sayStory(r *benchReport) {
	a.reply("%s", r.conditions())
	a.reply("")
	a.reply("%-14s %12s %9s %8s  %-26s %s", "", "requests/s", "p99", "errors", "times the step before", "processors used")
	for i, s := range r.Sides {
		a.reply("%-14s %12.0f %9s %8d  %-26s %s", s.Name, s.Median.Rate, millis(s.Median.P99), s.Errors, factorWords(r, i), cpuWords(s.Median, s.Processes))
	}
	a.reply("")
	last := r.Sides[len(r.Sides)-1]
	whole := bench.Ratio(bench.Rates(r.Sides[0].Rounds), bench.Rates(last.Rounds))
	a.reply("%s answers %s times as many requests as %s", last.Name, times(whole.Median), r.Sides[0].Name)
}

// view is the report of bench with the factors as notes.
func (s *story) view(r *benchReport) benchView {
	v := viewBench(r)
	v.Title = "The whole stack"
	for i := 1; i < len(r.Sides); i++ {
		v.Facts = append(v.Facts, fmt.Sprintf("%s: %s times %s.", r.Sides[i].Name, factorWords(r, i), r.Sides[i-1].Name))
	}
	last := r.Sides[len(r.Sides)-1]
	whole := bench.Ratio(bench.Rates(r.Sides[0].Rounds), bench.Rates(last.Rounds))
	v.Ratio = fmt.Sprintf("%s: %s times %s", last.Name, times(whole.Median), r.Sides[0].Name)
	return v
}
