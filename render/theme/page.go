package theme

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"
)

// HeadTitle is what stands in <title>: unlike that of any other page of the site.
func (p *Page) HeadTitle() string {
	number := ""
	if n := p.number(); n > 1 {
		number = fmt.Sprintf(" (%d)", n)
	}
	if p.Title == "" || p.Title == p.Site.Title {
		return p.Site.Title + number
	}
	return p.Title + number + " · " + p.Site.Title
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
	if p.Site.Direction != "" && p.Language == p.Site.Language {
		return p.Site.Direction == "rtl"
	}
	language, _, _ := strings.Cut(strings.ToLower(p.Language), "-")
	return slices.Contains([]string{"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"}, language)
}

// Switch are the languages of the site, each with the path of this page in it, or that
// of its front page where it has no such page.
func (p *Page) Switch() []Language {
	list := slices.Clone(p.Languages)
	for i, l := range list {
		at := slices.IndexFunc(p.Alternates, func(a Alternate) bool { return a.Language == l.Code })
		if at >= 0 {
			list[i].URL = p.Alternates[at].Path
		} else if l.Current && p.Kind != KindMissing {
			list[i].URL = p.URL
		}
	}
	return list
}

// Flat are entries that lead somewhere, each before those below it.
func Flat(menu []MenuEntry) (links []Link) {
	for _, e := range menu {
		if e.URL != "" {
			links = append(links, e.Link)
		}
		links = append(links, Flat(e.Sub)...)
	}
	return links
}

// InMenu reports whether an entry of the menu "main" leads to a path.
func (s *Site) InMenu(url string) bool {
	return slices.ContainsFunc(s.Menu, func(l Link) bool { return l.URL == url })
}

// Contents is the table of contents as nested lists of links; "" if there are no
// headings.
func (p *Post) Contents() template.HTML {
	var b strings.Builder
	writeContents(&b, p.TOC)
	return template.HTML(b.String())
}

func writeContents(b *strings.Builder, headings []Heading) {
	if len(headings) == 0 {
		return
	}
	b.WriteString("<ul>")
	for _, h := range headings {
		b.WriteString(`<li><a href="#`)
		b.WriteString(template.HTMLEscapeString(h.ID))
		b.WriteString(`">`)
		b.WriteString(string(h.Title))
		b.WriteString("</a>")
		writeContents(b, h.Sub)
		b.WriteString("</li>\n")
	}
	b.WriteString("</ul>")
}

// Cards are the cards of all posts of a list, one after the other.
func (l *List) Cards() template.HTML {
	var b strings.Builder
	for _, p := range l.Posts {
		b.WriteString(string(p.Card))
	}
	return template.HTML(b.String())
}

// Changed is the date of the last change: Updated, else Date.
func (p *Post) Changed() time.Time {
	if p.Updated.IsZero() {
		return p.Date
	}
	return p.Updated
}
