package content

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Queries say which query strings name a page. Crawler, release and gate share
// them; whatever query they do not know stays with the app. The zero Queries
// know none.
type Queries struct {
	Rules []QueryRule
	// Ignore are names of parameters that never change a page, such as those of
	// advertisements: a name, or the start of one followed by "*". A query of
	// nothing else asks for the page without a query.
	Ignore []string
}

// A QueryRule declares pages that differ in one numbered parameter: param=1 to
// param=max, without leading zeros, and without any other parameter beside it.
type QueryRule struct {
	Path  string // doublestar glob on the decoded path: "/category/*"
	Param string // [A-Za-z0-9_.~-], at most 32 of them
	Max   int    // the highest number, from 1 to 99999
}

// DefaultIgnore are the parameters that advertisements and newsletters add to
// every link.
func DefaultIgnore() []string { return []string{"utm_*", "gclid", "fbclid"} }

// A QueryError is a query rule, or an ignored parameter, that cannot be used.
type QueryError struct{ Value, Reason string }

func (e *QueryError) Error() string { return fmt.Sprintf("use query %q: %s", e.Value, e.Reason) }

const (
	maxParamNumber = 99999
	// maxIgnoredValue bounds the value of an ignored parameter. Those of
	// advertisements have at most some 150 bytes.
	maxIgnoredValue = 500
	// maxIgnoredSuffix bounds what "*" stands for.
	maxIgnoredSuffix = 40
)

var (
	paramName   = regexp.MustCompile(`\A[A-Za-z0-9_.~-]{1,32}\z`)
	ignoredName = regexp.MustCompile(`\A[A-Za-z0-9_.~-]{1,32}\*?\z`)
)

// Check finds what cannot be used. The error is a *[QueryError].
func (q Queries) Check() error {
	for _, name := range q.Ignore {
		if !ignoredName.MatchString(name) {
			return &QueryError{name, "must be 1 to 32 of A-Z, a-z, 0-9, _, ., ~ and -, maybe with * at the end"}
		}
	}
	for _, r := range q.Rules {
		switch {
		case !paramName.MatchString(r.Param):
			return &QueryError{r.Param, "must be the name of a parameter: 1 to 32 of A-Z, a-z, 0-9, _, ., ~ and -"}
		case r.Max < 1 || r.Max > maxParamNumber:
			return &QueryError{r.Param, fmt.Sprintf("has the highest number %d, which is not from 1 to %d", r.Max, maxParamNumber)}
		case !doublestar.ValidatePattern(r.Path) || !strings.HasPrefix(r.Path, "/") && !strings.HasPrefix(r.Path, "**"):
			return &QueryError{r.Param, fmt.Sprintf("has the path %q, which is no pattern such as /category/*", r.Path)}
		case q.ignores(r.Param):
			return &QueryError{r.Param, "is both declared and ignored"}
		}
	}
	return nil
}

// Match returns the variant that a raw query asks for, if the rule declares it
// for this path.
func (r QueryRule) Match(p Path, query string) (variant string, ok bool) {
	number, ok := strings.CutPrefix(query, r.Param+"=")
	if !ok || number == "" || len(number) > len(strconv.Itoa(maxParamNumber)) || number[0] == '0' || strings.Trim(number, "0123456789") != "" {
		return "", false
	}
	if n, err := strconv.Atoi(number); err != nil || n > r.Max {
		return "", false
	}
	return query, doublestar.MatchUnvalidated(r.Path, p.decoded)
}

// Variant returns what a raw query asks for at a path: "" for the page without
// a query, or the variant of a rule. It is not ok if the query stays with the app.
func (q Queries) Variant(p Path, query string) (variant string, ok bool) {
	if query == "" || q.Ignored(query) {
		return "", true
	}
	for _, r := range q.Rules {
		if variant, ok := r.Match(p, query); ok {
			return variant, true
		}
	}
	return "", false
}

// Ignored reports whether a raw query has ignored parameters and nothing else.
// Each must have a "=", and a value of at most 500 bytes.
func (q Queries) Ignored(query string) bool {
	for parameter := range strings.SplitSeq(query, "&") {
		name, value, ok := strings.Cut(parameter, "=")
		if !ok || len(value) > maxIgnoredValue || !q.ignores(name) {
			return false
		}
	}
	return true
}

func (q Queries) ignores(name string) bool {
	return slices.ContainsFunc(q.Ignore, func(pattern string) bool {
		prefix, open := strings.CutSuffix(pattern, "*")
		if !open {
			return name == pattern
		}
		rest, ok := strings.CutPrefix(name, prefix)
		return ok && len(rest) <= maxIgnoredSuffix && (rest == "" || strings.Trim(rest, paramBytes) == "")
	})
}

const paramBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.~-"

// Patterns are regular expressions (PCRE), each of a whole query, for a program
// that decides by the query alone: one for each declared parameter, with as many
// digits as its highest number, and one for all that is ignored, "" if nothing
// is. They go through a query once: no part can match in two ways.
func (q Queries) Patterns() (declared []string, ignored string) {
	digits := map[string]int{}
	for _, r := range q.Rules {
		digits[r.Param] = max(digits[r.Param], len(strconv.Itoa(r.Max)))
	}
	for param, n := range digits {
		declared = append(declared, fmt.Sprintf("^%s=[1-9][0-9]{0,%d}$", regexp.QuoteMeta(param), n-1))
	}
	slices.Sort(declared)
	if len(q.Ignore) == 0 {
		return declared, ""
	}
	var names []string
	for _, pattern := range slices.Compact(slices.Sorted(slices.Values(q.Ignore))) {
		name, open := strings.CutSuffix(pattern, "*")
		name = regexp.QuoteMeta(name)
		if open {
			name += fmt.Sprintf("[A-Za-z0-9_.~-]{0,%d}", maxIgnoredSuffix)
		}
		names = append(names, name)
	}
	one := fmt.Sprintf("(?:%s)=[^&]{0,%d}", strings.Join(names, "|"), maxIgnoredValue)
	return declared, "^" + one + "(?:&" + one + ")*$"
}

// CacheBusterPattern is the regular expression of a query that looks as if it
// only made browsers fetch an asset anew when it changes: one of the parameters
// that build tools and content systems use for that, or a value with a digit
// alone. A width, a format or a token is none.
const CacheBusterPattern = "^(?:(?:_|build|cb|hash|mtime|rev|t|ts|v|ver|version)=[A-Za-z0-9_.~-]{1,64}|[A-Za-z_.~-]{0,32}[0-9][A-Za-z0-9_.~-]{0,63})$"

var cacheBuster = regexp.MustCompile(CacheBusterPattern)

// CacheBuster reports whether a raw query fits [CacheBusterPattern]: "ver=6.1",
// "v=3f9a1c2b", "1699999999". Whether the asset is the same with and without it,
// only a comparison tells.
func CacheBuster(query string) bool { return cacheBuster.MatchString(query) }
