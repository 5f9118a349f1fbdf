package kramdown

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// code reads a block of indented lines. Lines behind them that are not indented go on
// with the last.
func (b *blocks) code() {
	node := ast.NewCodeBlock()
	s := b.source
	for codeFollows(s) {
		for empty := blankEnd(s.buf, s.pos); s.pos < empty; {
			line := s.line(s.pos)
			node.Lines().Append(s.indented(s.pos+unindent(line), 0))
			s.pos += len(line)
		}
		for !s.ended() && isIndented(s.line(s.pos)) && !isBlank(s.line(s.pos)) {
			line := s.line(s.pos)
			node.Lines().Append(s.indented(s.pos+unindent(line), 0))
			s.pos += len(line)
		}
		for !endsLazily(s.rest(), b.Dialect) {
			b.lazyCode(node.Lines())
		}
	}
	b.add(node)
}

// codeFollows reports whether indented lines come, behind empty ones.
func codeFollows(s *source) bool {
	at := blankEnd(s.buf, s.pos)
	return at < len(s.buf) && isIndented(s.line(at))
}

// lazyCode reads a line within a block of code that belongs to the one before.
func (b *blocks) lazyCode(lines *text.Segments) {
	s := b.source
	line := s.line(s.pos)
	if isIndented(line) {
		lines.Append(s.indented(s.pos+unindent(line), 0))
	} else {
		last := lines.At(lines.Len() - 1)
		lines.Set(lines.Len()-1, last.WithStop(max(last.Start, last.Stop-1)))
		lines.Append(s.indented(s.pos, 1))
	}
	s.pos += len(line)
}

// fenceRun counts the signs that a fence begins with; 0 is no fence.
func fenceRun(line []byte) int {
	n := 0
	for n < len(line) && line[n] == line[0] && (line[0] == '`' || line[0] == '~') {
		n++
	}
	if n < 3 {
		return 0
	}
	return n
}

// fence reads a block of code between fences. Without an end there is none.
func (b *blocks) fence(line []byte) bool {
	inner, ok := line, true
	if b.GFM {
		inner, ok = content(line)
	}
	n := 0
	if ok {
		n = fenceRun(inner)
	}
	if n == 0 || !b.GFM && inner[0] == '`' {
		return false
	}
	info := bytes.TrimSpace(inner[n:])
	if bytes.ContainsAny(info, " \t") || bytes.IndexByte(info, inner[0]) == 0 {
		return false
	}
	s, kind := b.source, 0
	if inner[0] == '~' {
		kind = 1
	}
	if shortest := s.noFence[kind]; shortest > 0 && n >= shortest {
		return false
	}
	begin := s.pos + len(line)
	end := b.fenceEnd(begin, inner[:n])
	if end < 0 {
		s.noFence[kind] = n
		return false
	}
	node := ast.NewFencedCodeBlock(nil)
	if len(info) > 0 {
		at := s.pos + len(line) - len(inner) + n
		from, to := s.trimmed(at, begin)
		if mark := bytes.IndexByte(s.buf[from:to], '?'); mark > 0 {
			to = from + mark
		}
		node.Info = ast.NewTextSegment(s.cut(from, to)[0])
	}
	s.appendTo(node.Lines(), begin, end)
	b.add(node)
	s.pos = end + len(s.line(end))
	return true
}

// fenceEnd is where the line begins that ends a fence, or -1.
func (b *blocks) fenceEnd(at int, fence []byte) int {
	for s := b.source; at < len(s.buf); at = lineEnd(s.buf, at) {
		line := s.line(at)
		if b.GFM {
			line = line[min(spaces(line), 3):]
		}
		if bytes.HasPrefix(line, fence) && isBlank(bytes.TrimLeft(line, string(fence[:1]))) {
			return at
		}
	}
	return -1
}

// atxLevel is that of a heading of GFM that begins with "#", or 0.
func atxLevel(line []byte) int {
	n := len(line) - len(bytes.TrimLeft(line, "#"))
	if n > 6 || n == 0 || n == len(line) || line[n] != ' ' && line[n] != '\t' {
		return 0
	}
	return n
}

