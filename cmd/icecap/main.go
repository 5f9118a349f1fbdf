// Command icecap freezes the pages of a dynamic web site and lets NGINX serve
// them without the app.
//
// This package is the only one that joins the others: it reads the words of
// the command line and the configuration, hands them to packages that do the
// work, and turns results and errors into words again. It decides nothing
// about a page, a file or a directive.
//
// Words follow four rules. Results go to standard output and talk goes to
// standard error; a report that a program may want has --json. An error says
// what failed, where, and how to mend it ("error:", "at:", "hint:"). Each run
// ends in one summary line with the next command. The exit code is a contract:
//
//	0    done
//	1    failed; the published site is untouched
//	2    usage or configuration
//	3    a check, probe or threshold said no
//	4    published, but some pages failed: they keep their last good copy, or stay with the app;
//	     or NGINX could not be reloaded
//	5    published, but the command after_publish failed
//	130  interrupted
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() { os.Exit(Main()) }

// Main runs the command line and returns the exit code. It is apart from main
// so that the tests can be the program.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal ends the work cleanly; from then on the default handler
	// is back, so that the second one ends the process at once.
	context.AfterFunc(ctx, stop)
	defer stop()
	return run(ctx, os.Args[1:], os.Stdout, os.Stderr)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot(stdout, stderr)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	code := exitCode(ctx, err)
	if !errors.Is(err, errSaid) {
		describe(err).print(stderr)
	}
	return code
}

// newRoot assembles the command tree.
func newRoot(stdout, stderr io.Writer) *cobra.Command {
	app := &app{stdout: stdout, stderr: stderr}
	root := &cobra.Command{
		Use:   "icecap",
		Short: "Freeze the pages of a dynamic web site and serve them by NGINX, without the app",
		Example: `  icecap freeze http://localhost:8000    freeze a running app into ./frozen
  icecap serve                           serve the result, with fall-through to the app
  icecap nginx print                     the same as NGINX configuration
  icecap verify                          prove it through a private NGINX`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if app.chdir == "" {
				return nil
			}
			if err := os.Chdir(app.chdir); err != nil {
				return usageError{fmt.Errorf("change to the folder of -C: %w", err)}
			}
			return nil
		},
	}
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	flags := root.PersistentFlags()
	flags.StringVarP(&app.configFile, "config", "c", "", "configuration file (default: icecap.toml, .yaml or .json, found by walking up)")
	flags.StringVarP(&app.chdir, "chdir", "C", "", "run as if started in this folder")
	flags.CountVarP(&app.verbose, "verbose", "v", "say more")
	root.AddCommand(
		app.freezeCommand(),
		app.buildCommand(),
		app.watchCommand(),
		app.newCommand(),
		app.nextCommand(),
		app.serveCommand(),
		app.verifyCommand(),
		app.nginxCommand(),
		app.whyCommand(),
		app.diffCommand(),
		app.lsCommand(),
		app.checkCommand(),
		app.importCommand(),
		app.hotCommand(),
		app.benchCommand(),
		app.tuneCommand(),
		app.releasesCommand(),
		app.rollbackCommand(),
		app.maintenanceCommand(),
		app.pruneCommand(),
		app.exportCommand(),
		app.pushCommand(),
		app.pullCommand(),
		app.activateCommand(),
		app.initCommand(),
		app.versionCommand(),
	)
	wrapArgs(root)
	root.SetHelpTemplate(helpTemplate)
	root.SetUsageTemplate(usageTemplate)
	return root
}

// wrapArgs makes every complaint about arguments a usage error (exit code 2).
func wrapArgs(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return usageError{err}
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		wrapArgs(sub)
	}
}

// helpTemplate puts the examples first: they are what a reader is looking for.
const helpTemplate = `{{.Short}}{{if .Example}}

Examples:
{{.Example}}{{end}}{{with .Long}}

{{. | trimTrailingWhitespaces}}{{end}}

{{.UsageString}}`

// usageTemplate has what is left: the form, the commands, the flags.
const usageTemplate = `Usage:
  {{if .HasAvailableSubCommands}}{{.CommandPath}} COMMAND{{else}}{{.UseLine}}{{end}}
{{if .HasAvailableSubCommands}}
Commands:{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}
{{end}}{{if .HasAvailableLocalFlags}}
Flags:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}
{{end}}{{if .HasAvailableInheritedFlags}}
Flags of every command:
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}
{{end}}`

// app is what the commands share: the streams and the global flags.
type app struct {
	stdout, stderr io.Writer
	configFile     string
	chdir          string
	verbose        int
}
