package liquid

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Day is a date without a time, as YAML has it: the same one in every zone.
type Day struct{ date time.Time }

// at is its beginning in a zone.
func (d Day) at(zone *time.Location) time.Time {
	return time.Date(d.date.Year(), d.date.Month(), d.date.Day(), 0, 0, 0, 0, zone)
}

func isDay(value any) bool {
	_, is := value.(Day)
	return is
}

// Moment is a date that YAML has read: a Day if it has no time, else it is in the zone.
// Midnight in UTC counts as none, because the decoder does not tell them apart.
func Moment(t time.Time, zone *time.Location) any {
	if t.Location() == time.UTC && t.Equal(t.Truncate(24*time.Hour)) {
		return Day{t}
	}
	return t.In(zone)
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
	case Day:
		return v.date, true
	case int64:
		return time.Unix(v, 0).In(zone), true
	case string:
		text := strings.TrimSpace(v)
		if text == "now" || text == "today" {
			return r.host.Now, true
		}
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 && !strings.HasPrefix(text, "+") {
			return time.Unix(n, 0).In(zone), true
		}
		if clockOnly.MatchString(text) {
			text = r.host.Now.In(zone).Format(time.DateOnly) + " " + text
		}
		return ParseDate(text, zone)
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
		zone := cmp.Or(r.host.Zone, time.UTC)
		if t = t.In(zone); isDay(in) {
			t = in.(Day).at(zone)
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

// directive is what a directive stands for, with its flags and its least width.
func directive(t time.Time, c byte, flags string, wide int) (string, bool) {
	if c == 'z' {
		return distance(t, flags, wide), true
	}
	text, ok := wordOf(t, c, wide)
	pad := byte(' ')
	if format, composed := composed[c]; composed {
		text, ok = Strftime(t, format), true
	} else if n, width, zero, number := numberOf(t, c); number {
		text, ok, pad, wide = strconv.Itoa(n), true, zero, max(wide, width)
	}
	switch {
	case strings.Contains(flags, "-"):
		pad = 0
	case strings.Contains(flags, "_"):
		pad = ' '
	case strings.Contains(flags, "0"):
		pad = '0'
	}
	for pad != 0 && len(text) < wide {
		text = string(pad) + text
	}
	switch {
	case strings.Contains(flags, "#") && c == 'p':
		text = strings.ToLower(text)
	case strings.ContainsAny(flags, "^#"):
		text = strings.ToUpper(text)
	}
	return text, ok
}

// distance is that from UTC, with colons as the flags have them.
func distance(t time.Time, flags string, wide int) string {
	form := []string{"-0700", "-07:00", "-07:00:00"}[min(strings.Count(flags, ":"), 2)]
	text := t.Format(form)
	for len(text) < wide {
		text = text[:1] + "0" + text[1:]
	}
	return text
}

// wordOf is what a directive stands for that is no number.
func wordOf(t time.Time, c byte, wide int) (text string, ok bool) {
	switch c {
	case 'a':
		return t.Format("Mon"), true
	case 'A':
		return t.Format("Monday"), true
	case 'b', 'h':
		return t.Format("Jan"), true
	case 'B':
		return t.Format("January"), true
	case 'p':
		return t.Format("PM"), true
	case 'P':
		return t.Format("pm"), true
	case 'Z':
		return t.Format("MST"), true
	case 'L', 'N':
		if wide == 0 {
			wide = map[byte]int{'L': 3, 'N': 9}[c]
		}
		digits := fmt.Sprintf("%09d", t.Nanosecond())
		return (digits + strings.Repeat("0", 99))[:wide], true
	case 'n':
		return "\n", true
	case 't':
		return "\t", true
	case '%':
		return "%", true
	}
	return "", false
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
