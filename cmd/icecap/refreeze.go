package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/dustin/go-humanize"
	"github.com/spf13/pflag"

	"icecap/content"
	"icecap/content/release"
	"icecap/freeze"
)

// A choice says which pages of a site are frozen again. The zero choice is all.
type choice struct {
	paths  []string // paths, also with a query, and globs of pages that the release has
	tags   []string // names that the app gave pages
	full   bool     // no page is taken over unseen
	resume bool     // go on with an interrupted run
}

func addChoiceFlags(flags *pflag.FlagSet, ch *choice) {
	flags.StringSliceVar(&ch.tags, "tag", nil, "freeze only the pages with this name in Icecap-Tag again")
	flags.BoolVar(&ch.full, "full", false, "ask for every page in full, not whether it has changed")
	flags.BoolVar(&ch.resume, "resume", false, "go on with the run that was interrupted")
	stale := defaults().Freeze.MaxStale
	flags.Var(&stale, "max-stale", "keep the last good copy of a page that fails for so long")
}

// aim finds out which app, and which pages of it, are to be frozen.
func (a *app) aim(c *config, args []string, own *freezeFlags) error {
	if err := readArguments(args, c, &own.choice); err != nil {
		return err
	}
	if own.dryRun && own.choice.resume {
		return usageError{errors.New("go on with the interrupted run: a dry run publishes nothing, and would lose it")}
	}
	if c.App.URL == "" && c.App.Run == "" && !own.choice.all() {
		var err error
		if c.App.URL, err = c.runningApp("icecap freeze URL PATH..."); err != nil {
			return err
		}
	}
	if own.from != "" {
		if err := a.seedsFrom(c, own.from); err != nil {
			return err
		}
	}
	if c.App.URL == "" && c.App.Run == "" {
		return hintedError{err: usageError{fmt.Errorf("find the app: no URL was given")},
			hint: "icecap freeze http://localhost:8000, or set url under [app] in icecap.toml"}
	}
	return nil
}

// readArguments tells the app from the pages: icecap freeze [URL] [PATH...].
func readArguments(args []string, c *config, ch *choice) error {
	for i, arg := range args {
		switch {
		case strings.HasPrefix(arg, "/"):
			ch.paths = append(ch.paths, arg)
		case i == 0:
			c.App.URL = arg
		default:
			return hintedError{err: usageError{fmt.Errorf("find the pages to freeze: %q is no path", arg)},
				hint: "paths begin with a slash: icecap freeze /product/7; the address of the app comes first"}
		}
	}
	return nil
}

// all reports whether the whole site is frozen.
func (ch *choice) all() bool { return len(ch.paths) == 0 && len(ch.tags) == 0 }

// isGlob reports whether an argument is a pattern. A question mark begins a query.
func isGlob(arg string) bool { return strings.ContainsAny(arg, "*[{") }

// urls lists the chosen pages. Names and globs are looked up in the release, and
// one that finds nothing is an error: it was misspelled.
func (ch *choice) urls(c *config) (urls []string, err error) {
	for _, arg := range ch.paths {
		if !isGlob(arg) {
			urls = append(urls, arg)
		}
	}
	pages, err := ch.find(c)
	for _, p := range pages {
		urls = append(urls, p.url)
	}
	return urls, err
}

// find lists the pages that are chosen by names and globs.
func (ch *choice) find(c *config) (pages []aged, err error) {
	store, err := openExisting(c.Freeze.Out)
	if err != nil {
		return nil, err
	}
	current, err := store.Current()
	if errors.Is(err, release.ErrNoRelease) {
		return nil, hintedError{err: fmt.Errorf("freeze a part of the site: %w", err), hint: "freeze all of it first: icecap freeze URL"}
	}
	if err != nil {
		return nil, err
	}
	var globs []string
	for _, arg := range ch.paths {
		if !isGlob(arg) {
			continue
		} else if !doublestar.ValidatePattern(arg) {
			return nil, usageError{fmt.Errorf("find the pages to freeze: %q is no glob", arg)}
		} else {
			globs = append(globs, arg)
		}
	}
	if len(globs)+len(ch.tags) == 0 {
		return nil, nil
	}
	missing := map[string]bool{}
	for _, name := range slices.Concat(globs, ch.tags) {
		missing[name] = true
	}
	queries := c.queries()
	err = current.Pages(func(e content.Entry) {
		_, declared := queries.Variant(e.Path, e.Variant)
		if e.Source != c.Site.Name || e.Variant != "" && !declared || e.Status() != http.StatusOK {
			return // another source's, a style sheet for one page, or the page of a status
		}
		found := false
		for _, glob := range globs {
			if doublestar.MatchUnvalidated(glob, e.Path.Decoded()) {
				found, missing[glob] = true, false
			}
		}
		for _, tag := range ch.tags {
			if slices.Contains(e.Tags, tag) {
				found, missing[tag] = true, false
			}
		}
		if found {
			pages = append(pages, agedOf(e))
		}
	})
	for _, name := range slices.Concat(globs, ch.tags) {
		if missing[name] && err == nil {
			err = hintedError{err: usageError{fmt.Errorf("find the pages to freeze: no page of release %s is named %s", current.ID, name)},
				hint: "see icecap ls --json"}
		}
	}
	return pages, err
}

