package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
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

// TestRunPHPFPM ends a php-fpm that a shell started: it makes a session of its own,
// and its workers are another user's.
func TestRunPHPFPM(t *testing.T) {
	t.Parallel()
	fpm := program(t, "php-fpm", "/usr/sbin/php-fpm[0-9]*", "/usr/sbin/php-fpm")
	dir := serverDir(t)
	port, err := freeLoopbackPort()
	if err != nil {
		t.Fatal(err)
	}
	conf := writeServerFile(t, dir, "php-fpm.conf", "[global]\nerror_log = /dev/stderr\n[www]\nlisten = 127.0.0.1:"+port+
		"\nuser = nobody\ngroup = nogroup\npm = static\npm.max_children = 2\n")
	child, err := startChild(fmt.Sprintf("%s -F -y %s; :", fpm, conf), dir, filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer child.stop()
	awaitText(t, filepath.Join(dir, "log"), "ready to handle connections", 1)
	all := belongings(child.cmd.Process.Pid, child.mark)
	if len(all) != 4 {
		t.Errorf("a shell, a master and two workers are %v", all)
	}
	if child.stop() {
		t.Error("it had to be killed")
	}
	for pid := range all {
		if lives(pid) {
			t.Errorf("process %d is left", pid)
		}
	}
	if listening("tcp", "127.0.0.1:"+port)() == nil {
		t.Errorf("something still answers on port %s", port)
	}
}
