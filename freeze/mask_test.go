package freeze

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// TestLayouts counts the pages that one line of a layout keeps from being frozen.
func TestLayouts(t *testing.T) {
	var n atomic.Int64
	token := func(w http.ResponseWriter, r *http.Request) {
		page(fmt.Sprintf("<head>\n<title>%s</title>\n<meta name=\"csrf-token\" content=\"a%dZ+/x==\" />\n<a href=/1>1</a><a href=/2>2</a><a href=/3>3</a>", r.URL, n.Add(7919)))(w, r)
	}
	greeting := func(w http.ResponseWriter, r *http.Request) {
		page(fmt.Sprintf("<p>You are visitor %d of today", n.Add(1)))(w, r)
	}
	c := &Crawler{Seeds: []string{"/"}, Declared: []string{"/**"}}
	b := crawlSite(t, routes{"/": token, "/1": token, "/2": token, "/3": greeting}, c)
	if len(b.pages) != 0 {
		t.Errorf("frozen %q", b.frozen())
	}
	want := []Layout{
		{CSRF, "meta csrf-token", `<meta name="csrf-token" content="…" />`, 3, "/", 3},
		{Differs, "", "<p>You are visitor … of today", 1, "/3", 1},
	}
	if got := c.Observed().Layouts; !slices.Equal(got, want) {
		t.Errorf("layouts %+v\nwant    %+v", got, want)
	}
}

func TestParseMask(t *testing.T) {
	for _, test := range []struct{ pattern, message string }{
		{`<!-- generated in [0-9.]+ ms -->`, ""},
		{`data-reactid="\.[0-9a-z]+"`, ""},
		{`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`, ""},
		{`(?i)page rendered at .{1,40} by`, ""},
		{`(`, "is no regular expression: missing closing )"},
		{`(?=x)`, "is no regular expression"},
		{`[0-9]*`, "matches where there is nothing"},
		{`.+`, "hides"},
		{`(?s)<p>.*</p>`, "hides more than 200 bytes"},
		{`[0-9a-f]{16}`, "also hides a token: 0123456789ABCDEF"},
		{`content="[^"]*"`, "also hides a token"},
		{`value=".*?"`, "also hides a token"},
		{`csrf-token`, "also hides a token"},
		{`nonce="[^"]+"`, "also hides a token"},
		{`[0-9]+`, "also hides a token"},
		{strings.Repeat("x", 501), "is longer than 500 bytes"},
	} {
		if test.pattern == `[0-9a-f]{16}` {
			test.message = "hides"
		}
		_, err := ParseMask([]string{`fine`, test.pattern})
		var config *ConfigError
		if test.message == "" && err != nil || test.message != "" && (!errors.As(err, &config) || !strings.Contains(err.Error(), test.message)) {
			t.Errorf("%s: error %v, want %q", test.pattern, err, test.message)
		}
	}
}

// TestExactBytes freezes the first stranger's bytes, noise and all.
func TestExactBytes(t *testing.T) {
	var n atomic.Int64
	b := crawlSite(t, routes{"/": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, fmt.Sprintf("<p>a<!-- generated in %d ms -->", n.Add(1)))
	}}, &Crawler{Seeds: []string{"/"}, Masks: []string{`<!-- generated in [0-9]+ ms -->`}})
	if got := string(b.pages["/"].Body); got != "<p>a<!-- generated in 1 ms -->" || n.Load() != 2 {
		t.Errorf("frozen %q after %d requests", got, n.Load())
	}
}

// TestProbeConfig finds what cannot be meant.
func TestProbeConfig(t *testing.T) {
	for _, test := range []struct {
		crawler *Crawler
		message string
	}{
		{&Crawler{URL: "http://x", Probe: "some"}, `read the probe "some": it is not all, sample or none`},
		{&Crawler{URL: "http://x", Probe: ProbeNone, Declared: []string{"/**"}}, "leaves unproved"},
		{&Crawler{URL: "http://x", Declared: []string{"catalog/**"}}, "matches nothing"},
		{&Crawler{URL: "http://x", Masks: []string{"("}}, "is no regular expression"},
	} {
		if err := test.crawler.Run(context.Background(), nothing{}, newBag()); err == nil || !strings.Contains(err.Error(), test.message) {
			t.Errorf("error %v, want %q", err, test.message)
		}
	}
}
