//go:build unix

package release

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
)

// Once a write failed, the stage has a hole, whatever the source makes of the error.
func TestFailedStageIsNotPublished(t *testing.T) {
	s := newStore(t)
	publish(t, s, all("app"), files{"/": "old"})
	st := begin(t, s, all("app"))
	yield(t, st, files{"/": "new"})
	if err := os.Mkdir(st.dir.Name()+"/p/a@.html", 0o755); err != nil {
		t.Fatal(err)
	}
	var failed *DiskError
	if err := st.Page(pageAt(t, "/a", "x")); !errors.As(err, &failed) {
		t.Fatalf("Page: %v, want a DiskError", err)
	}
	first := failed
	for name, err := range map[string]error{"Page": st.Page(pageAt(t, "/b", "x")), "Check": st.Check(Limits{})} {
		if !errors.As(err, &failed) || failed != first {
			t.Errorf("%s: %v, want the first error again", name, err)
		}
	}
	if _, err := st.Commit(context.Background()); !errors.As(err, &failed) || failed != first {
		t.Errorf("Commit: %v, want the first error again", err)
	}
	st.Discard()
	wantSite(t, s, files{"/": "old"})
}

// Folders of another user can be read, and say clearly that they cannot be written.
func TestFolderWithoutPermission(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere; see TestReadOnlyDisk")
	}
	s := newStore(t)
	publish(t, s, all("app"), files{"/": "old"})
	for _, name := range []string{s.path(releasesName), s.path(lockName), s.dir} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(name, info.Mode().Perm()&^0o222); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Chmod(name, info.Mode().Perm()) })
	}
	s, err := Open(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	wantSite(t, s, files{"/": "old"})
	var denied *DiskError
	if _, err := s.Stage(context.Background(), all("app")); !errors.As(err, &denied) || !errors.Is(err, fs.ErrPermission) || !strings.Contains(denied.Hint(), "user") {
		t.Errorf("Stage: %v, want a DiskError with a hint", err)
	}
	if _, err := Open(s.dir + "/new"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Open: %v, want that it is not permitted", err)
	}
}
