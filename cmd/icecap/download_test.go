package main

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A visitor downloads slowly while the release is replaced, pruned and gone: he
// gets the file to its end.
func TestPruneUnderDownload(t *testing.T) {
	const size = 16 << 20 // more than the sockets' buffers hold
	version := 0
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprintf(w, "<a href=/film.mp4>version %d</a>", version)
		case "/film.mp4":
			w.Header().Set("Content-Type", "video/mp4")
			io.WriteString(w, strings.Repeat(string(rune('a'+version)), size))
		default:
			http.NotFound(w, r)
		}
	}))
	defer app.Close()
	out := filepath.Join(t.TempDir(), "frozen")
	must := func(args ...string) {
		t.Helper()
		if stdout, stderr, code := icecap(t, args...); code != 0 {
			t.Fatalf("icecap %v: exit code %d\n%s%s", args, code, stdout, stderr)
		}
	}
	freeze := func() { must("freeze", app.URL, "--out", out, "--max-body", "32MiB") }
	freeze()
	first, err := filepath.EvalSymlinks(filepath.Join(out, "current"))
	if err != nil {
		t.Fatal(err)
	}
	gate := startGate(t, "--out", out)
	conn, err := net.Dial("tcp", strings.TrimPrefix(gate.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprintf(conn, "GET /film.mp4 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || response.Header.Get("X-Icecap") != "disk" {
		t.Fatalf("%v %v", response, err)
	}
	for version = 1; version <= 2; version++ {
		freeze()
	}
	must("prune", "--out", out, "--keep", "1")
	if _, err := os.Stat(first); !os.IsNotExist(err) {
		t.Fatalf("the first release is still there: %v", err)
	}
	hash := sha256.New()
	if n, err := io.Copy(hash, response.Body); err != nil || n != size {
		t.Fatalf("%d bytes of %d: %v", n, size, err)
	}
	if want := sha256.Sum256([]byte(strings.Repeat("a", size))); string(hash.Sum(nil)) != string(want[:]) {
		t.Error("the bytes are not those of the release that was asked")
	}
}
