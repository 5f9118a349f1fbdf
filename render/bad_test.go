package render

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// Mistakes are errors with file, line and the line's text.
func TestMistakes(t *testing.T) {
	const post = "---\ndate: 2024-01-02\n---\nText.\n"
	for name, test := range map[string]struct {
		folder fstest.MapFS
		want   string // part of "file:line: what [excerpt] hint"
	}{
		"front matter without an end":    {files("a.md", "---\ntitle: A\nText.\n"), "a.md:1: the front matter that begins here does not end"},
		"TOML without an end":            {files("a.md", "+++\ntitle = 'A'\n"), "a.md:1: the front matter that begins here does not end"},
		"YAML that is none":              {files("a.md", "---\ntitle: [A\n---\n"), "a.md:2: read the front matter as YAML"},
		"TOML that is none":              {files("a.md", "+++\nx = 1\ntitle = \n+++\n"), "a.md:3: read the front matter as TOML"},
		"JSON that is none":              {files("a.md", "{\"title\": \n\"A\",,}\n"), "a.md:2: read the front matter as JSON"},
		"a bad date":                     {files("a.md", "---\ntitle: A\ndate: yesterday\n---\n"), `a.md:3: date: "yesterday" is no date such as 2024-05-01 or 2024-05-01T12:00:00Z [date: yesterday]`},
		"a day that no calendar has":     {files("2024-02-30-a.md", "A"), "2024-02-30-a.md: the file's name begins with 2024-02-30, which is no day"},
		"a number as a date":             {files("a.md", "---\ndate: 7\n---\n"), "a.md:2: date: 7 is no date"},
		"a list as a title":              {files("a.md", "---\ntitle: [A, B]\n---\n"), "a.md:2: title is no text"},
		"a table as tags":                {files("a.md", "---\ntags: {a: b}\n---\n"), "a.md:2: tags is no list of texts"},
		"a word as draft":                {files("a.md", "---\ndraft: perhaps\n---\n"), "a.md:2: draft is no true or false"},
		"a key twice":                    {files("a.md", "---\ntitle: A\ntitle: B\n---\n"), "a.md:3: read the front matter as YAML: mapping key \"title\" already defined at line 1"},
		"a key twice but for its case":   {files("a.md", "---\nTitle: A\ntitle: B\n---\n"), "the front matter has the key \"title\" twice"},
		"an alias bomb":                  {files("a.md", "---\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n---\n"), "excessive aliasing"},
		"nested brackets":                {files("a.md", "---\na: "+strings.Repeat("[", 20000)+"\n---\n"), "read the front matter"},
		"a megabyte of front matter":     {files("a.md", "---\na: "+strings.Repeat("x", 1<<20)+"\n---\n"), "more than 262144"},
		"a slug that climbs":             {files("a.md", "---\nslug: ../x\n---\n"), "a.md:2: the slug \"../x\" is no single part of a path [slug: ../x]"},
		"an absolute slug":               {files("a.md", "---\nslug: /etc/passwd\n---\n"), "a.md:2: the slug"},
		"a URL that climbs":              {files("a.md", "---\nurl: /a/../../b\n---\n"), "a.md:2: "},
		"a URL elsewhere":                {files("a.md", "---\nurl: https://example.com/\n---\n"), "is no path of this site"},
		"two files with one URL":         {files("a.md", "A", "b.md", "---\nslug: a\n---\nB"), "b.md:2: its URL /a/ is also that of a.md [slug: a]"},
		"two names that differ in case":  {files("Hello.md", "A", "hello.md", "B"), "hello.md: its URL /hello/ is also that of Hello.md"},
		"a page and a file with one URL": {files("a.md", "---\nurl: /x.txt\n---\n", "x.txt", "X"), "its URL /x.txt is also that of a.md"},
		"an alias that is a page":        {files("a.md", "---\naliases: [/b/]\n---\n", "b.md", "B"), "a.md:2: the alias /b/ is the URL of b.md"},
		"an alias of two pages":          {files("a.md", "---\naliases: [/x/]\n---\n", "b.md", "---\naliases: [/x/]\n---\n"), "b.md:2: the alias /x/ already leads to /a/"},
		"a link to no file":              {files("a.md", "# A\n\nx\n\n[b](b.md)\n"), `a.md:5: the link "b.md" leads to no file [[b](b.md)]`},
		"a link to a draft":              {files("a.md", "[b](b.md)", "b.md", "---\ndraft: true\n---\n"), `the link "b.md" leads to a page that is not published (it is a draft)`},
		"a link to no heading":           {files("a.md", "[b](b.md#Part)", "b.md", "## Part\n"), `a.md:1: the link "b.md#Part" leads to no heading of b.md [[b](b.md#Part)] there is #part`},
		"a link to no heading here":      {files("a.md", "\n[b](#nope)"), `a.md:2: the link "#nope" leads to no heading of a.md`},
		"a link to no page":              {files("posts/a.md", "[b](/posts/b/)"), `posts/a.md:1: the link "/posts/b/" leads to nothing on this site`},
		"a picture that is not there":    {files("a.md", "![b](b.png)"), `a.md:1: the link "b.png" leads to nothing on this site`},
		"an unknown shortcode":           {files("a.md", "\n\n{{< figgure src=\"x\" >}}\n"), "a.md:3: there is no shortcode \"figgure\" [{{< figgure src=\"x\" >}}]"},
		"a shortcode without an end":     {files("a.md", "x\n{{< figure src=\"x\n"), "a.md:2: the shortcode \"figure\""},
		"a closing tag alone":            {files("a.md", "{{< /details >}}"), "a.md:1: the shortcode \"details\" is closed but was not opened"},
		"a ref to nothing":               {files("a.md", "[x]({{< ref \"nope.md\" >}})"), "a.md:1: ref \"nope.md\" leads to no page"},
		"a parameter that is not there":  {files("a.md", "{{< param nope >}}"), "a.md:1: the front matter has no \"nope\""},
		"a shortcode behind another":     {files("a.md", "{{< details >}}\na\nb\n{{< /details >}}\n\n[x](y.md)\n"), "a.md:6: the link \"y.md\" leads to no file [[x](y.md)]"},
		"a mistake within a shortcode":   {files("a.md", "{{< details >}}\na\n\n[x](y.md)\n{{< /details >}}\n"), "a.md:4: the link \"y.md\" leads to no file [[x](y.md)]"},
		"a zero byte":                    {files("a.md", "a\nb\x00"), "a.md:2: the file holds a zero byte"},
		"a gigabyte":                     {fstest.MapFS{"a.md": {Data: make([]byte, maxMarkdown+1)}}, "a.md: the file has more than 8 MiB"},
		"quotations in one another":      {files("a.md", strings.Repeat(">", 50000)+" x"), "a.md:1: the text is nested more than 200 levels deep"},
		"lists in one another":           {files("a.md", "a\n\n"+strings.Repeat("> 1. - ", 50000)+" x"), "a.md:3: the text is nested more than 200 levels deep"},
		"links without an end":           {files("a.md", "a\n\n"+strings.Repeat("[a](", 20000)), "a.md:3: too many links in one line have no end"},
		"a line after line deeper":       {files("a.md", deeper(300)), "the text is nested more than 200 levels deep"},
		"a template that does not parse": {files("a.md", post, "theme/post.html", "{{.Title"), "theme/post.html"},
		"a field that is none":           {files("a.md", post, "theme/post.html", "{{.Nope}}"), "Nope"},
		"a template without an end":      {files("a.md", post, "theme/card.html", `{{define "x"}}{{template "x" .}}{{end}}{{template "x" .}}`), "theme/card.html"},
		"two files for one folder":       {files("index.md", "A", "_index.md", "B"), "it speaks for its folder, and so does"},
		"a tag that no URL can hold":     {files("a.md", "---\ntags: [\"!\"]\n---\n"), "a.md:2: tag ! has nothing that can stand in a URL"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := run(&Folder{FS: test.folder}, nil)
			if err == nil {
				t.Fatal("there is no error")
			}
			if got := describe(err); !strings.Contains(got, test.want) {
				t.Errorf("the error is %.600s\nwant %s", got, test.want)
			}
		})
	}
}

