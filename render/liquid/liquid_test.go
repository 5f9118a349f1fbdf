package liquid

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// host is a site with some includes.
func host() *Host {
	includes := map[string]string{
		"note.html": `<p class="{{ include.type }}">{{ include.content }}</p>`, "self.html": `x{% include self.html %}`,
		"twice.html": `{% include twice.html %}{% include twice.html %}`, "en/hello.html": "hello", "bad.html": "one\n{% nothing %}",
	}
	return &Host{
		Include: func(_, name string, _ bool) (string, string, error) {
			text, ok := includes[name]
			if !ok {
				return "", "", fmt.Errorf("there is no _includes/%s", name)
			}
			return "_includes/" + name, text, nil
		},
		Link: func(name string) (string, error) {
			if name != "about.md" {
				return "", fmt.Errorf("there is no %s", name)
			}
			return "/about.html", nil
		},
		PostURL:   func(name string) (string, error) { return "/posts/" + name, nil },
		Highlight: func(language, options, code string) string { return "<" + language + "|" + options + "|" + code + ">" },
		Gist:      func(id, file string) string { return "gist " + id + " " + file },
		URL:       "https://example.org", BaseURL: "/blog", Now: time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC),
	}
}

func variables() map[string]any {
	return map[string]any{
		"page": map[string]any{"title": "A Day", "tags": []any{"go", "ice"}, "date": time.Date(2024, 5, 3, 14, 7, 9, 0, time.UTC), "lang": "en", "n": int64(3), "empty": ""},
		"site": map[string]any{"posts": []any{
			map[string]any{"title": "b", "year": int64(2023), "tags": []any{"x"}}, map[string]any{"title": "a", "year": int64(2024)}, map[string]any{"title": "c", "year": int64(2023)},
		}, "data": map[string]any{"b": int64(2), "a": int64(1)}},
	}
}

