package nginx

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// goldenHost has two sites, one of them over TLS.
var goldenHost = Host{Sites: []HostSite{
	{Server: goldens["proxy"], Certificate: "/etc/letsencrypt/live/shop.example.com/fullchain.pem", Key: "/etc/letsencrypt/live/shop.example.com/privkey.pem"},
	{Server: goldens["none"]},
}}

func TestHostGolden(t *testing.T) {
	block, err := goldenHost.Config()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", "host.conf")
	if *update {
		if err := os.WriteFile(file, []byte(block.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || block.String() != string(want) {
		t.Errorf("%s is not what is emitted (%v); see the difference with: go test ./nginx -update && git diff", file, err)
	}
}

// keyPair writes the certificate of httptest's servers, and its key.
func keyPair(t *testing.T, dir string) (certificate, key string) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS()
	defer server.Close()
	pair := server.TLS.Certificates[0]
	private, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	certificate, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for name, block := range map[string]*pem.Block{certificate: {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, key: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return certificate, key
}

// The whole configuration runs: a page comes from disk over TLS, plain HTTP leads
// there, the other site is beside it, and a stranger's host gets nothing. Only
// ports and paths are this machine's.
func TestHostRuns(t *testing.T) {
	binary := installed(t)
	dir := shared(t)
	host := Host{Logs: dir, Sites: []HostSite{
		{Server: Server{Site: "shop", Hosts: []string{"shop.example.com"}, Root: dir + "/shop", App: App{Kind: Proxy, Address: strings.TrimPrefix(newApp(t).URL, "http://")}}},
		{Server: Server{Site: "blog", Hosts: []string{"blog.example.com"}, Root: dir + "/blog"}},
	}}
	host.Sites[0].Certificate, host.Sites[0].Key = keyPair(t, dir)
	for _, site := range []string{"shop", "blog"} {
		release(t, filepath.Join(dir, site), "1", []page{{"/about", "text/html", site}})
	}
	block, err := host.Config()
	if err != nil {
		t.Fatal(err)
	}
	plain, secure := freeAddress(t), freeAddress(t)
	text := strings.NewReplacer(`listen "[::]:`, `#listen "[::]:`, "listen 80", "listen "+plain, "listen 443", "listen "+secure,
		"/run/nginx.pid", dir+"/nginx.pid", "user www-data;", "").Replace(block.String())
	conf := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	runHost(t, binary, dir, conf, plain)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				if strings.HasSuffix(address, ":443") {
					return new(net.Dialer).DialContext(ctx, network, secure)
				}
				return new(net.Dialer).DialContext(ctx, network, plain)
			}}}
	for url, want := range map[string]string{
		"https://shop.example.com/about":      "200 disk  shop",
		"https://shop.example.com/nope":       "200   app",
		"http://shop.example.com/about?a=%2F": "301  https://shop.example.com/about?a=%2F ",
		"http://blog.example.com/about":       "200 disk  blog",
		"http://stranger.example/about":       "",
		"https://stranger.example/about":      "",
	} {
		got := ""
		if res, err := client.Get(url); err == nil {
			body, _ := io.ReadAll(res.Body)
			res.Body.Close()
			got = strings.Join([]string{res.Status[:3], res.Header.Get(Marker), res.Header.Get("Location"), string(body)}, " ")
		}
		if got != want && !(strings.HasPrefix(want, "301") && strings.HasPrefix(got, want)) {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// A host is held to the same allow-lists, and no two sites may meet.
func TestHostRefuses(t *testing.T) {
	for name, change := range map[string]func(*Host){
		"Sites":       func(h *Host) { h.Sites = nil },
		"User":        func(h *Host) { h.User = "root; include x" },
		"Logs":        func(h *Host) { h.Logs = "/var/log;" },
		"Site":        func(h *Host) { h.Sites[1].Server.Site = "shop" },
		"Hosts":       func(h *Host) { h.Sites[1].Server.Hosts = []string{"WWW.shop.example.com"} },
		"Certificate": func(h *Host) { h.Sites[0].Certificate = "/a b" },
		"Key":         func(h *Host) { h.Sites[0].Key = "/$host" },
		"Root":        func(h *Host) { h.Sites[0].Server.Root = "/a;" },
	} {
		host := goldenHost
		host.Sites = append([]HostSite{}, goldenHost.Sites...)
		change(&host)
		var field *FieldError
		if block, err := host.Config(); !errors.As(err, &field) || field.Field != name || block != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// runHost runs an NGINX with a whole configuration until the test ends.
func runHost(t *testing.T, binary Binary, dir, conf, address string) {
	t.Helper()
	cmd := exec.Command(binary.Path, "-p", dir, "-c", conf, "-g", "daemon off;")
	attach(cmd)
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	t.Cleanup(func() { killGroup(cmd.Process.Pid); <-ended })
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			return
		}
		select {
		case <-ended:
			t.Fatal(said.String())
		default:
		}
	}
	t.Fatal("nginx does not listen")
}

// No value of a host makes a directive that is not there for every value.
func FuzzHost(f *testing.F) {
	for _, value := range []string{"a", "/srv/a.pem", "www-data", "/a;", "/a b", "$host", "/a\n", `/a"`, `\`, "x{", "}", "#", "/a\x00"} {
		f.Add(value)
	}
	setters := []func(*Host, string){
		func(h *Host, v string) { h.User = v },
		func(h *Host, v string) { h.Logs = v },
		func(h *Host, v string) { h.Sites[0].Certificate = v },
		func(h *Host, v string) { h.Sites[0].Key = v },
		func(h *Host, v string) { h.Sites[1].Server.Site = v },
		func(h *Host, v string) { h.Sites[1].Server.Hosts = []string{v} },
	}
	plain, err := goldenHost.Config()
	if err != nil {
		f.Fatal(err)
	}
	want := outline(plain)
	f.Fuzz(func(t *testing.T, value string) {
		for i, set := range setters {
			host := goldenHost
			host.Sites = append([]HostSite{}, goldenHost.Sites...)
			set(&host, value)
			block, err := host.Config()
			if err != nil {
				continue
			}
			read, err := Parse(block.String())
			if err != nil {
				t.Fatal(err)
			}
			if got := outline(read); !slices.Equal(got, want) {
				t.Fatalf("setter %d: value %q changes the directives to\n%v, want\n%v", i, value, got, want)
			}
			if findings := Audit(read); len(findings) > 0 {
				t.Fatalf("setter %d: value %q: %v", i, value, findings)
			}
		}
	})
}
