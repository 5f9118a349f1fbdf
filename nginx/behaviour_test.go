package nginx

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"icecap/content"
)

// answer is what a visitor gets.
type answer struct {
	*http.Response
	body string
}

// ask sends one request with exactly this target. Headers are "Name: value";
// the Host is the site's own unless one is given.
func ask(t testing.TB, p *Process, method, target string, headers ...string) answer {
	t.Helper()
	if !slices.ContainsFunc(headers, func(h string) bool { return strings.HasPrefix(h, "Host:") }) {
		headers = append(headers, "Host: shop.example.com")
	}
	headers = append(headers, "Connection: close")
	text := raw(t, p, method+" "+target+" HTTP/1.1\r\n"+strings.Join(headers, "\r\n")+"\r\n\r\n")
	res, err := http.ReadResponse(bufio.NewReader(strings.NewReader(text)), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%s %s: %v in %q", method, target, err, text)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	return answer{res, string(body)}
}

// proxied is a gate before a counting app.
func proxied(t testing.TB) (root string, p *Process, a *app) {
	root = t.TempDir()
	release(t, root, "1", sitePages)
	a = newApp(t)
	return root, start(t, Instance{Config: config(t, shop(root, a.Listener.Addr().String()))}), a
}

// Every frozen page comes from disk, byte for byte, with its type, and the app
// is not asked.
func TestPagesFromDisk(t *testing.T) {
	_, p, a := proxied(t)
	for _, page := range sitePages {
		path, err := content.ParsePath(page.url)
		if err != nil {
			t.Fatal(err)
		}
		media, _ := content.MediaFor(page.media)
		want := media.Type
		if media.Text {
			want += "; charset=utf-8"
		}
		for _, method := range []string{"GET", "HEAD"} {
			res := ask(t, p, method, path.String())
			body := page.body
			if method == "HEAD" {
				body = ""
			}
			if res.StatusCode != 200 || res.body != body || res.Header.Get("Content-Type") != want || res.ContentLength != int64(len(page.body)) {
				t.Errorf("%s %s: %s, %q, %d bytes, body %q; want %q, %q", method, page.url, res.Status, res.Header.Get("Content-Type"), res.ContentLength, res.body, want, body)
			}
			if res.Header.Get(Marker) != "disk" || res.Header.Get("X-Frame-Options") != "DENY" || res.Header.Get("Report-To") != `{"group":"a;b","max_age":1}` {
				t.Errorf("%s %s: headers %v", method, page.url, res.Header)
			}
		}
	}
	if seen := a.take(); len(seen) > 0 {
		t.Errorf("the app was asked for %d pages, first %s", len(seen), seen[0].RequestURI)
	}
	if log := p.ErrorLog(); strings.Contains(log, "[error]") || strings.Contains(log, "[crit]") || strings.Contains(log, "[warn]") {
		t.Errorf("error log:\n%s", log)
	}
}

// The list of media types is that of package content, to the last charset.
func TestEveryMediaType(t *testing.T) {
	root := t.TempDir()
	var pages []page
	for _, m := range content.MediaTypes() {
		for _, suffix := range slices.Concat(m.Suffixes, m.Files) {
			pages = append(pages, page{"/file" + suffix, m.Type, "x"})
		}
		if m.Anywhere {
			pages = append(pages, page{"/any/" + m.Ext, m.Type, "x"})
			pages = append(pages, page{"/any/" + m.Ext + "/", m.Type, "x"})
		}
	}
	// HTML under an ending that only a map which ignores letter case takes for another type's.
	pages = append(pages, page{"/wiki/File:Foo.JPG", "text/html", "x"}, page{"/style.css.", "text/html", "x"})
	release(t, root, "1", pages)
	p := start(t, Instance{Config: config(t, shop(root, "127.0.0.1:9"))})
	for _, page := range pages {
		media, _ := content.MediaFor(page.media)
		want := media.Type
		if media.Text {
			want += "; charset=utf-8"
		}
		if res := ask(t, p, "GET", page.url); res.StatusCode != 200 || res.Header.Get("Content-Type") != want {
			t.Errorf("%s: %s, %q, want %q", page.url, res.Status, res.Header.Get("Content-Type"), want)
		}
	}
}

// What the gate must leave to the app: once, with the raw target.
var leftToApp = []struct {
	method, target string
	headers        []string
	why            string
}{
	{"POST", "/about", []string{"Content-Length: 0"}, "m"},
	{"PUT", "/about", []string{"Content-Length: 0"}, "m"},
	{"DELETE", "/about", nil, "m"},
	{"OPTIONS", "/about", nil, "m"},
	{"PATCH", "/about", []string{"Content-Length: 0"}, "m"},
	{"PURGE", "/about", nil, "m"},
	{"GET", "/about", []string{"Authorization: Basic eDp5"}, "a"},
	{"GET", "/about", []string{"Cookie: sessionid=1"}, "c"},
	{"GET", "/about", []string{"Cookie: a=b; connect.sid=s%3A1"}, "c"},
	{"GET", "/about", []string{"Cookie: a=b", "Cookie: wordpress_logged_in_1f=x"}, "c"},
	{"GET", "/about?x=1", nil, "q"},
	{"GET", "/about?page=2%00", nil, "q"},
	{"GET", "/about?../../../etc/passwd", nil, "q"},
	{"GET", "/about??", nil, "q"},
	{"GET", "//about", nil, "r"},
	{"GET", "/docs//intro", nil, "r"},
	{"GET", "/./about", nil, "r"},
	{"GET", "/x/../about", nil, "r"},
	{"GET", "/docs/.", nil, "r"},
	{"GET", "/docs/intro/..", nil, "r"},
	{"GET", "/docs/intro/..?", nil, "r"},
	{"GET", "/docs%2Fintro", nil, "r"},
	{"GET", "/docs%2fintro", nil, "r"},
	{"GET", "/x/%2e%2e/about", nil, "r"},
	{"GET", "/x/%2E./about", nil, "r"},
	{"GET", "/docs/x%5C..%5Cintro", nil, "r"},
	{"GET", "/about#top", nil, "r"},
	{"GET", "/about", []string{"Host: evil.example"}, "h"},
	{"GET", "/about", []string{"Host: shop.example.com.evil.example"}, "h"},
	{"GET", "/about", []string{"Upgrade: websocket", "Sec-WebSocket-Version: 13"}, "p"},
	{"GET", "/about", []string{"X-Requested-With: XMLHttpRequest"}, "p"},
	{"GET", "/about", []string{"HX-Request: true"}, "p"},
	{"GET", "/about", []string{"Turbo-Frame: cart"}, "p"},
	{"GET", "/about", []string{"X-Inertia: true"}, "p"},
	{"GET", "/about", []string{"X-PJAX: true"}, "p"},
	{"GET", "/about", []string{"X-Up-Version: 3"}, "p"},
	{"GET", "/about", []string{"RSC: 1"}, "p"},
	{"POST", "//about?x=1", []string{"Content-Length: 0", "Authorization: x", "Cookie: sessionid=1", "HX-Request: true", "Host: evil.example"}, "hmacprq"},
	{"GET", "/nope", nil, ""},
	{"GET", "/about/", nil, ""},
	{"GET", "/docs", nil, ""},
	{"GET", "/ABOUT", nil, ""},
	{"GET", "/STYLE.CSS", nil, ""},
	{"GET", "/x%20y%3Fz", nil, ""},
	{"GET", "/p/about@.html", nil, ""},
	{"GET", "/about@.html", nil, ""},
	{"GET", "/about@", nil, ""},
	{"GET", "/manifest.jsonl", nil, ""},
	{"GET", "/" + strings.Repeat("n", 300), nil, ""},
	{"GET", "/" + strings.Repeat("long/", 820), nil, ""},
	{"GET", "/a%0Ab", nil, ""},
	{"GET", "/%C3%A9%FF", nil, ""},
}

func TestLeftToApp(t *testing.T) {
	root := t.TempDir()
	release(t, root, "1", sitePages)
	a := newApp(t)
	log := filepath.Join(root, "access.log")
	p := start(t, Instance{Config: config(t, shop(root, a.Listener.Addr().String())), AccessLog: log})
	for _, test := range leftToApp {
		res := ask(t, p, test.method, test.target, test.headers...)
		name := fmt.Sprintf("%s %.60s %s", test.method, test.target, test.headers)
		seen := a.take()
		if len(seen) != 1 {
			t.Errorf("%s: the app was asked %d times, status %s", name, len(seen), res.Status)
			continue
		}
		if seen[0].RequestURI != test.target || seen[0].Method != test.method {
			t.Errorf("%s: the app was asked for %s %s", name, seen[0].Method, seen[0].RequestURI)
		}
		for _, name := range HiddenHeaders() {
			if got := res.Header.Get(name); got != "" {
				t.Errorf("the app's %s %q went through", name, got)
			}
		}
		if res.StatusCode != 200 || res.body != "app" || res.Header.Get("X-Frame-Options") != "" {
			t.Errorf("%s: %s %q %v", name, res.Status, res.body, res.Header)
		}
		line := lastLine(t, log)
		if !strings.Contains(line, fmt.Sprintf(`"why":"%s"`, test.why)) || !strings.Contains(line, `"src":""`) {
			t.Errorf("%s: logged as %s", name, line)
		}
	}
	if log := p.ErrorLog(); strings.Contains(log, "[error]") || strings.Contains(log, "[crit]") || strings.Contains(log, "[warn]") {
		t.Errorf("error log:\n%s", log)
	}
}

// lastLine waits for the line of the request just made: NGINX logs after it has answered.
func lastLine(t testing.TB, file string) string {
	t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for time.Now().Before(deadline) {
		text, _ := os.ReadFile(file)
		if bytes.HasSuffix(text, []byte("\n")) {
			lines := strings.Split(strings.TrimSpace(string(text)), "\n")
			if err := os.Truncate(file, 0); err != nil {
				t.Fatal(err)
			}
			return lines[len(lines)-1]
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("no line in the access log")
	return ""
}

// What makes no difference: the page still comes from disk.
func TestStillFromDisk(t *testing.T) {
	_, p, a := proxied(t)
	for _, test := range []struct {
		target string
		header string
	}{
		{"/about?", "Accept: */*"},
		{"/%61bout", "Accept: */*"},
		{"/caf%C3%A9%20menu", "Accept: */*"},
		{"/about", "Cookie: _ga=GA1.2.3; xsessionid=1; connectXsid=2"},
		{"/about", "Cookie: sessionid"},
		{"/about", "Cache-Control: no-cache"},
		{"/about", "X-Forwarded-Host: evil.example"},
		{"/about", "X-Original-URL: /admin"},
		{"/about", "Host: SHOP.example.com"},
		{"/about", "Host: shop.example.com:8443"},
		{"/about", "Host: 127.0.0.1:1"},
		{"http://shop.example.com/about", "Accept: */*"},
		{"/-/about", "Accept: */*"},
		{"/v1.2", "Accept: */*"},
		{"/.well-known/security.txt", "Accept: */*"},
		{"/@anna@example.org/1", "Accept: */*"},
	} {
		if res := ask(t, p, "GET", test.target, test.header); res.StatusCode != 200 || res.Header.Get(Marker) != "disk" {
			t.Errorf("%s %s: %s %v", test.target, test.header, res.Status, res.Header)
		}
	}
	if seen := a.take(); len(seen) > 0 {
		t.Errorf("the app was asked for %s", seen[0].RequestURI)
	}
}

// "/-" is where refused requests are looked for; a page frozen under that URL
// must not be found there.
func TestNoWayIntoTheEmptyFolder(t *testing.T) {
	_, p, a := proxied(t)
	res := ask(t, p, "POST", "/-/about", "Content-Length: 0")
	if seen := a.take(); len(seen) != 1 || res.body != "app" {
		t.Errorf("POST /-/about: %s, app asked %d times", res.Status, len(seen))
	}
	if res := ask(t, p, "GET", "/-/about"); res.body != "<h1>dash</h1>" {
		t.Errorf("GET /-/about: %s %q", res.Status, res.body)
	}
}

// NGINX refuses these by itself; neither disk nor app is asked.
func TestRefusedByNGINX(t *testing.T) {
	_, p, a := proxied(t)
	for _, target := range []string{"/a%00b", "/%2e%2e/etc/passwd", "/../etc/passwd", "/..", "/a%zz"} {
		if res := ask(t, p, "GET", target); res.StatusCode != 400 || res.Header.Get(Marker) != "" {
			t.Errorf("%s: %s", target, res.Status)
		}
	}
	if seen := a.take(); len(seen) > 0 {
		t.Errorf("the app was asked for %s", seen[0].RequestURI)
	}
}
