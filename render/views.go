package render

import (
	"html/template"
	"path"
	"slices"

	"icecap/render/theme"
)

// wordsPerMinute is how fast people read.
const wordsPerMinute = 220

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
	if author := b.of(p).site.Author; len(view.Authors) == 0 && author != "" {
		view.Authors = []string{author}
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
