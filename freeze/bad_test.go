package freeze

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"icecap/content"
)

// TestConfig wants a clear error before any connection.
func TestConfig(t *testing.T) {
	for _, test := range []struct {
		crawler *Crawler
		message string
	}{
		{&Crawler{URL: ""}, `read the url "": it does not start with http:// or https://`},
		{&Crawler{URL: "localhost:8000"}, `read the url "localhost:8000": it does not start with http`},
		{&Crawler{URL: "127.0.0.1:8000"}, `read the url "127.0.0.1:8000": it is no URL`},
		{&Crawler{URL: "ftp://example.com"}, `read the url "ftp://example.com": it does not start with http`},
		{&Crawler{URL: "http://user:secret@127.0.0.1:1/"}, `read the url "http://user@127.0.0.1:1/": it holds a user name`},
		{&Crawler{URL: "http:///x"}, "names no host"},
		{&Crawler{URL: "http://:80/x"}, "names no host"},
		{&Crawler{URL: "http://x/?a=1"}, "has a query"},
		{&Crawler{URL: "http://x/a%2Fb"}, "has a path that has an encoded"},
		{&Crawler{URL: "http://x", Public: "shop.example.com"}, `read the public "shop.example.com"`},
		{&Crawler{URL: "http://x", Public: "https://shop.example.com/sub"}, "has a path"},
		{&Crawler{URL: "http://x", Include: []string{"/a", "blog/**"}}, `read the include "blog/**": it matches nothing`},
		{&Crawler{URL: "http://x", Exclude: []string{"/[a"}}, "is no glob"},
		{&Crawler{URL: "http://x", Seeds: []string{"https://other.example/"}}, `read the seed "https://other.example/": it is no page of http://x`},
		{&Crawler{URL: "http://x", Seeds: []string{""}}, "is no page"},
		{&Crawler{URL: "http://x", Workers: -1}, "is negative"},
		{&Crawler{URL: "http://x", MaxBody: -1}, "is negative"},
		{&Crawler{URL: "http://x", Timeout: -1}, "is negative"},
	} {
		err := test.crawler.Check()
		var config *ConfigError
		if !errors.As(err, &config) || !strings.Contains(err.Error(), test.message) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%+v: %v, want %q", test.crawler.URL, err, test.message)
		}
		if run := test.crawler.Run(context.Background(), nothing{}, newBag()); fmt.Sprint(run) != fmt.Sprint(err) {
			t.Errorf("Run says %v, Check %v", run, err)
		}
	}
	if scope, err := (&Crawler{URL: "http://x/caf%C3%A9/", Source: "s"}).Scope(); err != nil || scope.Prefix != "/café/" || scope.Source != "s" {
		t.Errorf("scope %+v, %v", scope, err)
	}
}

func TestUnreachable(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	secure := httptest.NewUnstartedServer(routes{})
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	mute, err := net.Listen("tcp", "127.0.0.1:0") // accepts, by the kernel, and never answers
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	for _, test := range []struct{ name, url, message, hint string }{
		{"nobody there", "http://" + closed.Addr().String(), "connection refused", "start the app first"},
		{"https to an http port", "https" + strings.TrimPrefix(serve(t, routes{}), "http"), "does not speak TLS", "http://"},
		{"an unknown certificate", secure.URL, "certificate", "certificate"},
		{"no answer", "http://" + mute.Addr().String(), "deadline exceeded", "does not answer"},
		{"no such host", "http://no-such-host.invalid", "no-such-host.invalid", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := (&Crawler{URL: test.url, Timeout: 100 * time.Millisecond}).Run(context.Background(), nothing{}, newBag())
			var unreachable *UnreachableError
			if !errors.As(err, &unreachable) || unreachable.Address != test.url || !strings.Contains(err.Error(), test.message) {
				t.Fatalf("error %v, want %q", err, test.message)
			}
			if !strings.Contains(unreachable.Hint(), test.hint) {
				t.Errorf("hint %q", unreachable.Hint())
			}
		})
	}
}

// raw answers with bytes as they are, and closes.
func raw(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		io.WriteString(conn, answer)
	}
}

func zipped(body string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, body)
	z.Close()
	return b.String()
}

func TestPageLimit(t *testing.T) {
	site := routes{"/": page(`<a href="/a">a</a><a href="/b">b</a>`), "/a": page("a"), "/b": page("b")}
	c := &Crawler{MaxPages: 2, Seeds: []string{"/"}, URL: serve(t, site)}
	err := c.Run(context.Background(), nothing{}, newBag())
	var incomplete *content.IncompleteError
	if !errors.As(err, &incomplete) || incomplete.Hint == "" || err.Error() != "finish the crawl: it was not done after 2 pages, the limit" {
		t.Errorf("error %v", err)
	}
	if n := c.Progress().Frozen; n > 2 {
		t.Errorf("%d pages frozen", n)
	}
	// Exactly as many pages as the limit are a complete site.
	crawlSite(t, site, &Crawler{MaxPages: 3, Seeds: []string{"/"}})
}

