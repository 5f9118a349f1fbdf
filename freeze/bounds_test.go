package freeze

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"icecap/content"
)

// trapWords are segments for the sites of TestTraps.
var trapWords = []string{"red", "blue", "green", "small", "large", "wool", "silk", "new", "old"}

// sites are the paths of whole sites, some of which have no end.
var sites = []struct {
	name  string
	paths func(yield func(string) bool)
	want  string // of the message; "" for no trap
}{
	{"a calendar, by month", func(yield func(string) bool) {
		for m := range 12 * 200 {
			if !yield(fmt.Sprintf("/calendar/%d/%d", 2026+m/12, 1+m%12)) {
				return
			}
		}
	}, "trap suspected: URLs like /calendar/*/* for every month of the next 10 years"},
	{"a calendar, by day, in one segment", func(yield func(string) bool) {
		for d := range 365 * 20 {
			if !yield("/en/events/" + time.Date(2026, 1, 1+d, 0, 0, 0, 0, time.UTC).Format("2006-01-02") + "/") {
				return
			}
		}
	}, "trap suspected: URLs like /en/events/* for every month of the next 10 years"},
	{"filters in any order", func(yield func(string) bool) {
		for _, a := range trapWords {
			for _, b := range trapWords {
				for _, c := range trapWords {
					if a != b && b != c && a != c && !yield("/shop/"+a+"/"+b+"/"+c) {
						return
					}
				}
			}
		}
	}, "trap suspected: URLs like /shop/** that have the same segments, each time in another order: 200 so far"},
	{"a path that only grows", func(yield func(string) bool) {
		path := "/tree"
		for i := range 200 {
			path += fmt.Sprintf("/n%d", i)
			if !yield(path) {
				return
			}
		}
	}, "trap suspected: URLs like /tree/n0/"},
	{"relative links that were meant to be absolute", func(yield func(string) bool) {
		links(yield, 6, "about", "shop", "blog", "help")
	}, "trap suspected: URLs like /about/** that have the same segments, each time in another order: 200 so far"},
	{"and with numbers in them", func(yield func(string) bool) {
		links(yield, 6, "item/1", "item/2", "list/1", "list/2")
	}, "trap suspected: URLs like /item/** that repeat their segments: 500 so far"},
	{"a catalogue of a million pages", func(yield func(string) bool) {
		for i := range 1_000_000 {
			if !yield(fmt.Sprintf("/p/%d", i+1)) {
				return
			}
		}
	}, ""},
	{"categories, pages and variants", func(yield func(string) bool) {
		for i := range 100_000 {
			if !yield(fmt.Sprintf("/shop/category-%d/product-%d/%s/%s", i%40, i, trapWords[i%7], trapWords[i%5])) {
				return
			}
		}
	}, ""},
	{"a newspaper since 1851", func(yield func(string) bool) {
		for d := range 365 * 175 {
			day := time.Date(1851, 9, 18+d, 0, 0, 0, 0, time.UTC)
			if !yield(day.Format("/2006/01/02/")) || !yield(day.Format("/2006/01/02/")+"title.html") {
				return
			}
		}
	}, ""},
	{"topics of a forum and their pages, the newest first", func(yield func(string) bool) {
		for id := 4200; id > 0; id-- {
			for n := range 1 + id%30 {
				if !yield(fmt.Sprintf("/topic/%d/%d", id, n+1)) {
					return
				}
			}
		}
	}, ""},
	{"topics with few pages", func(yield func(string) bool) {
		for id := 2400; id > 0; id-- {
			for n := range 1 + id%12 {
				if !yield(fmt.Sprintf("/topic/%d/%d", id, n+1)) {
					return
				}
			}
		}
	}, ""},
	{"bookings for nine years, and what lies decades ahead", func(yield func(string) bool) {
		for m := range 12 * 10 {
			if !yield(fmt.Sprintf("/bookings/%d/%d", 2026+m/12, 1+m%12)) || !yield(fmt.Sprintf("/eclipses/%d/%d", 2030+m, 1+m%12)) {
				return
			}
		}
	}, ""},
	{"numbers that look like years", func(yield func(string) bool) {
		for i := range 9000 {
			if !yield(fmt.Sprintf("/order/%d/99", i)) || !yield(fmt.Sprintf("/t/%d", i)) || !yield(fmt.Sprintf("/item/%04d-05", i)) {
				return
			}
		}
	}, ""},
	{"from here to there and back", func(yield func(string) bool) {
		for i := range 200 {
			for j := range 200 {
				if !yield(fmt.Sprintf("/flights/city-%d/city-%d/cheap", i, j)) {
					return
				}
			}
		}
	}, ""},
	{"tiles of a map", func(yield func(string) bool) {
		for i := range 50_000 {
			if !yield(fmt.Sprintf("/tiles/%d/%d/%d", i%16, i/16%60, i/960)) {
				return
			}
		}
	}, ""},
	{"packages of a language", func(yield func(string) bool) {
		for i := range 5000 {
			if !yield(fmt.Sprintf("/api/src/main/java/org/example/shop/main/web/Class%d.java.html", i)) {
				return
			}
		}
	}, ""},
}

