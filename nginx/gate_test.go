package nginx

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"icecap/content"
)

// page is a frozen page of the test site.
type page struct{ url, media, body string }

var sitePages = []page{
	{"/", "text/html", "<h1>home</h1>"},
	{"/about", "text/html", "<h1>about</h1>"},
	{"/docs/", "text/html", "<h1>docs/</h1>"},
	{"/docs/intro", "text/html", "<h1>intro</h1>"},
	{"/café menu", "text/html", "<h1>menu</h1>"},
	{"/-/about", "text/html", "<h1>dash</h1>"},
	{"/api/items", "application/json", `{"items":[]}`},
	{"/feed", "application/rss+xml", "<rss/>"},
	{"/feed.xml", "application/atom+xml", "<feed/>"},
	{"/sitemap.xml", "application/xml", "<urlset/>"},
	{"/style.css", "text/css", "body{}"},
	{"/main.js", "text/javascript", "1"},
	{"/robots.txt", "text/plain", "User-agent: *"},
	{"/logo.svg", "image/svg+xml", "<svg/>"},
	{"/logo.png", "image/png", "\x89PNG"},
	{"/photo.jpeg", "image/jpeg", "\xff\xd8\xff"},
	{"/font.woff2", "font/woff2", "wOF2"},
	{"/app.webmanifest", "application/manifest+json", "{}"},
	{"/index.php", "text/html", "<h1>php</h1>"},
	{"/v1.2", "text/html", "<h1>v1.2</h1>"},
	{"/a", "text/html", "a"},
	{"/a/", "text/html", "a/"},
	{"/a/b", "text/html", "a/b"},
	{"/a.html", "text/html", "a.html"},
	{"/.well-known/security.txt", "text/plain", "Contact: x"},
	{"/@anna@example.org/1", "text/html", "anna"},
}

// release writes pages as a release and makes it current.
func release(t testing.TB, root, id string, pages []page) {
	t.Helper()
	dir := filepath.Join(root, "releases", id)
	for _, p := range pages {
		path, err := content.ParsePath(p.url)
		if err != nil {
			t.Fatal(err)
		}
		name, err := path.File("", p.media)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, "p", filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(p.body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	flip(t, root, id)
}

// flip makes a release current as a publisher does: a rename over the link.
func flip(t testing.TB, root, id string) {
	t.Helper()
	link := filepath.Join(root, "current.tmp-"+id)
	if err := os.Symlink(filepath.Join("releases", id), link); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(link, filepath.Join(root, "current")); err != nil {
		t.Fatal(err)
	}
}

// app is a stub that remembers each request it got.
type app struct {
	*httptest.Server
	mu   sync.Mutex
	seen []*http.Request
}

func newApp(t testing.TB) *app {
	a := &app{}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		a.seen = append(a.seen, r)
		a.mu.Unlock()
		w.Header().Set("X-Icecap", "disk") // a lie
		for _, name := range []string{"Icecap-Freeze", "Icecap-Links", "Icecap-Tag"} {
			w.Header().Set(name, "secret")
		}
		w.Header().Set("X-Uri", r.RequestURI)
		w.Header().Set("Content-Type", "text/plain")
		w.Write([]byte("app"))
	}))
	t.Cleanup(a.Close)
	return a
}

// take returns the requests seen since the last call.
func (a *app) take() []*http.Request {
	a.mu.Lock()
	defer a.mu.Unlock()
	seen := a.seen
	a.seen = nil
	return seen
}

// installed is the NGINX of this machine.
func installed(t testing.TB) Binary {
	t.Helper()
	b, err := Find()
	if err != nil {
		t.Skip("needs nginx: install the package nginx")
	}
	return b
}

// start runs a configuration until the test ends.
func start(t testing.TB, in Instance) *Process {
	t.Helper()
	in.Binary = installed(t)
	p, err := Start(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Log("error log:\n" + p.ErrorLog())
		}
	})
	return p
}

func shop(root, address string) Server {
	return Server{
		Site: "shop", Hosts: []string{"shop.example.com", "127.0.0.1"}, Root: root,
		App:     App{Kind: Proxy, Address: address},
		Cookies: []string{"sessionid", "connect.sid", "wordpress_logged_in_*"},
		Headers: []content.Header{{Name: "X-Frame-Options", Value: "DENY"}, {Name: "Report-To", Value: `{"group":"a;b","max_age":1}`}},
	}
}

// config is a server's configuration, which must be allowed.
func config(t testing.TB, s Server) Config {
	t.Helper()
	c, err := s.Config()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// raw sends bytes as they are and reads the answer up to its end. Requests
// must ask for the connection to be closed.
func raw(t testing.TB, p *Process, request string) string {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(p.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(c)
	if err != nil {
		t.Fatalf("%q: %v", request, err)
	}
	return string(answer)
}
