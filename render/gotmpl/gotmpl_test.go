package gotmpl

import (
	"errors"
	"html/template"
	"strings"
	"testing"
	"time"
)

// env is a small site.
func env() *Env {
	site := &Site{Title: "Ice", BaseURL: "https://ice.example/blog/", Prefix: "/blog/", LanguageCode: "en", Params: map[string]any{"author": "Jo", "social": map[string]any{"site": "x"}}, Data: map[string]any{"talks": []any{map[string]any{"name": "One", "year": 2024}, map[string]any{"name": "Two", "year": 2023}}}}
	e := &Env{Site: site, Markdown: func(text string, block bool) (template.HTML, error) {
		if block {
			return template.HTML("<p>" + text + "</p>"), nil
		}
		return template.HTML("<em>" + text + "</em>"), nil
	}, Ref: func(name string) (string, error) { return "/blog/" + name + "/", nil },
		Asset: func(name string) ([]byte, bool) { return []byte(`{"a": [1, 2]}`), name == "x.json" }}
	page := &Page{Title: "A <page>", Kind: "page", RelPermalink: "/blog/a/", Permalink: "https://ice.example/blog/a/", Params: map[string]any{"coverimage": "c.png", "nested": map[string]any{"key": 1}}, Site: site, Date: time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC),
		Files: func() []*Resource {
			return []*Resource{{Name: "c.png", RelPermalink: "/blog/a/c.png"}, {Name: "d.txt", RelPermalink: "/blog/a/d.txt"}}
		}}
	e.Page = page.With(e)
	return e
}

func partials(name string) (string, []byte, bool) {
	texts := map[string]string{"icon.html": `<i class="{{ . }}"></i>`, "self.html": `{{ partial "self" . }}`, "half.html": `{{ if . }}{{ nope . }}{{ end }}`}
	text, ok := texts[name]
	return "layouts/partials/" + name, []byte(text), ok
}

