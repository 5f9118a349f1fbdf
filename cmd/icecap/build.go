package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"icecap/content"
	"icecap/content/release"
	"icecap/render"
)

// buildFlags are the flags of build that are no settings.
type buildFlags struct {
	dryRun, allowShrink, verify, json bool

	aside bool // beside a preview, which is left a processor
}

func (a *app) buildCommand() *cobra.Command {
	var own buildFlags
	cmd := &cobra.Command{
		Use:   "build [DIR]",
		Short: "Turn a folder of Markdown into pages and publish them as one release",
		Long: `No configuration is needed: every .md file becomes a page, those with a date
posts, and the front page, tags, archives, feeds, sitemap and the page for what is
not there come by themselves. A mistake (a broken link, two files with one URL, a
bad date, an unknown shortcode) ends the build with its file and line, and the old
site stays. Only what changed is made anew.

With --prefix /blog/ the pages lie below that path, beside those of a frozen app
in the same release.`,
		Example: `  icecap build
  icecap build notes --public https://example.org --out /srv/notes
  icecap build --drafts --future --dry-run
  icecap build blog --prefix /blog/`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.loadConfig(cmd.Flags())
			if err != nil {
				return err
			}
			dir := c.buildDir(args)
			if err := a.build(cmd.Context(), c, dir, own); err != nil || !own.verify {
				return err
			}
			return a.verifyBuild(cmd.Context(), c, dir)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&own.dryRun, "dry-run", false, "make all pages and report, publish nothing")
	flags.BoolVar(&own.allowShrink, "allow-shrink", false, "publish even if more than half of the files are gone")
	flags.BoolVar(&own.verify, "verify", false, "then make everything once more from nothing, and compare")
	addJSON(cmd, &own.json)
	addBuildFlags(flags)
	addSiteFlags(flags)
	addCompress(flags)
	return cmd
}

// addBuildFlags declares the flags that say what is made of a folder of Markdown.
func addBuildFlags(flags *pflag.FlagSet) {
	d := defaultBuild()
	flags.String("prefix", d.Prefix, "path below which the pages lie")
	flags.Bool("drafts", false, "also publish drafts")
	flags.Bool("future", false, "also publish posts of the future")
	flags.Bool("expired", false, "also publish expired posts")
	flags.Bool("raw-html", false, "let HTML in Markdown through")
	flags.Bool("lenient", false, "leave unknown shortcodes and Liquid tags out, and keep the text within")
	flags.String("broken-links", d.BrokenLinks, "what a broken link is: error or warn (default: error; in a folder of Hugo or Jekyll warn)")
}

// buildDir is the folder of Markdown: the argument, else the setting.
func (c *config) buildDir(args []string) string {
	if len(args) == 1 {
		return args[0]
	}
	return cmp.Or(c.Build.Dir, ".")
}

