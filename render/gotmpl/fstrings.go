package gotmpl

import (
	"encoding/base64"
	"fmt"
	"html"
	"html/template"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// stringFunctions work on texts.
func (r *run) stringFunctions() []function {
	one := func(do func(string) string) func(any) string { return func(v any) string { return do(text(v)) } }
	two := func(do func(a, b string) string) func(a, b any) string {
		return func(a, b any) string { return do(text(a), text(b)) }
	}
	asks := func(do func(a, b string) bool) func(a, b any) bool {
		return func(a, b any) bool { return do(text(a), text(b)) }
	}
	return []function{
		{"strings.ToLower", "lower", one(strings.ToLower), false},
		{"strings.ToUpper", "upper", one(strings.ToUpper), false},
		{"strings.Title", "title", one(r.title), false},
		{"strings.FirstUpper", "", one(firstUpper), false},
		{"strings.Chomp", "chomp", one(func(s string) string { return strings.TrimRight(s, "\r\n") }), false},
		{"strings.TrimSpace", "", one(strings.TrimSpace), false},
		{"strings.Trim", "trim", two(strings.Trim), false},
		{"strings.TrimLeft", "", two(func(cut, s string) string { return strings.TrimLeft(s, cut) }), false},
		{"strings.TrimRight", "", two(func(cut, s string) string { return strings.TrimRight(s, cut) }), false},
		{"strings.TrimPrefix", "", two(func(prefix, s string) string { return strings.TrimPrefix(s, prefix) }), false},
		{"strings.TrimSuffix", "", two(func(suffix, s string) string { return strings.TrimSuffix(s, suffix) }), false},
		{"strings.HasPrefix", "hasPrefix", asks(strings.HasPrefix), false},
		{"strings.HasSuffix", "hasSuffix", asks(strings.HasSuffix), false},
		{"strings.Contains", "", asks(strings.Contains), false},
		{"strings.ContainsAny", "", asks(strings.ContainsAny), false},
		{"strings.ContainsNonSpace", "", func(v any) bool { return strings.TrimSpace(text(v)) != "" }, false},
		{"strings.Count", "", func(part, s any) int { return strings.Count(text(s), text(part)) }, false},
		{"strings.CountWords", "countwords", func(v any) int { return len(strings.Fields(plainify(text(v)))) }, false},
		{"strings.RuneCount", "", func(v any) int { return utf8.RuneCountInString(text(v)) }, false},
		{"strings.CountRunes", "countrunes", func(v any) int { return len([]rune(strings.Join(strings.Fields(plainify(text(v))), ""))) }, false},
		{"strings.Repeat", "", repeat, false},
		{"strings.Replace", "replace", replace, false},
		{"strings.ReplaceRE", "replaceRE", r.replaceRE, false},
		{"strings.FindRE", "findRE", r.findRE, false},
		{"strings.FindRESubmatch", "findRESubmatch", r.findRESubmatch, false},
		{"strings.Split", "split", func(s, by any) []string { return strings.Split(text(s), text(by)) }, false},
		{"strings.Substr", "substr", substr, false},
		{"strings.SliceString", "slicestr", sliceString, false},
		{"strings.Truncate", "truncate", truncate, false},
		{"fmt.Print", "print", fmt.Sprint, true},
		{"fmt.Println", "println", fmt.Sprintln, true},
		{"fmt.Printf", "printf", printf, true},
		{"", "urlquery", one(url.QueryEscape), false},
		{"transform.Plainify", "plainify", one(plainify), false},
		{"transform.HTMLEscape", "htmlEscape", one(html.EscapeString), false},
		{"transform.HTMLUnescape", "htmlUnescape", one(html.UnescapeString), false},
		{"safe.HTML", "safeHTML", func(v any) template.HTML { return template.HTML(text(v)) }, false},
		{"safe.HTMLAttr", "safeHTMLAttr", func(v any) template.HTMLAttr { return template.HTMLAttr(text(v)) }, false},
		{"safe.CSS", "safeCSS", func(v any) template.CSS { return template.CSS(text(v)) }, false},
		{"safe.JS", "safeJS", func(v any) template.JS { return template.JS(text(v)) }, false},
		{"safe.JSStr", "safeJSStr", func(v any) template.JSStr { return template.JSStr(text(v)) }, false},
		{"safe.URL", "safeURL", func(v any) template.URL { return template.URL(text(v)) }, false},
		{"encoding.Base64Encode", "base64Encode", one(func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }), false},
		{"encoding.Base64Decode", "base64Decode", func(v any) (string, error) {
			data, err := base64.StdEncoding.DecodeString(text(v))
			return string(data), err
		}, false},
		{"urls.PathEscape", "", one(url.PathEscape), false},
		{"urls.PathUnescape", "", func(v any) (string, error) { return url.PathUnescape(text(v)) }, false},
		{"urls.URLize", "urlize", one(urlize), false},
		{"urls.Anchorize", "anchorize", one(anchorize), false},
		{"inflect.Humanize", "humanize", one(humanize), false},
	}
}

