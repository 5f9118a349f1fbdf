//go:build unix && !linux

package nginx

import (
	"os/exec"
	"os/user"
	"syscall"
)

// runAs makes a command run as another user, without root's groups.
func runAs(cmd *exec.Cmd, u *user.User) error {
	uid, gid, err := ids(u)
	if err != nil {
		return err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	return nil
}

// attach gives a command its own process group. Only Linux can end it with its
// parent.
func attach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func signalReload(pid int) error { return syscall.Kill(pid, syscall.SIGHUP) }

func signalQuit(pid int) error { return syscall.Kill(pid, syscall.SIGQUIT) }

// killGroup ends the master and its workers at once.
func killGroup(pid int) error { return syscall.Kill(-pid, syscall.SIGKILL) }
