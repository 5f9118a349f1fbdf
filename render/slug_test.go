package render

import (
	"strings"
	"testing"
)

// A name that is all signs is spelt out in the URL; one of which nothing can be said is
// an error that says what to do.
func TestSigns(t *testing.T) {
	site := build(t, files("!.md", "# !", "posts/[[.md", "# [[", "posts/[.md", "# [", "posts/bracket.md", "# Bracket", "posts/a!.md", "# a!"))
	for _, url := range []string{"/exclamation-sign/", "/posts/bracket-bracket-sign/", "/posts/bracket-sign/", "/posts/bracket/", "/posts/a/"} {
		site.body(t, url)
	}
	_, _, err := run(&Folder{FS: files("🎉.md", "# A feast")}, nil)
	if err == nil || !strings.Contains(describe(err), "nothing is left of the file's name for its URL; give it a slug") {
		t.Errorf("the error is %v", err)
	}
}
