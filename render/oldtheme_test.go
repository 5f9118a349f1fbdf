package render

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// copyInto puts the files of a folder into a file system below a name.
func copyInto(t testing.TB, fsys fstest.MapFS, dir, below string) {
	t.Helper()
	source := os.DirFS(dir)
	err := fs.WalkDir(source, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(source, name)
		fsys[path.Join(below, name)] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestOldTheme builds a site with a theme that was written for version 1 of the
// contract and names all that version 1 promised. It is not to be changed: if
// this fails, the contract is broken, not the theme.
func TestOldTheme(t *testing.T) {
	fsys := fstest.MapFS{"box.md": {Data: []byte("---\ntitle: Box\ntags: [Go]\n---\n{{< box wide >}}*in*{{< /box >}}\n\n{{< box class=\"tall\" >}}\n")}}
	copyInto(t, fsys, "testdata/notes", "")
	copyInto(t, fsys, "testdata/theme-1", "theme")
	settings := notes()
	settings.Unminified = true
	pages := renderFolder(t, fsys, settings)
	for file, path := range map[string]string{"post": "/posts/lake/", "home": "/", "tags": "/tags/", "archive": "/archive/", "shortcode": "/box/", "404": "/404.html"} {
		compareGolden(t, "theme-1-"+file+".html", pages[path].Body)
	}
	var written strings.Builder
	for name, file := range fsys {
		if strings.HasPrefix(name, "theme/") {
			written.Write(file.Data)
		}
	}
	promised, err := os.ReadFile("testdata/theme-1.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(promised)) {
		word, _, _ := strings.Cut(line, " ")
		_, name, isField := strings.Cut(word, ".")
		if !isField {
			name = word
		}
		name = strings.TrimSuffix(name, "()")
		if !regexp.MustCompile(`\b`+name+`\b`).MatchString(written.String()) && name != "Link" {
			t.Errorf("the old theme does not name %s", strings.TrimSpace(line))
		}
	}
}
