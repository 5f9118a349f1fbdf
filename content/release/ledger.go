//go:build unix

package release

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"

	"icecap/content"
)

// markEvery is how many bytes of page lines are read to find one page.
const markEvery = 4096

// A ledger is the manifest of a release that stays on disk: it is read a line
// at a time, and looked up by way of the marks, because the manifest of a
// million pages does not belong into memory. It is safe for concurrent use.
type ledger struct {
	header
	id        string
	file      *os.File
	marks     []mark // ascending
	end       int64  // where the last page line ends
	bytes     int64  // of all pages
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
func (r *Release) openLedger() (*ledger, error) {
	f, err := r.openManifest()
	if err != nil {
		return nil, err
	}
	l := &ledger{id: r.ID, file: f}
	if err := l.verify(r); err != nil {
		f.Close()
		return nil, err
	}
	return l, nil
}

func (l *ledger) verify(r *Release) error {
	sum, err := hashManifest(l.file, &l.header, func(line *lineRead) error {
		switch {
		case line.redirect != nil:
			l.redirects = append(l.redirects, *line.redirect)
		case line.skip == nil:
			if n := len(l.marks); n == 0 || line.at-l.marks[n-1].at >= markEvery {
				l.marks = append(l.marks, mark{line.page.key, line.at})
			}
			l.end = line.at + int64(len(line.text))
			l.bytes += line.page.size
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

func (l *ledger) close() {
	if l != nil {
		l.file.Close()
	}
}

// eachSkip reads the skips.
func (l *ledger) eachSkip(take func(content.Skip)) error {
	info, err := l.file.Stat()
	if err != nil {
		return disk(err, "read the manifest of release %s", l.id)
	}
	lines := newLines(io.NewSectionReader(l.file, l.end, info.Size()-l.end))
	s := scanner{names: newNames()}
	var line lineRead
	for {
		text, err := lines.next()
		if err == io.EOF {
			return nil
		}
		if err == nil && l.end == 0 && lines.at == int64(len(text)) {
			continue // the header, where there are no pages
		}
		if err == nil {
			err = s.read(text, &line)
		}
		if err != nil {
			return &CorruptError{l.id, err.Error()}
		}
		if line.skip != nil {
			take(*line.skip)
		}
	}
}

// each reads all lines of pages again.
func (l *ledger) each(take func(*lineRead) error) error {
	info, err := l.file.Stat()
	if err != nil {
		return disk(err, "read the manifest of release %s", l.id)
	}
	var stopped error
	var again header
	err = scanManifest(io.NewSectionReader(l.file, 0, info.Size()), &again, func(line *lineRead) error {
		if line.redirect == nil && line.skip == nil {
			stopped = take(line)
		}
		return stopped
	})
	if err != nil && stopped == nil {
		return &CorruptError{l.id, err.Error()}
	}
	return err
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
	at := l.marks[max(first-1, 0)].at
	lines := newLines(io.NewSectionReader(l.file, at, l.end-at))
	s := scanner{names: newNames()}
	var line lineRead
	for {
		text, err := lines.next()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = s.read(text, &line)
		}
		if err != nil {
			return &CorruptError{l.id, err.Error()}
		}
		switch path := line.page.key.Path.Decoded(); {
		case len(path) >= len(prefix) && path[:len(prefix)] == prefix:
			if err := take(&line); err != nil {
				return err
			}
		case path > prefix:
			return nil
		}
	}
}

// find looks up a page.
func (l *ledger) find(key content.Key) (*page, bool, error) {
	if l == nil {
		return nil, false, nil
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
	if _, err := l.file.ReadAt(*buffer, from); err != nil {
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
