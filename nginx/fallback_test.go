package nginx

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/fcgi"
	"os"
	"path/filepath"
	"strings"
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
	socket := filepath.Join(root, "php.sock")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(socket, 0o666); err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var fails atomic.Bool
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
	server := shop(root, "")
	server.App, server.Fallback = App{Kind: FastCGI, Address: "unix:" + socket, DocumentRoot: documents}, true
	server.Queries.Ignore = content.DefaultIgnore()
	p := start(t, Instance{Config: config(t, server)})

	var params []map[string]string
	for _, target := range []string{"/news?utm_source=x", "/plain?utm_source=x", "/?utm_source=x"} {
		res := ask(t, p, "GET", target)
		var told map[string]string
		if err := json.Unmarshal([]byte(res.body), &told); err != nil || res.Header.Get(Marker) != "" {
			t.Fatalf("%s: %s %q %v", target, res.Status, res.body, err)
		}
		if told["REQUEST_URI"] != target || told["QUERY_STRING"] != "utm_source=x" {
			t.Errorf("%s: the app got %v", target, told)
		}
		delete(told, "REQUEST_URI")
		delete(told, "REMOTE_PORT")
		params = append(params, told)
	}
	for _, told := range params {
		for name, value := range params[1] {
			if told[name] != value {
				t.Errorf("with a copy %s is %q, without one %q", name, told[name], value)
			}
		}
	}
	if told := params[0]; told["SCRIPT_FILENAME"] != filepath.Join(documents, "index.php") || told["DOCUMENT_ROOT"] != documents {
		t.Errorf("the front controller is %v", told)
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

// Behind uwsgi_pass the app is told the same of a URL that has a copy.
func TestFallbackUWSGI(t *testing.T) {
	installed(t)
	root := shared(t)
	release(t, root, "1", sitePages)
	copyAt(t, root, "news@!.html", "the copy")
	server := shop(root, "")
	server.App, server.Fallback = App{Kind: UWSGI, Address: "unix:" + uwsgi(t, root)}, true
	p := start(t, Instance{Config: config(t, server)})
	var params [2]map[string]string
	for i, target := range []string{"/news?utm_source=x", "/nope?utm_source=x"} {
		res := ask(t, p, "GET", target)
		if err := json.Unmarshal([]byte(res.body), &params[i]); err != nil || res.Header.Get(Marker) != "" {
			t.Fatalf("%s: %s %q %v", target, res.Status, res.body, err)
		}
		path, _, _ := strings.Cut(target, "?")
		if params[i]["PATH_INFO"] != path || params[i]["REQUEST_URI"] != target {
			t.Errorf("%s: the app got %v", target, params[i])
		}
		for _, name := range []string{"PATH_INFO", "REQUEST_URI", "REMOTE_PORT", "DOCUMENT_ROOT"} {
			delete(params[i], name) // the last is a folder of NGINX's, and no matter of uwsgi
		}
	}
	for name, value := range params[1] {
		if params[0][name] != value {
			t.Errorf("with a copy %s is %q, without one %q", name, params[0][name], value)
		}
	}
}
