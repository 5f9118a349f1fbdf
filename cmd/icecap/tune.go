package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"icecap/nginx"
	"icecap/nginx/bench"
	"icecap/nginx/tune"
)

// tuneFlags are the flags of tune.
type tuneFlags struct {
	command, recipe, measure  string
	readyCommand              string
	knobs, paths              []string
	mix, log, write, report   string
	connections, rounds       int
	duration, budget          duration
	minEffect                 fraction
	noKeepAlive, resume, json bool
}

func tuneDefaults() tuneFlags {
	return tuneFlags{connections: 16, rounds: 12, duration: duration(time.Second), budget: duration(30 * time.Minute), minEffect: 0.02, log: "tune.json"}
}

func (a *app) tuneCommand() *cobra.Command {
	own := tuneDefaults()
	cmd := &cobra.Command{
		Use:   "tune [APP]",
		Short: "Find the settings of this host by experiment: NGINX's, or an app server's",
		Long: `One value at a time runs beside the best setting so far, and both are measured in
turns. It is accepted only if the Mann-Whitney test and a minimum effect agree; what
lies within the noise is shown with its band, and changes nothing. At the end all
that was accepted runs against the start, and each part is left out once.

Without --command, private NGINXes with the gate of the current release are tuned,
from NGINX's own defaults; --write gives the lines with their evidence. With it, any
server: {port} and {NAME} of each --knob are replaced in the command, which must stay
in the foreground; a knob in capitals, such as LOG_LEVEL, is a variable of its
environment. It is ready when the path of --ready answers, or the shell command of
--ready-command succeeds. It is asked by HTTP, or through NGINX for --pass fastcgi or uwsgi; or
--driver is a shell command that prints a rate, for what is no HTTP server, and then
one setting runs at a time.

--recipe fills in command and knobs, with APP for {app}: ` + recipeNames() + `.

Ctrl-C ends what was started; nothing outside of it is touched. Each experiment is
written to --log at once, and --resume goes on from there.`,
		Example: `  icecap tune --budget 10m --write tuned.conf
  icecap tune --recipe uwsgi shop:app --knob LOG_LEVEL=debug,info,warning
  icecap tune --command 'gunicorn -b 127.0.0.1:{port} shop:app -w {workers}' --knob workers=1,2,4,8
  icecap tune --recipe postgresql /var/lib/shop/data --driver './rate.sh {port}'
  icecap tune --resume --report tune.html`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.loadConfig(cmd.Flags())
			if err != nil {
				return err
			}
			app := ""
			if len(args) == 1 {
				app = args[0]
			}
			if err := own.check(app); err != nil {
				return err
			}
			return a.tune(cmd.Context(), c, own, app)
		},
	}
	flags := cmd.Flags()
	addServerFlags(flags, &own)
	flags.StringVar(&own.measure, "driver", "", "shell command that prints the rate, instead of asking by HTTP")
	flags.StringArrayVar(&own.paths, "path", nil, "ask for this path; may be repeated (default: pages of the current release, or / of an app)")
	flags.StringVar(&own.mix, "mix", "", "ask for the pages in this file of icecap hot --json, as often as it says")
	flags.IntVar(&own.connections, "connections", own.connections, "requests under way at any moment")
	flags.BoolVar(&own.noKeepAlive, "no-keepalive", false, "a new connection for each request")
	flags.Var(&own.duration, "duration", "time of one measurement")
	flags.IntVar(&own.rounds, "rounds", own.rounds, "measurements of each side of an experiment")
	flags.Var(&own.minEffect, "min-effect", "smallest gain that is worth a setting")
	flags.StringVar(&own.log, "log", own.log, "file of the experiments")
	flags.BoolVar(&own.resume, "resume", false, "take what is in the log as measured")
	flags.StringVar(&own.write, "write", "", "write the accepted settings as NGINX configuration to this file")
	flags.StringVar(&own.report, "report", "", "write an HTML page with plots to this file")
	addJSON(cmd, &own.json)
	addGateFlags(cmd)
	return cmd
}

