package render

import (
	"cmp"
	"fmt"
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
	off                     bool // it has no pages
	always                  bool // its list is there even if no post has a term
}

// taxonomies are those of a folder of ours. The first three of every dialect are
// these, if the folder has them: the theme has names for them.
var taxonomies = []taxonomy{
	{plural: "tags", singular: "tag", title: "Tags", of: func(p *post) []string { return p.tags }},
	{plural: "categories", singular: "category", title: "Categories", of: func(p *post) []string { return p.categories }},
	{plural: "series", singular: "series", title: "Series", of: func(p *post) []string {
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
	lang       int
	dir        string // folder of the site in which it would have a text
	base       string // path below the prefix
	url        content.Path
	posts      []*post // the newest first; of a series, too
	lists      []*post // texts of lists that name it, by file
	orders     []int32 // their places among all posts
}

func (t *term) view() theme.Term {
	return theme.Term{URL: t.url.String(), Name: t.name, Count: len(t.posts) + len(t.lists)}
}

func (t *term) link() theme.Link { return theme.Link{URL: t.url.String(), Title: t.name} }

// collectTerms sorts the posts under their terms. Spellings that make one URL are
// one term, named by the first of them in the order of bytes.
func (b *Blog) collectTerms() {
	b.terms = make([]map[string]*term, len(b.dialect.taxonomies))
	for _, p := range b.all {
		p.terms, p.at = make([][]*term, len(b.terms)), make([][]int, len(b.terms))
	}
	for _, p := range b.intros {
		p.terms = make([][]*term, len(b.terms))
	}
	for i, taxonomy := range b.dialect.taxonomies {
		b.terms[i] = map[string]*term{}
		if taxonomy.off {
			continue
		}
		named := make([]map[string]*term, len(b.dialect.languages)) // there are few names, and many posts
		for lang := range named {
			named[lang] = map[string]*term{}
		}
		for _, p := range b.newest {
			for _, name := range taxonomy.of(p) {
				t := named[p.lang][name]
				if t == nil {
					t = b.termOf(i, p, name)
					named[p.lang][name] = t
				}
				p.addTerm(i, t)
			}
		}
		b.sortOthers(i)
		for dir, intro := range b.intros { // a term that only has a text
			if name, ok := strings.CutPrefix(dir, b.termDir(intro.lang, i, "")); ok && name != "" && taxonomy.always {
				b.termOf(i, intro, name)
			}
		}
		for _, t := range b.terms[i] {
			if intro := b.introAt[t.url.Decoded()]; intro != nil {
				t.name = intro.title
			}
			b.sections[taxonomy.plural] = true
			b.known[t.url.Decoded()] = true
		}
	}
}

// sortOthers sorts the texts of lists under their terms, as Hugo does, but that of a
// term not under itself. What is in no list makes its terms all the same.
func (b *Blog) sortOthers(i int) {
	taxonomy := b.dialect.taxonomies[i]
	if !taxonomy.always {
		return
	}
	for _, p := range b.unseen {
		for _, name := range taxonomy.of(p) {
			b.termOf(i, p, name)
		}
	}
	for _, p := range slices.Concat(b.all, slices.SortedFunc(maps.Values(b.intros), byFile)) {
		if !p.intro && p.listing != "never" {
			continue
		}
		for _, name := range taxonomy.of(p) {
			if t := b.termOf(i, p, name); t != nil && p.listing != "never" && t.url != p.url && !slices.Contains(t.lists, p) {
				t.lists = append(t.lists, p)
			}
		}
	}
}

// all are the posts and the lists of a term.
func (t *term) all() []*post { return slices.Concat(t.posts, t.lists) }

// termDir is the folder of a taxonomy's list in a language, or of a term's.
func (b *Blog) termDir(lang, i int, name string) string {
	dir := b.dialect.taxonomies[i].plural + "/" + name
	if language := b.dialect.languages[lang].dir; language != "" {
		return language + "/" + dir
	}
	return dir
}

// termOf finds or makes a term that a post names; nil if it cannot have a page.
func (b *Blog) termOf(i int, p *post, name string) *term {
	taxonomy := b.dialect.taxonomies[i]
	slug := b.dialect.segment(name)
	if slug == "" {
		problem := p.problem(p.fm.lineOf(taxonomy.plural), taxonomy.singular+" "+name+" has nothing that can stand in a URL", "")
		if b.dialect.tool == "" {
			b.problems = append(b.problems, problem)
		} else { // which makes a site all the same
			b.warnings = append(b.warnings, problem)
		}
		return nil
	}
	key := b.dialect.languages[p.lang].dir + "/" + slug
	t := b.terms[i][key]
	if t == nil {
		t = &term{slug: slug, name: b.dialect.termName(name), lang: p.lang, dir: b.termDir(p.lang, i, slug)}
		t.base = b.dialect.listPath(b, t.dir)
		var err error
		if t.url, err = content.ParsePath(b.settings.Prefix + t.base); err != nil && b.dialect.mend != nil {
			own := t.base
			t.base = b.dialect.mend(own)
			if t.url, err = content.ParsePath(b.settings.Prefix + t.base); err == nil {
				b.warnings = append(b.warnings, p.problem(p.fm.lineOf(taxonomy.plural), fmt.Sprintf("%s %q is at %s: /%s, as the tool has it, cannot be published", taxonomy.singular, name, t.url, own), ""))
			}
		}
		if err != nil {
			b.problems = append(b.problems, p.problem(p.fm.lineOf(taxonomy.plural), err.Error(), ""))
			return nil
		}
		b.terms[i][key] = t
	}
	t.name = min(t.name, b.dialect.termName(name))
	return t
}

// addTerm sorts a post under a term, once; nil is none.
func (p *post) addTerm(i int, t *term) {
	if t != nil && (len(t.posts) == 0 || t.posts[len(t.posts)-1] != p) {
		p.terms[i], p.at[i] = append(p.terms[i], t), append(p.at[i], len(t.posts))
		t.posts, t.orders = append(t.posts, p), append(t.orders, int32(p.order))
	}
}

// sortedTerms are the terms of a taxonomy in a language by name.
func (b *Blog) sortedTerms(i, lang int) []*term {
	if i >= len(b.terms) {
		return nil
	}
	terms := slices.SortedFunc(maps.Values(b.terms[i]), func(x, y *term) int {
		return cmp.Or(b.dialect.words(lang, x.name, y.name), strings.Compare(x.slug, y.slug))
	})
	return slices.DeleteFunc(terms, func(t *term) bool { return t.lang != lang })
}

// topTags are the commonest tags, by name.
func (e *edition) topTags(limit int) []theme.Term {
	tags := e.sortedTerms(tagTaxonomy, e.lang)
	slices.SortStableFunc(tags, func(x, y *term) int { return len(y.posts) - len(x.posts) })
	tags = tags[:min(limit, len(tags))]
	slices.SortFunc(tags, func(x, y *term) int { return e.dialect.words(e.lang, x.name, y.name) })
	return termViews(tags)
}

func termViews(terms []*term) (views []theme.Term) {
	for _, t := range terms {
		views = append(views, t.view())
	}
	return views
}
