package preview

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"icecap/content"
	"icecap/render"
)

//go:embed preview.js
var script []byte

//go:embed worker.js
var worker []byte

// ServeHTTP answers as the gate would with the release, and with the preview's own
// paths below /-/.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.mayAsk(r.Host) {
		http.Error(w, "icecap watch does not answer for the name "+r.Host+"; --public https://"+r.Host+" allows it", http.StatusForbidden)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "a preview only shows", http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	if r.URL.Path == "/-/events" {
		s.serveEvents(w, r)
		return
	}
	s.lobby.enter()
	defer s.lobby.leave()
	switch r.URL.Path {
	case "/-/preview.js":
		serveBytes(w, r, "text/javascript; charset=utf-8", script)
	case "/-/worker.js":
		serveBytes(w, r, "text/javascript; charset=utf-8", worker)
	default:
		s.servePage(w, r)
	}
}

// mayAsk reports whether a host is this machine's, not one that a stranger's DNS
// server made lead here.
func (s *Server) mayAsk(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || net.ParseIP(host) != nil || slices.Contains(s.Hosts, host)
}

func serveBytes(w http.ResponseWriter, r *http.Request, mediaType string, body []byte) {
	w.Header().Set("Content-Type", mediaType)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body)) // ranges, for films
}

// A reply is what is answered for one path.
type reply struct {
	status    int
	mediaType string
	body      []byte
	to        string       // of a redirect
	form      *render.Form // of a picture, which is made when no update waits for it
}

func (s *Server) servePage(w http.ResponseWriter, r *http.Request) {
	answer := s.reply(r.URL.EscapedPath())
	if answer.form != nil {
		answer = s.make(r.Context(), answer.form)
	}
	if answer.to != "" {
		http.Redirect(w, r, answer.to, answer.status)
		return
	}
	if answer.status == http.StatusOK && answer.mediaType != htmlType {
		serveBytes(w, r, contentType(answer.mediaType), answer.body)
		return
	}
	w.Header().Set("Content-Type", contentType(answer.mediaType))
	w.WriteHeader(answer.status)
	_, _ = w.Write(answer.body)
}

// reply makes the answer. It waits for an update that is at work, but no client,
// however slow, keeps an update waiting.
func (s *Server) reply(escaped string) reply {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.blog == nil {
		return s.html(http.StatusInternalServerError, content.Page{}, nil)
	}
	path, err := content.ParsePath(escaped)
	if err == nil {
		if to := s.blog.Redirect(path.Decoded()); to != "" {
			return reply{status: http.StatusMovedPermanently, to: to}
		}
		page, ok, problems := s.page(path)
		switch {
		case ok && page.MediaType == htmlType:
			return s.html(http.StatusOK, page, problems)
		case ok && page.Body == nil && len(problems) > 0:
			return reply{status: http.StatusInternalServerError, mediaType: "text/plain", body: []byte(problems.Error())}
		case ok:
			return reply{status: http.StatusOK, mediaType: page.MediaType, body: page.Body}
		}
	}
	if err == nil {
		if form := s.blog.Form(path); form != nil {
			return reply{form: form}
		}
	}
	if home := s.home(); escaped == "/" && home != "/" {
		return reply{status: http.StatusFound, to: home}
	}
	var missing content.Page
	if path, err := content.ParsePath("/404.html"); err == nil {
		missing, _, _ = s.page(path)
	}
	return s.html(http.StatusNotFound, missing, nil)
}

// make makes a smaller form of a picture. If that turns out to be damaged, pages name
// its forms no more, and browsers are told.
func (s *Server) make(ctx context.Context, form *render.Form) reply {
	page, err := form.Make(ctx)
	if err == nil {
		return reply{status: http.StatusOK, mediaType: page.MediaType, body: page.Body}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() == nil && s.load(context.WithoutCancel(ctx), s.now) == nil {
		s.state.Changed, s.state.Edited = nil, edited{}
		s.tell()
	}
	return reply{status: http.StatusNotFound, mediaType: "text/plain", body: []byte(err.Error())}
}

// home is the path of the front page.
func (s *Server) home() string { return s.snapshot.Settings().Prefix }

// page makes a page, or where it cannot be made, as it was before.
func (s *Server) page(path content.Path) (content.Page, bool, render.Problems) {
	page, ok, err := s.blog.Page(content.Key{Path: path})
	if err == nil {
		return page, ok, nil
	}
	var problems render.Problems
	if !errors.As(err, &problems) {
		problems = render.Problems{{File: s.blog.Mark(path.Decoded()).File, What: err.Error()}}
	}
	if s.good != nil {
		if old, had, err := s.good.Page(content.Key{Path: path}); had && err == nil {
			return old, true, problems
		}
	}
	media, known := path.Promises()
	if !known {
		media.Type = htmlType
	}
	return content.Page{Key: content.Key{Path: path}, MediaType: media.Type}, true, problems
}

const htmlType = "text/html"

func contentType(mediaType string) string {
	if strings.HasPrefix(mediaType, "text/") {
		return mediaType + "; charset=utf-8"
	}
	return mediaType
}

// A note is what a page tells the script about itself.
type note struct {
	state
	File  string `json:"file"`  // that the page was made from
	Badge string `json:"badge"` // "draft", or from when it will be published
}

// html is a page with the script in it; without a page, with nothing else.
func (s *Server) html(status int, page content.Page, problems render.Problems) reply {
	n := note{state: s.state}
	n.Changed, n.Problems = nil, s.mistakes(problems)
	if s.blog != nil && page.Path.String() != "" {
		mark := s.blog.Mark(page.Path.Decoded())
		n.File = mark.File
		switch {
		case mark.Draft:
			n.Badge = "draft"
		case !mark.Publish.IsZero():
			n.Badge = "from " + mark.Publish.Format("2 Jan 2006 15:04 MST")
		}
	}
	if len(page.Body) == 0 && status == http.StatusOK {
		status = http.StatusInternalServerError
	}
	return reply{status: status, mediaType: htmlType, body: inject(page.Body, n)}
}

// inject puts the note and the script before the end of the body.
func inject(body []byte, n note) []byte {
	data, err := json.Marshal(n) // escapes <, so that it cannot end the element
	if err != nil {
		panic(err) // texts and numbers
	}
	added := slices.Concat([]byte(`<script type="application/json" id="icecap-preview">`), data, []byte(`</script><script src="/-/preview.js"></script>`))
	if len(body) == 0 {
		return slices.Concat([]byte("<!DOCTYPE html><title>icecap watch</title><body>"), added)
	}
	end := bytes.LastIndex(body, []byte("</body>"))
	if end < 0 {
		end = len(body)
	}
	return slices.Concat(body[:end], added, body[end:])
}
