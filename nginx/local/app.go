package local

import (
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"icecap/nginx"
)

// copyMark begins the variant in the name of a copy that stands in for the app.
const copyMark = "!"

// door answers what needs the app: during maintenance without it, else with it,
// and where it fails with a copy, if there is one.
func (g *Gate) door(w http.ResponseWriter, r *http.Request, v visit) {
	if info, err := os.Stat(filepath.Join(g.Server.Root, nginx.MaintenanceFolder)); err == nil && info.IsDir() {
		if !g.stale(w, r, v) {
			g.closed(w, r, v)
		}
		return
	}
	g.log(r, "app", v.reason())
	if page, ok := g.copy(v, r.Header); ok {
		page.file.Close()
		answer := &backed{ResponseWriter: w, header: http.Header{}}
		g.ask(answer, r, v)
		if answer.failed && !g.stale(w, r, v) {
			g.closed(w, r, v) // the copy went away meanwhile
		}
		return
	}
	g.ask(w, r, v)
}

// ask passes a request on to the app.
func (g *Gate) ask(w http.ResponseWriter, r *http.Request, v visit) {
	own := &unmarked{ResponseWriter: w}
	g.App.ServeHTTP(own, forApp(r, v.request))
	if !own.wrote {
		own.WriteHeader(http.StatusOK) // an empty answer, which net/http would make once we return
	}
}

// copy opens the copy for when the app fails. It is for those who would get a
// frozen page, whatever listed or ignored query they send.
func (g *Gate) copy(v visit, header http.Header) (page, bool) {
	if !g.Server.Fallback || v.why != "" {
		return page{}, false
	}
	return g.find(v, copyMark, header)
}

// stale answers with the copy.
func (g *Gate) stale(w http.ResponseWriter, r *http.Request, v visit) bool {
	page, ok := g.copy(v, r.Header)
	if !ok {
		return false
	}
	defer page.file.Close()
	g.log(r, nginx.MarkStale, "")
	g.mark(w.Header(), nginx.MarkStale, v)
	page.serve(w, r)
	return true
}

// closed answers while the app is being worked on.
func (g *Gate) closed(w http.ResponseWriter, r *http.Request, v visit) {
	g.log(r, nginx.MarkMaintenance, "")
	g.mark(w.Header(), nginx.MarkMaintenance, v)
	w.Header().Set("Retry-After", g.Server.RetryHeader())
	file, err := os.OpenFile(filepath.Join(g.Server.Root, nginx.MaintenanceFolder, nginx.MaintenanceFile), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil || r.Method != http.MethodGet && r.Method != http.MethodHead {
		fail(w, r, http.StatusServiceUnavailable)
		return
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		fail(w, r, http.StatusServiceUnavailable)
		return
	}
	page{file: file, size: info.Size(), time: info.ModTime().Truncate(time.Second), media: html}.serveAs(w, r, http.StatusServiceUnavailable)
}

// backed holds the app's answer back if it is a failure for which there is a copy.
type backed struct {
	http.ResponseWriter
	header http.Header // of the app, until it is known that they go out
	failed bool
	wrote  bool
}

func (b *backed) Header() http.Header { return b.header }

func (b *backed) WriteHeader(status int) {
	switch status {
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		b.failed = true
		return
	}
	b.wrote = status >= 200
	maps.Copy(b.ResponseWriter.Header(), b.header)
	b.ResponseWriter.WriteHeader(status)
}

func (b *backed) Write(p []byte) (int, error) {
	if b.failed {
		return len(p), nil
	}
	if !b.wrote {
		b.WriteHeader(http.StatusOK)
	}
	return b.ResponseWriter.Write(p)
}

// FlushError is what [http.ResponseController] calls.
func (b *backed) FlushError() error {
	if b.failed {
		return nil
	}
	if !b.wrote {
		b.WriteHeader(http.StatusOK)
	}
	return http.NewResponseController(b.ResponseWriter).Flush()
}

// unmarked strikes out of the app's answer what [nginx.HiddenHeaders] lists: only
// the gate may say that an answer comes from disk.
type unmarked struct {
	http.ResponseWriter
	wrote bool
}

func (u *unmarked) WriteHeader(status int) {
	u.wrote = status >= 200 || status == http.StatusSwitchingProtocols
	hide(u.Header())
	u.ResponseWriter.WriteHeader(status)
}

func hide(h http.Header) {
	for _, name := range nginx.HiddenHeaders() {
		delete(h, name)
	}
}

func (u *unmarked) Write(b []byte) (int, error) {
	if !u.wrote {
		u.WriteHeader(http.StatusOK)
	}
	return u.ResponseWriter.Write(b)
}

// FlushError is what [http.ResponseController] calls.
func (u *unmarked) FlushError() error {
	if !u.wrote {
		u.WriteHeader(http.StatusOK)
	}
	return http.NewResponseController(u.ResponseWriter).Flush()
}

// Unwrap lets a web socket take the connection over.
func (u *unmarked) Unwrap() http.ResponseWriter { return u.ResponseWriter }
