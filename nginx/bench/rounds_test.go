package bench

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A server that stands still makes all wait who come meanwhile. A closed loop
// would send one request in that time, and hide the rest.
func TestFixedRateCountsFromWhenARequestWasDue(t *testing.T) {
	var first atomic.Bool
	const still = 300 * time.Millisecond
	_, base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if first.CompareAndSwap(false, true) {
			time.Sleep(still)
		}
	})
	got, err := Run(context.Background(), Load{URLs: []string{base}, Connections: 1, Rate: 200, Duration: 600 * time.Millisecond, WarmUp: -1})
	if err != nil || got.Errors != 0 {
		t.Fatalf("got %+v, %v", got, err)
	}
	// All that were due while it stood still waited: 60 of 120.
	if due := got.Requests + got.Unanswered; due < 119 || due > 121 {
		t.Errorf("%d were due, want 120", due)
	}
	if upper := got.Quantile(0.75); upper < still/3 || got.Max < still {
		t.Errorf("the upper quarter took %v, the longest %v: the wait of those who came meanwhile is missing", upper, got.Max)
	}
}

// A server that never answers: everything that was due is unanswered, and its
// wait counts.
func TestFixedRateOfADeadServer(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	_, base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	got, err := Run(context.Background(), Load{URLs: []string{base}, Connections: 2, Rate: 100, Duration: 300 * time.Millisecond, WarmUp: -1})
	if err != nil || got.Requests != 0 || got.Unanswered < 29 || got.Unanswered > 31 || got.Max < 250*time.Millisecond {
		t.Errorf("got %+v, %v; want 30 unanswered that waited", got, err)
	}
}

func TestWeights(t *testing.T) {
	server, base := serve(t, func(w http.ResponseWriter, r *http.Request) {})
	if _, err := Run(context.Background(), Load{URLs: []string{base + "/a", base + "/b"}, Weights: []int{3, 1}, Connections: 1, Duration: 200 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	server.mu.Lock()
	a, b := server.paths["/a"], server.paths["/b"]
	server.mu.Unlock()
	if math.Abs(float64(a-3*b)) > 4 || b == 0 {
		t.Errorf("asked /a %d times, /b %d times, want three to one", a, b)
	}
	if list, err := mixed([]string{"a", "b", "c"}, []int{4, 2, 1}); fmt.Sprint(list, err) != "[a b a c a b a] <nil>" {
		t.Errorf("got %v, %v", list, err)
	}
	for _, weights := range [][]int{{1}, {0, 1}, {1, 1001}} {
		if _, err := mixed([]string{"a", "b"}, weights); err == nil {
			t.Errorf("%v are taken", weights)
		}
	}
}

func TestAConnectionForEachRequest(t *testing.T) {
	server, base := serve(t, func(w http.ResponseWriter, r *http.Request) {})
	got, err := Run(context.Background(), Load{URLs: []string{base}, Connections: 2, NoKeepAlive: true, Duration: 100 * time.Millisecond})
	if err != nil || got.Errors != 0 {
		t.Fatalf("got %+v, %v", got, err)
	}
	server.mu.Lock()
	defer server.mu.Unlock()
	if int64(len(server.remotes)) < got.Requests {
		t.Errorf("%d requests over %d connections", got.Requests, len(server.remotes))
	}
}

func TestInterleave(t *testing.T) {
	_, base := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "x") })
	load := Load{URLs: []string{base}, Connections: 1, Duration: 50 * time.Millisecond}
	order := ""
	all, err := Interleave(context.Background(), []Side{{Name: "a", Load: load, Processes: []Process{{"self", os.Getpid()}}}, {Name: "b", Load: load}}, 3,
		func(s Side, r Round) { order += s.Name })
	if err != nil || order != "ababab" || len(all[0]) != 3 || len(all[1]) != 3 || len(all[0][0].CPU) != 1 {
		t.Errorf("got %v in the order %s, %v", all, order, err)
	}
	if len(Rates(all[0])) != 3 || Median(all[0]).Rate <= 0 {
		t.Errorf("rates %v", Rates(all[0]))
	}
}

func TestCPUOfChildren(t *testing.T) {
	if cpuOfSelf() == 0 {
		t.Skip("this system does not tell processor times")
	}
	// The shell waits for one child and has another, which never end on their own.
	cmd := exec.Command("sh", "-c", "sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo done; read x'; :")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
	if got := cpuOf(cmd.Process.Pid); got < 10*time.Millisecond {
		t.Errorf("the child of the shell used %v", got)
	}
	in.Close()
	cmd.Wait()
}

