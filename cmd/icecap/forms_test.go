package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestFormsBeforeTheFirstRelease: what a preview keeps is in nobody's way, and it
// writes into no folder that is not icecap's.
func TestFormsBeforeTheFirstRelease(t *testing.T) {
	c := &config{}
	c.Freeze.Out = filepath.Join(t.TempDir(), "out")
	if err := c.forms().Save("a-480", []byte("a form")); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	writeServerFile(t, dir, "index.md", "# Home\n")
	if _, stderr, code := icecap(t, "build", dir, "--out", c.Freeze.Out); code != 0 {
		t.Errorf("icecap build: exit code %d\n%s", code, stderr)
	}
	if _, ok := c.forms().Load("a-480"); ok {
		t.Error("the build keeps a form that it does not use")
	}
	c.Freeze.Out = dir
	if err := c.forms().Save("a-480", []byte("a form")); err == nil {
		t.Error("a form is kept among texts")
	}
	if _, err := os.Stat(filepath.Join(dir, "blog.images")); err == nil {
		t.Error("a folder was made among texts")
	}
}
