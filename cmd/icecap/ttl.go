package main

import (
	"time"

	"icecap/content"
)

// A ttl is the time to live of the pages of a pattern: how old one may get until it is
// frozen again. Until the new page is published the old one is served, as with the
// extension stale-while-revalidate of RFC 5861.
type ttl struct {
	path string
	age  time.Duration
	next time.Time // when one may be due at the earliest; zero before the first run
}

// An aged is a page, and when its bytes were first published.
type aged struct {
	url      string
	modified time.Time
}

func agedOf(e content.Entry) aged { return aged{e.URL(), e.Modified} }

// ages know since when a page has not been looked at: it was frozen then, or found to
// be as it was. A release knows only when bytes were new.
type ages struct {
	all time.Time            // begin of the last run of all
	one map[string]time.Time // begin of later runs, by the URLs that they were of
}

// of is that of one page.
func (a *ages) of(p aged) time.Time {
	last := p.modified
	for _, at := range []time.Time{a.all, a.one[p.url]} {
		if at.After(last) {
			last = at
		}
	}
	return last
}

// note notes a run that began at some time.
func (a *ages) note(at time.Time, pages []string) {
	if a.one == nil {
		a.one = map[string]time.Time{}
	}
	for _, url := range pages {
		a.one[url] = at
	}
}

// noteAll notes a run of all.
func (a *ages) noteAll(at time.Time) { a.all, a.one = at, nil }

const (
	// together is the part of their time to live that pages are taken along early, so
	// that those of many ages make few runs.
	together = 20
	// retry is after how long a page is tried again whose run failed, if it is not its
	// own time to live anyway.
	retry = time.Minute
)

// takeDue wishes for what is due, and notes when something is due again.
func (r *refresher) takeDue(wish func(choice)) {
	now := time.Now()
	if r.every > 0 && !now.Before(r.again) {
		r.again = now.Add(r.every)
		wish(r.named)
	}
	for i := range r.ttls {
		if t := &r.ttls[i]; !t.next.IsZero() && !now.Before(t.next) {
			if due := r.dueOf(t, now); len(due) > 0 {
				wish(choice{paths: due})
			}
		}
	}
}

// dueOf lists the pages that are due, and notes when the next ones are.
func (r *refresher) dueOf(t *ttl, now time.Time) (due []string) {
	t.next = now.Add(t.age)
	pages, err := r.pages(choice{paths: []string{t.path}})
	if err != nil {
		return nil // there is no such page yet
	}
	for _, p := range pages {
		if at := r.ages.of(p).Add(t.age); !at.After(now.Add(t.age / together)) {
			due = append(due, p.url)
		} else if at.Before(t.next) {
			t.next = at
		}
	}
	return due
}

// noteAges notes how a run ended that began at some time.
func (r *refresher) noteAges(begun time.Time, ch choice, err error) {
	now := time.Now()
	switch {
	case err == nil && ch.all():
		r.ages.noteAll(begun)
	case err == nil && len(r.ttls) > 0:
		urls := ch.paths
		if pages, err := r.pages(ch); err == nil {
			for _, p := range pages {
				urls = append(urls, p.url)
			}
		}
		r.ages.note(begun, urls)
	}
	for i := range r.ttls {
		if t := &r.ttls[i]; t.next.IsZero() {
			t.next = now
		} else if again := now.Add(min(t.age, retry)); err != nil && again.Before(t.next) {
			t.next = again
		}
	}
}

// sleep is how long nothing is due.
func (r *refresher) sleep() time.Duration {
	wait := longestSleep
	if r.every > 0 {
		wait = min(wait, time.Until(r.again))
	}
	for _, t := range r.ttls {
		if !t.next.IsZero() {
			wait = min(wait, time.Until(t.next))
		}
	}
	return max(0, wait)
}
