package hot

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// chunk is how much one processor counts at a time.
const chunk = 1 << 20

// A Log is a log to be read once. It may be compressed by gzip, which its first
// bytes tell: standard input has no name.
type Log struct {
	text   *bufio.Reader
	packed *packed // nil if it is not compressed
}

// headSize is how much [Log.Head] looks at.
const headSize = 64 << 10

// OpenLog begins to read a log.
func OpenLog(r io.Reader) (*Log, error) {
	raw := bufio.NewReaderSize(r, headSize)
	magic, _ := raw.Peek(2) // what is shorter is not compressed
	if !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return &Log{text: raw}, nil
	}
	unpacker, err := gzip.NewReader(raw)
	if err != nil {
		return nil, fmt.Errorf("unpack the log: %w", err)
	}
	p := &packed{Reader: unpacker}
	return &Log{text: bufio.NewReaderSize(p, headSize), packed: p}, nil
}

// Head returns the first whole lines, at most 64 KiB, for [Detect]. They are read again.
func (l *Log) Head() []byte {
	text, _ := l.text.Peek(headSize) // an error comes again when it is read
	if end := bytes.LastIndexByte(text, '\n'); end >= 0 {
		text = text[:end+1]
	}
	return text
}

// A packed log remembers that it broke off.
type packed struct {
	*gzip.Reader
	broken bool
}

func (p *packed) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	p.broken = p.broken || err != nil && err != io.EOF
	return n, err
}

// A piece is some whole lines, and the buffer that they are in.
type piece struct{ text, buffer []byte }

// Read counts a whole log, on all processors. A compressed log that breaks off
// is counted up to there, and what is missing is one damaged line. The error is
// the reader's or that of ctx; what was counted until then is in c.
func (c *Counter) Read(ctx context.Context, l *Log) error {
	c.init()
	workers := runtime.GOMAXPROCS(0)
	full, free := make(chan piece), make(chan []byte, workers+2)
	for range cap(free) {
		free <- make([]byte, chunk)
	}
	parts := make([]*Counter, workers)
	var group sync.WaitGroup
	for i := range parts {
		part := &Counter{Format: c.Format, Queries: c.Queries}
		parts[i] = part
		group.Go(func() {
			for p := range full {
				part.Add(p.text)
				free <- p.buffer
			}
		})
	}
	lost, err := l.split(ctx, full, free)
	close(full)
	group.Wait()
	for _, part := range parts {
		c.Merge(part)
	}
	c.lines += lost
	c.damaged += lost
	return err
}

// split cuts the log into pieces. It returns how many lines it threw away,
// because they are endless or were cut off.
func (l *Log) split(ctx context.Context, full chan<- piece, free <-chan []byte) (lost int64, err error) {
	var rest []byte // of a line that began in the last piece
	endless := false
	for ctx.Err() == nil {
		buffer := <-free
		n := copy(buffer, rest)
		read, err := io.ReadFull(l.text, buffer[n:])
		text := buffer[:n+read]
		if endless {
			end := bytes.IndexByte(text, '\n')
			endless = end < 0
			text = text[end+1:]
			if endless {
				text = nil
			}
		}
		end := bytes.LastIndexByte(text, '\n') + 1
		switch {
		case err != nil && l.packed != nil && l.packed.broken:
			full <- piece{text[:end], buffer}
			return lost + 1, nil
		case err == io.EOF || err == io.ErrUnexpectedEOF:
			full <- piece{text, buffer} // the last line may lack its end
			return lost, nil
		case err != nil:
			full <- piece{text[:end], buffer}
			return lost, fmt.Errorf("read the log: %w", err)
		}
		if rest = append(rest[:0], text[end:]...); len(rest) > maxLine {
			rest, endless = rest[:0], true
			lost++
		}
		full <- piece{text[:end], buffer}
	}
	return lost, ctx.Err()
}
