package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A child is a shell command that runs as long as icecap needs it, the first of
// its own process group. Whatever it starts is in that group too, unless it makes a
// session of its own, as daemons do, and php-fpm -F if a shell started it. So the
// group is ended, and on Linux what else belongs to it; see belongings.
//
// Nobody can promise to end it: a killed or crashing process runs no code. So
// a guard does, a second shell that reads from a pipe of which only icecap
// holds the other end. However icecap ends, the kernel closes that end; the
// guard wakes up, and ends the group. (Linux can signal a process when its parent
// dies, but only the command itself, not what that has started.)
type child struct {
	cmd   *exec.Cmd
	guard *exec.Cmd
	alive *os.File      // the guard's pipe: open as long as icecap lives
	done  chan struct{} // closed once the command itself has ended
	mark  string        // a variable of its environment that no other child has
	stray map[int]bool  // living processes of it that left its group
	stop  func() bool   // ends the group, says whether force was needed; more calls do nothing
}

const (
	// stopGrace is from SIGTERM to SIGKILL. Nothing of value is lost with an app
	// that served only a crawl.
	stopGrace = 5 * time.Second
	// killGrace is for the kernel, after SIGKILL.
	killGrace = 5 * time.Second
)

// childScript tells the guard its group before the command can start anything,
// so that there is no moment at which a kill of icecap leaves it behind. "exec"
// keeps the process, and so the group, the same.
const childScript = `echo $$ >&3 && exec 3>&- && exec sh -c "$1"`

// guardScript sleeps in "read" until icecap is gone. $1 is the grace in seconds, $2
// the mark of those who left the group.
const guardScript = `read -r group || exit
read -r _
below() {
	for pid in $(cat /proc/"$1"/task/*/children); do
		echo "$pid"
		below "$pid"
	done
}
strays=$(below "$group"; grep -lsF "$2=" /proc/[0-9]*/environ | tr -dc '0-9\n')
kill -s TERM -- "-$group"
n=$1
while [ "$n" -gt 0 ] && kill -s 0 -- "-$group"; do
	sleep 1
	n=$((n - 1))
done
kill -s KILL -- "-$group"
[ -z "$strays" ] || kill -s TERM $strays
sleep 1
[ -z "$strays" ] || kill -s KILL $strays`

// startChild runs a shell command in dir, with these variables beside icecap's
// own. All that it prints goes to the file log, which begins anew.
func startChild(command, dir, log string, env ...string) (*child, error) {
	// The gate's user may read the folder; an app's log is not for everybody.
	out, err := os.OpenFile(log, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the log of the app: %w", err)
	}
	defer out.Close()
	wake, alive, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start the app: %w", err)
	}
	defer wake.Close()
	mark := fmt.Sprintf("ICECAP_CHILD_%016x", rand.Uint64())
	c := &child{
		cmd:   exec.Command("sh", "-c", childScript, "sh", command),
		guard: exec.Command("sh", "-c", guardScript, "sh", fmt.Sprint(int(stopGrace.Seconds())), mark),
		alive: alive,
		done:  make(chan struct{}),
		mark:  mark,
		stray: map[int]bool{},
	}
	c.stop = sync.OnceValue(c.end)
	c.guard.Stdin = wake
	c.cmd.Dir, c.cmd.Env = dir, append(append(os.Environ(), env...), mark+"=1")
	// A file, and no pipe of ours: nobody waits for a process that keeps it open.
	c.cmd.Stdout, c.cmd.Stderr = out, out
	c.cmd.ExtraFiles = []*os.File{alive} // descriptor 3
	for _, cmd := range []*exec.Cmd{c.guard, c.cmd} {
		// Ctrl-C in a terminal goes to icecap alone.
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	}
	adoptOrphans()
	if err := c.guard.Start(); err != nil {
		alive.Close()
		return nil, fmt.Errorf("start the app: %w", err)
	}
	if err := c.cmd.Start(); err != nil {
		c.dismiss()
		return nil, fmt.Errorf("start the app: %w", err)
	}
	go func() {
		c.cmd.Wait()
		close(c.done)
	}()
	return c, nil
}

// ended reports whether the command itself has ended; what it started may live on.
func (c *child) ended() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// status is how an ended command ended: "exit status 1".
func (c *child) status() string { return c.cmd.ProcessState.String() }

// end asks the group and those who left it to end, and makes them end. It takes as
// long as the last of them does, but no longer than the two graces.
func (c *child) end() (forced bool) {
	defer c.dismiss()
	if c.empty() {
		return false
	}
	c.signal(syscall.SIGTERM)
	if c.awaitEmpty(stopGrace) {
		return false
	}
	c.signal(syscall.SIGKILL)
	c.awaitEmpty(killGrace)
	return true
}

// signal reaches the group, and each that left it: they are looked for first, for who
// has lost its parent may not be found any more.
func (c *child) signal(number syscall.Signal) {
	c.lookForStrays()
	syscall.Kill(-c.cmd.Process.Pid, number)
	for pid := range c.stray {
		syscall.Kill(pid, number)
	}
}

// lookForStrays finds processes of the child that left its group.
func (c *child) lookForStrays() {
	for pid := range belongings(c.cmd.Process.Pid, c.mark) {
		if group, err := syscall.Getpgid(pid); err == nil && group != c.cmd.Process.Pid {
			c.stray[pid] = true
		}
	}
}

// dismiss ends the guard, before the pipe would wake it.
func (c *child) dismiss() {
	c.guard.Process.Kill()
	c.guard.Wait()
	c.alive.Close()
}

func (c *child) awaitEmpty(patience time.Duration) bool {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if c.empty() {
			return true
		}
	}
	return false
}

// empty reports whether no process of the group is left, nor any that left it.
func (c *child) empty() bool {
	if !c.ended() {
		return false
	}
	group := -c.cmd.Process.Pid
	for { // orphans of the command; see adoptOrphans
		if pid, err := syscall.Wait4(group, nil, syscall.WNOHANG, nil); err != nil || pid <= 0 {
			break
		}
	}
	if syscall.Kill(group, 0) == nil { // else ESRCH, or macOS's EPERM for what has ended
		return false
	}
	c.lookForStrays()
	for pid := range c.stray {
		syscall.Wait4(pid, nil, syscall.WNOHANG, nil) // if it is an orphan of ours
		if syscall.Kill(pid, 0) != nil {
			delete(c.stray, pid)
		}
	}
	return len(c.stray) == 0
}

const (
	tailLines = 20
	tailBytes = 16 << 10
)

// logTail is the end of a log, its last whole lines, or why it cannot be read.
func logTail(name string) string {
	text, err := readEnd(name, tailBytes)
	switch {
	case err != nil:
		return err.Error()
	case strings.TrimSpace(text) == "":
		return "(it printed nothing)"
	}
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-tailLines):], "\n")
}

// readEnd reads the last n bytes of a file, from the start of a line.
func readEnd(name string, n int64) (string, error) {
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	text := make([]byte, min(n, info.Size()))
	if _, err := file.ReadAt(text, info.Size()-int64(len(text))); err != nil {
		return "", errors.Join(errors.New("read the log of the app"), err)
	}
	if int64(len(text)) == info.Size() {
		return string(text), nil
	}
	_, rest, ok := strings.Cut(string(text), "\n")
	if !ok {
		return string(text), nil // one endless line
	}
	return rest, nil
}
