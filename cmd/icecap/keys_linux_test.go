package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// openTerminal is a new terminal: the side of the person, and that of the program.
func openTerminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("there are no terminals here: %v", err)
	}
	t.Cleanup(func() { person.Close() })
	number, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close() })
	return person, program
}

// TestWatchKeys presses keys on a terminal, without Enter. It is as it was afterwards,
// also after Ctrl-C.
func TestWatchKeys(t *testing.T) {
	for _, last := range []string{"q", "Q", "\x03"} {
		person, program := openTerminal(t)
		before, err := unix.IoctlGetTermios(int(program.Fd()), getTermios)
		if err != nil {
			t.Fatal(err)
		}
		w := &watching{TB: t, dir: filepath.Join(t.TempDir(), "notes"), lines: make(chan string, 1000), terminal: program}
		w.write("one.md", "First text.\n")
		w.start(w.dir)
		w.until("watching ")
		press := func(keys string) {
			t.Helper()
			if _, err := io.WriteString(person, keys); err != nil {
				t.Fatal(err)
			}
		}
		press("\x1b[A") // an arrow is no key of ours
		press("r")
		w.until("everything: ")
		during, err := unix.IoctlGetTermios(int(program.Fd()), getTermios)
		if err != nil || during.Lflag&unix.ICANON != 0 || during.Lflag&unix.ISIG == 0 || during.Oflag != before.Oflag {
			t.Errorf("the terminal's modes are %+v, %v", during, err)
		}
		press(last)
		if err := w.cmd.Wait(); err != nil {
			t.Errorf("ended by %q: %v", last, err)
		}
		if after, err := unix.IoctlGetTermios(int(program.Fd()), getTermios); err != nil || *after != *before {
			t.Errorf("after %q the terminal's modes are %+v, were %+v: %v", last, after, before, err)
		}
	}
}
