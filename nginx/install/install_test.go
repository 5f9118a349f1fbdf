package install

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"icecap/nginx"
)

// The gate goes into a configuration in use and out again. The operator's own
// locations, his other servers and his TLS answer as before.
func TestInstallAndUninstall(t *testing.T) {
	l := startLive(t)
	before, in := l.tree(t), l.installer()
	plan, err := in.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	l.wantTree(t, "planned", before)
	if !plan.OwnLocation || plan.Block != l.site+":8" || len(plan.Addresses) != 1 || plan.Addresses[0] != "https://"+l.https {
		t.Errorf("plan: %+v", plan)
	}
	if warnings := strings.Join(plan.Warnings, "\n"); !strings.Contains(warnings, "the header Strict-Transport-Security of "+l.site+":13") ||
		!strings.Contains(warnings, "the header X-Own of "+l.site+":19") || !strings.Contains(warnings, "add_header_redefinition") || len(plan.Warnings) != 3 {
		t.Errorf("warnings: %q", plan.Warnings)
	}
	if name, ok := plan.Rival("/old.html"); !ok || name != `location ~ \.html$ (`+l.site+":16)" {
		t.Errorf("before the gate for /old.html: %q", name)
	}
	l.install(t, in)
	l.quiet(t)
	for path, want := range map[string][2]string{
		"/about": {"disk", "frozen about@.html"}, "/": {"disk", "frozen @.html"}, "/nope?a=1": {"", "app /nope?a=1"}, "/about?a=1": {"", "app /about?a=1"},
		"/static/x": {"", "the operator's"}, "/old.html": {"", "app /old.html"},
	} {
		if source, body := l.get(t, path); source != want[0] || body != want[1] {
			t.Errorf("%s: %q from %q, want %q from %q", path, body, source, want[1], want[0])
		}
	}
	if plan, err := in.Plan(t.Context()); err != nil || plan.Differs() {
		t.Errorf("a second plan: %v %+v", err, plan)
	}
	if _, _, err := in.Uninstall(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.wantTree(t, "uninstalled", before)
	if _, _, err := in.Uninstall(t.Context()); !errors.Is(err, ErrNotInstalled) {
		t.Errorf("a second uninstall: %v", err)
	}
	// A failure leaves nothing behind that a rollback would take for the last change.
	plan, err = in.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := in.Install(t.Context(), plan, func(context.Context) error { return errors.New("no page") }); err == nil {
		t.Fatal("an installation did not fail")
	}
	if _, _, err := in.Rollback(t.Context()); err != nil { // of the uninstall
		t.Fatal(err)
	}
	if err := l.probe(t)(t.Context()); err != nil {
		t.Errorf("rolled back: %v", err)
	}
}

// steps are those of an installation, in order.
var steps = []string{"backup", "write shop-http.conf", "write shop-server.conf", "write shop.json", "write shop.conf", "test", "reload", "probe", "finish"}

// Each step fails once, and once the operator presses Ctrl-C in it: the
// configuration is what it was, and NGINX answers by it.
func TestFailureAtEveryStep(t *testing.T) {
	l := startLive(t)
	before := l.tree(t)
	for _, step := range steps {
		for _, how := range []string{"fails", "interrupted"} {
			ctx, cancel := context.WithCancel(t.Context())
			in, reached := l.installer(), false
			in.step = func(name string) error {
				if name != step {
					return nil
				}
				reached = true
				if how == "interrupted" {
					cancel()
					return ctx.Err()
				}
				return errors.New("injected")
			}
			plan, err := in.Plan(ctx)
			if err != nil {
				t.Fatal(err)
			}
			err = in.Install(ctx, plan, l.probe(t))
			var back *RolledBackError
			if !reached || err == nil || step != "backup" && !errors.As(err, &back) {
				t.Errorf("%s %s: %v", step, how, err)
			}
			l.wantTree(t, step+" "+how, before)
			cancel()
		}
	}
	l.settles(t, "app /about")
}

// settles waits until NGINX answers by the configuration that is on disk.
func (l live) settles(t *testing.T, want string) {
	t.Helper()
	body := ""
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if _, body = l.get(t, "/about"); body == want {
			return
		}
	}
	log, _ := os.ReadFile(filepath.Join(l.dir, "error.log"))
	t.Errorf("/about is %q, want %q\n%s", body, want, log)
}

