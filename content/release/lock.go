//go:build unix

package release

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

const (
	lockName = "lock"
	// marker is how the file lock begins, in every output folder of icecap. The
	// digit is the version of the layout.
	marker = "icecap output folder 1\n"
)

// claim checks that the output folder is ours, or makes it ours if it is empty.
func (s *Store) claim() error {
	lock, err := s.openLock(os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		if err := s.empty(); err != nil {
			return err
		}
		// Not O_EXCL: two processes may find the folder empty at once.
		lock, err = s.openLock(os.O_RDWR | os.O_CREATE)
	}
	if err != nil {
		return disk(err, "open %s", s.path(lockName))
	}
	defer lock.Close()
	ours, err := isMarked(lock)
	if err != nil {
		return err
	}
	if !ours {
		if err := s.mark(); err != nil {
			return err
		}
	}
	for _, name := range []string{releasesName, treesName} {
		dir := s.path(name)
		info, err := os.Lstat(dir)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			err = makeFolder(dir)
		case err == nil && !info.IsDir():
			return &ForeignError{s.dir, "its entry " + name + " is not a folder"}
		}
		if err != nil {
			return disk(err, "open folder %s", dir)
		}
	}
	return nil
}

// empty returns a *ForeignError if something other than a lock is in the
// folder. A new disk's lost+found does not count.
func (s *Store) empty() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return disk(err, "list output folder %s", s.dir)
	}
	foreign := slices.IndexFunc(entries, func(e fs.DirEntry) bool {
		return e.Name() != lockName && e.Name() != "lost+found"
	})
	if foreign < 0 {
		return nil
	}
	// Another icecap may just have made the folder its own.
	if lock, err := s.openLock(os.O_RDONLY); err == nil {
		defer lock.Close()
		if ours, err := isMarked(lock); err == nil && ours {
			return nil
		}
	}
	return &ForeignError{s.dir, fmt.Sprintf("is not empty (it holds %q) and was not made by icecap", entries[foreign].Name())}
}

// mark writes the marker into a lock file that is still empty.
func (s *Store) mark() error {
	lock, err := s.openLock(os.O_RDWR)
	if err != nil {
		return disk(err, "open %s", s.path(lockName))
	}
	defer lock.Close()
	if info, err := lock.Stat(); err != nil || info.Size() != 0 {
		if ours, err := isMarked(lock); err != nil || ours {
			return err // another icecap was faster
		}
		return &ForeignError{s.dir, "holds a file named lock that is not icecap's"}
	}
	if err := s.empty(); err != nil {
		return err
	}
	// Only processes at this very line hold this lock of an empty folder.
	if err := flock(lock, unix.LOCK_EX); err != nil {
		return disk(err, "lock %s", s.path(lockName))
	}
	defer flock(lock, unix.LOCK_UN)
	if ours, err := isMarked(lock); err != nil || ours {
		return err
	}
	if _, err := lock.WriteAt([]byte(marker), 0); err != nil {
		return disk(err, "write %s", s.path(lockName))
	}
	if err := lock.Chmod(fileMode); err != nil {
		return disk(err, "make %s readable", s.path(lockName))
	}
	// Without the marker a power loss would leave a folder that looks foreign.
	if err := lock.Sync(); err != nil {
		return disk(err, "sync %s", s.path(lockName))
	}
	return disk(syncPath(s.dir), "sync folder %s", s.dir)
}

// isMarked reports whether the file begins with the marker.
func isMarked(lock *os.File) (bool, error) {
	head := make([]byte, len(marker))
	n, err := lock.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return false, disk(err, "read %s", lock.Name())
	}
	return string(head[:n]) == marker, nil
}

func (s *Store) openLock(flags int) (*os.File, error) {
	return os.OpenFile(s.path(lockName), flags|unix.O_NOFOLLOW, fileMode)
}

// lockWriter takes the writer's lock. It never waits. The lock ends with the
// process, or with unlockWriter.
func (s *Store) lockWriter() (*os.File, error) {
	lock, err := s.openLock(os.O_RDWR)
	if err != nil {
		return nil, disk(err, "open %s", s.path(lockName))
	}
	if err := flock(lock, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		defer lock.Close()
		if err == unix.EWOULDBLOCK {
			return nil, holder(lock)
		}
		return nil, disk(err, "lock %s", s.path(lockName))
	}
	host, err := os.Hostname()
	if err != nil {
		host = "an unknown host"
	}
	// For messages only. It may fail on a full disk, where Prune must work.
	_ = setHolder(lock, fmt.Sprintf("held by pid %d on %s\n", os.Getpid(), host))
	return lock, nil
}

// setHolder replaces what follows the marker, which is never absent.
func setHolder(lock *os.File, text string) error {
	if err := lock.Truncate(int64(len(marker))); err != nil {
		return err
	}
	_, err := lock.WriteAt([]byte(text), int64(len(marker)))
	return err
}

// holder reads who holds the lock.
func holder(lock *os.File) *LockedError {
	text := make([]byte, 1024)
	n, _ := lock.ReadAt(text, 0)
	var e LockedError
	line, _ := bytes.CutPrefix(text[:n], []byte(marker))
	if _, err := fmt.Sscanf(string(line), "held by pid %d on %s\n", &e.PID, &e.Host); err != nil {
		return &LockedError{}
	}
	return &e
}

// unlockWriter gives the writer's lock back.
func unlockWriter(lock *os.File) {
	_ = setHolder(lock, "")
	unlock(lock)
}

// unlock gives a lock back. To close the file would not always do: a child
// process that is just being started, anywhere in this process, has a copy of
// the handle until it executes its program, and would keep the lock so long.
func unlock(lock *os.File) {
	_ = flock(lock, unix.LOCK_UN)
	lock.Close()
}

// lockCommit takes the commit lock, which is held for milliseconds only. Give
// it back with unlock.
func (s *Store) lockCommit(ctx context.Context) (*os.File, error) {
	dir := s.path(releasesName)
	lock, err := os.OpenFile(dir, unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, disk(err, "open folder %s", dir)
	}
	for {
		err := flock(lock, unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return lock, nil
		}
		if err != unix.EWOULDBLOCK {
			lock.Close()
			return nil, disk(err, "lock folder %s", dir)
		}
		select {
		case <-ctx.Done():
			lock.Close()
			return nil, fmt.Errorf("wait for another icecap that publishes: %w", ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func flock(f *os.File, how int) error {
	for {
		if err := unix.Flock(int(f.Fd()), how); err != unix.EINTR {
			return err
		}
	}
}
