package watch

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsnotify/fsnotify"
)

// A watched is a folder of a test, and the batches of its watcher.
type watched struct {
	*testing.T
	dir     string
	batches chan Batch
}

// begin watches a new folder.
func begin(t *testing.T, poll time.Duration) *watched {
	t.Helper()
	w := &watched{t, filepath.Join(t.TempDir(), "notes"), make(chan Batch)}
	w.write("a.md", "one")
	w.write("posts/b.md", "one")
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	watcher := Watcher{Dir: w.dir, Poll: poll, Ignore: func(name string) bool { return name == "out" || strings.HasPrefix(name, ".git") }}
	go func() { done <- watcher.Run(ctx, w.batches) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	if first := <-w.batches; !first.All {
		t.Errorf("the first batch is %v, not all", first)
	}
	return w
}

func (w *watched) path(name string) string { return filepath.Join(w.dir, name) }

func (w *watched) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *watched) write(name, text string) {
	w.Helper()
	w.must(os.MkdirAll(filepath.Dir(w.path(name)), 0o755))
	w.must(os.WriteFile(w.path(name), []byte(text), 0o644))
}

func (w *watched) rename(from, to string) {
	w.Helper()
	w.must(os.Rename(w.path(from), w.path(to)))
}

// until receives batches until all wanted names have come, and returns all that came.
func (w *watched) until(want ...string) []string {
	w.Helper()
	var got []string
	deadline := time.After(time.Minute)
	for {
		missing := slices.DeleteFunc(slices.Clone(want), func(name string) bool { return slices.Contains(got, name) })
		if len(missing) == 0 {
			return got
		}
		select {
		case b := <-w.batches:
			got = append(got, b.Names...)
			if b.All {
				got = append(got, "ALL")
			}
		case <-deadline:
			w.Fatalf("there were changes of %v, but none of %v", got, missing)
		}
	}
}

// Each editor saves in its own way. What counts is that the file is named, and
// that what the editor wrote beside it is not.
func TestEditors(t *testing.T) {
	for _, editor := range []struct {
		name string
		save func(w *watched)
	}{
		{"in place, as VS Code, Obsidian and nano do", func(w *watched) { w.write("a.md", "two") }},
		{"vim: moves the file away, writes it anew", func(w *watched) {
			w.write("4913", "")
			w.must(os.Remove(w.path("4913")))
			w.write(".a.md.swp", "swap")
			w.rename("a.md", "a.md~")
			w.write("a.md", "two")
			w.must(os.Remove(w.path("a.md~")))
			w.must(os.Remove(w.path(".a.md.swp")))
		}},
		{"emacs: a lock, a copy, then in place", func(w *watched) {
			w.must(os.Symlink("me@here.1", w.path(".#a.md")))
			w.write("#a.md#", "automatic")
			w.rename("a.md", "a.md~")
			w.write("a.md", "two")
			w.must(os.Remove(w.path("#a.md#")))
			w.must(os.Remove(w.path(".#a.md")))
		}},
		{"JetBrains: safe write", func(w *watched) {
			w.write("a.md___jb_tmp___", "two")
			w.rename("a.md", "a.md___jb_old___")
			w.rename("a.md___jb_tmp___", "a.md")
			w.must(os.Remove(w.path("a.md___jb_old___")))
		}},
		{"GNOME: another file, renamed over it", func(w *watched) {
			w.write(".goutputstream-X1", "two")
			w.rename(".goutputstream-X1", "a.md")
		}},
		{"Kate and Sublime: a temporary name, renamed over it", func(w *watched) {
			w.write("a.md.tmp", "two")
			w.rename("a.md.tmp", "a.md")
		}},
	} {
		t.Run(editor.name, func(t *testing.T) {
			w := begin(t, 0)
			editor.save(w)
			w.write("last.md", "end of the story")
			for _, name := range w.until("a.md", "last.md") {
				if name != "a.md" && name != "last.md" {
					t.Errorf("%s is the editor's own, but is told of", name)
				}
			}
		})
	}
}

func TestFolders(t *testing.T) {
	w := begin(t, 0)
	w.write("new/deep/c.md", "a folder with something in it already")
	w.until("new")
	w.write("new/deep/c.md", "two")
	w.until("new/deep/c.md")
	w.rename("new", "other")
	w.until("new", "other")
	w.write("other/deep/c.md", "three") // by its new name, not its old one
	if got := w.until("other/deep/c.md"); slices.Contains(got, "new/deep/c.md") {
		t.Errorf("a moved folder goes by its old name as well: %v", got)
	}
	w.must(os.RemoveAll(w.path("other")))
	w.until("other")
	w.write("other/deep/c.md", "made again")
	w.until("other")
	w.write("other/deep/c.md", "five")
	w.until("other/deep/c.md")
}

