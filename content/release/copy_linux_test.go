package release

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func init() { helpers["copy"] = helpCopy }

// otherHost is the newest release of the store beside one.
func otherHost(dir string) (*Release, error) {
	s, err := Open(filepath.Join(filepath.Dir(dir), "other"))
	if err != nil {
		return nil, err
	}
	return s.Current()
}

// helpCopy copies the newest release of the store beside this one: folder, anything.
func helpCopy(args []string) error {
	from, err := otherHost(args[0])
	if err != nil {
		return err
	}
	s, err := Open(args[0])
	if err != nil {
		return err
	}
	r, _, err := copyRelease(s, from)
	if err == nil {
		fmt.Println("copied", r.ID)
	}
	return err
}

// copySite is a store with a site, and one beside it with other releases, of which
// it has copied the one before the newest.
func copySite(t *testing.T) *Store {
	t.Helper()
	other := newStore(t)
	for version := 1; version <= 4; version++ {
		if _, err := publishVersion(other.dir, version); err != nil {
			t.Fatal(err)
		}
	}
	return copySiteBeside(t, other)
}

func copySiteBeside(t *testing.T, other *Store) *Store {
	t.Helper()
	s, _ := oldSite(t)
	list, err := other.Releases()
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := copyRelease(s, list[2]); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(other.dir, filepath.Join(filepath.Dir(s.dir), "other")); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestCopyKilledAtEveryStep: a host that dies in a copy has its site as before,
// loses nothing else, and the next copy ends.
func TestCopyKilledAtEveryStep(t *testing.T) {
	t.Parallel()
	begun, done := 0, 0
	all := countSteps(t, "copy")
	from, err := otherHost(copySite(t).dir)
	if err != nil {
		t.Fatal(err)
	}
	other, err := Open(filepath.Dir(filepath.Dir(from.Dir)))
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range all {
		s := copySiteBeside(t, other)
		cmd := withHelper(traced(t, append(step.inject("signal=KILL"), "-o", "/dev/null", "-e", "trace="+step.call), s.dir, "2"), "copy")
		// strace itself was seen to wait for ever for a thread that it killed.
		stuck := time.AfterFunc(5*time.Second, func() { cmd.Process.Kill() })
		text, err := cmd.CombinedOutput()
		stuck.Stop()
		if err == nil {
			t.Errorf("%v: it was not killed: %s", step, text)
		}
		if version := publishedVersion(t, s, "copy"); version != "1" {
			t.Errorf("%v: version %s is published", step, version)
		}
		again, err := Open(s.dir)
		if err != nil {
			t.Fatalf("%v: Open: %v", step, err)
		}
		wholeReleases(t, again)
		if copies, err := again.listed(copyPrefix); err != nil || len(copies) > 0 {
			begun++
		}
		made := again.release(from.ID)
		if _, err := made.Site(); err == nil {
			done++
		} else if made, _, err = copyRelease(again, from); err != nil {
			t.Errorf("%v: the next copy: %v", step, err)
			continue
		}
		sameRelease(t, from, made)
		if left := strays(t, again); len(left) > 0 {
			t.Errorf("%v: left in the trees: %q", step, left)
		}
		_, err = publishVersion(s.dir, 3)
		_, pruneErr := again.Prune(t.Context(), 1)
		if err := errors.Join(err, pruneErr); err != nil || publishedVersion(t, s, "publish") != "3" {
			t.Errorf("%v: the next run: %v", step, err)
		}
	}
	t.Logf("killed at %d steps; it left a copy begun %d times, and ended %d times", len(all), begun, done)
	if begun < 10 || done == 0 {
		t.Error("the kills did not spread over the steps")
	}
}
