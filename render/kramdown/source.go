package kramdown

import (
	"bytes"
	"sort"

	"github.com/yuin/goldmark/text"
)

// A source is the text of a block with others in it: lines of the file without what
// belongs to the blocks around, such as the ">" of a quotation. Positions are within
// buf, whose lines all end.
type source struct {
	buf    []byte
	starts []int          // of the lines in buf
	lines  []text.Segment // where they lie in the file
	pos    int            // how far it is read

	noFence   [2]int          // so long are fences of "`" and "~" that do not end; 0: none
	noComment bool            // behind pos is no end of a comment
	noEnd     map[string]bool // extensions that do not end behind pos
}

// wholeSource is that of a file.
func wholeSource(file []byte) *source {
	s := &source{buf: file}
	if len(file) > 0 && file[len(file)-1] != '\n' {
		s.buf = append(bytes.Clone(file), '\n')
	}
	for at := 0; at < len(file); {
		end := lineEnd(s.buf, at)
		s.starts = append(s.starts, at)
		s.lines = append(s.lines, text.NewSegment(at, min(end, len(file))))
		at = end
	}
	return s
}

// newSource is that of lines of a file.
func newSource(file []byte, lines []text.Segment) *source {
	s := &source{lines: lines, starts: make([]int, len(lines))}
	for i, line := range lines {
		s.starts[i] = len(s.buf)
		s.buf = append(s.buf, line.Value(file)...)
		if len(s.buf) == s.starts[i] || s.buf[len(s.buf)-1] != '\n' {
			s.buf = append(s.buf, '\n')
		}
	}
	return s
}

// lineEnd is where the line ends that a position is in, behind its end.
func lineEnd(buf []byte, at int) int {
	if n := bytes.IndexByte(buf[at:], '\n'); n >= 0 {
		return at + n + 1
	}
	return len(buf)
}

// line is the rest of the line at a position, with its end.
func (s *source) line(at int) []byte { return s.buf[at:lineEnd(s.buf, at)] }

// rest is what is not read yet.
func (s *source) rest() []byte { return s.buf[s.pos:] }

// ended reports whether all is read.
func (s *source) ended() bool { return s.pos >= len(s.buf) }

// cut is where a part lies in the file, line by line.
func (s *source) cut(from, to int) []text.Segment {
	var parts []text.Segment
	for i := sort.SearchInts(s.starts, from+1) - 1; i >= 0 && i < len(s.lines) && s.starts[i] < to; i++ {
		line := s.lines[i]
		begin, end := max(from-s.starts[i], 0), to-s.starts[i]
		part := text.NewSegment(line.Start+max(begin-line.Padding, 0), min(line.Start+max(end-line.Padding, 0), line.Stop))
		part.Padding = max(min(line.Padding, end)-begin, 0)
		if part.Start < part.Stop || part.Padding > 0 {
			parts = append(parts, part)
		}
	}
	return parts
}

// appendTo adds the lines of a part to those of a node.
func (s *source) appendTo(lines *text.Segments, from, to int) {
	for _, part := range s.cut(from, to) {
		lines.Append(part)
	}
}

// indented is a line with as many spaces before it, from a position on.
func (s *source) indented(from, spaces int) text.Segment {
	parts := s.cut(from, lineEnd(s.buf, from))
	if len(parts) == 0 { // the end of a file whose last line does not end
		last := s.lines[len(s.lines)-1]
		return text.NewSegment(last.Stop, last.Stop)
	}
	parts[0].Padding += spaces
	return parts[0]
}

// trimmed takes the space from both ends of a part.
func (s *source) trimmed(from, to int) (int, int) {
	for from < to && isSpace(s.buf[from]) {
		from++
	}
	for to > from && isSpace(s.buf[to-1]) {
		to--
	}
	return from, to
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// isBlank reports whether there is nothing but space; a space of another script counts
// as a letter.
func isBlank(line []byte) bool {
	for _, c := range line {
		if !isSpace(c) {
			return false
		}
	}
	return true
}

// spaces counts those that a line begins with.
func spaces(line []byte) int {
	n := 0
	for n < len(line) && line[n] == ' ' {
		n++
	}
	return n
}

// content is a line behind the up to three spaces that mean nothing; ok is false if
// there are more, or a tab.
func content(line []byte) (rest []byte, ok bool) {
	n := spaces(line)
	return line[n:], n < 4 && (n == len(line) || line[n] != '\t')
}

// isIndented reports whether a line begins as code does.
func isIndented(line []byte) bool {
	return bytes.HasPrefix(line, []byte("    ")) || bytes.HasPrefix(line, []byte("\t"))
}

// unindent counts the bytes of that indentation.
func unindent(line []byte) int {
	switch {
	case bytes.HasPrefix(line, []byte("\t")):
		return 1
	case bytes.HasPrefix(line, []byte("    ")):
		return 4
	}
	return 0
}