// odd are the verbs of a format that write more than people do.
var odd = regexp.MustCompile(`%[^%a-zA-Z]*([0-9]{4,}|\*)`)

func printf(format any, args ...any) (string, error) {
	f, longest := text(format), 0
	for _, arg := range args {
		longest = max(longest, 64*deepPrice(arg, MaxCost))
	}
	if odd.MatchString(f) || strings.Count(f, "%")*(longest+1000) > 8*MaxText {
		return "", errTooMuch
	}
	return fmt.Sprintf(f, args...), nil
}

func firstUpper(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

// title is a text with large first letters.
func (r *run) title(s string) string {
	if r.env.Title != nil {
		return r.env.Title(s)
	}
	words := strings.Split(s, " ")
	for i := range words {
		words[i] = firstUpper(words[i])
	}
	return strings.Join(words, " ")
}

// humanize is a name as people write it: "my-cool_page" is "My cool page".
func humanize(s string) string {
	return firstUpper(strings.NewReplacer("-", " ", "_", " ").Replace(s))
}

var tagPattern = regexp.MustCompile(`(?s)<!--.*?-->|<[^>]*>`)

// plainify takes the tags out of HTML.
func plainify(s string) string { return tagPattern.ReplaceAllString(s, "") }

func urlize(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(strings.TrimSpace(s)) {
		switch {
		case unicode.IsSpace(r):
			b.WriteByte('-')
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r), strings.ContainsRune(`./\_#+~-@`, r):
			b.WriteRune(r)
		}
	}
	return (&url.URL{Path: b.String()}).EscapedPath()
}

