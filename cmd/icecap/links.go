package main

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"icecap/content"
	"icecap/freeze"
)

func (a *app) linksCommand() *cobra.Command {
	var asJSON bool
	var junit string
	cmd := &cobra.Command{
		Use:   "links",
		Short: "Find broken links, missing fragments and detours in the current release",
		Long: `Reads every frozen page and looks each link up in the release; nobody is asked.
Broken is a link to what the crawl found missing or failing, and a fragment that
is no id of its page. A link to a redirect is told, but it is not broken. Links
to other sites are not checked. Exit code 3 if something is broken.`,
		Example: "  icecap links\n  icecap links --json\n  icecap links --junit links.xml      for a build server",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := a.openCurrent(cmd)
			if err != nil {
				return err
			}
			start := time.Now()
			report, err := p.checkLinks(cmd.Context())
			if err != nil {
				return err
			}
			if junit != "" {
				if err := writeJUnit(junit, report); err != nil {
					return err
				}
			}
			return a.sayLinks(report, time.Since(start), asJSON)
		},
	}
	cmd.Flags().StringVar(&junit, "junit", "", "also write the findings to this file, as JUnit XML")
	addSiteFlags(cmd.Flags())
	addJSON(cmd, &asJSON)
	return cmd
}

// A linkReport is the answer of links --json. The lists are sorted by URL.
type linkReport struct {
	Release   string        `json:"release"`
	Pages     int           `json:"pages"`     // that were read
	Links     int           `json:"links"`     // in them, to URLs of the site
	Unknown   int           `json:"unknown"`   // of the links, to URLs outside the crawl
	Broken    []linkFinding `json:"broken"`    // targets that are missing, or failed
	Fragments []linkFinding `json:"fragments"` // that no element of their page has
	Redirects []linkFinding `json:"redirects"` // targets that lead on
}

// A linkFinding is one target with the pages that link to it.
type linkFinding struct {
	URL    string `json:"url"`
	Detail string `json:"detail"`
	linkers
}

// A linkCheck collects what the readers of pages find.
type linkCheck struct {
	site *content.Site
	at   *resolver

	mu        sync.Mutex
	report    linkReport
	broken    map[string]*linkFinding
	redirects map[string]*linkFinding
	fragments map[string]*linkFinding                    // of the page in which they stand
	wanted    map[*content.Entry]map[string]*linkFinding // of other pages, by fragment
}

// checkLinks reads the release once, and those pages a second time to whose
// fragments others link. Memory grows with the findings and with the different
// fragments of other pages, not with the pages or their links.
func (p *published) checkLinks(ctx context.Context) (*linkReport, error) {
	c := &linkCheck{
		site: &p.site, at: p.resolver(), report: linkReport{Release: p.site.ID},
		broken: map[string]*linkFinding{}, redirects: map[string]*linkFinding{},
		fragments: map[string]*linkFinding{}, wanted: map[*content.Entry]map[string]*linkFinding{},
	}
	if err := scanPages(ctx, p.release, p.site.Entries, mayLink, c.newPageReader); err != nil {
		return nil, err
	}
	c.addLeft()
	isWanted := func(e *content.Entry) bool { return c.wanted[e] != nil }
	if err := scanPages(ctx, p.release, p.site.Entries, isWanted, c.newFragmentReader); err != nil {
		return nil, err
	}
	c.report.Broken = sortedFindings(c.broken)
	c.report.Fragments = sortedFindings(c.fragments)
	c.report.Redirects = sortedFindings(c.redirects)
	return &c.report, nil
}

func sortedFindings(found map[string]*linkFinding) []linkFinding {
	list := make([]linkFinding, 0, len(found))
	for _, url := range slices.Sorted(maps.Keys(found)) {
		list = append(list, *found[url])
	}
	return list
}

// note adds a page to the finding of a target. The caller holds mu.
func note(found map[string]*linkFinding, url, detail, page string) {
	f := found[url]
	if f == nil {
		f = &linkFinding{URL: url, Detail: detail}
		found[url] = f
	}
	f.add(page)
}

// newPageReader makes a reader that looks every link of a page up.
func (c *linkCheck) newPageReader() pageReader {
	at := c.at.clone()
	once := map[string]bool{} // targets that were noted for this page
	var places freeze.Anchors
	return func(e *content.Entry, body []byte) {
		clear(once)
		page, links, unknown := e.URL(), 0, 0
		for _, l := range linksOf(e, body) {
			to := at.resolve(page, l.Base, l.URL)
			if to == nil {
				continue
			}
			links++
			if to.place == (place{}) {
				unknown++
			} else if to.entry == nil && !once[to.url] {
				once[to.url] = true
				c.lookAt(to.url, to.place, page)
			}
		}
		if hasFragments(e) {
			places.Read(body)
			c.checkFragments(e, page, &places, at)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.report.Pages++
		c.report.Links += links
		c.report.Unknown += unknown
	}
}

// lookAt notes a target that is no page, if it is worth a word.
func (c *linkCheck) lookAt(url string, found place, page string) {
	broken, redirect := c.judge(found)
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

// addLeft adds the findings that no frozen page links to, but one that was left
// to the app: the crawl saw that link.
func (c *linkCheck) addLeft() {
	for i := range c.site.Skips {
		s := &c.site.Skips[i]
		if s.From != "" && !isFrozen(c.site, s.From) {
			c.lookAt(s.URL, place{skip: s}, s.From)
		}
	}
}

// hasFragments reports whether elements of a page can be linked to.
func hasFragments(e *content.Entry) bool {
	return e.MediaType == "text/html" || e.MediaType == "image/svg+xml"
}

// checkFragments looks for those of the page itself at once and keeps those of
// other pages for the second reading.
func (c *linkCheck) checkFragments(e *content.Entry, page string, places *freeze.Anchors, at *resolver) {
	once := map[freeze.AnchorRef]bool{}
	for _, ref := range places.Refs {
		entry := e
		if ref.URL != "" || ref.Base != "" {
			to := at.resolve(page, ref.Base, ref.URL)
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
			note(c.fragments, page+"#"+ref.Fragment, missingFragment, page)
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
		page := e.URL()
		for fragment, f := range c.wanted[e] {
			if places.Has(fragment) {
				continue
			}
			c.mu.Lock()
			url := page + "#" + fragment
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

// sayLinks tells the findings; a broken one means exit code 3.
func (a *app) sayLinks(r *linkReport, took time.Duration, asJSON bool) error {
	if asJSON {
		if err := a.replyJSON(r); err != nil {
			return err
		}
	} else {
		for _, f := range r.Broken {
			a.reply("broken    %s", f.words())
		}
		for _, f := range r.Fragments {
			a.reply("fragment  %s", f.words())
		}
		for _, f := range r.Redirects {
			a.reply("redirect  %s", f.words())
		}
		a.reply("checked %s of %s in release %s: %d broken, %s missing, %s, in %s",
			plural(r.Links, "link"), plural(r.Pages, "page"), r.Release, len(r.Broken),
			plural(len(r.Fragments), "fragment"), plural(len(r.Redirects), "redirect"), seconds(took.Seconds()))
		if r.Unknown > 0 {
			a.say("not checked: %s to URLs outside the crawl", plural(r.Unknown, "link"))
		}
	}
	if len(r.Broken)+len(r.Fragments) > 0 {
		return exitError{3, errSaid}
	}
	return nil
}

// words are a finding in one line.
func (f linkFinding) words() string {
	return inLine(fmt.Sprintf("%s  (%s)  linked %s", f.URL, f.Detail, f.linkers.words()))
}
