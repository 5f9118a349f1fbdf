//go:build unix

package release

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestRollback(t *testing.T) {
	s := newStore(t)
	ctx := context.Background()
	first := publish(t, s, all("app"), files{"/": "one"})
	if _, err := s.Rollback(ctx, ""); err == nil || !strings.Contains(err.Error(), "no release before") {
		t.Errorf("Rollback of the only release: %v", err)
	}
	second := publish(t, s, all("app"), files{"/": "two"})
	third := publish(t, s, all("app"), files{"/": "three"})
	for _, step := range []struct {
		id   string
		want *Release
		body string
	}{
		{"", second, "two"},
		{"", first, "one"},
		{third.ID, third, "three"},
		{third.ID, third, "three"},
		{second.ID, second, "two"},
	} {
		r, err := s.Rollback(ctx, step.id)
		if err != nil || r.ID != step.want.ID {
			t.Fatalf("Rollback(%q): %v, %v, want %s", step.id, r, err, step.want.ID)
		}
		wantSite(t, s, files{"/": step.body})
	}
	for _, id := range []string{"000009-00000000", "nonsense", "..", second.ID + "/p"} {
		if _, err := s.Rollback(ctx, id); err == nil {
			t.Errorf("Rollback(%q) did not fail", id)
		}
	}
	// After a rollback the next release has a new number and the newest time.
	fourth := publish(t, s, all("app"), files{"/": "four"})
	if compareIDs(fourth.ID, third.ID) <= 0 {
		t.Errorf("release %s follows %s", fourth.ID, third.ID)
	}
	if a, b := entry(t, third, "/").Modified, entry(t, fourth, "/").Modified; !b.After(a) {
		t.Errorf("the page of %s is from %v, not later than %v of %s", fourth.ID, b, a, third.ID)
	}
}

// A rollback must not wait for a crawl, and the crawl must not undo it.
func TestRollbackWhileStaging(t *testing.T) {
	s := newStore(t)
	first := publish(t, s, all("app"), files{"/": "one"})
	second := publish(t, s, all("app"), files{"/": "two"})
	st := begin(t, s, all("app"))
	yield(t, st, files{"/": "three"})
	if _, err := s.Rollback(context.Background(), ""); err != nil {
		t.Fatal(err)
	}
	_, err := st.Commit(context.Background())
	var moved *MovedError
	if !errors.As(err, &moved) || moved.Was != second.ID || moved.Is != first.ID {
		t.Fatalf("Commit: %v, want a MovedError from %s to %s", err, second.ID, first.ID)
	}
	wantSite(t, s, files{"/": "one"})
	if err := st.Discard(); err != nil {
		t.Fatal(err)
	}
	if list, _ := s.Releases(); len(list) != 2 || len(leftovers(t, s)) != 0 {
		t.Errorf("%d releases and the leftovers %q, want 2 and none", len(list), leftovers(t, s))
	}
}

// A commit waits for a rollback that has the lock, no longer than its context.
func TestCommitWaits(t *testing.T) {
	s := newStore(t)
	lock, err := s.lockCommit(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	st := begin(t, s, all("app"))
	yield(t, st, files{"/": "one"})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() {
		_, err := st.Commit(ctx)
		done <- err
	}()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("Commit: %v, want that it was cancelled", err)
	}
	st.Discard()
	st = begin(t, s, all("app"))
	yield(t, st, files{"/": "two"})
	go func() {
		_, err := st.Commit(context.Background())
		done <- err
	}()
	unlock(lock)
	if err := <-done; err != nil {
		t.Error(err)
	}
	wantSite(t, s, files{"/": "two"})
}

func TestPrune(t *testing.T) {
	for _, test := range []struct {
		name     string
		releases int
		current  int // index, of a rollback; -1 for none
		keep     int
		want     []int // indices that stay
	}{
		{"fewer than to be kept", 2, -1, 3, []int{0, 1}},
		{"as many", 3, -1, 3, []int{0, 1, 2}},
		{"more", 5, -1, 3, []int{2, 3, 4}},
		{"never current nor the one before", 4, -1, 1, []int{2, 3}},
		{"keep 0 is the same", 4, -1, 0, []int{2, 3}},
		{"after a rollback", 6, 2, 1, []int{1, 2, 5}},
		{"after a rollback to the first", 5, 0, 2, []int{0, 3, 4}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStore(t)
			ctx := context.Background()
			var list []*Release
			for i := range test.releases {
				list = append(list, publish(t, s, all("app"), files{"/": strings.Repeat("x", i), "/same": "same"}))
			}
			if test.current >= 0 {
				if _, err := s.Rollback(ctx, list[test.current].ID); err != nil {
					t.Fatal(err)
				}
			}
			removed, err := s.Prune(ctx, test.keep)
			if err != nil {
				t.Fatal(err)
			}
			for i, r := range list {
				_, err := os.Stat(r.Dir)
				if stays := slices.Contains(test.want, i); stays != (err == nil) || stays == slices.Contains(removed, r.ID) {
					t.Errorf("release %d: stays %v, removed %q", i, err == nil, removed)
				}
			}
			if got := leftovers(t, s); len(got) != 0 {
				t.Errorf("trash is left: %q", got)
			}
			// What stays is whole, although it shared files with what is gone.
			left, err := s.Releases()
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range left {
				if _, err := verify(r); err != nil {
					t.Error(err)
				}
			}
			if _, err := s.Rollback(ctx, left[0].ID); err != nil {
				t.Error(err)
			}
		})
	}
}

// A stage links to the releases on disk, so nobody prunes them meanwhile.
func TestPruneWhileStaging(t *testing.T) {
	s := newStore(t)
	publish(t, s, all("app"), files{"/": "one"})
	st := begin(t, s, all("app"))
	var locked *LockedError
	if _, err := s.Prune(context.Background(), 1); !errors.As(err, &locked) || locked.PID != os.Getpid() {
		t.Errorf("Prune: %v, want a LockedError with our pid", err)
	}
	st.Discard()
	if _, err := s.Prune(context.Background(), 1); err != nil {
		t.Error(err)
	}
}
