package main

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
)

// onePageRounds is how often one page is changed and published at each size.
const onePageRounds = 3

// scale freezes a generated app of growing size, publishes one changed page of
// it, freezes it again, and deletes what is old: what grows with the site, and how.
func (l *lab) scale(sizes string) error {
	head := []any{"pages", "freeze", "pages/s", "one page", "its CPU, s", "one page / cp -al", "least to most", "freeze again", "prune", "load"}
	row(head...)
	row(slices.Repeat([]any{"---"}, len(head))...)
	for size := range strings.SplitSeq(sizes, ",") {
		n, err := strconv.Atoi(size)
		if err != nil {
			return fmt.Errorf("read the sizes: %w", err)
		}
		if err := l.scaleTo(n); err != nil {
			return fmt.Errorf("%d pages: %w", n, err)
		}
	}
	return nil
}

func (l *lab) scaleTo(n int) error {
	app := newScaleApp(n)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: app}
	go server.Serve(listener)
	defer server.Close()
	site, out := "http://"+listener.Addr().String(), l.path(fmt.Sprintf("scale-%d", n))
	defer os.RemoveAll(out)

	first, err := l.measure(l.path("icecap"), "freeze", site, "--out", out)
	if err != nil {
		return err
	}
	if !strings.Contains(first.out, "froze") {
		return fmt.Errorf("the freeze said %q", first.out)
	}
	one, err := l.onePage(app, site, out)
	if err != nil {
		return err
	}
	app.version.Store(0)
	again, err := l.measure(l.path("icecap"), "freeze", site, "--out", out)
	if err != nil {
		return err
	}
	prune, err := l.measure(l.path("icecap"), "prune", "--keep", "1", "--out", out)
	if err != nil {
		return err
	}
	cell := func(s float64, rss int64) string { return fmt.Sprintf("%.2f s, %d MiB", s, rss>>20) }
	row(n, cell(first.wall.Seconds(), first.rss), fmt.Sprintf("%.0f", float64(n)/first.wall.Seconds()),
		cell(median(one.walls), one.peak), median(one.cpus), median(one.ratios), spread(one.ratios),
		cell(again.wall.Seconds(), again.rss), cell(prune.wall.Seconds(), prune.rss), loadAverage())
	return nil
}

// Each list has a value a round.
type onePageFigures struct {
	walls, cpus, ratios []float64 // seconds, and the wall time beside that of cp -al
	peak                int64     // bytes
}

// onePage changes one page, freezes it again and publishes; by turns with cp -al of
// all pages, which is what a release of hard links would take.
func (l *lab) onePage(app *scaleApp, site, out string) (f onePageFigures, err error) {
	for round := range onePageRounds {
		app.version.Add(1)
		one, err := l.measure(l.path("icecap"), "freeze", site, app.item(0, round), "--out", out)
		if err != nil {
			return f, err
		}
		if !strings.Contains(one.out, fmt.Sprintf("release 00000%d-", round+2)) {
			return f, fmt.Errorf("the freeze of one page said %q", one.out)
		}
		links, err := l.measure("cp", "-al", out+"/trees/000001", out+".links")
		if err != nil {
			return f, err
		}
		if err := os.RemoveAll(out + ".links"); err != nil {
			return f, err
		}
		f.walls, f.cpus, f.peak = append(f.walls, one.wall.Seconds()), append(f.cpus, one.cpu.Seconds()), max(f.peak, one.rss)
		f.ratios = append(f.ratios, one.wall.Seconds()/links.wall.Seconds())
	}
	return f, nil
}

// loadAverage is how busy the machine was, over five minutes; 1 is one busy core.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if fields := strings.Fields(string(text)); err == nil && len(fields) > 1 {
		return fields[1]
	}
	return ""
}

// A scaleApp is an app of about n small pages: a home page that links to
// sections, each of which links to its items.
type scaleApp struct {
	sections, items int
	version         atomic.Int64 // of item 0, 1 and 2 of the first section
}

func newScaleApp(n int) *scaleApp {
	a := &scaleApp{sections: 10, items: 100}
	for a.sections*a.items < n {
		if a.sections < a.items {
			a.sections *= 10
		} else {
			a.items *= 10
		}
	}
	return a
}

func (a *scaleApp) item(section, item int) string {
	return fmt.Sprintf("/section/%d/item/%d", section, item)
}

func (a *scaleApp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var section, item int
	var body bytes.Buffer
	body.WriteString("<!DOCTYPE html>\n<title>A page</title>\n")
	path := r.URL.Path
	switch {
	case path == "/":
		for i := range a.sections {
			fmt.Fprintf(&body, "<a href=\"/section/%d\">Section %d</a>\n", i, i)
		}
	case scan(path, "/section/%d/item/%d", &section, &item) && section < a.sections && item < a.items:
		fmt.Fprintf(&body, "<h1>Item %d</h1>\n<p>Of <a href=\"/section/%d\">section %d</a>, see also <a href=\"%s\">the next</a>.\n",
			item, section, section, a.item(section, (item+1)%a.items))
		if section == 0 && item < onePageRounds {
			fmt.Fprintf(&body, "<p>Version %d\n", a.version.Load())
		}
	case scan(path, "/section/%d", &section) && section < a.sections:
		for i := range a.items {
			fmt.Fprintf(&body, "<a href=\"%s\">Item %d</a>\n", a.item(section, i), i)
		}
	default:
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Write(body.Bytes())
}

// scan reads a path of exactly this form.
func scan(path, format string, numbers ...*int) bool {
	args, values := make([]any, len(numbers)), make([]any, len(numbers))
	for i, n := range numbers {
		args[i] = n
	}
	if n, err := fmt.Sscanf(path, format, args...); err != nil || n != len(numbers) {
		return false
	}
	for i, n := range numbers {
		values[i] = *n
	}
	return path == fmt.Sprintf(format, values...)
}
