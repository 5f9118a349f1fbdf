//go:build unix

package release

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"icecap/content"
)

// Nearly all of a large manifest are page lines without a single escape. They
// are read and written here, ten times faster than by encoding/json, which does
// the rest and is what the tests compare with.

// appendPage appends the line of a page, as encoding/json writes a [line].
func appendPage(b []byte, p *page) []byte {
	b = append(b, `{"page":{"path":`...)
	b = appendString(b, p.key.Path.String())
	b = appendField(b, `,"variant":`, p.key.Variant)
	b = appendString(append(b, `,"type":`...), p.media)
	if p.fallback {
		b = append(b, `,"fallback":true`...)
	}
	if p.hot {
		b = append(b, `,"hot":true`...)
	}
	b = strconv.AppendInt(append(b, `,"size":`...), p.size, 10)
	b = appendNumber(b, `,"gzip":`, p.gzip)
	b = appendNumber(b, `,"brotli":`, p.brotli)
	b = hex.AppendEncode(append(b, `,"sha256":"`...), p.sum[:])
	b = time.Unix(p.modified, 0).UTC().AppendFormat(append(b, `","modified":"`...), time.RFC3339)
	b = append(b, '"')
	b = appendField(b, `,"source":`, p.source)
	b = appendField(b, `,"version":`, p.version)
	b = appendField(b, `,"origin":`, p.from())
	b = appendList(b, `,"cookies":`, p.cookies, cookieSeparator)
	b = appendNumber(b, `,"carried":`, int64(p.carried))
	if m := p.more; m != nil {
		b = appendList(b, `,"tags":`, m.tags, cookieSeparator)
		b = appendList(b, `,"links":`, m.links, linkSeparator)
		if m.stale != nil {
			b = append(append(b, `,"stale":`...), quoted(m.stale)...)
		}
	}
	return append(b, "}}\n"...)
}

// appendList appends the parts of a joined list, which is left out where it is empty.
func appendList(b []byte, name, joined, separator string) []byte {
	if joined == "" {
		return b
	}
	b = append(b, name...)
	before := byte('[')
	for part := range strings.SplitSeq(joined, separator) {
		b = appendString(append(b, before), part)
		before = ','
	}
	return append(b, ']')
}

// appendNumber appends a field that is left out where it is zero.
func appendNumber(b []byte, name string, n int64) []byte {
	if n == 0 {
		return b
	}
	return strconv.AppendInt(append(b, name...), n, 10)
}

// appendField appends a field that is left out where it is empty.
func appendField(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	return appendString(append(b, name...), value)
}

