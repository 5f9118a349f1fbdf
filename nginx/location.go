package nginx

import "icecap/content"

// serverLevel is the locations.
func (s Server) serverLevel() Block {
	page := s.pageLocation()
	page.Comment = "The icecap gate of site \"" + s.Site + "\": locations. Written by icecap; change icecap.toml, not this file.\n\n" + page.Comment
	switch s.App.Kind {
	case Proxy:
		return append(Block{page, s.proxyLocation()}, s.redirectLocations()...)
	case UWSGI:
		return append(Block{page, s.uwsgiLocation()}, s.redirectLocations()...)
	}
	return Block{page, s.notFoundLocation()}
}

// pageLocation answers from disk.
func (s Server) pageLocation() Directive {
	missing := line("error_page", "403", "404", "=", "@"+s.Site+"_app")
	missing.Comment = "A file that cannot be read (403), or that went away with the last release between the look\n" +
		"and the opening (404), is the app's to answer."
	last := "@" + s.v("next")
	if s.App.Kind == NoApp {
		missing = line("error_page", "403", "404", "=404", "@"+s.Site+"_404")
		missing.Comment = "Whatever is not frozen, or cannot be read, is answered with the frozen 404 page."
		last = "=404"
	}
	cache := line("open_file_cache", "off")
	cache.Comment = "The cache would mix two releases for a minute after \"current\" has moved."
	block := append(s.static(), cache, missing, line("log_not_found", "off"))
	return Directive{
		Name: "location", Args: []string{"/"}, Block: append(block, s.tryFiles(last)),
		Comment: "Frozen pages. A page's file is its URL path, \"@\" and an extension: /about is about@.html,\n" +
			"/about/ is about/@.html, so no file can be asked for by its own name.",
	}
}

// static is what every location that answers from a release shares.
func (s Server) static() Block {
	types := Directive{Name: "types", Block: Block{},
		Comment: "Only these types are ever frozen. This list replaces mime.types here."}
	charset := line("charset_types")
	for _, m := range content.MediaTypes() {
		types.Block = append(types.Block, line(m.Type, m.Ext))
		if m.Text && m.Type != "text/html" { // which NGINX always includes, and warns about if named
			charset.Args = append(charset.Args, m.Type)
		}
	}
	block := append(Block{line("root", s.Root+"/current"), types, line("charset", "utf-8"), charset}, s.headers()...)
	return block
}

// headers marks the answer and adds the operator's own lines.
func (s Server) headers() Block {
	mark := line("add_header", Marker, "disk", "always")
	mark.Comment = "One add_header here makes NGINX ignore all those of the server block: headers that pages from\n" +
		"disk need are declared as [[header]] in icecap.toml and stand here together."
	block := Block{mark}
	for _, h := range s.Headers {
		block = append(block, line("add_header", h.Name, h.Value, "always"))
	}
	return block
}

// tryFiles looks for the page under the type that the URL's ending promises,
// HTML if it promises none, then under each type that needs no ending. HTML
// comes last: it is found at once but under an ending such as .JPG, which only
// $SITE_ext takes for .jpg. Only the first look may take a query for a
// cache-buster or for a line of the gate map: both are for assets.
func (s Server) tryFiles(last string) Directive {
	stem := s.v("dir") + s.v("path") + "@"
	args := []string{stem + s.v("v") + "." + s.v("ext")}
	types := content.MediaTypes()
	for _, m := range append(types[1:], types[0]) {
		if m.Anywhere {
			args = append(args, stem+s.v("l")+"."+m.Ext)
		}
	}
	return line("try_files", append(args, last)...)
}

// notFoundLocation answers for the missing app.
func (s Server) notFoundLocation() Directive {
	path, err := content.ParsePath(NotFoundPath)
	if err != nil {
		panic(err) // a constant
	}
	file, err := path.File("", "text/html")
	if err != nil {
		panic(err)
	}
	return Directive{
		Name: "location", Args: []string{"@" + s.Site + "_404"},
		Block: append(s.static(), line("open_file_cache", "off"), line("log_not_found", "off"),
			line("try_files", "/p/"+file, "=404")),
		Comment: "The page that is frozen at " + NotFoundPath + ", with status 404. There is no app to ask.",
	}
}

func appComment(protocol string) string {
	return "Everything else: the app. (What a visitor may send, and how long the app may take, are matters of\n" +
		"the server block: client_max_body_size, 1 MB if it has none, and " + protocol + "_read_timeout, 60 seconds.)"
}

// bigHeaders makes room for the headers that apps with cookies of 4 KB send.
func bigHeaders(protocol string) Block {
	first := line(protocol+"_buffer_size", "16k")
	first.Comment = "With NGINX's own 4k an answer with long cookies would become 502, \"too big header\"."
	return Block{first, line(protocol+"_buffers", "8", "16k"), line(protocol+"_busy_buffers_size", "32k")}
}

// hide keeps what the app says to icecap, or in its name, from visitors.
func hide(protocol string) Block {
	var block Block
	for _, name := range HiddenHeaders() {
		block = append(block, line(protocol+"_hide_header", name))
	}
	block[0].Comment = "Only the gate may say that an answer comes from disk."
	block[1].Comment = "What the app says to the freezer is not for visitors."
	return block
}

// with is b, more, and then last.
func (b Block) with(more Block, last Directive) Block { return append(append(b, more...), last) }

func (s Server) proxyLocation() Directive {
	redirect := line("proxy_redirect", "off")
	redirect.Comment = "The app knows the public host, so its redirects are right as they are."
	host := line("proxy_set_header", "Host", s.v("vhost"))
	host.Comment = "What the app would see of the visitor without NGINX before it."
	pass := line("proxy_pass", "http://"+s.Site+"_app")
	pass.Comment = "Without a path, so that the app gets the visitor's URL byte for byte."
	return Directive{
		Name: "location", Args: []string{"@" + s.Site + "_app"},
		Comment: appComment("proxy"),
		Block: Block{
			line("proxy_http_version", "1.1"),
			line("proxy_set_header", "Connection", s.v("connection")),
			line("proxy_set_header", "Upgrade", s.v("upgrade")),
			host,
			line("proxy_set_header", "X-Real-IP", "$remote_addr"),
			line("proxy_set_header", "X-Forwarded-For", "$proxy_add_x_forwarded_for"),
			line("proxy_set_header", "X-Forwarded-Host", s.v("vhost")),
			line("proxy_set_header", "X-Forwarded-Proto", "$scheme"),
			redirect,
		}.with(append(hide("proxy"), bigHeaders("proxy")...), pass),
	}
}

func (s Server) uwsgiLocation() Directive {
	block := Block{}
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
		d := line("uwsgi_param", p[0], p[1])
		if p[0] == "HTTPS" {
			d.Args = append(d.Args, "if_not_empty")
		}
		if len(p) > 2 {
			d.Comment = p[2]
		}
		block = append(block, d)
	}
	block[0].Comment = "Spelled out, so that no uwsgi_params file of the system is needed."
	return Directive{
		Name: "location", Args: []string{"@" + s.Site + "_app"},
		Comment: appComment("uwsgi"),
		Block:   block.with(append(hide("uwsgi"), bigHeaders("uwsgi")...), line("uwsgi_pass", s.Site+"_app")),
	}
}
