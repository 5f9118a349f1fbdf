package render

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

func (e *edition) writeJSONFeed(w *bytes.Buffer, f feed) error {
	out := jsonFeed{
		Version: "https://jsonfeed.org/version/1.1", Title: f.title, Home: e.absolute(e.settings.Prefix + f.base),
		URL: e.absolute(e.settings.Prefix + f.self), Description: f.description, Language: e.site.Language, Items: []jsonItem{},
	}
	if e.site.Author != "" {
		out.Authors = []jsonAuthor{{e.site.Author}}
	}
	for _, item := range f.items {
		entry := jsonItem{ID: item.url, URL: item.url, Title: item.title, HTML: item.html, Summary: item.summary, Tags: item.tags}
		if !item.date.IsZero() {
			entry.Published = item.date.Format(time.RFC3339)
		}
		if item.modified.After(item.date) {
			entry.Modified = item.modified.Format(time.RFC3339)
		}
		for _, author := range item.authors {
			entry.Authors = append(entry.Authors, jsonAuthor{author})
		}
		out.Items = append(out.Items, entry)
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(out); err != nil {
		return fmt.Errorf("write feed %s: %w", f.base+jsonName, err)
	}
	return nil
}
