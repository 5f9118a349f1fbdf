package nginx

import (
	"strings"

	"icecap/content"
)

// appLocations hand what is not frozen to the app. The first is the one that
// the gate leads to.
func (s Server) appLocations() Block {
	switch s.App.Kind {
	case Proxy, HTTPS:
		return Block{s.appLocation("app", appComment("proxy"), s.proxyPass())}
	case UWSGI, SCGI:
		directive := s.App.Kind.directive()
		return Block{s.appLocation("app", appComment(directive), s.paramsPass(directive, nil))}
	case FastCGI:
		return s.phpLocations()
	}
	return nil // the operator's own
}

func (s Server) appLocation(name, comment string, block Block) Directive {
	return Directive{Name: "location", Args: []string{"@" + s.Site + "_" + name}, Comment: comment, Block: block}
}

// directive is what the directives of a protocol start with.
func (k Kind) directive() string {
	for _, p := range protocols {
		if p.kind == k {
			return p.directive
		}
	}
	return ""
}

// appMaps are looked at for requests that the app gets.
func (s Server) appMaps() Block {
	switch s.App.Kind {
	case Proxy, HTTPS:
		return append(Block{s.vhostMap()}, s.upgradeMaps()...)
	case UWSGI, SCGI:
		return Block{s.vhostMap()}
	case FastCGI:
		return append(Block{s.vhostMap()}, s.phpMaps()...)
	}
	return nil
}

func (s Server) vhostMap() Directive {
	entries := Block{line("default", "$host")}
	for _, host := range s.hosts() {
		entries = append(entries, line(hostKey(host+" "+host), "$http_host")) // as nearly all spell it
	}
	return s.mapping("$host $http_host", "vhost", "The host as the visitor spelled it, with its port. Where the Host header contradicts the host\n"+
		"that NGINX goes by (GET http://one/ with Host: two), the app is told the latter.",
		append(entries, line(`~*^([^ ]+) \1\.?(?::[0-9]*)?$`, "$http_host"))...)
}

func (s Server) upgradeMaps() Block {
	return Block{
		s.mapping("$http_upgrade", "upgrade", "Web sockets pass; other upgrades do not, for h2c would open a tunnel around this configuration.",
			line("default", ""), line("websocket", "websocket")),
		s.mapping(s.v("upgrade"), "connection", "An empty Connection header keeps the connection to the app open for the next request.",
			line("default", ""), line("websocket", "upgrade")),
	}
}

func appComment(directive string) string {
	return "Everything else: the app. (What a visitor may send, and how long the app may take, are matters of\n" +
		"the server block: client_max_body_size, 1 MB if it has none, and " + directive + "_read_timeout, 60 seconds.\n" +
		"An answer with X-Accel-Buffering: no, such as a stream of events, is passed on as it comes.)"
}

// bigHeaders makes room for the headers that apps with cookies of 4 KB send.
func bigHeaders(directive string) Block {
	first := line(directive+"_buffer_size", "16k")
	first.Comment = "With NGINX's own 4k an answer with long cookies would become 502, \"too big header\"."
	return Block{first, line(directive+"_buffers", "8", "16k"), line(directive+"_busy_buffers_size", "32k")}
}

// hide keeps what the app says to icecap, or in its name, from visitors.
func hide(directive string) Block {
	var block Block
	for _, name := range HiddenHeaders() {
		block = append(block, line(directive+"_hide_header", name))
	}
	block[0].Comment = "Only the gate may say that an answer comes from disk."
	block[1].Comment = "What the app says to the freezer is not for visitors."
	return block
}

// proxyPass speaks HTTP to the app.
func (s Server) proxyPass() Block {
	redirect := line("proxy_redirect", "off")
	redirect.Comment = "The app knows the public host, so its redirects are right as they are."
	host := line("proxy_set_header", "Host", s.v("vhost"))
	host.Comment = "What the app would see of the visitor without NGINX before it."
	pass := line("proxy_pass", s.App.Kind.Protocol()+"://"+s.Site+"_app")
	pass.Comment = "Without a path, so that the app gets the visitor's URL byte for byte."
	block := Block{
		line("proxy_http_version", "1.1"),
		line("proxy_set_header", "Connection", s.v("connection")),
		line("proxy_set_header", "Upgrade", s.v("upgrade")),
		host,
		line("proxy_set_header", "X-Real-IP", "$remote_addr"),
		line("proxy_set_header", "X-Forwarded-For", "$proxy_add_x_forwarded_for"),
		line("proxy_set_header", "X-Forwarded-Host", s.v("vhost")),
		line("proxy_set_header", "X-Forwarded-Proto", "$scheme"),
		redirect,
	}
	block = append(append(block, hide("proxy")...), bigHeaders("proxy")...)
	if s.App.Kind == HTTPS {
		block = append(block, s.proxyTLS()...)
	}
	return append(block, pass)
}

// proxyTLS makes sure of an app behind TLS: NGINX alone would believe any
// certificate, and not say which host it asks for.
func (s Server) proxyTLS() Block {
	name := line("proxy_ssl_name", s.App.tlsName())
	name.Comment = "NGINX would not say whom it asks for (SNI), and believe any certificate."
	block := Block{name, line("proxy_ssl_server_name", "on"), line("proxy_ssl_protocols", "TLSv1.2", "TLSv1.3")}
	if s.App.TLS.Insecure {
		verify := line("proxy_ssl_verify", "off")
		verify.Comment = "The operator wants any certificate to be believed."
		return append(block, verify)
	}
	ca := s.App.TLS.CA
	if ca == "" {
		ca = systemCA
	}
	return append(block, line("proxy_ssl_verify", "on"), line("proxy_ssl_verify_depth", "3"), line("proxy_ssl_trusted_certificate", ca))
}

