package nginx

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/fcgi"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"

	"icecap/content"
)

// copyAt puts a copy into the release that is current.
func copyAt(t *testing.T, root, name, body string) {
	t.Helper()
	file := filepath.Join(root, "current", "p", name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(body), 0o644); err != nil {
		t.Fatal(err)
	}
}

// phpApp answers over FastCGI with what it was told, as JSON, or fails as long as
// fails says so.
func phpApp(t *testing.T, root string) (socket string, fails *atomic.Bool) {
	t.Helper()
	socket, fails = filepath.Join(root, "php.sock"), &atomic.Bool{}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(socket, 0o666); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go fcgi.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fails.Load() {
			w.WriteHeader(http.StatusInternalServerError)
			io.WriteString(w, "the app's own error")
			return
		}
		told := fcgi.ProcessEnv(r)
		told["REQUEST_URI"], told["QUERY_STRING"] = r.URL.RequestURI(), r.URL.RawQuery
		json.NewEncoder(w).Encode(told)
	}))
	return socket, fails
}

// told is what the app was told of a request that it answered.
func told(t *testing.T, p *Process, target string) (params map[string]string) {
	t.Helper()
	res := ask(t, p, "GET", target)
	if err := json.Unmarshal([]byte(res.body), &params); err != nil || res.Header.Get(Marker) != "" {
		t.Fatalf("%s: %s %q %v", target, res.Status, res.body, err)
	}
	if params["REQUEST_URI"] != target {
		t.Errorf("%s: the app got %v", target, params)
	}
	return params
}

// alike compares what the app was told of a URL that has a copy and of one that has
// none, but for what must differ.
func alike(t *testing.T, with, without map[string]string, differ ...string) {
	t.Helper()
	for name, value := range without {
		if with[name] != value && !slices.Contains(differ, name) {
			t.Errorf("with a copy %s is %q, without one %q", name, with[name], value)
		}
	}
}

// Behind fastcgi_pass the front controller is told the same of a URL that has a
// copy as of any other, and the copy stands in for it, also at "/".
func TestFallbackFastCGI(t *testing.T) {
	installed(t)
	root, documents := shared(t), shared(t)
	release(t, root, "1", sitePages[1:])
	if err := os.WriteFile(filepath.Join(documents, "index.php"), []byte("<?php"), 0o644); err != nil {
		t.Fatal(err)
	}
	copyAt(t, root, "news@!.html", "the copy")
	copyAt(t, root, "@!.html", "the copy of /")
	socket, fails := phpApp(t, root)
	server := shop(root, "")
	server.App, server.Fallback = App{Kind: FastCGI, Address: "unix:" + socket, DocumentRoot: documents}, true
	server.Queries.Ignore = content.DefaultIgnore()
	p := start(t, Instance{Config: config(t, server)})

	plain := told(t, p, "/plain?utm_source=x")
	for _, target := range []string{"/news?utm_source=x", "/?utm_source=x"} {
		alike(t, told(t, p, target), plain, "REQUEST_URI", "REMOTE_PORT")
	}
	if plain["QUERY_STRING"] != "utm_source=x" || plain["SCRIPT_FILENAME"] != filepath.Join(documents, "index.php") || plain["DOCUMENT_ROOT"] != documents {
		t.Errorf("the front controller is %v", plain)
	}

	fails.Store(true)
	for target, want := range map[string]string{"/news": "the copy", "/news?utm_source=x": "the copy", "/": "the copy of /"} {
		if res := ask(t, p, "GET", target); res.StatusCode != 200 || res.body != want || res.Header.Get(Marker) != MarkStale || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %s %q %v", target, res.Status, res.body, res.Header)
		}
	}
	if res := ask(t, p, "GET", "/plain"); res.StatusCode != 500 || res.body != "the app's own error" || res.Header.Get(Marker) != "" {
		t.Errorf("without a copy: %s %q %v", res.Status, res.body, res.Header)
	}
	if res := ask(t, p, "GET", "/about"); res.body != "<h1>about</h1>" {
		t.Errorf("a frozen page: %s %q", res.Status, res.body)
	}
}

// Behind uwsgi_pass the app is told the same of a URL that has a copy. DOCUMENT_ROOT
// is a folder of NGINX's, and no matter of uwsgi.
func TestFallbackUWSGI(t *testing.T) {
	installed(t)
	root := shared(t)
	release(t, root, "1", sitePages)
	copyAt(t, root, "news@!.html", "the copy")
	server := shop(root, "")
	server.App, server.Fallback = App{Kind: UWSGI, Address: "unix:" + uwsgi(t, root)}, true
	p := start(t, Instance{Config: config(t, server)})
	with, without := told(t, p, "/news?utm_source=x"), told(t, p, "/nope?utm_source=x")
	if with["PATH_INFO"] != "/news" || without["PATH_INFO"] != "/nope" {
		t.Errorf("PATH_INFO is %q, and %q", with["PATH_INFO"], without["PATH_INFO"])
	}
	alike(t, with, without, "PATH_INFO", "REQUEST_URI", "REMOTE_PORT", "DOCUMENT_ROOT")
}
