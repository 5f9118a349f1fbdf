package render

import (
	"bytes"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"icecap/content"
)

var update = flag.Bool("update", false, "write what is rendered into testdata/golden, instead of comparing")

// notes is the site of the golden files: one post that holds everything, some
// plain ones, a translation, a title with markup in it.
func notes() Settings {
	return Settings{Title: "Cold Notes", Description: "Field notes on ice, code and slow water.", Author: "Maren Holt",
		URL: "https://notes.example.org", PageSize: 4, Drafts: true}
}

// renderFolder makes all pages of a folder, by path.
func renderFolder(t testing.TB, fsys fs.FS, s Settings) map[string]content.Page {
	t.Helper()
	site, _, err := run(&Folder{FS: fsys, Settings: s, Now: time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]content.Page{}
	for key, page := range site.pages {
		pages[key.Path.String()] = page
	}
	return pages
}

// TestGoldenPages shows what the default theme makes of a small site. The space
// of its templates is left in, so that the files can be read and compared.
func TestGoldenPages(t *testing.T) {
	settings := notes()
	settings.Unminified = true
	pages := renderFolder(t, os.DirFS("testdata/notes"), settings)
	golden := map[string]string{
		"home.html": "/", "page2.html": "/page/2/", "post.html": "/posts/lake/", "markup.html": "/posts/satellite/", "translated.html": "/posts/kerach/",
		"plain.html": "/about/", "tag.html": "/tags/glaciers/", "tags.html": "/tags/", "series.html": "/series/the-long-winter/",
		"archive.html": "/archive/", "year.html": "/2023/", "404.html": "/404.html",
	}
	for file, path := range golden {
		compareGolden(t, file, pages[path].Body)
	}
	compareGolden(t, "paths.txt", []byte(strings.Join(slices.Sorted(maps.Keys(pages)), "\n")+"\n"))
}

func compareGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (go test ./render -run Golden -update makes it)", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not as it was; run with -update and look at the difference", file)
	}
}
