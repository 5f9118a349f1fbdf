package render

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// flatYAML reads the YAML that nearly all front matter is: a line for each key,
// with a plain or quoted text, a number, a date, true or false, a list in brackets
// or a list of lines. It is ten times as fast as the whole language, and where it
// is not sure it says so. FuzzFlatYAML holds it to the whole language.
func flatYAML(raw []byte) (map[string]any, bool) {
	for _, r := range string(raw) {
		if !isPlain(r) {
			return nil, false
		}
	}
	values := map[string]any{}
	for len(raw) > 0 {
		var line []byte
		line, raw = cutLine(raw)
		if len(line) == 0 {
			continue
		}
		colon := bytes.IndexByte(line, ':')
		if colon <= 0 || !isFlatKey(line[:colon]) || colon+1 < len(line) && line[colon+1] != ' ' {
			return nil, false
		}
		key := string(line[:colon])
		if _, twice := values[key]; twice {
			return nil, false
		}
		text := trimBlanks(string(line[colon+1:]))
		var value any
		ok := true
		switch {
		case text == "":
			value, raw, ok = flatLines(raw)
		case text[0] == '[':
			value, ok = flatList(text)
		default:
			value, ok = flatScalar(text)
		}
		if !ok {
			return nil, false
		}
		values[key] = value
	}
	return values, true
}

func isFlatKey(key []byte) bool {
	for i, c := range key {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
		if !letter && (i == 0 || !('0' <= c && c <= '9' || c == '-')) {
			return false
		}
	}
	return len(key) > 1 && len(key) <= 64 && !isFlatWord(string(key)) && string(key) != "true" && string(key) != "false"
}

// isFlatWord reports whether a text may be one of the language's words for true,
// false and nothing, in whatever spelling.
func isFlatWord(text string) bool {
	if len(text) > len("false") {
		return false
	}
	switch strings.ToLower(text) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n":
		return true
	}
	return false
}

// flatLines reads the items of a list, each on a line of its own. A key without
// any is null.
func flatLines(raw []byte) (value any, rest []byte, ok bool) {
	var list []any
	for len(raw) > 0 {
		line, after := cutLine(raw)
		trimmed := bytes.TrimLeft(line, " ")
		if !bytes.HasPrefix(trimmed, []byte("- ")) {
			if len(trimmed) == 0 && len(list) == 0 || len(trimmed) < len(line) || bytes.HasPrefix(trimmed, []byte("-")) {
				return nil, nil, false
			}
			break
		}
		if len(list) > 0 && len(line)-len(trimmed) != 0 || len(list) == 0 && len(line)-len(trimmed) != 0 {
			return nil, nil, false // an indented list: its depth matters
		}
		item, ok := flatScalar(trimBlanks(string(trimmed[2:])))
		if !ok {
			return nil, nil, false
		}
		list, raw = append(list, item), after
	}
	if list == nil {
		return nil, raw, true
	}
	return list, raw, true
}

// flatList reads [a, "b", c].
func flatList(text string) (any, bool) {
	if text[len(text)-1] != ']' {
		return nil, false
	}
	text = trimBlanks(text[1 : len(text)-1])
	list := []any{}
	if text == "" {
		return list, true
	}
	for item := range strings.SplitSeq(text, ",") {
		value, ok := flatScalar(trimBlanks(item))
		if !ok || strings.ContainsAny(item, "[]{}") {
			return nil, false
		}
		list = append(list, value)
	}
	return list, true
}

// flatScalar reads a text, a whole number, a date, true or false.
func flatScalar(text string) (any, bool) {
	if text == "" {
		return nil, false
	}
	switch first := text[0]; {
	case first == '"' || first == '\'':
		inner := text[1:max(1, len(text)-1)]
		if len(text) < 2 || text[len(text)-1] != first || strings.IndexByte(inner, first) >= 0 || strings.IndexByte(inner, '\\') >= 0 {
			return nil, false
		}
		return inner, true
	case '0' <= first && first <= '9':
		return flatNumber(text)
	case !('a' <= first && first <= 'z' || 'A' <= first && first <= 'Z' || first >= 0x80):
		return nil, false
	case strings.Contains(text, ": ") || strings.Contains(text, " #") || text[len(text)-1] == ':':
		return nil, false
	}
	switch text {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return text, !isFlatWord(text)
}

func trimBlanks(text string) string { return strings.Trim(text, " ") }

// isPlain leaves the decision on rare characters to the whole language, also on
// tabs and on carriage returns.
func isPlain(r rune) bool {
	return r == '\n' || ' ' <= r && r < 0x7f || 0xA0 <= r && r < 0x2028 || 0x2029 < r && r < 0xD800 || 0xE000 <= r && r < 0xFEFF
}

func flatNumber(text string) (any, bool) {
	if len(text) <= 9 && (text[0] != '0' || len(text) == 1) {
		if n, err := strconv.Atoi(text); err == nil {
			return n, true
		}
	}
	layout := time.DateOnly
	switch {
	case len(text) < len(layout):
		return nil, false
	case len(text) > len(layout):
		layout = time.RFC3339
	}
	t, err := time.Parse(layout, text)
	return t, err == nil && strings.IndexByte(text, '.') < 0
}
