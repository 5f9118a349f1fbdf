//go:build unix

package release

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/molecule-man/go-brrr"

	"icecap/content"
)

// files is a site: bodies by URL.
type files map[string]string

// all is the scope of a source that speaks for the whole site.
func all(source string) content.Scope { return content.Scope{Source: source} }

func newStore(t testing.TB) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func key(t testing.TB, url string) content.Key {
	t.Helper()
	raw, query, _ := strings.Cut(url, "?")
	path, err := content.ParsePath(raw)
	if err != nil {
		t.Fatal(err)
	}
	return content.Key{Path: path, Variant: query}
}

// media guesses a media type from a URL, for tests that do not care.
func media(url string) string {
	for _, m := range content.MediaTypes() {
		if slices.Contains(m.Suffixes, filepath.Ext(url)) {
			return m.Type
		}
	}
	return "text/html"
}

func pageAt(t testing.TB, url, body string) content.Page {
	return content.Page{Key: key(t, url), MediaType: media(url), Body: []byte(body), Origin: "http://app" + url}
}

func begin(t testing.TB, s *Store, scope content.Scope) *Stage {
	t.Helper()
	st, err := s.Stage(context.Background(), scope)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Discard() })
	return st
}

func yield(t testing.TB, st *Stage, site files) {
	t.Helper()
	for _, url := range slices.Sorted(maps.Keys(site)) {
		if err := st.Page(pageAt(t, url, site[url])); err != nil {
			t.Fatal(err)
		}
	}
}

func commit(t testing.TB, st *Stage) *Release {
	t.Helper()
	r, err := st.Commit(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// publish is a whole run of a source.
func publish(t testing.TB, s *Store, scope content.Scope, site files) *Release {
	t.Helper()
	st := begin(t, s, scope)
	yield(t, st, site)
	return commit(t, st)
}

// verify checks a release as a visitor and an auditor would: the manifest
// verifies, every body hashes to what it says, with the size and time it says,
// and no other file is there.
func verify(r *Release) (content.Site, error) {
	site, err := r.Site()
	if err != nil {
		return site, err
	}
	for _, e := range site.Entries {
		if err := verifyEntry(r, e); err != nil {
			return site, err
		}
	}
	want := len(site.Entries)
	for _, e := range site.Entries {
		p, err := pageOf(&e)
		if err != nil {
			return site, err
		}
		want += p.extra()
	}
	count, err := countFiles(filepath.Join(r.Dir, pagesName))
	if err == nil && count != want {
		err = fmt.Errorf("release %s has %d files, not %d, for %d pages", r.ID, count, want, len(site.Entries))
	}
	return site, err
}

// countFiles counts what is below a folder as NGINX sees it: through symbolic
// links, wherever they lead.
func countFiles(dir string) (count int, err error) {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		info, err := os.Stat(name)
		if err != nil {
			return 0, err
		}
		if !info.IsDir() {
			count++
			continue
		}
		below, err := countFiles(name)
		if err != nil {
			return 0, err
		}
		count += below
	}
	return count, err
}

func verifyEntry(r *Release, e content.Entry) error {
	f, err := r.Open(e)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	if n, err := io.Copy(sum, f); err != nil || n != e.Size {
		return fmt.Errorf("page %s of %s has %d bytes, want %d: %v", e.URL(), r.ID, n, e.Size, err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != e.SHA256 {
		return fmt.Errorf("page %s of %s hashes to %s, want %s", e.URL(), r.ID, got, e.SHA256)
	}
	if info, err := f.Stat(); err != nil || !info.ModTime().Equal(e.Modified) {
		return fmt.Errorf("page %s of %s has the time %v, want %v: %v", e.URL(), r.ID, info.ModTime(), e.Modified, err)
	}
	return verifyBeside(r, e)
}

// verifyBeside checks that what lies compressed beside a page is the page.
func verifyBeside(r *Release, e content.Entry) error {
	p, err := pageOf(&e)
	if err != nil {
		return err
	}
	return p.each(p.file(), func(name string, size int64) error {
		f, err := r.open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil || info.Size() != size || !info.ModTime().Equal(e.Modified) {
			return fmt.Errorf("%s of %s has %d bytes, want %d, and the time %v, want %v: %v", name, r.ID, info.Size(), size, info.ModTime(), e.Modified, err)
		}
		var body io.Reader = f
		switch filepath.Ext(name) {
		case gzipSuffix:
			body, err = gzip.NewReader(f)
		case brotliSuffix:
			body = brrr.NewReader(f)
		}
		sum := sha256.New()
		if err == nil {
			_, err = io.Copy(sum, body)
		}
		if got := hex.EncodeToString(sum.Sum(nil)); err != nil || got != e.SHA256 {
			return fmt.Errorf("%s of %s hashes to %s, want %s: %v", name, r.ID, got, e.SHA256, err)
		}
		return nil
	})
}

// published returns the bodies of the published release, after verifying it.
func published(t testing.TB, s *Store) files {
	t.Helper()
	r, err := s.Current()
	if errors.Is(err, ErrNoRelease) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return bodies(t, r)
}

func bodies(t testing.TB, r *Release) files {
	t.Helper()
	site, err := verify(r)
	if err != nil {
		t.Fatal(err)
	}
	got := files{}
	for _, e := range site.Entries {
		f, err := r.Open(e)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		got[e.URL()] = string(body)
	}
	return got
}

func wantSite(t testing.TB, s *Store, want files) {
	t.Helper()
	if got := published(t, s); !maps.Equal(got, want) {
		t.Errorf("published site is %v, want %v", got, want)
	}
}

// entry finds one page of a release.
func entry(t testing.TB, r *Release, url string) content.Entry {
	t.Helper()
	site, err := r.Site()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range site.Entries {
		if e.URL() == url {
			return e
		}
	}
	t.Fatalf("release %s has no page %s", r.ID, url)
	return content.Entry{}
}

func diskPath(t testing.TB, r *Release, url string) string {
	t.Helper()
	e := entry(t, r, url)
	name, err := e.Key.File(e.MediaType)
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(r.Dir, pagesName, filepath.FromSlash(name))
}

// leftovers lists what is in the folder of releases and is none.
func leftovers(t testing.TB, s *Store) []string {
	t.Helper()
	names, err := s.leftovers(true)
	if err != nil {
		t.Fatal(err)
	}
	return names
}
