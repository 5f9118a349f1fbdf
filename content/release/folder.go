//go:build unix

package release

import (
	"errors"
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

const (
	fileMode = 0o644
	dirMode  = 0o755
	// maxFolders bounds the open folder handles of one tree. A crawl works in a
	// few folders at a time; the default limit of open files is 1024.
	maxFolders = 128
)

// A tree opens the folders below one folder, by handle and without following
// symbolic links, and keeps the handles: a page then costs the kernel no walk
// from the root, and nothing planted beside it can lead it elsewhere.
// It is safe for concurrent use.
type tree struct {
	create bool   // make folders that are missing
	chmod  bool   // the umask takes bits that NGINX's worker needs
	shares bool   // follow the links of shared folders, and no other
	trees  int    // the folder of all trees, where shares is set
	name   string // its path

	mu   sync.Mutex
	top  *folder
	open map[string]*folder // by path below top; see also within
}

// A folder is an open directory. The handle stays valid while users > 0.
type folder struct {
	fd    int
	tree  string // that it really lies in, where the tree shares
	users int    // guarded by tree.mu
}

// openTree opens the folder name as the top of a tree.
func openTree(name string) (*tree, error) {
	fd, err := openat(unix.AT_FDCWD, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	return &tree{top: &folder{fd: fd}, open: map[string]*folder{}}, nil
}

// acquire returns the folder of a slash-separated path below the top, "" for
// the top itself. Give it back with release.
func (t *tree) acquire(path string) (*folder, error) {
	if path == "" {
		return t.top, nil
	}
	if f := t.opened(path); f != nil {
		return f, nil
	}
	above, name := split(path)
	parent, err := t.acquire(above)
	if err != nil {
		return nil, err
	}
	defer t.release(parent)
	fd, err := t.enter(parent.fd, name)
	f := &folder{fd: fd, tree: parent.tree}
	if (err == unix.ENOTDIR || err == unix.ELOOP) && t.shares {
		f, err = t.cross(parent.fd, path)
	}
	if err != nil {
		return nil, err
	}
	return t.keep(path, f), nil
}

// opened is a folder whose handle is open, or nil.
func (t *tree) opened(path string) *folder {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := t.open[path]
	if f != nil {
		f.users++
	}
	return f
}

// keep keeps the handle of a folder, or takes that of another worker who opened it
// meanwhile: a worker must not wait for the calls of all others.
func (t *tree) keep(path string, f *folder) *folder {
	t.mu.Lock()
	defer t.mu.Unlock()
	if first := t.open[path]; first != nil {
		unix.Close(f.fd)
		first.users++
		return first
	}
	t.evict()
	f.users = 1
	t.open[path] = f
	return f
}

// enter opens, and if need be makes, one folder.
func (t *tree) enter(parent int, name string) (int, error) {
	made := false
	if t.create {
		err := mkdirat(parent, name, dirMode)
		if err != nil && err != unix.EEXIST {
			return -1, err
		}
		made = err == nil
	}
	fd, err := openFolder(parent, name)
	if err == nil && made && t.chmod {
		if err := unix.Fchmod(fd, dirMode); err != nil {
			unix.Close(fd)
			return -1, err
		}
	}
	return fd, err
}

// evict closes one unused handle, any of them, when there are too many.
func (t *tree) evict() {
	if len(t.open) < maxFolders {
		return
	}
	for path, f := range t.open {
		if f.users == 0 {
			unix.Close(f.fd) // opened for reading: nothing can be lost
			delete(t.open, path)
			return
		}
	}
}

func (t *tree) release(f *folder) {
	if f == t.top {
		return
	}
	t.mu.Lock()
	f.users--
	t.mu.Unlock()
}

// show lets everybody look into the tree.
func (t *tree) show() error { return unix.Fchmod(t.top.fd, dirMode) }

// close closes every handle. Nobody may use the tree any more.
func (t *tree) close() {
	if t == nil {
		return
	}
	for _, f := range t.open {
		unix.Close(f.fd)
	}
	unix.Close(t.top.fd)
	if t.shares {
		unix.Close(t.trees)
	}
}

// write makes a new file with a body and a time in whole seconds.
func (t *tree) write(file string, body []byte, modified int64) (err error) {
	dir, name := split(file)
	f, err := t.acquire(dir)
	if err != nil {
		return err
	}
	defer t.release(f)
	fd, err := openat(f.fd, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW, fileMode)
	if err != nil {
		return err
	}
	defer func() {
		// A file system may report a full disk or quota only here.
		if closed := unix.Close(fd); err == nil && closed != unix.EINTR {
			err = closed
		}
	}()
	if err := writeAll(fd, body); err != nil {
		return err
	}
	if t.chmod {
		if err := unix.Fchmod(fd, fileMode); err != nil {
			return err
		}
	}
	return setTime(f.fd, name, modified)
}

// unlink removes a file, if it is there.
func (t *tree) unlink(file string) error {
	dir, name := split(file)
	f, err := t.acquire(dir)
	if err == unix.ENOENT {
		return nil
	}
	if err != nil {
		return err
	}
	defer t.release(f)
	if err := unix.Unlinkat(f.fd, name, 0); err != unix.ENOENT {
		return err
	}
	return nil
}

// errAltered says that a file is not as the manifest has it.
var errAltered = errors.New("is missing or was altered since it was published")

// A nearby is a folder by way of which the files of another are found.
type nearby struct {
	*folder
	before  string // what goes before their names
	changed int64  // when a name came into that other folder, or went, in nanoseconds (ctime)
}

// near finds the files of the folder dir by way of the folder above, if dir really is a
// folder: it is cheaper to look at it than to open it. Give the result back with release.
func (t *tree) near(dir string) (nearby, error) {
	var stat unix.Stat_t
	above, name := split(dir)
	f, err := t.acquire(above)
	if err != nil {
		return nearby{}, err
	}
	if name == "" {
		err = unix.Fstat(f.fd, &stat)
		return nearby{f, "", stat.Ctim.Nano()}, err
	}
	err = unix.Fstatat(f.fd, name, &stat, unix.AT_SYMLINK_NOFOLLOW)
	if err == nil && stat.Mode&unix.S_IFMT == unix.S_IFDIR {
		return nearby{f, name + "/", stat.Ctim.Nano()}, nil
	}
	defer t.release(f)
	if err != nil {
		return nearby{}, err
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFLNK || !t.shares {
		return nearby{}, unix.ENOTDIR
	}
	other, err := t.sharedBy(f.fd, dir)
	if err == nil {
		f, err = t.within(other, above)
	}
	if err != nil {
		return nearby{}, err
	}
	if err = unix.Fstatat(f.fd, name, &stat, unix.AT_SYMLINK_NOFOLLOW); err == nil && stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		err = unix.ENOTDIR
	}
	if err != nil {
		t.release(f)
		return nearby{}, err
	}
	return nearby{f, name + "/", stat.Ctim.Nano()}, nil
}

// holds returns errAltered unless a file has the size and the time of the manifest.
func holds(dir int, name string, size, modified int64) error {
	var stat unix.Stat_t
	if err := unix.Fstatat(dir, name, &stat, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return errAltered
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFREG || stat.Size != size ||
		int64(stat.Mtim.Sec) != modified || stat.Mtim.Nsec != 0 {
		return errAltered
	}
	return nil
}

// link makes file in t the same file as in from, which must have the size and
// the time of the manifest. A file system without hard links gets a copy.
func (t *tree) link(from *tree, file string, size, modified int64) error {
	dir, name := split(file)
	old, err := from.acquire(dir)
	if err != nil {
		return errAltered
	}
	defer from.release(old)
	if err := holds(old.fd, name, size, modified); err != nil {
		return err
	}
	f, err := t.acquire(dir)
	if err != nil {
		return err
	}
	err = unix.Linkat(old.fd, name, f.fd, name, 0)
	t.release(f)
	switch err {
	case unix.EPERM, unix.EMLINK, unix.EXDEV, unix.EOPNOTSUPP:
		return t.copy(old.fd, file, name, modified)
	}
	return err
}

// share makes the folder path in t the same as in from, by a symbolic link to
// where it really lies.
func (t *tree) share(from *tree, path string) error {
	old, err := from.acquire(path)
	if err != nil {
		return errAltered
	}
	defer from.release(old)
	above, name := split(path)
	f, err := t.acquire(above)
	if err != nil {
		return err
	}
	defer t.release(f)
	err = unix.Symlinkat(linkTo(old.tree, path), f.fd, name)
	if err == unix.EEXIST && unix.Unlinkat(f.fd, name, unix.AT_REMOVEDIR) == nil {
		// A page was to be written into it, but never was.
		err = unix.Symlinkat(linkTo(old.tree, path), f.fd, name)
	}
	return err
}

// copy is link for a file system without hard links, or without one more of them.
func (t *tree) copy(oldDir int, file, name string, modified int64) error {
	fd, err := openat(oldDir, name, unix.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	old := os.NewFile(uintptr(fd), name)
	defer old.Close()
	body, err := io.ReadAll(old)
	if err != nil {
		return err
	}
	return t.write(file, body, modified)
}

// openFile opens a file for reading.
func (t *tree) openFile(file string) (*os.File, error) {
	dir, name := split(file)
	f, err := t.acquire(dir)
	if err != nil {
		return nil, err
	}
	defer t.release(f)
	fd, err := openat(f.fd, name, unix.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), file), nil
}

// setTime sets a file's modification time and leaves its access time.
func setTime(dir int, name string, modified int64) error {
	t := unix.NsecToTimespec(modified * 1e9)
	return unix.UtimesNanoAt(dir, name, []unix.Timespec{t, t}, unix.AT_SYMLINK_NOFOLLOW)
}

func writeAll(fd int, body []byte) error {
	for len(body) > 0 {
		n, err := unix.Write(fd, body)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return err
		case n <= 0:
			return io.ErrShortWrite
		}
		body = body[n:]
	}
	return nil
}

// openat opens without leaking the handle to child processes. A signal of Go's
// scheduler may interrupt a slow file system; the call is then made again.
func openat(dir int, name string, flags int, mode uint32) (int, error) {
	for {
		fd, err := unix.Openat(dir, name, flags|unix.O_CLOEXEC, mode)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

func mkdirat(dir int, name string, mode uint32) error {
	for {
		if err := unix.Mkdirat(dir, name, mode); err != unix.EINTR {
			return err
		}
	}
}

// split cuts a slash-separated path before its last element.
func split(path string) (dir, name string) {
	slash := strings.LastIndexByte(path, '/')
	return path[:max(slash, 0)], path[slash+1:]
}
