package main

import (
	"testing"

	"icecap/nginx"
	"icecap/render/browsertest"
)

// TestWatchInChromium edits and looks: in place, with scroll position and focus
// kept, the panel comes and goes, style sheets are swapped, tabs share a stream.
func TestWatchInChromium(t *testing.T) {
	browser := browsertest.Find(t)
	w := startWatch(t, "--drafts")
	proxy := ""
	if _, err := nginx.Find(); err == nil {
		proxy = w.proxy()
	}
	browser.Check(t, "watch.mjs", w.url, w.dir, proxy)
}