// All mistakes are told at once.
func TestAllMistakes(t *testing.T) {
	_, _, err := run(&Folder{FS: files("a.md", "[x](x.md)\n[y](#y)", "b.md", "{{< nope >}}\n", "c.md", "{{< never >}}\n")}, nil)
	var problems Problems
	if !errors.As(err, &problems) || len(problems) < 2 {
		t.Errorf("the error is %v", err)
	}
}

// What looks odd but is right.
func TestOddButRight(t *testing.T) {
	for name, test := range map[string]struct {
		text       string
		want, none string // parts of the page's body
	}{
		"a byte order mark":             {"\xEF\xBB\xBF---\ntitle: A\n---\nText.", "<p>Text.</p>", "title:"},
		"Windows' line ends":            {"---\r\ntitle: A\r\ntags: [x]\r\n---\r\n\r\nText.\r\n", "<p>Text.</p>", "title:"},
		"Jekyll's end of front matter":  {"---\ntitle: A\n...\nText.", "<p>Text.</p>", "..."},
		"an empty front matter":         {"---\n---\nText.", "<p>Text.</p>", "---"},
		"a line at the top":             {"---\n\nText.", "<hr>", ""},
		"a script":                      {"<script>alert(1)</script>\n\nx <script>alert(2)</script> y", "x", "<script>alert"},
		"an event":                      {"<img src=x onerror=alert(1)>", "", "onerror"},
		"a link to a script":            {"[x](javascript:alert(1)) ![y](vbscript:z)", `<a href="">x</a>`, "script:"},
		"a language that is HTML":       {"```\"><script>alert(1)</script>\nx\n```\n", "&gt;&lt;script&gt;", "<script>alert"},
		"a quote in an id":              {"## a {#x\"onclick=y}\n", "", " onclick=y"},
		"a heading that is HTML":        {"## <b onclick=x>y</b>\n", "", "<b"},
		"another tool's macro":          {"{{image \"a.png\" 300}} {{raw `x`}} {{ .Title }}", "{{image", ""},
		"an escaped shortcode":          {"`{{</* figure src=\"x\" */>}}`", "{{&lt; figure src=&quot;x&quot; &gt;}}", "/*"},
		"the mark of a shortcode":       {"---\ntitle: T\n---\n\U0010FFFD0\U0010FFFD {{< param title >}}", "\uFFFD0\uFFFD", "\U0010FFFD"},
		"a shortcode in a shortcode":    {"{{< details summary=\"a\" >}}\n{{< details >}}*b*{{< /details >}}\n{{< /details >}}", "<em>b</em>", "{{"},
		"markup in an argument":         {"{{< details summary=\"<script>\" >}}x{{< /details >}}", "&lt;script&gt;", "<script>"},
		"the same heading twice":        {"## A\n\n## A\n\n[x](#a-1)", `id="a-1"`, ""},
		"a link to the top":             {"[x](#top)", "#top", ""},
		"an anchor of one's own":        {"<a name=\"here\"></a>\n\n[x](#here)", `<span id="here"></span>`, "<a name"},
		"code with a marked line":       {"```go {hl_lines=[2],linenos=true}\nx := 1\ny := 2\n```\n", `<span class="line hl"><span class="ln">2</span>`, ""},
		"an alert":                      {"> [!WARNING]\n> Thin *ice*.\n", `class="alert alert-warning"`, "[!WARNING]"},
		"a footnote":                    {"a[^1]\n\n[^1]: The note.\n", "The note.", "[^1]"},
		"a definition":                  {"Ice\n: Frozen water.\n", "<dt>Ice</dt>", ""},
		"emoji":                         {":snowflake:", "&#x2744;", ":snowflake:"},
		"quotes and dashes":             {"\"a\" -- b...", "&ldquo;a&rdquo; &ndash; b&hellip;", ""},
		"a task":                        {"- [x] done\n", "checked", ""},
		"a bare link":                   {"See https://example.com/a.", `<a href="https://example.com/a">`, ""},
		"an attribute of a heading":     {"## A {.big #b}\n", `class="big"`, "{."},
		"an attribute of a paragraph":   {"Text.\n{.big}\n", `<p class="big">Text.</p>`, "{"},
		"an attribute of a list":        {"- a\n- b\n{: .big #l}\n", `<ul class="big" id="l">`, "{"},
		"an event as an attribute":      {"Text.\n{onclick=\"alert(1)\"}\n", "Text.", "onclick"},
		"an attribute of nothing":       {"a\n\n{.big}\n", "<p>{.big}</p>", ""},
		"a number as a title":           {"---\ntitle: 1984\n---\n", "1984", ""},
		"a title with an ampersand":     {"---\ntitle: A & <b>\n---\n", "A &amp; &lt;b&gt;", "<b>"},
		"the end of the summary":        {"One.\n\n<!--more-->\n\nTwo.", "<p>Two.</p>", "more"},
		"a comment":                     {"a\n\n<!-- not for readers -->\n", "", "not for readers"},
		"figure":                        {"{{< figure src=\"https://example.com/a.png\" caption=\"A & b\" link=\"javascript:alert(1)\" >}}", `<figcaption>A &amp; b</figcaption>`, "javascript:"},
		"youtube":                       {"{{< youtube w7Ft2ymGmfc >}}", `src="https://www.youtube-nocookie.com/embed/w7Ft2ymGmfc"`, "{{"},
		"a hostile id":                  {"{{< youtube \"x\\\" onload=\\\"y\" >}}", "youtube-nocookie", `onload="y`},
		"vimeo":                         {"{{< vimeo id=146022717 >}}", "https://player.vimeo.com/video/146022717?dnt=1", ""},
		"gist":                          {"{{< gist spf13 7896402 >}}", `href="https://gist.github.com/spf13/7896402"`, "<script"},
		"highlight":                     {"{{< highlight go \"linenos=true\" >}}\nvar x int\n{{< /highlight >}}", `class="kd">var`, ""},
		"a chroma language":             {"```lua\nlocal x = 1\n```", `class="chroma"`, ""},
		"an unknown language":           {"```klingon\nx <y>\n```", `language-klingon`, "<y>"},
		"raw HTML where a page says so": {"---\nhtml: true\n---\n<div class=\"x\">y</div>", `<div class="x">y</div>`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			body := build(t, files("a.md", test.text)).body(t, "/a/")
			_, main, ok := strings.Cut(body, "<main")
			if !ok || !strings.Contains(main, test.want) {
				t.Errorf("the page does not hold %q:\n%s", test.want, main)
			}
			main, _, _ = strings.Cut(main, "</main>")
			if test.none != "" && strings.Contains(main, test.none) {
				t.Errorf("the page holds %q:\n%s", test.none, main)
			}
		})
	}
}

