package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"icecap/content"
	"icecap/content/release"
	"icecap/nginx"
	"icecap/nginx/install"
	"icecap/nginx/probe"
)

// installFlags say which NGINX is meant. The defaults are the system's.
type installFlags struct {
	binary, conf, prefix, reload string
	host, at, url                string
	dryRun, overwrite            bool
}

func (a *app) nginxInstallCommand() *cobra.Command {
	var own installFlags
	cmd := &cobra.Command{
		Use:   "install",
		Short: "Put the gate into the NGINX of this machine, or change nothing",
		Long: `Reads the running configuration (nginx -T), finds the server block of the site
and shows what will change: two include lines, the two generated files, and one
word: "location /" becomes the location that the gate leads to. Then it makes copies,
writes, tests (nginx -t), reloads, and asks for frozen pages. When a step fails,
or on Ctrl-C, every file is put back. Where the edit would not mean the same, the
steps are printed instead, with exit code 3.`,
		Example: `  icecap nginx install --dry-run
  sudo icecap nginx install
  icecap nginx install --nginx ./sbin/nginx --conf ./conf/nginx.conf --prefix .`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.nginxInstall(cmd, own) },
	}
	addNGINXFlags(cmd, &own)
	flags := cmd.Flags()
	flags.StringVar(&own.host, "server-name", "", "host name of the server block (default: the site's)")
	flags.StringVar(&own.at, "at", "", "the server block that starts at FILE:LINE, where several have the name")
	flags.StringVar(&own.url, "url", "", "ask for pages here after the reload (default: as the server block listens)")
	flags.BoolVar(&own.dryRun, "dry-run", false, "show what would change, change nothing")
	flags.BoolVar(&own.overwrite, "overwrite", false, "write over generated files that were edited by hand (copies are kept)")
	addGateFlags(cmd)
	return cmd
}

func (a *app) nginxUninstallCommand() *cobra.Command {
	return a.takeBackCommand("uninstall", "Take the gate out of the NGINX of this machine",
		`What you have changed in your own files meanwhile stays; without such changes they
are what they were, byte for byte. It works also when NGINX does not understand its
present configuration, and says so.`, install.Installer.Uninstall)
}

func (a *app) nginxRollbackCommand() *cobra.Command {
	return a.takeBackCommand("rollback", "Undo the last install, uninstall or rollback in the NGINX of this machine",
		`Puts the copies back that were made then. It works also when NGINX does not understand
its present configuration, and says so.`, install.Installer.Rollback)
}

type takeBack func(install.Installer, context.Context) (changes []install.Change, broken, err error)

func (a *app) takeBackCommand(name, short, long string, back takeBack) *cobra.Command {
	var own installFlags
	cmd := &cobra.Command{
		Use: name, Short: short, Long: long, Example: "  sudo icecap nginx " + name, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.loadConfig(cmd.Flags())
			if err != nil {
				return err
			}
			installer, err := a.installer(own, nginx.Server{Site: c.Site.Name})
			if err != nil {
				return err
			}
			changes, broken, err := back(installer, cmd.Context())
			if err != nil {
				return a.explainInstall(err)
			}
			a.sayChanges(changes)
			if broken != nil {
				return exitError{3, hintedError{err: fmt.Errorf("NGINX was not reloaded, for it did not understand its configuration before, nor does it now: %w", broken),
					hint: "the gate's files are as shown above; mend the rest and reload"}}
			}
			a.reply("%s of site %s: done, NGINX was reloaded", name, c.Site.Name)
			return nil
		},
	}
	addNGINXFlags(cmd, &own)
	cmd.Flags().String("name", defaults().Site.Name, "name of the site")
	return cmd
}

func addNGINXFlags(cmd *cobra.Command, own *installFlags) {
	flags := cmd.Flags()
	flags.StringVar(&own.binary, "nginx", "", "the program (default: nginx on PATH or in the usual folders)")
	flags.StringVar(&own.conf, "conf", "", "its main configuration file (default: as it was built)")
	flags.StringVar(&own.prefix, "prefix", "", "its prefix, as in nginx -p")
	flags.StringVar(&own.reload, "reload", "", "command that reloads it (default: nginx -s reload)")
}