func TestIgnored(t *testing.T) {
	w := begin(t, 0)
	w.write("out/current/index.html", "own output")
	w.write(".git/index", "git's")
	w.must(os.Chmod(w.path("a.md"), 0o600)) // mode alone
	w.write("last.md", "")
	if got := w.until("last.md"); len(slices.Compact(got)) != 1 {
		t.Errorf("told of %v", got)
	}
}

// The folder itself is deleted and made again, also while somebody holds it open.
func TestFolderComesBack(t *testing.T) {
	for _, held := range []bool{false, true} {
		w := begin(t, 0)
		if held {
			folder, err := os.Open(w.dir)
			w.must(err)
			defer folder.Close()
		}
		w.must(os.RemoveAll(w.dir))
		if !held {
			w.until("ALL")
		}
		w.write("back.md", "one")
		w.until("ALL")
		w.write("back.md", "two")
		w.until("back.md")
	}
}

// When the system's queue was full nobody knows what changed, and folders may be
// new that nobody watches yet.
func TestOverflow(t *testing.T) {
	system, err := fsnotify.NewWatcher()
	if err != nil {
		t.Fatal(err)
	}
	defer system.Close()
	w := Watcher{Dir: t.TempDir()}
	ctx, cancel := context.WithCancel(t.Context())
	events, ready, done := make(chan event), make(chan struct{}), make(chan error)
	go func() { done <- w.follow(ctx, system, events, ready) }()
	<-ready
	system.Errors <- fsnotify.ErrEventOverflow
	if e := <-events; !e.lost {
		t.Errorf("the event is %+v", e)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// The system says in two ways that there can be no more watches.
func TestIsLimit(t *testing.T) {
	for _, cause := range []error{syscall.ENOSPC, syscall.EMFILE} {
		if !isLimit(fmt.Errorf("add: %w", cause)) {
			t.Errorf("%v is no limit", cause)
		}
	}
	if isLimit(nil) || isLimit(syscall.EACCES) {
		t.Error("what is no limit is one")
	}
}

// Many files at once are few batches.
func TestCheckout(t *testing.T) {
	w := begin(t, 0)
	const n = 10000
	for i := range n {
		w.must(os.WriteFile(w.path(fmt.Sprintf("posts/%05d.md", i)), nil, 0o644))
	}
	batches := 0
	for seen := map[string]bool{}; len(seen) < n; batches++ {
		b := <-w.batches
		for _, name := range b.Names {
			seen[name] = true
		}
		if b.All {
			break // the system's queue was full, which says as much
		}
	}
	if batches > n/100 {
		t.Errorf("%d batches", batches)
	}
}

func TestPoll(t *testing.T) {
	w := begin(t, time.Millisecond)
	w.write("posts/b.md", "longer")
	w.until("posts/b.md")
	w.rename("posts", "other")
	w.until("posts/b.md", "other/b.md")
	w.must(os.RemoveAll(w.dir))
	w.until("other/b.md")
	w.write("back.md", "")
	w.until("back.md")
}

// What happens while the receiver is busy is one batch, and one alone.
func TestBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		events, out := make(chan event), make(chan Batch)
		w := Watcher{Settle: 8 * time.Millisecond}
		go w.collect(t.Context(), events, out)
		<-out // all, at first
		start := time.Now()
		events <- event{name: "a"}
		first := <-out
		if waited := time.Since(start); waited != w.Settle {
			t.Errorf("a change waited for %v", waited)
		}
		for i := range 1000 {
			events <- event{name: fmt.Sprintf("%d", i%10)}
			time.Sleep(time.Millisecond)
		}
		second := <-out
		select {
		case more := <-out:
			t.Errorf("one batch more: %v", more)
		case <-time.After(time.Hour):
		}
		if !slices.Equal(first.Names, []string{"a"}) || len(second.Names) != 10 || second.All {
			t.Errorf("batches are %v and %v", first, second)
		}
	})
}

// A file that is written without end does not hide the others.
func TestNeverQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		events, out := make(chan event), make(chan Batch)
		w := Watcher{Settle: 8 * time.Millisecond}
		go w.collect(t.Context(), events, out)
		<-out
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		defer func() { // time stands still once this function has returned
			cancel()
			<-ended
		}()
		go func() {
			defer close(ended)
			for ctx.Err() == nil {
				select {
				case events <- event{name: "log"}:
				case <-ctx.Done():
				}
				time.Sleep(time.Millisecond)
			}
		}()
		start := time.Now()
		if b := <-out; !slices.Equal(b.Names, []string{"log"}) || time.Since(start) > maxSettle+w.Settle {
			t.Errorf("%v after %v", b, time.Since(start))
		}
	})
}
