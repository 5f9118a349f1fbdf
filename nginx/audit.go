package nginx

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Audit looks for known mistakes in any NGINX configuration, an operator's too.
// The rules are those of gixy and its successors, under their names; where ours
// are stricter for the gate alone, they are in [Lint]. Includes are not
// followed. Left out on purpose is try_files_is_evil_too, which wants
// open_file_cache beside try_files: it would mix two releases.
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

// blockRules look at what stands together in a block. outer are the blocks that
// it is in, itself included.
var blockRules = []struct {
	name  string
	check func(block Directive, outer []Directive) []string
}{
	{"add_header_redefinition", auditRedefinition},
	{"allow_without_deny", func(b Directive, _ []Directive) []string {
		if b.has("allow") && !b.has("deny") {
			return []string{"allow without deny all: everybody else is let in too"}
		}
		return nil
	}},
	{"return_bypasses_allow_deny", func(b Directive, _ []Directive) []string {
		if b.has("return") && (b.has("deny") || b.has("allow")) {
			return []string{"return answers before allow and deny are looked at"}
		}
		return nil
	}},
	{"missing_worker_processes", func(b Directive, outer []Directive) []string {
		if len(outer) == 0 && b.has("events") && !b.has("worker_processes") {
			return []string{"without worker_processes one processor does all the work"}
		}
		return nil
	}},
	{"worker_rlimit_nofile_vs_connections", auditOpenFiles},
	{"default_server_flag", auditDefaultServer},
	{"ssl_stapling_without_resolver", func(b Directive, _ []Directive) []string {
		if b.has("ssl_stapling", "on") && !b.has("resolver") && !b.has("ssl_stapling_file") {
			return []string{"ssl_stapling cannot ask anybody without a resolver"}
		}
		return nil
	}},
	{"quic_bpf_reuseport", func(b Directive, _ []Directive) []string {
		for _, d := range b.Block {
			if d.Name == "listen" && slices.Contains(d.Args, "quic") && !slices.Contains(d.Args, "reuseport") {
				return []string{"listen quic without reuseport: packets of one connection reach different workers"}
			}
		}
		return nil
	}},
}

// auditRedefinition: add_header in a block hides those of the blocks around it.
func auditRedefinition(b Directive, outer []Directive) (what []string) {
	if !b.has("add_header") || len(outer) < 2 {
		return nil
	}
	for _, o := range slices.Backward(outer[:len(outer)-1]) {
		for _, d := range o.Block {
			if d.Name == "add_header" && len(d.Args) > 0 && !b.hasFold("add_header", d.Args[0]) {
				what = append(what, "add_header here makes NGINX ignore "+d.Args[0]+" of the block around")
			}
		}
		if o.has("add_header") {
			break // which has hidden what is further out
		}
	}
	return what
}

// hasFold is has for a first argument in any letter case.
func (d Directive) hasFold(name, arg string) bool {
	return slices.ContainsFunc(d.Block, func(e Directive) bool { return e.Name == name && len(e.Args) > 0 && strings.EqualFold(e.Args[0], arg) })
}

func auditOpenFiles(b Directive, outer []Directive) []string {
	number := func(block Block, name string) int {
		for _, d := range block {
			if d.Name == name && len(d.Args) == 1 {
				n, _ := strconv.Atoi(d.Args[0])
				return n
			}
		}
		return 0
	}
	files := number(b.Block, "worker_rlimit_nofile")
	for _, d := range b.Block {
		if connections := number(d.Block, "worker_connections"); len(outer) == 0 && d.Name == "events" && files > 0 && files < 2*connections {
			return []string{fmt.Sprintf("worker_rlimit_nofile %d is less than two for each of worker_connections %d", files, connections)}
		}
	}
	return nil
}

// auditDefaultServer: of several servers at one address the first one answers
// for strangers, whichever that is.
func auditDefaultServer(b Directive, _ []Directive) (what []string) {
	count, chosen := map[string]int{}, map[string]bool{}
	for _, server := range b.Block {
		if server.Name != "server" {
			continue
		}
		for _, d := range server.Block {
			if d.Name == "listen" && len(d.Args) > 0 {
				count[d.Args[0]]++
				chosen[d.Args[0]] = chosen[d.Args[0]] || slices.Contains(d.Args, "default_server") || slices.Contains(d.Args, "default")
			}
		}
	}
	for _, address := range sortedKeys(count) {
		if count[address] > 1 && !chosen[address] {
			what = append(what, "no server at "+address+" is the default_server: the first one answers for unknown hosts")
		}
	}
	return what
}

func sortedKeys(m map[string]int) (keys []string) {
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
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
	path := location.Args[len(location.Args)-1]
	if !strings.HasPrefix(location.Args[0], "~") && location.Args[0] != "=" && strings.HasSuffix(d.Args[0], "/") && !strings.HasSuffix(path, "/") {
		return "location " + path + " lacks the slash at the end: " + path + "../ leads out of the folder"
	}
	return ""
}

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
