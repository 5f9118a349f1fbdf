package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"time"

	"icecap/content"
	"icecap/content/release"
	"icecap/freeze"
)

// A followUp is what the operator wants done once a release is published.
type followUp struct {
	Reload string // command that makes NGINX read the gate map again; "" if the operator does it
	Named  bool   // NGINX goes by the release's own name, so that each publish needs a reload
	Hook   string // command that gets the difference from the release before, as JSON; "" for none
}

func (c *config) followUp() followUp {
	return followUp{c.Gate.Reload, c.Gate.OpenFiles > 0, c.Gate.AfterPublish}
}

// follow does what comes after a commit. The release stays whatever happens here.
func (a *app) follow(ctx context.Context, f followUp, before, after *release.Release) error {
	err := a.reload(ctx, f, before, after)
	if hookErr := a.runHook(ctx, f.Hook, before, after); err == nil {
		err = hookErr
	}
	return err
}

// runHook hands what icecap diff --json says to a command, on its standard input.
func (a *app) runHook(ctx context.Context, command string, before, after *release.Release) error {
	if command == "" {
		return nil
	}
	changes, err := hookInput(before, after)
	if err == nil {
		err = a.shell(ctx, command, bytes.NewReader(changes))
	}
	if err != nil {
		a.say("warning: the command after_publish failed: %v", err)
		a.say(" hint: the release is published all the same; run it again with: icecap diff --json | %s", command)
		return exitError{5, errSaid}
	}
	return nil
}

// hookInput is the difference between two releases; of the first, all pages are new.
func hookInput(before, after *release.Release) ([]byte, error) {
	var was content.Site
	if before != nil {
		var err error
		if was, err = before.Site(); err != nil {
			return nil, err
		}
	}
	now, err := after.Site()
	if err != nil {
		return nil, err
	}
	return json.Marshal(diffSites(&was, &now))
}

// shell runs a command of the operator's; what it prints is talk.
func (a *app) shell(ctx context.Context, command string, stdin io.Reader) error {
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", command)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, a.stderr, a.stderr
	cmd.WaitDelay = time.Second // for what it has started and left
	return cmd.Run()
}

// reload makes NGINX read the gate map of a release, if it differs from that of
// the release before: it reads the file only when it starts and when it reloads.
// Until then it goes by the old one, and the app has what is new.
func (a *app) reload(ctx context.Context, f followUp, before, after *release.Release) error {
	if f.Named {
		if err := nameRelease(after); err != nil {
			return err
		}
		return a.reloadToRelease(ctx, f.Reload, after)
	}
	command, lines := f.Reload, ""
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
	if err := a.shell(ctx, command, nil); err != nil {
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
