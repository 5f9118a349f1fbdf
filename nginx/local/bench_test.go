package local

import (
	"net/http"
	"strings"
	"testing"
)

// BenchmarkDisk is one frozen page of 4 KB without the network.
func BenchmarkDisk(b *testing.B) {
	root := b.TempDir()
	release(b, root, "1", map[string]string{"a/b/about@.html": strings.Repeat("x", 4096)})
	flip(b, root, "1")
	g := newGate(root)
	b.ReportAllocs()
	for b.Loop() {
		if w := get(g, "/a/b/about"); w.Code != http.StatusOK || w.Header().Get("X-Icecap") != "disk" {
			b.Fatal(w.Code)
		}
	}
}

// BenchmarkMiss is a request for which no candidate exists.
func BenchmarkMiss(b *testing.B) {
	root := b.TempDir()
	release(b, root, "1", map[string]string{"a/b/about@.html": "x"})
	flip(b, root, "1")
	g := newGate(root)
	b.ReportAllocs()
	for b.Loop() {
		if w := get(g, "/a/b/nope"); w.Header().Get("X-Icecap") != "" {
			b.Fatal(w.Code)
		}
	}
}
