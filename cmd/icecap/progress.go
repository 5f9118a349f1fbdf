package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"

	"icecap/freeze"
)

// isTerminal reports whether a line that is written there can be rewritten.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd())) && os.Getenv("TERM") != "dumb"
}

// showProgress keeps a person informed until stop is called: one line that is
// rewritten on a terminal, a plain line every ten seconds elsewhere.
func (a *app) showProgress(line func(elapsed time.Duration) string) (stop func()) {
	interval, format := 10*time.Second, "%s\n"
	live := isTerminal(a.stderr)
	if live {
		interval, format = 100*time.Millisecond, "\r\x1b[K%s"
	}
	var wait sync.WaitGroup
	done := make(chan struct{})
	wait.Go(func() {
		tick := time.NewTicker(interval)
		defer tick.Stop()
		start := time.Now()
		for {
			select {
			case <-done:
				if live {
					fmt.Fprint(a.stderr, "\r\x1b[K")
				}
				return
			case <-tick.C:
				fmt.Fprintf(a.stderr, format, line(time.Since(start)))
			}
		}
	})
	return func() {
		close(done)
		wait.Wait()
	}
}

// crawlLine says how far a crawl has come.
func crawlLine(progress func() freeze.Progress) func(time.Duration) string {
	return func(elapsed time.Duration) string {
		p := progress()
		return fmt.Sprintf("%d frozen   %d left   %d failed   %d queued   %.0f pages/s",
			p.Frozen, p.Skipped, p.Failed, p.Queued, float64(p.Frozen+p.Skipped+p.Failed)/elapsed.Seconds())
	}
}
