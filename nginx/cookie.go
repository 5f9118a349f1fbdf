package nginx

import (
	"regexp"
	"slices"
	"strings"
)

// maxPattern keeps a map's regular expression far from NGINX's limit of 4096 bytes a word.
const maxPattern = 1500

// cookiePatterns turns cookie patterns into keys of a map of ";$http_cookie", in
// which NGINX has joined all Cookie lines with "; ". Every match starts with a
// semicolon, so that the expression need not be tried at each byte of a
// visitor's analytics cookies: with "^" for the first cookie it was. Many
// patterns make more than one key.
func cookiePatterns(cookies []string) []string {
	sorted := slices.Clone(cookies)
	slices.Sort(sorted)
	var keys, names []string
	size := 0
	flush := func() {
		if len(names) > 0 {
			keys = append(keys, `~;\s*(?:`+strings.Join(names, "|")+`)=`)
		}
		names, size = nil, 0
	}
	for _, cookie := range slices.Compact(sorted) {
		name, prefix := strings.CutSuffix(cookie, "*")
		name = regexp.QuoteMeta(name) // dots
		if prefix {
			name += "[^=;]*"
		}
		if size += len(name) + 1; size > maxPattern {
			flush()
			size = len(name) + 1
		}
		names = append(names, name)
	}
	flush()
	return keys
}
