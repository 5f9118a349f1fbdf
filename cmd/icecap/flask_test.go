package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"icecap/nginx"
)

// TestFlask freezes a Flask app and serves it before uWSGI (uwsgi_pass and
// scgi_pass) and before gunicorn (proxy_pass).
func TestFlask(t *testing.T) {
	for _, leg := range []struct {
		name  string
		start func(testing.TB) webApp
	}{
		{"uwsgi_pass", func(t testing.TB) webApp { return startFlaskUWSGI(t, "uwsgi") }},
		{"scgi_pass", func(t testing.TB) webApp { return startFlaskUWSGI(t, "scgi") }},
		{"proxy_pass", startFlaskGunicorn},
	} {
		t.Run(leg.name, func(t *testing.T) {
			t.Parallel()
			flaskStory(t, leg.start(t))
		})
	}
}

func flaskStory(t *testing.T, app webApp) {
	out := filepath.Join(t.TempDir(), "frozen")
	if stdout, stderr, code := icecap(t, "freeze", app.URL, "--out", out); code != 0 {
		t.Fatalf("icecap freeze: exit code %d\n%s%s", code, stdout, stderr)
	}
	site := currentSite(t, out)
	// Home, 60 notes, one with a space and an accent, one with a slash, the API, a style sheet.
	if len(site.Entries) != 65 {
		t.Errorf("%d pages frozen, want 65; left to the app: %s", len(site.Entries), skipReasons(site))
	}
	gate := startGate(t, "--out", out, "--pass", app.Pass, "--cookie", "flask")

	before, _ := app.count(t)
	askFrozen(t, http.DefaultClient, gate.URL(), site.Entries)
	if after, paths := app.count(t); after != before {
		t.Errorf("%d requests for frozen pages reached the app: %v", after-before, paths)
	}
	plain, _ := startFlaskNGINX(t, app)
	flaskEcho(t, plain, gate.URL())
	flaskSession(t, gate.URL())
	flaskEvents(t, gate.URL())

	app.stop()
	askFrozen(t, http.DefaultClient, gate.URL(), site.Entries)
	if status, source, _ := get(t, http.DefaultClient, gate.URL()+"/echo"); status != http.StatusBadGateway || source != "" {
		t.Errorf("without the app, /echo answers %d from %q, want 502", status, source)
	}
}

// startFlaskNGINX is what stood before the app until icecap came: the usual
// NGINX. It returns its URL and its configuration file.
func startFlaskNGINX(t *testing.T, app webApp) (address, conf string) {
	port := freePort(t)
	location := ""
	if app.Pass == app.URL {
		location = `proxy_set_header Host $http_host; proxy_pass ` + app.URL + `;`
	}
	if protocol, address, _ := strings.Cut(app.Pass, "://"); protocol != "http" {
		// The uwsgi_params and scgi_params files that come with NGINX; the latter
		// lacks PATH_INFO, which everybody adds.
		for _, param := range []string{
			"QUERY_STRING $query_string", "REQUEST_METHOD $request_method", "CONTENT_TYPE $content_type", "CONTENT_LENGTH $content_length",
			"REQUEST_URI $request_uri", "PATH_INFO $document_uri", "DOCUMENT_ROOT $document_root", "SERVER_PROTOCOL $server_protocol",
			"REQUEST_SCHEME $scheme", "HTTPS $https if_not_empty", "REMOTE_ADDR $remote_addr", "REMOTE_PORT $remote_port",
			"SERVER_PORT $server_port", "SERVER_NAME $server_name", "SCGI 1",
		} {
			if protocol == "scgi" || param != "SCGI 1" {
				location += "\n            " + protocol + "_param " + param + ";"
			}
		}
		location += "\n            " + protocol + "_pass " + address + ";"
	}
	conf = startPlainNGINX(t, port, "server_name 127.0.0.1;\nlocation / { "+location+" }").conf
	return "http://127.0.0.1:" + port, conf
}

// echoes are requests of all kinds, whose every detail the app tells.
var echoes = []struct{ method, target, body string }{
	{"GET", "/echo", ""},
	{"GET", "/echo?x=1&y=%2F&z=a+b", ""},
	{"GET", "/echo/a%20b/caf%C3%A9?q=%E2%82%AC", ""},
	{"GET", "/echo/a%2Fb", ""},
	{"GET", "/echo/x//y/./z/../w", ""},
	{"GET", "/echo/100%25?", ""},
	{"POST", "/echo?x=1", "sent by a form"},
	{"PUT", "/echo/up", "sent by a script"},
}

// flaskEcho compares what the app is told through the gate with what it is told
// through the usual NGINX.
func flaskEcho(t *testing.T, plain, gate string) {
	for _, request := range echoes {
		want, got := flaskTold(t, plain, request.method, request.target, request.body), flaskTold(t, gate, request.method, request.target, request.body)
		for name := range want {
			if name != "HTTP_HOST" && got[name] != want[name] {
				t.Errorf("%s %s: through the gate %s is %q, through a plain NGINX %q", request.method, request.target, name, got[name], want[name])
			}
		}
		if host := strings.TrimPrefix(gate, "http://"); got["HTTP_HOST"] != host {
			t.Errorf("%s %s: the app sees the host %q, but %q was asked", request.method, request.target, got["HTTP_HOST"], host)
		}
	}
}

