package nginx

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"icecap/content"
)

var update = flag.Bool("update", false, "write what is emitted into testdata, instead of comparing")

// goldens are whole configurations, for reading as well as for comparing.
var goldens = map[string]Server{
	"proxy": {
		Site: "shop", Hosts: []string{"shop.example.com", "www.shop.example.com"}, Root: "/srv/shop",
		Queries: content.Queries{Rules: []content.QueryRule{{Path: "/category/*", Param: "page", Max: 50}, {Path: "/blog/", Param: "p", Max: 9}}, Ignore: content.DefaultIgnore()},
		App:     App{Kind: Proxy, Address: "127.0.0.1:8000"}, Cookies: []string{"sessionid", "connect.sid", "wordpress_logged_in_*"},
		Headers: []content.Header{{Name: "Strict-Transport-Security", Value: "max-age=31536000; includeSubDomains"}, {Name: "X-Frame-Options", Value: "DENY"},
			{Name: "Cache-Control", Value: "max-age=60", Path: "/news/**"}, {Name: "X-Robots-Tag", Value: "noindex", Path: "/drafts/*"}},
		Fallback: true, Compression: Compression{Gzip: true},
	},
	"uwsgi": {
		Site: "news", Hosts: []string{"news.example.com"}, Root: "/var/lib/icecap/news",
		App: App{Kind: UWSGI, Address: "unix:/run/news.sock"},
	},
	"https": {
		Site: "bank", Hosts: []string{"bank.example.com"}, Root: "/srv/bank",
		App: App{Kind: HTTPS, Balance: LeastConn, TLS: TLS{Name: "app.internal"}, Backends: []Backend{
			{Address: "127.0.0.1:8443", Weight: 3, MaxFails: new(2), FailTimeout: 5 * time.Second}, {Address: "[::1]:8443"}, {Address: "unix:/run/bank.sock", MaxFails: new(0), Backup: true}}},
	},
	"scgi": {
		Site: "wiki", Hosts: []string{"wiki.example.com"}, Root: "/srv/wiki",
		App: App{Kind: SCGI, Address: "127.0.0.1:9000"},
	},
	"fastcgi": {
		Site: "wp", Hosts: []string{"wp.example.com"}, Root: "/srv/wp",
		App: App{Kind: FastCGI, Address: "unix:/run/php.sock", DocumentRoot: "/var/www/wp"}, Fallback: true,
	},
	"location": {
		Site: "own", Hosts: []string{"own.example.com"}, Root: "/srv/own",
		App: App{Kind: Location},
	},
	"none": {
		Site: "blog", Hosts: []string{"blog.example.com"}, Root: "/srv/blog",
		Headers: []content.Header{{Name: "Referrer-Policy", Value: "no-referrer"}, {Name: "Cache-Control", Value: "max-age=300"}},
	},
	"openfiles": {
		Site: "fast", Hosts: []string{"fast.example.com"}, Root: "/srv/fast",
		App: App{Kind: Proxy, Address: "127.0.0.1:8000"}, OpenFiles: 400,
	},
}

