package liquid

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func listFilters() map[string]filter {
	of := func(f func(items []any, args []any) any) filter {
		return func(_ *run, in any, args []any) (any, error) { return f(items(in), args), nil }
	}
	flat := func(f func(items []any, args []any) any) filter { // those of Liquid itself
		return func(_ *run, in any, args []any) (any, error) { return f(flatItems(in), args), nil }
	}
	return map[string]filter{
		"first": func(_ *run, in any, _ []any) (any, error) {
			if _, isTable := valuesOf(in); isTable {
				in = items(in)
			}
			return field(in, "first"), nil
		},
		"last": func(_ *run, in any, _ []any) (any, error) { return field(in, "last"), nil },
		"size": func(_ *run, in any, _ []any) (any, error) { return lengthOf(in), nil },
		"join": join,
		"reverse": flat(func(items, _ []any) any {
			items = slices.Clone(items)
			slices.Reverse(items)
			return items
		}),
		"compact": flat(func(items, _ []any) any {
			return slices.DeleteFunc(slices.Clone(items), func(v any) bool { return v == nil })
		}),
		"uniq":   flat(func(items, args []any) any { return uniq(items, arg(args, 0)) }),
		"concat": flat(func(all, args []any) any { return slices.Concat(all, items(arg(args, 0))) }),
		"map": flat(func(items, args []any) any {
			values := make([]any, 0, len(items))
			for _, item := range items {
				values = append(values, property(item, Text(arg(args, 0))))
			}
			return values
		}),
		"sort": func(_ *run, in any, args []any) (any, error) {
			by := Text(arg(args, 0))
			if by == "" {
				return sorted(items(in), "", false, plainOrder), nil
			}
			return sorted(items(in), by, Text(arg(args, 1)) == "last", sortValues), nil
		},
		"sort_natural": func(_ *run, in any, args []any) (any, error) {
			return sorted(items(in), Text(arg(args, 0)), false, func(x, y any) int {
				return strings.Compare(strings.ToLower(sortText(x)), strings.ToLower(sortText(y)))
			}), nil
		},
		"where": func(_ *run, in any, args []any) (any, error) { return where(in, args, false), nil },
		"find": func(_ *run, in any, args []any) (any, error) {
			if found := where(in, args, true); len(found) > 0 {
				return found[0], nil
			}
			return nil, nil
		},
		"where_exp": whereExpression(false), "find_exp": whereExpression(true),
		"group_by": of(func(items, args []any) any {
			return group(items, func(item any) string { return Text(property(item, Text(arg(args, 0)))) })
		}),
		"group_by_exp": groupExpression,
		"array_to_sentence_string": func(_ *run, in any, args []any) (any, error) {
			word := "and"
			if len(args) > 0 {
				word = Text(args[0])
			}
			return sentence(items(in), word), nil
		},
	}
}

// endFilters are those that put items at the ends of lists or take them away.
func endFilters() map[string]filter {
	of := func(f func(items []any, args []any) any) filter {
		return func(_ *run, in any, args []any) (any, error) {
			if list, ok := in.([]any); ok {
				return f(list, args), nil
			}
			return in, nil
		}
	}
	return map[string]filter{
		"push":    of(func(items, args []any) any { return append(slices.Clone(items), arg(args, 0)) }),
		"unshift": of(func(items, args []any) any { return append([]any{arg(args, 0)}, items...) }),
		"pop":     of(func(items, args []any) any { return items[:max(0, len(items)-taken(args))] }),
		"shift":   of(func(items, args []any) any { return items[min(len(items), taken(args)):] }),
		"sample":  sample,
	}
}

// lengthOf is what the filter size tells: a whole number has the bytes that it takes.
func lengthOf(value any) any {
	switch v := value.(type) {
	case int64:
		return int64(8)
	case *Table:
		return int64(len(v.Values))
	case map[string]any:
		return int64(len(v))
	}
	if n := field(value, "size"); n != nil {
		return n
	}
	return int64(0)
}

// flatItems are those of a list and of the lists in it; a table is one item.
func flatItems(value any) []any {
	if _, isTable := valuesOf(value); isTable {
		return []any{value}
	}
	return flatten(items(value), 0)
}

// flatten opens lists in a list.
func flatten(list []any, depth int) []any {
	if depth > MaxDepth || !slices.ContainsFunc(list, func(item any) bool { _, is := item.([]any); return is }) {
		return list
	}
	var all []any
	for _, item := range list {
		if inner, ok := item.([]any); ok {
			all = append(all, flatten(inner, depth+1)...)
		} else {
			all = append(all, item)
		}
	}
	return all
}

