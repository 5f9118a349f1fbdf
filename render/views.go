package render

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"html/template"
	"path"
	"slices"

	"icecap/render/theme"
)

// maxMenu is how many plain pages the menu takes.
const maxMenu = 8

// wordsPerMinute is how fast people read.
const wordsPerMinute = 220

// describeSite makes the view that all pages share, and its two fragments.
func (b *Blog) describeSite() error {
	s := b.settings
	b.site = &theme.Site{
		Title: s.Title, Description: s.Description, Author: s.Author, Language: s.Language, URL: s.URL, Home: s.Prefix,
		Icon: b.icon(),
	}
	if home := b.intros[""]; home != nil {
		b.site.Params = b.params(home.params)
		b.site.Title = cmp.Or(b.site.Title, home.title)
		b.site.Description = cmp.Or(b.site.Description, home.description)
	}
	if b.site.Params == nil {
		b.site.Params = b.params(nil)
	}
	b.site.Title = cmp.Or(b.site.Title, "Blog")
	b.site.Feeds = b.feeds("", b.site.Title, b.feedForms("home", "", true))
	for i, url := range []*string{&b.site.TagsURL, &b.site.CategoriesURL, &b.site.SeriesURL} {
		if len(b.terms[i]) > 0 {
			*url = s.Prefix + b.dialect.taxonomies[i].plural + "/"
		}
	}
	if len(b.posts) > 0 {
		b.site.ArchiveURL = s.Prefix + archiveName
		b.site.Menu = b.menu()
	}
	b.openSearch()
	b.site.Data = b.snapshot.data.plain()
	if err := b.theme.Fragments(b.site); err != nil {
		return themeProblem(err)
	}
	b.common = b.sumCommon()
	return nil
}

// sumCommon is the digest of what goes into every page.
func (b *Blog) sumCommon() []byte {
	all := sha256.New()
	all.Write(b.snapshot.base)
	all.Write(b.theme.Digest())
	all.Write(b.snapshot.data.sum[:])
	described := *b.site
	described.Data = nil // their digest is there
	fmt.Fprintf(all, "%q", described)
	return all.Sum(nil)
}

// menu is the plain pages of the top folder. Where there are more than a menu
// takes nobody has chosen them, so only those with a weight are in it.
func (b *Blog) menu() (links []theme.Link) {
	var pages []*post
	for _, p := range b.all {
		if p.section == "" && !p.dated && p.media == "" {
			pages = append(pages, p)
		}
	}
	if len(pages) > maxMenu {
		pages = slices.DeleteFunc(pages, func(p *post) bool { return p.weight == 0 })
	}
	slices.SortStableFunc(pages, byWeight)
	for _, p := range pages[:min(maxMenu, len(pages))] {
		links = append(links, p.link())
	}
	return links
}

// icon is the path of the site's own icon, where browsers look for one.
func (b *Blog) icon() string {
	for _, name := range []string{"favicon.svg", "favicon.png", "favicon.ico"} {
		for _, file := range []string{path.Join(staticDir, name), path.Join(b.root, name)} {
			if u, ok := b.fileURLs[file]; ok {
				return u.String()
			}
		}
	}
	return ""
}

// page is the frame of a page's view.
func (b *Blog) page(kind theme.Kind, title, url string) *theme.Page {
	return &theme.Page{Site: b.site, Kind: kind, Title: title, URL: url, Canonical: b.absolute(url), Language: b.settings.Language}
}

// postView is all of a post but its body.
func (b *Blog) postView(p *post) (*theme.Post, error) {
	facts, err := b.factsOf(p)
	if err != nil {
		return nil, err
	}
	link := p.link()
	view := &theme.Post{
		URL: link.URL, Title: link.Title, Date: link.Date, Dated: p.dated, Updated: p.updated, Expires: p.expires, Draft: p.draft, Future: p.publish.After(b.folder.Now),
		Description: p.description, Summary: template.HTML(facts.Summary), Excerpt: facts.Excerpt,
		Canonical: b.absolute(p.url.String()), TOC: facts.TOC, Words: facts.Words, Minutes: max(1, (facts.Words+wordsPerMinute/2)/wordsPerMinute),
		Authors: p.authors, Tags: termLinks(p.terms[tagTaxonomy]), Categories: termLinks(p.categoryTerms()),
		Backlinks: b.backlinksOf(p), Older: linkTo(p.older), Newer: linkTo(p.newer), Source: p.file, Params: p.params,
	}
	if len(view.Authors) == 0 && b.settings.Author != "" {
		view.Authors = []string{b.settings.Author}
	}
	view.ShowTOC = countHeadings(facts.TOC) >= 3
	if p.toc != nil {
		view.ShowTOC = *p.toc
	}
	if len(p.images) > 0 {
		view.Image = &theme.Image{URL: b.absolute(b.target(p, p.images[0]).dest)}
		if file := b.imageFile(p, p.images[0]); file != "" {
			p := b.photo(file)
			view.Image.Width, view.Image.Height = p.width, p.height
		}
	}
	return view, nil
}

func countHeadings(tree []theme.Heading) int {
	n := len(tree)
	for _, h := range tree {
		n += countHeadings(h.Sub)
	}
	return n
}

// categoryTerms are the terms of a post but its tags and its series: the theme has no
// names for taxonomies that only this site has.
func (p *post) categoryTerms() []*term {
	terms := slices.Clone(p.terms[categoryTaxonomy])
	for _, others := range p.terms[seriesTaxonomy+1:] {
		terms = append(terms, others...)
	}
	return terms
}

func termLinks(terms []*term) (links []theme.Link) {
	for _, t := range terms {
		links = append(links, t.link())
	}
	return links
}
