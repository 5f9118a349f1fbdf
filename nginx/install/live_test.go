package install

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"icecap/nginx"
)

// A live is an NGINX in use, as an operator has set it up: two files, three
// server blocks, TLS, and locations of his own.
type live struct {
	NGINX
	dir, site   string       // site is the file with the shop's server blocks
	http, https string       // addresses
	fails       *atomic.Bool // the app answers 500
}

const mainConf = `# The operator's own file.
daemon off;
worker_processes 1;
pid DIR/nginx.pid;
error_log DIR/error.log notice;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path DIR/body; proxy_temp_path DIR/proxy; fastcgi_temp_path DIR/fastcgi; uwsgi_temp_path DIR/uwsgi; scgi_temp_path DIR/scgi;
    include sites/*.conf;
    server { listen 127.0.0.1:PORT1; server_name other.example.com; location / { return 200 other; } }
}
`

const siteConf = `# Shop. Written by hand, with a tab	and odd   blanks.
server {
    listen 127.0.0.1:PORT1;
    server_name shop.example.com;
    return 301 https://shop.example.com$request_uri;
}

server {
    listen 127.0.0.1:PORT2 ssl;
    server_name www.example.com shop.example.com;
    ssl_certificate cert.pem;
    ssl_certificate_key key.pem;
    add_header Strict-Transport-Security max-age=60;

    location /static/ { return 200 "the operator's"; }   # his own
    location ~ \.html$ { proxy_pass http://APP; }

    location   /   {
        add_header X-Own 1;
        proxy_set_header Host $host;
        proxy_pass http://APP;
    }
}
`

// startLive writes the configuration, starts NGINX with it and ends it with the test.
func startLive(t *testing.T) live {
	t.Helper()
	binary, err := nginx.Find()
	if err != nil {
		t.Skip("needs nginx: install the package nginx")
	}
	dir, err := os.MkdirTemp("", "icecap-live-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	fails := &atomic.Bool{}
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fails.Load() {
			w.WriteHeader(http.StatusInternalServerError)
		}
		io.WriteString(w, "app "+r.RequestURI)
	}))
	t.Cleanup(app.Close)
	l := live{dir: dir, fails: fails, site: filepath.Join(dir, "conf/sites/shop.conf"), http: freeAddress(t), https: freeAddress(t)}
	l.NGINX = NGINX{Path: binary.Path, Conf: filepath.Join(dir, "conf/nginx.conf"), Prefix: dir}
	fill := strings.NewReplacer("DIR", dir, "127.0.0.1:PORT1", l.http, "127.0.0.1:PORT2", l.https, "APP", app.Listener.Addr().String()).Replace
	put(t, l.Conf, fill(mainConf))
	put(t, filepath.Join(dir, "conf/available/shop.conf"), fill(siteConf)) // as on Debian
	if err := os.MkdirAll(filepath.Dir(l.site), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../available/shop.conf", l.site); err != nil {
		t.Fatal(err)
	}
	certificate(t, filepath.Join(dir, "conf"))
	for _, page := range []string{"about@.html", "old.html@.html", "@.html"} {
		put(t, filepath.Join(dir, "out/releases/1/p", page), "frozen "+page)
	}
	if err := os.Symlink("releases/1", filepath.Join(dir, "out/current")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary.Path, "-p", dir, "-c", l.Conf)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	t.Cleanup(func() { cmd.Process.Signal(syscall.SIGTERM); <-ended })
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if _, body := l.get(t, "/static/x"); body == "the operator's" {
			return l
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(dir, "error.log"))
			t.Fatalf("nginx does not answer\n%s", log)
		}
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// certificate makes a self-signed one for shop.example.com.
func certificate(t *testing.T, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"shop.example.com"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "cert.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})))
	put(t, filepath.Join(dir, "key.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private})))
}

// get asks over TLS: the value of X-Icecap and the body.
func (l live) get(t *testing.T, path string) (source, body string) {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true, ServerName: "shop.example.com"},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, l.https)
		}}
	client := &http.Client{Transport: transport, Timeout: 10 * time.Second}
	res, err := client.Get("https://shop.example.com" + path)
	if err != nil {
		return "", err.Error()
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.Header.Get(nginx.Marker), string(text)
}

func (l live) installer() Installer {
	return Installer{NGINX: l.NGINX, Server: nginx.Server{Site: "shop", Hosts: []string{"shop.example.com"}, Root: filepath.Join(l.dir, "out")}}
}

// probe waits until a page comes from disk, as the command does.
func (l live) probe(t *testing.T) func(context.Context) error {
	return func(ctx context.Context) error {
		for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline) && ctx.Err() == nil; time.Sleep(5 * time.Millisecond) {
			if source, _ := l.get(t, "/about"); source == "disk" {
				return nil
			}
		}
		return errors.New("no page comes from disk")
	}
}

// quiet waits until no worker of before the one reload takes connections.
func (l live) quiet(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if log, _ := os.ReadFile(filepath.Join(l.dir, "error.log")); strings.Contains(string(log), "gracefully shutting down") {
			return
		}
	}
	t.Fatal("the old worker still takes connections")
}

// tree is every file of the configuration, but for icecap's own copies and lock.
// A link that has become a file fails the test.
func (l live) tree(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	if err := filepath.WalkDir(filepath.Join(l.dir, "conf"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.Contains(path, "/icecap/backup/") || strings.Contains(path, "/available/") || strings.HasSuffix(path, "/.lock") {
			return err
		}
		data, err := os.ReadFile(path)
		all[path] = string(data)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func (l live) wantTree(t *testing.T, when string, want map[string]string) {
	t.Helper()
	if info, err := os.Lstat(l.site); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("%s: %s is no link any more: %v", when, l.site, err)
	}
	got := l.tree(t)
	for path, text := range want {
		if got[path] != text {
			t.Errorf("%s: %s is\n%s\nwant\n%s", when, path, got[path], text)
		}
	}
	for path := range got {
		if _, ok := want[path]; !ok {
			t.Errorf("%s: %s is left", when, path)
		}
	}
}

// install does it all.
func (l live) install(t *testing.T, in Installer) {
	t.Helper()
	plan, err := in.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := in.Install(t.Context(), plan, l.probe(t)); err != nil {
		t.Fatal(err)
	}
}
