package main

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"icecap/content/release"
)

// TestRunSignals ends icecap in every way while the app that it started is being
// waited for or crawled. Nothing of the app is left, and nothing is published.
func TestRunSignals(t *testing.T) {
	for _, test := range []struct {
		name    string
		command string
		signal  syscall.Signal
		code    int // of icecap, -1 where the signal ends it
	}{
		{"Ctrl-C in mid-crawl", "testapp -pages 500 -slow 100ms -spawn 2", syscall.SIGINT, 130},
		{"Ctrl-C before the app is ready", "testapp -late 1h -spawn 2", syscall.SIGINT, 130},
		{"SIGTERM in mid-crawl", "testapp -pages 500 -slow 100ms -spawn 2", syscall.SIGTERM, 130},
		{"Ctrl-C, and SIGTERM is ignored", "testapp -pages 500 -slow 100ms -spawn 2 -stubborn", syscall.SIGINT, 130},
		{"kill -9 in mid-crawl", "testapp -pages 500 -slow 100ms -spawn 2", syscall.SIGKILL, -1},
		{"kill -9 before the app is ready", "testapp -late 1h -spawn 2", syscall.SIGKILL, -1},
		{"kill -9, and SIGTERM is ignored", "testapp -pages 500 -slow 100ms -spawn 2 -stubborn", syscall.SIGKILL, -1},
		{"kill -9, and the shell stays between", "testapp -pages 500 -slow 100ms -spawn 2 & wait", syscall.SIGKILL, -1},
		{"Ctrl-C, and a session of its own", "setsid testapp -pages 500 -slow 100ms -spawn 2 & wait", syscall.SIGINT, 130},
		{"kill -9, and a session of its own", "setsid testapp -pages 500 -slow 100ms -spawn 2 & wait", syscall.SIGKILL, -1},
		{"the terminal is closed", "testapp -pages 500 -slow 100ms -spawn 2", syscall.SIGHUP, -1},
		{"a panic", "testapp -pages 500 -slow 100ms -spawn 2", syscall.SIGQUIT, 2}, // ends a Go program just as an uncaught panic does
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if signal.Ignored(test.signal) {
				t.Skipf("%v is ignored here, as nohup does it, and a program that inherits that lives on", test.signal)
			}
			dir := t.TempDir()
			cmd := icecapCommand("freeze", "--run", test.command, "--ready", "/healthz")
			var talk strings.Builder
			cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &talk, &talk
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			log, question := filepath.Join(dir, "frozen", "app.log"), "GET /page/"
			if strings.Contains(test.command, "-late") {
				question = "GET /healthz"
			}
			awaitText(t, log, question, 3)
			awaitText(t, filepath.Join(dir, "pids"), "\n", 3)
			if err := cmd.Process.Signal(test.signal); err != nil {
				t.Fatal(err)
			}
			err := cmd.Wait()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != test.code {
				t.Errorf("%v, want exit code %d\n%s", err, test.code, talk.String())
			}
			if test.code == 130 && !strings.Contains(talk.String(), "error: interrupted; the published site is untouched\n") {
				t.Errorf("it said %s", talk.String())
			}
			assertGone(t, filepath.Join(dir, "pids"))
			store, err := release.Open(filepath.Join(dir, "frozen"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := store.Current(); !errors.Is(err, release.ErrNoRelease) {
				t.Errorf("current is published: %v", err)
			}
		})
	}
}

// TestRunSecondInterrupt presses Ctrl-C again while icecap waits for an app that
// ignores SIGTERM: icecap ends at once, and leaves the rest to the guard.
func TestRunSecondInterrupt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := icecapCommand("freeze", "--run", "testapp -pages 500 -slow 100ms -stubborn", "--ready", "/healthz")
	cmd.Dir = dir
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	awaitText(t, filepath.Join(dir, "frozen", "app.log"), "GET /page/", 3)
	ended := make(chan error)
	go func() { ended <- cmd.Wait() }()
	start := time.Now()
	for {
		cmd.Process.Signal(os.Interrupt)
		select {
		case err := <-ended:
			if took := time.Since(start); took >= stopGrace || cmd.ProcessState.ExitCode() != -1 {
				t.Errorf("icecap ended after %s: %v", took, err)
			}
			assertGone(t, filepath.Join(dir, "pids"))
			return
		case <-time.After(300 * time.Millisecond):
		}
	}
}

// TestRunKilledAtOnce kills icecap in the first moments of the app.
func TestRunKilledAtOnce(t *testing.T) {
	t.Parallel()
	for i := range 15 {
		dir := t.TempDir()
		pids := filepath.Join(dir, "pids")
		cmd := icecapCommand("freeze", "--run", "echo $$ >>pids; exec testapp", "--ready", "/healthz")
		cmd.Dir = dir
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if i%3 == 0 {
			awaitText(t, filepath.Join(dir, "frozen", "app.log"), "", 1) // the guard is about to start
		} else {
			awaitText(t, pids, "\n", i%3)
		}
		cmd.Process.Kill()
		cmd.Wait()
		if _, err := os.Stat(pids); err == nil {
			assertGone(t, pids)
		}
	}
}

// TestRunFlask freezes a Flask app that gunicorn serves with two workers, which
// are processes of their own.
func TestRunFlask(t *testing.T) {
	python(t, "gunicorn", "gunicorn")
	gunicorn := program(t, "gunicorn", "/usr/bin/gunicorn")
	dir := flaskFolder(t)
	out := filepath.Join(t.TempDir(), "frozen")
	stdout, stderr, code := icecap(t, "-C", dir, "freeze", "--out", out, "--public", "http://notes.example.com",
		"--run", gunicorn+" --bind 127.0.0.1:$PORT --workers 2 --pid gunicorn.pid app:app", "--ready", "/-/count")
	if code != 0 {
		t.Fatalf("icecap freeze: exit code %d\n%s%s", code, stdout, stderr)
	}
	site := currentSite(t, out)
	if len(site.Entries) != 65 {
		t.Errorf("%d pages frozen, want 65; left to the app: %s", len(site.Entries), skipReasons(site))
	}
	log, err := os.ReadFile(filepath.Join(out, "app.log"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(log), "Shutting down: Master") {
		t.Errorf("gunicorn did not end in good order:\n%s", log)
	}
	if _, err := os.Stat(filepath.Join(dir, "gunicorn.pid")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("gunicorn is still there: %v", err)
	}
}

// TestRunShop freezes the shop without anybody starting it.
func TestRunShop(t *testing.T) {
	dir := t.TempDir()
	mustRun(t, exec.Command("go", "build", "-C", filepath.Join("..", "shop"), "-o", filepath.Join(dir, "shop"), "."))
	out := filepath.Join(dir, "frozen")
	stdout, stderr, code := icecap(t, "-C", dir, "freeze", "--out", out, "--public", "https://shop.example.com", "--run", "./shop --addr 127.0.0.1:$PORT --products 200 --categories 10")
	if code != 0 {
		t.Fatalf("icecap freeze: exit code %d\n%s%s", code, stdout, stderr)
	}
	site := currentSite(t, out)
	if len(site.Entries) < 200 {
		t.Fatalf("%d pages frozen, fewer than the shop has products; left to the app: %s", len(site.Entries), skipReasons(site))
	}
	gate := startGate(t, "--out", out, "--public", "http://127.0.0.1", "--pass", "http://127.0.0.1:"+freePort(t))
	askFrozen(t, http.DefaultClient, gate.URL(), site.Entries)
}
