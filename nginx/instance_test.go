package nginx

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if root := os.Getenv("ICECAP_TEST_ORPHAN"); root != "" {
		orphan(root)
	}
	os.Exit(m.Run())
}

// orphan starts an NGINX, prints where, and waits to be killed.
func orphan(root string) {
	c, err := Server{Site: "shop", Hosts: []string{"a"}, Root: root}.Config()
	if err != nil {
		panic(err)
	}
	p, err := Start(context.Background(), Instance{Config: c})
	if err != nil {
		panic(err)
	}
	os.Stdout.WriteString(p.URL() + " " + p.prefix.dir + "\n")
	select {}
}

// refuses polls until nothing listens at a URL.
func refuses(t *testing.T, url string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			return
		}
		conn.Close()
	}
	t.Errorf("%s still listens", url)
}

func TestStartAndStop(t *testing.T) {
	in := Instance{Binary: installed(t), Config: config(t, goldens["none"]), Workers: 2}
	p, err := Start(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if res, err := http.Get(p.URL() + "/nope"); err != nil || res.StatusCode != 404 {
		t.Errorf("%v %v", res, err)
	}
	// The first worker answers before the second one is there to be logged.
	workers := func() int { return strings.Count(p.ErrorLog(), "start worker process ") }
	for deadline := time.Now().Add(time.Minute); workers() < 2 && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	if got := workers(); got != 2 {
		t.Errorf("%d workers, want 2", got)
	}
	if p.PID() <= 0 {
		t.Errorf("process id %d", p.PID())
	}
	if err := errors.Join(p.Stop(), p.Stop()); err != nil {
		t.Error(err)
	}
	refuses(t, p.URL())
	if _, err := os.Stat(p.prefix.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
}

// A visitor who holds a connection open does not keep NGINX from stopping.
func TestStopWithOpenConnections(t *testing.T) {
	a := newApp(t)
	release := make(chan struct{})
	defer close(release)
	a.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-release })
	p := start(t, Instance{Config: config(t, shop(t.TempDir(), a.Listener.Addr().String()))})
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.Write([]byte("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"))
	begin := time.Now()
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
	if took := time.Since(begin); took > stopTime+5*time.Second {
		t.Errorf("took %s", took)
	}
	refuses(t, p.URL())
}

func TestReload(t *testing.T) {
	root := t.TempDir()
	included := filepath.Join(root, "included.conf")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(included, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("return 200 one;")
	c := Config{Server: Block{{Name: "location", Args: []string{"/"}, Block: Block{line("include", included)}}}}
	p := start(t, Instance{Config: c, Workers: 2})
	for _, word := range []string{"two", "three"} {
		write("return 200 " + word + ";")
		if err := p.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			if res := ask(t, p, "GET", "/"); res.body != word {
				t.Fatalf("after the reload: %q, want %q", res.body, word)
			}
		}
	}
	write("retrun 200 four;")
	err := p.Reload(t.Context())
	var wrong *TestError
	if !errors.As(err, &wrong) || !strings.Contains(wrong.Message, "retrun") {
		t.Errorf("reload of nonsense: %v", err)
	}
	if res := ask(t, p, "GET", "/"); res.body != "three" {
		t.Errorf("after a refused reload: %q", res.body)
	}
}

// Killed without a chance to clean up, this program takes its NGINX along.
func TestDiesWithParent(t *testing.T) {
	installed(t)
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("needs Linux: elsewhere nothing ends a child with its parent")
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "ICECAP_TEST_ORPHAN="+t.TempDir(), "TMPDIR="+t.TempDir())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 1000)
	n, err := out.Read(buf)
	url, _, ok := strings.Cut(string(buf[:n]), " ")
	if err != nil || !ok {
		t.Fatalf("%q %v", buf[:n], err)
	}
	if res, err := http.Get(url + "/"); err != nil || res.StatusCode != 404 {
		t.Errorf("%v %v", res, err)
	}
	cmd.Process.Kill()
	cmd.Wait()
	refuses(t, url)
}

func TestStartErrors(t *testing.T) {
	b := installed(t)
	good := config(t, goldens["none"])
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, test := range map[string]struct {
		ctx  context.Context
		in   Instance
		want string
	}{
		"port in use":     {t.Context(), Instance{Config: good, Address: taken.Addr().String()}, "in use"},
		"not loopback":    {t.Context(), Instance{Config: good, Address: "0.0.0.0:8080"}, "loopback"},
		"no port":         {t.Context(), Instance{Config: good, Address: "127.0.0.1:0"}, "port"},
		"no such host":    {t.Context(), Instance{Config: Config{HTTP: Block{line("nonsense")}}}, "nonsense"},
		"no such log":     {t.Context(), Instance{Config: good, AccessLog: filepath.Join(t.TempDir(), "no", "such")}, "No such file"},
		"cancelled":       {cancelled, Instance{Config: good}, "canceled"},
		"no such program": {t.Context(), Instance{Config: good, Binary: Binary{Path: "/no/such/nginx"}}, "no such file"},
	} {
		if test.in.Binary.Path == "" {
			test.in.Binary = b
		}
		tmp := t.TempDir()
		t.Setenv("TMPDIR", tmp)
		p, err := Start(test.ctx, test.in)
		if err == nil {
			p.Stop()
			t.Errorf("%s: started", name)
		} else if !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
		if left, _ := filepath.Glob(tmp + "/*"); len(left) > 0 {
			t.Errorf("%s: left behind %s", name, left)
		}
	}
}

// Run by root, the workers are nobody wherever nobody can read the site.
func TestWorkersAreNobody(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, who else could choose another user")
	}
	for root, want := range map[string]string{shared(t): "nobody", t.TempDir(): "root"} {
		release(t, root, "1", sitePages)
		p := start(t, Instance{Config: config(t, shop(root, "127.0.0.1:9"))})
		children, err := os.ReadFile("/proc/" + strconv.Itoa(p.PID()) + "/task/" + strconv.Itoa(p.PID()) + "/children")
		if err != nil {
			t.Skip("needs /proc: " + err.Error())
		}
		status, err := os.ReadFile("/proc/" + strings.TrimSpace(string(children)) + "/status")
		if err != nil {
			t.Fatal(err)
		}
		u, err := user.Lookup(want)
		if err != nil {
			t.Skip("needs a user " + want)
		}
		if !strings.Contains(string(status), "\nUid:\t"+u.Uid+"\t") {
			t.Errorf("%s: the worker is not %s:\n%s", root, want, status)
		}
		if res := ask(t, p, "GET", "/about"); res.Header.Get(Marker) != "disk" {
			t.Errorf("%s: %s", root, res.Status)
		}
	}
}
