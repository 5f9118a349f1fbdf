package liquid

import (
	"cmp"
	"fmt"
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

// Text is a value as it is written into a page.
func Text(value any) string {
	switch v := value.(type) {
	case nil, emptyValue, blankValue:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case uint64:
		return strconv.FormatUint(v, 10)
	case float64:
		return floatText(v)
	case time.Time:
		return v.Format("2006-01-02 15:04:05 -0700")
	case span:
		return fmt.Sprintf("%d..%d", v.first, v.last)
	case []any:
		var b strings.Builder
		for _, item := range v {
			if b.Len() > MaxOutput {
				break
			}
			b.WriteString(Text(item))
		}
		return b.String()
	case map[string]any, *Table:
		return inspect(v)
	case Drop:
		return Text(v.Get("output"))
	}
	return fmt.Sprint(value)
}

func floatText(f float64) string {
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// maxInspect bounds a table that is written.
const maxInspect = 64 << 10

// inspect is how Ruby writes a table or what is in it.
func inspect(value any) string {
	var b strings.Builder
	writeInspect(&b, value, 0)
	return b.String()
}

func writeInspect(b *strings.Builder, value any, depth int) {
	if depth > 20 || b.Len() > maxInspect {
		return
	}
	switch v := value.(type) {
	case nil:
		b.WriteString("nil")
	case string:
		b.WriteString(strconv.Quote(v))
	case []any:
		b.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				b.WriteString(", ")
			}
			writeInspect(b, item, depth+1)
		}
		b.WriteByte(']')
	case map[string]any, *Table:
		b.WriteByte('{')
		keys, values, _ := pairsOf(v)
		for i, key := range keys {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(strconv.Quote(key) + "=>")
			writeInspect(b, values[key], depth+1)
		}
		b.WriteByte('}')
	default:
		b.WriteString(Text(value))
	}
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

func isBlank(value any) bool {
	if s, ok := value.(string); ok {
		return strings.TrimSpace(s) == ""
	}
	return value == nil || value == false || isEmpty(value)
}

func equal(x, y any) bool {
	switch y.(type) {
	case emptyValue:
		return isEmpty(x)
	case blankValue:
		return isBlank(x)
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

// toNumber reads a number also from a text: a whole number as int64.
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
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return n
		}
		if f, err := strconv.ParseFloat(s, 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
			return f
		}
		end := 0
		for end < len(s) && ('0' <= s[end] && s[end] <= '9' || end == 0 && s[0] == '-') {
			end++
		}
		n, _ := strconv.ParseInt(s[:end], 10, 64)
		return n
	}
	return int64(0)
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
	values, _ := valuesOf(x)
	_, ok := values[Text(y)]
	return ok
}
