// Demo freezes a live shop, serves its pages through NGINX, stops the shop and
// its database, and shows that the pages still answer:
//
//	make demo
//
// It drives the real programs, bin/icecap and bin/shop, which it expects beside
// itself, and prints each command before it runs it. NGINX runs in private, on
// an unprivileged port, without root and without a file of the system's own
// NGINX; where none is installed, "icecap serve" takes its place.
//
// What it claims, it checks, and it ends with exit code 1 if a check fails:
//
//   - every frozen page comes from disk with the bytes of the release, and the
//     shop's own request counter does not move;
//   - what needs the app (a cart, a search, a POST, a visitor with a session)
//     reaches it, once each;
//   - a folder of Markdown, built into the same release under /blog/, is served
//     beside the shop;
//   - with the shop stopped and its database deleted, every page answers as before;
//   - a blog without any app answers 200, 301 for an alias and 404 for nothing.
//
// In between, it measures the shop itself and the frozen pages, at the same
// concurrency, on the same URLs, in turns, and takes medians.
//
// On a terminal it then waits, so that the pages can be looked at in a browser.
// Ctrl-C at any moment stops whatever runs and removes the temporary folder.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/term"
)

func main() { os.Exit(run()) }

func run() int {
	// SIGPIPE: the reader of a pipe, such as head, has seen enough.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	// From the first signal on the second one ends the program at once.
	context.AfterFunc(ctx, stop)
	defer stop()
	program, err := os.Executable()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		return 1
	}
	d := &demo{
		bin: filepath.Dir(program), out: os.Stdout,
		wait: term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd())),
	}
	err = d.run(ctx)
	switch {
	case ctx.Err() != nil && !d.told:
		fmt.Fprintln(os.Stderr, "interrupted; nothing is left running")
		return 130
	case err != nil:
		fmt.Fprintln(os.Stderr, "error:", err)
		return 1
	}
	return 0
}

// A demo is one run of the story.
type demo struct {
	bin  string // folder of icecap and shop
	out  io.Writer
	wait bool // for Ctrl-C at the end
	told bool // the story has been told to its end

	dir     string // everything that is written
	shop    *child
	shopURL string
	gate    gate
	pages   []page
}

// run tells the story. The order is that of a deployment: the app runs, its
// pages are frozen, the gate goes in front.
func (d *demo) run(ctx context.Context) (err error) {
	start := time.Now()
	if d.dir, err = os.MkdirTemp("", "icecap-demo-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(d.dir)) }()
	// NGINX's workers, which root starts as another user, must get in.
	if err := os.Chmod(d.dir, 0o755); err != nil {
		return err
	}
	if err := d.startShop(ctx); err != nil {
		return err
	}
	defer d.shop.stop()
	address, err := freeAddress()
	if err != nil {
		return err
	}
	if err := d.configure(ctx, address); err != nil {
		return err
	}
	if err := d.freeze(ctx); err != nil {
		return err
	}
	if err := d.blog(ctx); err != nil {
		return err
	}
	if err := d.list(); err != nil {
		return err
	}
	if err := d.startGate(ctx, address); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.gate.stop()) }()
	if err := d.prove(ctx); err != nil {
		return err
	}
	result, err := d.measure(ctx)
	if err != nil {
		return err
	}
	if err := d.stopShop(ctx); err != nil {
		return err
	}
	if err := d.blogAlone(ctx); err != nil {
		return err
	}
	d.title("The result, after %.0f s", time.Since(start).Seconds())
	d.table(result)
	d.told = true
	if d.wait {
		d.say("Open %s/ in a browser: the shop is down, its pages are up.", d.gate.url)
		d.say("The frozen files are in %s. Ctrl-C ends the demo.", filepath.Join(d.dir, "frozen", "current", "p"))
		<-ctx.Done()
		d.say("\nNothing is left running.")
	}
	return nil
}

func (d *demo) say(format string, args ...any) { fmt.Fprintf(d.out, format+"\n", args...) }

func (d *demo) title(format string, args ...any) { d.say("\n== "+format, args...) }
