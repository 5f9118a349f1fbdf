//go:build unix

package release

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"icecap/content"
)

// exported reads an export back, without its marker.
func exportedFiles(t *testing.T, dir string) files {
	t.Helper()
	got := files{}
	for _, line := range listing(t, dir) {
		name, text, _ := strings.Cut(line, ": ")
		if name, err := filepath.Rel(dir, name); err != nil || name != exportMarker {
			got[name] = text
		}
	}
	return got
}

// exportCases: which files a site becomes, and what it says of the others.
var exportCases = []struct {
	name      string
	site      files
	json      []string // URLs of JSON under them
	redirects map[string]string
	want      files
	findings  []string // URL, file, reason
}{
	{
		name: "usual names",
		site: files{"/": "1", "/about": "2", "/about/": "3", "/about/team": "4", "/style.css": "5", "/a.htm": "6", "/v1.2": "7", "/café menu": "8", "/feed.xml": "9"},
		json: []string{"/api/items", "/api/"},
		want: files{"index.html": "1", "about.html": "2", "about/index.html": "3", "about/team.html": "4", "style.css": "5", "a.htm": "6",
			"v1.2.html": "7", "café menu.html": "8", "feed.xml": "9", "api/items": "{}", "api/index.json": "{}"},
	},
	{
		name:     "two pages for one file",
		site:     files{"/about": "without", "/about.html": "with", "/a/": "folder", "/a/index": "short"},
		want:     files{"about.html": "with", "a/index.html": "folder"},
		findings: []string{"/a/index a/index.html: /a/ has the same file name", "/about about.html: /about.html has the same file name"},
	},
	{
		name:     "a file and a folder",
		site:     files{"/x/y": "below", "/app.js": "js", "/app.js/map": "odd"},
		json:     []string{"/x"},
		want:     files{"x/y.html": "below", "app.js/map.html": "odd"},
		findings: []string{"/app.js app.js: /app.js/map needs a folder of this name", "/x x: /x/y needs a folder of this name"},
	},
	{
		name:     "a query",
		site:     files{"/blog": "1", "/blog?page=2": "2"},
		want:     files{"blog.html": "1"},
		findings: []string{"/blog?page=2 blog.html: a static host answers every query with the page without it"},
	},
	{
		name:     "case twins",
		site:     files{"/A": "1", "/a": "2", "/É/x": "3", "/é/x": "4"},
		want:     files{"A.html": "1", "a.html": "2", "É/x.html": "3", "é/x.html": "4"},
		findings: []string{"/%C3%A9/x é/x.html: /%C3%89/x differs in letter case only (written)", "/a a.html: /A differs in letter case only (written)"},
	},
	{
		name: "names for Windows",
		site: files{"/a:b": "1", "/con": "2", "/aux.txt/x": "3", "/LPT1.css": "4", "/dot.": "5", "/end /x": "6", "/constant": "7", "/com10": "8"},
		want: files{"a:b.html": "1", "con.html": "2", "aux.txt/x.html": "3", "LPT1.css": "4", "dot..html": "5", "end /x.html": "6", "constant.html": "7", "com10.html": "8"},
		findings: []string{
			"/LPT1.css LPT1.css: Windows cannot hold the name: LPT1 is a device (written)",
			"/a:b a:b.html: Windows cannot hold the name: it holds ':' (written)",
			"/aux.txt/x aux.txt/x.html: Windows cannot hold the name: AUX is a device (written)",
			"/con con.html: Windows cannot hold the name: CON is a device (written)",
			"/end%20/x end /x.html: Windows cannot hold the name: it ends in a dot or a space (written)",
		},
	},
	{
		name:      "redirects",
		site:      files{"/": "1", "/new": "2"},
		redirects: map[string]string{"/old": "/new?a=1&b='2'", "/dir/": "https://example.com/", "/new.html": "/new"},
		want: files{"index.html": "1", "new.html": RefreshPage("/new"), "dir/index.html": RefreshPage("https://example.com/"),
			"old.html": RefreshPage("/new?a=1&b='2'")},
		findings: []string{"/new new.html: /new.html has the same file name"},
	},
}

func TestExport(t *testing.T) {
	for _, test := range exportCases {
		t.Run(test.name, func(t *testing.T) {
			s := newStore(t)
			st := begin(t, s, all("app"))
			yield(t, st, test.site)
			for _, url := range test.json {
				if err := st.Page(content.Page{Key: key(t, url), MediaType: "application/json", Body: []byte("{}")}); err != nil {
					t.Fatal(err)
				}
			}
			for from, to := range test.redirects {
				if err := st.Redirect(content.Redirect{From: key(t, from).Path, To: to, Code: 301}); err != nil {
					t.Fatal(err)
				}
			}
			dir := filepath.Join(t.TempDir(), "a", "export")
			done, err := commit(t, st).Export(context.Background(), dir)
			if err != nil {
				t.Fatal(err)
			}
			if got := exportedFiles(t, dir); !maps.Equal(got, test.want) {
				t.Errorf("exported %q\nwant %q", got, test.want)
			}
			if done.Files+done.Redirects != len(test.want) {
				t.Errorf("it counts %d files and %d redirects", done.Files, done.Redirects)
			}
			var findings []string
			for _, f := range done.Findings {
				line := fmt.Sprintf("%s %s: %s", f.URL, f.File, f.Reason)
				if f.Written {
					line += " (written)"
				}
				findings = append(findings, line)
			}
			if !slices.Equal(findings, test.findings) {
				t.Errorf("found %q\nwant %q", findings, test.findings)
			}
		})
	}
}

