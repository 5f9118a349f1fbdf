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
