package freeze

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"icecap/content"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	date := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	for _, test := range []struct {
		value, date string
		want        time.Duration
		named       bool
	}{
		{"", "", 0, false},
		{"0", "", 0, true},
		{" 120 ", "", 2 * time.Minute, true},
		{"-1", "", 0, false},
		{"1.5", "", 0, false},
		{"soon", "", 0, false},
		{"99999999999", "", 0, false},
		{date(30 * time.Second), "", 30 * time.Second, true},
		{date(-time.Hour), "", 0, true},
		{date(time.Hour), date(time.Hour - time.Second), time.Second, true}, // the app's clock is wrong, and it is the app's date
		{date(time.Minute), "yesterday", time.Minute, true},
	} {
		h := http.Header{"Retry-After": {test.value}, "Date": {test.date}}
		if got, named := RetryAfter(h, now); got != test.want || named != test.named {
			t.Errorf("%q, Date: %q: %v, %v, want %v, %v", test.value, test.date, got, named, test.want, test.named)
		}
	}
}

// TestPatience waits one second, then two, then no more; never longer than a
// minute, and ten minutes in all.
func TestPatience(t *testing.T) {
	var p patience
	for tries, want := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 3: 0} {
		if wait, named, yes := p.grant(http.Header{}, tries, time.Time{}); wait != want || named || yes != (want > 0) {
			t.Errorf("after %d tries: %v, %v, %v", tries, wait, named, yes)
		}
	}
	hour := http.Header{"Retry-After": {"3600"}}
	if _, _, yes := p.grant(hour, 1, time.Time{}); yes {
		t.Error("it waits an hour")
	}
	minute := http.Header{"Retry-After": {"60"}}
	granted := 0
	for range 20 {
		if _, _, yes := p.grant(minute, 1, time.Time{}); yes {
			granted++
		}
	}
	if granted != 9 { // and three seconds above
		t.Errorf("it waits %d minutes in all", granted)
	}
}

// TestBusy is an app that has too much to do.
func TestBusy(t *testing.T) {
	for _, test := range []struct {
		name   string
		answer func(asked int64) (int, string) // status and Retry-After
		asked  int64
		frozen bool
	}{
		{"once, with 503", func(n int64) (int, string) { return pick(n < 2, 503, 200), "0" }, 3, true},
		{"twice, with 429", func(n int64) (int, string) { return pick(n < 3, 429, 200), "0" }, 4, true},
		{"always", func(int64) (int, string) { return 503, "0" }, 3, false},
		{"for an hour", func(int64) (int, string) { return 429, "3600" }, 1, false},
		{"for a second, in words of its own", func(n int64) (int, string) { return pick(n < 2, 503, 200), "soon" }, 3, true},
		{"and breaks", func(n int64) (int, string) { return pick(n < 2, 503, 500), "0" }, 2, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int64
			b := crawlSite(t, routes{"/": page(`<a href="/busy">b</a>`), "/busy": func(w http.ResponseWriter, r *http.Request) {
				code, after := test.answer(asked.Add(1))
				w.Header().Set("Content-Type", "text/html")
				w.Header().Set("Retry-After", after)
				w.WriteHeader(code)
				fmt.Fprint(w, "<p>done")
			}}, &Crawler{Seeds: []string{"/"}, Probe: ProbeAll})
			if _, frozen := b.pages["/busy"]; frozen != test.frozen {
				t.Errorf("frozen: %v; left %+v", frozen, b.skips)
			}
			if asked.Load() != test.asked {
				t.Errorf("asked %d times, want %d", asked.Load(), test.asked)
			}
			if s := b.skips["/busy"]; !test.frozen && (s.Reason != Status || !s.Failed) {
				t.Errorf("skip %+v", s)
			}
		})
	}
}

func pick(yes bool, a, b int) int {
	if yes {
		return a
	}
	return b
}

// TestBusyForGood gives up an app that turns everything away: in the middle of a
// crawl, and from the beginning.
func TestBusyForGood(t *testing.T) {
	busy := status(503, "Retry-After", "0")
	for name, site := range map[string]http.HandlerFunc{
		"in the middle": func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/" {
				busy(w, r)
				return
			}
			var links strings.Builder
			for i := range 50 {
				fmt.Fprintf(&links, `<a href="/%d">x</a>`, i)
			}
			page(links.String())(w, r)
		},
		"from the beginning": busy,
	} {
		t.Run(name, func(t *testing.T) {
			seeds := []string{"/"}
			for i := range 30 {
				seeds = append(seeds, fmt.Sprint("/s", i))
			}
			err := (&Crawler{URL: serve(t, site), Seeds: seeds}).Run(context.Background(), nothing{}, newBag())
			var incomplete *content.IncompleteError
			var unreachable *UnreachableError
			if !errors.As(err, &incomplete) && !errors.As(err, &unreachable) || !strings.Contains(err.Error(), "it answers 503 Service Unavailable") {
				t.Errorf("error %v", err)
			}
		})
	}
}

// TestStopEndsWaiting breaks a limit while the other workers wait for the app, for
// half a minute if nobody woke them.
func TestStopEndsWaiting(t *testing.T) {
	asked := make(chan struct{})
	site := routes{
		"/":     page(`<a href="/busy">b</a><a href="/next">n</a>`),
		"/busy": func(w http.ResponseWriter, r *http.Request) { close(asked); status(429, "Retry-After", "30")(w, r) },
		"/next": func(w http.ResponseWriter, r *http.Request) {
			<-asked
			page(`<a href="/l/1">1</a><a href="/l/2">2</a>`)(w, r)
		},
	}
	start := time.Now()
	err := (&Crawler{URL: serve(t, site), Seeds: []string{"/"}, Probe: ProbeNone, Limits: []Limit{{"/l/*", 1}}}).Run(context.Background(), nothing{}, newBag())
	var incomplete *content.IncompleteError
	if !errors.As(err, &incomplete) || time.Since(start) > 20*time.Second {
		t.Errorf("error %v after %v", err, time.Since(start))
	}
}

