//go:build linux

package main

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A haltingApp serves a chain of folders of pages, and stops answering after some
// of them, so that a crawl can be interrupted in its middle for sure.
type haltingApp struct {
	most int // answers before it halts

	mu     sync.Mutex
	counts map[string]int // requests by path
	once   sync.Once
	halted chan struct{} // closed when it has halted
	open   chan struct{} // closed when it goes on
}

const haltingPages = 40

func newHaltingApp(most int) *haltingApp {
	return &haltingApp{most: most, counts: map[string]int{}, halted: make(chan struct{}), open: make(chan struct{})}
}

func (a *haltingApp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var number int
	if n, err := fmt.Sscanf(r.URL.Path, "/page/%d", &number); r.URL.Path != "/" && (n != 1 || err != nil) {
		http.NotFound(w, r)
		return
	}
	if a.waits(r.URL.Path) {
		select {
		case <-a.open:
		case <-r.Context().Done():
			return
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, "<!doctype html><title>%s</title>", r.URL.Path)
	for next := 2*number + 1; next <= min(2*number+2, haltingPages); next++ { // a tree: the frontier lies in all pages
		fmt.Fprintf(w, `<a href="/page/%d">%d</a>`, next, next)
	}
}

// waits counts a request and reports whether it stays without an answer.
func (a *haltingApp) waits(path string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.counts[path]++
	if len(a.counts) < a.most {
		return false
	}
	a.once.Do(func() { close(a.halted) })
	return true
}

// asked is how often a path was asked for.
func (a *haltingApp) asked(path string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.counts[path]
}

// TestResume interrupts a crawl with signal 9 and with Ctrl-C. What had been
// fetched is not fetched again, and the release is whole.
func TestResume(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGINT} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			app := newHaltingApp(25)
			origin := httptest.NewServer(app)
			defer origin.Close()
			out := filepath.Join(t.TempDir(), "frozen")
			text := interruptFreeze(t, app, signal, origin.URL, out)
			if signal == syscall.SIGINT && !strings.Contains(text, "go on with --resume") {
				t.Errorf("the interrupted run says: %s", text)
			}
			done := journaled(t, out)
			if len(done) < 10 {
				t.Fatalf("the journal has %d pages", len(done))
			}
			exec := func(args ...string) (string, error) {
				text, err := icecapCommand(append([]string{"freeze", origin.URL, "--out", out, "--probe", "none"}, args...)...).CombinedOutput()
				return string(text), err
			}
			if text, err := exec("--resume", "--exclude", "/page/7"); err == nil || !strings.Contains(text, "it had other settings") {
				t.Errorf("resumed with other settings: %v\n%s", err, text)
			}
			close(app.open)
			// How fast it goes is no setting of the run.
			text, err := exec("--resume", "--workers", "2")
			if err != nil || !strings.Contains(text, fmt.Sprintf("froze %d pages", haltingPages+1)) {
				t.Fatalf("resume: %v\n%s", err, text)
			}
			for _, path := range done {
				if n := app.asked(path); n != 1 {
					t.Errorf("%s was in the journal and was asked for %d times", path, n)
				}
			}
			checkPublished(t, out, haltingPages+1)
			if left, _ := filepath.Glob(filepath.Join(out, "releases", ".*")); len(left) > 0 {
				t.Errorf("left behind: %q", left)
			}
			if text, err := exec("--resume"); err != nil || !strings.Contains(text, "no run was interrupted") {
				t.Errorf("resume without an interrupted run: %v\n%s", err, text)
			}
		})
	}
}

// TestResumeKilled kills a crawl and all that go on with it at random moments,
// until one gets to its end. Whatever was published by then is whole, and at the
// end it is the app's last version.
func TestResumeKilled(t *testing.T) {
	t.Parallel()
	app := &flipApp{}
	origin := httptest.NewServer(app)
	defer origin.Close()
	out := filepath.Join(t.TempDir(), "frozen")
	took := freezeOnce(t, origin.URL, out)
	killed := 0
	for range 5 {
		app.version.Add(1)
		// Later and later: each run does what is left, and in the end all of it.
		for after := took / 4; killFreeze(t, origin.URL, out, rand.N(after), "--resume"); after += took / 4 {
			killed++
			checkPublished(t, out, killPages+1)
		}
		checkPublished(t, out, killPages+1)
		if page := firstFile(t, out); page != app.body("/", app.version.Load()) {
			t.Errorf("version %d was frozen, and this is published: %.80q", app.version.Load(), page)
		}
	}
	t.Logf("%d kills", killed)
	if killed == 0 {
		t.Error("no freeze was ever killed")
	}
}

// firstFile is the frozen first page.
func firstFile(t *testing.T, out string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(out, "current", "p", "@.html"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestResumeNot: a run that is not told to go on begins anew, and says so.
func TestResumeNot(t *testing.T) {
	t.Parallel()
	app := newHaltingApp(25)
	origin := httptest.NewServer(app)
	defer origin.Close()
	out := filepath.Join(t.TempDir(), "frozen")
	interruptFreeze(t, app, syscall.SIGKILL, origin.URL, out)
	close(app.open)
	if text, err := icecapCommand("releases", "--out", out).CombinedOutput(); len(journaled(t, out)) == 0 {
		t.Errorf("a command that only reads has touched the interrupted run: %v\n%s", err, text)
	}
	text, err := icecapCommand("freeze", origin.URL, "--out", out, "--probe", "none").CombinedOutput()
	if err != nil || !strings.Contains(string(text), "the interrupted run was discarded") {
		t.Errorf("freeze: %v\n%s", err, text)
	}
	if n := app.asked("/"); n != 2 {
		t.Errorf("the first page was asked for %d times", n)
	}
}

// interruptFreeze freezes until the app halts, and all answers have been worked
// on, and interrupts. It returns what was said.
func interruptFreeze(t *testing.T, app *haltingApp, signal syscall.Signal, url, out string) string {
	t.Helper()
	cmd := icecapCommand("freeze", url, "--out", out, "--probe", "none", "--workers", "4")
	var talk strings.Builder
	cmd.Stdout, cmd.Stderr = &talk, &talk
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-app.halted
	for deadline := time.Now().Add(20 * time.Second); len(journaled(t, out)) < app.most-4; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the journal stays at %d pages", len(journaled(t, out)))
		}
	}
	if err := cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || signal == syscall.SIGINT && exit.ExitCode() != 130 {
		t.Fatalf("freeze ended with %v\n%s", err, talk.String())
	}
	if signal == syscall.SIGINT && !strings.Contains(talk.String(), "error: interrupted; the published site is untouched\n") {
		t.Errorf("an interrupted run says:\n%s", talk.String())
	}
	return talk.String()
}

// journaled are the paths in the journal of an interrupted run.
func journaled(t *testing.T, out string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(out, "releases", ".stage-*", "journal.jsonl"))
	if err != nil || len(names) > 1 {
		t.Fatalf("journals: %q, %v", names, err)
	}
	paths := map[string]bool{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(string(text), "\n") {
			if rest, ok := strings.CutPrefix(line, `{"page":{"path":"`); ok {
				path, _, _ := strings.Cut(rest, `"`)
				paths[path] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(paths))
}
