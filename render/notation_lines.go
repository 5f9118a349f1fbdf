package render

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
)

// What other tools write over several lines, and is Markdown once it is written anew:
// poems, tables drawn with signs, and footnotes in the text.

var (
	inlineNote = []byte("^[")
	verse      = []byte("| ")
	nobreak    = []byte("\u00a0")
)

// isVerse reports whether a line may be one of a poem; those of a table have more bars.
func isVerse(line []byte) bool {
	return (bytes.HasPrefix(line, verse) || string(bytes.TrimSpace(line)) == "|") && bytes.Count(line, []byte("|")) == 1
}

// hasVerse reports whether a text may have such lines.
func hasVerse(text []byte) bool {
	for at := 0; ; {
		next := bytes.Index(text[at:], verse)
		if next < 0 {
			return false
		}
		start := bytes.LastIndexByte(text[:at+next], '\n') + 1
		line, _, _ := bytes.Cut(text[start:], []byte("\n"))
		if isVerse(line) {
			return true
		}
		at = min(start+len(line)+1, len(text))
	}
}

// versify makes lines of a poem of those that begin with a bar: such lines, alone in
// their paragraph, that are no table.
func versify(lines []textLine) {
	versed := func(i int) bool { return i < len(lines) && isVerse(lines[i].prose) }
	for i := 0; i < len(lines); i++ {
		if !versed(i) || i > 0 && len(bytes.TrimSpace(lines[i-1].text)) > 0 {
			continue
		}
		end := i
		for versed(end) {
			end++
		}
		if end < len(lines) && len(bytes.TrimSpace(lines[end].text)) > 0 {
			i = end
			continue
		}
		for ; i < end; i++ {
			line := bytes.TrimRight(bytes.TrimPrefix(bytes.TrimPrefix(lines[i].text, []byte("|")), []byte(" ")), " \r\n")
			text := bytes.TrimLeft(line, " ")
			out := append(bytes.Repeat(nobreak, len(line)-len(text)), text...)
			if len(text) == 0 {
				out = append(out, nobreak...)
			}
			if i+1 < end {
				out = append(out, '\\')
			}
			lines[i].text = out
		}
	}
}

var gridLine = regexp.MustCompile(`^\s*\+-[-+=:]*\+\s*$`)

// fenceGrids shows grid tables as blocks of text, in which their columns are to be seen.
func (c *conversion) fenceGrids(lines []textLine) (out []textLine) {
	fence := []byte("``````")
	for i := 0; i < len(lines); i++ {
		if !gridLine.Match(lines[i].prose) {
			out = append(out, lines[i])
			continue
		}
		w := c.problemIn(lines[i].line, "a grid table is shown as it is written", "Markdown's tables have lines such as |---|---|")
		w.group = "grid table"
		c.warn(w)
		out = append(out, textLine{text: fence, line: lines[i].line})
		for ; i < len(lines) && len(bytes.TrimSpace(lines[i].text)) > 0; i++ {
			out = append(out, textLine{text: lines[i].text, line: lines[i].line})
		}
		out = append(out, textLine{text: fence, line: out[len(out)-1].line})
		i-- // the blank line
	}
	return out
}

const (
	maxInlineNote = 4 << 10 // bytes of a footnote in a line
	maxOpenNotes  = 100     // in a text: one of nothing but beginnings has no notes
)

