package nginx

import (
	"strings"
	"testing"
)

// broken is one edit for each rule, of a configuration that has no findings.
// An empty old text means: append to the end of that part.
var broken = []struct {
	part     string // http or server
	old, new string
	rule     string
	what     string // a part of the finding
}{
	{"server", "", "if ($host) { return 403; }", "unknown directive", "if"},
	{"server", "log_not_found off;", "alias /srv/;", "unknown directive", "alias"},
	{"server", "log_not_found off;", "rewrite ^ /x;", "unknown directive", "rewrite"},
	{"server", "log_not_found off;", "include /etc/passwd;", "unknown directive", "include"},
	{"server", "log_not_found off;", "set $x 1;", "unknown directive", "set"},
	{"http", "", "lua_package_path x;", "unknown directive", "lua"},
	{"http", "map $host $shop_h", "map $host $h", "foreign name", "h"},
	{"http", "upstream shop_app", "upstream app", "foreign name", "app"},
	{"server", "location @shop_app", "location @app", "foreign name", "app"},
	{"http", "default $uri;", "default $1;", "capture", "$1"},
	{"server", "proxy_set_header X-Real-IP $remote_addr;", "proxy_set_header X-Real-IP x${2};", "capture", "x${2}"},
	{"http", `"~^(?:[^#?`, `"~^(?<x>[^#?`, "capture", "names a capture"},
	{"http", "default h;", "", "map", "no default"},
	{"http", "default h;", "default h; SHOP.example.com \"\";", "map", "twice"},
	{"http", "default h;", "default h; include x;", "map", "include"},
	{"http", "default h;", "default h; volatile;", "map", "volatile"},
	{"http", "default h;", `default h; "~^(?:a+)+$" "";`, "slow expression", "(?:a+)+"},
	{"http", "map $host $shop_h", "map $host shop_h", "map", "must name"},
	{"server", "", `location ~ \.php$ { root /srv; }`, "location", "neither"},
	{"server", "", "location = /x { root /srv; }", "location", "neither"},
	{"server", "log_not_found off;", "location @shop_x { root /srv; }", "location", "nested"},
	{"server", "open_file_cache off;", "", "file cache", "open_file_cache"},
	{"server", "open_file_cache off;", "open_file_cache max=1000;", "file cache", "open_file_cache"},
	{"server", "open_file_cache_valid 0;", "", "file cache", "open_file_cache"},
	{"server", "open_file_cache_valid 0;", "open_file_cache_valid 1s;", "file cache", "open_file_cache"},
	{"server", "open_file_cache_errors off;", "open_file_cache_errors on;", "file cache", "open_file_cache"},
	{"server", "add_header Vary Accept-Encoding always;", "", "vary", "Vary"},
	{"server", "gzip_vary on;", "", "vary", "Vary"},
	{"server", "root /srv/shop/current;", "", "root", "no root"},
	{"server", "add_header X-Icecap disk always;", "", "marker", "does not mark"},
	{"server", "proxy_hide_header X-Icecap;", "", "marker", "not hidden"},
	{"server", "proxy_hide_header Icecap-Links;", "", "marker", "Icecap-Links is not hidden"},
	{"server", "error_page 403 404 = @shop_door;", "", "error page", "404"},
	{"server", "error_page 403 404 = @shop_door;", "error_page 404 = @shop_app;", "error page", "403"},
	{"server", "$shop_dir$shop_path@$shop_l.json", "$shop_dir$shop_path@$args.json", "request text", "$args"},
	{"server", "$shop_dir$shop_path@$shop_l.json", "$shop_dir$request_uri", "request text", "$request_uri"},
	{"server", "$shop_dir$shop_path@$shop_l.json", "/$cookie_lang.html", "request text", "$cookie_lang"},
	{"http", "default $uri;", "default $http_x;", "request text", "$shop_path"},
	{"http", `default $uri;`, `default $uri; /x $shop_v; /y $args;`, "request text", "$shop_path"},
	{"server", "root /srv/shop/current;", "root /srv/$host;", "request text", "/srv/$host"},
	{"server", "add_header X-Frame-Options DENY always;", "add_header X-Page $uri always;", "request text", "$uri"},
	{"server", "proxy_pass http://shop_app;", "proxy_pass http://$host;", "request text", "$host"},
	{"server", "@$shop_next;\n}", "@shop_ap;\n}", "undefined", "@shop_ap "},
	{"server", "error_page 403 404 = @shop_door;", "error_page 403 404 = @shop_ap;", "undefined", "@shop_ap "},
	{"server", "proxy_pass http://shop_app;", "proxy_pass http://shop_apq;", "undefined", "shop_apq"},
	{"http", "$shop_why $shop_any", "$shop_wy $shop_any", "undefined", "$shop_wy"},
	{"server", "@$shop_next;\n}", "/index.html;\n}", "fallback", "named location"},
	{"server", "proxy_pass http://shop_app;", "proxy_pass http://shop_app/;", "path", "rewritten"},
	{"server", "add_header X-Frame-Options DENY always;", "add_header Content-Type text/html;", "add_header", "second"},
	{"server", "add_header X-Frame-Options DENY always;", `add_header X-A "a\r\nB: c";`, "add_header", "line break"},
	{"server", "", "add_header X-A b;", "add_header", "outside"},
	{"server", "return 301 $shop_to;", "return 301 $uri;", "request text", "return"},
	{"server", "return 301 $shop_to;", "return 301 http://$host$shop_to;", "request text", "return"},
	{"server", "return 301 $shop_to;", "return 200;", "request text", "return"},
	{"server", "absolute_redirect off;", "", "redirect", "port"},
	{"server", "return 404;", "return 403;", "request text", "return"},
	{"server", "add_header Cache-Control no-store always;", "", "marker", "how long"},
	{"server", "add_header X-Icecap stale always;", "", "marker", "does not mark"},
	{"server", "index none;", "", "folder", "show"},
	{"server", "autoindex off;", "autoindex on;", "folder", "show"},
	{"server", "error_page 403 405 = @shop_stale;", "error_page 405 = @shop_stale;", "error page", "403"},
	{"server", "error_page 500 502 503 504 = @shop_stale;", "error_page 502 504 = @shop_stale;", "error page", "500"},
	{"server", "error_log /dev/null crit;", "error_log /var/log/$host crit;", "request text", "$host"},
	{"http", `"~^/drafts/[^/]*$" noindex;`, `"~^/drafts/[^/]*$" $http_x;`, "request text", "$shop_header3"},
	{"http", `"~^/drafts/[^/]*$" noindex;`, `"~^/drafts/[^/]*$" $uri;`, "request text", "$shop_header3"},
	{"server", "location @shop_308", "location @shop_309", "undefined", "@shop_308"},
	{"server", "@$shop_next", "@$shop_why", "undefined", "does not exist"},
	{"server", "@$shop_next", "@$uri", "undefined", "location @$uri does not exist"},
	{"http", "default $shop_listed;", "default $uri;", "undefined", "does not exist"},
	{"http", "410 ([^ ]+) \\1$\" shop_gone410;", "410 ([^ ]+) \\1$\" shop_gone411;", "undefined", "@shop_gone411"},
	{"server", "@$shop_next", "@$args", "undefined", "@$args"},
	{"server", "root /srv/shop/current;", "include /srv/../root.con[f];", "unknown directive", "include"},
	{"server", "root /srv/shop/current;", "include /srv/shop/root.conf;", "unknown directive", "include"},
	{"http", "/srv/shop/current/gate.ma[p]", "/etc/passwd", "map", "include"},
	{"http", "/srv/shop/current/gate.ma[p]", "/srv/shop/../current/gate.ma[p]", "map", "include"},
	{"http", "/srv/shop/current/gate.ma[p]", "/srv/shop/current/*", "map", "include"},
	{"http", `"~^p=[1-9][0-9]{0,0}$" $args`, `"~^p=[1-9]" $args`, "request text", "$shop_l"},
	{"http", `"~^p=[1-9][0-9]{0,0}$" $args`, `"~p=[1-9][0-9]{0,0}$" $args`, "request text", "$shop_l"},
	{"http", `"~^p=[1-9][0-9]{0,0}$" $args`, `"~^p=.*$" $args`, "request text", "$shop_l"},
	{"http", `"~^p=[1-9][0-9]{0,0}$" $args`, `"p=1" "x$args"`, "request text", "$shop_l"},
	{"http", "default $shop_b;", "default $args;", "request text", "$shop_tail"},
	{"http", "css $args;", "~css $args;", "request text", "$shop_tail"},
	{"http", `include "/srv/shop/current/gate.ma[p]";`, "", "request text", "$shop_tail"},
	{"http", "", "map $host $shop_h { default h; }", "defined twice", "$shop_h"},
	{"http", "", "upstream shop_app { server a:1; }", "defined twice", "shop_app"},
	{"server", "", "location @shop_app { proxy_hide_header X-Icecap; proxy_pass http://shop_app; }", "defined twice", "@shop_app"},
}

