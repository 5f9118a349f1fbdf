//go:build unix

package release

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"icecap/content"
)

// goldenManifest is the format that other programs read with jq.
const goldenManifest = `{"icecap":1,"clock":1800000000,"created":"2027-01-15T08:00:00Z","pages":3,"redirects":1,"skips":2}
{"page":{"path":"/","type":"text/html","size":4,"sha256":"4ea140588150773ce3aace786aeef7f4049ce100fa649c94fbbddb960f1da942","modified":"2027-01-15T08:00:00Z","source":"app","version":"W/\"<1>\"","origin":"http://app/"}}
{"page":{"path":"/blog/","variant":"page=2","type":"text/html","size":1,"sha256":"2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881","modified":"2027-01-15T08:00:00Z","source":"app","origin":"http://app/blog/?page=2"}}
{"page":{"path":"/caf%C3%A9","type":"application/json","size":2,"sha256":"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","modified":"2027-01-15T08:00:00Z","source":"app"}}
{"redirect":{"from":"/old","to":"/","code":301,"source":"app"}}
{"skip":{"url":"//odd","reason":"path","detail":"has an empty segment","source":"app"}}
{"skip":{"url":"/cart","reason":"private","detail":"caf�","from":"/","cookies":["session"],"source":"app"}}
`

