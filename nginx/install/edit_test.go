package install

import (
	"errors"
	"strings"
	"testing"

	"icecap/content"
	"icecap/nginx"
)

var headerX = content.Header{Name: "X-New", Value: "1"}

// planOf finds the edit of a text with one server block.
func planOf(t *testing.T, text string) (edit, site, *nginx.Directive, error) {
	t.Helper()
	block, err := nginx.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	f := &file{path: "/etc/nginx/nginx.conf", text: text, block: block}
	r := &running{dir: "/etc/nginx", files: map[string]*file{f.path: f}, order: []string{f.path}}
	servers := r.servers()
	if len(servers) == 0 {
		t.Fatalf("no server block in %q", text)
	}
	e := edit{httpInclude: "/etc/nginx/icecap/a-http.conf", serverInclude: "/etc/nginx/icecap/a-server.conf", app: "@a_app"}
	location, _, err := e.target(servers[0])
	e.renamed = location != nil
	return e, servers[0], location, err
}

// Each edit is the least one, and comes out again byte for byte.
func TestEdit(t *testing.T) {
	const h, s = "include /etc/nginx/icecap/a-http.conf;", "include /etc/nginx/icecap/a-server.conf;"
	for _, test := range []struct{ text, want string }{
		{"server {\n    location / {\n        proxy_pass http://a;\n    }\n}\n",
			h + httpNote + "\nserver {\n    " + s + serverNote + locationNote + "\n    location @a_app {\n        proxy_pass http://a;\n    }\n}\n"},
		{"http {\n\tserver {\n\t\tlisten 80;\n\t}\n}\n",
			"http {\n\t" + h + httpNote + "\n\tserver {\n\t\tlisten 80;\n\t    " + s + serverNote + "\n\t}\n}\n"},
		{"http { server { location / { return 200; } } }", "http { " + h + " server { " + s + " location @a_app { return 200; } } }"},
		{"server { listen 80; }", h + httpNote + "\nserver { listen 80; " + s + " }"},
		{"server {\r\n  location \"/\" {\r\n  }\r\n}\r\n",
			h + httpNote + "\nserver {\r\n  " + s + serverNote + locationNote + "\n  location \"@a_app\" {\r\n  }\r\n}\r\n"},
		{"server { location\n/\n{ return 200; } location /x/ { } }", h + httpNote + "\nserver { " + s + " location\n@a_app\n{ return 200; } location /x/ { } }"},
		{"# location / {\nserver {\n# location / {\nlocation / {}}", "# location / {\n" + h + httpNote + "\nserver {\n# location / {\n" + s + serverNote + locationNote + "\nlocation @a_app {}}"},
	} {
		e, site, location, err := planOf(t, test.text)
		if err != nil {
			t.Fatal(err)
		}
		got := e.apply(test.text, site.Directive, location)
		if got != test.want {
			t.Errorf("%q is edited to\n%s\nwant\n%s", test.text, got, test.want)
		}
		if back, ok := e.undo(got); !ok || back != test.text {
			t.Errorf("%q comes back as %q", test.text, back)
		}
	}
}

// Whatever a configuration looks like, the edit can be taken out, and changes
// nothing for NGINX but what it is for.
func FuzzEdit(f *testing.F) {
	for _, text := range []string{mainConf, siteConf, "server{}", "server {location / {}}", "http{server{location '/' {a;}}}", "server {\n}#", "a b;server\t{\n\n }"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		block, err := nginx.Parse(text)
		if err != nil || len((&running{files: map[string]*file{"f": {block: block}}, order: []string{"f"}}).servers()) == 0 {
			return
		}
		e, site, location, err := planOf(t, text)
		if err != nil || e.in(text) {
			return
		}
		edited := e.apply(text, site.Directive, location)
		if back, ok := e.undo(edited); !ok || back != text {
			t.Fatalf("%q was edited to %q and comes back as %q", text, edited, back)
		}
		if _, err := nginx.Parse(edited); err != nil {
			t.Fatalf("%q was edited to %q: %v", text, edited, err)
		}
	})
}

