package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"icecap/content/release"
	"icecap/nginx"
)

// workersTime is how long workers of before a reload may finish their requests
// before icecap says that it is done.
const workersTime = 10 * time.Second

// nameRelease writes the file by which an NGINX that keeps files open knows the
// published release. It is read at the next reload.
func nameRelease(r *release.Release) error {
	name := filepath.Join(filepath.Dir(filepath.Dir(r.Dir)), nginx.RootFile)
	err := writeSynced(name+".next", []byte(nginx.RootConf(r.Dir)))
	if err == nil {
		err = os.Rename(name+".next", name)
	}
	if err != nil {
		return fmt.Errorf("name release %s for NGINX: %w", r.ID, err)
	}
	return nil
}

// writeSynced writes a file that everybody may read, to disk: were it renamed before
// its bytes are there, a power loss could leave an empty one.
func writeSynced(name string, text []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()) // whatever the umask
}

// reloadToRelease reloads NGINX and waits until no worker of before is left, for
// these still answer from the release of before.
func (a *app) reloadToRelease(ctx context.Context, command string, r *release.Release) error {
	before := nginxWorkers()
	if err := a.shell(ctx, command, nil); err != nil {
		return exitError{4, hintedError{err: fmt.Errorf("reload NGINX with %q: %w", command, err),
			hint: "until it is reloaded, NGINX answers from the release before"}}
	}
	for deadline := time.Now().Add(workersTime); ; {
		old, reloaded := oldWorkers(before, nginxWorkers())
		switch {
		case reloaded && old == 0:
			a.say("NGINX was reloaded, and answers from release %s alone", r.ID)
			return nil
		case time.Now().After(deadline) && !reloaded:
			a.say("NGINX was told to reload; whether it has, icecap cannot see from here")
			return nil
		case time.Now().After(deadline):
			a.say("NGINX was reloaded; %s of before still finish requests", plural(old, "worker"))
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// oldWorkers counts the workers that are left of an NGINX that has new ones.
func oldWorkers(before, now map[int][]int) (old int, reloaded bool) {
	for master, was := range before {
		fresh := slices.ContainsFunc(now[master], func(pid int) bool { return !slices.Contains(was, pid) })
		if !fresh {
			continue // it was not reloaded, or not yet
		}
		reloaded = true
		for _, pid := range was {
			if slices.Contains(now[master], pid) {
				old++
			}
		}
	}
	return old, reloaded
}
