package tune

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"icecap/nginx"
)

// The knobs of NGINX, by the name of their directive.
const (
	workerProcesses   = "worker_processes"
	workerConnections = "worker_connections"
	rlimitNofile      = "worker_rlimit_nofile"
	accessLog         = "access_log"
	noLog             = "no access_log"
	sendfile          = "sendfile"
	tcpNopush         = "tcp_nopush"
	openFileCache     = "open_file_cache"
	keepaliveRequests = "keepalive_requests"
	upstreamKeepalive = "keepalive"
	reuseport         = "reuseport"
	multiAccept       = "multi_accept"
	gzipStatic        = "gzip_static"
	brotliStatic      = "brotli_static"
	aio               = "aio"
)

// asStarted leaves a limit as it is.
const asStarted = "as started"

// Symptoms are what a load does to a server, from which follows which knobs
// cannot matter.
type Symptoms struct {
	Cores    int
	Files    uint64 // that a process may have open
	AskedApp bool   // some requests are the app's
}

// Knobs lists the knobs, each beginning with NGINX's own default, in the order
// in which they are tried: first those without which requests may fail, then the
// greatest effects.
func (d *NGINX) Knobs(s Symptoms) []Knob {
	perVisitor := 1
	if s.AskedApp {
		perVisitor = 2 // one to the visitor, one to the app
	}
	need := d.Load.Connections * perVisitor
	knobs := []Knob{
		{Name: workerConnections, Values: []string{"512", "4096"}, Skip: unless(need >= 512, "%d connections cannot use up 512", need)},
		{Name: rlimitNofile, Values: []string{asStarted, "65536"}, Skip: unless(s.Files < uint64(2*need), "%d open files are allowed, and at most %d are needed", s.Files, 2*need)},
		{Name: workerProcesses, Values: processes(s.Cores)},
		{Name: accessLog, Values: []string{"file", "buffered", "syslog"}},
		{Name: noLog, Values: []string{"no", "yes"}, Advice: "without an access log nobody can tell which pages are hot"},
		{Name: sendfile, Values: []string{"off", "on"}},
		{Name: tcpNopush, Values: []string{"on"}, Skip: "the gate has it on for its pages already"},
		{Name: openFileCache, Values: []string{"checked", "trusted"}, Advice: "it trusts files beyond a release, so each publish must reload NGINX: open_files under [gate] sees to both"},
		{Name: keepaliveRequests, Values: []string{"1000", "100000"}, Skip: unless(!d.Load.NoKeepAlive, "no connection is kept in this load")},
		{Name: upstreamKeepalive, Values: []string{"32", "128"}, Skip: cmp.Or(
			unless(s.AskedApp, "no page of this load is the app's, so no connection to it is used"),
			unless(d.Load.Connections > 32, "%d connections cannot use up the 32 to the app that are kept", d.Load.Connections))},
		{Name: reuseport, Values: []string{"off", "on"}, Skip: unless(d.Load.NoKeepAlive, "connections are kept in this load; it is about taking new ones")},
		{Name: multiAccept, Values: []string{"off", "on"}, Skip: unless(d.Load.NoKeepAlive, "connections are kept in this load; it is about taking new ones")},
		{Name: gzipStatic, Values: []string{"as the gate has it"}, Skip: "the gate sends the .gz files of the release already"},
		{Name: brotliStatic, Values: []string{"as the gate has it"}, Skip: "the gate sends the .br files already where the module is there"},
		{Name: aio, Values: []string{"off"}, Skip: "it is for large files that are not in memory"},
	}
	return knobs
}

// unless is the reason to skip, if the symptom is not there.
func unless(symptom bool, reason string, args ...any) string {
	if symptom {
		return ""
	}
	return fmt.Sprintf(reason, args...)
}

// processes are the numbers of workers to try: one, one a core, two a core.
func processes(cores int) []string {
	values := []string{"1"}
	for _, n := range []int{cores, 2 * cores} {
		if v := strconv.Itoa(n); !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	return values
}

// Conf is the accepted settings as NGINX configuration, each with its evidence in
// a comment, and below what was measured and not taken. about says where and how
// it was measured.
func (r *Result) Conf(about string) string {
	var b strings.Builder
	for line := range strings.Lines(about) {
		b.WriteString("# " + strings.TrimRight(line, "\n") + "\n")
	}
	places := []struct {
		title string
		names []string
	}{
		{"outside all blocks", []string{workerProcesses, rlimitNofile}},
		{"inside events { }", []string{workerConnections, multiAccept}},
		{"inside http { }", []string{accessLog, sendfile, keepaliveRequests}},
		{"inside upstream { }", []string{upstreamKeepalive}},
		{"in the listen line of the server", []string{reuseport}},
	}
	for _, place := range places {
		var block nginx.Block
		for _, e := range r.Accepted() {
			if slices.Contains(place.names, e.Knob) {
				d := confLine(e)
				d.Comment = fmt.Sprintf("%s -> %s: %s", e.From, e.To, e.Verdict.evidence())
				block = append(block, d)
			}
		}
		if len(block) > 0 {
			b.WriteString("\n# ==== " + place.title + "\n\n" + block.String())
		}
	}
	b.WriteString("\n# ==== not taken\n\n")
	for _, e := range r.Experiments {
		switch {
		case e.Kind != Trial || e.Verdict.Accepted && e.Advice == "":
		case e.Skipped:
			fmt.Fprintf(&b, "# %s: not measured: %s\n", e.Knob, e.Verdict.Why)
		case e.Advice != "" && e.Verdict.Accepted:
			fmt.Fprintf(&b, "# %s %s: %s; your choice: %s\n", e.Knob, e.To, e.Verdict.evidence(), e.Advice)
		default:
			fmt.Fprintf(&b, "# %s %s: %s; %s\n", e.Knob, e.To, e.Verdict.evidence(), strings.Join(strings.Fields(e.Verdict.Why), " "))
		}
	}
	return b.String()
}

// confLine spells an accepted value as a directive.
func confLine(e Experiment) nginx.Directive {
	switch {
	case e.Knob == accessLog && e.To == "buffered":
		return directive(accessLog, "/var/log/nginx/access.log", "combined", "buffer=64k", "flush=5s")
	case e.Knob == accessLog:
		return directive(accessLog, "syslog:server=127.0.0.1:514", "combined")
	case e.Knob == reuseport:
		return directive("listen", "80", "reuseport")
	}
	return directive(e.Knob, e.To)
}

// evidence says how much a value changed, in words: "+12.3 % (+10.1 to +15.0 %, p =
// 0.0010)", and what a request costs where that is sure.
func (v Verdict) evidence() string {
	text := fmt.Sprintf("%+.1f %% (%+.1f to %+.1f %%, %s)", v.Gain*100, v.Low*100, v.High*100, chance(v.P))
	if cost := v.CPU.String(); cost != "" {
		text += ", " + cost
	}
	return text
}