// TestTraps feeds them to the bounds: large sites that have an end are not taken for traps.
func TestTraps(t *testing.T) {
	for _, test := range sites {
		b := newBounds(nil, time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC))
		var err error
		for raw := range test.paths {
			path, bad := content.ParsePath(raw)
			if bad != nil {
				t.Fatal(bad)
			}
			if err = b.count(path); err != nil {
				break
			}
		}
		var incomplete *content.IncompleteError
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s: %v", test.name, err)
		case test.want != "" && (!errors.As(err, &incomplete) || !strings.Contains(err.Error(), test.want) || !strings.Contains(incomplete.Hint, "--exclude")):
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

// links yields what a menu leads to in an app that answers it on every page,
// with links that are relative, so many levels deep.
func links(yield func(string) bool, levels int, menu ...string) {
	level := []string{""}
	for range levels {
		var next []string
		for _, path := range level {
			for _, word := range menu {
				next = append(next, path+"/"+word)
				if !yield(path + "/" + word) {
					return
				}
			}
		}
		level = next
	}
}

// endlessMonths is an app whose every month leads to the next and the one before.
func endlessMonths(w http.ResponseWriter, r *http.Request) {
	var year, month int
	if n, _ := fmt.Sscanf(r.URL.Path, "/calendar/%d/%d", &year, &month); n < 2 {
		page(`<a href="/calendar/2026/5">calendar</a><a href="/a">a</a>`)(w, r)
		return
	}
	m := 12*year + month - 1
	page(fmt.Sprintf(`<a href="/calendar/%d/%d">before</a><a href="/calendar/%d/%d">next</a>`,
		(m-1)/12, 1+(m-1)%12, (m+1)/12, 1+(m+1)%12))(w, r)
}

// TestBounds ends a crawl that breaks one as incomplete, with the same words
// each time, and lets one pass that just keeps to it.
func TestBounds(t *testing.T) {
	three := routes{"/": page(`<a href="/l/1">1</a><a href="/l/2">2</a><a href="/m">m</a>`), "/l/1": page("<p>1"), "/l/2": page("<p>2"), "/m": page("<p>m")}
	for _, test := range []struct {
		name    string
		site    http.Handler
		crawler *Crawler
		want    string // "" for a complete crawl
		hint    string
	}{
		{"a calendar", http.HandlerFunc(endlessMonths), &Crawler{}, "trap suspected: URLs like /calendar/*/* for every month of the next 10 years", "--exclude '/calendar/**'"},
		{"a calendar that is left out", http.HandlerFunc(endlessMonths), &Crawler{Exclude: []string{"/calendar/**"}}, "", ""},
		{"a calendar with a limit", http.HandlerFunc(endlessMonths), &Crawler{Limits: []Limit{{"/calendar/**", 300}}},
			"there are more than 300 URLs like /calendar/**, the limit", "--exclude '/calendar/**', or raise pages of that [[limit]]"},
		{"one page too many", three, &Crawler{Limits: []Limit{{"/l/*", 1}}}, "more than 1 URLs like /l/*", "exclude"},
		{"as many as may be", three, &Crawler{Limits: []Limit{{"/l/*", 2}, {"/**", 4}}}, "", ""},
		{"what a limit does not reach", three, &Crawler{MaxDepth: 1, Limits: []Limit{{"/n/*", 1}}}, "", ""},
		{"bytes", three, &Crawler{MaxBytes: 20, Workers: 1}, "the app sent more than 20 bytes, the limit", "max_bytes"},
		{"as many bytes as there are", three, &Crawler{MaxBytes: 70, Probe: ProbeNone}, "", ""},
		{"time", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/" {
				page(`<a href="/slow">s</a>`)(w, r)
				return
			}
			<-r.Context().Done()
		}), &Crawler{MaxTime: 300 * time.Millisecond}, "it was not done after 300ms, the limit", "max_time"},
		{"an hour is enough", three, &Crawler{MaxTime: time.Hour}, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := test.crawler
			c.URL, c.Seeds = serve(t, test.site), []string{"/"}
			err := c.Run(context.Background(), nothing{}, newBag())
			var incomplete *content.IncompleteError
			if errors.As(err, &incomplete) != (test.want != "") || !strings.Contains(fmt.Sprint(err), test.want) {
				t.Fatalf("error %v, want %q", err, test.want)
			}
			if incomplete != nil && !strings.Contains(incomplete.Hint, test.hint) {
				t.Errorf("hint %q", incomplete.Hint)
			}
		})
	}
}

