package bench

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
)

// maxHead bounds the status line and header fields of an answer.
const maxHead = 64 << 10

// An answer is an HTTP/1.1 answer to a GET as it arrives, in parts of any length.
// It finds out where the answer ends (RFC 9112, section 6.3) and keeps nothing
// of it but the numbers. The zero value waits for the first byte.
type answer struct {
	status int
	body   int64 // bytes of it so far, without the framing of chunks
	old    bool  // HTTP/1.0
	last   bool  // the server closes the connection after it

	part part
	left int64  // bytes that are missing of the body or the chunk
	line []byte // the beginning of what is read whole: the head, a line between chunks
}

// A part of an answer is what comes next.
type part byte

const (
	partHead    part = iota
	partBody         // left bytes
	partToEnd        // until the connection ends
	partSize         // the line that says how long a chunk is
	partChunk        // left bytes
	partGap          // the end of the line after a chunk
	partTrailer      // lines after the last chunk, the empty one closes them
	partDone
)

var (
	errMalformed = errors.New("malformed answer")
	errTooMuch   = errors.New("malformed answer: more bytes than it announced")
)

// reset waits for the next answer.
func (a *answer) reset() { *a = answer{line: a.line[:0]} }

// read takes the bytes that came next. It is done at the answer's last byte, and
// it is an error if more follow: nothing else was asked yet.
func (a *answer) read(b []byte) (done bool, err error) {
	for len(b) > 0 {
		if a.part == partDone {
			return false, errTooMuch
		}
		if b, err = a.step(b); err != nil {
			return false, err
		}
	}
	return a.part == partDone, nil
}

// step reads one part, or as much of it as there is, and returns the rest.
func (a *answer) step(b []byte) ([]byte, error) {
	switch a.part {
	case partHead:
		return a.readHead(b)
	case partToEnd:
		a.body += int64(len(b))
		return nil, nil
	case partBody, partChunk:
		n := min(a.left, int64(len(b)))
		a.left -= n
		a.body += n
		if a.left == 0 && a.part == partBody {
			a.part = partDone
		} else if a.left == 0 {
			a.part = partGap
		}
		return b[n:], nil
	}
	return a.readLine(b)
}

// readHead reads the head at once where it arrived in one piece, as nearly all do.
func (a *answer) readHead(b []byte) ([]byte, error) {
	head, kept := b, len(a.line)
	if kept > 0 {
		a.line = append(a.line, b[:min(len(b), maxHead+1)]...)
		head = a.line
	}
	end := endOfHead(head)
	switch {
	case end > maxHead || end < 0 && len(head) > maxHead:
		return nil, fmt.Errorf("%w: its header is longer than %d bytes", errMalformed, maxHead)
	case end < 0 && kept == 0:
		a.line = append(a.line, b...)
		return nil, nil
	case end < 0:
		return nil, nil
	}
	err := a.parseHead(head[:end])
	a.line = a.line[:0]
	return b[end-kept:], err
}

// endOfHead is where the head ends with an empty line; -1 where that has not come.
func endOfHead(b []byte) int {
	if i := bytes.Index(b, []byte("\r\n\r\n")); i >= 0 {
		return i + 4
	}
	return -1
}

// parseHead reads what says how long the body is. An interim answer (1xx) is
// passed over.
func (a *answer) parseHead(head []byte) error {
	line, fields, _ := bytes.Cut(head, []byte("\r\n"))
	if bytes.Count(head, []byte("\n")) != bytes.Count(head, []byte("\r\n")) {
		return fmt.Errorf("%w: a line ends without a carriage return", errMalformed) // RFC 9112, 2.2 leaves it to us
	}
	if len(line) < len("HTTP/1.1 200") || !bytes.HasPrefix(line, []byte("HTTP/1.")) || line[8] != ' ' {
		return fmt.Errorf("%w: it begins with %.20q", errMalformed, line)
	}
	status, ok := digits(line[9:12])
	if !ok || status < 100 || len(line) > 12 && line[12] != ' ' {
		return fmt.Errorf("%w: it begins with %.20q", errMalformed, line)
	}
	if status == 101 {
		return fmt.Errorf("%w: it switches to a protocol that nobody asked for", errMalformed)
	}
	if status < 200 {
		return nil
	}
	a.status, a.old = int(status), line[7] == '0'
	a.last = a.old
	length, chunked, err := a.parseFields(fields)
	switch {
	case err != nil:
		return err
	case a.status == 204 || a.status == 304 || !chunked && length == 0:
		a.part = partDone
	case chunked:
		a.part = partSize
	case length > 0:
		a.part, a.left = partBody, length
	default:
		a.part, a.last = partToEnd, true
	}
	return nil
}

// parseFields returns the Content-Length, -1 where there is none.
func (a *answer) parseFields(fields []byte) (length int64, chunked bool, err error) {
	length = -1
	for len(fields) > 0 {
		var field []byte
		field, fields, _ = bytes.Cut(fields, []byte("\r\n"))
		colon := bytes.IndexByte(field, ':')
		if colon < 0 {
			continue
		}
		name, value := field[:colon], bytes.TrimSpace(field[colon+1:])
		switch {
		case len(name) == len("Content-Length") && bytes.EqualFold(name, []byte("Content-Length")):
			n, ok := digits(value)
			if !ok || length >= 0 && n != length {
				return 0, false, fmt.Errorf("%w: Content-Length %.20q", errMalformed, value)
			}
			length = n
		case len(name) == len("Transfer-Encoding") && bytes.EqualFold(name, []byte("Transfer-Encoding")):
			if a.old || !bytes.EqualFold(value, []byte("chunked")) { // HTTP/1.0 has no chunks
				return 0, false, fmt.Errorf("%w: Transfer-Encoding %.20q", errMalformed, value)
			}
			chunked = true
		case len(name) == len("Connection") && bytes.EqualFold(name, []byte("Connection")):
			a.last = bytes.EqualFold(value, []byte("close")) || a.last && !bytes.EqualFold(value, []byte("keep-alive"))
		}
	}
	return length, chunked, nil
}

// readLine reads one of the lines around chunks.
func (a *answer) readLine(b []byte) ([]byte, error) {
	line, rest, whole := bytes.Cut(b, []byte("\n"))
	if len(a.line)+len(line) > maxHead {
		return nil, fmt.Errorf("%w: a line between chunks is longer than %d bytes", errMalformed, maxHead)
	}
	a.line = append(a.line, line...)
	if !whole {
		return nil, nil
	}
	err := a.parseLine(bytes.TrimSuffix(a.line, []byte("\r")))
	a.line = a.line[:0]
	return rest, err
}

func (a *answer) parseLine(line []byte) error {
	switch a.part {
	case partSize:
		size, _, _ := bytes.Cut(line, []byte(";"))
		n, err := strconv.ParseUint(string(bytes.TrimSpace(size)), 16, 63)
		if err != nil {
			return fmt.Errorf("%w: chunk size %.20q", errMalformed, line)
		}
		if a.part, a.left = partChunk, int64(n); n == 0 {
			a.part = partTrailer
		}
	case partGap:
		if len(line) > 0 {
			return fmt.Errorf("%w: %.20q after a chunk", errMalformed, line)
		}
		a.part = partSize
	case partTrailer:
		if len(line) == 0 {
			a.part = partDone
		}
	}
	return nil
}

// digits reads a number that is nothing but digits.
func digits(b []byte) (n int64, ok bool) {
	for _, c := range b {
		if c < '0' || c > '9' || n > math.MaxInt64/10-1 {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, len(b) > 0
}
