package main

import (
	"fmt"

	"icecap/freeze"
)

// A reportNote is a sentence of ours, and at its end what the app or a page said.
type reportNote struct{ Text, Code string }

// reportNotes is how many notes of one kind the report has.
const reportNotes = 10

// addUnnamed counts the queries that were met and are in no list, because a path
// may have any number of them.
func (v *reportView) addUnnamed(met int) {
	for i := range v.Groups {
		g := &v.Groups[i]
		if g.Reason == freeze.Query && met > g.Count {
			g.Unnamed = met - g.Count
			v.Left += g.Unnamed
			g.Count = met
		}
	}
}

// addNotes tells what no rule refused and is worth a word, as freeze does on a
// terminal.
func (v *reportView) addNotes(in reportInput) {
	seen := in.observed
	note := func(code, format string, args ...any) {
		v.Notes = append(v.Notes, reportNote{fmt.Sprintf(format, args...), code})
	}
	if soft := seen.Soft404; soft != nil {
		note("", "The app answers 200 OK to a URL that cannot exist, so a broken link looks like a page.")
		if soft.Pages > 0 {
			note(soft.First, "%s that same answer, such as", are(soft.Pages, "frozen page"))
		}
	}
	if seen.Strange != "" {
		note(seen.Strange, "Pages link to another address of the public host, which was not followed; does the app trust X-Forwarded-Proto?")
	}
	for _, l := range seen.Layouts[:min(len(seen.Layouts), reportNotes)] {
		if l.Pages > 1 {
			note(l.Text, "%s kept out (%s) by one line of a layout, line %d of %s:", are(l.Pages, "page"), l.Reason, l.Line, l.URL)
		}
	}
	for _, m := range seen.Missing[:min(len(seen.Missing), reportNotes)] {
		note(m.URL, "Pages such as %s need what only the app has (%s):", m.From, m.Reason)
	}
	if in.done == nil {
		return
	}
	stale := stalePages(in.done.Summary.Stale)
	for _, p := range stale[:min(len(stale), reportNotes)] {
		note(p.URL, "The last good copy stays, because the page fails (%s):", staleText(&p.Stale, in.start.Add(in.took)))
	}
	if more := len(stale) - reportNotes; more > 0 {
		note("", "And %d more pages that fail keep their last good copy.", more)
	}
}
