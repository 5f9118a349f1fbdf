package main

import (
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
)

// A webApp is a running app that counts its requests at /-/count.
type webApp struct {
	*process
	URL   string // of its HTTP server
	UWSGI string // host:port for uwsgi_pass, "" if it speaks HTTP alone
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
// on one port and HTTP on another.
func startFlaskUWSGI(t testing.TB) webApp {
	t.Helper()
	python(t, "python3-flask", "sqlite3")
	uwsgi := program(t, "uwsgi-core", "/usr/bin/uwsgi", "/usr/bin/uwsgi-core")
	program(t, "uwsgi-plugin-python3", "/usr/lib/uwsgi/plugins/python3_plugin.so")
	dir := flaskFolder(t)
	address, http := "127.0.0.1:"+freePort(t), "127.0.0.1:"+freePort(t)
	cmd := serverCommand(t, dir, uwsgi, "--plugin", "python3", "--module", "app:app", "--need-app", "--die-on-term",
		"--master", "--processes", "1", "--threads", "4", "--socket", address, "--http-socket", http)
	server := startProcess(t, dir, "uwsgi", syscall.SIGTERM, cmd, answering("http://"+http+"/-/count"))
	return webApp{server, "http://" + http, address}
}

// startFlaskGunicorn starts the Flask app on gunicorn.
func startFlaskGunicorn(t testing.TB) webApp {
	t.Helper()
	interpreter := python(t, "gunicorn", "gunicorn")
	dir := flaskFolder(t)
	address := "127.0.0.1:" + freePort(t)
	cmd := serverCommand(t, dir, interpreter, "-m", "gunicorn", "--bind", address, "--workers", "1", "--threads", "4", "app:app")
	server := startProcess(t, dir, "gunicorn", syscall.SIGTERM, cmd, answering("http://"+address+"/-/count"))
	return webApp{server, "http://" + address, ""}
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
