package preview

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// Work that nobody waits for begins when nobody has waited for anything for a moment,
// goes on in short turns, and ends with its context.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l lobby
		begin := time.Now()
		after := func(want time.Duration, what string) {
			t.Helper()
			if got := time.Since(begin); got != want {
				t.Errorf("%s: it is its turn after %v, not %v", what, got, want)
			}
			begin = time.Now()
		}
		turn := l.turns()
		must := func() {
			t.Helper()
			if err := turn(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		must()
		after(0, "nobody was there")
		l.enter()
		must()
		after(0, "its turn has not ended")
		time.Sleep(turnLength)
		go func() {
			time.Sleep(30 * time.Millisecond)
			l.leave()
		}()
		must()
		after(turnLength+30*time.Millisecond+quiet, "somebody was there for a while")
		l.enter()
		time.Sleep(turnLength)
		must()
		after(turnLength+3*quiet, "somebody does not go")
		time.Sleep(turnLength)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			time.Sleep(10 * time.Millisecond)
			cancel()
		}()
		if err := turn(ctx); err == nil {
			t.Error("its context has ended, and it goes on")
		}
		after(turnLength+10*time.Millisecond, "it was given up")
	})
}

// After the theme changed in what no text is made of, a check would find what it has
// found, and nobody needs to begin one; a mistake that is known stays.
func TestDoubt(t *testing.T) {
	d := newDesk(t)
	d.write("a.md", "---\ndate: 2024-01-01\n---\nSee [b](b.md).\n")
	d.write("static/own.css", "body {}")
	if !d.update().Doubtful {
		t.Error("nothing was checked yet, and nothing is in doubt")
	}
	if problems := d.check(); len(problems) != 1 {
		t.Fatalf("a broken link is %v", problems)
	}
	for _, step := range []struct {
		file, text string
		doubtful   bool
	}{
		{"theme/assets/custom.css", "body { margin: 0 }", true}, // an address more
		{"theme/assets/custom.css", "body { margin: 1px }", false},
		{"theme/footer.html", "<footer>One</footer>", false},
		{"theme/post.html", "{{with .Post}}{{.Body}}{{end}}", false},
		{"theme/shortcodes/own.html", "<b>Own</b>", true},
		{"theme/footer.html", "<footer>Two</footer>", false},
		{"static/own.css", "body { margin: 2px }", true},
		{"a.md", "---\ndate: 2024-01-01\n---\nSee [b](b.md) still.\n", true},
	} {
		d.write(step.file, step.text)
		report := d.update(step.file)
		if report.Doubtful != step.doubtful {
			t.Errorf("after %q in %s, a check may find something else: %t", step.text, step.file, report.Doubtful)
		}
		if problems := noteOf(t, d.ask("/a/").Body.String()).Problems; len(problems) != 1 {
			t.Errorf("after %q in %s the panel has %v", step.text, step.file, problems)
		}
		if report.Doubtful {
			d.check()
		}
	}
	d.write("theme/footer.html", "{{.Nothing}}")
	if report := d.update("theme/footer.html"); len(report.Problems) != 1 || report.Problems[0].File != "theme/footer.html" {
		t.Errorf("a mistake in a template is %v", report.Problems)
	}
	d.write("theme/footer.html", "<footer>Three</footer>")
	d.write("theme/assets/custom.css", "body { margin: 3px }")
	d.update("theme/footer.html", "theme/assets/custom.css")
	d.compare("after another theme", map[string]bool{})
}
