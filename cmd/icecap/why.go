package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"icecap/content"
)

func (a *app) whyCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "why URL",
		Short: "Explain one URL: frozen, left to the app or never met, by which rule, and who links to it",
		Long: `Reads the current release; the app is not asked. The last line is the gate's own
answer to a plain GET of this very spelling.`,
		Example: "  icecap why /about\n  icecap why 'https://shop.example.com/list?page=2'\n  icecap why /account --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.openCurrent(cmd)
			if err != nil {
				return err
			}
			report, err := p.why(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return a.replyJSON(report)
			}
			a.sayWhy(report, time.Now())
			return nil
		},
	}
	addSiteFlags(cmd.Flags())
	addJSON(cmd, &asJSON)
	return cmd
}

// States of a URL in a release.
const (
	isPage     = "frozen"
	isSkipped  = "skipped"
	isRedirect = "redirect"
	isUnseen   = "unseen"
)

// A whyReport is the answer of why --json. Exactly one of Page, Skip and
// Redirect is set, none for a URL that the crawl never met.
type whyReport struct {
	URL      string            `json:"url"` // in the spelling of the manifest
	State    string            `json:"state"`
	Release  string            `json:"release"`
	Released time.Time         `json:"released"`
	File     string            `json:"file,omitempty"` // relative to the output folder
	Page     *content.Entry    `json:"page,omitempty"`
	Skip     *content.Skip     `json:"skip,omitempty"`
	Redirect *content.Redirect `json:"redirect,omitempty"`
	Meaning  string            `json:"meaning,omitempty"` // of Skip.Reason
	Linked   linkers           `json:"linked"`
	Gate     gateAnswer        `json:"gate"`
	Notes    []string          `json:"notes,omitempty"`

	built bool // a folder of Markdown without an app beside it
}

// why looks a URL up in everything that the release knows.
func (p *published) why(ctx context.Context, raw string) (*whyReport, error) {
	host, request, err := p.readURL(raw)
	if err != nil {
		return nil, err
	}
	t := targetOfURL(request)
	report := &whyReport{URL: t.url, State: isUnseen, Release: p.site.ID, Released: p.site.Created, built: p.config.builtAlone()}
	switch found := find(&p.site, t); {
	case found.entry != nil:
		report.State, report.Page, report.File = isPage, found.entry, p.file(*found.entry)
	case found.redirect != nil:
		report.State, report.Redirect = isRedirect, found.redirect
	case found.skip != nil:
		report.State, report.Skip, report.Meaning = isSkipped, found.skip, meaning(found.skip.Reason)
	}
	if report.Linked, err = linkersOf(ctx, p.release, &p.site, p.resolver(), t.url); err != nil {
		return nil, err
	}
	if report.Gate, err = p.askGate(host, request, report.built); err != nil {
		return nil, err
	}
	report.Notes = p.notes(t, report)
	return report, nil
}

// readURL splits what a person typed or pasted into the host that would be
// asked, "" for the site's own, and the path with its query, as a browser would
// send it.
func (p *published) readURL(raw string) (host, request string, err error) {
	raw, _, _ = strings.Cut(strings.TrimSpace(raw), "#")
	if strings.HasPrefix(raw, "/") {
		return "", content.EscapeURL(raw), nil
	}
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok || scheme != "http" && scheme != "https" {
		return "", "", hintedError{err: usageError{fmt.Errorf("explain %q: it is neither a path nor an http address", raw)},
			hint: "begin with a slash: icecap why /about"}
	}
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	u, err := url.Parse(scheme + "://" + rest[:end])
	if err != nil || u.Hostname() == "" {
		return "", "", usageError{fmt.Errorf("explain %q: it names no host", raw)}
	}
	request = rest[end:]
	if !strings.HasPrefix(request, "/") {
		request = "/" + request
	}
	// The app's own address is how the crawler saw the site; visitors do not come that way.
	if p.resolver().addresses.Ours(u) {
		return "", content.EscapeURL(request), nil
	}
	return u.Host, content.EscapeURL(request), nil
}

// notes are what a person who asked for this URL may want to know beside it.
func (p *published) notes(t target, report *whyReport) []string {
	var notes []string
	path, _, hasQuery := strings.Cut(t.url, "?")
	if hasQuery && isFrozen(&p.site, path) {
		notes = append(notes, path+" without the query is frozen")
	}
	if report.State == isPage || report.State == isRedirect {
		return notes
	}
	if report.State == isUnseen && !report.built {
		notes = append(notes, p.unseen(t, report)...)
	}
	for _, twin := range []string{strings.TrimSuffix(path, "/"), path + "/", strings.ToLower(path)} {
		if twin != "" && twin != path && isFrozen(&p.site, twin) {
			note := twin + " is frozen"
			if !report.built {
				note += "; the app decides what the other spelling is"
			}
			notes = append(notes, note)
		}
	}
	return notes
}

