package main

import (
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestHTTPS freezes an app behind a certificate that the system trusts, by the
// name that stands in it and by no other.
func TestHTTPS(t *testing.T) {
	app := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			fmt.Fprint(w, "User-agent: *\nDisallow: /private\n")
			return
		}
		if r.URL.Path != "/" && r.URL.Path != "/private" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<a href="/private">p</a>`)
	}))
	app.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that the client breaks off
	app.StartTLS()
	defer app.Close()
	trusted := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(trusted, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: app.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, url, trusted, says string }{
		{"trusted", app.URL, trusted, "froze 2 pages"},
		{"signed by nobody", app.URL, os.DevNull, "certificate"},
		{"another host's", strings.Replace(app.URL, "127.0.0.1", "localhost", 1), trusted, "not localhost"},
	} {
		t.Run(test.name, func(t *testing.T) {
			cmd := exec.Command(program)
			cmd.Args = []string{"icecap", "freeze", test.url, "--robots", "obey"}
			cmd.Dir = t.TempDir()
			cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+test.trusted, "SSL_CERT_DIR="+t.TempDir())
			out, err := cmd.CombinedOutput()
			if (err == nil) != (test.name == "trusted") || !strings.Contains(string(out), test.says) {
				t.Errorf("%v, want %q:\n%s", err, test.says, out)
			}
		})
	}
}
