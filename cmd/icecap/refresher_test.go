package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"icecap/render/watch"
)

// A refreshed is a run of a refresher.
type refreshed struct {
	at   time.Duration
	what choice
}

// A refreshing is what happens to a refresher of a site that has /news/a and /news/b.
// Its story begins a minute after the first run, of which it had no choice.
type refreshing struct {
	name  string
	named choice // as in [refresher]
	every time.Duration
	ttls  []ttl
	takes time.Duration // one run
	round time.Duration // of the times that are compared; 0 for none
	fails int           // number of the first run that fails, from 1 on; 0 for none
	story func(wish func(choice), hangup chan<- os.Signal, changes chan<- watch.Batch)
	want  []refreshed
}

// ofPaths is a choice of paths.
func ofPaths(list ...string) choice { return choice{paths: list} }

// wishes is a story of nothing but wishes, and after each the time until the next.
func wishes(times int, pause time.Duration, make func(i int) choice) func(func(choice), chan<- os.Signal, chan<- watch.Batch) {
	return func(wish func(choice), _ chan<- os.Signal, _ chan<- watch.Batch) {
		for i := range times {
			wish(make(i))
			time.Sleep(pause)
		}
	}
}

// TestRefresher tells what a refresher does with bursts, failures and a schedule.
func TestRefresher(t *testing.T) {
	soon := 100 * time.Millisecond
	one := func(int) choice { return ofPaths("/1") }
	for _, r := range []refreshing{
		{name: "a burst is one run", story: wishes(1000, 0, func(i int) choice { return ofPaths(fmt.Sprintf("/%d", i%3)) }),
			want: []refreshed{{soon, ofPaths("/0", "/1", "/2")}}},
		{name: "names and all are all", story: func(wish func(choice), hangup chan<- os.Signal, changes chan<- watch.Batch) {
			wish(ofPaths("/1"))
			hangup <- syscall.SIGHUP
			changes <- watch.Batch{}
		}, want: []refreshed{{soon, choice{}}}},
		{name: "what is wished for during a run is one more", takes: time.Minute, story: func(wish func(choice), _ chan<- os.Signal, _ chan<- watch.Batch) {
			wish(ofPaths("/1"))
			time.Sleep(10 * time.Second)
			for range 100 {
				wish(choice{tags: []string{"t"}})
				time.Sleep(soon)
			}
		}, want: []refreshed{{soon, ofPaths("/1")}, {time.Minute + soon, choice{tags: []string{"t"}}}}},
		{name: "wishes without end do not put it off", story: wishes(25, 60*time.Millisecond, one),
			want: []refreshed{{time.Second, ofPaths("/1")}, {1540 * time.Millisecond, ofPaths("/1")}}},
		{name: "a failure is tried again at the next occasion", fails: 1, story: wishes(2, time.Minute, one),
			want: []refreshed{{soon, ofPaths("/1")}, {time.Minute + soon, ofPaths("/1")}}},
		{name: "a schedule", every: 5 * time.Minute, named: ofPaths("/x"), story: wishes(0, 0, one),
			want: []refreshed{{4*time.Minute + soon, ofPaths("/x")}, {9*time.Minute + soon, ofPaths("/x")}}},
	} {
		t.Run(r.name, r.run)
	}
}

