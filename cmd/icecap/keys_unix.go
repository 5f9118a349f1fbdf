//go:build linux || darwin

package main

import "golang.org/x/sys/unix"

// singleKeys has a terminal hand over each key at once and not show it. Signals such
// as Ctrl-C, and how lines are written, stay as they are, unlike in x/term's raw mode.
// It reports whether the terminal obeys: one that another program has in the
// foreground must not be touched (tcsetattr(3) would stop this one).
func singleKeys(fd int) bool {
	foreground, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	if err != nil || foreground != unix.Getpgrp() {
		return false
	}
	modes, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return false
	}
	modes.Lflag &^= unix.ICANON | unix.ECHO
	modes.Cc[unix.VMIN], modes.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(fd, setTermios, modes) == nil
}