// The warm-up is none of what is told about the window.
func TestCPUOfTheWindow(t *testing.T) {
	_, base := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "x") })
	load := Load{URLs: []string{base}, Connections: 2, Duration: 20 * time.Millisecond, WarmUp: time.Second}
	round, err := Measure(context.Background(), Side{Load: load, Processes: []Process{{"self", os.Getpid()}}})
	if err != nil {
		t.Fatal(err)
	}
	if round.Client > 300*time.Millisecond || round.CPU[0] > 300*time.Millisecond || round.Elapsed > 300*time.Millisecond {
		t.Errorf("%v and %v of processor time in a window of %v", round.Client, round.CPU[0], round.Elapsed)
	}
}

func TestListenerOf(t *testing.T) {
	_, base := serve(t, func(w http.ResponseWriter, r *http.Request) {})
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	port, _ := strconv.Atoi(u.Port())
	if got := ListenerOf(port); got != os.Getpid() && cpuOfSelf() > 0 {
		t.Errorf("process %d listens, this is %d", got, os.Getpid())
	}
	if got := ListenerOf(1); got != 0 {
		t.Errorf("process %d listens on port 1", got)
	}
}

func TestCeiling(t *testing.T) {
	got, err := Ceiling(context.Background(), Load{URLs: []string{"http://elsewhere.invalid/x"}, Connections: 4, Duration: 200 * time.Millisecond}, 1234)
	if err != nil || got.Errors != 0 || got.Requests == 0 || got.Bytes != 1234*got.Requests {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestRatio(t *testing.T) {
	a := []float64{100, 110, 90, 100, 105, 95}
	b := []float64{200, 220, 180, 200, 210, 190}
	if r := Ratio(a, b); r.Median != 2 || r.Low != 2 || r.High != 2 || r.Confidence < 0.95 {
		t.Errorf("got %+v", r)
	}
	if r := Ratio(a[:5], b[:5]); r.Median != 2 || r.High != 0 {
		t.Errorf("five rounds: got %+v, want no interval", r)
	}
	if p := Differ(a, b); p > 0.01 {
		t.Errorf("samples without overlap: p = %v", p)
	}
	if p := Differ(a, a); p < 0.5 {
		t.Errorf("the same samples: p = %v", p)
	}
	if Differ(nil, a) != 1 || Ratio(nil, nil) != (Interval{}) {
		t.Error("nothing is compared")
	}
}

func TestWrk(t *testing.T) {
	if _, err := exec.LookPath("wrk"); err != nil {
		t.Skip("needs wrk")
	}
	server, base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/missing" {
			http.NotFound(w, r)
		}
	})
	got, err := Wrk(context.Background(), Load{URLs: []string{base + "/a%22?x=\\", base + "/missing", base}, Connections: 2, Duration: time.Second})
	if err != nil || got.Requests == 0 || got.Rate == 0 || got.P50 == 0 || got.Errors == 0 || got.Errors > got.Requests {
		t.Errorf("got %+v, %v", got, err)
	}
	server.mu.Lock()
	defer server.mu.Unlock()
	if len(server.paths) != 3 || server.paths[`/a%22?x=%5C`]+server.paths[`/a%22?x=\`] == 0 {
		t.Errorf("asked %v", server.paths)
	}
	if _, err := Wrk(context.Background(), Load{URLs: []string{base}, Rate: 5}); err == nil || !strings.Contains(err.Error(), "fixed rate") {
		t.Errorf("got %v", err)
	}
}

func TestCheck(t *testing.T) {
	server, base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/missing" {
			http.NotFound(w, r)
			return
		}
		io.WriteString(w, strings.Repeat("x", len(r.URL.Path)))
	})
	body, err := Check(context.Background(), Load{URLs: []string{base + "/a", base + "/abc"}, Weights: []int{9, 1}})
	server.mu.Lock()
	asked := server.paths["/a"]
	server.mu.Unlock()
	if err != nil || body != 3 || asked != 1 {
		t.Errorf("a mean answer of %d bytes, /a asked %d times, %v; want 3, once", body, asked, err)
	}
	if _, err := Check(context.Background(), Load{URLs: []string{base + "/a", base + "/missing"}}); err == nil || !strings.Contains(err.Error(), "/missing: answered 404") {
		t.Errorf("got %v", err)
	}
}
