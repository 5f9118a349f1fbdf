//go:build unix

package release

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"icecap/content"
)

// ErrNoRelease says that nothing was published yet.
var ErrNoRelease = errors.New("find the published release: nothing was published yet")

// A ForeignError says that a folder is not icecap's to write in. Nothing was changed.
type ForeignError struct {
	Dir    string
	Reason string
}

func (e *ForeignError) Error() string { return fmt.Sprintf("use folder %s: %s", e.Dir, e.Reason) }

// Hint says how to go on.
func (e *ForeignError) Hint() string {
	return "name a folder that does not exist yet, or one that icecap made"
}

// A LockedError says that another process stages or prunes in the same output folder.
type LockedError struct {
	PID  int    // 0 where the holder has not written it yet
	Host string // name of the holder's machine
}

func (e *LockedError) Error() string {
	if e.PID == 0 {
		return "lock the output folder: another icecap is publishing into it"
	}
	return fmt.Sprintf("lock the output folder: another icecap is publishing into it (pid %d on %s)", e.PID, e.Host)
}

// Hint says how to go on.
func (e *LockedError) Hint() string { return "wait until it has ended" }

// A MovedError says that another release was published, or rolled back to,
// since the stage was begun. The stage was built on the wrong site.
type MovedError struct {
	Was string // the release that the stage was built on; empty for none
	Is  string // the release that is published now
}

func (e *MovedError) Error() string {
	name := func(id string) string {
		if id == "" {
			return "no release"
		}
		return "release " + id
	}
	return fmt.Sprintf("publish the stage: it was built on %s, but %s is published now", name(e.Was), name(e.Is))
}

// Hint says how to go on.
func (e *MovedError) Hint() string { return "run it again: it then starts from the published site" }

// A BrokenError says that current does not lead to a release, so that nobody
// can tell which site is published.
type BrokenError struct {
	Dir    string // the output folder
	Target string // what current holds, where it is a symbolic link
	Reason string
}

func (e *BrokenError) Error() string {
	return fmt.Sprintf("follow the link %s/current: %s", e.Dir, e.Reason)
}

// Hint names the command that mends it.
func (e *BrokenError) Hint() string {
	return "list what is left with `icecap releases`, then publish one with `icecap rollback ID`"
}

// A CorruptError says that a release on disk is not what was published.
type CorruptError struct {
	Release string // its ID
	Reason  string
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("read release %s: %s", e.Release, e.Reason)
}

// Hint names the command that mends it.
func (e *CorruptError) Hint() string {
	return "publish a whole one with `icecap rollback ID`, or freeze again into a new folder"
}

// A DuplicateError says that one URL was yielded twice, or by two sources.
type DuplicateError struct {
	Key           content.Key
	First, Second string // where each came from: [content.Page.Origin], or words for a redirect
}

func (e *DuplicateError) Error() string {
	return fmt.Sprintf("stage %s: it comes from %s and again from %s", e.Key.URL(), e.First, e.Second)
}

// Hint says how to go on.
func (e *DuplicateError) Hint() string { return "remove one of the two, or give it another URL" }

// A CheckError says why a stage should not be published. The old site stays.
type CheckError struct {
	Reason string
	Hint   string // how to mend it; may be empty
}

func (e *CheckError) Error() string { return "check the new site: " + e.Reason }

// A DiskError is a refusal of the file system: what was tried, and the system's answer.
type DiskError struct {
	Doing string // "write page /about"
	Err   error
}

func (e *DiskError) Error() string { return e.Doing + ": " + e.Err.Error() }
func (e *DiskError) Unwrap() error { return e.Err }

// Hint says how to mend the common causes; it is empty for the others.
func (e *DiskError) Hint() string {
	for _, h := range diskHints {
		if errors.Is(e.Err, h.err) {
			return h.hint
		}
	}
	return ""
}

var diskHints = []struct {
	err  syscall.Errno
	hint string
}{
	{syscall.ENOSPC, "free space or inodes on the disk (df -h, df -i); `icecap prune` removes old releases"},
	{syscall.EDQUOT, "free space in the user's disk quota; `icecap prune` removes old releases"},
	{syscall.EFBIG, "the file is larger than the process may write; raise `ulimit -f`"},
	{syscall.EROFS, "the folder is on a file system that is mounted read-only; mount it writable or name another folder"},
	{syscall.EMFILE, "too many files are open in this process; raise `ulimit -n`"},
	{syscall.ENFILE, "too many files are open on this machine; raise the system's limit fs.file-max"},
	{syscall.EACCES, "run as the user who owns the output folder"},
	{syscall.EPERM, "run as the user who owns the output folder"},
	{syscall.EIO, "the disk reports errors; look at the kernel's log"},
	{syscall.EEXIST, "something else writes into the output folder, or its file system ignores letter case"},
	{syscall.ELOOP, "a symbolic link stands where icecap keeps a file of its own; remove it"},
	{syscall.ENOTDIR, "a file or a symbolic link stands where icecap keeps a folder of its own; remove it"},
}

// disk wraps the file system's answer in what was tried.
func disk(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	doing := fmt.Sprintf(format, args...)
	if e := (*fs.PathError)(nil); errors.As(err, &e) && strings.Contains(doing, e.Path) {
		err = e.Err // the path is said once
	}
	return &DiskError{doing, err}
}
