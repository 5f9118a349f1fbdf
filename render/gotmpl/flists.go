package gotmpl

import (
	"errors"
	"fmt"
	"html/template"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// listFunctions work on lists and tables.
func listFunctions() []function {
	return []function{
		{"collections.Slice", "slice", func(items ...any) []any { return slices.Clone(items) }, true},
		{"collections.Dictionary", "dict", dict, true},
		{"collections.Append", "append", appendTo, false},
		{"collections.Merge", "merge", merge, true},
		{"collections.First", "first", func(n, l any) ([]any, error) {
			return part(n, l, func(n, size int) (int, int) { return 0, min(n, size) })
		}, false},
		{"collections.Last", "last", func(n, l any) ([]any, error) {
			return part(n, l, func(n, size int) (int, int) { return max(size-n, 0), size })
		}, false},
		{"collections.After", "after", func(n, l any) ([]any, error) {
			return part(n, l, func(n, size int) (int, int) { return min(n, size), size })
		}, false},
		{"collections.In", "in", in, true},
		{"collections.Index", "index", index, false},
		{"collections.IsSet", "isset", isset, false},
		{"collections.Seq", "seq", seq, false},
		{"collections.Sort", "sort", sortList, true},
		{"collections.Reverse", "", func(l any) ([]any, error) {
			all, err := list(l)
			all = slices.Clone(all)
			slices.Reverse(all)
			return all, err
		}, false},
		{"collections.Uniq", "uniq", func(l any) ([]any, error) { return combine(l, nil, func(_, _ bool) bool { return true }) }, true},
		{"collections.Union", "union", func(a, b any) ([]any, error) { return combine(a, b, func(_, _ bool) bool { return true }) }, true},
		{"collections.Intersect", "intersect", func(a, b any) ([]any, error) {
			return combine(a, b, func(a, b bool) bool { return a && b })
		}, true},
		{"collections.SymDiff", "symdiff", func(a, b any) ([]any, error) {
			return combine(a, b, func(a, b bool) bool { return a != b })
		}, true},
		{"collections.Complement", "complement", func(a, b any) ([]any, error) {
			return combine(b, a, func(b, a bool) bool { return b && !a })
		}, true},
		{"collections.Where", "where", where, true},
		{"collections.Delimit", "delimit", delimit, true},
		{"collections.Querify", "querify", querify, true},
		{"collections.NewScratch", "newScratch", func() *Store { return &Store{values: map[string]any{}} }, false},
		{"reflect.IsMap", "", func(v any) bool { _, ok := v.(map[string]any); return ok }, false},
		{"reflect.IsSlice", "", isList, false},
	}
}

// dict is a table of keys and values; a list of keys makes tables within tables.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errors.New("dict needs a value for each key")
	}
	all := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		keys := []any{pairs[i]}
		if isList(pairs[i]) {
			keys, _ = list(pairs[i])
		}
		table := all
		for j, key := range keys {
			if j == len(keys)-1 {
				table[text(key)] = pairs[i+1]
				continue
			}
			below, ok := table[text(key)].(map[string]any)
			if !ok {
				below = map[string]any{}
				table[text(key)] = below
			}
			table = below
		}
	}
	return all, nil
}

// appendTo is a list with items behind it: append ITEM... LIST.
func appendTo(args ...any) (any, error) {
	if len(args) < 2 {
		return nil, errors.New("append needs a list and items")
	}
	all, more := args[len(args)-1], args[:len(args)-1]
	for _, item := range more {
		if deepPrice(item, MaxList) >= MaxList {
			return nil, errTooMuch
		}
	}
	if len(more) == 1 {
		return joined(all, more[0])
	}
	return joined(all, more)
}

// merge is all tables in one, the last one first.
func merge(tables ...any) (map[string]any, error) {
	all := map[string]any{}
	for _, each := range tables {
		table, ok := each.(map[string]any)
		if !ok && each != nil {
			return nil, fmt.Errorf("%q is no table", text(each))
		}
		mergeInto(all, table)
	}
	return all, nil
}

func mergeInto(all, table map[string]any) {
	for key, value := range table {
		below, ok := value.(map[string]any)
		old, both := all[key].(map[string]any)
		if !ok || !both {
			all[key] = value
			continue
		}
		own := maps.Clone(old)
		mergeInto(own, below)
		all[key] = own
	}
}

// part is a part of a list.
func part(n, l any, bounds func(n, size int) (from, to int)) ([]any, error) {
	if s, ok := l.(string); ok {
		l = strings.Split(s, "")
	}
	all, err := list(l)
	if err != nil {
		return nil, err
	}
	count, err := whole(n)
	if err != nil || count < 0 {
		return nil, fmt.Errorf("%q is no number of items", text(n))
	}
	from, to := bounds(count, len(all))
	return slices.Clone(all[from:to]), nil
}

// in reports whether a list has a value, or a text another one.
func in(set, value any) (bool, error) {
	switch s := set.(type) {
	case string, template.HTML:
		return strings.Contains(text(s), text(value)), nil
	}
	all, err := list(set)
	return slices.ContainsFunc(all, func(item any) bool { return equal(item, value) }), err
}

// index is a member of a member.
func index(value any, keys ...any) any {
	for _, key := range keys {
		if isList(key) {
			all, _ := list(key)
			value = index(value, all...)
			continue
		}
		value = member(value, key)
	}
	return value
}

func isset(value, key any) bool {
	if table, ok := value.(map[string]any); ok {
		_, exact := table[text(key)]
		_, folded := table[strings.ToLower(text(key))]
		return exact || folded
	}
	return member(value, key) != nil
}

