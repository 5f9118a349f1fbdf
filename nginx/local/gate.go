// Package local is the gate as an http.Handler, for a machine without NGINX.
//
// A [Gate] takes the same [nginx.Server] from which the NGINX configuration is
// emitted, and answers as that configuration does: the same rules send a
// request to the app, the same files are looked for in the same order, and an
// answer from disk has the same status, headers and bytes. Scripts of requests
// (testdata of package probe) are put to both and must get the same answers.
//
// # What comes from disk
//
// A request is answered from disk only if
//
//   - its method is GET or HEAD,
//   - its host is one of the site's own,
//   - its query is empty, ignored, declared ([nginx.Server.Queries]) or in the
//     release's gate map; or it is a cache-buster on an asset,
//   - it has no Authorization header and none of the site's cookies,
//   - it asks for a whole page, without any of [nginx.PartialHeaders],
//   - its path is spelled as NGINX itself would spell it: no "//", no dot
//     segment, no "#", no encoded dot, slash or backslash, and
//   - the file that [content.Path.File] names is in the current release.
//
// Redirects and gone URLs of the gate map are answered from it. Everything else goes
// to the app with the raw request URI untouched, unless maintenance has closed the
// way; where the app fails, a copy answers if the release has one. Without
// an app only host and spelling are asked, other queries are ignored, and what is
// not frozen gets the page that is frozen at /404.html with status 404; a
// method other than GET and HEAD gets 405.
//
// Files are read from <Root>/current/p, found anew for each request, so that a
// new release is seen at once. Nothing outside the release is ever read,
// whatever links lie in it, for the folder is opened as an [os.Root].
//
// # What NGINX does by itself
//
// A gate answers 400 to what NGINX cannot parse (a lower-case method, a space
// or %00 in the path, a path that leaves the root, a target that is no path and
// no URL, a second line of a header that stands once, a header line over 8 KB),
// 405 to CONNECT and TRACE, 414 to a request line over 8 KB. From NGINX's static module it
// has the ETag (hex time, dash, hex size), the exact match of If-Modified-Since,
// If-Match and If-Unmodified-Since, and ranges with If-Range. See
// https://nginx.org/en/docs/http/ngx_http_core_module.html (if_modified_since,
// large_client_header_buffers) and ngx_http_range_filter_module.c.
//
// Not the same are the bodies of error pages, which are NGINX's own; dates that
// are in none of HTTP's three formats, of which NGINX understands some and the
// gate none; and what net/http decides before a handler is asked: it refuses a
// few requests that NGINX takes, such as one with an unknown Expect, and hides
// the Host line beside a target that is a whole URL.
package local

import (
	"cmp"
	"log/slog"
	"net/http"
	"strings"

	"icecap/content"
	"icecap/nginx"
)

// A Gate answers frozen pages from disk and leaves the rest to App. Its fields
// must not change once it serves; it is safe for concurrent use.
type Gate struct {
	Server nginx.Server // as for NGINX; of its App only whether there is none matters, see below
	App    http.Handler // nil: no app, and every request that is not for a frozen page gets 404
	Log    *slog.Logger // one line a request, at debug level; nil: none

	list list
}

// ServeHTTP answers as the emitted NGINX configuration does.
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	request, status := parse(r)
	if status != 0 {
		g.log(r, "none", http.StatusText(status))
		fail(w, r, status)
		return
	}
	v := visit{request: request, asked: g.query(request)}
	v.why = g.why(r, request, v.asked)
	if v.why == "" && (g.page(w, r, v) || g.replay(w, r, v)) {
		return
	}
	if g.App == nil {
		g.log(r, "none", v.reason())
		g.notFound(w, r, v)
		return
	}
	g.door(w, r, v)
}

// A visit is a request and what the rules say about it.
type visit struct {
	request
	asked query
	why   string // letters as in the emitted configuration
}

// reason is why a visit is not answered from disk, for the log.
func (v visit) reason() string { return cmp.Or(v.why, "not frozen") }

// page answers from disk, if there is such a page.
func (g *Gate) page(w http.ResponseWriter, r *http.Request, v visit) bool {
	page, ok := g.find(v, "", r.Header)
	if !ok {
		return false
	}
	defer page.file.Close()
	g.log(r, nginx.MarkDisk, "")
	mark(w.Header(), nginx.MarkDisk, g.Server.HeadersFor(v.path, promised(v.path)))
	page.vary = g.Server.Compression.Any()
	page.varies(w.Header())
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		fail(w, r, http.StatusMethodNotAllowed)
		return true
	}
	page.serve(w, r)
	return true
}

