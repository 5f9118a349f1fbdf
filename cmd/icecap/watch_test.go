package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"icecap/render"
	"icecap/render/preview"
	"icecap/render/watch"
)

// A watching is a running icecap watch.
type watching struct {
	testing.TB
	dir, url string
	cmd      *exec.Cmd
	keys     io.WriteCloser
	lines    chan string // of both streams
	under    string      // words of a shell before the program, in a namespace of its own; "" for none
	terminal *os.File    // where keys are pressed; nil for a pipe
}

// startWatch writes a small folder and watches it.
func startWatch(t testing.TB, args ...string) *watching {
	t.Helper()
	w := &watching{TB: t, dir: filepath.Join(t.TempDir(), "notes"), lines: make(chan string, 1000)}
	w.write("posts/one.md", "---\ntitle: One\ndate: 2024-01-02\ntags: [ice]\n---\nFirst text.\n")
	w.write("about.md", "# About\n")
	w.start(append([]string{w.dir}, args...)...)
	w.url = strings.TrimSuffix(strings.Fields(w.until("watching "))[1], "/:")
	return w
}

// start runs icecap watch with the folder site beside the one that is written to.
func (w *watching) start(args ...string) {
	t := w.TB
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w.cmd = exec.Command(program)
	w.cmd.Args = append([]string{"icecap", "watch", "--addr", "127.0.0.1:0", "--out", filepath.Join(w.dir, "../site")}, args...)
	if w.under != "" {
		link := filepath.Join(t.TempDir(), "icecap") // the program is what it is called by
		if err := os.Symlink(program, link); err != nil {
			t.Fatal(err)
		}
		w.cmd = exec.Command("unshare", append([]string{"--user", "--map-root-user", "--mount", "sh", "-c", w.under + ` && exec "$@"`, "sh", link}, w.cmd.Args[1:]...)...)
	}
	w.cmd.Dir = filepath.Dir(w.dir)
	if w.terminal != nil {
		w.cmd.Stdin, w.keys = w.terminal, w.terminal
		w.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	} else if w.keys, err = w.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	read, write := io.Pipe()
	w.cmd.Stdout, w.cmd.Stderr = write, write
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		for lines := bufio.NewScanner(read); lines.Scan(); {
			w.lines <- lines.Text()
		}
	}()
	t.Cleanup(func() {
		w.keys.Close()
		if w.cmd.ProcessState == nil {
			w.cmd.Process.Signal(os.Interrupt)
			w.cmd.Wait()
		}
	})
}

func (w *watching) write(name, text string) {
	w.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		w.Fatal(err)
	}
}

// until waits for a line with a text in it.
func (w *watching) until(text string) string {
	w.Helper()
	deadline := time.After(time.Minute)
	var all []string
	for {
		select {
		case line := <-w.lines:
			if all = append(all, line); strings.Contains(line, text) {
				return line
			}
		case <-deadline:
			w.Fatalf("no line with %q in\n%s", text, strings.Join(all, "\n"))
		}
	}
}

