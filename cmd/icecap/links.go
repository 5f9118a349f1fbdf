package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"icecap/content"
	"icecap/freeze"
	"icecap/render"
)

// A linkReport is the answer of check --json. The lists are sorted by URL.
type linkReport struct {
	Release   string         `json:"release,omitempty"` // that was read,
	Folder    string         `json:"folder,omitempty"`  // or this folder of Markdown
	Pages     int            `json:"pages"`             // that were read
	Links     int            `json:"links"`             // in them, to URLs of the site
	Unknown   int            `json:"unknown"`           // of the links, to URLs outside the crawl
	Broken    []linkFinding  `json:"broken"`            // targets that are missing, or failed
	Fragments []linkFinding  `json:"fragments"`         // that no element of their page has
	Redirects []linkFinding  `json:"redirects"`         // targets that lead on; the detail is where to
	Outside   *outsideReport `json:"outside,omitempty"` // of the URLs of other sites, if they were asked; what they came to is in the lists

	Elsewhere int           `json:"elsewhere"` // links to other sites
	Doubtful  []linkFinding `json:"doubtful"`  // targets at other sites that gave no clear answer
}

// A linkFinding is one target with the pages that link to it.
type linkFinding struct {
	URL    string `json:"url"`
	Detail string `json:"detail"`
	linkers
	Places []render.Place `json:"places,omitempty"` // in the folder of Markdown

	texts linkers // of the pages, those that are made of a file
}

// A linkCheck collects what the readers of pages find.
type linkCheck struct {
	site   *content.Site
	at     *resolver
	bodies bodyOf
	// missing says what is wrong with a link to nothing that is known; nil where that
	// cannot be told.
	missing func(page content.Path, dest string) (what, hint string)

	mu        sync.Mutex
	report    linkReport
	broken    map[string]*linkFinding
	redirects map[string]*linkFinding
	fragments map[string]*linkFinding                    // of the page in which they stand
	wanted    map[*content.Entry]map[string]*linkFinding // of other pages, by fragment
	outside   map[string]*outsideLink                    // by URL; nil if other sites are not asked
}

func newLinkCheck(site *content.Site, at *resolver, bodies bodyOf) *linkCheck {
	return &linkCheck{
		site: site, at: at, bodies: bodies,
		broken: map[string]*linkFinding{}, redirects: map[string]*linkFinding{},
		fragments: map[string]*linkFinding{}, wanted: map[*content.Entry]map[string]*linkFinding{},
	}
}

// run reads all pages once, and those a second time to whose fragments others
// link. Memory grows with the findings and with the different fragments of other
// pages, not with the pages or their links.
func (c *linkCheck) run(ctx context.Context) (*linkReport, error) {
	if err := scanPages(ctx, c.bodies, c.site.Entries, mayLink, c.newPageReader); err != nil {
		return nil, err
	}
	c.addLeft()
	isWanted := func(e *content.Entry) bool { return c.wanted[e] != nil }
	if err := scanPages(ctx, c.bodies, c.site.Entries, isWanted, c.newFragmentReader); err != nil {
		return nil, err
	}
	c.sort()
	return &c.report, nil
}

// sort writes the findings into the report.
func (c *linkCheck) sort() {
	c.report.Broken = sortedFindings(c.broken)
	c.report.Fragments = sortedFindings(c.fragments)
	c.report.Redirects = sortedFindings(c.redirects)
	c.report.Doubtful = []linkFinding{}
}

func sortedFindings(found map[string]*linkFinding) []linkFinding {
	list := make([]linkFinding, 0, len(found))
	for _, url := range slices.Sorted(maps.Keys(found)) {
		list = append(list, *found[url])
	}
	return list
}

// note adds a page to the finding of a target. The caller holds mu.
func note(found map[string]*linkFinding, url, detail string, page linker) {
	f := found[url]
	if f == nil {
		f = &linkFinding{URL: url, Detail: detail}
		found[url] = f
	}
	f.Detail = min(f.Detail, detail) // whichever page was read first
	f.add(page)
}

// A linker is a page that links somewhere.
type linker struct {
	url    string
	isText bool // it is made of a file, whose lines can be named
}

// linkerOf says which page an entry is.
func linkerOf(e *content.Entry) linker {
	return linker{e.URL(), e.Origin != "" && !strings.Contains(e.Origin, "://")}
}

// add counts a page. No page is added twice.
func (f *linkFinding) add(page linker) {
	f.linkers.add(page.url)
	if page.isText {
		f.texts.add(page.url)
	}
}

