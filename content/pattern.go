package content

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

const (
	maxPatternStars = 4
	maxPatternBytes = 200
)

var patternText = regexp.MustCompile(`\A(?:\*\*)?/[A-Za-z0-9._~/@+,=*-]*\z`)

// PathPattern turns a pattern of decoded paths into a regular expression that
// means the same to Go and to PCRE: "*" stands for anything but a slash, "**" as
// a whole segment for any number of segments, also none, as in doublestar. Fewer
// signs are allowed than there, for the expression is tried at each request: at
// most four stars, and 200 bytes.
func PathPattern(pattern string) (expression string, err error) {
	refuse := func(reason string) (string, error) { return "", fmt.Errorf("use pattern %q: %s", pattern, reason) }
	if !patternText.MatchString(pattern) || len(pattern) > maxPatternBytes {
		return refuse("must be a path such as /docs/** with at most 200 of A-Z, a-z, 0-9 and . _ ~ / @ + , = * -")
	}
	segments, stars := strings.Split(strings.TrimPrefix(pattern, "/"), "/"), 0
	var b strings.Builder
	b.WriteString("^")
	for i, segment := range segments {
		if segment == "**" {
			if i+1 < len(segments) && (segments[i+1] == "" || segments[i+1] == "**") {
				return refuse("has a slash or ** after **")
			}
			// Whether "*" beside "**" may stand for nothing depends in doublestar on what
			// follows: "/a*/**" does not fit /a, while "/a/**" does.
			if i > 0 && strings.HasSuffix(segments[i-1], "*") || i+1 < len(segments) && segments[i+1] == "*" {
				return refuse("has * beside **")
			}
			b.WriteString(`(?:/.*)?`)
			stars++
			continue
		}
		if strings.Contains(segment, "**") {
			return refuse("has ** beside other signs of a segment")
		}
		stars += strings.Count(segment, "*")
		b.WriteString("/" + strings.ReplaceAll(regexp.QuoteMeta(segment), `\*`, "[^/]*"))
	}
	if stars > maxPatternStars {
		return refuse("has more than four stars")
	}
	return b.String() + "$", nil
}

// Fits reports whether the header is for the page of a decoded path.
func (h Header) Fits(decoded string) bool {
	return h.Path == "" || doublestar.MatchUnvalidated(h.Path, decoded)
}