// inlineNotes makes of each ^[footnote] a reference to one that stands at the end. A
// note may go on in the next lines of its paragraph. "^[" at the beginning of a word is
// text, as of a regular expression, unless there are several words in the brackets.
func inlineNotes(lines []textLine) []textLine {
	var notes []textLine
	open := 0 // notes that have no end, each of which was looked for
	for i := 0; i < len(lines) && open < maxOpenNotes; i++ {
		for from := 0; ; {
			at := bytes.Index(lines[i].prose[min(from, len(lines[i].prose)):], inlineNote)
			if at < 0 {
				break
			}
			at += from
			end, note := closeNote(lines, i, at)
			from = at + len(inlineNote)
			if end.line < 0 {
				if open++; open == maxOpenNotes {
					break
				}
			}
			if end.line < 0 || at > 0 && lines[i].prose[at-1] == '\\' || (at == 0 || isBlank(lines[i].prose[at-1])) && !bytes.ContainsAny(bytes.TrimSpace(note), " \n") {
				continue
			}
			name := fmt.Appendf(nil, "[^inline-note-%d]", len(notes)+1)
			notes = append(notes, textLine{text: slices.Concat(name, []byte(": "), note, []byte("\n")), line: lines[i].line})
			l, last := &lines[i], lines[end.line]
			l.text = slices.Concat(l.text[:at], name, last.text[end.at:])
			l.prose = slices.Concat(l.prose[:at], name, last.prose[end.at:])
			lines = slices.Delete(lines, i+1, end.line+1)
			from = at + len(name)
		}
	}
	if len(notes) > 0 {
		lines = append(append(lines, textLine{line: notes[0].line}), notes...)
	}
	return lines
}

// A spot is a place in lines; there is none in a line of -1.
type spot struct{ line, at int }

// closeNote finds the end of the note that begins in a line, and its text in one line.
func closeNote(lines []textLine, i, at int) (end spot, note []byte) {
	depth := 0
	for at++; i < len(lines) && len(bytes.TrimSpace(lines[i].prose)) > 0 && len(note) < maxInlineNote; i, at = i+1, 0 {
		start := at
		for ; at < len(lines[i].prose) && at-start < maxInlineNote; at++ {
			switch lines[i].prose[at] {
			case '\\':
				at++
			case '[':
				if depth++; depth == 1 {
					start = at + 1
				}
			case ']':
				if depth--; depth == 0 {
					note = append(note, bytes.TrimLeft(lines[i].text[start:at], " >")...)
					return spot{i, at + 1}, note
				}
			}
		}
		note = append(append(note, bytes.TrimSpace(bytes.TrimLeft(lines[i].text[start:], " >"))...), ' ')
	}
	return spot{line: -1}, nil
}

// blockIndent is how much further the lines are set in that belong to a block of
// Python-Markdown, such as an admonition.
const blockIndent = 4

// listItem is the mark of an item, or of what a term means, up to its text.
var listItem = regexp.MustCompile(`^ *(?:[-*+:]|\d{1,9}[.)]) +`)

var indentedBlock = regexp.MustCompile(`^ *(?:!!! ?\w|\?\?\?\+? ?\w|===[!+]? ")`)

// markProse finds the lines that are no code. The lines of an admonition are set in, and
// yet no code.
func markProse(lines []textLine) {
	base := 0 // columns before what is no code, in an admonition or an item of a list
	var code fence
	for i := range lines {
		line := lines[i].text
		indent := len(line) - len(bytes.TrimLeft(line, " "))
		blank := len(bytes.TrimSpace(line)) == 0
		if !blank && code == "" {
			base = min(base, indent)
			if m := listItem.Find(line); indentedBlock.Match(line) || m != nil {
				if base = indent + blockIndent; m != nil {
					base = min(base, len(m))
				}
				lines[i].prose = withoutCode(line)
				continue
			}
		}
		if isProse(line[min(base, indent):], &code) {
			lines[i].prose = withoutCode(line)
		}
	}
}

// isProse reports whether a line is none of a block of code, and follows the fence of such
// blocks. Lines that are set in are code, unless they are items within others.
func isProse(line []byte, code *fence) bool {
	if code.meet(bytes.TrimRight(bytes.TrimLeft(line, " \t>"), "\r")) {
		return false
	}
	if !bytes.HasPrefix(line, []byte("    ")) && !bytes.HasPrefix(line, []byte("\t")) {
		return true
	}
	item := bytes.TrimLeft(line, " \t")
	return len(item) > 1 && bytes.IndexByte([]byte("-*+"), item[0]) >= 0
}