// cases are templates and what they become; "!" begins an error.
var cases = []struct{ template, want string }{
	{"plain", "plain"},
	{"{{ page.title }} {{page.nothing}}{{ nothing.at.all }}.", "A Day ."},
	{`{{ page.tags | join: ", " }} {{ page.tags.first }} {{ page.tags[1] }} {{ page.tags.size }} {{ page["title"] }}`, "go, ice go ice 2 A Day"},
	{"{{ 'x' | append: \"y\" | upcase }}", "XY"},
	{"{{ page.date | date: '%Y-%m-%d %-d %b %B %j %H:%M' }}", "2024-05-03 3 May May 124 14:07"},
	{"{{ page.date | date_to_string }} {{ page.date | date_to_long_string: 'ordinal', 'US' }} {{ page.date | date_to_xmlschema }}", "03 May 2024 May 3rd, 2024 2024-05-03T14:07:09+00:00"},
	{"{{ 'now' | date: '%Y' }} {{ '2024-02-03' | date: '%a %d %b' }}", "2024 Sat 03 Feb"},
	{"{{ '/a.png' | relative_url }} {{ 'a b.png' | absolute_url }} {{ 'https://x.y/z' | relative_url }}", "/blog/a.png https://example.org/blog/a%20b.png https://x.y/z"},
	{"{% if page.title == 'A Day' and page.n > 2 %}yes{% else %}no{% endif %}", "yes"},
	{"{% if page.nothing %}a{% elsif page.tags contains 'ice' %}b{% endif %}{% unless page.nothing %}c{% endunless %}", "bc"},
	{"{% if page.empty == empty %}e{% endif %}{% if page.nothing == nil %}n{% endif %}{% if page.empty %}t{% endif %}", "ent"},
	{"{% case page.n %}{% when 1, 2 %}low{% when 3 or 4 %}mid{% else %}high{% endcase %}", "mid"},
	{"{% for t in page.tags %}{{ forloop.index }}{{ t }}{% unless forloop.last %},{% endunless %}{% endfor %}", "1go,2ice"},
	{"{% for i in (1..9) reversed limit: 2 offset: 3 %}{{ i }}{% endfor %}{% for x in nothing %}{% else %}none{% endfor %}", "54none"},
	{"{% for i in (1..5) %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 4 %}{% break %}{% endif %}{{ i }}{% endfor %}", "13"},
	{"{% for p in site.data %}{{ p[0] }}={{ p[1] }};{% endfor %}", "a=1;b=2;"},
	{"{% assign x = page.n | plus: 4 | times: 2 | minus: 1 | divided_by: 4 %}{{ x }} {{ 7 | modulo: 4 }} {{ 3.7 | round }} {{ 5 | divided_by: 2.0 }}", "3 3 4 2.5"},
	{"{% capture c %}a{{ page.n }}{% endcapture %}[{{ c }}]", "[a3]"},
	{"{% assign s = site.posts | sort: 'title' %}{% for p in s %}{{ p.title }}{% endfor %}{{ site.posts | map: 'title' | reverse | join: '' }}", "abccab"},
	{"{% assign g = site.posts | group_by: 'year' %}{% for y in g %}{{ y.name }}:{{ y.size }} {% endfor %}", "2023:2 2024:1 "},
	{"{% assign g = site.posts | where: 'year', 2023 %}{{ g.size }} {{ site.posts | where_exp: 'p', 'p.tags contains \"x\"' | map: 'title' }} {{ site.posts | where: 'tags', 'x' | size }}", "2 b 1"},
	{"a {%- if true -%} b {%- endif -%} c", "abc"},
	{"{% raw %}{{ page.title }} {% include %}{% endraw %}", "{{ page.title }} {% include %}"},
	{"a{% comment %} {{ x {% endcomment %}b", "ab"},
	{`{% include note.html type="tip" content="it's {{ not }}" %}`, `<p class="tip">it's {{ not }}</p>`},
	{`{% include note.html type='a' content=page.title %}{{ include.type }}`, `<p class="a">A Day</p>`},
	{"{% include {{ page.lang }}/hello.html %}", "hello"},
	{"{% highlight ruby linenos %}\nputs 1\n{% endhighlight %}", "<ruby|linenos|puts 1\n>"},
	{"{% link about.md %} {% post_url 2024-05-01-a %} {% gist 12ab x.rb %}{% seo %}", "/about.html /posts/2024-05-01-a gist 12ab x.rb"},
	{"{% cycle 'a','b' %}{% cycle 'a','b' %}{% cycle 'a','b' %}{% increment i %}{% increment i %}{% decrement j %}", "aba01-1"},
	{"{{ 'Ünï Cödé! x' | slugify }} {{ 'Ünï' | slugify: 'latin' }} {{ 'a_b c' | slugify: 'pretty' }}", "ünï-cödé-x uni a_b-c"},
	{"{{ '<p>a & b</p>' | strip_html | escape }} {{ 'one two three' | truncatewords: 2 }} {{ 'abcdef' | truncate: 5 }} {{ 'abc' | slice: 1 }}", "a &amp; b one two... ab... b"},
	{"{{ page.nothing | default: 'd' }} {{ 'a,b' | split: ',' | jsonify }} {{ page.tags | array_to_sentence_string }}", `d ["a","b"] go and ice`},
	{"{% liquid\n  # none\n  comment\n  if\n  endcomment\n  assign a = 1\n  if a == 1\n    echo 'x' | upcase\n  endif\n%}{% # a note\n# of two lines %}{{ 'a,b' | split: ',' | sample: 2 | size }}", "X2"},
	{"{% ifchanged %}a{% endifchanged %}{% ifchanged %}a{% endifchanged %}{{ 0.1 | plus: 0.2 }} {{ false | default: 1, allow_false: true }}", "a0.3 false"},
	{"a\n{% liquid\necho 1\nnothing %}", `!p.md:4: there is no Liquid tag "nothing"`},
	{"{% tablerow t in page.tags cols:1 %}{{ t }}{% endtablerow %}", "<tr class=\"row1\">\n<td class=\"col1\">go</td></tr>\n<tr class=\"row2\"><td class=\"col1\">ice</td></tr>\n"},
	{"one\n\n{% figure x %}", `!p.md:3: there is no Liquid tag "figure"`},
	{"one\n{{ x | shout }}", `!p.md:2: there is no Liquid filter "shout"`},
	{"a\n{% if x %}\nb\n", `!p.md:2: the Liquid tag "if" has no {% endif %}`},
	{"{% endif %}", `!p.md:1: the Liquid tag "endif" ends what was not begun`},
	{"\n{{ page.title", `!p.md:2: the Liquid that begins here with "{{ page.title" does not end`},
	{"{% include nothing.html %}", "!p.md:1: there is no _includes/nothing.html"},
	{"{% include bad.html %}", `!_includes/bad.html:2: there is no Liquid tag "nothing"`},
	{"{% link nothing.md %}", "!p.md:1: there is no nothing.md"},
	{"{% raw %} {{ x", `!p.md:1: the Liquid tag "raw" has no {% endraw %}`},
	{"{{ 1 | divided_by: 0 }}", `!p.md:1: the Liquid filter "divided_by": the number is divided by 0`},
}

