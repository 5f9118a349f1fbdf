package freeze

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/css"
)

// maybeCSS reads a style attribute or element, unless it plainly holds no
// reference, as nearly all do.
func (s *scan) maybeCSS(text []byte) {
	if bytes.Contains(text, []byte("url(")) || bytes.IndexByte(text, '@') >= 0 ||
		bytes.IndexByte(text, '\\') >= 0 || bytes.Contains(bytes.ToLower(text), []byte("url(")) {
		s.css(bytes.Clone(text))
	}
}

// css reads url() and @import. It may write to the byte behind text.
func (s *scan) css(text []byte) {
	input := parse.NewInputBytes(text)
	defer input.Restore()
	lexer := css.NewLexer(input)
	imports := false
	for {
		kind, data := lexer.Next()
		switch kind {
		case css.ErrorToken:
			return
		case css.AtKeywordToken:
			imports = bytes.EqualFold(data, []byte("@import"))
			continue
		case css.URLToken:
			kind := AssetLink
			if imports {
				kind = StyleLink
			}
			s.add(unescapeCSS(unquoteURL(data)), kind)
		case css.StringToken:
			if imports {
				s.add(unescapeCSS(unquote(data)), StyleLink)
			}
		case css.WhitespaceToken, css.CommentToken:
			continue
		}
		imports = false
	}
}

// unquoteURL is the inside of url(x), url("x") or url('x').
func unquoteURL(token []byte) []byte {
	_, inside, _ := bytes.Cut(token, []byte("("))
	return unquote(trimSpace(bytes.TrimSuffix(inside, []byte(")"))))
}

// unquote takes the quotes off a string.
func unquote(v []byte) []byte {
	if len(v) == 0 || v[0] != '"' && v[0] != '\'' {
		return v
	}
	if n := len(v); n > 1 && v[n-1] == v[0] {
		return v[1 : n-1]
	}
	return v[1:]
}

// unescapeCSS decodes backslashes (CSS Syntax 4.3.7).
func unescapeCSS(b []byte) []byte {
	if bytes.IndexByte(b, '\\') < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' || i+1 == len(b) {
			out = append(out, b[i])
			continue
		}
		end := i + 1
		for end < len(b) && end < i+7 && isHex(b[end]) {
			end++
		}
		if end == i+1 {
			i++
			if b[i] != '\n' { // an escaped line end joins the lines
				out = append(out, b[i])
			}
			continue
		}
		code, _ := strconv.ParseUint(string(b[i+1:end]), 16, 32)
		out = utf8.AppendRune(out, rune(code))
		if end < len(b) && b[end] <= ' ' {
			end++
		}
		i = end - 1
	}
	return out
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// cssCharset is the charset of an @charset rule, which must be the first bytes.
func cssCharset(body []byte) string {
	if rest, ok := bytes.CutPrefix(body, []byte(`@charset "`)); ok {
		if name, _, ok := bytes.Cut(rest, []byte(`"`)); ok {
			return string(name)
		}
	}
	return ""
}
