package local

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"icecap/content"
)

// A page is an open file of a release.
type page struct {
	file  *os.File
	size  int64
	time  time.Time // of the file, which is when its bytes were first published
	media content.Media
}

// The lists of package content, copied once.
var (
	medias   = content.MediaTypes()
	html     = medias[0]
	anywhere = slices.DeleteFunc(content.MediaTypes(), func(m content.Media) bool { return !m.Anywhere })
)

// A candidate is one way in which a page may be stored.
type candidate struct {
	variant string
	media   content.Media
}

// find opens the page of a decoded path: first under the type that the release's
// list says, or the path's ending promises, HTML if it promises none; then under
// the types that may stand anywhere, HTML last.
func (g *Gate) find(path string, asked query) (page, bool) {
	first := candidate{asked.variant, promised(path)}
	if asked.listed.Ext != "" {
		first.media = asked.listed
	}
	candidates := []candidate{first}
	if !asked.only {
		for _, m := range anywhere[1:] {
			candidates = append(candidates, candidate{asked.rest, m})
		}
		candidates = append(candidates, candidate{asked.rest, html})
	}
	return g.open(strings.TrimPrefix(path, "/"), candidates)
}

// promised is the media type of the path's ending, as a map of NGINX with
// "hostnames" finds it: letter case and a final dot do not count.
func promised(path string) content.Media {
	path = strings.ToLower(strings.TrimSuffix(path, "."))
	for _, m := range medias {
		for _, suffix := range m.Suffixes {
			if strings.HasSuffix(path, suffix) {
				return m
			}
		}
	}
	return html
}

// open takes the first of the candidates that is a regular file. A file that
// may not be read ends the search, as it does where NGINX has chosen it.
func (g *Gate) open(stem string, candidates []candidate) (page, bool) {
	root, err := os.OpenRoot(g.Server.Root)
	if err != nil {
		return page{}, false
	}
	defer root.Close()
	pages, stem, err := openPages(root, stem)
	if err != nil {
		return page{}, false
	}
	defer pages.Close()
	for _, c := range candidates {
		// Without waiting, should someone have planted a named pipe.
		file, err := pages.OpenFile(stem+"@"+c.variant+"."+c.media.Ext, os.O_RDONLY|syscall.O_NONBLOCK, 0)
		if errors.Is(err, fs.ErrPermission) {
			return page{}, false
		}
		if err != nil {
			continue
		}
		info, err := file.Stat()
		if err == nil && info.Mode().IsRegular() {
			return page{file, info.Size(), info.ModTime().Truncate(time.Second), c.media}, true
		}
		file.Close()
	}
	return page{}, false
}

// openPages opens the folder of pages, as a root of its own: a link among the
// pages must not lead to the manifest. Where p is a link to one of the trees, in
// which releases share folders, that root is all trees, and the stem begins with
// the name of one.
func openPages(root *os.Root, stem string) (*os.Root, string, error) {
	target, err := root.Readlink("current/p")
	if err != nil {
		pages, err := root.OpenRoot("current/p")
		return pages, stem, err
	}
	tree, ok := strings.CutPrefix(target, "../../trees/")
	if !ok || tree == "" || strings.Trim(tree, "0123456789") != "" {
		return nil, "", fs.ErrNotExist
	}
	trees, err := root.OpenRoot("trees")
	return trees, tree + "/" + stem, err
}

// etag is NGINX's: the time and the size in hex (ngx_http_set_etag).
func (p page) etag() string { return fmt.Sprintf(`"%x-%x"`, p.time.Unix(), p.size) }

func (p page) contentType() string {
	if p.media.Text {
		return p.media.Type + "; charset=utf-8"
	}
	return p.media.Type
}

// serve answers a GET or HEAD with the page, a part of it, or the word that
// the visitor has it already.
func (p page) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	switch p.condition(r.Header) {
	case http.StatusPreconditionFailed:
		fail(w, r, http.StatusPreconditionFailed)
		return
	case http.StatusNotModified:
		h.Set("ETag", p.etag())
		h.Set("Last-Modified", p.time.UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusNotModified)
		return
	}
	switch ranges, verdict := p.ranges(r.Header); verdict {
	case unsatisfiable:
		h.Set("Content-Range", "bytes */"+strconv.FormatInt(p.size, 10))
		fail(w, r, http.StatusRequestedRangeNotSatisfiable)
	case partial:
		h.Set("ETag", p.etag())
		h.Set("Last-Modified", p.time.UTC().Format(http.TimeFormat))
		p.servePart(w, r, ranges)
	default:
		h.Set("Last-Modified", p.time.UTC().Format(http.TimeFormat))
		h.Set("Accept-Ranges", "bytes")
		p.serveAs(w, r, http.StatusOK)
	}
}

// serveAs answers with the whole page under a status.
func (p page) serveAs(w http.ResponseWriter, r *http.Request, status int) {
	h := w.Header()
	h.Set("ETag", p.etag())
	h.Set("Content-Type", p.contentType())
	h.Set("Content-Length", strconv.FormatInt(p.size, 10))
	w.WriteHeader(status)
	if r.Method == http.MethodGet {
		p.copy(w, span{0, p.size})
	}
}
