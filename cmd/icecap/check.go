package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/spf13/cobra"

	"icecap/content"
	"icecap/content/release"
	"icecap/freeze/outside"
	"icecap/render"
)

// A checkConfig says how links are checked.
type checkConfig struct {
	Exclude []string `mapstructure:"exclude" toml:"exclude" yaml:"exclude" json:"exclude"`
	MaxAge  duration `mapstructure:"max_age" toml:"max_age" yaml:"max_age" json:"max_age"`
}

// checkFlags are the flags of check that are no settings.
type checkFlags struct {
	outside, private, json bool

	budget time.Duration
	junit  string
}

func (a *app) checkCommand() *cobra.Command {
	var own checkFlags
	cmd := &cobra.Command{
		Use:     "check [DIR]",
		Aliases: []string{"links"},
		Short:   "Find broken links, missing fragments and detours, in the current release or a folder of Markdown",
		Long: `Reads every page of the current release, or with DIR every page that icecap build
would make of that folder, and looks each link up. Broken is a link to what the crawl
found missing or failing, or to what the folder has not, and a fragment that is no id
of its page. A link to a redirect is told with its target, but it is not broken. What
is made of Markdown is named with file and line.

Links to other sites are asked with --external, each once, by HEAD or GET, one request
at a time and one second apart for each host; /robots.txt is not read, because this is
no crawl. 404, 410, other errors, hosts that do not exist or do not answer, and invalid
certificates are broken. 403 and the like, 429 and 503, and private addresses, which
are not asked, are told and break nothing; so is a page that has moved for good. Good
answers are remembered for a week (--max-age), broken ones for a day, in links.cache in
the output folder.

Exit code 3 if something is broken.`,
		Example: `  icecap check
  icecap check notes
  icecap check --external --exclude 'https://www.linkedin.com/**'
  icecap check --external --max-age 0
  icecap check --json
  icecap check --junit links.xml      for a build server`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.loadConfig(cmd.Flags())
			if err != nil {
				return err
			}
			return a.check(cmd.Context(), c, args, own)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&own.outside, "external", false, "also ask other sites whether links to them lead somewhere")
	flags.BoolVar(&own.private, "private", false, "with --external, also ask private addresses, such as 10.0.0.1")
	flags.DurationVar(&own.budget, "budget", 15*time.Minute, "with --external, ask for no longer than this")
	flags.StringSlice("exclude", nil, "with --external, leave out URLs that match")
	d := defaults().Check
	flags.Var(&d.MaxAge, "max-age", "with --external, for how long a good answer counts")
	flags.StringVar(&own.junit, "junit", "", "also write the findings to this file, as JUnit XML")
	addJSON(cmd, &own.json)
	addBuildFlags(flags)
	addSiteFlags(flags)
	return cmd
}

// check finds what is wrong with the links of a folder, or else of the release.
func (a *app) check(ctx context.Context, c *config, args []string, own checkFlags) error {
	for _, glob := range c.Check.Exclude {
		if !doublestar.ValidatePattern(glob) {
			return c.wrong("check.exclude", fmt.Sprintf("%q is no pattern such as https://example.com/**", glob))
		}
	}
	start := time.Now()
	check, lines, err := a.newCheck(ctx, c, args)
	if err != nil {
		return err
	}
	if own.outside {
		check.outside = map[string]*outsideLink{}
	}
	if _, err := check.run(ctx); err != nil {
		return err
	}
	if own.outside {
		if err := a.checkOutside(ctx, c, check, own); err != nil {
			return err
		}
	}
	report := &check.report
	lines(report)
	if own.junit != "" {
		if err := writeJUnit(own.junit, report); err != nil {
			return err
		}
	}
	return a.sayLinks(report, time.Since(start), own.json)
}

// newCheck opens what is checked. Lines adds the lines of the folder to a report,
// where there is one.
func (a *app) newCheck(ctx context.Context, c *config, args []string) (check *linkCheck, lines func(*linkReport), err error) {
	if len(args) == 0 {
		p, err := c.openCurrent()
		if _, statErr := os.Stat(c.Freeze.Out); errors.Is(err, release.ErrNoRelease) || errors.Is(statErr, fs.ErrNotExist) {
			return nil, nil, hintedError{err: err, hint: "publish one first: icecap freeze URL; or name a folder of Markdown: icecap check DIR"}
		}
		if err != nil {
			return nil, nil, err
		}
		check := newLinkCheck(&p.site, p.resolver(), bodiesOf(p.release))
		check.report.Release = p.site.ID
		return check, func(r *linkReport) { p.addLines(ctx, r) }, nil
	}
	blog, address, err := a.openFolder(ctx, c, args[0])
	if err != nil {
		return nil, nil, err
	}
	site := blog.Site()
	at := newResolver(&site, address)
	check = newLinkCheck(&site, at, func(e *content.Entry, _ []byte) ([]byte, error) {
		page, _, err := blog.Page(e.Key)
		return page.Body, err
	})
	check.missing, check.report.Folder = blog.Missing, args[0]
	return check, newPlacer(blog, at.addresses).place, nil
}

