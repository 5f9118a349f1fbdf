package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"icecap/freeze"
	"icecap/nginx"
	"icecap/nginx/bench"
	"icecap/nginx/tune"
)

// A serverDriver starts an app server by a shell command, on a free port, and
// measures it. It is a [tune.Driver].
type serverDriver struct {
	command string
	dir     string        // working folder of the command
	ready   string        // a path; "" for /
	succeed string        // a shell command that succeeds once it is ready; "" to ask by HTTP
	within  time.Duration // in which it must be ready
	measure string        // shell command that prints a rate; "" to ask by HTTP
	front   *nginx.Server // a gate without pages that speaks the server's protocol; nil for HTTP
	load    bench.Load    // its URLs are paths
	version string        // of the NGINX in front, once there is one
	payload int64         // bytes of a mean answer, once one was asked for
	logs    string        // folder of logs, and of what a recipe writes; $ICECAP_DIR
}

// tuneServer tunes what a command or a recipe starts.
func (a *app) tuneServer(c *config, own tuneFlags, app string) (*tuning, error) {
	logs, err := os.MkdirTemp("", "icecap-tune-")
	if err != nil {
		return nil, fmt.Errorf("tune: make a folder for logs: %w", err)
	}
	d := &serverDriver{command: own.command, dir: c.runDir, ready: c.App.Ready, succeed: own.readyCommand, within: time.Duration(c.App.ReadyTimeout), measure: own.measure, load: own.load(), logs: logs}
	done := &tuning{driver: d, about: d.about(machine()), close: func() error { return os.RemoveAll(logs) }}
	pass := ""
	if r, ok := recipeOf(own.recipe); ok {
		d.command, d.succeed, pass = strings.ReplaceAll(r.command, "{app}", shellWord(app)), cmp.Or(d.succeed, r.ready), r.pass
		done.knobs = r.knobs
	}
	err = errors.Join(done.addKnobs(own.knobs), d.check(done), d.frontBy(c, cmp.Or(c.App.Pass, pass)))
	if d.load.URLs = own.paths; len(own.paths) == 0 {
		d.load.URLs = []string{"/"}
	}
	if own.mix != "" && err == nil {
		d.load.URLs, d.load.Weights, err = readMix(own.mix)
	}
	if err != nil {
		return nil, errors.Join(err, done.close())
	}
	return done, nil
}

// about says where it is measured, by which NGINX, and what is asked.
func (d *serverDriver) about(machine string) func() string {
	return func() string {
		text := machine
		if d.version != "" {
			text += ", nginx " + d.version
		}
		if d.measure == "" && d.payload > 0 {
			text += ", " + payloadWords(len(d.load.URLs), d.payload)
		}
		return text
	}
}

