package hugo

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestTree: entries in their order and below their parents, whatever the parents are.
func TestTree(t *testing.T) {
	for name, c := range map[string]struct {
		entries []MenuEntry
		want    string
		double  []string
	}{
		"by weight, then by name": {[]MenuEntry{{Name: "b"}, {Name: "C"}, {Name: "a"}, {Name: "z", Weight: 2}, {Name: "y", Weight: 1}, {Name: "x", Weight: -1}}, "x y z a b C", nil},
		"below an identifier":     {[]MenuEntry{{Name: "Low", Parent: "top"}, {Name: "High", Identifier: "top"}, {Name: "Lower", Parent: "Low"}}, "High(Low(Lower))", nil},
		"below nobody":            {[]MenuEntry{{Name: "a", Parent: "gone"}, {Name: "b", Parent: "gone"}}, "gone(a b)", nil},
		"twice":                   {[]MenuEntry{{Name: "a", URL: "/1/"}, {Name: "a", URL: "/2/"}, {Name: "a", Identifier: "b"}}, "a a", []string{"a"}},
		"below itself":            {[]MenuEntry{{Name: "a", Parent: "a"}, {Name: "b"}}, "b", nil},
		"in a circle":             {[]MenuEntry{{Name: "a", Parent: "b"}, {Name: "b", Parent: "a"}, {Name: "c"}}, "c", nil},
		"without names":           {[]MenuEntry{{URL: "/a/"}, {URL: "/b/"}, {Name: "x", Parent: ""}}, " x", []string{""}},
		"none":                    {nil, "", nil},
	} {
		tree, double := Tree(c.entries)
		if got := written(tree); got != c.want || !slices.Equal(double, c.double) {
			t.Errorf("%s: it is %q and %q, want %q and %q", name, got, double, c.want, c.double)
		}
	}
	var deep []MenuEntry
	for i := range 1000 {
		deep = append(deep, MenuEntry{Name: fmt.Sprint("n", i+1), Parent: strings.Repeat(fmt.Sprint("n", i), min(i, 1))})
	}
	if tree, _ := Tree(deep); strings.Count(written(tree), "n") != maxMenuDepth {
		t.Errorf("a deep menu is %s", written(tree))
	}
}

func written(tree []MenuEntry) string {
	var words []string
	for _, e := range tree {
		if len(e.Sub) > 0 {
			e.Name += "(" + written(e.Sub) + ")"
		}
		words = append(words, e.Name)
	}
	return strings.Join(words, " ")
}

// TestPageMenus: the forms that front matter has for menus, and what is none of them.
func TestPageMenus(t *testing.T) {
	for _, c := range []struct {
		value any
		want  string
	}{
		{"main", "map[main:]"},
		{[]any{"Main", "footer"}, "map[footer: main:]"},
		{map[string]any{"Main": map[string]any{"Name": "x"}, "footer": nil}, "map[footer: main:x]"},
		{map[string]any{"main": "x"}, "map[main:]"},
		{nil, "map[]"}, {5, "map[]"}, {[]any{}, "map[]"}, {true, "map[]"},
	} {
		names := map[string]string{}
		for menu, entry := range PageMenus(c.value) {
			names[menu] = entry.Name
		}
		if got := fmt.Sprint(names); got != c.want {
			t.Errorf("%v is %s, want %s", c.value, got, c.want)
		}
	}
}
