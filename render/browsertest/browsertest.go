// Package browsertest finds Chromium and drives it, for tests. It is not part of the
// program.
//
// Scripts are modules of Node.js that import browser.mjs, which starts the browser
// through playwright-core. That, and axe-core, lie in .ci/browser, where npm puts them.
package browsertest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Program is the path of Chromium. The error says that there is none.
func Program() (path string, err error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err = exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", err
}

// A Browser is Chromium with what drives it.
type Browser struct{ modules, node, program string }

// Find skips the test where something is missing, and says what; and with -short, which
// the race detector runs with: what a browser shows is no matter of that.
func Find(t testing.TB) Browser {
	t.Helper()
	if testing.Short() {
		t.Skip("drives a browser: not with -short")
	}
	b := Browser{modules: modules(t)}
	if _, err := os.Stat(filepath.Join(b.modules, "node_modules", "axe-core")); err != nil {
		t.Skip("axe-core and playwright-core are not here; make test installs them with npm")
	}
	var err error
	if b.node, err = exec.LookPath("node"); err != nil {
		t.Skip("node is not here")
	}
	version, err := exec.Command(b.node, "-p", "process.versions.node.split('.')[0]").Output()
	if major, _ := strconv.Atoi(strings.TrimSpace(string(version))); err != nil || major < 20 {
		t.Skipf("playwright-core needs node 20, this is %s %v", strings.TrimSpace(string(version)), err)
	}
	if b.program, err = Program(); err != nil {
		t.Skip("chromium is not here; on Debian: apt-get install chromium")
	}
	return b
}

// modules is the folder of what npm installed, above the package that is tested.
func modules(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil || dir == filepath.Dir(dir) {
			return filepath.Join(dir, ".ci", "browser")
		}
	}
}

// Run gives what a script prints that lies in the tested package's testdata/browser. It
// has five minutes.
func (b Browser) Run(t testing.TB, script string, arguments ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, b.node, append([]string{filepath.Join("testdata", "browser", script), b.modules, b.program}, arguments...)...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("look at the pages: %v\n%s%s", err, out, stderr.String())
	}
	return string(out)
}

// Check runs a script that prints what is wrong, one finding a line.
func (b Browser) Check(t testing.TB, script string, arguments ...string) {
	t.Helper()
	for line := range strings.Lines(b.Run(t, script, arguments...)) {
		t.Error(strings.TrimSpace(line))
	}
}