func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if !plainByte(s[i]) {
			return append(b, quoted(s)...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// quoted is a value as encoding/json writes it in a line.
func quoted(v any) []byte {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // there is no string that cannot be encoded, and no time of ours
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n"))
}

// plainByte reports whether a byte stands for itself in a JSON string.
func plainByte(c byte) bool { return ' ' <= c && c < 0x7f && c != '"' && c != '\\' }

// A lexer takes a page line apart. Once it is not as appendPage writes it, bad
// is set and encoding/json has to read the line.
type lexer struct {
	rest []byte
	bad  bool
}

// has takes a literal, if it is there.
func (l *lexer) has(literal string) bool {
	if len(l.rest) < len(literal) || string(l.rest[:len(literal)]) != literal {
		return false
	}
	l.rest = l.rest[len(literal):]
	return true
}

// must takes a literal.
func (l *lexer) must(literal string) { l.bad = !l.has(literal) || l.bad }

// text takes a string without escapes, behind its opening quote.
func (l *lexer) text() []byte {
	for i, c := range l.rest {
		if c == '"' {
			s := l.rest[:i]
			l.rest = l.rest[i+1:]
			return s
		}
		if !plainByte(c) {
			break
		}
	}
	l.bad = true
	return nil
}

// optional takes a field that may be missing.
func (l *lexer) optional(name string) []byte {
	if !l.has(name) {
		return nil
	}
	return l.text()
}

// list takes a list that may be missing, by its name and opening bracket, and joins it.
func (l *lexer) list(name, separator string) []byte {
	if !l.has(name) {
		return nil
	}
	l.must(`"`)
	joined := slices.Clip(l.text()) // to be appended to a copy
	for l.has(`,"`) {
		joined = append(append(joined, separator...), l.text()...)
	}
	l.must("]")
	return joined
}

// number takes a whole number that is not below zero.
func (l *lexer) number() int64 {
	n, i := int64(0), 0
	for ; i < len(l.rest) && i < 18 && '0' <= l.rest[i] && l.rest[i] <= '9'; i++ {
		n = 10*n + int64(l.rest[i]-'0')
	}
	if i == 0 || i > 1 && l.rest[0] == '0' {
		l.bad = true
	}
	l.rest = l.rest[i:]
	return n
}

// optionalNumber takes a number that may be missing.
func (l *lexer) optionalNumber(name string) int64 {
	if !l.has(name) {
		return 0
	}
	return l.number()
}

// names keeps the few strings that nearly all pages have in common, each once,
// and what was made of them.
type names struct {
	known    map[string]string
	media    map[string]bool // canonical names
	lastTime string
	lastUnix int64
}

func newNames() *names { return &names{known: map[string]string{}, media: map[string]bool{}} }

func (n *names) intern(s []byte) string {
	if len(s) == 0 {
		return ""
	}
	if kept, ok := n.known[string(s)]; ok {
		return kept
	}
	kept := string(s)
	n.known[kept] = kept
	return kept
}

// isMedia reports whether a media type is the canonical name of its kind.
func (n *names) isMedia(s string) bool {
	if is, ok := n.media[s]; ok {
		return is
	}
	m, _ := content.MediaFor(s)
	is := s != "" && m.Type == s
	n.media[s] = is
	return is
}

// time reads a time in whole seconds, in UTC.
func (n *names) time(s []byte) (unix int64, ok bool) {
	if len(s) == 0 || string(s) == n.lastTime {
		return n.lastUnix, len(s) > 0
	}
	if len(s) != len("2006-01-02T15:04:05Z") || s[13] != ':' {
		return 0, false // time.Parse takes more than encoding/json
	}
	t, err := time.Parse("2006-01-02T15:04:05Z", string(s))
	if err != nil {
		return 0, false
	}
	n.lastTime, n.lastUnix = string(s), t.Unix()
	return n.lastUnix, true
}

// parsePage reads a page line as appendPage writes it where it needs no
// escapes, and names its file. It is false for any other line, right or wrong.
func parsePage(line []byte, n *names) (p page, file string, ok bool) {
	l := lexer{rest: line}
	l.must(`{"page":{"path":"`)
	path := l.text()
	variant := l.optional(`,"variant":"`)
	l.must(`,"type":"`)
	media := l.text()
	p.fallback, p.hot = l.has(`,"fallback":true`), l.has(`,"hot":true`)
	l.must(`,"size":`)
	p.size = l.number()
	p.gzip, p.brotli = l.optionalNumber(`,"gzip":`), l.optionalNumber(`,"brotli":`)
	l.must(`,"sha256":"`)
	sum := l.text()
	l.must(`,"modified":"`)
	modified := l.text()
	source := l.optional(`,"source":"`)
	version := l.optional(`,"version":"`)
	origin := l.optional(`,"origin":"`)
	cookies := l.list(`,"cookies":[`, cookieSeparator)
	p.carried = int(l.optionalNumber(`,"carried":`))
	tags, links := l.list(`,"tags":[`, cookieSeparator), l.list(`,"links":[`, linkSeparator)
	l.must("}}\n")
	if l.bad || len(l.rest) > 0 || len(sum) != 2*len(p.sum) {
		return page{}, "", false
	}
	if _, err := hex.Decode(p.sum[:], sum); err != nil {
		return page{}, "", false
	}
	if p.modified, ok = n.time(modified); !ok || !validTime(p.modified) {
		return page{}, "", false
	}
	parsed, err := content.ParsePath(string(path))
	if p.media = n.intern(media); err != nil || !n.isMedia(p.media) {
		return page{}, "", false
	}
	p.key = content.Key{Path: parsed, Variant: string(variant)}
	if file, err = fileOf(p.key, p.media, p.fallback); err != nil {
		return page{}, "", false
	}
	p.source, p.version, p.origin = n.intern(source), string(version), string(origin)
	p.cookies = n.intern(cookies)
	if len(tags) > 0 || len(links) > 0 {
		p.more = &more{tags: string(tags), links: string(links)}
	}
	return p, file, true
}