// addServerFlags declares the flags that say which app server is tuned, and for how long.
func addServerFlags(flags *pflag.FlagSet, own *tuneFlags) {
	flags.StringVar(&own.command, "command", "", "the app server to tune, with {port} and the names of the knobs in braces")
	flags.StringArrayVar(&own.knobs, "knob", nil, "NAME=VALUE,VALUE: values to try; the first is the one at the start; may be repeated")
	flags.StringVar(&own.recipe, "recipe", "", "a command and knobs that are known: "+recipeNames())
	addReadyFlags(flags)
	flags.StringVar(&own.readyCommand, "ready-command", "", "ready once this shell command succeeds")
	flags.Var(&own.budget, "budget", "start no experiment after this time")
}

func (own *tuneFlags) check(app string) error {
	wrong := func(format string, args ...any) error { return usageError{fmt.Errorf("tune: "+format, args...)} }
	if own.connections < 1 || own.rounds < 6 || own.duration <= 0 {
		return wrong("--connections and --duration must be above 0, and fewer than 6 --rounds decide nothing")
	}
	if own.recipe != "" {
		r, ok := recipeOf(own.recipe)
		switch {
		case !ok:
			return wrong("there is no recipe %q, only %s", own.recipe, recipeNames())
		case own.command != "":
			return wrong("--recipe and --command exclude each other")
		case strings.Contains(r.command, "{app}") && app == "":
			return wrong("the recipe %s needs APP: %s", r.name, r.app)
		case r.driver && own.measure == "":
			return wrong("the recipe %s is no HTTP server: give --driver, a command that prints the rate of the app that uses it", r.name)
		}
	}
	switch isApp := own.command != "" || own.recipe != ""; {
	case isApp && own.write != "":
		return wrong("--write is for the settings of NGINX")
	case !isApp && (app != "" || len(own.knobs) > 0 || own.measure != ""):
		return wrong("APP, --knob and --driver go with --command or --recipe")
	}
	return nil
}

// A tuneReport is the answer of tune --json, and the file of --log.
type tuneReport struct {
	About   string `json:"about"` // machine, versions, load
	Subject string `json:"tuned"` // "nginx", or the command
	Load    string `json:"load"`  // what was asked, so that a log is resumed with the same
	tune.Result
}

// A tuning is what is to be tuned.
type tuning struct {
	driver tune.Driver
	knobs  []tune.Knob
	about  func() string // machine, versions, and what was asked, once that is known
	close  func() error
}

func (a *app) tune(ctx context.Context, c *config, own tuneFlags, app string) (err error) {
	page, err := openReport(own.report)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, page.close()) }()
	t, err := a.tuning(ctx, c, own, app)
	if err != nil {
		return err
	}
	r := &tuneReport{About: t.about(), Subject: own.subject(app), Load: own.loadWords()}
	before, err := own.readLog(r)
	if err == nil {
		err = a.runTuner(ctx, t, own, r, before)
	}
	if err := errors.Join(err, t.close()); err != nil {
		if ctx.Err() != nil {
			a.say("interrupted: all that was started has ended; go on with --resume")
		}
		return err
	}
	if own.write != "" {
		if err := os.WriteFile(own.write, []byte(r.Conf(r.About+"\n"+r.Load)), 0o644); err != nil {
			return fmt.Errorf("write the settings: %w", err)
		}
	}
	if page != nil {
		if err := page.fill(tuneHTML, viewTune(r)); err != nil {
			return err
		}
	}
	if own.json {
		return a.replyJSON(r)
	}
	a.sayTune(r, own)
	return nil
}

// runTuner tries the knobs, and writes each experiment into the log at once.
func (a *app) runTuner(ctx context.Context, t *tuning, own tuneFlags, r *tuneReport, before []tune.Experiment) error {
	start := time.Now()
	var saved error
	tuner := &tune.Tuner{
		Knobs: t.knobs, Driver: t.driver, Before: before,
		Rule:   tune.Rule{Rounds: own.rounds, MinEffect: float64(own.minEffect)},
		Enough: func() bool { return time.Since(start) > time.Duration(own.budget) },
		Told: func(e *tune.Experiment) {
			a.say("%s", experimentLine(e))
			r.About, r.Experiments = t.about(), append(r.Experiments, *e)
			saved = saveJSON(own.log, r)
		},
	}
	result, err := tuner.Run(ctx)
	r.Result = *result
	return errors.Join(err, saved, saveJSON(own.log, r))
}

// subject is what is tuned, in a word.
func (own *tuneFlags) subject(app string) string {
	switch {
	case own.command != "":
		return own.command
	case own.recipe != "":
		return own.recipe + " " + app
	}
	return "nginx"
}