// A crash in the midst leaves a marker, and the next call of anything puts the
// files back first.
func TestCrash(t *testing.T) {
	l := startLive(t)
	before := l.tree(t)
	for _, step := range steps[1:] {
		in := l.installer()
		in.step = func(name string) error {
			if name == step {
				panic("killed")
			}
			return nil
		}
		plan, err := in.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		func() {
			defer func() { recover() }()
			in.Install(t.Context(), plan, l.probe(t))
		}()
		in.step = nil
		if _, _, err := in.Uninstall(t.Context()); !errors.Is(err, ErrNotInstalled) {
			t.Errorf("killed at %s: %v", step, err)
		}
		l.wantTree(t, "killed at "+step, before)
	}
	// What was undone, and copies that were not ended, are no last change.
	in := l.installer()
	if err := os.MkdirAll(filepath.Join(in.folder().path(backupFolder), "shop-000099"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, _, err := in.Rollback(t.Context()); !errors.Is(err, ErrNotInstalled) {
		t.Errorf("a rollback with nothing to undo: %v", err)
	}
	// To install again what is there changes nothing, and hides nothing either.
	l.install(t, in)
	l.install(t, in)
	if changes, _, err := in.Rollback(t.Context()); err != nil || len(changes) == 0 {
		t.Errorf("a rollback of an installation: %v, %v", changes, err)
	}
	l.wantTree(t, "rolled back", before)
}

// wrapper is an NGINX that does something else instead of nginx -t.
func (l live) wrapper(t *testing.T, instead string) string {
	t.Helper()
	path := filepath.Join(l.dir, "wrapper")
	put(t, path, "#!/bin/sh\ncase \"$*\" in *\" -t \"*) "+instead+";; esac\nexec "+l.Path+" \"$@\"\n")
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// What NGINX itself refuses or does not answer, a reload that fails and a page
// that does not come undo all as well.
func TestRealFailures(t *testing.T) {
	l := startLive(t)
	before := l.tree(t)
	for name, test := range map[string]struct {
		change func(*Installer)
		probe  func(context.Context) error
		want   string
	}{
		"nginx -t":       {func(in *Installer) { in.NGINX.Path = l.wrapper(t, "echo 'nginx: [emerg] no' >&2; exit 1") }, l.probe(t), "[emerg] no"},
		"nginx -t hangs": {func(in *Installer) { in.NGINX.Path = l.wrapper(t, "exec sleep 60") }, l.probe(t), "context canceled"},
		"reload": {func(in *Installer) {
			in.NGINX.Reload = "test -e " + l.dir + "/x || { touch " + l.dir + "/x; exit 7; }; " + in.NGINX.Path + " -p " + l.dir + " -c " + l.Conf + " -s reload"
		}, l.probe(t), "exit status 7"},
		"probe": {func(*Installer) {}, func(context.Context) error { return errors.New("no page") }, "no page"},
	} {
		in := l.installer()
		test.change(&in)
		plan, err := in.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, func() {
			if name == "nginx -t hangs" {
				cancel()
			}
		})
		err = in.Install(ctx, plan, test.probe)
		cancel()
		var back *RolledBackError
		if !errors.As(err, &back) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q and a way back", name, err, test.want)
		}
		l.wantTree(t, name, before)
	}
	l.settles(t, "app /about")
}

// Uninstall and rollback work where the configuration is broken.
func TestBrokenConfiguration(t *testing.T) {
	for name, back := range map[string]func(Installer, context.Context) ([]Change, error, error){"uninstall": Installer.Uninstall, "rollback": Installer.Rollback} {
		l := startLive(t)
		before, in := l.tree(t), l.installer()
		l.install(t, in)
		broken := strings.Replace(before[l.Conf], "events {", "no_such_directive on;\nevents {", 1)
		put(t, l.Conf, broken)
		if _, err := in.Plan(t.Context()); err == nil {
			t.Errorf("%s: a broken configuration was planned for", name)
		}
		_, stillBroken, err := back(in, t.Context())
		if err != nil || stillBroken == nil || !strings.Contains(stillBroken.Error(), "no_such_directive") {
			t.Errorf("%s: %v, %v", name, stillBroken, err)
		}
		before[l.Conf] = broken
		l.wantTree(t, name, before)
	}
}

// What the operator has written since stays, and generated files that he has
// edited are not written over unasked.
func TestEditedSince(t *testing.T) {
	l := startLive(t)
	before, in := l.tree(t), l.installer()
	l.install(t, in)
	generated := folder{filepath.Join(l.dir, "conf/icecap"), "shop"}.serverFile()
	put(t, generated, strings.Replace(l.tree(t)[generated], "log_not_found off;", "log_not_found on;", 1))
	in.Server.Headers = append(in.Server.Headers, headerX)
	var edited *EditedError
	if _, err := in.Plan(t.Context()); !errors.As(err, &edited) || edited.Path != generated {
		t.Errorf("an edited file: %v", err)
	}
	in.Overwrite = true
	l.install(t, in)
	if text := l.tree(t)[generated]; !strings.Contains(text, "log_not_found off;") || !strings.Contains(text, "add_header X-New 1 always;") {
		t.Errorf("the file was not written anew:\n%s", text)
	}
	mine := func(text string) string { return strings.Replace(text, "# his own", "# his own, still", 1) }
	put(t, l.site, mine(l.tree(t)[l.site]))
	if _, _, err := in.Uninstall(t.Context()); err != nil {
		t.Fatal(err)
	}
	before[l.site] = mine(before[l.site])
	l.wantTree(t, "uninstalled", before)
}

// Where there is no "location /" the gate brings its own app, and takes it away again.
func TestOwnApp(t *testing.T) {
	l := startLive(t)
	text := l.tree(t)[l.site]
	start := strings.Index(text, "    location   /   {")
	put(t, l.site, text[:start]+"}\n")
	before, in := l.tree(t), l.installer()
	_, pass, _ := strings.Cut(text, "proxy_pass http://")
	address, _, _ := strings.Cut(pass, ";")
	in.Server.App = nginx.App{Kind: nginx.Proxy, Address: address}
	l.install(t, in)
	l.quiet(t)
	if _, body := l.get(t, "/nope"); body != "app /nope" {
		t.Errorf("/nope: %q", body)
	}
	if _, _, err := in.Uninstall(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.wantTree(t, "uninstalled", before)
}

// What the operator keeps to himself stays so, in copies and notes as well.
func TestSecrets(t *testing.T) {
	l := startLive(t)
	real := filepath.Join(l.dir, "conf/available/shop.conf")
	if err := os.Chmod(real, 0o600); err != nil {
		t.Fatal(err)
	}
	l.install(t, l.installer())
	open := map[string]bool{}
	if err := filepath.WalkDir(filepath.Join(l.dir, "conf"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			open[strings.TrimPrefix(path, l.dir+"/conf/")] = true
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for path := range open {
		if !slices.Contains([]string{"nginx.conf", "cert.pem", "key.pem", "icecap/shop-http.conf", "icecap/shop-server.conf"}, path) {
			t.Errorf("everybody may read %s", path)
		}
	}
	if len(open) != 5 {
		t.Errorf("everybody may read %v", open)
	}
}

// Two at a time cannot be, and what has changed since it was read is not
// written over.
func TestMeanwhile(t *testing.T) {
	l := startLive(t)
	in := l.installer()
	plan, err := in.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	unlock, err := in.folder().lock()
	if err != nil {
		t.Fatal(err)
	}
	if err := in.Install(t.Context(), plan, nil); !errors.Is(err, ErrBusy) {
		t.Errorf("beside another: %v", err)
	}
	unlock()
	put(t, l.site, l.tree(t)[l.site]+"# a word of the operator's\n")
	before := l.tree(t)
	if err := in.Install(t.Context(), plan, nil); err == nil || !strings.Contains(err.Error(), "has changed since it was read") {
		t.Errorf("after an edit: %v", err)
	}
	l.wantTree(t, "after an edit", before)
}

// A name that no block or several have is an error that lists what there is.
func TestWhichServer(t *testing.T) {
	l := startLive(t)
	in := l.installer()
	var e *ServerError
	in.Host = "nobody.example.com"
	if _, err := in.Plan(t.Context()); !errors.As(err, &e) || !strings.Contains(fmt.Sprint(e.Names), "other.example.com") {
		t.Errorf("no such name: %v", err)
	}
	text := l.tree(t)[l.site]
	put(t, l.site, text+strings.Replace(text[strings.Index(text, "\nserver {\n    listen 127"):], l.https, freeAddress(t), 1))
	in.Host = ""
	_, err := in.Plan(t.Context())
	if !errors.As(err, &e) || len(e.Candidates) != 2 {
		t.Fatalf("two blocks: %v", err)
	}
	in.At = e.Candidates[1]
	if plan, err := in.Plan(t.Context()); err != nil || plan.Block != in.At {
		t.Errorf("chosen: %v", err)
	}
}