// Symbolic links are left out, each with a warning.
func TestSymlink(t *testing.T) {
	folder := files("a.md", "A")
	folder["b.md"] = &fstest.MapFile{Data: []byte("/etc/passwd"), Mode: fs.ModeSymlink}
	site, blog, err := run(&Folder{FS: folder}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if w := blog.Warnings(); len(w) != 1 || w[0].File != "b.md" || !strings.Contains(w[0].What, "symbolic link") {
		t.Errorf("warnings: %v", w)
	}
	for url := range site.pages {
		if url.URL() == "/b/" {
			t.Error("the link was followed")
		}
	}
	folder["theme/card.html"] = &fstest.MapFile{Data: []byte("/etc/passwd"), Mode: fs.ModeSymlink}
	if _, _, err := run(&Folder{FS: folder}, nil); err == nil || !strings.Contains(describe(err), "theme/card.html") {
		t.Errorf("a link in the theme: %v", err)
	}
}

// Dates are read in the forms of other tools, in the site's time zone.
func TestDates(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip(err)
	}
	for text, want := range map[string]string{
		"2024-05-01":                      "2024-05-01T00:00:00+02:00",
		"\"2024-05-01\"":                  "2024-05-01T00:00:00+02:00",
		"2024-05-01T10:00:00Z":            "2024-05-01T10:00:00Z",
		"2024-05-01T10:00:00+0300":        "2024-05-01T10:00:00+03:00",
		"2024-05-01 10:00":                "2024-05-01T10:00:00+02:00",
		"2024-05-01 10:00:00":             "2024-05-01T10:00:00+02:00",
		"2024-05-01 10:00:00 -0500":       "2024-05-01T10:00:00-05:00",
		"15 Oct 2023":                     "2023-10-15T00:00:00+02:00",
		"2024-5-1":                        "2024-05-01T00:00:00+02:00",
		"Mon, 02 Jan 2006 15:04:05 -0700": "2006-01-02T15:04:05-07:00",
	} {
		fm, problem := splitFrontMatter([]byte("---\ndate: "+text+"\n---\n"), false)
		if problem != nil {
			t.Fatal(problem)
		}
		m, r := readMeta(fm, berlin, nil)
		if len(r.errs) > 0 || m.date.Format(time.RFC3339) != want {
			t.Errorf("%s is %s, %v; want %s", text, m.date.Format(time.RFC3339), r.errs, want)
		}
	}
}

