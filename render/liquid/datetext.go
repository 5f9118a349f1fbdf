package liquid

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

var looseDate = regexp.MustCompile(`(?i)^\D*?(\d{4}|\d{2})[-/.](\d{1,2})[-/.](\d{1,2})(?:(?:T|\s|,)+(?:at\s+)?(\d{1,2})(?::(\d{2})(?::(\d{2}))?(?:[.,](\d{1,9}))?)?\s*([ap]m\b)?)?(.*?)$`)
var looseZone = regexp.MustCompile(`(?i)([+-])(\d{2}):?(\d{2})|\b(Z|UTC|UT|GMT|EST|EDT|CST|CDT|MST|MDT|PST|PDT)\b`)

// namedZones are the hours from UTC of the names that RFC 2822 knows.
var namedZones = map[string]int{"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}

// These are other orders of a date, which are brought into the usual one.
var (
	dayFirst   = regexp.MustCompile(`^\D*?\b(\d{1,2})([-/.])(\d{1,2})[-/.](\d{4})\b`)
	monthNamed = regexp.MustCompile(`(?i)^\D*?(?:\b(\d{1,2})(?:st|nd|rd|th)?[-\s]+)?\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?[-\s]+(?:(\d{1,2})(?:st|nd|rd|th)?,?\s+)?(\d{4})\b`)
	monthOnly  = regexp.MustCompile(`^(\d{4})/(\d{1,2})$|^(\d{1,2})/(\d{4})$`)
	compact    = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2}))?`)
	clockOnly  = regexp.MustCompile(`(?i)^\d{1,2}(?::\d{2}|\s*[ap]m\b)`)
)

// usualOrder is a date with the year first.
func usualOrder(text string) string {
	if m := dayFirst.FindStringSubmatchIndex(text); m != nil {
		return text[m[8]:m[9]] + "-" + text[m[6]:m[7]] + "-" + text[m[2]:m[3]] + text[m[1]:]
	}
	if m := monthOnly.FindStringSubmatch(text); m != nil {
		return m[1] + m[4] + "-" + m[2] + m[3] + "-1"
	}
	if m := compact.FindStringSubmatch(text); m != nil {
		date := m[1] + "-" + m[2] + "-" + m[3]
		if m[4] != "" {
			date += " " + m[4] + ":" + m[5] + ":" + m[6]
		}
		return date + text[len(m[0]):]
	}
	m := monthNamed.FindStringSubmatchIndex(text)
	if m == nil || m[2] >= 0 && m[6] >= 0 {
		return text
	}
	day := "1"
	if m[2] >= 0 || m[6] >= 0 {
		day = text[max(m[2], m[6]):max(m[3], m[7])]
	}
	month := 1 + strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", strings.ToLower(text[m[4]:m[5]]))/3
	return text[m[8]:m[9]] + "-" + strconv.Itoa(month) + "-" + day + text[m[1]:]
}

// maxDate is the length of a text that may be a date, in bytes, as in Ruby.
const maxDate = 128

// ParseDate reads a date as loosely as Ruby does: a day with perhaps a time and a
// distance from UTC, whatever stands between. The year stands first, or last behind
// day and month; the month may be a word, and then the day may lack. A day that its month
// lacks is one of the next month. Without a distance the date is one of the zone. Ok is
// false if there is no such date in the text.
func ParseDate(text string, zone *time.Location) (date time.Time, ok bool) {
	if len(text) > maxDate {
		return time.Time{}, false
	}
	m := looseDate.FindStringSubmatch(usualOrder(strings.TrimSpace(text)))
	if m == nil {
		return time.Time{}, false
	}
	var n [7]int
	for i := 1; i < len(n); i++ {
		n[i], _ = strconv.Atoi(m[i])
	}
	if len(m[1]) == 2 {
		if n[1] += 1900; n[1] < 1969 {
			n[1] += 100
		}
	}
	fraction, _ := strconv.Atoi((m[7] + "000000000")[:9])
	if strings.EqualFold(m[8], "pm") && n[4] < 12 {
		n[4] += 12
	} else if strings.EqualFold(m[8], "am") && n[4] == 12 {
		n[4] = 0
	}
	from, hours := zoneOf(m[9], zone)
	if n[4] == 24 && n[5] == 0 && n[6] == 0 {
		hours = max(hours, 24)
	}
	date = time.Date(n[1], time.Month(n[2]), n[3], n[4], n[5], n[6], fraction, from)
	return date, n[1] > 0 && 1 <= n[2] && n[2] <= 12 && 1 <= n[3] && n[3] <= 31 && n[4] <= hours && n[5] < 60 && n[6] <= 60
}

// zoneOf is the distance from UTC that a text names, and the greatest hour that a time
// may have there.
func zoneOf(text string, zone *time.Location) (from *time.Location, hours int) {
	z := looseZone.FindStringSubmatch(text)
	switch {
	case z == nil:
		return zone, 23
	case z[4] != "":
		if far := namedZones[strings.ToUpper(z[4])]; far != 0 {
			return time.FixedZone(strings.ToUpper(z[4]), far*3600), 23
		}
		return time.UTC, 23
	}
	far, _ := strconv.Atoi(z[2])
	minutes, _ := strconv.Atoi(z[3])
	seconds := far*3600 + minutes*60
	if z[1] == "-" {
		seconds = -seconds
	}
	if far > 0 {
		return time.FixedZone("", seconds), 99 // Ruby takes the distance off before it looks whether there is such an hour
	}
	return time.FixedZone("", seconds), 23
}
