package probe

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
)

// An App is a stand-in for the app behind a gate. It answers every request
// with a text that names the request, and remembers what it saw. It claims
// "X-Icecap: disk" for itself, so that a gate which does not strike out a
// forged marker is found. A request header X-Probe-Status asks for a status
// other than 200. The zero App is ready; it is safe for concurrent use.
type App struct {
	mu      sync.Mutex
	touches []Touch
	total   int
}

// A Touch is one request that reached the app.
type Touch struct {
	Method string
	Target string // raw, as in the request line
	Host   string
	Header http.Header
}

func (t Touch) String() string { return t.Method + " " + t.Target }

// maxTouches bounds what an App remembers; a broken gate may let a million requests through.
const maxTouches = 1000

func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.total++
	if len(a.touches) < maxTouches {
		a.touches = append(a.touches, Touch{r.Method, r.RequestURI, r.Host, r.Header.Clone()})
	}
	a.mu.Unlock()
	status, err := strconv.Atoi(r.Header.Get("X-Probe-Status"))
	if err != nil || status < 200 || status > 599 {
		status = http.StatusOK
	}
	body := fmt.Sprintf("app saw %s %s\n", r.Method, r.RequestURI)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Header().Set(marker, markerDisk)
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		fmt.Fprint(w, body)
	}
}

// Take returns what the app saw since the last Take, the first thousand of
// total, and forgets it. A touch is remembered before its answer is sent.
func (a *App) Take() (touches []Touch, total int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	touches, total = slices.Clone(a.touches), a.total
	a.touches, a.total = a.touches[:0], 0
	return touches, total
}
