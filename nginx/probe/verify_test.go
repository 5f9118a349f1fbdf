package probe_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"icecap/content"
	"icecap/nginx"
	"icecap/nginx/local"
	"icecap/nginx/probe"
)

// verify is what a healthy shop is held to.
func verify(site content.Site, server nginx.Server) probe.Verify {
	return probe.Verify{Site: site, Host: server.Hosts[0], Gate: &server}
}

// Both gates pass, the negative set included.
func TestVerifyHealthyGates(t *testing.T) {
	root, site := newSite(t)
	for _, g := range gates {
		t.Run(g.name, func(t *testing.T) {
			target := g.start(t, shop(root))
			v := verify(site, shop(root))
			v.App = target.App
			report, err := v.Live(t.Context(), "http://"+target.Address)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range report.Differences {
				t.Error(d)
			}
			if report.Checked < len(site.Entries)+300 {
				t.Errorf("%d checks of %d pages and the negative set", report.Checked, len(site.Entries))
			}
		})
	}
}

// A live server has no counter: the marker tells the source, and nothing but GET is sent.
func TestVerifyLiveServer(t *testing.T) {
	root, site := newSite(t)
	server := shop(root)
	server.Hosts = append(server.Hosts, "127.0.0.1")
	methods := atomic.Int64{}
	gate := &local.Gate{Server: server, App: http.NotFoundHandler()}
	live := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			methods.Add(1)
		}
		gate.ServeHTTP(w, r)
	}))
	defer live.Close()
	live.Config.ErrorLog = log.New(io.Discard, "", 0)
	v := verify(site, server)
	if _, err := v.Live(t.Context(), live.URL); err == nil {
		t.Error("a certificate that nobody trusts is taken")
	}
	roots := live.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	target := probe.Target{Address: live.Listener.Addr().String(), TLS: &tls.Config{RootCAs: roots, ServerName: "example.com"}}
	list, _ := content.NewGateMap(site.Entries, site.Redirects)
	want := len(pages) + len(list.Redirects)
	report, err := v.Run(t.Context(), target)
	if err != nil || len(report.Differences) > 0 || report.Checked != want || methods.Load() > 0 {
		t.Errorf("%d checked, %v, %v; %d other methods", report.Checked, report.Differences, err, methods.Load())
	}
	v.Sample = 5
	if report, err = v.Run(t.Context(), target); err != nil || report.Checked != 10 {
		t.Errorf("a sample of 5 pages and 5 redirects checks %d, %v", report.Checked, err)
	}
}

