package theme

import (
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"
)

// HeadTitle is what stands in <title>: unlike that of any other page of the site.
func (p *Page) HeadTitle() string {
	title := p.Title
	if n := p.number(); n > 1 {
		title = strings.TrimPrefix(fmt.Sprintf("%s, page %d", title, n), ", ")
	}
	switch title {
	case "":
		return p.Site.Title
	case p.Site.Title:
		return title
	}
	return title + " · " + p.Site.Title
}

// number is that of a page of a list, else 0.
func (p *Page) number() int {
	switch {
	case p.List != nil:
		return p.List.Pager.Number
	case p.Archive != nil:
		return p.Archive.Pager.Number
	}
	return 0
}

// IsHome tells the front page itself, not the further pages of its list.
func (p *Page) IsHome() bool { return p.Kind == KindList && p.URL == p.Home }

// RTL tells a language that is written from right to left.
func (p *Page) RTL() bool {
	language, _, _ := strings.Cut(strings.ToLower(p.Language), "-")
	return slices.Contains([]string{"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"}, language)
}

// Locale is the language as Open Graph has it, "pt_BR"; "" without a region,
// because one is needed there.
func (p *Page) Locale() string {
	language, region, _ := strings.Cut(p.Language, "-")
	if len(language) != 2 || len(region) != 2 {
		return ""
	}
	return strings.ToLower(language) + "_" + strings.ToUpper(region)
}

// The parts of schema.org that search engines read of a blog.
type (
	ldPage struct {
		Context     string     `json:"@context"`
		Type        string     `json:"@type"`
		Headline    string     `json:"headline,omitempty"`
		Name        string     `json:"name,omitempty"`
		Description string     `json:"description,omitempty"`
		URL         string     `json:"url"`
		Language    string     `json:"inLanguage"`
		Published   string     `json:"datePublished,omitempty"`
		Modified    string     `json:"dateModified,omitempty"`
		Authors     []ldPerson `json:"author,omitempty"`
		Image       string     `json:"image,omitempty"`
		Keywords    []string   `json:"keywords,omitempty"`
		Words       int        `json:"wordCount,omitempty"`
	}
	ldPerson struct {
		Type string `json:"@type"`
		Name string `json:"name"`
	}
)

// LinkedData describes a dated post or the front page to search engines, as
// JSON-LD; "" for every other page.
func (p *Page) LinkedData() (template.JS, error) {
	ld := ldPage{Context: "https://schema.org", Description: p.Description, URL: p.Canonical, Language: p.Language}
	switch post := p.Post; {
	case post != nil && post.Dated:
		ld.Type, ld.Headline, ld.Words = "BlogPosting", p.Title, post.Words
		ld.Published, ld.Modified = isoDate(post.Date), isoDate(post.Changed())
		for _, name := range post.Authors {
			ld.Authors = append(ld.Authors, ldPerson{"Person", name})
		}
		for _, tag := range post.Tags {
			ld.Keywords = append(ld.Keywords, tag.Title)
		}
	case p.IsHome():
		ld.Type, ld.Name = "WebSite", p.Site.Title
	default:
		return "", nil
	}
	if p.Image != nil {
		ld.Image = p.Image.URL
	}
	text, err := json.Marshal(ld) // writes <, > and & as \u003c and so on, so it cannot end the script
	return template.JS(text), err
}

// Changed is the date of the last change: Updated, else Date.
func (p *Post) Changed() time.Time {
	if p.Updated.IsZero() {
		return p.Date
	}
	return p.Updated
}
