package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"icecap/content"
	"icecap/content/release"
	"icecap/nginx/install"
	"icecap/nginx/probe"
)

const (
	// installSample is how many pages are asked for after a reload.
	installSample = 100
	// settleTime is how long old workers may still answer after a reload.
	settleTime = 10 * time.Second
	// calmTime is how long all answers must be right. NGINX starts new workers,
	// waits 100 ms, and only then tells the old ones to take no more connections.
	calmTime = 300 * time.Millisecond
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
	verify := probe.Verify{Site: site, Host: host, Gate: &plan.Server, Sample: installSample}
	var calm time.Time // since when all answers are right
	for deadline := time.Now().Add(settleTime); ; {
		checked, beaten, err := askInstalled(ctx, plan, verify, target)
		switch {
		case ctx.Err() != nil:
			return "", ctx.Err()
		case err != nil && time.Now().After(deadline):
			a.sayBeaten(beaten)
			return "", exitError{3, fmt.Errorf("ask for pages at %s: %w", address, err)}
		case err != nil:
			calm = time.Time{}
		case calm.IsZero():
			calm = time.Now()
		case time.Since(calm) > calmTime:
			a.sayBeaten(beaten)
			return fmt.Sprintf("%s asked for at %s", plural(checked, "page"), address), nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// askInstalled asks for a sample once. An error is a page that is not as it
// must be, and that no location of the operator's explains.
func askInstalled(ctx context.Context, plan *install.Plan, verify probe.Verify, target probe.Target) (checked int, beaten map[string][]string, err error) {
	report, err := verify.Run(ctx, target)
	if err != nil {
		return 0, nil, err
	}
	first, beaten := explainDifferences(plan, report)
	switch {
	case first.URL != "":
		return 0, beaten, errors.New(first.String())
	case countAll(beaten) == report.Checked:
		return 0, beaten, errors.New("none comes from disk")
	}
	return report.Checked, beaten, nil
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
