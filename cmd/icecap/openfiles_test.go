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
// open. No request fails, no body is of two releases, and no request that begins
// after icecap has ended gets a page of the release before.
func TestOpenFiles(t *testing.T) {
	app := &flipApp{}
	origin := httptest.NewServer(app)
	defer origin.Close()
	out := filepath.Join(readableTempDir(t), "frozen")
	freezeOnce(t, origin.URL, out) // the private NGINX needs a release to choose its user by
	conf, err := nginx.Server{Site: "open", Hosts: []string{"127.0.0.1"}, Root: out, OpenFiles: 100,
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
	settings := writeServerFile(t, t.TempDir(), "icecap.toml", fmt.Sprintf("[gate]\nopen_files = 100\nreload = \"kill -HUP %d\"\n", gate.PID()))
	publish := func() {
		t.Helper()
		version := app.version.Add(1)
		text, err := icecapCommand("-c", settings, "freeze", origin.URL, "--out", out).CombinedOutput()
		if err != nil || !strings.Contains(string(text), "NGINX was reloaded, and answers from release") {
			t.Fatalf("freeze: %v\n%s", err, text)
		}
		for range 40 { // each on a connection of its own, and so at any of the workers
			response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get(gate.URL() + "/page/1")
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
	publish()
	ctx, cancel := context.WithCancel(t.Context())
	var load sync.WaitGroup
	var asked atomic.Int64
	for range 3 {
		load.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				if problem := ask(ctx, gate.URL(), "/page/"+strconv.Itoa(n%killPages), app); problem != "" && ctx.Err() == nil {
					t.Error(problem)
					return
				}
				asked.Add(1)
			}
		})
	}
	rounds := 10
	if testing.Short() {
		rounds = 3
	}
	for range rounds {
		publish()
	}
	cancel()
	load.Wait()
	t.Logf("%d publishes under %d requests", rounds, asked.Load())
	// A rollback is a reload as well.
	if text, err := icecapCommand("-c", settings, "rollback", "--out", out).CombinedOutput(); err != nil || !strings.Contains(string(text), "NGINX was reloaded, and answers from release") {
		t.Errorf("rollback: %v\n%s", err, text)
	}
}
