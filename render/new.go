package render

import (
	"encoding/json"
	"fmt"
	"time"
)

// A Draft is a new file for a writer to go on with.
type Draft struct {
	Name string // of the file, without a folder
	Text string
}

// NewPost is an empty post of a day. It is a draft until its writer takes that
// line out. The error is that nothing of the title can stand in a file's name.
func NewPost(title string, day time.Time) (Draft, error) {
	slug := slugify(title)
	if slug == "" {
		return Draft{}, fmt.Errorf("name a file after the title %q: it has no letter and no digit", title)
	}
	name := day.Format(time.DateOnly) + "-" + slug + ".md"
	return Draft{name, fmt.Sprintf("---\ntitle: %s\ndate: %s\ntags: []\ndraft: true\n---\n\n", quoted(title), day.Format(time.RFC3339))}, nil
}

// NewPage is an empty page.
func NewPage(title string) (Draft, error) {
	slug := slugify(title)
	if slug == "" {
		return Draft{}, fmt.Errorf("name a file after the title %q: it has no letter and no digit", title)
	}
	return Draft{slug + ".md", fmt.Sprintf("---\ntitle: %s\ndraft: true\n---\n\n", quoted(title))}, nil
}

// quoted is a text as YAML and JSON both read it.
func quoted(text string) string {
	data, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string
	}
	return string(data)
}
