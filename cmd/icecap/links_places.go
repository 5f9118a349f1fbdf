package main

import (
	"slices"
	"strings"

	"icecap/content"
	"icecap/freeze"
	"icecap/freeze/outside"
	"icecap/render"
)

// maxPlaces is how many lines of the folder are named for one finding.
const maxPlaces = 20

// A placer finds the lines of a folder of Markdown at which links stand.
type placer struct {
	blog      *render.Blog
	site      content.Site // of the folder
	addresses freeze.Addresses
	read      map[string]*render.References // nil for what cannot be read
}

func newPlacer(blog *render.Blog, addresses freeze.Addresses) *placer {
	return &placer{blog: blog, site: blog.Site(), addresses: addresses, read: map[string]*render.References{}}
}

// namesTexts reports whether a finding is of a page that was made of a file.
func (r *linkReport) namesTexts() bool {
	for _, list := range [][]linkFinding{r.Broken, r.Fragments, r.Redirects, r.Doubtful} {
		if slices.ContainsFunc(list, func(f linkFinding) bool { return f.texts.Pages > 0 }) {
			return true
		}
	}
	return false
}

// place adds the lines to all findings of a report.
func (p *placer) place(r *linkReport) {
	for _, list := range [][]linkFinding{r.Broken, r.Fragments, r.Redirects, r.Doubtful} {
		for i := range list {
			list[i].Places = p.places(&list[i])
		}
	}
}

func (p *placer) places(f *linkFinding) []render.Place {
	pages := f.texts.From
	if pages == nil {
		pages = f.From
	}
	var places []render.Place
	for _, page := range pages {
		found := find(&p.site, targetOfURL(page))
		if found.entry == nil || found.entry.Origin == "" {
			continue
		}
		if text := p.references(found.entry.Origin); text != nil {
			places = append(places, text.Find(func(dest string) bool { return p.leads(page, dest, f.URL) })...)
		}
		if len(places) >= maxPlaces {
			return places[:maxPlaces]
		}
	}
	return places
}

// leads reports whether a link in a page leads to a URL of a finding.
func (p *placer) leads(page, dest, url string) bool {
	dest, fragment, _ := strings.Cut(dest, "#")
	url, wanted, exact := strings.Cut(url, "#")
	if exact && fragment != wanted || dest == "" && fragment == "" {
		return false
	}
	to, odd := p.addresses.Resolve(page, "", dest)
	switch {
	case odd != "":
		return content.SkipURL(odd) == url
	case to == nil:
		return false
	case p.addresses.Ours(to):
		return targetOf(to.EscapedPath(), to.RawQuery).url == url
	}
	return outside.Normal(to) == url
}

func (p *placer) references(file string) *render.References {
	text, known := p.read[file]
	if !known {
		text, _ = p.blog.References(file) // what cannot be read has no lines
		p.read[file] = text
	}
	return text
}
