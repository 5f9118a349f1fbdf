package render

import (
	"io/fs"
	"strings"
	"testing"

	"icecap/render/jekyll"
	"icecap/render/liquid"
)

// compareLiquid holds each line of _liquid.txt, a template in which "⏎" ends a line, to
// what Jekyll made of it on the page about.md.
func compareLiquid(t *testing.T, b *Blog, want []string) {
	data, err := fs.ReadFile(b.fsys, "_liquid.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	if len(lines) != len(want) {
		t.Fatalf("there are %d lines, and Jekyll ran %d", len(lines), len(want))
	}
	config, _, err := jekyll.Read(b.fsys, "_config.yml")
	if err != nil {
		t.Fatal(err)
	}
	s := &jekyllSite{Config: config, fsys: b.fsys, includes: map[string]string{}}
	if err := s.readIncludes(); err != nil {
		t.Fatal(err)
	}
	for i, line := range lines {
		if got := liquidOf(s, b, strings.ReplaceAll(line, "⏎", "\n")); got != want[i] {
			t.Errorf("_liquid.txt:%d: %s\nbecomes %q\nwant    %q", i+1, line, got, want[i])
		}
	}
}

// liquidOf is what Liquid makes of a template on the page about.md.
func liquidOf(s *jekyllSite, b *Blog, template string) string {
	c := &conversion{blog: b, post: b.byFile["about.md"], raw: true, facts: &facts{}, text: []byte(template), ids: map[string]int{}, lines: lineMap{first: 1}}
	t, err := liquid.Parse("about.md", template, 1, s.manners(c))
	if err != nil {
		return "error: " + err.Error()
	}
	text, _, err := t.Render(s.host(c), s.variables(c))
	if err != nil {
		return "error: " + err.Error()
	}
	return text
}
