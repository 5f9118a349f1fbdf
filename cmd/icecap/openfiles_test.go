package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"icecap/nginx"
)

// TestOpenFiles publishes again and again under load to an NGINX that keeps files
// open: as it does by default, looking at each before use, and by the release's own
// name, so that a publish is a reload. No request fails, no body is of two releases,
// and no request that begins after icecap has ended gets a page of the release before.
func TestOpenFiles(t *testing.T) {
	for name, files := range map[string]int{"default": 0, "by reload": 100} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testOpenFiles(t, files)
		})
	}
}

// askOnAndOn asks for all pages from three sides until it is stopped, and reports
// each answer that is wrong.
func askOnAndOn(t *testing.T, gate string, app *flipApp) (stop func() (asked int64)) {
	ctx, cancel := context.WithCancel(t.Context())
	var load sync.WaitGroup
	var asked atomic.Int64
	for range 3 {
		load.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				if problem := ask(ctx, gate, "/page/"+strconv.Itoa(n%killPages), app); problem != "" && ctx.Err() == nil {
					t.Error(problem)
					return
				}
				asked.Add(1)
			}
		})
	}
	return func() int64 {
		cancel()
		load.Wait()
		return asked.Load()
	}
}

// answersWith asks for a page, each time on a connection of its own and so at any of
// the workers, which must have it in that version.
func answersWith(t *testing.T, gate string, app *flipApp, version int64) {
	t.Helper()
	for range 40 {
		response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get(gate + "/page/1")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.Header.Get("X-Icecap") != "disk" || string(body) != app.body("/page/1", version) {
			t.Fatalf("after version %d was published: %q, %v, %.80q", version, response.Header.Get("X-Icecap"), err, body)
		}
	}
}

func testOpenFiles(t *testing.T, files int) {
	app := &flipApp{}
	origin := httptest.NewServer(app)
	defer origin.Close()
	out := filepath.Join(readableTempDir(t), "frozen")
	freezeOnce(t, origin.URL, out) // the private NGINX needs a release to choose its user by
	conf, err := nginx.Server{Site: "open", Hosts: []string{"127.0.0.1"}, Root: out, OpenFiles: files,
		App: nginx.App{Kind: nginx.Proxy, Address: strings.TrimPrefix(origin.URL, "http://")}}.Config()
	if err != nil {
		t.Fatal(err)
	}
	// A browser, and this client, opens connections before it needs them. A worker that
	// is to end waits for their first request, 60 seconds by default.
	patience := nginx.Config{Server: nginx.Block{{Name: "client_header_timeout", Args: []string{"2s"}}}}
	gate, err := nginx.Start(t.Context(), nginx.Instance{Config: conf, Workers: 2, Extra: patience})
	if err != nil {
		t.Skipf("needs nginx: %v", err)
	}
	defer gate.Stop()
	reload, said := "", ""
	if files > 0 {
		reload = fmt.Sprintf("open_files = %d\nreload = \"kill -HUP %d\"\n", files, gate.PID())
		said = "NGINX was reloaded, and answers from release"
	}
	settings := writeServerFile(t, t.TempDir(), "icecap.toml", "[gate]\n"+reload)
	publish := func() {
		t.Helper()
		version := app.version.Add(1)
		text, err := icecapCommand("-c", settings, "freeze", origin.URL, "--out", out).CombinedOutput()
		if err != nil || !strings.Contains(string(text), said) {
			t.Fatalf("freeze: %v\n%s", err, text)
		}
		answersWith(t, gate.URL(), app, version)
	}
	publish()
	stop := askOnAndOn(t, gate.URL(), app)
	rounds := 10
	if testing.Short() {
		rounds = 3
	}
	for round := range rounds {
		publish()
		if files == 0 && round < rounds-1 { // the next files may get the inode numbers of deleted ones
			if text, err := icecapCommand("prune", "--keep", "1", "--out", out).CombinedOutput(); err != nil {
				t.Fatalf("prune: %v\n%s", err, text)
			}
		}
	}
	t.Logf("%d publishes under %d requests", rounds, stop())
	// So is a rollback.
	if text, err := icecapCommand("-c", settings, "rollback", "--out", out).CombinedOutput(); err != nil || !strings.Contains(string(text), said) {
		t.Fatalf("rollback: %v\n%s", err, text)
	}
	answersWith(t, gate.URL(), app, app.version.Load()-1)
}
