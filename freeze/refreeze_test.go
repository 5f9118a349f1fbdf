package freeze

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"icecap/content"
)

// A past is the release that a bag became.
type past struct {
	entries map[content.Key]content.Entry
	bodies  map[content.Key][]byte
	done    map[content.Key]bool
}

// publish makes a release of what was yielded or kept.
func (b *bag) publish(t *testing.T, before *past) *past {
	t.Helper()
	p := &past{entries: map[content.Key]content.Entry{}, bodies: map[content.Key][]byte{}, done: map[content.Key]bool{}}
	for _, page := range b.pages {
		media, _ := content.MediaFor(page.MediaType)
		sum := sha256.Sum256(page.Body)
		p.bodies[page.Key] = page.Body
		p.entries[page.Key] = content.Entry{Key: page.Key, MediaType: media.Type, Size: int64(len(page.Body)), SHA256: hex.EncodeToString(sum[:]),
			Version: page.Version, Origin: page.Origin, Cookies: page.Cookies, Tags: page.Tags, Links: page.Links}
	}
	for url, stale := range b.kept {
		for key, entry := range before.entries {
			if key.URL() == url {
				entry.Stale = stale
				p.entries[key], p.bodies[key] = entry, before.bodies[key]
			}
		}
	}
	return p
}

func (p *past) Entry(key content.Key) (content.Entry, bool) {
	e, ok := p.entries[key]
	return e, ok
}

func (p *past) Open(key content.Key) (io.ReadCloser, error) {
	body, ok := p.bodies[key]
	if !ok {
		return nil, fmt.Errorf("there is no page %s", key.URL())
	}
	return io.NopCloser(bytes.NewReader(body)), nil
}

func (p *past) Done(key content.Key) bool { return p.done[key] }

// A changing site is one at a time of several, and remembers what it was asked.
type changing struct {
	routes
	mu    sync.Mutex
	asked []string // "URI", "URI if" for a conditional request, "URI 2nd" for the second stranger
}

func (c *changing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	line := r.RequestURI
	switch {
	case r.Header.Get("X-Forwarded-Host") != "":
		line += " 2nd"
	case r.Header.Get("If-None-Match")+r.Header.Get("If-Modified-Since") != "":
		line += " if"
	}
	c.mu.Lock()
	if !strings.HasPrefix(line, "/icecap") && line != "/robots.txt" && line != "/sitemap.xml" {
		c.asked = append(c.asked, line)
	}
	c.mu.Unlock()
	c.routes.ServeHTTP(w, r)
}

// valid answers 304 to its own validators, with the headers of the second list,
// else the page with those of the first.
func valid(body string, header, unchanged []string) http.HandlerFunc {
	full := page(body, header...)
	return func(w http.ResponseWriter, r *http.Request) {
		own := http.Header{}
		for i := 0; i < len(header); i += 2 {
			own.Add(header[i], header[i+1])
		}
		tag, since := r.Header.Get("If-None-Match"), r.Header.Get("If-Modified-Since")
		if tag != "" && tag != own.Get("Etag") || tag == "" && (since == "" || since != own.Get("Last-Modified")) {
			full(w, r)
			return
		}
		status(http.StatusNotModified, unchanged...)(w, r)
	}
}

const longAgo = "Mon, 02 Jan 2006 15:04:05 GMT"

