package main

import (
	"context"
	"fmt"
	"os/exec"

	"icecap/content/release"
	"icecap/freeze"
)

// reload makes NGINX read the gate map of a release, if it differs from that of
// the release before: it reads the file only when it starts and when it reloads.
// Until then it goes by the old one, and the app has what is new.
func (a *app) reload(ctx context.Context, command string, before, after *release.Release) error {
	lines := ""
	if before != nil {
		if m, err := before.GateMap(); err == nil {
			lines = m.String()
		}
	}
	m, err := after.GateMap()
	if err != nil {
		return err
	}
	if m.String() == lines {
		return nil
	}
	if command == "" {
		a.say("gate.map has changed: %s and %s await a reload of NGINX", plural(len(m.Redirects), "redirect"), plural(len(m.Assets), "listed asset"))
		a.say(" hint: systemctl reload nginx; or let icecap do it, with reload under [gate]")
		return nil
	}
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", command)
	cmd.Stdout, cmd.Stderr = a.stderr, a.stderr
	if err := cmd.Run(); err != nil {
		return exitError{4, hintedError{err: fmt.Errorf("reload NGINX with %q: %w", command, err),
			hint: "the release is published; what is new in its gate.map awaits a reload"}}
	}
	a.say("gate.map has changed: NGINX was reloaded")
	return nil
}

// sayMissing warns of what pages need and only the app has.
func (a *app) sayMissing(missing []freeze.Missing) {
	if len(missing) == 0 {
		return
	}
	a.say("warning: pages need scripts, images or fonts that only the app has, and lack them when it is down: %s", plural(len(missing), "URL"))
	for _, m := range missing[:min(examplesShown, len(missing))] {
		a.say("                %s  (%s)  from %s", m.URL, m.Reason, m.From)
	}
}

// checkGateMap reads the list that NGINX would include. Before the first release
// there is none.
func checkGateMap(out string) error {
	store, err := openExisting(out)
	if err != nil {
		return nil
	}
	current, err := store.Current()
	if err != nil {
		return nil
	}
	_, err = current.GateMap()
	return err
}
