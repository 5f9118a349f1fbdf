package freeze

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"icecap/content"
)

// TestPage looks at everything that the sink gets.
func TestPage(t *testing.T) {
	body := "<p>exact \r\n bytes \x00 \t<A HREF='/B'>\xef\xbb\xbf</A>"
	c := &Crawler{}
	b := crawlSite(t, routes{
		"/":  page(body, "Etag", `W/"7"`, "Last-Modified", "Mon, 02 Jan 2006 15:04:05 GMT"),
		"/B": page("<p>b", "Last-Modified", "Mon, 02 Jan 2006 15:04:05 GMT"),
	}, c)
	p := b.pages["/"]
	if string(p.Body) != body {
		t.Errorf("body %q", p.Body)
	}
	if !strings.HasPrefix(p.Version, "etag=W/7 modified=2006-01-02T15:04:05Z rules=") || p.Origin != c.URL+"/" || p.MediaType != "text/html; charset=utf-8" {
		t.Errorf("page %+v", p)
	}
	if v := b.pages["/B"].Version; !strings.HasPrefix(v, "modified=2006-01-02T15:04:05Z rules=") {
		t.Errorf("version %q", v)
	}
}

// TestSkip looks at detail, From and cookies.
func TestSkip(t *testing.T) {
	var many strings.Builder
	for i := range 100 {
		fmt.Fprintf(&many, `<a href="/cal?day=%03d">d</a>`, i)
	}
	b := crawlSite(t, routes{
		"/":      page(`<a href="/z">z</a><a href="/loop1">l</a><a href="/old">o</a>` + many.String()),
		"/z":     page(`<a href="/y">y</a><a href="/404">x</a>` + many.String()),
		"/y":     page(`<a href="/404">x</a><a href="/cookie">c</a><a href="/500">e</a><a href="/a%2Fb">p</a>`),
		"/500":   status(500),
		"/loop1": status(302, "Location", "/loop2"), "/loop2": status(302, "Location", "loop1"),
		"/old":    status(301, "Location", "https://other.example/"),
		"/cookie": page("<p>c", "Set-Cookie", "sid=secret; HttpOnly", "Set-Cookie", "lang=en"),
	}, &Crawler{})
	for _, want := range []content.Skip{
		{URL: "/404", Reason: Status, Detail: "404 Not Found", From: "/y"},
		{URL: "/500", Reason: Status, Detail: "500 Internal Server Error", From: "/y", Failed: true},
		{URL: "/cookie", Reason: Cookie, Detail: "Set-Cookie: sid, lang", From: "/y", Cookies: []string{"sid", "lang"}},
		{URL: "/loop1", Reason: RedirectLoop, Detail: "/loop1 -> /loop2 -> /loop1", From: "/"},
		{URL: "/loop2", Reason: RedirectLoop, Detail: "/loop2 -> /loop1 -> /loop2", From: "/loop1"},
		{URL: "/old", Reason: Redirect, Detail: "https://other.example/", From: "/"},
		{URL: "/a%2Fb", Reason: Path, Detail: `has an encoded '/' in a segment`, From: "/y"},
		{URL: "/cal?day=000", Reason: Query, From: "/"},
		{URL: "/cal?day=019", Reason: Query, Detail: "and 80 more queries of /cal", From: "/"},
	} {
		got := b.skips[want.URL]
		if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
			t.Errorf("skip %+v\nwant %+v", got, want)
		}
	}
	if _, ok := b.skips["/cal?day=020"]; ok {
		t.Error("more than 20 queries of one path are named")
	}
}

