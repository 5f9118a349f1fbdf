package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"icecap/content"
)

// A listing says which lines of the current release are listed. The zero
// listing lists every page.
type listing struct {
	pattern string   // doublestar glob on the decoded path; "" for all
	media   string   // "html", "text/html" or "image/*"
	larger  size     // than so many bytes
	older   duration // first published longer ago
	tag     string   // that the app gave it; "" for all
	stale   bool     // only pages that failed when they were last asked for

	skipped bool   // list what was left to the app instead of pages
	reason  string // of a skip; implies skipped
	failed  bool   // the app failed; implies skipped

	json bool // one object a line
}

func (a *app) lsCommand() *cobra.Command {
	var l listing
	cmd := &cobra.Command{
		Use:   "ls [PATTERN]",
		Short: "List the pages of the current release, or what was left to the app",
		Long: `Prints size, time of publication, media type and URL, or with --skipped reason
and URL. The pattern is a glob on the decoded path: * stays within a segment, **
does not. With --json every line is one object.`,
		Example: `  icecap ls '/blog/**' --older 2h
  icecap ls --type 'image/*' --larger 1MB
  icecap ls --reason no-store
  icecap ls --tag product-7
  icecap ls --stale
  icecap ls --failed --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				l.pattern = args[0]
			}
			if err := l.check(); err != nil {
				return err
			}
			p, err := a.openCurrent(cmd)
			if err != nil {
				return err
			}
			return a.list(p, l, time.Now())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&l.media, "type", "", "only pages of this type: html, text/html or 'image/*'")
	flags.Var(&l.larger, "larger", "only pages larger than this, such as 1MB")
	flags.Var(&l.older, "older", "only pages whose bytes were first published longer ago than this, such as 2h")
	flags.StringVar(&l.tag, "tag", "", "only pages with this name in Icecap-Tag")
	flags.BoolVar(&l.stale, "stale", false, "only pages that failed when they were last asked for, and keep their last good copy")
	flags.BoolVar(&l.skipped, "skipped", false, "list what was left to the app")
	flags.StringVar(&l.reason, "reason", "", "list what was left to the app for this reason, such as no-store")
	flags.BoolVar(&l.failed, "failed", false, "list where the app failed")
	addJSON(cmd, &l.json)
	addOut(cmd)
	return cmd
}

// check finds words that cannot be meant, and settles what is implied.
func (l *listing) check() error {
	l.skipped = l.skipped || l.failed || l.reason != ""
	if l.skipped && !l.anyPage() {
		return usageError{fmt.Errorf("list pages: --type, --larger, --older, --tag and --stale ask for pages, --skipped, --reason and --failed for what is none")}
	}
	if !doublestar.ValidatePattern(l.pattern) {
		return usageError{fmt.Errorf("list pages: %q is no glob", l.pattern)}
	}
	if l.pattern != "" && !strings.HasPrefix(l.pattern, "/") && !strings.HasPrefix(l.pattern, "*") && !strings.HasPrefix(l.pattern, "{") {
		return hintedError{err: usageError{fmt.Errorf("list pages: %q matches nothing, because every path begins with a slash", l.pattern)},
			hint: "write '/" + l.pattern + "' or '**/" + l.pattern + "'"}
	}
	if l.media != "" {
		for _, m := range content.MediaTypes() {
			if l.hasMedia(m) {
				return nil
			}
		}
		return hintedError{err: usageError{fmt.Errorf("list pages: no page can have the type %q", l.media)}, hint: "try html, text/html or 'image/*'"}
	}
	return nil
}

// anyPage reports whether no word on the page itself, beside its path, was said.
func (l *listing) anyPage() bool {
	return l.media == "" && l.larger == 0 && l.older == 0 && l.tag == "" && !l.stale
}

// hasMedia compares the wanted type with a name, a group of types or an extension.
func (l *listing) hasMedia(m content.Media) bool {
	if group, ok := strings.CutSuffix(l.media, "*"); ok {
		return strings.HasPrefix(m.Type, group)
	}
	return strings.EqualFold(l.media, m.Type) || strings.EqualFold(l.media, m.Ext)
}

// hasPath reports whether the pattern matches a URL of the manifest.
func (l *listing) hasPath(url string) bool {
	if l.pattern == "" {
		return true
	}
	t := targetOfURL(url)
	if t.key.Path.IsZero() { // it has no decoded form
		path, _, _ := strings.Cut(url, "?")
		return doublestar.MatchUnvalidated(l.pattern, path)
	}
	return doublestar.MatchUnvalidated(l.pattern, t.key.Path.Decoded())
}

// hasPage reports whether a page is listed.
func (l *listing) hasPage(e *content.Entry, now time.Time) bool {
	if e.Size <= int64(l.larger) && l.larger > 0 {
		return false
	}
	if l.older > 0 && now.Sub(e.Modified) <= time.Duration(l.older) {
		return false
	}
	if l.tag != "" && !slices.Contains(e.Tags, l.tag) || l.stale && e.Stale == nil {
		return false
	}
	if l.media != "" {
		if m, ok := content.MediaFor(e.MediaType); !ok || !l.hasMedia(m) {
			return false
		}
	}
	return l.pattern == "" || doublestar.MatchUnvalidated(l.pattern, e.Path.Decoded())
}

// hasRedirect reports whether a redirect is listed: it is no page, but in its place.
func (l *listing) hasRedirect(r *content.Redirect) bool {
	return l.anyPage() && l.hasPath(r.From.String())
}

func (l *listing) hasSkip(s *content.Skip) bool {
	return (l.reason == "" || s.Reason == l.reason) && (!l.failed || s.Failed) && l.hasPath(s.URL)
}

// A listedPage, listedRedirect or listedSkip is one line of ls --json.
type listedPage struct {
	State string `json:"state"` // "frozen"
	URL   string `json:"url"`
	File  string `json:"file"` // relative to the output folder
	content.Entry
}

type listedRedirect struct {
	State string `json:"state"` // "redirect"
	URL   string `json:"url"`
	content.Redirect
}

type listedSkip struct {
	State string `json:"state"` // "skipped"
	content.Skip
}

// list prints the lines, and the summary as talk.
func (a *app) list(p *published, l listing, now time.Time) error {
	w := bufio.NewWriter(a.stdout)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	print := func(object any, format string, args ...any) error {
		if l.json {
			return enc.Encode(object)
		}
		_, err := fmt.Fprintln(w, inLine(fmt.Sprintf(format, args...)))
		return err
	}
	listed := listPages
	if l.skipped {
		listed = listSkips
	}
	summary, err := listed(p, l, now, print)
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		return fmt.Errorf("write the list: %w", err)
	}
	a.say("%s in release %s", summary, p.site.ID)
	return nil
}

// A linePrinter prints one line in the asked form.
type linePrinter func(object any, format string, args ...any) error

func listPages(p *published, l listing, now time.Time, print linePrinter) (summary string, err error) {
	pages, bytes, redirects := 0, int64(0), 0
	for i := range p.site.Entries {
		e := &p.site.Entries[i]
		if !l.hasPage(e, now) {
			continue
		}
		pages++
		bytes += e.Size
		text := e.URL() + noteOf(*e)
		if e.Stale != nil {
			text += "  (" + staleText(e.Stale, now) + ")"
		}
		if err := print(listedPage{isPage, e.URL(), p.file(*e), *e}, "%10s  %s  %-16s  %s",
			humanize.IBytes(uint64(e.Size)), e.Modified.Local().Format("2006-01-02 15:04:05"), e.MediaType, text); err != nil {
			return "", err
		}
	}
	for i := range p.site.Redirects {
		r := &p.site.Redirects[i]
		if !l.hasRedirect(r) {
			continue
		}
		redirects++
		if err := print(listedRedirect{isRedirect, r.From.String(), *r}, "%10s  %19s  %-16d  %s", "-", "-", r.Code, strings.TrimSuffix(r.From.String()+" -> "+r.To, " -> ")); err != nil {
			return "", err
		}
	}
	summary = plural(pages, "page") + ", " + humanize.IBytes(uint64(bytes))
	if redirects > 0 {
		summary += ", " + plural(redirects, "redirect")
	}
	return summary, nil
}

// noteOf says of a page that it is more than a page, or less.
func noteOf(e content.Entry) string {
	switch {
	case e.Status() != http.StatusOK:
		return fmt.Sprintf("  (the page for all that is gone with status %d)", e.Status())
	case e.Fallback:
		return "  (a copy for when the app fails)"
	}
	return ""
}

func listSkips(p *published, l listing, _ time.Time, print linePrinter) (summary string, err error) {
	skips := 0
	for i := range p.site.Skips {
		s := &p.site.Skips[i]
		if !l.hasSkip(s) {
			continue
		}
		skips++
		text := s.URL
		if s.Detail != "" {
			text += "  (" + s.Detail + ")"
		}
		if s.From != "" {
			text += "  from " + s.From
		}
		if err := print(listedSkip{isSkipped, *s}, "%-13s  %s", s.Reason, text); err != nil {
			return "", err
		}
	}
	return plural(skips, "URL") + " left to the app", nil
}
