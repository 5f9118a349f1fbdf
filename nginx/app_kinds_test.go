package nginx

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/websocket"
)

// goApp is an app in Go: it says what it was told, echoes a web socket, and
// streams events one by one, each only after the visitor has seen the last.
func goApp(next <-chan struct{}) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(map[string]string{"uri": r.RequestURI, "host": r.Host, "for": r.Header.Get("X-Forwarded-For"), "proto": r.Header.Get("X-Forwarded-Proto")})
	})
	mux.Handle("/echo", websocket.Handler(func(conn *websocket.Conn) { io.Copy(conn, conn) }))
	mux.HandleFunc("/events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("X-Accel-Buffering", "no")
		for i := range 3 {
			fmt.Fprintf(w, "data: %d\n\n", i)
			w.(http.Flusher).Flush()
			select {
			case <-next:
			case <-r.Context().Done():
			}
		}
	})
	return mux
}

// tlsApp is an app behind TLS with a certificate of "example.com", and the
// file of the authority that vouches for it.
func tlsApp(t *testing.T, dir string, h http.Handler) (address, ca string) {
	t.Helper()
	server := httptest.NewTLSServer(h)
	t.Cleanup(server.Close)
	ca = filepath.Join(dir, "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, block, 0o644); err != nil {
		t.Fatal(err)
	}
	return server.Listener.Addr().String(), ca
}

// socketApp is an app at a unix socket.
func socketApp(t *testing.T, dir string, h http.Handler) (socket string) {
	t.Helper()
	socket = filepath.Join(dir, "app.sock")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(socket, 0o666); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(h)
	server.Listener.Close()
	server.Listener = listener
	server.Start()
	t.Cleanup(server.Close)
	return socket
}

// An app in Go is told the visitor's own URL, host and address, its web socket
// stays open, and its events arrive one by one: over HTTP, at a port and at a
// socket, and over TLS.
func TestGoApp(t *testing.T) {
	installed(t)
	for _, way := range []string{"TCP", "socket", "TLS"} {
		t.Run(way, func(t *testing.T) {
			root, next := shared(t), make(chan struct{})
			release(t, root, "1", sitePages)
			server := shop(root, "")
			switch way {
			case "TLS":
				address, ca := tlsApp(t, root, goApp(next))
				server.App = App{Kind: HTTPS, Address: address, TLS: TLS{Name: "example.com", CA: ca}}
			case "socket":
				server.App.Address = "unix:" + socketApp(t, root, goApp(next))
			default:
				app := httptest.NewServer(goApp(next))
				defer app.Close()
				server.App.Address = app.Listener.Addr().String()
			}
			p := start(t, Instance{Config: config(t, server)})
			told := map[string]string{}
			res := ask(t, p, "GET", "/nope/x%20y?a=1", "Host: shop.example.com:8443")
			if err := json.Unmarshal([]byte(res.body), &told); err != nil ||
				told["uri"] != "/nope/x%20y?a=1" || told["host"] != "shop.example.com:8443" || told["for"] != "127.0.0.1" || told["proto"] != "http" {
				t.Errorf("the app is told %v (%s %v)", told, res.Status, err)
			}
			goWebSocket(t, p)
			goEvents(t, p, next)
			if res := ask(t, p, "GET", "/about"); res.Header.Get(Marker) != "disk" {
				t.Errorf("/about: %s", res.Status)
			}
		})
	}
}

func goWebSocket(t *testing.T, p *Process) {
	t.Helper()
	conn, err := websocket.Dial(strings.Replace(p.URL(), "http", "ws", 1)+"/echo", "", p.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, word := range []string{"one", "two"} {
		var echo string
		if err := websocket.Message.Send(conn, word); err != nil {
			t.Fatal(err)
		}
		if err := websocket.Message.Receive(conn, &echo); err != nil || echo != word {
			t.Errorf("web socket: %q %v", echo, err)
		}
	}
}

// goEvents tells the app to go on only when an event has arrived, so that it
// would hang if NGINX kept events back.
func goEvents(t *testing.T, p *Process, next chan<- struct{}) {
	t.Helper()
	res, err := http.Get(p.URL() + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	for i := range 3 {
		if !lines.Scan() || lines.Text() != fmt.Sprintf("data: %d", i) || !lines.Scan() {
			t.Fatalf("event %d: %q %v", i, lines.Text(), lines.Err())
		}
		next <- struct{}{}
	}
	if res.Header.Get("X-Accel-Buffering") != "" || res.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("events: %v", res.Header)
	}
}

// An app whose certificate nobody vouches for, or that is another's, is not
// believed; pages from disk go on.
func TestUnknownCertificate(t *testing.T) {
	installed(t)
	root := shared(t)
	release(t, root, "1", sitePages)
	address, ca := tlsApp(t, root, goApp(nil))
	for name, test := range map[string]struct {
		tls    TLS
		status int
	}{
		"right":             {TLS{Name: "example.com", CA: ca}, 200},
		"another name":      {TLS{Name: "other.example", CA: ca}, 502},
		"unknown authority": {TLS{Name: "example.com"}, 502},
		"any is believed":   {TLS{Name: "other.example", Insecure: true}, 200},
	} {
		server := shop(root, "")
		server.App = App{Kind: HTTPS, Address: address, TLS: test.tls}
		p := start(t, Instance{Config: config(t, server)})
		if res := ask(t, p, "GET", "/nope"); res.StatusCode != test.status {
			t.Errorf("%s: %s, want %d", name, res.Status, test.status)
		}
		if res := ask(t, p, "GET", "/about"); res.Header.Get(Marker) != "disk" {
			t.Errorf("%s: /about: %s", name, res.Status)
		}
	}
}

// An app may see by SNI whom it is asked for.
func TestServerName(t *testing.T) {
	installed(t)
	root := shared(t)
	names := make(chan string, 1)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			close(names)
			return
		}
		defer conn.Close()
		tls.Server(conn, &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			names <- hello.ServerName
			return nil, fmt.Errorf("enough")
		}}).Handshake()
	}()
	server := shop(root, "")
	server.App = App{Kind: HTTPS, Address: listener.Addr().String(), TLS: TLS{Name: "App.Internal"}}
	p := start(t, Instance{Config: config(t, server)})
	ask(t, p, "GET", "/nope")
	if name := <-names; name != "app.internal" {
		t.Errorf("asked for %q", name)
	}
}
