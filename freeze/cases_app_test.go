package freeze

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// A badApp answers as the routes of a case say.
type badApp struct {
	routes  map[string]*badRoute
	address string

	mu    sync.Mutex
	asked map[string]int
}

// find is the route of a URI: its own, or one with a star at its end, unless
// that is the URI that cannot exist; else the route ANY. It may be nil.
func (a *badApp) find(uri string) *badRoute {
	if r := a.routes[uri]; r != nil {
		return r
	}
	for url, r := range a.routes {
		if begin, star := strings.CutSuffix(url, "*"); star && strings.HasPrefix(uri, begin) && !strings.HasPrefix(uri, "/icecap") {
			return r
		}
	}
	return a.routes["ANY"]
}

func (a *badApp) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	a.mu.Lock()
	a.asked[req.RequestURI]++
	a.mu.Unlock()
	r := a.find(req.RequestURI)
	if r == nil {
		status(http.StatusNotFound)(w, req)
		return
	}
	switch r.how {
	case "raw":
		raw(strings.ReplaceAll(string(r.body), "\n", "\r\n"))(w, req)
		return
	case "silent":
		<-req.Context().Done()
		return
	case "abort":
		panic(http.ErrAbortHandler)
	}
	body := string(r.body)
	if !r.fixed {
		body = a.fill(body, req)
	}
	for name, values := range r.header {
		for _, value := range values {
			w.Header().Add(name, a.fill(value, req))
		}
	}
	if w.Header()["Content-Type"] == nil {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
	}
	w.WriteHeader(r.status)
	io.WriteString(w, body)
	for r.how == "endless" && req.Context().Err() == nil {
		if _, err := io.WriteString(w, body); err != nil {
			return
		}
	}
	if r.how == "hang" {
		w.(http.Flusher).Flush()
		<-req.Context().Done()
	}
}

// fill replaces the words of a body.
func (a *badApp) fill(text string, req *http.Request) string {
	number := req.URL.Path[strings.LastIndexByte(req.URL.Path, '/')+1:]
	n, _ := strconv.Atoi(number)
	return strings.NewReplacer(
		"$RANDOM", strconv.FormatUint(rand.Uint64(), 10), "$NEXT", fmt.Sprint(n+1), "$HOST", req.Host,
		"$FORWARDED", req.Header.Get("X-Forwarded-Host"), "$AGENT", req.UserAgent(), "$APP", a.address,
	).Replace(text)
}
