package theme

import (
	"encoding/json"
	"html/template"
	"strconv"
	"strings"
)

// Metadata is what a page's head says to search engines, feed readers and other
// sites: description, canonical address, languages, its own feeds, Open Graph
// (which X reads, too) and JSON-LD. It is made here and not by a template because
// there is much of it on every page.
func (p *Page) Metadata() (template.HTML, error) {
	var m metadata
	m.named("description", p.Description)
	m.named("robots", p.Robots)
	for _, f := range p.Feeds {
		m.tag("link", "rel", "alternate", "type", f.Type, "title", f.Title, "href", f.URL)
	}
	if p.Kind == KindMissing {
		return template.HTML(m.String()), nil // it has no address of its own
	}
	m.tag("link", "rel", "canonical", "href", p.Canonical)
	for _, a := range p.Alternates {
		m.tag("link", "rel", "alternate", "hreflang", a.Language, "href", a.URL)
	}
	m.openGraph(p)
	linked, err := p.LinkedData()
	if err != nil {
		return "", err
	}
	if linked != "" {
		m.WriteString(`<script type="application/ld+json">`)
		m.WriteString(string(linked))
		m.WriteString("</script>")
	}
	return template.HTML(m.String()), nil
}

// A metadata collects tags.
type metadata struct{ strings.Builder }

// tag writes an element with attributes, given as names and values.
func (m *metadata) tag(name string, attributes ...string) {
	m.WriteString("<" + name)
	for i := 0; i+1 < len(attributes); i += 2 {
		m.WriteString(" " + attributes[i] + `="`)
		m.WriteString(template.HTMLEscapeString(attributes[i+1]))
		m.WriteByte('"')
	}
	m.WriteString(">\n")
}

// named and property leave out what is empty.
func (m *metadata) named(name, content string) {
	if content != "" {
		m.tag("meta", "name", name, "content", content)
	}
}

func (m *metadata) property(name, content string) {
	if content != "" {
		m.tag("meta", "property", name, "content", content)
	}
}

// openGraph writes what ogp.me asks for, and the one tag that X has of its own.
func (m *metadata) openGraph(p *Page) {
	title := p.Title
	if title == "" {
		title = p.Site.Title
	}
	m.property("og:title", title)
	m.property("og:url", p.Canonical)
	m.property("og:site_name", p.Site.Title)
	m.property("og:description", p.Description)
	m.property("og:locale", p.locale())
	if p.Post != nil && p.Post.Dated {
		m.property("og:type", "article")
		m.property("article:published_time", isoDate(p.Post.Date))
		m.property("article:modified_time", isoDate(p.Post.Changed()))
		for _, tag := range p.Post.Tags {
			m.property("article:tag", tag.Title)
		}
	} else {
		m.property("og:type", "website")
	}
	card := "summary"
	if p.Image != nil {
		card = "summary_large_image"
		m.property("og:image", p.Image.URL)
		m.property("og:image:alt", p.Image.Alt)
		if p.Image.Width > 0 && p.Image.Height > 0 {
			m.property("og:image:width", strconv.Itoa(p.Image.Width))
			m.property("og:image:height", strconv.Itoa(p.Image.Height))
		}
	}
	m.named("twitter:card", card)
}

// locale is the language as Open Graph has it, "pt_BR"; "" without a region,
// because one is needed there.
func (p *Page) locale() string {
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
