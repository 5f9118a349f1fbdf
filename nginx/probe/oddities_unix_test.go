//go:build unix

package probe_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// oddities puts things where a request would look for a page that are none.
func oddities(t testing.TB, root, dir string) {
	t.Helper()
	write(t, filepath.Join(root, "releases", "1", "manifest.jsonl"), "{}")
	if err := os.Mkdir(filepath.Join(dir, "folder@.html"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe@.html"), 0o644); err != nil {
		t.Fatal(err)
	}
}
