package kramdown

import (
	"bytes"
	"regexp"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
)

// A tableSection is a head, a body or a foot of a table.
type tableSection struct {
	ast.BaseBlock
	tag string
}

// A tableRow is one of a section.
type tableRow struct{ ast.BaseBlock }

// A tableCell is one of a row.
type tableCell struct {
	ast.BaseBlock
	tag   string
	align extast.Alignment
}

var kindSection, kindRow, kindCell = ast.NewNodeKind("KramdownSection"), ast.NewNodeKind("KramdownRow"), ast.NewNodeKind("KramdownCell")

// Kind and Dump make them nodes.
func (*tableSection) Kind() ast.NodeKind          { return kindSection }
func (n *tableSection) Dump(s []byte, level int)  { ast.DumpHelper(n, s, level, nil, nil) }
func (*tableRow) Kind() ast.NodeKind              { return kindRow }
func (n *tableRow) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }
func (*tableCell) Kind() ast.NodeKind             { return kindCell }
func (n *tableCell) Dump(s []byte, level int)     { ast.DumpHelper(n, s, level, nil, nil) }

// maxColumns bounds the empty cells that fill short rows up.
const maxColumns = 200

var (
	headRule  = regexp.MustCompile(`^[+|: \t-]*-[+|: \t-]*$`)
	footRule  = regexp.MustCompile(`^[+|: \t=]*=[+|: \t=]*$`)
	alignRule = regexp.MustCompile(`(:?)-+(:?)`)
)

// A tableReader reads the lines of a table.
type tableReader struct {
	b       *blocks
	table   *extast.Table
	rows    []ast.Node
	aligns  []extast.Alignment
	headed  bool // a rule below the first rows was read
	footed  bool
	piped   bool // the first line begins with "|"
	columns int
	bodies  int
}

// table reads rows with "|" between boundaries.
func (b *blocks) table(line []byte) bool {
	inner, ok := content(line)
	if !ok || !hasPipe(inner) || !b.afterBoundary() {
		return false
	}
	s := b.source
	end := s.pos
	for end < len(s.buf) && hasPipe(s.line(end)) {
		end = lineEnd(s.buf, end)
	}
	before := s.pos
	s.pos = end
	bounded := b.beforeBoundary()
	s.pos = before
	if !bounded || !pipesOutside(s.buf[before:end]) {
		return false
	}
	t := &tableReader{b: b, table: extast.NewTable(), piped: inner[0] == '|'}
	for s.pos = before; s.pos < end; {
		line := s.line(s.pos)
		t.line(line)
		s.pos += len(line)
	}
	if t.footed {
		t.section("tfoot")
	} else {
		t.section("tbody")
	}
	if t.bodies == 0 {
		s.pos = before
		return false
	}
	t.fill()
	b.add(t.table)
	return true
}

// hasPipe reports whether a line has a "|" that is not escaped.
func hasPipe(line []byte) bool {
	for at := 0; at < len(line); at++ {
		if n := bytes.IndexByte(line[at:], '|'); n < 0 {
			return false
		} else if at += n; at == 0 || line[at-1] != '\\' {
			return true
		}
	}
	return false
}

// line reads one line.
func (t *tableReader) line(line []byte) {
	trimmed := bytes.TrimRight(line, " \t\n")
	switch {
	case headRule.Match(trimmed):
		if len(t.rows) > 0 && !t.headed && !t.footed {
			t.headed = true
			t.section("thead")
			for _, m := range alignRule.FindAllSubmatch(trimmed, maxColumns) {
				t.aligns = append(t.aligns, alignment(len(m[1]) > 0, len(m[2]) > 0))
			}
		} else if len(t.rows) > 0 && !t.footed {
			t.section("tbody")
		}
	case footRule.Match(trimmed):
		t.section("tbody")
		t.footed = true
	default:
		t.row(t.b.source.pos, len(trimmed))
	}
}

func alignment(left, right bool) extast.Alignment {
	switch {
	case left && right:
		return extast.AlignCenter
	case left:
		return extast.AlignLeft
	case right:
		return extast.AlignRight
	}
	return extast.AlignNone
}

// row reads the cells of a line.
func (t *tableReader) row(from, length int) {
	s, row := t.b.source, &tableRow{}
	line := s.buf[from : from+length]
	var cells [][2]int
	at := 0
	eachPipe(line, func(pipe int) {
		cells = append(cells, [2]int{at, pipe})
		at = pipe + 1
	})
	cells = append(cells, [2]int{at, len(line)})
	if t.piped && isBlank(line[cells[0][0]:cells[0][1]]) {
		cells = cells[1:]
	}
	if n := len(cells); n > 0 && isBlank(line[cells[n-1][0]:cells[n-1][1]]) {
		cells = cells[:n-1]
	}
	for _, c := range cells {
		cell := &tableCell{}
		begin, end := s.trimmed(from+c[0], from+c[1])
		s.appendTo(cell.Lines(), begin, end)
		row.AppendChild(row, cell)
	}
	t.columns = max(t.columns, len(cells))
	t.rows = append(t.rows, row)
}

