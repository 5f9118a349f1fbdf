package content

import (
	"regexp"
	"strings"
	"testing"

	"github.com/bmatcuk/doublestar/v4"
)

var patterns = []struct{ pattern, path string }{
	{"/docs/**", "/docs"}, {"/docs/**", "/docs/"}, {"/docs/**", "/docs/a/b"}, {"/docs/**", "/docs2"}, {"/docs/*", "/docs/"}, {"/docs/*", "/docs/a"}, {"/docs/*", "/docs/a/b"},
	{"/**", "/"}, {"/**/x", "/x"}, {"/**/x", "/a/b/x"}, {"**/*.css", "/style.css"}, {"**/*.css", "/a/b.css"}, {"/a.b", "/aXb"}, {"/a+b", "/aab"}, {"/", "/"}, {"/", "/a"}, {"/a*b*c", "/abc"},
	{"/**/a/**", "/a"}, {"/**/a/**", "/x/a/y/z"}, {"/a/**/b", "/a/b"}, {"/a/**/b", "/a/x/y/b"}, {"/a/**/b", "/ab"}, {"/a", "/A"}, {"/*", "/"}, {"/x/", "/x"},
	{"/**/*", "/"}, {"**/*/a", "/a"}, {"/*/**", "/"}, {"/**/a*", "/"}, {"/a*/**", "/a"},
}

// A pattern means in a regular expression what it means to doublestar, which
// the crawl goes by.
func FuzzPathPattern(f *testing.F) {
	for _, seed := range patterns {
		f.Add(seed.pattern, seed.path)
	}
	f.Fuzz(func(t *testing.T, pattern, path string) {
		expression, err := PathPattern(pattern)
		if err != nil || !strings.HasPrefix(path, "/") || strings.Contains(path, "//") || strings.Contains(pattern, "//") || strings.Contains(path, "\n") {
			t.Skip()
		}
		if got, want := regexp.MustCompile(expression).MatchString(path), doublestar.MatchUnvalidated(pattern, path); got != want {
			t.Errorf("%q fits %q: %v by %s, %v by doublestar", path, pattern, got, expression, want)
		}
	})
}

func TestPathPatternRefuses(t *testing.T) {
	for _, pattern := range []string{"", "docs", "/a**", "/a/**/", "/**/**", "/{a,b}", "/[a]", "/a?", `/a\b`, "/$x", "/a b", "/a;", "/a\n", "/*/*/*/*/*", "**/*", "/a/**/*", "/*/**", "/a*/**", "/" + strings.Repeat("a", 200), "/é"} {
		if expression, err := PathPattern(pattern); err == nil {
			t.Errorf("%q becomes %s", pattern, expression)
		}
	}
}
