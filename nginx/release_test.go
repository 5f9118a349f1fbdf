package nginx

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Conditions and ranges are NGINX's own, and right because time and size are data.
func TestConditionsAndRanges(t *testing.T) {
	root, p, a := proxied(t)
	file := filepath.Join(root, "releases", "1", "p", "about@.html")
	modified := time.Unix(1_700_000_000, 0)
	if err := os.Chtimes(file, modified, modified); err != nil {
		t.Fatal(err)
	}
	first := ask(t, p, "GET", "/about")
	etag, date := first.Header.Get("ETag"), first.Header.Get("Last-Modified")
	if etag != `"6553f100-e"` || date != modified.UTC().Format(http.TimeFormat) {
		t.Errorf("ETag %s, Last-Modified %s", etag, date)
	}
	for _, test := range []struct {
		header string
		status int
		body   string
	}{
		{"If-None-Match: " + etag, 304, ""},
		{"If-None-Match: W/" + etag, 304, ""},
		{`If-None-Match: "other"`, 200, "<h1>about</h1>"},
		{"If-Modified-Since: " + date, 304, ""},
		{"If-Modified-Since: Tue, 14 Nov 2023 22:13:21 GMT", 200, "<h1>about</h1>"},
		{"Range: bytes=0-3", 206, "<h1>"},
		{"Range: bytes=-5", 206, "</h1>"},
		{"Range: bytes=100-", 416, ""},
		{"If-Match: \"other\"", 412, ""},
	} {
		res := ask(t, p, "GET", "/about", test.header)
		if res.StatusCode != test.status || res.Header.Get(Marker) != "disk" || test.body != "" && res.body != test.body {
			t.Errorf("%s: %s %q %v", test.header, res.Status, res.body, res.Header)
		}
	}
	if seen := a.take(); len(seen) > 0 {
		t.Errorf("the app was asked for %s", seen[0].RequestURI)
	}
}

// A new release with as many bytes must not answer 304 to what the old one gave.
func TestNewBytesAreNo304(t *testing.T) {
	root, p, _ := proxied(t)
	etag := ask(t, p, "GET", "/about").Header.Get("ETag")
	release(t, root, "2", []page{{"/about", "text/html", "<h1>ABOUT</h1>"}})
	later := time.Now().Add(2 * time.Second)
	if err := os.Chtimes(filepath.Join(root, "releases", "2", "p", "about@.html"), later, later); err != nil {
		t.Fatal(err)
	}
	if res := ask(t, p, "GET", "/about", "If-None-Match: "+etag); res.StatusCode != 200 || res.body != "<h1>ABOUT</h1>" {
		t.Errorf("%s %q", res.Status, res.body)
	}
}

// A file that the worker cannot read comes from the app, not as 403.
func TestUnreadableFile(t *testing.T) {
	root := shared(t)
	release(t, root, "1", sitePages)
	a := newApp(t)
	p := start(t, Instance{Config: config(t, shop(root, a.Listener.Addr().String()))})
	pages := filepath.Join(root, "releases", "1", "p")
	for _, name := range []string{"about@.html", "docs"} {
		if err := os.Chmod(filepath.Join(pages, name), 0); err != nil {
			t.Fatal(err)
		}
	}
	for _, url := range []string{"/about", "/docs/", "/docs/intro"} {
		res := ask(t, p, "GET", url)
		if seen := a.take(); res.body != "app" || len(seen) != 1 || seen[0].RequestURI != url || res.Header.Get(Marker) != "" {
			t.Errorf("%s: %s %q %v, app asked %d times", url, res.Status, res.body, res.Header, len(seen))
		}
	}
	if err := os.Chmod(filepath.Join(pages, "docs"), 0o755); err != nil { // for the clean-up
		t.Fatal(err)
	}
}

// shared is a temporary folder that other users can read. Run by root, the
// workers of an instance are then nobody.
func shared(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "icecap-shared-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// While releases follow each other under requests, each answer is one release's
// whole page or the app's.
func TestFlipUnderRequests(t *testing.T) {
	root, p, a := proxied(t)
	bodies := map[string]bool{"app": true}
	for _, id := range []string{"1", "2"} {
		body := strings.Repeat("release "+id+" ", 4000*len(bodies))
		bodies[body] = true
		release(t, root, id, []page{{"/about", "text/html", body}})
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 400 {
			flip(t, root, []string{"1", "2"}[i%2])
		}
	}()
	client := &http.Client{Timeout: 10 * time.Second}
	requests := 0
	for running := true; running; requests++ {
		select {
		case <-done:
			running = false
		default:
		}
		res, err := client.Get(p.URL() + "/about")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != 200 || !bodies[string(body)] {
			t.Fatalf("request %d: %s, %d bytes, %v", requests, res.Status, len(body), err)
		}
	}
	t.Logf("%d requests, %d of them by the app", requests, len(a.take()))
}

// What a new release no longer has is the app's, from the next request on.
func TestPageGone(t *testing.T) {
	root, p, a := proxied(t)
	if res := ask(t, p, "GET", "/about"); res.Header.Get(Marker) != "disk" {
		t.Fatalf("/about: %s", res.Status)
	}
	release(t, root, "2", []page{{"/", "text/html", "two"}})
	if res := ask(t, p, "GET", "/about"); res.body != "app" || len(a.take()) != 1 {
		t.Errorf("/about after it is gone: %s %q", res.Status, res.body)
	}
	if res := ask(t, p, "GET", "/"); res.body != "two" || res.Header.Get(Marker) != "disk" {
		t.Errorf("/: %s %q", res.Status, res.body)
	}
}

// A frozen page answers without the app, and what is not frozen says 502.
func TestAppDown(t *testing.T) {
	_, p, a := proxied(t)
	a.Close()
	if res := ask(t, p, "GET", "/about"); res.StatusCode != 200 || res.Header.Get(Marker) != "disk" {
		t.Errorf("GET /about: %s", res.Status)
	}
	if res := ask(t, p, "GET", "/nope"); res.StatusCode != 502 {
		t.Errorf("GET /nope: %s", res.Status)
	}
}

// Before the first release everything is the app's.
func TestNoRelease(t *testing.T) {
	a := newApp(t)
	p := start(t, Instance{Config: config(t, shop(filepath.Join(t.TempDir(), "frozen"), a.Listener.Addr().String()))})
	if res := ask(t, p, "GET", "/about"); res.body != "app" || len(a.take()) != 1 {
		t.Errorf("GET /about: %s %q", res.Status, res.body)
	}
}
