package content

import (
	"errors"
	"path"
	"strings"
	"testing"
)

// paths is the table of the URL-to-file rule; it also seeds the fuzz tests.
var paths = []struct {
	url, media string
	file       string // "" where refused
	reason     string // a part of the reason, where refused
}{
	{"/", "text/html", "@.html", ""},
	{"/about", "text/html; charset=utf-8", "about@.html", ""},
	{"/about/", "text/html", "about/@.html", ""},
	{"/about/team", "text/html", "about/team@.html", ""},
	{"/a.html", "text/html", "a.html@.html", ""},
	{"/style.css", "text/css", "style.css@.css", ""},
	{"/api/items", "application/json", "api/items@.json", ""},
	{"/feed/", "application/rss+xml", "feed/@.rss", ""},
	{"/feed.xml", "application/atom+xml", "feed.xml@.atom", ""},
	{"/sitemap.xml", "text/xml", "sitemap.xml@.xml", ""},
	{"/x.jpeg", "image/jpeg", "x.jpeg@.jpg", ""},
	{"/main.js", "application/javascript", "main.js@.js", ""},
	{"/index.php", "text/html", "index.php@.html", ""},
	{"/v1.2", "text/html", "v1.2@.html", ""},
	{"/caf%C3%A9%20menu", "text/html", "café menu@.html", ""},
	{"/café menu", "text/html", "café menu@.html", ""},
	{"/%7euser", "text/html", "~user@.html", ""},
	{"/a@b", "text/html", "a@b@.html", ""},
	{"/@anna@example.org/1", "text/html", "@anna@example.org/1@.html", ""},
	{"/a@.html", "text/html", "a@.html@.html", ""},
	{"/.well-known/security.txt", "text/plain", ".well-known/security.txt@.txt", ""},
	{"/tags/c%23/", "text/html", "tags/c#/@.html", ""},
	{"/%23", "text/html", "#@.html", ""},
	{"/tags/.net/", "text/html", "tags/.net/@.html", ""},
	{"/tags/.net/index.xml", "application/rss+xml", "tags/.net/index.xml@.rss", ""},
	{"/tags/.net/page/2/", "text/html", "tags/.net/page/2/@.html", ""},
	{"/-", "text/html", "-@.html", ""},
	{"/-/about", "text/html", "-/about@.html", ""},

	{"", "text/html", "", "slash"},
	{"about", "text/html", "", "slash"},
	{"//a", "text/html", "", "empty segment"},
	{"/a//b", "text/html", "", "empty segment"},
	{"/a//", "text/html", "", "empty segment"},
	{"/../../etc/passwd", "text/html", "", "dot segment"},
	{"/%2e%2e/x", "text/html", "", "dot segment"},
	{"/a/.", "text/html", "", "dot segment"},
	{`/..\..\x`, "text/html", "", "encoded"},
	{`/a\b`, "text/html", "", "encoded"},
	{"/a%5Cb", "text/html", "", "encoded"},
	{"/a%2Fb", "text/html", "", "encoded"},
	{"/a%3Fb", "text/html", "", "encoded"},
	{"/a#b", "text/html", "", "fragment"},
	{"/account;x.css", "text/css", "", "encoded"},
	{"/%252e%252e/", "text/html", "", "encoded"},
	{"/p%252Fq", "text/html", "", "encoded"},
	{"/a%00b", "text/html", "", "control"},
	{"/a%0d%0aX", "text/html", "", "control"},
	{"/a%7F", "text/html", "", "control"},
	{"/a%C2%85", "text/html", "", "control"},
	{"/a%zz", "text/html", "", "percent"},
	{"/100%", "text/html", "", "percent"},
	{"/caf%E9", "text/html", "", "UTF-8"},
	{"/cafe%CC%81", "text/html", "", "normal form"},
	{"/a%E2%80%8Bb", "text/html", "", "invisible"},
	{"/a%E2%80%AEb", "text/html", "", "invisible"},
	{"/.env", "text/html", "", "starts with a dot"},
	{"/.git/config", "text/html", "", "starts with a dot"},
	{"/a/.well-known/x", "text/html", "", "starts with a dot"},
	{"/.git/", "text/html", "", "starts with a dot"},
	{"/a/.git/config", "text/html", "", "starts with a dot"},
	{"/a/.ssh/id_rsa", "text/html", "", "starts with a dot"},
	{"/a/.env", "text/html", "", "starts with a dot"},
	{"/a/..x/", "text/html", "", "starts with a dot"},
	{"/tags/.net", "text/html", "", "starts with a dot"},
	{"/.well-known", "text/html", "", "starts with a dot"},
	{"/a@.html/b", "text/html", "", "page file"},
	{"/a@page=2.json.gz/b", "text/html", "", "page file"},
	{"/" + strings.Repeat("x", 300), "text/html", "", "too long"},
	{"/" + strings.Repeat("x", 250), "text/html", "", "too long"},
	{strings.Repeat("/a", 2500), "text/html", "", "longer than"},
	{"/account/x.css", "text/html", "", "ends like"},
	{"/x.json", "text/html", "", "ends like"},
	{"/style", "text/css", "", "served only under"},
	{"/STYLE.CSS", "text/css", "", "served only under"},
	{"/x.swf", "application/x-shockwave-flash", "", "not in the list"},
	{"/x", "", "", "not in the list"},
}

func TestFile(t *testing.T) {
	for _, test := range paths {
		file, err := fileOf(test.url, "", test.media)
		if test.file != "" {
			if err != nil || file != test.file {
				t.Errorf("File(%q, %q) = %q, %v; want %q", test.url, test.media, file, err, test.file)
			}
			continue
		}
		var refusal *PathError
		if !errors.As(err, &refusal) || !strings.Contains(refusal.Reason, test.reason) {
			t.Errorf("File(%q, %q) = %q, %v; want a refusal with %q", test.url, test.media, file, err, test.reason)
		}
	}
}

