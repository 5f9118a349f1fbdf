package freeze

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A Layout is one line of the app's templates that keeps pages from being
// frozen: a token, a greeting, a clock.
type Layout struct {
	Reason string `json:"reason"`          // [CSRF], [Differs] or [Canary]
	Field  string `json:"field,omitempty"` // name of the field or of the canary's header
	Text   string `json:"text"`            // the line, shortened, with "…" for what changes
	Line   int    `json:"line"`            // its number in the page URL
	URL    string `json:"url"`             // a page that has it, the first in the order of strings
	Pages  int    `json:"pages"`           // that are not frozen because of it
}

// A place is a part of one line of a body, as it is named to the operator.
type place struct {
	line  int
	field string
	text  string // the line with "…" for the part
}

// around is how many bytes of a line are shown on either side.
const around = 80

// placeOf names body[start:end], which may reach over the end of its line.
func placeOf(body []byte, start, end int, field string) place {
	from := max(1+bytes.LastIndexByte(body[:start], '\n'), start-around)
	to := start
	if end = max(end, start); bytes.IndexByte(body[start:end], '\n') < 0 {
		to = min(len(body), end+around)
		if n := bytes.IndexByte(body[end:to], '\n'); n >= 0 {
			to = end + n
		}
	} else {
		end, to = start, start
	}
	return place{lineOf(body, start), field, strings.TrimLeft(readable(body[from:start]), " ") + "…" + strings.TrimRight(readable(body[end:to]), " ")}
}

// readable makes bytes of a body fit for a report of one line.
func readable(b []byte) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(string(b), ""))
}

func (p place) String() string {
	if p.field == "" {
		return fmt.Sprintf("line %d: %s", p.line, p.text)
	}
	return fmt.Sprintf("line %d, %s: %s", p.line, p.field, p.text)
}

// part is the word in which body has a difference at i: the whole token, rather
// than what two tokens do not share by chance.
func part(body []byte, i int) (start, end int) {
	word := func(c byte) bool { return isAlnum(c) || c >= 0x80 || strings.IndexByte("+_-.", c) >= 0 }
	start, end = min(i, len(body)), min(i, len(body))
	for start > 0 && i-start < 2*around && word(body[start-1]) {
		start--
	}
	for end < len(body) && (word(body[end]) || body[end] == '/' && end > start && word(body[end-1]) || body[end] == '=') {
		end++
	}
	return start, end
}

var fieldName = regexp.MustCompile(`(?i)\s(?:name|property|id)\s*=\s*["']?([\w.:\[\]-]{1,80})`)

// fieldAt is the name of the field whose value begins at i: of the element
// around it, or of the variable before it. It may be empty.
func fieldAt(body []byte, i int) string {
	const longest = 1024
	before := body[max(0, i-longest):i]
	open := bytes.LastIndexByte(before, '<')
	if open < 0 || bytes.IndexByte(before[open:], '>') >= 0 {
		if end := len(bytes.TrimRight(before, " \t\"'`")); end > 0 && (before[end-1] == ':' || before[end-1] == '=') {
			return string(nameBefore(before[:end-1]))
		}
		return ""
	}
	tag := body[i-len(before)+open:]
	if end := bytes.IndexByte(tag, '>'); end >= 0 {
		tag = tag[:end]
	}
	if m := fieldName.FindSubmatch(tag[:min(len(tag), 2*longest)]); m != nil {
		return string(m[1])
	}
	return ""
}

// offsetOf is where a slice of body, or an equal one, begins; -1 if nowhere.
func offsetOf(body, slice []byte) int {
	if len(slice) == 0 {
		return -1
	}
	if i := cap(body) - cap(slice); 0 <= i && i < len(body) && &body[i] == &slice[0] {
		return i
	}
	return bytes.Index(body, slice) // an attribute with an entity in it is a copy
}

// A ledger counts the pages that one line of a layout keeps from being frozen.
type ledger map[Layout]*Layout

// maxLayouts bounds the ledger, for a site whose pages differ everywhere.
const maxLayouts = 1 << 12

func (l ledger) add(url string, v Verdict) {
	if v.place.text == "" {
		return
	}
	key := Layout{Reason: v.Reason, Field: v.place.field, Text: v.place.text}
	sum := l[key]
	if sum == nil {
		if len(l) == maxLayouts {
			return
		}
		sum = &Layout{v.Reason, v.place.field, v.place.text, v.place.line, url, 0}
		l[key] = sum
	}
	if sum.Pages++; url < sum.URL {
		sum.Line, sum.URL = v.place.line, url
	}
}

// layouts are the lines that speak of the most pages first.
func (f *frontier) layouts() []Layout {
	seen := ledger{}
	for _, s := range f.skips {
		seen.add(s.node.url, s.verdict)
	}
	list := make([]Layout, 0, len(seen))
	for _, l := range seen {
		list = append(list, *l)
	}
	slices.SortFunc(list, func(a, b Layout) int {
		return cmp.Or(b.Pages-a.Pages, cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.URL, b.URL), cmp.Compare(a.Text, b.Text))
	})
	return list
}
