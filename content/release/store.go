//go:build unix

package release

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"icecap/content"
)

const (
	releasesName = "releases"
	currentName  = "current"
	nextName     = ".current-next" // becomes current
	stagePrefix  = ".stage-"
	trashPrefix  = ".trash-"
	treesName    = "trees"
	pagesName    = "p"
	manifestName = "manifest.jsonl"
)

// A Store is an output folder. It keeps nothing open between calls; any number
// of processes may have the same folder open. It remembers one manifest that is not
// long, for who reads what is published and then stages from it.
type Store struct {
	// Plain leaves out the compressed files beside pages that are written from now
	// on, for a host that compresses by itself. It is set before the first Stage.
	Plain bool

	dir  string           // absolute, without symbolic links
	now  func() time.Time // the machine's clock; tests set it back
	room func(dir string) (room, error)

	mu   sync.Mutex
	held *ledger // what hold read last; nil for none
}

// Open opens an output folder, and makes it if it is missing. It deletes what a
// killed process left behind, unless another process is at work there.
//
// A folder that is not empty and not icecap's, a file and the root folder are a
// *[ForeignError]. A folder that cannot be written is no error if it is
// icecap's: it can be read.
func Open(dir string) (*Store, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, disk(err, "open output folder %s", dir)
	}
	if info, err := os.Stat(abs); err == nil && !info.IsDir() {
		return nil, &ForeignError{abs, "is not a folder"}
	}
	if err := makeFolder(abs); err != nil {
		return nil, disk(err, "make output folder %s", abs)
	}
	resolved, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return nil, disk(err, "open output folder %s", abs)
	}
	if resolved == "/" {
		return nil, &ForeignError{resolved, "is the root of the file system"}
	}
	s := &Store{dir: resolved, now: time.Now, room: roomOf}
	if err := s.claim(); err != nil {
		return nil, err
	}
	s.recover()
	return s, nil
}

// Dir is the absolute path of the output folder: the root of the gate.
func (s *Store) Dir() string { return s.dir }

// makeFolder makes a folder and its parents, open to NGINX's worker whatever the umask.
func makeFolder(dir string) error {
	err := os.Mkdir(dir, dirMode)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeFolder(filepath.Dir(dir)); err != nil {
			return err
		}
		err = os.Mkdir(dir, dirMode)
	}
	if err == nil {
		return os.Chmod(dir, dirMode)
	}
	if info, statErr := os.Stat(dir); statErr == nil && info.IsDir() {
		return nil // it was there, perhaps on a read-only file system
	}
	return err
}

func (s *Store) path(elem ...string) string {
	return filepath.Join(append([]string{s.dir}, elem...)...)
}

// Current is the published release. It is [ErrNoRelease] before the first, and a
// *[BrokenError] if the link current does not lead to a release.
func (s *Store) Current() (*Release, error) {
	id, err := s.currentID()
	if err != nil {
		return nil, err
	}
	if id == "" {
		return nil, ErrNoRelease
	}
	r := s.release(id)
	if info, err := os.Lstat(r.Dir); err != nil || !info.IsDir() {
		return nil, &BrokenError{Dir: s.dir, Target: releasesName + "/" + id, Reason: fmt.Sprintf("release %s is gone", id)}
	}
	return r, nil
}

// hold is the ledger of a release for who will look up many of its pages.
func (s *Store) hold(r *Release) (*ledger, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held != nil && s.held.id == r.ID {
		return s.held, nil
	}
	l, err := r.holdLedger()
	if err == nil && l.file == nil {
		s.held = l
	}
	return l, err
}

// Published is what a source has in the current release: its pages, but for those
// that are only carried over, and its redirects. It is empty before the first
// release. The errors are those of [Store.Current] and [Release.Site]. A [Stage] of
// this store that begins from the same release does not read its manifest again.
func (s *Store) Published(source string) (site content.Site, err error) {
	r, err := s.Current()
	if errors.Is(err, ErrNoRelease) {
		return content.Site{}, nil
	}
	if err != nil {
		return content.Site{}, err
	}
	l, err := s.hold(r)
	if err != nil {
		return content.Site{}, err
	}
	defer l.close()
	site.ID = r.ID
	for _, redirect := range l.redirects {
		if redirect.Source == source {
			site.Redirects = append(site.Redirects, redirect)
		}
	}
	return site, l.eachPage(func(line *lineRead) error {
		if line.page.source == source && line.page.carried == 0 {
			site.Entries = append(site.Entries, line.page.entry())
		}
		return nil
	})
}

