package theme

import (
	"errors"
	"io"
	"testing"
	"time"
)

// FuzzTheme loads and runs whatever text as the template of a card: it ends, in
// HTML or in an [Error] that names the file.
func FuzzTheme(f *testing.F) {
	for _, text := range []string{
		"{{.Title}}", "{{range $i, $t := .Tags}}{{$i}}{{$t.Title}}{{else}}{{break}}{{end}}", "{{with $x := .Older}}{{$x.URL}}{{end}}",
		"{{define \"x\"}}{{.}}{{end}}{{template \"x\" .Title}}", "{{block \"y\" .Series}}{{.Part}}{{end}}", "{{(index .Tags 0).Title | printf \"%s\"}}",
		"{{$a := 1}}{{$a = .Title}}{{$a}}", "{{.Params.a.b}}{{range .Params}}{{.}}{{end}}", "{{if and .Draft (not .Future)}}x{{else if .Dated}}y{{end}}",
		"{{nil}}", "{{.Title.X}}", "{{1.5}}{{'a'}}{{true}}", "{{/* no */}}{{- .Date.Year -}}", "{{len .Tags}}{{slice .Title 1 2}}", "<script>{{.Title}}</script><style>{{.URL}}",
		"{{call .Title}}", "{{.Changed.Format \"2006\"}}", "{{range 3}}{{end}}", "{{time .Title .Date}}", "{{asset 1}}",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		loaded, err := Load(own("card.html", text), Options{})
		if err == nil {
			view := samplePost()
			view.Params = map[string]any{"a": map[string]any{"b": 1}, "t": time.Unix(0, 0)}
			_, err = loaded.Card(view)
		}
		var wrong *Error
		if err != nil && (!errors.As(err, &wrong) || wrong.File == "") {
			t.Fatalf("%q: %v", text, err)
		}
		if err == nil {
			_ = loaded.Page(io.Discard, samplePage(sampleSite()))
		}
	})
}
