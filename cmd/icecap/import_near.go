package main

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"icecap/content"
)

// A nearby finds the page that an old URL may have meant.
type nearby struct {
	pages []nearPage
	paths map[string]int   // by folded path
	slugs map[string][]int // by the last word of the path
	grams map[string][]int // by three letters of it
	sizes []int            // different three letters of each page
}

type nearPage struct {
	url, file string
}

// newNearby indexes the pages that are made of a text.
func newNearby(site content.Site) *nearby {
	n := &nearby{paths: map[string]int{}, slugs: map[string][]int{}, grams: map[string][]int{}}
	for _, e := range site.Entries {
		if e.Origin == "" || e.MediaType != "text/html" || strings.Contains(e.Origin, "://") {
			continue
		}
		i := len(n.pages)
		n.pages = append(n.pages, nearPage{e.URL(), e.Origin})
		folded := foldPath(e.Path.Decoded())
		if _, taken := n.paths[folded]; !taken {
			n.paths[folded] = i
		}
		slug := slugOf(folded)
		n.slugs[slug] = append(n.slugs[slug], i)
		grams := gramsOf(slug)
		n.sizes = append(n.sizes, len(grams))
		for gram := range grams {
			n.grams[gram] = append(n.grams[gram], i)
		}
	}
	return n
}

// foldPath takes away what differs between tools: letter case, accents, the ending, the
// name of an index, the slash at the end.
func foldPath(decoded string) string {
	p := strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(decoded)))
	for _, ending := range []string{".html", ".htm", ".php", ".md"} {
		p = strings.TrimSuffix(p, ending)
	}
	p = strings.TrimSuffix(p, "/index")
	if p = strings.TrimRight(p, "/"); p == "" {
		return "/"
	}
	return p
}

var slugDate = regexp.MustCompile(`\A\d{4}-\d{1,2}-\d{1,2}-`)

// slugOf is the last segment of a folded path without a date.
func slugOf(folded string) string { return slugDate.ReplaceAllString(path.Base(folded), "") }

// gramsOf are all groups of three letters of a word with its ends.
func gramsOf(word string) map[string]bool {
	grams := map[string]bool{}
	letters := []rune("^" + word + "$")
	for i := range max(0, len(letters)-2) {
		grams[string(letters[i:i+3])] = true
	}
	return grams
}

// find is the page nearest to an old path: the same but for what tools do to paths,
// the same last word, or one that shares half of its letters' groups of three.
func (n *nearby) find(old content.Path) (nearPage, bool) {
	folded := foldPath(old.Decoded())
	if i, ok := n.paths[folded]; ok {
		return n.pages[i], true
	}
	slug := slugOf(folded)
	if same := n.slugs[slug]; len(same) > 0 {
		return n.pages[n.closest(same, folded)], true
	}
	shared := map[int]int{}
	grams := gramsOf(slug)
	for gram := range grams {
		for _, i := range n.grams[gram] {
			shared[i]++
		}
	}
	best, share := -1, 0.5
	for _, i := range slices.Sorted(maps.Keys(shared)) {
		if dice := 2 * float64(shared[i]) / float64(len(grams)+n.sizes[i]); dice > share {
			best, share = i, dice
		}
	}
	if best < 0 {
		return nearPage{}, false
	}
	return n.pages[best], true
}

// closest is the page of several whose path shares most segments with another.
func (n *nearby) closest(pages []int, folded string) int {
	wanted := strings.Split(folded, "/")
	best, most := pages[0], -1
	for _, i := range pages {
		shared := 0
		for _, segment := range strings.Split(foldPath(n.pages[i].url), "/") {
			if slices.Contains(wanted, segment) {
				shared++
			}
		}
		if shared > most {
			best, most = i, shared
		}
	}
	return best
}

// suggest names the nearest page of each missing URL, and the lines of front matter
// that would make them lead there.
func (r *importReport) suggest(s *newSite) {
	near := newNearby(s.Site)
	old := map[string][]string{} // by file
	r.Mend = []aliasLine{}
	for i := range r.URLs {
		u := &r.URLs[i]
		t := targetOfURL(u.URL)
		if u.State != importMissing || t.key.Path.IsZero() || t.key.Variant != "" {
			continue
		}
		page, ok := near.find(t.key.Path)
		if !ok {
			continue
		}
		u.Near, u.File = page.url, page.file
		if _, left := content.NewGateMap(nil, []content.Redirect{{From: t.key.Path, To: page.url, Code: 301}}); len(left) > 0 {
			u.Detail = "the gate can answer no redirect from such a path"
			continue
		}
		old[page.file] = append(old[page.file], u.URL)
	}
	if s.blog == nil {
		return
	}
	for _, file := range slices.Sorted(maps.Keys(old)) {
		r.Mend = append(r.Mend, aliasLine{file, s.blog.AliasLine(file, old[file])})
	}
}