// seq are numbers in order: LAST, FIRST LAST, or FIRST STEP LAST.
func seq(args ...any) ([]int, error) {
	numbers := make([]int, len(args))
	for i := range args {
		var err error
		if numbers[i], err = whole(args[i]); err != nil {
			return nil, err
		}
	}
	from, step, to := 1, 0, 0
	switch len(numbers) {
	case 1:
		to = numbers[0]
	case 2:
		from, to = numbers[0], numbers[1]
	case 3:
		from, step, to = numbers[0], numbers[1], numbers[2]
	default:
		return nil, errors.New("seq needs one to three numbers")
	}
	if len(numbers) == 1 && to < 0 {
		from = -1
	}
	if step == 0 {
		if step = 1; to < from {
			step = -1
		}
	}
	if len(numbers) == 1 && to == 0 || to != from && (to > from) != (step > 0) {
		return []int{}, nil
	}
	count := (to-from)/step + 1
	if count > MaxList {
		return nil, errTooMuch
	}
	all := make([]int, count)
	for i := range all {
		all[i] = from + i*step
	}
	return all, nil
}

// sortList sorts a list, or the values of a table by its keys: sort LIST [KEY ["desc"]].
func sortList(l any, args ...any) ([]any, error) {
	key, descending := "", false
	if len(args) > 0 {
		key = text(args[0])
	}
	if len(args) > 1 {
		descending = strings.EqualFold(text(args[1]), "desc")
	}
	var all []any
	if table, ok := l.(map[string]any); ok {
		for _, k := range slices.Sorted(maps.Keys(table)) {
			all = append(all, table[k])
		}
	} else {
		values, err := list(l)
		if err != nil {
			return nil, err
		}
		all = slices.Clone(values)
	}
	if _, isTable := l.(map[string]any); !isTable || key != "" && key != "key" {
		of := func(item any) any {
			if key == "" || key == "value" {
				return item
			}
			return memberAt(item, key)
		}
		slices.SortStableFunc(all, func(x, y any) int { return compare(of(x), of(y)) })
	}
	if descending {
		slices.Reverse(all)
	}
	return all, nil
}

// combine goes through two lists: each value once that keep wants, by which of them has it.
func combine(a, b any, keep func(inA, inB bool) bool) ([]any, error) {
	first, err := list(a)
	if err != nil {
		return nil, err
	}
	second, err := list(b)
	if err != nil {
		return nil, err
	}
	keys := func(values []any) map[string]bool {
		all := map[string]bool{}
		for _, v := range values {
			all[keyOf(v)] = true
		}
		return all
	}
	inA, inB, seen := keys(first), keys(second), map[string]bool{}
	out := []any{}
	for _, v := range slices.Concat(first, second) {
		k := keyOf(v)
		if !seen[k] && keep(inA[k], inB[k]) {
			out = append(out, v)
		}
		seen[k] = true
	}
	return out, nil
}

func keyOf(v any) string {
	if isNumber(v) {
		return "number " + text(v)
	}
	if p, ok := v.(*Page); ok {
		return "page " + p.RelPermalink
	}
	return text(v)
}

// where are the items of a list of which something is true: where LIST KEY [OPERATOR] VALUE.
func where(l, key any, args ...any) ([]any, error) {
	if len(args) == 0 || len(args) > 2 {
		return nil, errors.New("where needs a list, a key and a value")
	}
	operator, want := "eq", args[len(args)-1]
	if len(args) == 2 {
		operator = text(args[0])
	}
	all, err := list(l)
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, item := range all {
		ok, err := holds(memberAt(item, text(key)), operator, want)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, item)
		}
	}
	return out, nil
}

func holds(value any, operator string, want any) (bool, error) {
	switch operator {
	case "=", "==", "eq":
		return equal(value, want), nil
	case "!=", "<>", "ne":
		return !equal(value, want), nil
	case ">=", "ge":
		return value != nil && compare(value, want) >= 0, nil
	case ">", "gt":
		return value != nil && compare(value, want) > 0, nil
	case "<=", "le":
		return value != nil && compare(value, want) <= 0, nil
	case "<", "lt":
		return value != nil && compare(value, want) < 0, nil
	case "in":
		return in(want, value)
	case "not in":
		is, err := in(want, value)
		return !is, err
	case "intersect":
		both, err := combine(value, want, func(a, b bool) bool { return a && b })
		return len(both) > 0, err
	}
	return false, fmt.Errorf("it uses the operator %q, which is not known here", operator)
}

// delimit joins a list with something between its items, and something else before
// the last one.
func delimit(l, between any, last ...any) (string, error) {
	all, err := list(l)
	if table, ok := l.(map[string]any); ok {
		all, err = sortList(table)
	}
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for i, item := range all {
		switch {
		case i == 0:
		case i == len(all)-1 && len(last) > 0:
			b.WriteString(text(last[0]))
		default:
			b.WriteString(text(between))
		}
		b.WriteString(text(item))
		if b.Len() > MaxText {
			return "", errTooMuch
		}
	}
	return b.String(), nil
}

// querify makes the query of a URL, of pairs or of a table.
func querify(args ...any) (string, error) {
	if len(args) == 1 {
		if table, ok := args[0].(map[string]any); ok {
			args = nil
			for _, key := range slices.Sorted(maps.Keys(table)) {
				args = append(args, key, table[key])
			}
		} else if isList(args[0]) {
			args, _ = list(args[0])
		}
	}
	if len(args)%2 != 0 {
		return "", errors.New("querify needs a value for each key")
	}
	query := url.Values{}
	for i := 0; i < len(args); i += 2 {
		query.Add(text(args[i]), text(args[i+1]))
	}
	return query.Encode(), nil
}
