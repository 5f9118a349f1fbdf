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
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"icecap/render/watch"
)

// A run of the refresher's test.
type refreshed struct {
	at   time.Duration
	what choice
}

// TestRefresher tells what a refresher does with bursts, failures and schedules.
func TestRefresher(t *testing.T) {
	paths := func(list ...string) choice { return choice{paths: list} }
	for _, test := range []struct {
		name  string
		rules []timed
		takes time.Duration // of one run
		fails bool
		story func(wish func(choice), hangup chan<- os.Signal, changes chan<- watch.Batch)
		want  []refreshed // after the first run, which is of all
	}{
		{"a burst is one run", nil, 0, false, func(wish func(choice), _ chan<- os.Signal, _ chan<- watch.Batch) {
			for i := range 1000 {
				wish(paths(fmt.Sprintf("/%d", i%3)))
			}
		}, []refreshed{{100 * time.Millisecond, paths("/0", "/1", "/2")}}},
		{"names and all are all", nil, 0, false, func(wish func(choice), hangup chan<- os.Signal, changes chan<- watch.Batch) {
			wish(paths("/1"))
			hangup <- syscall.SIGHUP
			changes <- watch.Batch{}
		}, []refreshed{{100 * time.Millisecond, choice{}}}},
		{"what is wished for during a run is one more", nil, time.Minute, false, func(wish func(choice), _ chan<- os.Signal, _ chan<- watch.Batch) {
			wish(paths("/1"))
			time.Sleep(10 * time.Second)
			for range 100 {
				wish(choice{tags: []string{"t"}})
				time.Sleep(100 * time.Millisecond)
			}
		}, []refreshed{{100 * time.Millisecond, paths("/1")}, {time.Minute + 100*time.Millisecond, choice{tags: []string{"t"}}}}},
		{"wishes without end do not put it off", nil, 0, false, func(wish func(choice), _ chan<- os.Signal, _ chan<- watch.Batch) {
			for range 25 {
				wish(paths("/1"))
				time.Sleep(60 * time.Millisecond)
			}
		}, []refreshed{{time.Second, paths("/1")}, {1540 * time.Millisecond, paths("/1")}}},
		{"a failure is tried again at the next occasion", nil, 0, true, func(wish func(choice), _ chan<- os.Signal, _ chan<- watch.Batch) {
			wish(paths("/1"))
			time.Sleep(time.Minute)
			wish(paths("/1"))
		}, []refreshed{{100 * time.Millisecond, paths("/1")}, {time.Minute + 100*time.Millisecond, paths("/1")}}},
		{"each part at its time", []timed{{5 * time.Minute, paths("/news/**")}, {time.Hour, choice{}}}, 0, false, func(func(choice), chan<- os.Signal, chan<- watch.Batch) {
			time.Sleep(12 * time.Minute)
		}, []refreshed{{4*time.Minute + 100*time.Millisecond, paths("/news/**")}, {9*time.Minute + 100*time.Millisecond, paths("/news/**")}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				var got []refreshed
				var start time.Time
				r := &refresher{rules: test.rules, say: func(string, ...any) {}, look: func() (sight, error) { return sight{id: "1-x", pages: 3}, nil },
					run: func(_ context.Context, ch choice) error {
						mu.Lock()
						if !start.IsZero() {
							got = append(got, refreshed{time.Since(start), ch})
						}
						mu.Unlock()
						if !start.IsZero() {
							time.Sleep(test.takes)
						}
						if test.fails {
							return errors.New("the app is down")
						}
						return nil
					}}
				ctx, cancel := context.WithCancel(t.Context())
				wishes, hangup, changes := make(chan choice), make(chan os.Signal), make(chan watch.Batch)
				done := make(chan error)
				go func() { done <- r.loop(ctx, wishes, hangup, changes) }()
				time.Sleep(time.Minute) // the first run is over
				synctest.Wait()
				mu.Lock()
				start = time.Now()
				mu.Unlock()
				test.story(func(ch choice) { wishes <- ch }, hangup, changes)
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				cancel()
				if err := <-done; err != nil {
					t.Error(err)
				}
				if !reflect.DeepEqual(got, test.want) {
					t.Errorf("runs are %v, want %v", got, test.want)
				}
				if s := r.vitals.status(); s.Builds != 1+len(test.want) || (s.Failures == s.Builds) != test.fails || (s.Oldest == nil) != test.fails {
					t.Errorf("status is %+v", s)
				}
			})
		})
	}
}

