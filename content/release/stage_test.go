//go:build unix

package release

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"icecap/content"
)

func TestPublish(t *testing.T) {
	s := newStore(t)
	if published(t, s) != nil {
		t.Fatal("a new store has a site")
	}
	site := files{"/": "home", "/about": "a", "/about/": "b", "/about/team": "c", "/about.html": "d", "/style.css": "e", "/blog/?page=2": "f"}
	r := publish(t, s, all("app"), site)
	wantSite(t, s, site)
	if number, ok := parseID(r.ID); !ok || number != 1 {
		t.Errorf("the first release is %s", r.ID)
	}
	if target, err := os.Readlink(s.path("current")); target != "releases/"+r.ID {
		t.Errorf("current leads to %q: %v", target, err)
	}
	if body, err := os.ReadFile(s.path("current", "p", "about", "team@.html")); string(body) != "c" {
		t.Errorf("the page's file holds %q: %v", body, err)
	}
	e := entry(t, r, "/about")
	if e.Source != "app" || e.Origin != "http://app/about" || e.MediaType != "text/html" || e.Carried != 0 {
		t.Errorf("the entry is %+v", e)
	}
	m, err := r.Site()
	if err != nil || m.ID != r.ID || !m.Complete || time.Since(m.Created) > time.Minute {
		t.Errorf("the site is %s, complete %v, of %v: %v", m.ID, m.Complete, m.Created, err)
	}
}

