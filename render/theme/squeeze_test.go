package theme

import (
	"fmt"
	"html/template"
	"strings"
	"testing"
)

var squeezeCases = []struct{ in, want string }{
	{"<div>\n\t<p>a  b\n c</p>\n\n</div>\n", "<div><p>a b\nc</p></div>"},
	{"<b>a</b> <i>b</i>\n<i>c</i>", "<b>a</b> <i>b</i>\n<i>c</i>"},
	{"<pre>\n  a\n  b</pre>  <p>x", "<pre>\n  a\n  b</pre><p>x"},
	{"<textarea>\n x </textarea>\n\n y", "<textarea>\n x </textarea>\ny"},
	{"<a title=\"a  b > c\"\n  href=x>  d</a>", "<a title=\"a  b > c\"\n  href=x> d</a>"},
	{"{{if .}}<p>{{end}}\n  text", "{{if .}}<p>{{end}}\ntext"},
	{"<a {{if .}}class=\"x  y\"{{else}}id='z  z'{{end}}>  b", "<a {{if .}}class=\"x  y\"{{else}}id='z  z'{{end}}> b"},
	{`{{word "Older"}} <a title="{{word "<>"}}" {{word "x"}}>`, `Older <a title="&lt;&gt;" {{word "x"}}>`},
	{`<script>{{word "Older"}}</script>`, `<script>{{word "Older"}}</script>`},
	{"a <  b\n\n> c", "a < b\n> c"},
	{"<script>if (a  <  b) {\n\n}</script>", "<script>if (a  <  b) {\n\n}</script>"},
}

func squeezed(t testing.TB, in string) (string, bool) {
	t.Helper()
	set, err := template.New("x").Funcs(template.FuncMap{"word": fmt.Sprint}).Parse(in)
	if err != nil || set.Tree == nil {
		return "", false
	}
	squeezeAll(set, func(word string) string { return word })
	return set.Tree.Root.String(), true
}

func TestSqueeze(t *testing.T) {
	for _, c := range squeezeCases {
		if got, _ := squeezed(t, c.in); got != c.want {
			t.Errorf("%q\nbecame %q\n  want %q", c.in, got, c.want)
		}
	}
}

// FuzzSqueeze: nothing but space goes.
func FuzzSqueeze(f *testing.F) {
	for _, c := range squeezeCases {
		f.Add(c.in)
	}
	solid := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r < 128 && isSpace(byte(r)) {
				return -1
			}
			return r
		}, s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		if strings.Contains(in, "word") {
			return // it becomes text
		}
		set, err := template.New("x").Funcs(template.FuncMap{"word": fmt.Sprint}).Parse(in)
		if err != nil || set.Tree == nil {
			return
		}
		before := set.Tree.Root.String()
		squeezeAll(set, func(word string) string { return word })
		if after := set.Tree.Root.String(); solid(after) != solid(before) {
			t.Errorf("%q became %q", before, after)
		}
	})
}