// build runs one build to a release and reports it.
func (a *app) build(ctx context.Context, c *config, dir string, own buildFlags) error {
	start := time.Now()
	if own.aside {
		debug.SetGCPercent(relaxed)
	} else {
		debug.SetGCPercent(lavish)
	}
	folder, err := c.folder(dir)
	if err != nil {
		return err
	}
	if own.aside {
		folder.Workers = max(1, runtime.GOMAXPROCS(0)-1)
	}
	snapshot, store, before, err := c.readBoth(ctx, folder)
	if err != nil {
		return a.sayProblems(err)
	}
	if sitemap, ok := findEntry(before, snapshot.Settings().Sitemap()); ok && !own.dryRun && snapshot.Unchanged(sitemap) {
		return a.sayBuild(buildReport{Pages: len(before.Entries), Release: before.ID, Unchanged: true, Seconds: time.Since(start).Seconds()}, c, own)
	}
	if snapshot.Texts() > manyTexts {
		debug.SetGCPercent(sparing)
	} else if debug.SetMemoryLimit(-1) == math.MaxInt64 { // nobody said another with GOMEMLIMIT
		debug.SetMemoryLimit(fewMemory)
	}
	rest := c.readRest()
	blog, err := snapshot.Blog(ctx, before)
	var app string
	folder.Cache, app = rest()
	if folder.Cache == nil && snapshot.Texts() <= manyTexts {
		debug.SetGCPercent(plenty)
	}
	if err != nil {
		return a.sayProblems(err)
	}
	if err := checkLost(before, blog, dir); err != nil && !own.allowShrink {
		return err
	}
	if c.Site.URL == "" {
		c.Site.URL = cmp.Or(app, snapshot.Settings().URL)
	}
	gate, err := c.front()
	if err != nil {
		return err
	}
	done, err := a.publish(ctx, publication{
		Out: c.Freeze.Out, Store: store, Plain: !c.Freeze.Compress, Scope: content.Scope{Source: blogSource, Prefix: scopePrefix(snapshot.Settings().Prefix)}, DryRun: own.dryRun, Gate: gate, Follow: c.followUp(),
		Limits: release.Limits{AllowShrink: true}, // what is gone is what the writer took away; see checkLost
	}, blog)
	a.sayWarnings(blog.Warnings())
	if err != nil {
		return a.sayProblems(err)
	}
	if blog.Learned() >= worthKeeping || blog.Tried() > 0 || folder.Cache == nil {
		if err := c.keepCache(blog.Cache()); err != nil {
			a.say("warning: %v", err)
		}
	}
	if !own.dryRun {
		if err := c.forms().sweep(blog.Forms()); err != nil {
			a.say("warning: %v", err)
		}
	}
	return a.sayBuild(newBuildReport(done, blog, time.Since(start)), c, own)
}

// What the collector lets pile up, in percent of what is in use, but of 4 MB at least: so
// much where most of the site is known from the cache that up to 280 MB nothing is
// collected, which a build of all of it would take as well; less in the process of a
// preview, which goes on; a little more than usual where all of the site is made; and from
// manyTexts on memory is dearer than time, for what is known of the texts lies in it to the end.
const (
	lavish    = 7000
	relaxed   = 250
	plenty    = 130
	sparing   = 50
	manyTexts = 20000
)

// fewMemory is from how much memory on the collector works harder where the texts are not
// many. Pictures are made into WebP in pieces that grow, and on a busy machine, where the
// collector comes too late, those that are done with had 5 GB.
const fewMemory = 1500 << 20

// worthKeeping is from how many texts on the cache is written again. It has
// megabytes, and it costs less to look at a few changed texts again next time.
const worthKeeping = 50

// readBoth reads the folder and what it was published as, at the same time.
func (c *config) readBoth(ctx context.Context, folder *render.Folder) (snapshot *render.Snapshot, store *release.Store, before content.Site, err error) {
	published := make(chan error, 1)
	go func() {
		var err error
		store, before, err = c.openPublished()
		published <- err
	}()
	snapshot, err = folder.Read(ctx)
	if publishedErr := <-published; err == nil {
		err = publishedErr
	}
	return snapshot, store, before, err
}

// readRest begins to read what only a build needs that has something to do: the cache,
// and the address of the app. What it returns waits for them.
func (c *config) readRest() func() (cache *render.Cache, app string) {
	var cache *render.Cache
	var app string
	done := make(chan struct{})
	go func() {
		defer close(done)
		cache, app = c.readCache(), c.appURL()
	}()
	return func() (*render.Cache, string) { <-done; return cache, app }
}

// manyFiles is from how many published files on a loss of half of them is
// suspicious.
const manyFiles = 10

// checkLost stops a build of the wrong folder. A writer deletes a post, or a
// few; half of them are gone where a folder was mistaken, or not mounted.
func checkLost(before content.Site, blog *render.Blog, dir string) error {
	files := map[string]bool{}
	for _, page := range blog.Files() {
		files[page] = true
	}
	if blog.Texts() == 0 {
		return hintedError{err: fmt.Errorf("build %s: there is no page in it", dir), hint: "pages are files that end in .md"}
	}
	published, lost := 0, 0
	counted := map[string]bool{"": true}
	for _, e := range before.Entries {
		if !counted[e.Origin] { // of a picture there are several forms
			counted[e.Origin] = true
			published++
			if !files[e.Origin] {
				lost++
			}
		}
	}
	if published >= manyFiles && lost*2 > published {
		return hintedError{err: exitError{3, fmt.Errorf("build %s: %d of the %d published files are not in it any more", dir, lost, published)},
			hint: "if that is right, run it again with --allow-shrink"}
	}
	return nil
}

