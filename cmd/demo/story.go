package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/dustin/go-humanize"

	"icecap/content/release"
	"icecap/nginx"
)

// sessionCookie marks the visitors of the shop who are more than strangers.
const sessionCookie = "shop_session"

func (d *demo) startShop(ctx context.Context) error {
	d.title("A live shop: 2,000 products, a real SQL database, nothing cached")
	cmd := d.command(ctx, "shop", "--addr", "127.0.0.1:0", "--db", filepath.Join(d.dir, "shop.db"))
	shop, line, err := d.start(ctx, cmd)
	if err != nil {
		return err
	}
	d.shop, d.shopURL = shop, strings.TrimPrefix(line, "listening on ")
	d.say("%s", line)
	return nil
}

// securityHeaders are those of the shop that the frozen pages must keep.
var securityHeaders = []string{"Content-Security-Policy", "Referrer-Policy", "X-Content-Type-Options", "X-Frame-Options"}

// configure writes icecap.toml for visitors who will come to address.
func (d *demo) configure(ctx context.Context, address string) error {
	d.title("What icecap has to know")
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.shopURL+"/", nil)
	if err != nil {
		return err
	}
	home, _, err := fetch(request)
	if err != nil {
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "[site]\nurl = %q # where visitors will come to\n[app]\nurl = %q\n", "http://"+address, d.shopURL)
	fmt.Fprintf(&text, "[build]\nprefix = %q # where the pages of a folder of Markdown lie\n", blogPrefix)
	fmt.Fprintf(&text, "[gate]\ncookies = [%q] # who carries it is more than a stranger\n", sessionCookie)
	for _, name := range securityHeaders {
		if value := home.Header.Get(name); value != "" {
			fmt.Fprintf(&text, "[[header]]\nname = %q\nvalue = %q\n", name, value)
		}
	}
	d.say("$ cat %s\n%s", filepath.Join(d.dir, "icecap.toml"), strings.TrimSpace(text.String()))
	return os.WriteFile(filepath.Join(d.dir, "icecap.toml"), []byte(text.String()), 0o644)
}

// icecap prepares a command of icecap with the settings of a folder.
func (d *demo) icecap(ctx context.Context, dir string, args ...string) *exec.Cmd {
	return d.command(ctx, "icecap", append([]string{"-C", dir}, args...)...)
}

// freeze crawls the shop.
func (d *demo) freeze(ctx context.Context) error {
	d.title("Freeze it")
	return d.show(d.icecap(ctx, d.dir, "freeze"))
}

// show runs a command with its output in the story.
func (d *demo) show(cmd *exec.Cmd) error {
	cmd.Stdout, cmd.Stderr = d.out, os.Stderr
	return runCommand(cmd)
}

// list reads what was published.
func (d *demo) list() error {
	store, err := release.Open(filepath.Join(d.dir, "frozen"))
	if err != nil {
		return err
	}
	current, err := store.Current()
	if err != nil {
		return err
	}
	site, err := current.Site()
	if err != nil {
		return err
	}
	for _, entry := range site.Entries {
		shop := entry.MediaType == "text/html" && !strings.HasPrefix(entry.URL(), blogPrefix)
		d.pages = append(d.pages, page{url: entry.URL(), shop: shop, sum: entry.SHA256})
	}
	return nil
}

// A gate is what visitors talk to.
type gate struct {
	name string
	url  string
	stop func() error
}

// startGate puts a gate in front of the shop.
func (d *demo) startGate(ctx context.Context, address string) (err error) {
	d.title("A gate in front of it")
	d.gate, err = d.gateOf(ctx, d.dir, address)
	return err
}

// gateOf starts NGINX with the very configuration that icecap prints for a folder,
// or icecap's own gate where there is no NGINX.
func (d *demo) gateOf(ctx context.Context, dir, address string) (gate, error) {
	binary, err := nginx.Find()
	if errors.Is(err, nginx.ErrNotInstalled) {
		child, _, err := d.start(ctx, d.icecap(ctx, dir, "serve", "--addr", address))
		if err != nil {
			return gate{}, err
		}
		g := gate{"icecap serve", "http://" + address, func() error { child.stop(); return nil }}
		d.say("NGINX is not installed: icecap's own gate takes its place at %s", g.url)
		return g, nil
	}
	if err != nil {
		return gate{}, err
	}
	config := nginx.Config{Site: "icecap"}
	if config.HTTP, err = d.printConfig(ctx, dir, "http"); err != nil {
		return gate{}, err
	}
	if config.Server, err = d.printConfig(ctx, dir, "server"); err != nil {
		return gate{}, err
	}
	process, err := nginx.Start(ctx, nginx.Instance{Config: config, Binary: binary, Address: address})
	if err != nil {
		return gate{}, err
	}
	d.say("nginx %s answers at %s: a private one, one worker, with these two files", binary.Version, process.URL())
	return gate{"NGINX", process.URL(), func() error {
		client.CloseIdleConnections() // NGINX would wait for them
		return process.Stop()
	}}, nil
}

// printConfig lets icecap print one part of the configuration, and reads it back.
func (d *demo) printConfig(ctx context.Context, dir, part string) (nginx.Block, error) {
	cmd := d.icecap(ctx, dir, "nginx", "print", "--part", part)
	var text bytes.Buffer
	cmd.Stdout, cmd.Stderr = &text, os.Stderr
	if err := runCommand(cmd); err != nil {
		return nil, err
	}
	return nginx.Parse(text.String())
}

// prove asks for every frozen page, and for what must reach the shop, and
// believes only the shop's own counter.
func (d *demo) prove(ctx context.Context) error {
	d.title("Who answers? The shop counts its requests")
	before, err := d.count(ctx)
	if err != nil {
		return err
	}
	if err := d.askAll(ctx); err != nil {
		return err
	}
	after, err := d.count(ctx)
	if err != nil {
		return err
	}
	d.say("%s frozen pages asked through %s, each the same bytes:   the shop saw %d of them", humanize.Comma(int64(len(d.pages))), d.gate.name, after-before)
	if after != before {
		return fmt.Errorf("%d requests for frozen pages reached the shop", after-before)
	}
	for _, visit := range visits {
		if err := d.visit(ctx, visit); err != nil {
			return err
		}
	}
	reached, err := d.count(ctx)
	if err != nil {
		return err
	}
	d.say("%d requests that need the shop (%s): the shop saw %d", len(visits), visitNames(), reached-after)
	if reached-after != len(visits) {
		return fmt.Errorf("%d requests were the shop's, but it saw %d", len(visits), reached-after)
	}
	return nil
}

// stopShop takes app and database away and asks for everything again.
func (d *demo) stopShop(ctx context.Context) error {
	d.title("Stop the shop, delete its database")
	d.say("$ kill %d && rm shop.db", d.shop.cmd.Process.Pid)
	d.shop.stop()
	files, err := filepath.Glob(filepath.Join(d.dir, "shop.db*"))
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	if _, err := d.count(ctx); err == nil {
		return errors.New("the shop still answers")
	}
	if err := d.askAll(ctx); err != nil {
		return err
	}
	d.say("%s of %s frozen pages still answer, byte for byte; /cart, which needs the shop, says %s",
		humanize.Comma(int64(len(d.pages))), humanize.Comma(int64(len(d.pages))), d.statusOf(ctx, "/cart"))
	return nil
}
