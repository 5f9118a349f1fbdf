package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// refreeze compares an unchanged re-freeze with the first freeze, of three apps that
// answer 304: one that knows its ETag before it makes a page; the shop's frozen copy
// behind NGINX, which makes no page at all; and the live shop, which makes the whole
// page to know its ETag, so that a 304 spares it nothing. And it shows what more
// workers bring while the app is not the limit.
func (l *lab) refreeze() error {
	copied, err := l.frozenShop()
	if err != nil {
		return err
	}
	live, err := freeAddress()
	if err != nil {
		return err
	}
	if err := l.start(live, l.path("shop"), "--addr", live, "--db", l.path("refreeze.db")); err != nil {
		return err
	}
	slow, err := l.startSlow()
	if err != nil {
		return err
	}
	row("app", "pages", "written again", "first, seconds (median)", "again / first (median of ratios)", "least to most")
	row("---", "---", "---", "---", "---", "---")
	for _, app := range []struct{ name, url string }{{"20 ms a page, none for a 304", slow}, {"the shop's frozen copy, by NGINX", copied}, {"the shop, live", "http://" + live}} {
		if err := l.refreezeOf(app.name, app.url); err != nil {
			return err
		}
	}
	fmt.Println()
	return l.workers(slow)
}

func (l *lab) refreezeOf(name, url string) error {
	var firsts, ratios []float64
	var pages, written int
	for round := range l.rounds {
		dir := l.path(fmt.Sprintf("refreeze-%d-%s", round, strings.ReplaceAll(name, " ", "-")))
		var walls [2]float64
		for i := range walls {
			syscall.Sync()
			s, err := l.measure(l.path("icecap"), "freeze", url, "--out", dir, "--json")
			if ignoreExit4(err) != nil {
				return err
			}
			var report struct{ Pages, Written int }
			if err := json.NewDecoder(strings.NewReader(s.out[strings.IndexByte(s.out, '{'):])).Decode(&report); err != nil {
				return fmt.Errorf("read the report: %w\n%s", err, s.out)
			}
			walls[i], pages, written = s.wall.Seconds(), report.Pages, report.Written
		}
		firsts, ratios = append(firsts, walls[0]), append(ratios, walls[1]/walls[0])
	}
	row(name, strconv.Itoa(pages), strconv.Itoa(written), fmt.Sprintf("%.3f", median(firsts)), median(ratios), spread(ratios))
	return nil
}

// asked counts the requests to slowApp.
var asked atomic.Int64

const (
	slowPages = 400
	slowTime  = 20 * time.Millisecond
)

// slowApp waits for each page, as for a database, and uses no processor for it. It
// knows beforehand whether a page has changed.
func slowApp(w http.ResponseWriter, r *http.Request) {
	asked.Add(1)
	number, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/page/"))
	if r.URL.Path != "/" && (err != nil || number < 1 || number > slowPages) {
		http.NotFound(w, r)
		return
	}
	etag := fmt.Sprintf("\"%d\"", number)
	w.Header().Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	time.Sleep(slowTime)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, "<!doctype html><title>%d</title>", number)
	if r.URL.Path == "/" {
		for i := range slowPages {
			fmt.Fprintf(w, "<a href=\"/page/%d\">%d</a>\n", i+1, i+1)
		}
	}
	io.WriteString(w, strings.Repeat("<p>some text\n", 300))
}

// startSlow serves slowApp.
func (l *lab) startSlow() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: http.HandlerFunc(slowApp)}
	go server.Serve(listener)
	l.stops = append(l.stops, func() { server.Close() })
	return "http://" + listener.Addr().String(), nil
}

// workers freezes an app that takes 20 ms a page and bears any number of requests.
func (l *lab) workers(site string) error {
	counts := []int{1, 2, 4, 8, 16, 32}
	rates := make([][]float64, len(counts))
	for round := range l.rounds {
		for i, workers := range counts {
			dir := l.path(fmt.Sprintf("workers-%d-%d", round, workers))
			before := asked.Load()
			s, err := l.measure(l.path("icecap"), "freeze", site, "--out", dir, "--workers", strconv.Itoa(workers))
			if err != nil {
				return err
			}
			rates[i] = append(rates[i], float64(asked.Load()-before)/s.wall.Seconds())
			if err := os.RemoveAll(dir); err != nil {
				return err
			}
		}
	}
	row("workers", "requests/s (median)", "times one worker (median of ratios)", "share of what 20 ms a request allow")
	row("---", "---", "---", "---")
	for i, workers := range counts {
		ratios := make([]float64, l.rounds)
		for round := range ratios {
			ratios[round] = rates[i][round] / rates[0][round]
		}
		most := float64(workers) / slowTime.Seconds()
		row(strconv.Itoa(workers), fmt.Sprintf("%.0f", median(rates[i])), median(ratios), median(rates[i])/most)
	}
	return nil
}