// TestGolden: go test ./nginx -update writes the files anew.
func TestGolden(t *testing.T) {
	for name, server := range goldens {
		file := filepath.Join("testdata", name+".conf")
		c := config(t, server)
		if *update {
			if err := os.WriteFile(file, []byte(c.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if c.String() != string(want) {
			t.Errorf("%s is not what is emitted; see the difference with: go test ./nginx -update && git diff", file)
		}
		if again := config(t, server); again.String() != c.String() {
			t.Errorf("%s: the same server gives other bytes", name)
		}
		if findings := Lint(c); len(findings) > 0 {
			t.Errorf("%s: %v", name, findings)
		}
	}
}

func TestGoldenPassesNGINX(t *testing.T) {
	for name, server := range goldens {
		if err := Test(t.Context(), installed(t), config(t, server)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// refused is the table of values that no configuration may hold. Each seeds the
// fuzz test.
var refused = []struct {
	field string
	value string
	set   func(*Server, string)
}{
	{"Site", "", setSite}, {"Site", "Shop", setSite}, {"Site", "1shop", setSite}, {"Site", "my-shop", setSite}, {"Site", "shop\n", setSite},
	{"Site", "shop;", setSite}, {"Site", strings.Repeat("a", 32), setSite},
	{"Site", "http", setSite}, {"Site", "http_x", setSite}, {"Site", "proxy", setSite}, {"Site", "upstream", setSite},
	{"Hosts", "", setHost}, {"Hosts", "a b", setHost}, {"Hosts", "shop.example.com:80", setHost}, {"Hosts", "http://shop", setHost},
	{"Hosts", "*.example.com", setHost}, {"Hosts", "~^shop", setHost}, {"Hosts", "a;b", setHost}, {"Hosts", "a}b", setHost}, {"Hosts", "default", setHost},
	{"Hosts", "include", setHost}, {"Hosts", "Volatile", setHost}, {"Hosts", "a\n", setHost}, {"Hosts", "münchen.example", setHost}, {"Hosts", "[::1", setHost},
	{"Hosts", "[1.2.3.4]", setHost}, {"Hosts", "[fe80::1%eth0]", setHost}, {"Hosts", "a..b", setHost}, {"Hosts", strings.Repeat("a", 64), setHost},
	{"Root", "", setRoot}, {"Root", "srv", setRoot}, {"Root", "/", setRoot}, {"Root", "/srv/../etc", setRoot}, {"Root", "/srv/", setRoot}, {"Root", "/srv//a", setRoot},
	{"Root", "/srv/$host", setRoot}, {"Root", "/srv a", setRoot}, {"Root", "/srv;", setRoot}, {"Root", "/srv\n", setRoot}, {"Root", `/srv"`, setRoot}, {"Root", `/srv\`, setRoot},
	{"Root", "/srv\x00", setRoot}, {"Root", "/" + strings.Repeat("a", 2000), setRoot},
	{"App.Address", "", setAddress}, {"App.Address", "127.0.0.1", setAddress}, {"App.Address", "127.0.0.1:", setAddress}, {"App.Address", "127.0.0.1:0", setAddress},
	{"App.Address", "127.0.0.1:65536", setAddress}, {"App.Address", "127.0.0.1:+80", setAddress}, {"App.Address", "a:080", setAddress}, {"App.Address", "http://a:80", setAddress}, {"App.Address", "a:80/x", setAddress},
	{"App.Address", "a:80;", setAddress}, {"App.Address", "a:80 backup", setAddress}, {"App.Address", "$host:80", setAddress}, {"App.Address", "unix:", setAddress},
	{"App.Address", "unix:run/app.sock", setAddress}, {"App.Address", "unix:/run/app.sock:/x", setAddress}, {"App.Address", "unix:/" + strings.Repeat("a", 120), setAddress},
	{"App.Backends", "", setBackend}, {"App.Backends", "127.0.0.1", setBackend}, {"App.Backends", "a:80 weight=5", setBackend}, {"App.Backends", "a:80;", setBackend}, {"App.Backends", "unix:/a b", setBackend},
	{"App.Balance", "ip_hash", setBalance}, {"App.Balance", "least_conn; server a:1", setBalance}, {"App.Balance", "\n", setBalance},
	{"App.TLS.Name", "a b", setTLSName}, {"App.TLS.Name", "a;b", setTLSName}, {"App.TLS.Name", "$host", setTLSName}, {"App.TLS.Name", "127.0.0.1", setTLSName}, {"App.TLS.Name", "[::1]", setTLSName}, {"App.TLS.Name", "a:443", setTLSName},
	{"App.TLS.CA", "ca.pem", setCA}, {"App.TLS.CA", "/etc/../ca.pem", setCA}, {"App.TLS.CA", "/ca.pem;", setCA}, {"App.TLS.CA", "/$host", setCA}, {"App.TLS.CA", "/a\n", setCA},
	{"App.DocumentRoot", "", setDocumentRoot}, {"App.DocumentRoot", "www", setDocumentRoot}, {"App.DocumentRoot", "/var/www;", setDocumentRoot}, {"App.DocumentRoot", "/$host", setDocumentRoot}, {"App.DocumentRoot", "/a b", setDocumentRoot}, {"App.DocumentRoot", "/a/../b", setDocumentRoot},
	{"App.Script", "index.php", setScript}, {"App.Script", "/index.html", setScript}, {"App.Script", "/../index.php", setScript}, {"App.Script", "/$uri.php", setScript}, {"App.Script", "/a;.php", setScript},
	{"Cookies", "", setCookie}, {"Cookies", "*", setCookie}, {"Cookies", "a*b", setCookie}, {"Cookies", "a**", setCookie}, {"Cookies", "a=b", setCookie}, {"Cookies", "a;b", setCookie}, {"Cookies", "a|b", setCookie},
	{"Cookies", "(a+)+", setCookie}, {"Cookies", `a"`, setCookie}, {"Cookies", `a\`, setCookie}, {"Cookies", "a\n", setCookie}, {"Cookies", strings.Repeat("a", 101), setCookie},
	{"Headers", "", setHeaderName}, {"Headers", "X Y", setHeaderName}, {"Headers", "X:", setHeaderName}, {"Headers", "X\r\nSet-Cookie", setHeaderName}, {"Headers", "Content-Type", setHeaderName},
	{"Headers", "content-length", setHeaderName}, {"Headers", "Set-Cookie", setHeaderName}, {"Headers", "X-Icecap", setHeaderName}, {"Headers", "ETag", setHeaderName},
	{"Headers", "X-Accel-Redirect", setHeaderName}, {"Headers", "X-Twice", setHeaderName},
	{"Headers", "", setHeaderValue}, {"Headers", "a\r\nSet-Cookie: x=1", setHeaderValue}, {"Headers", `a\r\nSet-Cookie: x=1`, setHeaderValue}, {"Headers", "$http_x", setHeaderValue},
	{"Headers", "${host}", setHeaderValue}, {"Headers", "/price$5", setHeaderValue}, {"Headers", "a\x00", setHeaderValue}, {"Headers", "a\tb", setHeaderValue}, {"Headers", "é", setHeaderValue},
	{"Headers", "docs", setHeaderPath}, {"Headers", "/a b", setHeaderPath}, {"Headers", "/a;", setHeaderPath}, {"Headers", "/$uri", setHeaderPath}, {"Headers", `/"`, setHeaderPath}, {"Headers", "/(a+)+", setHeaderPath},
	{"Headers", "/a\n", setHeaderPath}, {"Headers", "/*/*/*/*/*", setHeaderPath}, {"Headers", "/a**b", setHeaderPath}, {"Headers", "/{a,b}", setHeaderPath},
	{"Headers", `a\`, setHeaderValue}, {"Headers", " a", setHeaderValue}, {"Headers", strings.Repeat("a", 2001), setHeaderValue},
}

func setSite(s *Server, v string)    { s.Site = v }
func setHost(s *Server, v string)    { s.Hosts = []string{"ok.example", v} }
func setOneHost(s *Server, v string) { s.Hosts = []string{v} }
func setRoot(s *Server, v string)    { s.Root = v }
func setAddress(s *Server, v string) { s.App.Address = v }
func setCookie(s *Server, v string)  { s.Cookies = []string{"ok", v} }
func setBackend(s *Server, v string) {
	s.App.Address, s.App.Backends = "", []Backend{{Address: "127.0.0.1:80"}, {Address: v}}
}
func setBalance(s *Server, v string)      { s.App.Balance = Balance(v) }
func setTLSName(s *Server, v string)      { s.App.Kind, s.App.TLS.Name = HTTPS, v }
func setCA(s *Server, v string)           { s.App.Kind, s.App.TLS = HTTPS, TLS{Name: "a.example", CA: v} }
func setDocumentRoot(s *Server, v string) { s.App.Kind, s.App.DocumentRoot = FastCGI, v }
func setScript(s *Server, v string) {
	s.App.Kind, s.App.DocumentRoot, s.App.Script = FastCGI, "/srv", v
}
func setHeaderName(s *Server, v string) {
	s.Headers = []content.Header{{Name: "X-Twice", Value: "v"}, {Name: v, Value: "v"}}
}
func setHeaderValue(s *Server, v string) {
	s.Headers = []content.Header{{Name: "X-Value", Value: v}}
}

func setHeaderPath(s *Server, v string) {
	s.Headers = []content.Header{{Name: "X-Value", Value: "v", Path: v}, {Name: "Cache-Control", Value: "max-age=1", Path: v}}
}

// setters are the fields, each with a plain value, whose outline any other must have.
var setters = []struct {
	plain string
	set   func(*Server, string)
}{
	{"shop", setSite}, {"ok.example", setOneHost}, {"/srv", setRoot}, {"a:80", setAddress}, {"ok", setCookie}, {"X-A", setHeaderName}, {"v", setHeaderValue},
	{"b:80", setBackend}, {"a.example", setTLSName}, {"/ca.pem", setCA}, {"/srv", setDocumentRoot}, {"/index.php", setScript}, {"/docs/**", setHeaderPath},
}

func TestRefusedValues(t *testing.T) {
	for _, test := range refused {
		server := goldens["proxy"]
		test.set(&server, test.value)
		c, err := server.Config()
		var field *FieldError
		if !errors.As(err, &field) || field.Field != test.field || field.Reason == "" || !strings.Contains(field.Value, test.value) {
			t.Errorf("%s %q: %v, want a *FieldError of that field", test.field, test.value, err)
		}
		if c.HTTP != nil || c.Server != nil {
			t.Errorf("%s %q: something is emitted beside the error", test.field, test.value)
		}
	}
	for _, server := range []Server{
		{Site: "a", Root: "/srv", Hosts: nil},
		{Site: "a", Root: "/srv", Hosts: []string{"a"}, App: App{Kind: Location}, Fallback: true},
		{Site: "a", Root: "/srv", Hosts: []string{"a"}, App: App{Address: "127.0.0.1:80"}},
		{Site: "a", Root: "/srv", Hosts: []string{"a"}, App: App{Kind: Location, Backends: []Backend{{Address: "a:1"}}}},
		{Site: "a", Root: "/srv", Hosts: []string{"a"}, App: App{Kind: Proxy, Address: "a:1", Backends: []Backend{{Address: "a:1"}}}},
		{Site: "a", Root: "/srv", Hosts: []string{"a"}, App: App{Kind: Proxy, Backends: []Backend{{Address: "a:1", Backup: true}}}},
		{Site: "a", Root: "/srv", Hosts: []string{"a"}, App: App{Kind: Proxy, Backends: []Backend{{Address: "a:1", Weight: -1}}}},
		{Site: "a", Root: "/srv", Hosts: []string{"a"}, App: App{Kind: Proxy, Backends: []Backend{{Address: "a:1", MaxFails: new(-1)}}}},
		{Site: "a", Root: "/srv", Hosts: []string{"a"}, App: App{Kind: Proxy, Backends: []Backend{{Address: "a:1", FailTimeout: time.Millisecond}}}},
		{Site: "a", Root: "/srv", Hosts: []string{"a"}, App: App{Kind: HTTPS, Address: "127.0.0.1:443"}},
		{Site: "a", Root: "/srv", Hosts: []string{"a"}, App: App{Kind: HTTPS, Address: "unix:/run/a.sock"}},
		{Site: "a", Root: "/srv", Hosts: []string{"a"}, RetryAfter: -time.Second},
		{Site: "a", Root: "/srv", Hosts: []string{"a"}, RetryAfter: 1500 * time.Millisecond},
		{Site: "a", Root: "/srv", Hosts: []string{"a"}, RetryAfter: 25 * time.Hour},
		{Site: "a", Root: "/srv", Hosts: []string{"a"}, App: App{Kind: 99, Address: "127.0.0.1:80"}},
	} {
		var field *FieldError
		if _, err := server.Config(); !errors.As(err, &field) {
			t.Errorf("%+v: %v, want a *FieldError", server, err)
		}
	}
}

// Values that an operator does have. NGINX takes them all.
var allowed = []struct {
	value string
	set   func(*Server, string)
}{
	{"a", setSite}, {strings.Repeat("a", 31), setSite}, {"shop_2", setSite},
	{"LOCALHOST", setHost}, {"192.0.2.1", setHost}, {"[2001:db8::1]", setHost}, {"xn--mnchen-3ya.example", setHost}, {"my_app.internal", setHost},
	{strings.Repeat("a", 60) + "." + strings.Repeat("b", 60) + ".example.com", setHost}, // longer than a bucket of NGINX's hash
	{"/srv/my-site_2/v1.0", setRoot},
	{"localhost:80", setBackend}, {"[::1]:8000", setBackend}, {"unix:/run/my-app/app.sock", setBackend}, {"least_conn", setBalance}, {"", setBalance},
	{"app.internal", setTLSName}, {"/etc/ssl/certs/ca-certificates.crt", setCA}, {"/var/www/my-site", setDocumentRoot}, {"/app/public/index.php", setScript}, {"", setScript},
	{"localhost:80", setAddress}, {"[::1]:8000", setAddress}, {"unix:/run/my-app/app.sock", setAddress},
	{"session*", setCookie}, {".AspNetCore.Identity.*", setCookie}, {"__Host-sid", setCookie}, {strings.Repeat("a", 100), setCookie},
	{"Content-Security-Policy", setHeaderName},
	{`default-src 'self'; script-src 'self' https://*.example.com; report-uri /r?a={b}#c`, setHeaderValue},
	{"/docs/**", setHeaderPath}, {"/a/*/b*", setHeaderPath}, {"**/*.css", setHeaderPath},
	{`{"group":"a","max_age":1}`, setHeaderValue}, {"include x;", setHeaderValue}, {strings.Repeat("a", 2000), setHeaderValue},
}

func TestAllowedValues(t *testing.T) {
	for _, test := range allowed {
		server := goldens["proxy"]
		test.set(&server, test.value)
		if err := Test(t.Context(), installed(t), config(t, server)); err != nil {
			t.Errorf("%q: %v", test.value, err)
		}
	}
}

// No value makes a directive that is not there for every value: the outline of
// the configuration, names of directives at every level, stays the same.
func FuzzServer(f *testing.F) {
	for _, test := range refused {
		f.Add(test.value)
	}
	for _, test := range allowed {
		f.Add(test.value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for i, setter := range setters {
			server, plain := goldens["proxy"], goldens["proxy"]
			setter.set(&server, value)
			setter.set(&plain, setter.plain)
			c, err := server.Config()
			var field *FieldError
			if err != nil {
				if !errors.As(err, &field) {
					t.Fatalf("setter %d: %v is no *FieldError", i, err)
				}
				continue
			}
			if value == "" && i == len(setters)-1 {
				continue // a header for all paths has no pattern
			}
			want := config(t, plain)
			for _, pair := range [][2]Block{{c.HTTP, want.HTTP}, {c.Server, want.Server}} {
				read, err := Parse(pair[0].String())
				if err != nil {
					t.Fatal(err)
				}
				if got, want := outline(read), outline(pair[1]); !slices.Equal(got, want) {
					t.Fatalf("setter %d: value %q changes the directives to\n%v, want\n%v", i, value, got, want)
				}
			}
			if findings := Lint(c); len(findings) > 0 {
				t.Fatalf("setter %d: value %q: %v", i, value, findings)
			}
		}
	})
}

// outline is the names of directives with the number of their arguments; of a
// map's lines, whose names are values, only the number counts.
func outline(b Block) []string {
	var all []string
	for _, d := range b {
		all = append(all, d.Name+strings.Repeat("+", len(d.Args)))
		if d.Name == "map" {
			all = append(all, strings.Repeat("-", len(d.Block)))
		} else {
			all = append(all, outline(d.Block)...)
		}
	}
	return all
}

// The map of cookies is a regular expression that must be told from text.
func TestCookieMap(t *testing.T) {
	tests := []struct {
		cookies []string
		header  string
		want    bool
	}{
		{[]string{"sessionid"}, "sessionid=1", true},
		{[]string{"sessionid"}, "a=b; sessionid=1", true},
		{[]string{"sessionid"}, "a=b;sessionid=1", true},
		{[]string{"sessionid"}, "a=b;  sessionid=", true},
		{[]string{"sessionid"}, "xsessionid=1", false},
		{[]string{"sessionid"}, "sessionid2=1", false},
		{[]string{"sessionid"}, "a=sessionid", false},
		{[]string{"sessionid"}, "a=x sessionid=1", false},
		{[]string{"sessionid"}, "SESSIONID=1", false},
		{[]string{"sessionid"}, "sessionid", false},
		{[]string{"connect.sid"}, "connect.sid=1", true},
		{[]string{"connect.sid"}, "connectXsid=1", false},
		{[]string{"wp_*"}, "wp_=1", true},
		{[]string{"wp_*"}, "wp_logged_in_abc=1", true},
		{[]string{"wp_*"}, "wp=1", false},
		{[]string{"wp_*"}, "a=wp_x", false},
		{[]string{"wp_*"}, "a=b; wp_x; c=d", false},
		{nil, "sessionid=1", false},
	}
	for _, test := range tests {
		got := slices.ContainsFunc(cookiePatterns(test.cookies), func(key string) bool {
			return regexp.MustCompile(strings.TrimPrefix(key, "~")).MatchString(";" + test.header)
		})
		if got != test.want {
			t.Errorf("cookies %q: header %q: %v", test.cookies, test.header, got)
		}
		// The hint about uncovered cookies goes by the same rule.
		name, _, _ := strings.Cut(test.header, "=")
		if !strings.Contains(test.header, ";") && strings.Contains(test.header, "=") && (len(Uncovered(test.cookies, []string{name})) == 0) != test.want {
			t.Errorf("cookies %q: Uncovered sees %q otherwise", test.cookies, name)
		}
	}
}

// Hundreds of cookies make several keys, each short enough for NGINX.
func TestManyCookies(t *testing.T) {
	server := goldens["proxy"]
	server.Cookies = nil
	for _, a := range "abcdefghij" {
		for _, b := range "abcdefghij" {
			server.Cookies = append(server.Cookies, strings.Repeat(string(a), 90)+string(b)+"*")
		}
	}
	if keys := cookiePatterns(server.Cookies); len(keys) < 6 || len(keys[0]) > maxPattern+100 {
		t.Errorf("%d keys, the first of %d bytes", len(keys), len(keys[0]))
	}
	if err := Test(t.Context(), installed(t), config(t, server)); err != nil {
		t.Error(err)
	}
}

// Two sites in one NGINX do not meet.
func TestTwoSites(t *testing.T) {
	shop, news := config(t, goldens["proxy"]), config(t, goldens["uwsgi"])
	both := Config{HTTP: append(shop.HTTP, news.HTTP...), Server: shop.Server}
	if err := Test(t.Context(), installed(t), both); err != nil {
		t.Error(err)
	}
	names := map[string]bool{}
	for _, d := range both.HTTP {
		name := d.Args[len(d.Args)-1]
		if names[name] {
			t.Errorf("%s %s is defined by both", d.Name, name)
		}
		names[name] = true
	}
}