// A release whose files are not what its manifest says is found out, page by page.
func TestVerifyNamesWhatIsWrongOnDisk(t *testing.T) {
	root, site := newSite(t)
	page := func(name string) string { return filepath.Join(root, "current", "p", filepath.FromSlash(name)) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	write(t, page("about@.html"), "<h1>ABOUT</h1>")
	write(t, page("docs/@.html"), "<h1>docs/</h1><!-- longer -->")
	must(os.Remove(page("a/b@.html")))
	must(os.Rename(page("feed@.rss"), page("feed@.json")))
	must(os.Chtimes(page("style.css@.css"), published, published.Add(time.Hour)))
	server := shop(root)
	app := &probe.App{}
	v := verify(site, server)
	v.App, v.PagesOnly = app, true
	more := server
	more.Headers = append([]content.Header{{Name: "Referrer-Policy", Value: "no-referrer"}}, more.Headers...)
	v.Gate = &more
	report, err := v.Handler(t.Context(), &local.Gate{Server: server, App: app})
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, d := range report.Differences {
		if d.What != "Referrer-Policy" {
			fmt.Fprintln(&got, d)
		} else if d.Want != "no-referrer" || d.Got != "" {
			t.Error(d)
		}
	}
	if want := `/a/b: source is app, want disk
/a/b: media type is text/plain; charset=utf-8, want text/html; charset=utf-8
/a/b: length is 17, want 3
/a/b: sha256 is ` + sum("app saw GET /a/b\n") + `, want ` + sum("a/b") + `
/a/b: Last-Modified is , want Tue, 14 Nov 2023 22:13:20 GMT
/a/b: Cache-Control is , want max-age=0, must-revalidate
/a/b: X-Frame-Options is , want DENY
/a/b: Report-To is , want {"group":"a;b","max_age":1}
/about: sha256 is ` + sum("<h1>ABOUT</h1>") + `, want ` + sum("<h1>about</h1>") + `
/docs/: length is 29, want 14
/docs/: sha256 is ` + sum("<h1>docs/</h1><!-- longer -->") + `, want ` + sum("<h1>docs/</h1>") + `
/feed: media type is application/json, want application/rss+xml; charset=utf-8
/style.css: Last-Modified is Tue, 14 Nov 2023 23:13:20 GMT, want Tue, 14 Nov 2023 22:13:20 GMT
/a/b: touches of the app is 1, want 0
`; got.String() != want {
		t.Errorf("differences:\n%swant:\n%s", got.String(), want)
	}
}

// brokenGates each break one promise, and Verify names it.
var brokenGates = []struct {
	name  string
	serve func(w http.ResponseWriter, r *http.Request, gate, app http.Handler)
	want  string // a difference that must be found
}{
	{"answers POST from disk", func(w http.ResponseWriter, r *http.Request, gate, _ http.Handler) {
		if r.Method == http.MethodPost {
			r.Method = http.MethodGet
		}
		gate.ServeHTTP(w, r)
	}, "POST /about: source is disk, want app"},
	{"does not look at the cookie", func(w http.ResponseWriter, r *http.Request, gate, _ http.Handler) {
		r.Header.Del("Cookie")
		gate.ServeHTTP(w, r)
	}, "/about (Cookie: theme=dark; wordpress_logged_in_x=1): source is disk, want app"},
	{"ignores queries", func(w http.ResponseWriter, r *http.Request, gate, _ http.Handler) {
		r.RequestURI, _, _ = strings.Cut(r.RequestURI, "?")
		gate.ServeHTTP(w, r)
	}, "/about?icecap-verify=1: touches of the app is 0, want 1"},
	{"tidies slashes up for the app", func(w http.ResponseWriter, r *http.Request, gate, app http.Handler) {
		if strings.HasPrefix(r.RequestURI, "//") {
			r.RequestURI = r.RequestURI[1:]
			app.ServeHTTP(w, r)
			return
		}
		gate.ServeHTTP(w, r)
	}, "//about: what the app saw is GET /about, want GET //about"},
	{"redirects odd spellings itself", func(w http.ResponseWriter, r *http.Request, gate, _ http.Handler) {
		if strings.HasPrefix(r.RequestURI, "/./") {
			http.Redirect(w, r, r.RequestURI[2:], http.StatusMovedPermanently)
			return
		}
		gate.ServeHTTP(w, r)
	}, "/./about: source is none, want app"},
	{"asks the app twice", func(w http.ResponseWriter, r *http.Request, gate, app http.Handler) {
		if r.Method == http.MethodPut {
			app.ServeHTTP(httptest.NewRecorder(), r)
		}
		gate.ServeHTTP(w, r)
	}, "PUT /about: touches of the app is 2, want 1"},
	{"asks the app behind the visitor's back", func(w http.ResponseWriter, r *http.Request, gate, app http.Handler) {
		if r.RequestURI == "/docs/" {
			app.ServeHTTP(httptest.NewRecorder(), r)
		}
		gate.ServeHTTP(w, r)
	}, "/docs/: touches of the app is 1, want 0"},
	{"believes any Host", func(w http.ResponseWriter, r *http.Request, gate, _ http.Handler) {
		r.Host = "shop.example.com"
		gate.ServeHTTP(w, r)
	}, "/about (Host: icecap-verify.invalid): source is disk, want app"},
	{"serves the folder of a release", func(w http.ResponseWriter, r *http.Request, gate, _ http.Handler) {
		if rest, ok := strings.CutPrefix(r.RequestURI, "/p/"); ok {
			r.RequestURI = "/" + rest
		}
		gate.ServeHTTP(w, r)
	}, "/p/about: source is disk, want app"},
	{"finds a page under the folder that never exists", func(w http.ResponseWriter, r *http.Request, gate, _ http.Handler) {
		if r.Method == http.MethodPost && r.RequestURI == "/about" {
			r.Method, r.RequestURI = http.MethodGet, "/-/about"
		}
		gate.ServeHTTP(w, r)
	}, "POST /about: source is disk, want app"},
	{"hangs up", func(w http.ResponseWriter, r *http.Request, gate, _ http.Handler) {
		if r.Method == http.MethodDelete {
			panic(http.ErrAbortHandler)
		}
		gate.ServeHTTP(w, r)
	}, "DELETE /about: answer is read answer of DELETE \"/about\": unexpected EOF, want one"},
}

func TestVerifyNamesWhatIsWrongWithTheGate(t *testing.T) {
	root, site := newSite(t)
	// The first page of each media type stands for all: here /about for HTML.
	var entries []content.Entry
	for _, e := range site.Entries {
		if u := e.URL(); u == "/about" || u == "/docs/" || u == "/style.css" {
			entries = append(entries, e)
		}
	}
	site.Entries = entries
	for _, test := range brokenGates {
		t.Run(test.name, func(t *testing.T) {
			app := &probe.App{}
			server := shop(root)
			gate := &local.Gate{Server: server, App: app}
			v := verify(site, server)
			v.App = app
			report, err := v.Handler(t.Context(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				test.serve(w, r, gate, app)
			}))
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range report.Differences {
				if d.String() == test.want {
					return
				}
			}
			t.Errorf("no %q in %q", test.want, report.Differences)
		})
	}
}

