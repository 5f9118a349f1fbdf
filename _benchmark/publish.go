package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"

	"icecap/nginx"
)

// publishPages is how many pages change at once.
const publishPages = 2000

var wrkRequests = regexp.MustCompile(`([0-9]+) requests in`)

// publish puts 2,000 changed pages under the hands of a full load, again and
// again, and counts the requests that fail.
func (l *lab) publish() error {
	var version atomic.Int64
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" && !strings.HasPrefix(r.URL.Path, "/page/") {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<!DOCTYPE html><title>%s</title><p>version %d of %s\n%s\n", r.URL.Path, version.Load(), r.URL.Path, strings.Repeat("<p>words ", 500))
		if r.URL.Path == "/" {
			for i := range publishPages - 1 {
				fmt.Fprintf(w, "<a href=/page/%d>%d</a>\n", i, i)
			}
		}
	}))
	defer app.Close()
	freeze := func() error {
		version.Add(1)
		s, err := l.measure(l.path("icecap"), "freeze", app.URL, "--out", l.path("publish-frozen"))
		if err == nil {
			fmt.Printf("published %d pages in %.1f s\n", publishPages, s.wall.Seconds())
		}
		return err
	}
	if err := freeze(); err != nil {
		return err
	}
	conf, err := nginx.Server{Site: "shop", Hosts: []string{"127.0.0.1"}, Root: l.path("publish-frozen"), Compression: l.binary.CanSend(),
		App: nginx.App{Kind: nginx.Proxy, Address: strings.TrimPrefix(app.URL, "http://")}}.Config()
	if err != nil {
		return err
	}
	gate, err := l.nginx(conf)
	if err != nil {
		return err
	}
	type outcome struct {
		out string
		err error
	}
	load := make(chan outcome, 1)
	go func() {
		s, err := l.measure("wrk", "-t1", "-c32", "-d20s", gate+"/page/7")
		load <- outcome{s.out, err}
	}()
	published := 0
	for {
		select {
		case done := <-load:
			if done.err != nil {
				return done.err
			}
			failed := "none"
			if strings.Contains(done.out, "Non-2xx") || strings.Contains(done.out, "Socket errors") {
				failed = done.out
			}
			requests, err := number(wrkRequests, done.out)
			fmt.Printf("%d publishes under %.0f requests; failed: %s\n", published, requests, failed)
			return err
		default:
			if err := freeze(); err != nil {
				return err
			}
			published++
		}
	}
}