// words name a run for its journal: only the same run is gone on with. How fast it
// went, and when it would have given up, may change.
func (c *config) words(crawler *freeze.Crawler) (string, error) {
	same := *c
	same.Freeze.Workers, same.Freeze.Rate, same.Freeze.Timeout = 0, 0, 0
	same.Freeze.MaxPages, same.Freeze.MaxBytes, same.Freeze.MaxTime, same.Limit = 0, 0, 0, nil
	if same.App.Run != "" {
		same.App.URL = "" // another port each time
	}
	text, err := json.Marshal(struct {
		Version  string
		Settings *config
		Only     []string
		Full     bool
	}{version(), &same, crawler.Only, crawler.Full})
	if err != nil {
		return "", fmt.Errorf("name the run: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8]), nil
}

// openStage begins a stage, or goes on with that of an interrupted run.
func (a *app) openStage(ctx context.Context, store *release.Store, p publication) (*release.Stage, error) {
	if p.Resume {
		stage, err := store.Resume(ctx, p.Scope, p.Run)
		if !errors.Is(err, release.ErrNothingLeft) {
			return stage, err
		}
		a.say("no run was interrupted: beginning anew")
	}
	interrupted := store.Interrupted()
	stage, err := store.Stage(ctx, p.Scope)
	if err != nil {
		return nil, err
	}
	if interrupted {
		a.say("warning: the interrupted run was discarded; --resume would have gone on with it")
	}
	if p.Run == "" {
		return stage, nil
	}
	if err := stage.Record(p.Run); err != nil {
		return nil, errors.Join(err, stage.Discard())
	}
	return stage, nil
}

// suspend keeps what an unfinished run has, unless the disk or the settings are to
// blame, and says how to go on.
func (a *app) suspend(stage *release.Stage, cause error) error {
	var broken *release.DiskError
	var setting *freeze.ConfigError
	if errors.As(cause, &broken) || errors.As(cause, &setting) {
		return cause
	}
	pages, err := stage.Suspend()
	if err != nil || pages == 0 {
		return errors.Join(cause, err)
	}
	c := describe(cause)
	hint := fmt.Sprintf("%s are there: go on with --resume", plural(pages, "page"))
	if c.hint != "" {
		hint = c.hint + "; " + hint
	}
	return hintedError{err: cause, at: c.at, hint: hint}
}

// A stalePage is a page that failed and keeps its last good copy.
type stalePage struct {
	URL string `json:"url"`
	content.Stale
}

func stalePages(entries []content.Entry) []stalePage {
	var list []stalePage
	for _, e := range entries {
		list = append(list, stalePage{e.URL(), *e.Stale})
	}
	return list
}

// sayStale tells which pages failed and stay as they were.
func (a *app) sayStale(list []stalePage, now time.Time) {
	if len(list) == 0 {
		return
	}
	a.say("kept, though failing  %d", len(list))
	for _, p := range list[:min(examplesShown, len(list))] {
		a.say("                %s  (%s)", p.URL, staleText(&p.Stale, now))
	}
}

// staleText is why a page is stale, and since when.
func staleText(s *content.Stale, now time.Time) string {
	return inLine(strings.TrimSpace(s.Reason+" "+s.Detail)) + ", since " + humanize.RelTime(s.Since, now, "ago", "from now")
}
