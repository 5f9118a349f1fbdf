package main

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
)

// maxPaths bounds the counter's memory; further paths count under "other".
const maxPaths = 100_000

// A counter counts the requests of its counting handler, and tells them as JSON.
type counter struct {
	mu    sync.Mutex
	total int64
	paths map[string]int64 // by the path as it stood in the request line
}

// counting counts each request when it arrives, and answers the two of the
// operator itself.
func (c *counter) counting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.RequestURI {
		case "/-/count":
			c.ServeHTTP(w, r)
		case "/healthz":
			io.WriteString(w, "ok\n")
		default:
			c.add(r)
			next.ServeHTTP(w, r)
		}
	})
}

func (c *counter) add(r *http.Request) {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	c.mu.Lock()
	defer c.mu.Unlock()
	c.total++
	if _, known := c.paths[path]; !known && len(c.paths) >= maxPaths {
		path = "other"
	}
	c.paths[path]++
}

// ServeHTTP answers {"requests": 3, "paths": {"/": 2, "/about": 1}}.
func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	body, err := json.Marshal(map[string]any{"requests": c.total, "paths": c.paths})
	c.mu.Unlock()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Write(append(body, '\n'))
}
