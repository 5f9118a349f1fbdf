package content

import "testing"

// TestImmutable: what browsers keep for a year is named by a hash, and nothing else.
func TestImmutable(t *testing.T) {
	for path, want := range map[string]bool{
		"/app.3f9a1c2b.css":                 true,
		"/static/css/app.3f9a1c2b9d0e.js":   true,
		"/app-d41d8cd98f00b204e9800998.css": true,
		"/assets/index-BxY3k9Qz.js":         true,
		"/assets/style.hb28800486b1.css":    true,
		"/3f9a1c2b.woff2":                   true,
		"/assets/index-Abc1Def2.js":         true,  // four pieces
		"/assets/index-Abc12Def.js":         false, // three
		"/product1.jpg":                     false,
		"/section2.jpg":                     false,
		"/bootstrap5.min.css":               false,
		"/iphone15pro.jpg":                  false,
		"/iPhone8S.jpg":                     false,
		"/MacBookPro16.png":                 false,
		"/banner2024v2.jpg":                 false,
		"/face2face.jpg":                    false,
		"/decade20.jpg":                     false,
		"/01feb2024.jpg":                    false,
		"/IMG20240501.jpg":                  false,
		"/20240501T123456Z.jpg":             false,
		"/photo-20240131.jpg":               false,
		"/app.css":                          false,
		"/app.3f9a1c2.css":                  false, // 7
		"/page-3f9a1c2b":                    false,
		"/3f9a1c2b/app.css":                 false, // the folder has the hash
	} {
		if got := Immutable(path); got != want {
			t.Errorf("Immutable(%s) = %v", path, got)
		}
		if want && !Fingerprinted(path) {
			t.Errorf("%s is immutable, and not fingerprinted", path)
		}
	}
}
