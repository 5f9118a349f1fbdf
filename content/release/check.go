//go:build unix

package release

import (
	"runtime"
	"sync"

	"icecap/content"
)

// checkBatch is how many files a checker is handed at once.
const checkBatch = 512

// A checker compares folders that are to be shared with the manifest, on all
// processors: of all that it takes to publish one page of a million, this is the
// most. It only reads.
type checker struct {
	from    *tree
	batch   []check
	batches chan []check
	workers sync.WaitGroup

	count int // of checks so far
	ended bool

	mu    sync.Mutex
	first *check // of those that failed, the one that was handed on first
	err   error  // of a folder that could not be read
}

// A check is a file that must be as the manifest has it, or a folder that must
// hold nothing else.
type check struct {
	number         int
	key            content.Key
	file           string
	size, modified int64
	folder         *sharedFolder // nil for a file
}

// A sharedFolder is a folder that is to be shared.
type sharedFolder struct {
	path  string
	files int  // as the manifest has it
	sound bool // nothing else was found; valid once the checker has ended
}

func newChecker(from *tree) *checker {
	c := &checker{from: from, batches: make(chan []check, 16)}
	for range runtime.GOMAXPROCS(0) {
		c.workers.Go(c.run)
	}
	return c
}

func (c *checker) file(p *page, file string) {
	c.put(check{key: p.key, file: file, size: p.size, modified: p.modified})
}

// folder must be called after the folder's pages were counted.
func (c *checker) folder(f *sharedFolder) { c.put(check{folder: f}) }

func (c *checker) put(what check) {
	what.number = c.count
	c.count++
	if c.batch = append(c.batch, what); len(c.batch) == checkBatch {
		c.batches <- c.batch
		c.batch = make([]check, 0, checkBatch)
	}
}

// end waits for the workers. It returns the first file that is altered, or nil.
func (c *checker) end() (altered *check, err error) {
	if !c.ended {
		c.ended = true
		c.batches <- c.batch
		close(c.batches)
		c.workers.Wait()
	}
	return c.first, c.err
}

func (c *checker) run() {
	var at place
	for batch := range c.batches {
		for i := range batch {
			if f := batch[i].folder; f != nil {
				c.lookThrough(f)
			} else if !at.holds(c.from, &batch[i]) {
				c.note(&batch[i])
			}
		}
		at.leave(c.from)
	}
}

// lookThrough counts what is in a folder.
func (c *checker) lookThrough(f *sharedFolder) {
	files, sound, err := c.from.count(f.path)
	f.sound = sound && files == f.files
	if err != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.err = disk(err, "look through folder %s", f.path)
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

// A place is the folder of the file that was looked at last: most files that
// follow lie in it, too.
type place struct {
	dir    string
	folder *folder // nil for none
	before string  // see [tree.near]
}

func (at *place) holds(t *tree, what *check) bool {
	dir, name := split(what.file)
	if at.folder == nil || at.dir != dir {
		at.leave(t)
		f, before, err := t.near(dir)
		if err != nil {
			return false
		}
		at.dir, at.folder, at.before = dir, f, before
	}
	return holds(at.folder.fd, at.before+name, what.size, what.modified) == nil
}

func (at *place) leave(t *tree) {
	if at.folder != nil {
		t.release(at.folder)
		at.folder = nil
	}
}
