package render

import "bytes"

// maxNesting bounds how deep blocks lie in one another.
const maxNesting = 200

const tooDeep = "the text is nested more than 200 levels deep"

// costlyLine finds a line whose parsing would take time that grows with the square of its
// length, because it opens more than maxNesting blocks, such as ">>>>>>…", or too many
// links, and says what is wrong with it. It is -1 if there is none.
func costlyLine(source []byte) (at int, what string) {
	for at < len(source) {
		line := source[at:]
		if end := bytes.IndexByte(line, '\n'); end >= 0 {
			line = line[:end+1]
		}
		if len(line) > maxNesting && openings(line) > maxNesting && !inCode(source, at) {
			return at, tooDeep
		}
		if hasOpenLinks(line) && !inCode(source, at) {
			return at, openLinks
		}
		at += len(line)
	}
	return -1, ""
}

// openings counts the marks of quotations and list items that a line begins with.
func openings(line []byte) int {
	if bytes.HasPrefix(line, []byte("    ")) || line[0] == '\t' { // code
		return 0
	}
	if mark := bytes.TrimLeft(line, " ")[:1]; (mark[0] == '-' || mark[0] == '*') && len(bytes.Trim(line, string(mark)+" \t\r\n")) == 0 {
		return 0 // a line across the page
	}
	for n := 0; ; n++ {
		line = bytes.TrimLeft(line, " \t")
		if bytes.HasPrefix(line, []byte(">")) {
			line = line[1:]
			continue
		}
		mark := 0
		for mark < 9 && mark < len(line) && isDigit(line[mark]) {
			mark++
		}
		signs := "-+*"
		if mark > 0 {
			signs = ".)"
		}
		if mark+1 >= len(line) || bytes.IndexByte([]byte(signs), line[mark]) < 0 || !isBlank(line[mark+1]) {
			return n
		}
		line = line[mark+1:]
	}
}

const (
	openLinks = "too many links in one line have no end"
	// maxLookedThrough is how many bytes are looked at, in all, for the ends of the links in
	// one word: goldmark begins at each again and goes on up to the next space.
	maxLookedThrough = 100_000_000
)

// hasOpenLinks reports whether a line has a word such as "[a]([a]([a](…" that would take
// too long to parse.
func hasOpenLinks(line []byte) bool {
	if len(line) < 10_000 { // too short for so many bytes, without another look
		return false
	}
	for word := range bytes.FieldsSeq(line) {
		if bytes.Count(word, []byte("]("))*len(word) > maxLookedThrough {
			return true
		}
	}
	return false
}

// inCode reports whether the line at a place is in a block of code.
func inCode(source []byte, at int) bool {
	var code fence
	inside := false
	for rest := source; len(source)-len(rest) <= at; {
		var line []byte
		line, rest = cutLine(rest)
		inside = code.meet(bytes.TrimLeft(line, " "))
	}
	return inside
}
