package preview

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"icecap/render"
)

// BenchmarkUpdate takes up a save in a folder of 10,000 posts and shows the front
// page: a text, a title, tags, for which all pages are laid out again, and a style
// sheet and a template of the theme.
func BenchmarkUpdate(b *testing.B) {
	post := func(i, n int, title, tags string) *fstest.MapFile {
		date := noon.Add(time.Duration(i-10000) * time.Hour).Format(time.RFC3339)
		return &fstest.MapFile{Data: fmt.Appendf(nil, "---\ntitle: %s\ndate: %s\ntags: [%s]\n---\n\nText *%d* of %d.\n\n## Part\n\n%s", title, date, tags, i, n, strings.Repeat("And so on.\n", 40))}
	}
	for _, what := range []string{"text", "title", "tags", "sheet", "template"} {
		b.Run(what, func(b *testing.B) {
			folder := fstest.MapFS{}
			for i := range 10000 {
				folder[fmt.Sprintf("posts/p%05d.md", i)] = post(i, 0, fmt.Sprintf("Title %d", i), fmt.Sprintf("t%d, u%d", i%60, i%7))
			}
			s := &Server{Open: func() (*render.Folder, error) {
				return &render.Folder{FS: folder, Now: noon, Settings: render.Settings{Future: true}}, nil
			}}
			update := func(c render.Changes) {
				if _, err := s.Update(context.Background(), noon, c); err != nil {
					b.Fatal(err)
				}
				answer := httptest.NewRecorder()
				s.ServeHTTP(answer, httptest.NewRequest("GET", "http://localhost/", nil))
				if answer.Code != 200 {
					b.Fatal(answer.Code)
				}
			}
			update(render.Changes{All: true})
			if _, _, err := s.Check(context.Background()); err != nil {
				b.Fatal(err)
			}
			name := "posts/p09999.md"
			switch what {
			case "sheet":
				name = "theme/assets/custom.css"
			case "template":
				name = "theme/postend.html"
			}
			n := 0
			for b.Loop() {
				n++
				title, tags := "Title 9999", "t39, u3"
				switch what {
				case "title":
					title = fmt.Sprintf("Title %d", n)
				case "tags":
					tags = fmt.Sprintf("t%d, u3", n%60)
				}
				switch what {
				case "sheet":
					folder[name] = &fstest.MapFile{Data: fmt.Appendf(nil, "body { order: %d }", n)}
				case "template":
					folder[name] = &fstest.MapFile{Data: fmt.Appendf(nil, "<p>%d</p>", n)}
				default:
					folder[name] = post(9999, n, title, tags)
				}
				update(render.Changes{Names: []string{name}})
			}
		})
	}
}
