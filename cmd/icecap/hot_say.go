package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"icecap/nginx/hot"
)

// sayHot prints the ranking for a person.
func (a *app) sayHot(r *hotReport) {
	if r.Cover != nil {
		shown := min(len(r.Cover.Pages), len(r.Paths))
		for _, p := range r.Cover.Pages[:shown] {
			a.reply("%10s  %s", humanize.Comma(p.Taken), inLine(p.URL))
		}
		if more := len(r.Cover.Pages) - shown; more > 0 {
			a.reply("%10s  and %s more: --write FILE writes them all", "", humanize.Comma(int64(more)))
		}
		a.reply("%s", coverWords(r.Cover, r.TimeFrom))
		a.reply("")
	}
	timed := r.TimeFrom != ""
	a.reply("%10s  %6s  %9s  %8s  %9s  %6s  %s", "requests", "share", "in app", "mean", "bytes", "taken", "path")
	for _, p := range r.Paths {
		inApp, mean := "-", "-"
		if timed && p.Reached > 0 {
			inApp, mean = spell(p.AppTime()), millis(p.AppTime()/time.Duration(p.Reached))
		}
		a.reply("%10s  %6s  %9s  %8s  %9s  %6s  %s", humanize.Comma(p.Requests), percentOf(portion(p.Requests, r.People.Requests)),
			inApp, mean, humanize.IBytes(uint64(p.Bytes)), takenWords(p), inLine(p.URL))
	}
	if len(r.Trends) > 0 {
		a.reply("")
		a.reply("%8s  %8s  %s", "before", "now", "path")
		for _, t := range r.Trends {
			a.reply("%8s  %8s  %s", percentOf(t.Before), percentOf(t.After), inLine(t.URL))
		}
	}
	a.reply("")
	a.sayShares("left to the app", r.Reasons, r.People.Requests)
	a.sayShares("answered by", r.Sources, r.People.Requests+r.Programs.Requests)
	a.sayShares("programs", r.ByProgram, r.People.Requests+r.Programs.Requests)
	a.reply("%s", hotSummary(r))
	if !timed {
		a.say("hint: this format tells no times; add $upstream_response_time to log_format to rank by time in the app")
	}
}

// sharesShown is how many names a line has room for.
const sharesShown = 5

// sayShares prints one line: "left to the app: cookie 12 %, method 3 %".
func (a *app) sayShares(title string, list []hot.Named, whole int64) {
	if len(list) == 0 {
		return
	}
	var parts []string
	for _, n := range list[:min(sharesShown, len(list))] {
		parts = append(parts, n.Name+" "+percentOf(portion(n.Requests, whole)))
	}
	if more := len(list) - sharesShown; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	a.reply("%s: %s", title, inLine(strings.Join(parts, ", ")))
}

// hotSummary is the last line.
func hotSummary(r *hotReport) string {
	text := fmt.Sprintf("%s lines of %s: %s requests of people, %s asked the app", humanize.Comma(r.Lines), r.Format,
		humanize.Comma(r.People.Requests), humanize.Comma(r.People.Reached))
	if r.TimeFrom != "" {
		text += ", for " + spell(r.People.AppTime())
	}
	text += fmt.Sprintf("; %s of programs", humanize.Comma(r.Programs.Requests))
	if r.Damaged > 0 {
		text += fmt.Sprintf("; %s damaged", humanize.Comma(r.Damaged))
	}
	if r.Empty > 0 {
		text += fmt.Sprintf("; %s without a request", humanize.Comma(r.Empty))
	}
	if r.Missed > 0 {
		text += fmt.Sprintf("; cold paths were dropped, a path may have %s requests more", humanize.Comma(r.Missed))
	}
	return text
}

// takenWords is the share of a path's requests that freezing it would take off
// the app.
func takenWords(p hot.Path) string {
	switch {
	case p.Reached == 0:
		return "frozen"
	case !p.CanFreeze():
		return "no"
	}
	return wholePercent(portion(p.Taken, p.Reached))
}

func portion(part, whole int64) float64 {
	if whole <= 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// spell is a long time in words: "3 h 20 min".
func spell(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	}
	return fmt.Sprintf("%.1f h", d.Hours())
}
