package main

import "golang.org/x/sys/unix"

// Requests for the modes of a terminal (tty(4)).
const (
	getTermios = unix.TIOCGETA
	setTermios = unix.TIOCSETA
)
