package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestTuneInterrupted: Ctrl-C in the midst of a measurement ends all that was
// started, and what was found before stays in the log.
func TestTuneInterrupted(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := exec.Command(program)
	// The second knob's second value measures for ever.
	cmd.Args = []string{"icecap", "tune", "--command", "echo $$ >> pids; exec sleep 1000", "--ready-command", "true", "--rounds", "6",
		"--driver", "sleep {wait} & echo $$ $! >> pids; [ {wait} = 0 ] || touch endless; wait; echo {rate}", "--knob", "rate=1,2", "--knob", "wait=0,1000"}
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	found := func() (done int) {
		var log struct{ Experiments []json.RawMessage }
		text, _ := os.ReadFile(filepath.Join(dir, "tune.json")) // not there at first, half written for a moment
		json.Unmarshal(text, &log)
		return len(log.Experiments)
	}
	endless := func() bool { // the measurement that never ends has begun
		log, _ := filepath.Glob(filepath.Join(dir, "endless"))
		return len(log) > 0
	}
	deadline := time.Now().Add(time.Minute)
	for (found() < 1 || !endless()) && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 130 || found() != 1 {
		t.Errorf("exit code %d, %d experiments in the log; want 130 and 1", code, found())
	}
	pids, err := os.ReadFile(filepath.Join(dir, "pids"))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range strings.Fields(string(pids)) {
		pid, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		for syscall.Kill(pid, 0) == nil && time.Now().Before(deadline) {
			time.Sleep(10 * time.Millisecond)
		}
		if syscall.Kill(pid, 0) == nil {
			t.Errorf("process %d is left", pid)
		}
	}
}
