package main

import (
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"icecap/content/release"
)

// openStore opens the releases of the configured output folder.
func (a *app) openStore(cmd *cobra.Command) (*release.Store, *config, error) {
	c, err := a.loadConfig(cmd.Flags())
	if err != nil {
		return nil, nil, err
	}
	store, err := openExisting(c.Freeze.Out)
	return store, c, err
}

// openExisting opens an output folder for a command that only reads, and so
// must not make one.
func openExisting(out string) (*release.Store, error) {
	if _, err := os.Stat(out); errors.Is(err, os.ErrNotExist) {
		return nil, hintedError{err: fmt.Errorf("open output folder %s: it does not exist", out),
			hint: "publish first: icecap freeze URL; or name the folder with --out"}
	}
	return release.Open(out)
}

func addOut(cmd *cobra.Command) { cmd.Flags().String("out", defaults().Freeze.Out, "output folder") }

func (a *app) releasesCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "releases",
		Short:   "List the releases, the current one marked",
		Example: "  icecap releases\n  icecap releases --out /srv/shop --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			store, _, err := a.openStore(cmd)
			if err != nil {
				return err
			}
			rows, err := releaseRows(store)
			if err != nil {
				return err
			}
			if asJSON {
				return a.replyJSON(rows)
			}
			return a.replyReleases(rows)
		},
	}
	addOut(cmd)
	addJSON(cmd, &asJSON)
	return cmd
}

// A releaseRow is one line of the list of releases.
type releaseRow struct {
	ID      string    `json:"id"`
	Current bool      `json:"current"`
	Created time.Time `json:"created"`
	Pages   int       `json:"pages"`
	Bytes   int64     `json:"bytes"`
	Damaged string    `json:"damaged,omitempty"` // why the release cannot be selected
}

func releaseRows(store *release.Store) ([]releaseRow, error) {
	all, err := store.Releases()
	if err != nil {
		return nil, err
	}
	current, err := store.Current()
	var broken *release.BrokenError
	// Releases may have been pulled only, or the link be what somebody wants to mend.
	if err != nil && (len(all) == 0 || !errors.Is(err, release.ErrNoRelease) && !errors.As(err, &broken)) {
		return nil, err
	}
	rows := []releaseRow{}
	for _, r := range all {
		row := releaseRow{ID: r.ID, Current: current != nil && r.ID == current.ID}
		if extent, err := r.Extent(); err != nil {
			row.Damaged = err.Error()
		} else {
			row.Created, row.Pages, row.Bytes = extent.Created, extent.Pages, extent.Bytes
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (a *app) replyReleases(rows []releaseRow) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		mark := " "
		if row.Current {
			mark = "*"
		}
		if row.Damaged != "" {
			fmt.Fprintf(w, "%s %s\tdamaged: %s\n", mark, row.ID, row.Damaged)
			continue
		}
		fmt.Fprintf(w, "%s %s\t%s\t%s\t%s\n", mark, row.ID, row.Created.Local().Format("2006-01-02 15:04:05"),
			plural(row.Pages, "page"), humanize.IBytes(uint64(row.Bytes)))
	}
	return w.Flush()
}

func (a *app) rollbackCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "rollback [ID]",
		Short:   "Make an earlier release current again, by default the one before",
		Long:    "Works at any time, also while a freeze is running.",
		Example: "  icecap rollback\n  icecap rollback 000003-5f2c9a1e",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			store, c, err := a.openStore(cmd)
			if err != nil {
				return err
			}
			before, _ := store.Current() // a broken link has no gate map
			id := ""
			if len(args) == 1 {
				id = args[0]
			}
			r, err := store.Rollback(cmd.Context(), id)
			if err != nil {
				return err
			}
			a.reply("current is now release %s", r.ID)
			return a.follow(cmd.Context(), c.followUp(), before, r)
		},
	}
	addOut(cmd)
	return cmd
}

func (a *app) pruneCommand() *cobra.Command {
	keep := 3
	cmd := &cobra.Command{
		Use:     "prune",
		Short:   "Delete old releases",
		Long:    "Never deletes the current release, nor the one before it.",
		Example: "  icecap prune --keep 5",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if keep < 1 {
				return usageError{fmt.Errorf("prune releases: --keep must be at least 1")}
			}
			store, _, err := a.openStore(cmd)
			if err != nil {
				return err
			}
			removed, err := store.Prune(cmd.Context(), keep)
			for _, id := range removed {
				a.reply("deleted release %s", id)
			}
			if err == nil {
				a.say("deleted %s", plural(len(removed), "release"))
			}
			return err
		},
	}
	cmd.Flags().IntVar(&keep, "keep", keep, "how many of the newest releases stay")
	addOut(cmd)
	return cmd
}

func (a *app) exportCommand() *cobra.Command {
	var asJSON bool
	var to string
	cmd := &cobra.Command{
		Use:   "export DIR | export --to s3://BUCKET/FOLDER",
		Short: "Write the current release under the usual names, for a plain static host or a bucket",
		Long: `Writes about.html for /about and about/index.html for /about/. Two pages that
need one file, and names that differ only in letter case or that Windows cannot
hold, are reported.

With --to it brings a bucket up to date that answers visitors by itself, with the
index document index.html: an object has its media type, so /about is the object
about. Only what changed is sent, and what is gone is deleted, last.

` + credentialsHelp,
		Example: "  icecap export public\n  icecap export --to s3://www.example.com",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if (to == "") == (len(args) == 0) {
				return usageError{fmt.Errorf("export the release: name a folder, or a bucket with --to")}
			}
			store, _, err := a.openStore(cmd)
			if err != nil {
				return err
			}
			current, err := store.Current()
			if err != nil {
				return err
			}
			if to != "" {
				return a.exportTo(cmd.Context(), current, to, asJSON)
			}
			exported, err := current.Export(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return a.sayExport(exported, args[0], asJSON)
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "bucket of a plain site, with a folder in it: s3://bucket/folder")
	addOut(cmd)
	addJSON(cmd, &asJSON)
	return cmd
}

// sayExport lists what the usual names cannot keep, and then the summary.
func (a *app) sayExport(e release.Exported, dir string, asJSON bool) error {
	if asJSON {
		return a.replyJSON(e)
	}
	a.sayFindings(e.Findings)
	a.reply("exported %s and %s, %s -> %s", plural(e.Files, "page"), plural(e.Redirects, "redirect"),
		humanize.IBytes(uint64(e.Bytes)), dir)
	return nil
}

func (a *app) sayFindings(findings []release.Finding) {
	for _, f := range findings {
		word := "left out"
		if f.Written {
			word = "warning "
		}
		a.say("%s  %s  %s (%s)", word, f.URL, f.Reason, f.File)
	}
}
