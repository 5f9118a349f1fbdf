package hugo

import (
	"strings"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// A Path says how names become parts of URLs (disablePathToLower and
// removePathAccents of the configuration).
type Path struct {
	KeepCase, RemoveAccents bool
}

// FileName is a name of the folder as paths have it: lower case, a hyphen for each
// space. A name is taken so before it is sanitized, and so is a term.
func (p Path) FileName(name string) string {
	if p.KeepCase {
		return name
	}
	return strings.ReplaceAll(strings.ToLower(name), " ", "-")
}

// Sanitize makes a part of a URL from a text: letters, digits, marks and "./\_#+~-@"
// stay, and "%" before two hexadecimal digits; a hyphen stands for space between
// what stays; the rest goes.
func (p Path) Sanitize(text string) string {
	text = sanitize(text)
	if p.RemoveAccents {
		text = removeAccents(text)
	}
	if !p.KeepCase {
		text = strings.ToLower(text)
	}
	return text
}

func sanitize(text string) string {
	var b strings.Builder
	gap, hyphen := false, false
	for i, r := range text {
		switch {
		case staysInPath(text, i, r):
			hyphen = r == '-'
			if gap && !hyphen {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
		case b.Len() > 0 && !hyphen && unicode.IsSpace(r):
			gap = true
		}
	}
	return b.String()
}

func staysInPath(text string, i int, r rune) bool {
	if r == '%' {
		return i+2 < len(text) && isHex(text[i+1]) && isHex(text[i+2])
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune(`./\_#+~-@`, r)
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func removeAccents(text string) string {
	out, _, err := transform.String(transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)), norm.NFC), text)
	if err != nil {
		return text
	}
	return out
}

// AnchorTypes are the values of markup.goldmark.parser.autoHeadingIDType (before
// 0.144: autoIDType).
const (
	AnchorGitHub      = "github"
	AnchorGitHubASCII = "github-ascii"
	AnchorBlackfriday = "blackfriday"
)

// Anchor makes the id of a heading from its text, "heading" of nothing.
func Anchor(text, kind string) string {
	var b strings.Builder
	if kind == AnchorBlackfriday {
		gap := false
		for _, r := range text {
			if !unicode.IsLetter(r) && !unicode.IsNumber(r) {
				gap = b.Len() > 0
				continue
			}
			if gap {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(unicode.ToLower(r))
		}
	} else {
		if kind == AnchorGitHubASCII {
			text = removeAccents(text)
		}
		for _, r := range strings.TrimSpace(text) {
			switch {
			case kind == AnchorGitHubASCII && r >= 0x80:
			case r == '-', r == ' ':
				b.WriteByte('-')
			case r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
				b.WriteRune(unicode.ToLower(r))
			}
		}
	}
	if b.Len() == 0 {
		return "heading"
	}
	return b.String()
}
