package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"icecap/render"
	"icecap/render/preview"
	"icecap/render/watch"
)

// previewAddress is where the preview listens unless told.
const previewAddress = "127.0.0.1:4321"

// watchFlags are the flags of watch that are no settings.
type watchFlags struct {
	address string
	told    bool // the address was given: no other one is tried
	poll    time.Duration
	jump    bool
	publish bool
	quiet   time.Duration
	isApp   bool
	app     appTriggers
}

func (a *app) watchCommand() *cobra.Command {
	var own watchFlags
	cmd := &cobra.Command{
		Use:   "watch [DIR] | watch --app [URL] [PATH...]",
		Short: "Show a folder of Markdown in the browser while it is written, or refresh what is frozen of an app",
		Long: `Shows exactly what icecap build would publish with the same flags, and each change
as soon as a file is saved. A mistake is shown above the page, with file and line,
and goes when it is mended. With --publish each state of the folder becomes a
release after a quiet moment, and so does what appears or expires by its date.

Keys: r reads everything again, o opens the browser, c clears the screen, q ends;
where the input is no terminal, each followed by Enter.

With --app it freezes a running app again: at the start, on SIGHUP, at each POST to
/refresh, when a --trigger changes, --every so often, and when a page is older than
its time to live (ttl under [[refresh]]). The fields path and tag of the POST, as
often as you like, name what; else it is the PATHs, or all that has changed by
conditional requests. The POST needs the token in refresh.token in the output
folder. A burst becomes one run, and a run that fails leaves the release as it is.

/-/status (JSON) and /-/metrics (Prometheus) tell how it does.`,
		Example: `  icecap watch
  icecap watch notes --drafts --future
  icecap watch notes --publish --out /srv/notes
  icecap watch /mnt/share/notes --poll 1s
  icecap watch --app http://localhost:8000 --every 5m --trigger /srv/shop/data
  curl -H "Authorization: Bearer $(cat frozen/refresh.token)" -d path=/product/7 -d tag=news http://127.0.0.1:4321/refresh`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.loadConfig(cmd.Flags())
			if err != nil {
				return err
			}
			own.told = cmd.Flags().Changed("addr")
			if own.isApp {
				return a.watchApp(cmd.Context(), c, args, own)
			}
			if len(args) > 1 || own.app.every > 0 || len(own.app.files) > 0 {
				return hintedError{err: usageError{errors.New("watch a folder: it is one folder, without --every and --trigger")}, hint: "these are for a live app: icecap watch --app URL"}
			}
			return a.watch(cmd.Context(), c, c.buildDir(args), own)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&own.address, "addr", previewAddress, "address to listen on; if its port is taken, the next one, unless this is given")
	flags.DurationVar(&own.poll, "poll", 0, "look at the files so often, where the system tells of no changes (network mounts)")
	flags.BoolVar(&own.jump, "jump", false, "the browser goes to the page that was edited")
	flags.BoolVar(&own.publish, "publish", false, "publish each state of the folder as a release after a quiet moment")
	flags.DurationVar(&own.quiet, "quiet", 2*time.Second, "how long nothing must have changed before --publish publishes")
	flags.BoolVar(&own.isApp, "app", false, "watch a live app, not a folder")
	flags.DurationVar(&own.app.every, "every", 0, "with --app, refresh so often")
	flags.StringSliceVar(&own.app.files, "trigger", nil, "with --app, refresh when this file or folder changes")
	addBuildFlags(flags)
	addSiteFlags(flags)
	addCompress(flags)
	return cmd
}

// watch shows the folder until the context ends.
func (a *app) watch(ctx context.Context, c *config, dir string, own watchFlags) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := c.refuseLoop(dir, own.publish); err != nil {
		return err
	}
	s, err := a.newSession(c, dir, own)
	if err != nil {
		return err
	}
	listener, err := listenNear(own.address, own.told)
	if err != nil {
		return err
	}
	s.url = "http://" + listener.Addr().String() + "/" + strings.TrimPrefix(scopePrefix(strings.Trim(c.Build.Prefix, "/")+"/"), "/")
	mux := http.NewServeMux()
	s.vitals.handle(mux)
	mux.Handle("/", s.server)
	web := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute,
		BaseContext: func(net.Listener) context.Context { return ctx }} // open streams end with it
	failed := make(chan error, 3)
	go func() { failed <- web.Serve(listener) }()
	defer web.Close()
	batches := make(chan watch.Batch)
	watcher := watch.Watcher{Dir: dir, Poll: own.poll, Ignore: c.unwatched(dir), Limited: a.sayLimited}
	go func() { failed <- watcher.Run(ctx, batches) }()
	keys, back := openKeys(os.Stdin)
	defer back()
	defer context.AfterFunc(ctx, back)() // a second Ctrl-C ends the program at once
	go func() { failed <- s.run(ctx, batches, keys) }()
	if err := <-failed; err != nil && !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// sayLimited says what the system does not watch, and what would let it.