func TestLint(t *testing.T) {
	good := config(t, goldens["proxy"])
	for _, test := range broken {
		text := map[string]string{"http": good.HTTP.String(), "server": good.Server.String()}
		if !strings.Contains(text[test.part], test.old) {
			t.Errorf("%s: %q is not in the configuration", test.rule, test.old)
			continue
		}
		if test.old == "" {
			text[test.part] += test.new
		} else {
			text[test.part] = strings.Replace(text[test.part], test.old, test.new, 1)
		}
		checkFinding(t, text["http"], text["server"], test.rule, test.what)
	}
	uwsgi := config(t, goldens["uwsgi"])
	checkFinding(t, uwsgi.HTTP.String(), strings.Replace(uwsgi.Server.String(), "PATH_INFO $news_path", "PATH_INFO $uri", 1), "path", "PATH_INFO")
	checkFinding(t, uwsgi.HTTP.String(), strings.Replace(uwsgi.Server.String(), "uwsgi_hide_header X-Icecap;", "", 1), "marker", "not hidden")
}

// checkFinding wants the one rule to speak, whatever others say.
func checkFinding(t *testing.T, http, server, rule, what string) {
	t.Helper()
	var c Config
	var err error
	if c.HTTP, err = Parse(http); err != nil {
		t.Fatal(err)
	}
	if c.Server, err = Parse(server); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range Lint(c) {
		if f.Rule == rule && strings.Contains(f.What, what) && f.Where != "" {
			return
		}
		all = append(all, f.String())
	}
	t.Errorf("no finding %q with %q; found: %s", rule, what, strings.Join(all, "\n"))
}

// What was printed and read again has no findings either, without being told the site's name.
func TestLintReadsFiles(t *testing.T) {
	for name, server := range goldens {
		c := config(t, server)
		read := Config{Outside: c.Outside}
		read.HTTP, _ = Parse(c.HTTP.String())
		read.Server, _ = Parse(c.Server.String())
		if findings := Lint(read); len(findings) > 0 {
			t.Errorf("%s: %v", name, findings)
		}
	}
}

// Lint takes whatever Parse can read.
func FuzzLint(f *testing.F) {
	for _, test := range broken {
		f.Add(test.new)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if b, err := Parse(text); err == nil {
			Lint(Config{HTTP: b, Server: b})
		}
	})
}
