package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

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
		for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
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
	out := ts.Stdout() // also where nothing is written, so that what was before is gone
	for _, line := range app.asked {
		fmt.Fprintln(out, line)
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
