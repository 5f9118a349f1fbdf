package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"icecap/content"
	"icecap/render"
)

func (a *app) importCommand() *cobra.Command {
	var old string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "import --check URL|SITEMAP|FILE [DIR]",
		Short: "Prove that each URL of an old site is a page or a redirect of the new one",
		Long: `Nothing is converted: a folder of Hugo or Jekyll is built as it is (icecap build).
What there is to import are the readers, by the URLs that they know. --check takes
those of the old site from a sitemap (its URL ends in .xml or .xml.gz; an index will
do), from a crawl of it (any other URL), or from a file, which is a saved sitemap
or has one URL or path a line, and looks each up in the site that icecap build makes of the folder, or, where the
folder holds no text, in the current release.

The old site is asked as icecap freeze asks, politely, whether each is a page: its
redirects (but where they lead to) and missing pages do not count, and neither do its
style sheets, scripts and fonts. URLs in a file are believed. For what is missing the nearest page is named, with
the line of front matter that makes the old URL lead there.

Exit code 3 if something is missing.`,
		Example: `  icecap import --check https://old.example.com/sitemap.xml
  icecap import --check http://localhost:1313 notes
  icecap import --check urls.txt --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if old == "" {
				return hintedError{err: usageError{errors.New("import: there is nothing to convert, a folder of Hugo or Jekyll is built as it is: icecap build DIR")},
					hint: "to prove that each old URL is still answered: icecap import --check https://old.example.com/sitemap.xml"}
			}
			c, err := a.loadConfig(cmd.Flags())
			if err != nil {
				return err
			}
			return a.importCheck(cmd.Context(), c, old, args, asJSON)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&old, "check", "", "where the URLs of the old site are: its address, a sitemap's, or a file with one a line")
	addJSON(cmd, &asJSON)
	addMannerFlags(flags)
	addBuildFlags(flags)
	addSiteFlags(flags)
	return cmd
}

// An importReport is the answer of import --check --json.
type importReport struct {
	Old     string      `json:"old"`               // where the URLs are from
	Folder  string      `json:"folder,omitempty"`  // in which they were looked for,
	Release string      `json:"release,omitempty"` // or this release
	Pages   int         `json:"pages"`             // of the URLs, so many are pages of the new site,
	Moved   int         `json:"redirects"`         // redirects to a page,
	Missing int         `json:"missing"`           // or neither
	URLs    []importURL `json:"urls"`              // sorted by state, then URL
	Left    importLeft  `json:"left"`              // URLs that are no pages of the old site
	Mend    []aliasLine `json:"mend"`              // sorted by file
}

// An importURL is one page of the old site.
type importURL struct {
	URL    string `json:"url"` // path and query
	State  string `json:"state"`
	To     string `json:"to,omitempty"`     // where a redirect leads
	Detail string `json:"detail,omitempty"` // why it is missing, if there is more to say
	Near   string `json:"near,omitempty"`   // of what is missing, the page that may be meant
	File   string `json:"file,omitempty"`   // of that page
}

// States of an old URL in the new site.
const (
	importPage     = "page"
	importRedirect = "redirect"
	importMissing  = "missing"
)

// An aliasLine is what to write into the front matter of a file.
type aliasLine struct {
	File string `json:"file"`
	Line string `json:"line"`
}

// A newSite is where old URLs are looked for.
type newSite struct {
	content.Site
	blog      *render.Blog // nil for a release
	queries   content.Queries
	unlisted  map[string]bool // redirects that the gate cannot answer, see [content.NewGateMap]
	gateAlone bool            // no app answers what the site has not
}

func (a *app) importCheck(ctx context.Context, c *config, old string, args []string, asJSON bool) error {
	start := time.Now()
	site, report, err := a.openNewSite(ctx, c, args)
	if err != nil {
		return err
	}
	found, err := a.readOldSite(ctx, c, old)
	if err != nil {
		return err
	}
	report.Old, report.Left, report.URLs = old, found.left, []importURL{}
	for _, raw := range found.urls {
		report.add(site.lookUp(raw))
	}
	slices.SortFunc(report.URLs, func(x, y importURL) int {
		return cmp.Or(importOrder(x.State)-importOrder(y.State), strings.Compare(x.URL, y.URL))
	})
	report.suggest(site)
	if asJSON {
		if err := a.replyJSON(report); err != nil {
			return err
		}
	} else {
		a.sayImport(report, time.Since(start))
	}
	if report.Missing > 0 {
		return exitError{3, errSaid}
	}
	return nil
}

// openNewSite lays out the folder, or opens the current release if there is no text
// in it.
func (a *app) openNewSite(ctx context.Context, c *config, args []string) (*newSite, *importReport, error) {
	dir := c.buildDir(args)
	blog, _, err := a.openFolder(ctx, c, dir)
	if err == nil {
		s := &newSite{Site: blog.Site(), blog: blog}
		s.prepare(c)
		return s, &importReport{Folder: dir}, nil
	}
	if !errors.Is(err, errNoTexts) || len(args) > 0 {
		return nil, nil, err
	}
	p, err := c.openCurrent()
	if err != nil {
		return nil, nil, err
	}
	s := &newSite{Site: p.site}
	s.prepare(c)
	return s, &importReport{Release: p.site.ID}, nil
}

func (s *newSite) prepare(c *config) {
	s.queries, s.unlisted = c.queries(), map[string]bool{}
	s.gateAlone = c.App.URL == "" && c.App.Run == "" && (c.App.Pass == "" || c.App.Pass == "none")
	_, left := content.NewGateMap(s.Entries, s.Redirects)
	for _, url := range left {
		s.unlisted[url] = true
	}
}

func importOrder(state string) int {
	return slices.Index([]string{importPage, importRedirect, importMissing}, state)
}

// add counts a URL.
func (r *importReport) add(u importURL) {
	switch u.State {
	case importPage:
		r.Pages++
	case importRedirect:
		r.Moved++
	default:
		r.Missing++
	}
	r.URLs = append(r.URLs, u)
}

// lookUp says what the gate answers to a URL of the old site.
func (s *newSite) lookUp(raw string) importURL {
	t := targetOfURL(raw)
	u := importURL{URL: t.url, State: importMissing}
	if t.key.Path.IsZero() {
		u.Detail = "no page can have this URL"
		if _, err := content.ParsePath(pathOfURL(raw)); err != nil {
			u.Detail += ": " + err.(*content.PathError).Reason
		}
		return u
	}
	if variant, ok := s.queries.Variant(t.key.Path, t.key.Variant); ok && t.key.Variant != "" {
		t = targetOf(t.key.Path.String(), variant)
	}
	const longest = 20 // redirects in a row
	for range longest {
		found := find(&s.Site, t)
		switch {
		case found.entry != nil && u.To == "":
			u.State = importPage
			return u
		case found.entry != nil:
			u.State = importRedirect
			return u
		case found.redirect == nil || found.redirect.To == "":
			u.Detail = s.whyNot(t, u)
			return u
		case s.unlisted[found.redirect.From.String()]:
			u.Detail = "the redirect to " + found.redirect.To + " is none that the gate can answer"
			return u
		}
		u.To = found.redirect.To
		if !strings.HasPrefix(u.To, "/") || strings.HasPrefix(u.To, "//") { // to another site
			u.State = importRedirect
			return u
		}
		t = targetOfURL(u.To)
	}
	u.Detail = "redirects without end"
	return u
}

// whyNot adds to what is missing what is not plain to see.
func (s *newSite) whyNot(t target, u importURL) string {
	switch {
	case u.To != "":
		return "redirects to " + t.url + ", which is missing"
	case t.key.Variant != "" && s.gateAlone && find(&s.Site, targetOf(t.key.Path.String(), "")).entry != nil:
		return "the gate ignores this query, and answers " + t.key.Path.String()
	}
	return ""
}

func pathOfURL(url string) string {
	path, _, _ := strings.Cut(url, "?")
	return path
}

// sayImport tells each URL, what would mend it, and the counts.
func (a *app) sayImport(r *importReport, took time.Duration) {
	for _, u := range r.URLs {
		line := fmt.Sprintf("%-8s  %s", u.State, u.URL)
		if u.To != "" && u.State == importRedirect {
			line += " -> " + u.To
		}
		if u.Detail != "" {
			line += "  (" + u.Detail + ")"
		}
		if u.Near != "" {
			line += "  near " + u.Near
		}
		a.reply("%s", inLine(line))
	}
	if len(r.Mend) > 0 {
		a.reply("to make them lead to the nearest pages, have in the front matter:")
		for _, m := range r.Mend {
			a.reply("  %s: %s", m.File, m.Line)
		}
	}
	where := "the folder " + r.Folder
	if r.Release != "" {
		where = "release " + r.Release
	}
	a.reply("checked %s of %s in %s: %s, %s, %d missing, in %s", plural(len(r.URLs), "URL"), r.Old, where,
		plural(r.Pages, "page"), plural(r.Moved, "redirect"), r.Missing, seconds(took.Seconds()))
	a.sayLeft(r.Left)
}
