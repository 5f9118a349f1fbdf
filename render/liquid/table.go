package liquid

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// A Table is a map whose keys have an order, that of the file it was read from, in
// which loops go over it. The keys are those of the map, each once.
type Table struct {
	Keys   []string
	Values map[string]any
}

// pairsOf are the keys and values of a table; a map's are in the order of its keys.
func pairsOf(value any) (keys []string, values map[string]any, ok bool) {
	switch v := value.(type) {
	case *Table:
		return v.Keys, v.Values, true
	case map[string]any:
		return slices.Sorted(maps.Keys(v)), v, true
	}
	return nil, nil, false
}

// valuesOf are the values of a table, or nil.
func valuesOf(value any) (values map[string]any, ok bool) {
	if t, ok := value.(*Table); ok {
		return t.Values, true
	}
	values, ok = value.(map[string]any)
	return values, ok
}

// MarshalJSON keeps the order.
func (t *Table) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	for i, key := range t.Keys {
		b.WriteByte("{,"[min(i, 1)])
		for j, part := range []any{key, t.Values[key]} {
			if j == 1 {
				b.WriteByte(':')
			}
			encoder := json.NewEncoder(&b)
			encoder.SetEscapeHTML(false)
			if err := encoder.Encode(part); err != nil {
				return nil, err
			}
			b.Truncate(b.Len() - 1) // the end of the line
		}
	}
	if len(t.Keys) == 0 {
		b.WriteByte('{')
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