// TestWatchApp refreshes a real app's pages, and keeps them when it fails.
func TestWatchApp(t *testing.T) {
	var text atomic.Value
	var down atomic.Bool
	text.Store("First")
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case down.Load():
			http.Error(w, "out of order", http.StatusInternalServerError)
		case r.URL.Path == "/" || r.URL.Path == "/a" || r.URL.Path == "/b":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Icecap-Tag", "letters")
			fmt.Fprintf(w, `<!DOCTYPE html><title>%[1]s</title><p>%[1]s of %[2]s, <a href="/a">a</a> <a href="/b">b</a>`, text.Load(), r.URL.Path)
		default:
			http.NotFound(w, r)
		}
	}))
	defer app.Close()
	w := &watching{TB: t, dir: filepath.Join(t.TempDir(), "trigger"), lines: make(chan string, 1000)}
	w.write("stamp", "")
	w.start("--app", app.URL, "--trigger", filepath.Join(w.dir, "stamp"))
	line := strings.Fields(w.until("refreshing "))
	w.url = strings.TrimSuffix(line[3], "/refresh")
	w.until("froze 3 pages")
	token, err := os.ReadFile(filepath.Join(w.dir, "../site/refresh.token"))
	if err != nil {
		t.Fatal(err)
	}
	holds := func(page, want string) {
		t.Helper()
		data, err := os.ReadFile(filepath.Join(w.dir, "../site/current/p", page+"@.html"))
		if err != nil || !strings.Contains(string(data), want) {
			t.Errorf("%s is not %q: %v %s", page, want, err, data)
		}
	}
	post := func(token string, form url.Values) int {
		t.Helper()
		request, err := http.NewRequest(http.MethodPost, w.url+"/refresh", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return answer.StatusCode
	}
	secret := strings.TrimSpace(string(token))

	text.Store("Second")
	for _, bad := range []struct {
		token string
		form  url.Values
		want  int
	}{{"", nil, 401}, {"x" + secret, nil, 401}, {secret, url.Values{"path": {"a"}}, 400}, {secret, url.Values{"tag": {"nosuch"}}, 422}} {
		if got := post(bad.token, bad.form); got != bad.want {
			t.Errorf("%v is answered with %d, not %d", bad.form, got, bad.want)
		}
	}
	if got := post(secret, url.Values{"path": {"/a"}}); got != 202 {
		t.Errorf("a wish is answered with %d", got)
	}
	w.until("1 new or changed")
	holds("a", "Second")
	holds("b", "First")
	post(secret, url.Values{"tag": {"letters"}})
	w.until("2 new or changed")
	holds("b", "Second")

	down.Store(true)
	text.Store("Third")
	w.write("stamp", "now")
	w.until("failed")
	holds("a", "Second")
	down.Store(false)
	if err := w.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	w.until("3 new or changed")
	holds("a", "Third")

	_, body := w.get("/-/status")
	var s status
	if err := json.Unmarshal([]byte(body), &s); err != nil || s.Pages != 3 || s.Release == "" || s.Builds < 4 {
		t.Errorf("the status is %s (%v)", body, err)
	}
	if _, body := w.get("/-/metrics"); !strings.Contains(body, "\nicecap_pages 3\n") || !strings.Contains(body, "# TYPE icecap_builds_total counter\n") {
		t.Errorf("the metrics are %s", body)
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