// installer finds the NGINX that is meant.
func (a *app) installer(own installFlags, server nginx.Server) (install.Installer, error) {
	in := install.Installer{Server: server, Host: own.host, At: own.at, Overwrite: own.overwrite, Log: a.logger(),
		NGINX: install.NGINX{Path: own.binary, Conf: own.conf, Prefix: own.prefix, Reload: own.reload}}
	if in.NGINX.Path == "" || in.NGINX.Conf == "" {
		binary, err := nginx.Find()
		if own.binary != "" {
			binary, err = nginx.Inspect(own.binary)
		}
		if err != nil {
			return in, err
		}
		in.NGINX.Path = binary.Path
		if in.NGINX.Conf == "" {
			in.NGINX.Conf = binary.ConfFile()
		}
	}
	var err error
	for _, path := range []*string{&in.NGINX.Conf, &in.NGINX.Prefix} {
		if *path == "" {
			continue
		}
		if *path, err = filepath.Abs(*path); err != nil {
			return in, fmt.Errorf("find NGINX's configuration: %w", err)
		}
	}
	if in.NGINX.Conf == "" {
		return in, hintedError{err: usageError{errors.New("find NGINX's configuration: the program does not say where it is")}, hint: "give --conf FILE"}
	}
	return in, nil
}

func (a *app) nginxInstall(cmd *cobra.Command, own installFlags) error {
	c, err := a.loadConfig(cmd.Flags())
	if err != nil {
		return err
	}
	server, err := c.front()
	if err != nil {
		return err
	}
	var noApp error
	server.App, noApp = c.passTo()
	installer, err := a.installer(own, server)
	if err != nil {
		return err
	}
	plan, err := installer.Plan(cmd.Context())
	if err != nil {
		return a.explainInstall(err)
	}
	if !plan.OwnLocation && noApp != nil {
		return noApp
	}
	a.sayChanges(plan.Changes)
	for _, warning := range plan.Warnings {
		a.say("warning: %s", warning)
	}
	if own.dryRun {
		a.say("nothing was changed (--dry-run)")
		return nil
	}
	if !plan.Differs() {
		a.reply("the gate of site %s is installed in %s; nothing to change", c.Site.Name, plan.Block)
		return nil
	}
	if own.url != "" {
		plan.Addresses = []string{own.url}
	}
	var note string
	err = installer.Install(cmd.Context(), plan, func(ctx context.Context) error {
		note, err = a.probeInstalled(ctx, plan)
		return err
	})
	if err != nil {
		return a.explainInstall(err)
	}
	a.reply("installed the gate of site %s in %s; %s", c.Site.Name, plan.Block, note)
	return nil
}

// sayChanges prints what changes as a unified diff. What is noted for icecap
// itself is left out.
func (a *app) sayChanges(changes []install.Change) {
	for _, change := range changes {
		if filepath.Ext(change.Path) == ".json" {
			continue
		}
		name := func(data []byte) string {
			if data == nil {
				return os.DevNull
			}
			return change.Path
		}
		if text := diff.Diff(name(change.Before), change.Before, name(change.After), change.After); text != nil {
			fmt.Fprint(a.stdout, printable(string(text)))
		}
	}
}

// explainInstall turns what a person must settle into words.
func (a *app) explainInstall(err error) error {
	var byHand *install.ByHandError
	var edited *install.EditedError
	var server *install.ServerError
	var command *install.CommandError
	var back *install.RolledBackError
	hint, code := "", 0
	switch {
	case errors.As(err, &byHand):
		a.reply("to do it by hand:")
		for i, step := range byHand.Steps {
			a.reply("  %d. %s", i+1, step)
		}
		code = 3
	case errors.As(err, &edited):
		hint, code = "give --overwrite to write over it; a copy is kept", 3
	case errors.As(err, &server) && len(server.Candidates) > 1:
		hint, code = "choose one with --at "+server.Candidates[0], 2
	case errors.As(err, &server):
		hint, code = "choose one with --server-name NAME", 2
	case errors.As(err, &back) && errors.Is(err, context.Canceled):
		err, hint = errors.New("interrupted"), "everything is as it was"
	case errors.As(err, &back):
		hint = "everything is as it was"
		if errors.As(err, &command) {
			code = 3
		}
	case errors.As(err, &command):
		hint, code = "nothing was changed; mend the configuration first, or run this as the user who may read all of it (sudo)", 3
	case errors.Is(err, os.ErrPermission):
		hint = "run this as the user who may write there: sudo icecap nginx install"
	case errors.Is(err, install.ErrNotInstalled):
		code = 2
	}
	if hint != "" {
		err = hintedError{err: err, hint: hint}
	}
	if code != 0 {
		err = exitError{code, err}
	}
	return err
}