// flaskEvents lets the app go on only when an event has arrived, so that it
// would hang if NGINX kept events back.
func flaskEvents(t *testing.T, gate string) {
	client := &http.Client{Timeout: 20 * time.Second}
	response, err := client.Get(gate + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for i := range 3 {
		if want := fmt.Sprintf("data: %d", i); !lines.Scan() || lines.Text() != want || !lines.Scan() {
			t.Fatalf("event %d: %q, want %q: %v", i, lines.Text(), want, lines.Err())
		}
		answer, err := client.Post(gate+"/events/seen", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
	}
}

func flaskTold(t *testing.T, base, method, target, body string) map[string]string {
	t.Helper()
	request, err := http.NewRequest(method, base, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.URL.Opaque = target // as it stands
	client := &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]string{"answer": response.Status, "from": response.Header.Get(nginx.Marker)}
	if response.StatusCode == http.StatusOK {
		if err := json.Unmarshal(text, &told); err != nil {
			t.Fatalf("%s %s: %v\n%s", method, target, err, text)
		}
	}
	return told
}

// flaskSession logs in; from then on the app answers, with the visitor's name.
func flaskSession(t *testing.T, gate string) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.PostForm(gate+"/login", url.Values{"user": {"Ada"}})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if _, source, page := get(t, client, gate+"/notes/7"); source != "" || !strings.Contains(page, "Hello Ada") {
		t.Errorf("after the log-in a page comes from %q, with the name: %v", source, strings.Contains(page, "Hello Ada"))
	}
	if _, source, page := get(t, http.DefaultClient, gate+"/notes/7"); source != "disk" || strings.Contains(page, "Hello") {
		t.Errorf("a stranger's page comes from %q", source)
	}
}

// TestFlaskInstalled installs the gate into the NGINX that stands before the app
// already: the app is told the same as before, to the last variable.
func TestFlaskInstalled(t *testing.T) {
	app := startFlaskUWSGI(t, "uwsgi")
	address, conf := startFlaskNGINX(t, app)
	tell := func() (all []map[string]string) {
		for _, request := range echoes {
			told := flaskTold(t, address, request.method, request.target, request.body)
			delete(told, "REMOTE_PORT")
			all = append(all, told)
		}
		return all
	}
	before := tell()
	out := filepath.Join(readableTempDir(t), "frozen")
	if stdout, stderr, code := icecap(t, "freeze", app.URL, "--public", address, "--out", out); code != 0 {
		t.Fatalf("icecap freeze: exit code %d\n%s%s", code, stdout, stderr)
	}
	if stdout, stderr, code := icecap(t, "nginx", "install", "--public", address, "--out", out, "--conf", conf, "--prefix", filepath.Dir(conf)); code != 0 {
		t.Fatalf("icecap nginx install: exit code %d\n%s%s", code, stdout, stderr)
	}
	after := tell()
	for i := range before {
		if !maps.Equal(before[i], after[i]) {
			t.Errorf("%s %s: the app is told\n%v\nbefore it was told\n%v", echoes[i].method, echoes[i].target, after[i], before[i])
		}
	}
	app.stop()
	askFrozen(t, http.DefaultClient, address, currentSite(t, out).Entries)
}

// TestBackends puts two copies of an app behind the gate and kills one in the
// midst of requests: no visitor notices.
func TestBackends(t *testing.T) {
	first, second, spare := startFlaskGunicorn(t), startFlaskGunicorn(t), startFlaskGunicorn(t)
	out := filepath.Join(t.TempDir(), "frozen")
	if stdout, stderr, code := icecap(t, "freeze", first.URL, "--include", "/", "--out", out); code != 0 {
		t.Fatalf("icecap freeze: exit code %d\n%s%s", code, stdout, stderr)
	}
	settings := writeServerFile(t, t.TempDir(), "icecap.toml", `
[app]
balance = "least_conn"
[[backend]]
address = "`+first.URL+`"
weight = 2
[[backend]]
address = "`+second.URL+`"
max_fails = 1
fail_timeout = "30s"
[[backend]]
address = "`+spare.URL+`"
backup = true
`)
	gate := startGate(t, "-c", settings, "--out", out, "--public", "http://127.0.0.1")
	ask := func(n int) {
		t.Helper()
		for range n {
			if status, source, body := get(t, http.DefaultClient, gate.URL()+"/echo"); status != http.StatusOK || source != "" {
				t.Fatalf("/echo answers %d from %q\n%s", status, source, body)
			}
		}
	}
	asked := func(app webApp) int { _, paths := app.count(t); return paths["/echo"] }
	ask(30)
	if a, b, c := asked(first), asked(second), asked(spare); a == 0 || b == 0 || c != 0 || a <= b {
		t.Errorf("the backends got %d, %d and %d requests; want more for the first, none for the spare", a, b, c)
	}
	first.stop()
	ask(30)
	if second, spare := asked(second), asked(spare); second < 30 || spare != 0 {
		t.Errorf("with the first one dead the second got %d, the spare %d", second, spare)
	}
	second.stop()
	ask(10)
	if n := asked(spare); n != 10 {
		t.Errorf("with both dead the spare got %d requests, want 10", n)
	}
}
