package theme

import "testing"

// TestMeasure: a theme says in its style sheets how wide pictures are shown.
func TestMeasure(t *testing.T) {
	for _, c := range []struct{ want, name, style string }{
		{"41rem", "assets/none.css", ""},
		{"50rem", "assets/custom.css", ":root { --accent: #a03; --measure: 50rem }"},
		{"820px", "assets/style.css", ":root{--measure:820px}"},
		{"41rem", "assets/custom.css", ":root { --measure: calc(100vw - 2rem) }"},
		{"41rem", "assets/custom.css", ":root { --measure: 9rem\" onload=\"x }"},
	} {
		if got := mustLoad(t, c.name, c.style).Measure(); got != c.want {
			t.Errorf("with %s of %q it is %s, not %s", c.name, c.style, got, c.want)
		}
	}
	if mustLoad(t).ReadsAs(mustLoad(t, "assets/custom.css", ":root { --measure: 50rem }")) {
		t.Error("texts read as with another measure")
	}
}