// errNoTexts is a folder that is no source of pages.
var errNoTexts = errors.New("there is no page in it")

// openFolder reads a folder of Markdown in which broken links are no mistakes. The
// address is that of its site.
func (a *app) openFolder(ctx context.Context, c *config, dir string) (blog *render.Blog, address string, err error) {
	folder, err := c.folder(dir)
	if err != nil {
		return nil, "", err
	}
	folder.Settings.WarnLinks, folder.Settings.StrictLinks = true, false
	snapshot, _, before, err := c.readBoth(ctx, folder)
	if err != nil {
		return nil, "", a.sayProblems(err)
	}
	blog, err = snapshot.Blog(ctx, before)
	if err == nil {
		err = blog.Check(ctx, nil)
	}
	if err != nil {
		return nil, "", a.sayProblems(err)
	}
	if blog.Texts() == 0 {
		return nil, "", hintedError{err: fmt.Errorf("read the folder %s: %w", dir, errNoTexts), hint: "pages are files that end in .md"}
	}
	return blog, snapshot.Settings().URL, nil
}

// addLines names lines of the folder of Markdown that pages of the release were made
// of, if it is here. Without it, the pages are all that can be named.
func (p *published) addLines(ctx context.Context, r *linkReport) {
	if !r.namesTexts() {
		return
	}
	folder, err := p.config.folder(p.config.buildDir(nil))
	if err != nil {
		return
	}
	snapshot, _, before, err := p.config.readBoth(ctx, folder)
	if err != nil {
		return
	}
	if blog, err := snapshot.Blog(ctx, before); err == nil {
		newPlacer(blog, p.resolver().addresses).place(r)
	}
}

// checkOutside asks other sites.
func (a *app) checkOutside(ctx context.Context, c *config, check *linkCheck, own checkFlags) error {
	known, err := c.readLinkCache()
	if err != nil {
		return err
	}
	checker := &outside.Checker{
		UserAgent: "icecap/" + version() + " (link check)", Budget: own.budget, MaxAge: time.Duration(c.Check.MaxAge), Private: own.private, Known: known,
	}
	stop := a.showProgress(outsideLine(checker))
	err = check.askOutside(ctx, checker, c.Check.Exclude)
	stop()
	if cacheErr := c.keepLinkCache(known); cacheErr != nil {
		a.say("warning: %v", cacheErr)
	} else if err != nil {
		return hintedError{err: err, hint: "what other sites said is kept, and the next check asks for the rest"}
	}
	return err
}

// sayLinks tells the findings; a broken one means exit code 3.
func (a *app) sayLinks(r *linkReport, took time.Duration, asJSON bool) error {
	if asJSON {
		if err := a.replyJSON(r); err != nil {
			return err
		}
	} else {
		a.replyFindings("broken", r.Broken)
		a.replyFindings("fragment", r.Fragments)
		a.replyFindings("redirect", r.Redirects)
		a.replyFindings("doubtful", r.Doubtful)
		where := "in release " + r.Release
		if r.Folder != "" {
			where = "in the folder " + r.Folder
		}
		a.reply("checked %s of %s %s: %d broken, %s missing, %s, in %s",
			plural(r.Links, "link"), plural(r.Pages, "page"), where, len(r.Broken),
			plural(len(r.Fragments), "fragment"), plural(len(r.Redirects), "redirect"), seconds(took.Seconds()))
		a.sayUnchecked(r)
	}
	if len(r.Broken)+len(r.Fragments) > 0 {
		return exitError{3, errSaid}
	}
	return nil
}

func (a *app) replyFindings(kind string, findings []linkFinding) {
	for _, f := range findings {
		a.reply("%-8s  %s", kind, f.words())
		for _, p := range f.Places {
			a.reply("          %s: %s", p.At(), inLine(p.Excerpt))
		}
	}
}

// sayUnchecked tells which links were not looked at.
func (a *app) sayUnchecked(r *linkReport) {
	switch {
	case r.Unknown > 0 && r.Folder != "":
		a.say("not checked: %s to paths at which something else than the folder may answer", plural(r.Unknown, "link"))
	case r.Unknown > 0:
		a.say("not checked: %s to URLs outside the crawl", plural(r.Unknown, "link"))
	}
	switch o := r.Outside; {
	case o != nil:
		a.say("other sites: %s, %d of them asked now, %d unclear, %d excluded", plural(o.URLs, "URL"), o.Asked, len(r.Doubtful), o.Excluded)
	case r.Elsewhere > 0:
		a.say("not checked: %s to other sites (--external asks them)", plural(r.Elsewhere, "link"))
	}
}

// words are a finding in one line. Lines of a folder stand below it.
func (f linkFinding) words() string {
	text := fmt.Sprintf("%s  (%s)", f.URL, f.Detail)
	if len(f.Places) == 0 {
		text += "  linked " + f.linkers.words()
	}
	return inLine(text)
}
