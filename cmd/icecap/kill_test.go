//go:build linux

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"icecap/content/release"
	"icecap/nginx"
)

const (
	killPages = 60
	kills     = 110
)

// A flipApp serves the same pages in two versions and says which one it is at.
type flipApp struct {
	version atomic.Int64
	touched atomic.Int64 // requests that were not the crawler's
}

func (a *flipApp) body(page string, version int64) string {
	var links strings.Builder
	for i := range killPages {
		fmt.Fprintf(&links, "<a href=\"/page/%d\">%d</a>\n", i, i)
	}
	return fmt.Sprintf("<!doctype html><title>%s</title>\n<p>version %d of %s\n%s%s", page, version, page,
		links.String(), strings.Repeat("<!-- some weight -->\n", 100))
}

func (a *flipApp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.UserAgent(), "icecap/") {
		a.touched.Add(1)
	}
	if n, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/page/")); r.URL.Path != "/" && (err != nil || n < 0 || n >= killPages) {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	io.WriteString(w, a.body(r.URL.Path, a.version.Load()))
}

// TestKill kills a freeze with signal 9 at random moments, under traffic
// through a real NGINX. Whatever the moment: every answer is a whole page of the
// old or the new version and never an error, and what is published verifies.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("kills a freeze many times: not with -short")
	}
	if _, err := nginx.Find(); err != nil {
		t.Skipf("needs nginx: %v", err)
	}
	app := &flipApp{}
	origin := httptest.NewServer(app)
	defer origin.Close()
	out := filepath.Join(readableTempDir(t), "frozen")
	took := freezeOnce(t, origin.URL, out)

	conf, err := nginx.Server{Site: "kill", Hosts: []string{"127.0.0.1"}, Root: out,
		App: nginx.App{Kind: nginx.Proxy, Address: strings.TrimPrefix(origin.URL, "http://")}}.Config()
	if err != nil {
		t.Fatal(err)
	}
	gate, err := nginx.Start(t.Context(), nginx.Instance{Config: conf})
	if err != nil {
		t.Fatal(err)
	}
	defer gate.Stop()

	traffic := startTraffic(t, gate.URL(), app)
	killed, finished := 0, 0
	// Kills should fall on every part of a run, and how long one takes changes
	// with the machine's load: so the window follows what came out.
	for window := took; killed < kills; {
		app.version.Add(1)
		if killFreeze(t, origin.URL, out, time.Duration(rand.Int64N(int64(window)))) {
			killed++
			window += window / 20
		} else {
			finished++
			window -= window / 5
		}
		checkPublished(t, out, killPages+1)
	}
	requests, misses := traffic.stop(), app.touched.Load()
	t.Logf("%d kills, %d freezes that were faster than the kill, %d requests, %d of them answered by the app", killed, finished, requests, misses)
	if finished == 0 {
		t.Error("no freeze ever finished: the kills came too early to prove anything about the commit")
	}
	freezeOnce(t, origin.URL, out) // and the folder needs no human
}

// readableTempDir is a temporary folder that NGINX's worker may enter.
func readableTempDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for d := dir; d != os.TempDir() && len(d) > 1; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// icecapCommand makes the test binary the program.
func icecapCommand(args ...string) *exec.Cmd {
	program, err := os.Executable()
	if err != nil {
		panic(err)
	}
	cmd := exec.Command(program)
	cmd.Args = append([]string{"icecap"}, args...)
	return cmd
}

func freezeOnce(t *testing.T, url, out string) time.Duration {
	t.Helper()
	start := time.Now()
	if text, err := icecapCommand("freeze", url, "--out", out).CombinedOutput(); err != nil {
		t.Fatalf("freeze: %v\n%s", err, text)
	}
	return time.Since(start)
}

// killFreeze reports whether the kill came before the end.
func killFreeze(t *testing.T, url, out string, after time.Duration, flags ...string) bool {
	t.Helper()
	cmd := icecapCommand(append([]string{"freeze", url, "--out", out}, flags...)...)
	var talk strings.Builder
	cmd.Stdout, cmd.Stderr = &talk, &talk
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { cmd.Process.Kill() })
	err := cmd.Wait()
	timer.Stop()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() >= 0 {
		t.Fatalf("freeze failed by itself: %v\n%s", err, talk.String())
	}
	return err != nil
}

// checkPublished reads the release as the next run would, and each body.
func checkPublished(t *testing.T, out string, pages int) {
	t.Helper()
	store, err := release.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	current, err := store.Current()
	if err != nil {
		t.Fatal(err)
	}
	site, err := current.Site()
	if err != nil {
		t.Fatal(err)
	}
	if len(site.Entries) != pages {
		t.Fatalf("release %s has %d pages, want %d", current.ID, len(site.Entries), pages)
	}
	for _, e := range site.Entries {
		file, err := current.Open(e)
		if err != nil {
			t.Fatal(err)
		}
		hash := sha256.New()
		_, err = io.Copy(hash, file)
		file.Close()
		if sum := hex.EncodeToString(hash.Sum(nil)); err != nil || sum != e.SHA256 {
			t.Fatalf("release %s: %s hashes to %s, the manifest says %s (%v)", current.ID, e.URL(), sum, e.SHA256, err)
		}
	}
}

// A traffic asks for random pages until it is stopped.
type traffic struct {
	cancel   context.CancelFunc
	wait     sync.WaitGroup
	requests atomic.Int64
}

func startTraffic(t *testing.T, base string, app *flipApp) *traffic {
	ctx, cancel := context.WithCancel(t.Context())
	tr := &traffic{cancel: cancel}
	for range 3 {
		tr.wait.Go(func() {
			for ctx.Err() == nil {
				page := fmt.Sprintf("/page/%d", rand.IntN(killPages))
				if problem := ask(ctx, base, page, app); problem != "" && ctx.Err() == nil {
					t.Error(problem)
					return
				}
				tr.requests.Add(1)
			}
		})
	}
	return tr
}

// ask returns what is wrong with an answer, or "".
func ask(ctx context.Context, base, page string, app *flipApp) string {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+page, nil)
	if err != nil {
		return err.Error()
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Sprintf("%s: %v", page, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return fmt.Sprintf("%s: status %d, %v", page, response.StatusCode, err)
	}
	_, rest, _ := strings.Cut(string(body), "<p>version ")
	number, _, _ := strings.Cut(rest, " ")
	version, err := strconv.ParseInt(number, 10, 64)
	if err != nil || version > app.version.Load() || string(body) != app.body(page, version) {
		return fmt.Sprintf("%s: the body is no whole page of any version: %.200q", page, body)
	}
	return ""
}

func (tr *traffic) stop() int64 {
	tr.cancel()
	tr.wait.Wait()
	return tr.requests.Load()
}