// refreezeCases have one page, /p, behind the first: what is asked for it in the
// second crawl and whether the old copy stays.
var refreezeCases = []struct {
	name          string
	first, second http.HandlerFunc
	change        func(*Crawler) // for the second crawl
	asked         []string
	kept          bool
	left          string // the reason why it is not frozen
}{
	{name: "an ETag", first: valid("<p>x", []string{"Etag", `"1"`}, nil), asked: []string{"/p if"}, kept: true},
	{name: "a weak ETag", first: valid("<p>x", []string{"Etag", `W/"1"`}, nil), asked: []string{"/p if"}, kept: true},
	{name: "Last-Modified", first: valid("<p>x", []string{"Last-Modified", longAgo}, nil), asked: []string{"/p if"}, kept: true},
	{name: "both", first: valid("<p>x", []string{"Last-Modified", longAgo, "Etag", `"1"`}, nil), asked: []string{"/p if"}, kept: true},
	{name: "neither", first: page("<p>x"), asked: []string{"/p"}},
	{name: "an ETag without quotes", first: valid("<p>x", []string{"Etag", "1"}, nil), asked: []string{"/p"}},
	{name: "the same, beside a date", first: valid("<p>x", []string{"Last-Modified", longAgo, "Etag", "1"}, []string{"Etag", "1"}), asked: []string{"/p if"}, kept: true},
	{name: "a change within the last second", first: func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
		page("<p>x")(w, r)
	}, asked: []string{"/p"}},
	{name: "the page changed", first: valid("<p>x", []string{"Etag", `"1"`}, nil), second: valid("<p>y", []string{"Etag", `"2"`}, nil), asked: []string{"/p if"}},
	{name: "a 304 of another version", first: valid("<p>x", []string{"Etag", `"1"`}, []string{"Etag", `"2"`}), asked: []string{"/p if", "/p"}},
	{name: "a 304 of the same version, now weak", first: valid("<p>x", []string{"Etag", `"1"`}, []string{"Etag", `W/"1"`}), asked: []string{"/p if"}, kept: true},
	{name: "a 304 of an older date", first: valid("<p>x", []string{"Last-Modified", longAgo}, []string{"Last-Modified", "Sun, 01 Jan 2006 15:04:05 GMT"}), asked: []string{"/p if", "/p"}},
	{name: "a 304 that forbids", first: valid("<p>x", []string{"Etag", `"1"`}, nil),
		second: valid("<p>x", []string{"Etag", `"1"`, "Cache-Control", "no-store"}, []string{"Cache-Control", "no-store"}), asked: []string{"/p if", "/p"}, left: NoStore},
	{name: "a 304 that sets a cookie, and a page that does not", first: valid("<p>x", []string{"Etag", `"1"`}, []string{"Set-Cookie", "a=b"}), asked: []string{"/p if", "/p"}},
	{name: "a 304 that the app says no with", first: valid("<p>x", []string{"Etag", `"1"`}, nil),
		second: valid("<p>x", []string{"Etag", `"1"`, content.FreezeHeader, "no"}, []string{content.FreezeHeader, "no"}), asked: []string{"/p if", "/p"}, left: App},
	{name: "a 304 with another name", first: valid("<p>x", []string{"Etag", `"1"`, content.TagHeader, "b, a"}, []string{content.TagHeader, "c"}), asked: []string{"/p if", "/p"}},
	{name: "a 304 with the same names", first: valid("<p>x", []string{"Etag", `"1"`, content.TagHeader, "b, a"}, []string{content.TagHeader, "a,b"}), asked: []string{"/p if"}, kept: true},
	{name: "a 304 with another declared header", first: valid("<p>x", []string{"Etag", `"1"`}, []string{"X-Frame-Options", "DENY"}),
		change: nil, asked: []string{"/p if"}, kept: true},
	{name: "declared public no more", first: valid("<p>x", []string{"Etag", `"1"`, "Cache-Control", "private"}, nil),
		change: func(c *Crawler) { c.Declared = nil }, asked: []string{"/p"}, left: Private},
	{name: "declared public still", first: valid("<p>x", []string{"Etag", `"1"`, "Cache-Control", "private"}, nil), asked: []string{"/p if", "/p 2nd"}, kept: true},
	{name: "another public address", first: valid("<p>x", []string{"Etag", `"1"`}, nil), change: func(c *Crawler) { c.Public = "https://b.example" }, asked: []string{"/p"}},
	{name: "a header that the gate adds now", first: valid("<p>x", []string{"Etag", `"1"`, "X-Frame-Options", "DENY"}, nil),
		change: func(c *Crawler) { c.Headers = []content.Header{{Name: "X-Frame-Options", Value: "SAMEORIGIN"}} }, asked: []string{"/p"}, left: Header},
	{name: "another mask", first: valid("<p>x", []string{"Etag", `"1"`}, nil), change: func(c *Crawler) { c.Masks = []string{"took [0-9]+ ms"} }, asked: []string{"/p"}},
	{name: "a lower limit", first: valid("<p>x "+strings.Repeat("x", 100), []string{"Etag", `"1"`}, nil), change: func(c *Crawler) { c.MaxBody = 60 }, asked: []string{"/p"}, left: TooLarge},
	{name: "all in full", first: valid("<p>x", []string{"Etag", `"1"`}, nil), change: func(c *Crawler) { c.Full = true }, asked: []string{"/p"}},
	{name: "another source's page", first: valid("<p>x", []string{"Etag", `"1"`}, nil), change: func(c *Crawler) { c.Source = "other" }, asked: []string{"/p"}},
	{name: "gone", first: valid("<p>x", []string{"Etag", `"1"`}, nil), second: status(http.StatusGone), asked: []string{"/p if"}, left: Status},
	{name: "fails, no stand-in wanted", first: valid("<p>x", []string{"Etag", `"1"`}, nil), second: status(500), asked: []string{"/p if"}, left: Status},
	{name: "fails", first: page("<p>x"), second: status(500), change: func(c *Crawler) { c.MaxStale = time.Hour }, asked: []string{"/p"}, kept: true},
	{name: "a 304 that nobody asked for", first: page("<p>x"), second: status(http.StatusNotModified), asked: []string{"/p"}, left: Status},
}

