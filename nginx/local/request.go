package local

import (
	"net/http"
	"regexp"
	"strings"
)

// A request is what NGINX makes of a request line and its Host.
type request struct {
	host string // $host: in lower case, without port and final dot
	raw  string // $request_uri: path and query as sent
	path string // $uri before its dot segments are taken away: decoded once
	args string // $args
}

const (
	// maxLine is one buffer of large_client_header_buffers, which holds the
	// request line, or one header line, with its end.
	maxLine = 8 << 10
)

// onceHeaders may stand in one line only. NGINX refuses a second line
// (ngx_http_process_unique_header_line); taking the first or the last would be
// a guess. net/http itself sees to Host, Content-Length and Transfer-Encoding.
var onceHeaders = []string{
	"Authorization", "Expect", "Content-Range", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since",
}

// parse reads a request as NGINX does. A status other than 0 is NGINX's answer
// to one that it cannot parse.
func parse(r *http.Request) (request, int) {
	if len(r.Method)+len(r.RequestURI)+len(" ")+len(" HTTP/1.1\r\n") > maxLine {
		return request{}, http.StatusRequestURITooLong
	}
	if !isMethod(r.Method) {
		return request{}, http.StatusBadRequest
	}
	raw, ok := originForm(r.RequestURI)
	if !ok {
		return request{}, http.StatusBadRequest
	}
	if !headersOK(r.Header) {
		return request{}, http.StatusBadRequest
	}
	// With HTTP/1.0 there may be no Host: NGINX then goes by the server block's own name.
	host, ok := hostName(r.Host)
	if !ok || host == "" && r.ProtoAtLeast(1, 1) {
		return request{}, http.StatusBadRequest
	}
	if r.Method == http.MethodConnect || r.Method == http.MethodTrace {
		return request{}, http.StatusMethodNotAllowed
	}
	path, args, _ := strings.Cut(raw, "?")
	path, _, cut := strings.Cut(path, "#")
	if cut {
		args = ""
	}
	args, _, _ = strings.Cut(args, "#")
	path, ok = decode(path)
	if !ok || leavesRoot(path) {
		return request{}, http.StatusBadRequest
	}
	return request{host: host, raw: raw, path: path, args: args}, 0
}

// isMethod reports whether NGINX takes s for a method.
func isMethod(s string) bool {
	return strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-") == ""
}

// targetHost is what NGINX takes for the host of an absolute target, where it is
// stricter than with a Host header.
var targetHost = regexp.MustCompile(`\A([A-Za-z0-9.-]+|\[[A-Za-z0-9:.!$&'()*+,;=_~-]+\])(:[0-9]*)?\z`)

// targetScheme is what NGINX takes for the scheme of an absolute target.
var targetScheme = regexp.MustCompile(`\A[A-Za-z][A-Za-z0-9+.-]*\z`)

// originForm is the request target without the scheme and host of the absolute
// form, "GET http://host/path".
func originForm(target string) (raw string, ok bool) {
	if strings.ContainsRune(target, ' ') {
		return "", false
	}
	if strings.HasPrefix(target, "/") {
		return target, true
	}
	scheme, rest, found := strings.Cut(target, "://")
	if !found || !targetScheme.MatchString(scheme) {
		return "", false
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	raw = rest[end:]
	if !strings.HasPrefix(raw, "/") {
		raw = "/" + raw
	}
	return raw, targetHost.MatchString(rest[:end])
}

func headersOK(header http.Header) bool {
	for _, name := range onceHeaders {
		if len(header[name]) > 1 {
			return false
		}
	}
	for name, values := range header {
		for _, value := range values {
			if len(name)+len(": ")+len(value)+len("\r\n") > maxLine {
				return false
			}
		}
	}
	return true
}

// hostName is $host of a Host header or of the host in the request line, read
// as ngx_http_validate_host does.
func hostName(host string) (string, bool) {
	if host == "" {
		return "", true
	}
	end, dot, inName, literal := len(host), -2, true, false
	for i := 0; i < len(host); i++ {
		switch c := host[i]; {
		case c == '.':
			if dot == i-1 {
				return "", false
			}
			dot = i
		case c == ':' && inName && !literal:
			end, inName = i, false
		case c == '[' && i == 0:
			literal = true
		case c == ']' && literal && inName:
			end, inName = i+1, false
		case c == '/' || c <= ' ' || c == 0x7f:
			return "", false
		}
	}
	if dot == end-1 {
		end--
	}
	return strings.ToLower(host[:max(end, 0)]), end > 0
}

// decode takes the percent-encoding away, once. A NUL is refused as NGINX does.
func decode(path string) (string, bool) {
	if !strings.Contains(path, "%") {
		return path, true
	}
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		c := path[i]
		if c == '%' {
			if i+2 >= len(path) {
				return "", false
			}
			hi, lo := unhex(path[i+1]), unhex(path[i+2])
			if hi < 0 || lo < 0 || hi+lo == 0 {
				return "", false
			}
			c = byte(hi<<4 | lo)
			i += 2
		}
		b.WriteByte(c)
	}
	return b.String(), true
}

func unhex(c byte) int {
	if at := strings.IndexByte("0123456789abcdef", c|0x20); at >= 0 && c > ' ' {
		return at
	}
	return -1
}

// leavesRoot reports whether the dot segments of a decoded path lead above "/".
func leavesRoot(path string) bool {
	depth := 0
	for segment := range strings.SplitSeq(path, "/") {
		switch segment {
		case "", ".": // slashes are merged
		case "..":
			if depth--; depth < 0 {
				return true
			}
		default:
			depth++
		}
	}
	return false
}

// isOddSpelling reports whether NGINX would tidy the path up before it looks
// for a file. The app might read it otherwise, so it gets to see it.
func isOddSpelling(raw string) bool {
	path, _, _ := strings.Cut(raw, "?")
	if strings.Contains(path, "#") || strings.Contains(path, "//") {
		return true
	}
	lower := strings.ToLower(path)
	for _, encoded := range []string{"%2e", "%2f", "%5c"} {
		if strings.Contains(lower, encoded) {
			return true
		}
	}
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

// forApp is the request as NGINX would pass it on: the target in origin form.
func forApp(r *http.Request, request request) *http.Request {
	if r.RequestURI == request.raw {
		return r
	}
	clone := r.Clone(r.Context())
	clone.RequestURI = request.raw
	return clone
}
