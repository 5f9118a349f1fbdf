package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"icecap/nginx/hot"
)

// hostileLog has a hostile name in every field that a visitor can reach.
func hostileLog(t *testing.T, name string) []byte {
	var b strings.Builder
	for hour := range 3 {
		for i, agent := range []string{"Firefox", "bot " + name} {
			quoted, err := json.Marshal(name)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, `{"t":"%d.5","m":"GET","u":%s,"s":"200","b":"10","rt":"0.%d00","urt":"0.100","src":"%s","ag":%q}`+"\n",
				1795680904+hour*3600, quoted, i+1, []string{"", "disk"}[i], agent)
		}
		fmt.Fprintf(&b, `{"t":"%d.5","m":"GET","u":"/page%d","s":"200","b":"10","rt":"0.100","urt":"0.100","ag":"x"}`+"\n", 1795680904, hour)
	}
	return []byte(b.String())
}

func TestHotReportIsInert(t *testing.T) {
	for _, name := range hostile {
		c := &hot.Counter{}
		c.Add(hostileLog(t, name))
		r := &hotReport{Log: name, By: hot.ByRequests, Summary: c.Summary(hot.ByRequests)}
		r.Trends = []hot.Trend{{URL: name, After: 1}}
		page, err := renderPage(hotHTML, viewHot(r))
		if err != nil {
			t.Fatal(err)
		}
		inert(t, page, name, 3)
	}
}

func TestFraction(t *testing.T) {
	for text, want := range map[string]float64{"90%": 0.9, "0.5": 0.5, "1": 1, " 7 %": 0.07, "0": 0, "101%": 0, "NaN": 0, "-1": 0, "x%": 0, "": 0} {
		var f fraction
		err := f.Set(text)
		if (err != nil) != (want == 0) || want > 0 && float64(f) != want {
			t.Errorf("%q: got %v, %v", text, float64(f), err)
		}
	}
}

// Ctrl-C is how following ends: with what the log says so far.
func TestFollowEndsWithARanking(t *testing.T) {
	name := filepath.Join(t.TempDir(), "access.log")
	if err := os.WriteFile(name, hostileLog(t, "/x"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c := &hot.Counter{}
	if err := (&app{stdout: io.Discard, stderr: io.Discard}).followLog(ctx, c, hotFlags{top: 5}, name); err != nil {
		t.Fatal(err)
	}
	if s := c.Summary(hot.ByRequests); s.People.Requests != 6 || s.Paths[0].URL != "/x" {
		t.Errorf("got %+v", s)
	}
}
