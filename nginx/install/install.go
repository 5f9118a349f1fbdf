package install

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"icecap/nginx"
)

// An Installer puts the gate of one site into the configuration of an NGINX.
type Installer struct {
	NGINX NGINX
	// Server is the gate. Where the server block has its own "location /", that
	// one is the app, and App is not asked.
	Server nginx.Server
	// Host names the server block; "" is the first of Server.Hosts.
	Host string
	// At chooses among several blocks of that name: "/etc/nginx/nginx.conf:12".
	At string
	// Overwrite writes over generated files that were edited by hand.
	Overwrite bool
	// Log is told of each step; nil is silence.
	Log *slog.Logger

	step func(name string) error // a test's: an error makes the step fail
}

// A Plan is what an installation would change. Nothing has been written.
type Plan struct {
	// Changes are the files, the operator's own last. A plan without one that
	// differs is installed already.
	Changes []Change
	// Server is the gate as it will be, with the operator's location as its app
	// if OwnLocation.
	Server      nginx.Server
	OwnLocation bool
	Block       string   // where the server block is: "/etc/nginx/nginx.conf:12"
	Addresses   []string // where it can be asked: "https://127.0.0.1:443"
	Warnings    []string
	rivals      []rival
}

// plainPath is a path that can stand in an include as it is.
var plainPath = regexp.MustCompile(`\A/[A-Za-z0-9._/-]+\z`)

// ErrNotInstalled says that the site's gate is not in this NGINX.
var ErrNotInstalled = errors.New("the gate of this site is not installed here")

// Plan reads the running configuration and says what would change. Errors that
// a person must settle are a *[CommandError] (NGINX does not understand its
// present configuration), a *[ServerError], a *[ByHandError], an *[EditedError] or
// a *[nginx.FieldError].
func (in Installer) Plan(ctx context.Context) (*Plan, error) {
	if _, err := os.Stat(in.folder().pendingFile()); err == nil {
		unlock, err := in.begin(ctx)
		if err != nil {
			return nil, err
		}
		unlock()
	}
	r, err := in.NGINX.read(ctx)
	if err != nil {
		return nil, err
	}
	f := in.folder()
	if !plainPath.MatchString(f.dir) {
		return nil, fmt.Errorf("write beside %s: the path must be of A-Z, a-z, 0-9, ., _, - and /", in.NGINX.Conf)
	}
	host := in.Host
	if host == "" && len(in.Server.Hosts) > 0 {
		host = in.Server.Hosts[0]
	}
	s, err := r.find(strings.ToLower(host), in.At)
	if err != nil {
		return nil, err
	}
	installed, err := f.state()
	if err != nil {
		return nil, err
	}
	e := edit{httpInclude: f.httpFile(), serverInclude: f.serverFile(), app: "@" + in.Server.Site + "_app"}
	p := &Plan{Server: in.Server, Block: s.String(), Addresses: s.addresses(), rivals: s.rivals(e.serverInclude)}
	note := &state{File: s.file.path, Original: []byte(s.file.text)}
	text := s.file.text
	if installed != nil && e.in(text) {
		note, p.OwnLocation = installed, installed.Renamed
	} else if e.in(text) {
		return nil, e.byHand(s, "it includes the gate already, but not by this program", s)
	}
	location, done, err := e.target(s)
	if err != nil {
		return nil, err
	}
	if !e.in(text) {
		text = e.apply(text, s.Directive, location)
		note.Renamed = location != nil
		note.Before, note.After = sum(note.Original), sum([]byte(text))
		e.renamed = note.Renamed
		if back, ok := e.undo(text); !ok || back != s.file.text || e.renamed && !e.named(text) {
			return nil, e.byHand(s, "the edit could not be taken out again", s)
		}
	}
	if p.OwnLocation = location != nil || done; p.OwnLocation {
		p.Server.App = nginx.App{Kind: nginx.Location}
	}
	p.Warnings = append(s.lostHeaders(p.Server, location), s.audit()...)
	if own, ok := e.ownLocation(s); ok && p.OwnLocation && in.Server.Fallback {
		var reason string
		p.Server.App.Own, reason = r.again(own, s, "$"+in.Server.Site+"_path")
		if p.Server.Fallback = reason == ""; reason != "" {
			p.Warnings = append(p.Warnings, fmt.Sprintf("copies for when the app fails are not used, because %s: your location at %s stays the app, and fails as it does now", reason, own))
		}
	}
	return p, in.fill(p, f, note, text)
}

