package outside

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// quiet is the log of servers that are meant to be treated badly.
var quiet = log.New(io.Discard, "", 0)

// A town is a web of sites on loopback that remembers who asked for what.
type town struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string // "HEAD /a"
	now   int      // requests in flight
	most  int      // at the same time
	serve http.HandlerFunc
}

func newTown(t *testing.T, serve http.HandlerFunc) *town {
	t.Helper()
	s := &town{serve: serve}
	s.Server = httptest.NewUnstartedServer(s)
	s.Config.ErrorLog = quiet
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func (s *town) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked = append(s.asked, r.Method+" "+r.URL.RequestURI())
	s.now++
	s.most = max(s.most, s.now)
	s.mu.Unlock()
	s.serve(w, r)
	s.mu.Lock()
	s.now--
	s.mu.Unlock()
}

// take is what was asked since the last time.
func (s *town) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = nil
	return asked
}

// check runs a checker that may ask loopback.
func check(t *testing.T, c *Checker, links ...Link) []Answer {
	t.Helper()
	c.Private = true
	answers, err := c.Run(context.Background(), links)
	if err != nil {
		t.Fatal(err)
	}
	return answers
}

// visits are what sites answer, and what becomes of a link to it: state, status,
// detail, new address. "$" is the site.
var visits = []struct {
	path, want string
	asked      string // the methods, "HEAD" where nothing is said
	serve      http.HandlerFunc
}{
	{"/fine", "ok 200", "", func(w http.ResponseWriter, _ *http.Request) {}},
	{"/none", "broken 404 404 Not Found", "HEAD GET", http.NotFound},
	{"/gone", "broken 410 410 Gone", "HEAD GET", status(410)},
	{"/teapot", "broken 418 418 I'm a teapot", "HEAD GET", status(418)},
	{"/oops", "broken 500 500 Internal Server Error", "HEAD GET", status(500)},
	{"/log-in", "unknown 401 401 Unauthorized; it may turn away robots alone", "HEAD GET", status(401)},
	{"/robot", "unknown 403 403 Forbidden; it may turn away robots alone", "HEAD GET", status(403)},
	{"/linkedin", "unknown 999 999; it may turn away robots alone", "HEAD GET", status(999)},
	{"/down", "unknown 503 503 Service Unavailable", "HEAD GET", status(503)},
	{"/no-head", "ok 200", "HEAD GET", func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			w.WriteHeader(http.StatusMethodNotAllowed)
		}
	}},
	{"/head-lies", "ok 200", "HEAD GET", func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			w.WriteHeader(http.StatusNotFound)
		}
	}},
	{"/head-dies", "ok 200", "HEAD GET", func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			panic(http.ErrAbortHandler)
		}
	}},
	{"/moved", "ok 200 -> $/fine", "HEAD HEAD", to(301, "/fine")},
	{"/moved-far", "ok 200 -> $/fine", "HEAD HEAD HEAD", to(308, "/moved")},
	{"/for-now", "ok 200", "HEAD HEAD", to(302, "/fine")},
	{"/moved-then", "ok 200 -> $/for-now", "HEAD HEAD HEAD", to(301, "for-now")},
	{"/lost", "broken 404 404 Not Found -> $/none", "HEAD HEAD GET", to(301, "/none")},
	{"/round", "broken 302 redirects in a circle, at $/round", "HEAD", to(302, "/round")},
	{"/nowhere", "broken 301 301 Moved Permanently without a target", "HEAD", to(301, "")},
	{"/app", "unknown 302 302 Found to what is no web address: itms://store/x", "HEAD", to(302, "itms://store/x")},
	{"/dead-end", "broken 301 refuses connections, at http://127.0.0.1:1/ -> http://127.0.0.1:1/", "HEAD", to(301, "http://127.0.0.1:1/")},
	{"/plain", "broken 301 TLS: it does not speak it, at https://$$/ -> https://$$/", "HEAD", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://"+r.Host+"/", http.StatusMovedPermanently)
	}},
	{"/head-refused", "ok 200", "HEAD GET", func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			w.WriteHeader(http.StatusNotImplemented)
		}
	}},
	{"/headers", "broken 0 no answer of HTTP: net/http: server response headers exceeded 65536 bytes; aborted", "HEAD GET", func(w http.ResponseWriter, _ *http.Request) {
		for i := range 100 {
			w.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat("y", 1000))
		}
	}},
	{"/reset", "broken 0 read: connection reset by peer", "HEAD GET", func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = conn.(*net.TCPConn).SetLinger(0)
			err = conn.Close()
		}
		if err != nil {
			panic(err)
		}
	}},
	{"/cookie", "ok 200", "HEAD HEAD", func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie("seen"); err != nil {
			http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1"})
			http.Redirect(w, r, "/cookie?again", http.StatusFound)
		}
	}},
	{"/for-ever/", "broken 302 redirects more than 10 times", strings.TrimSpace(strings.Repeat("HEAD ", 11)), func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Path+"x", http.StatusFound)
	}},
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func to(code int, location string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if location != "" {
			w.Header().Set("Location", location)
		}
		w.WriteHeader(code)
	}
}

