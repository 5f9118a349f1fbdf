//go:build unix

package release

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"icecap/content"
)

// journalName is the list, in a stage, of the pages that it was given so far. A
// stage that has one outlives its process.
const journalName = "journal.jsonl"

// ErrNothingLeft says that no run was interrupted.
var ErrNothingLeft = errors.New("go on with an interrupted run: there is none")

// A ResumeError says why an interrupted run cannot be gone on with. It stays.
type ResumeError struct{ Reason string }

func (e *ResumeError) Error() string { return "go on with the interrupted run: " + e.Reason }

// Hint says how to go on.
func (e *ResumeError) Hint() string {
	return "without --resume it is discarded, and the run begins anew"
}

// A journalHead is the first line of a journal.
type journalHead struct {
	Format int    `json:"icecap-journal"` // 1
	Run    string `json:"run"`            // what was run, in the words of who runs it
	Base   string `json:"base"`           // the release that was published then
	Clock  int64  `json:"clock"`          // of the stage
}

// A journal is written a line at a time and never synced: what a power loss takes
// from it, or from the files that it names, is found missing and yielded again.
type journal struct {
	mu   sync.Mutex
	file *os.File
	line []byte
}

// Record begins the journal of a stage. If the process dies, or Suspend is called,
// [Store.Resume] goes on with the same run.
func (st *Stage) Record(run string) error {
	base := ""
	if st.base != nil {
		base = st.base.ID
	}
	head, err := json.Marshal(journalHead{1, run, base, st.clock})
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(st.dir.Name(), journalName), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return disk(err, "make the journal")
	}
	st.journal = &journal{file: f}
	_, err = f.Write(append(head, '\n'))
	return disk(err, "write the journal")
}

// note writes a page into the journal. It was written or found unchanged.
func (st *Stage) note(p *page) error {
	j := st.journal
	if j == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.line = appendPage(j.line[:0], p)
	if _, err := j.file.Write(j.line); err != nil {
		return st.fail(disk(err, "write the journal"))
	}
	return nil
}

// Suspend ends the work on a stage and leaves it to [Store.Resume], if it has a
// journal with pages in it, whose number is returned; else it is discarded.
func (st *Stage) Suspend() (pages int, err error) {
	st.life.Lock()
	pages = len(st.staged) + len(st.left)
	if st.closed || st.journal == nil || pages == 0 {
		st.life.Unlock()
		return 0, st.Discard()
	}
	defer st.life.Unlock()
	st.close()
	return pages, nil
}

// Interrupted reports whether there is a run to go on with.
func (s *Store) Interrupted() bool {
	name, err := s.interrupted()
	return err == nil && name != ""
}

// interrupted finds the stage with a journal; "" where there is none. There is at
// most one: the next stage deletes it, or is it.
func (s *Store) interrupted() (string, error) {
	names, err := s.listed(stagePrefix)
	for _, name := range names {
		if s.recorded(name) {
			return s.path(releasesName, name), nil
		}
	}
	return "", err
}

// recorded reports whether a stage has a journal.
func (s *Store) recorded(stage string) bool {
	_, err := os.Lstat(s.path(releasesName, stage, journalName))
	return err == nil
}

// Resume is [Store.Stage] for a run that was interrupted: the pages that it had
// yielded are there still, see [content.Previous.Done]. It is [ErrNothingLeft]
// where no run was interrupted, and a *[ResumeError] where that was another run
// or began from another release.
func (s *Store) Resume(ctx context.Context, scope content.Scope, run string) (_ *Stage, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	st, err := s.newStage(scope)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			st.close()
		}
	}()
	name, err := s.interrupted()
	if err != nil {
		return nil, err
	}
	if name == "" {
		return nil, ErrNothingLeft
	}
	if st.dir, err = os.Open(name); err != nil {
		return nil, disk(err, "open the stage %s", name)
	}
	if err := st.openBase(); err != nil {
		return nil, err
	}
	if err := st.readJournal(run); err != nil {
		return nil, err
	}
	if err := st.reopenTree(); err != nil {
		return nil, err
	}
	return st, st.tidy()
}

// reopenTree opens the pages of the interrupted run.
func (st *Stage) reopenTree() error {
	tree, ok := treeOf(st.dir.Name())
	if !ok {
		return &ResumeError{"its pages are gone"}
	}
	return st.openTree(st.store.path(treesName, tree))
}

