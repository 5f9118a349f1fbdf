package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"slices"
	"time"

	"icecap/render"
	"icecap/render/preview"
	"icecap/render/watch"
)

// A session is one run of icecap watch. Everything that happens to it comes
// through channels to one goroutine, so that there is one order of things.
type session struct {
	app     *app
	server  *preview.Server
	url     string
	quiet   time.Duration                   // before publish is called
	publish func(ctx context.Context) error // nil for a preview only

	started   time.Time // zero once the first state is shown
	next      render.Change
	problems  int
	warned    render.Problems // by the last check
	checked   chan checkResult
	stopCheck context.CancelFunc
	published chan error // nil unless a publication is at work
	again     bool       // something changed while it was
	vitals    vitals
}

// A checkResult is what came of a check of the whole folder.
type checkResult struct {
	problems, warnings render.Problems
	err                error
}

// longestSleep bounds the wait for a post's time: timers stand still while a
// machine sleeps.
const longestSleep = time.Minute

// run takes up changes until the context ends or a key ends it.
func (s *session) run(ctx context.Context, batches <-chan watch.Batch, keys <-chan string) error {
	s.started = time.Now()
	s.checked = make(chan checkResult, 1)
	defer func() { s.endCheck() }()
	due := time.NewTimer(longestSleep)
	defer due.Stop()
	quiet := time.NewTimer(s.quiet)
	quiet.Stop()
	defer quiet.Stop()
	for {
		changed := false
		select {
		case <-ctx.Done():
			if s.published != nil {
				<-s.published
			}
			return nil
		case b := <-batches:
			changed = true
			if err := s.update(ctx, render.Changes{Names: b.Names, All: b.All}); err != nil {
				return err
			}
		case <-due.C:
			if changed = !s.next.At.IsZero() && !time.Now().Before(s.next.At); changed {
				s.app.say("%s", s.next)
				if err := s.update(ctx, render.Changes{}); err != nil {
					return err
				}
			}
		case result := <-s.checked:
			if err := s.sayCheck(result); err != nil {
				return err
			}
		case <-quiet.C:
			s.beginPublish(ctx)
		case err := <-s.published:
			if s.endPublish(err) {
				quiet.Reset(s.quiet)
			}
			s.beginCheck(ctx) // of the pages as they are with the redirects of what was published
		case key, open := <-keys:
			if !open {
				keys = nil
			} else if end, err := s.key(ctx, key); end || err != nil {
				return err
			}
		}
		if changed && s.publish != nil {
			quiet.Reset(s.quiet)
		}
		due.Reset(s.sleep())
	}
}

// sleep is how long nothing happens by itself.
func (s *session) sleep() time.Duration {
	if s.next.At.IsZero() {
		return longestSleep
	}
	return max(0, min(longestSleep, time.Until(s.next.At)))
}

// update shows the folder as it is, says so, and begins to check all of it.
func (s *session) update(ctx context.Context, changes render.Changes) error {
	s.endCheck()
	report, err := s.server.Update(ctx, time.Now(), changes)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		// The folder may be gone for a moment; what was shown stays.
		describe(err).print(s.app.stderr)
		return nil
	}
	s.next = report.Next
	var wrong error
	if len(report.Problems) > 0 {
		wrong = report.Problems
	}
	s.vitals.updated(wrong, report.Pages, report.Took)
	s.sayUpdate(changes, report)
	if len(report.Problems) > 0 {
		s.sayMistakes(report.Problems)
		return nil
	}
	if report.Doubtful {
		s.beginCheck(ctx)
	}
	return nil
}

// beginCheck checks the whole folder beside everything else.
func (s *session) beginCheck(ctx context.Context) {
	s.endCheck()
	checkCtx, cancel := context.WithCancel(ctx)
	s.stopCheck = cancel
	go func() {
		problems, warnings, err := s.server.Check(checkCtx)
		if checkCtx.Err() == nil {
			select {
			case s.checked <- checkResult{problems, warnings, err}:
			case <-checkCtx.Done():
			}
		}
	}()
}

// endCheck gives up the check that is at work, and forgets what it found.
func (s *session) endCheck() {
	if s.stopCheck != nil {
		s.stopCheck()
		s.stopCheck = nil
	}
	select {
	case <-s.checked:
	default:
	}
}

func (s *session) sayUpdate(changes render.Changes, r preview.Report) {
	if !s.started.IsZero() {
		s.app.reply("watching %s: %s, ready in %d ms", s.url, plural(r.Pages, "page"), time.Since(s.started).Milliseconds())
		s.started = time.Time{}
		return
	}
	what := "everything"
	switch n := len(changes.Names); {
	case changes.All:
	case n == 0:
		what = "the clock"
	case n == 1:
		what = changes.Names[0]
	default:
		what = fmt.Sprintf("%s and %d more", changes.Names[0], n-1)
	}
	line := fmt.Sprintf("%s: %.1f ms", what, float64(r.Took.Microseconds())/1000)
	if r.URL != "" {
		line += "  " + r.URL
	}
	s.app.say("%s", line)
}

func (s *session) sayMistakes(problems render.Problems) {
	for _, p := range problems[:min(maxProblems, len(problems))] {
		complaintOf(p).print(s.app.stderr)
	}
	s.problems = len(problems)
}

func (s *session) sayCheck(result checkResult) error {
	if result.err != nil {
		describe(result.err).print(s.app.stderr)
		return nil
	}
	s.sayWarnings(result.warnings)
	if len(result.problems) > 0 {
		s.sayMistakes(result.problems)
	} else if s.problems > 0 {
		s.app.say("no more mistakes")
		s.problems = 0
	}
	return nil
}

// sayWarnings shows what the check before did not warn of.
func (s *session) sayWarnings(warnings render.Problems) {
	var fresh render.Problems
	for _, w := range warnings {
		if !slices.ContainsFunc(s.warned, func(old render.Problem) bool {
			return old.File == w.File && old.What == w.What && old.Excerpt == w.Excerpt
		}) {
			fresh = append(fresh, w) // a line that only moved is no news
		}
	}
	s.warned = warnings
	s.app.sayWarnings(fresh)
}

// beginPublish publishes the folder beside the preview. One run at a time.
func (s *session) beginPublish(ctx context.Context) {
	if s.published != nil {
		s.again = true
		return
	}
	s.published = make(chan error, 1)
	go func(done chan<- error) { done <- s.publish(ctx) }(s.published)
}

// endPublish reports whether there is more to publish. What failed is tried again
// with the next change; until then the release before stays.
func (s *session) endPublish(err error) bool {
	s.published = nil
	if err != nil && !errors.Is(err, errSaid) {
		describe(err).print(s.app.stderr)
	}
	again := s.again
	s.again = false
	return again
}

// key does what a key is for. It reports whether the session ends.
func (s *session) key(ctx context.Context, key string) (end bool, err error) {
	switch key {
	case "r":
		return false, s.update(ctx, render.Changes{All: true})
	case "o":
		if err := openBrowser(s.url); err != nil {
			s.app.say("warning: open the browser: %v", err)
		}
	case "c":
		fmt.Fprint(s.app.stderr, "\x1b[2J\x1b[H")
	case "q":
		return true, nil
	}
	return false, nil
}

func openBrowser(url string) error {
	switch runtime.GOOS {
	case "darwin":
		return exec.Command("open", url).Start()
	case "windows":
		return exec.Command("rundll32", "url.dll,FileProtocolHandler", url).Start()
	}
	return exec.Command("xdg-open", url).Start()
}
