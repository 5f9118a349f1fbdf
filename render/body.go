package render

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"html/template"
	"strings"
	"sync"

	"icecap/render/theme"
)

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// factsOf are the facts of a post, from the cache or by converting its text. What is
// cached counts only as long as the links in it lead where they led then, too: the
// summary has them.
func (b *Blog) factsOf(p *post) (*facts, error) {
	p.factsOnce.Do(func() {
		if cached := b.folder.Cache.use(b.snapshot.base).get(p.file, p.sum); cached != nil && cached.digest == b.digest(p, cached) {
			p.facts.Store(cached)
			return
		}
		_, p.factsErr = b.convert(p)
	})
	return p.facts.Load(), p.factsErr
}

// convert makes the body of a post, and its facts where they are not known yet.
func (b *Blog) convert(p *post) ([]byte, error) {
	c, err := b.newConversion(p)
	if err != nil {
		return nil, err
	}
	body, err := c.convert(b.of(p).markdown)
	if err != nil {
		return nil, err
	}
	if len(c.errs) > 0 {
		return nil, c.errs
	}
	if p.summary != "" {
		c.facts.Summary = "<p>" + template.HTMLEscapeString(p.summary) + "</p>"
		c.facts.Excerpt = p.summary
		if p.excerpt {
			summary, err := c.inner(p.summary, p.fm.lineOf("summary"))
			if err != nil {
				return nil, err
			}
			c.facts.Summary = strings.TrimSpace(string(summary))
		}
	}
	if finish := b.dialect.finish; finish != nil {
		body = finish(p, body)
		c.facts.Summary = string(finish(p, []byte(c.facts.Summary)))
	}
	c.facts.Wide = b.dialect.wide != nil && b.dialect.wide(p, c.text[p.fm.body:])
	c.facts.digest = b.digest(p, c.facts)
	if p.facts.Load() == nil {
		c.facts.Terms = b.termsOf(p, body)
	}
	if p.facts.CompareAndSwap(nil, c.facts) {
		b.learned.Add(1)
	}
	return body, nil
}

// newConversion reads the text of a post and replaces what is no Markdown.
func (b *Blog) newConversion(p *post) (*conversion, error) {
	text, err := b.text(p)
	if err != nil {
		return nil, err
	}
	c := &conversion{blog: b, post: p, raw: b.settings.RawHTML, facts: &facts{}, text: text, ids: map[string]int{}, elementIDs: map[string]int{}, lines: lineMap{first: p.bodyLine}}
	if p.html != nil {
		c.raw = *p.html
	} else if !isMarkdown(p.file) && !isOrg(p.file) {
		c.raw = true // its writer wrote HTML
	}
	own := text[p.fm.body:]
	if b.dialect.prepare != nil {
		own = b.dialect.prepare(c, own)
	}
	c.source = c.replaceShortcodes(own)
	if b.dialect.summaryEnd != nil {
		c.cutLine, c.hasCut = b.dialect.summaryEnd(p, text[p.fm.body:])
	}
	return c, nil
}

// body is the HTML of a post; it converts the text at most once for facts and body.
func (b *Blog) body(p *post) ([]byte, error) {
	var body []byte
	var err error
	p.factsOnce.Do(func() {
		body, p.factsErr = b.convert(p)
	})
	if body == nil && p.factsErr == nil {
		body, err = b.convert(p)
	}
	if p.factsErr != nil {
		return nil, p.factsErr
	}
	return body, err
}

// postVersion is a digest of all that goes into the page of a post.
func (b *Blog) postVersion(p *post) (string, error) {
	v := b.of(p).newVersion("post")
	if err := b.hashPost(v, p); err != nil {
		return "", err
	}
	v.link(p.older)
	v.link(p.newer)
	v.links(b.linkedFrom(p))
	if alternates := b.alternates(p.translation); len(alternates) > 0 {
		fmt.Fprintf(v, "%q\n", alternates)
	}
	if s := seriesOf(p); s != nil {
		fmt.Fprintf(v, "%d %d\n", s.Part, s.Of)
		for _, part := range s.Parts {
			v.text(part.URL)
			v.text(part.Title)
		}
	}
	for _, other := range b.related(p) {
		v.Write(b.linkSums[other.order][:])
	}
	return v.version(), nil
}

