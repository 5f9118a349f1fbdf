//go:build unix

package release

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"icecap/content"
)

// interrupt begins a run that yields a site and dies, as with signal 9: its locks
// are gone, and nothing else was done. It returns the stage's folders.
func interrupt(t *testing.T, s *Store, site files) (stage, tree string) {
	t.Helper()
	st := begin(t, s, all("app"))
	if err := st.Record("freeze"); err != nil {
		t.Fatal(err)
	}
	yield(t, st, site)
	stage, tree = st.dir.Name(), st.pages
	st.life.Lock()
	defer st.life.Unlock()
	st.close()
	return stage, tree
}

func resume(t *testing.T, s *Store) *Stage {
	t.Helper()
	st, err := s.Resume(context.Background(), all("app"), "freeze")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Discard() })
	return st
}

// TestResume breaks what an interrupted run left in the ways of a kill and of a
// power loss. Whatever is missing is yielded again, and the release is the same.
func TestResume(t *testing.T) {
	const half = 5
	whole, first := files{}, files{}
	for i := range 2 * half {
		url := fmt.Sprintf("/f%d/%d", i%3, i)
		whole[url] = fmt.Sprintf("page %d", i)
		if i < half {
			first[url] = whole[url]
		}
	}
	cases := []struct {
		name  string
		spoil func(stage, tree string) error
		lost  []string // of the first half
	}{
		{"a kill", func(string, string) error { return nil }, nil},
		{"a torn last line", func(stage, _ string) error { return cutEnd(filepath.Join(stage, journalName), 7) }, []string{"/f2/2"}},
		{"zeros at the end of the journal", func(stage, _ string) error {
			return appendTo(filepath.Join(stage, journalName), strings.Repeat("\x00", 100))
		}, nil},
		{"a file that is gone", func(_, tree string) error { return os.Remove(filepath.Join(tree, "f1/1@.html")) }, []string{"/f1/1"}},
		{"an empty file", func(_, tree string) error { return os.Truncate(filepath.Join(tree, "f0/3@.html"), 0) }, []string{"/f0/3"}},
		{"a file that the journal does not name", func(_, tree string) error {
			return errors.Join(os.Mkdir(filepath.Join(tree, "f9"), 0o755), os.WriteFile(filepath.Join(tree, "f9/x@.html"), nil, 0o644))
		}, nil},
		{"a commit that did not end", func(stage, _ string) error {
			return os.WriteFile(filepath.Join(stage, manifestName), []byte("{"), 0o644)
		}, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newStore(t)
			publish(t, s, all("app"), files{"/f9/y": "y", "/f1/1": "an older page"})
			stage, tree := interrupt(t, s, first)
			if err := c.spoil(stage, tree); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(s.dir); err != nil || !s.Interrupted() {
				t.Fatalf("opening the store did not leave the run alone: %v", err)
			}
			st := resume(t, s)
			yieldRest(t, st, whole, c.lost)
			want := files{"/f9/y": "y"}
			if err := st.Page(pageAt(t, "/f9/y", "y")); err != nil {
				t.Fatal(err)
			}
			for url, body := range whole {
				want[url] = body
			}
			r := commit(t, st)
			if _, err := verify(r); err != nil {
				t.Error(err)
			}
			wantSite(t, s, want)
			if s.Interrupted() || len(leftovers(t, s)) > 0 {
				t.Errorf("left behind: %q", leftovers(t, s))
			}
			if _, err := os.Lstat(filepath.Join(r.Dir, journalName)); err == nil {
				t.Error("the release has a journal")
			}
		})
	}
}

// yieldRest does what a source does: it keeps what is there and yields the rest.
func yieldRest(t *testing.T, st *Stage, whole files, lost []string) {
	t.Helper()
	var again []string
	for url, body := range whole {
		k := key(t, url)
		if st.Previous().Done(k) {
			if _, err := st.Previous().Open(k); err != nil {
				t.Error(err)
			}
			if err := st.Keep(k, nil); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := st.Page(pageAt(t, url, body)); err != nil {
			t.Fatal(err)
		}
		again = append(again, url)
	}
	for _, url := range lost {
		if !slices.Contains(again, url) {
			t.Errorf("%s was not yielded again", url)
		}
	}
	if want := len(whole)/2 + len(lost); len(again) != want {
		t.Errorf("%d pages were yielded again, want %d: %q", len(again), want, again)
	}
}

func cutEnd(name string, bytes int64) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	return os.Truncate(name, info.Size()-bytes)
}

