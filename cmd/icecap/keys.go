package main

import (
	"bufio"
	"io"
	"os"
	"regexp"
	"strings"

	"golang.org/x/term"
)

// openKeys reads the keys of a session: on a terminal each as it is pressed, elsewhere
// lines of one word. The terminal is as it was once back has been called.
func openKeys(in *os.File) (keys <-chan string, back func()) {
	fd := int(in.Fd())
	if !term.IsTerminal(fd) {
		return readKeys(in), func() {}
	}
	before, err := term.GetState(fd)
	if err != nil || !singleKeys(fd) {
		return readKeys(in), func() {}
	}
	return readSingleKeys(in), func() { _ = term.Restore(fd, before) } // the terminal may be gone
}

// readKeys reads lines of one word. The channel is closed at the end of input.
func readKeys(in io.Reader) <-chan string {
	keys := make(chan string)
	go func() {
		defer close(keys)
		for lines := bufio.NewScanner(in); lines.Scan(); {
			keys <- strings.TrimSpace(lines.Text())
		}
	}()
	return keys
}

// readSingleKeys reads keys, one letter each.
func readSingleKeys(in io.Reader) <-chan string {
	keys := make(chan string)
	go func() {
		defer close(keys)
		var pressed [64]byte
		for {
			n, err := in.Read(pressed[:])
			for _, letter := range letters(pressed[:n]) {
				keys <- strings.ToLower(string(letter))
			}
			if err != nil {
				return
			}
		}
	}()
	return keys
}

// sequences are what keys without a letter send, such as arrows (ECMA-48, 5.4).
var sequences = regexp.MustCompile(`\x1b(\[[0-?]*[ -/]*[@-~]?|O.)?`)

func letters(pressed []byte) []byte { return sequences.ReplaceAll(pressed, nil) }
