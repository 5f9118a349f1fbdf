package main

import "golang.org/x/sys/unix"

// Requests for the modes of a terminal (ioctl_tty(2)).
const (
	getTermios = unix.TCGETS
	setTermios = unix.TCSETS
)
