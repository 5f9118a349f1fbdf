package render

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"icecap/content"
	"icecap/render/theme"
)

// A taxonomy is one way of sorting posts.
type taxonomy struct {
	plural, singular, title string
	of                      func(*post) []string
}

// taxonomies are those of a folder of ours. The first three of every dialect are
// these, if the folder has them: the theme has names for them.
var taxonomies = []taxonomy{
	{"tags", "tag", "Tags", func(p *post) []string { return p.tags }},
	{"categories", "category", "Categories", func(p *post) []string { return p.categories }},
	{"series", "series", "Series", func(p *post) []string {
		if p.series == "" {
			return nil
		}
		return []string{p.series}
	}},
}

const (
	tagTaxonomy = iota
	categoryTaxonomy
	seriesTaxonomy
)

// A term is one tag, category or series.
type term struct {
	slug, name string
	url        content.Path
	posts      []*post // the newest first; of a series, too
}

func (t *term) view() theme.Term {
	return theme.Term{URL: t.url.String(), Name: t.name, Count: len(t.posts)}
}

func (t *term) link() theme.Link { return theme.Link{URL: t.url.String(), Title: t.name} }

// collectTerms sorts the posts under their terms. Spellings that make one URL are
// one term, named by the first of them in the order of bytes.
func (b *Blog) collectTerms() {
	b.terms = make([]map[string]*term, len(b.dialect.taxonomies))
	for _, p := range b.newest {
		p.terms, p.at = make([][]*term, len(b.terms)), make([][]int, len(b.terms))
	}
	for _, p := range b.intros {
		p.terms = make([][]*term, len(b.terms))
	}
	for i, taxonomy := range b.dialect.taxonomies {
		b.terms[i] = map[string]*term{}
		for _, p := range b.newest {
			for _, name := range taxonomy.of(p) {
				b.addTerm(i, p, name)
			}
		}
		for _, t := range b.terms[i] {
			b.sections[taxonomy.plural] = true
			b.known[t.url.Decoded()] = true
		}
	}
}

func (b *Blog) addTerm(i int, p *post, name string) {
	taxonomy := b.dialect.taxonomies[i]
	slug := b.dialect.segment(name)
	if slug == "" {
		b.problems = append(b.problems, p.problem(p.fm.lineOf(taxonomy.plural), taxonomy.singular+" "+name+" has nothing that can stand in a URL", ""))
		return
	}
	t := b.terms[i][slug]
	if t == nil {
		u, err := content.ParsePath(b.settings.Prefix + taxonomy.plural + "/" + slug + "/")
		if err != nil {
			b.problems = append(b.problems, p.problem(p.fm.lineOf(taxonomy.plural), err.Error(), ""))
			return
		}
		t = &term{slug: slug, name: name, url: u}
		b.terms[i][slug] = t
	}
	t.name = min(t.name, name)
	if len(t.posts) == 0 || t.posts[len(t.posts)-1] != p {
		p.terms[i], p.at[i] = append(p.terms[i], t), append(p.at[i], len(t.posts))
		t.posts = append(t.posts, p)
	}
}

// sortedTerms are the terms of a taxonomy by name.
func (b *Blog) sortedTerms(i int) []*term {
	return slices.SortedFunc(maps.Values(b.terms[i]), func(x, y *term) int {
		return cmp.Or(strings.Compare(strings.ToLower(x.name), strings.ToLower(y.name)), strings.Compare(x.slug, y.slug))
	})
}

// topTags are the commonest tags, by name.
func (b *Blog) topTags(limit int) []theme.Term {
	tags := b.sortedTerms(tagTaxonomy)
	slices.SortStableFunc(tags, func(x, y *term) int { return len(y.posts) - len(x.posts) })
	tags = tags[:min(limit, len(tags))]
	slices.SortFunc(tags, func(x, y *term) int { return strings.Compare(strings.ToLower(x.name), strings.ToLower(y.name)) })
	return termViews(tags)
}

func termViews(terms []*term) (views []theme.Term) {
	for _, t := range terms {
		views = append(views, t.view())
	}
	return views
}
