package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// counter is a server that notes what it was asked.
type counter struct {
	mu       sync.Mutex
	paths    map[string]int
	remotes  map[string]int
	inFlight atomic.Int64
	peak     atomic.Int64
	answer   http.HandlerFunc
}

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := c.inFlight.Add(1)
	defer c.inFlight.Add(-1)
	for peak := c.peak.Load(); now > peak && !c.peak.CompareAndSwap(peak, now); peak = c.peak.Load() {
	}
	c.mu.Lock()
	c.paths[r.URL.RequestURI()]++
	c.remotes[r.RemoteAddr]++
	c.mu.Unlock()
	c.answer(w, r)
}

func serve(t *testing.T, answer http.HandlerFunc) (*counter, string) {
	t.Helper()
	c := &counter{paths: map[string]int{}, remotes: map[string]int{}, answer: answer}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	return c, server.URL
}

func TestEveryURLIsAskedOverKeptConnections(t *testing.T) {
	server, base := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "four") })
	load := Load{
		URLs:        []string{base + "/a", base + "/b?page=2", base + "/x%2Fy/../z", base},
		Connections: 3, Duration: 300 * time.Millisecond,
	}
	got, err := Run(context.Background(), load)
	if err != nil {
		t.Fatal(err)
	}
	if got.Errors != 0 || got.FirstErr != nil || got.Requests == 0 {
		t.Fatalf("got %+v, want requests without errors", got)
	}
	if got.Bytes != 4*got.Requests {
		t.Errorf("%d bytes in %d answers of 4", got.Bytes, got.Requests)
	}
	if rate := float64(got.Requests) / got.Elapsed.Seconds(); math.Abs(got.Rate-rate) > 0.01*rate {
		t.Errorf("rate %v, but %d requests in %v", got.Rate, got.Requests, got.Elapsed)
	}
	times := []time.Duration{got.Min, got.P50, got.P90, got.P99, got.P999, got.Max}
	if !slices.IsSorted(times) || got.Min <= 0 {
		t.Errorf("times are not in order: %v", times)
	}
	server.mu.Lock()
	defer server.mu.Unlock()
	for _, path := range []string{"/a", "/b?page=2", "/x%2Fy/../z", "/"} {
		if server.paths[path] == 0 {
			t.Errorf("%s was never asked; asked: %v", path, server.paths)
		}
	}
	if len(server.paths) != 4 || len(server.remotes) != 3 || server.peak.Load() > 3 {
		t.Errorf("asked %v over %d connections, %d at once; want 4 paths, 3 connections",
			server.paths, len(server.remotes), server.peak.Load())
	}
}

// A closed loop cannot go faster than connections divided by latency.
func TestRateObeysTheCeiling(t *testing.T) {
	const pause, connections = 10 * time.Millisecond, 4
	_, base := serve(t, func(w http.ResponseWriter, r *http.Request) { time.Sleep(pause) })
	got, err := Run(context.Background(), Load{URLs: []string{base}, Connections: connections, Duration: 500 * time.Millisecond})
	if err != nil || got.Requests == 0 {
		t.Fatalf("got %+v, %v", got, err)
	}
	// A request that was under way when the window opened counts, so each connection may have one more.
	ceiling := connections * (float64(got.Elapsed)/float64(pause) + 1)
	if float64(got.Requests) > ceiling {
		t.Errorf("%d requests, more than %v are impossible", got.Requests, ceiling)
	}
	if got.Min < pause || got.P50 < pause {
		t.Errorf("fastest %v, median %v, but each answer takes %v", got.Min, got.P50, pause)
	}
}

func TestErrorsAreCounted(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	_, base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/missing":
			http.NotFound(w, r)
		case "/same":
			w.WriteHeader(http.StatusNotModified)
		case "/moved":
			http.Redirect(w, r, "/", http.StatusFound)
		case "/cut":
			w.Header().Set("Content-Length", "10")
			io.WriteString(w, "cut")
		case "/slow":
			select {
			case <-r.Context().Done():
			case <-time.After(5 * time.Second):
			}
		}
	})
	for _, c := range []struct {
		name, url, err string
		allow          []int
		timeout        time.Duration
	}{
		{"status", base + "/missing", "answered 404", nil, 0},
		{"redirect", base + "/moved", "answered 302", nil, 0},
		{"allowed status", base + "/same", "", []int{http.StatusNotModified}, 0},
		{"cut short", base + "/cut", "", nil, 0},
		{"late", base + "/slow", "timeout", nil, 20 * time.Millisecond},
		{"nobody there", "http://" + closed.Addr().String() + "/", "refused", nil, 0},
	} {
		for _, rate := range []float64{0, 200} { // each has a client of its own
			t.Run(fmt.Sprint(c.name, " at ", rate), func(t *testing.T) {
				got, err := Run(context.Background(), Load{URLs: []string{c.url}, Rate: rate, Connections: 2, Duration: 300 * time.Millisecond, Timeout: c.timeout, Allow: c.allow})
				if err != nil || got.Requests == 0 {
					t.Fatalf("got %+v, %v", got, err)
				}
				if c.allow != nil {
					if got.Errors != 0 {
						t.Fatalf("got %d errors (%v), want none", got.Errors, got.FirstErr)
					}
					return
				}
				if got.Errors != got.Requests || got.FirstErr == nil || !strings.Contains(got.FirstErr.Error(), c.err) || !strings.Contains(got.FirstErr.Error(), c.url) {
					t.Fatalf("%d of %d failed with %v; want all, with %q and the URL", got.Errors, got.Requests, got.FirstErr, c.err)
				}
			})
		}
	}
}

