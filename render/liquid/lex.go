package liquid

import "strings"

// A token is a piece of text, an output {{ … }} or a tag {% … %}.
type token struct {
	kind byte   // 't' text, '{' output, '%' tag, '!' one that does not end
	text string // of a text, or what is between the braces
	name string // of a tag
	args string // of a tag
	line int
	raw  string // as it was written
}

// lex cuts a text into tokens. "{%-" and "-%}" take the space around away.
func lex(text string, line int) (tokens []token) {
	trim := false
	add := func(piece string) {
		at := line
		line += strings.Count(piece, "\n")
		if trim {
			kept := strings.TrimLeft(piece, " \t\r\n")
			at += strings.Count(piece[:len(piece)-len(kept)], "\n")
			piece = kept
		}
		if piece != "" {
			tokens = append(tokens, token{kind: 't', text: piece, line: at})
		}
	}
	for {
		start := nextOpening(text)
		if start < 0 {
			add(text)
			return tokens
		}
		end := closing(text, start)
		if end < 0 {
			add(text[:start])
			return append(tokens, token{kind: '!', line: line, raw: text[start:], text: text[start:]})
		}
		before, inner := text[:start], text[start+2:end-2]
		if strings.HasPrefix(inner, "-") {
			inner = inner[1:]
			trimmed := strings.TrimRight(before, " \t\r\n")
			add(trimmed)
			line += strings.Count(before[len(trimmed):], "\n")
		} else {
			add(before)
		}
		if trim = strings.HasSuffix(inner, "-"); trim {
			inner = inner[:len(inner)-1]
		}
		t := token{kind: text[start+1], text: strings.TrimSpace(inner), line: line, raw: text[start:end]}
		if t.kind == '%' {
			t.name, t.args = cutName(t.text)
		}
		if t.name == "liquid" {
			tokens = append(tokens, taglines(t)...)
		} else {
			tokens = append(tokens, t)
		}
		line += strings.Count(text[start:end], "\n")
		text = text[end:]
		if t.kind == '%' && (t.name == "raw" || t.name == "comment") {
			body, tag := rawBody(text, t.name)
			if t.name == "raw" && body != "" {
				tokens = append(tokens, token{kind: 't', text: body, line: line})
			}
			line += strings.Count(body+tag, "\n")
			text = text[len(body)+len(tag):]
			if tag != "" {
				tokens = append(tokens, token{kind: '%', name: "end" + t.name, text: tag, line: line})
			}
			trim = strings.HasSuffix(tag, "-%}")
		}
	}
}

func nextOpening(text string) int {
	for at := 0; ; {
		n := strings.IndexByte(text[at:], '{')
		if n < 0 || at+n+1 >= len(text) {
			return -1
		}
		if at += n; text[at+1] == '{' || text[at+1] == '%' {
			return at
		}
		at++
	}
}

// closing is where the token that opens at start ends, or -1.
func closing(text string, start int) int {
	end := "%}"
	if text[start+1] == '{' {
		end = "}}"
	}
	n := strings.Index(text[start+2:], end)
	if n < 0 {
		return -1
	}
	return start + 2 + n + 2
}

// taglines are the tags within a tag "liquid", which has one on each line.
func taglines(t token) (tokens []token) {
	line, comments := t.line+strings.Count(t.raw[:strings.Index(t.raw, t.text)], "\n"), 0
	for text := range strings.Lines(strings.TrimPrefix(t.text, "liquid")) {
		tag := token{kind: '%', line: line, raw: strings.TrimSpace(text)}
		tag.name, tag.args = cutName(tag.raw)
		line++
		switch {
		case tag.name == "comment":
			comments++
		case tag.name == "endcomment":
			comments--
		case comments <= 0 && tag.raw != "":
			tokens = append(tokens, tag)
		}
	}
	return tokens
}

// cutName cuts the name of a tag off its arguments; that of a comment is "#".
func cutName(text string) (name, args string) {
	if strings.HasPrefix(text, "#") {
		return "#", text[1:]
	}
	end := 0
	for end < len(text) && (isName(text[end])) {
		end++
	}
	return text[:end], strings.TrimSpace(text[end:])
}

func isName(c byte) bool {
	return c == '_' || c == '-' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
}

// rawBody is the text up to the tag that ends it, and that tag, which is empty if
// there is none. Comments may lie in one another.
func rawBody(text, name string) (body, tag string) {
	depth := 1
	for at := 0; ; {
		n := strings.Index(text[at:], "{%")
		if n < 0 {
			return text, ""
		}
		at += n
		end := closing(text, at)
		if end < 0 {
			return text, ""
		}
		inner := strings.TrimSpace(strings.Trim(text[at+2:end-2], "-"))
		switch found, _ := cutName(inner); found {
		case "end" + name:
			if depth--; depth == 0 {
				return text[:at], text[at:end]
			}
		case name:
			if name == "comment" {
				depth++
			}
		}
		at += 2
	}
}
