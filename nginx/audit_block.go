package nginx

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// blockRules look at what stands together in a block. outer are the blocks that
// it is in, itself included.
var blockRules = []struct {
	name  string
	check func(block Directive, outer []Directive) []string
}{
	{"add_header_redefinition", auditRedefinition("add_header")},
	{"proxy_set_header_redefinition", auditRedefinition("proxy_set_header")},
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
	{"ssl_stapling_letsencrypt", func(b Directive, _ []Directive) []string {
		for _, d := range b.Block {
			if d.Name == "ssl_certificate" && len(d.Args) == 1 && strings.HasPrefix(d.Args[0], "/etc/letsencrypt/") && b.has("ssl_stapling", "on") {
				return []string{"ssl_stapling does nothing: certificates of Let's Encrypt have had no OCSP since 2025"}
			}
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

// auditRedefinition: a header that is set in a block hides those of the blocks around it.
func auditRedefinition(name string) func(b Directive, outer []Directive) []string {
	return func(b Directive, outer []Directive) (what []string) {
		if !b.has(name) || len(outer) < 2 {
			return nil
		}
		for _, o := range slices.Backward(outer[:len(outer)-1]) {
			for _, d := range o.Block {
				if d.Name == name && len(d.Args) > 0 && !b.hasFold(name, d.Args[0]) {
					what = append(what, name+" here makes NGINX ignore "+d.Args[0]+" of the block around")
				}
			}
			if o.has(name) {
				break // which has hidden what is further out
			}
		}
		return what
	}
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