func render(template string, h *Host) (string, error) {
	t, err := Parse("p.md", template, 1, h.Manners)
	if err != nil {
		return "", err
	}
	out, _, err := t.Render(h, variables())
	return out, err
}

func TestRender(t *testing.T) {
	for _, c := range cases {
		got, err := render(c.template, host())
		if err != nil {
			got = "!" + err.Error()
		}
		if got != c.want {
			t.Errorf("%s\nbecomes %q\nwant    %q", c.template, got, c.want)
		}
	}
}

// TestHostile runs templates that would not end, or fill the memory. Each is an
// error that says so, with a line.
func TestHostile(t *testing.T) {
	deep := strings.Repeat("{% if true %}", 5000) + strings.Repeat("{% endif %}", 5000)
	for name, c := range map[string]struct{ template, want string }{
		"an endless loop":                   {"{% for i in (1..99999999999) %}{% endfor %}", "does not end"},
		"loops in loops":                    {"{% for i in (1..9999) %}{% for j in (1..9999) %}{% endfor %}{% endfor %}", "does not end"},
		"a huge range":                      {"{{ (1..9999999999) | join: 'x' }}", "does not end"},
		"a range as a list":                 {"{% assign a = (1..99999999) | reverse %}", "does not end"},
		"a text that doubles":               {"{% assign a = 'xxxxxxxxxxxxxxxx' %}{% for i in (1..99) %}{% capture a %}{{ a }}{{ a }}{% endcapture %}{% endfor %}", "writes more than 8 MiB"},
		"a text that grows":                 {"{% assign a = 'x' %}{% for i in (1..99) %}{% assign a = a | append: a %}{% endfor %}", "longer than 8 MiB"},
		"a replacement that grows":          {"{% assign a = 'xxxxxxxxx' %}{% for i in (1..99) %}{% assign a = a | replace: 'x', a %}{% endfor %}", "longer than 8 MiB"},
		"a replacement by what is behind":   {"{% assign a = 'xxxxxxxxx' %}{% for i in (1..99) %}{% assign a = a | replace: 'x', \"\\'\\'x\" %}{% endfor %}", "longer than 8 MiB"},
		"long texts of short ones":          {"{% assign a = 'x' | append: 'x' %}{% assign n = 'y' %}{% for i in (1..19) %}{% assign n = n | append: n %}{% endfor %}{% for i in (1..99999) %}{% assign b = a | replace: 'x', n %}{% endfor %}", "does not end"},
		"tags of lines in loops":            {"{% liquid for i in (1..9999999)\nendfor %}", "does not end"},
		"much that changes":                 {"{% for i in (1..9999999) %}{% ifchanged %}{{ i }}{% endifchanged %}{% endfor %}", "does not end"},
		"a sample of much":                  {"{% for i in (1..99) %}{% assign a = (1..99999) | reverse | sample: 99999 %}{% endfor %}", "does not end"},
		"a list that grows":                 {"{% assign a = 'x,y' | split: ',' %}{% for i in (1..99) %}{% assign a = a | concat: a %}{% endfor %}", "does not end"},
		"blocks in blocks":                  {deep, "more than 100 deep"},
		"a file that includes itself":       {"{% include self.html %}", "includes lie in one another more than 50 deep"},
		"a file that includes itself twice": {"{% include twice.html %}", "includes lie in one another more than 50 deep"},
		"conditions without end":            {"{% if " + strings.Repeat("a or ", 100000) + "a %}{% endif %}", "cannot be read"},
		"a range of the deep":               {"{{ " + strings.Repeat("(", 100000) + " }}", "cannot be read"},
		"indexes of the deep":               {"{{ " + strings.Repeat("a[", 100000) + " }}", "cannot be read"},
		"much text":                         {"{% for i in (1..500000) %}0123456789 0123456789{% endfor %}", "MiB"},
	} {
		_, err := render(c.template, host())
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), ":1: ") {
			t.Errorf("%s: the error is %v, want one with %q", name, err, c.want)
		}
	}
}