// TestPublic freezes a site behind its public address.
func TestPublic(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	site := func(own string) routes {
		return routes{
			"/":    page(`<a href="https://shop.example.com/a">a</a><a href="//shop.example.com:443/b">b</a><a href="http://shop.example.com/no">n</a><a href="https://user@shop.example.com/no">n</a>`),
			"/a":   page("<p>\n<p><a href=\"" + own + "/c\">leak</a>"),
			"/b":   page("<p>b"),
			"/c":   page("<p>c"),
			"/css": page("<p>never"),
		}
	}
	c := &Crawler{Public: "https://Shop.example.com/", UserAgent: "icecap/test", Probe: ProbeNone}
	b := newBag()
	var handler http.Handler
	c.URL = serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, fmt.Sprint(r.Host, r.Header))
		mu.Unlock()
		handler.ServeHTTP(w, r)
	}))
	handler = site(c.URL)
	if err := c.Run(context.Background(), nothing{}, b); err != nil {
		t.Fatal(err)
	}
	if got := b.frozen(); !slices.Equal(got, []string{"/", "/b", "/c"}) {
		t.Errorf("frozen %q", got)
	}
	if got := c.Observed().Strange; got != "http://shop.example.com" {
		t.Errorf("strange origin %q", got)
	}
	if s := b.skips["/a"]; s.Reason != Leak || s.Detail != "line 2 shows "+strings.TrimPrefix(c.URL, "http://") {
		t.Errorf("skip %+v", s)
	}
	want := fmt.Sprint("shop.example.com", http.Header{"User-Agent": {"icecap/test"}, "Accept": {"*/*"}, "Accept-Encoding": {"identity"}, "X-Forwarded-Proto": {"https"}})
	for _, got := range asked {
		if got != want {
			t.Errorf("asked with %s\nwant %s", got, want)
		}
	}
}

// TestNoPublic asks an app by its own name, and finds nothing wrong with it.
func TestNoPublic(t *testing.T) {
	c := &Crawler{}
	c.URL = serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if "http://"+r.Host != c.URL || r.Header.Get("X-Forwarded-Proto") != "" {
			w.WriteHeader(500)
		}
		page(`<a href="`+c.URL+`/a">a</a>`)(w, r)
	}))
	b := newBag()
	if err := c.Run(context.Background(), nothing{}, b); err != nil {
		t.Fatal(err)
	}
	if got := b.frozen(); !slices.Equal(got, []string{"/", "/a", "/sitemap.xml"}) && !slices.Equal(got, []string{"/", "/a"}) {
		t.Errorf("frozen %q, left %v", got, b.skips)
	}
}

// TestObserved offers the security headers that the gate would lose.
func TestObserved(t *testing.T) {
	c := &Crawler{Headers: []content.Header{{Name: "referrer-policy", Value: "no-referrer"}}, Exclude: []string{"/out"}}
	b := crawlSite(t, routes{
		"/":      page(`<a href="/a">a</a><a href="/b">b</a><img src="/i.png"><a href="/out">o</a><a href="/?q">q</a><a href="/?r">r</a>`, "X-Frame-Options", "DENY", "Content-Security-Policy", "default-src 'self'", "Permissions-Policy", "a", "Referrer-Policy", "no-referrer", "X-Content-Type-Options", "nosniff"),
		"/a":     page("<p>a", "X-Frame-Options", "DENY", "Content-Security-Policy", "default-src 'none'", "X-Content-Type-Options", "nosniff"),
		"/b":     page("<p>b", "X-Frame-Options", "SAMEORIGIN", "Cache-Control", "no-store", "Referrer-Policy", "origin"),
		"/i.png": typed("image/png", "x", "X-Content-Type-Options", "nosniff", "Cross-Origin-Resource-Policy", "same-site"),
	}, c)
	if got := b.frozen(); !slices.Equal(got, []string{"/", "/a", "/i.png"}) {
		t.Errorf("frozen %q", got)
	}
	got := fmt.Sprintf("%+v", c.Observed())
	want := "{Headers:[{Name:X-Content-Type-Options Value:nosniff Path:} {Name:X-Frame-Options Value:DENY Path:}] Mixed:[Content-Security-Policy Cross-Origin-Resource-Policy Permissions-Policy] OutOfScope:1 Strange: Layouts:[] Missing:[] Untrue: Queries:2 Soft404:<nil>}"
	if got != want {
		t.Errorf("observed %s\nwant     %s", got, want)
	}
}

