package bucket

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"icecap/content"
	"icecap/content/release"
	"icecap/content/release/bucket/s3test"
)

// s3 starts a server, and opens a folder of its bucket.
func s3(t *testing.T) (*s3test.Server, *Bucket) {
	t.Helper()
	server, err := s3test.Start(t.TempDir())
	if errors.Is(err, s3test.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	return server, open(t, "s3://bucket/shop", server.Env())
}

func open(t *testing.T, address string, env map[string]string) *Bucket {
	t.Helper()
	b, err := Open(address, func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func newStore(t *testing.T) *release.Store {
	t.Helper()
	s, err := release.Open(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// publish freezes a site: bodies by URL, style sheets among them.
func publish(t *testing.T, s *release.Store, site map[string]string, redirects ...content.Redirect) *release.Release {
	t.Helper()
	st, err := s.Stage(t.Context(), content.Scope{Source: "app"})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Discard()
	for _, url := range slices.Sorted(maps.Keys(site)) {
		raw, query, _ := strings.Cut(url, "?")
		path, err := content.ParsePath(raw)
		if err != nil {
			t.Fatal(err)
		}
		media := "text/html"
		if strings.HasSuffix(raw, ".css") {
			media = "text/css"
		}
		err = st.Page(content.Page{Key: content.Key{Path: path, Variant: query}, MediaType: media, Body: []byte(site[url]), Origin: "http://app" + url})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range redirects {
		if err := st.Redirect(r); err != nil {
			t.Fatal(err)
		}
	}
	r, err := st.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// pages are the bodies of a release, and their times, as a visitor gets them.
func pages(t *testing.T, r *release.Release) map[string]string {
	t.Helper()
	site, err := r.Site()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, e := range site.Entries {
		body, err := readBody(r, e)
		if err != nil {
			t.Fatal(err)
		}
		f, err := r.Open(e)
		if err != nil {
			t.Fatal(err)
		}
		info, err := f.Stat()
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		all[e.URL()] = info.ModTime().UTC().String() + " " + string(body)
	}
	return all
}

// pulled is the newest release on a host, which must be the one that was pushed.
func pulled(t *testing.T, s *release.Store, pushed *release.Release) {
	t.Helper()
	list, err := s.Releases()
	if err != nil || len(list) == 0 {
		t.Fatalf("%d releases: %v", len(list), err)
	}
	r := list[len(list)-1]
	if r.ID != pushed.ID || !maps.Equal(pages(t, r), pages(t, pushed)) {
		t.Errorf("pulled %s: %q, want %s: %q", r.ID, pages(t, r), pushed.ID, pages(t, pushed))
	}
}

// TestPushPull: two hosts have what a third one froze, with the same times, and
// only what is new goes over the network.
func TestPushPull(t *testing.T) {
	server, b := s3(t)
	from, first, second := newStore(t), newStore(t), newStore(t)
	site := map[string]string{"/": "home", "/a/x": "x", "/a/y": "x", "/b": "b", "/style.css": "css", "/b?page=2": "b2"}
	r := publish(t, from, site)
	check := func(what string, got Transfer, err error, bodies int64, already bool) {
		t.Helper()
		if err != nil || got.Release != r.ID || got.Bodies != bodies || got.Already != already {
			t.Errorf("%s: %+v, %v, want %d bodies of %s", what, got, err, bodies, r.ID)
		}
	}
	var missing *NotFoundError
	if _, err := b.Pull(t.Context(), first, ""); !errors.As(err, &missing) || !strings.Contains(missing.Hint(), "icecap push") {
		t.Errorf("pull of nothing: %v", err)
	}
	got, err := b.Push(t.Context(), r)
	check("first push", got, err, 5, false) // /a/x and /a/y are the same bytes
	got, err = b.Push(t.Context(), r)
	check("the same push", got, err, 0, true)
	got, err = b.Pull(t.Context(), first, "")
	check("first pull", got, err, 6, false)
	pulled(t, first, r)

	site["/a/x"] = "changed"
	r = publish(t, from, site)
	got, err = b.Push(t.Context(), r)
	check("second push", got, err, 1, false)
	got, err = b.Pull(t.Context(), first, r.ID)
	check("second pull", got, err, 1, false)
	pulled(t, first, r)
	got, err = b.Pull(t.Context(), first, "")
	check("the same pull", got, err, 0, true)
	got, err = b.Pull(t.Context(), second, "")
	check("pull of another host", got, err, 6, false)
	pulled(t, second, r)
	if _, err := second.Current(); !errors.Is(err, release.ErrNoRelease) {
		t.Errorf("a pull published: %v", err)
	}
	if _, err := b.Pull(t.Context(), second, "000009-00000000"); !errors.As(err, &missing) || !strings.Contains(missing.Hint(), r.ID) {
		t.Errorf("pull of what there is not: %v", err)
	}
	// Another folder of the bucket is another world.
	if ids, err := open(t, "s3://bucket/sho", server.Env()).Releases(t.Context()); err != nil || len(ids) > 0 {
		t.Errorf("the folder sho has %q: %v", ids, err)
	}
}

// TestDamagedBucket: bytes that were not sent are not written, and a push mends them.
func TestDamagedBucket(t *testing.T) {
	server, b := s3(t)
	from, to := newStore(t), newStore(t)
	r := publish(t, from, map[string]string{"/": "home", "/x": "x", "/y": "y"})
	if _, err := b.Push(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	var bodies []string
	filepath.WalkDir(filepath.Join(server.Dir, "shop", "bodies"), func(name string, d fs.DirEntry, err error) error {
		if d.Type().IsRegular() {
			bodies = append(bodies, name)
		}
		return err
	})
	if len(bodies) != 3 {
		t.Fatalf("there are %q", bodies)
	}
	for _, damage := range []func(name string) error{
		os.Remove,
		func(name string) error { return os.Truncate(name, 0) },
		func(name string) error { // somebody writes into the bucket
			text, err := os.ReadFile(name)
			name = strings.TrimPrefix(name, filepath.Join(server.Dir, "shop")+"/")
			return errors.Join(err, b.put(t.Context(), name, bytes.NewReader(bytes.Repeat([]byte("?"), len(text))), int64(len(text)), binary))
		},
	} {
		if err := damage(bodies[0]); err != nil {
			t.Fatal(err)
		}
		var damaged *DamagedError
		if _, err := b.Pull(t.Context(), to, ""); !errors.As(err, &damaged) || !strings.Contains(damaged.Hint(), "icecap push "+r.ID) {
			t.Errorf("pull: %v, want a DamagedError", err)
		}
		if list, err := to.Releases(); err != nil || len(list) > 0 {
			t.Errorf("it made a release: %v", err)
		}
		if got, err := b.Push(t.Context(), r); err != nil || !got.Already {
			t.Errorf("push: %+v, %v", got, err)
		}
	}
	if got, err := b.Pull(t.Context(), to, ""); err != nil {
		t.Errorf("pull: %+v, %v", got, err)
	}
	pulled(t, to, r)
	// What is damaged here is not sent.
	r = publish(t, from, map[string]string{"/": "another"})
	if err := os.WriteFile(filepath.Join(r.Dir, "p", "@.html"), []byte("?"), 0o644); err != nil {
		t.Fatal(err)
	}
	var corrupt *release.CorruptError
	if _, err := b.Push(t.Context(), r); !errors.As(err, &corrupt) {
		t.Errorf("push of a damaged release: %v", err)
	}
	if ids, err := b.Releases(t.Context()); err != nil || slices.Contains(ids, r.ID) {
		t.Errorf("it is listed: %q, %v", ids, err)
	}
}

// TestRefusals: each says how to mend it.
func TestRefusals(t *testing.T) {
	for address, env := range map[string]map[string]string{
		"bucket": {}, "s3://": {}, "s3:///x": {}, "s3://b/../x": {}, "http://b/x": {}, "s3://b/x//y": {},
		"s3://b/x": {"AWS_SECRET_ACCESS_KEY": ""},
		"s3://b/y": {"AWS_ENDPOINT_URL": "s3.example.com"},
		"s3://b/z": {"AWS_ENDPOINT_URL_S3": "https://s3.example.com/path"},
	} {
		full := map[string]string{"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
		maps.Copy(full, env)
		var refused *AddressError
		if _, err := Open(address, func(name string) string { return full[name] }); !errors.As(err, &refused) || refused.Hint() == "" {
			t.Errorf("%s: %v, want an AddressError with a hint", address, err)
		}
	}
	server, _ := s3(t)
	r := publish(t, newStore(t), map[string]string{"/": "home"})
	for name, test := range map[string]struct {
		address, hint string
		env           map[string]string
	}{
		"no bucket": {"s3://nothing/x", "make the bucket first", nil},
		"secret":    {"s3://bucket/x", "AWS_ACCESS_KEY_ID", map[string]string{"AWS_SECRET_ACCESS_KEY": "guess"}},
		"nobody":    {"s3://bucket/x", "AWS_ENDPOINT_URL", map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}},
	} {
		env := server.Env()
		maps.Copy(env, test.env)
		var refused *StoreError
		if _, err := open(t, test.address, env).Push(t.Context(), r); !errors.As(err, &refused) || !strings.Contains(refused.Hint(), test.hint) {
			t.Errorf("%s: %v, want a StoreError with a hint", name, err)
		}
	}
}

// TestForeignNames: what somebody else put beside the releases is never the newest.
func TestForeignNames(t *testing.T) {
	_, b := s3(t)
	r := publish(t, newStore(t), map[string]string{"/": "home"})
	if _, err := b.Push(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if err := b.put(t.Context(), manifestOf("production-notes"), strings.NewReader("x"), 1, binary); err != nil {
		t.Fatal(err)
	}
	if ids, err := b.Releases(t.Context()); err != nil || !slices.Equal(ids, []string{r.ID}) {
		t.Errorf("releases: %q, %v", ids, err)
	}
	if _, err := b.Pull(t.Context(), newStore(t), ""); err != nil {
		t.Error(err)
	}
}