func appendTo(name, text string) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// TestResumeChanged: a page that is yielded anew replaces the one that was left,
// and one that is not yielded is in no release. The bytes are verified.
func TestResumeChanged(t *testing.T) {
	s := newStore(t)
	_, tree := interrupt(t, s, files{"/a": "one", "/b": "two", "/c": "three"})
	damage := filepath.Join(tree, "b@.html")
	info, err := os.Stat(damage)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(damage, []byte("TWO"), 0o644), os.Chtimes(damage, info.ModTime(), info.ModTime())); err != nil {
		t.Fatal(err)
	}
	st := resume(t, s)
	if body, err := st.Previous().Open(key(t, "/b")); err == nil {
		t.Errorf("a damaged page is opened: %v", body)
	}
	yield(t, st, files{"/a": "uno", "/b": "two"})
	pages, err := st.Suspend()
	if pages != 3 || err != nil {
		t.Errorf("suspended with %d pages: %v", pages, err)
	}
	st = resume(t, s)
	for _, url := range []string{"/a", "/b"} {
		if err := st.Keep(key(t, url), nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := verify(commit(t, st)); err != nil {
		t.Error(err)
	}
	wantSite(t, s, files{"/a": "uno", "/b": "two"})
}

// TestResumeRefused: only the same run from the same release is gone on with, and
// a run that begins anew deletes what was left, but no other command does.
func TestResumeRefused(t *testing.T) {
	s := newStore(t)
	ctx := context.Background()
	if _, err := s.Resume(ctx, all("app"), "freeze"); err != ErrNothingLeft {
		t.Errorf("resumed nothing: %v", err)
	}
	publish(t, s, all("app"), files{"/": "1"})
	publish(t, s, all("app"), files{"/": "2"})
	interrupt(t, s, files{"/": "3"})
	var refused *ResumeError
	if _, err := s.Resume(ctx, all("app"), "freeze --full"); !errors.As(err, &refused) {
		t.Errorf("other settings: %v", err)
	}
	if _, err := s.Rollback(ctx, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Resume(ctx, all("app"), "freeze"); !errors.As(err, &refused) {
		t.Errorf("another release: %v", err)
	}
	if _, err := s.Prune(ctx, 1); err != nil || !s.Interrupted() {
		t.Errorf("prune: %v, interrupted: %v", err, s.Interrupted())
	}
	st := begin(t, s, all("app"))
	if s.Interrupted() {
		t.Error("a new run left the interrupted one")
	}
	if err := st.Record("freeze"); err != nil {
		t.Fatal(err)
	}
	if pages, err := st.Suspend(); pages != 0 || err != nil || s.Interrupted() {
		t.Errorf("an empty run was kept: %d pages, %v", pages, err)
	}
}

// FuzzJournal: whatever stands in a journal, a run goes on with pages that are
// whole, or not at all.
func FuzzJournal(f *testing.F) {
	f.Add([]byte(""))
	f.Add([]byte("{\"icecap-journal\":1,\"run\":\"freeze\",\"base\":\"\",\"clock\":4000000000}\n{\"page\":{\"path\":\"/a\"}}\n"))
	f.Add([]byte("{\"icecap-journal\":1,\"run\":\"freeze\",\"base\":\"\",\"clock\":4000000000}\n" +
		`{"page":{"path":"/../x","type":"text/html","size":1,"sha256":"` + strings.Repeat("00", 32) + `","modified":"2096-10-02T07:06:40Z"}}` + "\n"))
	f.Add([]byte("{\"icecap-journal\":1,\"run\":\"freeze\",\"base\":\"\",\"clock\":4000000000}\n" +
		`{"page":{"path":"/a","type":"text/html","size":3,"sha256":"` + strings.Repeat("00", 32) + `","modified":"2096-10-02T07:06:40Z","source":"app"}}` + "\n{\"redirect\":{}}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Open(filepath.Join(t.TempDir(), "out"))
		if err != nil {
			t.Fatal(err)
		}
		st, err := s.Stage(context.Background(), all("app"))
		if err != nil {
			t.Fatal(err)
		}
		must(t, st.Record("freeze"), st.Page(pageAt(t, "/a", "one")))
		stage := st.dir.Name()
		if _, err := st.Suspend(); err != nil {
			t.Fatal(err)
		}
		must(t, os.WriteFile(filepath.Join(stage, journalName), text, 0o600))
		st, err = s.Resume(context.Background(), all("app"), "freeze")
		if err != nil {
			return
		}
		defer st.Discard()
		for k := range st.left {
			if _, err := st.Previous().Open(k); err != nil {
				continue // and it is yielded again
			}
			must(t, st.Keep(k, nil))
		}
		must(t, st.Page(pageAt(t, "/last", "z")))
		r, err := st.Commit(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := verify(r); err != nil {
			t.Error(err)
		}
	})
}

// TestList: where the scope is a list, its pages are replaced, new ones come
// beside them, and all else stays as it is.
func TestList(t *testing.T) {
	s := newStore(t)
	st := begin(t, s, all("app"))
	yield(t, st, files{"/a": "a", "/b": "b", "/c": "c"})
	must(t, st.Skip(content.Skip{URL: "/login", Reason: "private", Detail: "old"}), st.Skip(content.Skip{URL: "/new", Reason: "status", Failed: true}),
		st.Redirect(content.Redirect{From: key(t, "/old").Path, To: "/a", Code: 301}))
	commit(t, st)

	st = begin(t, s, content.Scope{Source: "app", Keys: []content.Key{key(t, "/a"), key(t, "/b")}})
	yield(t, st, files{"/a": "A", "/new": "n"})
	must(t, st.Skip(content.Skip{URL: "/login", Reason: "private", Detail: "new"}), st.Skip(content.Skip{URL: "/b", Reason: "status", Detail: "404 Not Found"}),
		st.Redirect(content.Redirect{From: key(t, "/old").Path, To: "/elsewhere", Code: 302}))
	if err := st.Page(pageAt(t, "/c", "C")); err == nil {
		t.Error("a page outside of the list was replaced")
	}
	if err := st.Check(Limits{}); err != nil {
		t.Error(err)
	}
	r := commit(t, st)
	wantSite(t, s, files{"/a": "A", "/new": "n", "/c": "c"})
	site, err := verify(r)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(site.Redirects[0].To)
	for _, skip := range site.Skips {
		got += " " + skip.URL + " " + skip.Detail
	}
	if want := "/a /b 404 Not Found /login old"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}

	st = begin(t, s, content.Scope{Source: "app", Keys: []content.Key{key(t, "/c")}})
	must(t, st.Skip(content.Skip{URL: "/c", Reason: "status", Detail: "410 Gone"}))
	if err := st.Check(Limits{}); err != nil {
		t.Errorf("the only page of a list is gone: %v", err)
	}
	commit(t, st)
	wantSite(t, s, files{"/a": "A", "/new": "n"})
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}
