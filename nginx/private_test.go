package nginx

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What NGINX objects to is shown where it stands.
func TestTestErrors(t *testing.T) {
	good := config(t, goldens["proxy"])
	for name, test := range map[string]struct {
		config  Config
		part    string
		line    int
		message string
		excerpt string
	}{
		"unknown directive": {Config{HTTP: Block{line("charset", "utf-8"), line("retrun", "1")}}, "http", 2, `unknown directive "retrun"`, ">    2  retrun 1;"},
		"duplicate":         {Config{HTTP: good.HTTP, Server: append(good.Server[:len(good.Server):len(good.Server)], Directive{Name: "location", Args: []string{"/"}, Block: Block{}})}, "server", 0, "duplicate location", "location / {"},
		"unknown variable":  {Config{Server: Block{{Name: "location", Args: []string{"/"}, Block: Block{line("root", "/$nonsense")}}}}, "server", 0, `unknown "nonsense" variable`, ""},
		"bad expression":    {Config{HTTP: Block{{Name: "map", Args: []string{"$uri", "$x"}, Block: Block{line("~(", "1")}}}}, "http", 2, "missing", `"~("`},
	} {
		err := Test(t.Context(), installed(t), test.config)
		var e *TestError
		if !errors.As(err, &e) || !strings.Contains(e.Message, test.message) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if test.line > 0 && e.Line != test.line || test.line > 0 && e.Part != test.part || !strings.Contains(e.Excerpt, test.excerpt) || strings.Contains(e.Message, os.TempDir()) {
			t.Errorf("%s: part %q, line %d, %q, excerpt\n%s", name, e.Part, e.Line, e.Message, e.Excerpt)
		}
	}
}

// nginx -t leaves nothing behind, and does not hang.
func TestTestLeavesNothing(t *testing.T) {
	b := installed(t)
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	if err := Test(t.Context(), b, config(t, goldens["proxy"])); err != nil {
		t.Error(err)
	}
	slow := filepath.Join(t.TempDir(), "nginx")
	if err := os.WriteFile(slow, []byte("#!/bin/sh\nsleep 60\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := Test(ctx, Binary{Path: slow, Version: "1.22.1"}, config(t, goldens["proxy"])); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a binary that hangs: %v", err)
	}
	if left, _ := filepath.Glob(tmp + "/*"); len(left) > 0 {
		t.Errorf("left behind %s", left)
	}
}

func TestFind(t *testing.T) {
	b := installed(t)
	if !b.AtLeast("1.0") || !b.AtLeast(b.Version) || b.AtLeast("999.0.0") || b.AtLeast(b.Version+".1") || b.WorkerUser() == "" {
		t.Errorf("%+v, worker %q", b, b.WorkerUser())
	}
	t.Setenv("PATH", "/nowhere")
	found, err := Find()
	if err != nil && !errors.Is(err, ErrNotInstalled) || err == nil && found.Version != b.Version {
		t.Errorf("without a PATH: %+v %v", found, err)
	}
	fake := filepath.Join(t.TempDir(), "nginx")
	if err := os.WriteFile(fake, []byte("#!/bin/sh\necho I am none\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Inspect(fake); err == nil {
		t.Error("a program that is not nginx is taken for one")
	}
}

func TestBinary(t *testing.T) {
	modules := t.TempDir()
	b := Binary{Version: "1.22.1", Arguments: "--prefix=/usr/share/nginx --modules-path=" + modules + " --conf-path=" + modules + "/nginx.conf --user=www --with-http_gzip_static_module --without-http_uwsgi_module"}
	if !b.GzipStatic() || !b.without("http_uwsgi") || b.without("http_proxy") || b.WorkerUser() != "www" {
		t.Errorf("%+v", b)
	}
	if _, ok := b.BrotliStatic(); ok {
		t.Error("brotli without a module")
	}
	module := filepath.Join(modules, "ngx_http_brotli_static_module.so")
	for file, text := range map[string]string{module: "", filepath.Join(modules, "nginx.conf"): "worker_processes auto;\nuser nginx nginx; events {}"} {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, ok := b.BrotliStatic(); !ok || got != module {
		t.Errorf("%q %v", got, ok)
	}
	if (Binary{Version: "1.31.3"}).KnownBugs() != "" || b.KnownBugs() == "" {
		t.Error("a hint of known bugs where there are none, or none where there are")
	}
	if b.WorkerUser() != "nginx" {
		t.Errorf("worker %q", b.WorkerUser())
	}
	for version, want := range map[string]bool{"1.22.1": true, "1.22": true, "1.9.9": true, "1.22.2": false, "1.100": false, "2": false, "1.22.1.1": false} {
		if b.AtLeast(version) != want {
			t.Errorf("1.22.1 at least %s: %v", version, !want)
		}
	}
}
