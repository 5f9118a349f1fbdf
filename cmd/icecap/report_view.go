package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"icecap/content"
	"icecap/freeze"
)

const (
	// reportURLs is how many URLs of one reason the report names.
	reportURLs = 100
	// reportLargest is how many of the largest pages it names.
	reportLargest = 10
)

// A reportView is what the template shows; every number is ready.
type reportView struct {
	Site, Version string
	Release       string // "" where nothing was published
	Problem, Hint string // why nothing was published, or what went wrong after
	Start         time.Time
	Took          string
	PerSecond     float64 // URLs frozen, left or broken

	Pages, Fresh int // frozen, and of those new or with other bytes
	Bytes        int64
	Left, Broken int
	Stale        []stalePage // that fail, and keep their last good copy
	Shares       []share
	Groups       []reasonGroup // left to the app by a rule
	BrokenGroups []reasonGroup // missing or failing
	Types        []typeRow
	Largest      []content.Entry
	Slowest      []slowRow
	Headers      []content.Header // that the gate does not send
	Mixed        []string
	OutOfScope   int
	Notes        []reportNote
	HasCrawl     bool // there is something to show beside the problem
}

// A share is a part of the bar on top.
type share struct {
	Name     string
	Count    int
	X, Width float64 // percent
}

// A reasonGroup are the URLs that stay with the app for one reason.
type reasonGroup struct {
	Title, Meaning string
	Reason         string // for icecap ls
	Count          int
	Skips          []content.Skip // the first
	More           int
	Unnamed        int // counted in Count, and named nowhere
}

// A typeRow sums up the pages of one media type.
type typeRow struct {
	Type  string
	Pages int
	Bytes int64
	Width float64 // percent of the largest
}

// A slowRow is one of the slowest answers.
type slowRow struct {
	URL, Took, State string
	Width            float64
}

func viewReport(in reportInput) reportView {
	v := reportView{Site: in.site, Version: version(), Start: in.start.UTC().Truncate(time.Second), Took: seconds(in.took.Seconds()),
		Headers: in.observed.Headers, Mixed: in.observed.Mixed, OutOfScope: in.observed.OutOfScope}
	if in.err != nil && !errors.Is(in.err, errSaid) {
		c := describe(in.err)
		v.Problem, v.Hint = c.what, c.hint
		if errors.Is(in.err, context.Canceled) {
			v.Problem = "the crawl was interrupted"
		}
	}
	site := &content.Site{}
	if in.done != nil {
		site, v.HasCrawl = &in.done.Site, true
		v.Stale, v.Fresh = stalePages(in.done.Summary.Stale), in.done.Summary.Written
		if in.done.Release != nil {
			v.Release = in.done.Release.ID
		}
	}
	v.addPages(site)
	v.addSkips(site.Skips)
	v.addUnnamed(in.observed.Queries)
	v.addShares()
	v.addSlowest(site, in.slowest)
	v.addNotes(in)
	if met := v.Pages + v.Left + v.Broken; in.took > 0 {
		v.PerSecond = float64(met) / in.took.Seconds()
	}
	return v
}

// addPages sums the pages up.
func (v *reportView) addPages(site *content.Site) {
	types := map[string]*typeRow{}
	for i := range site.Entries {
		e := &site.Entries[i]
		v.Pages++
		v.Bytes += e.Size
		t := types[e.MediaType]
		if t == nil {
			t = &typeRow{Type: e.MediaType}
			types[e.MediaType] = t
		}
		t.Pages++
		t.Bytes += e.Size
	}
	for _, t := range types {
		v.Types = append(v.Types, *t)
	}
	slices.SortFunc(v.Types, func(a, b typeRow) int { return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Type, b.Type)) })
	for i := range v.Types {
		v.Types[i].Width = percent(v.Types[i].Bytes, v.Types[0].Bytes)
	}
	v.Largest = slices.Clone(site.Entries)
	slices.SortStableFunc(v.Largest, func(a, b content.Entry) int { return cmp.Compare(b.Size, a.Size) })
	v.Largest = v.Largest[:min(len(v.Largest), reportLargest)]
}

// addSkips groups what is no page: by a rule, or because it is broken.
func (v *reportView) addSkips(skips []content.Skip) {
	left, broken := map[string]*reasonGroup{}, map[string]*reasonGroup{}
	for _, s := range skips {
		groups, g := left, &reasonGroup{Title: s.Reason, Meaning: meaning(s.Reason), Reason: s.Reason}
		if isBroken(&s) {
			groups = broken
			v.Broken++
			if s.Reason == freeze.Status { // "404 Not Found" says it all
				g.Title, g.Meaning = s.Detail, ""
			}
		} else {
			v.Left++
		}
		if groups[g.Title] == nil {
			groups[g.Title] = g
		}
		g = groups[g.Title]
		g.Count++
		if len(g.Skips) < reportURLs {
			g.Skips = append(g.Skips, s)
		} else {
			g.More++
		}
	}
	v.Groups, v.BrokenGroups = commonestFirst(left), commonestFirst(broken)
}

func commonestFirst(groups map[string]*reasonGroup) []reasonGroup {
	var list []reasonGroup
	for _, title := range slices.Sorted(maps.Keys(groups)) {
		list = append(list, *groups[title])
	}
	slices.SortStableFunc(list, func(a, b reasonGroup) int { return cmp.Compare(b.Count, a.Count) })
	return list
}

// addShares divides the bar on top. A part that is there is never too small to be seen.
func (v *reportView) addShares() {
	all := v.Pages + v.Left + v.Broken
	if all == 0 {
		return
	}
	const smallest = 1.5 // percent
	parts := []share{{Name: "frozen", Count: v.Pages}, {Name: "left", Count: v.Left}, {Name: "broken", Count: v.Broken}}
	sum := 0.0
	for i := range parts {
		if parts[i].Count > 0 {
			parts[i].Width = max(percent(int64(parts[i].Count), int64(all)), smallest)
		}
		sum += parts[i].Width
	}
	x := 0.0
	for _, p := range parts {
		p.X, p.Width = x, p.Width*100/sum
		x += p.Width
		v.Shares = append(v.Shares, p)
	}
}

// addSlowest says of the slowest answers what became of them.
func (v *reportView) addSlowest(site *content.Site, slowest []freeze.Timed) {
	for _, t := range slowest {
		row := slowRow{URL: t.URL, Took: millis(t.Duration), Width: percent(int64(t.Duration), int64(slowest[0].Duration))}
		switch found := find(site, targetOfURL(t.URL)); {
		case !v.HasCrawl:
		case found.entry != nil:
			row.State = isPage
		case found.skip != nil:
			row.State = strings.TrimSpace(found.skip.Reason + " " + statusOf(found.skip))
		default:
			row.State = "not frozen"
		}
		v.Slowest = append(v.Slowest, row)
	}
}

// millis is a time in few digits.
func millis(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", d.Seconds()*1000)
	case d < time.Second:
		return fmt.Sprintf("%.0f ms", d.Seconds()*1000)
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// statusOf is the number of the status that a skip saw, or "".
func statusOf(s *content.Skip) string {
	if s.Reason != freeze.Status {
		return ""
	}
	number, _, _ := strings.Cut(s.Detail, " ")
	return number
}

func percent(part, whole int64) float64 {
	if whole <= 0 {
		return 0
	}
	return float64(part*1000/whole) / 10 // enough for a bar, and short
}