// fill lists the changes of a plan.
func (in Installer) fill(p *Plan, f folder, note *state, text string) error {
	conf, err := p.Server.Config()
	if err != nil {
		return err
	}
	noted, err := json.MarshalIndent(note, "", "  ")
	if err != nil {
		return err
	}
	p.Changes = []Change{
		{Path: f.httpFile(), After: sealed(conf.HTTP.String())},
		{Path: f.serverFile(), After: sealed(conf.Server.String())},
		{Path: f.stateFile(), After: append(noted, '\n')},
		{Path: note.File, After: []byte(text)},
	}
	for i := range p.Changes {
		c := &p.Changes[i]
		if c.Before, err = readIf(c.Path); err != nil {
			return fmt.Errorf("read the running configuration: %w", err)
		}
		if i < 2 && !in.Overwrite {
			if err := checkSealed(c.Path, c.Before); err != nil {
				return err
			}
		}
	}
	return nil
}

// Differs reports whether a plan changes anything.
func (p *Plan) Differs() bool { return slices.ContainsFunc(p.Changes, Change.differs) }

// Install carries a plan out. probe is asked after the reload, when old workers
// may still take connections for a moment; its error undoes all, as any other
// does. nil is no probe.
func (in Installer) Install(ctx context.Context, p *Plan, probe func(context.Context) error) error {
	unlock, err := in.begin(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	return in.apply(ctx, in.folder(), p.Changes, func(ctx context.Context) error {
		if err := in.do(ctx, "test", in.NGINX.test); err != nil {
			return err
		}
		if err := in.do(ctx, "reload", in.NGINX.reload); err != nil {
			return err
		}
		if probe == nil {
			return nil
		}
		return in.do(ctx, "probe", probe)
	})
}

// folder is icecap's own, beside the main file. It must be found also where
// NGINX does not understand its configuration.
func (in Installer) folder() folder {
	return folder{filepath.Join(filepath.Dir(in.NGINX.Conf), "icecap"), in.Server.Site}
}

// do runs one step, unless the context has ended.
func (in Installer) do(ctx context.Context, name string, step func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if in.Log != nil {
		in.Log.Info("nginx install", "step", name)
	}
	if in.step != nil {
		if err := in.step(name); err != nil {
			return err
		}
	}
	return step(ctx)
}

// apply changes files, lets check judge the result, and puts all back if it, or
// anything before it, fails.
func (in Installer) apply(ctx context.Context, f folder, changes []Change, check func(context.Context) error) (err error) {
	changes = slices.DeleteFunc(slices.Clone(changes), func(c Change) bool { return !c.differs() })
	if len(changes) == 0 {
		return check(ctx) // copies of nothing would hide the last change from Rollback
	}
	for _, c := range changes {
		if err := c.check(); err != nil {
			return err
		}
	}
	var kept *backup
	if err := in.do(ctx, "backup", func(context.Context) error {
		if kept, err = f.backup(changes); err != nil {
			return err
		}
		if err := write(f.pendingFile(), []byte(kept.dir+"\n")); err != nil {
			return errors.Join(err, f.forget(kept))
		}
		return nil
	}); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = in.goBack(kept, f, err)
		}
	}()
	for _, c := range changes {
		if err := in.do(ctx, "write "+filepath.Base(c.Path), func(context.Context) error { return write(c.Path, c.After) }); err != nil {
			return err
		}
	}
	if err := check(ctx); err != nil {
		return err
	}
	return in.do(ctx, "finish", func(context.Context) error { return write(f.pendingFile(), nil) })
}

// A RolledBackError is a failure after which all files are as they were.
type RolledBackError struct{ Err error }

func (e *RolledBackError) Error() string { return e.Err.Error() }
func (e *RolledBackError) Unwrap() error { return e.Err }

