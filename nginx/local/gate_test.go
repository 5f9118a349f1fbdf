package local

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"icecap/content"
	"icecap/nginx"
)

// release writes bodies by their file names under p/ as a release.
func release(t testing.TB, root, id string, files map[string]string) {
	t.Helper()
	for name, body := range files {
		file := filepath.Join(root, "releases", id, "p", filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// flip makes a release current as a publisher does: a rename over the link.
func flip(t testing.TB, root, id string) {
	t.Helper()
	link := filepath.Join(root, "next")
	if err := os.Symlink(filepath.Join("releases", id), link); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(link, filepath.Join(root, "current")); err != nil {
		t.Fatal(err)
	}
}

var theApp = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	io.WriteString(w, "app saw "+r.RequestURI)
})

func newGate(root string) *Gate {
	return &Gate{Server: nginx.Server{Site: "shop", Hosts: []string{"shop.example.com"}, Root: root}, App: theApp}
}

// get asks the gate as net/http would, for any target.
func get(g http.Handler, target string) *httptest.ResponseRecorder {
	return ask(g, "GET", target, "shop.example.com", nil)
}

func ask(g http.Handler, method, target, host string, header http.Header) *httptest.ResponseRecorder {
	if header == nil {
		header = http.Header{}
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, &http.Request{
		Method: method, RequestURI: target, Host: host, Header: header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: http.NoBody, RemoteAddr: "192.0.2.1:5000",
	})
	return w
}

// A new release, a rollback and the loss of everything are seen with the next request.
func TestFlipIsSeenAtOnce(t *testing.T) {
	root := t.TempDir()
	g := newGate(root)
	expect := func(when, target, want string) {
		t.Helper()
		if got := get(g, target).Body.String(); got != want {
			t.Errorf("%s: %s is %q, want %q", when, target, got, want)
		}
	}
	expect("before the first release", "/about", "app saw /about")
	release(t, root, "1", map[string]string{"about@.html": "one", "old@.html": "old"})
	expect("before it is current", "/about", "app saw /about")
	flip(t, root, "1")
	expect("first release", "/about", "one")
	release(t, root, "2", map[string]string{"about@.html": "two"})
	flip(t, root, "2")
	expect("second release", "/about", "two")
	expect("second release", "/old", "app saw /old")
	flip(t, root, "1")
	expect("rollback", "/old", "old")
	if err := os.RemoveAll(filepath.Join(root, "releases", "1")); err != nil {
		t.Fatal(err)
	}
	expect("release gone", "/about", "app saw /about")
}

// Whatever links lie about, nothing but the pages of the release is read.
func TestLinksDoNotLeadOut(t *testing.T) {
	outside, root := t.TempDir(), t.TempDir()
	release(t, outside, "1", map[string]string{"secret@.html": "SECRET"})
	release(t, root, "1", map[string]string{"about@.html": "one"})
	if err := os.WriteFile(filepath.Join(root, "releases", "1", "manifest@.html"), []byte("SECRET"), 0o644); err != nil {
		t.Fatal(err)
	}
	pages := filepath.Join(root, "releases", "1", "p")
	for name, to := range map[string]string{
		"absolute@.html": filepath.Join(outside, "releases", "1", "p", "secret@.html"),
		"relative@.html": "../manifest@.html",
		"folder":         outside,
		"up":             "..",
	} {
		if err := os.Symlink(to, filepath.Join(pages, name)); err != nil {
			t.Fatal(err)
		}
	}
	flip(t, root, "1")
	g := newGate(root)
	if got := get(g, "/about").Body.String(); got != "one" {
		t.Fatalf("/about is %q", got)
	}
	for _, target := range []string{"/absolute", "/relative", "/folder/releases/1/p/secret", "/up/manifest", "/up/up/up/releases/1/manifest"} {
		if got := get(g, target).Body.String(); got != "app saw "+target {
			t.Errorf("%s is %q, want the app's answer", target, got)
		}
	}
	// Nor does "current" lead out of the output folder.
	if err := os.Remove(filepath.Join(root, "current")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(outside, "releases", "1"), filepath.Join(root, "current")); err != nil {
		t.Fatal(err)
	}
	if got := get(g, "/secret").Body.String(); got != "app saw /secret" {
		t.Errorf("with a foreign current, /secret is %q", got)
	}
}

// A file that may not be read is the app's, as with NGINX, and the types after it are not tried.
func TestUnreadableIsTheApps(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root can read every file: run the tests as another user")
	}
	root := t.TempDir()
	release(t, root, "1", map[string]string{"x@.html": "html", "x@.json": "json"})
	flip(t, root, "1")
	if err := os.Chmod(filepath.Join(root, "releases", "1", "p", "x@.html"), 0); err != nil {
		t.Fatal(err)
	}
	if got := get(newGate(root), "/x").Body.String(); got != "app saw /x" {
		t.Errorf("/x is %q", got)
	}
}

// Only the gate may say that an answer comes from disk, whichever way the app writes.
func TestForgedMarkerIsStruckOut(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter){
		"status":   func(w http.ResponseWriter) { w.WriteHeader(http.StatusTeapot) },
		"body":     func(w http.ResponseWriter) { io.WriteString(w, "x") },
		"nothing":  func(http.ResponseWriter) {},
		"flush":    func(w http.ResponseWriter) { http.NewResponseController(w).Flush() },
		"continue": func(w http.ResponseWriter) { w.WriteHeader(http.StatusEarlyHints); io.WriteString(w, "x") },
	} {
		t.Run(name, func(t *testing.T) {
			g := newGate(t.TempDir())
			g.App = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				for _, name := range nginx.HiddenHeaders() {
					w.Header().Set(name, "disk")
				}
				answer(w)
			})
			server := httptest.NewServer(g)
			defer server.Close()
			response, err := http.Get(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			for _, name := range []string{"X-Icecap", "Icecap-Freeze", "Icecap-Links", "Icecap-Tag"} {
				if got := response.Header.Get(name); got != "" {
					t.Errorf("the app's %s %q went through", name, got)
				}
			}
		})
	}
}

