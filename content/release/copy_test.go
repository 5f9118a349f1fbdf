//go:build unix

package release

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"icecap/content"
)

// another is a source of copies: a release on another host.
type another struct{ *Release }

func (a another) manifestTo(w io.Writer) error {
	text, err := os.ReadFile(filepath.Join(a.Dir, manifestName))
	if err == nil {
		_, err = w.Write(text)
	}
	return err
}

func (a another) body(e content.Entry) ([]byte, error) {
	f, err := a.Open(e)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// copyRelease is a whole copy. It returns the URLs that were asked for.
func copyRelease(s *Store, from *Release) (r *Release, asked []string, err error) {
	a := another{from}
	c, err := s.Copy(context.Background(), from.ID, a.manifestTo)
	if err != nil {
		return nil, nil, err
	}
	defer c.Discard()
	err = c.Missing(context.Background(), func(e content.Entry) error {
		asked = append(asked, e.URL())
		body, err := a.body(e)
		if err != nil {
			return err
		}
		return c.Write(e, body)
	})
	if err != nil {
		return nil, asked, err
	}
	r, err = c.Commit(context.Background())
	return r, asked, err
}

// sameRelease checks that two hosts have the same release.
func sameRelease(t *testing.T, a, b *Release) {
	t.Helper()
	first, err := verify(a)
	if err != nil {
		t.Error(err)
	}
	second, err := verify(b)
	if err != nil {
		t.Error(err)
	}
	if a.ID != b.ID || !reflect.DeepEqual(first, second) {
		t.Errorf("release %s has %d pages, its copy %s has %d", a.ID, len(first.Entries), b.ID, len(second.Entries))
	}
	mapA, errA := a.GateMap()
	mapB, errB := b.GateMap()
	if errA != nil || errB != nil || !reflect.DeepEqual(mapA, mapB) {
		t.Errorf("gate maps: %v, %v, %+v, %+v", errA, errB, mapA, mapB)
	}
	if err := b.Whole(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestCopy: a host that copies has the same releases, and asks for what is new only.
func TestCopy(t *testing.T) {
	from, to := newStore(t), newStore(t)
	site := files{"/": "home", "/a/x": "1", "/a/y": "1", "/a/b/z": "1", "/c/x": "1", "/d": "1"}
	css := pageAt(t, "/load.php?modules=a", "a{}")
	css.MediaType = "text/css"
	st := begin(t, from, all("app"))
	yield(t, st, site)
	if err := st.Page(css); err != nil {
		t.Fatal(err)
	}
	releases := []*Release{commit(t, st)}
	wants := [][]string{{"/", "/a/b/z", "/a/x", "/a/y", "/c/x", "/d", "/load.php?modules=a"}}
	site["/a/x"], site["/e/new"] = "2", "2"
	delete(site, "/c/x")
	st = begin(t, from, all("app"))
	yield(t, st, site)
	if err := st.Page(css); err != nil {
		t.Fatal(err)
	}
	if err := st.Redirect(content.Redirect{From: key(t, "/old").Path, To: "/", Code: 301}); err != nil {
		t.Fatal(err)
	}
	releases, wants = append(releases, commit(t, st)), append(wants, []string{"/a/x", "/e/new"})
	releases, wants = append(releases, publish(t, from, only(t, "/d"), files{"/d": "3"})), append(wants, []string{"/d"})
	for i, r := range releases {
		made, asked, err := copyRelease(to, r)
		if err != nil || !slices.Equal(asked, wants[i]) {
			t.Fatalf("release %d: %v, asked for %q, want %q", i, err, asked, wants[i])
		}
		sameRelease(t, r, made)
	}
	if got := layout(t, to.release(releases[2].ID)); !slices.Contains(got, "a -> 000002") || !slices.Contains(got, "e -> 000002") {
		t.Errorf("folders are not shared: %q", got)
	}
	if _, err := to.Current(); !errors.Is(err, ErrNoRelease) {
		t.Errorf("a copy was published: %v", err)
	}
	if _, err := to.Rollback(t.Context(), releases[2].ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := copyRelease(to, releases[1]); err == nil || !strings.Contains(err.Error(), "is here already") {
		t.Errorf("a second copy: %v", err)
	}
	if _, err := to.Prune(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	// The first one is gone here; what it shared with the others is taken from them.
	made, asked, err := copyRelease(to, releases[0])
	if want := []string{"/a/x", "/c/x", "/d"}; err != nil || !slices.Equal(asked, want) {
		t.Fatalf("%v, asked for %q, want %q", err, asked, want)
	}
	sameRelease(t, releases[0], made)
	// The next release of this host begins at its current one, and is newer than all.
	r := publish(t, to, all("app"), files{"/": "here"})
	if number, _ := parseID(r.ID); number != 4 {
		t.Errorf("the next release is %s", r.ID)
	}
	if left := strays(t, to); len(left) > 0 {
		t.Errorf("left in the trees: %q", left)
	}
}

// TestCopyRefuses what is not the release.
func TestCopyRefuses(t *testing.T) {
	from, to := newStore(t), newStore(t)
	r := publish(t, from, all("app"), files{"/": "home", "/a/x": "1"})
	var corrupt *CorruptError
	for name, text := range map[string]string{"empty": "", "no manifest": "<html>", "another": "{\"icecap\":1,\"clock\":1,\"created\":\"2026-01-01T00:00:00Z\",\"pages\":0,\"redirects\":0,\"skips\":0}\n"} {
		_, err := to.Copy(t.Context(), r.ID, func(w io.Writer) error { _, err := io.WriteString(w, text); return err })
		if !errors.As(err, &corrupt) {
			t.Errorf("%s: %v, want a CorruptError", name, err)
		}
	}
	if _, err := to.Copy(t.Context(), "../x", nil); err == nil {
		t.Error("an ID that is none")
	}
	c, err := to.Copy(t.Context(), r.ID, another{r}.manifestTo)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Discard()
	var locked *LockedError
	if _, err := to.Stage(t.Context(), all("app")); !errors.As(err, &locked) {
		t.Errorf("a stage beside a copy: %v", err)
	}
	err = c.Missing(t.Context(), func(e content.Entry) error {
		for _, body := range []string{"", "2", "1 ", "home!"} {
			if err := c.Write(e, []byte(body)); !errors.As(err, &corrupt) {
				t.Errorf("a wrong body of %s: %v", e.URL(), err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Commit(t.Context()); err == nil || !strings.Contains(err.Error(), "0 of 2 missing pages") {
		t.Errorf("a commit without pages: %v", err)
	}
	if err := c.Discard(); err != nil {
		t.Fatal(err)
	}
	if list, err := to.listed(""); err != nil || len(list) > 0 {
		t.Errorf("left behind: %q, %v", list, err)
	}
}

// suspended is a copy that ended after some pages.
func suspended(t *testing.T, s *Store, from *Release, pages int) {
	t.Helper()
	a, enough := another{from}, errors.New("enough")
	c, err := s.Copy(t.Context(), from.ID, a.manifestTo)
	if err != nil {
		t.Fatal(err)
	}
	err = c.Missing(t.Context(), func(e content.Entry) error {
		if pages--; pages < 0 {
			return enough
		}
		body, err := a.body(e)
		if err != nil {
			return err
		}
		return c.Write(e, body)
	})
	if !errors.Is(err, enough) {
		t.Fatal(err)
	}
	c.Suspend()
}

// dozen is twelve pages in three folders.
func dozen() files {
	site := files{}
	for i := range 12 {
		site[fmt.Sprintf("/%d/%02d", i%3, i)] = fmt.Sprintf("page %02d", i)
	}
	return site
}

// TestCopyResumes: what an earlier attempt wrote is not asked for again, unless
// the disk lost it.
func TestCopyResumes(t *testing.T) {
	from, to := newStore(t), newStore(t)
	first := publish(t, from, all("app"), dozen())
	suspended(t, to, first, 6) // /0/00, 03, 06, 09, /1/01, 04
	// Others work here meanwhile: a writer, and one that looks after dead stages.
	publish(t, to, all("blog"), files{"/blog": "1"})
	if _, err := Open(to.dir); err != nil {
		t.Fatal(err)
	}
	tree, ok := treeOf(to.path(releasesName, copyPrefix+first.ID))
	if !ok {
		t.Fatal("the copy has no tree")
	}
	// A power loss may keep the size and the time of a file, and not its bytes.
	lost := to.path(treesName, tree, "0", "03@.html")
	info, err := os.Stat(lost)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(lost, make([]byte, info.Size()), fileMode), os.Chtimes(lost, info.ModTime(), info.ModTime()),
		os.Truncate(to.path(treesName, tree, "0", "06@.html"), 2)); err != nil {
		t.Fatal(err)
	}
	r, asked, err := copyRelease(to, first)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"/0/03", "/0/06", "/1/07", "/1/10", "/2/02", "/2/05", "/2/08", "/2/11"}; !slices.Equal(asked, want) {
		t.Errorf("asked for %q, want %q", asked, want)
	}
	sameRelease(t, first, r)
}

// TestCopyResumesAmongOthers: between two attempts other releases come, and one that
// is here is damaged.
func TestCopyResumesAmongOthers(t *testing.T) {
	from, to := newStore(t), newStore(t)
	site := dozen()
	if _, _, err := copyRelease(to, publish(t, from, all("app"), site)); err != nil {
		t.Fatal(err)
	}
	// Pages of the earlier attempt that another release has meanwhile.
	site["/0/00"], site["/1/01"] = "other", "other"
	second := publish(t, from, all("app"), site)
	site["/0/00"] = "another"
	third := publish(t, from, all("app"), site)
	suspended(t, to, second, 1)
	if _, _, err := copyRelease(to, third); err != nil {
		t.Fatal(err)
	}
	r, asked, err := copyRelease(to, second)
	if err != nil || len(asked) > 0 {
		t.Errorf("asked for %q: %v", asked, err)
	} else {
		sameRelease(t, second, r)
	}

	// A release whose file is damaged here is no source.
	if err := os.WriteFile(filepath.Join(r.Dir, pagesName, "2", "05@.html"), []byte("x"), fileMode); err != nil {
		t.Fatal(err)
	}
	var corrupt *CorruptError
	if err := r.Whole(t.Context()); !errors.As(err, &corrupt) || !strings.Contains(err.Error(), "/2/05") {
		t.Errorf("a damaged release: %v", err)
	}
	site["/2/02"] = "fourth"
	fourth := publish(t, from, all("app"), site)
	r, asked, err = copyRelease(to, fourth)
	if err != nil || !slices.Equal(asked, []string{"/2/02", "/2/05"}) {
		t.Errorf("asked for %q: %v", asked, err)
	} else {
		sameRelease(t, fourth, r)
	}

	// A copy that nobody goes on with is pruned.
	site["/2/02"] = "fifth"
	suspended(t, to, publish(t, from, all("app"), site), 0)
	if _, err := to.Prune(t.Context(), 9); err != nil {
		t.Fatal(err)
	}
	if list, err := to.listed(copyPrefix); err != nil || len(list) > 0 {
		t.Errorf("left behind: %q, %v", list, err)
	}
	if left := strays(t, to); len(left) > 0 {
		t.Errorf("left in the trees: %q", left)
	}
}
