//go:build unix

package release

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"icecap/content"
)

// only is the scope of a run that replaces a few pages.
func only(t testing.TB, urls ...string) content.Scope {
	scope := content.Scope{Source: "app", Keys: []content.Key{}}
	for _, url := range urls {
		scope.Keys = append(scope.Keys, key(t, url))
	}
	return scope
}

// layout describes the pages of a release: a shared folder as "folder -> tree",
// a file by its name.
func layout(t testing.TB, r *Release) []string {
	t.Helper()
	var list []string
	tree, ok := treeOf(r.Dir)
	if !ok {
		t.Fatalf("release %s has no tree", r.ID)
	}
	top := filepath.Join(filepath.Dir(filepath.Dir(r.Dir)), treesName, tree)
	err := filepath.WalkDir(top, func(name string, d fs.DirEntry, err error) error {
		path := strings.TrimPrefix(name, top+"/")
		switch {
		case err != nil || d.IsDir():
			return err
		case d.Type() == fs.ModeSymlink:
			target, err := os.Readlink(name)
			other, ok := linkedTree(target, path)
			if !ok {
				t.Errorf("%s leads to %s", name, target)
			}
			list = append(list, path+" -> "+other)
			return err
		}
		list = append(list, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// strays lists the files of all trees that no release leads to.
func strays(t testing.TB, s *Store) []string {
	t.Helper()
	list, err := s.Releases()
	if err != nil {
		t.Fatal(err)
	}
	reached := map[string]bool{}
	var follow func(dir string)
	follow = func(dir string) {
		dir, err := filepath.EvalSymlinks(dir)
		if err != nil {
			t.Fatal(err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			name := filepath.Join(dir, e.Name())
			reached[name] = true
			if e.IsDir() || e.Type() == fs.ModeSymlink {
				follow(name)
			}
		}
	}
	for _, r := range list {
		follow(filepath.Join(r.Dir, pagesName))
	}
	var found []string
	err = filepath.WalkDir(s.path(treesName), func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !reached[name] {
			found = append(found, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func wantLayout(t *testing.T, r *Release, want ...string) {
	t.Helper()
	if got := layout(t, r); !slices.Equal(got, want) {
		t.Errorf("%s holds %q\nwant %q", r.ID, got, want)
	}
}

// A release shares the folders in which nothing changed.
func TestSharedFolders(t *testing.T) {
	s := newStore(t)
	site := files{"/": "1", "/a/x": "1", "/a/y": "1", "/a/deep/z": "1", "/a-b/x": "1", "/b/": "1", "/c/x": "1"}
	first := publish(t, s, all("app"), site)
	wantLayout(t, first, "@.html", "a/deep/z@.html", "a/x@.html", "a/y@.html", "a-b/x@.html", "b/@.html", "c/x@.html")

	second := publish(t, s, only(t, "/a/x"), files{"/a/x": "2"})
	site["/a/x"] = "2"
	wantSite(t, s, site)
	wantLayout(t, second, "@.html", "a/deep -> 000001", "a/x@.html", "a/y@.html", "a-b -> 000001", "b -> 000001", "c -> 000001")
	if !sameFile(t, diskPath(t, first, "/a/y"), diskPath(t, second, "/a/y")) {
		t.Error("an unchanged page in a changed folder is not a hard link")
	}

	// What is shared is shared again, from where it really lies.
	third := publish(t, s, only(t, "/b/", "/c/x"), files{"/b/": "3"})
	site["/b/"] = "3"
	delete(site, "/c/x")
	wantSite(t, s, site)
	wantLayout(t, third, "@.html", "a -> 000002", "a-b -> 000001", "b/@.html")

	// A whole run that finds all but one page unchanged shares as well.
	st := begin(t, s, all("app"))
	site["/"] = "4"
	site["/b/new"] = "4"
	for _, url := range slices.Sorted(maps.Keys(site)) {
		if url == "/a/y" {
			if err := st.Keep(key(t, url), nil); err != nil {
				t.Fatal(err)
			}
		} else if err := st.Page(pageAt(t, url, site[url])); err != nil {
			t.Fatal(err)
		}
	}
	fourth := commit(t, st)
	wantSite(t, s, site)
	wantLayout(t, fourth, "@.html", "a -> 000002", "a-b -> 000001", "b/@.html", "b/new@.html")

	for i, r := range []*Release{first, second, third, fourth} {
		if _, err := verify(r); err != nil {
			t.Error(err)
		}
		if _, err := s.Rollback(t.Context(), r.ID); err != nil {
			t.Error(err)
		}
		if got := published(t, s)["/"]; got != map[bool]string{true: "4", false: "1"}[i == 3] {
			t.Errorf("after the rollback to %s / is %q", r.ID, got)
		}
		dir := filepath.Join(t.TempDir(), "export")
		done, err := r.Export(t.Context(), dir)
		if err != nil || done.Files != len(bodies(t, r)) {
			t.Errorf("exported %d files: %v", done.Files, err)
		}
	}
}

// However often which level changes, a file is reached by few links.
func TestChainOfLinks(t *testing.T) {
	s := newStore(t)
	const levels = 30
	site, url := files{}, "/"
	for range levels {
		site[url] = "1"
		url += "d/"
	}
	r := publish(t, s, all("app"), site)
	// The deepest first: each release then shares a folder that holds a link.
	for depth := levels - 1; depth >= 0; depth-- {
		url := "/" + strings.Repeat("d/", depth)
		site[url] = "2"
		r = publish(t, s, only(t, url), files{url: "2"})
	}
	wantSite(t, s, site)
	deepest := filepath.Join(s.path(currentName, pagesName), strings.Repeat("d/", levels-1), "@.html")
	if body, err := os.ReadFile(deepest); string(body) != "2" { // through the kernel, as NGINX does
		t.Errorf("the deepest page holds %q: %v", body, err)
	}
	if _, err := s.Prune(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := verify(r); err != nil {
		t.Error(err)
	}
	if left := strays(t, s); len(left) > 0 {
		t.Errorf("left in the trees: %q", left)
	}
}

// Pruning deletes what no release leads to any more, and nothing else.
func TestPruneShared(t *testing.T) {
	s := newStore(t)
	site := files{}
	for i := range 60 {
		site[fmt.Sprintf("/%d/%d/%d", i%3, i%4, i)] = "0"
	}
	publish(t, s, all("app"), site)
	for i := 1; i <= 12; i++ {
		url := fmt.Sprintf("/%d/%d/%d", i%3, i%4, i)
		site[url] = fmt.Sprint(i)
		publish(t, s, only(t, url), files{url: site[url]})
		if i%4 == 0 {
			if _, err := s.Prune(t.Context(), 2); err != nil {
				t.Fatal(err)
			}
			if left := strays(t, s); len(left) > 0 {
				t.Errorf("after release %d there is left: %q", i, left)
			}
			list, err := s.Releases()
			if err != nil || len(list) != 2 {
				t.Fatalf("%d releases: %v", len(list), err)
			}
			for _, r := range list {
				if _, err := verify(r); err != nil {
					t.Error(err)
				}
			}
		}
	}
	wantSite(t, s, site)
	if _, err := s.Rollback(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	site["/0/0/12"] = "0"
	wantSite(t, s, site)
	// The rolled back from release is pruned, and then its tree.
	publish(t, s, only(t, "/1/1/1"), files{"/1/1/1": "x"})
	publish(t, s, only(t, "/1/1/1"), files{"/1/1/1": "y"})
	if _, err := s.Prune(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	site["/1/1/1"] = "y"
	wantSite(t, s, site)
	if left := strays(t, s); len(left) > 0 {
		t.Errorf("there is left: %q", left)
	}
}

// A discarded stage leaves no tree, a dead one does until the next Open, and
// neither takes a tree of a release with it.
func TestTreesOfDeadStages(t *testing.T) {
	s := newStore(t)
	publish(t, s, all("app"), files{"/a/x": "1", "/b/x": "1"})
	publish(t, s, only(t, "/a/x"), files{"/a/x": "2"})
	st := begin(t, s, all("app"))
	yield(t, st, files{"/c": "3"})
	st.Discard()
	if names, err := s.listTrees(); err != nil || !slices.Equal(names, []string{"000001", "000002"}) {
		t.Errorf("trees after Discard: %q: %v", names, err)
	}
	for stage, target := range map[string]string{
		".stage-1": pagesLink("000007"), ".stage-2": pagesLink("000001"), ".stage-3": "../../trees/../releases", ".stage-4": pagesLink("000009"),
	} {
		dir := s.path(releasesName, stage)
		if err := errors.Join(os.Mkdir(dir, 0o755), os.Symlink(target, filepath.Join(dir, pagesName))); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(s.path(treesName, "000007", "d"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(s.dir); err != nil {
		t.Fatal(err)
	}
	if names, err := s.listTrees(); err != nil || !slices.Equal(names, []string{"000001", "000002"}) {
		t.Errorf("trees after Open: %q: %v", names, err)
	}
	if left := leftovers(t, s); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
	wantSite(t, s, files{"/a/x": "2", "/b/x": "1"})
}

// Somebody altered what releases share.
func TestDamagedSharedFolder(t *testing.T) {
	replace := func(name, target string) error { return errors.Join(os.RemoveAll(name), os.Symlink(target, name)) }
	for _, test := range []struct {
		name   string
		damage func(trees string) error
		lost   string // the page that cannot be taken over; "" where all can
	}{
		{"a page removed", func(trees string) error { return os.Remove(trees + "/000001/b/x@.html") }, "/b/x"},
		{"a page edited", func(trees string) error { return os.WriteFile(trees+"/000001/b/x@.html", []byte("X"), 0o644) }, "/b/x"},
		{"a link for a page", func(trees string) error { return replace(trees+"/000001/b/x@.html", "/etc/passwd") }, "/b/x"},
		{"a link to another page", func(trees string) error { return replace(trees+"/000001/b/x@.html", "../a/x@.html") }, "/b/x"},
		{"a tree removed", func(trees string) error { return os.RemoveAll(trees + "/000001") }, "/b/"},
		{"a shared folder led elsewhere", func(trees string) error { return replace(trees+"/000002/b", "/etc") }, "/b/"},
		{"a shared folder led to another URL", func(trees string) error { return replace(trees+"/000002/b", "../000001/c") }, "/b/"},
		{"a link for a folder below", func(trees string) error { return replace(trees+"/000001/b/sub", "../c") }, "/b/sub/y"},
		{"a file planted", func(trees string) error { return os.WriteFile(trees+"/000001/b/evil@.html", nil, 0o644) }, ""},
		{"a file planted on the way", func(trees string) error { return os.WriteFile(trees+"/000001/b/deep/evil@.html", nil, 0o644) }, ""},
		{"a folder planted", func(trees string) error { return os.MkdirAll(trees+"/000001/b/deep/evil/er", 0o755) }, ""},
		{"a file planted in a folder", func(trees string) error {
			return errors.Join(os.Mkdir(trees+"/000001/b/deep/evil", 0o755), os.WriteFile(trees+"/000001/b/deep/evil/x@.html", nil, 0o644))
		}, ""},
		{"a link planted", func(trees string) error { return os.Symlink("/etc/passwd", trees+"/000001/b/evil@.html") }, ""},
		{"a folder's link planted", func(trees string) error { return os.Symlink("/etc", trees+"/000001/b/sub/evil") }, ""},
		{"a loop planted", func(trees string) error { return os.Symlink("../../000002/b/loop", trees+"/000001/b/loop") }, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStore(t)
			site := files{"/a/x": "1", "/b/": "1", "/b/x": "1", "/b/sub/y": "1", "/b/deep/er/z": "1", "/c/x": "1", "/c/y": "1"}
			publish(t, s, all("app"), site)
			second := publish(t, s, only(t, "/a/x"), files{"/a/x": "2"})
			if err := test.damage(s.path(treesName)); err != nil {
				t.Fatal(err)
			}
			st := begin(t, s, only(t, "/a/x"))
			yield(t, st, files{"/a/x": "3"})
			r, err := st.Commit(context.Background())
			var corrupt *CorruptError
			if test.lost == "" {
				if err != nil {
					t.Fatal(err)
				}
				site["/a/x"] = "3"
				wantSite(t, s, site) // and nothing else
				return
			}
			if !errors.As(err, &corrupt) || !strings.Contains(err.Error(), "page "+test.lost+" ") {
				t.Fatalf("Commit: %v, %v, want a CorruptError that names %s", r, err, test.lost)
			}
			st.Discard()
			if _, err := verify(second); err == nil {
				t.Error("the damaged release verifies")
			}
			// A whole run mends it.
			site["/a/x"] = "3"
			publish(t, s, all("app"), site)
			wantSite(t, s, site)
		})
	}
}

// What the links of shared folders may hold.
func TestLinkedTree(t *testing.T) {
	for _, path := range []string{"a", "a/b", "a/b/c d/é"} {
		if tree, ok := linkedTree(linkTo("000012", path), path); tree != "000012" || !ok {
			t.Errorf("the link of %s leads to %q, %v", path, tree, ok)
		}
	}
	for _, target := range []string{
		"", "/etc", "../000001/b", "../../000001/a", "../000001/a/", "../000001/a/b", "../x/a", "../000001", "000001/a",
		"../../trees/000001/a", "../000001/../a", "../releases/a", "../1/a", "../000001//a", "./../000001/a",
	} {
		if tree, ok := linkedTree(target, "a"); ok {
			t.Errorf("the link %q leads to the tree %s", target, tree)
		}
	}
}
