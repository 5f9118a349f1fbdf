package tune

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"icecap/nginx"
	"icecap/nginx/bench"
)

// TestEveryValueRuns starts a real NGINX with each value of each knob, asks it, and
// leaves nothing. What a value gains is no matter for a test.
func TestEveryValueRuns(t *testing.T) {
	binary, err := nginx.Find()
	if err != nil {
		t.Skip(err)
	}
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "app") }))
	defer app.Close()
	dir := t.TempDir()
	d := &NGINX{Binary: binary, Dir: dir,
		Server: nginx.Server{Site: "shop", Hosts: []string{"127.0.0.1"}, Root: t.TempDir(), App: nginx.App{Kind: nginx.Proxy, Address: strings.TrimPrefix(app.URL, "http://")}},
		Load:   bench.Load{URLs: []string{"/a", "/b"}, Connections: 40, Duration: 20 * time.Millisecond, WarmUp: -1, NoKeepAlive: true}}
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	start := Setting{}
	knobs := d.Knobs(Symptoms{Cores: 2, Files: 1024, AskedApp: true})
	for _, k := range knobs {
		start[k.Name] = k.Values[0]
	}
	for _, k := range knobs {
		for _, value := range k.Values {
			if value == k.Values[0] && k.Name != workerProcesses {
				continue // as in the first
			}
			s := (&run{}).with(start, k.Name, value)
			subject, err := d.Start(context.Background(), s)
			if err != nil {
				t.Errorf("%s=%s: %v", k.Name, value, err)
				continue
			}
			m, err := subject.Measure(context.Background())
			if err != nil || m.Rate == 0 && m.Errors > 0 { // a busy machine may have no time for a request
				t.Errorf("%s=%s: %+v, %v", k.Name, value, m, err)
			}
			if err := subject.Stop(); err != nil {
				t.Errorf("%s=%s: %v", k.Name, value, err)
			}
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left in the folder of the logs: %v, %v", left, err)
	}
}

func TestSymptoms(t *testing.T) {
	for _, test := range []struct {
		load    bench.Load
		s       Symptoms
		skipped string
	}{
		{bench.Load{Connections: 16}, Symptoms{Cores: 2, Files: 1024}, "worker_connections worker_rlimit_nofile keepalive reuseport multi_accept"},
		{bench.Load{Connections: 40}, Symptoms{Cores: 2, Files: 1024, AskedApp: true}, "worker_connections worker_rlimit_nofile reuseport multi_accept"},
		{bench.Load{Connections: 600, NoKeepAlive: true}, Symptoms{Cores: 2, Files: 1024, AskedApp: true}, "keepalive_requests"},
	} {
		var skipped []string
		for _, k := range (&NGINX{Load: test.load}).Knobs(test.s) {
			if k.Skip != "" && len(k.Values) > 1 {
				skipped = append(skipped, k.Name)
			}
		}
		if got := strings.Join(skipped, " "); got != test.skipped {
			t.Errorf("%d connections: skipped %s, want %s", test.load.Connections, got, test.skipped)
		}
	}
}

// The accepted lines are taken by NGINX's own reader, and each says its evidence.
func TestConf(t *testing.T) {
	accepted := Verdict{Accepted: true, Gain: 0.5, Low: 0.4, High: 0.6, P: 0.001}
	r := &Result{Best: Setting{workerProcesses: "2", accessLog: "buffered", reuseport: "on"}, Experiments: []Experiment{
		{Kind: Trial, Knob: workerProcesses, From: "1", To: "2", Verdict: accepted},
		{Kind: Trial, Knob: accessLog, From: "file", To: "buffered", Verdict: accepted},
		{Kind: Trial, Knob: reuseport, From: "off", To: "on", Verdict: accepted},
		{Kind: Trial, Knob: noLog, From: "no", To: "yes", Verdict: accepted, Advice: "your eyes"},
		{Kind: Trial, Knob: sendfile, From: "off", To: "on", Verdict: Verdict{P: 0.4, Why: "within\nthe noise"}},
		{Kind: Trial, Knob: aio, Skipped: true, Verdict: Verdict{Why: "no large files"}},
		{Kind: Together, Verdict: accepted},
	}}
	want, err := os.ReadFile(filepath.Join("testdata", "tuned.conf"))
	if err != nil {
		t.Fatal(err)
	}
	got := r.Conf("2 cores\nnginx 1.22.1")
	if got != string(want) {
		t.Errorf("got:\n%s", got)
	}
	if _, err := nginx.Parse(got); err != nil {
		t.Error(err)
	}
}

// TestKnobsOfTheGate: a value that stands in the gate itself changes what it has to, and
// nothing else of the gate.
func TestKnobsOfTheGate(t *testing.T) {
	gate, err := nginx.Server{Site: "shop", Hosts: []string{"127.0.0.1"}, Root: t.TempDir(), App: nginx.App{Kind: nginx.Proxy, Address: "127.0.0.1:8000"}}.Config()
	if err != nil {
		t.Fatal(err)
	}
	lines := func(s Setting) []string {
		c := rebuilt(gate, s)
		return strings.Split(c.HTTP.String()+c.Server.String(), "\n")
	}
	usual := lines(Setting{upstreamKeepalive: "32", openFileCache: "checked"})
	for name, test := range map[string]struct {
		setting Setting
		want    []string // lines that differ
	}{
		"the start":      {Setting{upstreamKeepalive: "32", openFileCache: "checked"}, nil},
		"connections":    {Setting{upstreamKeepalive: "128", openFileCache: "checked"}, []string{"keepalive 128;"}},
		"files for long": {Setting{upstreamKeepalive: "32", openFileCache: "trusted"}, []string{"open_file_cache max=10000 inactive=60s;", "open_file_cache_valid 60s;"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := lines(test.setting)
			if len(got) != len(usual) {
				t.Fatalf("%d lines, want %d", len(got), len(usual))
			}
			var changed []string
			for i, line := range got {
				if line != usual[i] {
					changed = append(changed, strings.TrimSpace(line))
				}
			}
			slices.Sort(changed)
			if changed = slices.Compact(changed); !slices.Equal(changed, test.want) {
				t.Errorf("changed %q, want %q", changed, test.want)
			}
		})
	}
	if first := strings.Join(usual, "\n"); !strings.Contains(first, "keepalive 32;") || !strings.Contains(first, "open_file_cache max=200") {
		t.Errorf("the gate is\n%s", first)
	}
}
