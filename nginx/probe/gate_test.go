package probe_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"icecap/content"
	"icecap/nginx"
	"icecap/nginx/local"
	"icecap/nginx/probe"
)

// published is the time of every file of the test site.
var published = time.Unix(1700000000, 0)

var pages = []struct{ url, media, body string }{ // a query is a variant
	{"/", "text/html", "<h1>home</h1>"},
	{"/about", "text/html", "<h1>about</h1>"},
	{"/docs/", "text/html", "<h1>docs/</h1>"},
	{"/docs/intro", "text/html", "<h1>intro</h1>"},
	{"/caf%C3%A9%20menu", "text/html", "<h1>menu</h1>"},
	{"/-/about", "text/html", "<h1>dash</h1>"},
	{"/tags/c%23/", "text/html", "<h1>C#</h1>"},
	{"/tags/c%23/index.xml", "application/rss+xml", "<rss>C#</rss>"},
	{"/tags/c/", "text/html", "<h1>C</h1>"},
	{"/tags/.net/", "text/html", "<h1>.NET</h1>"},
	{"/api/items", "application/json", `{"items":[]}`},
	{"/feed", "application/rss+xml", "<rss/>"},
	{"/feed.xml", "application/atom+xml", "<feed/>"},
	{"/sitemap.xml", "application/xml", "<urlset/>"},
	{"/style.css", "text/css", "body{}"},
	{"/main.js", "text/javascript", "1"},
	{"/main.js.map", "application/json", "{}"},
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
	{"/a+b", "text/html", "plus"},
	{"/a..b", "text/html", "dots"},
	{"/case", "text/html", "lower"},
	{"/CASE", "text/html", "upper"},
	{"/SHOUT.CSS", "text/html", "<h1>shout</h1>"},
	{"/empty", "text/html", ""},
	{"/.well-known/security.txt", "text/plain", "Contact: x"},
	{"/@anna@example.org/1", "text/html", "anna"},
	{nginx.NotFoundPath, "text/html", "<h1>nowhere</h1>"},
	{"/list", "text/html", "list"},
	{"/list?page=1", "text/html", "list 1"},
	{"/list?page=2", "text/html", "list 2"},
	{"/list?page=20", "text/html", "list 20"},
	{"/api/list?page=2", "application/json", "[2]"},
	{"/load.php?modules=a&only=styles", "text/css", "a{}"},
	{"/load.php?modules=a%7Cb&only=scripts", "text/javascript", "ab"},
	{"/load.php?modules=" + strings.Repeat("long.", 20) + "&only=styles", "text/css", "long{}"},
	{"/photo.jpeg?w=300", "image/jpeg", "small"},
	{"/versioned.css?ver=1", "text/css", "one"},
	{"/Twin.php?a", "text/css", "Twin a"},
	{"/twin.php?a", "text/css", "twin a"},
	{"/loud.css.", "text/html", "dot"},
	{"/packed", "text/html", strings.Repeat("packed ", 200)},
	{"/assets/app.3f9a1c2b.css", "text/css", strings.Repeat("a{} ", 300)},
	{"/assets/app.20260101.css", "text/css", "b{}"},
	{"/assets/3f9a1c2b.css", "text/css", "c{}"},
	{"/assets/index-BxY3k9Qz.css", "text/css", "d{}"},
	{"/assets/style.h0123456789.css", "text/css", "e{}"},
	{"/assets/style.h01234567890.css", "text/css", "f{}"},
	{"/assets/section2.css", "text/css", "g{}"},
	{"/assets/iPhone8S.css", "text/css", "h{}"},
	{"/assets/face2face.css", "text/css", "i{}"},
	{"/drafts/one", "text/html", "draft"},
	{"/drafts/one/more", "text/html", "more"},
	{"/new/s.css", "text/css", "new"},
}

// copies stand in for the app where it fails.
var copies = []struct{ url, media, body string }{
	{"/news", "text/html", "news copy"},
	{"/news/today", "text/html", strings.Repeat("today copy ", 120)},
	{"/news/list?page=2", "text/html", "news list 2 copy"},
	{"/news/feed", "application/rss+xml", "<rss>copy</rss>"},
	{"/news/style.css", "text/css", "copy{}"},
	{"/news/load.php?modules=a", "text/css", "listed copy{}"},
	{"/News/Case", "text/html", "case copy"},
}

