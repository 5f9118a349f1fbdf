package main

import (
	"context"
	"errors"
	"fmt"

	"icecap/content"
	"icecap/content/release"
	"icecap/freeze"
	"icecap/nginx"
	"icecap/nginx/local"
	"icecap/nginx/probe"
)

// A publication is one run from a source to a release.
type publication struct {
	Out    string         // output folder
	Store  *release.Store // of that folder, where it was read before; nil for none
	Scope  content.Scope  // what the source speaks for
	Limits release.Limits
	Plain  bool   // without compressed files beside the pages
	DryRun bool   // stop before the commit
	List   bool   // the outcome lists all pages, which may be many
	Run    string // names the run for its journal; "" for none, so that it cannot be gone on with
	Resume bool   // go on with an interrupted run of this name
	Follow followUp
	Gate   nginx.Server // probed after the commit; its App is not asked
}

// An outcome is what a run left behind.
type outcome struct {
	Summary release.Summary
	Site    content.Site     // empty unless the list was asked for
	Release *release.Release // nil in a dry run
}

// probeSample is how many pages are fetched through the gate after a commit:
// enough to catch a release that cannot be read, too few to be felt.
const probeSample = 20

// publish is the whole flow, in the only order in which nothing half-made can
// be seen: stage beside the site, let the source finish, check what came out,
// commit by one rename, probe, and go back if the probe fails.
func (a *app) publish(ctx context.Context, p publication, src content.Source) (*outcome, error) {
	store, err := p.Store, error(nil)
	if store == nil {
		if store, err = release.Open(p.Out); err != nil {
			return nil, err
		}
	}
	store.Plain = p.Plain
	before, err := store.Current()
	if err != nil && !errors.Is(err, release.ErrNoRelease) {
		return nil, err
	}
	stage, err := a.openStage(ctx, store, p)
	if err != nil {
		return nil, err
	}
	defer stage.Discard()
	for _, doubt := range stage.Doubts() {
		a.say("warning: %s", doubt)
	}

	err = src.Run(ctx, stage.Previous(), stage)
	var soft *freeze.SoftError
	if err != nil && !errors.As(err, &soft) {
		return nil, a.suspend(stage, err)
	}
	done := &outcome{Summary: stage.Summary()}
	if p.List {
		done.Site = stage.Site()
	}
	if soft != nil {
		return done, err
	}
	if err := stage.Check(p.Limits); err != nil {
		return done, err
	}
	if p.DryRun {
		return done, nil
	}
	if done.Release, err = stage.Commit(ctx); err != nil {
		if ctx.Err() != nil {
			err = a.suspend(stage, err)
		}
		return done, err
	}
	if err := probeRelease(ctx, p.Gate, done.Release); err != nil {
		return done, a.goBack(store, before, err)
	}
	return done, a.follow(ctx, p.Follow, before, done.Release)
}

// probeRelease fetches a sample through the gate. Nothing may reach the app.
func probeRelease(ctx context.Context, server nginx.Server, r *release.Release) error {
	site, err := r.Sample(probeSample)
	if err != nil {
		return err
	}
	app := &probe.App{}
	server.Compression = nginx.Everything()
	report, err := probe.Verify{
		Site: site, Host: server.Hosts[0], Gate: &server, App: app, PagesOnly: true,
	}.Handler(ctx, &local.Gate{Server: server, App: app})
	if err != nil {
		return fmt.Errorf("probe release %s: %w", r.ID, err)
	}
	if len(report.Differences) > 0 {
		d := report.Differences[0]
		return exitError{3, fmt.Errorf("probe release %s: %s: %s is %q, not %q", r.ID, d.URL, d.What, d.Got, d.Want)}
	}
	return nil
}

// goBack puts the release that was current before the failed one back.
func (a *app) goBack(store *release.Store, before *release.Release, cause error) error {
	if before == nil {
		return hintedError{err: cause, hint: "this was the first release; the gate leaves what it cannot read to the app"}
	}
	// The command's context may be what failed, so the way back has its own.
	if _, err := store.Rollback(context.Background(), before.ID); err != nil {
		return errors.Join(cause, err)
	}
	return hintedError{err: cause, hint: "rolled back to " + before.ID}
}
