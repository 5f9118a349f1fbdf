package main

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// programs builds what "make demo" builds, and returns the folder.
func programs(t *testing.T) string {
	t.Helper()
	bin, err := os.MkdirTemp("", "bin-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(bin) })
	if err := os.Chmod(bin, 0o755); err != nil { // for another user
		t.Fatal(err)
	}
	for _, build := range []struct{ name, module, dir string }{
		{"icecap", "../..", "./cmd/icecap"}, {"demo", "../..", "./cmd/demo"}, {"shop", "../shop", "."},
	} {
		cmd := exec.Command("go", "build", "-C", build.module, "-o", filepath.Join(bin, build.name), build.dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", build.name, err, out)
		}
	}
	return bin
}

// tell runs the demo without a terminal and, once a line starts with the given
// words, interrupts it; as another user, if one is given. It returns all that
// was printed, and the exit code.
func tell(t *testing.T, bin, interruptAt string, as *syscall.Credential) (output string, code int) {
	t.Helper()
	tmp, err := os.MkdirTemp("", "demo-") // short, as NGINX and sockets want it
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(tmp)
	if err := os.Chmod(tmp, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(bin, "demo"))
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: as}
	dieWithParent(cmd.SysProcAttr)
	if as != nil {
		cmd.Env = append(cmd.Env, "HOME="+tmp)
		if err := os.Chown(tmp, int(as.Uid), int(as.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	cmd.Stdout, cmd.Stderr = writer, writer
	ended := make(chan error, 1)
	started := make(chan error, 1)
	onOneThread(func() {
		err := cmd.Start()
		writer.Close()
		started <- err
		if err == nil {
			ended <- cmd.Wait()
		}
	})
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	watchdog := time.AfterFunc(2*time.Minute, func() { cmd.Process.Kill() })
	defer watchdog.Stop()
	var text strings.Builder
	for lines := bufio.NewScanner(reader); lines.Scan(); {
		text.WriteString(lines.Text() + "\n")
		if interruptAt != "" && strings.HasPrefix(lines.Text(), interruptAt) {
			cmd.Process.Signal(os.Interrupt)
		}
	}
	<-ended
	if left := runningIn(tmp); len(left) > 0 {
		t.Errorf("left running: %q", left)
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left in the temporary folder: %v, %v", left, err)
	}
	return text.String(), cmd.ProcessState.ExitCode()
}

// nobody is an ordinary user for tests that run as root; nil, which is the
// current user, for others.
func nobody(t *testing.T) *syscall.Credential {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
	gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(uidErr, gidErr); err != nil {
		t.Fatal(err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// runningIn lists the processes whose command line names a folder.
func runningIn(dir string) []string {
	var found []string
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline") // none outside Linux
	for _, file := range files {
		if line, err := os.ReadFile(file); err == nil && bytes.Contains(line, []byte(dir)) {
			found = append(found, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}

func TestDemo(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute; run without -short")
	}
	bin := programs(t)
	t.Run("to the end, as an ordinary user", func(t *testing.T) {
		output, code := tell(t, bin, "", nobody(t))
		if code != 0 {
			t.Fatalf("exit code %d\n%s", code, output)
		}
		ratio := regexp.MustCompile(`(?m)^times as many +([0-9.]+)$`).FindStringSubmatch(output)
		if ratio == nil {
			t.Fatalf("no ratio is told\n%s", output)
		}
		if times, err := strconv.ParseFloat(ratio[1], 64); err != nil || times <= 1 {
			t.Errorf("frozen pages are %s times as fast as the shop\n%s", ratio[1], output)
		}
		if !strings.Contains(output, "frozen pages still answer, byte for byte") {
			t.Errorf("the end of the shop is not told\n%s", output)
		}
	})
	for _, moment := range []string{"$ bin/shop", "== Freeze it", "round 1"} {
		t.Run("interrupted at "+moment, func(t *testing.T) {
			if output, code := tell(t, bin, moment, nil); code != 130 {
				t.Errorf("exit code %d, want 130\n%s", code, output)
			}
		})
	}
}
