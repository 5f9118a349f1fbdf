package nginx

import (
	"os"
	"path/filepath"
	"testing"
)

// TestSends: a module that lies on the disk is not yet loaded.
func TestSends(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
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
