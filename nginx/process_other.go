//go:build !unix

package nginx

import (
	"errors"
	"os"
	"os/exec"
	"os/user"
)

var errNoSignals = errors.New("this system has no signals")

func runAs(*exec.Cmd, *user.User) error { return errNoSignals }

func attach(*exec.Cmd) {}

func signalReload(int) error { return errNoSignals }

func signalQuit(int) error { return errNoSignals }

func killGroup(pid int) error {
	process, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return process.Kill()
}
