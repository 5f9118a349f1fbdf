package theme

import (
	"bytes"
	"crypto/sha256"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
)

// TestLibrary: what other people wrote is what they published, byte for byte, and their
// licence is beside it; nothing lies there that the list does not name.
func TestLibrary(t *testing.T) {
	list, err := library()
	if err != nil {
		t.Fatal(err)
	}
	listed := []string{"library/sources.txt"}
	for _, v := range list {
		var b bytes.Buffer
		if _, err := unpack(&b, v.file); err != nil {
			t.Fatal(err)
		}
		if sha256.Sum256(b.Bytes()) != v.sum {
			t.Errorf("%s is not %s of %s", v.file, v.path, v.origin)
		}
		name, version, _ := strings.Cut(v.origin, "@")
		licence := "library/" + name + "/LICENSE"
		text, err := libraryFiles.ReadFile(licence)
		if err != nil || !strings.Contains(string(text), "MIT License") {
			t.Errorf("%s has no licence: %v", v.origin, err)
		}
		listed = append(listed, v.file, licence)
		script := map[Feature]string{Math: "math.js", Diagrams: "diagrams.js"}[v.feature]
		if own, err := Default("assets/" + script); err != nil || !bytes.Contains(own, []byte(version)) {
			t.Errorf("%s does not name the version %s, %v", script, version, err)
		}
	}
	err = fs.WalkDir(libraryFiles, "library", func(file string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !slices.Contains(listed, file) {
			t.Errorf("%s is in no list", file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 20 {
		t.Errorf("the list has %d files", len(list))
	}
}

// TestLibraryOfASite: files of the site's own theme take the place of vendored ones,
// and only their names with a hash are published of scripts and style sheets.
func TestLibraryOfASite(t *testing.T) {
	th, err := Load(own("assets/mermaid.min.js", "own();"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range th.Library(Diagrams) {
		names = append(names, a.Name)
		var b bytes.Buffer
		if _, err := a.WriteTo(&b); err != nil || path.Base(a.Name) != a.Name || b.Len() == 0 {
			t.Errorf("%s: %v", a.Name, err)
		}
		if strings.HasPrefix(a.Name, "mermaid") && b.String() != "own();" {
			t.Errorf("%s is not the site's own", a.Name)
		}
	}
	if len(names) != 2 || !strings.HasPrefix(names[0], "diagrams.h") || !strings.HasPrefix(names[1], "mermaid.min.h") {
		t.Errorf("the assets are %v", names)
	}
	for name := range th.Assets() {
		if strings.Contains(name, "mermaid") || strings.Contains(name, "katex") || strings.Contains(name, "math") {
			t.Errorf("every site publishes %s", name)
		}
	}
}
