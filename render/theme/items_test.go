package theme

import (
	"strings"
	"testing"
)

// TestItems: of values without a type range goes over lists and tables, whatever
// template or variable they come through; a number would be counted to.
func TestItems(t *testing.T) {
	site := sampleSite()
	site.Data = map[string]any{"list": []any{"a", "b"}, "table": map[string]any{"k": "v"}, "n": 1 << 40, "text": "abc", "deep": map[string]any{"n": 1 << 40}}
	for text, want := range map[string]string{
		"{{range .Data.list}}{{.}}{{end}}":                                "ab",
		"{{range $i, $e := .Data.list}}{{$i}}{{$e}}{{end}}":               "0a1b",
		"{{range $k, $v := .Data.table}}{{$k}}{{$v}}{{end}}":              "kv",
		"{{range .Data.nothing}}x{{else}}none{{end}}":                     "none",
		"{{range .Data.deep.nothing}}x{{else}}none{{end}}":                "none",
		"{{with .Data}}{{range .list}}{{.}}{{end}}{{end}}":                "ab",
		"{{range .Data.n}}{{end}}":                                        "not over a int",
		"{{range .Data.deep.n}}{{end}}":                                   "not over a int",
		"{{$x := .Data.n}}{{range $x}}{{end}}":                            "not over a int",
		`{{range index .Data "n"}}{{end}}`:                                "not over a int",
		"{{range .Data.text}}{{end}}":                                     "not over a string",
		`{{define "x"}}{{range .}}{{end}}{{end}}{{template "x" .Data.n}}`: "not over a int",
	} {
		th, err := Load(own("footer.html", text), Options{})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		err = th.Fragments(site)
		if got := string(site.Footer); err == nil && got != want || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives %q, %v; want %s", text, got, err, want)
		}
	}
}

// TestShortcodeOfHugo is one of Hugo's, unchanged.
func TestShortcodeOfHugo(t *testing.T) {
	text := `{{ if .IsNamedParams }}{{ .Get "src" }}|{{ .Params.src }}{{ else }}{{ .Get 0 }}|{{ index .Params 0 }}{{ end }}|{{ .Get 7 }}|{{ .Get "no" }}|` +
		`{{ .Ordinal }}|{{ .Name }}|{{ .Page.Title }}|{{ .Page.RelPermalink }}|{{ .Page.Permalink }}|{{ .Page.Params.x }}|{{ .Site.Title }}|{{ with .Inner }}{{ . }}{{ end }}`
	th := mustLoad(t, "shortcodes/box.html", text)
	view := Shortcode{Site: sampleSite(), Name: "box", Count: 2, Inner: "<i>in</i>",
		Post: ShortcodePost{Title: "A", URL: "/a/", Permalink: "https://example.org/a/", Params: map[string]any{"x": 1}}}
	const rest = "|||2|box|A|/a/|https://example.org/a/|1|Notes|<i>in</i>"
	for want, change := range map[string]func(*Shortcode){
		"a.png|a.png" + rest: func(s *Shortcode) { s.Named = map[string]string{"src": "a.png"} },
		"b.png|b.png" + rest: func(s *Shortcode) { s.Args = []string{"b.png"} },
	} {
		own := view
		change(&own)
		if got, err := th.Shortcode(own); err != nil || string(got) != want {
			t.Errorf("got %s, %v; want %s", got, err, want)
		}
	}
}
