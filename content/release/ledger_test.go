//go:build unix

package release

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"icecap/content"
)

// awkward are URLs whose order, or spelling in a manifest, is easy to get wrong.
var awkward = []string{
	"/", "/a", "/a-b/x", "/a/", "/a/b", "/a/b?page=10", "/a/b?page=2", "/a/b/c", "/a0", "/a~", "/a b", "/a'b", "/a&b", "/café", "/caff", "/a@b/c",
	"/.well-known/x", "/é/é", "/A", "/b/" + strings.Repeat("long-", 45),
}

// wantHeld compares a manifest that is held in memory with one that stays on disk.
func wantHeld(t *testing.T, r *Release, l *ledger) {
	t.Helper()
	held, err := r.holdLedger()
	if err != nil {
		t.Fatal(err)
	}
	defer held.close()
	if len(held.held) != l.Pages || l.held != nil {
		t.Fatalf("%d and %d of %d pages are held", len(held.held), len(l.held), l.Pages)
	}
	var lines []string
	if err := held.eachPage(func(line *lineRead) error {
		lines = append(lines, line.file+" "+string(line.text))
		line.page.carried++ // which changes only what was given
		return nil
	}); err != nil {
		t.Error(err)
	}
	if err := l.eachPage(func(line *lineRead) error {
		if want := line.file + " " + string(line.text); lines[0] != want {
			t.Errorf("a line is held as %s, want %s", lines[0], want)
		}
		lines = lines[1:]
		p, ok, err := held.find(line.page.key)
		if err != nil || !ok || !reflect.DeepEqual(*p, line.page) {
			t.Errorf("found %+v, %v, %v, want %+v", p, ok, err, line.page)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	if p, ok, err := held.find(key(t, "/zzz")); ok || err != nil {
		t.Errorf("found %+v: %v", p, err)
	}
}

// manyMarks are pages enough for a manifest of many marks, and odd ones.
func manyMarks() files {
	site := files{}
	for i := range 400 {
		site[fmt.Sprintf("/many/%d/%d", i%20, i)] = fmt.Sprint(i)
	}
	for _, url := range awkward {
		site[url] = url
	}
	return site
}

// A page is found where it is in a manifest of many marks, and nothing else is.
func TestLedger(t *testing.T) {
	s := newStore(t)
	r := publish(t, s, all("app"), manyMarks())
	l, err := r.openLedger()
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	if len(l.marks) < 10 {
		t.Fatalf("there are %d marks", len(l.marks))
	}
	full, err := r.Site()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range full.Entries {
		p, ok, err := l.find(want.Key)
		if err != nil || !ok || !reflect.DeepEqual(p.entry(), want) {
			t.Errorf("found %+v, %v, %v, want %+v", p, ok, err, want)
		}
	}
	for _, url := range []string{"/0", "/a/b?page=1", "/a/b?page=3", "/a/bb", "/many", "/many/0", "/many/0/", "/zzz", "/caf", "/b/long-", "/a?path=1"} {
		if p, ok, err := l.find(key(t, url)); ok || err != nil {
			t.Errorf("%s: found %+v: %v", url, p, err)
		}
	}
	for _, folder := range []string{"a", "a/b", "a-b", "many", "many/7", "é", "b", "none", "0", "~", "many/7/7"} {
		var got, want []string
		err := l.below(folder, func(line *lineRead) error { got = append(got, line.page.key.URL()); return nil })
		for _, e := range full.Entries {
			if strings.HasPrefix(e.Path.Decoded(), "/"+folder+"/") {
				want = append(want, e.URL())
			}
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("below %s: %q, %v, want %q", folder, got, err, want)
		}
	}
	wantHeld(t, r, l)
}

// A sample is of pages of the site, in their order and from all of it.
func TestSample(t *testing.T) {
	s := newStore(t)
	r := publish(t, s, all("app"), manyMarks())
	full, err := r.Site()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 1, 7, 20, 100000} {
		sample, err := r.Sample(n)
		if err != nil || len(sample.Entries) > n || len(sample.Entries) < min(n, 20) || sample.ID != r.ID || !sample.Created.Equal(full.Created) {
			t.Errorf("a sample of %d has %d: %v", n, len(sample.Entries), err)
		}
		at := -1
		for _, e := range sample.Entries {
			next := slices.IndexFunc(full.Entries, func(f content.Entry) bool { return reflect.DeepEqual(f, e) })
			if next <= at || n == 20 && next > at+60 {
				t.Errorf("of a sample of %d, page %d follows page %d", n, next, at)
			}
			at = next
		}
		if n == 100000 && !reflect.DeepEqual(sample.Entries, full.Entries) {
			t.Error("the sample of all is another site")
		}
	}
	if sample, err := publish(t, s, only(t), nil).Sample(5); err != nil || len(sample.Entries) != 5 {
		t.Errorf("a sample has %d: %v", len(sample.Entries), err)
	}
	st := begin(t, s, all("app")) // more skips than pages
	yield(t, st, files{"/": "1"})
	for i := range 300 {
		if err := st.Skip(content.Skip{URL: fmt.Sprintf("/skip/%d", i), Reason: "private"}); err != nil {
			t.Fatal(err)
		}
	}
	if sample, err := commit(t, st).Sample(20); err != nil || len(sample.Entries) != 1 {
		t.Errorf("a sample has %d: %v", len(sample.Entries), err)
	}
}

// Summary is Site without the pages, for any scope.
func TestSummary(t *testing.T) {
	s := newStore(t)
	site := files{"/app.3f9a1c2b.css": "body{}", "/sub/app.3f9a1c2b.js": "1"}
	for _, url := range awkward {
		site[url] = url
	}
	publish(t, s, all("blog"), files{"/blog": "blog"})
	publish(t, s, all("app"), site)
	some := slices.Sorted(maps.Keys(site))[:12]
	for name, scope := range map[string]content.Scope{
		"all": all("app"), "a prefix": {Source: "app", Prefix: "/a"}, "another": all("docs"),
		"keys": only(t, append(some, "/new", "/blog", "/sub/app.3f9a1c2b.js")...), "no keys": only(t),
	} {
		st := begin(t, s, scope)
		for i, url := range []string{"/a", "/a/b", "/new"} {
			if st.replaces("app", key(t, url)) && i != len(name)%3 {
				yield(t, st, files{url: "changed"})
			}
		}
		if err := st.Skip(content.Skip{URL: "/x", Reason: "private"}); err != nil {
			t.Fatal(err)
		}
		want, got := st.Site(), st.Summary()
		bytes := int64(0)
		for _, e := range want.Entries {
			bytes += e.Size
		}
		if got.Pages != len(want.Entries) || got.Bytes != bytes || len(got.Skips) != len(want.Skips) {
			t.Errorf("%s: %d pages of %d bytes, want %d of %d", name, got.Pages, got.Bytes, len(want.Entries), bytes)
		}
		if err := st.Check(Limits{AllowShrink: true}); err != nil && len(st.staged) > 0 {
			t.Error(err)
		}
		r := commit(t, st)
		after, err := verify(r)
		if err != nil || !reflect.DeepEqual(after.Entries, want.Entries) {
			t.Errorf("%s: published %d pages, want those that Site had: %v", name, len(after.Entries), err)
		}
		if _, err := s.Rollback(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
	}
}

// FuzzPageLine: what the fast reader takes, encoding/json reads alike, and the
// fast writer writes what encoding/json does.
func FuzzPageLine(f *testing.F) {
	for line := range strings.Lines(goldenManifest) {
		f.Add([]byte(line))
	}
	for _, test := range badManifests {
		for line := range strings.Lines(strings.Replace(goldenManifest, test.old, test.new, 1)) {
			f.Add([]byte(line))
		}
	}
	good := strings.Split(goldenManifest, "\n")[1] + "\n"
	for _, change := range []struct{ old, new string }{
		{`"size":4`, `"size":04`}, {`"size":4`, `"size":-0`}, {`"size":4`, `"size":99999999999999999999`}, {`"size":4`, `"size":4e0`},
		{`"source":"app"`, `"source":""`}, {`"source":"app"`, "\"source\":\"\x7f\xff\u2028\""}, {`"source":"app"`, `"source":"\u0041"`},
		{`T08:00:00Z`, `T8:00:00.0Z`}, {`T08:00:00Z`, `T08:00:00+01:00`}, {`2027-01-15`, `2027-02-30`}, {`2027`, `9999`}, {`2027`, `1969`},
		{`"path":"/"`, `"path":"/a%2Fb"`}, {`"path":"/"`, `"path":"/%41"`}, {`"path":"/"`, `"path":"//"`}, {`"path":"/"`, `"path":"/x.css"`},
		{`}}`, `,"carried":2}}`}, {`}}`, `,"carried":-2}}`}, {`}}`, `}} `},
		{`}}`, `,"cookies":["a","b"]}}`}, {`}}`, `,"cookies":["a"],"carried":2}}`}, {`}}`, `,"cookies":[]}}`}, {`}}`, `,"cookies":["a";"b"]}}`},
		{`}}`, `,"cookies":["","a;b"]}}`}, {`}}`, `,"cookies":["\u0061"}}`}, {`"type":`, `"variant":"-","type":`},
	} {
		f.Add([]byte(strings.Replace(good, change.old, change.new, 1)))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		fast, file, ok := parsePage(text, newNames())
		var in line
		err := decode(text, &in)
		if err == nil && (in.Page == nil || in.Redirect != nil || in.Skip != nil) {
			err = errors.New("no page")
		}
		var slow page
		if err == nil {
			slow, err = pageOf(in.Page)
		}
		if ok && (err != nil || fast != slow || file != slow.file()) {
			t.Fatalf("read %+v in %s, want %+v: %v", fast, file, slow, err)
		}
		if err != nil {
			return
		}
		var want bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		entry := slow.entry()
		if err := enc.Encode(line{Page: &entry}); err != nil {
			t.Fatal(err)
		}
		if got := appendPage(nil, &slow); !bytes.Equal(got, want.Bytes()) {
			t.Fatalf("wrote %s\nwant  %s", got, want.Bytes())
		}
	})
}

// TestPublished: what a source has in the current release, and nothing of the others; a
// store remembers the manifest for its next stage, but not longer than it is current.
func TestPublished(t *testing.T) {
	s := newStore(t)
	if site, err := s.Published("blog"); err != nil || site.ID != "" || len(site.Entries) > 0 {
		t.Fatalf("an empty store has %+v: %v", site, err)
	}
	publish(t, s, content.Scope{Source: "shop"}, files{"/": "home"})
	blog := content.Scope{Source: "blog", Prefix: "/blog/"}
	publish(t, s, blog, files{"/blog/a": "one", "/blog/app.3f9a1c2b.css": "style"})
	first, err := s.Published("blog")
	if err != nil || len(first.Entries) != 2 {
		t.Fatalf("the blog has %+v: %v", first, err)
	}
	kept := s.held
	st := begin(t, s, blog)
	if st.old != kept {
		t.Error("the stage reads the manifest again")
	}
	yield(t, st, files{"/blog/a": "two"})
	if err := st.Redirect(content.Redirect{From: key(t, "/blog/b").Path, To: "/blog/a", Code: 301}); err != nil {
		t.Fatal(err)
	}
	r := commit(t, st)
	second, err := s.Published("blog")
	if err != nil || second.ID != r.ID || len(second.Redirects) != 1 {
		t.Fatalf("the blog has %+v in %s: %v", second, r.ID, err)
	}
	if len(second.Entries) != 1 || second.Entries[0].SHA256 == first.Entries[0].SHA256 {
		t.Errorf("the blog has %+v, want the new page without the carried style sheet", second.Entries)
	}
}
