package main

// Real servers for tests. Each helper starts one, waits until it answers, and
// stops it when the test ends; where the program is missing the test skips and
// says which package has it. Everything a server writes is in a folder of its
// own that is removed with it.

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A process is a running server, the first of its own process group.
type process struct {
	name string
	cmd  *exec.Cmd
	log  string // file with all that it printed
	conf string // its configuration file, if a test wants to change it
	quit syscall.Signal
	done chan struct{} // closed once it has ended
	stop func()        // ends the whole group and waits; more calls do nothing
}

// startProcess starts cmd, and ends it with quit (then SIGKILL) when the test
// does, or when the test binary dies. It returns once ready returns nil.
func startProcess(t testing.TB, dir, name string, quit syscall.Signal, cmd *exec.Cmd, ready func() error) *process {
	t.Helper()
	p := &process{name: name, cmd: cmd, log: filepath.Join(dir, name+".log"), quit: quit, done: make(chan struct{})}
	log, err := os.Create(p.log)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	dieWithParent(cmd.SysProcAttr)
	started := make(chan error)
	go func() {
		// Pdeathsig tells of the end of the thread, so nobody else may use this
		// one, and end it, while the server runs (go.dev/issue/27505).
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			cmd.Wait()
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	p.stop = sync.OnceFunc(p.end)
	t.Cleanup(p.stop)
	p.await(t, ready)
	return p
}

// await polls until ready returns nil.
func (p *process) await(t testing.TB, ready func() error) {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		err := ready()
		if err == nil {
			return
		}
		select {
		case <-p.done:
			t.Fatalf("%s ended while it started: %v\n%s", p.name, p.cmd.ProcessState, p.tail())
		case <-deadline:
			t.Fatalf("%s is not ready after a minute: %v\n%s", p.name, err, p.tail())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (p *process) end() {
	p.cmd.Process.Signal(p.quit)
	select {
	case <-p.done:
	case <-time.After(10 * time.Second):
	}
	// What is left of the group, such as workers that outlived their master.
	syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.done
}

// tail is the end of the log.
func (p *process) tail() string {
	log, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(log[max(0, len(log)-4000):])
}

// serverDir is a folder that servers may write to, removed at the end of the
// test. Its path is short: a unix socket's may have 107 bytes.
func serverDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "icecap-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	giveAway(t, dir)
	return dir
}

// giveAway makes a file or folder the servers' own.
func giveAway(t testing.TB, path string) {
	t.Helper()
	if owner := serverUser(t); owner != nil {
		if err := os.Lchown(path, int(owner.Uid), int(owner.Gid)); err != nil {
			t.Fatal(err)
		}
	}
}

// serverUser is whom servers run as when the tests run as root, for PostgreSQL
// refuses root and PHP should: else nil, which means as the tests do.
func serverUser(t testing.TB) *syscall.Credential {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	for _, name := range []string{"www-data", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			uid, _ := strconv.ParseUint(u.Uid, 10, 32)
			gid, _ := strconv.ParseUint(u.Gid, 10, 32)
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		}
	}
	t.Fatal("neither www-data nor nobody is a user of this system")
	return nil
}

// serverCommand runs as [serverUser], in dir, without the tests' environment.
func serverCommand(t testing.TB, dir, program string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + dir, "TMPDIR=" + dir, "LC_ALL=C.UTF-8", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: serverUser(t)}
	return cmd
}

// mustRun runs a server's own tool to its end.
func mustRun(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
}

// program finds a file by patterns, the last in order where several versions
// are installed, or skips the test.
func program(t testing.TB, debian string, patterns ...string) string {
	t.Helper()
	for _, pattern := range patterns {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return found[len(found)-1]
		}
	}
	t.Skipf("needs %s: install the package %s", filepath.Base(patterns[0]), debian)
	return ""
}

// writeServerFile writes a file of a server's folder and returns its path.
func writeServerFile(t testing.TB, dir, name, text string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	giveAway(t, file)
	return file
}

// freePort is a TCP port of the loopback that nobody listens on at the moment.
func freePort(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}

// listening is ready when a connection is taken.
func listening(network, address string) func() error {
	return func() error {
		conn, err := net.Dial(network, address)
		if err != nil {
			return err
		}
		return conn.Close()
	}
}

