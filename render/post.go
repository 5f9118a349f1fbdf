package render

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"icecap/content"
	"icecap/render/theme"
)

// A post is a Markdown file on its way to a page.
type post struct {
	source
	place
	meta
	fm       frontMatter
	bodyLine int // line of the first line of the text

	url     content.Path
	section string // first folder, "" at the top
	dated   bool
	intro   bool // speaks for its folder's list, and has no page of its own

	defaults map[string]any // values of front matter that others give it

	newest       time.Time // of a list, the date of the newest text in it
	older, newer *post
	relatedOnce  sync.Once
	related      []*post   // see [Blog.related]
	terms        [][]*term // for each taxonomy
	at           [][]int   // the place of the post among those of each term
	order        int       // its place among all posts, the newest first

	factsOnce  sync.Once
	facts      atomic.Pointer[facts]
	factsErr   error
	linksOnce  sync.Once
	links      []*post
	listedOnce sync.Once
	listed     *theme.Post
	listedErr  error
	itemOnce   sync.Once
	item       theme.Link
	itemErr    error

	fed  bool                   // its whole text is in a feed
	kept atomic.Pointer[[]byte] // the text of such a post, from its own page to the feeds
}

// A front is what one file says by itself, whatever else is in the folder. It is
// read once for all snapshots that hold the same text.
type front struct {
	once     sync.Once
	meta     meta
	fm       frontMatter
	bodyLine int
	hashtags []string // those that a vault would have in the text
	title    string   // the one that it would have there, if that is another
	problems Problems
	broken   bool // there is no front matter to go by
	url      atomic.Pointer[placed]
}

// A placed is the URL of a text in a dialect.
type placed struct {
	dialect *dialect
	path    content.Path
}

// readFront reads front matter and name.
func (s *Snapshot) readFront(src source) *front {
	src.front.once.Do(func() { src.front.read(&post{source: src, place: s.dialect.place(src.file)}, s) })
	return src.front
}

// read does it with the help of a post that has nothing but its text.
func (f *front) read(p *post, s *Snapshot) {
	split := func(data []byte) (frontMatter, *lineError) { return splitFrontMatter(data, s.dialect.tool == "Hugo") }
	if isOrg(p.file) {
		split = splitOrg
	}
	fm, problem := split(p.data)
	if problem != nil {
		f.problems, f.broken = Problems{p.problem(problem.line, problem.err.Error(), "")}, true
		return
	}
	fm.loose = s.dialect.tool == "Jekyll"
	f.fm = fm
	f.bodyLine = 1 + bytes.Count(p.data[:fm.body], []byte("\n"))
	var wrong []lineError
	f.meta, wrong = s.readMeta(p, fm, nil)
	f.problems = p.problems(wrong)
	if s.dialect.tool == "" {
		f.hashtags = findHashtags(p.data[fm.body:])
		if text, _ := f.meta.params["title"].(string); text == "" {
			f.title = cmp.Or(firstHeading(p.data[fm.body:], 1, s.titles.vault), titleFromName(p.name))
		}
	}
}

// readMeta reads front matter and name. Defaults are values for what the text does
// not say itself.
func (s *Snapshot) readMeta(p *post, fm frontMatter, defaults map[string]any) (meta, []lineError) {
	m, r := readMeta(fm, s.zone, defaults, s.dialect.strange...)
	if r.values == nil && s.dialect.forgiving {
		unread := r.errs[0]
		fm.raw = nil
		m, r = readMeta(fm, s.zone, defaults, s.dialect.strange...)
		m.unread = &unread
	}
	if s.dialect.correct != nil {
		s.dialect.correct(r, &m, p)
	}
	if s.dialect.tool == "" && m.params["publish"] == false { // Obsidian Publish's
		m.draft = true
	}
	rest := p.name
	if s.dialect.fileDates {
		date, cut, err := cutFileDate(p.name, s.zone)
		if err != nil {
			r.errs = append(r.errs, lineError{0, err})
		}
		rest = cut
		if m.date.IsZero() {
			m.date = date
		}
	}
	if m.publish.IsZero() {
		m.publish = m.date
	}
	if m.title == "" && p.data != nil {
		m.title = firstHeading(p.data[fm.body:], 6, s.titles.plain)
	} else if m.title == "" {
		m.title = p.front.meta.title // found there when the text was at hand
	}
	if m.title == "" {
		m.title = titleFromName(cmp.Or(rest, p.name))
	}
	return m, r.errs
}