// A server that goes away in the middle of a load costs errors, not the run, and
// what it answers after it has come back counts again.
func TestServerComesBack(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "here") })
	var second http.Server
	go http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		listener.Close()
		conn, _, _ := w.(http.Hijacker).Hijack()
		conn.Close()
	}))
	go func() {
		for {
			again, err := net.Listen("tcp", addr)
			if err == nil {
				second.Handler = answer
				second.Serve(again)
				return
			}
		}
	}()
	defer second.Close()
	got, err := Run(context.Background(), Load{URLs: []string{"http://" + addr + "/"}, Connections: 2, WarmUp: -1, Duration: time.Second})
	if err != nil || got.Errors == 0 || got.Requests == got.Errors || got.Bytes != 4*(got.Requests-got.Errors) {
		t.Errorf("got %+v, %v, want errors at first and answers of 4 bytes then", got, err)
	}
}

// Answers and requests of every shape pass: in chunks, larger than any buffer,
// with the end of the connection as their end.
func TestShapesOfAnswers(t *testing.T) {
	large := strings.Repeat("0123456789", 30_000)
	_, base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/large":
			w.Header().Set("Content-Length", fmt.Sprint(len(large)))
		case "/chunks": // too long to be measured by the server beforehand
		case "/close":
			w.Header().Set("Connection", "close")
		case "/raw":
			conn, _, _ := w.(http.Hijacker).Hijack()
			io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n"+large)
			conn.Close()
			return
		}
		io.WriteString(w, large)
	})
	for _, path := range []string{"/large", "/chunks", "/close", "/raw"} {
		got, err := Run(context.Background(), Load{URLs: []string{base + path}, Connections: 3, Duration: 300 * time.Millisecond})
		if err != nil || got.Requests == 0 || got.Errors > 0 || got.Bytes != int64(len(large))*got.Requests {
			t.Errorf("%s: got %+v, %v, want answers of %d bytes", path, got, err, len(large))
		}
	}
}

// A request that no socket takes at once is sent to its end.
func TestRequestLargerThanTheSocket(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go answerAlways(conn, []byte("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfour"))
		}
	}()
	header := http.Header{}
	for range 8000 {
		header.Add("X-Filler", strings.Repeat("x", 1000))
	}
	load := Load{URLs: []string{"http://" + listener.Addr().String()}, Connections: 2, Duration: time.Second, Header: header}
	if got, err := Run(context.Background(), load); err != nil || got.Requests == 0 || got.Errors > 0 {
		t.Errorf("got %+v, %v, want answers without errors", got, err)
	}
}

func TestHeadersAreSent(t *testing.T) {
	_, base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Host != "shop.example.com" || r.Header.Get("Cookie") != "sessionid=1" || r.Header.Get("User-Agent") != "" {
			http.Error(w, fmt.Sprint(r.Host, r.Header), http.StatusTeapot)
		}
	})
	header := http.Header{"Host": {"shop.example.com"}, "Cookie": {"sessionid=1"}}
	got, err := Run(context.Background(), Load{URLs: []string{base}, Connections: 1, Duration: time.Second, Header: header})
	if err != nil || got.Errors != 0 || got.Requests == 0 {
		t.Fatalf("got %+v, %v", got, err)
	}
}

func TestWarmUpIsNotCounted(t *testing.T) {
	start := time.Now()
	_, base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if time.Since(start) < 150*time.Millisecond {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	got, err := Run(context.Background(), Load{URLs: []string{base}, WarmUp: 300 * time.Millisecond, Duration: 100 * time.Millisecond})
	if err != nil || got.Errors != 0 || got.Requests == 0 {
		t.Fatalf("got %+v, %v", got, err)
	}
}

func TestRunEndsOnTime(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	_, base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	start := time.Now()
	got, err := Run(context.Background(), Load{URLs: []string{base}, Duration: 100 * time.Millisecond})
	if err != nil || got.Requests != 0 || got.Errors != 0 {
		t.Errorf("got %+v, %v, want nothing counted", got, err)
	}

	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if _, err = Run(ctx, Load{URLs: []string{base}, Duration: time.Hour}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("cancelled run says %v", err)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("two runs of 100ms took %v", took)
	}
}

func TestMalformedLoads(t *testing.T) {
	for _, c := range []struct {
		urls []string
		want string
	}{
		{nil, "no URL"},
		{[]string{"/about"}, "no http or https URL"},
		{[]string{"ftp://localhost/"}, "no http or https URL"},
		{[]string{"http://"}, "no http or https URL"},
		{[]string{"http://a:80/%zz"}, "%zz"},
		{[]string{"http://a/", "http://b/"}, "another server"},
		{[]string{"http://a/", "https://a/"}, "another server"},
	} {
		_, err := Run(context.Background(), Load{URLs: c.urls})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got %v, want %q", c.urls, err, c.want)
		}
	}
}
