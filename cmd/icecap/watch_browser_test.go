package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"icecap/nginx"
)

// TestWatchInChromium edits and looks: in place, with scroll position and focus
// kept, the panel comes and goes, style sheets are swapped, tabs share a stream.
func TestWatchInChromium(t *testing.T) {
	modules, err := filepath.Abs("../../.ci/browser")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(modules, "node_modules", "playwright-core")); err != nil {
		t.Skip("playwright-core is not here; make test installs it with npm")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not here")
	}
	chromium, err := findBrowser()
	if err != nil {
		t.Skip("chromium is not here; on Debian: apt-get install chromium")
	}
	w := startWatch(t, "--drafts")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	proxy := ""
	if _, err := nginx.Find(); err == nil {
		proxy = w.proxy()
	}
	cmd := exec.CommandContext(ctx, node, "testdata/browser/watch.mjs", modules, chromium, w.url, w.dir, proxy)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("look at the preview: %v\n%s%s", err, out, stderr.String())
	}
	for line := range strings.Lines(string(out)) {
		t.Error(strings.TrimSpace(line))
	}
}