// TestSameReport crawls a site with many ways to each page again and again.
func TestSameReport(t *testing.T) {
	site := routes{}
	for i := range 60 {
		var body strings.Builder
		for j := range 8 {
			fmt.Fprintf(&body, `<a href="/%d">x</a><a href="/missing/%d">m</a><a href="/q?%d">q</a>`, (i*7+j*13)%60, (i+j)%20, (i*j)%50)
		}
		site[fmt.Sprintf("/%d", i)] = page(body.String())
	}
	site["/"] = page(`<a href="/1">1</a>`)
	var reports []string
	for range 5 {
		b := crawlSite(t, site, &Crawler{Workers: 8, MaxDepth: 4})
		var report strings.Builder
		for _, url := range b.order {
			fmt.Fprintf(&report, "%+v\n", b.skips[url])
		}
		reports = append(reports, fmt.Sprintln(b.frozen())+report.String())
	}
	for _, r := range reports[1:] {
		if r != reports[0] {
			t.Fatalf("two crawls of one site report\n%s\n%s", reports[0], r)
		}
	}
}

// TestRate spreads requests evenly, those of the second stranger and the one for
// a URL that cannot exist too.
func TestRate(t *testing.T) {
	var mu sync.Mutex
	var times []time.Time
	site := routes{"/": page(`<a href="/1">1</a><a href="/2">2</a><a href="/3">3</a>`)}
	c := &Crawler{Rate: 20, Seeds: []string{"/"}, Probe: ProbeAll}
	crawlSite(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		times = append(times, time.Now())
		mu.Unlock()
		site.ServeHTTP(w, r)
	}), c)
	if took := times[len(times)-1].Sub(times[0]); len(times) != 6 || took < 240*time.Millisecond {
		t.Errorf("%d requests within %v, at 20 a second", len(times), took)
	}
}

// TestSinkError ends the crawl with the sink's own error.
func TestSinkError(t *testing.T) {
	b := newBag()
	b.fail = errors.New("disk full")
	c := &Crawler{URL: serve(t, routes{"/": page("<p>x")})}
	if err := c.Run(context.Background(), nothing{}, b); !errors.Is(err, b.fail) {
		t.Errorf("error %v", err)
	}
}

// TestColly holds colly to what the crawl depends on: the canonical spelling of
// a path reaches the app as it is, whatever colly's own parser thinks of it.
func TestColly(t *testing.T) {
	var spellings []string
	for c := byte(1); c < 0xff; c++ {
		if p, err := content.ParsePath("/x" + string(rune(c)) + "y"); err == nil {
			spellings = append(spellings, p.String())
		}
	}
	for _, raw := range []string{"/a.xml.gz", "/a/b/", "/~u/(x)", "/日本", "/a@b:c", "/-", "/x%5By", "/a%7Cb", "/a%22b"} {
		p, err := content.ParsePath(raw)
		if err != nil {
			t.Fatal(err)
		}
		spellings = append(spellings, p.String())
	}
	t.Setenv("COLLY_MAX_BODY_SIZE", "1")
	t.Setenv("COLLY_ALLOWED_DOMAINS", "nowhere.example")
	var got string
	address := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.RequestURI
		w.Header().Set("Content-Type", "text/html; charset=iso-8859-1")
		w.Write(bytes.Repeat([]byte("\xe9"), 1000))
	}))
	wire := &exact{next: http.DefaultTransport, timeout: time.Minute, maxBody: 1 << 20}
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	a := newAsker(context.Background(), wire, address, http.Header{})
	for _, path := range spellings {
		r, err := a.ask(path, version{})
		if err != nil || got != path {
			t.Errorf("asked for %q: the app saw %q, %v", path, got, err)
			continue
		}
		if !bytes.Equal(r.Body, bytes.Repeat([]byte("\xe9"), 1000)) {
			t.Errorf("%s: the body is %q", path, r.Body)
		}
	}
}
