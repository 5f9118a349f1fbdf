//go:build unix

package release

import (
	"bufio"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestKillLoop kills a publisher at random moments, again and again, while a
// reader checks that there is always one whole release.
func TestKillLoop(t *testing.T) {
	t.Parallel()
	const kills = 120
	rounds := kills
	if testing.Short() {
		rounds = 10
	}
	dir := outDir(t)
	if _, err := publishVersion(dir, 0); err != nil {
		t.Fatal(err)
	}
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var reads atomic.Int64
	done := make(chan error)
	go func() {
		for ctx.Err() == nil {
			if err := readCurrent(s); err != nil {
				done <- err
				return
			}
			reads.Add(1)
		}
		done <- nil
	}()
	// On a busy machine most kills come before anything was published: then there
	// are more of them.
	published, killed := 0, 0
	enough := func() bool { return published >= rounds/4 && reads.Load() >= int64(rounds) }
	for ; !t.Failed() && (killed < rounds || killed < 10*rounds && !enough()); killed++ {
		published += killOne(t, s)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	t.Logf("%d kills, %d releases published, %d times read whole", killed, published, reads.Load())
	if !enough() {
		t.Errorf("too little happened: %d releases, %d reads", published, reads.Load())
	}
}

// readCurrent verifies the published release. It may be pruned while it is
// read, if the reader is so slow; only then it may be incomplete.
func readCurrent(s *Store) error {
	r, err := s.Current()
	if err != nil {
		return err
	}
	_, err = verify(r)
	if err == nil {
		return nil
	}
	list, listErr := s.Releases()
	if listErr != nil {
		return errors.Join(err, listErr)
	}
	for _, other := range list {
		if other.ID == r.ID {
			return err // it is still there, and not whole
		}
	}
	now, currentErr := s.Current()
	if currentErr != nil || now.ID == r.ID {
		return errors.Join(err, currentErr)
	}
	return nil
}

// killOne kills a publisher after a random time, checks what it left, and
// returns how many releases it had published.
func killOne(t *testing.T, s *Store) (published int) {
	t.Helper()
	cmd := helper(t, "loop", s.dir)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(time.Duration(rand.IntN(150))*time.Millisecond, func() { cmd.Process.Kill() })
	defer timer.Stop()
	last := ""
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		id, ok := strings.CutPrefix(lines.Text(), "published ")
		if !ok {
			t.Errorf("the publisher said %q", lines.Text())
		} else if last = id; ok {
			published++
		}
	}
	cmd.Wait()
	// The next command recovers, needs no human, and finds one whole release.
	again, err := Open(s.dir)
	if err != nil {
		t.Errorf("Open after a kill: %v", err)
		return published
	}
	if left := leftovers(t, again); len(left) != 0 {
		t.Errorf("left after a kill and a recovery: %q", left)
	}
	if left := strays(t, again); len(left) != 0 {
		t.Errorf("left in the trees after a kill and a recovery: %q", left)
	}
	r, err := again.Current()
	if err != nil {
		t.Errorf("Current after a kill: %v", err)
		return published
	}
	if _, err := verify(r); err != nil {
		t.Errorf("after a kill: %v", err)
	}
	// What was called published stays published; only the step that ran when
	// the kill came may have gone further: a release more, or a rollback.
	if last != "" && r.ID != last {
		list, err := again.Releases()
		if err != nil {
			t.Fatal(err)
		}
		back, _ := before(list, last)
		if compareIDs(r.ID, last) < 0 && (back == nil || back.ID != r.ID) {
			t.Errorf("%s was published, but after the kill it is %s", last, r.ID)
		}
	}
	return published
}
