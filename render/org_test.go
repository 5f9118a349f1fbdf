package render

import (
	"strings"
	"testing"
	"time"
)

// TestOrg: what is in a text of Org goes the way of Markdown: links to files lead to
// pages, pictures are theirs, notes lead there and back, HTML is left out, and problems
// have their line.
func TestOrg(t *testing.T) {
	f := hugoFiles("title = 'A'\n[markup.goldmark.extensions.passthrough]\nenable = true\ndelimiters = {inline = [['\\\\(', '\\\\)']]}",
		"content/a.org", "#+title: One\n#+DATE: [2024-01-05 Fri 10:30]\n#+draft: false\n\nA note[fn:1], [fn::in *line*], src_go{x := 1} and \\(x^2\\).\n\nTo [[file:b.org][the other]] and [[./pic.svg]].\n\n#+CAPTION: Named /so/\n#+ATTR_HTML: :onclick alert(1)\n[[file:pic.svg]]\n\n* Head\n#+BEGIN_SRC go\nfunc x() {}\n#+END_SRC\n#+BEGIN_EXPORT html\n<script>alert(1)</script>\n#+END_EXPORT\n[[javascript:alert(1)][x]]\n[[file:nope.org][gone]]\n[fn:1] The /note/.\n",
		"content/b.org", "#+title: Two\n\nText <script>alert(2)</script>", "content/pic.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>", "content/c.adoc", "= Title", "content/d.rst", "Title", "content/e.pandoc", "Title")
	saysAgain(t, f, `content/a.org:18: the HTML here and below is left out`, `content/a.org:20: the link "nope.org" leads to no file`,
		"content/c.adoc: left out: texts of this form are not read", "content/d.rst: left out", "content/e.pandoc: left out")
	site, blog, err := run(f, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	body := site.body(t, "/a/")
	for _, want := range []string{`href="/b/">the other</a>`, `src="/pic.svg"`, `<em>so</em>`, `<h2 id="headline-1">`, `<span class="`, `<li id="fn:1">`, "The <em>note</em>", "<strong>line</strong>", "<code>x := 1</code>", `datetime="2024-01-05T10:30:00Z"`} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is not in %s", want, body)
		}
	}
	if strings.Contains(body, "alert(1)<") || strings.Contains(body, "onclick") || strings.Contains(body, `href="javascript`) || strings.Contains(site.body(t, "/b/"), "<script>alert") {
		t.Errorf("there is a script in %s", body)
	}
	if blog.byFile["content/a.org"] == nil {
		t.Error("there is no such text")
	}
}

// TestHostileOrg: whatever a text holds, it is read soon, or is a mistake.
func TestHostileOrg(t *testing.T) {
	for name, text := range map[string]string{
		"signs":            strings.Repeat("*a ", 100_000),
		"signs in lines":   strings.Repeat(strings.Repeat("*a /b ", 100)+"\n", 600),
		"brackets":         strings.Repeat("[[", 50_000),
		"links in links":   strings.Repeat("[[a][", 2000) + "x" + strings.Repeat("]]", 2000),
		"notes in notes":   strings.Repeat("[fn::", 2000) + strings.Repeat("]", 2000),
		"blocks in blocks": strings.Repeat("#+BEGIN_QUOTE\n", 1900) + "x\n" + strings.Repeat("#+END_QUOTE\n", 1900),
		"too many blocks":  strings.Repeat("#+BEGIN_QUOTE\n", 5000),
		"drawers":          strings.Repeat(":a:\n", 1900),
		"lists in lists": func() (s string) {
			for i := range 900 {
				s += strings.Repeat(" ", i) + "- x\n"
			}
			return s
		}(),
		"headlines below each other": func() (s string) {
			for i := range 99 {
				s += strings.Repeat("*", i+1) + " x\n"
			}
			return s
		}(),
		"a table of bars":       strings.Repeat("|", 50_000) + "\n",
		"a file of the machine": "#+INCLUDE: \"/etc/passwd\" src sh\n#+SETUPFILE: /etc/passwd\n",
		"a note of itself":      "[fn:1]\n\n[fn:1] See [fn:1] and [fn:2].\n\n[fn:2] [fn:1]",
		"a macro of itself":     "#+MACRO: a {{{a}}} {{{a}}}\n\n{{{a}}}",
		"an option of nothing":  "#+OPTIONS:\n#+LINK: x\n#+TODO:\n\n[[x:y]] #+BEGIN_SRC",
		"an export of nothing":  "x\n\n#+BEGIN_EXPORT\n#+END_EXPORT\n@@:x@@ src_{x} export_{x}\n",
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			site, _, err := run(hugoFiles("title = 'A'", "content/a.org", "#+title: A\n\n"+text, "content/b.md", "B"), nil)
			if err == nil && strings.Contains(site.body(t, "/a/"), "root:") {
				t.Error("it shows a file of the machine")
			}
			t.Logf("%v in %v", err != nil, time.Since(start))
		})
	}
}

func FuzzOrg(f *testing.F) {
	for _, seed := range []string{"* A :b:\n[[x][y]]", "#+BEGIN_SRC go\nx\n#+END_SRC", "| a |\n|---|\n| b |", "- a :: b\n  1. c", "[fn:1] x\n\ny[fn:1]", "=a= ~b~ \\alpha -- {{{m(x)}}}", ":a:\nb\n:end:", "@@html:<b>@@"} {
		f.Add(seed)
	}
	_, blog, err := run(hugoFiles("title = 'A'", "content/a.org", "A"), nil)
	if err != nil {
		f.Fatal(describe(err))
	}
	p := blog.byFile["content/a.org"]
	f.Fuzz(func(t *testing.T, text string) {
		if _, problem := splitOrg([]byte(text)); problem != nil {
			return
		}
		c := &conversion{blog: blog, post: p, facts: &facts{}, ids: map[string]int{}, text: []byte(text), source: []byte(text), lines: lineMap{first: 1}}
		body, err := c.convert(blog.of(p).markdown)
		if err != nil || strings.Contains(string(body), "<script") {
			t.Errorf("%v: %s", err, body)
		}
	})
}
