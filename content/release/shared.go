//go:build unix

package release

import (
	"fmt"
	"io/fs"
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
	other, err := t.sharedBy(parent, path)
	if err != nil {
		return nil, err
	}
	above, name := split(path)
	f, err := t.within(other, above)
	if err != nil {
		return nil, err
	}
	defer t.release(f)
	fd, err := openFolder(f.fd, name)
	if err != nil {
		return nil, err
	}
	return &folder{fd: fd, tree: other}, nil
}

// sharedBy is the tree in which a shared folder really lies, by the link to it.
func (t *tree) sharedBy(parent int, path string) (tree string, err error) {
	_, name := split(path)
	target, err := readLink(parent, name)
	if err != nil {
		return "", err
	}
	tree, ok := linkedTree(target, path)
	if !ok {
		return "", unix.ELOOP
	}
	return tree, nil
}

// within is acquire for a folder that really lies in a tree, not across a link.
// Many folders of one folder may be shared with the same tree.
func (t *tree) within(tree, path string) (*folder, error) {
	key := "../" + tree + "/" + path // no path below the top begins like this
	if f := t.opened(key); f != nil {
		return f, nil
	}
	parent, name := t.trees, tree
	if path != "" {
		above, last := split(path)
		f, err := t.within(tree, above)
		if err != nil {
			return nil, err
		}
		defer t.release(f)
		parent, name = f.fd, last
	}
	fd, err := openFolder(parent, name)
	if err != nil {
		return nil, err
	}
	return t.keep(key, &folder{fd: fd, tree: tree}), nil
}

// openFolder opens a folder below another, not through a link.
func openFolder(parent int, name string) (int, error) {
	return openat(parent, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
}

// count counts the files below a folder. It is not sound if anything else is
// there but folders, shared ones included.
func (t *tree) count(path string) (files int, sound bool, err error) {
	f, err := t.acquire(path)
	if err != nil {
		return 0, false, nil // a link that is not ours
	}
	defer t.release(f)
	fd, err := openFolder(f.fd, ".") // a handle has one place at which it is read
	if err != nil {
		return 0, false, err
	}
	defer unix.Close(fd)
	c := counter{tree: t, buffer: make([]byte, 32<<10), sound: true}
	err = c.count(fd, path)
	return c.files, c.sound, err
}

// A counter counts the files below a folder.
type counter struct {
	tree   *tree
	buffer []byte // for entries
	files  int
	sound  bool
}

func (c *counter) count(fd int, path string) error {
	var folders []string
	err := readFolder(fd, c.buffer, func(name string, mode fs.FileMode) {
		switch mode {
		case 0:
			c.files++
		case fs.ModeDir, fs.ModeSymlink:
			folders = append(folders, name)
		default:
			c.sound = false
		}
	})
	for _, name := range folders {
		if err != nil || !c.sound {
			break
		}
		err = c.below(fd, strings.TrimPrefix(path+"/"+name, "/"))
	}
	return err
}

// below counts the files of a folder in an open one.
func (c *counter) below(parent int, path string) error {
	_, name := split(path)
	fd, err := openFolder(parent, name)
	if err != nil {
		f, err := c.tree.cross(parent, path)
		if err != nil {
			c.sound = false // a link that is not ours
			return nil
		}
		fd = f.fd
	}
	defer unix.Close(fd)
	return c.count(fd, path)
}
