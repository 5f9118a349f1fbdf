package render

import "bytes"

// A fence is what began the block of code that a line is in, such as "```"; it is ""
// outside of one. See CommonMark 0.31.2, section 4.5.
type fence string

// meet reports whether the next line of a text, without its indentation, is of a block
// of code, be it the first or the last one of it.
func (f *fence) meet(line []byte) bool {
	inside := *f != ""
	if len(line) == 0 || line[0] != '`' && line[0] != '~' {
		return inside
	}
	length := len(line) - len(bytes.TrimLeft(line, string(line[:1])))
	rest := line[length:]
	switch {
	case inside:
		if line[0] == (*f)[0] && length >= len(*f) && len(bytes.TrimLeft(rest, " \t")) == 0 {
			*f = ""
		}
	case length < 3, line[0] == '`' && bytes.IndexByte(rest, '`') >= 0: // ```code in a line```
		return false
	default:
		*f = fence(line[:length])
	}
	return true
}