func (w *watching) get(path string) (int, string) {
	w.Helper()
	answer, err := http.Get(w.url + path)
	if err != nil {
		w.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		w.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

func (w *watching) press(key string) {
	w.Helper()
	if _, err := io.WriteString(w.keys, key+"\n"); err != nil {
		w.Fatal(err)
	}
}

// TestWatch writes, and sees what was written.
func TestWatch(t *testing.T) {
	w := startWatch(t)
	if code, body := w.get("/posts/one/"); code != 200 || !strings.Contains(body, "First text.") || !strings.Contains(body, "/-/preview.js") {
		t.Errorf("%d %s", code, body)
	}
	w.write("posts/one.md", "---\ntitle: Other\ndate: 2024-01-02\ntags: [snow]\n---\nSecond text.\n")
	w.until("posts/one.md: ")
	for path, want := range map[string]string{"/posts/one/": "Second text.", "/": "Other", "/tags/snow/": "Other", "/index.xml": "Second text."} {
		if code, body := w.get(path); code != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d, without %q:\n%s", path, code, want, body)
		}
	}
	if code, _ := w.get("/tags/ice/"); code != 404 {
		t.Errorf("the page of a tag that nothing has is %d", code)
	}
	w.write("posts/one.md", "[there](nowhere.md)\n")
	w.until("leads to no file")
	w.until("posts/one.md:1")
	w.write("posts/one.md", "Mended.\n")
	w.until("no more mistakes")
	if err := os.RemoveAll(w.dir); err != nil {
		t.Fatal(err)
	}
	w.until("error: ") // and goes on
	w.write("posts/back.md", "Back again.\n")
	w.until("everything: ")
	if code, body := w.get("/posts/back/"); code != 200 || !strings.Contains(body, "Back again.") {
		t.Errorf("the folder was made again: %d %s", code, body)
	}
	w.press("r")
	w.until("everything: ")
	w.press("q")
	if err := w.cmd.Wait(); err != nil {
		t.Errorf("ended by q: %v", err)
	}
}

// TestWatchWarns: what a build would warn of is told once, and again if it comes back.
func TestWatchWarns(t *testing.T) {
	w := startWatch(t)
	warning := "warning: about.md:3: the HTML here and below is left out"
	w.write("about.md", "# About\n\n<div>x</div>\n")
	w.until(warning)
	w.write("posts/one.md", "Other text.\n\n<div>y</div>\n")
	w.until("posts/one.md:3: the HTML") // and no more of the other
	w.write("about.md", "# About\n\nMended.\n")
	w.write("posts/two.md", "Other text.\n\n<div>z</div>\n")
	w.until("posts/two.md:3: the HTML")
	w.write("about.md", "# About\n\n<div>x</div>\n")
	w.until(warning)
}

// TestWatchPublish publishes each state after a quiet moment, and keeps the site
// while there is a mistake.
func TestWatchPublish(t *testing.T) {
	w := startWatch(t, "--publish", "--quiet", "1ms")
	w.until("as release ")
	page := filepath.Join(w.dir, "../site/current/p/posts/one/@.html")
	holds := func(text string) {
		t.Helper()
		data, err := os.ReadFile(page)
		if err != nil || !strings.Contains(string(data), text) {
			t.Errorf("the release has not %q: %v %s", text, err, data)
		}
		if strings.Contains(string(data), "/-/") {
			t.Errorf("the preview's script is published")
		}
	}
	holds("First text.")
	w.write("posts/one.md", "---\ntitle: One\n---\nSecond text.\n")
	w.until("as release ")
	holds("Second text.")
	w.write("posts/one.md", "[there](nowhere.md)\n")
	w.until("nothing was published")
	holds("Second text.")
	w.write("posts/one.md", "Third text.\n")
	w.until("as release ")
	holds("Third text.")
	_, body := w.get("/-/status")
	var s status
	if err := json.Unmarshal([]byte(body), &s); err != nil || s.Release == "" || s.Oldest == nil || s.Failures == 0 {
		t.Errorf("the status is %s (%v)", body, err)
	}
}

func TestWatchRefusesItsOwnOutput(t *testing.T) {
	dir := t.TempDir()
	for _, out := range []string{dir, filepath.Join(dir, "site"), filepath.Dir(dir)} {
		var stderr bytes.Buffer
		if code := run(t.Context(), []string{"watch", dir, "--publish", "--out", out}, io.Discard, &stderr); code != 2 || !strings.Contains(stderr.String(), "within each other") {
			t.Errorf("--out %s: code %d, %s", out, code, stderr.String())
		}
	}
}

func TestListenNear(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	if next, err := listenNear(taken.Addr().String(), false); err != nil {
		t.Error(err)
	} else {
		next.Close()
	}
	if _, err := listenNear(taken.Addr().String(), true); err == nil {
		t.Error("an address that was given is taken, and another one was used")
	}
	for _, bad := range []string{"nowhere", "127.0.0.1:http8"} {
		if _, err := listenNear(bad, true); err == nil {
			t.Errorf("%s is no address", bad)
		}
	}
}

// TestWatchClock lets posts appear and expire while nobody does anything.
func TestWatchClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		at := func(after time.Duration) string { return start.Add(after).UTC().Format(time.RFC3339) }
		folder := fstest.MapFS{
			"old.md":  {Data: []byte("---\ndate: 1999-01-01\nexpirydate: " + at(26*time.Hour) + "\n---\nOld.\n")},
			"soon.md": {Data: []byte("---\ndate: " + at(90*time.Minute) + "\n---\nSoon.\n")},
			"late.md": {Data: []byte("---\ndate: " + at(50*time.Hour) + "\n---\nLate.\n")},
		}
		server := &preview.Server{Open: func() (*render.Folder, error) { return &render.Folder{FS: folder}, nil }}
		status := func(path string) int {
			w := httptest.NewRecorder()
			server.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil))
			return w.Code
		}
		var published []time.Duration
		s := &session{app: &app{stdout: io.Discard, stderr: io.Discard}, server: server, quiet: 2 * time.Second,
			publish: func(context.Context) error {
				published = append(published, time.Since(start))
				return nil
			}}
		ctx, cancel := context.WithCancel(t.Context())
		batches, done := make(chan watch.Batch), make(chan error)
		go func() { done <- s.run(ctx, batches, nil) }()
		batches <- watch.Batch{All: true}
		for _, moment := range []struct {
			at              time.Duration
			old, soon, late int
		}{
			{time.Hour, 200, 404, 404},
			{91 * time.Minute, 200, 200, 404},
			{27 * time.Hour, 404, 200, 404},
			{51 * time.Hour, 404, 200, 200},
			{1000 * time.Hour, 404, 200, 200},
		} {
			time.Sleep(moment.at - time.Since(start))
			synctest.Wait()
			if got := [3]int{status("/old/"), status("/soon/"), status("/late/")}; got != [3]int{moment.old, moment.soon, moment.late} {
				t.Errorf("after %v: %v, want %v", moment.at, got, moment)
			}
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		want := fmt.Sprint([]time.Duration{2 * time.Second, 90*time.Minute + 2*time.Second, 26*time.Hour + 2*time.Second, 50*time.Hour + 2*time.Second})
		if fmt.Sprint(published) != want {
			t.Errorf("published after %v, want %v", published, want)
		}
	})
}

