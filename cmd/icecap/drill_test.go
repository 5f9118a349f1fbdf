package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"icecap/content"
)

// TestDrill kills the shop and its database again and again under a mixed load
// through a real NGINX, and starts them again. No request for a frozen page may
// fail, nor get other bytes than those frozen; a page with a copy answers all the
// while, from the shop or with the copy.
func TestDrill(t *testing.T) {
	lasts := time.Minute
	if testing.Short() {
		lasts = 3 * time.Second
	}
	dsn, database := startPostgreSQL(t)
	shop := startShop(t, "--dsn", dsn, "--addr", "127.0.0.1:"+freePort(t))
	out := filepath.Join(serverDir(t), "frozen")
	settings := writeServerFile(t, t.TempDir(), "icecap.toml", "[freeze]\nfallback = [\"/category/**\"]\n")
	args := []string{"-c", settings, "--out", out, "--public", "http://127.0.0.1"}
	if stdout, stderr, code := icecap(t, append([]string{"freeze", shop.URL, "--include", "/", "--include", "/category/*", "--include", "/static/**", "--max-depth", "3"}, args...)...); code != 0 {
		t.Fatalf("icecap freeze: exit code %d\n%s%s", code, stdout, stderr)
	}
	gate := startGate(t, append(args, "--pass", shop.URL, "--cookie", "shop_session")...)
	load := startLoad(t, gate.URL(), currentSite(t, out))
	defer load.stop()

	rounds := 0
	for begin := time.Now(); rounds == 0 || time.Since(begin) < lasts; rounds++ {
		load.more(t, 300)
		kill(t, shop.process, syscall.SIGKILL)
		load.more(t, 300)
		kill(t, database, syscall.SIGQUIT) // without any farewell to clients or disk
		load.more(t, 300)
		database = startAgain(t, database, postgresReady(t, dsn))
		load.more(t, 300)
		shop.process = startAgain(t, shop.process, answering(shop.URL+"/"))
		load.more(t, 300)
	}
	load.stop()
	t.Logf("%d rounds: %d frozen pages, %d pages with a copy from the shop and %d copies, %d of these cut by a kill; %d other requests",
		rounds, load.frozen.Load(), load.fresh.Load(), load.stale.Load(), load.cut.Load(), load.others.Load())
	if load.fresh.Load() == 0 || load.stale.Load() == 0 {
		t.Error("pages with a copy came from one side only")
	}
	// A shop that is killed while it sends a page has sent its status already.
	if load.cut.Load() > int64(20*rounds) {
		t.Errorf("%d pages were cut in %d rounds", load.cut.Load(), rounds)
	}
}

// postgresReady asks a database that may be mending what a kill left.
func postgresReady(t *testing.T, dsn string) func() error {
	postgres := program(t, "postgresql", "/usr/lib/postgresql/*/bin/pg_isready", "/usr/local/bin/pg_isready", "/usr/bin/pg_isready")
	return func() error { return exec.Command(postgres, "-q", "-d", dsn).Run() }
}

func kill(t *testing.T, p *process, signal syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil {
		t.Fatalf("kill %s: %v", p.name, err)
	}
	<-p.done
}

// startAgain starts what a killed process was.
func startAgain(t *testing.T, p *process, ready func() error) *process {
	t.Helper()
	cmd := exec.Command(p.cmd.Path, p.cmd.Args[1:]...)
	cmd.Dir, cmd.Env = p.cmd.Dir, p.cmd.Env
	if old := p.cmd.SysProcAttr; old != nil && old.Credential != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: old.Credential}
	}
	return startProcess(t, filepath.Dir(p.log), p.name, p.quit, cmd, ready)
}

// A load asks for everything until it is stopped.
type load struct {
	base   string
	frozen atomic.Int64 // pages from disk
	fresh  atomic.Int64 // pages with a copy that the shop answered
	stale  atomic.Int64 // copies
	cut    atomic.Int64 // pages of the shop that ended before their end
	others atomic.Int64
	failed atomic.Bool
	stop   func()
}

