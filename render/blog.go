package render

import (
	"cmp"
	"context"
	"crypto/sha256"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"icecap/content"
	"icecap/render/theme"
)

// A Blog is a site whose front matter has been read: every page is known by its
// URL and can be made by itself. It is a [content.Source].
type Blog struct {
	folder   *Folder
	settings Settings
	snapshot *Snapshot
	dialect  *dialect
	theme    *theme.Theme
	fsys     fs.FS
	root     string
	zone     *time.Location
	before   content.Site

	editions   []*edition          // for each language of the dialect
	counts     map[string]int      // Markdown files in each folder
	all        []*post             // what is published, by file
	newest     []*post             // all of them as lists have them
	kin        []kin               // of each of those
	linkSums   [][sha256.Size]byte // likewise, see [hashLinks]
	posts      []*post             // the dated ones, the newest first
	intros     map[string]*post    // by folder
	introAt    map[string]*post    // by decoded path
	bundles    map[string][]*post  // by folder of the file system
	hugo       hugoSurvey
	refs       refs
	sections   map[string]bool
	terms      []map[string]*term           // for each taxonomy of the dialect
	translated map[string][]theme.Alternate // by what a page is called in any language
	hidden     map[string]string            // texts that are not published, and why
	leftOut    map[string]string            // likewise other files, by base name in small letters
	moved      []*post                      // those whose page is only a redirect
	unseen     []*post                      // those without a page, whose terms are there all the same
	silent     []*post                      // those without a page, which are data for others
	next       Change

	byFile   map[string]*post
	byURL    map[string]*post // by decoded path
	fileURLs map[string]content.Path
	known    map[string]bool // decoded paths of everything else

	outputs   []*output
	assets    struct{ start, end int } // of the theme's files among the outputs
	byKey     map[string]*output       // by decoded path
	redirects []content.Redirect
	lists     []content.Redirect // from other paths of lists and files
	photos    sync.Map           // [*shot] by file

	layoutSites layoutSites
	making      context.Context // of the run that makes the forms of pictures as they are met; nil in a preview
	shown       shownTexts
	tried       atomic.Int64
	wiki        wikiIndex
	backlinks   backlinks
	rewrites    int // how often texts were put in the place of others
	made        atomic.Int64
	learned     atomic.Int64

	mu       sync.Mutex
	problems Problems
	warnings Problems

	textWarnings Problems // of the last check of all texts
}

// Blog reads the front matter of a snapshot and lays out the site. Before is what
// was published last, with the entries and redirects of this source alone; it may
// be empty. The error is [Problems] where the content is at fault.
func (s *Snapshot) Blog(ctx context.Context, before content.Site) (*Blog, error) {
	b := s.open()
	b.before = before
	if err := b.readPosts(ctx); err != nil {
		return nil, err
	}
	b.sortPosts()
	b.collectTerms()
	b.collectTranslations()
	b.sortEditions()
	b.dateLists()
	b.placeFiles()
	if err := b.describeSite(); err != nil {
		return nil, err
	}
	b.layOut()
	b.layRedirects()
	return b, b.failed()
}

// open is a blog without any page yet.
func (s *Snapshot) open() *Blog {
	n := len(s.sources)
	b := &Blog{
		folder: s.folder, settings: s.settings, snapshot: s, dialect: s.dialect, theme: s.theme, fsys: s.folder.FS,
		root:   s.dialect.root,
		counts: map[string]int{}, intros: map[string]*post{}, introAt: map[string]*post{}, bundles: map[string][]*post{}, sections: map[string]bool{}, hidden: map[string]string{}, leftOut: map[string]string{},
		byFile: make(map[string]*post, n), byURL: make(map[string]*post, n), fileURLs: map[string]content.Path{}, known: make(map[string]bool, n),
		byKey: make(map[string]*output, n), warnings: slices.Concat(s.dialect.warnings, s.data.warnings, s.scan.warnings, s.guess.warning), zone: s.zone,
	}
	b.openEditions()
	return b
}

// failed is all mistakes that were found so far, as an error if there are any.
func (b *Blog) failed() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.problems) == 0 {
		return nil
	}
	b.problems.sort()
	b.problems = slices.Compact(b.problems)
	return b.problems.grouped()
}

// warn notes a warning.
func (b *Blog) warn(p Problem) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.warnings = append(b.warnings, p)
}

// Warnings are what is no mistake, but may not be what was meant. They are
// complete once all pages have been made.
func (b *Blog) Warnings() Problems {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := slices.Concat(b.warnings, b.textWarnings)
	list.sort()
	return slices.Compact(list).grouped()
}

