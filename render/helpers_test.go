package render

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"icecap/content"
)

// noon is the clock of the tests.
var noon = time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC)

// files makes a folder from names and texts.
func files(pairs ...string) fstest.MapFS {
	folder := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		folder[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1]), ModTime: noon}
	}
	return folder
}

// A built is a site in memory: sink of one run, and the previous release of the next.
type built struct {
	mu        sync.Mutex
	before    *built
	pages     map[content.Key]content.Page
	kept      int
	redirects []content.Redirect
	skipped   []content.Skip
	met       func(content.Page) // or nil
}

func (s *built) Page(p content.Page) error {
	p.Body = bytes.Clone(p.Body)
	if _, err := p.File(p.MediaType); err != nil {
		return err
	}
	if s.met != nil {
		s.met(p)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, twice := s.pages[p.Key]; twice {
		return errors.New("a second page for " + p.URL())
	}
	s.pages[p.Key] = p
	return nil
}

func (s *built) Keep(key content.Key, _ *content.Stale) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages[key] = s.before.pages[key]
	s.kept++
	return nil
}

func (s *built) Redirect(r content.Redirect) error {
	s.redirects = append(s.redirects, r)
	return nil
}

func (s *built) Skip(skip content.Skip) error {
	if skip.Reason != "gone" {
		return errors.New("a folder skips nothing but forms of pictures")
	}
	s.skipped = append(s.skipped, skip)
	return nil
}

func (s *built) Entry(key content.Key) (content.Entry, bool) {
	p, ok := s.pages[key]
	return content.Entry{Key: p.Key, MediaType: p.MediaType, Version: p.Version, Origin: p.Origin}, ok
}

func (s *built) Open(content.Key) (io.ReadCloser, error) { return nil, errors.New("not asked for") }
func (s *built) Done(content.Key) bool                   { return false }

// site is what a release says of it.
func (s *built) site() (site content.Site) {
	for key := range s.pages {
		e, _ := s.Entry(key)
		site.Entries = append(site.Entries, e)
	}
	slices.SortFunc(site.Entries, func(x, y content.Entry) int { return x.Key.Compare(y.Key) })
	site.Redirects = s.redirects
	return site
}

func (s *built) urls() []string {
	var urls []string
	for key := range s.pages {
		urls = append(urls, key.URL())
	}
	slices.Sort(urls)
	return urls
}

// body is a page's text; the test ends if there is no such page.
func (s *built) body(t *testing.T, url string) string {
	t.Helper()
	for key, p := range s.pages {
		if key.URL() == url {
			return string(p.Body)
		}
	}
	t.Fatalf("there is no page %s, but %s", url, strings.Join(s.urls(), " "))
	return ""
}

// run builds a folder on top of an earlier site, which may be nil.
func run(f *Folder, before *built) (*built, *Blog, error) {
	if f.Now.IsZero() {
		f.Now = noon
	}
	if before == nil {
		before = &built{}
	}
	snapshot, err := f.Read(context.Background())
	if err != nil {
		return nil, nil, err
	}
	blog, err := snapshot.Blog(context.Background(), before.site())
	if err != nil {
		return nil, nil, err
	}
	after := &built{before: before, pages: map[content.Key]content.Page{}}
	return after, blog, blog.Run(context.Background(), before, after)
}

// build builds a folder from nothing, without a mistake.
func build(t *testing.T, folder fstest.MapFS, change ...func(*Settings)) *built {
	t.Helper()
	f := &Folder{FS: folder}
	for _, c := range change {
		c(&f.Settings)
	}
	site, _, err := run(f, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	return site
}

// describe is all that is wrong.
func describe(err error) string {
	var problems Problems
	if !errors.As(err, &problems) {
		return err.Error()
	}
	var lines []string
	for _, p := range problems {
		lines = append(lines, p.At()+": "+p.What+" ["+p.Excerpt+"] "+p.Hint)
	}
	return strings.Join(lines, "\n")
}

// same compares two sites page by page.
func same(t *testing.T, got, want *built) {
	t.Helper()
	if g, w := got.urls(), want.urls(); !slices.Equal(g, w) {
		t.Fatalf("the pages are %v, want %v", g, w)
	}
	for _, key := range slices.SortedFunc(maps.Keys(want.pages), content.Key.Compare) {
		if g, w := got.pages[key], want.pages[key]; !bytes.Equal(g.Body, w.Body) {
			t.Errorf("%s differs:\n%s\nwant\n%s", key.URL(), g.Body, w.Body)
		}
	}
	if !slices.Equal(got.redirects, want.redirects) {
		t.Errorf("redirects are %v, want %v", got.redirects, want.redirects)
	}
}

// saysAgain builds a folder twice, the second time from the site and the written cache of
// the first, so that no text is looked at again: the warnings of both are the same, and
// these texts are in them.
func saysAgain(t *testing.T, f *Folder, wants ...string) {
	t.Helper()
	first, before := "", (*built)(nil)
	for range 2 {
		site, blog, err := run(f, before)
		if err != nil {
			t.Fatal(describe(err))
		}
		said := describe(blog.Warnings())
		for _, want := range wants {
			if !strings.Contains(said, want) {
				t.Errorf("%s is not in\n%s", want, said)
			}
		}
		if first != "" {
			if said != first {
				t.Errorf("the second build says\n%s\nthe first\n%s", said, first)
			}
			if n := blog.learned.Load(); n > 0 {
				t.Errorf("the second build looked at %d texts", n)
			}
			return
		}
		var cache strings.Builder
		if _, err := blog.Cache().WriteTo(&cache); err != nil {
			t.Fatal(err)
		}
		first, before, f.Cache = said, site, ReadCache(cache.String())
	}
}
