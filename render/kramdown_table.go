package render

import "strings"

// table gives a table without a head one, which goldmark asks for.
func (p *kramdownPass) table(l line) bool {
	if !p.afterBlank() || !strings.HasPrefix(strings.TrimLeft(l.text, " "), "|") || strings.HasPrefix(l.text, "    ") {
		return false
	}
	if rulePattern.MatchString(l.text) {
		if p.next == len(p.lines) || !strings.Contains(p.lines[p.next].text, "|") {
			return false
		}
		l = p.lines[p.next] // a rule above the first row
		p.next++
	}
	headed := p.next < len(p.lines) && rulePattern.MatchString(p.lines[p.next].text)
	if !headed {
		cells := strings.Count(strings.Trim(strings.ReplaceAll(strings.TrimSpace(l.text), `\|`, ""), "|"), "|") + 1
		p.emit(l, strings.Repeat("| ", cells)+"|")
		p.emit(l, strings.Repeat("|---", cells)+"|")
	}
	p.emit(l, l.text)
	if headed {
		p.emit(p.lines[p.next], ruleFor(l.text, p.lines[p.next].text))
		p.next++
	}
	for p.next < len(p.lines) && strings.Contains(p.lines[p.next].text, "|") {
		if row := p.lines[p.next]; !rulePattern.MatchString(row.text) && !strings.HasPrefix(strings.TrimSpace(row.text), "|=") {
			p.emit(row, row.text)
		}
		p.next++
	}
	return true
}

// ruleFor is the rule below the head of a table with as many cells as that has, which
// goldmark asks for.
func ruleFor(head, rule string) string {
	count := func(row string) int {
		return strings.Count(strings.Trim(strings.ReplaceAll(strings.TrimSpace(row), `\|`, ""), "|"), "|") + 1
	}
	missing := count(head) - count(rule)
	if missing <= 0 || missing > 100 {
		return rule
	}
	return "|" + strings.Trim(strings.TrimSpace(rule), "|") + "|" + strings.Repeat("---|", missing)
}
