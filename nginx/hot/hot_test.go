package hot

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"icecap/content"
	"icecap/nginx"
)

const person = `Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0`

// combinedLine is a line of NGINX's own format.
func combinedLine(uri string, status int, agent string) string {
	return fmt.Sprintf(`192.0.2.7 - - [26/Nov/2026:09:15:04 +0100] "GET %s HTTP/1.1" %d 5120 "-" "%s"`, uri, status, agent)
}

// ownLine is a line of icecap's format.
func ownLine(method, uri, status, src, why, upstream string) string {
	return fmt.Sprintf(`{"t":"1795680904.123","h":"shop.example.com","m":"%s","u":"%s","s":"%s","b":"5120","rt":"0.120","urt":"%s","us":"200","ua":"127.0.0.1:8000","src":"%s","why":"%s","ct":"text/html","ag":"%s"}`,
		method, uri, status, upstream, src, why, person)
}

func countLines(t *testing.T, f Format, lines ...string) Summary {
	t.Helper()
	c := &Counter{Format: f, Queries: content.Queries{Ignore: content.DefaultIgnore(), Rules: []content.QueryRule{{Path: "/list", Param: "page", Max: 9}}}}
	c.Add([]byte(strings.Join(lines, "\n")))
	return c.Summary(ByRequests)
}

func (s *Summary) find(t *testing.T, url string) Path {
	t.Helper()
	i := slices.IndexFunc(s.Paths, func(p Path) bool { return p.URL == url })
	if i < 0 {
		t.Fatalf("no path %s in %+v", url, s.Paths)
	}
	return s.Paths[i]
}

