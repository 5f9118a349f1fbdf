package main

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// A beneathFS reads a folder of which no symbolic link leads out. The kernel sees
// to that in one call, openat2(2), for which an [os.Root] makes one a folder on the
// way, and one more to look at each name of a folder: of a blog of 10,000 posts that
// is half of the time it takes to read it. What the kernel refuses is left to the
// root, and so is the error.
type beneathFS struct {
	rootFS
	dir *os.File
}

// A rootFS is what [os.Root.FS] says that it has.
type rootFS interface {
	fs.ReadFileFS
	fs.ReadLinkFS
}

// beneath is the folder of a root.
func beneath(root *os.Root) (fs.FS, error) {
	within, ok := root.FS().(rootFS)
	if !ok {
		return root.FS(), nil
	}
	dir, err := root.Open(".")
	if err != nil {
		return nil, fmt.Errorf("open the folder: %w", err)
	}
	return &beneathFS{within, dir}, nil
}

func (f *beneathFS) Open(name string) (fs.File, error) {
	file, err := f.open(name)
	if err != nil {
		return f.rootFS.Open(name)
	}
	return file, nil
}

func (f *beneathFS) open(name string) (*os.File, error) {
	if !fs.ValidPath(name) {
		return nil, fs.ErrInvalid
	}
	fd, err := unix.Openat2(int(f.dir.Fd()), name, &unix.OpenHow{
		Flags: unix.O_RDONLY | unix.O_CLOEXEC, Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_MAGICLINKS,
	})
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), filepath.Join(f.dir.Name(), name)), nil
}

// ReadDir lists a folder, sorted.
func (f *beneathFS) ReadDir(name string) ([]fs.DirEntry, error) {
	dir, err := f.open(name)
	if err != nil {
		return fs.ReadDir(f.rootFS, name)
	}
	defer dir.Close()
	entries, err := dir.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return entries, err
}
