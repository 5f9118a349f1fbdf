package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The program as an operator sees it: one line once it answers, and a clean end.
func TestProgram(t *testing.T) {
	for _, signal := range []os.Signal{syscall.SIGTERM, syscall.SIGINT} {
		scratch := t.TempDir()
		program := exec.Command(os.Args[0], "--addr", "127.0.0.1:0", "--products", "50", "--categories", "5")
		program.Env = append(os.Environ(), "SHOP_RUN_MAIN=1", "TMPDIR="+scratch)
		var stderr bytes.Buffer
		program.Stderr = &stderr
		stdout, err := program.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := program.Start(); err != nil {
			t.Fatal(err)
		}
		defer program.Process.Kill()
		lines := bufio.NewReader(stdout)
		line, err := lines.ReadString('\n')
		address, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "listening on ")
		if err != nil || !ok {
			t.Fatalf("the first line is %q (%v)\n%s", line, err, &stderr)
		}
		newClient(t, address).get("/healthz").want(t, http.StatusOK)
		newClient(t, address).get("/").want(t, http.StatusOK)
		if left, _ := filepath.Glob(scratch + "/shop-*/shop.db"); len(left) != 1 {
			t.Errorf("no database in the temporary folder: %v", left)
		}
		if err := program.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if rest, err := io.ReadAll(lines); err != nil || len(rest) > 0 {
			t.Errorf("more on stdout: %q (%v)", rest, err)
		}
		if err := program.Wait(); err != nil {
			t.Errorf("%v ended it with %v\n%s", signal, err, &stderr)
		}
		if left, _ := os.ReadDir(scratch); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

// A seeded database is used as it is; one of another size is refused.
func TestSeedOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "shop.db")
	for _, try := range []struct {
		size  size
		fresh bool
		err   string
	}{
		{size{60, 6}, true, ""},
		{size{60, 6}, false, ""},
		{size{61, 6}, false, "it holds 60 products in 6 categories, not 61 products in 6 categories"},
	} {
		db, err := openDatabase(t.Context(), file, "")
		if err != nil {
			t.Fatal(err)
		}
		fresh, err := seed(t.Context(), db, try.size)
		if fresh != try.fresh || (err == nil) != (try.err == "") || err != nil && !strings.Contains(err.Error(), try.err) {
			t.Errorf("%v: fresh %t, %v", try.size, fresh, err)
		}
		db.Close()
	}
}

// A seeding that is cut short leaves nothing, so the next start seeds again.
func TestSeedInterrupted(t *testing.T) {
	db, err := openDatabase(t.Context(), filepath.Join(t.TempDir(), "shop.db"), "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := seed(ctx, db, size{20000, 40}); err == nil {
		t.Fatal("20,000 products in 20 ms")
	}
	if fresh, err := seed(t.Context(), db, size{50, 5}); !fresh || err != nil {
		t.Errorf("the second seeding: fresh %t, %v", fresh, err)
	}
}

func TestFlags(t *testing.T) {
	for _, try := range []struct{ args, want string }{
		{"", ""},
		{"--addr :0 --db x.db --products 10 --categories 10 --slow 5ms", ""},
		{"x", `unexpected argument "x"`},
		{"--db a --dsn postgres://b/c", "exclude each other"},
		{"--products 5 --categories 6", "at least one category"},
		{"--categories 0", "at least one category"},
		{"--slow -1s", "must not be negative"},
		{"--port 1", "not defined"},
	} {
		var stderr bytes.Buffer
		_, err := parseFlags(strings.Fields(try.args), &stderr)
		if (err == nil) != (try.want == "") || err != nil && !strings.Contains(stderr.String(), try.want) {
			t.Errorf("%q: %v, said %q", try.args, err, &stderr)
		}
	}
}

// Each message names what could not be used, and no password.
func TestStartErrors(t *testing.T) {
	dir := t.TempDir()
	junk := filepath.Join(dir, "junk.db")
	if err := os.WriteFile(junk, bytes.Repeat([]byte("no database"), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	used := httptest.NewServer(http.NotFoundHandler())
	defer used.Close()
	taken := strings.TrimPrefix(used.URL, "http://")
	for _, try := range []struct {
		o    options
		want string
	}{
		{options{db: junk}, "junk.db"},
		{options{db: filepath.Join(dir, "no/such/folder.db")}, "folder.db"},
		{options{dsn: "mysql://a@b/c"}, "--dsn"},
		{options{dsn: "postgres://me:secret@127.0.0.1:1/shop"}, "127.0.0.1:1"},
		{options{db: filepath.Join(dir, "fine.db"), addr: taken}, taken},
	} {
		try.o.size = size{5, 5}
		err := run(t.Context(), try.o, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), try.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%+v: %v", try.o, err)
		}
	}
}

// When the database goes away, the shop says so and goes on answering.
func TestDatabaseGone(t *testing.T) {
	db, err := openDatabase(t.Context(), filepath.Join(t.TempDir(), "shop.db"), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seed(t.Context(), db, size{5, 5}); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	handler, err := newShop(db, 0, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	c := newClient(t, server.URL)
	c.get("/").want(t, http.StatusOK)
	db.Close()
	for _, path := range []string{"/", "/product/tazza-caff%C3%A8", "/api/categories", "/feed"} {
		a := c.get(path).want(t, http.StatusInternalServerError)
		if strings.Contains(a.body, "sql") || a.Header.Get("ETag") != "" {
			t.Errorf("%s: tells its inside: %s", path, a.body)
		}
	}
	c.get("/healthz").want(t, http.StatusOK)
	server.Close()
	if !strings.Contains(log.String(), "answer a request") {
		t.Error("nothing was logged")
	}
}

// --slow delays each page, and no longer than the visitor waits.
func TestSlow(t *testing.T) {
	db, err := openDatabase(t.Context(), filepath.Join(t.TempDir(), "shop.db"), "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := seed(t.Context(), db, size{5, 5}); err != nil {
		t.Fatal(err)
	}
	handler, err := newShop(db, 60*time.Millisecond, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	start := time.Now()
	newClient(t, server.URL).get("/about").want(t, http.StatusOK)
	if took := time.Since(start); took < 60*time.Millisecond {
		t.Errorf("a page took %v", took)
	}
}