// section makes one of the rows that were read.
func (t *tableReader) section(tag string) {
	if len(t.rows) == 0 {
		return
	}
	if tag == "tbody" {
		t.bodies++
	}
	section := &tableSection{tag: tag}
	for _, row := range t.rows {
		section.AppendChild(section, row)
	}
	t.rows = nil
	t.table.AppendChild(t.table, section)
}

// fill gives all rows as many cells, and the cells their alignment.
func (t *tableReader) fill() {
	for section := t.table.FirstChild(); section != nil; section = section.NextSibling() {
		tag := "td"
		if section.(*tableSection).tag == "thead" {
			tag = "th"
		}
		for row := section.FirstChild(); row != nil; row = row.NextSibling() {
			for row.ChildCount() < min(t.columns, maxColumns) {
				row.AppendChild(row, &tableCell{})
			}
			i := 0
			for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
				c := cell.(*tableCell)
				if c.tag, c.align = tag, extast.AlignNone; i < len(t.aligns) {
					c.align = t.aligns[i]
				}
				i++
			}
		}
	}
}

// eachPipe calls found at each "|" that is neither escaped nor in code.
func eachPipe(line []byte, found func(at int)) {
	for at := 0; at < len(line); at++ {
		switch line[at] {
		case '\\':
			at++
		case '|':
			found(at)
		case '`':
			at = codeEnd(line, at) - 1
		case '<':
			if end := bytes.Index(line[at:], []byte("</code>")); end > 0 && bytes.HasPrefix(line[at:], []byte("<code")) {
				at += end + len("</code>") - 1
			}
		}
	}
}

// codeEnd is where code ends that begins with backticks; without an end it is where
// these do.
func codeEnd(text []byte, at int) int {
	n := len(text[at:]) - len(bytes.TrimLeft(text[at:], "`"))
	simple := n == 1 && (at == 0 || isSpace(text[at-1])) && at+1 < len(text) && isSpace(text[at+1])
	end := bytes.Index(text[at+n:], text[at:at+n])
	if end < 0 || simple {
		return at + n
	}
	return at + n + end + n
}

// pipesOutside reports whether the lines of a table have a "|" out of code, which may go
// over lines. As kramdown looks at what stands between two parts of code, a line of which
// code is the beginning has the "|" of the line above it.
func pipesOutside(table []byte) bool {
	table = bytes.TrimSuffix(table, []byte("\n"))
	piped := false
	for at := 0; at < len(table); {
		end, code := partOf(table, at)
		lines := bytes.Split(bytes.TrimRight(table[at:end], "\n"), []byte("\n"))
		at = end
		switch {
		case code && len(lines) == 2 && !piped, !code && len(lines) > 1 && !piped && !hasPipe(lines[0]):
			return false
		case code && len(lines) > 2:
			return piped
		case code:
			piped = piped && len(lines) == 1
		default:
			piped = piped && len(lines) == 1 || hasPipe(lines[len(lines)-1])
		}
	}
	return piped
}

// partOf is where the code or the text that begins at a place ends.
func partOf(text []byte, at int) (end int, code bool) {
	for end = at; end < len(text); {
		next := end + 1
		switch text[end] {
		case '`':
			n := len(text[end:]) - len(bytes.TrimLeft(text[end:], "`"))
			next = codeEnd(text, end)
			code = next > end+n
		case '<':
			if length := bytes.Index(text[end:], []byte("</code>")); length > 0 && bytes.HasPrefix(text[end:], []byte("<code")) {
				next, code = end+length+len("</code>"), true
			}
		}
		if code && end == at {
			return next, true
		} else if code {
			return end, false
		}
		end = next
	}
	return end, false
}

// tableRenderer writes what is in tables.
type tableRenderer struct{}

// RegisterFuncs makes it the renderer.
func (tableRenderer) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(kindSection, func(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
		return writeTag(w, node, node.(*tableSection).tag, "\n", entering)
	})
	r.Register(kindRow, func(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
		return writeTag(w, node, "tr", "\n", entering)
	})
	r.Register(kindCell, func(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
		cell := node.(*tableCell)
		if entering && cell.align != extast.AlignNone {
			cell.SetAttributeString("style", []byte("text-align:"+cell.align.String()))
		}
		return writeTag(w, node, cell.tag, "", entering)
	})
}

// writeTag writes a tag with what stands behind it.
func writeTag(w util.BufWriter, node ast.Node, tag, behind string, entering bool) (ast.WalkStatus, error) {
	if !entering {
		_, err := w.WriteString("</" + tag + ">\n")
		return ast.WalkContinue, err
	}
	_, _ = w.WriteString("<" + tag)
	if node.Attributes() != nil {
		html.RenderAttributes(w, node, nil)
	}
	_, err := w.WriteString(">" + behind)
	return ast.WalkContinue, err
}