// unseen says why the crawl did not meet a URL, as far as the settings tell.
func (p *published) unseen(t target, report *whyReport) []string {
	if t.key.Path.IsZero() {
		path, _, _ := strings.Cut(t.url, "?")
		var refusal *content.PathError
		if _, err := content.ParsePath(path); errors.As(err, &refusal) {
			return []string{"no such address can be frozen: it " + refusal.Reason}
		}
		return nil
	}
	decoded := t.key.Path.Decoded()
	for _, glob := range p.config.Freeze.Exclude {
		if doublestar.MatchUnvalidated(glob, decoded) {
			return []string{fmt.Sprintf("it is outside the crawl: exclude = %q", glob)}
		}
	}
	included := len(p.config.Freeze.Include) == 0
	for _, glob := range p.config.Freeze.Include {
		included = included || doublestar.MatchUnvalidated(glob, decoded)
	}
	switch {
	case !included:
		return []string{fmt.Sprintf("it is outside the crawl: no pattern of include = %q matches", p.config.Freeze.Include)}
	case t.key.Variant != "" && report.Linked.Pages > 0:
		return []string{"of each path only some queries are listed; all others stay with the app as well"}
	case t.key.Variant != "": // what the gate says is enough
		return nil
	case report.Linked.Pages > 0:
		return []string{"it was linked and yet outside the crawl: see exclude, max_depth and the path of the crawled address"}
	}
	return []string{"if it exists, link to it or name it under seeds"}
}

// sayWhy is the report for people.
func (a *app) sayWhy(r *whyReport, now time.Time) {
	line := func(name, format string, args ...any) {
		a.reply("  %-9s %s", name, inLine(fmt.Sprintf(format, args...)))
	}
	ago := func(t time.Time) string {
		return t.Local().Format("2006-01-02 15:04:05") + ", " + humanize.RelTime(t, now, "ago", "from now")
	}
	switch r.State {
	case isPage:
		if r.Page.Fallback {
			a.reply("%s is frozen as a copy, for when the app fails", inLine(r.URL))
		} else {
			a.reply("%s is frozen", inLine(r.URL))
		}
		line("file", "%s", r.File)
		line("content", "%s, %s, sha256 %s", r.Page.MediaType, humanize.IBytes(uint64(r.Page.Size)), r.Page.SHA256)
		line("since", "%s: these bytes were first published", ago(r.Page.Modified))
		line("from", "%s", cmp.Or(r.Page.Origin, r.Page.Source))
		if len(r.Page.Cookies) > 0 {
			line("cookies", "%s: set by the app with this page, and not frozen", strings.Join(r.Page.Cookies, ", "))
		}
		if len(r.Page.Tags) > 0 {
			line("tags", "%s", strings.Join(r.Page.Tags, ", "))
		}
		if r.Page.Stale != nil {
			line("stale", "it failed when it was last asked for, and keeps its last good copy: %s", staleText(r.Page.Stale, now))
		}
		if r.Page.Carried > 0 {
			line("carried", "the source has not yielded it for %s; it is kept for old pages", plural(r.Page.Carried, "release"))
		}
	case isRedirect:
		if r.Redirect.Gone() {
			a.reply("%s is gone, as the gate says itself: status %d", inLine(r.URL), r.Redirect.Code)
			break
		}
		a.reply("%s is a redirect that the gate replays", inLine(r.URL))
		line("to", "%d %s", r.Redirect.Code, r.Redirect.To)
	case isSkipped:
		a.reply("%s is left to the app: %s", inLine(r.URL), inLine(r.Skip.Reason))
		line("rule", "%s", r.Meaning)
		if r.Skip.Detail != "" {
			line("seen", "%s", r.Skip.Detail)
		}
		if len(r.Skip.Cookies) > 0 {
			line("cookies", "%s", strings.Join(r.Skip.Cookies, ", "))
		}
		if r.Skip.Failed {
			line("failed", "the app failed; the next freeze tries again")
		}
	case isUnseen:
		if r.built {
			a.reply("%s is no page of this site", inLine(r.URL))
			break
		}
		a.reply("%s was not met by the crawl", inLine(r.URL))
	}
	line("release", "%s of %s", r.Release, ago(r.Released))
	line("linked", "%s", r.Linked.words())
	line("gate", "%s", r.Gate.words(r))
	for _, note := range r.Notes {
		line("note", "%s", note)
	}
}

// words name the first linkers.
func (l linkers) words() string {
	const named = 3
	switch {
	case l.Pages == 0:
		return "by no page of this release"
	case l.Pages <= named:
		return "by " + strings.Join(l.From, ", ")
	}
	return fmt.Sprintf("by %s and %s", strings.Join(l.From[:named], ", "), plural(l.Pages-named, "more page"))
}