// loadWords say how it is measured, in one line. A log with another line is none
// of this run.
func (own *tuneFlags) loadWords() string {
	if own.measure != "" {
		return fmt.Sprintf("%d rounds of %s", own.rounds, own.measure)
	}
	kept := "kept"
	if own.noKeepAlive {
		kept = "new for each request"
	}
	return fmt.Sprintf("closed loop, %d connections, %s, %d rounds of %s", own.connections, kept, own.rounds, own.duration)
}

// readLog reads what was measured before.
func (own *tuneFlags) readLog(now *tuneReport) ([]tune.Experiment, error) {
	if !own.resume {
		return nil, nil
	}
	text, err := os.ReadFile(own.log)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the log of experiments: %w", err)
	}
	var old tuneReport
	if err := json.Unmarshal(text, &old); err != nil {
		return nil, usageError{fmt.Errorf("read the log of experiments %s: %w", own.log, err)}
	}
	if old.Subject != now.Subject || old.Load != now.Load {
		return nil, hintedError{err: usageError{fmt.Errorf("go on with %s: it is about %s (%s)", own.log, old.Subject, old.Load)}, hint: "give the same command and load, or another --log"}
	}
	return old.Experiments, nil
}

// load is what the flags say; its URLs are paths.
func (own *tuneFlags) load() bench.Load {
	return bench.Load{Connections: own.connections, Duration: time.Duration(own.duration), NoKeepAlive: own.noKeepAlive}
}

// tuning finds what is to be tuned.
func (a *app) tuning(ctx context.Context, c *config, own tuneFlags, app string) (*tuning, error) {
	if own.command != "" || own.recipe != "" {
		return a.tuneServer(c, own, app)
	}
	return a.tuneNGINX(ctx, c, own)
}

// tuneNGINX tunes the gate of the current release.
func (a *app) tuneNGINX(ctx context.Context, c *config, own tuneFlags) (*tuning, error) {
	binary, err := nginx.Find()
	if err != nil {
		return nil, hintedError{err: fmt.Errorf("tune: %w", err), hint: "install the package nginx, or tune an app server with --command"}
	}
	server, err := c.gate()
	if err != nil {
		return nil, err
	}
	load := own.load()
	load.Header = map[string][]string{"Host": {server.Hosts[0]}}
	if load.URLs = own.paths; len(own.paths) == 0 {
		if load.URLs, load.Weights, err = a.benchPaths(c, benchFlags{mix: own.mix}); err != nil {
			return nil, err
		}
	}
	gate, err := benchGate(ctx, server, nginx.Instance{})
	if err != nil {
		return nil, err
	}
	check := load
	check.URLs = under(gate.URL(), load.URLs)
	body, err := bench.Check(ctx, check)
	err = errors.Join(err, gate.Stop())
	if err != nil {
		return nil, fmt.Errorf("tune: %w", err)
	}
	asked, err := asksApp(c, load.URLs)
	if err != nil {
		return nil, err
	}
	return gateTuning(binary, server, load, body, asked && server.App.Kind != nginx.NoApp), nil
}

// asksApp reports whether one of the paths is no page of the current release.
func asksApp(c *config, paths []string) (bool, error) {
	site, err := currentSiteOf(c.Freeze.Out)
	if err != nil {
		return false, err
	}
	frozen := map[string]bool{}
	for i := range site.Entries {
		frozen[site.Entries[i].URL()] = true
	}
	return slices.ContainsFunc(paths, func(path string) bool { return !frozen[path] }), nil
}

// gateTuning tunes NGINX with a gate under a load of paths, whose mean answer has so
// many bytes.
func gateTuning(binary nginx.Binary, server nginx.Server, load bench.Load, body int64, askedApp bool) *tuning {
	driver := &tune.NGINX{Binary: binary, Server: server, Load: load, Dir: os.TempDir()}
	about := fmt.Sprintf("%s, nginx %s, %s", machine(), binary.Version, payloadWords(len(load.URLs), body))
	return &tuning{driver: driver, knobs: driver.Knobs(tune.Symptoms{Cores: runtime.NumCPU(), Files: openFiles(), AskedApp: askedApp}), close: driver.Close,
		about: func() string { return about }}
}

// openFiles is how many files a process may have open.
func openFiles() uint64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return limit.Cur
}
