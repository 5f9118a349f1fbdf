package outside

import (
	"context"
	"fmt"
	"net/http/httptrace"
	"net/netip"
	"sync"
	"time"
)

// A host gives turns, one at a time and not too soon after one another, until it
// says that it wants no more, or proves not to be there.
type host struct {
	turn  chan struct{}
	pause time.Duration // guarded by the turn, like the next
	next  time.Time

	mu   sync.Mutex
	over map[string]*overError // by scheme and port, "" for all of them
	slow map[string]int        // requests in a row that had no answer in time
}

// An overError is why a host is not asked any more in this run.
type overError struct {
	state  State
	detail string
	until  time.Time // it wants no request before; zero where it said nothing
	err    error     // that showed it; nil where it said something
}

func (e *overError) Error() string { return e.detail }
func (e *overError) Unwrap() error { return e.err }

// enter waits for a turn at a port. The error is the context's, or an *[overError].
func (h *host) enter(ctx context.Context, port string) error {
	select {
	case h.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	err := h.isOver(port)
	if err == nil {
		err = sleep(ctx, time.Until(h.next))
	}
	if err != nil {
		<-h.turn
	}
	return err
}

// met looks at a connection: a host on a loopback address is the operator's own and
// needs no pauses. The caller has the turn.
func (h *host) met(info httptrace.GotConnInfo) {
	if at, err := netip.ParseAddrPort(info.Conn.RemoteAddr().String()); err == nil && at.Addr().Unmap().IsLoopback() {
		h.pause = 0
	}
}

// leave gives the turn to the next.
func (h *host) leave() {
	h.next = time.Now().Add(h.pause)
	<-h.turn
}

func (h *host) isOver(port string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, key := range [...]string{"", port} {
		if e := h.over[key]; e != nil {
			return e
		}
	}
	return nil
}

// close takes the host's word that it wants no request before a time.
func (h *host) close(until time.Time, why string) error {
	until = until.UTC().Truncate(time.Second)
	e := &overError{Unknown, fmt.Sprintf("%s; it wants no request before %s", why, until.Format(time.RFC3339)), until, nil}
	h.end("", e)
	return e
}

func (h *host) end(port string, e *overError) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over == nil {
		h.over = map[string]*overError{}
	}
	h.over[port] = e
}

// maxSlow is how many requests in a row may time out before a host is taken for
// dead: HEAD and GET of two links.
const maxSlow = 4

// heard learns from the end of a request what all others to that port would meet.
func (h *host) heard(port string, err error) {
	if err == nil {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.slow, port)
		return
	}
	state, detail, all := judgeError(err)
	if isTimeout(err) {
		h.mu.Lock()
		if h.slow == nil {
			h.slow = map[string]int{}
		}
		h.slow[port]++
		all = h.slow[port] >= maxSlow
		h.mu.Unlock()
	}
	if all {
		h.end(port, &overError{state: state, detail: detail, err: err})
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

const (
	// shortWait is how long a busy host is waited for.
	shortWait = 10 * time.Second
	// longWait is how long one is left alone that names no time, and maxWait bounds
	// what one may name.
	longWait, maxWait = time.Hour, 24 * time.Hour
)
