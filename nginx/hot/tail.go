package hot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// A Tail reads a log that grows, from its beginning, and goes on with the new
// file of its name when it is rotated. It looks twice a second: a log may lie
// where no system tells of changes.
type Tail struct {
	name string
	file *os.File
	read int64
	rest []byte // of a line whose end is not written yet
	// moved says that another file has the name. NGINX may have written into this one
	// after it was last read, so it is read once more.
	moved bool
}

// OpenTail opens a log. The caller closes it.
func OpenTail(name string) (*Tail, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("follow the log: %w", err)
	}
	return &Tail{name: name, file: file}, nil
}

const (
	tailPause = 500 * time.Millisecond
	tailPiece = 256 << 10
)

// Next returns the whole lines that are new, none if there is nothing new for
// half a second. The text is valid until the next call. The error is that of ctx
// or of reading; a log that is gone for a moment is none.
func (t *Tail) Next(ctx context.Context) ([]byte, error) {
	buffer := make([]byte, len(t.rest), len(t.rest)+tailPiece)
	copy(buffer, t.rest)
	n, err := t.file.Read(buffer[len(t.rest):cap(buffer)])
	t.read += int64(n)
	text := buffer[:len(t.rest)+n]
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, fmt.Errorf("follow the log: %w", err)
	case n == 0:
		if renewed, err := t.renew(); renewed || err != nil {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(tailPause):
			return nil, nil
		}
	}
	end := bytes.LastIndexByte(text, '\n') + 1
	t.rest = append([]byte(nil), text[end:]...)
	if len(t.rest) > maxLine {
		t.rest = t.rest[:maxLine+1] // enough to be called damaged, once it ends
	}
	return text[:end], ctx.Err()
}

// renew opens the log again if another file has its name for the second time that it
// looks, or begins anew if it was emptied in place.
func (t *Tail) renew() (bool, error) {
	now, err := os.Stat(t.name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // between the two steps of a rotation
	}
	if err != nil {
		return false, fmt.Errorf("follow the log: %w", err)
	}
	old, err := t.file.Stat()
	if err != nil {
		return false, fmt.Errorf("follow the log: %w", err)
	}
	same := os.SameFile(now, old)
	switch {
	case !same && !t.moved:
		t.moved = true
	case !same:
		next, err := OpenTail(t.name)
		if err != nil {
			return false, err
		}
		t.file.Close()
		*t = *next
		return true, nil
	case now.Size() < t.read:
		if _, err := t.file.Seek(0, io.SeekStart); err != nil {
			return false, fmt.Errorf("follow the log: %w", err)
		}
		t.read, t.rest = 0, nil
		return true, nil
	}
	return false, nil
}

// Close ends the reading.
func (t *Tail) Close() error { return t.file.Close() }
