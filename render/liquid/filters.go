package liquid

import (
	"fmt"
	"maps"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A filter makes another value of one.
type filter func(r *run, in any, args []any) (any, error)

var filters = map[string]filter{}

func init() {
	for _, table := range []map[string]filter{textFilters(), escapeFilters(), listFilters(), endFilters(), numberFilters(), siteFilters()} {
		maps.Copy(filters, table)
	}
}

// errTooLong is a text beyond MaxOutput.
var errTooLong = fmt.Errorf("the text becomes longer than %d MiB", MaxOutput>>20)

// arg is an argument, or nil.
func arg(args []any, n int) any {
	if n < len(args) {
		return args[n]
	}
	return nil
}

// textOf is a value as the filters of texts see it: a list as Ruby writes one, of which
// a page has only the items.
func textOf(value any) string {
	if list, ok := value.([]any); ok {
		return inspect(list)
	}
	return Text(value)
}

// blanks are what Ruby takes for space: one that does not break a line is none.
const blanks = " \t\r\n\v\f\x00"

// fields are the parts of a text between blanks.
func fields(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(blanks, r) })
}

// ofText is a filter of a text alone.
func ofText(f func(string) string) filter {
	return func(_ *run, in any, _ []any) (any, error) { return f(textOf(in)), nil }
}

// ofTexts is a filter of a text with two texts.
func ofTexts(f func(in, a, b string) string) filter {
	return func(_ *run, in any, args []any) (any, error) {
		return f(textOf(in), textOf(arg(args, 0)), textOf(arg(args, 1))), nil
	}
}

func textFilters() map[string]filter {
	return map[string]filter{
		"downcase": ofText(strings.ToLower), "upcase": ofText(upcase), "capitalize": ofText(capitalize),
		"strip": ofText(func(s string) string { return strings.Trim(s, blanks) }), "lstrip": ofText(func(s string) string { return strings.TrimLeft(s, blanks) }),
		"rstrip":         ofText(func(s string) string { return strings.TrimRight(s, blanks) }),
		"strip_newlines": ofText(func(s string) string { return strings.NewReplacer("\r\n", "", "\n", "").Replace(s) }),
		"newline_to_br": ofText(func(s string) string {
			return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "<br />\n")
		}),
		"append": ofTexts(func(in, a, _ string) string { return in + a }), "prepend": ofTexts(func(in, a, _ string) string { return a + in }),
		"remove":       ofTexts(func(in, a, _ string) string { return replaceText(in, a, "", -1) }),
		"remove_first": ofTexts(func(in, a, _ string) string { return replaceText(in, a, "", 1) }),
		"replace":      replaceAll,
		"remove_last":  ofTexts(func(in, a, _ string) string { return replaceLast(in, a, "") }),
		"replace_last": ofTexts(replaceLast),
		"replace_first": func(_ *run, in any, args []any) (any, error) {
			return replaced(textOf(in), textOf(arg(args, 0)), textOf(arg(args, 1)), 1)
		},
		"split": func(_ *run, in any, args []any) (any, error) {
			text, by := textOf(in), textOf(arg(args, 0))
			if by == " " {
				return list(fields(text)), nil
			}
			parts := strings.Split(text, by)
			for len(parts) > 0 && parts[len(parts)-1] == "" { // as Ruby does
				parts = parts[:len(parts)-1]
			}
			return list(parts), nil
		},
		"truncate": truncate, "truncatewords": truncateWords,
		"slice":                slice,
		"normalize_whitespace": ofText(func(s string) string { return strings.Join(fields(s), " ") }),
		"slugify": func(_ *run, in any, args []any) (any, error) {
			if in == nil {
				return nil, nil
			}
			return Slugify(textOf(in), textOf(arg(args, 0)), false), nil
		},
		"number_of_words": func(_ *run, in any, args []any) (any, error) {
			return countWords(textOf(in), textOf(arg(args, 0))), nil
		},
	}
}

