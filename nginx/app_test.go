package nginx

import (
	"bufio"
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
	"testing"
	"time"
)

// The app sees the visitor as it would without NGINX before it.
func TestWhatTheAppSees(t *testing.T) {
	_, p, a := proxied(t)
	for _, test := range []struct {
		target  string
		headers []string
		host    string // what the app must take for the host
		from    string // X-Forwarded-For
	}{
		{"/nope", nil, "shop.example.com", "127.0.0.1"},
		{"/nope", []string{"Host: shop.example.com:8443"}, "shop.example.com:8443", "127.0.0.1"},
		{"/nope", []string{"Host: SHOP.Example.com"}, "SHOP.Example.com", "127.0.0.1"},
		{"/nope", []string{"Host: evil.example:81"}, "evil.example:81", "127.0.0.1"},
		{"/nope", []string{"Host: [::1]:8080"}, "[::1]:8080", "127.0.0.1"},
		// A target that names one host beside a header that names another.
		{"http://shop.example.com/nope", []string{"Host: evil.example"}, "shop.example.com", "127.0.0.1"},
		// Forgeries are overwritten or told apart.
		{"/nope", []string{"X-Forwarded-For: 9.9.9.9", "X-Real-IP: 9.9.9.9", "X-Forwarded-Host: evil", "X-Forwarded-Proto: https"}, "shop.example.com", "9.9.9.9, 127.0.0.1"},
		// Only web sockets may upgrade.
		{"/nope", []string{"Upgrade: h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"}, "shop.example.com", "127.0.0.1"},
	} {
		ask(t, p, "GET", test.target, test.headers...)
		seen := a.take()
		if len(seen) != 1 {
			t.Errorf("%s %s: asked %d times", test.target, test.headers, len(seen))
			continue
		}
		r := seen[0]
		for name, want := range map[string]string{
			"X-Forwarded-Host": test.host, "X-Forwarded-For": test.from, "X-Forwarded-Proto": "http", "X-Real-Ip": "127.0.0.1",
			"Connection": "", "Upgrade": "",
		} {
			if got := strings.Join(r.Header[name], ","); got != want {
				t.Errorf("%s %s: %s is %q, want %q", test.target, test.headers, name, got, want)
			}
		}
		if r.Host != test.host || r.RequestURI != "/nope" {
			t.Errorf("%s %s: the app got %s at %q, want %q", test.target, test.headers, r.RequestURI, r.Host, test.host)
		}
	}
}

// A body goes through, and what the app says comes back as it is.
func TestAppAnswers(t *testing.T) {
	root := t.TempDir()
	release(t, root, "1", sitePages)
	long := strings.Repeat("c", 12_000) // "upstream sent too big header" with NGINX's own buffers
	back := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Set-Cookie", long)
		w.Header().Set("Location", "http://"+r.Host+"/next")
		w.Header().Set("Content-Type", "text/html; charset=iso-8859-1")
		w.WriteHeader(http.StatusSeeOther)
		fmt.Fprintf(w, "%d", len(body))
	}))
	defer back.Close()
	p := start(t, Instance{Config: config(t, shop(root, back.Listener.Addr().String()))})
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Post(p.URL()+"/about", "text/plain", strings.NewReader(strings.Repeat("x", 3<<20)))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	if res.StatusCode != 303 || string(body) != fmt.Sprint(3<<20) || res.Header.Get("Location") != p.URL()+"/next" ||
		res.Header.Get("Content-Type") != "text/html; charset=iso-8859-1" || res.Header.Get("Set-Cookie") != long {
		t.Errorf("%s %q %v", res.Status, body, res.Header)
	}
}

// The app's own error pages are the visitor's.
func TestAppErrorsAreKept(t *testing.T) {
	for _, status := range []int{403, 404, 500, 502, 503} {
		back := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			io.WriteString(w, "the app's own")
		}))
		p := start(t, Instance{Config: config(t, shop(t.TempDir(), back.Listener.Addr().String()))})
		if res := ask(t, p, "GET", "/nope"); res.StatusCode != status || res.body != "the app's own" {
			t.Errorf("%d: %s %q", status, res.Status, res.body)
		}
		back.Close()
	}
}

