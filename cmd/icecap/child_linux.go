package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// adoptOrphans makes icecap the parent of every process below it that loses its
// own. In a container the first process would be, and many a first process
// waits for nobody: what has ended would then look alive for ever.
func adoptOrphans() {
	// An error only means that somebody else has to wait for them.
	_ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
}

// belongings are the processes that a child started, at whatever remove: those below
// it, and those that were started with its mark in their environment. Some programs
// write their title over that (php-fpm, nginx), others leave the tree (daemons); who
// does both is not found.
func belongings(child int, mark string) map[int]bool {
	found := map[int]bool{}
	addBelow(found, child)
	names, _ := filepath.Glob("/proc/[0-9]*/environ") // the pattern is well formed
	for _, name := range names {
		environ, err := os.ReadFile(name)
		if err != nil || !bytes.Contains(environ, []byte(mark+"=")) {
			continue // it has ended, or is somebody else's
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name))); err == nil {
			found[pid] = true
			addBelow(found, pid)
		}
	}
	return found
}

// addBelow adds the children of a process, and theirs.
func addBelow(found map[int]bool, parent int) {
	names, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", parent))
	for _, name := range names {
		text, _ := os.ReadFile(name) // it may have ended
		for _, word := range strings.Fields(string(text)) {
			if pid, err := strconv.Atoi(word); err == nil && !found[pid] {
				found[pid] = true
				addBelow(found, pid)
			}
		}
	}
}