// TestSoft404 wants a word about an app that has an answer to everything, and no
// release of pages that are that answer.
func TestSoft404(t *testing.T) {
	sorry := func(w http.ResponseWriter, r *http.Request) {
		page(`<link rel=canonical href="`+r.URL.Path+`"><p>Nothing here, but 200 OK`)(w, r)
	}
	site := func(real, missing int, other http.HandlerFunc) http.Handler {
		var links strings.Builder
		for i := range real {
			fmt.Fprintf(&links, `<a href="/real/%d">r</a>`, i)
		}
		for i := range missing {
			fmt.Fprintf(&links, `<a href="/missing/%d">m</a>`, i)
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path == "/":
				page(links.String())(w, r)
			case strings.HasPrefix(r.URL.Path, "/real/"):
				page("<p>"+r.URL.Path)(w, r)
			default:
				other(w, r)
			}
		})
	}
	for _, test := range []struct {
		name    string
		site    http.Handler
		crawler *Crawler
		soft    *Soft404
		refused bool
	}{
		{"404 is 404", site(5, 5, status(404)), &Crawler{}, nil, false},
		{"200 for all", site(5, 0, sorry), &Crawler{}, &Soft404{0, 6, ""}, false},
		{"a few broken links", site(100, 6, sorry), &Crawler{}, &Soft404{6, 107, "/missing/0"}, false},
		{"many of them", site(20, 6, sorry), &Crawler{}, &Soft404{6, 27, "/missing/0"}, true},
		{"which is right", site(20, 6, sorry), &Crawler{AllowSame: true}, &Soft404{6, 27, "/missing/0"}, false},
		{"a site of one page", page("<p>Hello"), &Crawler{}, &Soft404{1, 1, "/"}, false},
		{"maintenance", page("<p>Back soon"), &Crawler{Seeds: []string{"/", "/a", "/b", "/c", "/d"}}, &Soft404{5, 5, "/"}, true},
		{"no HTML", typed("text/plain", "no such thing"), &Crawler{}, nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := test.crawler
			c.URL = serve(t, test.site)
			if c.Seeds == nil {
				c.Seeds = []string{"/"}
			}
			err := c.Run(context.Background(), nothing{}, newBag())
			var soft *SoftError
			if errors.As(err, &soft) != test.refused || err != nil && soft == nil {
				t.Errorf("error %v", err)
			}
			if got, want := fmt.Sprint(c.Observed().Soft404), fmt.Sprint(test.soft); got != want {
				t.Errorf("observed %s, want %s", got, want)
			}
		})
	}
}

// TestWrongPath asks below the prefix of the crawl.
func TestWrongPath(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	crawlSite(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, r.URL.Path)
		page("<p>x")(w, r)
	}), &Crawler{URL: "/blog/"})
	if !strings.HasPrefix(asked[0], "/blog/icecap") {
		t.Errorf("asked for %q", asked)
	}
}

// TestHot: hot are the pages that the crawl begins with, of a long list its first
// thousand, and no page that is only found.
func TestHot(t *testing.T) {
	site := routes{"/": page(`<a href="/found">f</a>`), "/found": page("<p>found")}
	if b := crawlSite(t, site, &Crawler{}); !b.pages["/"].Hot || b.pages["/found"].Hot {
		t.Errorf("hot: / %v, /found %v", b.pages["/"].Hot, b.pages["/found"].Hot)
	}
	var seeds []string
	for i := range hotSeeds + 1 {
		seeds = append(seeds, fmt.Sprintf("/%d", i))
		site[seeds[i]] = page(fmt.Sprintf("<p>%d", i))
	}
	b := crawlSite(t, site, &Crawler{Seeds: seeds})
	if first, last, after := b.pages["/0"].Hot, b.pages[seeds[hotSeeds-1]].Hot, b.pages[seeds[hotSeeds]].Hot; !first || !last || after {
		t.Errorf("hot: the first %v, the thousandth %v, the one after %v", first, last, after)
	}
}
