package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"icecap/content/release/bucket/s3test"
	"icecap/nginx"
)

// TestMain makes the test binary the program: a script's "icecap" is this code.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"icecap":   func() { os.Exit(Main()) },
		"testapp":  func() { os.Exit(testApp()) },
		"careless": func() { os.Exit(careless()) },
	})
}

// TestScripts runs the stories of testdata/script, which drive the real
// program. They have eight words of their own:
//
//	app FILE         starts a web app with the routes of FILE on a free port and
//	                 sets $APP to its address; called again, it changes the routes
//	stopapp          stops it; $APP stays
//	serve [ARG...]   starts "icecap serve" on a free port and sets $GATE
//	fetch URL        prints "STATUS SOURCE" and the body, SOURCE being X-Icecap or "app"
//	live FILE...     starts an NGINX in use with this main file, and what it
//	                 includes, and sets $LIVE to its address
//	bucket           starts an S3 server with the bucket "bucket", and sets the
//	                 environment that leads there
//	gone FILE        waits until the processes are gone whose numbers are in FILE
//	asked            prints what the app was asked since the last time, "STATUS URI",
//	                 sorted; what a second stranger asked is marked "2nd"
//
// An app answers 304 to its own ETag or Last-Modified, with no other headers
// than RFC 9110 demands.
//
// A file of routes has blocks that end in a line "---": the path, a status if
// it is not 200, header lines, an empty line, the body. In both, "$RANDOM" is
// another number in each answer, "$FORWARDED" what X-Forwarded-Host says, "$PATH"
// the path that was asked for, and "$NEXT" that of the next month. A path that
// ends in "*" answers what no other path does. The header "!cut: N"
// ends the connection after N bytes of the body; "!repeat: N" repeats the body.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           filepath.Join("testdata", "script"),
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"app": scriptStartApp, "stopapp": scriptStopApp, "serve": scriptServe, "fetch": scriptFetch, "gone": scriptGone, "live": scriptLive,
			"asked": scriptAsked, "bucket": scriptBucket,
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("NO_COLOR", "1")
			env.Values[appKey] = &scriptApp{}
			return nil
		},
		Condition: func(condition string) (bool, error) {
			switch condition {
			case "root":
				return os.Geteuid() == 0, nil
			case "nginx":
				_, err := nginx.Find()
				return err == nil, nil
			case "s3":
				_, err := exec.LookPath("versitygw")
				return err == nil, nil
			case "mount": // a mount namespace of its own
				return exec.Command("unshare", "--mount", "mount", "-t", "tmpfs", "none", os.TempDir()).Run() == nil, nil
			}
			return false, fmt.Errorf("unknown condition %q", condition)
		},
	})
}

const appKey = "app"

// A scriptApp is the web app of one script.
type scriptApp struct {
	server *httptest.Server
	routes map[string]route

	mu    sync.Mutex
	asked []string
}

// A route is one page of a scriptApp.
type route struct {
	status int
	header http.Header
	body   []byte
	cut    int // bytes after which the connection ends, 0 for never
}

func scriptStartApp(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: app FILE")
	}
	app := ts.Value(appKey).(*scriptApp)
	if app.server != nil {
		app.server.Close()
	}
	listener, err := listenApp(ts.Getenv("APP"))
	ts.Check(err)
	app.routes, err = parseRoutes(ts.ReadFile(args[0]), "http://"+listener.Addr().String())
	ts.Check(err)
	app.server = httptest.NewUnstartedServer(app)
	app.server.Listener.Close()
	app.server.Listener = listener
	app.server.Start()
	ts.Defer(app.server.Close)
	ts.Setenv("APP", app.server.URL)
}

// listenApp keeps the port of an app that is started again. It takes ports
// below those that the system hands out, because while an app is stopped
// another program's connection could get its port.
func listenApp(url string) (net.Listener, error) {
	var err error
	if url != "" {
		// A program that another story is just starting holds a copy of the old
		// socket until its exec.
		for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			var listener net.Listener
			if listener, err = net.Listen("tcp", strings.TrimPrefix(url, "http://")); err == nil {
				return listener, nil
			}
		}
		return nil, err
	}
	for range 50 {
		var listener net.Listener
		listener, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(10000)))
		if err == nil {
			return listener, nil
		}
	}
	return nil, err
}

