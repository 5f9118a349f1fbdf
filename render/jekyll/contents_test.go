package jekyll

import (
	"strings"
	"testing"
)

// TestBadContents makes tables of contents of HTML that would take hours, or all of the
// stack, if the depth of its elements were not bounded. What cannot be read stays as it is.
func TestBadContents(t *testing.T) {
	for _, piece := range []string{"<div>", "<h1>", "<h1>a</h1>", "<h1><h6>", "<p><b>", "<a>", "<table><tr><td>", "<b><i>", "</p>", "<h2 class='no_toc'>", "<!--", "<svg><a>", "<select><option>"} {
		text := strings.Repeat(piece, 20000)
		if _, anchored := Contents(text, nil); len(anchored) > 40*len(text) {
			t.Errorf("%s becomes %d times as long", piece, len(anchored)/len(text))
		}
	}
}