// replay answers what the release's list says of redirects and gone URLs.
func (g *Gate) replay(w http.ResponseWriter, r *http.Request, v visit) bool {
	to, ok := g.list.of(g.Server.Root).redirects[v.path]
	if !ok || g.App != nil && v.args != "" {
		return false
	}
	g.log(r, nginx.MarkDisk, "")
	g.mark(w.Header(), nginx.MarkDisk, v)
	if to.Gone() {
		g.status(w, r, to.Code)
		return true
	}
	w.Header().Set("Location", to.To)
	fail(w, r, to.Code)
	return true
}

// status answers with the page that is frozen for a status, if there is one.
func (g *Gate) status(w http.ResponseWriter, r *http.Request, code int) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		fail(w, r, http.StatusMethodNotAllowed)
		return
	}
	page, ok := g.open("", []candidate{{copyMark + content.StatusKey(code).Variant, html}}, r.Header)
	if !ok {
		fail(w, r, code)
		return
	}
	defer page.file.Close()
	page.serveAs(w, r, code)
}

// why is the reason for which a request is not for the frozen pages: letters
// as in the emitted configuration, "" if it is for them.
func (g *Gate) why(r *http.Request, request request, asked query) string {
	var why strings.Builder
	rule := func(letter string, app bool) {
		if app {
			why.WriteString(letter)
		}
	}
	rule("h", !g.isOwnHost(request.host))
	if g.App != nil {
		rule("m", r.Method != http.MethodGet && r.Method != http.MethodHead)
		rule("a", r.Header.Get("Authorization") != "")
		rule("c", hasCookie(r.Header["Cookie"], g.Server.Cookies))
		rule("p", isPartial(r.Header))
	}
	rule("r", isOddSpelling(request.raw))
	if g.App != nil {
		rule("q", asked.unlisted)
	}
	return why.String()
}

func (g *Gate) isOwnHost(host string) bool {
	for _, own := range g.Server.Hosts {
		if strings.EqualFold(own, host) {
			return true
		}
	}
	return false
}

// isPartial reports whether any header says that a part of a page is wanted.
func isPartial(header http.Header) bool {
	for _, name := range nginx.PartialHeaders() {
		if strings.Join(header.Values(name), "") != "" {
			return true
		}
	}
	return false
}

// hasCookie reports whether one of the cookies in the header lines fits a pattern.
func hasCookie(lines, patterns []string) bool {
	for _, line := range lines {
		for cookie := range strings.SplitSeq(line, ";") {
			name, _, found := strings.Cut(strings.TrimLeft(cookie, " \t\n\v\f\r"), "=")
			if !found {
				continue
			}
			for _, pattern := range patterns {
				prefix, isPrefix := strings.CutSuffix(pattern, "*")
				if name == pattern || isPrefix && strings.HasPrefix(name, prefix) {
					return true
				}
			}
		}
	}
	return false
}

// mark says where an answer comes from, and adds headers.
func mark(h http.Header, from string, own []content.Header) {
	h.Set(nginx.Marker, from)
	for _, header := range own {
		h[http.CanonicalHeaderKey(header.Name)] = []string{header.Value}
	}
}

// mark is [mark] for an answer that is no page at its own URL.
func (g *Gate) mark(h http.Header, from string, v visit) {
	mark(h, from, g.Server.ErrorHeadersFor(v.path, from))
}

// notFound answers where there is no app to ask.
func (g *Gate) notFound(w http.ResponseWriter, r *http.Request, v visit) {
	g.mark(w.Header(), nginx.MarkDisk, v)
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		fail(w, r, http.StatusMethodNotAllowed)
		return
	}
	page, ok := g.open(strings.TrimPrefix(nginx.NotFoundPath, "/"), []candidate{{"", html}}, r.Header)
	if !ok {
		g.status(w, r, http.StatusNotFound)
		return
	}
	defer page.file.Close()
	page.serveAs(w, r, http.StatusNotFound)
}

func (g *Gate) log(r *http.Request, source, why string) {
	if g.Log != nil {
		g.Log.Debug("request", "method", r.Method, "uri", r.RequestURI, "source", source, "why", why)
	}
}

// fail answers with a page of the server itself.
func fail(w http.ResponseWriter, r *http.Request, status int) {
	text := http.StatusText(status)
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		w.Write([]byte("<!DOCTYPE html>\n<title>" + text + "</title>\n<h1>" + text + "</h1>\n"))
	}
}
