package content

import "testing"

// TestScopeContains: a run replaces what the same source brought, below its prefix, or
// the pages that it names.
func TestScopeContains(t *testing.T) {
	key := func(path, variant string) Key { return Key{mustPath(t, path), variant} }
	for name, test := range map[string]struct {
		scope  Scope
		source string
		key    Key
		want   bool
	}{
		"all":                        {Scope{Source: "app"}, "app", key("/a", ""), true},
		"another source":             {Scope{Source: "app"}, "blog", key("/a", ""), false},
		"below the prefix":           {Scope{Source: "blog", Prefix: "/blog/"}, "blog", key("/blog/a", ""), true},
		"beside the prefix":          {Scope{Source: "blog", Prefix: "/blog/"}, "blog", key("/blogs", ""), false},
		"another's below the prefix": {Scope{Source: "blog", Prefix: "/blog/"}, "app", key("/blog/a", ""), false},
		"named":                      {Scope{Source: "app", Keys: []Key{key("/a", "page=2")}}, "app", key("/a", "page=2"), true},
		"another query":              {Scope{Source: "app", Keys: []Key{key("/a", "page=2")}}, "app", key("/a", ""), false},
		"none is named":              {Scope{Source: "app", Keys: []Key{}}, "app", key("/a", ""), false},
	} {
		if got := test.scope.Contains(test.source, test.key); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
