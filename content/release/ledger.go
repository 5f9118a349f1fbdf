//go:build unix

package release

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"sort"
	"strings"
	"sync"

	"icecap/content"
)

// markEvery is how many bytes of page lines are read to find one page.
const markEvery = 4096

// maxHeld is how many bytes a manifest may have that is kept in memory, taken
// apart: that of about 30,000 pages. It takes two to three times as much.
const maxHeld = 8 << 20

// A ledger is the manifest of a release. It stays on disk, is read a line at a
// time, and looked up by way of the marks, because that of a million pages does not
// belong into memory; a shorter one is held there, if that is asked for, since a
// run looks up all of its pages. It is safe for concurrent use.
type ledger struct {
	header
	id        string
	file      *os.File    // nil where it is held
	from      io.ReaderAt // the manifest's bytes
	written   int64       // when its last byte was written, in nanoseconds; 0 if that is not known
	held      []lineRead  // of all pages; nil where it is not held
	marks     []mark      // ascending
	begin     int64       // where the header ends
	end       int64       // where the last page line ends
	size      int64
	bytes     int64 // of all pages
	redirects []content.Redirect
	blocks    sync.Pool // of *[]byte
}

// A mark says at which byte the line of a page begins.
type mark struct {
	key content.Key
	at  int64
}

// openLedger verifies a manifest against the release's ID. The error is a
// *[CorruptError] if the manifest is missing or not the one that was published.
func (r *Release) openLedger() (*ledger, error) { return r.readLedger(0) }

// holdLedger is openLedger for who will look up many pages.
func (r *Release) holdLedger() (*ledger, error) { return r.readLedger(maxHeld) }

// readLedger holds the manifest in memory if it has no more bytes than hold.
func (r *Release) readLedger(hold int64) (*ledger, error) {
	f, err := r.OpenManifest()
	if err != nil {
		return nil, err
	}
	l := &ledger{id: r.ID, file: f, from: f}
	info, err := f.Stat()
	if err == nil {
		l.written = info.ModTime().UnixNano()
	}
	if err == nil && info.Size() <= hold {
		err = l.verifyHeld(r, info.Size())
	} else {
		err = l.verify(r, f, nil)
	}
	if err != nil || l.file == nil {
		f.Close()
	}
	if err != nil {
		return nil, err
	}
	return l, nil
}

// verifyHeld reads the manifest into memory first; the file is not needed any more.
func (l *ledger) verifyHeld(r *Release, size int64) error {
	text := make([]byte, size)
	if _, err := io.ReadFull(l.file, text); err != nil {
		return disk(err, "read the manifest of release %s", r.ID)
	}
	l.file, l.from = nil, bytes.NewReader(text)
	return l.verify(r, bytes.NewReader(text), text)
}

// verify reads the manifest. The text is all of it, nil where it is not to be held.
func (l *ledger) verify(r *Release, from io.Reader, text []byte) error {
	sum, err := scanManifest(from, &l.header, func(line *lineRead) error {
		if l.begin == 0 {
			l.begin, l.end = line.at, line.at
		}
		l.size = line.at + int64(len(line.text))
		switch {
		case line.redirect != nil:
			l.redirects = append(l.redirects, *line.redirect)
		case line.skip == nil:
			if n := len(l.marks); n == 0 || line.at-l.marks[n-1].at >= markEvery {
				l.marks = append(l.marks, mark{line.page.key, line.at})
			}
			l.end = l.size
			l.bytes += line.page.size
			if text != nil {
				if l.held == nil {
					l.held = make([]lineRead, 0, min(max(l.Pages, 0), 1<<20))
				}
				l.held = append(l.held, *line)
				l.held[len(l.held)-1].text = text[line.at:l.size]
			}
		}
		return nil
	})
	if err != nil {
		return &CorruptError{r.ID, err.Error()}
	}
	return r.named(sum)
}

// named returns a *[CorruptError] if the release is not named by the hash of its manifest.
func (r *Release) named(sum []byte) error {
	if number, ok := parseID(r.ID); !ok || newID(number, sum) != r.ID {
		return &CorruptError{r.ID, fmt.Sprintf("the manifest's hash begins with %x, which is not the release's name", sum[:4])}
	}
	return nil
}

// completed is when the manifest was written to its end, in nanoseconds, or 0.
// Nothing of the release was made later.
func (l *ledger) completed() int64 {
	if l == nil {
		return 0
	}
	return l.written
}

