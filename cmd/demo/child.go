package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// patience is how long a child may take to end before it is killed.
const patience = 5 * time.Second

// A child is a program in a process group of its own, so that the terminal's
// Ctrl-C reaches the demo alone, which then ends its children in order.
type child struct {
	cmd  *exec.Cmd
	log  string        // file with what it wrote to stderr
	done chan struct{} // closed when it has ended
	end  sync.Once
}

// command prints the command as one would type it, and prepares it.
func (d *demo) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	d.say("$ bin/%s %s", name, strings.Join(args, " "))
	cmd := exec.CommandContext(ctx, filepath.Join(d.bin, name), args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithParent(cmd.SysProcAttr)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = patience
	return cmd
}

// onOneThread runs f on a thread of its own: on Linux a child dies with the
// thread that started it, so that thread must not end early.
func onOneThread(f func()) {
	go func() {
		runtime.LockOSThread()
		f()
	}()
}

// runCommand runs a command to its end, on our terminal.
func runCommand(cmd *exec.Cmd) error {
	ended := make(chan error, 1)
	onOneThread(func() { ended <- cmd.Run() })
	if err := <-ended; err != nil {
		return fmt.Errorf("run %s: %w", filepath.Base(cmd.Path), err)
	}
	return nil
}

// start starts a command that serves until it is stopped; its log goes to a
// file, and the first line that it prints is returned.
func (d *demo) start(ctx context.Context, cmd *exec.Cmd) (*child, string, error) {
	name := filepath.Base(cmd.Path)
	c := &child{cmd: cmd, log: filepath.Join(d.dir, name+".log"), done: make(chan struct{})}
	log, err := os.Create(c.log)
	if err != nil {
		return nil, "", err
	}
	defer log.Close()
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, "", err
	}
	defer reader.Close()
	cmd.Stdout, cmd.Stderr = writer, log
	started := make(chan error)
	onOneThread(func() {
		err := cmd.Start()
		writer.Close()
		started <- err
		if err == nil {
			cmd.Wait() // it was told to end, or the next request shows that it has
			close(c.done)
		}
	})
	if err := <-started; err != nil {
		return nil, "", fmt.Errorf("start %s: %w", name, err)
	}
	line := make(chan string, 1)
	go func() {
		buffer := make([]byte, 4096)
		n, _ := reader.Read(buffer) // nothing, if it ended without a word
		line <- string(buffer[:n])
	}()
	select {
	case first := <-line:
		if strings.HasSuffix(first, "\n") {
			return c, strings.TrimSpace(first), nil
		}
		err = errors.New("it ended at once")
	case <-ctx.Done():
		err = ctx.Err()
	case <-time.After(30 * time.Second):
		err = errors.New("it is silent for 30 s")
	}
	c.stop()
	said, _ := os.ReadFile(c.log) // better than nothing
	return nil, "", fmt.Errorf("start %s: %w\n%s", name, err, said)
}

// stop asks the child to end, kills its group if it does not, and waits.
func (c *child) stop() {
	c.end.Do(func() {
		c.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-c.done:
		case <-time.After(patience):
			syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL)
			<-c.done
		}
	})
}

// freeAddress prefers a port that is easy to remember.
func freeAddress() (string, error) {
	for _, address := range []string{"127.0.0.1:8080", "127.0.0.1:0"} {
		listener, err := net.Listen("tcp", address)
		if err == nil {
			return listener.Addr().String(), listener.Close()
		}
	}
	return "", errors.New("find a free port: the loopback has none")
}
