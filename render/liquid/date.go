package liquid

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// dateForms are those in which a text is a date.
var dateForms = []string{
	"2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05", "2006-01-02 15:04 -0700", "2006-01-02 15:04", time.DateOnly, time.RFC3339,
	"2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", time.RFC1123Z, time.RFC1123, "2006-1-2", "2 Jan 2006", "2 January 2006", "January 2, 2006", "Jan 2, 2006",
	"January 2006", "2006/01/02", "2006-01",
}

// date is a value as a moment.
func (r *run) date(value any) (time.Time, bool) {
	zone := r.host.Zone
	if zone == nil {
		zone = time.UTC
	}
	switch v := value.(type) {
	case time.Time:
		return v, true
	case int64:
		return time.Unix(v, 0).In(zone), true
	case string:
		text := strings.TrimSpace(v)
		if text == "now" || text == "today" {
			return r.host.Now, true
		}
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && len(text) > 5 {
			return time.Unix(n, 0).In(zone), true
		}
		for _, form := range dateForms {
			if t, err := time.ParseInLocation(form, text, zone); err == nil {
				return t, true
			}
		}
	}
	return time.Time{}, false
}

func dateFilter(r *run, in any, args []any) (any, error) {
	format := Text(arg(args, 0))
	t, ok := r.date(in)
	if !ok || format == "" {
		return in, nil
	}
	return Strftime(t, format), nil
}

func dateStyle(f func(time.Time, []any) string) filter {
	return func(r *run, in any, args []any) (any, error) {
		if Text(in) == "" {
			return in, nil
		}
		t, ok := r.date(in)
		if !ok {
			return nil, fmt.Errorf("%q is no date", Text(in))
		}
		return f(t, args), nil
	}
}

func styleDate(t time.Time, month string, args []any) string {
	if Text(arg(args, 0)) != "ordinal" {
		return Strftime(t, "%d "+month+" %Y")
	}
	day := strconv.Itoa(t.Day()) + "th"
	if n := t.Day() % 10; n >= 1 && n <= 3 && (t.Day() < 11 || t.Day() > 13) {
		day = strconv.Itoa(t.Day()) + [...]string{"st", "nd", "rd"}[n-1]
	}
	if Text(arg(args, 1)) == "US" {
		return Strftime(t, month+" "+day+", %Y")
	}
	return Strftime(t, day+" "+month+" %Y")
}

// composed are the directives that stand for others.
var composed = map[byte]string{
	'F': "%Y-%m-%d", 'T': "%H:%M:%S", 'X': "%H:%M:%S", 'R': "%H:%M", 'D': "%m/%d/%y", 'x': "%m/%d/%y", 'r': "%I:%M:%S %p", 'c': "%a %b %e %H:%M:%S %Y", 'v': "%e-%^b-%Y",
}

// Strftime writes a date by the directives of Ruby's Time#strftime; others stay as
// they are.
func Strftime(t time.Time, format string) string {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b.WriteByte(format[i])
			continue
		}
		start := i
		i++
		for i+1 < len(format) && strings.IndexByte("-_0^#:", format[i]) >= 0 {
			i++
		}
		flags := format[start+1 : i]
		width := i
		for i+1 < len(format) && '0' <= format[i] && format[i] <= '9' && i-width < 2 {
			i++
		}
		wide, _ := strconv.Atoi(format[width:i])
		text, ok := directive(t, format[i], flags, wide)
		if !ok {
			text = format[start : i+1]
		}
		b.WriteString(text)
	}
	return b.String()
}

func directive(t time.Time, c byte, flags string, wide int) (string, bool) {
	if format, ok := composed[c]; ok {
		return Strftime(t, format), true
	}
	if n, width, pad, ok := numberOf(t, c); ok {
		switch {
		case strings.Contains(flags, "-"):
			return strconv.Itoa(n), true
		case strings.Contains(flags, "_"):
			pad = ' '
		case strings.Contains(flags, "0"):
			pad = '0'
		}
		text := strconv.Itoa(n)
		for len(text) < max(width, wide) {
			text = string(pad) + text
		}
		return text, true
	}
	text := ""
	switch c {
	case 'a':
		text = t.Format("Mon")
	case 'A':
		text = t.Format("Monday")
	case 'b', 'h':
		text = t.Format("Jan")
	case 'B':
		text = t.Format("January")
	case 'p':
		text = t.Format("PM")
	case 'P':
		text = t.Format("pm")
	case 'Z':
		text = t.Format("MST")
	case 'z':
		text = t.Format("-0700")
		if strings.Contains(flags, ":") {
			text = t.Format("-07:00")
		}
	case 'L':
		text = fmt.Sprintf("%03d", t.Nanosecond()/1e6)
	case 'N':
		text = fmt.Sprintf("%09d", t.Nanosecond())
	case 'n':
		text = "\n"
	case 't':
		text = "\t"
	case '%':
		text = "%"
	default:
		return "", false
	}
	if strings.Contains(flags, "^") {
		text = strings.ToUpper(text)
	}
	return text, true
}

// numberOf is the number that a directive stands for, and how wide it is.
func numberOf(t time.Time, c byte) (n, width int, pad byte, ok bool) {
	isoYear, week := t.ISOWeek()
	hour12 := (t.Hour()+11)%12 + 1
	switch c {
	case 'Y':
		return t.Year(), 1, '0', true
	case 'C':
		return t.Year() / 100, 2, '0', true
	case 'y':
		return t.Year() % 100, 2, '0', true
	case 'm':
		return int(t.Month()), 2, '0', true
	case 'd':
		return t.Day(), 2, '0', true
	case 'e':
		return t.Day(), 2, ' ', true
	case 'j':
		return t.YearDay(), 3, '0', true
	case 'H':
		return t.Hour(), 2, '0', true
	case 'k':
		return t.Hour(), 2, ' ', true
	case 'I':
		return hour12, 2, '0', true
	case 'l':
		return hour12, 2, ' ', true
	case 'M':
		return t.Minute(), 2, '0', true
	case 'S':
		return t.Second(), 2, '0', true
	case 's':
		return int(t.Unix()), 1, '0', true
	case 'u':
		return (int(t.Weekday())+6)%7 + 1, 1, '0', true
	case 'w':
		return int(t.Weekday()), 1, '0', true
	case 'G':
		return isoYear, 1, '0', true
	case 'g':
		return isoYear % 100, 2, '0', true
	case 'V':
		return week, 2, '0', true
	case 'U':
		return (t.YearDay() + 6 - int(t.Weekday())) / 7, 2, '0', true
	case 'W':
		return (t.YearDay() + 6 - (int(t.Weekday())+6)%7) / 7, 2, '0', true
	}
	return 0, 0, 0, false
}