// readJournal reads what the interrupted run yielded and goes on writing behind
// the last whole line: a kill or a power loss can leave a torn one.
func (st *Stage) readJournal(run string) error {
	f, err := os.OpenFile(filepath.Join(st.dir.Name(), journalName), os.O_RDWR, 0)
	if err != nil {
		return disk(err, "open the journal")
	}
	st.journal = &journal{file: f}
	lines := newLines(f)
	text, err := lines.next()
	var head journalHead
	if err != nil || json.Unmarshal(text, &head) != nil || head.Format != 1 {
		return &ResumeError{"its journal cannot be read"}
	}
	base := ""
	if st.base != nil {
		base = st.base.ID
	}
	switch {
	case head.Run != run:
		return &ResumeError{"it had other settings, or was for other pages"}
	case head.Base != base || head.Clock < st.newest:
		return &ResumeError{"another release was published since"}
	}
	st.clock = head.Clock
	st.left = map[content.Key]*page{}
	whole := lines.at
	for s := (scanner{names: newNames()}); ; {
		var l lineRead
		text, err := lines.next()
		if err == nil {
			s.pages = 0 // its pages have no order
			err = s.read(text, &l)
		}
		if err != nil || l.redirect != nil || l.skip != nil {
			break
		}
		p := l.page
		p.kept = p.modified != st.clock
		st.left[p.key] = &p
		whole = lines.at
	}
	if err := f.Truncate(whole); err != nil {
		return disk(err, "cut the journal")
	}
	_, err = f.Seek(whole, io.SeekStart)
	return disk(err, "go on with the journal")
}

// tidy forgets the pages whose files are not there as the journal has them, and
// deletes all files that are no page's.
func (st *Stage) tidy() error {
	written := 0
	for _, name := range [...]string{manifestName, gateMapName} { // of a commit that did not end
		if err := os.Remove(filepath.Join(st.dir.Name(), name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return disk(err, "remove an unfinished %s", name)
		}
	}
	for key, p := range st.left {
		tree := st.into
		if p.kept {
			tree = st.from
		}
		if tree == nil || p.held(tree, p.file()) != nil {
			delete(st.left, key)
		} else if !p.kept {
			written += 1 + p.extra()
		}
	}
	found, err := st.walk(func(string) bool { return false })
	if err != nil || found == written {
		return err
	}
	ours := make(map[string]bool, written)
	for _, p := range st.left {
		if !p.kept {
			p.each(p.file(), func(name string, _ int64) error { ours[name] = true; return nil })
		}
	}
	_, err = st.walk(func(file string) bool { return !ours[file] })
	return err
}

// walk lists the folders of the stage's tree, counts its files and deletes those
// that remove names.
func (st *Stage) walk(remove func(file string) bool) (files int, err error) {
	st.made = nil
	err = filepath.WalkDir(st.pages, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == st.pages {
			return err
		}
		path := strings.TrimPrefix(name, st.pages+"/")
		if d.IsDir() {
			st.made = append(st.made, path)
			return nil
		}
		files++
		if remove(path) {
			return os.Remove(name)
		}
		return nil
	})
	return files, disk(err, "look through the pages of the interrupted run")
}

// take removes a page from what the interrupted run left, and returns it, or nil.
func (st *Stage) take(key content.Key) *page {
	st.mu.Lock()
	defer st.mu.Unlock()
	p := st.left[key]
	delete(st.left, key)
	return p
}

// remaining is a page that the interrupted run left, or nil.
func (st *Stage) remaining(key content.Key) *page {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.left[key]
}

// drop deletes the files of a page that was written and is not wanted.
func (st *Stage) drop(p *page) error {
	if p.kept {
		return nil // nothing was written
	}
	return st.into.unlinkPage(p, p.file())
}

// dropLeft deletes what the interrupted run had and this one did not yield.
func (st *Stage) dropLeft() error {
	for _, p := range st.left {
		if err := st.drop(p); err != nil {
			return disk(err, "remove page %s of the interrupted run", p.key.URL())
		}
	}
	st.left = nil
	return nil
}

// endJournal deletes the journal: from now on the stage is a release or nothing.
func (st *Stage) endJournal() error {
	if st.journal == nil {
		return nil
	}
	st.journal.file.Close() // nothing is written any more
	err := os.Remove(st.journal.file.Name())
	st.journal = nil
	return disk(err, "remove the journal")
}
