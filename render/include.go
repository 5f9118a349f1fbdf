package render

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Lines of other files of the folder can stand in a text: {{#include file:2:9}} of
// mdBook, --8<-- "file:2:9" of MkDocs, <<< @/file and <!--@include: file--> of VitePress,
// ::include{file=name} of GitLab. They are put there before Markdown is read; mdBook's
// and MkDocs' also within code, in folders of theirs.

const (
	maxIncludeDepth = 10      // files in one another
	maxIncluded     = 4 << 20 // bytes in one text
)

// An including is the work on the includes of one text.
type including struct {
	c     *conversion
	left  int      // bytes that may still be put in
	files []string // in which the lines stand, the text's own first
	fence fence    // the block of code in which the line stands
}

var (
	bookInclude    = regexp.MustCompile(`(\\?)\{\{#(include|rustdoc_include|playground|playpen)\s+([^}\s]+)[^}]*\}\}`)
	snippetInclude = regexp.MustCompile(`^([ \t]*)(;?)-{1,}8<-{1,}[ \t]+["']([^"']+)["'][ \t]*$`)
	snippetBlock   = regexp.MustCompile(`^([ \t]*)-{1,}8<-{1,}[ \t]*$`)
	pressInclude   = regexp.MustCompile(`^([ \t]*)<!--\s*@include:\s*(\S+?)\s*-->[ \t]*$`)
	pressCode      = regexp.MustCompile(`^([ \t]*)<<<\s+(@?[^\s{\[]+)`)
	labInclude     = regexp.MustCompile(`^()::include\{file=["']?([^}"']+)["']?\}[ \t]*$`)
)

// includeMarks are what texts with includes have.
var includeMarks = [][]byte{[]byte("{{#include"), []byte("{{#rustdoc_include"), []byte("{{#play"), []byte("8<-"), []byte("<!-- @include:"), []byte("<!--@include:"), []byte("<<< "), []byte("::include{")}

// includes reports whether a text may have some, so that it changes with other files.
func includes(_ *post, text []byte) bool {
	return slices.ContainsFunc(includeMarks, func(mark []byte) bool { return bytes.Contains(text, mark) })
}

// include makes the lines of a text with those of other files, or nil where there are none.
func (c *conversion) include(text []byte) []textLine {
	if !includes(c.post, text) {
		return nil
	}
	in := &including{c: c, left: maxIncluded, files: []string{c.post.file}}
	return in.lines(cutLines(text, c.lines.first))
}

// lines are those of a text or of a file in it, with what they include.
func (in *including) lines(lines []textLine) (out []textLine) {
	for i := 0; i < len(lines); i++ {
		l := lines[i]
		wasCode := in.fence != ""
		isProse(l.text, &in.fence)
		code := wasCode || in.fence != ""
		if m := snippetBlock.FindSubmatch(l.text); m != nil && in.takes(code, "MkDocs") {
			for i++; i < len(lines) && !snippetBlock.Match(lines[i].text); i++ {
				if name := strings.TrimSpace(string(lines[i].text)); name != "" && name[0] != ';' {
					out = append(out, in.indented(name, string(m[1]), l.line)...)
				}
			}
			continue
		}
		out = append(out, in.line(l, code)...)
	}
	return out
}

// takes reports whether a notation counts: in code only in folders of its maker.
func (in *including) takes(code bool, maker string) bool {
	return !code || in.c.blog.dialect.madeBy(maker)
}

// line is one line with what it includes.
func (in *including) line(l textLine, code bool) []textLine {
	if m := snippetInclude.FindSubmatch(l.text); m != nil && in.takes(code, "MkDocs") {
		if len(m[2]) > 0 { // it is only shown
			return []textLine{{text: bytes.Replace(l.text, []byte(";"), nil, 1), line: l.line}}
		}
		return in.indented(string(m[3]), string(m[1]), l.line)
	}
	if !code {
		for _, find := range []*regexp.Regexp{pressInclude, labInclude} {
			if m := find.FindSubmatch(l.text); m != nil {
				return in.indented(string(m[2]), string(m[1]), l.line)
			}
		}
		if m := pressCode.FindSubmatch(l.text); m != nil && path.Ext(string(m[2])) != "" {
			language, _, _ := strings.Cut(strings.TrimPrefix(path.Ext(string(m[2])), "."), "#")
			return in.code(language, string(m[2]), l.line)
		}
	}
	if bytes.Contains(l.text, []byte("{{#")) && in.takes(code, "mdBook") {
		return in.book(l, code)
	}
	return []textLine{l}
}

// code is a block of code of a file.
func (in *including) code(language, name string, line int) []textLine {
	fence := []byte("``````")
	lines := in.file(name, line, true)
	return slices.Concat([]textLine{{text: append(fence, language...), line: line}}, lines, []textLine{{text: []byte("``````"), line: line}})
}

// indented is what a file holds, set in like the line that names it.
func (in *including) indented(name, indent string, line int) []textLine {
	lines := in.file(name, line, in.fence != "")
	if indent != "" {
		for i := range lines {
			lines[i].text = append([]byte(indent), lines[i].text...)
		}
	}
	return lines
}

// book is a line with includes of mdBook, which may stand in its middle.
func (in *including) book(l textLine, code bool) []textLine {
	out := []textLine{{line: l.line}}
	put := func(text []byte) {
		last := &out[len(out)-1]
		last.text = append(last.text, text...)
	}
	at := 0
	prose := withoutCode(l.text)
	for _, m := range bookInclude.FindAllSubmatchIndex(l.text, -1) {
		put(l.text[at:m[0]])
		at = m[1]
		if m[2] != m[3] { // "\{{#include" is only shown; Markdown takes the backslash away
			from := m[2]
			if code {
				from = m[3]
			}
			put(l.text[from:m[1]])
			continue
		}
		if !code && prose[m[0]] == ' ' {
			put(l.text[m[0]:m[1]])
			continue
		}
		name := string(l.text[m[6]:m[7]])
		var lines []textLine
		if kind := string(l.text[m[4]:m[5]]); kind == "playground" || kind == "playpen" {
			lines = in.code("rust", name, l.line)
		} else {
			lines = in.file(name, l.line, code)
		}
		if len(lines) > 0 {
			put(lines[0].text)
			out = append(out, lines[1:]...)
		}
	}
	put(l.text[at:])
	return out
}

// file is what a file holds, or the part of it that the name asks for.
func (in *including) file(name string, line int, code bool) []textLine {
	fail := func(what string) []textLine {
		p := in.c.problemIn(line, fmt.Sprintf("the include of %q: %s", name, what), "")
		if len(in.files) > 1 {
			p.Hint = "it is named in " + in.files[len(in.files)-1]
		}
		if in.c.blog.settings.WarnLinks { // to a file, as it were
			in.c.warn(p)
			return nil
		}
		in.c.errs = append(in.c.errs, p)
		return nil
	}
	name, part, parted := strings.Cut(name, ":")
	if !parted {
		name, part, _ = strings.Cut(name, "#")
	}
	if strings.HasPrefix(part, "//") {
		in.c.warn(in.c.problemIn(line, "an include from another site is left out", ""))
		return nil
	}
	file := in.c.blog.snapshot.findInclude(in.files[len(in.files)-1], name)
	switch {
	case file == "":
		return fail("there is no such file in the folder that a text may have")
	case slices.Contains(in.files, file):
		return fail("it includes itself")
	case len(in.files) > maxIncludeDepth:
		return fail("the files stand in one another more than 10 deep")
	}
	data, err := readLimited(in.c.blog.fsys, file, int64(in.left))
	switch {
	case errors.Is(err, errTooLong):
		in.left = 0
		return fail(fmt.Sprintf("the text has more than %d MiB with what it includes", maxIncluded>>20))
	case err != nil:
		return fail(err.Error())
	case bytes.IndexByte(data, 0) >= 0:
		return fail("it holds a zero byte, so it is no text")
	}
	in.left -= len(data)
	lines, err := partOf(strings.Split(strings.TrimRight(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n"), "\n"), part)
	if err != nil {
		return fail(err.Error())
	}
	out := make([]textLine, len(lines))
	for i, text := range lines {
		out[i] = textLine{text: []byte(text), line: line}
	}
	if code && !isMarkdown(file) {
		return out
	}
	if isMarkdown(file) && part == "" {
		_, body := cutFrontLines(out)
		out = body
	}
	in.files = append(in.files, file)
	fence := in.fence
	out = in.lines(out)
	in.files, in.fence = in.files[:len(in.files)-1], fence
	return out
}

// cutFrontLines parts the front matter of a text from the rest of it.
func cutFrontLines(lines []textLine) (front, body []textLine) {
	if len(lines) == 0 || string(bytes.TrimSpace(lines[0].text)) != "---" {
		return nil, lines
	}
	for i := 1; i < len(lines); i++ {
		if string(bytes.TrimSpace(lines[i].text)) == "---" {
			return lines[:i+1], lines[i+1:]
		}
	}
	return nil, lines
}

// findInclude finds a file by its path from the text that names it, from the folder of
// the texts, or from the top. Only files count that the folder was found to have when it
// was looked through, which never followed a symbolic link.
func (s *Snapshot) findInclude(from, name string) string {
	name = strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "@/")
	for _, dir := range []string{path.Dir(from), s.dialect.root, "."} {
		file := path.Join(dir, name)
		if _, other := s.stamps[file]; other {
			return file
		}
		if slices.Contains(s.scan.markdown, file) {
			return file
		}
	}
	return ""
}

// anchorLine is a line of a file that begins or ends a part of it.
var anchorLine = regexp.MustCompile(`(ANCHOR|ANCHOR_END):\s*([\w-]+)|-+8<-+\s*\[\s*(start|end)\s*:\s*([\w-]+)\s*\]|#(region|endregion)\s+([\w-]+)`)

// anchorOf reads such a line.
func anchorOf(line string) (name string, begins, ok bool) {
	m := anchorLine.FindStringSubmatch(line)
	if m == nil {
		return "", false, false
	}
	word := m[1] + m[3] + m[5]
	return m[2] + m[4] + m[6], word == "ANCHOR" || word == "start" || word == "region", true
}

// partOf is the part of a file that a name asks for behind its colon: "" for all, "3"
// and "3:9" for lines, and the name of an anchor. Lines of anchors are never shown.
func partOf(lines []string, part string) (out []string, err error) {
	first, last, name := 1, len(lines), ""
	from, to, ranged := strings.Cut(part, ":")
	if n, err := strconv.Atoi(from); part != "" && (err == nil || from == "") {
		first = max(n, 1)
		if !ranged {
			last = first
		} else if n, err := strconv.Atoi(to); err == nil {
			last = n
		}
	} else {
		name = from
	}
	if first > len(lines) {
		return nil, fmt.Errorf("the file has no line %d", first)
	}
	inside, found := name == "", name == ""
	for i, line := range lines {
		if anchor, begins, ok := anchorOf(line); ok {
			if anchor == name {
				inside, found = begins, true
			}
			continue
		}
		if inside && i+1 >= first && i+1 <= last {
			out = append(out, line)
		}
	}
	if !found {
		return nil, fmt.Errorf("it has no part %q", name)
	}
	return out, nil
}
