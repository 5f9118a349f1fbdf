package nginx

import (
	"regexp"
	"slices"
	"strings"
)

// visitors lists what a visitor can write as he likes.
var visitors = regexp.MustCompile(`\$\{?(?:arg_\w+|args|cookie_\w+|http_\w+|query_string|request_uri|uri|document_uri|[0-9])\b`)

// auditSSRF: who chooses the host to which NGINX connects reaches the machines
// behind it.
func auditSSRF(d audited) string {
	if !slices.Contains([]string{"proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass"}, d.Name) || len(d.Args) != 1 || d.inherits("internal") {
		return ""
	}
	_, rest, ok := strings.Cut(d.Args[0], "://")
	if !ok {
		rest = d.Args[0]
	}
	host, _, _ := strings.Cut(rest, "/")
	if visitors.MatchString(host) {
		return "the visitor chooses the host in " + d.Args[0]
	}
	return ""
}

// decoded lists what NGINX has decoded, so that it may hold a line break.
var decoded = regexp.MustCompile(`\$\{?(?:uri|document_uri)\b`)

// auditSplitting: %0d%0a in a path becomes a line break in $uri.
func auditSplitting(d audited) string {
	if !slices.Contains([]string{"return", "rewrite", "add_header", "proxy_set_header", "proxy_pass", "proxy_redirect"}, d.Name) {
		return ""
	}
	values := d.Args
	if d.Name == "rewrite" && len(values) > 1 {
		values = values[1:]
		if !strings.Contains(values[0], "://") {
			return "" // another path inside of NGINX
		}
	}
	for _, value := range values {
		if decoded.MatchString(value) {
			return value + " is decoded, and may hold a line break; $request_uri is not"
		}
	}
	return ""
}

// auditOrigins: https://example.com.evil fits an expression without an end.
func auditOrigins(d audited) string {
	if d.Name != "if" || len(d.Args) < 3 || !strings.Contains(d.Args[0], "$http_origin") && !strings.Contains(d.Args[0], "$http_referer") {
		return ""
	}
	expression := strings.TrimSuffix(strings.Join(d.Args[2:], " "), ")")
	if !strings.HasPrefix(d.Args[1], "~") && !strings.HasPrefix(d.Args[1], "!~") {
		return ""
	}
	end := strings.HasSuffix(expression, "$") || strings.HasSuffix(expression, "/")
	switch {
	case !strings.HasPrefix(expression, "^"):
		return expression + " has no ^: it fits in the midst of another address"
	case !end:
		return expression + " has no $: it fits the start of another address"
	case looseDot.MatchString(expression):
		return expression + " has a dot without \\: it fits any letter"
	}
	return ""
}

// looseDot is a dot between letters, as in a host name, without a backslash.
var looseDot = regexp.MustCompile(`[A-Za-z0-9]\.[A-Za-z]`)

// expressions are the regular expressions of a directive.
func (d audited) expressions() (all []string) {
	switch d.Name {
	case "location":
		if len(d.Args) == 2 && strings.HasPrefix(d.Args[0], "~") {
			all = append(all, d.Args[1])
		}
	case "rewrite":
		if len(d.Args) > 0 {
			all = append(all, d.Args[0])
		}
	case "if":
		if len(d.Args) >= 3 && strings.Contains(d.Args[1], "~") {
			all = append(all, strings.TrimSuffix(strings.Join(d.Args[2:], " "), ")"))
		}
	case "server_name":
		for _, arg := range d.Args {
			if name, ok := strings.CutPrefix(arg, "~"); ok {
				all = append(all, name)
			}
		}
	case "map":
		for _, entry := range d.Block {
			if key, ok := strings.CutPrefix(entry.Name, "~"); ok {
				all = append(all, strings.TrimPrefix(key, "*"))
			}
		}
	}
	return all
}

// nestedRepeat is a repetition of a group that ends in a repetition, without the
// "+" that forbids going back.
var nestedRepeat = regexp.MustCompile(`[+*]\)[+*](?:[^+]|$)|[+*]\)\{[0-9]+,`)

func auditSlow(d audited) string {
	for _, expression := range d.expressions() {
		if nestedRepeat.MatchString(expression) {
			return expression + " repeats a repetition: one request may take seconds"
		}
	}
	return ""
}

var plainGroup = regexp.MustCompile(`(?:^|[^\\])\((?:[^?]|$)`)

var groupNumber = regexp.MustCompile(`\$\{?([1-9])`)

// auditGroups: $2 of an expression with one group is empty.
func auditGroups(d audited) string {
	if d.Name != "rewrite" || len(d.Args) < 2 {
		return ""
	}
	groups := len(plainGroup.FindAllString(d.Args[0], -1)) + strings.Count(d.Args[0], "(?<") + strings.Count(d.Args[0], "(?P<")
	for _, m := range groupNumber.FindAllStringSubmatch(d.Args[1], -1) {
		if int(m[1][0]-'0') > groups {
			return "$" + m[1] + " is no group of " + d.Args[0]
		}
	}
	return ""
}

// auditUnnamed: CVE-2026-42945 needs a rewrite with $1 whose replacement has a
// question mark.
func auditUnnamed(d audited) string {
	if d.Name == "rewrite" && len(d.Args) > 1 && groupNumber.MatchString(d.Args[1]) && strings.Contains(d.Args[1], "?") {
		return "a numbered group before a question mark (CVE-2026-42945): name the group"
	}
	return ""
}

// nestedGroup is a capturing group that starts inside of another at once.
var nestedGroup = regexp.MustCompile(`\([^?)][^)]*\([^?]|\(\([^?]`)

// auditOverlap: CVE-2026-9256 needs groups inside of groups in a rewrite.
func auditOverlap(d audited) string {
	if d.Name == "rewrite" && len(d.Args) > 1 && groupNumber.MatchString(d.Args[1]) && nestedGroup.MatchString(d.Args[0]) {
		return "one group lies in another (CVE-2026-9256): make the outer one (?:...)"
	}
	return ""
}
