package render

import (
	"strings"
	"testing"
)

// A folder whose texts are too many for memory gives the pages of any other, and
// its mistakes their lines.
func TestLargeFolder(t *testing.T) {
	want := build(t, smallBlog())
	folder := smallBlog()
	f := &Folder{FS: folder, hold: 1}
	site, _, err := run(f, nil)
	if err != nil {
		t.Fatal(describe(err))
	}
	same(t, site, want)
	folder["posts/third.md"].Data = append(folder["posts/third.md"].Data, "\n[x](nope.md)\n\n{{< nope >}}\n"...)
	_, _, err = run(f, nil)
	if err == nil || !strings.Contains(describe(err), "[{{< nope >}}]") {
		t.Errorf("the mistake is %v", err)
	}
}