// many makes a manifest of n pages that no gate has.
func many(n int) content.Site {
	var site content.Site
	for i := range n {
		path, err := content.ParsePath(fmt.Sprintf("/%06d", i))
		if err != nil {
			panic(err)
		}
		site.Entries = append(site.Entries, content.Entry{Key: content.Key{Path: path}, MediaType: "text/html", SHA256: sum("")})
	}
	return site
}

// A gate that is wrong throughout makes no endless list.
func TestReportIsBounded(t *testing.T) {
	app := &probe.App{}
	report, err := probe.Verify{Site: many(1500), App: app}.Handler(t.Context(), app)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Differences) != 1000 || report.Dropped < 2000 || report.Checked < 1500 {
		t.Errorf("%d differences kept, %d dropped, %d checked", len(report.Differences), report.Dropped, report.Checked)
	}
}

// A server that nobody can ask is an error, not a list of differences.
func TestVerifyCannotAsk(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + listener.Addr().String()
	listener.Close()
	if _, err := (probe.Verify{Site: many(1)}).Live(t.Context(), address); err == nil || !strings.Contains(err.Error(), "connect to") {
		t.Errorf("nobody listens: %v", err)
	}
	for _, address := range []string{"shop.example.com", "ftp://x", "http://x/path", "http://x?q", "http://me@x", "http://", "%"} {
		if _, err := (probe.Verify{Site: many(1)}).Live(t.Context(), address); err == nil || !strings.Contains(err.Error(), "read address") {
			t.Errorf("%s: %v", address, err)
		}
	}
	broken := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	report, err := probe.Verify{Site: many(1000)}.Handler(t.Context(), broken)
	if err == nil || !strings.Contains(err.Error(), "no answer to 20 requests") || report.Checked > 100 {
		t.Errorf("a server that hangs up: %v after %d", err, report.Checked)
	}
	ctx, cancel := context.WithCancel(t.Context())
	slow := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	if _, err := (probe.Verify{Site: many(1000)}).Handler(ctx, slow); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// A server closes connections after some requests; that is no difference.
func TestConnectionsAreRenewed(t *testing.T) {
	var count atomic.Int64
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Icecap", "disk")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		switch count.Add(1) % 10 {
		case 0:
			w.Header().Set("Connection", "close") // and says so
		case 5:
			conn, _, err := http.NewResponseController(w).Hijack() // or does not
			if err != nil {
				t.Error(err)
				return
			}
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nX-Icecap: disk\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 0\r\n\r\n")
			conn.Close()
		}
	})
	report, err := probe.Verify{Site: many(500)}.Handler(t.Context(), h)
	if err != nil || len(report.Differences) > 0 || report.Checked != 500 {
		t.Errorf("%d checked, %v, %v", report.Checked, report.Differences, err)
	}
}