// currentID reads the link current, without looking whether the release is
// there. It is "" before the first release.
func (s *Store) currentID() (string, error) {
	target, err := os.Readlink(s.path(currentName))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case errors.Is(err, syscall.EINVAL):
		return "", &BrokenError{Dir: s.dir, Reason: "it is not a symbolic link"}
	case err != nil:
		return "", disk(err, "read the link %s", s.path(currentName))
	}
	id, ok := strings.CutPrefix(target, releasesName+"/")
	if _, valid := parseID(id); !ok || !valid {
		return "", &BrokenError{Dir: s.dir, Target: target, Reason: fmt.Sprintf("it leads to %q, which is no release", target)}
	}
	return id, nil
}

// Releases lists all releases on disk, oldest first. They are not verified:
// [Release.Site] does that.
func (s *Store) Releases() ([]*Release, error) {
	entries, err := os.ReadDir(s.path(releasesName))
	if err != nil {
		return nil, disk(err, "list releases")
	}
	var list []*Release
	for _, e := range entries {
		if _, ok := parseID(e.Name()); ok && e.IsDir() {
			list = append(list, s.release(e.Name()))
		}
	}
	slices.SortFunc(list, func(a, b *Release) int { return compareIDs(a.ID, b.ID) })
	return list, nil
}

func (s *Store) release(id string) *Release {
	return &Release{ID: id, Dir: s.path(releasesName, id)}
}

// before is the newest release that is older than the one with the given ID,
// which need not exist any more.
func before(list []*Release, id string) (*Release, bool) {
	for _, r := range slices.Backward(list) {
		if compareIDs(r.ID, id) < 0 {
			return r, true
		}
	}
	return nil, false
}

// Rollback publishes an earlier release again, or a later one after a rollback.
// With the ID "" it takes the release before the published one. It needs no
// writer's lock: it works while a stage is open, whose Commit then fails with a
// *[MovedError]. A manifest that does not verify is a *[CorruptError], and
// nothing changes.
func (s *Store) Rollback(ctx context.Context, id string) (*Release, error) {
	lock, err := s.lockCommit(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock(lock)
	was, err := s.currentID()
	var broken *BrokenError
	if err != nil && (id == "" || !errors.As(err, &broken) || broken.Target == "") {
		return nil, err
	}
	r, err := s.find(id, was)
	if err != nil {
		return nil, err
	}
	l, err := r.openLedger()
	if err != nil {
		return nil, err
	}
	l.close()
	if r.ID == was {
		return r, nil
	}
	if err := s.point(r.ID); err != nil {
		if was != "" {
			err = s.turnBack(was, err)
		}
		return nil, err
	}
	return r, nil
}

// find resolves the ID of a rollback.
func (s *Store) find(id, current string) (*Release, error) {
	list, err := s.Releases()
	if err != nil {
		return nil, err
	}
	if id == "" {
		if current == "" {
			return nil, ErrNoRelease
		}
		if r, ok := before(list, current); ok {
			return r, nil
		}
		return nil, fmt.Errorf("roll back: there is no release before %s", current)
	}
	for _, r := range list {
		if r.ID == id {
			return r, nil
		}
	}
	return nil, fmt.Errorf("roll back: there is no release %q", id)
}

// link makes current lead to a release, or removes it for the ID "". The caller
// holds the commit lock.
func (s *Store) link(id string) error {
	next, current := s.path(nextName), s.path(currentName)
	if id == "" {
		return disk(os.Remove(current), "remove the link %s", current)
	}
	// The commit lock is ours: a link of this name was left by a killed process.
	if err := os.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return disk(err, "remove the link %s of an earlier run", next)
	}
	if err := os.Symlink(releasesName+"/"+id, next); err != nil {
		return disk(err, "make the link %s", next)
	}
	return disk(os.Rename(next, current), "rename the link %s to %s", nextName, current)
}

// point is the commit point: it links and syncs.
func (s *Store) point(id string) error {
	if err := s.link(id); err != nil {
		return err
	}
	return disk(syncPath(s.dir), "sync folder %s", s.dir)
}

// turnBack publishes the earlier release again after a failed point, and
// returns the error of that. What a disk with errors keeps is beyond us.
func (s *Store) turnBack(was string, cause error) error {
	if id, err := s.currentID(); err == nil && id == was {
		return cause
	}
	if err := s.link(was); err != nil {
		return errors.Join(cause, disk(err, "turn the link current back"))
	}
	return cause
}
