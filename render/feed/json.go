package feed

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// A jsonFeed is JSON Feed 1.1 (jsonfeed.org).
type jsonFeed struct {
	Version     string       `json:"version"`
	Title       string       `json:"title"`
	Home        string       `json:"home_page_url"`
	URL         string       `json:"feed_url"`
	Description string       `json:"description,omitempty"`
	Language    string       `json:"language,omitempty"`
	Authors     []jsonAuthor `json:"authors,omitempty"`
	Items       []jsonItem   `json:"items"`
}

type jsonAuthor struct {
	Name string `json:"name"`
}

type jsonItem struct {
	ID        string       `json:"id"`
	URL       string       `json:"url"`
	Title     string       `json:"title"`
	HTML      string       `json:"content_html"`
	Summary   string       `json:"summary,omitempty"`
	Published string       `json:"date_published,omitempty"`
	Modified  string       `json:"date_modified,omitempty"`
	Authors   []jsonAuthor `json:"authors,omitempty"`
	Tags      []string     `json:"tags,omitempty"`
}

// JSON writes JSON Feed.
func JSON(w *bytes.Buffer, f *Feed) error {
	out := jsonFeed{
		Version: "https://jsonfeed.org/version/1.1", Title: f.Title, Home: f.Home,
		URL: f.Self, Description: f.Description, Language: f.Language, Items: []jsonItem{},
	}
	if f.Author != "" {
		out.Authors = []jsonAuthor{{f.Author}}
	}
	for _, item := range f.Items {
		entry := jsonItem{ID: item.URL, URL: item.URL, Title: item.Title, HTML: item.HTML, Summary: item.Summary, Tags: item.Tags}
		if !item.Published.IsZero() {
			entry.Published = item.Published.Format(time.RFC3339)
		}
		if item.Modified.After(item.Published) {
			entry.Modified = item.Modified.Format(time.RFC3339)
		}
		for _, author := range item.Authors {
			entry.Authors = append(entry.Authors, jsonAuthor{author})
		}
		out.Items = append(out.Items, entry)
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(out); err != nil {
		return fmt.Errorf("write feed %s: %w", f.Self, err)
	}
	return nil
}
