package freeze

import (
	"bytes"
	"fmt"
	"mime"
	"strings"
	"unicode/utf8"
)

// judgeCharset accepts only UTF-8, because the gate says so of every text. What
// counts is what browsers go by: byte order mark, then header, then the body's
// own word (HTML 13.2.3.2).
func judgeCharset(r *Response, _ *Rules) Verdict {
	if !r.isText() {
		return Verdict{}
	}
	declared, where := "", "the body says"
	if contentType := first(r.Header["Content-Type"]); strings.Contains(contentType, "=") {
		if _, parameters, err := mime.ParseMediaType(contentType); err == nil && parameters["charset"] != "" {
			declared, where = parameters["charset"], "the header says"
		}
	}
	switch {
	case bytes.HasPrefix(r.Body, []byte("\xef\xbb\xbf")):
		declared = "utf-8"
	case bytes.HasPrefix(r.Body, []byte("\xff\xfe")), bytes.HasPrefix(r.Body, []byte("\xfe\xff")):
		declared, where = "utf-16", "the byte order mark says"
	case declared == "":
		declared = r.found.marks.charset
	}
	switch strings.ToLower(declared) {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
	default:
		return Verdict{Reason: Charset, Detail: where + " " + declared}
	}
	if !utf8.Valid(r.Body) {
		return Verdict{Reason: Charset, Detail: fmt.Sprintf("line %d is not UTF-8", lineOf(r.Body, firstInvalid(r.Body)))}
	}
	return Verdict{}
}

func firstInvalid(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(b)
}

// lineOf is the line, counted from 1, of an offset.
func lineOf(b []byte, offset int) int { return 1 + bytes.Count(b[:offset], []byte("\n")) }

// judgeDebug refuses a developer's page that was sent with status 200.
func judgeDebug(r *Response, _ *Rules) Verdict {
	if found := r.found.marks.debug; found != "" {
		return Verdict{Reason: Debug, Detail: found}
	}
	return Verdict{}
}

// judgeToken says which line of the layout has the token. It does not tell the
// token.
func judgeToken(r *Response, _ *Rules) Verdict {
	marks := &r.found.marks
	if marks.csrf == "" {
		return Verdict{}
	}
	v := Verdict{Reason: CSRF, Detail: marks.csrf, soft: true}
	if i := offsetOf(r.Body, marks.token); i >= 0 {
		v.place = placeOf(r.Body, i, i+len(marks.token), marks.csrf)
		v.Detail = v.place.String()
	}
	return v
}

func judgeSession(r *Response, _ *Rules) Verdict {
	if r.URL != nil && r.URL.RawQuery != "" {
		var own scan
		own.parameters([]byte(r.URL.RequestURI()))
		if own.marks.session != "" {
			return Verdict{Reason: Session, Detail: "the URL itself has " + strings.TrimPrefix(own.marks.session, "a link with "), soft: true}
		}
	}
	if found := r.found.marks.session; found != "" {
		return Verdict{Reason: Session, Detail: found, soft: true}
	}
	return Verdict{}
}

// judgeLeak looks for the app's private address in a text.
func judgeLeak(r *Response, rules *Rules) Verdict {
	if !r.isText() {
		return Verdict{}
	}
	for _, address := range rules.Leaks {
		if at := indexAddress(r.Body, []byte(address)); at >= 0 {
			return Verdict{Reason: Leak, Detail: fmt.Sprintf("line %d shows %s", lineOf(r.Body, at), address)}
		}
	}
	return Verdict{}
}

// indexAddress finds an address that is not a part of a longer one: app:80 is
// not in app:8000, and not in my-app:80.
func indexAddress(body, address []byte) int {
	for from := 0; ; {
		i := bytes.Index(body[from:], address)
		if i < 0 {
			return -1
		}
		i += from
		end := i + len(address)
		escaped := i >= 3 && body[i-3] == '%' // http%3A%2F%2Fapp
		if (i == 0 || escaped || !isHostByte(body[i-1])) && (end == len(body) || !isHostByte(body[end]) ||
			body[end] == '.' && (end+1 == len(body) || !isAlnum(body[end+1]))) {
			return i
		}
		from = end
	}
}

func isHostByte(c byte) bool { return isAlnum(c) || c == '-' || c == '.' }
