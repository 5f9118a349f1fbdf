package local

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// behind starts an app, and a gate that passes to it, and returns the gate's address.
func behind(t *testing.T, app http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(app)
	t.Cleanup(server.Close)
	return gateTo(t, server.Listener.Addr().String())
}

func gateTo(t *testing.T, app string) string {
	t.Helper()
	proxy, err := Proxy(app)
	if err != nil {
		t.Fatal(err)
	}
	g := newGate(t.TempDir())
	g.App = proxy
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// send writes lines to the gate and returns the whole answer.
func send(t *testing.T, address string, lines ...string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, strings.Join(lines, "\r\n")+"\r\n\r\n")
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

// The app sees what it would see behind NGINX.
func TestAppSeesTheRequest(t *testing.T) {
	address := behind(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.Method+" "+r.RequestURI+" "+r.Host+"\n")
		r.Header.Write(w)
	})
	answer := send(t, address, `GET //x/%2F%41/{"|é}?q=%zz&b HTTP/1.1`, "Host: Shop.example.com:8080", "Connection: close, X-Hop",
		"X-Forwarded-For: 203.0.113.9", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil.example", "X_Forwarded_For: evil", "Accept-Encoding: br", "X-Hop: 1")
	for _, want := range []string{
		"GET //x/%2F%41/%7B%22%7C%C3%A9%7D?q=%zz&b Shop.example.com:8080\n", // see Proxy for "//"
		"X-Forwarded-For: 203.0.113.9, 127.0.0.1\r\n", "X-Forwarded-Proto: http\r\n", "X-Forwarded-Host: Shop.example.com:8080\r\n",
		"X-Real-Ip: 127.0.0.1\r\n", "Accept-Encoding: br\r\n",
	} {
		if !strings.Contains(answer, want) {
			t.Errorf("no %q in\n%s", want, answer)
		}
	}
	for _, unwanted := range []string{"evil", "X-Hop", "User-Agent"} {
		if strings.Contains(answer, unwanted) {
			t.Errorf("%q in\n%s", unwanted, answer)
		}
	}
	answer = send(t, address, `GET /x/{"|é}?? HTTP/1.1`, "Host: shop.example.com", "Connection: close")
	if want := `GET /x/{"|é}?? shop.example.com`; !strings.Contains(answer, want) {
		t.Errorf("no %q in\n%s", want, answer)
	}
}

// Bodies go both ways, and the app's compression is its own.
func TestBodiesPass(t *testing.T) {
	address := behind(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(http.StatusCreated)
		io.Copy(w, r.Body)
	})
	answer := send(t, address, "POST /about HTTP/1.1", "Host: shop.example.com", "Connection: close", "Content-Length: 4", "", "body")
	// send has added an end of line after the body, which is not the app's.
	if !strings.HasPrefix(answer, "HTTP/1.1 201 Created\r\n") || !strings.HasSuffix(answer, "\r\nbody") || !strings.Contains(answer, "Content-Encoding: gzip\r\n") {
		t.Errorf("answer %q", answer)
	}
}

// A web socket is one connection from the visitor to the app. Another upgrade
// is not, for h2c would carry requests past the gate.
func TestUpgrades(t *testing.T) {
	address := behind(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			io.WriteString(w, "no upgrade")
			return
		}
		conn, both, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
		line, _ := both.ReadString('\n')
		io.WriteString(conn, "echo "+line)
	})
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "GET /chat HTTP/1.1\r\nHost: shop.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
	in := bufio.NewReader(conn)
	response, err := http.ReadResponse(in, nil)
	if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("answer %v, %v", response, err)
	}
	io.WriteString(conn, "hello\n")
	if line, _ := in.ReadString('\n'); line != "echo hello\n" {
		t.Errorf("the app said %q", line)
	}
	answer := send(t, address, "GET /chat HTTP/1.1", "Host: shop.example.com", "Upgrade: h2c", "Connection: Upgrade, close", "HTTP2-Settings: x")
	if !strings.HasSuffix(answer, "no upgrade") {
		t.Errorf("h2c: answer %q", answer)
	}
}

// An app that is down is a 502 of the gate's own, and never a hang or a panic.
func TestAppIsDown(t *testing.T) {
	server := httptest.NewServer(theApp)
	address := server.Listener.Addr().String()
	server.Close()
	answer := send(t, gateTo(t, address), "GET /nope HTTP/1.1", "Host: shop.example.com", "Connection: close")
	if !strings.HasPrefix(answer, "HTTP/1.1 502 ") || strings.Contains(answer, "X-Icecap") {
		t.Errorf("answer %q", answer)
	}
}

func TestAppOnASocket(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "app.sock")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: theApp}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	answer := send(t, gateTo(t, "unix:"+socket), "GET /nope HTTP/1.1", "Host: shop.example.com", "Connection: close")
	if !strings.HasSuffix(answer, "app saw /nope") {
		t.Errorf("answer %q", answer)
	}
}

func TestProxyRefusesOddAddresses(t *testing.T) {
	for _, address := range []string{"", "127.0.0.1", "http://127.0.0.1:80", "unix:", ":80", "host:"} {
		if _, err := Proxy(address); err == nil {
			t.Errorf("Proxy(%q) takes it", address)
		}
	}
}