func startLoad(t *testing.T, base string, site content.Site) *load {
	ctx, cancel := context.WithCancel(t.Context())
	l := &load{base: base}
	var pages, copies []content.Entry
	for _, e := range site.Entries {
		if e.Fallback {
			copies = append(copies, e)
		} else {
			pages = append(pages, e)
		}
	}
	if len(pages) < 3 || len(copies) < 3 {
		t.Fatalf("%d pages and %d copies are frozen", len(pages), len(copies))
	}
	var workers sync.WaitGroup
	run := func(ask func(context.Context) error) {
		workers.Go(func() {
			for ctx.Err() == nil {
				if err := ask(ctx); err != nil && ctx.Err() == nil {
					l.failed.Store(true)
					t.Error(err)
					return
				}
			}
		})
	}
	for range 2 {
		run(func(ctx context.Context) error { return l.askPage(ctx, pages[rand.IntN(len(pages))]) })
		run(func(ctx context.Context) error { return l.askCopy(ctx, copies[rand.IntN(len(copies))]) })
	}
	run(func(ctx context.Context) error { return l.askOther(ctx) })
	l.stop = sync.OnceFunc(func() { cancel(); workers.Wait() })
	t.Cleanup(l.stop)
	return l
}

// more waits until so many more frozen pages, and a tenth as many of the others, were answered.
func (l *load) more(t *testing.T, n int64) {
	t.Helper()
	frozen, others := l.frozen.Load()+n, l.fresh.Load()+l.stale.Load()+n/10
	for deadline := time.Now().Add(time.Minute); l.frozen.Load() < frozen || l.fresh.Load()+l.stale.Load() < others; time.Sleep(time.Millisecond) {
		if l.failed.Load() {
			t.FailNow()
		}
		if time.Now().After(deadline) {
			t.Fatal("the load stands still")
		}
	}
}

// get returns an answer whole, or the error of one that was not.
func (l *load) get(ctx context.Context, path string) (status int, mark, sum string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, l.base+path, nil)
	if err != nil {
		return 0, "", "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", "", err
	}
	defer response.Body.Close()
	hash := sha256.New()
	_, err = io.Copy(hash, response.Body)
	return response.StatusCode, response.Header.Get("X-Icecap"), hex.EncodeToString(hash.Sum(nil)), err
}

func (l *load) askPage(ctx context.Context, e content.Entry) error {
	status, mark, sum, err := l.get(ctx, e.URL())
	if err != nil || status != http.StatusOK || mark != "disk" || sum != e.SHA256 {
		return fmt.Errorf("frozen page %s: status %d from %q, sha256 %s, want %s: %w", e.URL(), status, mark, sum, e.SHA256, errors.Join(err, os.ErrInvalid))
	}
	l.frozen.Add(1)
	return nil
}

func (l *load) askCopy(ctx context.Context, e content.Entry) error {
	status, mark, sum, err := l.get(ctx, e.URL())
	switch {
	case status == http.StatusOK && mark == "" && errors.Is(err, io.ErrUnexpectedEOF):
		l.cut.Add(1)
	case err == nil && status == http.StatusOK && mark == "":
		l.fresh.Add(1)
	case err == nil && status == http.StatusOK && mark == "stale" && sum == e.SHA256:
		l.stale.Add(1)
	default:
		return fmt.Errorf("page with a copy %s: status %d from %q, sha256 %s, want %s: %w", e.URL(), status, mark, sum, e.SHA256, errors.Join(err, os.ErrInvalid))
	}
	return nil
}

// askOther asks for what only the shop has; any answer will do.
func (l *load) askOther(ctx context.Context) error {
	_, mark, _, err := l.get(ctx, "/cart")
	if mark != "" {
		return fmt.Errorf("the cart came from %q: %v", mark, err)
	}
	l.others.Add(1)
	return nil
}
