package content

import (
	"errors"
	"regexp"
	"strings"
	"testing"
)

var shopQueries = Queries{
	Rules:  []QueryRule{{"/category/*", "page", 50}, {"/search/**", "p", 9}},
	Ignore: DefaultIgnore(),
}

// queries is the table of what a query means; it also seeds the fuzz tests.
var queries = []struct {
	path, query string
	variant     string
	ok          bool
}{
	{"/about", "", "", true},
	{"/category/mugs", "page=2", "page=2", true},
	{"/category/mugs", "page=1", "page=1", true},
	{"/category/mugs", "page=50", "page=50", true},
	{"/category/mugs", "page=51", "", false},
	{"/category/mugs", "page=0", "", false},
	{"/category/mugs", "page=02", "", false},
	{"/category/mugs", "page=", "", false},
	{"/category/mugs", "page=-2", "", false},
	{"/category/mugs", "page=+2", "", false},
	{"/category/mugs", "page=2 ", "", false},
	{"/category/mugs", "page=%32", "", false},
	{"/category/mugs", "page=2%00", "", false},
	{"/category/mugs", "page=2&", "", false},
	{"/category/mugs", "page=2&page=3", "", false},
	{"/category/mugs", "page=2&utm_source=x", "", false},
	{"/category/mugs", "Page=2", "", false},
	{"/category/mugs", "page=99999999999999999999", "", false},
	{"/category/mugs", "page=２", "", false},
	{"/category/mugs", "p=2", "", false},
	{"/category/mugs/red", "page=2", "", false},
	{"/search/", "p=9", "p=9", true},
	{"/search/", "p=10", "", false},
	{"/about", "page=2", "", false},
	{"/about", "utm_source=news", "", true},
	{"/about", "utm_=", "", true},
	{"/about", "utm_source=a%20b/../c&gclid=x&fbclid=y", "", true},
	{"/about", "utm_source", "", false},
	{"/about", "utm_source=x&", "", false},
	{"/about", "&utm_source=x", "", false},
	{"/about", "utm_source=x&z=1", "", false},
	{"/about", "UTM_source=x", "", false},
	{"/about", "utm_%73ource=x", "", false},
	{"/about", "gclid2=x", "", false},
	{"/about", "gclid=" + strings.Repeat("x", 500), "", true},
	{"/about", "gclid=" + strings.Repeat("x", 501), "", false},
	{"/about", "utm_" + strings.Repeat("x", 41) + "=1", "", false},
}

func TestQueriesVariant(t *testing.T) {
	if err := shopQueries.Check(); err != nil {
		t.Fatal(err)
	}
	for _, test := range queries {
		p, err := ParsePath(test.path)
		if err != nil {
			t.Fatal(err)
		}
		if variant, ok := shopQueries.Variant(p, test.query); variant != test.variant || ok != test.ok {
			t.Errorf("%s?%s: %q, %v; want %q, %v", test.path, test.query, variant, ok, test.variant, test.ok)
		}
	}
}

func TestQueriesCheck(t *testing.T) {
	for _, test := range []struct {
		queries Queries
		reason  string // "" where there is nothing to find
	}{
		{Queries{}, ""},
		{Queries{Rules: []QueryRule{{"**", "page", 99999}}}, ""},
		{Queries{Rules: []QueryRule{{"**", "page", 1}}}, ""},
		{Queries{Rules: []QueryRule{{"/x", "", 5}}}, "name of a parameter"},
		{Queries{Rules: []QueryRule{{"/x", "a b", 5}}}, "name of a parameter"},
		{Queries{Rules: []QueryRule{{"/x", `p"`, 5}}}, "name of a parameter"},
		{Queries{Rules: []QueryRule{{"/x", "$args", 5}}}, "name of a parameter"},
		{Queries{Rules: []QueryRule{{"/x", "page", 0}}}, "highest number 0"},
		{Queries{Rules: []QueryRule{{"/x", "page", 100000}}}, "highest number 100000"},
		{Queries{Rules: []QueryRule{{"x", "page", 5}}}, "no pattern"},
		{Queries{Rules: []QueryRule{{"/[x", "page", 5}}}, "no pattern"},
		{Queries{Rules: []QueryRule{{"/x", "utm_page", 5}}, Ignore: DefaultIgnore()}, "both"},
		{Queries{Ignore: []string{"*"}}, "must be"},
		{Queries{Ignore: []string{"a*b"}}, "must be"},
		{Queries{Ignore: []string{"a)|(.*"}}, "must be"},
	} {
		err := test.queries.Check()
		var refused *QueryError
		if test.reason == "" && err != nil || test.reason != "" && (!errors.As(err, &refused) || !strings.Contains(refused.Reason, test.reason)) {
			t.Errorf("%+v: %v, want %q", test.queries, err, test.reason)
		}
	}
}

func TestCacheBuster(t *testing.T) {
	for query, want := range map[string]bool{
		"ver=6.1": true, "v=3f9a1c2b": true, "1699999999": true, "v2": true, "a3f9": true, "_=1": true, "t=2024-01-02": true, "v=" + strings.Repeat("x", 64): true,
		"": false, "ver=": false, "w=300": false, "h=300": false, "token=x": false, "ver=1&w=2": false, "v=1/../x": false, "v=%41": false,
		"ver=6.1&ver=6.2": false, "=1": false, "V=1": false, "large": false, "v=" + strings.Repeat("x", 65): false, "ver=1\n": false,
	} {
		if got := CacheBuster(query); got != want {
			t.Errorf("%q: %v, want %v", query, got, want)
		}
	}
}

// FuzzQueries holds the patterns, which a gate goes by, to the rules, which the
// crawler goes by. A pattern may say yes where the rule's path or highest number
// says no: there is no file then.
func FuzzQueries(f *testing.F) {
	for _, test := range queries {
		f.Add(test.query)
	}
	declared, ignored := shopQueries.Patterns()
	var rules []*regexp.Regexp
	for _, pattern := range declared {
		rules = append(rules, regexp.MustCompile(pattern))
	}
	nothing := regexp.MustCompile(ignored)
	paths := []Path{{"/category/mugs"}, {"/search/a"}}
	f.Fuzz(func(t *testing.T, query string) {
		if strings.ContainsAny(query, "\r\n") || strings.ToValidUTF8(query, "") != query {
			t.Skip() // no query that gets here holds the first, and Go's expressions count no bytes in the second
		}
		if len(query) < 400 && nothing.MatchString(query) != (shopQueries.Ignored(query)) {
			t.Errorf("%q: ignored by one of pattern and rule only", query)
		}
		for _, p := range paths {
			variant, ok := shopQueries.Variant(p, query)
			if !ok || variant == "" {
				continue
			}
			if variant != query || !validVariant(variant) {
				t.Errorf("%q: the variant %q is not the query, or cannot be stored", query, variant)
			}
			matched := false
			for _, rule := range rules {
				matched = matched || rule.MatchString(query)
			}
			if !matched {
				t.Errorf("%q: a variant for the rule, but not for any pattern", query)
			}
		}
	})
}
