//go:build unix

package release

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Somebody edited, cut or removed a file of the published release.
func TestDamagedFile(t *testing.T) {
	for _, test := range []struct {
		name   string
		damage func(name string) error
	}{
		{"removed", os.Remove},
		{"cut", func(name string) error { return os.Truncate(name, 1) }},
		{"edited", func(name string) error { return os.WriteFile(name, []byte("HOME"), 0o644) }},
		{"replaced by a link", func(name string) error {
			return errors.Join(os.Remove(name), os.Symlink("/etc/passwd", name))
		}},
		{"its folder replaced by a link", func(name string) error {
			dir := filepath.Dir(name)
			return errors.Join(os.Rename(dir, dir+"-moved"), os.Symlink(dir+"-moved", dir))
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStore(t)
			r := publish(t, s, all("app"), files{"/a/": "home", "/b": "b"})
			if err := test.damage(diskPath(t, r, "/a/")); err != nil {
				t.Fatal(err)
			}
			// A run of another source must not spread the damage.
			st := begin(t, s, all("blog"))
			yield(t, st, files{"/blog": "x"})
			var corrupt *CorruptError
			if _, err := st.Commit(context.Background()); !errors.As(err, &corrupt) || corrupt.Release != r.ID || !strings.Contains(err.Error(), "/a/") {
				t.Errorf("Commit: %v, want a CorruptError that names the page", err)
			}
			st.Discard()
			// Keep says so, and the same bytes, fetched again, mend it.
			st = begin(t, s, all("app"))
			if err := st.Keep(key(t, "/a/"), nil); !errors.As(err, &corrupt) {
				t.Errorf("Keep: %v, want a CorruptError", err)
			}
			yield(t, st, files{"/a/": "home", "/b": "b"})
			commit(t, st)
			wantSite(t, s, files{"/a/": "home", "/b": "b"})
		})
	}
}

// A source must not read links from a body that rotted, with its size and time intact.
func TestPreviousVerifies(t *testing.T) {
	s := newStore(t)
	r := publish(t, s, all("app"), files{"/": "home"})
	name := diskPath(t, r, "/")
	if err := os.WriteFile(name, []byte("HOME"), 0o644); err != nil {
		t.Fatal(err)
	}
	at := entry(t, r, "/").Modified
	if err := os.Chtimes(name, at, at); err != nil {
		t.Fatal(err)
	}
	st := begin(t, s, all("app"))
	var corrupt *CorruptError
	if _, err := st.Previous().Open(key(t, "/")); !errors.As(err, &corrupt) {
		t.Errorf("Open: %v, want a CorruptError", err)
	}
}

// Whoever can write into the stage must not make us write, or NGINX read, elsewhere.
func TestPlantedInStage(t *testing.T) {
	for _, test := range []struct {
		name  string
		plant func(pages, outside string) error
		words string
	}{
		{"a link for a page", func(pages, outside string) error {
			return os.Symlink(filepath.Join(outside, "victim"), filepath.Join(pages, "a@.html"))
		}, "write page /a"},
		{"a link for a folder", func(pages, outside string) error {
			return os.Symlink(outside, filepath.Join(pages, "dir"))
		}, "write page /dir/b"},
		{"a file", func(pages, outside string) error {
			return os.WriteFile(filepath.Join(pages, "a@.html"), nil, 0o644)
		}, "write page /a"},
		{"a link beside the pages", func(pages, outside string) error {
			return os.Symlink("/etc/passwd", filepath.Join(pages, "x@.html"))
		}, "symbolic link"},
		{"a file beside the pages", func(pages, outside string) error {
			return os.WriteFile(filepath.Join(pages, "x@.html"), nil, 0o644)
		}, "3 files, but 2 were"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStore(t)
			publish(t, s, all("app"), files{"/": "old"})
			outside := t.TempDir()
			if err := os.WriteFile(filepath.Join(outside, "victim"), []byte("victim"), 0o644); err != nil {
				t.Fatal(err)
			}
			st := begin(t, s, all("app"))
			if err := test.plant(filepath.Join(st.dir.Name(), pagesName), outside); err != nil {
				t.Fatal(err)
			}
			err := errors.Join(st.Page(pageAt(t, "/a", "evil")), st.Page(pageAt(t, "/dir/b", "evil")))
			_, committed := st.Commit(context.Background())
			if committed == nil {
				t.Fatal("Commit succeeded")
			}
			if err = errors.Join(err, committed); !strings.Contains(err.Error(), test.words) {
				t.Errorf("got %v, want %q in it", err, test.words)
			}
			if err := st.Discard(); err != nil {
				t.Error(err)
			}
			if got := listing(t, outside); len(got) != 1 || !strings.HasSuffix(got[0], "victim: victim") {
				t.Errorf("outside of the stage there is now %q", got)
			}
			wantSite(t, s, files{"/": "old"})
		})
	}
}