// goBack puts the files back, and reloads in any case: somebody else, such as
// certbot, may have had NGINX read what was written meanwhile. The caller's context
// may be what ended, so it has its own.
func (in Installer) goBack(b *backup, f folder, cause error) error {
	if err := b.restore(); err != nil {
		return errors.Join(cause, fmt.Errorf("put the files back (copies are in %s): %w", b.dir, err))
	}
	if err := f.forget(b); err != nil {
		return errors.Join(cause, err)
	}
	if err := in.NGINX.reload(context.Background()); err != nil {
		return errors.Join(cause, fmt.Errorf("the files are as they were, but NGINX must be reloaded: %w", err))
	}
	return &RolledBackError{cause}
}

// begin keeps others out, and puts the files back that a crash has left half
// changed.
func (in Installer) begin(ctx context.Context) (unlock func(), err error) {
	unlock, err = in.folder().lock()
	if err != nil {
		return nil, err
	}
	undone, err := in.folder().recover()
	if err == nil && undone {
		if in.Log != nil {
			in.Log.Warn("an interrupted change was undone")
		}
		if in.NGINX.test(ctx) == nil {
			err = in.NGINX.reload(ctx)
		}
	}
	if err != nil {
		unlock()
		return nil, fmt.Errorf("undo an interrupted change: %w", err)
	}
	return unlock, nil
}

// Uninstall takes the gate out again. What the operator has changed in the
// meantime stays; if he has not changed anything, his file is what it was, byte
// for byte. It is [ErrNotInstalled] where there is nothing to take out. broken is
// what NGINX says of a configuration that it does not understand now and did
// not before: the gate is taken out all the same, and NGINX not reloaded.
func (in Installer) Uninstall(ctx context.Context) (changes []Change, broken error, err error) {
	unlock, err := in.begin(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer unlock()
	f := in.folder()
	note, err := f.state()
	if err != nil {
		return nil, nil, err
	}
	if note == nil {
		return nil, nil, ErrNotInstalled
	}
	text, err := os.ReadFile(note.File)
	if err != nil {
		return nil, nil, fmt.Errorf("read the operator's file: %w", err)
	}
	own := Change{Path: note.File, Before: text, After: note.Original}
	if sum(text) != note.After {
		e := edit{f.httpFile(), f.serverFile(), "@" + f.site + "_app", note.Renamed}
		original, ok := e.undo(string(text))
		if !ok && e.in(string(text)) {
			return nil, nil, &ByHandError{Where: note.File, Reason: "it has been edited in such a way that the gate cannot be taken out", Steps: []string{
				"take the include lines of " + f.dir + " out of it", `turn "location ` + e.app + `" back into "location /"`, "icecap nginx uninstall"}}
		}
		own.After = []byte(original)
	}
	changes = []Change{own}
	for _, path := range []string{f.httpFile(), f.serverFile(), f.stateFile()} {
		c := Change{Path: path}
		if c.Before, err = readIf(path); err != nil {
			return nil, nil, fmt.Errorf("read %s: %w", path, err)
		}
		changes = append(changes, c)
	}
	broken, err = in.takeBack(ctx, f, changes)
	return changes, broken, err
}

// Rollback undoes the last change of this site's gate: an installation, an
// uninstallation or another rollback. It goes by the copies that were made then,
// so what the operator has changed in these files since is undone too (and kept
// as a copy). broken is as for [Installer.Uninstall].
func (in Installer) Rollback(ctx context.Context) (changes []Change, broken error, err error) {
	unlock, err := in.begin(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer unlock()
	f := in.folder()
	all, err := f.backups()
	if err != nil {
		return nil, nil, err
	}
	if len(all) == 0 {
		return nil, nil, ErrNotInstalled
	}
	b, err := openBackup(all[len(all)-1])
	if err != nil {
		return nil, nil, err
	}
	if changes, err = b.changes(); err != nil {
		return nil, nil, err
	}
	broken, err = in.takeBack(ctx, f, changes)
	return changes, broken, err
}

// takeBack changes files and reloads, if NGINX understands the result. Where it
// did not understand the configuration before either, the result stays.
func (in Installer) takeBack(ctx context.Context, f folder, changes []Change) (broken, err error) {
	before := in.NGINX.test(ctx)
	err = in.apply(ctx, f, changes, func(ctx context.Context) error {
		if err := in.do(ctx, "test", in.NGINX.test); err != nil {
			if before == nil || ctx.Err() != nil {
				return err
			}
			broken = err
			return nil
		}
		return in.do(ctx, "reload", in.NGINX.reload)
	})
	return broken, err
}
