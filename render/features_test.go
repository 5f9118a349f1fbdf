package render

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"icecap/render/browsertest"
)

// featureSite has a page of formulas, one of diagrams, one with neither, and what a
// hostile writer would try.
func featureSite() fstest.MapFS {
	return files(
		"2024-05-01-formulas.md", `---
title: Formulas
math: true
---
Euler's `+"$`e^{i\\pi} + 1 = 0`$"+` and $\frac{1}{n^2}$ cost $5 and $10.

<!--more-->

$$
\int_{-\infty}^{\infty} e^{-x^2}\,dx = \sqrt{\pi}
$$

`+"```math\n\\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix} x_1 + x_2 + x_3 + x_4 + x_5 + x_6 + x_7 + x_8 + x_9 + x_{10} + x_{11} + x_{12} + x_{13} + x_{14}\n```\n"+`
A name for the rest of the page: $\gdef\R{\mathbb{R}}\R$, $x \in \R$.

## What is refused

- $\frac{a$
- $\nosuch{x}$
- $\href{javascript:window.hacked=1}{x}$
- $\htmlStyle{position:fixed}{x}$ $\htmlData{a=b}{x}$ $\htmlClass{skip}{x}$
- $\includegraphics{https://example.com/x.png}$
- $\def\a{\a\a}\a$
- $`+strings.Repeat("{", 20000)+`x$ and $`+strings.Repeat("x^{", 3000)+strings.Repeat("}", 3000)+`$

## What is harmless

- $\text{<img src=x onerror=window.hacked=2>}$
- $\rule{100000em}{100000em}$
`,
		"2024-05-02-diagrams.md", "---\ntitle: Diagrams\n---\nA flow.\n\n"+
			"```mermaid\nflowchart LR\n  A[Write] --> B{Mistake?}\n  B -- yes --> C[Panel]\n  B -- no --> D[(Release)]\n```\n\n"+
			"```mermaid\nsequenceDiagram\n  visitor->>nginx: GET /\n  nginx-->>visitor: the frozen page\n```\n\n"+
			"A mistake.\n\n```mermaid\nflowchart LR\n  A[[[[ --> ?\n```\n\nA trick.\n\n"+
			"```mermaid\n%%{init: {\"securityLevel\": \"loose\", \"htmlLabels\": true, \"flowchart\": {\"htmlLabels\": true}, \"themeCSS\": \".node{background:url(https://example.com/y)}\"}}%%\nflowchart LR\n"+
			"  A[\"<img src='https://example.com/x' onerror=window.hacked=3>\"] --> B[\"<script>window.hacked=4</script>\"]\n  click A \"javascript:window.hacked=5\"\n  click B call alert()\n```\n",
		"2024-05-03-plain.md", "# Plain\n\nNo formula, only `$x$` for $5.\n",
		"2024-05-04-code.md", "# Code\n\n```go\nfunc main() {}\n```\n",
	)
}

// A site publishes what pages with formulas or diagrams load, and those alone load it.
func TestFeaturesOnlyWhereUsed(t *testing.T) {
	scripts := func(body string) (list []string) {
		for part := range strings.SplitSeq(body, `<script src="/assets/`) {
			if name, _, ok := strings.Cut(part, ".h"); ok && !strings.HasPrefix(name, "<") {
				list = append(list, name)
			}
		}
		return list
	}
	site := build(t, featureSite())
	for url, want := range map[string][]string{
		"/formulas/": {"katex.min", "math"}, "/diagrams/": {"diagrams"}, "/plain/": nil, "/code/": {"copy"}, "/archive/": nil,
		"/": {"katex.min", "math"}, // the summary has a formula
	} {
		if got := scripts(site.body(t, url)); !slices.Equal(got, want) {
			t.Errorf("%s loads %v, want %v", url, got, want)
		}
	}
	has := func(site *built, name string) bool {
		return slices.ContainsFunc(site.urls(), func(url string) bool { return strings.HasPrefix(url, "/assets/"+name) })
	}
	for _, name := range []string{"katex.min.h", "math.h", "fonts/KaTeX_Main-Regular.woff2", "mermaid.min.h", "diagrams.h"} {
		if !has(site, name) {
			t.Errorf("a site with both does not publish %s", name)
		}
	}
	if site := build(t, files("a.md", "# A\n")); has(site, "katex") || has(site, "fonts") || has(site, "mermaid") || has(site, "math") || has(site, "diagrams") {
		t.Errorf("a site without publishes %v", site.urls())
	}
	own := build(t, files("a.md", "```mermaid\nx\n```\n", "theme/assets/mermaid.min.js", "window.mermaid = {};"))
	for url, page := range own.pages {
		if strings.Contains(url.URL(), "mermaid") && string(page.Body) != "window.mermaid = {};" {
			t.Errorf("the site's own library is not taken: %s", url.URL())
		}
	}
	if feed := site.body(t, "/index.xml"); !strings.Contains(feed, `\(e^{i\pi} + 1 = 0\)`) || strings.Contains(feed, "katex") {
		t.Errorf("a feed does not have the TeX as text: %.3000s", feed)
	}
}

// TestFeaturesInBrowser looks at the pages in Chromium, where the strictest policy that
// they can have forbids everything else.
func TestFeaturesInBrowser(t *testing.T) {
	pages := servePages(renderFolder(t, featureSite(), Settings{Title: "Features"}))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		policy := "default-src 'self'"
		if r.URL.Path == "/diagrams/" {
			policy += "; style-src 'self' 'unsafe-inline'" // drawings have styles in them
		}
		w.Header().Set("Content-Security-Policy", policy)
		pages.ServeHTTP(w, r)
	}))
	defer server.Close()
	browsertest.Find(t).Check(t, "features.mjs", server.URL)
}

// A diagram that nothing draws is reported by its name.
func TestGoat(t *testing.T) {
	site, blog, err := run(&Folder{FS: files("a.md", "# A\n\n```goat\n.-->.\n```\n")}, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	if w := blog.Warnings(); len(w) != 1 || w[0].At() != "a.md:4" || !strings.Contains(w[0].What, "a block of goat") {
		t.Errorf("the warnings are %v", w)
	}
	if body := site.body(t, "/a/"); !strings.Contains(body, ".--&gt;.") {
		t.Errorf("its source is gone: %s", body)
	}
}
