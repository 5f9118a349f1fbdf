package feed

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"flag"
	"os"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

// hostile is a feed of what a writer should not write, and of what is not known.
func hostile() *Feed {
	day := time.Date(2024, 5, 1, 12, 0, 0, 0, time.FixedZone("", 7200))
	return &Feed{
		Title: `Ice & "Snow" <b>`, Description: "]]> \x00 \u2028", Language: "en", Site: "Ice", Home: "https://example.org/", Self: "https://example.org/feed?a&b",
		Items: []Item{
			{Title: "One </title>", URL: "https://example.org/1/", HTML: "<p>]]>&amp;\x01</p>", Summary: "<one>", Authors: []string{"A & B"}, Tags: []string{`"c"`}, Published: day, Modified: day.Add(time.Hour)},
			{Title: "Without a date", URL: "https://example.org/2/", ID: "tag:2"},
		},
	}
}

// TestForms holds each form to a file that a person read, and to a reader of its format.
func TestForms(t *testing.T) {
	for name, write := range map[string]func(*bytes.Buffer, *Feed) error{"feed.rss": RSS, "feed.atom": Atom, "feed.json": JSON} {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			if err := write(&got, hostile()); err != nil {
				t.Fatal(err)
			}
			if name == "feed.json" {
				if !json.Valid(got.Bytes()) {
					t.Error("it is no JSON")
				}
			} else if err := xml.Unmarshal(got.Bytes(), new(struct{})); err != nil {
				t.Errorf("it is no XML: %v", err)
			}
			golden := "testdata/" + name
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), want) {
				t.Errorf("%s is not what is written; see the difference with: go test ./render/feed -update && git diff", golden)
			}
		})
	}
}

// TestNothing: a feed of nothing has no date but the one that Atom needs.
func TestNothing(t *testing.T) {
	var rss, atom bytes.Buffer
	if err := RSS(&rss, &Feed{}); err != nil {
		t.Fatal(err)
	}
	if err := Atom(&atom, &Feed{}); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(rss.Bytes(), []byte("Date>")) || !bytes.Contains(atom.Bytes(), []byte("<updated>2000-01-01T00:00:00Z</updated>")) {
		t.Errorf("they are\n%s\n%s", &rss, &atom)
	}
}
