package nginx

import (
	"os"
	"path/filepath"
	"testing"
)

// writing makes files below a folder of the test's own.
func writing(t *testing.T) (dir string, write func(name, text string) string) {
	t.Helper()
	dir = t.TempDir()
	return dir, func(name, text string) string {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
}

// TestCouldCompile: pcre_jit is worth a word where NGINX knows it and does not use it.
func TestCouldCompile(t *testing.T) {
	dir, write := writing(t)
	write("enabled/jit.conf", "pcre_jit on;")
	write("enabled/more.conf", "include enabled/jit.conf;")
	b := Binary{Arguments: "--with-pcre-jit"}
	for text, want := range map[string]bool{
		"events { }":                              true,
		"pcre_jit off; events { }":                true,
		"pcre_jit on; events { }":                 false,
		"include enabled/jit.conf; events { }":    false,
		"include enabled/more.conf; events { }":   false, // relative to the main file
		"include enabled/*.con; events { }":       true,
		"http { pcre_jit on; } events { }":        true, // which NGINX refuses
		"} nonsense":                              false,
		"":                                        false, // no configuration that NGINX runs with
		"events { } include enabled/j*.conf; # .": false,
	} {
		if got := b.CouldCompile(write("nginx.conf", text)); got != want {
			t.Errorf("%q: could compile %v", text, got)
		}
	}
	if b.CouldCompile(filepath.Join(dir, "none")) {
		t.Error("of a file that is not there nothing is known")
	}
	if (Binary{}).CouldCompile(write("nginx.conf", "events { }")) {
		t.Error("it cannot")
	}
}

// TestSends: a module that lies on the disk is not yet loaded.
func TestSends(t *testing.T) {
	dir, write := writing(t)
	write("modules/ngx_http_brotli_static_module.so", "")
	b := Binary{Arguments: "--with-http_gzip_static_module --modules-path=" + dir + "/modules"}
	if got := b.CanSend(); got != Everything() {
		t.Errorf("can send %+v", got)
	}
	write("enabled/50.conf", "load_module modules/ngx_http_brotli_static_module.so;")
	for text, want := range map[string]bool{
		"": false,
		"load_module modules/ngx_http_brotli_static_module.so;": true,
		"load_module modules/ngx_http_brotli_filter_module.so;": false,
		"include enabled/*.conf; events { }":                    true,
		"include missing/*.conf;":                               false,
		"http { include enabled/*.conf; }":                      false,
		"include nginx.conf;":                                   false,
		"} nonsense":                                            false,
	} {
		if got := b.Sends(write("nginx.conf", text)).Brotli; got != want {
			t.Errorf("%q: brotli %v", text, got)
		}
	}
	if b.Sends(filepath.Join(dir, "none")).Brotli || !b.Sends("").Gzip {
		t.Error("without a file: want gzip alone")
	}
	built := Binary{Arguments: "--add-module=/src/ngx_brotli --with-http_gzip_static_module"}
	if got := built.Sends(""); got != Everything() {
		t.Errorf("with the module built in: %+v", got)
	}
	if got := (Binary{}).CanSend(); got != (Compression{}) {
		t.Errorf("without modules: %+v", got)
	}
}
