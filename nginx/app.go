package nginx

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An App is what answers what is not frozen.
type App struct {
	Kind Kind
	// Address is "127.0.0.1:8000", "[::1]:8000" or "unix:/run/app.sock". It is ""
	// where there is no app, or where Backends stand in its place.
	Address string
	// Backends are several copies of the app, or one with limits of its own.
	Backends []Backend
	// Balance says how requests are spread over Backends.
	Balance Balance
	// TLS is how an HTTPS app is made sure of.
	TLS TLS
	// DocumentRoot is the folder of a FastCGI app, as PHP sees it. Where NGINX
	// sees the same folder, PHP scripts and listed static files in it are
	// answered as PHP sites expect; else the front controller gets everything.
	DocumentRoot string
	// Own is what stands in a location of the operator's (Kind Location), in such a form
	// that the gate may have it again in one of its own, for URLs that have a copy:
	// one line that passes requests on, and nothing that looks at files. nil is no
	// copies there.
	Own Block
	// Script is the URL path of a FastCGI app's front controller; "" is
	// "/index.php".
	Script string
}

// A Kind is how NGINX talks to the app.
type Kind int

const (
	NoApp    Kind = iota // nothing but the frozen pages
	Proxy                // HTTP (proxy_pass)
	HTTPS                // HTTP over TLS (proxy_pass https://)
	UWSGI                // the uwsgi protocol (uwsgi_pass)
	SCGI                 // SCGI (scgi_pass)
	FastCGI              // FastCGI with a front controller, such as PHP-FPM (fastcgi_pass)
	Location             // the operator's own location @SITE_app, which is not emitted
)

// A Backend is one copy of the app behind the gate.
type Backend struct {
	Address string
	Weight  int  // share of the requests; 0 is 1
	Backup  bool // asked only when no other answers
	// MaxFails is after how many failures within FailTimeout the backend is left
	// alone for as long. nil is NGINX's own 1; 0 is never. It does not count
	// where there is one backend only.
	MaxFails    *int
	FailTimeout time.Duration // in whole seconds; 0 is NGINX's own, 10 seconds
}

// A Balance is how requests are spread over backends.
type Balance string

const (
	RoundRobin Balance = ""           // in turn, by weight
	LeastConn  Balance = "least_conn" // to the one with the fewest open connections, by weight
)

// A TLS says how NGINX makes sure of an HTTPS app.
type TLS struct {
	// Name is asked for (SNI) and must be in the certificate. "" is the host name
	// of the first address, which must then be one.
	Name string
	// CA is a file of trusted certificates; "" is Debian's list of public ones.
	CA string
	// Insecure believes any certificate.
	Insecure bool
}

// systemCA is where Debian and its kin keep the public certificates.
const systemCA = "/etc/ssl/certs/ca-certificates.crt"

// passes reports whether the gate itself hands requests to an app.
func (a App) passes() bool { return a.Kind != NoApp && a.Kind != Location }

// backends are all addresses in one form.
func (a App) backends() []Backend {
	if len(a.Backends) > 0 {
		return a.Backends
	}
	return []Backend{{Address: a.Address}}
}

// script is the front controller's URL path.
func (a App) script() string {
	if a.Script == "" {
		return "/index.php"
	}
	return a.Script
}

// tlsName is what the certificate must be for.
func (a App) tlsName() string {
	if a.TLS.Name != "" {
		return strings.ToLower(a.TLS.Name)
	}
	host := a.backends()[0].Address
	if strings.HasPrefix(host, "unix:") {
		return ""
	}
	return strings.ToLower(host[:max(strings.LastIndexByte(host, ':'), 0)])
}

func (a App) check() error {
	refuse := func(field, value, reason string) error { return &FieldError{"App." + field, value, reason} }
	switch {
	case a.Kind < NoApp || a.Kind > Location:
		return refuse("Kind", strconv.Itoa(int(a.Kind)), "is not one of NoApp, Proxy, HTTPS, UWSGI, SCGI, FastCGI and Location")
	case !a.passes() && a.Address != "":
		return refuse("Address", a.Address, "is given, but the gate passes nothing on")
	case !a.passes() && len(a.Backends) > 0:
		return refuse("Backends", a.Backends[0].Address, "is given, but the gate passes nothing on")
	case !a.passes():
		return nil
	case a.Address != "" && len(a.Backends) > 0:
		return refuse("Address", a.Address, "is given beside backends")
	case a.Balance != RoundRobin && a.Balance != LeastConn:
		return refuse("Balance", string(a.Balance), `must be "least_conn" or nothing`)
	}
	if err := a.checkBackends(); err != nil {
		return err
	}
	switch a.Kind {
	case HTTPS:
		return a.checkTLS()
	case FastCGI:
		return a.checkScript()
	}
	return nil
}

func (a App) checkBackends() error {
	primary := false
	for _, b := range a.backends() {
		field := "App.Address"
		if len(a.Backends) > 0 {
			field = "App.Backends"
		}
		refuse := func(reason string) error { return &FieldError{field, b.Address, reason} }
		reason := refuseAddress(b.Address)
		switch {
		case reason != "":
			return refuse(reason)
		case b.Weight < 0 || b.Weight > 1000:
			return refuse(fmt.Sprintf("has the weight %d, which must be from 1 to 1000", b.Weight))
		case b.MaxFails != nil && (*b.MaxFails < 0 || *b.MaxFails > 1000):
			return refuse(fmt.Sprintf("has max_fails %d, which must be from 0 to 1000", *b.MaxFails))
		case b.FailTimeout < 0 || b.FailTimeout > time.Hour || b.FailTimeout%time.Second != 0:
			return refuse(fmt.Sprintf("has fail_timeout %s, which must be whole seconds up to an hour", b.FailTimeout))
		}
		primary = primary || !b.Backup
	}
	if !primary {
		return &FieldError{"App.Backends", a.Backends[0].Address, "is a backup, as are all others: one must not be"}
	}
	return nil
}