// TestTTL: a page is frozen again when it is as old as it may get, by its own age.
func TestTTL(t *testing.T) {
	news := []ttl{{path: "/news/**", age: 5 * time.Minute}}
	both := ofPaths("/news/a", "/news/b")
	nothing := wishes(0, 0, nil)
	for _, r := range []refreshing{
		{name: "since the first run", ttls: news, story: nothing,
			want: []refreshed{{4 * time.Minute, both}, {9 * time.Minute, both}}},
		{name: "one was frozen meanwhile", ttls: news, story: func(wish func(choice), _ chan<- os.Signal, _ chan<- watch.Batch) {
			time.Sleep(2 * time.Minute)
			wish(ofPaths("/news/a"))
		}, want: []refreshed{{2 * time.Minute, ofPaths("/news/a")}, {4 * time.Minute, ofPaths("/news/b")},
			{7 * time.Minute, ofPaths("/news/a")}, {9 * time.Minute, ofPaths("/news/b")}}},
		{name: "a few seconds apart they are one run", ttls: news, story: func(wish func(choice), _ chan<- os.Signal, _ chan<- watch.Batch) {
			wish(ofPaths("/news/a"))
			time.Sleep(10 * time.Second)
			wish(ofPaths("/news/b"))
		}, want: []refreshed{{0, ofPaths("/news/a")}, {10 * time.Second, ofPaths("/news/b")}, {5 * time.Minute, both}, {10 * time.Minute, both}}},
		{name: "all were frozen meanwhile", ttls: news, story: func(_ func(choice), hangup chan<- os.Signal, _ chan<- watch.Batch) {
			time.Sleep(3 * time.Minute)
			hangup <- syscall.SIGHUP
		}, want: []refreshed{{3 * time.Minute, choice{}}, {8 * time.Minute, both}}},
		{name: "by an earlier program, three minutes before", ttls: news, named: ofPaths("/x"), story: nothing, // /news/a was, and /news/b a day
			want: []refreshed{{-time.Minute, ofPaths("/news/b")}, {time.Minute, ofPaths("/news/a")}, {4 * time.Minute, ofPaths("/news/b")}, {6 * time.Minute, ofPaths("/news/a")}, {9 * time.Minute, ofPaths("/news/b")}}},
		{name: "the app is down for it", ttls: news, fails: 2, story: nothing,
			want: []refreshed{{4 * time.Minute, both}, {5 * time.Minute, both}, {6 * time.Minute, both}, {7 * time.Minute, both},
				{8 * time.Minute, both}, {9 * time.Minute, both}, {10 * time.Minute, both}}},
		{name: "of pages that there are not", ttls: []ttl{{path: "/nothing/**", age: time.Minute}}, story: nothing},
	} {
		r.round = 10 * time.Second // a run begins a moment later
		t.Run(r.name, r.run)
	}
}

// run lets it happen, with a clock that stands still while nothing does.
func (test refreshing) run(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []refreshed // synctest.Wait stands between the goroutines that touch it
		begin, count := time.Now(), 0
		r := &refresher{named: test.named, every: test.every, ttls: slices.Clone(test.ttls), say: func(string, ...any) {}}
		pages := []aged{{"/news/a", begin.Add(-3 * time.Minute)}, {"/news/b", begin.Add(-24 * time.Hour)}}
		r.look = func(known *ages) (sight, error) { return sight{id: "1-x", pages: 3, oldest: known.all}, nil }
		r.pages = func(ch choice) (list []aged, err error) {
			if slices.Contains(ch.paths, "/news/**") {
				return pages, nil
			}
			return nil, errors.New("there is no such page")
		}
		r.run = func(_ context.Context, ch choice) error {
			if count++; count > 1 {
				got = append(got, refreshed{(time.Since(begin) - time.Minute).Round(test.round), ch})
				time.Sleep(test.takes)
			}
			if test.fails > 0 && count >= test.fails {
				return errors.New("the app is down")
			}
			return nil
		}
		ctx, cancel := context.WithCancel(t.Context())
		wished, hangup, changes := make(chan choice), make(chan os.Signal), make(chan watch.Batch)
		done := make(chan error)
		go func() { done <- r.loop(ctx, wished, hangup, changes) }()
		time.Sleep(time.Minute)
		test.story(func(ch choice) { wished <- ch }, hangup, changes)
		time.Sleep(time.Until(begin.Add(12 * time.Minute)))
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("runs are\n%v, want\n%v", got, test.want)
		}
		if s := r.vitals.status(); s.Builds != 1+len(test.want) || (s.Failures > 0) != (test.fails > 0) {
			t.Errorf("status is %+v", s)
		}
	})
}

// A letterApp is an app with three pages, all of one text.
type letterApp struct {
	text atomic.Value
	down atomic.Bool
}

func (l *letterApp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case l.down.Load():
		http.Error(w, "out of order", http.StatusInternalServerError)
	case r.URL.Path == "/" || r.URL.Path == "/a" || r.URL.Path == "/b":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Icecap-Tag", "letters")
		fmt.Fprintf(w, `<!DOCTYPE html><title>%[1]s</title><p>%[1]s of %[2]s, <a href="/a">a</a> <a href="/b">b</a>`, l.text.Load(), r.URL.Path)
	default:
		http.NotFound(w, r)
	}
}