// truncate cuts a text after so many characters, a mark for the rest among them.
func truncate(_ *run, in any, args []any) (any, error) {
	n, tail := 50, "..."
	if len(args) > 0 {
		n = int(min(toInt(args[0]), math.MaxInt32))
	}
	if len(args) > 1 {
		tail = Text(args[1])
	}
	text := []rune(textOf(in))
	if len(text) <= n {
		return string(text), nil
	}
	return string(text[:max(0, n-utf8.RuneCountInString(tail))]) + tail, nil
}

// truncateWords cuts a text after so many words.
func truncateWords(_ *run, in any, args []any) (any, error) {
	n, tail := 15, "..."
	if len(args) > 0 {
		n = int(max(1, min(toInt(args[0]), math.MaxInt32)))
	}
	if len(args) > 1 {
		tail = Text(args[1])
	}
	words := fields(textOf(in))
	ended := strings.TrimRight(textOf(in), " \t\r\n") == textOf(in) // else Ruby counts an empty word more
	if len(words) < n || len(words) == n && ended {
		return textOf(in), nil
	}
	return strings.Join(words[:n], " ") + tail, nil
}

// replaceAll is replace.
func replaceAll(_ *run, in any, args []any) (any, error) {
	return replaced(textOf(in), textOf(arg(args, 0)), textOf(arg(args, 1)), -1)
}

// replaced replaces a text within another so many times. What is put there has Ruby's
// marks, each behind a backslash: another backslash, the old text, what stands before
// or behind it, and nothing for a number.
func replaced(text, old, put string, n int) (any, error) {
	if !strings.Contains(put, `\`) {
		if len(text)+strings.Count(text, old)*len(put) > MaxOutput {
			return nil, errTooLong
		}
		return replaceText(text, old, put, n), nil
	}
	var b strings.Builder
	for at := 0; ; n-- {
		i := strings.Index(text[at:], old)
		if i < 0 || n == 0 || old == "" {
			return b.String() + text[at:], nil
		}
		b.WriteString(text[at : at+i])
		for k := 0; k < len(put); k++ {
			mark := byte(0)
			if put[k] == '\\' && k+1 < len(put) {
				mark = put[k+1]
			}
			piece, known := "", true
			switch {
			case mark == '\\':
				piece = `\`
			case mark == '0' || mark == '&':
				piece = old
			case mark == '\'':
				piece = text[at+i+len(old):]
			case mark == '`':
				piece = text[:at+i]
			default:
				known = '1' <= mark && mark <= '9'
			}
			if k++; !known {
				k--
				piece = put[k : k+1]
			}
			if b.WriteString(piece); b.Len() > MaxOutput {
				return nil, errTooLong
			}
		}
		at += i + len(old)
	}
}

// replaceText replaces a text within another; nothing stands before each character and
// at the end, as in Ruby.
func replaceText(in, old, put string, n int) string { return strings.Replace(in, old, put, n) }

func replaceLast(in, old, put string) string {
	i := strings.LastIndex(in, old)
	if i < 0 {
		return in
	}
	return in[:i] + put + in[i+len(old):]
}

// capitalize is a text with its first letter large and all others small, as in Ruby.
func capitalize(text string) string {
	r, n := utf8.DecodeRuneInString(text)
	if n == 0 {
		return ""
	}
	return string(unicode.ToTitle(r)) + strings.ToLower(text[n:])
}

// upcase is a text in capitals, of which the German ß has two, as in Ruby.
func upcase(text string) string { return strings.ReplaceAll(strings.ToUpper(text), "ß", "SS") }

func list[T any](of []T) []any {
	all := make([]any, len(of))
	for i, item := range of {
		all[i] = item
	}
	return all
}

func slice(_ *run, in any, args []any) (any, error) {
	from, n := toInt(arg(args, 0)), int64(1)
	if len(args) > 1 {
		n = max(0, toInt(args[1]))
	}
	cut := func(length int) (int64, int64) {
		if from < 0 {
			from += int64(length)
		}
		if from < 0 || from > int64(length) {
			return 0, 0
		}
		return from, min(from+min(n, int64(length)), int64(length))
	}
	if items, ok := in.([]any); ok {
		from, to := cut(len(items))
		return items[from:to], nil
	}
	runes := []rune(textOf(in))
	from, to := cut(len(runes))
	return string(runes[from:to]), nil
}
