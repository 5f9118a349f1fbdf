package main

// Where icecap watch runs: behind a proxy, with few watches, on a small disk.

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"icecap/nginx"
)

// proxy starts an NGINX before the preview, with its own buffers.
func (w *watching) proxy() (address string) {
	t := w.TB
	t.Helper()
	server, err := nginx.Parse("location / { proxy_pass " + w.url + "; }")
	if err != nil {
		t.Fatal(err)
	}
	proxy, err := nginx.Start(t.Context(), nginx.Instance{Config: nginx.Config{Server: server}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := proxy.Stop(); err != nil {
			t.Error(err)
		}
	})
	return proxy.URL()
}

// TestWatchThroughNGINX: a proxy that buffers answers holds no event back.
func TestWatchThroughNGINX(t *testing.T) {
	if _, err := nginx.Find(); err != nil {
		t.Skipf("needs nginx: install the package nginx: %v", err)
	}
	w := startWatch(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, w.proxy()+"/-/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	until := func(text string) {
		t.Helper()
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "data: ") && strings.Contains(lines.Text(), text) {
				return
			}
		}
		t.Fatalf("no event with %q: %v", text, lines.Err())
	}
	until(`"generation":`)
	for i := range 3 {
		w.write("about.md", fmt.Sprintf("# About\n\nFor the %d. time.\n", i))
		until(`"file":"about.md"`)
	}
}

// TestWatchLimit: where the system watches too few folders, or none, the setting is
// named, and the others are looked at.
func TestWatchLimit(t *testing.T) {
	for _, limit := range []string{"max_inotify_watches=2", "max_inotify_instances=0"} {
		name, value, _ := strings.Cut(limit, "=")
		set := "echo " + value + " > /proc/sys/user/" + name
		if err := exec.Command("unshare", "--user", "--map-root-user", "sh", "-c", set).Run(); err != nil {
			t.Skipf("needs a namespace of users: %v", err)
		}
		w := &watching{TB: t, dir: filepath.Join(t.TempDir(), "notes"), lines: make(chan string, 1000), under: set}
		w.write("a/one.md", "First text.\n")
		w.write("b/c/two.md", "First text.\n")
		w.start(w.dir)
		w.until("the system allows no more watches")
		w.until("sysctl fs.inotify.max_user_watches=524288")
		w.url = strings.TrimSuffix(strings.Fields(w.until("watching "))[1], "/:")
		w.write("b/c/two.md", "Second text.\n")
		w.until("b/c/two.md")
		w.write("../new/deep/three.md", "New text.\n")
		if err := os.Rename(filepath.Join(w.dir, "../new"), filepath.Join(w.dir, "b/new")); err != nil { // all at once
			t.Fatal(err)
		}
		w.until("b/new")
		w.write("b/new/deep/three.md", "Newer text.\n")
		w.until("b/new/deep/three.md")
		for path, want := range map[string]string{"/b/c/two/": "Second text.", "/b/new/deep/three/": "Newer text."} {
			if code, body := w.get(path); code != 200 || !strings.Contains(body, want) {
				t.Errorf("%s: %s is %d, without %q", limit, path, code, want)
			}
		}
		if err := os.RemoveAll(filepath.Join(w.dir, "b/new")); err != nil {
			t.Fatal(err)
		}
		w.until("b/new")
		if code, _ := w.get("/b/new/deep/three/"); code != 404 {
			t.Errorf("%s: a page that is gone is %d", limit, code)
		}
	}
}

// TestWatchDiskFull publishes on a disk that gets full: the site stays, the preview
// goes on, and once there is room again so does publishing.
func TestWatchDiskFull(t *testing.T) {
	if !canMount() {
		t.Skip("needs to mount a small disk")
	}
	w := &watching{TB: t, dir: filepath.Join(t.TempDir(), "notes"), lines: make(chan string, 1000), under: "mount -t tmpfs -o size=4m none site"}
	w.write("one.md", "First text.\n")
	if err := os.Mkdir(filepath.Join(w.dir, "../site"), 0o755); err != nil {
		t.Fatal(err)
	}
	w.start(w.dir, "--publish", "--quiet", "1ms")
	w.url = strings.TrimSuffix(strings.Fields(w.until("watching "))[1], "/:")
	w.until("as release ")
	site := filepath.Join("/proc", fmt.Sprint(w.cmd.Process.Pid), "root", w.dir, "../site")
	holds := func(text string) {
		t.Helper()
		if data, err := os.ReadFile(filepath.Join(site, "current/p/one/@.html")); err != nil || !strings.Contains(string(data), text) {
			t.Errorf("the release has not %q: %v %s", text, err, data)
		}
	}
	rest := filepath.Join(site, "rest")
	if err := os.WriteFile(rest, make([]byte, 8<<20), 0o644); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	w.write("one.md", "Second text.\n")
	w.until("no space left on device")
	holds("First text.")
	if code, body := w.get("/one/"); code != 200 || !strings.Contains(body, "Second text.") {
		t.Errorf("the preview is %d %s", code, body)
	}
	if err := os.Remove(rest); err != nil {
		t.Fatal(err)
	}
	w.write("one.md", "Third text.\n")
	w.until("as release ")
	holds("Third text.")
}