// newPageReader makes a reader that looks every link of a page up.
func (c *linkCheck) newPageReader() pageReader {
	at := c.at.clone()
	once := map[string]bool{} // targets that were noted for this page
	var places freeze.Anchors
	return func(e *content.Entry, body []byte) {
		clear(once)
		var seen linkReport
		page := linkerOf(e)
		for _, l := range linksOf(e, body) {
			to := at.resolve(page.url, l.Base, l.URL)
			if to == nil {
				continue
			}
			if to.outside != "" {
				seen.Elsewhere++
				if !once[to.outside] && l.Kind != freeze.HintLink {
					once[to.outside] = true
					c.lookOutside(to.outside, page)
				}
				continue
			}
			seen.Links++
			if to.entry != nil {
				continue
			}
			missing := ""
			if to.place == (place{}) {
				if c.missing != nil && e.Origin == "" && !hasFragments(e) {
					continue // a file of the theme: no writer can mend it
				}
				if missing = c.whyMissing(e, l); missing == "" {
					seen.Unknown++
					continue
				}
			}
			if !once[to.url] {
				once[to.url] = true
				c.lookAt(to.url, to.place, missing, page)
			}
		}
		if hasFragments(e) {
			places.Read(body)
			c.checkFragments(e, page, &places, at)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.report.Pages++
		c.report.Links += seen.Links
		c.report.Unknown += seen.Unknown
		c.report.Elsewhere += seen.Elsewhere
	}
}

// whyMissing says what is wrong with a link to nothing that is known, if that can
// be told.
func (c *linkCheck) whyMissing(e *content.Entry, l freeze.Link) string {
	if c.missing == nil || l.Base != "" {
		return ""
	}
	what, hint := c.missing(e.Path, l.URL)
	if hint != "" {
		what += "; " + hint
	}
	return what
}

// lookAt notes a target that is no page, if it is worth a word.
func (c *linkCheck) lookAt(url string, found place, missing string, page linker) {
	broken, redirect := c.judge(found)
	if missing != "" {
		broken = missing
	}
	if broken == "" && redirect == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if broken != "" {
		note(c.broken, url, broken, page)
	} else {
		note(c.redirects, url, redirect, page)
	}
}

// judge says why a link to a target is broken, or where it leads on to.
func (c *linkCheck) judge(found place) (broken, redirect string) {
	const longest = 20 // redirects in a row; browsers give up there, too
	for range longest {
		var to string
		switch {
		case found.redirect != nil && found.redirect.To == "":
			return redirect + arrow(redirect) + statusWords(found.redirect.Code), "" // it is listed as gone
		case found.redirect != nil:
			to = found.redirect.To
		case found.skip == nil:
			return "", redirect
		case found.skip.Reason == freeze.Redirect:
			to = found.skip.Detail
		case isBroken(found.skip):
			return redirect + arrow(redirect) + failureOf(found.skip), ""
		default:
			return "", redirect
		}
		redirect += arrow(redirect) + to
		u, err := url.Parse(to)
		if err != nil || u.Host != "" && !c.at.addresses.Ours(u) {
			return "", redirect
		}
		found = find(c.site, targetOf(u.EscapedPath(), u.RawQuery))
	}
	return "redirects without end", ""
}

// arrow stands between the steps of a chain.
func arrow(before string) string {
	if before == "" {
		return ""
	}
	return " -> "
}

// isBroken reports whether a visitor who follows a link to this URL finds
// nothing: the app says so, or it failed when it was asked.
func isBroken(s *content.Skip) bool {
	switch {
	case s.Failed, s.Reason == freeze.RedirectLoop:
		return true
	case s.Reason == freeze.Status:
		return strings.HasPrefix(s.Detail, "4") || strings.HasPrefix(s.Detail, "5")
	}
	return false
}

// failureOf says what a visitor would meet.
func failureOf(s *content.Skip) string {
	if s.Reason == freeze.Status {
		return s.Detail // "404 Not Found" says it all
	}
	return s.Reason + ": " + s.Detail
}

func statusWords(code int) string { return fmt.Sprintf("%d %s", code, http.StatusText(code)) }

// addLeft adds the findings that no frozen page links to, but one that was left
// to the app: the crawl saw that link.
func (c *linkCheck) addLeft() {
	for i := range c.site.Skips {
		s := &c.site.Skips[i]
		if s.From != "" && !isFrozen(c.site, s.From) {
			c.lookAt(s.URL, place{skip: s}, "", linker{url: s.From})
		}
	}
}

// hasFragments reports whether elements of a page can be linked to.
func hasFragments(e *content.Entry) bool {
	return e.MediaType == "text/html" || e.MediaType == "image/svg+xml"
}

// checkFragments looks for those of the page itself at once and keeps those of
// other pages for the second reading.
func (c *linkCheck) checkFragments(e *content.Entry, page linker, places *freeze.Anchors, at *resolver) {
	once := map[freeze.AnchorRef]bool{}
	for _, ref := range places.Refs {
		entry := e
		if ref.URL != "" || ref.Base != "" {
			to := at.resolve(page.url, ref.Base, ref.URL)
			if to != nil && to.outside != "" {
				c.wantOutside(to.outside, ref.Fragment, page)
			}
			if to == nil || to.entry == nil || !hasFragments(to.entry) {
				continue
			}
			entry = to.entry
		}
		if entry == e && places.Has(ref.Fragment) {
			continue
		}
		same := freeze.AnchorRef{URL: entry.URL(), Fragment: ref.Fragment}
		if once[same] {
			continue
		}
		once[same] = true
		c.mu.Lock()
		if entry == e {
			note(c.fragments, page.url+"#"+ref.Fragment, missingFragment, page)
		} else {
			if c.wanted[entry] == nil {
				c.wanted[entry] = map[string]*linkFinding{}
			}
			note(c.wanted[entry], ref.Fragment, missingFragment, page)
		}
		c.mu.Unlock()
	}
}

const missingFragment = "no element has this id"

// newFragmentReader makes a reader that keeps what a page does not have.
func (c *linkCheck) newFragmentReader() pageReader {
	var places freeze.Anchors
	return func(e *content.Entry, body []byte) {
		places.Read(body)
		page := linkerOf(e)
		for fragment, f := range c.wanted[e] {
			if places.Has(fragment) {
				continue
			}
			c.mu.Lock()
			url := page.url + "#" + fragment
			own := c.fragments[url]
			f.URL = url
			if own != nil {
				f.add(page)
			}
			c.fragments[url] = f
			c.mu.Unlock()
		}
	}
}
