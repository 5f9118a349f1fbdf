package render

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"icecap/content"
)

// TestJekyllChanged reads the date of the last change where the front matter has it. Where
// it has none, or asks for a layout that is not there, that is said.
func TestJekyllChanged(t *testing.T) {
	folder := &Folder{Now: noon, FS: fstest.MapFS{
		"_config.yml": {Data: []byte("plugins: [jekyll-last-modified-at]\nlast-modified-at: {date-format: \"%Y\"}\n")},
		"a.md":        {Data: []byte("---\ntitle: A\nlast_modified_at: 2024-03-04 05:06:07\n---\n{% last_modified_at %} {% last_modified_at %d.%m.%Y %} {{ page.last_modified_at | date: \"%F\" }}\n")},
		"b.md":        {Data: []byte("---\ntitle: B\nlayout: wide\n---\n\nNothing: {% last_modified_at %}{{ page.last_modified_at }}{{ layout.mood }}.\n")},
	}}
	snapshot, err := folder.Read(context.Background())
	if err != nil {
		t.Fatal(describe(err))
	}
	blog, err := snapshot.Blog(context.Background(), content.Site{})
	if err != nil {
		t.Fatal(describe(err))
	}
	for file, want := range map[string]string{"a.md": "<p>2024 04.03.2024 2024-03-04</p>", "b.md": "<p>Nothing: .</p>"} {
		body, err := blog.body(blog.byFile[file])
		if err != nil || strings.TrimSpace(string(body)) != want {
			t.Errorf("%s becomes %s (%v), want %s", file, body, err, want)
		}
	}
	saysAgain(t, folder, "b.md:6: left out: the date of the last change", `b.md: layout.mood is empty: the layout "wide" is not in the folder`)
}
