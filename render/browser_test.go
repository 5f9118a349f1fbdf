package render

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"icecap/content"
	"icecap/render/browsertest"
)

// TestBrowser opens the pages of the default theme in Chromium: nothing that
// axe-core finds, nothing that Lighthouse would, on a screen, a phone and paper,
// with and without scripts, with a mouse and with the keyboard alone.
func TestBrowser(t *testing.T) {
	pages := renderFolder(t, os.DirFS("testdata/notes"), notes())
	server := httptest.NewServer(servePages(pages))
	defer server.Close()
	browsertest.Find(t).Check(t, "check.mjs", server.URL)
}

// TestBrowserLanguages opens pages of a site in three languages, one of them written from
// right to left, with menus in one another.
func TestBrowserLanguages(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/hugo/menus.txtar")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	writeArchive(t, dir, archive)
	server := httptest.NewServer(servePages(renderFolder(t, os.DirFS(dir), Settings{})))
	defer server.Close()
	browsertest.Find(t).Check(t, "check.mjs", server.URL, "/en/posts/one/", "/de/", "/ar/", "/ar/search/")
}

// servePages answers as the gate does: a page, or the page for what is not there.
func servePages(pages map[string]content.Page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, ok := pages[r.URL.EscapedPath()]
		status := http.StatusOK
		if !ok {
			page, status = pages["/404.html"], http.StatusNotFound
		}
		contentType := page.MediaType
		if strings.HasPrefix(contentType, "text/") {
			contentType += "; charset=utf-8"
		}
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		w.Write(page.Body)
	})
}
