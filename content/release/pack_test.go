//go:build unix

package release

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"icecap/content"
)

// TestPack: what is too small, compressed already or noise has nothing beside it.
func TestPack(t *testing.T) {
	noise := make([]byte, 4000)
	rand.NewChaCha8([32]byte{}).Read(noise)
	words := []byte(strings.Repeat("a page of words, and more words. ", 100))
	tests := []struct {
		url, media   string
		body         []byte
		gzip, brotli bool
	}{
		{"/page", "text/html", words, true, true},
		{"/page", "text/html", words[:minPacked], true, true},
		{"/page", "text/html", words[:minPacked-1], false, false},
		{"/page", "text/html", nil, false, false},
		{"/page", "text/html", noise, false, false},
		{"/api", "application/json", words, true, true},
		{"/style.css", "text/css", words, true, true},
		{"/app.3f9a1c2b.js", "text/javascript", words, true, true},
		{"/logo.svg", "image/svg+xml", words, true, true},
		{"/photo.jpg", "image/jpeg", words, false, false},
		{"/font.woff2", "font/woff2", words, false, false},
	}
	for _, test := range tests {
		media, _ := content.MediaFor(test.media)
		p := &page{key: key(t, test.url)}
		got, err := pack(p, media, test.body)
		if err != nil || (got.gzip != nil) != test.gzip || (got.brotli != nil) != test.brotli {
			t.Errorf("%s, %d bytes: gzip %d, brotli %d, %v", test.url, len(test.body), len(got.gzip), len(got.brotli), err)
		}
		again, err := pack(p, media, test.body)
		if err != nil || !bytes.Equal(got.gzip, again.gzip) || !bytes.Equal(got.brotli, again.brotli) {
			t.Errorf("%s: the same body gives other bytes", test.url)
		}
	}
}

// TestBeside follows the files beside a page through the releases: a page that
// stays keeps them, in a shared folder as well as in one that changed; one that
// changes gets others; one that goes takes them along.
func TestBeside(t *testing.T) {
	s := newStore(t)
	long := func(word string) string { return strings.Repeat(word+" ", 500) }
	publish(t, s, all("app"), files{"/a/one": long("one"), "/a/two": long("two"), "/b/three": long("three"), "/small": "x"})
	inode := func(name string) os.FileInfo {
		t.Helper()
		info, err := os.Stat(filepath.Join(s.path(currentName, pagesName), name))
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	names := []string{"a/one@.html.gz", "a/one@.html.br", "b/three@.html.gz"}
	var was []os.FileInfo
	for _, name := range names {
		was = append(was, inode(name))
	}
	second := publish(t, s, all("app"), files{"/a/one": long("one"), "/a/two": long("2"), "/b/three": long("three")})
	for i, name := range names {
		if !os.SameFile(was[i], inode(name)) {
			t.Errorf("%s is another file, though its page is the same", name)
		}
	}
	if _, err := verify(second); err != nil {
		t.Error(err)
	}
	// A damaged one is made anew.
	if err := os.WriteFile(filepath.Join(second.Dir, pagesName, "a/one@.html.gz"), []byte("broken"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := verify(publish(t, s, all("app"), files{"/a/one": long("one"), "/a/two": long("2"), "/b/three": long("three")})); err != nil {
		t.Error(err)
	}
}

// TestHot: a page that is asked for often is compressed as well as can be, from the
// moment that this is known, and from then on, also where a later run does not know it;
// another host does the same.
func TestHot(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	s := newStore(t)
	entryOf := func(hot bool, body string) (*Release, content.Entry) {
		t.Helper()
		st := begin(t, s, all("app"))
		if err := st.Page(content.Page{Key: key(t, "/"), MediaType: "text/html", Body: []byte(body), Hot: hot}); err != nil {
			t.Fatal(err)
		}
		r := commit(t, st)
		site, err := verify(r)
		if err != nil {
			t.Fatal(err)
		}
		return r, site.Entries[0]
	}
	_, cold := entryOf(false, string(text))
	first, hot := entryOf(true, string(text))
	if cold.Hot || !hot.Hot || hot.Brotli*100 > cold.Brotli*95 || !hot.Modified.After(cold.Modified) {
		t.Errorf("cold %+v, hot %+v", cold, hot)
	}
	if _, again := entryOf(true, string(text)); !reflect.DeepEqual(again, hot) {
		t.Errorf("again %+v, want %+v", again, hot)
	}
	if _, unknown := entryOf(false, string(text)); !reflect.DeepEqual(unknown, hot) {
		t.Errorf("by a run that does not know: %+v, want %+v", unknown, hot)
	}
	if _, changed := entryOf(false, "<p>"+string(text)); !changed.Hot || changed.Brotli > hot.Brotli+20 {
		t.Errorf("changed %+v", changed)
	}
	copied, _, err := copyRelease(newStore(t), first)
	if err != nil {
		t.Fatal(err)
	}
	sameRelease(t, first, copied)
}

// TestCopies: a copy for when the app fails has a name of its own, and the page
// of a status is one. What was a page and becomes a copy is a new file.
func TestCopies(t *testing.T) {
	s := newStore(t)
	publish(t, s, all("app"), files{"/news": "news", "/": "home"})
	st := begin(t, s, all("app"))
	for _, p := range []content.Page{
		{Key: key(t, "/news"), MediaType: "text/html", Body: []byte("news"), Fallback: true},
		{Key: key(t, "/"), MediaType: "text/html", Body: []byte("home")},
		{Key: content.StatusKey(410), MediaType: "text/html", Body: []byte("gone"), Fallback: true},
	} {
		if err := st.Page(p); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range []content.Redirect{{From: key(t, "/old").Path, Code: 410}, {From: key(t, "/older").Path, To: "/", Code: 301}} {
		if err := st.Redirect(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := st.Redirect(content.Redirect{From: key(t, "/bad").Path, Code: 410, To: "/"}); err == nil {
		t.Error("what is gone leads somewhere")
	}
	r := commit(t, st)
	site, err := verify(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range site.Entries {
		if want := e.URL() != "/"; e.Fallback != want {
			t.Errorf("%s: copy %v", e.URL(), e.Fallback)
		}
	}
	for _, name := range []string{"news@!.html", "@!410.html", "@.html"} {
		if _, err := os.Stat(filepath.Join(r.Dir, pagesName, name)); err != nil {
			t.Error(err)
		}
	}
	m, err := r.GateMap()
	if err != nil || len(m.Redirects) != 2 || m.Redirects[0].Code != 410 {
		t.Errorf("gate map %+v, %v", m.Redirects, err)
	}
}
