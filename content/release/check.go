//go:build unix

package release

import (
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"icecap/content"
)

// checkBatch is how many files a checker is handed at once.
const checkBatch = 512

// A checker compares folders that are to be shared with the manifest, on all
// processors: of all that it takes to publish one page of a million, this is the
// most. It only reads.
type checker struct {
	from    *tree
	since   int64 // when that release was complete, in nanoseconds
	batch   []check
	batches chan []check
	workers sync.WaitGroup

	count int // of checks so far
	ended bool

	mu    sync.Mutex
	first *check // of those that failed, the one that was handed on first
	err   error  // of a folder that could not be read
}

// A check is a file that must be as the manifest has it.
type check struct {
	number         int
	key            content.Key
	file           string
	size, modified int64
	seen           bool          // it was compared when the page was kept
	within         *sharedFolder // nil for none
}

// A sharedFolder is a folder that is to be shared.
type sharedFolder struct {
	path  string
	files int         // as the manifest has it
	young atomic.Bool // in it, or below, something came or went since the release was complete
	sound bool        // nothing else was found; valid once the checker has looked through all
}

func newChecker(from *tree, since int64) *checker {
	c := &checker{from: from, since: since, batches: make(chan []check, 16)}
	for range runtime.GOMAXPROCS(0) {
		c.workers.Go(c.run)
	}
	return c
}

func (c *checker) file(p *page, file string, within *sharedFolder) {
	c.batch = append(c.batch, check{number: c.count, key: p.key, file: file, size: p.size, modified: p.modified, seen: p.kept, within: within})
	c.count++
	if len(c.batch) == checkBatch {
		c.batches <- c.batch
		c.batch = make([]check, 0, checkBatch)
	}
}

// end waits for the workers. It returns the first file that is altered, or nil.
func (c *checker) end() (altered *check) {
	if !c.ended {
		c.ended = true
		c.batches <- c.batch
		close(c.batches)
		c.workers.Wait()
	}
	return c.first
}

func (c *checker) run() {
	at := place{checker: c}
	for batch := range c.batches {
		for i := range batch {
			if !at.holds(&batch[i]) {
				c.note(&batch[i])
			}
		}
		at.leave()
	}
}

// note keeps the first file that is altered.
func (c *checker) note(altered *check) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.first == nil || altered.number < c.first.number {
		c.first = altered
	}
}

// lookThrough finds out which of the folders are sound. It comes after end. One that
// is not young holds what it held when the release was complete, and was looked
// through then.
func (c *checker) lookThrough(folders []*sharedFolder) error {
	var next atomic.Int64
	for range runtime.GOMAXPROCS(0) {
		c.workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(folders); i = int(next.Add(1)) - 1 {
				c.look(folders[i])
			}
		})
	}
	c.workers.Wait()
	return c.err
}

func (c *checker) look(f *sharedFolder) {
	if f.sound = !f.young.Load(); f.sound {
		return
	}
	files, sound, err := c.from.count(f.path)
	f.sound = sound && files == f.files
	if err != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.err = disk(err, "look through folder %s", f.path)
	}
}

// A place is the folder of the file that was looked at last: most files that
// follow lie in it, too.
type place struct {
	checker *checker
	dir     string
	near    nearby // its folder is nil for none
}

func (at *place) holds(what *check) bool {
	dir, name := split(what.file)
	if at.near.folder == nil || at.dir != dir {
		if !at.enter(dir, what.within) {
			return false
		}
	}
	return what.seen || holds(at.near.fd, at.near.before+name, what.size, what.modified) == nil
}

// enter goes to another folder, and looks whether it is young, or one on the way to
// it that the last one does not lie in.
func (at *place) enter(dir string, within *sharedFolder) bool {
	from := at.dir
	if at.near.folder == nil {
		from = ""
	}
	at.leave()
	near, err := at.checker.from.near(dir)
	if err != nil {
		return false
	}
	at.dir, at.near = dir, near
	if within == nil {
		return true
	}
	at.checker.age(near, within)
	for above, _ := split(dir); len(above) >= len(within.path) && !strings.HasPrefix(from+"/", above+"/"); above, _ = split(above) {
		near, err := at.checker.from.near(above)
		if err != nil {
			return false
		}
		at.checker.age(near, within)
		at.checker.from.release(near.folder)
	}
	return true
}

func (c *checker) age(near nearby, within *sharedFolder) {
	if near.changed >= c.since {
		within.young.Store(true)
	}
}

func (at *place) leave() {
	if at.near.folder != nil {
		at.checker.from.release(at.near.folder)
		at.near.folder = nil
	}
}