// Where a named location would not mean the same, or NGINX would refuse it, the
// edit is the operator's.
func TestByHand(t *testing.T) {
	for body, want := range map[string]string{
		"location / { proxy_pass http://a/; }":                       "write http://a",
		"location / { proxy_pass http://unix:/s.sock:/; }":           "has a path",
		"location / { alias /srv/; }":                                "alias",
		"location / { location /x { return 200; } }":                 "locations inside",
		"location / { auth_basic a; proxy_pass http://a; }":          "auth_basic would no longer guard",
		"location / { deny all; }":                                   "deny would no longer guard",
		"location / { rewrite ^ /index.php last; }":                  "leads back" + "|would lead back",
		"location / { if ($a) { rewrite ^ /x; } }":                   "would lead back",
		"location ^~ / { return 200; }":                              "takes all",
		"location / { return 200; } location @a_app { return 200; }": "as well as",
	} {
		_, _, _, err := planOf(t, "server { "+body+" }")
		var byHand *ByHandError
		if !errors.As(err, &byHand) || len(byHand.Steps) == 0 {
			t.Errorf("%s: %v", body, err)
			continue
		}
		ok := false
		for _, w := range strings.Split(want, "|") {
			ok = ok || strings.Contains(byHand.Reason, w)
		}
		if !ok {
			t.Errorf("%s: %s, want %q", body, byHand.Reason, want)
		}
	}
	for _, body := range []string{
		"location / { proxy_pass http://a; }", "location / { proxy_pass http://$upstream/x; }", "location / { try_files $uri $uri/ /index.php?$args; }",
		"location / { uwsgi_pass unix:/run/a.sock; include uwsgi_params; }", "location / { rewrite ^/a$ /b break; proxy_pass http://a; }", "location = / { deny all; }",
	} {
		if _, _, _, err := planOf(t, "server { "+body+" }"); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// rivals are found by NGINX's own order: exact, ^~, expressions, longest prefix.
func TestRivals(t *testing.T) {
	_, s, _, err := planOf(t, `server { location / { } location = /exact { } location /docs/ { } location ^~ /assets/ { } location ~ \.html$ { } location ~* \.(css|png)$ { } location @named { } }`)
	if err != nil {
		t.Fatal(err)
	}
	p := &Plan{rivals: s.rivals("")}
	for path, want := range map[string]string{
		"/about": "", "/exact": "location = /exact", "/exact/": "", "/docs/a": "location /docs/", "/docs/a.html": `location ~ \.html$`, "/a.html": `location ~ \.html$`,
		"/A.CSS": `location ~* \.(css|png)$`, "/assets/a.css": "location ^~ /assets/", "/a.htmlx": "",
	} {
		name, ok := p.Rival(path)
		if ok != (want != "") || !strings.HasPrefix(name, want) {
			t.Errorf("%s: %q, want %q", path, name, want)
		}
	}
}

// What only NGINX can read is named where nothing else explains a page.
func TestUnreadableRival(t *testing.T) {
	_, s, _, err := planOf(t, `server { location /docs/ { } location ~ ^/(?!x) { } }`)
	if err != nil {
		t.Fatal(err)
	}
	p := &Plan{rivals: s.rivals("")}
	if name, ok := p.Rival("/about"); !ok || !strings.HasPrefix(name, "location ~ ^/(?!x)") || !strings.HasSuffix(name, ", perhaps") {
		t.Errorf("/about: %q", name)
	}
	if name, _ := p.Rival("/docs/a"); !strings.HasPrefix(name, "location /docs/") {
		t.Errorf("/docs/a: %q", name)
	}
}

// The server block of a host is found as NGINX finds it.
func TestMatches(t *testing.T) {
	for _, test := range []struct {
		names []string
		host  string
		want  int
	}{
		{[]string{"a.example"}, "a.example", 3}, {[]string{"A.Example"}, "a.example", 3}, {[]string{"b.example"}, "a.example", 0}, {nil, "a.example", 0},
		{[]string{"*.example"}, "a.example", 2}, {[]string{"*.example"}, "example", 0}, {[]string{".example"}, "example", 3}, {[]string{".example"}, "a.example", 2},
		{[]string{"a.*"}, "a.example", 1}, {[]string{"_"}, "a.example", 0}, {[]string{"~^a"}, "a.example", 0},
	} {
		if got := (site{names: test.names}).matches(test.host); got != test.want {
			t.Errorf("%q for %s: %d, want %d", test.names, test.host, got, test.want)
		}
	}
}

// Where a server block can be asked from this machine.
func TestAddresses(t *testing.T) {
	for listen, want := range map[string]string{
		"listen 80;": "http://127.0.0.1:80", "listen 443 ssl;": "https://127.0.0.1:443", "listen [::]:443 ssl;": "https://[::1]:443", "listen 192.0.2.1;": "http://192.0.2.1:80",
		"listen *:8080;": "http://127.0.0.1:8080", "listen unix:/run/n.sock;": "", "listen 80 proxy_protocol;": "", "listen 443 quic;": "", "": "http://127.0.0.1:80",
	} {
		_, s, _, err := planOf(t, "server { "+listen+" }")
		if got := strings.Join(s.addresses(), " "); err != nil || got != want {
			t.Errorf("%s: %q, want %q", listen, got, want)
		}
	}
}
