package hot

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/valyala/fastjson"

	"icecap/nginx"
)

// A field is what this package wants of a line.
type field uint8

const (
	ignored field = iota
	timeLocal
	timeISO
	timeSeconds
	request // "GET /path HTTP/1.1"
	method
	uri
	query
	status
	size
	requestTime
	upstreamTime
	agent
	source
	why
	fields // how many there are
)

// variables are the names that NGINX has for the fields.
var variables = map[string]field{
	"time_local": timeLocal, "time_iso8601": timeISO, "msec": timeSeconds,
	"request": request, "request_method": method, "request_uri": uri, "uri": uri, "document_uri": uri, "args": query, "query_string": query,
	"status": status, "body_bytes_sent": size, "bytes_sent": size, "request_time": requestTime, "upstream_response_time": upstreamTime,
	"http_user_agent": agent, "sent_http_" + strings.ToLower(strings.ReplaceAll(nginx.Marker, "-", "_")): source,
}

// A Format is how the lines of a log read. The zero Format is a JSON object a
// line, whose keys are NGINX's variables or names that people give them.
type Format struct {
	lead  []byte // before the first variable
	parts []part // none for JSON objects in any order
	json  bool   // values are escaped as in JSON
	has   [fields]bool
	name  string
}

// A part is one variable, up to the text that follows it.
type part struct {
	field field
	end   []byte // empty: to the end of the line
}

// combined is NGINX's predefined format.
const combined = `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"`

// Combined is NGINX's format of that name, which a log has unless told otherwise.
func Combined() Format { return mustCompile("combined", combined) }

// Own is the format that [nginx.LogFormat] defines.
func Own() Format {
	words := nginx.LogFormat("x").Args
	return mustCompile("icecap", words[1:]...)
}

func mustCompile(name string, words ...string) Format {
	f, err := CompileFormat(name, words...)
	if err != nil {
		panic(err) // a format of our own
	}
	return f
}

// A FormatError is a format that cannot be read back.
type FormatError struct{ Name, Reason string }

func (e *FormatError) Error() string { return fmt.Sprintf("use log format %q: %s", e.Name, e.Reason) }

// CompileFormat reads the words of a log_format directive after its name: maybe
// escape=..., then the format, which NGINX joins from any number of words. The
// error is a *[FormatError].
func CompileFormat(name string, words ...string) (Format, error) {
	f := Format{name: name}
	refuse := func(format string, args ...any) (Format, error) {
		return Format{}, &FormatError{name, fmt.Sprintf(format, args...)}
	}
	if len(words) > 0 && strings.HasPrefix(words[0], "escape=") {
		f.json = words[0] == "escape=json"
		words = words[1:]
	}
	literal, rest := nextVariable(strings.Join(words, ""))
	f.lead = []byte(literal)
	raw := false // $request_uri was met, which says more than $uri
	for rest != "" {
		var variable string
		variable, rest = cutVariable(rest)
		if variable == "" {
			return refuse("a $ stands before no name")
		}
		literal, rest = nextVariable(rest)
		if literal == "" && rest != "" {
			return refuse("nothing tells where $%s ends and the next variable begins", variable)
		}
		p := part{field: fieldOf(variable), end: []byte(literal)}
		if p.field == uri && raw {
			p.field = ignored
		}
		if variable == "request_uri" {
			raw = true
			for i := range f.parts {
				if f.parts[i].field == uri {
					f.parts[i].field = ignored
				}
			}
		}
		f.has[p.field] = true
		f.parts = append(f.parts, p)
	}
	if !f.has[request] && !f.has[uri] {
		return refuse("it has neither $request nor $request_uri nor $uri")
	}
	return f, nil
}

func fieldOf(variable string) field {
	if strings.HasSuffix(variable, "_why") {
		return why
	}
	return variables[variable]
}

// nextVariable cuts the text before the next "$".
func nextVariable(s string) (literal, rest string) {
	if i := strings.IndexByte(s, '$'); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

// cutVariable cuts $name or ${name}.
func cutVariable(s string) (name, rest string) {
	s = s[1:]
	if inner, ok := strings.CutPrefix(s, "{"); ok {
		name, rest, _ = strings.Cut(inner, "}")
		return name, rest
	}
	end := strings.IndexFunc(s, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
	if end < 0 {
		return s, ""
	}
	return s[:end], s[end:]
}

// Name is what the format is called: "combined", "json", or as in the configuration.
func (f Format) Name() string {
	if f.name == "" {
		return "json"
	}
	return f.name
}

// KnownFormat finds the formats that have a name without a configuration.
func KnownFormat(name string) (f Format, ok bool) {
	switch name {
	case "combined":
		return Combined(), true
	case "icecap":
		return Own(), true
	case "json":
		return Format{}, true
	}
	return Format{}, false
}

// Detect finds the format of the first lines of a log: icecap's, combined, or
// JSON objects. It is not ok if most of them fit none.
func Detect(text []byte) (f Format, ok bool) {
	for _, f := range []Format{Own(), Combined(), {}} {
		fit, all := 0, 0
		var l line
		for raw := range bytes.SplitSeq(text, []byte("\n")) {
			if len(raw) == 0 {
				continue
			}
			all++
			if f.split(raw, &l) && l.isWhole() {
				fit++
			}
		}
		if fit*2 > all {
			return f, true
		}
	}
	return Format{}, false
}

// A line is one line taken apart. Values are slices of it, or nil.
type line struct {
	value  [fields][]byte
	parser fastjson.Parser
}

// isWhole reports whether the parts that every format has look as they should:
// any text fits a format that ends in a variable.
func (l *line) isWhole() bool {
	_, ok := number(l.value[status])
	return ok && (l.value[request] != nil || l.value[uri] != nil)
}

// split takes a line apart. It reports whether the line fits the format.
func (f *Format) split(raw []byte, l *line) bool {
	l.value = [fields][]byte{}
	if len(f.parts) == 0 {
		return l.splitObject(raw)
	}
	if !bytes.HasPrefix(raw, f.lead) {
		return false
	}
	rest := raw[len(f.lead):]
	for i := range f.parts {
		p := &f.parts[i]
		var value []byte
		switch {
		case len(p.end) == 0:
			value, rest = rest, nil
		case i == len(f.parts)-1:
			if !bytes.HasSuffix(rest, p.end) {
				return false
			}
			value = rest[:len(rest)-len(p.end)]
		default:
			end := index(rest, p.end)
			if end < 0 {
				return false
			}
			value, rest = rest[:end], rest[end+len(p.end):]
		}
		l.value[p.field] = value
	}
	l.value[ignored] = nil
	if bytes.IndexByte(raw, '\\') >= 0 {
		l.unescape(f.json)
	}
	return true
}

// index finds the text that ends a value by its first byte, which nearly always
// stands there and nowhere before.
func index(s, end []byte) int {
	i := bytes.IndexByte(s, end[0])
	if i < 0 || len(end) == 1 || bytes.HasPrefix(s[i:], end) {
		return i
	}
	return bytes.Index(s, end)
}
