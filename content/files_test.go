package content

import "testing"

// TestFileEndings: a file's ending promises a visitor nothing: an app may have a page
// there. What an ending does promise stays so, and no script of a web server has one.
func TestFileEndings(t *testing.T) {
	for _, c := range []struct {
		path, media string
		ok          bool
	}{
		{"/x.py", "text/plain", true}, {"/x.py", "text/html", true}, {"/x.py", "text/css", false},
		{"/x.zip", "application/zip", true}, {"/x.zip", "text/html", true}, {"/x", "application/zip", false},
		{"/x.css", "text/plain", false}, {"/x.php", "text/plain", false}, {"/id.pem", "text/plain", false}, {"/users.db", "application/octet-stream", false}, {"/x", "text/plain", false},
	} {
		path, err := ParsePath(c.path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := path.File("", c.media); (err == nil) != c.ok {
			t.Errorf("%s as %s: %v", c.path, c.media, err)
		}
	}
	seen := map[string]bool{}
	for _, m := range MediaTypes() {
		for _, ending := range append(m.Suffixes, m.Files...) {
			if seen[ending] {
				t.Errorf("two types have %s", ending)
			}
			seen[ending] = true
		}
	}
}