// newSite writes the pages as a release, with what a release should not hold
// beside them, and returns the output folder and the manifest.
func newSite(t testing.TB) (root string, site content.Site) {
	t.Helper()
	root = t.TempDir()
	dir := filepath.Join(root, "releases", "1", "p")
	site.ID, site.Created = "1", published
	for _, p := range pages {
		e := content.Entry{Key: keyOf(t, p.url), MediaType: p.media}
		site.Entries = append(site.Entries, store(t, dir, e, p.body))
	}
	for _, p := range copies {
		site.Entries = append(site.Entries, store(t, dir, content.Entry{Key: keyOf(t, p.url), MediaType: p.media, Fallback: true}, p.body))
	}
	for _, code := range content.StatusCodes() {
		e := content.Entry{Key: content.StatusKey(code), MediaType: "text/html", Fallback: true}
		site.Entries = append(site.Entries, store(t, dir, e, fmt.Sprintf("<h1>nowhere: %d</h1>", code)))
	}
	for _, name := range []string{"packed@.html.gz", "packed@.html.br", "assets/app.3f9a1c2b.css@.css.gz", "news/today@!.html.gz"} {
		write(t, filepath.Join(dir, filepath.FromSlash(name)), "compressed "+name)
	}
	slices.SortFunc(site.Entries, func(a, b content.Entry) int { return a.Key.Compare(b.Key) })
	for _, r := range []struct {
		from, to string
		code     int
	}{
		{"/old", "/about?x=1#team", 301}, {"/moved/", "https://other.example.com/a%20b", 302}, {"/temporary", "/", 307}, {"/for-ever", "/docs/", 308},
		{"/a-long-name/of-a-page-that/was-written-in/another-time", "/docs/intro", 301},
		{"/old-c%23/", "/tags/c%23/", 301}, {"/%C3%BCber-uns/", "/caf%C3%A9%20menu", 301}, {"/it's(old)!*&:", "/about", 301},
		{"/%C3%A9ine-lange-adresse/die-%C3%A4lter-ist-als/diese-seite-hier", "/docs/", 301},
		{"/gone", "", 410}, {"/lost/Page", "", 404},
	} {
		site.Redirects = append(site.Redirects, content.Redirect{From: keyOf(t, r.from).Path, To: r.to, Code: r.code})
	}
	list, _ := content.NewGateMap(site.Entries, site.Redirects)
	write(t, filepath.Join(root, "releases", "1", nginx.GateMapFile), list.String())
	oddities(t, root, dir)
	if err := os.Symlink(filepath.Join("releases", "1"), filepath.Join(root, "current")); err != nil {
		t.Fatal(err)
	}
	return root, site
}

// keyOf is the key of a URL, its query as the variant.
func keyOf(t testing.TB, url string) content.Key {
	t.Helper()
	raw, variant, _ := strings.Cut(url, "?")
	path, err := content.ParsePath(raw)
	if err != nil {
		t.Fatal(err)
	}
	return content.Key{Path: path, Variant: variant}
}

// store writes one page's file.
func store(t testing.TB, dir string, e content.Entry, body string) content.Entry {
	t.Helper()
	name, err := e.File(e.MediaType)
	if e.Fallback {
		name, err = e.FallbackFile(e.MediaType)
	}
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, filepath.FromSlash(name)), body)
	e.Size, e.SHA256, e.Modified = int64(len(body)), sum(body), published
	return e
}

func write(t testing.TB, file, body string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(body), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file, published, published); err != nil {
		t.Fatal(err)
	}
}

func sum(body string) string {
	s := sha256.Sum256([]byte(body))
	return hex.EncodeToString(s[:])
}

// A gate is a way to start one, with a counting app behind it if the site has an app.
type gate struct {
	name  string
	start func(t testing.TB, server nginx.Server) probe.Target
}

// gates are the two programs that must answer alike.
var gates = []gate{{"local", startLocal}, {"nginx", startNGINX}}

func startLocal(t testing.TB, server nginx.Server) probe.Target {
	t.Helper()
	g := &local.Gate{Server: server}
	app := &probe.App{}
	if server.App.Kind != nginx.NoApp {
		startApp(t, &server, app)
		proxy, err := local.Proxy(server.App.Address)
		if err != nil {
			t.Fatal(err)
		}
		g.App = proxy
	}
	s := serve(t, g)
	return probe.Target{Address: s.Address, App: app}
}

func startNGINX(t testing.TB, server nginx.Server) probe.Target {
	t.Helper()
	binary, err := nginx.Find()
	if err != nil {
		t.Skip("needs nginx: install the package nginx")
	}
	if server.Compression.Brotli && !binary.CanSend().Brotli {
		t.Skip("needs brotli in nginx: install the package libnginx-mod-http-brotli-static")
	}
	if !binary.AtLeast("1.22.0") {
		t.Skip("needs nginx 1.22: earlier ones parse odd requests in other ways")
	}
	app := &probe.App{}
	if server.App.Kind != nginx.NoApp {
		startApp(t, &server, app)
	}
	config, err := server.Config()
	if err != nil {
		t.Fatal(err)
	}
	process, err := nginx.Start(t.Context(), nginx.Instance{Binary: binary, Config: config})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := process.Stop(); err != nil {
			t.Error(err)
		}
	})
	return probe.Target{Address: strings.TrimPrefix(process.URL(), "http://"), App: app}
}

