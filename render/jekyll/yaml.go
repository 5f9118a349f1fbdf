package jekyll

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"icecap/render/liquid"
)

// DecodeYAML reads YAML as Ruby does: of a key that is there twice the last counts,
// and yes, no, on and off without quotes are true and false. Keys are texts. An empty text is nil.
func DecodeYAML(text []byte) (value any, err error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	if len(document.Content) == 0 {
		return nil, nil
	}
	asRuby(&document)
	err = document.Decode(&value)
	return value, err
}

// asRuby changes a node, and those in it.
func asRuby(node *yaml.Node) {
	if node.Kind == yaml.MappingNode {
		node.Content = lastPairs(node.Content)
	}
	for i, child := range node.Content {
		if node.Kind == yaml.MappingNode && i%2 == 0 {
			if child.Kind == yaml.ScalarNode && child.Tag != "!!merge" {
				child.Tag = "!!str"
			}
			continue
		}
		asRuby(child)
	}
	if node.Kind != yaml.ScalarNode || node.Style != 0 || node.Tag != "!!str" {
		return
	}
	switch strings.ToLower(node.Value) {
	case "yes", "on":
		node.Tag, node.Value = "!!bool", "true"
	case "no", "off":
		node.Tag, node.Value = "!!bool", "false"
	}
}

// lastPairs are keys and values without those whose key comes again.
func lastPairs(pairs []*yaml.Node) []*yaml.Node {
	last := map[string]int{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i].Kind == yaml.ScalarNode && pairs[i].Tag != "!!merge" {
			last[pairs[i].Value] = i
		}
	}
	if len(last) == len(pairs)/2 {
		return pairs
	}
	kept := slices.Clone(pairs[:0])
	for i := 0; i+1 < len(pairs); i += 2 {
		if at, named := last[pairs[i].Value]; named && pairs[i].Kind == yaml.ScalarNode && at != i {
			continue
		}
		kept = append(kept, pairs[i], pairs[i+1])
	}
	return kept
}

// Ordered is a value that was decoded from a text in YAML or JSON, with its maps as
// tables in the order of that text: Ruby's have it, and loops go over them so. What
// the order cannot be told of stays as it is.
func Ordered(text []byte, value any) any {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil || len(document.Content) == 0 {
		return value
	}
	return ordered(document.Content[0], value)
}

func ordered(node *yaml.Node, value any) any {
	for node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	switch v := value.(type) {
	case map[string]any:
		if node.Kind == yaml.MappingNode {
			return orderedTable(node, v)
		}
	case []any:
		if node.Kind == yaml.SequenceNode && len(node.Content) == len(v) {
			list := make([]any, len(v))
			for i, item := range v {
				list[i] = ordered(node.Content[i], item)
			}
			return list
		}
	}
	return value
}

// orderedTable is a map in the order of a node. Keys that are merged into it come last.
func orderedTable(node *yaml.Node, values map[string]any) *liquid.Table {
	t := &liquid.Table{Values: make(map[string]any, len(values))}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i].Value
		item, there := values[key]
		if !there {
			continue
		}
		if _, twice := t.Values[key]; !twice {
			t.Keys = append(t.Keys, key)
		}
		t.Values[key] = ordered(node.Content[i+1], item)
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if _, there := t.Values[key]; !there {
			t.Keys = append(t.Keys, key)
			t.Values[key] = values[key]
		}
	}
	return t
}

// Plain is a value without the order of its tables.
func Plain(value any) any {
	switch v := value.(type) {
	case *liquid.Table:
		return Plain(v.Values)
	case map[string]any:
		table := make(map[string]any, len(v))
		for key, item := range v {
			table[key] = Plain(item)
		}
		return table
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = Plain(item)
		}
		return list
	}
	return value
}
