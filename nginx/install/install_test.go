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
	"fmt"
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
	"syscall"
	"testing"
	"time"

	"icecap/nginx"
)

// A live is an NGINX in use, as an operator has set it up: two files, three
// server blocks, TLS, and locations of his own.
type live struct {
	NGINX
	dir, site   string // site is the file with the shop's server blocks
	http, https string // addresses
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
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "app "+r.RequestURI) }))
	t.Cleanup(app.Close)
	l := live{dir: dir, site: filepath.Join(dir, "conf/sites/shop.conf"), http: freeAddress(t), https: freeAddress(t)}
	l.NGINX = NGINX{Path: binary.Path, Conf: filepath.Join(dir, "conf/nginx.conf"), Prefix: dir}
	fill := strings.NewReplacer("DIR", dir, "127.0.0.1:PORT1", l.http, "127.0.0.1:PORT2", l.https, "APP", app.Listener.Addr().String()).Replace
	put(t, l.Conf, fill(mainConf))
	put(t, l.site, fill(siteConf))
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

// tree is every file of the configuration, but for icecap's own copies.
func (l live) tree(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	if err := filepath.WalkDir(filepath.Join(l.dir, "conf"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.Contains(path, "/icecap/backup/") {
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

// The gate goes into a configuration in use and out again. The operator's own
// locations, his other servers and his TLS answer as before.
func TestInstallAndUninstall(t *testing.T) {
	l := startLive(t)
	before, in := l.tree(t), l.installer()
	plan, err := in.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	l.wantTree(t, "planned", before)
	if !plan.OwnLocation || plan.Block != l.site+":8" || len(plan.Addresses) != 1 || plan.Addresses[0] != "https://"+l.https {
		t.Errorf("plan: %+v", plan)
	}
	if len(plan.Warnings) != 1 || !strings.Contains(plan.Warnings[0], "Strict-Transport-Security") {
		t.Errorf("warnings: %q", plan.Warnings)
	}
	if name, ok := plan.Rival("/old.html"); !ok || name != `location ~ \.html$ (`+l.site+":16)" {
		t.Errorf("before the gate for /old.html: %q", name)
	}
	l.install(t, in)
	l.quiet(t)
	for path, want := range map[string][2]string{
		"/about": {"disk", "frozen about@.html"}, "/": {"disk", "frozen @.html"}, "/nope?a=1": {"", "app /nope?a=1"}, "/about?a=1": {"", "app /about?a=1"},
		"/static/x": {"", "the operator's"}, "/old.html": {"", "app /old.html"},
	} {
		if source, body := l.get(t, path); source != want[0] || body != want[1] {
			t.Errorf("%s: %q from %q, want %q from %q", path, body, source, want[1], want[0])
		}
	}
	if plan, err := in.Plan(t.Context()); err != nil || plan.Differs() {
		t.Errorf("a second plan: %v %+v", err, plan)
	}
	if _, _, err := in.Uninstall(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.wantTree(t, "uninstalled", before)
	if _, _, err := in.Uninstall(t.Context()); !errors.Is(err, ErrNotInstalled) {
		t.Errorf("a second uninstall: %v", err)
	}
	if _, _, err := in.Rollback(t.Context()); err != nil { // of the uninstall
		t.Fatal(err)
	}
	if err := l.probe(t)(t.Context()); err != nil {
		t.Errorf("rolled back: %v", err)
	}
}

// steps are those of an installation, in order.
var steps = []string{"backup", "write shop-http.conf", "write shop-server.conf", "write shop.json", "write shop.conf", "test", "reload", "probe", "finish"}

// Each step fails once, and once the operator presses Ctrl-C in it: the
// configuration is what it was, and NGINX answers by it.
func TestFailureAtEveryStep(t *testing.T) {
	l := startLive(t)
	before := l.tree(t)
	for _, step := range steps {
		for _, how := range []string{"fails", "interrupted"} {
			ctx, cancel := context.WithCancel(t.Context())
			in, reached := l.installer(), false
			in.step = func(name string) error {
				if name != step {
					return nil
				}
				reached = true
				if how == "interrupted" {
					cancel()
					return ctx.Err()
				}
				return errors.New("injected")
			}
			plan, err := in.Plan(ctx)
			if err != nil {
				t.Fatal(err)
			}
			err = in.Install(ctx, plan, l.probe(t))
			var back *RolledBackError
			if !reached || err == nil || step != "backup" && !errors.As(err, &back) {
				t.Errorf("%s %s: %v", step, how, err)
			}
			l.wantTree(t, step+" "+how, before)
			cancel()
		}
	}
	l.settles(t, "app /about")
}

// settles waits until NGINX answers by the configuration that is on disk.
func (l live) settles(t *testing.T, want string) {
	t.Helper()
	body := ""
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if _, body = l.get(t, "/about"); body == want {
			return
		}
	}
	log, _ := os.ReadFile(filepath.Join(l.dir, "error.log"))
	t.Errorf("/about is %q, want %q\n%s", body, want, log)
}

// A crash in the midst leaves a marker, and the next call of anything puts the
// files back first.
func TestCrash(t *testing.T) {
	l := startLive(t)
	before := l.tree(t)
	for _, step := range steps[1:] {
		in := l.installer()
		in.step = func(name string) error {
			if name == step {
				panic("killed")
			}
			return nil
		}
		plan, err := in.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		func() {
			defer func() { recover() }()
			in.Install(t.Context(), plan, l.probe(t))
		}()
		in.step = nil
		if _, _, err := in.Uninstall(t.Context()); !errors.Is(err, ErrNotInstalled) {
			t.Errorf("killed at %s: %v", step, err)
		}
		l.wantTree(t, "killed at "+step, before)
	}
}

// What NGINX itself refuses, a reload that fails and a page that does not come
// undo all as well.
func TestRealFailures(t *testing.T) {
	l := startLive(t)
	before := l.tree(t)
	for name, test := range map[string]struct {
		change func(*Installer)
		probe  func(context.Context) error
		want   string
	}{
		"nginx -t": {func(in *Installer) {
			calls := filepath.Join(l.dir, "calls")
			wrapper := filepath.Join(l.dir, "wrapper")
			put(t, wrapper, "#!/bin/sh\ncase \"$*\" in *\" -t \"*) echo 'nginx: [emerg] no' >&2; exit 1;; esac\necho x >> "+calls+"\nexec "+in.NGINX.Path+" \"$@\"\n")
			if err := os.Chmod(wrapper, 0o755); err != nil {
				t.Fatal(err)
			}
			in.NGINX.Path = wrapper
		}, l.probe(t), "[emerg] no"},
		"reload": {func(in *Installer) {
			in.NGINX.Reload = "test -e " + l.dir + "/x || { touch " + l.dir + "/x; exit 7; }; " + in.NGINX.Path + " -p " + l.dir + " -c " + l.Conf + " -s reload"
		}, l.probe(t), "exit status 7"},
		"probe": {func(*Installer) {}, func(context.Context) error { return errors.New("no page") }, "no page"},
	} {
		in := l.installer()
		test.change(&in)
		plan, err := in.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		err = in.Install(t.Context(), plan, test.probe)
		var back *RolledBackError
		if !errors.As(err, &back) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q and a way back", name, err, test.want)
		}
		l.wantTree(t, name, before)
	}
	l.settles(t, "app /about")
}

// Uninstall and rollback work where the configuration is broken.
func TestBrokenConfiguration(t *testing.T) {
	for name, back := range map[string]func(Installer, context.Context) ([]Change, error, error){"uninstall": Installer.Uninstall, "rollback": Installer.Rollback} {
		l := startLive(t)
		before, in := l.tree(t), l.installer()
		l.install(t, in)
		broken := strings.Replace(before[l.Conf], "events {", "no_such_directive on;\nevents {", 1)
		put(t, l.Conf, broken)
		if _, err := in.Plan(t.Context()); err == nil {
			t.Errorf("%s: a broken configuration was planned for", name)
		}
		_, stillBroken, err := back(in, t.Context())
		if err != nil || stillBroken == nil || !strings.Contains(stillBroken.Error(), "no_such_directive") {
			t.Errorf("%s: %v, %v", name, stillBroken, err)
		}
		before[l.Conf] = broken
		l.wantTree(t, name, before)
	}
}

// What the operator has written since stays, and generated files that he has
// edited are not written over unasked.
func TestEditedSince(t *testing.T) {
	l := startLive(t)
	before, in := l.tree(t), l.installer()
	l.install(t, in)
	generated := folder{filepath.Join(l.dir, "conf/icecap"), "shop"}.serverFile()
	put(t, generated, strings.Replace(l.tree(t)[generated], "log_not_found off;", "log_not_found on;", 1))
	in.Server.Headers = append(in.Server.Headers, headerX)
	var edited *EditedError
	if _, err := in.Plan(t.Context()); !errors.As(err, &edited) || edited.Path != generated {
		t.Errorf("an edited file: %v", err)
	}
	in.Overwrite = true
	l.install(t, in)
	if text := l.tree(t)[generated]; !strings.Contains(text, "log_not_found off;") || !strings.Contains(text, "add_header X-New 1 always;") {
		t.Errorf("the file was not written anew:\n%s", text)
	}
	mine := func(text string) string { return strings.Replace(text, "# his own", "# his own, still", 1) }
	put(t, l.site, mine(l.tree(t)[l.site]))
	if _, _, err := in.Uninstall(t.Context()); err != nil {
		t.Fatal(err)
	}
	before[l.site] = mine(before[l.site])
	l.wantTree(t, "uninstalled", before)
}

// Where there is no "location /" the gate brings its own app, and takes it away again.
func TestOwnApp(t *testing.T) {
	l := startLive(t)
	text := l.tree(t)[l.site]
	start := strings.Index(text, "    location   /   {")
	put(t, l.site, text[:start]+"}\n")
	before, in := l.tree(t), l.installer()
	_, pass, _ := strings.Cut(text, "proxy_pass http://")
	address, _, _ := strings.Cut(pass, ";")
	in.Server.App = nginx.App{Kind: nginx.Proxy, Address: address}
	l.install(t, in)
	l.quiet(t)
	if _, body := l.get(t, "/nope"); body != "app /nope" {
		t.Errorf("/nope: %q", body)
	}
	if _, _, err := in.Uninstall(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.wantTree(t, "uninstalled", before)
}

// A name that no block or several have is an error that lists what there is.
func TestWhichServer(t *testing.T) {
	l := startLive(t)
	in := l.installer()
	var e *ServerError
	in.Host = "nobody.example.com"
	if _, err := in.Plan(t.Context()); !errors.As(err, &e) || !strings.Contains(fmt.Sprint(e.Names), "other.example.com") {
		t.Errorf("no such name: %v", err)
	}
	text := l.tree(t)[l.site]
	put(t, l.site, text+strings.Replace(text[strings.Index(text, "\nserver {\n    listen 127"):], l.https, freeAddress(t), 1))
	in.Host = ""
	_, err := in.Plan(t.Context())
	if !errors.As(err, &e) || len(e.Candidates) != 2 {
		t.Fatalf("two blocks: %v", err)
	}
	in.At = e.Candidates[1]
	if plan, err := in.Plan(t.Context()); err != nil || plan.Block != in.At {
		t.Errorf("chosen: %v", err)
	}
}
