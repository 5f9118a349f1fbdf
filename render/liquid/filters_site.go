package liquid

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

var (
	htmlParts = regexp.MustCompile(`(?is)<script.*?</script>|<!--.*?-->|<style.*?</style>|<[^>]*>`)
	entity    = regexp.MustCompile(`&(?:[a-zA-Z]+|#\d+);`)
)

func escapeFilters() map[string]filter {
	return map[string]filter{
		"escape": ofText(escapeHTML), "h": ofText(escapeHTML),
		"escape_once": ofText(func(s string) string {
			var b strings.Builder
			at := 0
			for _, m := range entity.FindAllStringIndex(s, -1) {
				b.WriteString(escapeHTML(s[at:m[0]]) + s[m[0]:m[1]])
				at = m[1]
			}
			return b.String() + escapeHTML(s[at:])
		}),
		"strip_html": ofText(func(s string) string { return htmlParts.ReplaceAllString(s, "") }),
		"xml_escape": ofText(xmlMarks.Replace),
		"cgi_escape": ofText(url.QueryEscape), "url_encode": ofText(url.QueryEscape),
		"url_decode": ofText(func(s string) string {
			if decoded, err := url.QueryUnescape(s); err == nil {
				return decoded
			}
			return s
		}),
		"uri_escape":    ofText(escapeURI),
		"base64_encode": ofText(func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }),
		"base64_decode": ofText(func(s string) string {
			decoded, err := base64.StdEncoding.DecodeString(s)
			if err != nil {
				return s
			}
			return string(decoded)
		}),
		"base64_url_safe_encode": ofText(func(s string) string { return base64.URLEncoding.EncodeToString([]byte(s)) }),
		"base64_url_safe_decode": ofText(func(s string) string {
			decoded, err := base64.URLEncoding.DecodeString(s)
			if err != nil {
				return s
			}
			return string(decoded)
		}),
	}
}

var xmlMarks = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;")

// escapeHTML escapes as Ruby does.
func escapeHTML(s string) string { return strings.ReplaceAll(html.EscapeString(s), "&#34;", "&quot;") }

// escapeURI escapes what no address can hold, and leaves what has a meaning in one.
func escapeURI(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x80 && (unicode.IsLetter(rune(c)) || unicode.IsDigit(rune(c)) || strings.IndexByte("-._~:/?#[]@!$&'()*+,;=%", c) >= 0) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func siteFilters() map[string]filter {
	return map[string]filter{
		"default": func(_ *run, in any, args []any) (any, error) {
			named, _ := arg(args, 1).(map[string]any)
			if in == nil || in == false && !truth(named["allow_false"]) || isEmpty(in) {
				return arg(args, 0), nil
			}
			return in, nil
		},
		"relative_url": addressFilter(relative), "absolute_url": addressFilter(absolute),
		"strip_index": ofText(func(s string) string {
			return strings.TrimSuffix(strings.TrimSuffix(s, "index.html"), "index.htm")
		}),
		"date":                dateFilter,
		"date_to_string":      dateStyle(func(t time.Time, args []any) string { return styleDate(t, "%b", args) }),
		"date_to_long_string": dateStyle(func(t time.Time, args []any) string { return styleDate(t, "%B", args) }),
		"date_to_xmlschema":   dateStyle(func(t time.Time, _ []any) string { return t.Format("2006-01-02T15:04:05-07:00") }),
		"date_to_rfc822":      dateStyle(func(t time.Time, _ []any) string { return t.Format(time.RFC1123Z) }),
		"jsonify": func(_ *run, in any, _ []any) (any, error) {
			var b strings.Builder
			encoder := json.NewEncoder(&b)
			encoder.SetEscapeHTML(false)
			if err := encoder.Encode(plain(in, 0)); err != nil {
				return nil, err
			}
			return strings.TrimSuffix(b.String(), "\n"), nil
		},
		"inspect": func(_ *run, in any, _ []any) (any, error) { return escapeHTML(inspect(in)), nil },
		"markdownify": func(r *run, in any, _ []any) (any, error) {
			if r.host.Convert == nil {
				return nil, fmt.Errorf("there is no Markdown here")
			}
			return r.host.Convert(Text(in))
		},
		"smartify": ofText(func(s string) string { return s }), // Markdown makes the quotes afterwards
	}
}

// plain is a value as JSON has it.
func plain(value any, depth int) any {
	if depth > 20 {
		return nil
	}
	switch v := value.(type) {
	case time.Time, Day:
		return Text(v)
	case []any:
		all := make([]any, len(v))
		for i, item := range v {
			all[i] = plain(item, depth+1)
		}
		return all
	case map[string]any:
		all := make(map[string]any, len(v))
		for key, item := range v {
			all[key] = plain(item, depth+1)
		}
		return all
	case *Table:
		all := &Table{Keys: v.Keys, Values: make(map[string]any, len(v.Values))}
		for key, item := range v.Values {
			all.Values[key] = plain(item, depth+1)
		}
		return all
	case span:
		return Text(v)
	case float64:
		return json.Number(floatText(v))
	case Drop:
		return plainDrop(v, depth)
	}
	return value
}

// nested are the fields that a text within another lacks, as they would have no end.
var nested = []string{"content", "output", "excerpt", "next", "previous"}

// plainDrop is a text with its fields.
func plainDrop(d Drop, depth int) any {
	all := &Table{Values: map[string]any{}}
	for _, key := range d.Keys() {
		if depth > 1 && slices.Contains(nested, key) {
			continue
		}
		all.Keys = append(all.Keys, key)
		all.Values[key] = plain(d.Get(key), max(depth+1, 2))
	}
	return all
}

func addressFilter(f func(*Host, string) string) filter {
	return func(r *run, in any, _ []any) (any, error) {
		if in == nil {
			return nil, nil
		}
		if d, ok := in.(Drop); ok {
			in = d.Get("url")
		}
		text := Text(in)
		if u, err := url.Parse(text); err == nil && u.IsAbs() {
			return text, nil
		}
		return f(r.host, text), nil
	}
}

// relative is a path below the site's base.
func relative(h *Host, text string) string {
	slash := func(s string) string {
		if s == "" || strings.HasPrefix(s, "/") {
			return s
		}
		return "/" + s
	}
	return escapeURI(slash(strings.TrimSuffix(h.BaseURL, "/")) + slash(text))
}

func absolute(h *Host, text string) string {
	if h.URL == "" {
		return relative(h, text)
	}
	address := h.URL + relative(h, text)
	if address == h.URL {
		return address + "/"
	}
	return address
}

func countWords(text, mode string) int64 {
	wide, other := 0, 0
	var b strings.Builder
	for _, r := range text {
		if unicode.In(r, unicode.Han, unicode.Katakana, unicode.Hiragana, unicode.Hangul) {
			wide++
			b.WriteByte(' ')
		} else {
			b.WriteRune(r)
		}
	}
	other = len(fields(b.String()))
	if mode == "cjk" || mode == "auto" && wide > 0 {
		return int64(wide + other)
	}
	return int64(len(fields(text)))
}
