package render

import (
	"bytes"
	"strings"
	"testing"
)

// formulas are texts with "math: true", and what becomes of them; they are also the
// seeds of the fuzz test.
var formulas = map[string]struct{ text, want string }{
	"in a line":                {"a $x^2$ b", `a <span class="math inline" role="math">\(x^2\)</span> b`},
	"markup in it":             {"$a_1 * b_2 * <c> & \"d\"$", `\(a_1 * b_2 * &lt;c&gt; &amp; &quot;d&quot;\)`},
	"quotes and dashes":        {"$f'' -- g...$", `\(f'' -- g...\)`},
	"an emoji":                 {"$:smile:$", `\(:smile:\)`},
	"a script":                 {"$\\text{<script>alert(1)</script>}$", `\(\text{&lt;script&gt;alert(1)&lt;/script&gt;}\)`},
	"money":                    {"It costs $5 and $10.", `It costs $5 and $10.`},
	"money from to":            {"between $5-$10", `between $5-$10`},
	"money before a letter":    {"US$5 and A$b", `US$5 and A$b`},
	"a dollar alone":           {"$", `<p>$</p>`},
	"spaces":                   {"a $ x $ b", `a $ x $ b`},
	"a digit behind":           {"$x$2", `$x$2`},
	"a letter behind":          {"the $n$th", `\(n\)</span>th`},
	"escaped":                  {"\\$x\\$", `$x$`},
	"an escaped end":           {"$a \\$ b$", `\(a \$ b\)`},
	"GitHub's way":             {"$`a_b`$", `\(a_b\)`},
	"code":                     {"`$x$`", `<code>$x$</code>`},
	"over two lines":           {"$a\nb$", "\\(a\nb\\)"},
	"no end":                   {"$a and so on", `$a and so on`},
	"not past the paragraph":   {"$a\n\nb$", "<p>$a</p>\n<p>b$</p>"},
	"round":                    {`a \(x\) b`, `\(x\)</span> b`},
	"round, twice escaped":     {`a \\(x_1\\) b`, `\(x_1\)</span> b`},
	"square":                   {`a \[x\] b`, `<span class="math display" role="math">\[x\]</span> b`},
	"set apart":                {"$$x$$", `<div class="math display" role="math" tabindex="0">\[x\]</div>`},
	"set apart in a line":      {"a $$x$$ b", `a <span class="math display" role="math">\[x\]</span> b`},
	"a block":                  {"$$\na\n= b\n- c\n$$", "<div class=\"math display\" role=\"math\" tabindex=\"0\">\\[a\n= b\n- c\\]</div>"},
	"a block below a line":     {"a\n$$\nx\n$$\nb", "<p>a</p>\n<div class=\"math display\""},
	"a block in brackets":      {"\\[\na \\\\\n# b\n\\]", "\\[a \\\\\n# b\\]</div>"},
	"a block, twice escaped":   {"\\\\[\nx\n\\\\]", `\[x\]</div>`},
	"a block in a list":        {"- a\n\n  $$\n  x\n  $$\n", `\[x\]</div>`},
	"a block in a quotation":   {"> $$\n> x\n> $$\n", `\[x\]</div>`},
	"a quotation that ends":    {"> $$\n> x\n\n$$\n", "<p>$$\nx</p>"},
	"a block without an end":   {"$$\nx\n\ny", "<p>$$\nx</p>"},
	"a block and more":         {"$$x$$ (1)", `<span class="math display" role="math">\[x\]</span> (1)`},
	"nothing in it":            {"\\(\\) and $$ $$", `() and $$ $$`},
	"a fence":                  {"```math\n\\frac{a}{b}\n```", `<div class="math display" role="math" tabindex="0">\[\frac{a}{b}\]</div>`},
	"in a heading":             {"## On $x^2$\n", `id="on-x2"`},
	"in emphasis":              {"*a $x$ b*", `<em>a <span class="math`},
	"in a link":                {"[$x$](#top)", `<a href="#top"><span class="math`},
	"in a table":               {"|a|\n|-|\n|$x$|\n", `<td><span class="math`},
	"many dollars":             {strings.Repeat("$a ", 100000), "$a $a"},
	"many brackets":            {strings.Repeat("\\(", 100000) + "x", "((("},
	"many blocks":              {strings.Repeat("\\[a\n", 100000), "[a"},
	"many in one":              {strings.Repeat("$$\na\n", 100001), `\[a\]</div>`},
	"braces in one another":    {"$" + strings.Repeat("{", 100000) + "$", `\({{{`},
	"a mark of another":        {"$a \\( b$ \\) c", `\(a \( b\)</span> ) c`},
	"a backslash at the end":   {"$a\\", `$a\`},
	"a formula and a footnote": {"a[^1] $x$\n\n[^1]: b $y$\n", `\(y\)`},
}

func TestFormulas(t *testing.T) {
	for name, test := range formulas {
		t.Run(name, func(t *testing.T) {
			body := build(t, files("a.md", "---\nmath: true\ntitle: A\n---\n"+test.text)).body(t, "/a/")
			if _, main, _ := strings.Cut(body, `<div class="text">`); !strings.Contains(main, test.want) {
				t.Errorf("there is no %q in %.2000s", test.want, main)
			}
		})
	}
}

// Without being asked, a dollar is money and a backslash an escape; a block of the
// language math says that it is one.
func TestFormulasWhere(t *testing.T) {
	all := "$x$ and \\(y\\) and\n\n$$z$$\n"
	math := func(s *Settings) { s.Math = AllMath }
	for name, test := range map[string]struct {
		text   string
		change func(*Settings)
		want   int
	}{
		"nobody asked":        {all, func(*Settings) {}, 0},
		"a fence":             {"```math\nx\n```\n" + all, func(*Settings) {}, 1},
		"the page says so":    {"---\nmath: true\n---\n" + all, func(*Settings) {}, 3},
		"in other words":      {"---\nkatex: true\n---\n" + all, func(*Settings) {}, 3},
		"the site says so":    {all, math, 3},
		"but the page no":     {"---\nmath: false\n---\n" + all, math, 0},
		"two dollars only":    {all, func(s *Settings) { s.Math.Dollars = true }, 1},
		"brackets only":       {all, func(s *Settings) { s.Math.Round = true }, 1},
		"a table of settings": {"---\nmath: {engine: katex}\n---\n" + all, func(*Settings) {}, 0},
	} {
		body := build(t, files("a.md", test.text), test.change).body(t, "/a/")
		if got := strings.Count(body, `class="math `); got != test.want {
			t.Errorf("%s: %d formulas, want %d: %s", name, got, test.want, body)
		}
	}
	kramdown := func(s *Settings) { s.Math = MathMarks{Dollars: true, Inline: true} }
	body := build(t, files("a.md", "a $$x$$ b\n$$y$$\n\n$$z$$\n"), kramdown).body(t, "/a/")
	for _, want := range []string{`inline" role="math">\(x`, `inline" role="math">\(y`, `<div class="math display" role="math" tabindex="0">\[z`} {
		if !strings.Contains(body, want) {
			t.Errorf("with kramdown's rule there is no %s in %s", want, body)
		}
	}
}

