package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"icecap/nginx"
)

// TestFlask freezes a Flask app and serves it before uWSGI (uwsgi_pass) and
// before gunicorn (proxy_pass).
func TestFlask(t *testing.T) {
	for _, leg := range []struct {
		name  string
		start func(testing.TB) webApp
	}{
		{"uwsgi_pass", startFlaskUWSGI},
		{"proxy_pass", startFlaskGunicorn},
	} {
		t.Run(leg.name, func(t *testing.T) { flaskStory(t, leg.start(t)) })
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
	pass := app.URL
	if app.UWSGI != "" {
		pass = "uwsgi://" + app.UWSGI
	}
	gate := startGate(t, "--out", out, "--pass", pass, "--cookie", "flask")

	before, _ := app.count(t)
	askFrozen(t, http.DefaultClient, gate.URL(), site.Entries)
	if after, paths := app.count(t); after != before {
		t.Errorf("%d requests for frozen pages reached the app: %v", after-before, paths)
	}
	flaskEcho(t, startFlaskNGINX(t, app), gate.URL())
	flaskSession(t, gate.URL())

	app.stop()
	askFrozen(t, http.DefaultClient, gate.URL(), site.Entries)
	if status, source, _ := get(t, http.DefaultClient, gate.URL()+"/echo"); status != http.StatusBadGateway || source != "" {
		t.Errorf("without the app, /echo answers %d from %q, want 502", status, source)
	}
}

// startFlaskNGINX is what stood before the app until icecap came: the usual
// NGINX. It returns its URL.
func startFlaskNGINX(t *testing.T, app webApp) string {
	port := freePort(t)
	location := `proxy_set_header Host $http_host; proxy_pass ` + app.URL + `;`
	if app.UWSGI != "" {
		// The uwsgi_params file that comes with NGINX.
		location = `
            uwsgi_param QUERY_STRING $query_string;
            uwsgi_param REQUEST_METHOD $request_method;
            uwsgi_param CONTENT_TYPE $content_type;
            uwsgi_param CONTENT_LENGTH $content_length;
            uwsgi_param REQUEST_URI $request_uri;
            uwsgi_param PATH_INFO $document_uri;
            uwsgi_param DOCUMENT_ROOT $document_root;
            uwsgi_param SERVER_PROTOCOL $server_protocol;
            uwsgi_param REQUEST_SCHEME $scheme;
            uwsgi_param HTTPS $https if_not_empty;
            uwsgi_param REMOTE_ADDR $remote_addr;
            uwsgi_param REMOTE_PORT $remote_port;
            uwsgi_param SERVER_PORT $server_port;
            uwsgi_param SERVER_NAME $server_name;
            uwsgi_pass ` + app.UWSGI + `;`
	}
	startPlainNGINX(t, port, "location / { "+location+" }")
	return "http://127.0.0.1:" + port
}

// flaskEcho compares what the app is told through the gate with what it is told
// through the usual NGINX.
func flaskEcho(t *testing.T, plain, gate string) {
	for _, request := range []struct{ method, target, body string }{
		{"GET", "/echo", ""},
		{"GET", "/echo?x=1&y=%2F&z=a+b", ""},
		{"GET", "/echo/a%20b/caf%C3%A9?q=%E2%82%AC", ""},
		{"GET", "/echo/a%2Fb", ""},
		{"GET", "/echo/x//y/./z/../w", ""},
		{"GET", "/echo/100%25?", ""},
		{"POST", "/echo?x=1", "sent by a form"},
		{"PUT", "/echo/up", "sent by a script"},
	} {
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
