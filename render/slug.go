package render

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// slugify makes one segment of a URL from a name or a title, as Hugo does: lower
// case, letters and digits of any script, hyphens for spaces. "C++" stays "c++",
// and "C#" is "c-sharp", because a URL cannot hold the other sign.
func slugify(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFC.String(strings.ReplaceAll(name, "#", "-sharp")) {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r), strings.ContainsRune("_.+~", r):
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(unicode.ToLower(r))
		case unicode.IsSpace(r), r == '-', r == '/', r == '–', r == '—':
			gap = true
		}
	}
	return strings.TrimLeft(b.String(), ".")
}
