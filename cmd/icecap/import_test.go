package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"icecap/content"
)

// TestImportGoBlog: the blog of the Go project, where it lies beside the checkout, is
// built and served; its own folder then has each of its URLs.
func TestImportGoBlog(t *testing.T) {
	found, err := filepath.Glob("../../../*/corpus/go-blog")
	if err != nil || len(found) == 0 {
		t.Skip("there is no corpus/go-blog in a folder beside this checkout")
	}
	blog, err := filepath.Abs(found[0])
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "frozen")
	if _, stderr, code := icecap(t, "build", blog, "--out", out, "--broken-links", "warn"); code != 0 {
		t.Fatalf("build: exit code %d\n%s", code, stderr)
	}
	old := serveOut(t, out)
	stdout, stderr, code := icecap(t, "import", "--check", old+"/sitemap.xml", blog, "--out", out, "--json")
	if code != 0 {
		t.Fatalf("import: exit code %d\n%s", code, stderr)
	}
	var report importReport
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		t.Fatal(err)
	}
	if report.Pages < 300 || report.Missing != 0 || report.Left.Gone != 0 || len(report.Left.Unclear) > 0 {
		t.Errorf("%d pages, %d missing, left %+v", report.Pages, report.Missing, report.Left)
	}
}

// serveOut runs "icecap serve" until the test ends.
func serveOut(t *testing.T, out string) (address string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	read, write := io.Pipe()
	done := make(chan int)
	go func() {
		done <- run(ctx, []string{"serve", "--addr", "127.0.0.1:0", "--pass", "none", "--out", out}, write, io.Discard)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	line, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(strings.TrimSpace(line), "serving ")
}

// TestNearby: what tools do to paths does not count, and a page is named only where it
// is near.
func TestNearby(t *testing.T) {
	var site content.Site
	for _, url := range []string{"/", "/about/", "/posts/thin-ice/", "/posts/thick-ice/", "/notes/thin-ice/", "/posts/straße/", "/posts/a/"} {
		path, err := content.ParsePath(url)
		if err != nil {
			t.Fatal(err)
		}
		site.Entries = append(site.Entries, content.Entry{Key: content.Key{Path: path}, MediaType: "text/html", Origin: "x.md"})
	}
	n := newNearby(site)
	for old, want := range map[string]string{
		"/About.html":                      "/about/",
		"/ABOUT/index.html":                "/about/",
		"/index.php":                       "/",
		"/2019/05/thin-ice.html":           "/posts/thin-ice/",
		"/notes/2019/thin-ice":             "/notes/thin-ice/",
		"/2019-05-01-thick-ice":            "/posts/thick-ice/",
		"/blog/thick-ices":                 "/posts/thick-ice/",
		"/posts/STRASSE/":                  "",
		"/posts/Straße":                    "/posts/straße/",
		"/contact/":                        "",
		"/wp-content/uploads/2019/x.jpg":   "",
		"/%E2%98%83/":                      "",
		"/posts/on-something-else-thicket": "",
	} {
		path, err := content.ParsePath(old)
		if err != nil {
			t.Fatal(err)
		}
		page, _ := n.find(path)
		wanted := want
		if p, err := content.ParsePath(want); err == nil {
			wanted = p.String()
		}
		if page.url != wanted {
			t.Errorf("near %s is %q, want %q", old, page.url, wanted)
		}
	}
}

// TestImportFromHugo: what Hugo itself makes of a folder is an old site; icecap has all
// of it, from the folder as it is.
func TestImportFromHugo(t *testing.T) {
	program, err := exec.LookPath("hugo")
	if err != nil {
		t.Skip("hugo is not installed (make bin/hugo installs it)")
	}
	for name, lost := range map[string]string{"ugly": "", "site": ""} {
		archive, err := txtar.ParseFile(filepath.Join(root, "render/testdata/hugo", name+".txtar"))
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		archive.Files = append(archive.Files,
			txtar.File{Name: "layouts/single.html", Data: []byte("<h1>{{ .Title }}</h1>")},
			txtar.File{Name: "layouts/list.html", Data: []byte("<h1>{{ .Title }}</h1>{{ range .Pages }}<a href=\"{{ .RelPermalink }}\">{{ .Title }}</a>{{ end }}")})
		if err := txtar.Write(archive, dir); err != nil {
			t.Fatal(err)
		}
		public := filepath.Join(t.TempDir(), "public")
		cmd := exec.Command(program, "--source", dir, "--destination", public, "--noBuildLock", "--ignoreCache")
		cmd.Env = append(os.Environ(), "HUGO_SECURITY_ALLOWCONTENT=.*")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("hugo: %v\n%s", err, out)
		}
		old := httptest.NewServer(http.FileServer(http.Dir(public)))
		defer old.Close()
		stdout, stderr, _ := icecap(t, "import", "--check", old.URL+"/sitemap.xml", dir, "--json")
		var report importReport
		err = json.Unmarshal([]byte(stdout), &report)
		missing := ""
		for _, u := range report.URLs {
			if u.State == importMissing {
				missing += u.URL
			}
		}
		if err != nil || missing != lost || report.Pages < 5 || report.Left.Gone > 0 {
			t.Errorf("%s: missing %q, %v\n%s%s", name, missing, err, stdout, stderr)
		}
	}
}