// TestTemplates holds templates as people write them to what Hugo makes of them.
func TestTemplates(t *testing.T) {
	short := func() *Short {
		return &Short{Name: "box", Args: []any{"first", 2}, Named: map[string]any{"src": "a b.png", "width": 300, "auto": false, "imgAlt": `"q"`}, Inner: "Inner *text*", Ordinal: 3}
	}
	for _, c := range []struct{ text, want string }{
		{`<img src="{{ .Get "src" | relURL }}" width="{{ .Get "width" }}">`, `<img src="/blog/a%20b.png" width="300">`},
		{`{{ with .Get "nope" }}{{ . }}{{ else }}none{{ end }}`, "none"},
		{`{{ if .Get "auto" }}yes{{ else }}no{{ end }}`, "no"},
		{`{{ .Get 0 }}-{{ .Get 1 }}-{{ .Get 7 }}`, "first-2-"},
		{`{{ .Params.src }} {{ .Params.imgAlt }}`, "a b.png &#34;q&#34;"},
		{`{{ .Inner }}|{{ .Inner | markdownify }}|{{ .Page.RenderString (dict "display" "block") .Inner }}`, "Inner *text*|<em>Inner *text*</em>|<p>Inner *text*</p>"},
		{`{{ .Page.Title }} {{ .Page.Params.coverImage }} {{ .Page.Param "nested.key" }} {{ .Page.Param "author" }} {{ site.Params.Social.SITE }} {{ .Site.Title }}`, "A &lt;page&gt; c.png 1 Jo x Ice"},
		{`{{ $w := .Get "width" | default 100 }}{{ $h := .Get "height" | default "auto" }}{{ printf "%d/%s" $w $h }}`, "300/auto"},
		{`{{ $id := printf "box-%d" .Ordinal }}<div id="{{ $id }}" onclick="go({{ $id }})"></div>`, `<div id="box-3" onclick="go(&#34;box-3&#34;)"></div>`},
		{`{{ range $i, $x := slice "a" "b" }}{{ if $i }}, {{ end }}{{ $x | upper }}{{ end }}`, "A, B"},
		{`<script>var a = [{{ range seq 3 }}{{ . }},{{ end }}];</script>`, `<script>var a = [ 1 , 2 , 3 ,];</script>`},
		{`<p {{ range slice "a" }}class="x"{{ end }}>`, `<p class="x">`},
		{`{{ .Get "src" | safeHTML }}{{ "<b>x</b>" | safeHTML }}{{ "<b>" }}`, "a b.png<b>x</b>&lt;b&gt;"},
		{`{{ strings.TrimPrefix "a" "abc" }} {{ replace "a-b" "-" "+" }} {{ replaceRE "a+" "x" "caat" }} {{ (split "a,b" ",") | len }}`, "bc a&#43;b cxt 2"},
		{`{{ partial "icon" "star" }}{{ partial "icon.html" (.Get 0) }}`, `<i class="star"></i><i class="first"></i>`},
		{`{{ range where site.Data.talks "year" ">" 2023 }}{{ .name }}{{ end }} {{ range sort site.Data.talks "year" }}{{ .year }} {{ end }}`, "One 2023 2024 "},
		{`{{ with .Page.Resources.GetMatch "c.*" }}{{ .RelPermalink }}{{ end }} {{ len (.Page.Resources.Match "*") }}`, "/blog/a/c.png 2"},
		{`{{ .Page.Date.Format "2006" }} {{ dateFormat "Jan 2" "2024-03-04" }} {{ time.Format ":date_long" .Page.Date }}`, "2024 Mar 4 May 1, 2024"},
		{`{{ add 1 2 }} {{ sub 5 2 1 }} {{ mul 2 1.5 }} {{ div 7 2 }} {{ mod 7 3 }} {{ math.Max 1 5 }}`, "3 2 3 3 1 5"},
		{`{{ eq 1 1.0 }} {{ eq "a" "b" "a" }} {{ ne 1 2 }} {{ lt 2 10 }} {{ gt "b" "a" }} {{ in (slice 1 2) 2 }} {{ in "abc" "b" }}`, "true true true true true true true"},
		{`{{ dict "a" 1 | jsonify }} {{ (dict "a" (dict "b" 2)).a.b }} {{ index (dict "x" "y") "x" }} {{ isset .Params "src" }}`, `{"a":1} 2 y true`},
		{`{{ .Scratch.Set "n" 1 }}{{ .Scratch.Add "n" 2 }}{{ .Scratch.Get "n" }} {{ $s := newScratch }}{{ $s.Add "l" (slice 1) }}{{ $s.Add "l" 2 }}{{ len ($s.Get "l") }}`, "3 2"},
		{`{{ absURL "a.png" }} {{ relURL "/x" }} {{ absURL "https://b.example/" }} {{ ref . "post.md" }} {{ .Ref (dict "path" "x") }}`, "https://ice.example/blog/a.png /x https://b.example/ /blog/post.md/ /blog/x/"},
		{`{{ $d := resources.Get "x.json" | transform.Unmarshal }}{{ index $d.a 1 }} {{ with resources.Get "no" }}x{{ end }}`, "2 "},
		{`{{- /* a comment */ -}} {{ define "part" }}[{{ . }}]{{ end }}{{ template "part" "x" }}{{ block "own" . }}b{{ end }}`, "[x]b"},
		{`{{ cond (eq .Name "box") "y" "n" }} {{ humanize "my-page" }} {{ title "my page" }} {{ urlize "My Page" }} {{ truncate 5 "one two three" }} {{ plainify "<b>x</b>" }}`, "y My page My Page my-page one … x"},
		{`{{ delimit (slice "a" "b" "c") ", " " and " }} {{ first 1 (slice 1 2) }} {{ last 1 (slice 1 2) }} {{ after 1 (slice 1 2) }} {{ uniq (slice 1 1 2) }} {{ union (slice 1) (slice 2 1) }}`, "a, b and c [1] [2] [2] [1 2] [1 2]"},
		{`{{ hugo.IsProduction }} {{ md5 "a" }} {{ with .Parent }}x{{ end }}{{ .IsNamedParams }} {{ .InnerDeindent }}`, "true 0cc175b9c0f1b6a831c399e269772661 true Inner *text*"},
	} {
		parsed, err := Parse("layouts/shortcodes/x.html", []byte(c.text), partials)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		for range 2 { // the second run takes what the first one left
			e := env()
			s := short()
			s.Page = e.Page
			if got, err := parsed.Execute(e, s); err != nil || got != c.want {
				t.Errorf("%s: %q, %v; want %q", c.text, got, err, c.want)
			}
		}
	}
}

