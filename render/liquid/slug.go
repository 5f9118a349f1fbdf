package liquid

import (
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"
)

var slugBreaks = map[string]*regexp.Regexp{
	"raw": regexp.MustCompile(`\s+`), "default": regexp.MustCompile(`[^\p{M}\p{L}\p{Nd}]+`),
	"pretty": regexp.MustCompile(`[^\p{M}\p{L}\p{Nd}._~!$&'()+,;=@]+`), "ascii": regexp.MustCompile(`[^A-Za-z0-9]+`), "latin": regexp.MustCompile(`[^\p{M}\p{L}\p{Nd}]+`),
}

// Slugify makes a part of an address from a text by one of Jekyll's modes: "raw",
// "default" (also ""), "pretty", "ascii" or "latin". Another mode, as "none", only
// makes it small. Cased leaves capital letters.
func Slugify(text, mode string, cased bool) string {
	if mode == "" {
		mode = "default"
	}
	if mode == "latin" {
		text = withoutAccents(text)
	}
	if breaks := slugBreaks[mode]; breaks != nil {
		text = breaks.ReplaceAllString(text, "-")
		text = strings.TrimSuffix(strings.TrimPrefix(text, "-"), "-")
	}
	if !cased {
		text = strings.ToLower(text)
	}
	return text
}

// plainLetters stand for letters that are no others with accents.
var plainLetters = map[rune]string{
	'ß': "ss", 'æ': "ae", 'Æ': "AE", 'œ': "oe", 'Œ': "OE", 'ø': "o", 'Ø': "O", 'đ': "d", 'Đ': "D", 'ð': "d", 'Ð': "D", 'þ': "th", 'Þ': "Th", 'ħ': "h", 'Ħ': "H",
	'ı': "i", 'ĳ': "ij", 'Ĳ': "IJ", 'ĸ': "k", 'ł': "l", 'Ł': "L", 'ŀ': "l", 'Ŀ': "L", 'ŉ': "'n", 'ŋ': "ng", 'Ŋ': "NG", 'ŧ': "t", 'Ŧ': "T",
}

// withoutAccents takes the accents off Latin letters.
func withoutAccents(text string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(text) {
		switch plain := plainLetters[r]; {
		case r < 0x80:
			b.WriteRune(r)
		case r >= 0x300 && r <= 0x36f:
		case plain != "":
			b.WriteString(plain)
		default:
			b.WriteByte('?')
		}
	}
	return b.String()
}