// TestHold keeps all requests back, not only the one that was turned away.
func TestHold(t *testing.T) {
	var p pacer
	until := time.Now().Add(50 * time.Millisecond)
	p.hold(until)
	p.hold(until.Add(-time.Hour))
	if err := p.wait(context.Background()); err != nil || time.Now().Before(until) {
		t.Errorf("a request began early, or %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	p.hold(time.Now().Add(time.Hour))
	if err := p.wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestGovernor plays medians of windows to it. What it allows is written behind
// each, as "median=allowed".
func TestGovernor(t *testing.T) {
	ms := time.Millisecond
	type step struct {
		median  time.Duration
		allowed int
	}
	for name, steps := range map[string][]step{
		"an app that is always quick":            {{2 * ms, 8}, {3 * ms, 8}, {190 * ms, 8}, {2 * ms, 8}},
		"slow from the beginning":                {{900 * ms, 8}, {950 * ms, 8}, {1100 * ms, 8}},
		"it climbs, fewer workers help":          {{60 * ms, 8}, {70 * ms, 8}, {800 * ms, 4}, {420 * ms, 2}, {200 * ms, 3}, {210 * ms, 4}, {220 * ms, 5}, {230 * ms, 6}, {235 * ms, 7}, {238 * ms, 8}},
		"it climbs down to one":                  {{60 * ms, 8}, {4000 * ms, 4}, {2900 * ms, 2}, {2000 * ms, 1}, {1000 * ms, 2}},
		"the pages are slow, not the crowd":      {{10 * ms, 8}, {500 * ms, 4}, {490 * ms, 8}, {510 * ms, 8}},
		"and faster ones come later":             {{10 * ms, 8}, {500 * ms, 4}, {490 * ms, 8}, {20 * ms, 8}, {400 * ms, 4}, {100 * ms, 5}},
		"one window of slow pages, then as ever": {{10 * ms, 8}, {500 * ms, 4}, {12 * ms, 5}, {12 * ms, 6}},
	} {
		g := newGovernor(8)
		for i, s := range steps {
			for range cap(g.window) {
				g.took(s.median)
			}
			if g.allowed != s.allowed {
				t.Errorf("%s: after step %d, %v: %d may ask, want %d", name, i+1, s.median, g.allowed, s.allowed)
			}
		}
	}
	one := newGovernor(1)
	one.tooMany()
	if one.allowed != 1 {
		t.Errorf("%d of 1 may ask", one.allowed)
	}
	g := newGovernor(8)
	for range 8 { // they were all on the way when the first was turned away
		g.tooMany()
	}
	if g.allowed != 4 {
		t.Errorf("8 refusals at a time leave %d workers", g.allowed)
	}
	g.tooMany()
	if g.allowed != 2 {
		t.Errorf("one more leaves %d", g.allowed)
	}
}

// TestGovernorBounds holds workers to what is allowed.
func TestGovernorBounds(t *testing.T) {
	g := newGovernor(8)
	g.tooMany()
	g.tooMany()
	var inside, most atomic.Int64
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			g.enter(context.Background())
			n := inside.Add(1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			inside.Add(-1)
			g.leave()
		})
	}
	all.Wait()
	if most.Load() > int64(g.allowed) {
		t.Errorf("%d at a time, %d are allowed", most.Load(), g.allowed)
	}
	for range g.allowed {
		g.enter(context.Background())
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { g.enter(ctx); close(done) }()
	cancel()
	g.wake()
	<-done
}

// TestNowhereElse follows no redirect to another address, whatever it promises:
// neither another port nor an address of the network behind.
func TestNowhereElse(t *testing.T) {
	var elsewhere atomic.Int64
	other := httptest.NewUnstartedServer(routes{})
	other.Config.ConnState = func(net.Conn, http.ConnState) { elsewhere.Add(1) }
	other.Start()
	defer other.Close()
	targets := []string{
		other.URL + "/x", strings.Replace(other.URL, "127.0.0.1", "localhost", 1) + "/x", "http://169.254.169.254/latest/meta-data/",
		"http://10.0.0.1/", "http://[::1]/", "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:70/", "//169.254.169.254/",
	}
	site := routes{}
	var links strings.Builder
	for i, to := range targets {
		fmt.Fprintf(&links, `<a href="/%d">x</a>`, i)
		site[fmt.Sprintf("/%d", i)] = status(302, "Location", to)
	}
	site["/"] = page(links.String() + `<a href="http://user:pw@127.0.0.1/">u</a><img src="http://169.254.169.254/x.png">`)
	b := crawlSite(t, site, &Crawler{Seeds: []string{"/"}})
	if !slices.Equal(b.frozen(), []string{"/"}) || len(b.skips) != len(targets) {
		t.Errorf("frozen %q, left %v", b.frozen(), b.reasons())
	}
	if n := elsewhere.Load(); n != 0 {
		t.Errorf("%d connections went elsewhere", n)
	}
	for i, to := range targets {
		if s := b.skips[fmt.Sprintf("/%d", i)]; s.Reason != Redirect || s.Detail != to {
			t.Errorf("%s: skip %+v", to, s)
		}
	}
}
