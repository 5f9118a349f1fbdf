package render

import (
	"encoding/xml"
	"slices"
	"strings"
	"testing"
)

type rss struct {
	Language string `xml:"channel>language"`
	Items    []struct {
		Title string `xml:"title"`
		Link  string `xml:"link"`
		GUID  string `xml:"guid"`
	} `xml:"channel>item"`
}

func compareFeeds(t *testing.T, url string, got, want []byte) {
	t.Helper()
	var g, w rss
	if err := xml.Unmarshal(got, &g); err != nil {
		t.Errorf("%s: %v", url, err)
	}
	if err := xml.Unmarshal(want, &w); err != nil {
		t.Errorf("Hugo's %s: %v", url, err)
	}
	if g.Language != w.Language {
		t.Errorf("%s is in %q, Hugo's in %q", url, g.Language, w.Language)
	}
	titles := map[string]string{}
	for _, item := range g.Items {
		titles[item.Link] = item.Title
	}
	for i := range w.Items {
		item := &w.Items[i]
		item.Title = strings.TrimSpace(item.Title)
		if item.Title == "" {
			item.Title = titles[item.Link] // Hugo leaves it empty, we take the heading or the name
		}
	}
	if !slices.Equal(g.Items, w.Items) {
		t.Errorf("the items of %s are\n%v, Hugo's are\n%v", url, g.Items, w.Items)
	}
}