// A web socket under the URL of a frozen page reaches the app and stays open.
func TestWebSocket(t *testing.T) {
	root := t.TempDir()
	release(t, root, "1", sitePages)
	back := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") || !strings.EqualFold(r.Header.Get("Connection"), "upgrade") {
			t.Errorf("the app got %v", r.Header)
		}
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
		for line, err := rw.ReadString('\n'); err == nil; line, err = rw.ReadString('\n') {
			io.WriteString(conn, "echo "+line)
		}
	}))
	defer back.Close()
	p := start(t, Instance{Config: config(t, shop(root, back.Listener.Addr().String()))})
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(conn, "GET /about HTTP/1.1\r\nHost: shop.example.com\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\r\n")
	r := bufio.NewReader(conn)
	res, err := http.ReadResponse(r, nil)
	if err != nil || res.StatusCode != 101 {
		t.Fatalf("%v %v", res, err)
	}
	for _, word := range []string{"one\n", "two\n"} {
		io.WriteString(conn, word)
		if line, err := r.ReadString('\n'); err != nil || line != "echo "+word {
			t.Errorf("%q %v", line, err)
		}
	}
}

// Without an app only host and spelling matter.
func TestNoApp(t *testing.T) {
	root := t.TempDir()
	missing := page{"/404.html", "text/html", "<h1>nothing here</h1>"}
	release(t, root, "1", append([]page{missing}, sitePages...))
	server := shop(root, "")
	server.App = App{}
	p := start(t, Instance{Config: config(t, server)})
	about := "<h1>about</h1>"
	for _, test := range []struct {
		method, target string
		header         string
		status         int
		body           string
	}{
		{"GET", "/about", "Accept: */*", 200, about},
		{"GET", "/about?utm_source=x&u=http://y//z", "Accept: */*", 200, about},
		{"GET", "/about", "Cookie: sessionid=1", 200, about},
		{"GET", "/about", "Authorization: Basic eDp5", 200, about},
		{"GET", "/about", "HX-Request: true", 200, about},
		{"HEAD", "/about", "Accept: */*", 200, ""},
		{"GET", "/404.html", "Accept: */*", 200, missing.body},
		{"GET", "/nope", "Accept: */*", 404, missing.body},
		{"GET", "/nope?x=1", "Accept: */*", 404, missing.body},
		{"HEAD", "/nope", "Accept: */*", 404, ""},
		{"GET", "/p/about@.html", "Accept: */*", 404, missing.body},
		{"GET", "//about", "Accept: */*", 404, missing.body},
		{"GET", "/docs%2Fintro", "Accept: */*", 404, missing.body},
		{"GET", "/about", "Host: evil.example", 404, missing.body},
		{"GET", "/" + strings.Repeat("n", 300), "Accept: */*", 404, missing.body},
		{"POST", "/about", "Content-Length: 0", 405, ""},
		{"DELETE", "/about", "Content-Length: 0", 405, ""},
		{"POST", "/nope", "Content-Length: 0", 405, ""},
	} {
		res := ask(t, p, test.method, test.target, test.header)
		if res.StatusCode != test.status || test.status != 405 && res.body != test.body {
			t.Errorf("%s %.40s %s: %s %q", test.method, test.target, test.header, res.Status, res.body)
		}
		if test.status != 405 && (res.Header.Get("X-Frame-Options") != "DENY" || res.Header.Get("Content-Type") != "text/html; charset=utf-8") {
			t.Errorf("%s %.40s %s: %v", test.method, test.target, test.header, res.Header)
		}
	}
	if log := p.ErrorLog(); strings.Contains(log, "[error]") || strings.Contains(log, "[crit]") {
		t.Errorf("error log:\n%s", log)
	}
}

// A release without a 404 page, and none at all: NGINX's own 404.
func TestNoAppNoPage(t *testing.T) {
	server := shop(t.TempDir(), "")
	server.App = App{}
	p := start(t, Instance{Config: config(t, server)})
	if res := ask(t, p, "GET", "/about"); res.StatusCode != 404 || !strings.Contains(res.body, "nginx") {
		t.Errorf("%s %q", res.Status, res.body)
	}
}

// wsgi answers with what it was told, as JSON.
const wsgi = `import json
def application(environ, start_response):
    body = environ['wsgi.input'].read()
    told = {k: v for k, v in environ.items() if isinstance(v, str)}
    told['url_scheme'], told['body'] = environ['wsgi.url_scheme'], body.decode()
    start_response('200 OK', [('Content-Type', 'application/json'), ('X-Icecap', 'disk'), ('Icecap-Freeze', 'no'), ('Icecap-Links', '/a'), ('Icecap-Tag', 'x')])
    return [json.dumps(told).encode()]
`

