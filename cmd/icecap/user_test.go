package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"icecap/nginx"
)

// TestOrdinaryUser does everything but installing into /etc/nginx as a user
// with no rights of his own: www-data or nobody where the tests run as root.
func TestOrdinaryUser(t *testing.T) {
	binary, err := nginx.Find()
	if err != nil {
		t.Skipf("needs nginx: install the package nginx: %v", err)
	}
	dir := serverDir(t)
	program := filepath.Join(serverDir(t), "icecap") // the test binary is called by this name, see TestMain
	copyProgram(t, program)
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, "<a href=/about>"+r.URL.Path+"</a>")
	}))
	defer app.Close()
	run := func(args ...string) string {
		t.Helper()
		out, err := serverCommand(t, dir, program, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("icecap %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	live, conf := userNGINX(t, binary, app.Listener.Addr().String())
	run("freeze", app.URL, "--public", live)
	run("freeze", app.URL, "--public", live, "--declare-public", "/**")
	run("verify")
	if out := run("nginx", "check", "--user", "root"); !strings.Contains(out, "ok    live") {
		t.Errorf("nginx check says\n%s", out)
	}
	run("nginx", "install", "--public", live, "--conf", conf, "--prefix", filepath.Dir(conf))
	if _, source, body := get(t, http.DefaultClient, live+"/about"); source != "disk" || !strings.Contains(body, "/about") {
		t.Errorf("installed: /about comes from %q: %s", source, body)
	}
	run("nginx", "rollback", "--conf", conf, "--prefix", filepath.Dir(conf))
	userMayNotWrite(t, dir, program, live, conf)
	run("rollback")
	run("export", filepath.Join(dir, "export"))
	run("why", "/about")

	port := freePort(t)
	serve := startProcess(t, dir, "serve", syscall.SIGINT, serverCommand(t, dir, program, "serve", "--addr", "127.0.0.1:"+port), listening("tcp", "127.0.0.1:"+port))
	if _, source, _ := get(t, http.DefaultClient, "http://127.0.0.1:"+port+"/about"); source != "disk" {
		t.Errorf("icecap serve: /about comes from %q", source)
	}
	serve.stop()
}

// userMayNotWrite takes the right to write away, as in /etc/nginx: the error
// says so, and nothing has changed.
func userMayNotWrite(t *testing.T, dir, program, live, conf string) {
	t.Helper()
	folder := filepath.Dir(conf)
	before, err := os.ReadFile(conf)
	if err != nil {
		t.Fatal(err)
	}
	if err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		return os.Chmod(path, 0o555)
	}); err != nil {
		t.Fatal(err)
	}
	out, err := serverCommand(t, dir, program, "nginx", "install", "--public", live, "--conf", conf, "--prefix", folder).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "permission denied") || !strings.Contains(string(out), "hint: run this as the user who may write there") {
		t.Errorf("installing where nothing may be written: %v\n%s", err, out)
	}
	if after, err := os.ReadFile(conf); err != nil || string(after) != string(before) {
		t.Errorf("the configuration has changed: %v\n%s", err, after)
	}
}

// copyProgram copies the test binary to where other users can run it.
func copyProgram(t *testing.T, to string) {
	t.Helper()
	from, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cp", from, to).CombinedOutput(); err != nil {
		t.Fatalf("copy the program: %v\n%s", err, out)
	}
	if err := os.Chmod(to, 0o755); err != nil {
		t.Fatal(err)
	}
}

// userNGINX is an NGINX that an ordinary user runs. It returns its address and
// configuration file.
func userNGINX(t *testing.T, binary nginx.Binary, app string) (live, conf string) {
	t.Helper()
	dir := serverDir(t)
	address := "127.0.0.1:" + freePort(t)
	conf = writeServerFile(t, dir, "nginx.conf", `daemon off;
worker_processes 1;
pid nginx.pid;
error_log error.log;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    server {
        listen `+address+`;
        server_name 127.0.0.1;
        location / {
            proxy_pass http://`+app+`;
        }
    }
}
`)
	startProcess(t, dir, "nginx", syscall.SIGTERM, serverCommand(t, dir, binary.Path, "-p", dir, "-c", conf, "-e", "error.log"), listening("tcp", address))
	return "http://" + address, conf
}
