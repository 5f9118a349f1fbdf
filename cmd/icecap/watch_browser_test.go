package main

import (
	"strings"
	"testing"

	"icecap/nginx"
)

// TestWatchInChromium edits and looks: in place, with scroll position and focus
// kept, the panel comes and goes, style sheets are swapped, tabs share a stream.
func TestWatchInChromium(t *testing.T) {
	browser := findScripted(t)
	w := startWatch(t, "--drafts")
	proxy := ""
	if _, err := nginx.Find(); err == nil {
		proxy = w.proxy()
	}
	for line := range strings.Lines(browser.run(t, "watch.mjs", w.url, w.dir, proxy)) {
		t.Error(strings.TrimSpace(line))
	}
}