const (
	// installSample is how many pages are asked for after a reload.
	installSample = 100
	// settleTime is how long old workers may still answer after a reload.
	settleTime = 10 * time.Second
)

// probeInstalled asks the live NGINX for frozen pages, until they come from
// disk. A location of the operator's that goes before the gate is named, and
// no failure: its pages come from where they came from before.
func (a *app) probeInstalled(ctx context.Context, plan *install.Plan) (note string, err error) {
	site, err := currentSiteOf(plan.Server.Root)
	if err != nil || len(site.Entries) == 0 {
		return "nothing is published yet, so no page was asked for", err
	}
	if len(plan.Addresses) == 0 {
		return "no page was asked for, because it listens on no TCP port without PROXY protocol; give --url", nil
	}
	address := plan.Addresses[0]
	target, _, err := probe.ParseTarget(address)
	if err != nil {
		return "", usageError{err}
	}
	host := plan.Server.Hosts[0]
	if target.TLS != nil {
		// This is the NGINX that was just reloaded: who it is, is no question.
		target.TLS = &tls.Config{ServerName: host, InsecureSkipVerify: true}
	}
	verify := probe.Verify{Site: site, Host: host, Headers: plan.Server.Headers, Sample: installSample}
	for deadline := time.Now().Add(settleTime); ; {
		report, err := verify.Run(ctx, target)
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		var first probe.Difference
		var beaten map[string][]string
		if err == nil {
			first, beaten = explainDifferences(plan, report)
			switch {
			case first.URL == "" && len(beaten) > 0 && countAll(beaten) == min(report.Checked, len(site.Entries)):
				err = fmt.Errorf("no page comes from disk at %s", address)
			case first.URL == "":
				a.sayBeaten(beaten)
				return fmt.Sprintf("%s asked for at %s", plural(report.Checked, "page"), address), nil
			default:
				err = fmt.Errorf("ask for pages at %s: %s", address, first)
			}
		}
		if time.Now().After(deadline) {
			a.sayBeaten(beaten)
			return "", exitError{3, err}
		}
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// currentSiteOf is the site that is published, empty where none is.
func currentSiteOf(out string) (content.Site, error) {
	store, err := openExisting(out)
	if err != nil {
		return content.Site{}, nil
	}
	current, err := store.Current()
	if errors.Is(err, release.ErrNoRelease) {
		return content.Site{}, nil
	}
	if err != nil {
		return content.Site{}, err
	}
	return current.Site()
}

// explainDifferences sorts differences into those that a location of the
// operator's explains, by location, and the first of all others.
func explainDifferences(plan *install.Plan, report probe.Report) (first probe.Difference, beaten map[string][]string) {
	beaten = map[string][]string{}
	for _, d := range report.Differences {
		name, ok := plan.Rival(decodedPath(d.URL))
		switch {
		case ok && !slices.Contains(beaten[name], d.URL):
			beaten[name] = append(beaten[name], d.URL)
		case !ok && first.URL == "":
			first = d
		}
	}
	return first, beaten
}

// decodedPath is what NGINX compares with locations.
func decodedPath(url string) string {
	path, _, _ := strings.Cut(url, "?")
	parsed, err := content.ParsePath(path)
	if err != nil {
		return path
	}
	return parsed.Decoded()
}

func countAll(lists map[string][]string) (n int) {
	for _, list := range lists {
		n += len(list)
	}
	return n
}

func (a *app) sayBeaten(beaten map[string][]string) {
	for _, name := range slices.Sorted(maps.Keys(beaten)) {
		urls := beaten[name]
		a.say("warning: %s goes before the gate, and still answers %s, such as %s", name, plural(len(urls), "page"), urls[0])
		a.say(" hint: take it out, or leave these pages to it")
	}
}
