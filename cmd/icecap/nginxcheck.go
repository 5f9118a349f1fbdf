package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"icecap/nginx"
	"icecap/nginx/probe"
)

func (a *app) nginxCheckCommand() *cobra.Command {
	var user string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Lint the configuration, test and run it in a private NGINX, and see that NGINX can read the pages",
		Long: `Everything runs in a private folder; the NGINX of this machine is not touched.
A worker that cannot read the pages gives no error: each page would silently
come from the app. So every folder above them is checked for --user.`,
		Example: "  icecap nginx check\n  icecap nginx check --user www-data",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, server, err := a.loadGate(cmd)
			if err != nil {
				return err
			}
			return a.checkNginx(cmd, server, user)
		},
	}
	cmd.Flags().StringVar(&user, "user", "", "user of the NGINX workers (default: as the installed NGINX says)")
	addGateFlags(cmd)
	return cmd
}

// checkNginx goes up the ladder from what needs nothing to what needs NGINX.
func (a *app) checkNginx(cmd *cobra.Command, server nginx.Server, user string) error {
	conf, err := server.Config()
	if err != nil {
		return err
	}
	findings := append(nginx.Lint(conf), nginx.Audit(nginx.Block{{Name: "http", Block: append(conf.HTTP, nginx.Directive{Name: "server", Block: conf.Server})}})...)
	for _, f := range findings {
		a.reply("fail  lint: %s", f)
	}
	if len(findings) > 0 {
		return exitError{3, errSaid}
	}
	if err := checkGateMap(server.Root); err != nil {
		return exitError{3, err}
	}
	a.reply("ok    lint")
	binary, err := nginx.Find()
	switch {
	case errors.Is(err, nginx.ErrNotInstalled):
		a.reply("skip  nginx -t: NGINX is not installed here, so the configuration is not validated")
		user = cmp.Or(user, "www-data")
	case err != nil:
		return err
	default:
		if err := nginx.Test(cmd.Context(), binary, conf); err != nil {
			return exitError{3, err}
		}
		a.reply("ok    nginx -t (%s)", binary.Version)
		if bugs := binary.KnownBugs(); bugs != "" {
			a.say(" hint: %s; NGINX %s may have them, if its distribution has not mended them. What icecap emits has none of these shapes", bugs, binary.Version)
		}
		a.hintCompile(binary, binary.ConfFile())
		if err := a.checkLive(cmd.Context(), binary, server); err != nil {
			return err
		}
		user = cmp.Or(user, binary.WorkerUser())
	}
	if err := nginx.Readable(server.Root, user); err != nil {
		return exitError{3, err}
	}
	a.reply("ok    the user %s can read the pages", user)
	return nil
}

// checkLive runs the gate in a private NGINX and asks what it must leave to the
// app and what it must not: pages of the release if there is one.
func (a *app) checkLive(ctx context.Context, binary nginx.Binary, server nginx.Server) error {
	script, err := probe.Parse("check", checkScript(server))
	if err != nil {
		return err
	}
	stub := &probe.App{}
	backend, err := probe.Serve(stub)
	if err != nil {
		return err
	}
	defer backend.Close()
	if server.App.Kind != nginx.NoApp {
		server.App = nginx.App{Kind: nginx.Proxy, Address: backend.Address}
	}
	conf, err := server.Config()
	if err != nil {
		return err
	}
	private, err := nginx.Start(ctx, nginx.Instance{Binary: binary, Config: conf})
	if err != nil {
		return exitError{3, err}
	}
	defer private.Stop()
	results, err := probe.Target{Address: strings.TrimPrefix(private.URL(), "http://"), App: stub}.Run(ctx, script)
	if err != nil {
		return err
	}
	failed := false
	for _, result := range results {
		for _, problem := range result.Problems {
			a.reply("fail  live: %s", problem)
			failed = true
		}
	}
	if failed {
		return exitError{3, errSaid}
	}
	a.reply("ok    live, in a private NGINX: %s as they must be", plural(len(results), "request"))
	return nil
}

// checkScript asks for what no release has, so that it needs none.
func checkScript(server nginx.Server) string {
	var script strings.Builder
	ask := func(request string, expect ...string) {
		fmt.Fprintf(&script, "%s\n%s\n\n", request, strings.Join(expect, "\n"))
	}
	fmt.Fprintf(&script, "host %s\n\n", server.Hosts[0])
	if server.App.Kind == nginx.NoApp {
		ask("GET /-icecap-check", "status 404", "source disk")
		ask("GET /p/-icecap-check@.html?a=1", "status 404", "source disk")
		return script.String()
	}
	app := []string{"status 200", "source app"}
	for _, target := range []string{"/-icecap-check", "/-icecap-check?a=1&b=%2F", "//-icecap-check", "/-icecap-check/../x", "/p/-icecap-check@.html", "/-/-icecap-check@.html", "/x/%2e%2e/y%2Fz"} {
		ask("GET "+target, app...)
	}
	ask("POST /-icecap-check\nsend x", app...)
	ask("GET /-icecap-check\n> Authorization: Basic eDp5", app...)
	ask("GET /-icecap-check\n> Upgrade: websocket", app...)
	return script.String()
}