// paramsPass speaks a protocol of the CGI family to the app. own goes before
// the parameters that all share.
func (s Server) paramsPass(directive string, own Block) Block {
	param := directive + "_param"
	block := own
	at := len(block)
	for _, p := range [][]string{
		{"QUERY_STRING", "$query_string"},
		{"REQUEST_METHOD", "$request_method"},
		{"CONTENT_TYPE", "$content_type"},
		{"CONTENT_LENGTH", "$content_length"},
		{"REQUEST_URI", "$request_uri"},
		{"PATH_INFO", s.v("path"), "Not $uri, which is the name of a file if one was found but could not be read."},
		{"DOCUMENT_ROOT", "$document_root"},
		{"SERVER_PROTOCOL", "$server_protocol"},
		{"REQUEST_SCHEME", "$scheme"},
		{"HTTPS", "$https"},
		{"REMOTE_ADDR", "$remote_addr"},
		{"REMOTE_PORT", "$remote_port"},
		{"SERVER_ADDR", "$server_addr"},
		{"SERVER_PORT", "$server_port"},
		{"SERVER_NAME", "$server_name"},
		{"HTTP_HOST", s.v("vhost")},
		{"HTTP_PROXY", "", "A visitor's Proxy header would become the app's own proxy setting (httpoxy, CVE-2016-5385)."},
	} {
		if s.App.Kind == FastCGI && (p[0] == "PATH_INFO" || p[0] == "DOCUMENT_ROOT") {
			continue // PHP makes the one of SCRIPT_NAME, the other is among its own
		}
		d := line(param, p[0], p[1])
		if p[0] == "HTTPS" {
			d.Args = append(d.Args, "if_not_empty")
		}
		if len(p) > 2 {
			d.Comment = p[2]
		}
		block = append(block, d)
	}
	if s.App.Kind == SCGI {
		block = append(block, line(param, "SCGI", "1"))
	}
	block[at].Comment = "Spelled out, so that no " + directive + "_params file of the system is needed."
	block = append(append(block, hide(directive)...), bigHeaders(directive)...)
	return append(block, line(directive+"_pass", s.Site+"_app"))
}

// nowhere is a path that no folder of an app has.
const nowhere = "/-/-"

// phpMaps say which file of the app's own folder a path may name. A regular
// expression over a path costs little beside PHP.
func (s Server) phpMaps() Block {
	files := Block{line("hostnames"), line("default", nowhere)}
	for _, m := range content.MediaTypes() {
		for _, suffix := range m.Suffixes {
			files = append(files, line("*"+suffix, s.v("path")))
		}
	}
	scripts := Block{line("default", nowhere), line(`~/\.`, nowhere), line(`~\.php$`, s.v("path")), line("~/$", "${"+s.Site+"_path}index.php")}
	if s.hasFallback() {
		home := "/index.php"
		if s.App.script() == home {
			home = nowhere // it is the front controller, for which copies stand in
		}
		scripts = append(scripts, line("/", home))
	}
	return Block{
		s.mapping(s.v("path"), "static", "A static file of the app. What has none of these endings is never sent as a file: no source of\n"+
			"a script, no backup of a configuration.", files...),
		s.mapping(s.v("path"), "script", "A PHP script of the app, by its name or by that of its folder. Hidden folders have none.",
			scripts...),
	}
}

// phpLocations are what PHP sites expect of NGINX: a static file is sent, a
// script is run, and the front controller gets the rest. Where NGINX does not
// see the app's folder, which may be in another container, it gets everything.
func (s Server) phpLocations() Block {
	types := Directive{Name: "types", Block: Block{}}
	for _, m := range content.MediaTypes() {
		entry := line(m.Type)
		for _, suffix := range m.Suffixes {
			entry.Args = append(entry.Args, strings.TrimPrefix(suffix, "."))
		}
		if len(entry.Args) > 0 {
			types.Block = append(types.Block, entry)
		}
	}
	root := line("root", s.App.DocumentRoot)
	static := Block{root, types, line("open_file_cache", "off"), line("log_not_found", "off"),
		line("try_files", s.v("static"), "@"+s.Site+"_script")}
	own := func(script string) Block {
		return Block{
			line("fastcgi_param", "SCRIPT_FILENAME", s.App.DocumentRoot+script),
			line("fastcgi_param", "SCRIPT_NAME", script),
			line("fastcgi_param", "DOCUMENT_URI", script),
			line("fastcgi_param", "DOCUMENT_ROOT", s.App.DocumentRoot),
			line("fastcgi_param", "GATEWAY_INTERFACE", "CGI/1.1"),
			line("fastcgi_param", "SERVER_SOFTWARE", "nginx"),
			line("fastcgi_param", "REDIRECT_STATUS", "200"),
		}
	}
	script := Block{root, line("log_not_found", "off"), line("try_files", s.v("script"), s.askLocation())}
	return Block{
		s.appLocation("app", "Everything else: the app. Its own static files first.", static),
		s.appLocation("script", "A script that is there. PHP must not guess which: /image.png/x.php would run an image.",
			append(script, s.paramsPass("fastcgi", own(s.v("script")))...)),
		s.appLocation("front", appComment("fastcgi"), s.paramsPass("fastcgi", own(s.App.script()))),
	}
}
