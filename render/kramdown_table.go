package render

import (
	"regexp"
	"strings"
)

// otherBlock finds a line that kramdown takes for another block than a table.
var otherBlock = regexp.MustCompile(`^ {0,3}(?:>|#{1,6}[ \t]|(?:[*+-]|\d+\.)[ \t]|\$\$|\{:|<[a-zA-Z/!])`)

// table gives a table without a head one, which goldmark asks for, and its head as
// many cells as any row has. Every line up to the next empty one has a "|", or kramdown
// knows no table.
func (p *kramdownPass) table(l line) bool {
	if !p.afterBlank() || isIndented(l.text) || !hasBar(l.text) || otherBlock.MatchString(l.text) && !rulePattern.MatchString(l.text) {
		return false
	}
	columns := p.columns()
	if columns == 0 {
		return false
	}
	if rulePattern.MatchString(l.text) {
		l = p.lines[p.next] // a rule above the first row
		p.next++
	}
	headed := p.next < len(p.lines) && rulePattern.MatchString(p.lines[p.next].text)
	if !headed {
		p.emit(l, strings.Repeat("| ", columns)+"|")
		p.emit(l, strings.Repeat("|---", columns)+"|")
	}
	p.emit(l, padded(row(l.text), columns, " |"))
	if headed {
		p.emit(p.lines[p.next], padded("|"+strings.Trim(strings.TrimSpace(p.lines[p.next].text), "|")+"|", columns, "---|"))
		p.next++
	}
	for p.next < len(p.lines) && hasBar(p.lines[p.next].text) {
		if r := p.lines[p.next]; !rulePattern.MatchString(r.text) && !strings.HasPrefix(strings.TrimSpace(r.text), "|=") {
			p.emit(r, row(r.text))
		}
		p.next++
	}
	return true
}

// columns are those of the table that begins at the line before the next, 0 if there
// is none.
func (p *kramdownPass) columns() (n int) {
	for i := p.next - 1; i < len(p.lines); i++ {
		text := p.lines[i].text
		if strings.TrimSpace(text) == "" || listPattern.MatchString(text) || strings.TrimSpace(text) == "^" {
			break
		}
		if !hasBar(text) {
			return 0
		}
		if !rulePattern.MatchString(text) {
			n = max(n, countCells(text))
		}
	}
	return min(n, maxColumns)
}

// maxColumns bounds a table.
const maxColumns = 200

// padded is a row with as many cells as the table has.
func padded(row string, columns int, cell string) string {
	missing := columns - countCells(row)
	if missing <= 0 {
		return row
	}
	if row = strings.TrimRight(row, " \t"); !strings.HasSuffix(row, "|") || strings.HasSuffix(row, `\|`) {
		row += " |"
	}
	return row + strings.Repeat(cell, missing)
}

// hasBar reports whether a line has a "|" that is not escaped and in no code.
func hasBar(text string) bool { return countBars(text) > 0 }

// countBars counts the "|" that part cells.
func countBars(text string) (n int) {
	eachBar(text, func(_ int, inCode bool) {
		if !inCode {
			n++
		}
	})
	return n
}

// eachBar calls found at each "|" that is not escaped.
func eachBar(text string, found func(at int, inCode bool)) {
	for at := 0; at < len(text); at++ {
		switch text[at] {
		case '\\':
			at++
		case '|':
			found(at, false)
		case '`':
			n := len(text[at:]) - len(strings.TrimLeft(text[at:], "`"))
			end := strings.Index(text[at+n:], text[at:at+n])
			if end < 0 {
				at += n - 1
				continue
			}
			for i := at + n; i < at+n+end; i++ {
				if text[i] == '|' {
					found(i, true)
				}
			}
			at += 2*n + end - 1
		}
	}
}

// row is a row in which a "|" in code parts no cells for goldmark, either.
func row(text string) string {
	var b strings.Builder
	from := 0
	eachBar(text, func(at int, inCode bool) {
		if inCode && text[at-1] != '\\' {
			b.WriteString(text[from:at] + `\`)
			from = at
		}
	})
	return b.String() + text[from:]
}

// countCells counts the cells of a row.
func countCells(row string) int {
	row = strings.TrimSpace(row)
	n := countBars(row) + 1
	if strings.HasPrefix(row, "|") {
		n--
	}
	if n > 1 && strings.HasSuffix(row, "|") && !strings.HasSuffix(row, `\|`) {
		n--
	}
	return max(n, 1)
}