// A Change is the moment at which a post appears or expires by itself.
type Change struct {
	At      time.Time // zero for none
	File    string
	Expires bool
}

func (c Change) String() string {
	if c.Expires {
		return c.File + " expires"
	}
	return c.File + " appears"
}

// Next is the next change by itself.
func (b *Blog) Next() Change { return b.next }

// Next is the next change by itself, of which nothing but the front matter is read.
func (s *Snapshot) Next(ctx context.Context) (Change, error) {
	b := s.open()
	if err := b.readPosts(ctx); err != nil {
		return Change{}, err
	}
	return b.next, b.failed()
}

// readPosts parses all front matter and leaves out what is not to be published.
func (b *Blog) readPosts(ctx context.Context) error {
	sources := b.snapshot.sources
	for _, src := range sources {
		b.counts[path.Dir(src.file)]++
	}
	if b.dialect.survey != nil {
		b.dialect.survey(b)
	}
	posts := make([]*post, len(sources))
	problems := make([]Problems, len(sources))
	err := b.folder.parallel(ctx, len(sources), func(i int) error {
		if sources[i].front != nil { // else it was deleted meanwhile
			posts[i], problems[i] = b.parsePost(sources[i])
		}
		return nil
	})
	if err != nil {
		return err
	}
	var shown []*post
	for i, p := range posts {
		b.problems = append(b.problems, problems[i]...)
		if p == nil {
			continue
		}
		b.noteTimes(p)
		why := p.hiddenBecause(b.folder.Now, b.settings)
		if why == "" && b.dialect.hidden != nil {
			why = b.dialect.hidden(b, p)
		}
		if why != "" {
			b.hidden[p.file] = why
			continue
		}
		if b.dialect.silent != nil && b.dialect.silent(p) {
			b.hidden[p.file] = "it is only data for others"
			p.url, _ = b.rememberedURL(p)
			b.silent = append(b.silent, p)
			continue
		}
		shown = append(shown, p)
	}
	if b.dialect.choose != nil {
		shown = b.dialect.choose(b, shown)
	}
	for _, p := range shown {
		if b.dialect.notice != nil {
			b.dialect.notice(b, p)
		}
		b.place(p)
	}
	return nil
}

// noteTimes looks for the next moment at which p appears or goes.
func (b *Blog) noteTimes(p *post) {
	if p.draft && !b.settings.Drafts {
		return
	}
	for _, c := range []Change{{At: p.publish, File: p.file}, {At: p.expires, File: p.file, Expires: true}} {
		if c.At.After(b.folder.Now) && (b.next.At.IsZero() || c.At.Before(b.next.At)) {
			b.next = c
		}
	}
}

// sortPosts orders the posts and makes neighbours of them.
func (b *Blog) sortPosts() {
	slices.SortFunc(b.all, byFile)
	listed := slices.DeleteFunc(slices.Clone(b.all), func(p *post) bool { return p.listing == "never" || p.media != "" })
	b.newest = slices.SortedFunc(slices.Values(listed), b.dialect.latestFirst)
	undated := slices.IndexFunc(b.newest, func(p *post) bool { return !p.dated })
	if undated < 0 {
		undated = len(b.newest)
	}
	b.posts = b.newest[:undated:undated]
	for i, p := range b.newest {
		p.order = i
	}
	b.kin, b.linkSums = kinOf(b.newest), hashLinks(b.newest)
	last := make([]*post, len(b.dialect.languages))
	for _, p := range b.posts {
		if newer := last[p.lang]; newer != nil {
			p.newer, newer.older = newer, p
		}
		last[p.lang] = p
	}
}

func byFile(x, y *post) int { return strings.Compare(x.file, y.file) }

// newestFirst orders posts; those without a date come last, by weight and title.
func newestFirst(x, y *post) int {
	if x.dated != y.dated {
		if x.dated {
			return -1
		}
		return 1
	}
	if x.dated {
		return cmp.Or(y.date.Compare(x.date), strings.Compare(x.title, y.title), strings.Compare(x.file, y.file))
	}
	return byWeight(x, y)
}

// weightOf is a post's weight; none comes last.
func weightOf(p *post) int {
	if p.weight == 0 {
		return 1 << 30
	}
	return p.weight
}

func byWeight(x, y *post) int {
	return cmp.Or(weightOf(x)-weightOf(y), strings.Compare(x.title, y.title), strings.Compare(x.file, y.file))
}