// TestUnsupported: what is not known here is named with its place.
func TestUnsupported(t *testing.T) {
	for text, want := range map[string]string{
		"a\n{{ images.Filter 1 }}":                   `x.html:2: it uses "images.Filter", which is not known here`,
		"{{ now }}":                                  `x.html:1: it uses "now"`,
		"{{ resources.GetRemote \"http://x/\" }}":    `x.html:1: it uses "resources.GetRemote"`,
		"{{ os.ReadFile \"/etc/passwd\" }}":          `x.html:1: it uses "os.ReadFile"`,
		"{{ getenv \"HOME\" }}":                      `it uses "getenv"`,
		"{{ call .X }}":                              `it uses "call"`,
		"\n{{ partial \"nope\" . }}":                 `x.html:2: there is no partial "nope"`,
		"{{ partial .Name . }}":                      "the name of a partial is not known",
		"{{ partial \"half\" . }}":                   `layouts/partials/half.html:1: it uses "nope"`,
		"{{ template \"_internal/x.html\" . }}":      `it uses the template "_internal/x.html"`,
		"\n\n{{ .Page.NextInSection }}":              "x.html:3: it uses .NextInSection, which is not known here",
		"{{ (.Page.Resources.Get \"c.png\").Fill }}": "it uses .Fill",
		"{{ if }}":                      "x.html:1:",
		"{{ .Get":                       "x.html:1:",
		"{{ errorf \"bad %s\" .Name }}": "the template says: bad box",
		"{{ div 1 0 }}":                 "divides by zero",
		"<a href={{ .Name }}{{ if .Name }}\"{{ end }}": "x.html",
	} {
		parsed, err := Parse("x.html", []byte(text), partials)
		if err == nil {
			e := env()
			_, err = parsed.Execute(e, &Short{Name: "box", Page: e.Page})
		}
		var place *Unsupported
		if !errors.As(err, &place) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// TestHostileTemplates: whatever a template does, it ends, and soon.
func TestHostileTemplates(t *testing.T) {
	for name, text := range map[string]string{
		"a loop in a loop":       `{{ range seq 20000 }}{{ range seq 20000 }}x{{ end }}{{ end }}`,
		"a loop over a number":   `{{ range 2000000000 }}{{ end }}`,
		"a loop of nothing":      `{{ range seq 20000 }}{{ range seq 20000 }}{{ range seq 20000 }}{{ end }}{{ end }}{{ end }}`,
		"a partial in itself":    `{{ partial "self" . }}`,
		"a template in itself":   `{{ define "a" }}{{ template "a" . }}{{ template "a" . }}{{ end }}{{ template "a" . }}`,
		"a text that doubles":    `{{ $x := "x" }}{{ range seq 100 }}{{ $x = print $x $x }}{{ end }}`,
		"a list that doubles":    `{{ $x := slice 1 }}{{ range seq 100 }}{{ $x = append $x $x }}{{ end }}`,
		"a list in a list":       `{{ $x := slice 1 }}{{ range seq 100 }}{{ $x = slice $x $x }}{{ end }}{{ $x }}`,
		"a table in a table":     `{{ $x := dict }}{{ range seq 100 }}{{ $x = dict "a" $x "b" $x }}{{ end }}{{ jsonify $x }}`,
		"a table in itself":      `{{ $s := newScratch }}{{ range seq 100 }}{{ $s.SetInMap "k" (print .) ($s.Get "k") }}{{ end }}{{ $s.Get "k" }}`,
		"a store in itself":      `{{ $s := newScratch }}{{ range seq 3000 }}{{ $s.Set (print .) $s.Values }}{{ end }}{{ printf "%v" $s.Values }}{{ jsonify $s.Values }}`,
		"a store that doubles":   `{{ $s := newScratch }}{{ $s.Set "a" "x" }}{{ range seq 100 }}{{ $s.Add "a" ($s.Get "a") }}{{ end }}`,
		"a wide format":          `{{ printf "%1000000000d" 1 }}`,
		"a wide format by star":  `{{ printf "%*d" 100000000 1 }}`,
		"a text many times":      `{{ strings.Repeat 1000000000 "x" }}`,
		"a replacement":          `{{ $x := strings.Repeat 100000 "x" }}{{ replace $x "x" $x }}`,
		"an expression":          `{{ $x := strings.Repeat 1000000 "a" }}{{ range seq 20000 }}{{ $y := findRE "(a|aa|aaa)*b" $x }}{{ end }}`,
		"an output without end":  `{{ $x := strings.Repeat 1000000 "x" }}{{ range seq 100 }}{{ $x }}{{ end }}`,
		"a sequence without end": `{{ seq 1 1000000000 }}`,
		"an alias bomb":          `{{ $b := "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f]" }}{{ transform.Unmarshal $b | jsonify }}`,
	} {
		t.Run(name, func(t *testing.T) {
			parsed, err := Parse("x.html", []byte(text), partials)
			if err == nil {
				e := env()
				_, err = parsed.Execute(e, &Short{Name: "box", Page: e.Page})
			}
			if err == nil {
				t.Errorf("it went through")
			}
		})
	}
}

// FuzzTemplate: no template takes the build down.
func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{
		`{{ .Inner | markdownify }}{{ .Get 0 | default "x" }}`, `{{ range $i, $x := split "a b" " " }}{{ index (slice 1 2) $i }}{{ end }}`, `{{ partial "icon" . }}{{ define "a" }}{{ end }}`,
		`{{ $s := newScratch }}{{ $s.SetInMap "a" "b" (dict "c" 1) }}{{ jsonify $s.Values }}`, `{{ where site.Data.talks "year" "in" (seq 3) }}`, `{{ printf "%v %[2]d" . 1 }}`,
		`{{ transform.Unmarshal "a: [1]" }}{{ truncate 3 "a b c" }}{{ substr "abc" -2 1 }}`, `{{ (.Page.Resources.GetMatch "*").RelPermalink }}{{ sort (dict "a" 1) }}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := Parse("x.html", []byte(text), partials)
		if err != nil {
			return
		}
		e := env()
		_, _ = parsed.Execute(e, &Short{Name: "box", Args: []any{"a", 1}, Inner: "x", Page: e.Page})
	})
}
