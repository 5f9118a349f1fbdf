package preview

import (
	"context"
	"sync"
	"time"
)

const (
	// quiet is how long nobody must have waited for anything before work begins that
	// nobody waits for: a browser that was told of a change asks for the page, then
	// for its style sheets and pictures, and needs the processor to show them.
	quiet = 100 * time.Millisecond
	// turnLength is how long such work goes on before it looks for quiet again.
	turnLength = 20 * time.Millisecond
	// patience is how long it waits for quiet: a page that asks for something all
	// the time slows a check, and does not stop it.
	patience = 250 * time.Millisecond
)

// A lobby knows whether anybody waits.
type lobby struct {
	mu   sync.Mutex
	here int
	left time.Time // when the last one did
}

func (l *lobby) enter() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.here++
}

func (l *lobby) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.here--
	l.left = time.Now()
}

// busy is how long it takes at least until it is quiet; 0 if it is.
func (l *lobby) busy() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.here > 0 {
		return quiet
	}
	return max(0, quiet-time.Since(l.left))
}

// turns are what a work of small steps that nobody waits for calls before each step:
// it waits until it is quiet, or until the context ends, which is the error.
func (l *lobby) turns() func(context.Context) error {
	var end time.Time
	return func(ctx context.Context) error {
		if time.Now().Before(end) {
			return ctx.Err()
		}
		for begin := time.Now(); time.Since(begin) < patience; {
			wait := l.busy()
			if wait == 0 {
				break
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(wait):
			}
		}
		end = time.Now().Add(turnLength)
		return ctx.Err()
	}
}
