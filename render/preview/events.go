package preview

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// A state is what an event tells a browser. It is always all of it, so that a
// browser which missed an event knows as much as the others after the next one.
type state struct {
	Generation int       `json:"generation"` // of the folder; it grows
	Problems   []mistake `json:"problems"`
	Changed    []string  `json:"changed"` // paths of files that changed and are published as they are, or of pages
	Edited     edited    `json:"edited"`
	Jump       bool      `json:"jump"`
}

// An edited is the one file that changed.
type edited struct {
	File string `json:"file"`
	URL  string `json:"url"`
}

// A mistake is a problem in the browser's terms.
type mistake struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Excerpt string `json:"excerpt"`
	What    string `json:"what"`
	Hint    string `json:"hint"`
}

// streams are the open streams of events.
type streams struct {
	mu   sync.Mutex
	open map[*stream]bool
	last state
}

// A stream is one listener, and what it has not been told yet.
type stream struct {
	wake chan struct{}
	next *state
}

func (s *streams) send(st state) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = st
	for one := range s.open {
		next := st
		if one.next != nil { // it is slow: nothing of what it was to be told is lost
			next.Changed = slices.Concat(one.next.Changed, st.Changed)
		}
		one.next = &next
		select {
		case one.wake <- struct{}{}:
		default:
		}
	}
}

// add begins a stream, with the state as it is.
func (s *streams) add() *stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := s.last
	first.Changed, first.Edited = nil, edited{}
	one := &stream{wake: make(chan struct{}, 1), next: &first}
	one.wake <- struct{}{}
	if s.open == nil {
		s.open = map[*stream]bool{}
	}
	s.open[one] = true
	return one
}

func (s *streams) remove(one *stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, one)
}

func (s *streams) take(one *stream) *state {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := one.next
	one.next = nil
	return next
}

// heartbeat keeps proxies from ending a silent stream.
const heartbeat = 15 * time.Second

// serveEvents answers with server-sent events (HTML standard, section 9.2).
func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request) {
	out := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // NGINX would hold events back
	one := s.streams.add()
	defer s.streams.remove(one)
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	fmt.Fprint(w, "retry: 500\n\n")
	for {
		select {
		case <-r.Context().Done():
			return
		case <-beat.C:
			fmt.Fprint(w, ": still here\n\n")
		case <-one.wake:
			next := s.streams.take(one)
			if next == nil {
				continue
			}
			data, err := json.Marshal(next)
			if err != nil {
				panic(err) // texts and numbers
			}
			fmt.Fprintf(w, "data: %s\n\n", data)
		}
		if out.Flush() != nil {
			return
		}
	}
}