// rememberedURL is urlOf, worked out once for all blogs of which a text is part.
func (b *Blog) rememberedURL(p *post) (content.Path, error) {
	if len(p.defaults) > 0 {
		return b.urlOf(p)
	}
	if known := p.front.url.Load(); known != nil && known.dialect == b.dialect {
		return known.path, nil
	}
	u, err := b.urlOf(p)
	if err == nil {
		p.front.url.Store(&placed{b.dialect, u})
	}
	return u, err
}

// parsePost is a post with the place that its folder gives it.
func (b *Blog) parsePost(src source) (*post, Problems) {
	front := b.snapshot.readFront(src)
	if front.broken {
		return nil, front.problems
	}
	p := &post{source: src, place: b.dialect.place(src.file), meta: front.meta, fm: front.fm, bodyLine: front.bodyLine}
	problems := front.problems
	if b.snapshot.wikilinks && len(front.hashtags)+len(p.tags) > 0 {
		p.tags = withHashtags(p.tags, front.hashtags)
	}
	if b.snapshot.wikilinks {
		p.title = cmp.Or(front.title, p.title)
		if strings.Contains(p.meta.url, "://") { // where a clipping comes from
			p.meta.url = ""
		}
	}
	if b.dialect.defaults != nil {
		if p.defaults = b.dialect.defaults(b, p.file); len(p.defaults) > 0 {
			var wrong []lineError
			p.meta, wrong = b.snapshot.readMeta(p, p.fm, p.defaults)
			problems = p.problems(wrong)
		}
	}
	p.section = b.dialect.section(b, p)
	p.dated = !p.date.IsZero() && p.kind != "page"
	return p, problems
}

// ownSection is the first folder; a bundle at the top is a page of the top.
func (b *Blog) ownSection(p *post) string {
	section, _, deeper := strings.Cut(p.dir, "/")
	if p.index && !deeper && b.counts[path.Dir(p.file)] == 1 {
		return ""
	}
	return section
}

func titleFromName(name string) string {
	words := strings.Join(strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' || r == ' ' }), " ")
	if words == "" {
		return name
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

func (p *post) problem(line int, what, hint string) Problem {
	problem := Problem{File: p.file, Line: line, What: what, Hint: hint}
	if line > 0 {
		problem.Excerpt = excerpt(p.data, line)
	}
	return problem
}

func (p *post) problems(wrong []lineError) (found Problems) {
	for _, e := range wrong {
		found = append(found, p.problem(e.line, e.err.Error(), ""))
	}
	return found
}

// drop forgets the text, unless the page of another may hold it: by a link of a vault, or
// by Liquid, which may be reading it at this moment.
func (b *Blog) drop(p *post) {
	if !b.snapshot.wikilinks && b.dialect.tool != "Jekyll" {
		p.data, p.fm.raw, p.front = nil, nil, nil
	}
}

// text is the file as it was when it was read. Run drops texts that have become
// pages, for a large blog's are the most of what it holds in memory; so this
// reads it again, and refuses another text.
func (b *Blog) text(p *post) ([]byte, error) {
	if p.data != nil {
		return p.data, nil
	}
	if made := b.snapshot.scan.made[p.file]; made != nil {
		return made, nil
	}
	data, err := readLimited(b.fsys, p.file, maxMarkdown)
	if err != nil {
		return nil, fmt.Errorf("read %s again: %w", p.file, err)
	}
	if sha256.Sum256(data) != p.sum {
		return nil, Problems{{File: p.file, What: "it changed during the build", Hint: "run it again"}}
	}
	return data, nil
}

func (p *post) link() theme.Link {
	l := theme.Link{URL: p.url.String(), Title: p.title}
	if p.dated {
		l.Date = p.date
	}
	return l
}

// when is the date of a text; of the text of a list without one that of the newest in it,
// as Hugo has it.
func (p *post) when() time.Time {
	if p.date.IsZero() {
		return p.newest
	}
	return p.date
}

// changed is when the page last changed, as far as the file says.
func (p *post) changed() time.Time {
	if p.updated.After(p.date) {
		return p.updated
	}
	return p.date
}

// hiddenBecause says why a post is not published at a time, or "".
func (p *post) hiddenBecause(now time.Time, s Settings) string {
	switch {
	case p.draft && !s.Drafts:
		return "it is a draft"
	case p.publish.After(now) && !s.Future:
		return fmt.Sprintf("its time is %s", p.publish.Format(time.RFC3339))
	case !p.expires.IsZero() && !p.expires.After(now) && !s.Expired:
		return fmt.Sprintf("it expired at %s", p.expires.Format(time.RFC3339))
	}
	return ""
}
