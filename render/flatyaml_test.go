package render

import (
	"reflect"
	"testing"

	"go.yaml.in/yaml/v3"
)

var flatTexts = []string{
	"title: Hello, world\ndate: 2024-05-01\ntags: [go, \"a b\", 'c']\ndraft: false\n",
	"title: \"a: b\"\ndate: 2024-05-01T10:00:00+02:00\nweight: 10\ntags:\n- one\n- two\nby:\n- Rob Pike\n",
	"title: Größe und Maß\nsummary: it's fine, isn't it?\nempty:\nlist: []\n",
	"a: 0x10", "a: 1e3", "a: 010", "a: yes", "a: 2024-13-45", "a: \"x\\n\"", "a: [b, [c]]", "a: b: c", "a: b #c", "a:b", "y: 1", "null: 1",
	"a: 1_000", "a: 12:30:45", "a: .5", "a: - b", "a: b\n  c", "a:\n  - b", "a:\n- b\n-c", "a: |\n  b", "a: &x b", "a: *x", "a: <<", "a: b,", "a: [b,]", "aa: [ , ]",
	"aa: 2024-05-01 10:00:00", "aa: x\u2028y", "aa: x\ufeff", "aa: \"x\"y\"", "aa: 'x''y'", "aa: 1970-01-01T00:00:00.5Z", "aa: ---", "aa: x\n---\nbb: y", "aa:\n\nbb: x", "aa:\n- x\n\n- y",
}

// FuzzFlatYAML: what the short way reads, the whole language reads alike.
func FuzzFlatYAML(f *testing.F) {
	for _, text := range flatTexts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := flatYAML([]byte(text))
		if !ok {
			return
		}
		want := map[string]any{}
		if err := yaml.Unmarshal([]byte(text), &want); err != nil {
			t.Fatalf("%q is read as %v, but is none: %v", text, got, err)
		}
		if !reflect.DeepEqual(want, got) {
			t.Fatalf("%q is read as %#v, but is %#v", text, got, want)
		}
	})
}

func TestFlatYAMLIsUsed(t *testing.T) {
	for _, text := range flatTexts[:3] {
		if _, ok := flatYAML([]byte(text)); !ok {
			t.Errorf("%q is read the long way", text)
		}
	}
}
