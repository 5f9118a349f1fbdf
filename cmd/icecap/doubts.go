package main

import (
	"fmt"
	"slices"
	"strings"

	"icecap/content"
	"icecap/freeze"
)

// sayLayouts says once what one line of a layout does to many pages, and returns
// the skips that it does not speak of.
func (a *app) sayLayouts(reason string, group []content.Skip, layouts []freeze.Layout) []content.Skip {
	shown := 0
	for _, l := range layouts {
		if l.Reason != reason || l.Pages < 2 || shown == examplesShown {
			continue
		}
		shown++
		field := ""
		if l.Field != "" {
			field = ", " + l.Field
		}
		a.say("         %5d  pages by one line of a layout, line %d of %s%s: %s", l.Pages, l.Line, l.URL, field, l.Text)
		group = slices.DeleteFunc(slices.Clone(group), func(s content.Skip) bool { return strings.Contains(s.Detail, l.Text) })
	}
	return group
}

// sayDoubts tells what a declaration could freeze, and where the sample of the
// second stranger was too small.
func (a *app) sayDoubts(r freezeReport, c *config) {
	count := map[string]int{}
	for _, skip := range r.Skips {
		if !skip.Failed {
			count[skip.Reason]++
		}
	}
	mild := count[freeze.Private] + count[freeze.NoCache] + count[freeze.Cookie] + count[freeze.Vary]
	if mild > 0 && len(c.Freeze.Public) == 0 {
		private := "1 page is private, varies or sets a cookie"
		if mild > 1 {
			private = fmt.Sprintf("%d pages are private, vary or set a cookie", mild)
		}
		a.say("hint: %s, as frameworks do by default; where every stranger gets the same, declare it: --declare-public '/catalog/**', or public under [freeze]", private)
	}
	if n := count[freeze.RobotsTXT]; n > 0 {
		a.say("hint: /robots.txt keeps %s out; if the site is your own: --robots ignore, or robots under [freeze]", plural(n, "URL"))
	}
	if n := count[freeze.Differs] + count[freeze.Canary]; n > 0 && c.Freeze.Probe == string(freeze.ProbeSample) {
		a.say("warning: two strangers got different answers for %s of a sample; pages that were not in it may differ too: icecap freeze --probe all", plural(n, "page"))
	}
}

// saySoft404 tells of an app that answers 200 OK to a URL that cannot exist.
func (a *app) saySoft404(soft *freeze.Soft404) {
	if soft == nil {
		return
	}
	same := ""
	if soft.Pages > 0 {
		same = fmt.Sprintf("; %s the same, such as %s", are(soft.Pages, "frozen page"), soft.First)
	}
	a.say("warning: the app answers 200 OK to a URL that cannot exist, so a broken link looks like a page%s", same)
}

// are is "1 page is", "2 pages are".
func are(n int, noun string) string {
	if n == 1 {
		return "1 " + noun + " is"
	}
	return plural(n, noun) + " are"
}