func TestManifestGolden(t *testing.T) {
	s := newStore(t)
	s.now = func() time.Time { return time.Unix(1_800_000_000, 5e8) }
	st := begin(t, s, all("app"))
	home := pageAt(t, "/", "home")
	home.Version, home.MediaType = `W/"<1>"`, "Text/HTML; charset=utf-8"
	for _, err := range []error{
		st.Page(pageAt(t, "/blog/?page=2", "x")),
		st.Page(home),
		st.Page(content.Page{Key: key(t, "/café"), MediaType: "application/json", Body: []byte("{}")}),
		st.Skip(content.Skip{URL: "/cart", Reason: "private", Detail: "caf\xe9", From: "/", Cookies: []string{"session"}}),
		st.Skip(content.Skip{URL: "//odd", Reason: "path", Detail: "has an empty segment"}),
		st.Redirect(content.Redirect{From: key(t, "/old").Path, To: "/", Code: 301}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	r := commit(t, st)
	text, err := os.ReadFile(filepath.Join(r.Dir, manifestName))
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != goldenManifest {
		t.Errorf("the manifest is\n%s\nwant\n%s", text, goldenManifest)
	}
	if want := "000001-e91837a5"; r.ID != want {
		t.Errorf("the release is %s, want %s", r.ID, want)
	}
}

// badManifests are damages to goldenManifest; they seed the fuzz test, too.
var badManifests = []struct{ name, old, new string }{
	{"another hash", `"size":4,`, `"size":5,`},
	{"an unknown format", `"icecap":1`, `"icecap":2`},
	{"an unknown field", `"icecap":1`, `"icecap":1,"x":1`},
	{"a clock out of range", `"clock":1800000000`, `"clock":9223372036854775807`},
	{"a missing page", `"pages":3`, `"pages":4`},
	{"a count below nothing", `"pages":3`, `"pages":-3`},
	{"a path that leaves the folder", `"path":"/"`, `"path":"/../../etc/passwd"`},
	{"a path that is not canonical", `"path":"/"`, `"path":"relative"`},
	{"no path", `"path":"/",`, ``},
	{"a type that is not in the list", `"type":"application/json"`, `"type":"application/x-shockwave-flash"`},
	{"a type by another name", `"type":"text/html"`, `"type":"TEXT/HTML"`},
	{"a short hash", `"sha256":"4ea1`, `"sha256":"`},
	{"a long hash", `"sha256":"4ea1`, `"sha256":"004ea1`}, // once a panic
	{"a hash that is none", `"sha256":"4ea1`, `"sha256":"zzzz`},
	{"a size below nothing", `"size":4`, `"size":-4`},
	{"half a second", `"modified":"2027-01-15T08:00:00Z","source":"app","version"`, `"modified":"2027-01-15T08:00:00.5Z","source":"app","version"`},
	{"a page twice", `"path":"/caf%C3%A9","type":"application/json"`, `"path":"/","type":"application/json"`},
	{"pages out of order", `"path":"/blog/","variant":"page=2"`, `"path":"/zoo"`},
	{"a redirect to a script", `"to":"/"`, `"to":"javascript:x"`},
	{"an empty line", "\n{\"redirect\"", "\n\n{\"redirect\""},
	{"a line that is two", `{"skip":{"url":"//odd"`, `{"page":null} {"skip":{"url":"//odd"`},
	{"a line of nothing", `{"redirect":`, `{"nothing":`},
	{"garbage", `{"redirect":`, "\x00\xff"},
	{"no end", "\"source\":\"app\"}}\n{\"skip\"", "\"source\":\"app\"}}"},
}

func TestCorruptManifest(t *testing.T) {
	check := func(t *testing.T, damage func(name string) error) {
		t.Helper()
		s := newStore(t)
		s.now = func() time.Time { return time.Unix(1_800_000_000, 0) }
		good := publish(t, s, all("app"), files{"/": "one"})
		r := publish(t, s, all("app"), files{"/": "two"})
		if err := damage(filepath.Join(r.Dir, manifestName)); err != nil {
			t.Fatal(err)
		}
		ctx := context.Background()
		var corrupt *CorruptError
		_, site := r.Site()
		_, stage := s.Stage(ctx, all("app"))
		_, export := r.Export(ctx, filepath.Join(t.TempDir(), "export"))
		for name, err := range map[string]error{"Site": site, "Stage": stage, "Export": export} {
			if !errors.As(err, &corrupt) || corrupt.Release != r.ID || !strings.Contains(corrupt.Hint(), "icecap rollback") {
				t.Errorf("%s: %v, want a CorruptError that names %s", name, err, r.ID)
			}
		}
		// The way out, and it is no way back.
		if _, err := s.Rollback(ctx, ""); err != nil {
			t.Fatal(err)
		}
		wantSite(t, s, files{"/": "one"})
		if _, err := s.Rollback(ctx, r.ID); !errors.As(err, &corrupt) {
			t.Errorf("Rollback to it: %v, want a CorruptError", err)
		}
		if now, err := s.Current(); err != nil || now.ID != good.ID {
			t.Errorf("current is %v: %v", now, err)
		}
		publish(t, s, all("app"), files{"/": "three"})
		wantSite(t, s, files{"/": "three"})
	}
	t.Run("missing", func(t *testing.T) { check(t, os.Remove) })
	t.Run("empty", func(t *testing.T) {
		check(t, func(name string) error { return os.Truncate(name, 0) })
	})
	t.Run("cut", func(t *testing.T) {
		check(t, func(name string) error { return os.Truncate(name, 150) })
	})
	for _, test := range badManifests {
		t.Run(test.name, func(t *testing.T) {
			if !strings.Contains(goldenManifest, test.old) {
				t.Fatalf("the golden manifest has no %q", test.old)
			}
			text := strings.Replace(goldenManifest, test.old, test.new, 1)
			check(t, func(name string) error { return os.WriteFile(name, []byte(text), 0o644) })
			// Also where the name was made to fit.
			if _, _, err := readManifest(strings.NewReader(text)); (err == nil) != (test.name == "another hash") {
				t.Errorf("the reader says %v", err)
			}
		})
	}
}

// FuzzManifest: the reader takes only what the writer could have written.
func FuzzManifest(f *testing.F) {
	f.Add([]byte(goldenManifest))
	for _, test := range badManifests {
		f.Add([]byte(strings.Replace(goldenManifest, test.old, test.new, 1)))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, _, err := readManifest(bytes.NewReader(text))
		if err != nil {
			return
		}
		write := func(m *manifest) ([]byte, []byte) {
			var out bytes.Buffer
			h := m.header
			h.Pages, h.Redirects, h.Skips = len(m.pages), len(m.redirects), len(m.skips)
			w, err := newWriter(&out, h)
			for i := range m.pages {
				m.pages[i].file() // panics if it has none
				err = errors.Join(err, w.page(&m.pages[i]))
			}
			sum, endErr := w.end(m.redirects, m.skips)
			if err := errors.Join(err, endErr); err != nil {
				t.Fatalf("write what was read: %v", err)
			}
			return out.Bytes(), sum
		}
		first, sum := write(m)
		again, readSum, err := readManifest(bytes.NewReader(first))
		if err != nil {
			t.Fatalf("read what was written: %v\n%s", err, first)
		}
		if second, _ := write(again); !bytes.Equal(first, second) || !bytes.Equal(sum, readSum) {
			t.Fatalf("written twice, it differs:\n%s\n%s", first, second)
		}
		m.site("x")
	})
}

func TestIDs(t *testing.T) {
	sum, _ := hex.DecodeString("3f9a1c2b00")
	for number, want := range map[int64]string{1: "000001-3f9a1c2b", 999999: "999999-3f9a1c2b", 1000000: "1000000-3f9a1c2b"} {
		id := newID(number, sum)
		if got, ok := parseID(id); id != want || !ok || got != number {
			t.Errorf("release %d is %s, which is %d, %v", number, id, got, ok)
		}
	}
	for _, id := range []string{"", "1-3f9a1c2b", "000001", "000001-3F9A1C2B", "000001-3f9a1c2", ".stage-000001", "000001-3f9a1c2b/", "0000000000000000000000001-3f9a1c2b"} {
		if _, ok := parseID(id); ok {
			t.Errorf("%q is a release", id)
		}
	}
	ids := []string{"1000000-00000000", "000002-00000000", "999999-ffffffff", "000010-00000000"}
	slices.SortFunc(ids, compareIDs)
	if want := []string{"000002-00000000", "000010-00000000", "999999-ffffffff", "1000000-00000000"}; !slices.Equal(ids, want) {
		t.Errorf("by age: %q", ids)
	}
}