// atxHeading reads "# Heading".
func (b *blocks) atxHeading(line []byte) bool {
	if line[0] != '#' {
		return false
	}
	level := atxLevel(line)
	if !b.GFM {
		if level = min(len(line)-len(bytes.TrimLeft(line, "#")), 6); !b.afterBoundary() {
			return false
		}
	}
	if level == 0 {
		return false
	}
	s := b.source
	from, to := s.trimmed(s.pos+level, s.pos+len(line))
	to, id := headingID(s.buf, from, to)
	// A row of "#" ends the heading; it means nothing.
	closed := to
	for closed > from && s.buf[closed-1] == '#' {
		closed--
	}
	before := byte(' ')
	if closed > 0 {
		before = s.buf[closed-1]
	}
	if closed < to && (b.GFM && (before == ' ' || before == '\t') || !b.GFM && before != '\\') {
		from, to = s.trimmed(from, closed)
	}
	if from >= to {
		return false
	}
	b.heading(level, from, to, id)
	s.pos += len(line)
	return true
}

// headingID finds an id such as {#top} at the end of a heading.
func headingID(buf []byte, from, to int) (end int, id string) {
	line := buf[from:to]
	open := bytes.LastIndex(line, []byte("{#"))
	if open < 1 || line[len(line)-1] != '}' || line[open-1] != ' ' && line[open-1] != '\t' {
		return to, ""
	}
	id = string(line[open+2 : len(line)-1])
	if !isElementName([]byte(id)) {
		return to, ""
	}
	return from + len(bytes.TrimRight(line[:open], " \t")), id
}

// heading adds one.
func (b *blocks) heading(level, from, to int, id string) {
	node := ast.NewHeading(level)
	b.source.appendTo(node.Lines(), from, to)
	if id != "" {
		node.SetAttributeString("id", []byte(id))
	}
	b.add(node)
}

// setextHeading reads a line with "===" or "---" below.
func (b *blocks) setextHeading(line []byte) bool {
	inner, ok := content(line)
	s := b.source
	next := s.pos + len(line)
	if !ok || next >= len(s.buf) || s.buf[next] != '=' && s.buf[next] != '-' || !b.afterBoundary() {
		return false
	}
	under := s.line(next)
	if len(bytes.TrimSpace(bytes.TrimLeft(under, "=-"))) > 0 {
		return false
	}
	from, to := s.trimmed(next-len(inner), next)
	to, id := headingID(s.buf, from, to)
	level := 1
	if under[0] == '-' {
		level = 2
	}
	b.heading(level, from, to, id)
	s.pos = next + len(under)
	return true
}

// rule reads "* * *".
func (b *blocks) rule(line []byte) bool {
	if !isRule(line) {
		return false
	}
	b.source.pos += len(line)
	b.add(ast.NewThematicBreak())
	return true
}

// isRule finds three or more of one sign, with nothing but space between them.
func isRule(line []byte) bool {
	inner, ok := content(line)
	if !ok || inner[0] != '*' && inner[0] != '-' && inner[0] != '_' {
		return false
	}
	n := 0
	for _, c := range bytes.TrimRight(inner, "\n") {
		switch c {
		case inner[0]:
			n++
		case ' ', '\t':
		default:
			return false
		}
	}
	return n >= 3
}

// formula reads $$ TeX $$ between boundaries.
func (b *blocks) formula(line []byte) bool {
	inner, ok := content(line)
	if !ok || b.Formula == nil || inner[0] != '$' && inner[0] != '\\' || !b.afterBoundary() {
		return false
	}
	s := b.source
	open := s.pos + len(line) - len(inner)
	if !bytes.HasPrefix(s.buf[open:], []byte("$$")) {
		return false
	}
	n := bytes.Index(s.buf[open+2:], []byte("$$"))
	if n < 0 {
		return false
	}
	end, before := open+2+n+2, s.pos
	if after := lineEnd(s.buf, end); isBlank(s.buf[end:after]) {
		s.pos = after
	} else {
		s.pos = end
	}
	node := b.Formula(b.pc)
	if node == nil || !b.beforeBoundary() {
		s.pos = before
		return false
	}
	s.appendTo(node.Lines(), open, end)
	b.add(node)
	return true
}
