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

// attach gives a command its own process group, so that Ctrl-C in a terminal
// reaches us first, and lets the kernel end it when the thread that started it
// ends. The signal is the fast and orderly one: a killed master would leave its
// workers behind.
func attach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}

func signalReload(pid int) error { return syscall.Kill(pid, syscall.SIGHUP) }

func signalQuit(pid int) error { return syscall.Kill(pid, syscall.SIGQUIT) }

// killGroup ends the master and its workers at once.
func killGroup(pid int) error { return syscall.Kill(-pid, syscall.SIGKILL) }
