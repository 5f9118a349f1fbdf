package hugo

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// smallWords stay small within a title of the Associated Press, Hugo's default
// (titleCaseStyle "ap").
var smallWords = strings.Fields("a an and as at but by for in nor of on or so the to up yet")

// Title makes a title of the name of a folder or a term, which has none of its own.
func Title(name string) string {
	words := strings.Split(name, " ")
	for i, word := range words {
		if i > 0 && i+1 < len(words) && slices.Contains(smallWords, strings.ToLower(word)) {
			words[i] = strings.ToLower(word)
			continue
		}
		parts := strings.Split(word, "-")
		for j, part := range parts {
			if r, size := utf8.DecodeRuneInString(part); size > 0 {
				parts[j] = string(unicode.ToUpper(r)) + part[size:]
			}
		}
		words[i] = strings.Join(parts, "-")
	}
	return strings.Join(words, " ")
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
