package freeze

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

const (
	// maxMasks and maxPattern bound what the operator gives; RE2 bounds the time.
	maxMasks, maxPattern = 50, 500
	// maxMasked is the most that one mask hides in one place: a line that tells
	// the time, not a part of a page.
	maxMasked = 200
)

// A Mask says which differences between two fetches of one page are noise, such
// as the time that a page took. It serves the comparison alone; what is frozen
// are the bytes of the first fetch. A nil Mask hides nothing.
type Mask struct{ pattern *regexp.Regexp }

// ParseMask joins regular expressions (RE2) to one mask. It refuses, with a
// *[ConfigError], an expression that would also hide a token against forged
// requests or a nonce, and one that matches nothing or more than 200 bytes.
func ParseMask(patterns []string) (*Mask, error) {
	if len(patterns) == 0 {
		return nil, nil
	}
	refuse := func(pattern, reason, hint string) (*Mask, error) {
		return nil, &ConfigError{"Mask", pattern, reason, hint}
	}
	if len(patterns) > maxMasks {
		return refuse(patterns[maxMasks], fmt.Sprintf("is one of more than %d", maxMasks), "join some of them")
	}
	joined := make([]string, len(patterns))
	for i, pattern := range patterns {
		single, err := regexp.Compile(pattern)
		switch {
		case len(pattern) > maxPattern:
			return refuse(pattern[:40]+"...", fmt.Sprintf("is longer than %d bytes", maxPattern), "")
		case err != nil:
			return refuse(pattern, "is no regular expression: "+strings.TrimPrefix(err.Error(), "error parsing regexp: "), "the syntax is RE2's: no look-around, no backreferences")
		case single.MatchString(""):
			return refuse(pattern, "matches where there is nothing", "name the words around the noise: '<!-- generated in [0-9.]+ ms -->'")
		}
		for _, page := range unmasked {
			hidden := single.FindStringIndex(page)
			switch {
			case hidden == nil:
			case hidden[1]-hidden[0] > maxMasked:
				return refuse(pattern, fmt.Sprintf("hides more than %d bytes", maxMasked), "end it with what stands behind the noise")
			default:
				return refuse(pattern, "also hides a token: "+page[hidden[0]:hidden[1]]+" in "+page, "name the words around the noise: '<!-- generated in [0-9.]+ ms -->'")
			}
		}
		joined[i] = "(?:" + pattern + ")"
	}
	pattern, err := regexp.Compile(strings.Join(joined, "|"))
	if err != nil {
		return refuse(strings.Join(patterns, " "), "cannot be joined with the others: "+err.Error(), "")
	}
	return &Mask{pattern}, nil
}

// unmasked are texts of which no mask may hide a part. The long one finds what
// has no end.
var unmasked = []string{
	`<meta name="csrf-token" content="kQ3vXz7YbLd0aPw9">`,
	`<meta content="kQ3vXz7YbLd0aPw9" name="csrf-token" />`,
	`<input type="hidden" name="csrfmiddlewaretoken" value="kQ3vXz7YbLd0aPw9">`,
	`<input type="hidden" name="authenticity_token" value="x-3+A/9==" autocomplete="off" />`,
	`<input name="__RequestVerificationToken" type="hidden" value="CfDJ8" />`,
	`<input type="hidden" name="_token" value="0a1b2c3d4e5f">`,
	`<input type="hidden" id="_wpnonce" name="_wpnonce" value="0a1b2c3d4e" />`,
	`<input type="hidden" name="form_build_id" value="form-0a1b2c3d4e" />`,
	`<script nonce="cjRuZDBt">`,
	`<script>var settings = {"nonce":"0a1b2c3d4e","csrfToken":"a1.b2"}</script>`,
	`<a href="/cart;jsessionid=0123456789ABCDEF">`,
	strings.Repeat("lorem ipsum 0123456789, ", 20),
	strings.Repeat("0123456789abcdef", 20) + "\n" + strings.Repeat("9", 300),
	"<p>\n" + strings.Repeat("a line\n", 60) + "</p>",
}

// hides are the places of body that do not count.
func (m *Mask) hides(body []byte) [][]int {
	if m == nil {
		return nil
	}
	var places [][]int
	for _, p := range m.pattern.FindAllIndex(body, -1) {
		if text := body[p[0]:p[1]]; len(text) <= maxMasked && !mentionsToken(text) {
			places = append(places, p)
		}
	}
	return places
}

// mentionsToken finds the name of a token in a text.
func mentionsToken(text []byte) bool {
	text = bytes.ToLower(text)
	for _, word := range append([]string{"csrf", "xsrf", "nonce"}, tokenNames...) {
		if bytes.Contains(text, []byte(word)) {
			return true
		}
	}
	return false
}

// difference compares two bodies but for what the mask hides, and returns where
// they part; equal is true where they do not. Nothing is copied.
func (m *Mask) difference(a, b []byte) (inA, inB int, equal bool) {
	if bytes.Equal(a, b) {
		return 0, 0, true
	}
	hiddenA, hiddenB := m.hides(a), m.hides(b)
	for i := 0; ; i++ {
		endA, nextA := piece(a, hiddenA, i)
		endB, nextB := piece(b, hiddenB, i)
		n := common(a[inA:endA], b[inB:endB])
		switch {
		case inA+n < endA || inB+n < endB || i < len(hiddenA) != (i < len(hiddenB)):
			return inA + n, inB + n, false
		case i == len(hiddenA):
			return 0, 0, true
		}
		inA, inB = nextA, nextB
	}
}

// piece is the end of the i-th piece between hidden places, and the beginning of
// the next.
func piece(body []byte, hidden [][]int, i int) (end, next int) {
	if i < len(hidden) {
		return hidden[i][0], hidden[i][1]
	}
	return len(body), len(body)
}

// common is the length of what a and b begin with alike.
func common(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