// refuseAddress returns why NGINX cannot pass to an address, or "".
func refuseAddress(address string) string {
	if socket, ok := strings.CutPrefix(address, "unix:"); ok {
		// sun_path holds 108 bytes with its final NUL (unix(7)).
		if reason := refuseFolder(socket); reason != "" {
			return reason
		} else if len(socket) > 107 {
			return "is too long for a socket's path (107 bytes)"
		}
		return ""
	}
	colon := strings.LastIndexByte(address, ':')
	if colon < 0 {
		return "must be host:port or unix:/path"
	}
	host, port := address[:colon], address[colon+1:]
	if reason := refuseHost(strings.ToLower(host)); reason != "" {
		return reason
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 || strconv.Itoa(n) != port {
		return "must end in a port from 1 to 65535"
	}
	return ""
}

func (a App) checkTLS() error {
	name := a.tlsName()
	if reason := refuseHost(name); reason != "" || strings.HasPrefix(name, "[") {
		return &FieldError{"App.TLS.Name", name, "must be the host name in the app's certificate"}
	}
	if _, err := netip.ParseAddr(name); err == nil && !a.TLS.Insecure {
		// NGINX compares a name with the names of a certificate, never with its addresses.
		return &FieldError{"App.TLS.Name", name, "is an address; give the host name in the app's certificate"}
	}
	if a.TLS.CA != "" {
		if reason := refuseFolder(a.TLS.CA); reason != "" {
			return &FieldError{"App.TLS.CA", a.TLS.CA, reason}
		}
	}
	return nil
}

func (a App) checkScript() error {
	if reason := refuseFolder(a.DocumentRoot); reason != "" {
		return &FieldError{"App.DocumentRoot", a.DocumentRoot, reason}
	}
	if reason := refuseFolder(a.script()); reason != "" || !strings.HasSuffix(a.script(), ".php") {
		return &FieldError{"App.Script", a.Script, "must be the URL path of a PHP script, such as /index.php"}
	}
	return nil
}

// upstream lists the backends.
func (s Server) upstream() Directive {
	upstream := Directive{Name: "upstream", Args: []string{s.Site + "_app"}, Comment: "The app.", Block: Block{}}
	backends := s.App.backends()
	if len(backends) > 1 {
		zone := line("zone", s.Site+"_app", "64k")
		zone.Comment = "All workers know which backend has failed, and how busy each is."
		upstream.Block = append(upstream.Block, zone)
	}
	if s.App.Balance != RoundRobin {
		upstream.Block = append(upstream.Block, line(string(s.App.Balance)))
	}
	for _, b := range backends {
		upstream.Block = append(upstream.Block, b.line())
	}
	if s.App.Kind == Proxy || s.App.Kind == HTTPS {
		upstream.Comment += " Idle connections are closed after one second, sooner than apps close them\n" +
			"(gunicorn after 2 s, Node.js after 5 s): a POST that meets a connection which the app is\n" +
			"just closing would fail with 502, for NGINX must not send it twice."
		upstream.Block = append(upstream.Block, line("keepalive", "32"), line("keepalive_timeout", "1s"))
	}
	return upstream
}

func (b Backend) line() Directive {
	d := line("server", b.Address)
	if b.Weight > 0 {
		d.Args = append(d.Args, "weight="+strconv.Itoa(b.Weight))
	}
	if b.MaxFails != nil {
		d.Args = append(d.Args, "max_fails="+strconv.Itoa(*b.MaxFails))
	}
	if b.FailTimeout > 0 {
		d.Args = append(d.Args, "fail_timeout="+strconv.Itoa(int(b.FailTimeout.Seconds()))+"s")
	}
	if b.Backup {
		d.Args = append(d.Args, "backup")
	}
	return d
}

// First is the address of the first backend that is no backup, for a gate that
// asks one only; "" without an app. others is how many are left out.
func (a App) First() (address string, others int) {
	if !a.passes() {
		return "", 0
	}
	all := a.backends()
	return all[max(slices.IndexFunc(all, func(b Backend) bool { return !b.Backup }), 0)].Address, len(all) - 1
}

// Protocol is the name of a kind, as its addresses are spelled: "http" or
// "fastcgi"; "" where nothing is passed on.
func (k Kind) Protocol() string {
	at := slices.IndexFunc(protocols, func(p protocol) bool { return p.kind == k })
	if at < 0 {
		return ""
	}
	return protocols[at].scheme
}

// A protocol is a kind with its spelling in addresses and in directives.
type protocol struct {
	kind      Kind
	scheme    string // of an address
	directive string // what its directives start with
}

var protocols = []protocol{
	{Proxy, "http", "proxy"},
	{HTTPS, "https", "proxy"},
	{UWSGI, "uwsgi", "uwsgi"},
	{SCGI, "scgi", "scgi"},
	{FastCGI, "fastcgi", "fastcgi"},
}

// KindOf finds a kind by its [Kind.Protocol].
func KindOf(protocol string) (Kind, bool) {
	for _, p := range protocols {
		if p.scheme == protocol {
			return p.kind, true
		}
	}
	return NoApp, false
}
