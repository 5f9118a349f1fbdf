package render

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestJekyllPaginated compares what jekyll-paginate-v2 repeats, and its pages of tags.
func TestJekyllPaginated(t *testing.T) {
	dir := t.TempDir()
	post := "---\ntitle: T\ntags: [ice, Cold Days]\ncategories: [Notes]\n---\nx"
	for name, text := range map[string]string{
		"_config.yml": "title: A\nplugins: [jekyll-paginate-v2]\npagination: {enabled: true, per_page: 1, permalink: \"/page/:num/\"}\nautopages: {enabled: true, categories: {permalink: /topics/:cat}}\n",
		"index.md":    "---\ntitle: Front\n---\nHello", "blog/index.html": "---\ntitle: Blog\npagination: {enabled: true}\n---\n{% for post in paginator.posts %}{{ post.title }}{% endfor %}",
		"_layouts/autopage_tags.html": "x", "_layouts/autopage_category.html": "x", "_layouts/autopage_collection.html": "x",
		"_posts/2024-01-01-a.md": post, "_posts/2024-01-02-b.md": post, "_posts/2024-01-03-c.md": post,
	} {
		name = filepath.Join(dir, name)
		os.MkdirAll(filepath.Dir(name), 0o755)
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := buildWithJekyll(t, dir, "")
	b := openBlog(t, dir, Settings{})
	if lost := unservedPaths(b, want.paths); !slices.Contains(want.paths, "/blog/page/3/") || !slices.Contains(want.paths, "/tag/cold days/") || len(lost) > 0 {
		t.Errorf("these paths of %q lead nowhere: %q", want.paths, lost)
	}
}

// TestJekyllStyles compares the paths of one folder in each style of permalinks.
func TestJekyllStyles(t *testing.T) {
	for name, permalinks := range map[string]string{
		"pretty": "permalink: pretty", "ordinal": "permalink: ordinal", "weekdate": "permalink: weekdate", "none": "permalink: none",
		"templates": "permalink: /:slugified_categories/:short_year/:short_month/:i_day/:y_day/:hour:minute:second/:title\ncollections: {recipes: {output: true, permalink: \"/:collection/:path:output_ext\"}}",
	} {
		t.Run(name, func(t *testing.T) {
			archive, err := txtar.ParseFile("testdata/jekyll-styles.txtar")
			if err != nil {
				t.Fatal(err)
			}
			config := "timezone: Europe/Berlin\ninclude: [_pages]\n" + permalinks + "\n"
			if !strings.Contains(permalinks, "collections") {
				config += "collections: {recipes: {output: true}}\n"
			}
			dir := t.TempDir()
			archive.Files = append(archive.Files, txtar.File{Name: "_config.yml", Data: []byte(config)})
			writeArchive(t, dir, archive)
			want := buildWithJekyll(t, dir, "")
			b := openBlog(t, dir, Settings{})
			if same := compareTexts(t, b, want); same < 11 {
				t.Errorf("only %d texts were compared", same)
			}
			if lost := unservedPaths(b, want.paths); len(lost) > 0 {
				t.Errorf("these paths of Jekyll lead nowhere: %q", lost)
			}
		})
	}
}