// taken is the number of items that pop and shift take.
func taken(args []any) int {
	if len(args) == 0 {
		return 1
	}
	return int(max(0, min(toInt(args[0]), MaxSteps)))
}

func join(_ *run, in any, args []any) (any, error) {
	by := " "
	if len(args) > 0 {
		by = Text(args[0])
	}
	var b strings.Builder
	for i, item := range flatItems(in) {
		if i > 0 {
			b.WriteString(by)
		}
		b.WriteString(Text(item))
		if b.Len() > MaxOutput {
			return nil, errTooLong
		}
	}
	return b.String(), nil
}

// property is a field of an item, perhaps one below others: "a.b".
func property(item any, name string) any {
	for part := range strings.SplitSeq(name, ".") {
		item = field(item, part)
	}
	return item
}

func uniq(items []any, by any) []any {
	seen := map[string]bool{}
	var kept []any
	for _, item := range items {
		key := item
		if by != nil {
			key = property(item, Text(by))
		}
		name := fmt.Sprintf("%T %s", key, Text(key))
		if _, isDrop := key.(Drop); isDrop {
			name = fmt.Sprintf("%p", key)
		}
		if !seen[name] {
			seen[name] = true
			kept = append(kept, item)
		}
	}
	return kept
}

// sorted orders items by themselves or by a property; those without it come first.
func sorted(all []any, by string, nilsLast bool, order func(x, y any) int) []any {
	keys := make([]any, len(all))
	index := make([]int, len(all))
	for i, item := range all {
		index[i], keys[i] = i, item
		if by != "" {
			keys[i] = property(item, by)
		}
	}
	slices.SortStableFunc(index, func(i, j int) int {
		x, y := keys[i], keys[j]
		if x == nil || y == nil {
			n := 0
			if x != nil {
				n = 1
			} else if y != nil {
				n = -1
			}
			if nilsLast {
				n = -n
			}
			return n
		}
		return order(x, y)
	})
	result := make([]any, len(all))
	for i, n := range index {
		result[i] = all[n]
	}
	return result
}

// sortText is what a value is ordered by as a text: a document by its file, for its
// text may be costly.
func sortText(value any) string {
	if d, ok := value.(Drop); ok {
		return Text(d.Get("path"))
	}
	return Text(value)
}

// plainOrder orders values, those of one kind as that is ordered.
func plainOrder(x, y any) int {
	if n, ok := compare(x, y); ok {
		return n
	}
	return orderOther(x, y)
}

// numberLike is a text that Jekyll takes for a number.
var numberLike = regexp.MustCompile(`\A-?(?:\d+\.?\d*|\.\d+)\z`)

// sortValues orders texts that look like numbers as numbers, as Jekyll does.
func sortValues(x, y any) int {
	numeric := func(v any) any {
		if s, ok := v.(string); ok {
			if trimmed := strings.TrimSpace(s); numberLike.MatchString(trimmed) {
				f, _ := strconv.ParseFloat(trimmed, 64)
				return f
			}
		}
		return v
	}
	if n, ok := compare(numeric(x), numeric(y)); ok {
		return n
	}
	return orderOther(x, y)
}

// orderOther orders what is of two kinds, or of one without an order.
func orderOther(x, y any) int {
	if a, ok := x.([]any); ok { // pairs of a table, by their names
		if b, ok := y.([]any); ok {
			return slices.CompareFunc(a, b, plainOrder)
		}
	}
	if a, ok := x.(Drop); ok { // documents are ordered by date, then by file
		if b, ok := y.(Drop); ok {
			n, _ := compare(a.Get("date"), b.Get("date"))
			return cmp.Or(n, strings.Compare(Text(a.Get("path")), Text(b.Get("path"))))
		}
	}
	return strings.Compare(sortText(x), sortText(y))
}

// Compare orders two values: nothing comes last, and what has no order is equal.
func Compare(x, y any) int {
	switch {
	case x == nil && y == nil:
		return 0
	case x == nil:
		return 1
	case y == nil:
		return -1
	}
	if n, ok := compare(x, y); ok {
		return n
	}
	return 0
}

func sentence(items []any, word string) string {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = Text(item)
	}
	switch len(texts) {
	case 0:
		return ""
	case 1:
		return texts[0]
	case 2:
		return texts[0] + " " + word + " " + texts[1]
	}
	last := len(texts) - 1
	return strings.Join(texts[:last], ", ") + ", " + word + " " + texts[last]
}
