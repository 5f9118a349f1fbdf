package jekyll

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Titleize is the title of a post that gives none: the words of its slug, each
// with a large first letter.
func Titleize(slug string) string {
	words := strings.Split(slug, "-")
	for i, word := range words {
		runes := []rune(strings.ToLower(word))
		if len(runes) > 0 {
			runes[0] = unicode.ToUpper(runes[0])
		}
		words[i] = string(runes)
	}
	return strings.Join(strings.FieldsFunc(strings.Join(words, " "), func(r rune) bool { return r == ' ' }), " ")
}

// NameDate is the date in the name of a post, at midnight in a zone. A year of two
// digits is one of 1969 to 2068. Ok is false if no calendar has the day.
func (f File) NameDate(zone *time.Location) (date time.Time, ok bool) {
	year, _ := strconv.Atoi(f.Year)
	month, _ := strconv.Atoi(f.Month)
	day, _ := strconv.Atoi(f.Day)
	if len(f.Year) == 2 {
		if year += 1900; year < 1969 {
			year += 100
		}
	}
	date = time.Date(year, time.Month(month), day, 0, 0, 0, 0, zone)
	return date, date.Day() == day && date.Month() == time.Month(month)
}

var looseDate = regexp.MustCompile(`(?i)^\D*?(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:(?:T|\s|,)+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*([ap]m)?)?(.*?)$`)
var looseZone = regexp.MustCompile(`(?i)([+-])(\d{2}):?(\d{2})|\b(?:Z|UTC|GMT)\b`)

// dayFirst and monthNamed are other orders of a date, which are brought into the usual one.
var (
	dayFirst   = regexp.MustCompile(`^\D*?\b(\d{1,2})([-/.])(\d{1,2})[-/.](\d{4})\b`)
	monthNamed = regexp.MustCompile(`(?i)^\D*?(?:\b(\d{1,2})(?:st|nd|rd|th)?[-\s]+)?\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?[-\s]+(?:(\d{1,2})(?:st|nd|rd|th)?,?\s+)?(\d{4})\b`)
)

// usualOrder is a date with the year first.
func usualOrder(text string) string {
	if m := dayFirst.FindStringSubmatchIndex(text); m != nil {
		return text[m[8]:m[9]] + "-" + text[m[6]:m[7]] + "-" + text[m[2]:m[3]] + text[m[1]:]
	}
	m := monthNamed.FindStringSubmatchIndex(text)
	if m == nil || (m[2] < 0) == (m[6] < 0) {
		return text
	}
	day := text[max(m[2], m[6]):max(m[3], m[7])]
	month := 1 + strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", strings.ToLower(text[m[4]:m[5]]))/3
	return text[m[8]:m[9]] + "-" + strconv.Itoa(month) + "-" + day + text[m[1]:]
}

// ParseDate reads a date as loosely as Ruby does: a day with perhaps a time and a
// distance from UTC, whatever stands between. The year stands first, or last behind
// day and month; the month may be a word. Without a distance it is in the zone, as
// the result always is. Ok is false if there is no such date in the text.
func ParseDate(text string, zone *time.Location) (date time.Time, ok bool) {
	m := looseDate.FindStringSubmatch(usualOrder(strings.TrimSpace(text)))
	if m == nil {
		return time.Time{}, false
	}
	var n [7]int
	for i := 1; i < len(n); i++ {
		n[i], _ = strconv.Atoi(m[i])
	}
	if strings.EqualFold(m[7], "pm") && n[4] < 12 {
		n[4] += 12
	} else if strings.EqualFold(m[7], "am") && n[4] == 12 {
		n[4] = 0
	}
	from, hours := zone, 23
	if z := looseZone.FindStringSubmatch(m[8]); z != nil {
		far, _ := strconv.Atoi(z[2])
		minutes, _ := strconv.Atoi(z[3])
		seconds := far*3600 + minutes*60
		if far > 0 {
			hours = 99 // Ruby takes the distance off before it looks whether there is such an hour
		}
		if z[1] == "-" {
			seconds = -seconds
		}
		from = time.FixedZone("", seconds)
	}
	day := time.Date(n[1], time.Month(n[2]), n[3], 0, 0, 0, 0, time.UTC)
	date = time.Date(n[1], time.Month(n[2]), n[3], n[4], n[5], n[6], 0, from)
	return date.In(zone), day.Day() == n[3] && day.Month() == time.Month(n[2]) && n[1] > 0 && n[4] <= hours && n[5] < 60 && n[6] <= 60
}

// HeadingID is the id that kramdown gives a heading, from what is seen of it: by
// GitHub's rule if the input is GFM, else by its own. It is "" if there are none.
func (c *Config) HeadingID(visible string) string {
	if !c.AutoIDs {
		return ""
	}
	if c.GFM {
		var b strings.Builder
		// Ruby keeps the dot of a Turkish capital I.
		for _, r := range strings.ToLower(strings.ReplaceAll(visible, "İ", "i\u0307")) {
			switch {
			case r == ' ' || r == '\t':
				b.WriteByte('-')
			case r == '-', unicode.IsLetter(r), unicode.IsMark(r), unicode.Is(unicode.Nd, r), unicode.Is(unicode.Pc, r):
				b.WriteRune(r)
			}
		}
		return c.IDPrefix + b.String()
	}
	return c.ElementID(visible)
}

// ElementID is the id of a heading within an element of HTML: by kramdown's own rule,
// even if the input is GFM.
func (c *Config) ElementID(visible string) string {
	if !c.AutoIDs {
		return ""
	}
	var b strings.Builder
	for _, r := range visible {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		switch {
		case letter, b.Len() > 0 && ('0' <= r && r <= '9' || r == '-'):
			b.WriteRune(unicode.ToLower(r))
		case b.Len() > 0 && r == ' ':
			b.WriteByte('-')
		}
	}
	if b.Len() == 0 {
		return c.IDPrefix + "section"
	}
	return c.IDPrefix + b.String()
}

var frontEnd = regexp.MustCompile(`\A\s*`)

// ExcerptEnd is where the excerpt of a text ends: before the first separator. Ok is
// false if the text has none, or there are no excerpts.
func ExcerptEnd(text, separator string) (end int, ok bool) {
	if separator == "" {
		return 0, false
	}
	start := len(frontEnd.FindString(text)) // Jekyll's front matter takes the empty lines with it
	n := strings.Index(text[start:], separator)
	if n < 0 {
		return 0, false
	}
	return start + n, true
}

// HasFront reports whether a file that begins so has front matter.
func HasFront(head []byte) bool {
	line, _, ok := strings.Cut(string(head), "\n")
	return ok && strings.HasPrefix(line, "---") && strings.TrimSpace(line[3:]) == ""
}
