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
)

// robotsCases are the examples of RFC 9309 and what sites write.
var robotsCases = []struct {
	name, text, url string
	forbidden       bool
}{
	{"nothing", "", "/a", false},
	{"everything", "User-agent: *\nDisallow: /\n", "/a", true},
	{"robots.txt itself never", "User-agent: *\nDisallow: /\n", "/robots.txt", false},
	{"an empty pattern", "User-agent: *\nDisallow:\n", "/a", false},
	{"the longest decides", "User-agent: *\nDisallow: /a\nAllow: /a/b\n", "/a/b/c", false},
	{"in any order", "User-agent: *\nAllow: /a\nDisallow: /a/b\n", "/a/b/c", true},
	{"of two as long, the one that allows", "User-agent: *\nDisallow: /page\nAllow: /page\n", "/page", false},
	{"a star counts as one byte", "User-agent: *\nDisallow: /x/abcd\nAllow: /*.html\n", "/x/abcd.html", false},
	{"stars", "User-agent: *\nDisallow: /*/private/*.pdf\n", "/a/b/private/c.pdf", true},
	{"stars, not in that order", "User-agent: *\nDisallow: /*/private/*.pdf\n", "/a.pdf/private/c", false},
	{"the end", "User-agent: *\nDisallow: /*.php$\n", "/a.php", true},
	{"not the end", "User-agent: *\nDisallow: /*.php$\n", "/a.php?x=1", false},
	{"exactly", "User-agent: *\nDisallow: /a$\n", "/ab", false},
	{"letters have cases", "User-agent: *\nDisallow: /A\n", "/a", false},
	{"escapes have none", "User-agent: *\nDisallow: /caf%c3%a9\n", "/caf%C3%A9", true},
	{"and need not be", "User-agent: *\nDisallow: /café\n", "/caf%C3%A9", true},
	{"nor where they are", "User-agent: *\nDisallow: /%7Eu\n", "/~u", true},
	{"a query", "User-agent: *\nDisallow: /*?page=\n", "/list?page=2", true},
	{"our own group", "User-agent: *\nDisallow: /\n\nUser-agent: Icecap\nAllow: /\n", "/a", false},
	{"with a version", "User-agent: icecap/1.0\nDisallow: /a\n", "/a", true},
	{"another robot", "User-agent: ice\nDisallow: /\n", "/a", false},
	{"a group for two", "User-agent: other\nUser-agent: icecap\nDisallow: /a\n", "/a", true},
	{"two groups for us", "User-agent: icecap\nDisallow: /a\nUser-agent: x\nDisallow: /\nUser-agent: icecap\nDisallow: /b\n", "/a", true},
	{"an empty line ends nothing", "User-agent: *\n\nDisallow: /a\n", "/a", true},
	{"a sitemap ends nothing", "User-agent: *\nSitemap: /s.xml\nUser-agent: other\nDisallow: /a\n", "/a", true},
	{"before any group", "Disallow: /a\nUser-agent: *\nDisallow: /b\n", "/a", false},
	{"a delay that is no number", "User-agent: *\nCrawl-delay: soon\nDisallow: /a\n", "/a", true},
	{"a mark of byte order", "\ufeffUser-agent: *\nDisallow: /a\n", "/a", true},
	{"the lines of an old Mac", "User-agent: *\rDisallow: /a # really\r", "/a", true},
	{"an HTML page", "<html><p>User-agent: x\nDisallow: /a", "/a", false},
	{"a pattern without a slash", "User-agent: *\nDisallow: a\n", "/a", false},
}

func TestRobotsRules(t *testing.T) {
	for _, test := range robotsCases {
		line := parseRobots(test.text).forbids(test.url)
		if (line != "") != test.forbidden {
			t.Errorf("%s: %s is forbidden by %q, want %v", test.name, test.url, line, test.forbidden)
		}
	}
}

func FuzzRobots(f *testing.F) {
	for _, test := range robotsCases {
		f.Add(test.text, test.url)
	}
	f.Fuzz(func(t *testing.T, text, url string) {
		r := parseRobots(text)
		if r.pause() < 0 || r.pause() > maxDelay {
			t.Errorf("a delay of %v", r.pause())
		}
		if line := r.forbids(url); line != "" && !strings.HasPrefix(line, "Disallow: ") {
			t.Errorf("line %q", line)
		}
		if strings.HasPrefix(url, "/") && parseRobots("User-agent: *\nDisallow: /").forbids(url) == "" && url != robotsPath {
			t.Errorf("%q is allowed where nothing is", url)
		}
	})
}