// What cannot be watched is said before anything is.
func TestWatchUsage(t *testing.T) {
	dir := t.TempDir()
	settings := filepath.Join(dir, "icecap.toml")
	if err := os.WriteFile(settings, []byte("[[refresh]]\npath = \"news\"\nttl = \"5m\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		want string
		args []string
	}{
		{"does not exist", []string{filepath.Join(dir, "nowhere")}},
		{"it is a file", []string{settings}},
		{"it is one folder", []string{dir, dir}},
		{"without --every", []string{dir, "--every", "5m"}},
		{"without --every and --trigger", []string{dir, "--trigger", settings}},
		{"find the app", []string{"--app", "--out", filepath.Join(dir, "out")}},
		{"is no path", []string{"--app", "http://127.0.0.1:1", "a", "--out", filepath.Join(dir, "out")}},
		{"such as /news/**", []string{"--app", "http://127.0.0.1:1", "-c", settings, "--out", filepath.Join(dir, "out")}},
		{"lie within each other", []string{"--app", "http://127.0.0.1:1", "--trigger", dir, "--addr", "127.0.0.1:0", "--out", filepath.Join(dir, "out")}},
	} {
		var stderr bytes.Buffer
		if code := run(t.Context(), append([]string{"watch"}, test.args...), io.Discard, &stderr); code != 2 || !strings.Contains(stderr.String(), test.want) {
			t.Errorf("%v: code %d without %q:\n%s", test.args, code, test.want, stderr.String())
		}
	}
}
