package freeze

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"icecap/content"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A bag is a sink in memory.
type bag struct {
	mu    sync.Mutex
	pages map[string]content.Page
	skips map[string]content.Skip
	order []string // URLs of the skips as they came
	fail  error    // returned by Page
	kept  map[string]*content.Stale

	damaged string // a URL that cannot be kept

	redirects []string // "FROM CODE TO"
}

func newBag() *bag { return &bag{pages: map[string]content.Page{}, skips: map[string]content.Skip{}} }

func (b *bag) Page(p content.Page) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail != nil {
		return b.fail
	}
	if _, ok := b.pages[p.URL()]; ok {
		return fmt.Errorf("a second page for %s", p.URL())
	}
	if _, err := p.File(p.MediaType); err != nil {
		return err
	}
	p.Body = bytes.Clone(p.Body)
	b.pages[p.URL()] = p
	return nil
}

func (b *bag) Skip(s content.Skip) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.skips[s.URL]; ok {
		return fmt.Errorf("a second skip for %s", s.URL)
	}
	b.skips[s.URL] = s
	delete(b.pages, s.URL) // taken back
	b.order = append(b.order, s.URL)
	return nil
}

func (b *bag) Keep(key content.Key, stale *content.Stale) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.kept == nil {
		b.kept = map[string]*content.Stale{}
	}
	if _, ok := b.kept[key.URL()]; ok {
		return fmt.Errorf("%s was kept before", key.URL())
	}
	if b.damaged == key.URL() {
		b.damaged = ""
		return fmt.Errorf("%s is damaged", key.URL())
	}
	b.kept[key.URL()] = stale
	return nil
}

func (b *bag) Redirect(r content.Redirect) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.redirects = append(b.redirects, fmt.Sprintf("%s %d %s", r.From, r.Code, r.To))
	return nil
}

// frozen are the URLs of the pages, sorted.
func (b *bag) frozen() []string {
	var urls []string
	for url := range b.pages {
		urls = append(urls, url)
	}
	slices.Sort(urls)
	return urls
}

// nothing is the release before the first.
type nothing struct{}

func (nothing) Entry(content.Key) (content.Entry, bool) { return content.Entry{}, false }
func (nothing) Open(content.Key) (io.ReadCloser, error) { return nil, fmt.Errorf("no release") }
func (nothing) Done(content.Key) bool                   { return false }

// routes is a web site: the raw request URI to what answers it.
type routes map[string]http.HandlerFunc

func (r routes) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if handle, ok := r[req.RequestURI]; ok {
		handle(w, req)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	io.WriteString(w, "<p>no such page")
}

// page answers with an HTML page and pairs of headers.
func page(body string, header ...string) http.HandlerFunc {
	return typed("text/html; charset=utf-8", body, header...)
}

func typed(mediaType, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mediaType)
		for i := 0; i < len(header); i += 2 {
			w.Header().Add(header[i], header[i+1])
		}
		io.WriteString(w, body)
	}
}

func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Add(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}

// serve starts a site.
func serve(t testing.TB, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

// crawl runs c against h and wants no error.
func crawlSite(t testing.TB, h http.Handler, c *Crawler) *bag {
	t.Helper()
	b := newBag()
	c.URL = serve(t, h) + c.URL
	if err := c.Run(context.Background(), nothing{}, b); err != nil {
		t.Fatalf("crawl: %v", err)
	}
	return b
}

// reasons are the skips as "URL reason".
func (b *bag) reasons() []string {
	list := []string{}
	for url, s := range b.skips {
		list = append(list, url+" "+s.Reason)
	}
	slices.Sort(list)
	return list
}
