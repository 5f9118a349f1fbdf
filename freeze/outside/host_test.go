package outside

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestBusyHost: a host that wants to be left alone is, for all its links and in the
// next run.
func TestBusyHost(t *testing.T) {
	s := newTown(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	c := &Checker{Known: ReadCache(nil)}
	links := []Link{{URL: s.URL + "/a"}, {URL: s.URL + "/b"}, {URL: s.URL + "/c"}}
	for range 2 {
		for _, a := range check(t, c, links...) {
			if a.State != Unknown || !strings.HasPrefix(a.Detail, "429 Too Many Requests; it wants no request before ") || a.Until.IsZero() {
				t.Errorf("%+v", a)
			}
		}
	}
	if asked := s.take(); len(asked) != 1 {
		t.Errorf("asked %v, want one request", asked)
	}
}

// TestBusyForAMoment: what is short is waited for.
func TestBusyForAMoment(t *testing.T) {
	var once sync.Once
	s := newTown(t, func(w http.ResponseWriter, r *http.Request) {
		once.Do(func() {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusServiceUnavailable)
		})
	})
	if a := check(t, &Checker{}, Link{URL: s.URL + "/a"})[0]; a.State != OK {
		t.Errorf("%+v", a)
	}
}

// TestOneAtATime: a host has one request in flight, whoever leads to it.
func TestOneAtATime(t *testing.T) {
	s := newTown(t, func(w http.ResponseWriter, r *http.Request) {})
	door := newTown(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, s.URL+r.URL.Path, http.StatusFound) })
	elsewhere := strings.Replace(door.URL, "127.0.0.1", "localhost", 1)
	var links []Link
	for i := range 40 {
		links = append(links, Link{URL: fmt.Sprintf("%s/%d", s.URL, i)}, Link{URL: fmt.Sprintf("%s/x%d", elsewhere, i)})
	}
	for _, a := range check(t, &Checker{}, links...) {
		if a.State != OK {
			t.Errorf("%+v", a)
		}
	}
	if s.most != 1 {
		t.Errorf("%d requests at the same time", s.most)
	}
}

// TestDeadHost: a port where nobody listens is not asked for every link.
func TestDeadHost(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + listener.Addr().String()
	listener.Close()
	c := &Checker{Known: ReadCache(nil)}
	for _, a := range check(t, c, Link{URL: address + "/a"}, Link{URL: address + "/b"}) {
		if a.State != Broken || a.Detail != "refuses connections" || a.Asked.IsZero() {
			t.Errorf("%+v", a)
		}
	}
}

// TestOffline: where nobody answers at all, nothing is proved.
func TestOffline(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	listener.Close()
	c := &Checker{Known: ReadCache(nil), MaxAge: time.Hour}
	var links []Link
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]"} {
		links = append(links, Link{URL: "http://" + host + ":" + port + "/"})
	}
	for _, a := range check(t, c, links...) {
		if a.State != Unknown || !strings.HasSuffix(a.Detail, "is this machine online?") {
			t.Errorf("%+v", a)
		}
	}
	if len(c.Known.answers) > 0 {
		t.Errorf("remembered %v", c.Known.answers)
	}
	s := newTown(t, func(w http.ResponseWriter, r *http.Request) {})
	broken := 0
	for _, a := range check(t, c, append(links, Link{URL: s.URL + "/"})...) {
		if a.State == Broken {
			broken++
		}
	}
	if broken != len(links) {
		t.Errorf("%d links are broken where one host answers, want %d", broken, len(links))
	}
}

// TestPause: between two turns of a host lies its pause, and none before the first.
func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &host{turn: make(chan struct{}, 1), pause: 3 * time.Second}
		start := time.Now()
		for i, want := range []time.Duration{0, 3 * time.Second, 6 * time.Second} {
			if err := h.enter(t.Context(), "https:"); err != nil {
				t.Fatal(err)
			}
			if got := time.Since(start); got != want {
				t.Errorf("turn %d after %v, want %v", i, got, want)
			}
			h.leave()
		}
	})
}
