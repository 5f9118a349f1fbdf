package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"icecap/content/release"
	"icecap/render/watch"
)

// A refresher freezes an app again, one run at a time. What is wished for while
// one is at work is one more run, however much it was.
type refresher struct {
	run   func(context.Context, choice) error
	look  func(*ages) (sight, error)   // at the current release
	pages func(choice) ([]aged, error) // of the current release, as far as names and globs choose them
	say   func(format string, args ...any)
	named choice        // for occasions that name nothing
	every time.Duration // a schedule; 0 for none
	ttls  []ttl

	vitals vitals
	ages   ages
	again  time.Time // when the schedule is due
}

// refreshSettle is how long a run waits for more wishes: apps announce what
// changed one by one. It waits no longer than refreshPatience.
const (
	refreshSettle   = 100 * time.Millisecond
	refreshPatience = time.Second
)

// add makes one choice of two; the zero choice is all.
func (ch choice) add(more choice) choice {
	if ch.all() || more.all() {
		return choice{}
	}
	union := func(a, b []string) []string {
		list := slices.Concat(a, b)
		slices.Sort(list)
		return slices.Compact(list)
	}
	return choice{paths: union(ch.paths, more.paths), tags: union(ch.tags, more.tags)}
}

// loop runs until the context ends.
func (r *refresher) loop(ctx context.Context, wishes <-chan choice, hangup <-chan os.Signal, changes <-chan watch.Batch) error {
	var wished *choice
	var since time.Time
	var running chan error
	var current choice // of the run
	r.again = time.Now().Add(r.every)
	settled, due := time.NewTimer(0), time.NewTimer(0) // the first run is due at once
	defer settled.Stop()
	defer due.Stop()
	wish := func(ch choice) {
		if wished == nil {
			wished, since = &ch, time.Now()
		} else {
			both := wished.add(ch)
			wished = &both
		}
		settled.Reset(max(0, min(refreshSettle, time.Until(since.Add(refreshPatience)))))
	}
	wish(r.named)
	for {
		select {
		case <-ctx.Done():
			if running != nil {
				<-running
			}
			return nil
		case ch := <-wishes:
			wish(ch)
		case <-hangup:
			wish(r.named)
		case <-changes:
			wish(r.named)
		case <-due.C:
			r.takeDue(wish)
			due.Reset(r.sleep())
		case err := <-running:
			running = nil
			r.finish(current, err)
			due.Reset(r.sleep())
			if wished != nil {
				settled.Reset(0)
			}
		case <-settled.C:
			if wished != nil && running == nil {
				running, current = make(chan error, 1), *wished
				r.vitals.begin()
				go func(ch choice, done chan<- error) { done <- r.run(ctx, ch) }(*wished, running)
				wished = nil
			}
		}
	}
}

// finish notes what came of a run. Pages that failed are no failure of the run.
func (r *refresher) finish(ch choice, err error) {
	var exit exitError
	if errors.As(err, &exit) && exit.code == 4 {
		err = nil
	}
	r.noteAges(r.vitals.begun, ch, err)
	current, lookErr := r.look(&r.ages)
	r.vitals.end(errors.Join(err, lookErr), current)
	if err != nil {
		r.say("the release before stays: %v", err)
	}
}

// occasions says what else refreshes.
func (r *refresher) occasions(files []string) string {
	var b strings.Builder
	for _, name := range files {
		fmt.Fprintf(&b, ", %s", name)
	}
	if r.every > 0 {
		fmt.Fprintf(&b, ", every %v", r.every)
	}
	for _, t := range r.ttls {
		fmt.Fprintf(&b, ", %s older than %v", t.path, t.age)
	}
	return b.String()
}

// maxWish bounds the body of a wish.
const maxWish = 1 << 20

// handler answers POST /refresh, /-/status and /-/metrics.
func (r *refresher) handler(token string, wishes chan<- choice, check func(choice) error) http.Handler {
	mux := http.NewServeMux()
	r.vitals.handle(mux)
	mux.HandleFunc("POST /refresh", func(w http.ResponseWriter, request *http.Request) {
		given := strings.TrimPrefix(request.Header.Get("Authorization"), "Bearer ")
		if subtle.ConstantTimeCompare([]byte(given), []byte(token)) != 1 {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "the token is in "+tokenName+" in the output folder: Authorization: Bearer TOKEN", http.StatusUnauthorized)
			return
		}
		request.Body = http.MaxBytesReader(w, request.Body, maxWish)
		if err := request.ParseForm(); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		ch := choice{paths: request.Form["path"], tags: request.Form["tag"]}
		for _, path := range ch.paths {
			if !strings.HasPrefix(path, "/") {
				http.Error(w, fmt.Sprintf("%q is no path: it has to begin with a slash", path), http.StatusBadRequest)
				return
			}
		}
		if err := check(ch); err != nil {
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
			return
		}
		if ch.all() {
			ch = r.named
		}
		select {
		case wishes <- ch:
			w.WriteHeader(http.StatusAccepted)
		case <-request.Context().Done():
		}
	})
	return mux
}

// tokenName is the file of the token, in the output folder, for its owner alone.
const tokenName = "refresh.token"

// readToken reads the token, or makes one.
func readToken(out, file string) (string, error) {
	if _, err := release.Open(out); err != nil { // makes the folder
		return "", err
	}
	data, err := os.ReadFile(file)
	if err == nil && len(strings.TrimSpace(string(data))) >= 20 {
		return strings.TrimSpace(string(data)), nil
	}
	token := rand.Text()
	if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("write the token: %w", err)
	}
	return token, nil
}