// FuzzFormula: a formula begins and ends with its marks, and an empty one is none.
func FuzzFormula(f *testing.F) {
	for _, c := range formulas {
		f.Add([]byte(c.text))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		mark, ok := mathStart(line, ' ', AllMath)
		if !ok {
			return
		}
		if !bytes.HasPrefix(line, []byte(mark.open)) {
			t.Fatalf("%q begins with %q", line, mark.open)
		}
		end := mathEnd(line, len(mark.open), mark)
		if end < 0 {
			return
		}
		if end < len(mark.open) || !bytes.HasPrefix(line[end:], []byte(mark.end)) {
			t.Fatalf("%q ends at %d", line, end)
		}
	})
}

// The folders of other tools say themselves what marks formulas.
func TestFormulasOfOtherTools(t *testing.T) {
	text := "---\ntitle: A\n---\na $x$ $$y$$ \\(z\\)\n\n\\[w\\]\n"
	hugo := func(config string) string {
		return build(t, files("hugo.toml", config, "content/a.md", text)).body(t, "/a/")
	}
	jekyll := func(config string) string {
		return build(t, files("_config.yml", config, "a.md", text, "_posts/2024-01-01-b.md", text)).body(t, "/a.html")
	}
	passthrough := "[markup.goldmark.extensions.passthrough]\nenable = true\n[markup.goldmark.extensions.passthrough.delimiters]\n"
	for name, test := range map[string]struct {
		body string
		want []string
	}{
		"Hugo":                  {hugo("title = 'A'"), nil},
		"Hugo's documentation":  {hugo(passthrough + `block = [['\[', '\]'], ['$$', '$$']]` + "\n" + `inline = [['\(', '\)']]`), []string{`display" role="math">\[y`, `\(z\)`, `\[w\]</div>`}},
		"Hugo with one dollar":  {hugo(passthrough + "inline = [['$', '$']]"), []string{`\(x\)`}},
		"Hugo, not enabled":     {hugo(strings.Replace(passthrough, "true", "false", 1) + "inline = [['$', '$']]"), nil},
		"Jekyll":                {jekyll("title: A"), []string{`inline" role="math">\(y\)`}},
		"Jekyll without engine": {jekyll("kramdown:\n  math_engine: null"), nil},
	} {
		if got := strings.Count(test.body, `class="math `); got != len(test.want) {
			t.Errorf("%s: %d formulas, want %d: %.2000s", name, got, len(test.want), test.body)
		}
		for _, want := range test.want {
			if !strings.Contains(test.body, want) {
				t.Errorf("%s: there is no %s in %.2000s", name, want, test.body)
			}
		}
	}
}