// shellWord quotes one word for sh.
func shellWord(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// addKnobs reads --knob, which replaces a knob of the recipe with its name.
func (t *tuning) addKnobs(texts []string) error {
	t.knobs = slices.Clone(t.knobs)
	for _, text := range texts {
		name, values, ok := strings.Cut(text, "=")
		k := tune.Knob{Name: name, Values: strings.Split(values, ",")}
		if !ok || !knobName.MatchString(name) || len(k.Values) < 2 {
			return usageError{fmt.Errorf("tune: --knob %q is not NAME=VALUE,VALUE", text)}
		}
		if i := slices.IndexFunc(t.knobs, func(old tune.Knob) bool { return old.Name == name }); i >= 0 {
			t.knobs[i] = k
		} else {
			t.knobs = append(t.knobs, k)
		}
	}
	return nil
}

var (
	knobName  = regexp.MustCompile(`\A([a-z][a-z0-9_]*|[A-Z][A-Z0-9_]*)\z`)
	knobPlace = regexp.MustCompile(`\{[a-z][a-z0-9_]*\}`)
)

// isVariable reports whether a knob is a variable of the environment: LOG_LEVEL, but
// not threads.
func isVariable(knob string) bool { return knob[0] >= 'A' && knob[0] <= 'Z' }

// check holds command and knobs to each other: a knob that is not in the command
// would be measured in vain.
func (d *serverDriver) check(t *tuning) error {
	if len(t.knobs) == 0 {
		return usageError{errors.New("tune: no --knob says what to try")}
	}
	texts := d.command + d.measure
	for _, k := range t.knobs {
		if !isVariable(k.Name) && !strings.Contains(texts, "{"+k.Name+"}") {
			return usageError{fmt.Errorf("tune: the command has no {%s}", k.Name)}
		}
	}
	for _, place := range knobPlace.FindAllString(d.command, -1) {
		known := place == "{port}" || slices.ContainsFunc(t.knobs, func(k tune.Knob) bool { return "{"+k.Name+"}" == place })
		if !known {
			return usageError{fmt.Errorf("tune: no --knob says what %s in the command stands for", place)}
		}
	}
	return nil
}

// frontBy puts a private NGINX before a server that does not speak HTTP.
func (d *serverDriver) frontBy(c *config, pass string) error {
	scheme, _, _ := strings.Cut(pass, "://")
	kind, ok := nginx.KindOf(scheme)
	if !ok || kind == nginx.Proxy || d.measure != "" {
		return nil
	}
	d.front = &nginx.Server{Site: c.Site.Name, Hosts: []string{"127.0.0.1"}, Root: d.logs, App: c.appOf(nginx.App{Kind: kind})}
	return nil
}

// expand fills a setting in.
func expand(text string, s tune.Setting, port string) string {
	pairs := []string{"{port}", port}
	for name, value := range s {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// environ are the variables of a setting, beside those of icecap itself.
func environ(s tune.Setting, port string) []string {
	variables := []string{"PORT=" + port}
	for name, value := range s {
		if isVariable(name) {
			variables = append(variables, name+"="+value)
		}
	}
	return variables
}

// A tuned server runs; with a command that measures, only while it does.
type tunedServer struct {
	driver  *serverDriver
	setting tune.Setting
	child   *child
	front   *privateGate
	port    string
	load    bench.Load
}

// Start runs the server. What is measured by a command may have one place on the
// disk, so two settings of it do not run at the same time.
func (d *serverDriver) Start(ctx context.Context, s tune.Setting) (tune.Subject, error) {
	t := &tunedServer{driver: d, setting: s}
	if err := t.start(ctx); err != nil {
		return nil, err
	}
	if d.measure != "" {
		return t, t.Stop() // it starts, which is what was asked
	}
	return t, nil
}

func (t *tunedServer) start(ctx context.Context) error {
	d := t.driver
	port, err := freeLoopbackPort()
	if err != nil {
		return err
	}
	log := filepath.Join(d.logs, port+".log")
	if t.child, err = startChild(expand(d.command, t.setting, port), d.dir, log, append(environ(t.setting, port), "ICECAP_DIR="+d.logs)...); err != nil {
		return err
	}
	t.port = port
	if err := t.awaitReady(ctx); err != nil {
		tail := logTail(log)
		return errors.Join(fmt.Errorf("%w; the end of its log: %s", err, tail[strings.LastIndexByte(tail, '\n')+1:]), t.Stop())
	}
	return nil
}

// freeLoopbackPort finds a port below those that systems hand out to connections:
// a load takes many of them, and could take this one before the server does.
func freeLoopbackPort() (string, error) {
	var err error
	for range 50 {
		port := strconv.Itoa(20000 + rand.IntN(10000))
		var listener net.Listener
		if listener, err = net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			return port, listener.Close()
		}
	}
	return "", fmt.Errorf("find a free port: %w", err)
}

// awaitReady waits until the server answers, and checks that it does so well.
func (t *tunedServer) awaitReady(ctx context.Context) error {
	d := t.driver
	living, cancel := context.WithTimeout(ctx, d.within)
	defer cancel()
	go func() {
		select {
		case <-t.child.done:
			cancel()
		case <-living.Done():
		}
	}()
	var err error
	switch {
	case d.succeed != "":
		err = untilReady(living, func() error { return d.shell(living, d.succeed, t).Run() })
	case d.front != nil || d.measure != "":
		err = untilReady(living, func() error { return t.connect(living) })
	default:
		waiting := &runSource{crawler: &freeze.Crawler{UserAgent: "icecap/" + version()}, ready: d.ready, within: d.within}
		err = waiting.awaitReady(living, &url.URL{Scheme: "http", Host: "127.0.0.1:" + t.port})
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case t.child.ended():
		return fmt.Errorf("it ended by itself: %s", t.child.status())
	case err != nil:
		return err
	case d.measure != "":
		return nil
	}
	return t.prepare(ctx)
}

// prepare puts NGINX before it, if need be, asks for each page once, and warms it up:
// what is loaded and compiled at the first requests is none of the measurement.
func (t *tunedServer) prepare(ctx context.Context) error {
	d := t.driver
	if d.front != nil {
		server := *d.front
		server.App.Address = "127.0.0.1:" + t.port
		gate, err := benchGate(ctx, server, nginx.Instance{})
		if err != nil {
			return err
		}
		t.front, d.version = gate, gate.version
	}
	t.load = d.load
	t.load.URLs = under(t.base(), d.load.URLs)
	var err error
	if d.payload, err = bench.Check(ctx, t.load); err != nil {
		return err
	}
	warm := t.load
	warm.Duration, warm.WarmUp = warm.Duration/2, -1
	_, err = bench.Run(ctx, warm)
	return err
}

// base is where it speaks HTTP: itself, or the NGINX before it.
func (t *tunedServer) base() string {
	if t.front != nil {
		return t.front.URL()
	}
	return "http://127.0.0.1:" + t.port
}

// untilReady asks again and again; what it was told last is the error.
func untilReady(ctx context.Context, ask func() error) error {
	for {
		err := ask()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("it does not get ready: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (t *tunedServer) connect(ctx context.Context) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", "127.0.0.1:"+t.port)
	if err != nil {
		return err
	}
	return conn.Close()
}

// shell is a short command of the user's, filled in.
func (d *serverDriver) shell(ctx context.Context, text string, t *tunedServer) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "sh", "-c", expand(text, t.setting, t.port))
	cmd.Dir = d.dir
	cmd.Env = append(os.Environ(), environ(t.setting, t.port)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) } // with what it started
	cmd.WaitDelay = time.Second
	return cmd
}

