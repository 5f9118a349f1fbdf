package preview

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"icecap/content"
	"icecap/render"
	"icecap/render/watch"
)

// A memory is a site made from nothing.
type memory struct {
	mu        sync.Mutex
	pages     map[string]content.Page
	redirects []content.Redirect
}

func (m *memory) Page(p content.Page) error {
	p.Body = bytes.Clone(p.Body)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pages[p.URL()] = p
	return nil
}
func (m *memory) Redirect(r content.Redirect) error            { m.redirects = append(m.redirects, r); return nil }
func (m *memory) Keep(content.Key, *content.Stale) error       { return errors.New("nothing to keep") }
func (m *memory) Skip(content.Skip) error                      { return nil }
func (m *memory) Done(content.Key) bool                        { return false }
func (m *memory) Entry(content.Key) (e content.Entry, ok bool) { return e, false }
func (m *memory) Open(content.Key) (r io.ReadCloser, err error) {
	return nil, errors.New("nothing kept")
}

// cleanBuild makes the folder's site from nothing.
func (d *desk) cleanBuild() (*memory, error) {
	d.Helper()
	folder, err := d.open()
	if err != nil {
		return nil, err
	}
	snapshot, err := folder.Read(context.Background())
	if err != nil {
		return nil, err
	}
	blog, err := snapshot.Blog(context.Background(), content.Site{})
	if err != nil {
		return nil, err
	}
	m := &memory{pages: map[string]content.Page{}}
	return m, blog.Run(context.Background(), m, m)
}

// compare asks the preview for every page of a clean build, and for those that
// are gone. It reports whether there was a clean build.
func (d *desk) compare(step string, gone map[string]bool) bool {
	d.Helper()
	clean, err := d.cleanBuild()
	if err != nil {
		if n := noteOf(d.T, d.ask("/").Body.String()); len(n.Problems) == 0 {
			d.Fatalf("%s: a build ends with %v, which the preview does not show", step, err)
		}
		return false
	}
	for url, page := range clean.pages {
		answer := d.ask(url)
		got := added.ReplaceAll(answer.Body.Bytes(), nil)
		if answer.Code != http.StatusOK || !bytes.Equal(got, page.Body) {
			d.Fatalf("%s: %s is %d, and differs: %s", step, url, answer.Code, firstDifference(got, page.Body))
		}
		gone[url] = true
	}
	for _, r := range clean.redirects {
		if answer := d.ask(r.From.String()); answer.Code != r.Code || answer.Header().Get("Location") != r.To {
			d.Fatalf("%s: %s is %d to %q, not to %q", step, r.From, answer.Code, answer.Header().Get("Location"), r.To)
		}
		gone[r.From.String()] = true
	}
	for url := range gone {
		_, there := clean.pages[url]
		led := slices.ContainsFunc(clean.redirects, func(r content.Redirect) bool { return r.From.String() == url })
		if !there && !led {
			if answer := d.ask(url); answer.Code != http.StatusNotFound {
				d.Fatalf("%s: %s is gone, but answered with %d", step, url, answer.Code)
			}
			delete(gone, url)
		}
	}
	return true
}

func firstDifference(got, want []byte) string {
	at := 0
	for at < min(len(got), len(want)) && got[at] == want[at] {
		at++
	}
	around := func(text []byte) []byte { return text[max(0, min(at, len(text))-60):min(len(text), at+60)] }
	return fmt.Sprintf("it is\n%s\nwant\n%s", around(got), around(want))
}

// TestNeverStale edits, renames, deletes, dates and tags at random, through the
// real watcher, and after each step compares every page with a clean build: in a
// vault, where titles decide where links lead, and in a folder without wikilinks.
func TestNeverStale(t *testing.T) {
	for _, wikilinks := range []string{"on", "off"} {
		t.Run("wikilinks "+wikilinks, func(t *testing.T) {
			t.Parallel() // most of the time goes by while a check waits for quiet
			neverStale(t, wikilinks)
		})
	}
}

func neverStale(t *testing.T, wikilinks string) {
	d := newDesk(t)
	d.settings.WarnLinks = true // a deleted post would stop all builds until nobody links to it
	d.settings.Backlinks, d.settings.Wikilinks = true, wikilinks
	d.forms = &drawer{forms: map[string][]byte{}}
	writer := &writer{desk: d, rand: rand.New(rand.NewPCG(6, 2024)), photos: []string{photoFile(t, 1), photoFile(t, 2), photoFile(t, 3)}}
	writer.photos = append(writer.photos, writer.photos[0][:20000]) // cut short
	writer.theme()
	for range 25 {
		writer.create()
	}
	ctx, cancel := context.WithCancel(context.Background())
	batches := make(chan watch.Batch)
	done := make(chan error)
	go func() { done <- (&watch.Watcher{Dir: d.dir}).Run(ctx, batches) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	<-batches
	d.update()
	gone := map[string]bool{}
	steps := 150
	if testing.Short() { // under the race detector
		steps = 40
	}
	compared, short, retitled, rethemed := 0, 0, 0, 0
	for step := range steps {
		before := d.server.blog
		did := writer.step(step)
		// Events come in order: with this one, all before it have come. It is one
		// event, because the file is renamed to its place.
		last := "zz.md"
		if strings.HasPrefix(did[0], "theme") {
			last = "theme/zz.html"
		}
		d.write(last+".tmp", fmt.Sprintf("# Last\n\nStep %d.\n", step))
		if err := os.Rename(filepath.Join(d.dir, last+".tmp"), filepath.Join(d.dir, last)); err != nil {
			t.Fatal(err)
		}
		for seen := false; !seen; {
			b := <-batches
			if _, err := d.server.Update(ctx, noon, render.Changes{Names: b.Names, All: b.All}); err != nil {
				t.Fatal(err)
			}
			seen = b.All || slices.Contains(b.Names, last)
		}
		d.check()
		if d.compare(fmt.Sprintf("step %d (%s)", step, strings.Join(did, "; ")), gone) {
			compared++
		}
		if d.server.blog == before {
			short++
			if slices.ContainsFunc(did, func(what string) bool { return strings.HasPrefix(what, "retitle") }) {
				retitled++
			}
			if strings.HasPrefix(did[0], "theme") {
				rethemed++
			}
		}
	}
	if compared < steps/2 || short < steps/10 || wikilinks == "off" && retitled < steps/20 || rethemed < steps/20 {
		t.Errorf("of %d states, %d could be built, and %d went the short way, of which %d had another title, and %d another theme", steps, compared, short, retitled, rethemed)
	}
}
