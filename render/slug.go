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

// signs are the words for those that no URL keeps.
var signs = map[rune]string{
	'!': "exclamation", '"': "quote", '$': "dollar", '%': "percent", '&': "and", '\'': "apostrophe", '(': "parenthesis", ')': "closing-parenthesis",
	'*': "asterisk", ',': "comma", '-': "hyphen", '.': "dot", ':': "colon", ';': "semicolon", '<': "less", '=': "equals", '>': "greater", '?': "question",
	'@': "at", '[': "bracket", '\\': "backslash", ']': "closing-bracket", '^': "caret", '`': "backtick", '{': "brace", '|': "bar", '}': "closing-brace",
}

// spellOut is the slug of a name that has nothing but signs: "comma-sign" for ",",
// for a text about another comma may lie beside it; "" if there is no word for any.
func spellOut(name string) string {
	var words []string
	for _, r := range name {
		if word, ok := signs[r]; ok {
			words = append(words, word)
		}
	}
	if len(words) == 0 {
		return ""
	}
	return strings.Join(append(words, "sign"), "-")
}