func startApp(t testing.TB, server *nginx.Server, app *probe.App) {
	if server.App.Address == "" {
		server.App = nginx.App{Kind: nginx.Proxy, Address: serve(t, app).Address}
	}
}

func serve(t testing.TB, h http.Handler) *probe.Server {
	t.Helper()
	s, err := probe.Serve(h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// scripts are run against both gates.
var scripts = []struct {
	file   string
	server func(root string) nginx.Server
	closed bool // the app is being worked on
}{
	{"gate.txt", shop, false},
	{"gate.txt", plainShop, false},
	{"conditional.txt", shop, false},
	{"noapp.txt", blog, false},
	{"query.txt", shop, false},
	{"redirect.txt", shop, false},
	{"headers.txt", shop, false},
	{"coding.txt", shop, false},
	{"brotli.txt", packedShop, false},
	{"fallback.txt", shop, false},
	{"dead.txt", deadShop, false},
	{"maintenance.txt", deadShop, true},
	{"maintenance_plain.txt", plainShop, true},
}

// TestGatesAnswerAlike puts each script to the handler and to the real NGINX.
// Both must do what the script says, and what it does not say must be equal.
func TestGatesAnswerAlike(t *testing.T) {
	open, _ := newSite(t)
	closed, _ := newSite(t)
	write(t, filepath.Join(closed, nginx.MaintenanceFolder, nginx.MaintenanceFile), "<h1>back soon, nowhere else</h1>")
	for _, s := range scripts {
		t.Run(s.file, func(t *testing.T) {
			script := readScript(t, s.file)
			root := open
			if s.closed {
				root = closed
			}
			results := map[string][]probe.Result{}
			for _, g := range gates {
				t.Run(g.name, func(t *testing.T) {
					target := g.start(t, s.server(root))
					got, err := target.Run(t.Context(), script)
					if err != nil {
						t.Fatal(err)
					}
					for _, r := range got {
						for _, problem := range r.Problems {
							t.Error(problem)
						}
					}
					results[g.name] = got
				})
			}
			if len(results) < 2 {
				t.Skip("nothing to compare with: needs nginx, install the package nginx")
			}
			for i, r := range results["local"] {
				other := results["nginx"][i]
				for j := range min(len(r.Answers), len(other.Answers)) {
					compare(t, r.Case, r.Answers[j], other.Answers[j])
				}
			}
		})
	}
}

// compare holds what the handler answered to what NGINX answered.
func compare(t *testing.T, c probe.Case, here, there probe.Answer) {
	t.Helper()
	differ := func(what string, got, want any) {
		t.Errorf("%d: %q: %s is %q, of nginx %q", c.Line, c.Name, what, got, want)
	}
	if here.Status != there.Status {
		differ("status", http.StatusText(here.Status), http.StatusText(there.Status))
	}
	if here.Source != there.Source {
		differ("source", here.Source, there.Source)
	}
	names := slices.Concat(slices.Collect(maps.Keys(here.Header)), slices.Collect(maps.Keys(there.Header)))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if isOwn(name, here) {
			continue
		}
		values := there.Header.Values(name)
		if there.Status == http.StatusRequestedRangeNotSatisfiable {
			// NGINX sends the head of this answer twice through its filters, so each "always" header stands there twice.
			values = slices.Compact(values)
		}
		got, want := strings.Join(here.Header.Values(name), ", "), strings.Join(values, ", ")
		if name == "Content-Type" {
			got, want = withoutBoundary(got), withoutBoundary(want)
		}
		if got != want {
			differ(name, got, want)
		}
	}
	// A page of the server itself names its program; a list of ranges has a boundary of its own.
	if madeByServer(here) || strings.HasPrefix(here.Header.Get("Content-Type"), "multipart/") {
		return
	}
	if !bytes.Equal(here.Body, there.Body) {
		differ("body", here.Body, there.Body)
	}
}

// isOwn reports whether a header may differ between two programs.
func isOwn(name string, a probe.Answer) bool {
	switch name {
	case "Server", "Date", "Connection", "Keep-Alive":
		return true
	case "Content-Length", "Content-Type":
		return madeByServer(a)
	}
	return false
}

// madeByServer reports whether the answer is an error page of the server itself.
func madeByServer(a probe.Answer) bool {
	return a.Source == probe.FromNone || a.Source == probe.FromMaintenance && !bytes.Contains(a.Body, []byte("nowhere")) || a.Header.Get("Location") != "" && a.Source == probe.FromDisk || a.Source == probe.FromDisk && a.Status >= 400 && !bytes.Contains(a.Body, []byte("nowhere"))
}

func withoutBoundary(contentType string) string {
	name, _, _ := strings.Cut(contentType, "boundary=")
	return name
}

func readScript(t testing.TB, name string) probe.Script {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	script, err := probe.Parse(name, string(text))
	if err != nil {
		t.Fatal(err)
	}
	return script
}
