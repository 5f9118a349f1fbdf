package freeze

import (
	"bytes"
	"strings"
)

// tokenNames are the names under which frameworks keep a token against forged
// requests, besides all that contain "csrf" or "xsrf" and those that end in
// "nonce": Rails, ASP.NET, Laravel, WordPress, Drupal, JSF.
var tokenNames = []string{
	"_token", "authenticity_token", "authenticitytoken", "__requestverificationtoken", "requestverificationtoken",
	"form_build_id", "form_token", "javax.faces.viewstate",
}

// isTokenName reports whether a field of this name holds such a token. Names of
// names, as in {"csrfHeaderName": "X-CSRF-Token"}, are none.
func isTokenName(name []byte) bool {
	const longest = 64
	if len(name) < len("csrf") || len(name) > longest {
		return false
	}
	lower := strings.ToLower(string(name))
	for _, suffix := range [...]string{"name", "header", "cookie", "param", "field", "url", "path"} {
		if strings.HasSuffix(lower, suffix) {
			return false
		}
	}
	if strings.Contains(lower, "csrf") || strings.Contains(lower, "xsrf") || strings.HasSuffix(lower, "nonce") {
		return true
	}
	for _, known := range tokenNames {
		if lower == known {
			return true
		}
	}
	return false
}

// tokenField notes a token in an attribute, a hidden field or a <meta>. An
// empty one is filled in by a script later and does no harm.
func (s *scan) tokenField(name, value []byte, where string) {
	if s.marks.csrf == "" && len(value) > 0 && isTokenName(name) {
		s.marks.csrf, s.marks.token = where+" "+string(name), value
	}
}

// script looks through JSON or an inline script for "name": "token" and
// name = "token". Text that only talks about tokens does not look like that.
func (s *scan) script(text []byte) {
	for i, c := range text {
		if s.marks.csrf != "" {
			return
		}
		if c != ':' && c != '=' {
			continue
		}
		rest := trimSpace(text[i+1 : min(len(text), i+256)])
		if len(rest) < 2 || rest[0] != '"' && rest[0] != '\'' && rest[0] != '`' {
			continue
		}
		value, _, closed := bytes.Cut(rest[1:], rest[:1])
		name := nameBefore(text[:i])
		if closed && isTokenName(name) && looksRandom(value) {
			s.marks.csrf, s.marks.token = "script "+string(name), value
		}
	}
}

// nameBefore is the identifier or quoted key at the end of text.
func nameBefore(text []byte) []byte {
	const longest = 80
	text = bytes.TrimRight(text[max(0, len(text)-longest):], " \t\r\n\"'`]")
	start := len(text)
	for start > 0 && (isAlnum(text[start-1]) || text[start-1] == '_' || text[start-1] == '-' || text[start-1] == '$') {
		start--
	}
	return text[start:]
}

// looksRandom tells a token from a name, a sentence or a template.
func looksRandom(value []byte) bool {
	if len(value) < 6 {
		return false
	}
	for _, c := range value {
		if !isAlnum(c) && strings.IndexByte("+/=_.:-|", c) < 0 {
			return false
		}
	}
	lower := strings.ToLower(string(value))
	return !strings.Contains(lower, "csrf") && !strings.Contains(lower, "xsrf") && !strings.Contains(lower, "nonce")
}

// sessionNames are parameters that carry a session from page to page.
var sessionNames = []string{"jsessionid", "phpsessid", "sid", "sessionid", "session_id", "aspsessionid", "cftoken"}

// parameters notes a session id or a token in a reference: /cart;jsessionid=1A2B.
func (s *scan) parameters(raw []byte) {
	start := bytes.IndexAny(raw, "?;&")
	for start >= 0 {
		raw = raw[start+1:]
		end := bytes.IndexAny(raw, "?;&#")
		parameter := raw
		if end >= 0 {
			parameter = raw[:end]
		}
		name, value, _ := bytes.Cut(parameter, []byte("="))
		if s.marks.session == "" && isSessionID(name, value) {
			s.marks.session = "a link with " + string(name)
		}
		if string(name) == "__debugger__" {
			s.debug("Werkzeug's debugger")
		}
		if len(value) >= 6 {
			s.tokenField(name, value, "link with")
		}
		start = end
	}
}

// isSessionID wants a long value, because "sid" has other meanings too.
func isSessionID(name, value []byte) bool {
	const shortest = 16
	if len(value) < shortest || len(name) < len("sid") || len(name) > 20 {
		return false
	}
	lower := strings.ToLower(string(name))
	for _, known := range sessionNames {
		if lower == known || known == "aspsessionid" && strings.HasPrefix(lower, known) {
			return true
		}
	}
	return false
}

// debug notes a sign of a page that a framework makes for its developer.
func (s *scan) debug(whose string) {
	if s.marks.debug == "" {
		s.marks.debug = whose
	}
}

// text looks at the text between two tags for the words around which frameworks
// build their error pages. Articles that quote such a page have it in one piece,
// with its tags escaped.
func (s *scan) text(text []byte) {
	switch {
	case string(text) == " on line ": // <b>Warning</b>: ... in <b>x.php</b> on line <b>3</b>
		s.debug("a PHP error")
	case bytes.HasSuffix(text, []byte("seeing this error because you have ")): // <code>DEBUG = True</code>
		s.debug("Django's error page")
	}
}

// debugAttribute looks at an id or a class.
func (s *scan) debugAttribute(value []byte) {
	switch {
	case string(value) == "djDebug":
		s.debug("Django's debug toolbar")
	case bytes.HasPrefix(value, []byte("sfwdt")):
		s.debug("Symfony's toolbar")
	case bytes.HasPrefix(value, []byte("xdebug-error")):
		s.debug("an error with Xdebug")
	case bytes.HasPrefix(value, []byte("Whoops container")):
		s.debug("Whoops's error page")
	}
}
