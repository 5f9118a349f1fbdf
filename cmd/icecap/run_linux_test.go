package main

import (
	"os/exec"
	"testing"
	"time"
)

// TestRunInContainer ends an app that leaves orphans where nobody waits for
// them, as in many a container. They have ended, and must not be waited for
// until the grace is over.
func TestRunInContainer(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("careless", "icecap", "freeze", "--run", "testapp -spawn 3", "--ready", "/healthz")
	cmd.Dir = t.TempDir()
	start := time.Now()
	text, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("freeze: %v\n%s", err, text)
	}
	if took := time.Since(start); took >= stopGrace {
		t.Errorf("it took %s, as long as if somebody had ignored SIGTERM\n%s", took, text)
	}
	assertGone(t, cmd.Dir+"/pids")
}
