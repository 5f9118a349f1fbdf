package freeze

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// TestSlowest names the page that the app takes longest for, frozen or not.
func TestSlowest(t *testing.T) {
	const delay = 100 * time.Millisecond
	site := routes{"/": page(`<a href="/slow">s</a><a href="/quick">q</a>`), "/quick": page("<p>q")}
	site["/slow"] = func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(delay)
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	c := &Crawler{}
	if got := c.Slowest(); got != nil {
		t.Errorf("before Run: %v", got)
	}
	crawlSite(t, site, c)
	got := c.Slowest()
	if len(got) != 5 { // with /sitemap.xml and /robots.txt
		t.Fatalf("%d answers, want 5: %v", len(got), got)
	}
	if got[0].URL != "/slow" || got[0].Duration < delay {
		t.Errorf("the slowest is %v, want /slow with at least %v", got[0], delay)
	}
}

// TestRanking keeps the slowest twenty in order, whatever order they come in.
func TestRanking(t *testing.T) {
	for _, step := range []int{1, 7, 999} {
		var r ranking
		for i := range 1000 {
			n := i * step % 1000
			r = r.add(Timed{fmt.Sprint(n), time.Duration(n / 2)})
		}
		if len(r) != maxSlowest {
			t.Fatalf("%d answers, want %d", len(r), maxSlowest)
		}
		for i, got := range r {
			// 998 and 999 take equally long, and stand in the order of their URLs.
			if want := fmt.Sprint(998 - i/2*2 + i%2); got.URL != want {
				t.Errorf("step %d: place %d has %v, want %s", step, i, got, want)
			}
		}
	}
}
