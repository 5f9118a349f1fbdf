package liquid

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

func listFilters() map[string]filter {
	of := func(f func(items []any, args []any) any) filter {
		return func(_ *run, in any, args []any) (any, error) { return f(items(in), args), nil }
	}
	flat := func(f func(items []any, args []any) any) filter { // those of Liquid itself open lists in lists
		return func(_ *run, in any, args []any) (any, error) { return f(flatten(items(in), 0), args), nil }
	}
	return map[string]filter{
		"first": func(_ *run, in any, _ []any) (any, error) { return field(in, "first"), nil },
		"last":  func(_ *run, in any, _ []any) (any, error) { return field(in, "last"), nil },
		"size": func(_ *run, in any, _ []any) (any, error) {
			if n := field(in, "size"); n != nil {
				return n, nil
			}
			return int64(0), nil
		},
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
		"push":    of(func(items, args []any) any { return append(slices.Clone(items), arg(args, 0)) }),
		"unshift": of(func(items, args []any) any { return append([]any{arg(args, 0)}, items...) }),
		"pop":     of(func(items, args []any) any { return items[:max(0, len(items)-taken(args))] }),
		"shift":   of(func(items, args []any) any { return items[min(len(items), taken(args)):] }),
		"sort": func(_ *run, in any, args []any) (any, error) {
			return sorted(items(in), Text(arg(args, 0)), Text(arg(args, 1)) == "last", sortValues), nil
		},
		"sort_natural": func(_ *run, in any, args []any) (any, error) {
			return sorted(items(in), Text(arg(args, 0)), false, func(x, y any) int {
				return strings.Compare(strings.ToLower(sortText(x)), strings.ToLower(sortText(y)))
			}), nil
		},
		"where": of(func(items, args []any) any { return where(items, args, false) }),
		"find": of(func(items, args []any) any {
			if found := where(items, args, true); len(found) > 0 {
				return found[0]
			}
			return nil
		}),
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
	for i, item := range flatten(items(in), 0) {
		if i > 0 {
			b.WriteString(by)
		}
		b.WriteString(Text(item))
		if b.Len() > MaxOutput {
			return nil, fmt.Errorf("the text becomes longer than %d MiB", MaxOutput>>20)
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

// where is the items whose property has a value, or is a list with it.
func where(all []any, args []any, first bool) (kept []any) {
	target := arg(args, 1)
	for _, item := range all {
		value := property(item, Text(arg(args, 0)))
		matches := false
		switch {
		case target == nil:
			matches = value == nil || len(args) == 1 && truth(value)
			if len(args) == 1 {
				matches = truth(value)
			}
		default:
			for _, one := range items(value) {
				matches = matches || Text(one) == Text(target)
			}
		}
		if matches {
			if kept = append(kept, item); first {
				return kept
			}
		}
	}
	return kept
}

// whereExpression is where_exp: "item", "item.tags contains 'x'".
func whereExpression(first bool) filter {
	return func(r *run, in any, args []any) (any, error) {
		name := Text(arg(args, 0))
		w := &words{text: Text(arg(args, 1))}
		c, ok := w.condition(0)
		if !ok || !w.done() {
			return nil, fmt.Errorf("the condition %q cannot be read", w.text)
		}
		defer restore(r.scope, name)()
		var kept []any
		for _, item := range items(in) {
			r.scope[name] = item
			if c.holds(r) {
				if first {
					return item, nil
				}
				kept = append(kept, item)
			}
		}
		if first {
			return nil, nil
		}
		return kept, nil
	}
}

func groupExpression(r *run, in any, args []any) (any, error) {
	name := Text(arg(args, 0))
	p := parser{file: r.file}
	value, err := p.pipe(token{raw: Text(arg(args, 1))}, Text(arg(args, 1)))
	if err != nil {
		return nil, fmt.Errorf("the expression %q cannot be read", Text(arg(args, 1)))
	}
	defer restore(r.scope, name)()
	var failed error
	groups := group(items(in), func(item any) string {
		r.scope[name] = item
		key, err := value.eval(r, 0)
		if err != nil {
			failed = err
		}
		return Text(key)
	})
	return groups, failed
}

func group(items []any, key func(any) string) []any {
	var order []string
	groups := map[string][]any{}
	for _, item := range items {
		name := key(item)
		if groups[name] == nil {
			order = append(order, name)
		}
		groups[name] = append(groups[name], item)
	}
	all := make([]any, len(order))
	for i, name := range order {
		all[i] = map[string]any{"name": name, "items": groups[name], "size": int64(len(groups[name]))}
	}
	return all
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

// sortValues orders texts that look like numbers as numbers, as Jekyll does.
func sortValues(x, y any) int {
	numeric := func(v any) any {
		if s, ok := v.(string); ok {
			if f, err := strconv.ParseFloat(strings.TrimSpace(s), 64); err == nil {
				return f
			}
		}
		return v
	}
	if n, ok := compare(numeric(x), numeric(y)); ok {
		return n
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
	n, _ := compare(x, y)
	return n
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
