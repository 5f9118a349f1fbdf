package hugo

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// smallWords stay small within a title of the Associated Press, Hugo's default
// (titleCaseStyle "ap").
var smallWords = strings.Fields("a an and as at but by for in nor of on or so the to up yet")

var titleWord = regexp.MustCompile(`[\p{N}\p{L}]+[^\s/-]*`)

// Title makes a title of the name of a folder or a term, which has none of its own: the
// first letter of each word is large, but for small words within, unless a colon or a
// hyphen stands before them.
func Title(name string) string {
	var b strings.Builder
	at := 0
	for _, m := range titleWord.FindAllStringIndex(name, -1) {
		word, before, after := name[m[0]:m[1]], name[:m[0]], name[m[1]:]
		b.WriteString(name[at:m[0]])
		at = m[1]
		prev, gap := last(before), last(before[:max(len(before)-1, 0)])
		within := before != "" && after != "" && strings.IndexByte(" -/", prev) >= 0 && gap != ':' && gap != '-' && (after[0] != '-' || prev == '-')
		if lower := strings.ToLower(word); within && slices.Contains(smallWords, lower) {
			b.WriteString(lower)
			continue
		}
		r, size := utf8.DecodeRuneInString(word)
		b.WriteString(string(unicode.ToTitle(r)) + word[size:])
	}
	return b.String() + name[at:]
}

// last is the last byte of a text, 0 of none.
func last(text string) byte {
	if text == "" {
		return 0
	}
	return text[len(text)-1]
}

// Plural makes the plural of the name of a section, as English has it for the words
// that sections are called; rarer forms are left as they are.
func Plural(name string) string {
	lower := strings.ToLower(name)
	before := byte(0)
	if len(lower) > 1 {
		before = lower[len(lower)-2]
	}
	switch {
	case lower == "" || strings.HasSuffix(lower, "s") || slices.Contains([]string{"news", "about", "information", "equipment", "people", "research", "media", "data"}, lower):
		return name
	case strings.HasSuffix(lower, "y") && !strings.ContainsRune("aeiou", rune(before)):
		return name[:len(name)-1] + "ies"
	case strings.HasSuffix(lower, "x"), strings.HasSuffix(lower, "ch"), strings.HasSuffix(lower, "sh"), strings.HasSuffix(lower, "z"):
		return name + "es"
	case lower[len(lower)-1] >= 0x80 || !unicode.IsLetter(rune(lower[len(lower)-1])):
		return name
	}
	return name + "s"
}