// TestRobots is what the app answers to /robots.txt, and what becomes of a
// crawl that obeys it.
func TestRobots(t *testing.T) {
	private := "User-agent: icecap\nDisallow: /private/\n"
	site := func(answer http.HandlerFunc) routes {
		return routes{
			"/":          page(`<a href="/private/x">x</a><a href="/a">a</a>`),
			"/a":         page("<p>a"),
			"/private/x": page("<p>x"), "/real.txt": typed("text/plain", private),
			"/robots.txt": answer, "/hop": status(302, "Location", "/robots.txt"),
		}
	}
	long := private + strings.Repeat("# a line of a comment that nobody reads\n", 20_000) + "Disallow: /a\n"
	for _, test := range []struct {
		name   string
		policy RobotsPolicy
		answer http.HandlerFunc
		failed string // what the error says
		left   string // "" where all is frozen
	}{
		{"obeyed", RobotsObey, typed("text/plain", private), "", "/private/x robots"},
		{"on the loopback, by default", RobotsAuto, typed("text/plain", private), "", ""},
		{"not at all", RobotsIgnore, typed("text/plain", private), "", ""},
		{"of no type", RobotsObey, typed("", private), "", "/private/x robots"},
		{"missing", RobotsObey, status(404), "", ""},
		{"forbidden", RobotsObey, status(403), "", ""},
		{"broken", RobotsObey, status(500), "/robots.txt: it answers 500 Internal Server Error", ""},
		{"cut", RobotsObey, raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nUser-agent: *"), "/robots.txt: the body was cut short", ""},
		{"no answer", RobotsObey, raw(""), "/robots.txt: EOF", ""},
		{"behind a redirect", RobotsObey, status(301, "Location", "/real.txt"), "", "/private/x robots"},
		{"elsewhere", RobotsObey, status(302, "Location", "http://169.254.169.254/robots.txt"), "it redirects to another site", ""},
		{"in a loop", RobotsObey, status(302, "Location", "/hop"), "it redirects again and again", ""},
		{"longer than half a megabyte", RobotsObey, typed("text/plain", long), "", "/private/x robots"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBag()
			c := &Crawler{URL: serve(t, site(test.answer)), Robots: test.policy, Seeds: []string{"/"}}
			err := c.Run(context.Background(), nothing{}, b)
			var robots *RobotsError
			if errors.As(err, &robots) != (test.failed != "") || !strings.Contains(fmt.Sprint(err), test.failed) {
				t.Fatalf("error %v, want %q", err, test.failed)
			}
			if got := strings.Join(b.reasons(), " "); got != test.left {
				t.Errorf("left %q, want %q", got, test.left)
			}
		})
	}
}

// TestCrawlDelay spreads the requests as the site wants it.
func TestCrawlDelay(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0.5": 500 * time.Millisecond, "10": 10 * time.Second, "86400": maxDelay, "-1": 0, "NaN": 0, "Inf": maxDelay,
	} {
		if got := parseRobots("User-agent: *\nCrawl-delay: " + text + "\n").pause(); got != want {
			t.Errorf("Crawl-delay: %s is %v, want %v", text, got, want)
		}
	}
	var mu sync.Mutex
	var times []time.Time
	site := routes{"/": page("<p>x"), "/robots.txt": typed("text/plain", "User-agent: *\nCrawl-delay: 0.05")}
	crawlSite(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		times = append(times, time.Now())
		mu.Unlock()
		site.ServeHTTP(w, r)
	}), &Crawler{Robots: RobotsObey, Seeds: []string{"/"}, Workers: 1, Probe: ProbeNone})
	// /robots.txt, a URL that cannot exist, the page
	if len(times) != 3 || times[2].Sub(times[1]) < 40*time.Millisecond {
		t.Errorf("requests at %v", times)
	}
}

// TestLoopback says where robots.txt counts by default.
func TestLoopback(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:80": false, "127.9.9.9:80": false, "[::1]:8000": false, "10.0.0.1:80": true, "[2001:db8::1]:443": true,
	} {
		if got := new(Crawler).obeysRobots(address); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}