// answering is ready when a GET is answered with 200.
func answering(url string) func() error {
	client := &http.Client{Timeout: 5 * time.Second}
	return func() error {
		response, err := client.Get(url)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			return err
		}
		if response.StatusCode != http.StatusOK {
			return errors.New(response.Status)
		}
		return nil
	}
}

// startPostgreSQL starts a private cluster and returns the URL of an empty database.
func startPostgreSQL(t testing.TB) (dsn string, server *process) {
	t.Helper()
	const bin = "/usr/lib/postgresql/*/bin/"
	postgres := program(t, "postgresql", bin+"postgres", "/usr/local/bin/postgres", "/usr/bin/postgres")
	tool := func(name string) string { return filepath.Join(filepath.Dir(postgres), name) }
	dir := serverDir(t)
	data, port := filepath.Join(dir, "data"), freePort(t)
	mustRun(t, serverCommand(t, dir, tool("initdb"), "-D", data, "-U", "shop", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"))
	// SIGINT is PostgreSQL's fast shutdown: clients are cut off.
	server = startProcess(t, dir, "postgres", syscall.SIGINT, serverCommand(t, dir, postgres, "-D", data, "-p", port,
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "full_page_writes=off"),
		func() error { return exec.Command(tool("pg_isready"), "-q", "-h", "127.0.0.1", "-p", port).Run() })
	return fmt.Sprintf("postgres://shop@127.0.0.1:%s/postgres?sslmode=disable", port), server
}

// startMariaDB starts a private server and returns its socket; the user "root"
// needs no password.
func startMariaDB(t testing.TB) (socket string, server *process) {
	t.Helper()
	mariadbd := program(t, "mariadb-server", "/usr/sbin/mariadbd", "/usr/libexec/mariadbd", "/usr/bin/mariadbd")
	install := program(t, "mariadb-server", "/usr/bin/mariadb-install-db")
	dir := serverDir(t)
	data, socket := filepath.Join(dir, "data"), filepath.Join(dir, "mysqld.sock")
	mustRun(t, serverCommand(t, dir, install, "--no-defaults", "--datadir="+data, "--auth-root-authentication-method=normal", "--skip-test-db"))
	server = startProcess(t, dir, "mariadbd", syscall.SIGTERM, serverCommand(t, dir, mariadbd, "--no-defaults", "--datadir="+data,
		"--socket="+socket, "--pid-file="+filepath.Join(dir, "mysqld.pid"), "--skip-networking", "--skip-log-bin",
		"--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M"), listening("unix", socket))
	return socket, server
}

// startPHP starts PHP-FPM for the files below root and returns its socket.
func startPHP(t testing.TB) (socket string, server *process) {
	t.Helper()
	fpm := program(t, "php-fpm", "/usr/sbin/php-fpm[0-9]*", "/usr/sbin/php-fpm")
	dir := serverDir(t)
	socket = filepath.Join(dir, "php.sock")
	conf := writeServerFile(t, dir, "php-fpm.conf", `[global]
daemonize = no
error_log = `+filepath.Join(dir, "php-error.log")+`
[www]
listen = `+socket+`
listen.mode = 0666
pm = static
pm.max_children = 4
catch_workers_output = yes
`)
	server = startProcess(t, dir, "php-fpm", syscall.SIGTERM, serverCommand(t, dir, fpm, "--nodaemonize", "--fpm-config", conf), listening("unix", socket))
	return socket, server
}

// startPlainNGINX starts an NGINX of the app's own, without icecap, on a port:
// lines is the content of its server block.
func startPlainNGINX(t testing.TB, port, lines string) *process {
	t.Helper()
	nginx := program(t, "nginx", "/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/local/nginx/sbin/nginx")
	dir := serverDir(t)
	conf := writeServerFile(t, dir, "nginx.conf", `daemon off;
worker_processes 1;
pid nginx.pid;
events { worker_connections 256; }
http {
    access_log off;
    types {
        text/html html; text/css css; application/javascript js; application/json json; text/xml xml;
        text/plain txt; image/png png; image/jpeg jpg jpeg; image/gif gif; image/svg+xml svg;
        image/x-icon ico; font/woff woff; font/woff2 woff2; font/ttf ttf;
    }
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server {
        listen 127.0.0.1:`+port+`;
`+lines+`
    }
}
`)
	server := startProcess(t, dir, "nginx", syscall.SIGTERM, serverCommand(t, dir, nginx, "-p", dir, "-c", conf, "-e", "error.log"),
		listening("tcp", "127.0.0.1:"+port))
	server.conf = conf
	return server
}
