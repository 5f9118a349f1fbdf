//go:build unix

package release

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	// maxShared is how deep a folder that releases share may lie. Every link on
	// the way to a page is deeper than the one before, so this bounds them, too:
	// the kernel follows 40 (path_resolution(7)), and each costs NGINX time.
	maxShared = 16
	// linkBuffer holds the longest link that can be ours.
	linkBuffer = 2048
)

var treePattern = regexp.MustCompile(`^[0-9]{6,12}$`)

// linkTo is what the symbolic link of a shared folder holds: the folder of the
// same path in another tree. The link stands in a tree itself, at that path.
func linkTo(tree, path string) string {
	return strings.Repeat("../", 1+strings.Count(path, "/")) + tree + "/" + path
}

// linkedTree is the opposite of linkTo. It takes no other link, so that a link
// cannot lead to another URL's folder, and not out of the trees.
func linkedTree(target, path string) (tree string, ok bool) {
	up := strings.Repeat("../", 1+strings.Count(path, "/"))
	if rest, found := strings.CutPrefix(target, up); found {
		tree, _, _ = strings.Cut(rest, "/")
	}
	return tree, treePattern.MatchString(tree) && target == linkTo(tree, path)
}

// pagesLink is what p of a release holds.
func pagesLink(tree string) string { return "../../" + treesName + "/" + tree }

// treeOf is the tree of a release or a stage by the link p in its folder.
func treeOf(dir string) (tree string, ok bool) {
	target, err := os.Readlink(filepath.Join(dir, pagesName))
	tree = filepath.Base(target)
	return tree, err == nil && treePattern.MatchString(tree) && target == pagesLink(tree)
}

// readLink reads a symbolic link in an open folder.
func readLink(dir int, name string) (string, error) {
	buffer := make([]byte, linkBuffer)
	n, err := unix.Readlinkat(dir, name, buffer)
	return string(buffer[:max(n, 0)]), err
}

// nextTree names a new tree. The caller holds the writer's lock.
func (s *Store) nextTree() (string, error) {
	names, err := s.listTrees()
	if err != nil {
		return "", err
	}
	next := int64(1)
	for _, name := range names {
		number, err := strconv.ParseInt(name, 10, 64)
		if err != nil {
			return "", fmt.Errorf("number the trees: %w", err)
		}
		next = max(next, number+1)
	}
	return fmt.Sprintf("%06d", next), nil
}

// listTrees lists all trees on disk, sorted.
func (s *Store) listTrees() ([]string, error) {
	f, err := os.Open(s.path(treesName))
	if err != nil {
		return nil, disk(err, "list trees")
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	if err != nil {
		return nil, disk(err, "list trees")
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !treePattern.MatchString(name) })
	slices.Sort(names)
	return names, nil
}

// openPages opens the release's tree for reading, across shared folders.
func (r *Release) openPages() (*tree, error) {
	name, ok := treeOf(r.Dir)
	if !ok {
		return nil, unix.ENOENT
	}
	out := filepath.Dir(filepath.Dir(r.Dir))
	trees, err := openat(unix.AT_FDCWD, filepath.Join(out, treesName), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	top, err := openFolder(trees, name)
	if err != nil {
		unix.Close(trees)
		return nil, err
	}
	return &tree{top: &folder{fd: top, tree: name}, trees: trees, name: filepath.Join(out, treesName), shares: true, open: map[string]*folder{}}, nil
}

// cross opens the folder that a shared folder's link leads to. Below the tree
// no other link is followed.
func (t *tree) cross(parent int, path string) (*folder, error) {
	_, name := split(path)
	target, err := readLink(parent, name)
	if err != nil {
		return nil, err
	}
	other, ok := linkedTree(target, path)
	if !ok {
		return nil, unix.ELOOP
	}
	fd, err := openFolder(t.trees, other)
	if err != nil {
		return nil, err
	}
	for name := range strings.SplitSeq(path, "/") {
		next, err := openFolder(fd, name)
		unix.Close(fd)
		if err != nil {
			return nil, err
		}
		fd = next
	}
	return &folder{fd: fd, tree: other}, nil
}

// openFolder opens a folder below another, not through a link.
func openFolder(parent int, name string) (int, error) {
	return openat(parent, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
}

// count counts the files below a folder. It is not sound if anything else is
// there but folders, shared ones included.
func (t *tree) count(path string) (files int, sound bool, err error) {
	folders, files, sound, err := t.list(path)
	for _, name := range folders {
		if err != nil || !sound {
			break
		}
		var below int
		below, sound, err = t.count(strings.TrimPrefix(path+"/"+name, "/"))
		files += below
	}
	return files, sound, err
}

// list lists the folders of a folder, and counts its files.
func (t *tree) list(path string) (folders []string, files int, sound bool, err error) {
	f, err := t.acquire(path)
	if err != nil {
		return nil, 0, false, nil // a link that is not ours
	}
	defer t.release(f)
	fd, err := openFolder(f.fd, ".")
	if err != nil {
		return nil, 0, false, err
	}
	dir := os.NewFile(uintptr(fd), filepath.Join(t.name, f.tree, path))
	defer dir.Close()
	for {
		entries, err := dir.ReadDir(4096)
		for _, e := range entries {
			switch {
			case e.Type().IsRegular():
				files++
			case e.IsDir() || e.Type() == os.ModeSymlink:
				folders = append(folders, e.Name())
			default:
				return nil, 0, false, nil
			}
		}
		if err == io.EOF {
			return folders, files, true, nil
		}
		if err != nil {
			return nil, 0, false, err
		}
	}
}
