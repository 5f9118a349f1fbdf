package main

import "golang.org/x/sys/unix"

// adoptOrphans makes icecap the parent of every process below it that loses its
// own. In a container the first process would be, and many a first process
// waits for nobody: what has ended would then look alive for ever.
func adoptOrphans() {
	// An error only means that somebody else has to wait for them.
	_ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
}
