package render

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// dateLayouts are the forms of a date in front matter, as Hugo, Jekyll and Zola
// write them. A date without a zone is in the site's.
var dateLayouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02T15:04",
	"2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z0700", "2006-01-02 15:04:05 -0700 MST",
	"2006-01-02 15:04:05 MST",
	"2006-01-02 15:04:05", "2006-01-02 15:04 -0700", "2006-01-02 15:04", time.DateOnly, "2006-1-2", "2006/01/02",
	"2 Jan 2006", "02 Jan 2006", "2 January 2006", "Jan 2, 2006", "January 2, 2006",
	time.RFC1123Z, time.RFC1123, time.RFC822Z, time.RFC822, time.RFC850, time.ANSIC, time.UnixDate, time.RubyDate,
}

// parseDate reads a date in one of the known forms.
func parseDate(text string, zone *time.Location) (time.Time, error) {
	text = strings.TrimSpace(text)
	for _, layout := range dateLayouts {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			if strings.Contains(layout, "MST") && !strings.Contains(layout, "-0700") { // letters tell no distance from UTC
				t = inZone(t, zone)
			}
			return t, checkYear(t)
		}
	}
	return time.Time{}, fmt.Errorf("%q is no date such as 2024-05-01 or 2024-05-01T12:00:00Z", text)
}

// inZone is the time that a clock in another zone shows the same.
func inZone(t time.Time, zone *time.Location) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone)
}

// checkYear keeps dates to those that all feeds can hold.
func checkYear(t time.Time) error {
	if t.Year() < 1 || t.Year() > 9999 {
		return fmt.Errorf("the year %d is out of range", t.Year())
	}
	return nil
}

func (r *metaReader) date(keys ...string) time.Time {
	key, value := r.find(keys)
	var t time.Time
	var err error
	switch v := value.(type) {
	case nil:
	case time.Time:
		t, err = v, checkYear(v)
		if v.Location() == time.UTC && r.zone != time.UTC && !r.hasZone(key) {
			t = inZone(v, r.zone)
		}
	case toml.LocalDate:
		t = v.AsTime(r.zone)
	case toml.LocalDateTime:
		t = v.AsTime(r.zone)
	case string:
		if strings.TrimSpace(v) == "" {
			return t
		}
		t, err = parseDate(v, r.zone)
	case int:
		t, err = unixDate(int64(v), r.zone)
	case int64:
		t, err = unixDate(v, r.zone)
	default:
		err = fmt.Errorf("%v is no date such as 2024-05-01", value)
	}
	if err != nil {
		r.errs = append(r.errs, lineError{r.fm.lineOf(key), fmt.Errorf("%s: %w", key, err)})
		return time.Time{}
	}
	return t
}

// unixDate reads seconds since 1970, as Hugo takes them, or milliseconds, as Dendron
// writes them. A number that would be a day before 1973 is none: it may be 20240501.
func unixDate(n int64, zone *time.Location) (time.Time, error) {
	switch {
	case n >= 1e11 && n < 1e14:
		return time.UnixMilli(n).In(zone), nil
	case n >= 1e8:
		t := time.Unix(n, 0).In(zone)
		return t, checkYear(t)
	}
	return time.Time{}, fmt.Errorf("%d is no date such as 2024-05-01", n)
}

var zoneEnd = regexp.MustCompile(`(?i)(z|[+-]\d\d:?\d\d)\s*["']?\s*$`)

// hasZone reports whether the date of a key was written with its zone. YAML's
// decoder gives both kinds as UTC.
func (r *metaReader) hasZone(key string) bool {
	return zoneEnd.MatchString(excerpt(r.fm.raw, r.fm.lineOf(key)-r.fm.line+1))
}

// fileDate is a date at the beginning of a file's name, as Jekyll and Zola have
// it: 2024-05-01-title, 2024-5-1_title, 2024-05-01.
var fileDate = regexp.MustCompile(`\A(\d{4})-(\d{1,2})-(\d{1,2})(?:[-_ ]+|\z)`)

// cutFileDate takes the date off a file's name. It is an error if no calendar has the day.
func cutFileDate(name string, zone *time.Location) (date time.Time, rest string, err error) {
	m := fileDate.FindStringSubmatch(name)
	if m == nil {
		return time.Time{}, name, nil
	}
	year, _ := strconv.Atoi(m[1])
	month, _ := strconv.Atoi(m[2])
	day, _ := strconv.Atoi(m[3])
	date = time.Date(year, time.Month(month), day, 0, 0, 0, 0, zone)
	if year == 0 || date.Month() != time.Month(month) || date.Day() != day {
		return time.Time{}, name, fmt.Errorf("the file's name begins with %s-%s-%s, which is no day", m[1], m[2], m[3])
	}
	return date, name[len(m[0]):], nil
}
