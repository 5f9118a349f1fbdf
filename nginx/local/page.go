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

	coding string // Content-Encoding of the file, "" for the plain bytes
	vary   bool   // there is, or at a page's own URL may be, a compressed file, for this visitor or for others
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

// first is where a page is looked for first: under the type that the release's
// list says, or the path's ending promises, HTML if it promises none.
func (v visit) first() candidate {
	if v.asked.listed.Ext != "" {
		return candidate{v.asked.variant, v.asked.listed}
	}
	return candidate{v.asked.variant, promised(v.path)}
}

// find opens the page, or with a mark the copy, of a visit: in the first place,
// then under the types that may stand anywhere, HTML last.
func (g *Gate) find(v visit, mark string, header http.Header) (page, bool) {
	candidates := []candidate{v.first()}
	if !v.asked.only {
		for _, m := range anywhere[1:] {
			candidates = append(candidates, candidate{v.asked.rest, m})
		}
		candidates = append(candidates, candidate{v.asked.rest, html})
	}
	for i := range candidates {
		candidates[i].variant = mark + candidates[i].variant
	}
	return g.open(strings.TrimPrefix(v.path, "/"), candidates, header)
}

// promised is the media type of the path's ending, as a map of NGINX with
// "hostnames" finds it: letter case and a final dot do not count.
func promised(path string) content.Media {
	path = strings.ToLower(strings.TrimSuffix(path, "."))
	for _, m := range medias {
		for _, suffix := range slices.Concat(m.Suffixes, m.Files) {
			if strings.HasSuffix(path, suffix) {
				return m
			}
		}
	}
	return html
}

// open takes the first of the candidates that is a regular file, or what lies
// compressed beside it. A file that may not be read ends the search, as it does
// where NGINX has chosen it.
func (g *Gate) open(stem string, candidates []candidate, header http.Header) (page, bool) {
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
		name := stem + "@" + c.variant + "." + c.media.Ext
		found, err := openFile(pages, name)
		if errors.Is(err, fs.ErrPermission) {
			return page{}, false
		}
		if err != nil {
			continue
		}
		found.media = c.media
		return g.compressed(pages, name, found, header), true
	}
	return page{}, false
}

// openFile opens a regular file.
func openFile(pages *os.Root, name string) (page, error) {
	// Without waiting, should someone have planted a named pipe.
	file, err := pages.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return page{}, err
	}
	info, err := file.Stat()
	if err == nil && info.Mode().IsRegular() {
		return page{file: file, size: info.Size(), time: info.ModTime().Truncate(time.Second)}, nil
	}
	file.Close()
	return page{}, errors.Join(err, fs.ErrNotExist)
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
	p.varies(h)
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
	if p.coding != "" { // NGINX 1.22 has no ranges of these
		h.Set("Last-Modified", p.time.UTC().Format(http.TimeFormat))
		p.serveAs(w, r, http.StatusOK)
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
	p.varies(h)
	if p.coding != "" {
		h.Set("Content-Encoding", p.coding)
	}
	h.Set("ETag", p.etag())
	h.Set("Content-Type", p.contentType())
	h.Set("Content-Length", strconv.FormatInt(p.size, 10))
	w.WriteHeader(status)
	if r.Method == http.MethodGet {
		p.copy(w, span{0, p.size})
	}
}