func TestVisits(t *testing.T) {
	s := newTown(t, func(w http.ResponseWriter, r *http.Request) {
		for _, v := range visits {
			if v.path == r.URL.Path || strings.HasSuffix(v.path, "/") && strings.HasPrefix(r.URL.Path, v.path) {
				v.serve(w, r)
				return
			}
		}
		t.Errorf("asked for %s", r.URL)
	})
	for _, v := range visits {
		a := check(t, &Checker{}, Link{URL: s.URL + v.path})[0]
		got := strings.TrimSpace(fmt.Sprintf("%s %d %s", a.State, a.Status, a.Detail))
		if a.Moved != "" {
			got += " -> " + a.Moved
		}
		if want := strings.ReplaceAll(strings.ReplaceAll(v.want, "$$", strings.TrimPrefix(s.URL, "http://")), "$", s.URL); got != want {
			t.Errorf("%s: %s, want %s", v.path, got, want)
		}
		var methods []string
		for _, line := range s.take() {
			method, _, _ := strings.Cut(line, " ")
			methods = append(methods, method)
		}
		want := v.asked
		if want == "" {
			want = "HEAD"
		}
		if got := strings.Join(methods, " "); got != want {
			t.Errorf("%s was asked with %s, want %s", v.path, got, want)
		}
	}
}

// TestFragments: the page is read once for all fragments, and no script's work is
// held against it.
func TestFragments(t *testing.T) {
	s := newTown(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/page":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, `<h1 id="a">x</h1><a name="b"></a><p id="user-content-c">`)
		case "/long":
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, strings.Repeat("<p>long", 200_000))
		default:
			w.Header().Set("Content-Type", "application/pdf")
		}
	})
	answers := check(t, &Checker{}, Link{s.URL + "/page", []string{"b", "a"}}, Link{s.URL + "/page", []string{"c", "z"}},
		Link{s.URL + "/long", []string{"z"}}, Link{s.URL + "/paper.pdf", []string{"page=3"}})
	got := fmt.Sprint(answers[0].Fragments, answers[1].Fragments, answers[2].Fragments)
	if want := "map[z:true] map[a:true b:true c:true z:false] map[page=3:true]"; got != want {
		t.Errorf("fragments %s, want %s", got, want)
	}
	if asked := s.take(); len(asked) != 3 || slices.ContainsFunc(asked, func(line string) bool { return !strings.HasPrefix(line, "GET ") }) {
		t.Errorf("asked %v, want a GET for each page", asked)
	}
}

// TestBudget: when the time is over, the rest is unknown and not remembered.
func TestBudget(t *testing.T) {
	s := newTown(t, func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	c := &Checker{Known: ReadCache(nil), Budget: time.Millisecond}
	for _, a := range check(t, c, Link{URL: s.URL + "/a"}, Link{URL: s.URL + "/b"}) {
		if a.State != Unknown || a.Detail != "not asked: the time for all links was over" {
			t.Errorf("%+v", a)
		}
	}
	if len(c.Known.answers) > 0 {
		t.Errorf("remembered %v", c.Known.answers)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := new(Checker).Run(ctx, []Link{{URL: "http://127.0.0.1:1/"}}); err != context.Canceled {
		t.Errorf("the error is %v", err)
	}
}

// TestInterruptedMidway: what was learned before Ctrl-C is known to the next run.
func TestInterruptedMidway(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s := newTown(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/b" && ctx.Err() == nil {
			cancel()
			<-r.Context().Done()
		}
	})
	links := []Link{{URL: s.URL + "/a"}, {URL: s.URL + "/b"}}
	c := &Checker{Known: ReadCache(nil), MaxAge: time.Hour, Private: true}
	if _, err := c.Run(ctx, links); err != context.Canceled {
		t.Fatalf("the error is %v", err)
	}
	s.take()
	if answers := check(t, c, links...); !answers[0].Cached || answers[0].State != OK || answers[1].Cached || answers[1].State != OK {
		t.Errorf("%+v", answers)
	}
	if asked := s.take(); !slices.Equal(asked, []string{"HEAD /b"}) {
		t.Errorf("asked again for %v", asked)
	}
}

// TestBodies: of a page without an end, and of one that is packed to be small, no more
// is read than is worth it.
func TestBodies(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	for range 50 {
		if _, err := z.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	s := newTown(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if r.URL.Path == "/packed" {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(packed.Bytes()) // the reader goes away
			return
		}
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
	})
	for _, a := range check(t, &Checker{}, Link{URL: s.URL + "/packed", Fragments: []string{"x"}}, Link{URL: s.URL + "/endless", Fragments: []string{"x"}}) {
		if a.State != OK || !a.Fragments["x"] {
			t.Errorf("%+v", a)
		}
	}
}

// TestNormal: spellings that mean the same are asked once; what is no web address never.
func TestNormal(t *testing.T) {
	for raw, want := range map[string]string{
		"HTTPS://Example.org":          "https://example.org/",
		"https://example.org/#a":       "https://example.org/",
		"https://example.org/a%2fb?c#": "https://example.org/a%2fb?c",
		"http://Bücher.example/ä":      "http://bücher.example/%C3%A4",
		"http://[::1]:80/":             "http://[::1]:80/",
		"mailto:a@example.org":         "",
		"tel:123":                      "",
		"data:text/html,x":             "",
		"http:example.org":             "",
		"ftp://example.org/":           "",
		"//example.org/":               "",
	} {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		if got := Normal(u); got != want {
			t.Errorf("%s is %q, want %q", raw, got, want)
		}
	}
}

// TestForeignNames: a host name in another script is looked up as it is registered.
func TestForeignNames(t *testing.T) {
	asked := ""
	s := newTown(t, func(w http.ResponseWriter, r *http.Request) { asked = r.Host })
	r := newRun(&Checker{Pause: time.Nanosecond})
	dialed := ""
	r.transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		dialed = address
		return new(net.Dialer).DialContext(ctx, network, s.Listener.Addr().String())
	}
	if a := r.answer(context.Background(), Link{URL: "http://bücher.example/"}); a.State != OK || dialed != "xn--bcher-kva.example:80" || asked != "xn--bcher-kva.example" {
		t.Errorf("%+v, dialled %s, asked %s", a, dialed, asked)
	}
}
