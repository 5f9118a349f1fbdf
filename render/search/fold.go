package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// letters that have no decomposition, as people type them.
var letters = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ı", "i", "ς", "σ")

// fold is a word in the form in which it is compared.
func fold(word string) string {
	ascii := true
	for i := range len(word) {
		ascii = ascii && word[i] < utf8.RuneSelf
	}
	if ascii {
		return strings.ToLower(word)
	}
	bare := strings.Map(func(r rune) rune {
		if r >= 0x300 && r <= 0x36f {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(word))
	return letters.Replace(norm.NFC.String(bare))
}

// stem takes the commonest endings off an English word of four ASCII letters or more.
// What is left need not be a word: "use" and "using" differ, "generate" and "generated"
// are both "generat". It is harmless in other languages, for it does the same to the
// query.
func stem(word string) string {
	if len(word) < 4 || strings.ContainsFunc(word, func(r rune) bool { return r < 'a' || r > 'z' }) {
		return word
	}
	switch {
	case strings.HasSuffix(word, "ies"):
		word = word[:len(word)-3] + "y"
	case strings.HasSuffix(word, "s") && !strings.HasSuffix(word, "ss") && !strings.HasSuffix(word, "us"):
		word = word[:len(word)-1]
	}
	for _, ending := range []string{"ing", "ed"} {
		rest, ok := strings.CutSuffix(word, ending)
		if !ok || len(rest) < 4 && ending == "ed" || len(rest) < 3 || !strings.ContainsAny(rest, "aeiouy") || rest[len(rest)-1] == 'e' {
			continue
		}
		if n := len(rest); n > 3 && rest[n-1] == rest[n-2] && strings.IndexByte("bdgmnprt", rest[n-1]) >= 0 {
			rest = rest[:n-1]
		}
		word = rest
		break
	}
	if len(word) > 3 {
		word = strings.TrimSuffix(word, "e")
	}
	return word
}

// isWord tells the characters of words.
func isWord(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)
}

// spaceless tells the characters of scripts that write no spaces between words.
func spaceless(r rune) bool {
	switch {
	case r < 0xe00:
		return false
	case r < 0xf00, r >= 0x1000 && r < 0x10a0, r >= 0x1780 && r < 0x1800:
		return true
	case r == 0x3005, r >= 0x3040 && r < 0x3100, r >= 0x3400 && r < 0x4dc0, r >= 0x4e00 && r < 0xa000, r >= 0xf900 && r < 0xfb00:
		return true
	}
	return r >= 0x20000 && r < 0x40000
}

// eachTerm gives the terms of one word as it was written.
func eachTerm(word string, yield func(term string)) {
	folded := fold(word)
	for len(folded) > 0 {
		r, size := utf8.DecodeRuneInString(folded)
		if !isWord(r) { // a decomposition may bring in other signs
			folded = folded[size:]
			continue
		}
		end := size
		for end < len(folded) {
			next, n := utf8.DecodeRuneInString(folded[end:])
			if !isWord(next) || spaceless(next) != spaceless(r) {
				break
			}
			end += n
		}
		run := folded[:end]
		folded = folded[end:]
		if !spaceless(r) {
			yield(stem(run))
			continue
		}
		for len(run) > 0 {
			_, one := utf8.DecodeRuneInString(run)
			_, two := utf8.DecodeRuneInString(run[one:])
			yield(run[:one+two]) // at the end that is the last character alone
			run = run[one:]
		}
	}
}

// parts are the words of a name such as WithTimeout or HTTPServer, at least three
// letters each; none of a plain word.
func parts(word string) (list []string) {
	lower := func(i int) bool { return i < len(word) && word[i] >= 'a' && word[i] <= 'z' }
	upper := func(i int) bool { return i < len(word) && word[i] >= 'A' && word[i] <= 'Z' }
	start := 0
	for i := 1; i < len(word); i++ {
		if upper(i) && (lower(i-1) || upper(i-1) && lower(i+1)) {
			list = append(list, word[start:i])
			start = i
		}
	}
	if start == 0 {
		return nil
	}
	list = append(list, word[start:])
	long := list[:0]
	for _, part := range list {
		if len(part) >= 3 {
			long = append(long, part)
		}
	}
	return long
}

// Hash is FNV-1a of 32 bits over characters in place of bytes, mixed once more so that
// its highest bits are good ones.
func Hash(text string) uint32 {
	h := uint32(2166136261)
	for _, r := range text {
		h = (h ^ uint32(r)) * 16777619
	}
	h = (h ^ h>>15) * 0x2c1b3c6d
	return h ^ h>>12
}

// fileHash is [Hash] of the beginning of a term.
func fileHash(term string) uint32 {
	if len(term) > 4 && term[0]|term[1]|term[2]|term[3] < utf8.RuneSelf {
		return Hash(term[:4])
	}
	return Hash(beginning(term))
}

// beginning is the part of a term that says in which file it is.
func beginning(term string) string {
	n := 0
	for i, r := range term {
		if n == 4 {
			return term[:i]
		}
		if n++; spaceless(r) {
			return term[:i+utf8.RuneLen(r)]
		}
	}
	return term
}
