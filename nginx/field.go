package nginx

import (
	"fmt"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"icecap/content"
)

// A FieldError names a value of the operator that is not in the allow-list of
// its field. Nothing was emitted.
type FieldError struct {
	Field  string // as in [Server]: "Root", "App.Address", "Headers"
	Value  string
	Reason string
}

func (e *FieldError) Error() string { return fmt.Sprintf("use %s %q: %s", e.Field, e.Value, e.Reason) }

var (
	siteName   = regexp.MustCompile(`\A[a-z][a-z0-9_]{0,30}\z`)
	hostName   = regexp.MustCompile(`\A[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\z`)
	folderName = regexp.MustCompile(`\A/[A-Za-z0-9._/-]+\z`)
	cookieName = regexp.MustCompile(`\A[A-Za-z0-9_.-]{1,100}\*?\z`)
	headerName = regexp.MustCompile(`\A[A-Za-z][A-Za-z0-9-]{0,63}\z`)
	// Printable ASCII. A backslash or control byte can split the response, and
	// "$" cannot be escaped: NGINX expands it or silently cuts the value there.
	headerValue = regexp.MustCompile(`\A[ -#%-\[\]-~]+\z`)
)

const cookieRule = "must be at most 100 of A-Z, a-z, 0-9, _, . and -, maybe with * at the end"

// builtinNames are what NGINX's own variables start with; a site of such a name
// would shadow them ($http_host) or be refused ($proxy_host).
var builtinNames = []string{"arg", "cookie", "http", "proxy", "sent_http", "sent_trailer", "upstream", "upstream_http", "upstream_trailer", "upstream_cookie"}

// check holds every field to its allow-list.
func (s Server) check() error {
	refuse := func(field, value, reason string) error { return &FieldError{field, value, reason} }
	if !siteName.MatchString(s.Site) {
		return refuse("Site", s.Site, "must be a lower-case letter followed by at most 30 of a-z, 0-9 and _")
	}
	for _, name := range builtinNames {
		if s.Site == name || strings.HasPrefix(s.Site, name+"_") {
			return refuse("Site", s.Site, "is what variables of NGINX itself start with")
		}
	}
	if len(s.Hosts) == 0 {
		return refuse("Hosts", "", "must name at least one host, or no page would ever be answered from disk")
	}
	for _, host := range s.Hosts {
		if reason := refuseHost(strings.ToLower(host)); reason != "" {
			return refuse("Hosts", host, reason)
		}
	}
	if reason := refuseFolder(s.Root); reason != "" {
		return refuse("Root", s.Root, reason)
	}
	if err := s.App.check(); err != nil {
		return err
	}
	for _, cookie := range s.Cookies {
		if !cookieName.MatchString(cookie) {
			return refuse("Cookies", cookie, cookieRule)
		}
	}
	if err := s.Queries.Check(); err != nil {
		refused := err.(*content.QueryError)
		return refuse("Queries", refused.Value, refused.Reason)
	}
	if s.OpenFiles < 0 || s.OpenFiles > 1_000_000 {
		return refuse("OpenFiles", strconv.Itoa(s.OpenFiles), "must be from 0 to 1000000")
	}
	if s.RetryAfter < 0 || s.RetryAfter > 24*time.Hour || s.RetryAfter%time.Second != 0 {
		return refuse("RetryAfter", s.RetryAfter.String(), "must be whole seconds up to a day")
	}
	if s.Fallback && s.App.Kind == Location && len(s.App.Own) == 0 {
		return refuse("Fallback", "true", "needs an app location that the gate writes: in one of your own it cannot put a copy in the place of an error")
	}
	return checkHeaders(s.Headers)
}

// refuseHost returns why a lower-case host cannot stand in a map of $host, or "".
func refuseHost(host string) string {
	// $host keeps the brackets of an IPv6 address.
	if inner, ok := strings.CutPrefix(host, "["); ok {
		if inner, ok = strings.CutSuffix(inner, "]"); ok {
			if addr, err := netip.ParseAddr(inner); err == nil && addr.Is6() && addr.Zone() == "" {
				return ""
			}
		}
		return "must be an IPv6 address in its brackets, as browsers send it"
	}
	switch {
	case len(host) > 253 || !hostName.MatchString(host):
		return "must be a host name without scheme, port, path or wildcard"
	case slices.Contains([]string{"default", "hostnames", "include", "volatile"}, host):
		return "is a word of NGINX's map directive"
	}
	return ""
}

// refuseFolder returns why a path cannot stand in a root or unix: parameter, or "".
func refuseFolder(dir string) string {
	switch {
	case !folderName.MatchString(dir) || len(dir) > 1000:
		return "must be an absolute path of A-Z, a-z, 0-9, ., _, - and /"
	case path.Clean(dir) != dir:
		return `must be the shortest spelling of the path, without "..", "//" or a slash at the end`
	}
	return ""
}

// ownHeaders are made by NGINX for each answer, or would make one visitor's
// answer everybody's.
var ownHeaders = []string{
	"Accept-Ranges", "Age", "Connection", "Content-Encoding", "Content-Length", "Content-Range", "Content-Type", "Date",
	"ETag", "Keep-Alive", "Last-Modified", "Location", "Refresh", "Server", "Set-Cookie", "Status", "TE", "Trailer", "Transfer-Encoding",
	"Upgrade", "WWW-Authenticate", Marker,
}

// maxPatterns bounds the expressions that a request is held to.
const maxPatterns = 50

func checkHeaders(headers []content.Header) error {
	seen, patterns := map[string]bool{}, 0
	for _, h := range headers {
		lower := strings.ToLower(h.Name)
		own := slices.ContainsFunc(ownHeaders, func(name string) bool { return strings.EqualFold(name, h.Name) })
		switch {
		case !headerName.MatchString(h.Name):
			return &FieldError{"Headers", h.Name, "is no header name: a letter followed by at most 63 letters, digits and -"}
		case own:
			return &FieldError{"Headers", h.Name, "is a header that NGINX or the gate sets itself, or that is no static page's"}
		case strings.HasPrefix(lower, "x-accel-"):
			return &FieldError{"Headers", h.Name, "is an order to NGINX, not a header for visitors"}
		case seen[lower]:
			return &FieldError{"Headers", h.Name, "is declared again after a declaration for all paths, and would never count"}
		case !headerValue.MatchString(h.Value) || len(h.Value) > 2000 || strings.TrimSpace(h.Value) != h.Value:
			return &FieldError{"Headers", h.Name + ": " + h.Value, `must have a value of 1 to 2000 printable ASCII bytes, without "\" and "$", without blanks around it`}
		}
		if h.Path == "" {
			seen[lower] = true
			continue
		}
		if _, err := content.PathPattern(h.Path); err != nil {
			return &FieldError{"Headers", h.Path, err.Error()}
		}
		if patterns++; patterns > maxPatterns {
			return &FieldError{"Headers", h.Path, fmt.Sprintf("is the pattern after the %dth: each is tried at each request", maxPatterns)}
		}
	}
	return nil
}
