package liquid

import (
	"fmt"
	"maps"
	"math"
	"strings"
	"unicode/utf8"
)

// A filter makes another value of one.
type filter func(r *run, in any, args []any) (any, error)

var filters = map[string]filter{}

func init() {
	for _, table := range []map[string]filter{textFilters(), escapeFilters(), listFilters(), numberFilters(), siteFilters()} {
		maps.Copy(filters, table)
	}
}

// arg is an argument, or nil.
func arg(args []any, n int) any {
	if n < len(args) {
		return args[n]
	}
	return nil
}

// ofText is a filter of a text alone.
func ofText(f func(string) string) filter {
	return func(_ *run, in any, _ []any) (any, error) { return f(Text(in)), nil }
}

// ofTexts is a filter of a text with two texts.
func ofTexts(f func(in, a, b string) string) filter {
	return func(_ *run, in any, args []any) (any, error) {
		return f(Text(in), Text(arg(args, 0)), Text(arg(args, 1))), nil
	}
}

func textFilters() map[string]filter {
	return map[string]filter{
		"downcase": ofText(strings.ToLower), "upcase": ofText(strings.ToUpper), "capitalize": ofText(capitalize),
		"strip": ofText(strings.TrimSpace), "lstrip": ofText(func(s string) string { return strings.TrimLeft(s, " \t\r\n\v\f\x00") }),
		"rstrip":         ofText(func(s string) string { return strings.TrimRight(s, " \t\r\n\v\f\x00") }),
		"strip_newlines": ofText(func(s string) string { return strings.NewReplacer("\r\n", "", "\n", "").Replace(s) }),
		"newline_to_br": ofText(func(s string) string {
			return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "<br />\n")
		}),
		"append": ofTexts(func(in, a, _ string) string { return in + a }), "prepend": ofTexts(func(in, a, _ string) string { return a + in }),
		"remove":       ofTexts(func(in, a, _ string) string { return replaceText(in, a, "", -1) }),
		"remove_first": ofTexts(func(in, a, _ string) string { return replaceText(in, a, "", 1) }),
		"replace": func(r *run, in any, args []any) (any, error) {
			text, old, put := Text(in), Text(arg(args, 0)), Text(arg(args, 1))
			if old != "" && len(text)+strings.Count(text, old)*len(put) > MaxOutput {
				return nil, fmt.Errorf("the text becomes longer than %d MiB", MaxOutput>>20)
			}
			return replaceText(text, old, put, -1), nil
		},
		"remove_last":   ofTexts(func(in, a, _ string) string { return replaceLast(in, a, "") }),
		"replace_last":  ofTexts(replaceLast),
		"replace_first": ofTexts(func(in, a, b string) string { return replaceText(in, a, b, 1) }),
		"split": func(_ *run, in any, args []any) (any, error) {
			text, by := Text(in), Text(arg(args, 0))
			if by == " " {
				return list(strings.Fields(text)), nil
			}
			parts := strings.Split(text, by)
			for len(parts) > 0 && parts[len(parts)-1] == "" { // as Ruby does
				parts = parts[:len(parts)-1]
			}
			return list(parts), nil
		},
		"truncate": truncate, "truncatewords": truncateWords,
		"slice":                slice,
		"normalize_whitespace": ofText(func(s string) string { return strings.Join(strings.Fields(s), " ") }),
		"slugify": func(_ *run, in any, args []any) (any, error) {
			if in == nil {
				return nil, nil
			}
			return Slugify(Text(in), Text(arg(args, 0)), false), nil
		},
		"number_of_words": func(_ *run, in any, args []any) (any, error) { return countWords(Text(in), Text(arg(args, 0))), nil },
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
	text := []rune(Text(in))
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
	words := strings.Fields(Text(in))
	ended := strings.TrimRight(Text(in), " \t\r\n") == Text(in) // else Ruby counts an empty word more
	if len(words) < n || len(words) == n && ended {
		return Text(in), nil
	}
	return strings.Join(words[:n], " ") + tail, nil
}

func replaceText(in, old, put string, n int) string {
	if old == "" {
		return in
	}
	return strings.Replace(in, old, put, n)
}

func replaceLast(in, old, put string) string {
	i := strings.LastIndex(in, old)
	if i < 0 || old == "" {
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
	return strings.ToUpper(string(r)) + strings.ToLower(text[n:])
}

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
	runes := []rune(Text(in))
	from, to := cut(len(runes))
	return string(runes[from:to]), nil
}

func numberFilters() map[string]filter {
	two := func(whole func(a, b int64) int64, broken func(a, b float64) float64) filter {
		return func(_ *run, in any, args []any) (any, error) {
			x, y := toNumber(in), toNumber(arg(args, 0))
			a, aWhole := x.(int64)
			b, bWhole := y.(int64)
			if aWhole && bWhole {
				return whole(a, b), nil
			}
			return broken(toFloat(x), toFloat(y)), nil
		}
	}
	one := func(f func(float64) float64) filter {
		return func(_ *run, in any, _ []any) (any, error) { return int64(f(toFloat(in))), nil }
	}
	divide := func(whole func(a, b int64) int64, broken func(a, b float64) float64) filter {
		f := two(whole, broken)
		return func(r *run, in any, args []any) (any, error) {
			if toNumber(arg(args, 0)) == int64(0) {
				return nil, fmt.Errorf("the number is divided by 0")
			}
			return f(r, in, args)
		}
	}
	return map[string]filter{
		"plus":       two(func(a, b int64) int64 { return a + b }, func(a, b float64) float64 { return a + b }),
		"minus":      two(func(a, b int64) int64 { return a - b }, func(a, b float64) float64 { return a - b }),
		"times":      two(func(a, b int64) int64 { return a * b }, func(a, b float64) float64 { return a * b }),
		"divided_by": divide(floorDiv, func(a, b float64) float64 { return a / b }),
		"modulo":     divide(func(a, b int64) int64 { return a - b*floorDiv(a, b) }, func(a, b float64) float64 { return a - b*math.Floor(a/b) }),
		"at_least":   two(func(a, b int64) int64 { return max(a, b) }, math.Max),
		"at_most":    two(func(a, b int64) int64 { return min(a, b) }, math.Min),
		"ceil":       one(math.Ceil), "floor": one(math.Floor),
		"abs": func(_ *run, in any, _ []any) (any, error) {
			if n, ok := toNumber(in).(int64); ok {
				return max(n, -n), nil
			}
			return math.Abs(toFloat(in)), nil
		},
		"round": func(_ *run, in any, args []any) (any, error) {
			if places := toInt(arg(args, 0)); places > 0 && places < 15 {
				scale := math.Pow10(int(places))
				return math.Round(toFloat(in)*scale) / scale, nil
			}
			return int64(math.Round(toFloat(in))), nil
		},
		"to_integer": func(_ *run, in any, _ []any) (any, error) {
			if b, ok := in.(bool); ok {
				if b {
					return int64(1), nil
				}
				return int64(0), nil
			}
			return toInt(in), nil
		},
	}
}

// floorDiv divides as Ruby does, to the lower number.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
