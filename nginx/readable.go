package nginx

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"syscall"
)

// An UnreadableError names a folder or file that NGINX's workers cannot read,
// so that every page below it would silently come from the app.
type UnreadableError struct {
	Path  string // the folder, or the file, that stops the worker
	User  string // who the worker is
	Chmod string // what mends it: "chmod o+x /home/anna"
}

func (e *UnreadableError) Error() string {
	return fmt.Sprintf("read %s as user %s: permission denied; to mend it: %s", e.Path, e.User, e.Chmod)
}

// Readable checks that the named user can pass every folder on the way to root, and
// read what the release at root/current/p holds if there is one. root may also
// be a single file, folder or socket. It goes by modes and groups: access
// control lists and security modules are not looked at. The error of a
// permission is an *[UnreadableError], that of a user who does not exist a
// [user.UnknownUserError]. See [Binary.WorkerUser].
func Readable(root, userName string) error {
	u, err := user.Lookup(userName)
	if err != nil {
		return fmt.Errorf("check who can read %s: %w", root, err)
	}
	if u.Uid == "0" {
		return nil
	}
	r := reader{user: u, groups: map[string]bool{u.Gid: true}}
	if groups, err := u.GroupIds(); err == nil {
		for _, g := range groups {
			r.groups[g] = true
		}
	}
	if root, err = filepath.Abs(root); err != nil {
		return err
	}
	if err := r.reach(root); err != nil {
		return err
	}
	pages, err := filepath.EvalSymlinks(filepath.Join(root, "current", "p"))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil // nothing is published there yet
	} else if err != nil {
		return fmt.Errorf("check that user %s can read %s: %w", u.Username, root, err)
	}
	if err := r.reach(pages); err != nil {
		return err
	}
	return filepath.WalkDir(pages, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		return r.check(path, info)
	})
}

// A reader is a user with groups, both as decimal ids.
type reader struct {
	user   *user.User
	groups map[string]bool
}

// reach checks every folder on the way to path, and path itself, with symbolic
// links resolved as well as not.
func (r reader) reach(path string) error {
	ways := []string{path}
	if real, err := filepath.EvalSymlinks(path); err == nil && real != path {
		ways = append(ways, real)
	}
	for _, way := range ways {
		for i := 1; i <= len(way); i++ {
			if i < len(way) && way[i] != filepath.Separator {
				continue
			}
			info, err := os.Stat(way[:i])
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			} else if err != nil {
				return err
			}
			if err := r.check(way[:i], info); err != nil {
				return err
			}
		}
	}
	return nil
}

// check holds one file to its mode: a folder must be passed (x), a file read
// (r), a socket written to (w).
func (r reader) check(path string, info fs.FileInfo) error {
	need, letter := fs.FileMode(0o4), "r"
	switch {
	case info.IsDir():
		need, letter = 0o1, "x"
	case info.Mode()&fs.ModeSocket != 0:
		need, letter = 0o2, "w"
	case info.Mode()&fs.ModeSymlink != 0:
		return nil // modes of links mean nothing
	}
	uid, gid, known := owner(info)
	switch {
	case !known:
		return nil
	case uid == r.user.Uid:
		need <<= 6
	case r.groups[gid]:
		need <<= 3
	}
	if info.Mode()&need == need {
		return nil
	}
	who := "o"
	if uid == r.user.Uid {
		who = "u"
	} else if r.groups[gid] {
		who = "g"
	}
	return &UnreadableError{path, r.user.Username, "chmod " + who + "+" + letter + " " + path}
}
