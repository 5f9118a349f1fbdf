package jekyll

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"icecap/render/liquid"
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
// digits is one of 1969 to 2068. A day that its month lacks is one of the next month,
// as in Ruby. Ok is false if no month has the day.
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
	return date, 1 <= month && month <= 12 && 1 <= day && day <= 31
}

// ParseDate reads a date as [liquid.ParseDate] does; the result is in the zone.
func ParseDate(text string, zone *time.Location) (date time.Time, ok bool) {
	date, ok = liquid.ParseDate(text, zone)
	return date.In(zone), ok
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
			case r == '-', unicode.IsLetter(r), unicode.IsMark(r), unicode.Is(unicode.Nd, r), unicode.Is(unicode.Pc, r), unicode.Is(unicode.Nl, r), unicode.Is(unicode.Other_Alphabetic, r):
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

// Front is the front matter of a file that has some.
func Front(name string, data []byte) (map[string]any, error) {
	front, _, _ := strings.Cut(string(data[3:]), "\n---")
	return decode(name, []byte(front))
}
