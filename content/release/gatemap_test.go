//go:build unix

package release

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"icecap/content"
)

// TestGateMap: NGINX finds the list of a release in the current one.
func TestGateMap(t *testing.T) {
	s := newStore(t)
	st := begin(t, s, all("shop"))
	yield(t, st, files{"/": "home", "/list?page=2": "2"})
	css := pageAt(t, "/load.php?modules=a&only=styles", "a{}")
	css.MediaType = "text/css"
	if err := st.Page(css); err != nil {
		t.Fatal(err)
	}
	if err := st.Redirect(content.Redirect{From: key(t, "/old").Path, To: "/new", Code: 301}); err != nil {
		t.Fatal(err)
	}
	r := commit(t, st)
	const want = "\"/load.php?modules=a&only=styles\" css;\n\">/old\" \"301 /old\";\n\"=/old\" \"/new\";\n"
	text, err := os.ReadFile(filepath.Join(s.Dir(), "current", "gate.map"))
	if err != nil || string(text) != want {
		t.Errorf("gate.map: %v, %q, want %q", err, text, want)
	}
	if m, err := r.GateMap(); err != nil || m.String() != want {
		t.Errorf("the release's gate map: %v, %v", m, err)
	}
	next := publish(t, s, content.Scope{Source: "shop", Keys: []content.Key{key(t, "/")}}, files{"/": "another home"})
	if m, err := next.GateMap(); err != nil || m.String() != want {
		t.Errorf("the gate map of a release that takes all over: %v, %v", m, err)
	}
	if err := os.WriteFile(filepath.Join(r.Dir, "gate.map"), []byte("include /etc/passwd;\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var corrupt *CorruptError
	if _, err := r.GateMap(); !errors.As(err, &corrupt) {
		t.Errorf("an altered gate map: %v", err)
	}
	if err := os.Remove(filepath.Join(r.Dir, "gate.map")); err != nil {
		t.Fatal(err)
	}
	if m, err := r.GateMap(); err != nil || m.Len() != 0 {
		t.Errorf("a release without a gate map: %v, %v", m, err)
	}
}

// TestTakeBack: a skip of a page that was given before takes it back.
func TestTakeBack(t *testing.T) {
	s := newStore(t)
	st := begin(t, s, all("shop"))
	yield(t, st, files{"/": "home", "/a/list": "1", "/a/list?page=2": "2"})
	for _, url := range []string{"/a/list?page=2", "/never", "/no%zz"} {
		if err := st.Skip(content.Skip{URL: url, Reason: "unstyled"}); err != nil {
			t.Fatal(err)
		}
	}
	r := commit(t, st)
	site, err := r.Site()
	if err != nil || len(site.Entries) != 2 || len(site.Skips) != 3 {
		t.Errorf("%d pages, %d skips, %v", len(site.Entries), len(site.Skips), err)
	}
	if _, err := os.Stat(filepath.Join(r.Dir, "p", "a", "list@page=2.html")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its file is still there: %v", err)
	}
	// A page that is linked from the release before can be taken back as well.
	st = begin(t, s, all("shop"))
	yield(t, st, files{"/": "home", "/a/list": "1"})
	if err := st.Skip(content.Skip{URL: "/a/list", Reason: "unstyled"}); err != nil {
		t.Fatal(err)
	}
	if site, err := commit(t, st).Site(); err != nil || len(site.Entries) != 1 {
		t.Errorf("%d pages, %v", len(site.Entries), err)
	}
	if _, err := os.Stat(filepath.Join(r.Dir, "p", "a", "list@.html")); err != nil {
		t.Errorf("the file of the release before: %v", err)
	}
	// What was taken back leaves a folder, which nothing is shared over.
	publish(t, s, all("shop"), files{"/": "home", "/a/list": "1"})
	st = begin(t, s, all("shop"))
	yield(t, st, files{"/": "home", "/a/list": "1", "/a/new": "2"})
	if len(st.Summary().Skips) != 0 || st.Summary().Pages != 3 {
		t.Errorf("before: %+v", st.Summary())
	}
	if err := st.Skip(content.Skip{URL: "/a/new", Reason: "unstyled"}); err != nil {
		t.Fatal(err)
	}
	yield(t, st, files{"/b": "3"})
	if site, err := commit(t, st).Site(); err != nil || len(site.Entries) != 3 {
		t.Errorf("%d pages, %v", len(site.Entries), err)
	}
}
