package render

import "strings"

// table gives a table without a head one, which goldmark asks for. Every line up to
// the next empty one has a "|", or kramdown knows no table.
func (p *kramdownPass) table(l line) bool {
	if !p.afterBlank() || isIndented(l.text) || !hasBar(l.text) || !p.tableBehind() {
		return false
	}
	if rulePattern.MatchString(l.text) {
		if p.next == len(p.lines) || !hasBar(p.lines[p.next].text) {
			return false
		}
		l = p.lines[p.next] // a rule above the first row
		p.next++
	}
	headed := p.next < len(p.lines) && rulePattern.MatchString(p.lines[p.next].text)
	if !headed {
		cells := countCells(l.text)
		p.emit(l, strings.Repeat("| ", cells)+"|")
		p.emit(l, strings.Repeat("|---", cells)+"|")
	}
	p.emit(l, p.row(l.text))
	if headed {
		p.emit(p.lines[p.next], ruleFor(l.text, p.lines[p.next].text))
		p.next++
	}
	for p.next < len(p.lines) && hasBar(p.lines[p.next].text) {
		if row := p.lines[p.next]; !rulePattern.MatchString(row.text) && !strings.HasPrefix(strings.TrimSpace(row.text), "|=") {
			p.emit(row, p.row(row.text))
		}
		p.next++
	}
	return true
}

// tableBehind reports whether a table can begin at the line before the next.
func (p *kramdownPass) tableBehind() bool {
	rows := 0
	for i := p.next - 1; i < len(p.lines); i++ {
		text := p.lines[i].text
		if strings.TrimSpace(text) == "" || listPattern.MatchString(text) || strings.TrimSpace(text) == "^" {
			break
		}
		if !hasBar(text) {
			return false
		}
		if !rulePattern.MatchString(text) {
			rows++
		}
	}
	return rows > 0
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
func (p *kramdownPass) row(text string) string {
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

// ruleFor is the rule below the head of a table with as many cells as that has, which
// goldmark asks for.
func ruleFor(head, rule string) string {
	missing := countCells(head) - countCells(rule)
	if missing <= 0 || missing > 100 {
		return rule
	}
	return "|" + strings.Trim(strings.TrimSpace(rule), "|") + "|" + strings.Repeat("---|", missing)
}