// chain is a site without an end: each page leads to the next.
func chain(die func(n int) bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var n int
		fmt.Sscanf(r.URL.Path, "/%d", &n)
		if die(n) {
			return
		}
		page(fmt.Sprintf(`<a href="/%d">1</a><a href="/%d">2</a>`, 2*n+1, 2*n+2))(w, r)
	}
}

// TestAppDies publishes nothing of half a site, whether much is left or one page.
func TestAppDies(t *testing.T) {
	for name, last := range map[string]int{"in the middle": 1000, "at the last page": 2} {
		t.Run(name, func(t *testing.T) {
			var server *httptest.Server
			server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				var n int
				fmt.Sscanf(r.URL.Path, "/%d", &n)
				switch {
				case n == last:
					server.Listener.Close()
					panic(http.ErrAbortHandler)
				case n > last:
					panic(http.ErrAbortHandler)
				}
				page(fmt.Sprintf(`<a href="/%d">1</a>`, n+1))(w, r)
			}))
			defer server.Close()
			err := (&Crawler{URL: server.URL, Seeds: []string{"/0"}}).Run(context.Background(), nothing{}, newBag())
			var incomplete *content.IncompleteError
			if !errors.As(err, &incomplete) || !strings.Contains(err.Error(), "stopped answering") {
				t.Errorf("error %v", err)
			}
		})
	}
	t.Run("for every page of a large site", func(t *testing.T) {
		c := &Crawler{URL: serve(t, chain(func(n int) bool {
			if n > 100 {
				panic(http.ErrAbortHandler)
			}
			return false
		})), Seeds: []string{"/0"}}
		err := c.Run(context.Background(), nothing{}, newBag())
		var incomplete *content.IncompleteError
		if !errors.As(err, &incomplete) {
			t.Errorf("error %v", err)
		}
	})
}

// TestSilentPage tells an app that answered once from one that never did.
func TestSilentPage(t *testing.T) {
	silent := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	b := crawlSite(t, routes{"/": status(404), "/sitemap.xml": silent}, &Crawler{Timeout: 200 * time.Millisecond})
	if got := b.reasons(); !slices.Equal(got, []string{"/ status", "/sitemap.xml timeout"}) {
		t.Errorf("left %q", got)
	}
}

// TestInterrupt ends promptly, also while the app is silent.
func TestInterrupt(t *testing.T) {
	for name, app := range map[string]http.Handler{
		"a busy app":   chain(func(int) bool { return false }),
		"a silent app": http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }),
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			time.AfterFunc(100*time.Millisecond, cancel)
			start := time.Now()
			err := (&Crawler{URL: serve(t, app)}).Run(ctx, nothing{}, newBag())
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
			if took := time.Since(start); took > 3*time.Second {
				t.Errorf("ended after %v", took)
			}
		})
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := (&Crawler{URL: serve(t, routes{})}).Run(ctx, nothing{}, newBag()); !errors.Is(err, context.Canceled) {
		t.Errorf("begun when it was over: %v", err)
	}
}

// TestPanic survives a bug in a rule: the page counts as failed, the rest is frozen.
func TestPanic(t *testing.T) {
	old := rules
	defer func() { rules = old }()
	rules = append(slices.Clone(rules), func(r *Response, _ *Rules) Verdict {
		if bytes.Contains(r.Body, []byte("trouble")) {
			panic("a bug")
		}
		return Verdict{}
	})
	b := crawlSite(t, routes{"/": page(`<a href="/t">t</a><a href="/x">x</a>`), "/t": page("trouble"), "/x": page("x")}, &Crawler{})
	if got := b.frozen(); !slices.Equal(got, []string{"/", "/x"}) {
		t.Errorf("frozen %q", got)
	}
	if s := b.skips["/t"]; s.Reason != Panic || s.Detail != "a bug" || !s.Failed || s.From != "/" {
		t.Errorf("skip %+v", s)
	}
}

// TestAddressIsPinned resolves a name once for a whole crawl.
func TestAddressIsPinned(t *testing.T) {
	server := httptest.NewServer(routes{"/": page("x")})
	defer server.Close()
	transport := newTransport(server.Listener.Addr().String(), 1)
	defer transport.CloseIdleConnections()
	request, err := http.NewRequest("GET", "http://elsewhere.invalid/", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
}
