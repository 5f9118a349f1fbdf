package hugo

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Words that stay small within a title: by the Associated Press (titleCaseStyle "ap",
// the default), and those that the Chicago Manual of Style has besides.
var (
	smallWords   = strings.Fields("a an and as at but by en for if in nor of on or per the to vs vs. via v v.")
	prepositions = strings.Fields("with from into during including until against among throughout despite towards upon concerning about over through before between after since without under within along following across beyond around down near above")
)

// Title makes a title of the name of a folder or a term, which has none of its own, in
// one of the styles of titleCaseStyle; an unknown one is "ap".
func Title(name, style string) string {
	small := smallWords
	switch strings.ToLower(style) {
	case "none":
		return name
	case "firstupper":
		return capital(name)
	case "go":
		small = nil
	case "chicago":
		small = slices.Concat(smallWords, prepositions)
	}
	var b strings.Builder
	for at := 0; at < len(name); {
		r, size := utf8.DecodeRuneInString(name[at:])
		if !unicode.IsLetter(r) && !unicode.IsNumber(r) {
			b.WriteString(name[at : at+size])
			at += size
			continue
		}
		end := len(name)
		if n := strings.IndexFunc(name[at:], func(r rune) bool { return r == '-' || r == '/' || unicode.IsSpace(r) }); n >= 0 {
			end = at + n
		}
		word := capital(name[at:end])
		if lower := strings.ToLower(word); slices.Contains(small, lower) && staysSmall(name, at, end) {
			word = lower
		}
		b.WriteString(word)
		at = end
	}
	return b.String()
}

// staysSmall reports whether a small word may stay so where it stands: within the
// title, and not at the beginning of a part of it.
func staysSmall(name string, at, end int) bool {
	if at == 0 || end == len(name) || !strings.ContainsRune(" -/", rune(name[at-1])) {
		return false
	}
	if at > 1 && (name[at-2] == ':' || name[at-2] == '-') {
		return false
	}
	return name[end] != '-' || name[at-1] == '-'
}

func capital(word string) string {
	r, size := utf8.DecodeRuneInString(word)
	if size == 0 {
		return word
	}
	return string(unicode.ToTitle(r)) + word[size:]
}

// Nouns whose plural follows no rule, and those that have none.
var (
	irregular = map[string]string{
		"man": "men", "woman": "women", "child": "children", "person": "people", "foot": "feet", "tooth": "teeth", "goose": "geese", "mouse": "mice", "ox": "oxen",
		"datum": "data", "medium": "media", "index": "indices", "vertex": "vertices", "matrix": "matrices", "appendix": "appendices", "syllabus": "syllabi", "alumnus": "alumni",
		"quiz": "quizzes", "hero": "heroes", "potato": "potatoes", "tomato": "tomatoes", "echo": "echoes", "video": "videoes",
		"life": "lives", "wife": "wives", "knife": "knives", "leaf": "leaves", "loaf": "loaves", "half": "halves", "calf": "calves", "self": "selves", "shelf": "shelves", "wolf": "wolves", "thief": "thieves",
	}
	uncounted = strings.Fields("news information equipment people media data criteria alumni money fish sheep deer series species rice")
)

// Plural makes the plural of the name of a section, as English has it.
func Plural(name string) string {
	start := strings.LastIndexAny(name, "-_ ") + 1
	last := strings.ToLower(name[start:])
	before, size := utf8.DecodeLastRuneInString(strings.TrimSuffix(last, "y"))
	switch {
	case last == "" || slices.Contains(uncounted, last):
		return name
	case irregular[last] != "":
		return name[:start] + name[start:start+1] + irregular[last][1:]
	case strings.HasSuffix(last, "y") && size > 0 && !strings.ContainsRune("aeiou", before):
		return name[:len(name)-1] + "ies"
	case strings.HasSuffix(last, "is"):
		return name[:len(name)-2] + "es"
	case hasAnySuffix(last, "ss", "us", "x", "ch", "sh", "z"):
		return name + "es"
	case strings.HasSuffix(last, "s"):
		return name
	}
	return name + "s"
}

func hasAnySuffix(text string, endings ...string) bool {
	return slices.ContainsFunc(endings, func(ending string) bool { return strings.HasSuffix(text, ending) })
}