// The log says for each request where the answer came from, and why from the app.
func TestLogSaysWhy(t *testing.T) {
	root := t.TempDir()
	release(t, root, "1", map[string]string{"about@.html": "one"})
	flip(t, root, "1")
	var log bytes.Buffer
	g := newGate(root)
	g.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	g.Server.Cookies = []string{"sid"}
	get(g, "/about")
	get(g, "/nope")
	get(g, "/%00")
	ask(g, "POST", "//about?x", "other.example.com", http.Header{"Authorization": {"x"}, "Cookie": {"sid=1"}, "Rsc": {"1"}})
	for _, want := range []string{
		`uri=/about source=disk why=""`, `uri=/nope source=app why="not frozen"`, `uri=/%00 source=none why="Bad Request"`,
		`method=POST uri=//about?x source=app why=hmacprq`,
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("log has no line with %s:\n%s", want, log.String())
		}
	}
}

// Times of files may have fractions; those of HTTP have none.
func TestFractionsOfSecondsDoNotCount(t *testing.T) {
	root := t.TempDir()
	release(t, root, "1", map[string]string{"about@.html": "one"})
	flip(t, root, "1")
	published := time.Unix(1700000000, 999999999)
	if err := os.Chtimes(filepath.Join(root, "current", "p", "about@.html"), published, published); err != nil {
		t.Fatal(err)
	}
	g := newGate(root)
	first := get(g, "/about")
	if tag := first.Header().Get("ETag"); tag != `"6553f100-3"` {
		t.Errorf("ETag %s", tag)
	}
	again := ask(g, "GET", "/about", "shop.example.com", http.Header{"If-Modified-Since": {first.Header().Get("Last-Modified")}})
	if again.Code != http.StatusNotModified {
		t.Errorf("status %d to the time that was just given", again.Code)
	}
}

// frozen are the pages of the fuzz tests, each with its name as its body.
func frozen(t testing.TB) (root string) {
	t.Helper()
	root = filepath.Join(t.TempDir(), "out")
	files := map[string]string{}
	for _, name := range []string{"@.html", "about@.html", "docs/@.html", "docs/intro@.html", "style.css@.css", "api/items@.json", "-/about@.html", "x.html@.html", "feed@.atom"} {
		files[name] = "page " + name
	}
	release(t, root, "1", files)
	flip(t, root, "1")
	for _, name := range []string{"releases/1/manifest@.html", "releases/1/x@.html", "@.html", "about@.html", "../about@.html", "../etc/passwd@.html"} {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("SECRET "+name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// FuzzServe: no target, host or cookie makes the gate panic or read anything
// but the one file that the rule of package content names for the URL.
func FuzzServe(f *testing.F) {
	for _, target := range []string{
		"/", "/about", "/about/", "/docs/", "/docs/intro", "/style.css", "/api/items", "/-/about", "/x.html", "/feed", "/%61bout",
		"//about", "/./about", "/../about", "/x/../about", "/docs%2Fintro", "/..%2fmanifest", "/%2e%2e/manifest", "/..", "/%00", "/about%00",
		"/about?", "/about?x", "/about#x", "/about@.html", "/p/about", "/../../etc/passwd", "http://shop.example.com/about", "http://x", "a://x/", "a://x?y", "://x/", "*", "", "?", "/\\..\\x",
	} {
		f.Add("GET", target, "shop.example.com", "theme=dark; sid=1", "bytes=0-1")
	}
	f.Add("HEAD", "/about", "SHOP.example.com.:80", "xsid=1", "bytes=-1,0-0")
	f.Add("POST", "/about", "[::1]:80", "sid", "bytes=9-")
	root := frozen(f)
	withApp, withoutApp := newGate(root), newGate(root)
	withApp.Server.Cookies = []string{"sid", "x*"}
	withoutApp.App = nil
	f.Fuzz(func(t *testing.T, method, target, host, cookie, ranges string) {
		header := http.Header{"Cookie": {cookie}, "Range": {ranges}}
		for _, g := range []*Gate{withApp, withoutApp} {
			w := ask(g, method, target, host, header)
			body := w.Body.String()
			if strings.Contains(body, "SECRET") {
				t.Fatalf("%q reads %q", target, body)
			}
			if w.Header().Get("X-Icecap") == "disk" && w.Code == http.StatusOK && method == "GET" && !isPageOf(target, body) {
				t.Fatalf("%q is answered with %q", target, body)
			}
		}
	})
}

// isPageOf reports whether body is the page that the URL-to-file rule names for target.
func isPageOf(target, body string) bool {
	if _, rest, found := strings.Cut(target, "://"); found {
		if target = strings.TrimLeftFunc(rest, func(r rune) bool { return r != '/' && r != '?' }); !strings.HasPrefix(target, "/") {
			target = "/" + target
		}
	}
	raw, _, _ := strings.Cut(target, "?")
	path, err := content.ParsePath(raw)
	if err != nil {
		return false
	}
	for _, m := range content.MediaTypes() {
		if name, err := path.File("", m.Type); err == nil && body == "page "+name {
			return true
		}
	}
	return false
}
