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

	"icecap/content"
)

var update = flag.Bool("update", false, "write what is emitted into testdata, instead of comparing")

// goldens are whole configurations, for reading as well as for comparing.
var goldens = map[string]Server{
	"proxy": {
		Site: "shop", Hosts: []string{"shop.example.com", "www.shop.example.com"}, Root: "/srv/shop",
		Queries: content.Queries{Rules: []content.QueryRule{{Path: "/category/*", Param: "page", Max: 50}, {Path: "/blog/", Param: "p", Max: 9}}, Ignore: content.DefaultIgnore()},
		App:     App{Proxy, "127.0.0.1:8000"}, Cookies: []string{"sessionid", "connect.sid", "wordpress_logged_in_*"},
		Headers: []content.Header{{Name: "Strict-Transport-Security", Value: "max-age=31536000; includeSubDomains"}, {Name: "X-Frame-Options", Value: "DENY"}},
	},
	"uwsgi": {
		Site: "news", Hosts: []string{"news.example.com"}, Root: "/var/lib/icecap/news",
		App: App{UWSGI, "unix:/run/news.sock"},
	},
	"none": {
		Site: "blog", Hosts: []string{"blog.example.com"}, Root: "/srv/blog",
		Headers: []content.Header{{Name: "Referrer-Policy", Value: "no-referrer"}},
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
	{"Cookies", "", setCookie}, {"Cookies", "*", setCookie}, {"Cookies", "a*b", setCookie}, {"Cookies", "a**", setCookie}, {"Cookies", "a=b", setCookie}, {"Cookies", "a;b", setCookie}, {"Cookies", "a|b", setCookie},
	{"Cookies", "(a+)+", setCookie}, {"Cookies", `a"`, setCookie}, {"Cookies", `a\`, setCookie}, {"Cookies", "a\n", setCookie}, {"Cookies", strings.Repeat("a", 101), setCookie},
	{"Headers", "", setHeaderName}, {"Headers", "X Y", setHeaderName}, {"Headers", "X:", setHeaderName}, {"Headers", "X\r\nSet-Cookie", setHeaderName}, {"Headers", "Content-Type", setHeaderName},
	{"Headers", "content-length", setHeaderName}, {"Headers", "Set-Cookie", setHeaderName}, {"Headers", "X-Icecap", setHeaderName}, {"Headers", "ETag", setHeaderName},
	{"Headers", "X-Accel-Redirect", setHeaderName}, {"Headers", "X-Twice", setHeaderName},
	{"Headers", "", setHeaderValue}, {"Headers", "a\r\nSet-Cookie: x=1", setHeaderValue}, {"Headers", `a\r\nSet-Cookie: x=1`, setHeaderValue}, {"Headers", "$http_x", setHeaderValue},
	{"Headers", "${host}", setHeaderValue}, {"Headers", "/price$5", setHeaderValue}, {"Headers", "a\x00", setHeaderValue}, {"Headers", "a\tb", setHeaderValue}, {"Headers", "é", setHeaderValue},
	{"Headers", `a\`, setHeaderValue}, {"Headers", " a", setHeaderValue}, {"Headers", strings.Repeat("a", 2001), setHeaderValue},
}

func setSite(s *Server, v string)    { s.Site = v }
func setHost(s *Server, v string)    { s.Hosts = []string{"ok.example", v} }
func setRoot(s *Server, v string)    { s.Root = v }
func setAddress(s *Server, v string) { s.App.Address = v }
func setCookie(s *Server, v string)  { s.Cookies = []string{"ok", v} }
func setHeaderName(s *Server, v string) {
	s.Headers = []content.Header{{Name: "X-Twice", Value: "v"}, {Name: v, Value: "v"}}
}
func setHeaderValue(s *Server, v string) {
	s.Headers = []content.Header{{Name: "X-Value", Value: v}}
}

var setters = []func(*Server, string){setSite, setHost, setRoot, setAddress, setCookie, setHeaderName, setHeaderValue}

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
		{Site: "a", Root: "/srv", Hosts: []string{"a"}, App: App{NoApp, "127.0.0.1:80"}},
		{Site: "a", Root: "/srv", Hosts: []string{"a"}, App: App{Kind(7), "127.0.0.1:80"}},
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
	{"localhost:80", setAddress}, {"[::1]:8000", setAddress}, {"unix:/run/my-app/app.sock", setAddress},
	{"session*", setCookie}, {".AspNetCore.Identity.*", setCookie}, {"__Host-sid", setCookie}, {strings.Repeat("a", 100), setCookie},
	{"Content-Security-Policy", setHeaderName},
	{`default-src 'self'; script-src 'self' https://*.example.com; report-uri /r?a={b}#c`, setHeaderValue},
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
	base := goldens["proxy"]
	setHost(&base, "other.example")
	setCookie(&base, "other")
	base.Headers = []content.Header{{Name: "X-A", Value: "v"}}
	f.Fuzz(func(t *testing.T, value string) {
		for i, set := range setters {
			server := base
			set(&server, value)
			c, err := server.Config()
			var field *FieldError
			if err != nil {
				if !errors.As(err, &field) {
					t.Fatalf("setter %d: %v is no *FieldError", i, err)
				}
				continue
			}
			want := config(t, base)
			if i == 5 { // two headers
				server.Headers = server.Headers[1:]
				c = config(t, server)
			}
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