func TestRefreeze(t *testing.T) {
	for _, c := range refreezeCases {
		t.Run(c.name, func(t *testing.T) {
			site := &changing{routes: routes{"/": page(`<a href="/p">p</a>`), "/p": c.first}}
			url := serve(t, site)
			crawler := func() *Crawler {
				declared := []string(nil)
				if strings.HasPrefix(c.name, "declared") {
					declared = []string{"/p"}
				}
				return &Crawler{URL: url, Public: "https://a.example", Seeds: []string{"/"}, Declared: declared}
			}
			before := newBag()
			if err := crawler().Run(context.Background(), nothing{}, before); err != nil {
				t.Fatal(err)
			}
			if _, ok := before.pages["/p"]; !ok {
				t.Fatalf("not frozen at first: %v", before.skips)
			}
			previous := before.publish(t, nil)
			site.asked = nil
			if c.second != nil {
				site.routes["/p"] = c.second
			}
			again, after := crawler(), newBag()
			if c.change != nil {
				c.change(again)
			}
			if err := again.Run(context.Background(), previous, after); err != nil {
				t.Fatal(err)
			}
			asked := slices.DeleteFunc(site.asked, func(line string) bool { return strings.HasPrefix(line, "/ ") || line == "/" })
			if !slices.Equal(asked, c.asked) {
				t.Errorf("asked %q, want %q", asked, c.asked)
			}
			_, yielded := after.pages["/p"]
			if _, kept := after.kept["/p"]; kept != c.kept || yielded == (c.kept || c.left != "") {
				t.Errorf("kept %v, yielded %v, skips %v", kept, yielded, after.skips)
			}
			if reason := after.skips["/p"].Reason; reason != c.left {
				t.Errorf("left for %q, want %q", reason, c.left)
			}
		})
	}
}

// TestDamaged: a page whose copy cannot be kept is asked for in full, with what it
// leads to.
func TestDamaged(t *testing.T) {
	site := &changing{routes: routes{"/": page(`<a href="/p">p</a>`), "/p": valid("<p>x", []string{"Etag", `"1"`}, nil)}}
	c := &Crawler{URL: serve(t, site), Seeds: []string{"/"}}
	first := newBag()
	if err := c.Run(context.Background(), nothing{}, first); err != nil {
		t.Fatal(err)
	}
	site.asked = nil
	second := newBag()
	second.damaged = "/p"
	if err := (&Crawler{URL: c.URL, Seeds: c.Seeds}).Run(context.Background(), first.publish(t, nil), second); err != nil {
		t.Fatal(err)
	}
	slices.Sort(site.asked)
	if got := fmt.Sprint(site.asked, second.frozen(), len(second.kept)); got != "[/ / 2nd /p /p if] [/ /p] 0" {
		t.Errorf("asked, yielded, kept: %s", got)
	}
}