func (l *ledger) close() {
	if l != nil && l.file != nil {
		l.file.Close()
	}
}

// eachPage reads the lines of all pages.
func (l *ledger) eachPage(take func(*lineRead) error) error {
	for line, err := range l.pages() {
		if err == nil {
			err = take(line)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// pages goes through the pages. A line is valid until the next one is read. An
// error comes last. There are none in nil.
func (l *ledger) pages() iter.Seq2[*lineRead, error] {
	return func(yield func(*lineRead, error) bool) {
		if l == nil {
			return
		}
		var line lineRead
		for i := range l.held {
			line = l.held[i] // who gets it may change it
			if !yield(&line, nil) {
				return
			}
		}
		if l.held != nil {
			return
		}
		err := l.read(l.begin, l.end, func(line *lineRead) (bool, error) { return yield(line, nil), nil })
		if err != nil {
			yield(nil, err)
		}
	}
}

// eachSkip reads the skips.
func (l *ledger) eachSkip(take func(content.Skip)) error {
	return l.read(l.end, l.size, func(line *lineRead) (bool, error) {
		if line.skip != nil {
			take(*line.skip)
		}
		return true, nil
	})
}

// below reads the lines of the pages below a folder, such as "blog/2024".
func (l *ledger) below(folder string, take func(*lineRead) error) error {
	prefix := "/" + folder + "/"
	first, _ := slices.BinarySearchFunc(l.marks, prefix, func(m mark, prefix string) int {
		if m.key.Path.Decoded() < prefix {
			return -1
		}
		return 1
	})
	return l.read(l.marks[max(first-1, 0)].at, l.end, func(line *lineRead) (bool, error) {
		path := line.page.key.Path.Decoded()
		if strings.HasPrefix(path, prefix) {
			return true, take(line)
		}
		return path < prefix, nil
	})
}

// read reads the lines that begin at from and end at to, until one is no more
// wanted. The manifest was verified when it was opened; a line that is wrong now
// is a *[CorruptError].
func (l *ledger) read(from, to int64, take func(*lineRead) (more bool, err error)) error {
	lines := newLines(io.NewSectionReader(l.from, from, to-from))
	s := scanner{names: newNames()}
	var line lineRead
	for lines.at < to-from {
		text, err := lines.next()
		if err == io.EOF {
			err = errCut
		}
		if err == nil {
			err = s.read(text, &line)
		}
		if err != nil {
			return &CorruptError{l.id, err.Error()}
		}
		if more, err := take(&line); !more || err != nil {
			return err
		}
	}
	return nil
}

// find looks up a page, which its caller must not change.
func (l *ledger) find(key content.Key) (*page, bool, error) {
	if l == nil {
		return nil, false, nil
	}
	if l.held != nil {
		i, found := sort.Find(len(l.held), func(i int) int { return key.Compare(l.held[i].page.key) })
		if !found {
			return nil, false, nil
		}
		return &l.held[i].page, true, nil
	}
	i, exact := slices.BinarySearchFunc(l.marks, key, func(m mark, key content.Key) int { return m.key.Compare(key) })
	if !exact {
		i--
	}
	if i < 0 {
		return nil, false, nil
	}
	from, to := l.marks[i].at, l.end
	if i+1 < len(l.marks) {
		to = l.marks[i+1].at
	}
	buffer, _ := l.blocks.Get().(*[]byte)
	if buffer == nil {
		buffer = new([]byte)
	}
	defer l.blocks.Put(buffer)
	*buffer = slices.Grow((*buffer)[:0], int(to-from))[:to-from]
	if _, err := l.from.ReadAt(*buffer, from); err != nil {
		return nil, false, disk(err, "read the manifest of release %s", l.id)
	}
	return l.findIn(*buffer, key)
}

// findIn looks for the line of a page in a block of lines. What the line begins
// with can stand nowhere else, since within a string its quotes have escapes.
func (l *ledger) findIn(block []byte, key content.Key) (*page, bool, error) {
	begin := appendField(appendString([]byte(`{"page":{"path":`), key.Path.String()), `,"variant":`, key.Variant)
	begin = append(begin, `,"type":`...)
	at := bytes.Index(block, begin)
	if at < 0 {
		return nil, false, nil
	}
	text := block[at:]
	text = text[:bytes.IndexByte(text, '\n')+1]
	s := scanner{names: newNames()}
	var line lineRead
	if err := s.read(text, &line); err != nil {
		return nil, false, &CorruptError{l.id, err.Error()}
	}
	return &line.page, true, nil
}