// A target is text of the app's: it must not become markup.
func TestRefreshPage(t *testing.T) {
	page := RefreshPage("/x?a=1&b='2';c")
	if !strings.Contains(page, `content="0; url='/x?a=1&amp;b=%272%27;c'"`) || !strings.Contains(page, `href="/x?a=1&amp;b=%272%27;c"`) {
		t.Error(page)
	}
}

func TestExportAgain(t *testing.T) {
	s := newStore(t)
	ctx := context.Background()
	first := publish(t, s, all("app"), files{"/": "1", "/old/page": "1", "/robots.txt": "app", "/deep/a/b": "1"})
	second := publish(t, s, all("app"), files{"/": "2", "/new": "2", "/robots.txt": "app", "/mine/x": "2"})
	dir := filepath.Join(t.TempDir(), "export")
	if _, err := first.Export(ctx, dir); err != nil {
		t.Fatal(err)
	}
	at := entry(t, first, "/").Modified
	if info, err := os.Stat(filepath.Join(dir, "index.html")); err != nil || !info.ModTime().Equal(at) {
		t.Errorf("index.html is from %v, want %v: %v", info.ModTime(), at, err)
	}
	if sameFile(t, filepath.Join(dir, "index.html"), diskPath(t, first, "/")) {
		t.Error("an edit of the export would change the release")
	}
	// The owner adds files of his own, one of them where a page will want to be.
	for name, text := range map[string]string{"CNAME": "example.com", "new.html": "mine", "mine": "a file for a folder", "old/notes.txt": "n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // and again, over that
		done, err := second.Export(ctx, dir)
		if err != nil {
			t.Fatal(err)
		}
		if len(done.Findings) != 2 || done.Findings[0].URL != "/mine/x" || done.Findings[1].URL != "/new" || done.Findings[1].Written {
			t.Errorf("found %+v", done.Findings)
		}
		want := files{"index.html": "2", "robots.txt": "app", "CNAME": "example.com", "new.html": "mine", "mine": "a file for a folder", "old/notes.txt": "n"}
		if got := exportedFiles(t, dir); !maps.Equal(got, want) {
			t.Errorf("exported %q\nwant %q", got, want)
		}
		if _, err := os.Stat(filepath.Join(dir, "deep")); err == nil {
			t.Error("an empty folder is left of the earlier export")
		}
	}
	// A killed export goes on.
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := first.Export(ctx, dir); !errors.Is(err, context.Canceled) {
		t.Errorf("Export: %v, want that it was cancelled", err)
	}
	if _, err := first.Export(context.Background(), dir); err != nil {
		t.Error(err)
	}
	if got := exportedFiles(t, dir)["old/page.html"]; got != "1" {
		t.Errorf("old/page.html holds %q", got)
	}
}

func TestExportRefuses(t *testing.T) {
	s := newStore(t)
	r := publish(t, s, all("app"), files{"/": "1"})
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "index.html"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	marked := t.TempDir()
	if err := os.WriteFile(filepath.Join(marked, exportMarker), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, dir := range map[string]string{
		"not empty":            full,
		"somebody's marker":    marked,
		"a file":               filepath.Join(full, "index.html"),
		"the output folder":    s.dir,
		"in the output folder": s.path("releases", "export"),
		"the root":             "/",
	} {
		var foreign *ForeignError
		if _, err := r.Export(context.Background(), dir); !errors.As(err, &foreign) {
			t.Errorf("%s: %v, want a ForeignError", name, err)
		}
	}
	if got, _ := os.ReadFile(filepath.Join(full, "index.html")); string(got) != "mine" {
		t.Error("a file was overwritten")
	}
	// The list of an earlier export cannot delete elsewhere.
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(victim, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	evil := t.TempDir()
	rel, err := filepath.Rel(evil, victim)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(evil, exportMarker), []byte(exportHead+rel+"\n"+victim+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Export(context.Background(), evil); err == nil {
		t.Error("Export took a list that leads out of the folder")
	}
	if _, err := os.Stat(victim); err != nil {
		t.Error(err)
	}
}

// A release that lost a file is not exported as if it were whole.
func TestExportDamaged(t *testing.T) {
	s := newStore(t)
	r := publish(t, s, all("app"), files{"/": "1", "/a": "22"})
	name := diskPath(t, r, "/a")
	for _, damage := range []func() error{
		func() error { return os.Truncate(name, 1) },
		func() error { return os.Remove(name) },
	} {
		if err := damage(); err != nil {
			t.Fatal(err)
		}
		var corrupt *CorruptError
		if _, err := r.Export(context.Background(), filepath.Join(t.TempDir(), "x")); !errors.As(err, &corrupt) || !strings.Contains(err.Error(), "/a") {
			t.Errorf("Export: %v, want a CorruptError that names the page", err)
		}
	}
}