func anchorize(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(strings.TrimSpace(s)) {
		switch {
		case r == ' ' || r == '-':
			b.WriteByte('-')
		case r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

func repeat(n, s any) (string, error) {
	times, err := whole(n)
	if err != nil || times < 0 {
		return "", fmt.Errorf("%q is no number of times", text(n))
	}
	if times*max(len(text(s)), 1) > MaxText || times > MaxText {
		return "", errTooMuch
	}
	return strings.Repeat(text(s), times), nil
}

func replace(s, old, with any, limit ...any) (string, error) {
	n, err := optional(limit, -1)
	if err != nil {
		return "", err
	}
	count := strings.Count(text(s), text(old))
	if len(text(s))+count*len(text(with)) > MaxText {
		return "", errTooMuch
	}
	return strings.Replace(text(s), text(old), text(with), n), nil
}

// optional is a number that need not be given.
func optional(given []any, otherwise int) (int, error) {
	if len(given) == 0 {
		return otherwise, nil
	}
	return whole(given[0])
}

// maxPattern bounds regular expressions.
const maxPattern = 500

// pattern is an expression for a text, at the price of running it.
func (r *run) pattern(v, s any) (*regexp.Regexp, error) {
	if len(text(v)) > maxPattern {
		return nil, fmt.Errorf("a regular expression has more than %d bytes", maxPattern)
	}
	if err := r.spend(len(text(v)) * (len(text(s)) + 100) / 32); err != nil {
		return nil, err
	}
	return regexp.Compile(text(v))
}

// search is an expression to look for in s, and for how many matches, most if limit does
// not say.
func (r *run) search(expression, s any, limit []any, most int) (*regexp.Regexp, int, error) {
	re, err := r.pattern(expression, s)
	if err != nil {
		return nil, 0, err
	}
	n, err := optional(limit, most)
	return re, n, err
}

func (r *run) replaceRE(expression, with, s any, limit ...any) (string, error) {
	re, n, err := r.search(expression, s, limit, -1)
	if err != nil {
		return "", err
	}
	if (len(text(s))+1)*(len(text(with))+1) > 16*MaxText {
		return "", errTooMuch
	}
	return re.ReplaceAllStringFunc(text(s), func(match string) string {
		if n == 0 {
			return match
		}
		n--
		return re.ReplaceAllString(match, text(with))
	}), nil
}

func (r *run) findRE(expression, s any, limit ...any) ([]string, error) {
	re, n, err := r.search(expression, s, limit, MaxList)
	if err != nil {
		return nil, err
	}
	return re.FindAllString(text(s), n), nil
}

func (r *run) findRESubmatch(expression, s any, limit ...any) ([][]string, error) {
	re, n, err := r.search(expression, s, limit, MaxList)
	if err != nil {
		return nil, err
	}
	return re.FindAllStringSubmatch(text(s), n), nil
}

// substr is a part of a text by its letters: from a place, which may count from the
// end, and of a length, which may, too.
func substr(s any, numbers ...any) (string, error) {
	runes := []rune(text(s))
	start, length := 0, len(runes)
	var err error
	if len(numbers) > 0 {
		if start, err = whole(numbers[0]); err != nil {
			return "", err
		}
	}
	if len(numbers) > 1 {
		if length, err = whole(numbers[1]); err != nil {
			return "", err
		}
	}
	if start < 0 {
		start = max(start+len(runes), 0)
	}
	start = min(start, len(runes))
	end := len(runes)
	if length < 0 {
		end = max(len(runes)+length, start)
	} else if length < len(runes)-start {
		end = start + length
	}
	return string(runes[start:end]), nil
}

func sliceString(s any, numbers ...any) (string, error) {
	runes := []rune(text(s))
	start, end := 0, len(runes)
	for i, n := range numbers {
		at, err := whole(n)
		if err != nil {
			return "", err
		}
		if at < 0 || at > len(runes) {
			return "", fmt.Errorf("the text has no place %d", at)
		}
		if i == 0 {
			start = at
		} else {
			end = at
		}
	}
	return string(runes[start:max(start, end)]), nil
}

// truncate cuts a text at a word: truncate LENGTH ["…"] TEXT.
func truncate(length any, args ...any) (template.HTML, error) {
	n, err := whole(length)
	if err != nil || len(args) == 0 {
		return "", fmt.Errorf("truncate needs a length and a text")
	}
	end, s := " …", args[len(args)-1]
	if len(args) > 1 {
		end = text(args[0])
	}
	plain := plainify(text(s))
	if _, isHTML := s.(template.HTML); !isHTML {
		plain = text(s)
	}
	runes := []rune(plain)
	if len(runes) <= n || n < 0 {
		return template.HTML(html.EscapeString(plain)), nil
	}
	cut := n
	for cut > 0 && !unicode.IsSpace(runes[cut]) {
		cut--
	}
	if cut == 0 {
		cut = n
	}
	return template.HTML(html.EscapeString(strings.TrimRightFunc(string(runes[:cut]), unicode.IsSpace) + end)), nil
}

// relURL is a path of this site. What begins with a slash is one already.
func relURL(prefix, s string) string {
	if u, err := url.Parse(s); err == nil && (u.IsAbs() || strings.HasPrefix(s, "//")) || strings.HasPrefix(s, "/") || strings.HasPrefix(s, "#") {
		return s
	}
	return prefix + s
}

func absURL(site *Site, s string) string {
	if u, err := url.Parse(s); err == nil && (u.IsAbs() || strings.HasPrefix(s, "//")) {
		return s
	}
	origin := strings.TrimSuffix(strings.TrimSuffix(site.BaseURL, "/"), strings.TrimSuffix(site.Prefix, "/"))
	return origin + relURL(site.Prefix, s)
}
