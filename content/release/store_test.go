//go:build unix

package release

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A folder that is not ours is refused before anything in it changes.
func TestOpenForeign(t *testing.T) {
	write := func(name, text string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, test := range []struct {
		name   string
		make   func(*testing.T, string)
		reason string
	}{
		{"somebody's site", write("index.html", "<h1>mine</h1>"), "not empty"},
		{"somebody's lock", write("lock", "pid 1"), "lock that is not icecap's"},
		{"another file beside an empty lock", func(t *testing.T, dir string) {
			write("lock", "")(t, dir)
			write("database.db", "x")(t, dir)
		}, "not empty"},
		{"a file", func(t *testing.T, dir string) {
			if err := os.WriteFile(dir, nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}, "not a folder"},
		{"a newer layout", write("lock", "icecap output folder 2\n"), "lock that is not icecap's"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "out")
			test.make(t, dir)
			before := listing(t, dir)
			_, err := Open(dir)
			var foreign *ForeignError
			if !errors.As(err, &foreign) || !strings.Contains(err.Error(), test.reason) {
				t.Fatalf("Open: %v, want a ForeignError with %q", err, test.reason)
			}
			if foreign.Hint() == "" {
				t.Error("the error has no hint")
			}
			if after := listing(t, dir); !slices.Equal(before, after) {
				t.Errorf("the folder was changed from %q to %q", before, after)
			}
		})
	}
	t.Run("the root", func(t *testing.T) {
		var foreign *ForeignError
		if _, err := Open("/"); !errors.As(err, &foreign) {
			t.Errorf("Open: %v, want a ForeignError", err)
		}
		link := filepath.Join(t.TempDir(), "link")
		if err := os.Symlink("/", link); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(link); !errors.As(err, &foreign) {
			t.Errorf("Open of a link to the root: %v, want a ForeignError", err)
		}
	})
}

// listing is every name and content below a folder.
func listing(t *testing.T, dir string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		list = append(list, name+": "+string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestOpenOurs(t *testing.T) {
	t.Run("missing parents are made", func(t *testing.T) {
		s, err := Open(filepath.Join(t.TempDir(), "a", "b", "out"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Current(); err != ErrNoRelease {
			t.Errorf("Current: %v, want ErrNoRelease", err)
		}
		if _, err := s.Rollback(context.Background(), ""); err != ErrNoRelease {
			t.Errorf("Rollback: %v, want ErrNoRelease", err)
		}
	})
	t.Run("an empty disk", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "lost+found"), 0o700); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir); err != nil {
			t.Error(err)
		}
	})
	t.Run("a claim that was killed half way", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "lock"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		publish(t, s, all("app"), files{"/": "home"})
	})
	t.Run("many at once", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "out")
		done := make(chan error)
		for range 16 {
			go func() {
				_, err := Open(dir)
				done <- err
			}()
		}
		for range 16 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
}

