package hot

import (
	"bytes"
	"time"
)

// number reads a number of digits alone; "-" and "" are no number.
func number(s []byte) (n int64, ok bool) {
	if len(s) == 0 || len(s) > 18 {
		return 0, false
	}
	for _, c := range s {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// seconds reads "0.012" as microseconds.
func seconds(s []byte) (micros int64, ok bool) {
	whole, fraction := s, []byte(nil)
	if i := bytes.IndexByte(s, '.'); i >= 0 {
		whole, fraction = s[:i], s[i+1:]
	}
	n, ok := number(whole)
	if !ok || n > maxSeconds {
		return 0, false
	}
	n *= 1e6
	for i, unit := 0, int64(1e5); i < len(fraction); i, unit = i+1, unit/10 {
		if fraction[i] < '0' || fraction[i] > '9' {
			return 0, false
		}
		n += int64(fraction[i]-'0') * unit
	}
	return n, true
}

// maxSeconds is in the year 5138; nothing that is added up can overflow.
const maxSeconds = 1e11

// allSeconds adds the times of $upstream_response_time: one for each try and
// each internal redirect, as "0.002, 0.010 : 0.100", with "-" where there was none.
func allSeconds(s []byte) (micros int64, ok bool) {
	if micros, ok = seconds(s); ok { // one, as nearly always
		return micros, true
	}
	for part := range bytes.FieldsFuncSeq(s, func(r rune) bool { return r == ',' || r == ':' || r == ' ' }) {
		one, valid := seconds(part)
		if !valid && string(part) != "-" {
			return 0, false
		}
		micros += one
	}
	return micros, true
}

// localTime is how $time_local is written.
const localTime = "02/Jan/2006:15:04:05 -0700"

// A clock reads times to the hour. It remembers the last one, because the next
// line nearly always has the same.
type clock struct {
	text []byte // up to the hour, and the zone
	hour int64
}

// hourOf returns hours since 1970 (UTC).
func (c *clock) hourOf(l *line) (hour int64, ok bool) {
	switch {
	case l.value[timeSeconds] != nil:
		micros, ok := seconds(l.value[timeSeconds])
		return micros / 1e6 / 3600, ok
	case l.value[timeLocal] != nil:
		return c.remembered(l.value[timeLocal], localTime, len("02/Jan/2006:15"))
	case l.value[timeISO] != nil:
		return c.anyTime(l.value[timeISO])
	}
	return 0, false
}

// anyTime reads what a key such as "time" may hold: any of NGINX's three forms.
func (c *clock) anyTime(text []byte) (hour int64, ok bool) {
	if micros, ok := seconds(text); ok {
		return micros / 1e6 / 3600, true
	}
	if len(text) > 2 && text[2] == '/' {
		return c.remembered(text, localTime, len("02/Jan/2006:15"))
	}
	return c.remembered(text, time.RFC3339, len("2006-01-02T15"))
}

func (c *clock) remembered(text []byte, layout string, toHour int) (hour int64, ok bool) {
	// A zone of half an hour changes its hour within this one.
	const toMinute = 3
	if len(text) < toHour+toMinute {
		return 0, false
	}
	zone := text[len(text)-min(6, len(text)):]
	n := toHour + toMinute
	if len(c.text) == n+len(zone) && bytes.Equal(c.text[:n], text[:n]) && bytes.Equal(c.text[n:], zone) {
		return c.hour, true
	}
	t, err := time.Parse(layout, string(text))
	if err != nil {
		return 0, false
	}
	c.text = append(append(c.text[:0], text[:n]...), zone...)
	c.hour = t.Unix() / 3600
	if t.Unix() < 0 {
		return 0, false
	}
	return c.hour, true
}

// requestLine splits "GET /path HTTP/1.1". A URI may hold blanks if it is no
// proper one. The absolute form that proxies send loses scheme and host, as in
// NGINX's $request_uri.
func requestLine(s []byte) (method, uri []byte, ok bool) {
	space := bytes.IndexByte(s, ' ')
	if space <= 0 {
		return nil, nil, false
	}
	method, uri = s[:space], s[space+1:]
	if end := bytes.LastIndex(uri, []byte(" HTTP/")); end >= 0 {
		uri = uri[:end]
	}
	for _, c := range method {
		if c < 'A' || c > 'Z' {
			return nil, nil, false
		}
	}
	if len(uri) > 0 && uri[0] != '/' {
		if _, after, found := bytes.Cut(uri, []byte("://")); found {
			if slash := bytes.IndexByte(after, '/'); slash >= 0 {
				uri = after[slash:]
			} else {
				uri = []byte("/")
			}
		}
	}
	return method, uri, len(uri) > 0
}
