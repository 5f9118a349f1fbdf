package render

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"icecap/content"
	"icecap/render/browsertest"
)

// A found is what search.mjs says of a query.
type found struct {
	Query, Status string
	Titles        []string
	Files         int
	Bytes, Packed int // of the index, as they are and as gzip makes them
	Marks         int
}

// searchIn types queries into the search page of a site, each as a reader who has not
// been there.
func searchIn(t *testing.T, pages map[string]content.Page, path string, queries []string) map[string]found {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'")
		servePages(pages).ServeHTTP(w, r)
	}))
	defer server.Close()
	results := map[string]found{}
	lines := bufio.NewScanner(strings.NewReader(browsertest.Find(t).Run(t, "search.mjs", append([]string{server.URL + path}, queries...)...)))
	for lines.Buffer(nil, 1<<20); lines.Scan(); {
		var one struct {
			found
			URLs []string
		}
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		one.Files = len(one.URLs)
		for _, url := range one.URLs {
			body := pages[strings.TrimPrefix(url, server.URL)].Body
			one.Bytes += len(body)
			one.Packed += gzipped(body)
		}
		results[one.Query] = one.found
	}
	return results
}

func gzipped(body []byte) int {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(body)
	w.Close()
	return b.Len()
}

// TestSearch looks for things in the notes, below a prefix and with a strict
// Content-Security-Policy.
func TestSearch(t *testing.T) {
	settings := notes()
	settings.Prefix = "/blog/"
	folder := files("2021-01-01-ja.md", "# 氷の湖\n\n冬の朝、湖は静かだった。\n", "2021-01-02-de.md", "# Die Datenbankverbindungen\n\nSie halten.\n")
	copyInto(t, folder, "testdata/notes", "")
	pages := renderFolder(t, folder, settings)
	queries := []struct {
		query, first string
		marked       bool // in the title, or in what is shown below it
	}{
		{"lakes", "On the naming of lakes", true},
		{"crevasse maps", "How to read a crevasse map", true},
		{"CREV", "How to read a crevasse map", true},
		{"package main", "Everything a post can hold, from the shore of a frozen lake", false},
		{"קרח", "קרח", true},
		{"alert", "What the satellite did not see <script>alert(\"&\")</script>", true},
		{"静か", "氷の湖", true},
		{"湖", "氷の湖", true},
		{"crevase maps", "How to read a crevasse map", true},
		{"satelite", "What the satellite did not see <script>alert(\"&\")</script>", true},
		{"ascrevse", "", false},
		{"rcevasse", "How to read a crevasse map", true}, // letters of the beginning
		{"xsatellite", "What the satellite did not see <script>alert(\"&\")</script>", true},
		{"Verbindung", "Die Datenbankverbindungen", true}, // the end of a compound word
		{"nothingofthiskind", "", false},
	}
	var typed []string
	for _, q := range queries {
		typed = append(typed, q.query)
	}
	results := searchIn(t, pages, "/blog/search/", typed)
	for _, q := range queries {
		got := results[q.query]
		if first := strings.Join(got.Titles[:min(1, len(got.Titles))], ""); first != q.first || q.marked != (got.Marks > 0) {
			t.Errorf("%q finds %q first, want %q: %+v", q.query, first, q.first, got)
		}
	}
	if got := results["crevase maps"].Status; got != "1 result. For “crevase” a word like it." {
		t.Errorf("of a misspelt word the page says %q", got)
	}
}

// TestSearchGoBlog: what readers of the Go blog find, where it lies beside the
// checkout. The first results, in testdata/golden/search.txt, were looked at by hand.
func TestSearchGoBlog(t *testing.T) {
	found, err := filepath.Glob("../../*/corpus/go-blog")
	if err != nil || len(found) == 0 {
		t.Skip("there is no corpus/go-blog in a folder beside this checkout")
	}
	pages := renderFolder(t, os.DirFS(found[0]), Settings{Prefix: "/blog/", WarnLinks: true, Future: true})
	queries := []string{
		"generics", "error handling", "errors are values", "race detector", "garbage collector", "profiling", "slices", "go modules",
		"context cancellation", "defer panic recover", "json", "fuzzing", "pgo", "loop variable", "wasm", "C++", "concurrency patterns",
		"sync.Mutex", "share memory by communicating", "iterators", "structured logging", "interfac", "code of conduct", "docker", "gofmt",
		"strings, bytes, runes and characters in go", "swiss map", "WithTimeout", "gopher", "naïve", "survey 2023", "zebra",
		"http.Handler", "concurency", "go 1.22 release", "cgo", "vulnerabilty", "errors.Is", "linux arm", "io.Reader", "中文", "gob", "gorutine", "ocncurrency", "ggenerics", "prfoiling", "vlunerabilty erorrs", "Fuzzzing",
	}
	results := searchIn(t, pages, "/blog/search/", queries)
	var b strings.Builder
	for _, query := range queries {
		r := results[query]
		fmt.Fprintf(&b, "%s\n  %s\n", query, r.Status)
		for _, title := range r.Titles[:min(5, len(r.Titles))] {
			fmt.Fprintf(&b, "  - %s\n", title)
		}
		if r.Packed > 100<<10 || r.Files > 18 {
			t.Errorf("%q loads %d files, %d bytes, packed %d", query, r.Files, r.Bytes, r.Packed)
		}
	}
	compareGolden(t, "search.txt", []byte(b.String()))
}
