package nginx

import (
	"fmt"
	"slices"
	"strings"
)

// A Host is a whole machine: the configuration of an NGINX that does nothing
// but answer for some sites.
type Host struct {
	Sites []HostSite
	User  string // of the workers; "" is "www-data", Debian's
	// Logs is the folder of the logs; "" is "/var/log/nginx".
	Logs string
}

// A HostSite is one of the sites of a [Host].
type HostSite struct {
	Server Server
	// Certificate and Key are files in PEM form. Without both the site is
	// answered over plain HTTP; with them, plain HTTP leads to HTTPS.
	Certificate, Key string
}

// Config is the main configuration file. The error is a *[FieldError] where a
// value is not in its allow-list.
func (h Host) Config() (Block, error) {
	if h.User == "" {
		h.User = "www-data"
	}
	if h.Logs == "" {
		h.Logs = "/var/log/nginx"
	}
	if err := h.check(); err != nil {
		return nil, err
	}
	http := Block{
		line("default_type", "application/octet-stream"),
		line("sendfile", "on"),
		line("tcp_nopush", "on"),
		line("server_tokens", "off"),
		line("server_names_hash_bucket_size", "128"),
	}
	if slices.ContainsFunc(h.Sites, HostSite.secure) {
		protocols := line("ssl_protocols", "TLSv1.2", "TLSv1.3")
		protocols.Comment = "HTTP/2: from NGINX 1.25.1 on write \"http2 on;\" here, before it \"listen 443 ssl http2;\" below."
		http = append(http, protocols, line("ssl_session_cache", "shared:icecap:10m"), line("ssl_session_timeout", "1d"), line("ssl_session_tickets", "off"))
	}
	http = append(http, h.strangers()...)
	for _, site := range h.Sites {
		blocks, err := site.blocks(h.Logs)
		if err != nil {
			return nil, err
		}
		http = append(http, blocks...)
	}
	user := line("user", h.User)
	user.Comment = "A whole configuration, written by icecap: put it in place of /etc/nginx/nginx.conf, or change\nicecap.toml and print it anew.\n\n" +
		"This user must be able to read the releases."
	main := Block{
		user,
		line("worker_processes", "auto"),
		line("worker_rlimit_nofile", "8192"),
		line("pid", "/run/nginx.pid"),
		line("error_log", h.Logs+"/error.log"),
		compiled(),
		Directive{Name: "events", Block: Block{line("worker_connections", "2048")}},
		Directive{Name: "http", Block: http},
	}
	if read, err := Parse(main.String()); err != nil || !read.Equal(main) {
		return nil, fmt.Errorf("print configuration of a host: it does not read back as it was meant (%v)", err)
	}
	return main, nil
}

// compiled makes machine code of the gate's regular expressions: one for a page, two
// for an asset.
func compiled() Directive { return line("pcre_jit", "on") }

func (h Host) check() error {
	if len(h.Sites) == 0 {
		return &FieldError{"Sites", "", "must name at least one site"}
	}
	if !siteName.MatchString(strings.ReplaceAll(h.User, "-", "_")) {
		return &FieldError{"User", h.User, "must be the name of a user"}
	}
	if reason := refuseFolder(h.Logs); reason != "" {
		return &FieldError{"Logs", h.Logs, reason}
	}
	names, hosts := map[string]bool{}, map[string]bool{}
	for _, site := range h.Sites {
		if err := site.Server.check(); err != nil {
			return err
		}
		if site.Server.App.Kind == Location {
			return &FieldError{"App.Kind", "Location", "is a location of yours, and on a fresh host there is none"}
		}
		if names[site.Server.Site] {
			return &FieldError{"Site", site.Server.Site, "is the name of two sites"}
		}
		names[site.Server.Site] = true
		for _, host := range site.Server.Hosts {
			if hosts[strings.ToLower(host)] {
				return &FieldError{"Hosts", host, "is the host of two sites, or twice of one"}
			}
			hosts[strings.ToLower(host)] = true
		}
		if (site.Certificate == "") != (site.Key == "") {
			return &FieldError{"Certificate", site.Certificate + site.Key, "needs both a certificate and a key"}
		}
		for field, file := range map[string]string{"Certificate": site.Certificate, "Key": site.Key} {
			if reason := refuseFolder(file); site.secure() && reason != "" {
				return &FieldError{field, file, reason}
			}
		}
	}
	return nil
}

func (s HostSite) secure() bool { return s.Certificate != "" }

// listen is a port for IPv4 and IPv6.
func listen(port string, more ...string) Block {
	return Block{line("listen", append([]string{port}, more...)...), line("listen", append([]string{"[::]:" + port}, more...)...)}
}

// strangers answer those who ask for a host that is no site's: not at all.
func (h Host) strangers() Block {
	plain := Directive{Name: "server", Comment: "Who asks for another host gets no answer.",
		Block: append(listen("80", "default_server"), line("server_name", "_"), line("return", "444"))}
	if !slices.ContainsFunc(h.Sites, HostSite.secure) {
		return Block{plain}
	}
	return Block{plain, {Name: "server",
		Block: append(listen("443", "ssl", "default_server"), line("server_name", "_"), line("ssl_reject_handshake", "on"))}}
}

// blocks are the http level of a site and its one or two server blocks.
func (s HostSite) blocks(logs string) (Block, error) {
	conf, err := s.Server.Config()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, host := range s.Server.Hosts {
		names = append(names, strings.ToLower(host))
	}
	blocks := append(conf.HTTP, LogFormat(s.Server.Site))
	log := line("access_log", logs+"/"+s.Server.Site+".log", logFormatName(s.Server.Site), "buffer=64k", "flush=5s")
	body := Block{line("server_name", names...), log}
	if s.secure() {
		blocks = append(blocks, Directive{Name: "server", Comment: "Plain HTTP leads to HTTPS.",
			Block: append(listen("80"), line("server_name", names...), line("return", "301", "https://"+names[0]+"$request_uri"))})
		body = append(append(listen("443", "ssl"), body...), line("ssl_certificate", s.Certificate), line("ssl_certificate_key", s.Key))
	} else {
		body = append(listen("80"), body...)
	}
	return append(blocks, Directive{Name: "server", Block: append(body, conf.Server...)}), nil
}
