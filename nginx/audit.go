package nginx

import (
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Audit looks for known mistakes in any NGINX configuration, an operator's too.
// The rules are those of gixy and its successors, under their names; where ours
// are stricter for the gate alone, they are in [Lint]. Includes are not
// followed. Left out on purpose are try_files_is_evil_too, which wants
// open_file_cache beside try_files: it would mix two releases; what is a matter of
// policy or taste (hsts_header, ssl_ecdh_curve, regex_exact_match); and what NGINX
// itself says (missing_resolver).
func Audit(b Block) []Finding {
	a := &auditor{}
	a.walk(b, nil)
	return a.findings
}

type auditor struct{ findings []Finding }

// An audited directive is one with the blocks around it, the nearest last.
type audited struct {
	Directive
	outer []Directive
}

// parent is the nearest block, a zero one at the top.
func (d audited) parent() Directive {
	if len(d.outer) == 0 {
		return Directive{}
	}
	return d.outer[len(d.outer)-1]
}

// within finds the nearest block of a name.
func (d audited) within(name string) (Directive, bool) {
	for _, o := range slices.Backward(d.outer) {
		if o.Name == name {
			return o, true
		}
	}
	return Directive{}, false
}

// inherits reports whether a directive stands in a block around, or before this one.
func (d audited) inherits(name string, args ...string) bool {
	return slices.ContainsFunc(d.outer, func(o Directive) bool { return o.has(name, args...) })
}

func (a *auditor) walk(b Block, outer []Directive) {
	top := Directive{Block: b}
	for _, rule := range blockRules {
		for _, what := range rule.check(top, outer) {
			a.found(rule.name, outer, what)
		}
	}
	for _, d := range b {
		here := audited{d, outer}
		for _, rule := range auditRules {
			if what := rule.check(here); what != "" {
				a.found(rule.name, append(slices.Clone(outer), d), what)
			}
		}
		if d.Name != "types" && d.Name != "map" && d.Name != "geo" && !strings.HasSuffix(d.Name, "_by_lua_block") {
			a.walk(d.Block, append(slices.Clone(outer), d))
		}
	}
}

func (a *auditor) found(rule string, where []Directive, what string) {
	l := linter{}
	l.found(rule, where, what)
	f := l.findings[0]
	if n := len(where); n > 0 && where[n-1].At.Line > 0 {
		f.Where += fmt.Sprintf(" (line %d)", where[n-1].At.Line)
	}
	a.findings = append(a.findings, f)
}

// auditRules look at one directive. What they return is what is wrong with it.
var auditRules = []struct {
	name  string
	check func(d audited) string
}{
	{"ssrf", auditSSRF},
	{"http_splitting", auditSplitting},
	{"origins", auditOrigins},
	{"host_spoofing", func(d audited) string {
		if strings.HasSuffix(d.Name, "_set_header") && len(d.Args) == 2 && strings.EqualFold(d.Args[0], "Host") && d.Args[1] == "$http_host" {
			return "Host is the visitor's own word; $host is checked"
		}
		return ""
	}},
	{"valid_referers", func(d audited) string {
		if d.Name == "valid_referers" && slices.Contains(d.Args, "none") {
			return "none lets in whoever sends no Referer"
		}
		return ""
	}},
	{"add_header_multiline", func(d audited) string {
		if (d.Name == "add_header" || d.Name == "more_set_headers") && strings.ContainsAny(strings.Join(d.Args, ""), "\r\n") {
			return "has a line break"
		}
		return ""
	}},
	{"add_header_content_type", func(d audited) string {
		if d.Name == "add_header" && len(d.Args) > 0 && strings.EqualFold(d.Args[0], "Content-Type") {
			return "adds a second Content-Type; default_type sets it"
		}
		return ""
	}},
	{"alias_traversal", auditAlias},
	{"filesystem_root_exposure", func(d audited) string {
		if (d.Name == "root" || d.Name == "alias") && len(d.Args) == 1 && path.Clean(d.Args[0]) == "/" {
			return "lets everybody ask for any file of the machine"
		}
		return ""
	}},
	{"weak_ssl_tls", auditTLS},
	{"if_is_evil", func(d audited) string {
		if _, in := d.within("location"); in && d.parent().Name == "if" && !slices.Contains([]string{"return", "rewrite", "set", "break"}, d.Name) {
			return "in an if of a location only return, rewrite, set and break do what they say"
		}
		return ""
	}},
	{"resolver_external", auditResolver},
	{"version_disclosure", func(d audited) string {
		if d.Name == "server_tokens" && len(d.Args) == 1 && (d.Args[0] == "on" || d.Args[0] == "build") {
			return "tells everybody the version"
		}
		return ""
	}},
	{"error_log_off", func(d audited) string {
		if d.Name == "error_log" && len(d.Args) > 0 && d.Args[0] == "off" {
			return `writes a file named "off"`
		}
		return ""
	}},
	{"hash_without_default", func(d audited) string {
		if (d.Name == "map" || d.Name == "geo") && d.Block != nil && !d.has("default") {
			return "without a default the value is empty"
		}
		return ""
	}},
	{"low_keepalive_requests", func(d audited) string {
		if n, err := strconv.Atoi(strings.Join(d.Args, " ")); d.Name == "keepalive_requests" && err == nil && n < 1000 {
			return "closes connections that are still in use"
		}
		return ""
	}},
	{"mixed_case_variable", func(d audited) string {
		if (d.Name == "set" || d.Name == "map") && len(d.Args) > 0 {
			if name := d.Args[len(d.Args)-1]; d.Name == "map" && strings.ToLower(name) != name || d.Name == "set" && strings.ToLower(d.Args[0]) != d.Args[0] {
				return "NGINX ignores letter case in names of variables"
			}
		}
		return ""
	}},
	{"proxy_buffering_off", func(d audited) string {
		if d.Name == "proxy_buffering" && slices.Equal(d.Args, []string{"off"}) {
			return "a slow visitor keeps the app waiting; X-Accel-Buffering: no turns it off for one answer"
		}
		return ""
	}},
	{"proxy_pass_normalized", func(d audited) string {
		if d.Name == "proxy_pass" && len(d.Args) == 1 && !strings.Contains(d.Args[0], "$") {
			if _, rest, _ := strings.Cut(d.Args[0], "://"); strings.Contains(strings.TrimPrefix(rest, "unix:/"), "/") {
				return "has a path: the app gets a URL that NGINX has rewritten"
			}
		}
		return ""
	}},
	{"regex_redos", auditSlow},
	{"invalid_regex", auditGroups},
	{"unnamed_groups", auditUnnamed},
	{"overlapping_captures", auditOverlap},
	{"unanchored_regex", func(d audited) string {
		if d.Name == "location" && len(d.Args) == 2 && strings.HasPrefix(d.Args[0], "~") && !strings.HasPrefix(d.Args[1], "^") && !strings.HasSuffix(d.Args[1], "$") {
			return "fits in the midst of a path, too: end it in $ or begin it with ^"
		}
		return ""
	}},
	{"stale_dns_cache", auditStale},
	{"status_page_exposed", func(d audited) string {
		if d.Name == "stub_status" && !d.inherits("deny") && !d.inherits("internal") && !d.inherits("auth_basic") {
			return "everybody may see it"
		}
		return ""
	}},
	{"http2_misdirected_request", func(d audited) string {
		if d.Name == "listen" && slices.Contains(d.Args, "ssl") && slices.Contains(d.Args, "default_server") && slices.Equal(serverNames(d.parent()), []string{"_"}) &&
			!d.parent().has("ssl_reject_handshake", "on") && !d.parent().has("return", "421") {
			return "a catch-all that answers lets browsers reuse its connection for other hosts: ssl_reject_handshake on, or return 421"
		}
		return ""
	}},
}

func serverNames(server Directive) (names []string) {
	for _, d := range server.Block {
		if d.Name == "server_name" {
			names = append(names, d.Args...)
		}
	}
	return names
}

// auditAlias: location /i with alias /img/ answers /i../secret from /secret.
func auditAlias(d audited) string {
	location := d.parent()
	if d.Name != "alias" || len(d.Args) != 1 || location.Name != "location" || len(location.Args) == 0 {
		return ""
	}
	prefix := location.Args[len(location.Args)-1]
	if !strings.HasPrefix(location.Args[0], "~") && location.Args[0] != "=" && strings.HasSuffix(d.Args[0], "/") && !strings.HasSuffix(prefix, "/") {
		return "location " + prefix + " lacks the slash at the end: " + prefix + "../ leads out of the folder"
	}
	return ""
}

// auditTLS: protocols and ciphers that are broken (RFC 8996, RFC 7465).
func auditTLS(d audited) string {
	switch d.Name {
	case "ssl_protocols":
		for _, old := range []string{"SSLv2", "SSLv3", "TLSv1", "TLSv1.1"} {
			if slices.Contains(d.Args, old) {
				return old + " is broken: TLSv1.2 TLSv1.3"
			}
		}
	case "ssl_ciphers":
		for _, cipher := range strings.FieldsFunc(strings.Join(d.Args, ":"), func(r rune) bool { return r == ':' || r == ' ' || r == ',' }) {
			for _, part := range strings.FieldsFunc(cipher, func(r rune) bool { return r == '+' || r == '-' }) {
				if cipher[0] != '!' && cipher[0] != '-' && slices.Contains(brokenCiphers, part) {
					return cipher + " is broken"
				}
			}
		}
	}
	return ""
}

// brokenCiphers are parts of the names of ciphers.
var brokenCiphers = []string{"NULL", "eNULL", "aNULL", "EXP", "EXPORT", "RC4", "DES", "3DES", "MD5", "ADH", "AECDH", "LOW", "ALL"}

func auditResolver(d audited) string {
	if d.Name != "resolver" {
		return ""
	}
	for _, arg := range d.Args {
		if strings.Contains(arg, "=") {
			continue
		}
		addr, err := netip.ParseAddr(strings.Trim(arg, "[]"))
		if port, portErr := netip.ParseAddrPort(arg); err != nil && portErr == nil {
			addr, err = port.Addr(), nil
		}
		if err == nil && !addr.IsLoopback() && !addr.IsPrivate() && !addr.IsLinkLocalUnicast() {
			return arg + " is somebody else's: its answers can be forged on the way"
		}
	}
	return ""
}

// auditStale: a host name is looked up once, at the start.
func auditStale(d audited) string {
	if !strings.HasSuffix(d.Name, "_pass") || len(d.Args) != 1 || strings.Contains(d.Args[0], "$") {
		return ""
	}
	host := d.Args[0]
	if _, rest, ok := strings.Cut(host, "://"); ok {
		host = rest
	}
	host, _, _ = strings.Cut(host, "/")
	if at := strings.LastIndexByte(host, ':'); at >= 0 {
		host = host[:at]
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil || !strings.Contains(host, ".") || strings.HasPrefix(host, "unix") {
		return ""
	}
	for _, o := range d.outer {
		if slices.ContainsFunc(o.Block, func(e Directive) bool { return e.Name == "upstream" && slices.Equal(e.Args, []string{host}) }) {
			return ""
		}
	}
	return host + " is looked up once, when NGINX starts"
}