func TestFileVariant(t *testing.T) {
	for variant, want := range map[string]string{
		"page=2":                 "blog/@page=2.html",
		"":                       "blog/@.html",
		"-":                      "",
		"a/b":                    "",
		"a@b":                    "",
		"page=2%00":              "",
		strings.Repeat("a", 129): "",
	} {
		if file, err := fileOf("/blog/", variant, "text/html"); file != want || (err == nil) != (want != "") {
			t.Errorf("variant %q: file %q, %v; want %q", variant, file, err, want)
		}
	}
}

func TestZeroPathHasNoFile(t *testing.T) {
	if file, err := (Path{}).File("", "text/html"); err == nil {
		t.Errorf("the zero path has the file %q", file)
	}
}

func fileOf(url, variant, media string) (string, error) {
	p, err := ParsePath(url)
	if err != nil {
		return "", err
	}
	return p.File(variant, media)
}

// FuzzParsePath holds every accepted path to the promises of the package
// comment: it stays inside the root, has one spelling, and survives a round trip.
func FuzzParsePath(f *testing.F) {
	for _, test := range paths {
		f.Add(test.url)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if slow, err := parsePath(raw); isPlain(raw) && (err != nil || slow != Path{raw}) {
			t.Fatalf("%q is not plain: %v, %v", raw, slow, err)
		}
		p, err := ParsePath(raw)
		if err != nil {
			return
		}
		again, err := ParsePath(p.String())
		if err != nil || again != p {
			t.Fatalf("%q: canonical %q reads back as %q, %v", raw, p.String(), again.Decoded(), err)
		}
		file, err := p.File("", "text/html")
		if err != nil {
			return
		}
		if path.Clean("/"+file) != "/"+file || strings.Contains(file, "\x00") {
			t.Fatalf("%q: file %q is not clean", raw, file)
		}
		for _, segment := range strings.Split(file, "/") {
			if len(segment)+len(".gz") > 255 {
				t.Fatalf("%q: file %q has a segment too long", raw, file)
			}
		}
	})
}

// FuzzFileInjective looks for two pages that share a file, or a page whose file
// is a directory of the other's.
func FuzzFileInjective(f *testing.F) {
	for i, a := range paths {
		f.Add(a.url, "", paths[(i*7+3)%len(paths)].url, "page=2")
		f.Add(a.url, "", a.url+"/", "")
	}
	f.Add("/a", "x", "/a@x.html", "")
	f.Add("/a", "", "/a@.html/b", "")
	f.Fuzz(func(t *testing.T, url1, variant1, url2, variant2 string) {
		for _, m1 := range []string{"text/html", "application/json"} {
			for _, m2 := range []string{"text/html", "application/json"} {
				file1, err1 := fileOf(url1, variant1, m1)
				file2, err2 := fileOf(url2, variant2, m2)
				if err1 != nil || err2 != nil {
					continue
				}
				p1, _ := ParsePath(url1)
				p2, _ := ParsePath(url2)
				if file1 == file2 && (p1 != p2 || variant1 != variant2 || m1 != m2) {
					t.Fatalf("%q %q and %q %q share %q", url1, variant1, url2, variant2, file1)
				}
				if strings.HasPrefix(file2, file1+"/") || strings.HasPrefix(file2, file1+".gz/") {
					t.Fatalf("%q is a file and a directory of %q", file1, file2)
				}
			}
		}
	})
}

// TestLongestName: the longest segment leaves room for the longest suffix.
func TestLongestName(t *testing.T) {
	longest := strings.Repeat("a", maxName-spareSuffix)
	for raw, fits := range map[string]bool{"/" + longest: true, "/" + longest + "a": false, "/" + longest + "/b": true, "/" + longest + "a/b": false} {
		if _, err := ParsePath(raw); (err == nil) != fits {
			t.Errorf("a segment of %d bytes: %v", len(raw), err)
		}
	}
}

// TestSpelling: what may stand in a path as it is, stays as it is.
func TestSpelling(t *testing.T) {
	const plain = "/azAZ09-_.~!$&'()*+,=:@"
	if got := mustPath(t, plain).String(); got != plain {
		t.Errorf("%s is spelt %s", plain, got)
	}
	if got, want := mustPath(t, "/ \"<>[]^`{|}é").String(), "/%20%22%3C%3E%5B%5D%5E%60%7B%7C%7D%C3%A9"; got != want {
		t.Errorf("what has to be encoded is spelt %s, want %s", got, want)
	}
	if got, want := EscapeURL("/a[b]?x=~%41 \"<>\x7f\té"), "/a[b]?x=~%41%20%22%3C%3E%7F%09%C3%A9"; got != want {
		t.Errorf("EscapeURL gives %s, want %s", got, want)
	}
}

func TestValidAssetVariant(t *testing.T) {
	for query, want := range map[string]bool{
		"ver=6.1": true, "a%2Fb": true, strings.Repeat("x", maxAssetVariant): true,
		"": false, "-": false, "404": false, "410": false, "a/b": false, "a b": false, `a"b`: false, "a$b": false, strings.Repeat("x", maxAssetVariant+1): false,
	} {
		if got := ValidAssetVariant(query); got != want {
			t.Errorf("%.20q: %v, want %v", query, got, want)
		}
	}
}

func mustPath(t *testing.T, raw string) Path {
	t.Helper()
	p, err := ParsePath(raw)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
