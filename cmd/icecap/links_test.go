package main

import (
	"context"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"icecap/content"
	"icecap/content/release"
)

// publishPages makes a release without a crawl.
func publishPages(tb testing.TB, pages map[string]string, skips ...content.Skip) *published {
	tb.Helper()
	store, err := release.Open(filepath.Join(tb.TempDir(), "frozen"))
	if err != nil {
		tb.Fatal(err)
	}
	stage, err := store.Stage(context.Background(), content.Scope{Source: "test"})
	if err != nil {
		tb.Fatal(err)
	}
	defer stage.Discard()
	for url, body := range pages {
		path, err := content.ParsePath(url)
		if err != nil {
			tb.Fatal(err)
		}
		page := content.Page{Key: content.Key{Path: path}, MediaType: "text/html", Body: []byte(body), Origin: "http://127.0.0.1:8000" + url}
		if err := stage.Page(page); err != nil {
			tb.Fatal(err)
		}
	}
	for _, skip := range skips {
		if err := stage.Skip(skip); err != nil {
			tb.Fatal(err)
		}
	}
	current, err := stage.Commit(context.Background())
	if err != nil {
		tb.Fatal(err)
	}
	site, err := current.Site()
	if err != nil {
		tb.Fatal(err)
	}
	return &published{defaults(), store, current, site}
}

// TestManyLinkers: of a target in the footer of a thousand pages the first
// twenty are named, whichever goroutine was faster, and all are counted.
func TestManyLinkers(t *testing.T) {
	pages := map[string]string{"/target": "<p>x"}
	for i := range 1000 {
		pages[fmt.Sprintf("/%04d", i)] = `<a href="/gone">g</a> <a href="/gone#x">g</a> <a href="/target#none">t</a> <a href="target#none">t</a>`
	}
	p := publishPages(t, pages, content.Skip{URL: "/gone", Reason: "status", Detail: "404 Not Found", From: "/0000"})
	report, err := newLinkCheck(&p.site, p.resolver(), bodiesOf(p.release)).run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for name, findings := range map[string][]linkFinding{"/gone": report.Broken, "/target#none": report.Fragments} {
		if len(findings) != 1 || findings[0].URL != name {
			t.Fatalf("findings %+v, want one for %s", findings, name)
		}
		if f := findings[0]; f.Pages != 1000 || len(f.From) != maxLinkers || f.From[0] != "/0000" || f.From[maxLinkers-1] != "/0019" {
			t.Errorf("%s: %d pages, named %v", name, f.Pages, f.From)
		}
	}
	if report.Links != 4000 || report.Pages != 1001 || report.Unknown != 0 {
		t.Errorf("%d links of %d pages, %d unknown; want 4000, 1001, 0", report.Links, report.Pages, report.Unknown)
	}
}

// TestDamagedPage: a body that is cut on disk ends the check with its name.
func TestDamagedPage(t *testing.T) {
	p := publishPages(t, map[string]string{"/a": "<p>some text", "/b": "<p>other text"})
	if err := os.Truncate(filepath.Join(p.release.Dir, "p", "a@.html"), 3); err != nil {
		t.Fatal(err)
	}
	if _, err := newLinkCheck(&p.site, p.resolver(), bodiesOf(p.release)).run(context.Background()); err == nil || !strings.Contains(err.Error(), "read page /a of release") {
		t.Errorf("the error is %v, want one that names the page", err)
	}
}

func TestLinksInterrupted(t *testing.T) {
	p := publishPages(t, map[string]string{"/a": "<p>"})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := newLinkCheck(&p.site, p.resolver(), bodiesOf(p.release)).run(ctx); err != context.Canceled {
		t.Errorf("the error is %v, want %v", err, context.Canceled)
	}
}

// TestJUnitEscapes: a crawled name cannot break the file.
func TestJUnitEscapes(t *testing.T) {
	hostile := "]]>\"'<&\x00\x1b\u2028"
	file := filepath.Join(t.TempDir(), "links.xml")
	finding := linkFinding{URL: hostile, Detail: hostile, linkers: linkers{Pages: 30, From: []string{hostile}}}
	if err := writeJUnit(file, &linkReport{Broken: []linkFinding{finding}, Redirects: []linkFinding{finding}}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var suite junitSuite
	if err := xml.Unmarshal(text, &suite); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	want := strings.NewReplacer("\x00", "\uFFFD", "\x1b", "\uFFFD").Replace(hostile)
	if c := suite.Cases[1]; len(suite.Cases) != 3 || c.Name != want || c.Failure.Message != want || !strings.Contains(c.Failure.Text, "and 29 more pages") {
		t.Errorf("reads back as %+v", suite)
	}
}

// BenchmarkLinks checks a site of 10,000 pages of 20 KB with 100 links each.
func BenchmarkLinks(b *testing.B) {
	const n = 10_000
	pages := make(map[string]string, n)
	filler := strings.Repeat("<p class=\"prose\">Some words between the links, as pages have them.</p>\n", 110)
	for i := range n {
		var body strings.Builder
		body.WriteString("<!doctype html><title>page</title><main id=main><a href=#main>skip</a>")
		body.WriteString(filler)
		for j := range 100 {
			switch j % 4 {
			case 0: // the menu, the same on each page
				fmt.Fprintf(&body, "<li id=m%d><a class=\"menu-item\" href=\"/section/%d\">menu</a></li>\n", j, j)
			case 1:
				fmt.Fprintf(&body, "<a class=\"product\" href=\"/section/%d\">next to it</a>\n", (i*31+j*17)%n)
			case 2:
				fmt.Fprintf(&body, "<a class=\"product\" href=\"%d\">relative</a>\n", (i*37+j*13)%n)
			case 3:
				fmt.Fprintf(&body, "<a class=\"product\" href=\"/section/%d#m%d\">a place in it</a>\n", (i+j)%n, j-3)
			}
		}
		pages[fmt.Sprintf("/section/%d", i)] = body.String()
	}
	p := publishPages(b, pages)
	clear(pages)
	b.ReportAllocs()
	for b.Loop() {
		report, err := newLinkCheck(&p.site, p.resolver(), bodiesOf(p.release)).run(context.Background())
		if err != nil || report.Links == 0 || len(report.Broken)+len(report.Fragments) > 0 {
			b.Fatalf("%+v, %v", report, err)
		}
	}
	b.ReportMetric(n/(b.Elapsed().Seconds()/float64(b.N)), "pages/s")
}
