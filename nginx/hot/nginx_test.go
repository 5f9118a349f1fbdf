package hot

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"icecap/content"
	"icecap/nginx"
)

// TestLogsOfNGINX reads what a real NGINX writes, in both formats, of requests
// that try to break a log.
func TestLogsOfNGINX(t *testing.T) {
	binary, err := nginx.Find()
	if err != nil {
		t.Skip(err)
	}
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "app") }))
	defer app.Close()
	conf, err := nginx.Server{Site: "shop", Hosts: []string{"127.0.0.1"}, Root: t.TempDir(), Cookies: []string{"session"},
		App: nginx.App{Kind: nginx.Proxy, Address: strings.TrimPrefix(app.URL, "http://")}}.Config()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	own, plain := filepath.Join(dir, "own.log"), filepath.Join(dir, "combined.log")
	server, err := nginx.Start(context.Background(), nginx.Instance{Binary: binary, Config: conf, AccessLog: own,
		Extra: nginx.Config{Server: nginx.Block{{Name: "access_log", Args: []string{plain, "combined"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	address := strings.TrimPrefix(server.URL(), "http://")
	requests := []string{
		"GET /about HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Firefox\r\n",
		"GET /a\"b\\c?x=\"} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: a\" \\ \"b\",\"x\":\"\r\n",
		"GET /caf\xc3\xa9 HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Firefox\r\nAuthorization: Basic YSBiIFtjXSAiZCI6eA==\r\n",
		"POST /cart HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: curl/8\r\nCookie: session=1\r\nContent-Length: 0\r\n",
		"\x16\x03\x01\x02 not http\r\n",
		"GET http://127.0.0.1/absolute HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Firefox\r\n",
	}
	for _, raw := range requests {
		ask(t, address, raw)
	}
	if err := server.Stop(); err != nil { // the log is whole then
		t.Fatal(err)
	}
	for name, format := range map[string]string{own: "icecap", plain: "combined"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, ok := Detect(text)
		if !ok || f.Name() != format {
			t.Errorf("%s: detected %q", format, f.Name())
		}
		c := &Counter{Format: f, Queries: content.Queries{}}
		c.Add(text)
		s := c.Summary(ByRequests)
		var urls []string
		for _, p := range s.Paths {
			urls = append(urls, p.URL)
		}
		got := fmt.Sprintf("%d lines, %d damaged, %d empty, %d people, %d programs: %s", s.Lines, s.Damaged, s.Empty,
			s.People.Requests, s.Programs.Requests, strings.Join(urls, " "))
		want := `6 lines, 0 damaged, 1 empty, 4 people, 1 programs: /a"b\c /about /absolute /caf%C3%A9`
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s\n%s", format, got, want, text)
		}
	}
}

// ask sends a raw request and reads the answer to its end.
func ask(t *testing.T, address, raw string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, raw+"Connection: close\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, bufio.NewReader(conn))
}
