package freeze

import "bytes"

// An attribute of a tag: its name in lower case, its value unquoted, entities
// and all.
type attribute struct{ name, value []byte }

// html reads HTML or SVG in one pass, after the tokenizer of the standard (HTML
// 13.2.5), without a tree. It is our own because it jumps from tag to tag where
// a lexer for minifiers looks at every byte, which was a third of a crawl's
// time, and because it leaves the body as it is: what is frozen are the app's
// bytes, and tdewolff's lexer writes names in lower case into its input.
func (s *scan) html(b []byte) {
	for i := 0; ; {
		open := bytes.IndexByte(b[i:], '<')
		if open < 0 {
			return
		}
		s.text(b[i : i+open])
		i += open + 1
		if i == len(b) {
			return
		}
		switch c := b[i]; {
		case isLetter(c):
			i = s.startTag(b, i)
		case c == '/':
			i = s.endTag(b, i+1)
		case c == '!':
			i = s.skipMarkup(b, i+1)
		case c == '?':
			end := after(b, i, ">")
			if s.xmlFile {
				s.instruction(b[i:end])
			}
			i = end
		}
	}
}

// startTag reads a tag from its name on, with the raw text that may follow it.
func (s *scan) startTag(b []byte, i int) int {
	name, i, empty := s.tag(b, i)
	if name == nil {
		return len(b)
	}
	s.element(name)
	empty = empty && s.foreign > 0
	switch string(name) {
	case "svg", "math":
		if !empty {
			s.foreign++
		}
		return i
	case "script", "style":
	case "title", "textarea", "xmp", "iframe", "noembed", "noframes":
		if s.foreign > 0 {
			return i
		}
	case "plaintext":
		return len(b)
	default:
		return i
	}
	if empty {
		return i
	}
	end := rawEnd(b, i, name)
	switch string(name) {
	case "style":
		s.maybeCSS(b[i:end])
	case "script":
		s.script(b[i:end])
		s.typedScript(b[i:end])
	}
	return end
}

func (s *scan) endTag(b []byte, i int) int {
	if i == len(b) || !isLetter(b[i]) {
		return after(b, i, ">") // a comment, by the standard
	}
	name, i, _ := s.tag(b, i)
	switch string(name) {
	case "template":
		s.templates = max(0, s.templates-1)
	case "svg", "math":
		s.foreign = max(0, s.foreign-1)
	}
	return i
}

// skipMarkup skips what stands behind "<!": a comment, a doctype, CDATA.
func (s *scan) skipMarkup(b []byte, i int) int {
	rest := b[i:]
	switch {
	case bytes.HasPrefix(rest, []byte("--")):
		i += 2
		if rest = b[i:]; bytes.HasPrefix(rest, []byte(">")) || bytes.HasPrefix(rest, []byte("->")) {
			return after(b, i, ">")
		}
		end, bang := after(b, i, "-->"), after(b, i, "--!>")
		return min(end, bang)
	case s.foreign > 0 && bytes.HasPrefix(rest, []byte("[CDATA[")):
		return after(b, i, "]]>")
	}
	return after(b, i, ">")
}

// after is the place behind the next mark, or the end.
func after(b []byte, i int, mark string) int {
	if n := bytes.Index(b[i:], []byte(mark)); n >= 0 {
		return i + n + len(mark)
	}
	return len(b)
}

// Classes of bytes, in a table because nearly every byte of a tag is looked up.
const (
	space    = 1 << iota // what separates attributes
	endsTag              // ends the name of a tag
	endsName             // ends the name of an attribute
	upper
)

var classes = func() (table [256]byte) {
	for _, c := range " \n\t\r\f" {
		table[c] = space | endsTag | endsName
	}
	table['/'], table['>'], table['='] = endsTag|endsName, endsTag|endsName, endsName
	for c := 'A'; c <= 'Z'; c++ {
		table[c] = upper
	}
	return table
}()

// tag reads a name and attributes, into s.attrs, to the end of the tag. The name
// is nil where the body ends before the tag. It is empty if "/>" ends it.
func (s *scan) tag(b []byte, i int) (name []byte, next int, empty bool) {
	s.attrs = s.attrs[:0]
	name, i = readName(b, i, i, endsTag)
	for {
		for i < len(b) && (isSpace(b[i]) || b[i] == '/') {
			empty = b[i] == '/'
			i++
		}
		if i >= len(b) {
			return nil, len(b), false
		}
		if b[i] == '>' {
			return name, i + 1, empty
		}
		empty = false
		var a attribute
		a.name, i = readName(b, i, i+1, endsName) // even "=" begins a name
		for i < len(b) && isSpace(b[i]) {
			i++
		}
		if i < len(b) && b[i] == '=' {
			if a.value, i = attributeValue(b, i+1); i < 0 {
				return nil, len(b), false
			}
		}
		s.attrs = append(s.attrs, a)
	}
}

// readName reads a name that begins at start, from i on. It is given in lower
// case, which nearly all are already.
func readName(b []byte, start, i int, end byte) ([]byte, int) {
	seen := classes[b[start]]
	for ; i < len(b); i++ {
		class := classes[b[i]]
		if class&end != 0 {
			break
		}
		seen |= class
	}
	if seen&upper != 0 {
		return bytes.ToLower(b[start:i]), i
	}
	return b[start:i], i
}

// attributeValue reads what stands behind "=". The place is negative where the
// body ends first.
func attributeValue(b []byte, i int) ([]byte, int) {
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	if i == len(b) {
		return nil, -1
	}
	if quote := b[i]; quote == '"' || quote == '\'' {
		n := bytes.IndexByte(b[i+1:], quote)
		if n < 0 {
			return nil, -1
		}
		return b[i+1 : i+1+n], i + n + 2
	}
	start := i
	for i < len(b) && !isSpace(b[i]) && b[i] != '>' {
		i++
	}
	return b[start:i], i
}

// rawEnd is the place of the end tag of an element whose content is no markup,
// or the end. A script may hold a comment that holds a script (HTML 13.2.5.20).
func rawEnd(b []byte, i int, name []byte) int {
	script := string(name) == "script"
	comment, inner := false, false
	for from := i; ; {
		open := bytes.IndexByte(b[i:], '<')
		if open < 0 {
			return len(b)
		}
		i += open
		if comment && bytes.Contains(b[from:i], []byte("-->")) {
			comment, inner = false, false
		}
		from = i
		switch {
		case isTag(b[i+1:], "/", name):
			if !inner {
				return i
			}
			inner = false
		case script && !comment && bytes.HasPrefix(b[i:], []byte("<!--")):
			comment, from = true, i+2 // "<!-->" is a whole comment
		case comment && isTag(b[i+1:], "", name):
			inner = true
		}
		i++
	}
}

// isTag reports whether b begins with the prefix, the name in any letter case,
// and a byte that ends a name.
func isTag(b []byte, prefix string, name []byte) bool {
	n := len(prefix) + len(name)
	return len(b) > n && string(b[:len(prefix)]) == prefix && bytes.EqualFold(b[len(prefix):n], name) &&
		(isSpace(b[n]) || b[n] == '/' || b[n] == '>')
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isSpace(c byte) bool { return classes[c]&space != 0 }