func scriptStopApp(ts *testscript.TestScript, neg bool, args []string) {
	app := ts.Value(appKey).(*scriptApp)
	if neg || len(args) != 0 || app.server == nil {
		ts.Fatalf("usage: stopapp, after app")
	}
	app.server.Close()
}

func (a *scriptApp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	page, ok := a.find(r.RequestURI)
	if !ok {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprintln(w, "<p>no such page")
		a.note(r, http.StatusNotFound)
		return
	}
	forwarded := r.Header.Get("X-Forwarded-Host")
	if forwarded != "" {
		forwarded = "https://" + forwarded
	}
	if page.unchanged(r.Header) {
		for _, name := range []string{"Cache-Control", "Etag", "Last-Modified", "Vary"} {
			w.Header()[name] = page.header[name]
		}
		w.WriteHeader(http.StatusNotModified)
		a.note(r, http.StatusNotModified)
		return
	}
	a.note(r, page.status)
	fresh := strings.NewReplacer("$RANDOM", strconv.FormatUint(rand.Uint64(), 10), "$FORWARDED", forwarded, "$PATH", r.URL.Path, "$NEXT", nextMonth(r.URL.Path)).Replace
	for name, values := range page.header {
		for _, value := range values {
			w.Header().Add(name, fresh(value))
		}
	}
	page.body = []byte(fresh(string(page.body)))
	w.Header().Set("Content-Length", strconv.Itoa(len(page.body)))
	w.WriteHeader(page.status)
	if page.cut > 0 {
		w.Write(page.body[:page.cut])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	w.Write(page.body)
}

// find is the route of a URI: its own, or the longest with a star at the end.
func (a *scriptApp) find(uri string) (found route, ok bool) {
	if found, ok = a.routes[uri]; ok {
		return found, true
	}
	longest := ""
	for path, page := range a.routes {
		begin, star := strings.CutSuffix(path, "*")
		if star && strings.HasPrefix(uri, begin) && len(path) > len(longest) {
			longest, found, ok = path, page, true
		}
	}
	return found, ok
}

// nextMonth is "/calendar/2027/1" for "/calendar/2026/12".
func nextMonth(path string) string {
	above, name := filepath.Split(path)
	month, _ := strconv.Atoi(name)
	above, name = filepath.Split(strings.TrimSuffix(above, "/"))
	year, _ := strconv.Atoi(name)
	return fmt.Sprintf("%s%d/%d", above, year+month/12, month%12+1)
}

// unchanged reports whether the one who asks has the page (RFC 9110, 13.2.2).
func (p *route) unchanged(asked http.Header) bool {
	if etag := asked.Get("If-None-Match"); etag != "" {
		return etag == p.header.Get("Etag")
	}
	since := asked.Get("If-Modified-Since")
	return since != "" && since == p.header.Get("Last-Modified")
}

// note remembers a request, but for the one for a page that cannot exist, which has
// another name each time.
func (a *scriptApp) note(r *http.Request, status int) {
	if strings.HasPrefix(r.RequestURI, "/icecap") {
		return
	}
	line := fmt.Sprintf("%d %s", status, r.RequestURI)
	if r.Header.Get("X-Forwarded-Host") != "" {
		line += " 2nd"
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, line)
}

func scriptAsked(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: asked")
	}
	app := ts.Value(appKey).(*scriptApp)
	app.mu.Lock()
	defer app.mu.Unlock()
	slices.Sort(app.asked)
	for _, line := range app.asked {
		fmt.Fprintln(ts.Stdout(), line)
	}
	app.asked = nil
}