// FuzzFrontMatter: whatever stands in a file, reading its head ends, and what is
// left is a part of the file.
func FuzzFrontMatter(f *testing.F) {
	for _, seed := range []string{"---\ntitle: A\n---\nText", "+++\ntitle = 'A'\n+++\n", "{\"title\": \"A\"}\nText", "---", "+++\n", "{", "\xEF\xBB\xBF---\n...\n", "---\r\ndate: 2024-01-01\r\n---\r\n",
		"---\ntags: [a, b]\ndate: 2024-01-01 10:00\npublished: false\n---\n", "---\na: &a [*a]\n---\n", "+++\na = [[[[\n+++\n", "{\"a\": {\"b\": [1, null]}}", "---\ndate: 9999-99-99\n---"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		fm, problem := splitFrontMatter(data, len(data)%2 == 0)
		if problem != nil {
			if problem.line < 1 {
				t.Errorf("a mistake in line %d", problem.line)
			}
			return
		}
		if fm.body < 0 || fm.body > len(data) {
			t.Fatalf("the text begins at %d of %d", fm.body, len(data))
		}
		_, r := readMeta(fm, time.UTC, nil)
		for _, w := range r.errs {
			if w.line < 1 || w.err == nil {
				t.Errorf("a mistake without a place: %v", w)
			}
		}
	})
}