// uwsgi runs a WSGI app under uWSGI at a unix socket until the test ends.
func uwsgi(t *testing.T, dir string) (socket string) {
	t.Helper()
	path, err := exec.LookPath("uwsgi")
	if err != nil {
		t.Skip("needs uwsgi: install the packages uwsgi-core and uwsgi-plugin-python3")
	}
	if err := os.WriteFile(filepath.Join(dir, "app.py"), []byte(wsgi), 0o644); err != nil {
		t.Fatal(err)
	}
	socket = filepath.Join(dir, "app.sock")
	cmd := exec.Command(path, "--plugin", "python3", "--socket", socket, "--chmod-socket=666", "--wsgi-file", filepath.Join(dir, "app.py"), "--need-app", "--die-on-term")
	attach(cmd)
	var log strings.Builder
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	t.Cleanup(func() { killGroup(cmd.Process.Pid); <-ended })
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if conn, err := net.Dial("unix", socket); err == nil {
			conn.Close()
			return socket
		}
		select {
		case <-ended:
			if strings.Contains(log.String(), "UNABLE to load uWSGI plugin") {
				t.Skip("needs uwsgi's Python plugin: install the package uwsgi-plugin-python3: " + log.String())
			}
			t.Fatal("uwsgi ended: " + log.String())
		default:
		}
	}
	t.Fatal("uwsgi does not listen")
	return ""
}

// Behind uwsgi_pass the app is told the visitor's URL, also where NGINX had
// already chosen a file, and query, host and address.
func TestUWSGI(t *testing.T) {
	installed(t)
	root := shared(t)
	release(t, root, "1", sitePages)
	server := shop(root, "")
	server.App = App{Kind: UWSGI, Address: "unix:" + uwsgi(t, root)}
	p := start(t, Instance{Config: config(t, server)})
	if err := os.Chmod(filepath.Join(root, "releases/1/p/about@.html"), 0); err != nil {
		t.Fatal(err)
	}
	if res := ask(t, p, "GET", "/docs/"); res.Header.Get(Marker) != "disk" || res.body != "<h1>docs/</h1>" {
		t.Errorf("/docs/: %s %q", res.Status, res.body)
	}
	for _, test := range []struct {
		method, target string
		headers        []string
		want           map[string]string
	}{
		{"GET", "/nope/x%20y?a=1&b=%2F", nil, map[string]string{"PATH_INFO": "/nope/x y", "QUERY_STRING": "a=1&b=%2F", "REQUEST_URI": "/nope/x%20y?a=1&b=%2F", "REQUEST_METHOD": "GET"}},
		{"GET", "/about", nil, map[string]string{"PATH_INFO": "/about", "QUERY_STRING": "", "REQUEST_URI": "/about"}}, // unreadable
		{"GET", "/docs/?x=1", nil, map[string]string{"PATH_INFO": "/docs/", "QUERY_STRING": "x=1"}},
		{"GET", "/docs//", nil, map[string]string{"REQUEST_URI": "/docs//"}},
		{"GET", "/nope", []string{"Host: shop.example.com:8443"}, map[string]string{"HTTP_HOST": "shop.example.com:8443", "REMOTE_ADDR": "127.0.0.1", "url_scheme": "http", "SERVER_PROTOCOL": "HTTP/1.1"}},
		{"GET", "http://shop.example.com/nope", []string{"Host: evil.example"}, map[string]string{"HTTP_HOST": "shop.example.com", "PATH_INFO": "/nope"}},
		{"GET", "/nope", []string{"Proxy: http://evil.example", "X-Custom: 1"}, map[string]string{"HTTP_PROXY": "", "HTTP_X_CUSTOM": "1"}},
		{"GET", "/docs/", []string{"Cookie: sessionid=1"}, map[string]string{"PATH_INFO": "/docs/", "HTTP_COOKIE": "sessionid=1"}},
	} {
		res := ask(t, p, test.method, test.target, test.headers...)
		var told map[string]string
		if err := json.Unmarshal([]byte(res.body), &told); err != nil || res.Header.Get(Marker) != "" || res.Header.Get("Icecap-Freeze") != "" || res.Header.Get("Icecap-Tag") != "" {
			t.Errorf("%s: %s %q %v", test.target, res.Status, res.body, res.Header)
			continue
		}
		for name, want := range test.want {
			if told[name] != want {
				t.Errorf("%s %s: %s is %q, want %q", test.target, test.headers, name, told[name], want)
			}
		}
	}
	post, err := http.Post(p.URL()+"/docs/", "text/plain", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	defer post.Body.Close()
	var told map[string]string
	if err := json.NewDecoder(post.Body).Decode(&told); err != nil || told["body"] != "hello" || told["CONTENT_TYPE"] != "text/plain" || told["CONTENT_LENGTH"] != "5" {
		t.Errorf("POST: %v %v", told, err)
	}
}
