package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"icecap/content/release"
	"icecap/content/release/bucket"
)

// addBucket declares the flags of a command that moves releases through a bucket.
func addBucket(cmd *cobra.Command) {
	addOut(cmd)
	cmd.Flags().String("bucket", "", "bucket of the releases, with a folder in it: s3://bucket/folder")
}

// credentialsHelp says how all commands of a bucket are let in.
const credentialsHelp = `Credentials are taken from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, if need
be, AWS_SESSION_TOKEN; the region from AWS_REGION; the address of a store other than
that of AWS from AWS_ENDPOINT_URL.`

// openBucket opens the configured bucket.
func openBucket(c *config) (*bucket.Bucket, error) {
	if c.Bucket.URL == "" {
		return nil, hintedError{err: usageError{fmt.Errorf("find the bucket: no address was given")},
			hint: "--bucket s3://bucket/folder, or set url under [bucket] in icecap.toml"}
	}
	return bucket.Open(c.Bucket.URL, os.Getenv)
}

func (a *app) pushCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "push [ID]",
		Short: "Send a release to an S3-compatible bucket, by default the current one",
		Long: `Sends the pages that the newest release in the bucket does not have, and then
the manifest: a release that is listed there is whole. A push that was interrupted
is repeated, and sends the rest. A release that is there already is checked page by
page, which mends a bucket that lost some. Nothing is ever deleted there.

` + credentialsHelp,
		Example: "  icecap push --bucket s3://releases/shop\n  icecap push 000003-5f2c9a1e",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			store, c, err := a.openStore(cmd)
			if err != nil {
				return err
			}
			b, err := openBucket(c)
			if err != nil {
				return err
			}
			r, err := store.Current()
			if len(args) == 1 {
				r, err = findRelease(store, args[0])
			}
			if err != nil {
				return err
			}
			stop := a.showProgress(transferLine(b, "sent"))
			done, err := b.Push(cmd.Context(), r)
			stop()
			if err != nil {
				return err
			}
			return a.sayTransfer(done, "pushed", "sent to "+b.String(), "next: icecap pull, on each host", asJSON)
		},
	}
	addBucket(cmd)
	addJSON(cmd, &asJSON)
	return cmd
}

func (a *app) pullCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "pull [ID]",
		Short: "Fetch a release from an S3-compatible bucket, by default the newest",
		Long: `Fetches the pages that the newest release here does not have, compares each with
its hash, and adds the release to those on this disk. It is not published: that is
what icecap activate does. A pull that was interrupted, or whose host died, is
repeated, and fetches the rest.

` + credentialsHelp,
		Example: "  icecap pull --bucket s3://releases/shop --out /srv/shop\n  icecap pull 000003-5f2c9a1e",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.loadConfig(cmd.Flags())
			if err != nil {
				return err
			}
			b, err := openBucket(c)
			if err != nil {
				return err
			}
			store, err := release.Open(c.Freeze.Out)
			if err != nil {
				return err
			}
			id := ""
			if len(args) == 1 {
				id = args[0]
			}
			stop := a.showProgress(transferLine(b, "fetched"))
			done, err := b.Pull(cmd.Context(), store, id)
			stop()
			if err != nil {
				return err
			}
			return a.sayTransfer(done, "pulled", "fetched from "+b.String(), "next: icecap activate "+done.Release, asJSON)
		},
	}
	addBucket(cmd)
	addJSON(cmd, &asJSON)
	return cmd
}

// transferLine says how far a transfer has come.
func transferLine(b *bucket.Bucket, did string) func(time.Duration) string {
	return func(elapsed time.Duration) string {
		pages, bytes := b.Moved()
		return fmt.Sprintf("%d %s   %s   %.0f pages/s", pages, did, humanize.IBytes(uint64(bytes)), float64(pages)/elapsed.Seconds())
	}
}

func (a *app) sayTransfer(t bucket.Transfer, did, where, next string, asJSON bool) error {
	if asJSON {
		return a.replyJSON(t)
	}
	if t.Already {
		did = "already there:"
	}
	a.reply("%s release %s of %s; %d new, %s %s", did, t.Release, plural(t.Pages, "page"), t.Bodies, humanize.IBytes(uint64(t.Bytes)), where)
	a.say("%s", next)
	return nil
}

func (a *app) activateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "activate ID",
		Short: "Make a release current that is whole, such as one that was pulled",
		Long: `Looks at every file of the release before anything changes, then makes it current,
as rollback does, and fetches a sample of its pages through the gate: if that fails,
the release before is current again. An ID may be cut short.`,
		Example: "  icecap activate 000007-3f9a1c2b\n  icecap activate 7",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			store, c, err := a.openStore(cmd)
			if err != nil {
				return err
			}
			r, err := findRelease(store, args[0])
			if err != nil {
				return err
			}
			if c.Site.URL == "" && c.App.URL == "" {
				c.App.URL = addressOf(r)
			}
			gate, err := c.front()
			if err != nil {
				return err
			}
			if err := r.Whole(cmd.Context()); err != nil {
				return err
			}
			before, _ := store.Current() // a broken link is mended, and there is none before the first
			if _, err := store.Rollback(cmd.Context(), r.ID); err != nil {
				return err
			}
			if err := probeRelease(cmd.Context(), gate, r); err != nil {
				return a.goBack(store, before, err)
			}
			a.reply("current is now release %s", r.ID)
			return a.follow(cmd.Context(), c.followUp(), before, r)
		},
	}
	addOut(cmd)
	return cmd
}

// exportTo brings a plain site in a bucket up to date.
func (a *app) exportTo(ctx context.Context, r *release.Release, address string, asJSON bool) error {
	b, err := bucket.Open(address, os.Getenv)
	if err != nil {
		return err
	}
	stop := a.showProgress(transferLine(b, "sent"))
	done, err := b.Export(ctx, r)
	stop()
	if err != nil {
		return err
	}
	if asJSON {
		return a.replyJSON(done)
	}
	a.sayFindings(done.Findings)
	a.reply("exported %s and %s, %s -> %s; %d sent, %d deleted", plural(done.Files, "page"), plural(done.Redirects, "redirect"),
		humanize.IBytes(uint64(done.Bytes)), b, done.Sent, done.Deleted)
	return nil
}
