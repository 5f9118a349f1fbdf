package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"icecap/content"
	"icecap/content/release"
	"icecap/render/watch"
)

// appTriggers are the flags of watch --app that are no settings.
type appTriggers struct {
	files []string      // files and folders whose change refreshes
	every time.Duration // 0 for no schedule
}

// watchApp freezes a running app again whenever something says that it changed,
// until the context ends. A run that fails is tried again at the next occasion:
// until then the release before stays.
func (a *app) watchApp(ctx context.Context, c *config, args []string, own watchFlags) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var named freezeFlags
	if err := a.aim(c, args, &named); err != nil {
		return err
	}
	r, err := a.newRefresher(c, named.choice, own.app.every)
	if err != nil {
		return err
	}
	if host, _, err := net.SplitHostPort(own.address); err != nil || host != "localhost" && !net.ParseIP(host).IsLoopback() {
		return usageError{fmt.Errorf("listen on %s: refreshing is for this machine alone, so the address must be a loopback one such as 127.0.0.1:4321", own.address)}
	}
	listener, err := listenNear(own.address, own.told)
	if err != nil {
		return err
	}
	file := filepath.Join(c.Freeze.Out, tokenName)
	token, err := readToken(c.Freeze.Out, file)
	if err != nil {
		return err
	}
	failed := make(chan error, 2+len(own.app.files))
	wishes := make(chan choice)
	web := &http.Server{Handler: r.handler(token, wishes, func(ch choice) error { return checkWish(c, ch) }),
		ReadTimeout: 10 * time.Second, IdleTimeout: time.Minute}
	go func() { failed <- web.Serve(listener) }()
	defer web.Close()
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	changes := make(chan watch.Batch)
	for _, name := range own.app.files {
		watcher, err := c.triggerOf(name, own.poll)
		if err != nil {
			return err
		}
		watcher.Limited = a.sayLimited
		go func() { failed <- passOn(ctx, watcher, changes) }()
	}
	a.reply("refreshing %s: POST http://%s/refresh with the token in %s, SIGHUP%s", c.App.URL, listener.Addr(), file, r.occasions(own.app.files))
	go func() { failed <- r.loop(ctx, wishes, hangup, changes) }()
	if err := <-failed; err != nil && !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// newRefresher is the loop of an app. Named is what is frozen where an occasion
// names nothing.
func (a *app) newRefresher(c *config, named choice, every time.Duration) (*refresher, error) {
	r := &refresher{named: named, every: every, say: a.say, run: func(ctx context.Context, ch choice) error {
		own := *c // a run may settle the address of the app
		return a.freeze(ctx, &own, freezeFlags{choice: ch})
	}}
	for _, rule := range c.Refresh {
		if !strings.HasPrefix(rule.Path, "/") || rule.TTL <= 0 {
			return nil, c.wrong("refresh", fmt.Sprintf("%q, ttl %v: it needs a path such as /news/** and a time to live such as 5m", rule.Path, time.Duration(rule.TTL)))
		}
		r.ttls = append(r.ttls, ttl{path: rule.Path, age: time.Duration(rule.TTL)})
	}
	r.look = func(known *ages) (sight, error) { return lookAt(c.Freeze.Out, known) }
	r.pages = func(ch choice) ([]aged, error) { return ch.find(c) }
	return r, nil
}

// triggerOf watches a file, by its folder, or a folder.
func (c *config) triggerOf(name string, poll time.Duration) (watch.Watcher, error) {
	info, err := os.Stat(name)
	dir, base := name, ""
	if err != nil || !info.IsDir() { // a file may be made later
		dir, base = filepath.Split(name)
		if dir == "" {
			dir = "."
		}
	}
	if err := c.refuseLoop(dir, base == ""); err != nil {
		return watch.Watcher{}, err
	}
	hidden := c.unwatched(dir)
	return watch.Watcher{Dir: dir, Poll: poll, Ignore: func(file string) bool {
		return hidden(file) || base != "" && file != base
	}}, nil
}

// passOn leaves out the first batch, which says nothing.
func passOn(ctx context.Context, w watch.Watcher, out chan<- watch.Batch) error {
	own := make(chan watch.Batch)
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx, own) }()
	first := true
	for {
		select {
		case err := <-done:
			return err
		case b := <-own:
			if first {
				first = false
				continue
			}
			select {
			case out <- b:
			case <-ctx.Done():
			}
		}
	}
}

// checkWish looks up what is wished for, so that a mistake does not spoil a run
// that others wait for.
func checkWish(c *config, ch choice) error {
	if ch.all() {
		return nil
	}
	own := ch
	own.paths = slices.Clone(ch.paths)
	_, err := own.find(c)
	return err
}

// A sight is what a status says of a release.
type sight struct {
	id     string
	pages  int
	oldest time.Time // since when a page has not been looked at, or has failed; zero for none
}

// lookAt looks at the current release.
func lookAt(out string, known *ages) (s sight, err error) {
	store, err := release.Open(out)
	if err != nil {
		return s, err
	}
	current, err := store.Current()
	if err != nil {
		return s, err
	}
	s.id = current.ID
	return s, current.Pages(func(e content.Entry) {
		s.pages++
		at := known.of(agedOf(e))
		if e.Stale != nil && e.Stale.Since.Before(at) {
			at = e.Stale.Since
		}
		if s.oldest.IsZero() || at.Before(s.oldest) {
			s.oldest = at
		}
	})
}
