package gotmpl

import (
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// text is a value as a text, as Hugo's functions take it.
func text(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case template.HTML:
		return string(v)
	case template.URL:
		return string(v)
	case template.CSS:
		return string(v)
	case template.JS:
		return string(v)
	case template.JSStr:
		return string(v)
	case template.HTMLAttr:
		return string(v)
	case []byte:
		return string(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	if deepPrice(value, MaxList) >= MaxList {
		return "(too large)"
	}
	return fmt.Sprint(value)
}

// truth is what "if" goes by.
func truth(value any) bool {
	ok, _ := template.IsTrue(value)
	return ok
}

// isSet tells what "default" leaves alone: everything but what is empty; true and
// false are both something.
func isSet(value any) bool {
	switch v := value.(type) {
	case bool:
		return true
	case time.Time:
		return !v.IsZero()
	}
	return truth(value)
}

func isNumber(value any) bool {
	switch reflect.ValueOf(value).Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64:
		return true
	}
	return false
}

func isList(value any) bool {
	kind := reflect.ValueOf(value).Kind()
	return kind == reflect.Slice || kind == reflect.Array
}

// number is a value as a number, also of a text that is one.
func number(value any) (float64, error) {
	v := reflect.ValueOf(value)
	switch {
	case v.IsValid() && v.CanInt():
		return float64(v.Int()), nil
	case v.IsValid() && v.CanUint():
		return float64(v.Uint()), nil
	case v.IsValid() && v.CanFloat():
		return v.Float(), nil
	}
	if b, ok := value.(bool); ok {
		if b {
			return 1, nil
		}
		return 0, nil
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(text(value)), 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no number", text(value))
	}
	return f, nil
}

// whole is a value as a whole number.
func whole(value any) (int, error) {
	f, err := number(value)
	if err == nil && (math.Abs(f) > 1<<52 || math.IsNaN(f)) {
		err = errors.New("the number is too large")
	}
	return int(f), err
}

// natural gives a number the type that it needs: whole ones are int.
func natural(f float64, allWhole bool) any {
	if allWhole && f == math.Trunc(f) && math.Abs(f) < 1<<52 {
		return int(f)
	}
	return f
}

func isWhole(value any) bool {
	v := reflect.ValueOf(value)
	return v.IsValid() && (v.CanInt() || v.CanUint())
}

// arithmetic computes with two numbers.
func arithmetic(sign string, x, y any) (any, error) {
	a, err := number(x)
	if err != nil {
		return nil, err
	}
	b, err := number(y)
	if err != nil {
		return nil, err
	}
	both := isWhole(x) && isWhole(y)
	switch sign {
	case "+":
		return natural(a+b, both), nil
	case "-":
		return natural(a-b, both), nil
	case "*":
		return natural(a*b, both), nil
	}
	if b == 0 {
		return nil, errors.New("it divides by zero")
	}
	if sign == "%" {
		return int(a) % max(int(b), -int(b)), nil
	}
	if both {
		return int(a) / int(b), nil
	}
	return a / b, nil
}

// compare is the order of two values: of numbers, of times, else of texts.
func compare(x, y any) int {
	if a, ok := x.(time.Time); ok {
		if b, ok := y.(time.Time); ok {
			return a.Compare(b)
		}
	}
	if isNumber(x) || isNumber(y) {
		a, errA := number(x)
		b, errB := number(y)
		if errA == nil && errB == nil {
			return cmp.Compare(a, b)
		}
	}
	return strings.Compare(text(x), text(y))
}

// equal reports whether two values are the same for a template.
func equal(x, y any) bool {
	if x == nil || y == nil {
		return x == nil && y == nil
	}
	if isNumber(x) && isNumber(y) {
		return compare(x, y) == 0
	}
	switch x.(type) {
	case string, template.HTML, template.URL, template.CSS, template.JS, template.HTMLAttr:
		switch y.(type) {
		case string, template.HTML, template.URL, template.CSS, template.JS, template.HTMLAttr:
			return text(x) == text(y)
		}
	}
	if a, ok := x.(time.Time); ok {
		b, ok := y.(time.Time)
		return ok && a.Equal(b)
	}
	return reflect.TypeOf(x) == reflect.TypeOf(y) && reflect.DeepEqual(x, y)
}

// list is a value as a list; nil is an empty one.
func list(value any) ([]any, error) {
	switch v := value.(type) {
	case nil:
		return nil, nil
	case []any:
		return v, nil
	}
	v := reflect.ValueOf(value)
	if v.Kind() != reflect.Slice && v.Kind() != reflect.Array {
		return nil, fmt.Errorf("%q is no list", text(value))
	}
	out := make([]any, v.Len())
	for i := range out {
		out[i] = v.Index(i).Interface()
	}
	return out, nil
}

// joined is a list with another, or one value, behind it.
func joined(value, more any) (any, error) {
	head, err := list(value)
	if err != nil {
		return nil, err
	}
	tail := []any{more}
	if isList(more) {
		tail, _ = list(more)
	}
	return append(append([]any{}, head...), tail...), nil
}

// sized is an error of a value that is larger than a template may make one.
func sized(value any) error {
	if size(value) > MaxText {
		return errTooMuch
	}
	if v := reflect.ValueOf(value); (v.Kind() == reflect.Slice || v.Kind() == reflect.Map) && v.Len() > MaxList && v.Type().Elem().Kind() != reflect.Uint8 {
		return errTooMuch
	}
	return nil
}

// size is the length of a text, 0 of anything else.
func size(value any) int {
	v := reflect.ValueOf(value)
	if v.Kind() == reflect.String {
		return v.Len()
	}
	return 0
}

// price is what it costs to look at a value once.
func price(value any) int {
	switch v := reflect.ValueOf(value); v.Kind() {
	case reflect.String:
		return v.Len() / 64
	case reflect.Slice, reflect.Map:
		return v.Len()
	}
	return 0
}

// deepPrice is what it costs to look at all that is in a value, up to a limit. Pages and
// other things of ours are one.
func deepPrice(value any, limit int) int {
	cost := 1 + size(value)/64
	v := reflect.ValueOf(value)
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		for i := 0; i < v.Len() && cost < limit; i++ {
			cost += deepPrice(v.Index(i).Interface(), limit-cost)
		}
	case reflect.Map:
		for entries := v.MapRange(); cost < limit && entries.Next(); {
			cost += deepPrice(entries.Value().Interface(), limit-cost)
		}
	}
	return cost
}

// member is a part of a table, a list or a page by its key, or nil.
func member(value any, key any) any {
	if table, ok := value.(map[string]any); ok {
		if found, ok := table[text(key)]; ok {
			return found
		}
		return table[strings.ToLower(text(key))]
	}
	v := reflect.ValueOf(value)
	if v.Kind() == reflect.Pointer && v.Type().Elem().Kind() == reflect.Struct && !v.IsNil() {
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Map:
		k := reflect.ValueOf(key)
		if k.IsValid() && k.Type().AssignableTo(v.Type().Key()) {
			if found := v.MapIndex(k); found.IsValid() {
				return found.Interface()
			}
		}
	case reflect.Slice, reflect.Array, reflect.String:
		if at, err := whole(key); err == nil && at >= 0 && at < v.Len() {
			return v.Index(at).Interface()
		}
	case reflect.Struct:
		if f, ok := v.Type().FieldByName(text(key)); ok && f.IsExported() {
			return v.FieldByIndex(f.Index).Interface()
		}
	}
	return nil
}

// memberAt is a member of a member: "Params.weight".
func memberAt(value any, keys string) any {
	for key := range strings.SplitSeq(strings.TrimPrefix(keys, "."), ".") {
		value = member(value, key)
	}
	return value
}