// Drift is what the app would say now, asked as when it was crawled.
func TestDrift(t *testing.T) {
	_, site := newSite(t)
	for i := range site.Entries {
		site.Entries[i].Source = "crawl"
		if site.Entries[i].URL() == "/a/" {
			site.Entries[i].Source = "blog"
		}
	}
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := fmt.Sprint(r.Host, " ", r.Header.Get("X-Forwarded-Proto"), " ", r.Header.Get("Accept-Encoding"), " ", r.Header["Cookie"])
		if asked != "shop.example.com https identity []" {
			t.Errorf("asked %q", asked)
		}
		for _, p := range slices.Concat(pages, copies) {
			if keyOf(t, p.url).URL() != r.RequestURI {
				continue
			}
			w.Header().Set("Content-Type", strings.Replace(p.media, "text/html", "Text/HTML; charset=utf-8", 1))
			switch p.url {
			case "/about":
				p.body = "<h1>new</h1>"
			case "/docs/":
				http.Redirect(w, r, "/docs", http.StatusMovedPermanently)
				return
			case "/style.css":
				w.Header().Set("Content-Type", "text/html")
			case "/main.js":
				w.Header().Set("Content-Encoding", "gzip")
			}
			io.WriteString(w, p.body)
			return
		}
		t.Errorf("no page %s", r.RequestURI)
	}))
	defer app.Close()
	drift := probe.Drift{Site: site, App: app.URL + "/shop/", Public: "https://shop.example.com", Source: "crawl"}
	found, err := drift.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []probe.Difference{
		{URL: "/about", What: "sha256 of the app", Want: sum("<h1>about</h1>"), Got: sum("<h1>new</h1>")},
		{URL: "/docs/", What: "status of the app", Want: "200", Got: "301"},
		{URL: "/main.js", What: "encoding of the app", Want: "identity", Got: "gzip"},
		{URL: "/style.css", What: "media type of the app", Want: "text/css", Got: "text/html"},
	}
	if fmt.Sprint(found) != fmt.Sprint(want) {
		t.Errorf("found\n%v, want\n%v", found, want)
	}
	for _, d := range []probe.Drift{{App: "127.0.0.1"}, {App: app.URL, Public: "shop.example.com"}} {
		if _, err := d.Run(t.Context()); err == nil {
			t.Errorf("%+v is taken", d)
		}
	}
}

func TestTooOld(t *testing.T) {
	site := content.Site{ID: "12-abc", Created: published}
	if found := probe.TooOld(site, published.Add(2*time.Hour), 2*time.Hour); found != nil {
		t.Errorf("exactly two hours: %v", found)
	}
	found := probe.TooOld(site, published.Add(2*time.Hour+time.Second), 2*time.Hour)
	if len(found) != 1 || found[0].String() != "release 12-abc: age is 2h0m1s, want at most 2h0m0s" {
		t.Errorf("a second more: %v", found)
	}
}
