package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"icecap/content"
	"icecap/content/release"
	"icecap/freeze"
)

// A pageReader takes a page and its body, which is valid only during the call
// and may be changed.
type pageReader func(e *content.Entry, body []byte)

// A bodyOf reads one page, into the buffer if it likes.
type bodyOf func(e *content.Entry, buffer []byte) ([]byte, error)

// bodiesOf reads the pages of a release.
func bodiesOf(r *release.Release) bodyOf {
	return func(e *content.Entry, buffer []byte) ([]byte, error) { return readBody(r, e, buffer) }
}

// scanPages reads the wanted pages, several at a time. Every goroutine has a reader
// of its own, made by newReader. Memory is one body per goroutine.
func scanPages(ctx context.Context, bodies bodyOf, entries []content.Entry, wanted func(*content.Entry) bool, newReader func() pageReader) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(entries)) {
		read := newReader()
		workers.Go(func() {
			var body []byte
			for i := next.Add(1) - 1; i < int64(len(entries)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				if !wanted(&entries[i]) {
					continue
				}
				var err error
				if body, err = bodies(&entries[i], body); err != nil {
					stop(err)
					return
				}
				read(&entries[i], body)
			}
		})
	}
	workers.Wait()
	return context.Cause(ctx)
}

// keepBuffer is the largest buffer that is kept for the next page.
const keepBuffer = 1 << 20

// readBody reads one page into the buffer, which grows if it must.
func readBody(r *release.Release, e *content.Entry, buffer []byte) ([]byte, error) {
	file, err := r.Open(*e)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if cap(buffer) > keepBuffer {
		buffer = nil
	}
	buffer = slices.Grow(buffer[:0], int(e.Size)+1)[:e.Size] // a lexer puts a zero byte behind it
	if _, err := io.ReadFull(file, buffer); err != nil {
		return nil, hintedError{err: fmt.Errorf("read page %s of release %s: %w", e.URL(), r.ID, err),
			hint: "the release is damaged: icecap verify, then icecap freeze"}
	}
	return buffer, nil
}

// mayLink reports whether a page can refer to others: whether it is a text.
func mayLink(e *content.Entry) bool {
	m, ok := content.MediaFor(e.MediaType)
	return ok && (m.Text || m.Ext == "json" || m.Ext == "webmanifest")
}

// linksOf are the references of a frozen page, as the crawler reads them.
func linksOf(e *content.Entry, body []byte) []freeze.Link {
	return freeze.Links(freeze.Response{Status: http.StatusOK, Header: http.Header{"Content-Type": {e.MediaType}}, Body: body})
}

// maxLinkers is how many of the pages that link to one URL are named.
const maxLinkers = 20

// linkers are the pages that link to one URL: how many, and the first of them
// in the order of strings.
type linkers struct {
	Pages int      `json:"pages"`
	From  []string `json:"from"`
}

// add counts a page. No page is added twice.
func (l *linkers) add(page string) {
	l.Pages++
	if len(l.From) == maxLinkers && page > l.From[maxLinkers-1] {
		return
	}
	i, _ := slices.BinarySearch(l.From, page)
	l.From = slices.Insert(l.From, i, page)
	l.From = l.From[:min(len(l.From), maxLinkers)]
}

// linkersOf finds the frozen pages that link to one URL. A page that was left
// to the app is not read again: the one that a skip names is counted.
func linkersOf(ctx context.Context, r *release.Release, site *content.Site, at *resolver, url string) (linkers, error) {
	var mu sync.Mutex
	found := linkers{From: []string{}}
	err := scanPages(ctx, bodiesOf(r), site.Entries, mayLink, func() pageReader {
		at := at.clone()
		return func(e *content.Entry, body []byte) {
			page := e.URL()
			for _, l := range linksOf(e, body) {
				if to := at.resolve(page, l.Base, l.URL); to != nil && to.url == url {
					mu.Lock()
					found.add(page)
					mu.Unlock()
					return
				}
			}
		}
	})
	if err != nil {
		return linkers{}, err
	}
	for _, s := range site.Skips {
		if s.URL == url && s.From != "" && !isFrozen(site, s.From) {
			found.add(s.From)
		}
	}
	return found, nil
}

// isFrozen reports whether a URL in the spelling of the manifest has a page.
func isFrozen(site *content.Site, url string) bool {
	return find(site, targetOfURL(url)).entry != nil
}