// What a killed process left is gone after the next Open, but nothing of a live one.
func TestRecovery(t *testing.T) {
	s := newStore(t)
	publish(t, s, all("app"), files{"/": "one"})
	for _, name := range []string{".stage-dead/p/a", ".trash-000001-01234567/p"} {
		if err := os.MkdirAll(s.path(releasesName, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	st := begin(t, s, all("app"))
	if _, err := Open(s.dir); err != nil {
		t.Fatal(err)
	}
	if got := leftovers(t, s); len(got) != 1 {
		t.Errorf("releases holds %q, want the live stage alone", got)
	}
	if err := os.Mkdir(s.path(releasesName, ".stage-dead"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(s.dir); err != nil {
		t.Fatal(err)
	}
	if got := leftovers(t, s); len(got) != 2 {
		t.Errorf("releases holds %q: Open must not delete while somebody has the writer's lock", got)
	}
	if err := st.Discard(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(s.dir); err != nil {
		t.Fatal(err)
	}
	if got := leftovers(t, s); len(got) != 0 {
		t.Errorf("releases holds %q after the recovery", got)
	}
	// A link of a killed rollback is no obstacle.
	if err := os.Symlink("releases/gone", s.path(nextName)); err != nil {
		t.Fatal(err)
	}
	publish(t, s, all("app"), files{"/": "two"})
	wantSite(t, s, files{"/": "two"})
}

func TestBrokenCurrent(t *testing.T) {
	for _, test := range []struct {
		name   string
		damage func(*testing.T, *Store, *Release) error
		reason string
		mended bool // a rollback mends it
	}{
		{"the release was deleted", func(t *testing.T, s *Store, r *Release) error {
			return os.RemoveAll(r.Dir)
		}, "is gone", true},
		{"a link elsewhere", func(t *testing.T, s *Store, r *Release) error {
			return errors.Join(os.Remove(s.path(currentName)), os.Symlink("/etc", s.path(currentName)))
		}, "no release", true},
		{"a link with dots", func(t *testing.T, s *Store, r *Release) error {
			return errors.Join(os.Remove(s.path(currentName)), os.Symlink("releases/../../x", s.path(currentName)))
		}, "no release", true},
		{"a folder", func(t *testing.T, s *Store, r *Release) error {
			return errors.Join(os.Remove(s.path(currentName)), os.Mkdir(s.path(currentName), 0o755))
		}, "not a symbolic link", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStore(t)
			first := publish(t, s, all("app"), files{"/": "one"})
			second := publish(t, s, all("app"), files{"/": "two"})
			if err := test.damage(t, s, second); err != nil {
				t.Fatal(err)
			}
			s, err := Open(s.dir)
			if err != nil {
				t.Fatal(err)
			}
			var broken *BrokenError
			_, err = s.Current()
			if !errors.As(err, &broken) || !strings.Contains(err.Error(), test.reason) || !strings.Contains(broken.Hint(), "icecap rollback") {
				t.Errorf("Current: %v, want a BrokenError with %q", err, test.reason)
			}
			if _, err := s.Stage(context.Background(), all("app")); !errors.As(err, &broken) {
				t.Errorf("Stage: %v, want a BrokenError", err)
			}
			_, err = s.Rollback(context.Background(), first.ID)
			if test.mended != (err == nil) {
				t.Fatalf("Rollback: %v", err)
			}
			if test.mended {
				wantSite(t, s, files{"/": "one"})
			}
		})
	}
}

func TestTwoPublishers(t *testing.T) {
	s := newStore(t)
	publish(t, s, all("app"), files{"/": "one"})
	child := hold(t, s.dir)
	_, err := s.Stage(context.Background(), all("blog"))
	var locked *LockedError
	host, _ := os.Hostname()
	if !errors.As(err, &locked) || locked.PID != child.Process.Pid || locked.Host != host {
		t.Fatalf("Stage: %v, want a LockedError with pid %d on %s", err, child.Process.Pid, host)
	}
	// Reading, and rolling back, need no lock of the writer.
	wantSite(t, s, files{"/": "one"})
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	child.Wait()
	// The kernel freed the lock, and the next writer cleans up.
	publish(t, s, all("app"), files{"/": "two"})
	wantSite(t, s, files{"/": "two"})
	if got := leftovers(t, s); len(got) != 0 {
		t.Errorf("the killed stage is still there: %q", got)
	}
}

// Once, a lock outlived its release for as long as another goroutine's child
// process took to start, and the next run in this process was refused.
func TestUnlockWhileAChildStarts(t *testing.T) {
	s := newStore(t)
	st := begin(t, s, all("app"))
	yield(t, st, files{"/": "1"})
	// What a fork does to the handles of this process.
	child, err := unix.Dup(int(st.lock.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(child)
	commit(t, st)
	publish(t, s, all("app"), files{"/": "2"})
	lock, err := s.lockCommit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other, err := unix.Dup(int(lock.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(other)
	unlock(lock)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := s.Rollback(ctx, ""); err != nil {
		t.Error(err)
	}
}
