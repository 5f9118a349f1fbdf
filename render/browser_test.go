package render

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"icecap/content"
)

// TestBrowser opens the pages of the default theme in Chromium: nothing that
// axe-core finds, nothing that Lighthouse would, on a screen, a phone and paper,
// with and without scripts, with a mouse and with the keyboard alone.
func TestBrowser(t *testing.T) {
	pages := renderFolder(t, os.DirFS("testdata/notes"), notes())
	server := httptest.NewServer(servePages(pages))
	defer server.Close()
	for line := range strings.Lines(inBrowser(t, "check.mjs", server.URL)) {
		t.Error(strings.TrimSpace(line))
	}
}

// inBrowser runs a script of testdata/browser, which gets the folder of its modules,
// the path of Chromium and the arguments, and gives what it prints. Where one of its
// tools is missing the test is skipped.
func inBrowser(t *testing.T, script string, arguments ...string) string {
	t.Helper()
	modules, err := filepath.Abs("../.ci/browser")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(modules, "node_modules", "axe-core")); err != nil {
		t.Skip("axe-core and playwright-core are not here; make test installs them with npm")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not here")
	}
	version, err := exec.Command(node, "-p", "process.versions.node.split('.')[0]").Output()
	if major, _ := strconv.Atoi(strings.TrimSpace(string(version))); err != nil || major < 20 {
		t.Skipf("playwright-core needs node 20, this is %s %v", strings.TrimSpace(string(version)), err)
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not here; on Debian: apt-get install chromium")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, append([]string{"testdata/browser/" + script, modules, chromium}, arguments...)...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("look at the pages: %v\n%s%s", err, out, stderr.String())
	}
	return string(out)
}

// servePages answers as the gate does: a page, or the page for what is not there.
func servePages(pages map[string]content.Page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, ok := pages[r.URL.EscapedPath()]
		status := http.StatusOK
		if !ok {
			page, status = pages["/404.html"], http.StatusNotFound
		}
		contentType := page.MediaType
		if strings.HasPrefix(contentType, "text/") {
			contentType += "; charset=utf-8"
		}
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		w.Write(page.Body)
	})
}