// TestGoOn: pages of an interrupted run are not asked for, and their links are
// followed, also those that stood in headers.
func TestGoOn(t *testing.T) {
	site := &changing{routes: routes{
		"/":  page(`<a href="/a">a</a>`),
		"/a": page("<p>a", content.LinksHeader, "/b", "Link", "</c.css>; rel=stylesheet"),
		"/b": page("<p>b"), "/c.css": typed("text/css", "c{}"),
	}}
	c := &Crawler{URL: serve(t, site), Seeds: []string{"/"}}
	first := newBag()
	if err := c.Run(context.Background(), nothing{}, first); err != nil {
		t.Fatal(err)
	}
	previous := first.publish(t, nil)
	for key := range previous.entries {
		if key.URL() == "/" || key.URL() == "/a" {
			previous.done[key] = true
		} else {
			delete(previous.entries, key)
		}
	}
	site.asked = nil
	second := newBag()
	if err := (&Crawler{URL: c.URL, Seeds: c.Seeds}).Run(context.Background(), previous, second); err != nil {
		t.Fatal(err)
	}
	slices.Sort(site.asked)
	if got := fmt.Sprint(site.asked, second.frozen(), slices.Sorted(maps.Keys(second.kept))); got != "[/b /c.css] [/b /c.css] [/ /a]" {
		t.Errorf("asked, yielded, kept: %s", got)
	}
}

// TestMaxStale: a page stands in from its first failure on, and no longer.
func TestMaxStale(t *testing.T) {
	site := &changing{routes: routes{"/": page(`<a href="/p">p</a>`), "/p": page("<p>x")}}
	url := serve(t, site)
	run := func(previous content.Previous) *bag {
		b := newBag()
		if err := (&Crawler{URL: url, Seeds: []string{"/"}, MaxStale: time.Hour}).Run(context.Background(), previous, b); err != nil {
			t.Fatal(err)
		}
		return b
	}
	before := run(nothing{}).publish(t, nil)
	site.routes["/p"] = status(http.StatusBadGateway)
	second := run(before)
	stale := second.kept["/p"]
	if stale == nil || stale.Reason != Status || stale.Detail != "502 Bad Gateway" || time.Since(stale.Since) > time.Minute {
		t.Fatalf("stale: %+v", stale)
	}
	since := stale.Since.Add(-30 * time.Minute)
	stale.Since = since
	third := run(second.publish(t, before))
	if stale = third.kept["/p"]; stale == nil || !stale.Since.Equal(since) {
		t.Fatalf("in the next crawl: %+v", stale)
	}
	stale.Since = since.Add(-31 * time.Minute)
	fourth := run(third.publish(t, before))
	if fourth.kept["/p"] != nil || fourth.skips["/p"].Reason != Status {
		t.Errorf("after an hour: kept %+v, left %+v", fourth.kept["/p"], fourth.skips["/p"])
	}
}

// TestBeside: the links of headers are read again as they were.
func TestBeside(t *testing.T) {
	h := http.Header{"Link": {`</c.css>; rel=stylesheet, </i.png>; rel=preload; as=image, </next>; rel=next`}, content.LinksHeader: {"/a b, /style /x, asset, /c?d=e"}}
	var first, again scan
	first.headers(h)
	first.headed = len(first.links)
	if first.headed < 6 {
		t.Fatalf("only %d links", first.headed)
	}
	again.readBeside(first.beside())
	show := func(s scan) (text string) {
		for _, l := range s.links {
			text += fmt.Sprintf("%d %s\n", l.kind, l.raw)
		}
		return text
	}
	if show(first) != show(again) {
		t.Errorf("got\n%s\nwant\n%s", show(again), show(first))
	}
}

// FuzzVersion: a version that was written is read as it was; whatever else stands
// in a manifest is asked with safely.
func FuzzVersion(f *testing.F) {
	for _, seed := range [][2]string{{`"1"`, longAgo}, {`W/"a=b"`, ""}, {"", longAgo}, {`"a b"`, "never"}, {"\"\x7f\"", ""}, {`"W/"`, ""}, {`"W/a"`, longAgo}, {`"etag=x rules="`, "Mon, 02 Jan 1950 15:04:05 GMT"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, etag, modified string) {
		v := versionOf(http.Header{"Etag": {etag}, "Last-Modified": {modified}, "Date": {time.Now().UTC().Format(http.TimeFormat)}}, "abcd")
		if again := parseVersion(v.String()); again != v {
			t.Errorf("%+v was read as %+v", v, again)
		}
		h := http.Header{}
		parseVersion(etag + " " + modified).ask(h)
		for name, values := range h {
			if strings.ContainsAny(values[0], "\r\n") {
				t.Errorf("%s: %q", name, values[0])
			}
		}
	})
}
