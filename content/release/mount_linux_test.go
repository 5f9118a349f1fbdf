package release

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"icecap/content"
)

func init() { helpers["mount"] = helpMount }

// mounted tells a story in a mount namespace of its own, where a child may
// mount small and read-only disks; nothing is left to unmount. Without root it
// takes a user namespace for that, where the system allows one.
func mounted(t *testing.T, story string) {
	t.Helper()
	cmd := helper(t, "mount", story, t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	text, err := cmd.CombinedOutput()
	switch {
	case cmd.ProcessState == nil:
		t.Skipf("needs root, or user namespaces without root: %v", err)
	case strings.Contains(string(text), "cannot mount"):
		t.Skipf("may not mount a small disk: %s", text)
	case err != nil:
		t.Errorf("%v: %s", err, text)
	default:
		t.Logf("%s", text)
	}
}

var mountStories = map[string]func(dir string) error{
	"bytes":    func(dir string) error { return storyFull(dir, "size=400k", "no space left") },
	"inodes":   func(dir string) error { return storyFull(dir, "nr_inodes=150", "no space left") },
	"readonly": storyReadOnly,
}

func helpMount(args []string) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("cannot mount: %w", err)
	}
	return mountStories[args[0]](args[1])
}

func tmpfs(dir, options string) error {
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		return fmt.Errorf("cannot mount: %w", err)
	}
	return nil
}

// storyFull publishes ever more pages until the disk is full.
func storyFull(dir, options, words string) error {
	if err := tmpfs(dir, options); err != nil {
		return err
	}
	out := filepath.Join(dir, "out")
	if _, err := publishVersion(out, 1); err != nil {
		return err
	}
	for version := 2; ; version++ {
		s, err := Open(out)
		if err != nil {
			return err
		}
		was, err := s.Current()
		if err != nil {
			return err
		}
		_, err = publishVersion(out, version)
		if err == nil && version < 1000 {
			continue
		}
		var full *DiskError
		if !errors.As(err, &full) || !strings.Contains(err.Error(), words) || !strings.Contains(full.Hint(), "icecap prune") {
			return fmt.Errorf("got %v, want a DiskError with %q and a hint", err, words)
		}
		fmt.Println("version", version, "ended with:", err)
		return afterFull(s, was, version)
	}
}

// afterFull checks that the old site is whole, nothing is left, and pruning helps.
func afterFull(s *Store, was *Release, version int) error {
	is, err := s.Current()
	if err != nil || is.ID != was.ID {
		return fmt.Errorf("current is %v, want %v: %w", is, was, err)
	}
	if _, err := verify(is); err != nil {
		return err
	}
	if left, err := s.leftovers(true); err != nil || len(left) > 0 {
		return fmt.Errorf("left behind: %q, %v", left, err)
	}
	if _, err := s.Prune(context.Background(), 1); err != nil {
		return err
	}
	_, err = publishVersion(s.dir, version)
	return err
}

// storyReadOnly opens a store that may be read only.
func storyReadOnly(dir string) error {
	if err := tmpfs(dir, "size=4m"); err != nil {
		return err
	}
	out := filepath.Join(dir, "out")
	if _, err := publishVersion(out, 1); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(out, releasesName, ".stage-dead"), 0o755); err != nil {
		return err
	}
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		return fmt.Errorf("cannot mount: %w", err)
	}
	// It can be read.
	s, err := Open(out)
	if err != nil {
		return err
	}
	r, err := s.Current()
	if err != nil {
		return err
	}
	if _, err := verify(r); err != nil {
		return err
	}
	// It cannot be written, and says so.
	_, stage := s.Stage(context.Background(), content.Scope{Source: "app"})
	_, prune := s.Prune(context.Background(), 1)
	_, open := Open(filepath.Join(dir, "new"))
	_, export := r.Export(context.Background(), filepath.Join(dir, "export"))
	for name, err := range map[string]error{"Stage": stage, "Prune": prune, "Open": open, "Export": export} {
		var readOnly *DiskError
		if !errors.As(err, &readOnly) || !errors.Is(err, unix.EROFS) || !strings.Contains(readOnly.Hint(), "read-only") {
			return fmt.Errorf("%s: %v, want a DiskError with a hint", name, err)
		}
	}
	return nil
}

func TestDiskFull(t *testing.T)     { mounted(t, "bytes") }
func TestInodesFull(t *testing.T)   { mounted(t, "inodes") }
func TestReadOnlyDisk(t *testing.T) { mounted(t, "readonly") }