func TestPathsFoldAsTheGateFoldsThem(t *testing.T) {
	for uri, want := range map[string]string{
		"/about":                        "/about",
		"/%61bout":                      "/about",
		"/about?utm_source=x&gclid=":    "/about",
		"/about?x=1":                    "/about?*",
		"/list?page=3":                  "/list?page=3",
		"/list?page=10":                 "/list?*",
		"/style.css?ver=6.1":            "/style.css",
		"/style.css?w=6":                "/style.css?*",
		"//about":                       "//about",
		"/a/../b":                       "/a/../b",
		"http://shop.example.com/p":     "/p",
		"/a b":                          "/a%20b",
		`/\x22\x5C`:                     `/"\`,
		"/caf\\xC3\\xA9":                "/caf%C3%A9",
		"/" + strings.Repeat("x", 5000): "/" + strings.Repeat("x", maxKeyShow-1) + "...",
	} {
		s := countLines(t, Combined(), combinedLine(uri, 200, person))
		if len(s.Paths) != 1 || s.Paths[0].URL != want {
			t.Errorf("%q: got %+v (damaged %d), want %q", uri, s.Paths, s.Damaged, want)
		}
	}
}

func TestOwnFormatTellsSourceReasonAndTime(t *testing.T) {
	s := countLines(t, Own(),
		ownLine("GET", "/", "200", "disk", "", ""),
		ownLine("GET", "/about", "200", "", "", "0.040"),
		ownLine("GET", "/about", "200", "", "c", "0.060"),
		ownLine("POST", "/cart", "302", "", "mc", "0.100, 0.050 : 0.010"),
		ownLine("GET", "/gone", "404", "", "", "0.002"),
	)
	if s.Damaged != 0 || s.People.Requests != 5 || s.People.Reached != 4 || s.TimeFrom != "upstream" || s.ReasonFrom != "gate" {
		t.Fatalf("got %+v", s)
	}
	if about := s.find(t, "/about"); about.Taken != 1 || about.Reached != 2 || about.SavedMicros != 40000 || about.AppMicros != 100000 {
		t.Errorf("/about: %+v: only the request without a cookie would be taken", about)
	}
	if cart := s.find(t, "/cart"); cart.AppMicros != 160000 || cart.CanFreeze() {
		t.Errorf("/cart: %+v", cart)
	}
	if s.find(t, "/gone").CanFreeze() {
		t.Error("a missing page can be frozen")
	}
	if got := fmt.Sprint(s.Reasons[0].Name, s.Reasons[0].Requests, s.Reasons[1].Name, s.Reasons[1].Requests); got != "cookie2method1" {
		t.Errorf("reasons: %s", got)
	}
	if s := countLines(t, Own(), ownLine("GET", "/old", "301", "disk", "", ""), ownLine("GET", "/x", "304", "disk", "", ""), ownLine("GET", "/y", "200", "stale", "", "1")); fmt.Sprint(len(s.Sources), s.Sources[0].Name, s.Sources[1].Name, s.Sources[2].Name, s.People.Reached) != "3stalediskredirect1" {
		t.Errorf("sources: %+v", s.Sources)
	}
	if s.Frozen.Count != 1 || s.App.Count != 4 || s.App.P50Ms < 119 || s.App.P50Ms > 121 {
		t.Errorf("latencies: %+v, %+v", s.Frozen, s.App)
	}
}

func TestProgramsAreApart(t *testing.T) {
	s := countLines(t, Combined(),
		combinedLine("/", 200, person),
		combinedLine("/", 200, "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
		combinedLine("/", 200, "curl/8.5.0"), combinedLine("/x", 200, "-"), combinedLine("/", 200, "Mozilla/5.0 a-bot_Z.0+x"))
	if s.People.Requests != 1 || s.Programs.Requests != 4 || len(s.Paths) != 1 {
		t.Fatalf("got %+v", s)
	}
	var names []string
	for _, p := range s.ByProgram {
		names = append(names, p.Name)
	}
	if got := strings.Join(names, " "); got != "(no user agent) Googlebot a-bot_Z.0 curl" {
		t.Errorf("programs: %s", got)
	}
}

func TestCoverTakesTheFewestPages(t *testing.T) {
	var lines []string
	for i, n := range []int{50, 30, 10, 5} {
		for range n {
			lines = append(lines, ownLine("GET", fmt.Sprintf("/p%d", i), "200", "", "", fmt.Sprintf("0.0%d0", i+1)))
		}
	}
	for range 5 {
		lines = append(lines, ownLine("POST", "/cart", "200", "", "m", "1.000"))
	}
	s := countLines(t, Own(), lines...)
	c := s.Cover(0.9)
	if len(c.Pages) != 3 || c.Pages[0].URL != "/p0" || !c.Reached || c.Requests != 0.9 {
		t.Errorf("got %+v", c)
	}
	if want := (50*0.01 + 30*0.02 + 10*0.03) / (50*0.01 + 30*0.02 + 10*0.03 + 5*0.04 + 5); c.Time < want-1e-9 || c.Time > want+1e-9 {
		t.Errorf("time %v, want %v", c.Time, want)
	}
	if all := s.Cover(0.99); all.Reached || len(all.Pages) != 4 || all.Requests != 0.95 {
		t.Errorf("got %+v", all)
	}
	if last := s.Curve[len(s.Curve)-1]; last.Pages != 4 || last.Requests != 0.95 {
		t.Errorf("curve ends at %+v", last)
	}
}

func TestTrends(t *testing.T) {
	before := countLines(t, Combined(), combinedLine("/a", 200, person), combinedLine("/b", 200, person))
	after := countLines(t, Combined(), combinedLine("/a", 200, person), combinedLine("/c", 200, person),
		combinedLine("/c", 200, person), combinedLine("/c", 200, person))
	got := fmt.Sprint(Trends(&before, &after, 10))
	if want := "[{/c 0 0.75} {/a 0.5 0.25} {/b 0.5 0}]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// hostileLines are counted, and nothing else happens. They are fuzz seeds too.
var hostileLines = []struct {
	text                    string
	damaged, empty, counted int64
}{
	{"", 0, 0, 0},
	{"\n\r\n\n", 0, 0, 0},
	{"no log at all", 1, 0, 0},
	{combinedLine("/", 200, person)[:60], 1, 0, 0},
	{combinedLine("/", 200, person) + "\r\n", 0, 0, 1},
	{`192.0.2.7 - - [26/Nov/2026:09:15:04 +0100] "\x16\x03\x01\x02" 400 150 "-" "-"`, 0, 1, 0},
	{`192.0.2.7 - - [26/Nov/2026:09:15:04 +0100] "" 400 0 "-" "-"`, 0, 1, 0},
	{`192.0.2.7 - a [b] c [26/Nov/2026:09:15:04 +0100] "GET / HTTP/1.1" 200 1 "-" "-"`, 0, 0, 1},
	{`192.0.2.7 - - [99/Foo/2026:99:99:99 +9999] "GET / HTTP/1.1" 200 1 "-" "x"`, 0, 0, 1},
	{`192.0.2.7 - - [26/Nov/2026:09:15:04 +0100] "GET / HTTP/1.1" 2e2 1 "-" "x"`, 1, 0, 0},
	{`192.0.2.7 - - [26/Nov/2026:09:15:04 +0100] "GET / HTTP/1.1" 200 99999999999999999999 "-" "x"`, 1, 0, 0},
	{`192.0.2.7 - - [26/Nov/2026:09:15:04 +0100] "GET / HTTP/1.1" 200 -5 "-" "x"`, 1, 0, 0},
	{combinedLine(`/\x`, 200, person), 0, 0, 1},
	{combinedLine(`/\xZZ?%zz`, 200, person), 0, 0, 1},
	{combinedLine("/"+strings.Repeat("x", maxLine), 200, person), 1, 0, 0},
	{strings.Repeat("\x00", 1000) + "\n" + combinedLine("/", 200, "\x00\xff"), 1, 0, 1},
	{ownLine("GET", "/", "200", "disk", "zzz", "-"), 1, 0, 0}, // another format
	{`{"u":"/"`, 1, 0, 0},
}

func TestHostileLinesAreCounted(t *testing.T) {
	for _, test := range hostileLines {
		s := countLines(t, Combined(), test.text)
		counted := s.People.Requests + s.Programs.Requests
		if s.Damaged != test.damaged || s.Empty != test.empty || counted != test.counted {
			t.Errorf("%.80q: damaged %d, empty %d, counted %d; want %d, %d, %d",
				test.text, s.Damaged, s.Empty, counted, test.damaged, test.empty, test.counted)
		}
	}
}

func FuzzCounter(f *testing.F) {
	for _, test := range hostileLines {
		f.Add(test.text)
	}
	f.Add(ownLine("GET", `/\"\\\u001f`, "200", "disk", "hmacprq", "0.1, - : 2"))
	f.Add(`{"request":"GET / HTTP/1.1","status":200,"time":"2026-11-26T09:15:04+05:30","bytes":1e9,"duration":0.5}`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, format := range []Format{Combined(), Own(), {}} {
			c := &Counter{Format: format, Queries: content.Queries{Ignore: content.DefaultIgnore()}}
			c.Add([]byte(text))
			s := c.Summary(ByTime)
			if s.Lines != s.Damaged+s.Empty+s.People.Requests+s.Programs.Requests {
				t.Fatalf("%s: %d lines are not the sum of %+v", format.Name(), s.Lines, s)
			}
			var sum Sum
			for _, p := range s.Paths {
				sum.add(p.Sum)
				if p.Taken > p.Requests || p.SavedMicros > p.AppMicros {
					t.Fatalf("%s: %+v saves more than there is", format.Name(), p)
				}
			}
			if sum != s.People {
				t.Fatalf("%s: the paths add up to %+v, people to %+v", format.Name(), sum, s.People)
			}
			for _, n := range []int64{s.People.Bytes, s.People.AppMicros} {
				if n < 0 {
					t.Fatalf("%s: overflow: %+v", format.Name(), s.People)
				}
			}
		}
	})
}

func TestFormats(t *testing.T) {
	const iso = `{"request":"GET /a HTTP/1.1","status":200,"time_iso8601":"2026-11-26T09:15:04+05:30","bytes":7,"user_agent":"x","upstream_time":"0.5"}`
	for _, test := range []struct {
		name   string
		format []string // nil: detected
		line   string
		bytes  int64
		micros int64
	}{
		{"icecap", nil, ownLine("GET", "/a", "200", "", "", "0.5"), 5120, 500000},
		{"combined", nil, combinedLine("/a", 200, person), 5120, 0},
		{"json", nil, iso, 7, 500000},
		{"split words", []string{`$msec "$req`, `uest" $status `, `${body_bytes_sent}b $upstream_response_time`}, `1795680904.1 "GET /a HTTP/2.0" 200 7b 0.5`, 7, 500000},
		{"quotes in the last part", []string{`$body_bytes_sent $status $request_uri $upstream_response_time "$http_user_agent"`}, `7 200 /a 0.5 "a "quoted" agent"`, 7, 500000},
		{"two URIs", []string{"$uri $request_uri $status"}, "/index.html /a 200", 0, 0},
		{"the normalised one last", []string{"$request_uri $uri $status"}, "/a /index.html 200", 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, ok := Detect([]byte(test.line + "\nbroken\n" + test.line + "\n" + test.line))
			if test.format != nil {
				var err error
				if f, err = CompileFormat("x", test.format...); err != nil {
					t.Fatal(err)
				}
			} else if !ok {
				t.Fatal("not detected")
			}
			s := countLines(t, f, test.line)
			if len(s.Paths) != 1 || s.Paths[0].URL != "/a" || s.Paths[0].Bytes != test.bytes || s.Paths[0].AppMicros != test.micros {
				t.Errorf("%s: got %+v", f.Name(), s)
			}
		})
	}
	for _, bad := range [][]string{{"$status"}, {"$request$status"}, {"$ $request"}, {""}, {"$request ${"}} {
		if _, err := CompileFormat("x", bad...); err == nil {
			t.Errorf("%q compiles", bad)
		}
	}
}

