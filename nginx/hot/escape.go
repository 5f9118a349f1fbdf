package hot

import (
	"bytes"
	"strconv"

	"github.com/valyala/fastjson"
)

// unescape undoes the backslashes of the values that are looked into, as
// ngx_http_log_escape and ngx_escape_json write them.
func (l *line) unescape(json bool) {
	for i, value := range l.value {
		if bytes.IndexByte(value, '\\') >= 0 {
			l.value[i] = unescaped(value, json)
		}
	}
}

func unescaped(s []byte, json bool) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			out = append(out, s[i])
			continue
		}
		i++
		digits := 0
		switch c := s[i]; {
		case c == 'x' && !json:
			digits = 2
		case c == 'u' && json:
			digits = 4
		case c == 'n' || c == 't' || c == 'r' || c == 'b' || c == 'f':
			out = append(out, map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', 'b': '\b', 'f': '\f'}[c])
			continue
		default:
			out = append(out, c)
			continue
		}
		code, err := strconv.ParseUint(string(s[i+1:min(i+1+digits, len(s))]), 16, 8)
		if err != nil {
			out = append(out, '\\', s[i])
			continue
		}
		out = append(out, byte(code))
		i += digits
	}
	return out
}

// keys are the names under which people log a field as JSON, beside NGINX's own
// and icecap's.
var keys = func() map[string]field {
	all := map[string]field{
		"t": timeSeconds, "m": method, "u": uri, "s": status, "b": size, "rt": requestTime, "urt": upstreamTime, "ag": agent, "src": source, "why": why,
		"time": timeISO, "timestamp": timeISO, "@timestamp": timeISO, "method": method, "path": uri, "url": uri,
		"bytes": size, "size": size, "duration": requestTime, "agent": agent, "user_agent": agent, "upstream_time": upstreamTime,
		"verb": method, "code": status, "http_status": status,
	}
	for name, f := range variables {
		all[name] = f
	}
	return all
}()

// splitObject takes a JSON object apart, whatever the order of its keys.
func (l *line) splitObject(raw []byte) bool {
	if len(raw) == 0 || raw[0] != '{' {
		return false
	}
	value, err := l.parser.ParseBytes(raw)
	if err != nil {
		return false
	}
	object, err := value.Object()
	if err != nil {
		return false
	}
	whole := false
	object.Visit(func(key []byte, v *fastjson.Value) {
		f, ok := keys[string(key)]
		if !ok || f == uri && whole {
			return
		}
		whole = whole || string(key) == "request_uri" // says more than $uri, which a rewrite changes
		switch v.Type() {
		case fastjson.TypeString:
			l.value[f] = v.GetStringBytes()
		case fastjson.TypeNumber:
			l.value[f] = v.MarshalTo(nil)
		}
	})
	return true
}