func (a *app) sayLimited(err *watch.LimitError) {
	a.say("warning: %v; what is left is looked at once a second", err)
	a.say(" hint: sysctl fs.inotify.max_user_watches=%d (and fs.inotify.max_user_instances), as root", max(524288, 2*err.Folders))
}

// listenNear listens on an address; if its port is taken, on one of the next.
func listenNear(address string, told bool) (net.Listener, error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return nil, usageError{fmt.Errorf("listen on %s: %w", address, err)}
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return nil, usageError{fmt.Errorf("listen on %s: the port is no number", address)}
	}
	const tries = 20
	for i := range tries {
		var listener net.Listener
		if listener, err = net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port+i))); err == nil {
			return listener, nil
		}
		if told {
			break
		}
	}
	return nil, hintedError{err: fmt.Errorf("listen: %w", err), hint: "choose another address with --addr"}
}

// refuseLoop refuses a folder whose releases would be part of it: each would be
// the cause of the next.
func (c *config) refuseLoop(dir string, publish bool) error {
	root, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("find the folder %s: %w", dir, err)
	}
	if !publish {
		return nil
	}
	for _, pair := range [][2]string{{root, c.Freeze.Out}, {c.Freeze.Out, root}} {
		if inner, err := filepath.Rel(realPath(pair[0]), realPath(pair[1])); err == nil && filepath.IsLocal(inner) {
			return hintedError{err: usageError{fmt.Errorf("watch %s: the output folder %s and what is watched lie within each other", dir, c.Freeze.Out)},
				hint: "choose another place for the output: --out ../site"}
		}
	}
	return nil
}

// realPath is a path without symbolic links, as far as it exists.
func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if parent := filepath.Dir(path); parent != path {
		return filepath.Join(realPath(parent), filepath.Base(path))
	}
	return path
}

// unwatched are the names that no page is made of: hidden ones, and the output.
func (c *config) unwatched(dir string) func(string) bool {
	out := ""
	if root, err := filepath.Abs(dir); err == nil {
		if rel, err := filepath.Rel(root, c.Freeze.Out); err == nil && filepath.IsLocal(rel) {
			out = filepath.ToSlash(rel)
		}
	}
	return func(name string) bool {
		base := filepath.Base(name)
		return base[0] == '.' && base != ".well-known" || base == "node_modules" || out != "" && name == out
	}
}

// newSession prepares the preview of a folder.
func (a *app) newSession(c *config, dir string, own watchFlags) (*session, error) {
	if _, err := c.folder(dir); err != nil {
		return nil, err
	}
	before, err := c.published()
	if err != nil {
		return nil, err
	}
	s := &session{app: a, server: &preview.Server{Before: before, Jump: own.jump,
		Open: func() (*render.Folder, error) {
			folder, err := c.folder(dir)
			if err == nil {
				folder.Cache = c.readCache()
			}
			return folder, err
		}}}
	if public, err := url.Parse(c.Site.URL); err == nil && public.Hostname() != "" {
		s.server.Hosts = append(s.server.Hosts, public.Hostname())
	}
	if own.publish {
		s.quiet = own.quiet
		s.vitals.published(sight{id: before.ID})
		s.publish = func(ctx context.Context) error {
			begun := time.Now()
			err := a.build(ctx, c, dir, buildFlags{aside: true})
			s.vitals.built(err, time.Since(begun))
			if err != nil {
				return err
			}
			now, err := c.published()
			if err != nil {
				return err
			}
			s.vitals.published(sight{id: now.ID, oldest: begun})
			return s.server.Published(ctx, now)
		}
	}
	return s, nil
}