// scopePrefix is the prefix of what the folder speaks for; "" is everything.
func scopePrefix(prefix string) string {
	if prefix == "/" {
		return ""
	}
	return prefix
}

// published is what the folder's last build left in the current release.
func (c *config) published() (content.Site, error) {
	_, site, err := c.openPublished()
	return site, err
}

// openPublished is published for who goes on with the output folder, nil if there is
// none yet.
func (c *config) openPublished() (*release.Store, content.Site, error) {
	if _, err := os.Stat(c.Freeze.Out); errors.Is(err, fs.ErrNotExist) {
		return nil, content.Site{}, nil // whoever only reads makes no folder
	}
	store, err := release.Open(c.Freeze.Out)
	if err != nil {
		return nil, content.Site{}, err
	}
	site, err := store.Published(blogSource)
	return store, site, err
}

func findEntry(site content.Site, path string) (content.Entry, bool) {
	for _, e := range site.Entries {
		if e.Path.String() == path {
			return e, true
		}
	}
	return content.Entry{}, false
}

// A buildReport is the answer of build --json.
type buildReport struct {
	Release   string     `json:"release,omitempty"` // empty where nothing was published
	Pages     int        `json:"pages"`
	Made      int        `json:"made"` // of which so many are new or may have changed
	Redirects int        `json:"redirects"`
	Unchanged bool       `json:"unchanged"` // nothing changed, so nothing was done
	Seconds   float64    `json:"seconds"`
	Next      *time.Time `json:"next,omitempty"` // when the site changes by itself
}

func newBuildReport(done *outcome, blog *render.Blog, took time.Duration) buildReport {
	r := buildReport{Pages: len(blog.Keys()), Made: blog.Made(), Seconds: took.Seconds(), Redirects: blog.Redirects()}
	if done.Release != nil {
		r.Release = done.Release.ID
	}
	if next := blog.Next().At; !next.IsZero() {
		r.Next = &next
	}
	return r
}

// sayBuild is the summary.
func (a *app) sayBuild(r buildReport, c *config, own buildFlags) error {
	if own.json {
		return a.replyJSON(r)
	}
	switch {
	case r.Unchanged:
		a.reply("nothing changed: %s in release %s, looked at in %s", plural(r.Pages, "page"), r.Release, seconds(r.Seconds))
	case r.Release == "":
		a.reply("built %s, %d made anew, in %s; nothing published", plural(r.Pages, "page"), r.Made, seconds(r.Seconds))
	default:
		a.reply("built %s, %d made anew, as release %s in %s -> %s", plural(r.Pages, "page"), r.Made, r.Release, seconds(r.Seconds), c.Freeze.Out)
	}
	if r.Next != nil {
		a.say("the site changes by itself at %s", r.Next.Format(time.RFC3339))
	}
	a.say("next: icecap serve, icecap nginx print, icecap export DIR")
	return nil
}

// maxProblems is how many mistakes are shown; the first ones mostly explain the rest.
const maxProblems = 20

// sayProblems shows mistakes in the content, each with its place. Every other
// error passes through.
func (a *app) sayProblems(err error) error {
	var problems render.Problems
	if !errors.As(err, &problems) {
		return err
	}
	for _, p := range problems[:min(maxProblems, len(problems))] {
		complaintOf(p).print(a.stderr)
	}
	if more := len(problems) - maxProblems; more > 0 {
		a.say("and %d more", more)
	}
	a.say("%s; nothing was published", plural(len(problems), "mistake"))
	return exitError{1, errSaid}
}

func complaintOf(p render.Problem) complaint {
	c := complaint{what: p.What, at: p.At(), hint: p.Hint}
	if p.Excerpt != "" {
		c.at += fmt.Sprintf("\n%6d| %s", p.Line, p.Excerpt)
	}
	return c
}

func (a *app) sayWarnings(warnings render.Problems) {
	for _, w := range warnings[:min(maxProblems, len(warnings))] {
		a.say("warning: %s: %s", w.At(), w.What)
	}
	if more := len(warnings) - maxProblems; more > 0 {
		a.say("warning: and %d more", more)
	}
}