// parseRoutes reads a file of routes; "$APP" in it stands for the app's address.
func parseRoutes(text, app string) (map[string]route, error) {
	routes := map[string]route{}
	for _, block := range strings.Split(strings.ReplaceAll(text, "$APP", app), "---\n") {
		if strings.TrimSpace(block) == "" {
			continue
		}
		head, body, _ := strings.Cut(block, "\n\n")
		lines := strings.Split(head, "\n")
		fields := strings.Fields(lines[0])
		page := route{status: 200, header: http.Header{}, body: []byte(body)}
		if len(fields) > 1 {
			status, err := strconv.Atoi(fields[1])
			if err != nil {
				return nil, fmt.Errorf("read routes: %q: %w", lines[0], err)
			}
			page.status = status
		}
		for _, line := range lines[1:] {
			name, value, _ := strings.Cut(line, ":")
			if err := page.set(name, strings.TrimSpace(value)); err != nil {
				return nil, fmt.Errorf("read routes: %q: %w", line, err)
			}
		}
		if page.header.Get("Content-Type") == "" && page.status == 200 {
			page.header.Set("Content-Type", "text/html; charset=utf-8")
		}
		routes[fields[0]] = page
	}
	return routes, nil
}

func (p *route) set(name, value string) (err error) {
	switch name {
	case "!cut":
		p.cut, err = strconv.Atoi(value)
	case "!repeat":
		var n int
		n, err = strconv.Atoi(value)
		p.body = bytes.Repeat(p.body, n)
	default:
		p.header.Add(name, value)
	}
	return err
}

// scriptServe starts the gate and waits for its address on standard output.
func scriptServe(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("serve takes no !")
	}
	program, err := os.Executable()
	ts.Check(err)
	// testscript.Main runs the command that the program is called by.
	cmd := exec.Command(program)
	cmd.Args = append([]string{"icecap", "serve", "--addr", "127.0.0.1:0"}, args...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() {
		cmd.Process.Signal(os.Interrupt)
		cmd.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	ts.Check(err)
	ts.Setenv("GATE", strings.TrimSpace(strings.TrimPrefix(line, "serving ")))
}

// scriptBucket starts an S3 server for the story.
func scriptBucket(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: bucket")
	}
	server, err := s3test.Start(filepath.Join(ts.Getenv("WORK"), "s3"))
	ts.Check(err)
	ts.Defer(server.Stop)
	for name, value := range server.Env() {
		ts.Setenv(name, value)
	}
}

func scriptFetch(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: fetch URL")
	}
	client := &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Get(args[0])
	ts.Check(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	ts.Check(err)
	source := response.Header.Get("X-Icecap")
	if source == "" {
		source = "app"
	}
	fmt.Fprintf(ts.Stdout(), "%d %s\n%s", response.StatusCode, source, body)
}

// scriptLive starts an NGINX as an operator runs it. In its configuration
// "$APP" and "$ADDRESS" stand for addresses, "$WORK" for the folder, "$USER" for a
// user who may read that folder.
func scriptLive(ts *testscript.TestScript, neg bool, args []string) {
	binary, err := nginx.Find()
	if neg || len(args) == 0 || err != nil {
		ts.Fatalf("usage: live FILE..., where NGINX is installed")
	}
	listener, err := listenApp("")
	ts.Check(err)
	address, user := listener.Addr().String(), "#"
	listener.Close()
	if os.Geteuid() == 0 {
		user = "user root"
	}
	fill := strings.NewReplacer("$APP", strings.TrimPrefix(ts.Getenv("APP"), "http://"), "$ADDRESS", address, "$WORK", ts.Getenv("WORK"), "$USER", user).Replace
	for _, file := range args {
		ts.Check(os.WriteFile(ts.MkAbs(file), []byte(fill(ts.ReadFile(file))), 0o644))
	}
	cmd := exec.Command(binary.Path, "-p", ts.Getenv("WORK"), "-c", ts.MkAbs(args[0]), "-e", "stderr")
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	dieWithParent(cmd.SysProcAttr)
	var said bytes.Buffer
	cmd.Stderr = &said
	started := make(chan error)
	ended := make(chan struct{})
	go func() { // see startProcess
		runtime.LockOSThread()
		started <- cmd.Start()
		cmd.Wait()
		close(ended)
	}()
	ts.Check(<-started)
	ts.Defer(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		<-ended
	})
	for ready := listening("tcp", address); ready() != nil; time.Sleep(5 * time.Millisecond) {
		select {
		case <-ended:
			ts.Fatalf("nginx ended: %s", said.String())
		default:
		}
	}
	ts.Setenv("LIVE", "http://"+address)
}
