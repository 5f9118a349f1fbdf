package main

import (
	"bufio"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"icecap/content"
	"icecap/content/release"
	"icecap/freeze"
)

func (a *app) diffCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "diff [A] [B]",
		Short: "Compare two releases: pages added, removed and changed, redirects and reasons that changed",
		Long: `Compares A with B, by default the release before the current one with the
current one. A release is named by its ID, the start of it, or its number.`,
		Example: "  icecap diff\n  icecap diff 3\n  icecap diff 000003-5f2c9a1e 000007-3f9a1c2b --json",
		Args:    cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			store, _, err := a.openStore(cmd)
			if err != nil {
				return err
			}
			from, to, err := twoReleases(store, args)
			if err != nil {
				return err
			}
			report, err := diffReleases(from, to)
			if err != nil {
				return err
			}
			if asJSON {
				return a.replyJSON(report)
			}
			return a.sayDiff(report)
		},
	}
	addOut(cmd)
	addJSON(cmd, &asJSON)
	return cmd
}

// twoReleases finds what the arguments name.
func twoReleases(store *release.Store, args []string) (from, to *release.Release, err error) {
	list, err := store.Releases()
	if err != nil {
		return nil, nil, err
	}
	if to, err = store.Current(); err != nil {
		return nil, nil, err
	}
	if len(args) == 0 {
		at := slices.IndexFunc(list, func(r *release.Release) bool { return r.ID == to.ID })
		if at < 1 {
			return nil, nil, hintedError{err: fmt.Errorf("compare releases: there is none before %s", to.ID), hint: "name two: icecap diff A B; icecap releases lists them"}
		}
		return list[at-1], to, nil
	}
	if from, err = named(list, args[0]); err == nil && len(args) == 2 {
		to, err = named(list, args[1])
	}
	return from, to, err
}

// findRelease finds the one release whose ID or number a person wrote in full or in part.
func findRelease(store *release.Store, name string) (*release.Release, error) {
	list, err := store.Releases()
	if err != nil {
		return nil, err
	}
	return named(list, name)
}

// named finds the one release whose ID or number a person wrote in full or in part.
func named(list []*release.Release, name string) (*release.Release, error) {
	var found []*release.Release
	for _, r := range list {
		number, _, _ := strings.Cut(r.ID, "-")
		if name != "" && (strings.HasPrefix(r.ID, name) && len(name) >= len(number) || strings.TrimLeft(number, "0") == name) {
			found = append(found, r)
		}
	}
	hint := "icecap releases lists them"
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, hintedError{err: usageError{fmt.Errorf("find the release: there is no release %q", name)}, hint: hint}
	}
	return nil, hintedError{err: usageError{fmt.Errorf("find the release: %q is the start of several", name)}, hint: hint}
}

// A diffReport is the answer of diff --json. All lists are sorted by URL.
type diffReport struct {
	From      string         `json:"from"`
	To        string         `json:"to"`
	Added     []pageChange   `json:"added"`   // Was is a skip where the page was left to the app before
	Removed   []pageChange   `json:"removed"` // Now is a skip where the page is left to the app now
	Changed   []pageChange   `json:"changed"` // other bytes or another media type
	Unchanged int            `json:"unchanged"`
	Redirects []stringChange `json:"redirects"` // to another target, new or gone; "" where there is none
	Reasons   []stringChange `json:"reasons"`   // URLs left to the app in both, for different reasons
}

// A pageChange is a URL that is a page in one of the releases or in both.
type pageChange struct {
	URL     string         `json:"url"`
	Was     *content.Entry `json:"was,omitempty"`
	Now     *content.Entry `json:"now,omitempty"`
	WasSkip *content.Skip  `json:"was_skip,omitempty"`
	NowSkip *content.Skip  `json:"now_skip,omitempty"`
}

// A stringChange is a URL whose target or reason is another one.
type stringChange struct {
	URL string `json:"url"`
	Was string `json:"was"`
	Now string `json:"now"`
}

func diffReleases(from, to *release.Release) (*diffReport, error) {
	before, err := from.Site()
	if err != nil {
		return nil, err
	}
	after, err := to.Site()
	if err != nil {
		return nil, err
	}
	return diffSites(&before, &after), nil
}

