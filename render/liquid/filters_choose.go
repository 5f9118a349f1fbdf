package liquid

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
)

// where is the items whose property has a value, or is a list with it.
func where(in any, args []any, first bool) (kept []any) {
	if in == nil {
		return nil
	}
	target := arg(args, 1)
	_, empty := target.(emptyValue)
	_, blank := target.(blankValue)
	for _, item := range members(in) {
		value := property(item, Text(arg(args, 0)))
		matches := false
		switch {
		case len(args) == 1:
			matches = truth(value)
		case target == nil:
			matches = value == nil
		case empty, blank:
			list, isList := value.([]any)
			matches = !isList && Text(value) == "" || isList && Text(list) == ""
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

// members are the items of a list, or the values of a table.
func members(value any) []any {
	keys, values, ok := pairsOf(value)
	if !ok {
		return items(value)
	}
	list := make([]any, len(keys))
	for i, key := range keys {
		list[i] = values[key]
	}
	return list
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
		for _, item := range members(in) {
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
		all[i] = &Table{
			Keys:   []string{"name", "items", "size"},
			Values: map[string]any{"name": name, "items": groups[name], "size": int64(len(groups[name]))},
		}
	}
	return all
}

// sample takes items by chance, of which a build has none: the same place in a text
// takes the same ones.
func sample(r *run, in any, args []any) (any, error) {
	list, ok := in.([]any)
	if !ok || len(list) == 0 {
		return in, nil
	}
	seed := fnv.New64a()
	fmt.Fprint(seed, r.file, len(r.out), len(list))
	random := rand.New(rand.NewPCG(seed.Sum64(), 0))
	if len(args) == 0 || toInt(args[0]) == 1 {
		return list[random.IntN(len(list))], nil
	}
	var some []any
	for _, n := range random.Perm(len(list))[:max(0, min(toInt(args[0]), int64(len(list))))] {
		some = append(some, list[n])
	}
	return some, nil
}
