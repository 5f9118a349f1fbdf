package render

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"

	"icecap/content"
	"icecap/render/search"
	"icecap/render/theme"
)

// searchName is the path of the search page, and the folder of its index.
const searchName = "search/"

// maxDetail is how many characters of a post a result shows.
const maxDetail = 160

// A searcher is the index of a blog: the posts that can be found, by their numbers.
type searcher struct {
	search.Shape
	numbers []uint32
	posts   []*post
	page    *post // the text at the search page's path, if there is one

	mu       sync.Mutex
	rewrites int // of the blog, when index was made
	index    *search.Index
}

// openSearch numbers the posts that can be found. There is no search where it is
// switched off, where there is nothing to find, and where something else than a
// plain page has its path.
func (e *edition) openSearch() {
	u, err := content.ParsePath(e.settings.Prefix + e.base + searchName)
	if err != nil || e.settings.NoSearch {
		return
	}
	s := &searcher{page: e.byURL[u.Decoded()]}
	if e.known[u.Decoded()] || s.page != nil && s.page.dated {
		return
	}
	var paths []string
	for _, p := range e.all {
		if p.lang == e.lang && p.findable() && p != s.page {
			s.posts = append(s.posts, p)
			paths = append(paths, p.url.Decoded())
		}
	}
	if len(s.posts) == 0 {
		return
	}
	s.Shape = search.ShapeOf(len(s.posts))
	numbers := s.Numbers(paths)
	order := make([]int, len(paths))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(x, y int) int { return cmp.Compare(numbers[x], numbers[y]) })
	posts := s.posts
	s.posts, s.numbers = make([]*post, len(posts)), make([]uint32, len(posts))
	for i, from := range order {
		s.posts[i], s.numbers[i] = posts[from], numbers[from]
	}
	e.search = s
	e.site.SearchURL = u.String()
}

// findable reports whether a post may be in the index.
func (p *post) findable() bool { return !p.noIndex && (p.search == nil || *p.search) }

// termsOf are what a post adds to the index.
func (b *Blog) termsOf(p *post, body []byte) search.Terms {
	if b.settings.NoSearch || !p.findable() {
		return ""
	}
	return search.Text{Title: p.title, Labels: slices.Concat(p.tags, p.categories), Description: p.description, Body: body}.Terms()
}

// laySearch adds the search page and the files of its index.
func (e *edition) laySearch() {
	s := e.search
	if s == nil {
		return
	}
	if s.page == nil {
		e.addPage(searchName, e.base+searchName, func() (string, error) {
			v := e.newVersion("search")
			fmt.Fprintf(v, "%q\n", e.alternates(searchName))
			return v.version(), nil
		}, func(w *bytes.Buffer) error {
			page := e.page(theme.KindSearch, e.voice.Word("Search"), e.site.SearchURL)
			page.Alternates = e.alternates(searchName)
			page.Robots, page.Search = "noindex", &theme.Search{Index: e.site.SearchURL}
			return e.execute(w, page)
		})
	}
	e.addIndex("index.json", func(v versioner) error { v.Write(s.JSON()); return nil }, func(w *bytes.Buffer) error {
		_, err := w.Write(s.JSON())
		return err
	})
	for file := range s.Terms {
		e.addIndex(s.TermsName(file),
			func(v versioner) error {
				index, err := e.searchIndex()
				if err == nil {
					v.number(index.Versions()[file])
				}
				return err
			},
			func(w *bytes.Buffer) error {
				index, err := e.searchIndex()
				if err == nil {
					_, err = w.Write(index.TermsFile(file))
				}
				return err
			})
	}
	for first, file := 0, 0; file < s.Pages; file++ {
		last := first
		for last < len(s.posts) && s.PagesFile(s.numbers[last]) == file {
			last++
		}
		from := first
		e.addIndex(s.PagesName(file),
			func(v versioner) error { return e.hashResults(v, from, last) },
			func(w *bytes.Buffer) error {
				pages, err := e.results(from, last)
				w.Write(search.PagesJSON(pages))
				return err
			})
		first = last
	}
}

// addIndex adds a file of the index. Nothing but what version adds goes into it: not the
// theme, and not what all pages share.
func (e *edition) addIndex(name string, version func(versioner) error, write func(*bytes.Buffer) error) {
	e.addAt(e.base+searchName+name, "application/json", func() (string, error) {
		v := emptyVersion()
		v.text("search " + e.settings.Revision)
		if err := version(v); err != nil {
			return "", err
		}
		return v.version(), nil
	}, write)
}

// hashResults adds what results are made of.
func (e *edition) hashResults(v versioner, from, to int) error {
	for i := from; i < to; i++ {
		p := e.search.posts[i]
		facts, err := e.factsOf(p)
		if err != nil {
			return err
		}
		v.number(uint64(e.search.numbers[i]))
		v.link(p)
		v.flag(p.dated)
		v.number(uint64(p.date.Year()*1000 + p.date.YearDay())) // which may differ where the moment does not
		v.text(cmp.Or(p.description, facts.Excerpt))
	}
	return nil
}

// results are what the index shows of some posts.
func (e *edition) results(from, to int) (pages []search.Page, err error) {
	for i := from; i < to; i++ {
		p := e.search.posts[i]
		facts, err := e.factsOf(p)
		if err != nil {
			return nil, err
		}
		page := search.Page{Number: e.search.numbers[i], Title: p.title, Path: p.url.String(), Detail: shorten(cmp.Or(p.description, facts.Excerpt), maxDetail)}
		if p.dated {
			page.Date = p.date.Format(time.DateOnly)
		}
		pages = append(pages, page)
	}
	return pages, nil
}

// searchIndex is the index of all texts as they are now.
func (e *edition) searchIndex() (*search.Index, error) {
	s := e.search
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current(e.Blog) {
		return s.index, nil
	}
	index := &search.Index{Shape: s.Shape, Texts: make([]search.Numbered, len(s.posts)), Earlier: e.folder.Cache.use(e.snapshot.base).index(e.lang)}
	if s.index != nil {
		index.Earlier = &search.Earlier{Texts: s.index.Texts, Versions: s.index.Versions()}
	}
	for i, p := range s.posts {
		facts, err := e.factsOf(p)
		if err != nil {
			return nil, err
		}
		index.Texts[i] = search.Numbered{Number: s.numbers[i], Terms: facts.Terms}
	}
	s.index, s.rewrites = index, e.rewrites
	return index, nil
}

// current reports whether the index that was made last is that of the texts as they are
// now. Who asks holds mu.
func (s *searcher) current(b *Blog) bool { return s.index != nil && s.rewrites == b.rewrites }

// keepIndex notes in a cache what the next index of the edition can use.
func (e *edition) keepIndex(c *Cache) {
	s := e.search
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.current(e.Blog) {
		return
	}
	c.versions[e.lang] = s.index.Versions()
	for i, p := range s.posts {
		entry := c.posts[p.file]
		entry.lang, entry.number = e.lang, int(s.numbers[i])+1
		c.posts[p.file] = entry
	}
}
