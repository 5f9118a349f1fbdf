package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"icecap/nginx"
	"icecap/nginx/install"
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
			own.reload = cmp.Or(own.reload, c.Gate.Reload)
			installer, _, err := a.installer(own, nginx.Server{Site: c.Site.Name})
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
	flags.StringVar(&own.reload, "reload", "", "command that reloads it (default: reload under [gate], or nginx -s reload)")
}

// installer finds the NGINX that is meant.
func (a *app) installer(own installFlags, server nginx.Server) (install.Installer, nginx.Binary, error) {
	in := install.Installer{Server: server, Host: own.host, At: own.at, Overwrite: own.overwrite, Log: a.logger(),
		NGINX: install.NGINX{Path: own.binary, Conf: own.conf, Prefix: own.prefix, Reload: own.reload}}
	binary, err := nginx.Find()
	if own.binary != "" {
		binary, err = nginx.Inspect(own.binary)
	}
	if err != nil {
		return in, binary, err
	}
	in.NGINX.Path = binary.Path
	if in.NGINX.Conf == "" {
		in.NGINX.Conf = binary.ConfFile()
	}
	for _, path := range []*string{&in.NGINX.Conf, &in.NGINX.Prefix} {
		if *path == "" {
			continue
		}
		if *path, err = filepath.Abs(*path); err != nil {
			return in, binary, fmt.Errorf("find NGINX's configuration: %w", err)
		}
	}
	if in.NGINX.Conf == "" {
		return in, binary, hintedError{err: usageError{errors.New("find NGINX's configuration: the program does not say where it is")}, hint: "give --conf FILE"}
	}
	in.Server.Compression = binary.Sends(in.NGINX.Conf)
	return in, binary, nil
}

// hintCompile says where NGINX interprets the gate's expressions at each request.
func (a *app) hintCompile(binary nginx.Binary, conf string) {
	if binary.CouldCompile(conf) {
		a.say(" hint: write \"pcre_jit on;\" at the top of %s, which no site's part can: NGINX then makes machine code of the gate's expressions, and has less work with each request", conf)
	}
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
	own.reload = cmp.Or(own.reload, c.Gate.Reload)
	var noApp error
	server.App, noApp = c.passTo()
	installer, binary, err := a.installer(own, server)
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
	if plan.OwnLocation && (len(c.Backend) > 0 || c.App.Pass != "" && c.App.Pass != "location") {
		plan.Warnings = append(plan.Warnings, "what is set of the app's address is not used: your own location stays the app")
	}
	for _, warning := range plan.Warnings {
		a.say("warning: %s", warning)
	}
	a.hintCompile(binary, installer.NGINX.Conf)
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
	a.say("next: icecap verify --url; icecap nginx rollback undoes this, copies are in %s", filepath.Join(filepath.Dir(installer.NGINX.Conf), "icecap"))
	return nil
}

// sayChanges prints what changes as a unified diff, of files that come or go
// only their names, but for -v. What is noted for icecap itself is left out.
func (a *app) sayChanges(changes []install.Change) {
	for _, change := range changes {
		if filepath.Ext(change.Path) == ".json" || bytes.Equal(change.Before, change.After) {
			continue
		}
		before, after := change.Path, change.Path
		if change.Before == nil {
			before = os.DevNull
		}
		if change.After == nil {
			after = os.DevNull
		}
		switch {
		case a.verbose == 0 && change.Before == nil:
			a.reply("new      %s, %s", change.Path, plural(bytes.Count(change.After, []byte("\n")), "line"))
		case a.verbose == 0 && change.After == nil:
			a.reply("removed  %s", change.Path)
		default:
			fmt.Fprint(a.stdout, printable(string(diff.Diff(before, change.Before, after, change.After))))
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
	case errors.Is(err, install.ErrBusy):
		hint = "wait until it has ended"
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
