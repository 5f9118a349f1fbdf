package kramdown

import (
	"bytes"
	"slices"
	"strings"
)

// A tag is a start tag of HTML, or an end tag.
type tag struct {
	name       string // of HTML's elements in small letters
	attributes [2]int // where they lie
	markdown   [2]int // where the attribute markdown="…" lies, with the space before it
	mode       string // its value
	closing    bool
	closed     bool // ends in "/>"
	unfinished bool // the text ends before the tag does
	end        int
}

// What kramdown knows of the elements of HTML.
var (
	spanElements = words(`a abbr acronym b big bdo br button cite code del dfn em i img input ins kbd label mark option q rb rbc rp rt rtc
		ruby samp select small span strong sub sup tt u var`)
	blockElements = words(`address article aside applet body blockquote caption col colgroup dd div dl dt fieldset figcaption footer form
		h1 h2 h3 h4 h5 h6 header hgroup hr html head iframe legend menu li main map nav ol optgroup p pre section summary table tbody td th
		thead tfoot tr ul`)
	emptyElements = words("area base br col command embed hr img input keygen link meta param source track wbr")
	// What stands in an element is Markdown of blocks or of a line, or none, where the
	// text asks for Markdown.
	blockContent = words(`address applet article aside blockquote body dd details div dl fieldset figure figcaption footer form header hgroup
		iframe li main map menu nav noscript object section summary td`)
	spanContent = words(`a abbr acronym b bdo big button cite caption del dfn dt em h1 h2 h3 h4 h5 h6 i ins label legend optgroup p q rb rbc
		rp rt rtc ruby select small span strong sub sup th tt`)
	rawContent = words("script style math option textarea pre code kbd samp var")
)

func words(list string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(list) {
		set[word] = true
	}
	return set
}

// known reports whether a name is that of an element of HTML.
func known(name string) bool {
	return spanElements[name] || blockElements[name] || emptyElements[name] || blockContent[name] || rawContent[name]
}

// contentOf is what the contents of an element are, if they are Markdown.
func contentOf(name string) string {
	switch {
	case blockContent[name]:
		return "block"
	case spanContent[name]:
		return "span"
	}
	return "0"
}

func isNameStart(c byte) bool {
	return c == '_' || c >= 0x80 || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func isNameByte(c byte) bool {
	return isNameStart(c) || '0' <= c && c <= '9' || c == '-' || c == '.'
}

// nameEnd is where a name ends that begins at a position. It may have one colon, with a
// name on either side: "<hash:0x1f>" and "<Name::Of>" are no tags.
func nameEnd(text []byte, at int) int {
	end := partEnd(text, at)
	if end > at && end < len(text) && text[end] == ':' {
		if second := partEnd(text, end+1); second > end+1 {
			return second
		}
	}
	return end
}

// partEnd is where a name without a colon ends.
func partEnd(text []byte, at int) int {
	if at >= len(text) || !isNameStart(text[at]) {
		return at
	}
	for at < len(text) && isNameByte(text[at]) {
		at++
	}
	return at
}

// isElementName reports whether a text is a name, as those of XML.
func isElementName(text []byte) bool { return len(text) > 0 && nameEnd(text, 0) == len(text) }

func skipSpace(text []byte, at int) int {
	for at < len(text) && isSpace(text[at]) {
		at++
	}
	return at
}

// readTag reads a tag at a position. A value without quotes has letters, digits and
// "_" alone; what has others is no tag for kramdown.
func readTag(text []byte, at int) (t tag, ok bool) {
	if at >= len(text) || text[at] != '<' {
		return t, false
	}
	at++
	if t.closing = at < len(text) && text[at] == '/'; t.closing {
		at++
	}
	end := nameEnd(text, at)
	if end == at {
		return t, false
	}
	t.name = string(text[at:end])
	if small := strings.ToLower(t.name); known(small) {
		t.name = small
	}
	t.attributes[0] = end
	for at = end; !t.closing; {
		begin := skipSpace(text, at)
		after := nameEnd(text, begin)
		if begin == at || after == begin {
			break
		}
		valueEnd, value := readValue(text, after)
		if strings.EqualFold(string(text[begin:after]), "markdown") && t.markdown[1] == 0 {
			t.markdown, t.mode = [2]int{at, valueEnd}, value
		}
		at = valueEnd
	}
	t.attributes[1] = at
	at = skipSpace(text, at)
	if at < len(text) && text[at] == '/' && !t.closing {
		t.closed = true
		at++
	}
	if at >= len(text) || text[at] != '>' {
		t.unfinished = at >= len(text) || bytes.IndexByte(text[at:], '>') < 0 && bytes.IndexByte(text[at:], '<') < 0
		return t, false
	}
	t.end = at + 1
	return t, true
}

// readValue reads the value of an attribute behind its name, if it has one.
func readValue(text []byte, at int) (end int, value string) {
	sign := skipSpace(text, at)
	if sign >= len(text) || text[sign] != '=' {
		return at, ""
	}
	begin := skipSpace(text, sign+1)
	if begin < len(text) && (text[begin] == '"' || text[begin] == '\'') {
		if n := bytes.IndexByte(text[begin+1:], text[begin]); n >= 0 {
			return begin + n + 2, string(text[begin+1 : begin+1+n])
		}
		return at, ""
	}
	end = begin
	for end < len(text) && (isWordByte(text[end])) {
		end++
	}
	if end == begin {
		return at, ""
	}
	return end, string(text[begin:end])
}

func isWordByte(c byte) bool { return isNameStart(c) || '0' <= c && c <= '9' }

// beginsHTML reports whether a line begins with a tag of an element that is a block.
func beginsHTML(line []byte) bool {
	at := 1
	closing := len(line) > 1 && line[1] == '/'
	if closing {
		at++
	}
	end := nameEnd(line, at)
	if end == at {
		return false
	}
	if closing && (skipSpace(line, end) >= len(line) || line[skipSpace(line, end)] != '>') {
		return false
	}
	name := line[at:end]
	if word := slices.IndexFunc(name, func(c byte) bool { return !isWordByte(c) }); word > 0 {
		name = name[:word]
	}
	return !spanElements[string(name)] && string(name) != "script"
}