// hashPost adds a post itself, with what digest says of it.
func (b *Blog) hashPost(v versioner, p *post) error {
	facts, err := b.factsOf(p)
	if err != nil {
		return err
	}
	v.Write(facts.digest[:])
	return nil
}

// digest stands for all that a post's text and its facts are made of: what goes into
// every text, or where it asks for it into every page, its file, its URL, its terms,
// where its links lead and the files of its pictures.
func (b *Blog) digest(p *post, facts *facts) [sha256.Size]byte {
	v := emptyVersion()
	v.Write(b.snapshot.base)
	if facts.Shared {
		v.Write(b.of(p).common)
	}
	v.Write(p.sum[:])
	if facts.Wide {
		fmt.Fprintf(v, "%s %d\n", b.snapshot.sumAll(), len(b.all))
	}
	for _, ref := range facts.Refs {
		v.text(b.findRef(p, ref.Line, ref.Dest))
	}
	b.hashText(v, p, facts.Links, facts.Images)
	b.hashEmbeds(v, facts)
	if len(p.images) > 0 {
		file := b.imageFile(p, p.images[0])
		fmt.Fprintf(v, "%q %q %q\n", b.target(p, p.images[0]).dest, file, b.snapshot.stamps[file])
	}
	return v.sum()
}

// hashText adds what a text is made of besides its file: its URL, its terms, where links
// in it lead and the files of its pictures.
func (b *Blog) hashText(v versioner, p *post, links, images []link) {
	v.text(p.url.Decoded())
	if len(p.defaults) > 0 {
		fmt.Fprintf(v, "%q\n", p.defaults)
	}
	for i := range p.terms {
		v.number(uint64(len(p.terms[i])))
		for _, t := range p.terms[i] {
			v.text(t.url.Decoded())
			v.text(t.name)
		}
	}
	for _, l := range links {
		if l.Dest[0] != '#' {
			t := b.target(p, l.Dest)
			v.text(t.dest)
			// A picture that comes later has a size, under the same address.
			v.flag(t.problem != "" || t.outside)
		}
	}
	for _, image := range images {
		v.text(image.Dest)
		v.text(b.snapshot.stamps[image.Dest])
		v.text(b.photo(image.Dest).damage) // which a preview finds out later
	}
}

// writePost writes the page of a post.
func (b *Blog) writePost(w *bytes.Buffer, p *post) error {
	body, err := b.body(p)
	if err != nil {
		return err
	}
	if p.media != "" { // it has no theme around it
		w.Write(body)
		return nil
	}
	if p.fed {
		p.kept.Store(&body)
	}
	view, err := b.postView(p)
	if err != nil {
		return err
	}
	view.Series = seriesOf(p)
	if view.Related, err = b.relatedLinks(p); err != nil {
		return err
	}
	view.Body, view.HasCode = template.HTML(body), bytes.Count(body, []byte("<pre")) > bytes.Count(body, []byte(`<pre class="mermaid"`))
	e := b.of(p)
	page := e.page(theme.KindPost, p.title, p.url.String())
	page.Description = view.Description
	if page.Description == "" {
		page.Description = view.Excerpt
	}
	if p.language != "" {
		page.Language = p.language
	}
	if p.noIndex {
		page.Robots = "noindex"
	}
	page.Image, page.Alternates = view.Image, b.alternates(p.translation)
	page.Post = view
	if e.search != nil && e.search.page == p {
		page.Kind, page.Search = theme.KindSearch, &theme.Search{Index: e.site.SearchURL}
	}
	needs(page, p.facts.Load().Uses)
	return e.execute(w, page)
}

// listed is a post as lists show it, made once. Its neighbours, series and related
// posts are left out, because a list does not change with them.
func (b *Blog) listed(p *post) (*theme.Post, error) {
	p.listedOnce.Do(func() {
		view, err := b.postView(p)
		if err != nil {
			p.listedErr = err
			return
		}
		view.Older, view.Newer, view.TOC, view.Backlinks = nil, nil, nil, nil
		if view.Card, err = b.of(p).voice.Card(view); err != nil {
			p.listedErr = themeProblem(err)
		}
		p.listed = view
	})
	return p.listed, p.listedErr
}