func TestLenient(t *testing.T) {
	h := host()
	h.Lenient = true
	var left []string
	h.Left = func(e *Error) { left = append(left, e.Error()) }
	for _, c := range []struct{ template, want, left string }{
		{"a{% figure x %}inner{% endfigure %}b", "ainnerb", `p.md:1: there is no Liquid tag "figure"`},
		{"{{ 'x' | shout | append: 'y' }}", "xy", `p.md:1: there is no Liquid filter "shout"`},
		{"a{% include nothing.html %}b", "ab", "p.md:1: there is no _includes/nothing.html"},
		{"{% include bad.html %}", "one\n", `_includes/bad.html:2: there is no Liquid tag "nothing"`},
		{"a{{ b", "a", ""}, {"{% if true %}c", "c", ""},
	} {
		left = nil
		got, err := render(c.template, h)
		if err != nil || got != c.want || strings.Join(left, " ") != c.left {
			t.Errorf("%s becomes %q, %v, and %q is left out; want %q and %q", c.template, got, err, left, c.want, c.left)
		}
	}
}

// TestLoose reads what is no Liquid as Jekyll does, which passes over it.
func TestLoose(t *testing.T) {
	for _, c := range []struct{ template, want, left string }{
		{"{{ page.n + 1 }}", "3", `p.md:1: the Liquid "{{ page.n + 1 }}" cannot be read beyond "page.n": the rest is left out, as in Jekyll`},
		{`$\{{os.environ.get("PATH")}}.`, `$\.`, "cannot be read beyond"},
		{"{{ 'a' ! | append: 'b' }}", "ab", "cannot be read beyond"},
		{"{{ 'a' | append: 'b' c | upcase }}", "AB", "cannot be read beyond"},
		{"[{{`和`}}]", "[]", "nothing stands in its place, as in Jekyll; {% raw %} around it would show it"},
		{"[{{& page.n}}] [{{#each}}]", "[] []", ""},
		{"new A() {{ // an \"expectation block\"\n a = 1; }};", "new A() ;", "cannot be read"},
		{"{{ & | append: 'x' }}", "x", "cannot be read"},
		{"{{ ?page.n }}", "3", "is none: what can be read of it counts"},
		{"{% if page.n == 3 && nothing %}a{% endif %}", "a", "the condition"},
		{"{% if (page.n == 3) or page.nothing %}a{% else %}b{% endif %}", "b", "the condition"},
		{"{% for t in page.tags sort:date limit:1 %}{{ t }}{% endfor %}{% for t in page.tags | reverse %}{{ t }}{% endfor %}", "gogoice", "the loop"},
		{"{{ 'x' | shout: 1 | append: 'y' }}", "xy", `there is no Liquid filter "shout": the value stays as it is`},
	} {
		h := host()
		h.AnyFilter = true
		var left []string
		h.Left = func(e *Error) {
			if !e.Passed {
				t.Errorf("%s: it is not said that Jekyll passes over %v", c.template, e)
			}
			left = append(left, e.Error())
		}
		got, err := render(c.template, h)
		if err != nil || got != c.want || !strings.Contains(strings.Join(left, " "), c.left) {
			t.Errorf("%s becomes %q, %v, want %q; noted is %q, want %q", c.template, got, err, c.want, left, c.left)
		}
	}
}

// TestPlaces looks for the lines of a template in what it becomes.
func TestPlaces(t *testing.T) {
	template, err := Parse("p.md", "one\n{% comment %}\n\n{% endcomment %}\nfive\n{% for i in (1..2) %}\nseven\n{% endfor %}\nnine", 1, Manners{})
	if err != nil {
		t.Fatal(err)
	}
	out, places, err := template.Render(host(), nil)
	if err != nil {
		t.Fatal(err)
	}
	line := func(word string) int {
		at, found := strings.Index(out, word), 0
		for _, p := range places {
			if p.At <= at {
				found = p.Line + strings.Count(out[p.At:at], "\n")
			}
		}
		return found
	}
	for word, want := range map[string]int{"one": 1, "five": 5, "seven": 7, "nine": 9} {
		if got := line(word); got != want {
			t.Errorf("%q is in line %d, want %d", word, got, want)
		}
	}
}

func FuzzRender(f *testing.F) {
	for _, c := range cases {
		f.Add(c.template)
	}
	f.Fuzz(func(t *testing.T, template string) {
		first, err := render(template, host())
		second, again := render(template, host())
		if first != second || (err == nil) != (again == nil) {
			t.Errorf("it is %q, then %q", first, second)
		}
	})
}