// diffSites compares two sorted sites.
func diffSites(before, after *content.Site) *diffReport {
	d := &diffReport{
		From: before.ID, To: after.ID, Added: []pageChange{}, Removed: []pageChange{}, Changed: []pageChange{},
		Redirects: []stringChange{}, Reasons: []stringChange{},
	}
	merge(before.Entries, after.Entries, func(a, b *content.Entry) int { return a.Key.Compare(b.Key) }, func(was, now *content.Entry) {
		switch {
		case was == nil:
			d.Added = append(d.Added, pageChange{URL: now.URL(), Now: now, WasSkip: find(before, target{now.URL(), now.Key}).skip})
		case now == nil:
			d.Removed = append(d.Removed, pageChange{URL: was.URL(), Was: was, NowSkip: find(after, target{was.URL(), was.Key}).skip})
		case was.SHA256 != now.SHA256 || was.MediaType != now.MediaType:
			d.Changed = append(d.Changed, pageChange{URL: now.URL(), Was: was, Now: now})
		default:
			d.Unchanged++
		}
	})
	merge(redirectsOf(before), redirectsOf(after), func(a, b *leading) int { return strings.Compare(a.url, b.url) }, func(was, now *leading) {
		was, now = cmp.Or(was, &leading{}), cmp.Or(now, &leading{})
		if was.to != now.to {
			d.Redirects = append(d.Redirects, stringChange{cmp.Or(was.url, now.url), was.to, now.to})
		}
	})
	merge(before.Skips, after.Skips, func(a, b *content.Skip) int {
		return cmp.Or(strings.Compare(a.URL, b.URL), strings.Compare(a.Source, b.Source))
	}, func(was, now *content.Skip) {
		if was == nil || now == nil || was.Reason == now.Reason && (was.Reason != freeze.Status || was.Detail == now.Detail) {
			return
		}
		d.Reasons = append(d.Reasons, stringChange{now.URL, reasonOf(was), reasonOf(now)})
	})
	return d
}

// merge walks along two sorted lists. each gets the two that belong together,
// nil where one list has none.
func merge[T any](a, b []T, compare func(a, b *T) int, each func(a, b *T)) {
	for i, j := 0, 0; i < len(a) || j < len(b); {
		order := 0
		switch {
		case i == len(a):
			order = 1
		case j == len(b):
			order = -1
		default:
			order = compare(&a[i], &b[j])
		}
		switch {
		case order < 0:
			each(&a[i], nil)
			i++
		case order > 0:
			each(nil, &b[j])
			j++
		default:
			each(&a[i], &b[j])
			i, j = i+1, j+1
		}
	}
}

// A leading is a redirect, replayed by the gate or left to the app.
type leading struct{ url, to string }

// redirectsOf lists the redirects of a site, sorted by URL.
func redirectsOf(site *content.Site) []leading {
	var list []leading
	for _, r := range site.Redirects {
		list = append(list, leading{r.From.String(), fmt.Sprintf("%d %s", r.Code, r.To)})
	}
	for _, s := range site.Skips {
		if s.Reason == freeze.Redirect {
			list = append(list, leading{s.URL, s.Detail})
		}
	}
	slices.SortStableFunc(list, func(a, b leading) int { return strings.Compare(a.url, b.url) })
	return list
}

// reasonOf is a reason in one line.
func reasonOf(s *content.Skip) string {
	if s.Detail == "" {
		return s.Reason
	}
	return s.Reason + " (" + s.Detail + ")"
}

// sayDiff prints one line a difference and the summary.
func (a *app) sayDiff(d *diffReport) error {
	w := bufio.NewWriter(a.stdout)
	line := func(what, url, format string, args ...any) {
		fmt.Fprintln(w, inLine(strings.TrimRight(fmt.Sprintf("%-8s  %s  %s", what, url, fmt.Sprintf(format, args...)), " ")))
	}
	bytes := func(e *content.Entry) string { return humanize.IBytes(uint64(e.Size)) }
	for _, c := range d.Added {
		note := ""
		if c.WasSkip != nil {
			note = ", was left to the app: " + reasonOf(c.WasSkip)
		}
		line("added", c.URL, "%s%s", bytes(c.Now), note)
	}
	for _, c := range d.Removed {
		note := ""
		if c.NowSkip != nil {
			note = "now left to the app: " + reasonOf(c.NowSkip)
		}
		line("removed", c.URL, "%s", note)
	}
	for _, c := range d.Changed {
		line("changed", c.URL, "%s -> %s", bytes(c.Was), bytes(c.Now))
	}
	for _, c := range d.Redirects {
		line("redirect", c.URL, "%s -> %s", cmp.Or(c.Was, "none"), cmp.Or(c.Now, "none"))
	}
	for _, c := range d.Reasons {
		line("reason", c.URL, "%s -> %s", c.Was, c.Now)
	}
	fmt.Fprintf(w, "%d added, %d removed, %d changed, %d unchanged; %s and %s changed, from release %s to %s\n",
		len(d.Added), len(d.Removed), len(d.Changed), d.Unchanged,
		plural(len(d.Redirects), "redirect"), plural(len(d.Reasons), "reason"), d.From, d.To)
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write the differences: %w", err)
	}
	return nil
}