// run runs the command that measures to its end, with all that it starts, and
// returns what it printed.
func (d *serverDriver) run(ctx context.Context, t *tunedServer) (string, error) {
	log := filepath.Join(d.logs, "measure.log")
	c, err := startChild(expand(d.measure, t.setting, t.port), d.dir, log, environ(t.setting, t.port)...)
	if err != nil {
		return "", err
	}
	defer c.stop()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case <-c.done:
	}
	if !c.cmd.ProcessState.Success() {
		return "", fmt.Errorf("%s: %s\n%s", d.measure, c.status(), logTail(log))
	}
	return readEnd(log, tailBytes)
}

// Measure asks the server for as long as the load says, or runs the command.
func (t *tunedServer) Measure(ctx context.Context) (tune.Measurement, error) {
	if t.driver.measure == "" {
		round, err := bench.Measure(ctx, t.Side("app"))
		if err == nil && t.child.ended() {
			err = fmt.Errorf("measure: the server ended by itself: %s", t.child.status())
		}
		return tune.Measured(round), err
	}
	if err := t.start(ctx); err != nil {
		return tune.Measurement{}, err
	}
	out, err := t.driver.run(ctx, t)
	if err := errors.Join(err, t.Stop()); err != nil {
		return tune.Measurement{}, fmt.Errorf("measure: %w", err)
	}
	words := strings.Fields(out)
	if len(words) == 0 {
		return tune.Measurement{}, fmt.Errorf("measure: %s printed nothing", t.driver.measure)
	}
	rate, err := strconv.ParseFloat(words[len(words)-1], 64)
	if err != nil || !(rate >= 0) {
		return tune.Measurement{}, fmt.Errorf("measure: %s printed %q, which is no rate", t.driver.measure, words[len(words)-1])
	}
	return tune.Measurement{Rate: rate}, nil
}

// Side is the load on it, for a comparison with others.
func (t *tunedServer) Side(name string) bench.Side {
	return bench.Side{Name: name, Load: t.load, Processes: []bench.Process{{Name: "app", PID: t.child.cmd.Process.Pid}}}
}

// Stop ends the server with all that it started.
func (t *tunedServer) Stop() error {
	var err error
	if t.front != nil {
		err = t.front.Stop()
	}
	t.child.stop()
	return err
}