// FuzzShortcodes: tags are found in order, inside the text, and in pairs.
func FuzzShortcodes(f *testing.F) {
	for _, seed := range []string{"{{< a >}}", "{{% b x=1 \"y\" %}}z{{% /b %}}", "{{</* c */>}}", "{{</*/>}}0", "{{</**/>}}", "{{< d", "{{< e `x\ny` />}}", "{{< /f >}}", "{{<a>}}{{<b>}}{{</a>}}", "{{image \"x\"}}", "{{< a b=\"\\\"\" c=d/e >}}", "{{<  /  a  >}}", "{{< a = >}}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tags, problem := parseShortcodes(text)
		if problem != nil {
			if problem.at < 0 || problem.at >= len(text) {
				t.Errorf("a mistake at %d of %d", problem.at, len(text))
			}
			return
		}
		last := 0
		for i, tag := range tags {
			if tag.start < last || tag.end <= tag.start || tag.end > len(text) {
				t.Fatalf("tag %d is %d to %d, after %d, of %d", i, tag.start, tag.end, last, len(text))
			}
			if tag.pair >= 0 && (tag.pair <= i || !tags[tag.pair].closing || tags[tag.pair].name != tag.name) {
				t.Fatalf("tag %d has the pair %d", i, tag.pair)
			}
			last = tag.end
		}
	})
}

// FuzzReadCache: a damaged cache is none.
func FuzzReadCache(f *testing.F) {
	_, blog, err := run(&Folder{FS: smallBlog()}, nil)
	if err != nil {
		f.Fatal(err)
	}
	var good strings.Builder
	if _, err := blog.Cache().WriteTo(&good); err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(good.String()), 0, byte(0))
	f.Fuzz(func(t *testing.T, data []byte, at int, change byte) {
		ReadCache(string(data))
		d := decoder{text: string(data)}
		d.facts()
		if at >= 0 && at < len(good.String()) && change != 0 {
			damaged := []byte(good.String())
			damaged[at] ^= change
			if ReadCache(string(damaged)) != nil {
				t.Error("a damaged cache is believed")
			}
		}
	})
}

// deeper is a list in which each line lies in the one above.
func deeper(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat("  ", i) + "- x\n")
	}
	return b.String()
}

// TestNotDeep: a line across the page and code are not deep, be they as long as they like.
func TestNotDeep(t *testing.T) {
	marks := strings.Repeat("> ", 300)
	for _, text := range []string{strings.Repeat("- ", 300), strings.Repeat("* ", 300) + "\n", "```\n" + marks + "\n```\n", "~~~~\n```\n" + marks, "a\n\n    " + marks, strings.Repeat("- ", 90) + "x"} {
		if page := build(t, files("a.md", text)).body(t, "/a/"); !strings.Contains(page, "</main>") {
			t.Errorf("%.20q is %s", text, page)
		}
	}
}