// watchLetters watches the app, with a file named stamp as trigger, and has frozen it.
func watchLetters(t *testing.T) (w *watching, app *letterApp, token string) {
	t.Helper()
	app = &letterApp{}
	app.text.Store("First")
	server := httptest.NewServer(app)
	t.Cleanup(server.Close)
	w = &watching{TB: t, dir: filepath.Join(t.TempDir(), "trigger"), lines: make(chan string, 1000)}
	w.write("stamp", "")
	w.start("--app", server.URL, "--trigger", filepath.Join(w.dir, "stamp"))
	w.url = strings.TrimSuffix(strings.Fields(w.until("refreshing "))[3], "/refresh")
	w.until("froze 3 pages")
	data, err := os.ReadFile(filepath.Join(w.dir, "../site/refresh.token"))
	if err != nil {
		t.Fatal(err)
	}
	return w, app, strings.TrimSpace(string(data))
}

// holds reports it as an error if a frozen page has not a text.
func (w *watching) holds(page, want string) {
	w.Helper()
	data, err := os.ReadFile(filepath.Join(w.dir, "../site/current/p", page+"@.html"))
	if err != nil || !strings.Contains(string(data), want) {
		w.Errorf("%s is not %q: %v %s", page, want, err, data)
	}
}

// refresh wishes for pages, and gives the status of the answer.
func (w *watching) refresh(token string, form url.Values) int {
	w.Helper()
	request, err := http.NewRequest(http.MethodPost, w.url+"/refresh", strings.NewReader(form.Encode()))
	if err != nil {
		w.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		w.Fatal(err)
	}
	answer.Body.Close()
	return answer.StatusCode
}

// TestWatchApp refreshes a real app's pages, and keeps them when it fails.
func TestWatchApp(t *testing.T) {
	w, app, token := watchLetters(t)
	app.text.Store("Second")
	for _, bad := range []struct {
		token string
		form  url.Values
		want  int
	}{{"", nil, 401}, {"x" + token, nil, 401}, {token, url.Values{"path": {"a"}}, 400}, {token, url.Values{"tag": {"nosuch"}}, 422}} {
		if got := w.refresh(bad.token, bad.form); got != bad.want {
			t.Errorf("%v is answered with %d, not %d", bad.form, got, bad.want)
		}
	}
	if got := w.refresh(token, url.Values{"path": {"/a"}}); got != 202 {
		t.Errorf("a wish is answered with %d", got)
	}
	w.until("1 new or changed")
	w.holds("a", "Second")
	w.holds("b", "First")
	w.refresh(token, url.Values{"tag": {"letters"}})
	w.until("2 new or changed")
	w.holds("b", "Second")

	app.down.Store(true)
	app.text.Store("Third")
	w.write("stamp", "now")
	w.until("failed")
	w.holds("a", "Second")
	app.down.Store(false)
	if err := w.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	w.until("3 new or changed")
	w.holds("a", "Third")
	w.vitals()
}

// vitals looks at what an app's watch says of itself after some runs of three pages.
func (w *watching) vitals() {
	w.Helper()
	_, body := w.get("/-/status")
	var s status
	if err := json.Unmarshal([]byte(body), &s); err != nil || s.Pages != 3 || s.Release == "" || s.Builds < 4 || s.Oldest == nil {
		w.Errorf("the status is %s (%v)", body, err)
	}
	if _, body := w.get("/-/metrics"); !strings.Contains(body, "\nicecap_pages 3\n") || !strings.Contains(body, "# TYPE icecap_builds_total counter\n") {
		w.Errorf("the metrics are %s", body)
	}
}

// Refreshing is for this machine alone.
func TestWatchAppListensOnLoopback(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:80", "example.org:80"} {
		var stderr strings.Builder
		if code := run(t.Context(), []string{"watch", "--app", "http://127.0.0.1:1", "--out", t.TempDir() + "/out", "--addr", address}, io.Discard, &stderr); code != 2 || !strings.Contains(stderr.String(), "loopback") {
			t.Errorf("%s: code %d, %s", address, code, stderr.String())
		}
	}
}
