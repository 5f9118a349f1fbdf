package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"icecap/nginx"
	"icecap/nginx/local"
)

func (a *app) serveCommand() *cobra.Command {
	address := "127.0.0.1:8080"
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the frozen pages with fall-through to the app, without NGINX",
		Long: `Answers as the emitted NGINX configuration does, for trying things out and for
a machine without NGINX. It also answers for the host name in its own address.`,
		Example: "  icecap serve\n  icecap serve --addr 127.0.0.1:9000 --app http://localhost:8000",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, server, err := a.loadGate(cmd)
			if err != nil {
				return err
			}
			if _, err := openExisting(c.Freeze.Out); err != nil {
				return err
			}
			return a.serve(cmd.Context(), server, address)
		},
	}
	cmd.Flags().StringVar(&address, "addr", address, "address to listen on")
	addGateFlags(cmd)
	return cmd
}

// serve answers until the context ends, and then lets requests in flight finish.
func (a *app) serve(ctx context.Context, server nginx.Server, address string) error {
	var behind http.Handler
	if server.App.Kind != nginx.NoApp {
		var err error
		if behind, err = a.localApp(server.App); err != nil {
			return err
		}
	}
	if _, err := server.Config(); err != nil { // the same allow-lists as for NGINX
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return hintedError{err: fmt.Errorf("listen: %w", err), hint: "choose another address with --addr"}
	}
	host, _, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server.Hosts = append(server.Hosts, host, "localhost")
	server.Compression = nginx.Everything()
	gate := &local.Gate{Server: server, App: behind, Log: a.logger()}
	web := &http.Server{Handler: gate, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute}
	finished := make(chan error, 1)
	go func() { finished <- web.Serve(listener) }()
	a.reply("serving http://%s", listener.Addr())
	select {
	case err := <-finished:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
		grace, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := web.Shutdown(grace); err != nil {
			web.Close()
		}
		return nil
	}
}

// localApp passes requests on by HTTP, the one protocol of the local gate.
func (a *app) localApp(app nginx.App) (http.Handler, error) {
	if app.Kind != nginx.Proxy {
		what := app.Kind.Protocol()
		if app.Kind == nginx.Location {
			what = "whatever a location of NGINX does"
		}
		return nil, hintedError{err: usageError{fmt.Errorf("serve: this gate speaks plain HTTP to the app, not %s", what)},
			hint: "give the app's HTTP address with --pass http://host:port, or none; NGINX itself speaks " + what + ": icecap nginx print"}
	}
	address, others := app.First()
	if others > 0 {
		a.say("warning: this gate asks one backend only, %s; NGINX asks all %d", address, others+1)
	}
	return local.Proxy(address)
}
