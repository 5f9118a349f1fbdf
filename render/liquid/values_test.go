package liquid

import (
	"slices"
	"testing"
	"time"
)

// Nothing comes last, and what has no order is equal.
func TestCompare(t *testing.T) {
	for _, c := range []struct {
		x, y any
		want int
	}{
		{nil, nil, 0}, {nil, int64(1), 1}, {int64(1), nil, -1}, {int64(1), int64(2), -1}, {2.5, int64(2), 1}, {"a", "b", -1}, {"a", int64(1), 0}, {true, false, 0},
	} {
		if got := Compare(c.x, c.y); got != c.want {
			t.Errorf("%v and %v: %d, want %d", c.x, c.y, got, c.want)
		}
	}
}

// A year of two digits is of 1969 to 2068, as in Ruby.
func TestShortYears(t *testing.T) {
	for text, want := range map[string]int{"69-01-02": 1969, "68-01-02": 2068, "00-01-02": 2000, "99-12-31": 1999, "1968-01-02": 1968} {
		if date, ok := ParseDate(text, time.UTC); !ok || date.Year() != want {
			t.Errorf("%s is %v (%v), want the year %d", text, date, ok, want)
		}
	}
}

// A neighbour is a text that is its own next one.
type neighbour struct{}

func (n neighbour) Get(key string) any {
	if key == "next" {
		return n
	}
	return key
}
func (neighbour) Keys() []string { return []string{"title", "content", "next"} }

// A text within another is written without its own text and neighbours.
func TestNestedTexts(t *testing.T) {
	tree, err := Parse("p.md", "{{ post | jsonify }}", 1, Manners{})
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := tree.Render(host(), map[string]any{"post": neighbour{}})
	if want := `{"title":"title","content":"content","next":{"title":"title"}}`; err != nil || got != want {
		t.Errorf("it is %s (%v), want %s", got, err, want)
	}
}

func TestSample(t *testing.T) {
	for template, want := range map[string][]string{
		"{{ 'a,b' | split: ',' | sample }}":           {"a", "b"},
		"{{ 'a' | split: ',' | sample: 1 }}":          {"a"},
		"{{ '' | split: ',' | sample | size }}":       {"0"},
		"{{ 'a,b' | split: ',' | sample: 5 | size }}": {"2"},
		"{{ 'text' | sample }}":                       {"text"},
	} {
		if got, err := render(template, host()); err != nil || !slices.Contains(want, got) {
			t.Errorf("%s is %q (%v), want one of %q", template, got, err, want)
		}
	}
}