// NGINX's worker is another user.
func TestModesWhateverTheUmask(t *testing.T) {
	dir := outDir(t)
	if text, ok := output(t, helper(t, "umask", dir)); !ok {
		t.Fatal(text)
	}
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.Type()&os.ModeSymlink != 0 {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := os.FileMode(0o644)
		if d.IsDir() {
			want = 0o755
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has the mode %v, want %v", name, info.Mode().Perm(), want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A run speaks for its scope only.
func TestScopes(t *testing.T) {
	keys := func(urls ...string) []content.Key {
		var list []content.Key
		for _, url := range urls {
			list = append(list, key(t, url))
		}
		return list
	}
	old := map[string]files{
		"app":  {"/": "1", "/shop/a": "1", "/shop/b": "1", "/x.css": "1"},
		"blog": {"/blog/": "1", "/blog/post": "1"},
	}
	for _, test := range []struct {
		name  string
		scope content.Scope
		site  files
		want  files
	}{
		{"a whole source", all("app"), files{"/": "2", "/new": "2"},
			files{"/": "2", "/new": "2", "/blog/": "1", "/blog/post": "1"}},
		{"another source", content.Scope{Source: "blog", Prefix: "/blog/"}, files{"/blog/": "2"},
			files{"/": "1", "/shop/a": "1", "/shop/b": "1", "/x.css": "1", "/blog/": "2"}},
		{"a prefix", content.Scope{Source: "app", Prefix: "/shop/"}, files{"/shop/b": "2"},
			files{"/": "1", "/shop/b": "2", "/x.css": "1", "/blog/": "1", "/blog/post": "1"}},
		{"two keys, one gone", content.Scope{Source: "app", Keys: keys("/", "/shop/a")}, files{"/": "2"},
			files{"/": "2", "/shop/b": "1", "/x.css": "1", "/blog/": "1", "/blog/post": "1"}},
		{"a new source", all("docs"), files{"/docs": "2"},
			files{"/": "1", "/shop/a": "1", "/shop/b": "1", "/x.css": "1", "/blog/": "1", "/blog/post": "1", "/docs": "2"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStore(t)
			publish(t, s, all("app"), old["app"])
			publish(t, s, content.Scope{Source: "blog", Prefix: "/blog/"}, old["blog"])
			st := begin(t, s, test.scope)
			yield(t, st, test.site)
			var preview []string
			for _, e := range st.Site().Entries {
				preview = append(preview, e.URL())
			}
			commit(t, st)
			wantSite(t, s, test.want)
			if want := slices.Sorted(maps.Keys(test.want)); !slices.Equal(preview, want) {
				t.Errorf("the stage's site has %q, want %q", preview, want)
			}
		})
	}
}

// What a stage refuses leaves it as it was.
func TestRefusals(t *testing.T) {
	s := newStore(t)
	publish(t, s, all("app"), files{"/": "1", "/a": "1"})
	st := begin(t, s, content.Scope{Source: "blog", Prefix: "/b"})
	yield(t, st, files{"/b": "x"})
	if err := st.Redirect(content.Redirect{From: key(t, "/b-old").Path, To: "/b", Code: 301}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		err   error
		words []string
	}{
		{"outside the scope", st.Page(pageAt(t, "/c", "x")), []string{"/c", "outside the scope"}},
		{"twice", st.Page(content.Page{Key: key(t, "/b"), MediaType: "text/html", Origin: "posts/b.md:1"}), []string{"/b", "http://app/b", "posts/b.md:1"}},
		{"a page on a redirect", st.Page(pageAt(t, "/b-old", "x")), []string{"/b-old", "a redirect to /b", "http://app/b-old"}},
		{"a redirect on a page", st.Redirect(content.Redirect{From: key(t, "/b").Path, To: "/", Code: 301}), []string{"http://app/b", "a redirect to /"}},
		{"a redirect on a redirect", st.Redirect(content.Redirect{From: key(t, "/b-old").Path, To: "/x", Code: 301}), []string{"a redirect to /b", "a redirect to /x"}},
		{"a redirect outside the scope", st.Redirect(content.Redirect{From: key(t, "/old").Path, To: "/", Code: 301}), []string{"/old", "outside the scope"}},
		{"a redirect to a script", st.Redirect(content.Redirect{From: key(t, "/b1").Path, To: "javascript:alert(1)", Code: 301}), []string{"neither a path"}},
		{"a redirect to another host without a scheme", st.Redirect(content.Redirect{From: key(t, "/b1").Path, To: "//evil.example", Code: 301}), []string{"neither a path"}},
		{"a redirect with a line break", st.Redirect(content.Redirect{From: key(t, "/b1").Path, To: "/x\r\nSet-Cookie: a", Code: 301}), []string{"percent-encoded"}},
		{"a redirect with the code 200", st.Redirect(content.Redirect{From: key(t, "/b1").Path, To: "/x", Code: 200}), []string{"code is 200"}},
		{"an unknown media type", st.Page(content.Page{Key: key(t, "/b2"), MediaType: "application/x-shockwave-flash"}), []string{"application/x-shockwave-flash"}},
		{"keep what never was", st.Keep(key(t, "/b3"), nil), []string{"/b3", "does not have it"}},
		{"keep what is another's", st.Keep(key(t, "/a"), nil), []string{"/a", "does not have it"}},
	} {
		if test.err == nil {
			t.Errorf("%s: no error", test.name)
			continue
		}
		for _, word := range test.words {
			if !strings.Contains(test.err.Error(), word) {
				t.Errorf("%s: %v, want %q in it", test.name, test.err, word)
			}
		}
	}
	commit(t, st)
	wantSite(t, s, files{"/": "1", "/a": "1", "/b": "x"})

	t.Run("two sources, one URL", func(t *testing.T) {
		st := begin(t, s, all("blog"))
		err := st.Page(content.Page{Key: key(t, "/a"), MediaType: "text/html", Origin: "posts/a.md:3"})
		var duplicate *DuplicateError
		if !errors.As(err, &duplicate) || duplicate.First != "http://app/a" || duplicate.Second != "posts/a.md:3" {
			t.Errorf("Page: %v, want a DuplicateError with both origins", err)
		}
		// A redirect is taken over as a page is, and stands in the way like one.
		st.Discard()
		st = begin(t, s, all("app"))
		if err := st.Page(pageAt(t, "/b-old", "x")); !errors.As(err, &duplicate) {
			t.Errorf("Page: %v, want a DuplicateError", err)
		}
	})
}

func TestKeepAndPrevious(t *testing.T) {
	s := newStore(t)
	st := begin(t, s, all("app"))
	if _, ok := st.Previous().Entry(key(t, "/")); ok {
		t.Error("there is a page before the first release")
	}
	page := pageAt(t, "/", "home")
	page.Version, page.Cookies = `W/"1"`, []string{"session", "cart"}
	if err := st.Page(page); err != nil {
		t.Fatal(err)
	}
	yield(t, st, files{"/a": "a"})
	first := commit(t, st)

	st = begin(t, s, all("app"))
	e, ok := st.Previous().Entry(key(t, "/"))
	if !ok || e.Version != `W/"1"` || !reflect.DeepEqual(e, entry(t, first, "/")) || !slices.Equal(e.Cookies, []string{"session", "cart"}) {
		t.Errorf("Previous has %+v, %v", e, ok)
	}
	body, err := st.Previous().Open(key(t, "/"))
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := io.ReadAll(body); string(text) != "home" {
		t.Errorf("Previous opens %q", text)
	}
	body.Close()
	if _, err := st.Previous().Open(key(t, "/none")); err == nil {
		t.Error("Previous opens a page that never was")
	}
	if err := st.Keep(key(t, "/"), nil); err != nil {
		t.Fatal(err)
	}
	var duplicate *DuplicateError
	if err := st.Page(page); !errors.As(err, &duplicate) {
		t.Errorf("Page after Keep: %v, want a DuplicateError", err)
	}
	second := commit(t, st)
	wantSite(t, s, files{"/": "home"})
	if !reflect.DeepEqual(entry(t, second, "/"), entry(t, first, "/")) {
		t.Errorf("kept %+v, was %+v", entry(t, second, "/"), entry(t, first, "/"))
	}
}

// The same pages, yielded in any order by any number of workers, give the same
// lines in the manifest.
func TestSamePagesSameLines(t *testing.T) {
	var want []string
	for run, workers := range []int{1, 2, 8, 16} {
		s := newStore(t)
		s.now = func() time.Time { return time.Unix(1_800_000_000, 0) }
		st := begin(t, s, all("app"))
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				for i := w; i < 400; i += workers {
					url := fmt.Sprintf("/d%d/%d", i%7, i)
					if err := st.Page(pageAt(t, url, url)); err != nil {
						t.Error(err)
					}
					if i%40 == 0 {
						st.Site()
					}
					// Two workers meet one refused URL.
					if err := st.Skip(content.Skip{URL: fmt.Sprintf("/skip/%d", i/2), Reason: "private", From: url}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		r := commit(t, st)
		if _, err := verify(r); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(r.Dir, manifestName))
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(text), "\n")[1:]
		if len(lines) != 400+200+1 {
			t.Fatalf("the manifest has %d lines", len(lines))
		}
		if run == 0 {
			want = lines
		} else if !slices.Equal(lines, want) {
			t.Errorf("%d workers: other lines in the manifest", workers)
		}
	}
}

// Of many workers that bring one URL, exactly one wins.
func TestDuplicateRace(t *testing.T) {
	s := newStore(t)
	st := begin(t, s, all("app"))
	errs := make(chan error)
	for i := range 16 {
		go func() { errs <- st.Page(pageAt(t, "/", fmt.Sprint(i))) }()
	}
	duplicates := 0
	for range 16 {
		var duplicate *DuplicateError
		if err := <-errs; errors.As(err, &duplicate) {
			duplicates++
		} else if err != nil {
			t.Error(err)
		}
	}
	if duplicates != 15 {
		t.Errorf("%d of 16 were duplicates", duplicates)
	}
	if _, err := verify(commit(t, st)); err != nil {
		t.Error(err)
	}
}

// More folders than handles, and a path of many levels.
func TestManyFolders(t *testing.T) {
	s := newStore(t)
	site := files{"/" + strings.Repeat("d/", 400) + "deep": "x"}
	for i := range 3 * maxFolders {
		site[fmt.Sprintf("/%d/%d/", i%9, i)] = "x"
	}
	for range 2 { // written, then linked
		st := begin(t, s, all("app"))
		var wg sync.WaitGroup
		for url, body := range site {
			wg.Go(func() {
				if err := st.Page(pageAt(t, url, body)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if open := len(st.into.open); open > maxFolders+len(site) {
			t.Errorf("%d folders are open", open)
		}
		commit(t, st)
	}
	wantSite(t, s, site)
}

func TestSpentStage(t *testing.T) {
	s := newStore(t)
	st := begin(t, s, all("app"))
	yield(t, st, files{"/": "1"})
	commit(t, st)
	for name, err := range map[string]error{
		"Page":     st.Page(pageAt(t, "/a", "x")),
		"Skip":     st.Skip(content.Skip{URL: "/a"}),
		"Redirect": st.Redirect(content.Redirect{From: key(t, "/a").Path, To: "/", Code: 301}),
		"Check":    st.Check(Limits{}),
	} {
		if err == nil {
			t.Errorf("%s works after Commit", name)
		}
	}
	if _, err := st.Commit(context.Background()); err == nil {
		t.Error("Commit works twice")
	}
	if err := st.Discard(); err != nil {
		t.Errorf("Discard after Commit: %v", err)
	}
	wantSite(t, s, files{"/": "1"})

	st = begin(t, s, all("app"))
	st.Discard()
	if err := st.Page(pageAt(t, "/a", "x")); err == nil {
		t.Error("Page works after Discard")
	}
	if err := st.Discard(); err != nil {
		t.Errorf("Discard twice: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Stage(ctx, all("app")); !errors.Is(err, context.Canceled) {
		t.Errorf("Stage: %v, want that it was cancelled", err)
	}
}
