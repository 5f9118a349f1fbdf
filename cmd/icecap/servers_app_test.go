package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	"icecap/nginx"
)

// A webApp is a running app that counts its requests at /-/count.
type webApp struct {
	*process
	URL  string // of its HTTP server
	Pass string // where NGINX passes to: URL, or an address of another protocol
}

var shopAddress = regexp.MustCompile(`(?m)^listening on (http://\S+)$`)

// startShop builds cmd/shop and starts it with these flags on a free port; with
// none, on SQLite. A DSN of [startPostgreSQL] makes it use PostgreSQL.
func startShop(t testing.TB, args ...string) webApp {
	t.Helper()
	dir := t.TempDir()
	binary := filepath.Join(dir, "shop")
	mustRun(t, exec.Command("go", "build", "-C", filepath.Join("..", "shop"), "-o", binary, "."))
	cmd := exec.Command(binary, append([]string{"--addr", "127.0.0.1:0"}, args...)...)
	cmd.Dir = dir
	app := webApp{}
	log := filepath.Join(dir, "shop.log")
	app.process = startProcess(t, dir, "shop", syscall.SIGTERM, cmd, func() error {
		text, err := os.ReadFile(log)
		if err != nil {
			return err
		}
		address := shopAddress.FindSubmatch(text)
		if address == nil {
			return errors.New("it has not told its address")
		}
		app.URL = string(address[1])
		return nil
	})
	return app
}

// python is a Python that has Flask and a module, or the test skips.
func python(t testing.TB, debian, module string) string {
	t.Helper()
	interpreter := program(t, "python3", "/usr/bin/python3")
	if out, err := exec.Command(interpreter, "-c", "import flask, "+module).CombinedOutput(); err != nil {
		t.Skipf("needs Flask and %s: install the packages python3-flask and %s\n%s", module, debian, out)
	}
	return interpreter
}

// flaskFolder holds a copy of the Flask app.
func flaskFolder(t testing.TB) string {
	t.Helper()
	dir := serverDir(t)
	source, err := os.ReadFile("testdata/flask/app.py")
	if err != nil {
		t.Fatal(err)
	}
	writeServerFile(t, dir, "app.py", string(source))
	return dir
}

// startFlaskUWSGI starts the Flask app on uWSGI, which speaks its own protocol
// or SCGI on one port and HTTP on another.
func startFlaskUWSGI(t testing.TB, protocol string) webApp {
	t.Helper()
	python(t, "python3-flask", "sqlite3")
	uwsgi := program(t, "uwsgi-core", "/usr/bin/uwsgi", "/usr/bin/uwsgi-core")
	program(t, "uwsgi-plugin-python3", "/usr/lib/uwsgi/plugins/python3_plugin.so")
	dir := flaskFolder(t)
	address, http := "127.0.0.1:"+freePort(t), "127.0.0.1:"+freePort(t)
	cmd := serverCommand(t, dir, uwsgi, "--plugin", "python3", "--module", "app:app", "--need-app", "--die-on-term",
		"--master", "--processes", "1", "--threads", "4", "--"+protocol+"-socket", address, "--http-socket", http)
	server := startProcess(t, dir, "uwsgi", syscall.SIGTERM, cmd, answering("http://"+http+"/-/count"))
	return webApp{server, "http://" + http, protocol + "://" + address}
}

// startFlaskGunicorn starts the Flask app on gunicorn.
func startFlaskGunicorn(t testing.TB) webApp {
	t.Helper()
	interpreter := python(t, "gunicorn", "gunicorn")
	dir := flaskFolder(t)
	address := "127.0.0.1:" + freePort(t)
	cmd := serverCommand(t, dir, interpreter, "-m", "gunicorn", "--bind", address, "--workers", "1", "--threads", "4", "app:app")
	server := startProcess(t, dir, "gunicorn", syscall.SIGTERM, cmd, answering("http://"+address+"/-/count"))
	return webApp{server, "http://" + address, "http://" + address}
}

// count asks the app how many requests it has handled, in all and by raw path.
func (a webApp) count(t testing.TB) (requests int, paths map[string]int) {
	t.Helper()
	client := &http.Client{Timeout: 10 * time.Second}
	response, err := client.Get(a.URL + "/-/count")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var counted struct {
		Requests int
		Paths    map[string]int
	}
	if err := json.NewDecoder(response.Body).Decode(&counted); err != nil {
		t.Fatal(fmt.Errorf("read the count of %s: %w", a.URL, err))
	}
	return counted.Requests, counted.Paths
}

// icecap runs the program to its end, and returns what it printed and its exit code.
func icecap(t testing.TB, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Args = append([]string{"icecap"}, args...) // see TestMain
	cmd.Dir = t.TempDir()                          // no configuration above it
	cmd.Env = append(os.Environ(), "NO_COLOR=1")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// startGate starts a private NGINX with what "icecap nginx print" prints.
func startGate(t testing.TB, args ...string) *nginx.Process {
	t.Helper()
	binary, err := nginx.Find()
	if err != nil {
		t.Skipf("needs nginx: install the package nginx: %v", err)
	}
	config := nginx.Config{Site: "icecap"}
	for part, block := range map[string]*nginx.Block{"http": &config.HTTP, "server": &config.Server} {
		stdout, stderr, code := icecap(t, append([]string{"nginx", "print", "--part", part}, args...)...)
		if code != 0 {
			t.Fatalf("icecap nginx print: exit code %d\n%s", code, stderr)
		}
		if *block, err = nginx.Parse(stdout); err != nil {
			t.Fatal(err)
		}
	}
	gate, err := nginx.Start(context.Background(), nginx.Instance{Config: config, Binary: binary})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := gate.Stop(); err != nil {
			t.Error(err)
		}
	})
	return gate
}