func TestFormatOfTheConfiguration(t *testing.T) {
	config, err := nginx.Parse(`http {
		log_format main '$remote_addr "$request" '
			'$status rt=$request_time';
		access_log /var/log/nginx/access.log;
		server { access_log /var/log/nginx/shop.log main buffer=32k; }
	}`)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ file, name, want string }{
		{"/var/log/nginx/access.log", "", "combined"}, {"/var/log/nginx/shop.log", "", "main"}, {"x", "main", "main"},
		{"/var/log/nginx/shop.log.1", "", "main"}, {"/var/log/nginx/shop.log.12.gz", "", "main"}, {"/var/log/nginx/shop.log-20261126.gz", "", "main"}, {"/var/log/nginx/shop.logs", "", ""},
		{"/x", "", ""}, {"/x", "other", ""},
	} {
		f, err := FromConfig(config, test.file, test.name)
		if (err != nil) != (test.want == "") || err == nil && f.Name() != test.want {
			t.Errorf("%s %s: got %q, %v", test.file, test.name, f.Name(), err)
		}
	}
}

// JSON objects as people have them: times in any of NGINX's forms, $uri beside
// $request_uri, the time in the app in some lines only.
func TestObjects(t *testing.T) {
	s := countLines(t, Format{},
		`{"time":"26/Nov/2026:09:15:04 +0100","request_uri":"/a","uri":"/index.php","request_method":"GET","status":200,"request_time":0.500,"upstream_response_time":"0.100, 0.200"}`,
		`{"time":1795680904.5,"uri":"/index.php","request_uri":"/a","method":"GET","status":"200","rt":"0.500"}`,
		`{"@timestamp":"2026-11-26T09:15:04+01:00","path":"/a","verb":"GET","code":200,"upstream_response_time":"-"}`)
	if s.TimeFrom != "upstream" || len(s.Paths) != 1 || s.Paths[0].URL != "/a" || s.Paths[0].Requests != 3 || s.Damaged != 0 {
		t.Errorf("got %+v", s)
	}
	if len(s.Hours) != 1 || s.Hours[0].Requests != 3 {
		t.Errorf("hours %+v", s.Hours)
	}
}
