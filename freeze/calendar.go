package freeze

import "strings"

const (
	// yearsAhead is how far a calendar goes that is taken for endless, every month
	// of it.
	yearsAhead = 10
	// lastYear is a number that no calendar gets to before it is found out. What
	// is larger was no year.
	lastYear = 2500
	// maxCalendars bounds the memory.
	maxCalendars = 10_000
)

// A calendar are the months that URLs of one pattern speak of. Topics and their
// pages look like years and months too, so one number that cannot be one is
// enough to know better.
type calendar struct {
	months [yearsAhead]uint16 // of the years to come, one bit each
	no     bool               // it is none
}

// endless reports whether a path completes a calendar: with it, its pattern has
// every month of the years to come.
func (b *bounds) endless(segments []string) bool {
	i, year, month := dateIn(segments)
	if i < 0 {
		return false
	}
	pattern := shapeOf(segments[:i+1])
	c := b.dates[pattern]
	if c == nil {
		if len(b.dates) == maxCalendars {
			return false
		}
		c = &calendar{}
		b.dates[pattern] = c
	}
	ahead := year - b.year - 1
	switch {
	case month < 1 || month > 12 || year < 1000 || year > lastYear:
		c.no = true
		return false
	case c.no || ahead < 0 || ahead >= yearsAhead:
		return false
	}
	c.months[ahead] |= 1 << (month - 1)
	for _, year := range c.months {
		if year != 1<<12-1 {
			return false
		}
	}
	return true
}

// dateIn finds what may be a year and a month: two segments that are numbers, or
// one of the form 2026-05 or 2026-05-31. i is the last segment of it, or -1.
func dateIn(segments []string) (i, year, month int) {
	for i, s := range segments {
		if n := number(s); n >= 0 && i+1 < len(segments) {
			if m := number(segments[i+1]); m >= 0 {
				return i + 1, n, m
			}
		}
		before, after, found := strings.Cut(s, "-")
		if !found || len(before) != 4 || number(before) < 0 {
			continue
		}
		m, _, _ := strings.Cut(after, "-")
		if number(m) >= 0 {
			return i, number(before), number(m)
		}
	}
	return -1, 0, 0
}

// shapeOf has a star for each segment that is a number or a date.
func shapeOf(segments []string) string {
	var b strings.Builder
	for _, s := range segments {
		if strings.Trim(s, "0123456789-") == "" {
			s = "*"
		}
		b.WriteString("/" + s)
	}
	return b.String()
}
