package liquid

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// emptyValue and blankValue are what "empty" and "blank" compare with.
type (
	emptyValue struct{}
	blankValue struct{}
)

// field is a field of a value, or an item of a list.
func field(value, key any) any {
	if list, ok := value.([]any); ok {
		return itemField(list, key)
	}
	name, isText := key.(string)
	if !isText {
		if n, ok := key.(int64); !ok || value == nil {
			return nil
		} else {
			name = strconv.FormatInt(n, 10)
		}
	}
	if values, ok := valuesOf(value); ok {
		if found, ok := values[name]; ok {
			return found
		}
		switch name {
		case "size":
			return int64(len(values))
		case "first":
			if len(values) > 0 {
				return items(value)[0]
			}
		}
		return nil
	}
	switch v := value.(type) {
	case Drop:
		return v.Get(name)
	case string:
		if name == "size" {
			return int64(len([]rune(v)))
		}
	case span:
		switch name {
		case "size":
			return max(0, v.last-v.first+1)
		case "first":
			return v.first
		case "last":
			return v.last
		}
	}
	return nil
}

func itemField(list []any, key any) any {
	var n int
	switch k := key.(type) {
	case string:
		switch {
		case k == "size":
			return int64(len(list))
		case k == "first":
			n = 0
		case k == "last":
			n = -1
		default:
			return nil
		}
	case int64:
		n = int(max(min(k, math.MaxInt32), math.MinInt32))
	default:
		return nil
	}
	if n < 0 {
		n += len(list)
	}
	if n < 0 || n >= len(list) {
		return nil
	}
	return list[n]
}

// items are what a loop goes over: a list, the pairs of a table in their order, or
// one value.
func items(value any) []any {
	switch v := value.(type) {
	case nil:
		return nil
	case []any:
		return v
	case map[string]any, *Table:
		var pairs []any
		keys, values, _ := pairsOf(v)
		for _, key := range keys {
			pairs = append(pairs, []any{key, values[key]})
		}
		return pairs
	case string:
		if v == "" {
			return nil
		}
	case span:
		var numbers []any
		for n := v.first; n <= v.last && len(numbers) <= MaxSteps; n++ {
			numbers = append(numbers, n)
		}
		return numbers
	}
	return []any{value}
}

// loopItems are what a loop goes over: nothing else than lists has items for it.
func loopItems(value any) []any {
	if _, isNumber := number(value); isNumber || value == true || value == false {
		return nil
	}
	return items(value)
}

// size is about how much work a filter has with a value.
func size(value any) int {
	switch v := value.(type) {
	case []any:
		n := len(v)
		for _, item := range v {
			if inner, ok := item.([]any); ok {
				n += len(inner)
			}
		}
		return n
	case map[string]any:
		return len(v)
	case *Table:
		return len(v.Keys)
	case string:
		return len(v) / 64
	case span:
		return int(max(0, min(v.last-v.first, MaxSteps)))
	}
	return 0
}

// truth is what a condition makes of a value: all but nil and false is true.
func truth(value any) bool {
	if b, ok := value.(bool); ok {
		return b
	}
	return value != nil
}

func isEmpty(value any) bool {
	switch v := value.(type) {
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	}
	values, ok := valuesOf(value)
	return ok && len(values) == 0
}

func equal(x, y any) bool {
	switch y.(type) {
	case emptyValue:
		return isEmpty(x)
	case blankValue:
		return false // Ruby knows it only with Rails
	}
	switch x.(type) {
	case emptyValue, blankValue:
		return equal(y, x)
	}
	if a, ok := number(x); ok {
		b, ok := number(y)
		return ok && a == b
	}
	switch a := x.(type) {
	case []any:
		b, ok := y.([]any)
		return ok && slices.EqualFunc(a, b, equal)
	case time.Time:
		b, ok := y.(time.Time)
		return ok && a.Equal(b)
	case Day:
		b, ok := y.(Day)
		return ok && a.date.Equal(b.date)
	case map[string]any, *Table, span:
		return false
	}
	switch y.(type) {
	case []any, map[string]any, *Table:
		return false
	}
	return x == y
}

// compare orders two values; ok is false where there is no order between them.
func compare(x, y any) (order int, ok bool) {
	if a, isNumber := number(x); isNumber {
		b, isNumber := number(y)
		return cmp.Compare(a, b), isNumber
	}
	switch a := x.(type) {
	case string:
		b, ok := y.(string)
		return strings.Compare(a, b), ok
	case time.Time:
		b, ok := y.(time.Time)
		return a.Compare(b), ok
	case Day:
		b, ok := y.(Day)
		return a.date.Compare(b.date), ok
	}
	return 0, false
}

// number is a value that is a number.
func number(value any) (float64, bool) {
	switch v := value.(type) {
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case uint64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// toNumber reads a number also from the beginning of a text: a whole number as int64.
func toNumber(value any) any {
	switch v := value.(type) {
	case int:
		return int64(v)
	case int64, float64:
		return v
	case uint64:
		return int64(min(v, math.MaxInt64))
	case string:
		s := strings.TrimSpace(v)
		end, dot := wholeEnd(s), 0
		if end < len(s) && s[end] == '.' {
			dot = wholeEnd(s[end+1:])
		}
		if f, err := strconv.ParseFloat(s, 64); err == nil && dot > 0 && end+1+dot == len(s) && s[0] != '+' {
			return f
		}
		n, _ := strconv.ParseInt(s[:end], 10, 64)
		return n
	}
	return int64(0)
}

// wholeEnd is where the whole number at the beginning of a text ends.
func wholeEnd(s string) (end int) {
	for end < len(s) && ('0' <= s[end] && s[end] <= '9' || end == 0 && (s[0] == '-' || s[0] == '+')) {
		end++
	}
	return end
}

func toFloat(value any) float64 {
	f, _ := number(toNumber(value))
	return f
}

func toInt(value any) int64 {
	f := toFloat(value)
	if n, ok := toNumber(value).(int64); ok {
		return n
	}
	return int64(max(min(f, 1<<53), -1<<53))
}

// contains is the operator.
func contains(x, y any) bool {
	switch v := x.(type) {
	case string:
		return y != nil && strings.Contains(v, Text(y))
	case []any:
		return slices.ContainsFunc(v, func(item any) bool { return equal(item, y) })
	}
	if v, ok := x.(span); ok {
		n, isNumber := number(y)
		return isNumber && float64(v.first) <= n && n <= float64(v.last)
	}
	values, _ := valuesOf(x)
	_, ok := values[Text(y)]
	return ok
}
