package main

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"icecap/content"
	"icecap/nginx"
	"icecap/nginx/probe"
)

// verifyFlags are the flags of verify that are no settings.
type verifyFlags struct {
	live   string
	sample int
	maxAge duration
	drift  bool
	json   bool
}

func (a *app) verifyCommand() *cobra.Command {
	var own verifyFlags
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Prove that every frozen page comes from disk, byte for byte, and the rest from the app",
		Long: `Starts a private NGINX with the emitted configuration in front of a stub that
counts, and asks for every page of the manifest, then for what must reach the
app: other methods, log-in cookies, unlisted queries, odd spellings. With --url
a running server is asked instead, and the marker X-Icecap tells the source.
Exit code 3 names each difference.`,
		Example: `  icecap verify
  icecap verify --url https://shop.example.com --sample 200
  icecap verify --max-age 2h --drift      for a cron job`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.verify(cmd, own)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&own.live, "url", "", "ask this running server instead of a private NGINX")
	flags.IntVar(&own.sample, "sample", 0, "check only this many pages (0: all)")
	flags.Var(&own.maxAge, "max-age", "fail if the release is older")
	flags.BoolVar(&own.drift, "drift", false, "also fetch from the app again, and compare")
	addJSON(cmd, &own.json)
	addGateFlags(cmd)
	return cmd
}

func (a *app) verify(cmd *cobra.Command, own verifyFlags) error {
	ctx := cmd.Context()
	store, c, err := a.openStore(cmd)
	if err != nil {
		return err
	}
	current, err := store.Current()
	if err != nil {
		return err
	}
	site, err := current.Site()
	if err != nil {
		return err
	}
	server, err := c.front()
	if err != nil {
		return err
	}
	if whole, err := c.gate(); err == nil {
		server = whole // a site without an app replays nothing
	}
	start := time.Now()
	job := probe.Verify{Site: site, Host: server.Hosts[0], Gate: &server, Sample: own.sample}
	var report probe.Report
	if own.live != "" {
		report, err = job.Live(ctx, own.live)
	} else {
		report, err = verifyPrivately(ctx, server, job)
	}
	if err != nil {
		return err
	}
	if own.maxAge > 0 {
		report.Differences = append(report.Differences, probe.TooOld(site, time.Now(), time.Duration(own.maxAge))...)
	}
	if own.drift {
		drifted, err := a.drift(ctx, c, site, own.sample)
		if err != nil {
			return err
		}
		report.Differences = append(report.Differences, drifted...)
	}
	return a.sayVerify(report, site, time.Since(start), own.json)
}

// verifyPrivately puts a real NGINX in front of a stub that counts.
func verifyPrivately(ctx context.Context, server nginx.Server, job probe.Verify) (probe.Report, error) {
	binary, err := nginx.Find()
	if errors.Is(err, nginx.ErrNotInstalled) {
		return probe.Report{}, hintedError{err: fmt.Errorf("verify: %w", err),
			hint: "install the package nginx, or verify a running server with --url"}
	}
	if err != nil {
		return probe.Report{}, err
	}
	server.Compression = binary.CanSend() // a private NGINX loads its modules
	job.App = &probe.App{}
	stub := httptest.NewServer(job.App)
	defer stub.Close()
	server.App = nginx.App{Kind: nginx.Proxy, Address: strings.TrimPrefix(stub.URL, "http://")}
	conf, err := server.Config()
	if err != nil {
		return probe.Report{}, err
	}
	job.Gate = &server
	private, err := nginx.Start(ctx, nginx.Instance{Binary: binary, Config: conf})
	if err != nil {
		return probe.Report{}, err
	}
	defer private.Stop()
	return job.Live(ctx, private.URL())
}

// drift compares the frozen pages with what the app says now.
func (a *app) drift(ctx context.Context, c *config, site content.Site, sample int) ([]probe.Difference, error) {
	app, err := c.runningApp("give --app http://host:port, or set url under [app] in icecap.toml")
	if err != nil {
		return nil, err
	}
	return probe.Drift{Site: site, App: app, Public: c.Site.URL, Sample: sample}.Run(ctx)
}

// A verifyReport is the answer of verify --json.
type verifyReport struct {
	Release     string             `json:"release"`
	Checked     int                `json:"checked"`
	Seconds     float64            `json:"seconds"`
	Differences []probe.Difference `json:"differences"`
	Dropped     int                `json:"dropped,omitempty"` // differences that were counted but not kept
}

func (a *app) sayVerify(r probe.Report, site content.Site, took time.Duration, asJSON bool) error {
	if asJSON {
		differences := append([]probe.Difference{}, r.Differences...) // [] rather than null
		if err := a.replyJSON(verifyReport{site.ID, r.Checked, took.Seconds(), differences, r.Dropped}); err != nil {
			return err
		}
	} else {
		for _, d := range r.Differences {
			a.reply("differs  %s  %s: want %s, got %s", d.URL, d.What, d.Want, d.Got)
		}
		a.reply("verified release %s: %s, %s, in %s", site.ID, plural(r.Checked, "check"),
			plural(len(r.Differences)+r.Dropped, "difference"), seconds(took.Seconds()))
	}
	if len(r.Differences) > 0 {
		return exitError{3, errSaid}
	}
	return nil
}
