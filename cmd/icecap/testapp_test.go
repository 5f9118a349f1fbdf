package main

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// testApp is the program "testapp", an app for icecap to start. It serves "/",
// which links to -pages pages, on $PORT of the loopback. Each process of it
// writes its number into the file "pids", so that a test can see that none is left.
func testApp() int {
	flags := flag.NewFlagSet("testapp", flag.ExitOnError)
	pages := flags.Int("pages", 3, "how many")
	slow := flags.Duration("slow", 0, "time for a page")
	late := flags.Duration("late", 0, "time in which /healthz answers 503")
	chat := flags.Int("chat", 0, "lines to print at the start")
	exit := flags.Int("exit", -1, "end at once with this code")
	die := flags.Int64("die", 0, "end with code 3 at this page")
	stubborn := flags.Bool("stubborn", false, "ignore SIGTERM, in what is spawned too")
	spawn := flags.Int("spawn", 0, "processes to start, which outlive this one")
	idle := flags.Bool("idle", false, "be such a process")
	flags.Parse(os.Args[1:])

	if err := notePID("pids"); err != nil {
		return complain(err)
	}
	for i := range *chat {
		fmt.Println("line", i+1)
	}
	if *exit >= 0 {
		return *exit
	}
	if *stubborn {
		signal.Ignore(syscall.SIGTERM)
	}
	if *idle {
		select {}
	}
	for range *spawn {
		program, err := os.Executable()
		if err != nil {
			return complain(err)
		}
		if err := exec.Command(program, "-idle", "-stubborn="+strconv.FormatBool(*stubborn)).Start(); err != nil {
			return complain(err)
		}
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", os.Getenv("PORT")))
	if err != nil {
		return complain(err)
	}
	return complain(http.Serve(listener, testPages(*pages, *slow, *late, *die)))
}

// careless is the program "careless": it runs a command as the first process of
// a container does that was made for one program alone. It becomes the parent of
// every orphan, and waits for none.
func careless() int {
	adoptOrphans()
	cmd := exec.Command(os.Args[1], os.Args[2:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return complain(err)
	}
	return 0
}

func complain(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func notePID(name string) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(file, os.Getpid())
	return errors.Join(err, file.Close())
}

func testPages(pages int, slow, late time.Duration, die int64) http.HandlerFunc {
	start := time.Now()
	var served atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) {
		fmt.Println("GET", r.URL.Path)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		number, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/page/"))
		switch {
		case r.URL.Path == "/healthz":
			if time.Since(start) < late {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			return
		case r.URL.Path != "/" && (err != nil || number < 1 || number > pages):
			http.NotFound(w, r)
			return
		}
		if served.Add(1) == die {
			fmt.Println("out of memory, or so")
			os.Exit(3)
		}
		time.Sleep(slow)
		scheme := r.Header.Get("X-Forwarded-Proto")
		if scheme == "" {
			scheme = "http"
		}
		fmt.Fprintf(w, "<!doctype html><title>%s</title><link rel=\"canonical\" href=\"%s://%s%s\">\n", r.URL.Path, scheme, r.Host, r.URL.Path)
		if r.URL.Path == "/" {
			for i := range pages {
				fmt.Fprintf(w, "<a href=\"/page/%d\">%d</a>\n", i+1, i+1)
			}
		}
	}
}

// leftAlive waits until no process is left of those in a file of numbers, and
// returns those that stay.
func leftAlive(file string) ([]int, error) {
	deadline := time.Now().Add(20 * time.Second)
	for {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var alive []int
		for _, field := range strings.Fields(string(text)) {
			pid, err := strconv.Atoi(field)
			if err != nil {
				return nil, err
			}
			if lives(pid) {
				alive = append(alive, pid)
			}
		}
		if len(alive) == 0 || time.Now().After(deadline) {
			return alive, nil
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// lives says no of a process that has ended, though nobody waited for it yet.
func lives(pid int) bool {
	if syscall.Kill(pid, 0) == syscall.ESRCH {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return !errors.Is(err, os.ErrNotExist) // or a system without /proc, whose first process waits for all
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z")
}

// scriptGone is the word "gone FILE" of the scripts.
func scriptGone(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: gone FILE")
	}
	alive, err := leftAlive(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(alive) > 0 {
		ts.Fatalf("still there: %v", alive)
	}
}

// assertGone is the same for tests.
func assertGone(t *testing.T, file string) {
	t.Helper()
	if alive, err := leftAlive(file); err != nil || len(alive) > 0 {
		t.Errorf("still there: %v (%v)", alive, err)
	}
}

// awaitText waits until a file holds a text so many times.
func awaitText(t *testing.T, file, text string, times int) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		found, err := os.ReadFile(file)
		if err == nil && strings.Count(string(found), text) >= times {
			return
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) || time.Now().After(deadline) {
			t.Fatalf("%s does not get %q %d times: %v\n%s", file, text, times, err, found)
		}
	}
}
